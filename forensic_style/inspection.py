"""One image: what every family reads in it, and the windows that disagree with the rest."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from forensic_style.errors import ImageTooSmallError
from forensic_style.families import choose_families
from forensic_style.family import Drawing, FingerprintFamily, Reading
from forensic_style.image import DecodedImage, WindowPixels, encode_thumbnail
from forensic_style.reading import ReadingRules
from forensic_style.reading.isolation import IsolatedReader
from forensic_style.threads import one_thread_for_algebra
from forensic_style.windows import ALIGNMENT, SMALLEST_WINDOW, Window, tile_image

MOST_SAMPLES = 24_000_000  # of a larger image the middle is read
THUMBNAIL_SIDE = 480
SURE = ("clear", "certain")  # what a window must be to disagree with its image


@dataclass(frozen=True, slots=True)
class Finding:
    """What a family reads in an image, and what its windows say to that.

    Parameters
    ----------
    family, reading : of the whole image
    n_agreeing, n_silent, n_disagreeing : windows that read the same, that read nothing, and that are sure of something
        else
    """

    family: FingerprintFamily
    reading: Reading
    n_agreeing: int
    n_silent: int
    n_disagreeing: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A window that is sure of something else than the rest of its image."""

    window: Window
    place: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that is read in one image.

    Parameters
    ----------
    image : the file, with its pixels
    windows : parts that were read beside the image as a whole; they cover it
    findings : in the order of the catalogue
    disagreements : in the order of the windows
    drawings : with the family that they belong to
    thumbnail : a small JPEG file
    """

    image: DecodedImage
    windows: tuple[Window, ...]
    findings: tuple[Finding, ...]
    disagreements: tuple[Disagreement, ...]
    drawings: tuple[tuple[FingerprintFamily, Drawing], ...]
    thumbnail: bytes


def inspect(
    path: str | os.PathLike[str],
    *,
    families: list[str] | None = None,
    axis: str = "all",
    rules: ReadingRules | None = None,
    drawings: bool = True,
) -> Inspection:
    """Read one image with every family that has something to say about a single image.

    Parameters
    ----------
    path : of the file, decoded in a process of its own
    families : names from the catalogue; all of them where None
    axis : "all", "acquisition" or "processing"
    rules : limits, and what to do with a damaged file
    drawings : whether to draw the maps, which takes longer

    Raises
    ------
    ImageError
        with a reason, where the file cannot be read.
    ParameterError
        for a family or an axis that there is not.
    """
    chosen = choose_families(families, axis=axis)
    reader = IsolatedReader(rules or ReadingRules())
    try:
        with one_thread_for_algebra():
            found = _inspect(reader.read(os.fspath(path)), chosen, drawings=drawings)
            _ = found.image.coded_luma  # while somebody can decode it
            return found
    finally:
        reader.close()


def _inspect(image: DecodedImage, families: Sequence[FingerprintFamily], *, drawings: bool) -> Inspection:
    rows, columns = image.pixels.shape[:2]
    if rows * columns > MOST_SAMPLES:
        note = f"what is read of the whole is read of its middle {MOST_SAMPLES // 1_000_000} megapixels"
        image = replace(image, notes=(*image.notes, note))
    windows = tile_image(rows, columns)
    if not windows:
        raise ImageTooSmallError("There is no room for a window of 32 x 32.", path=image.path)
    whole, parts = image.cut(find_middle(rows, columns)), [image.cut(window) for window in windows]
    findings: list[Finding] = []
    odd: dict[int, list[Reading]] = {}
    for family in families:
        for reading, of_windows in _read(family, image, whole, parts):
            differing = [number for number, other in enumerate(of_windows) if _disagrees(other, reading)]
            findings.append(_weigh(family, reading, of_windows, differing))
            for number in differing:
                odd.setdefault(number, []).append(of_windows[number])
    return Inspection(
        image=image,
        windows=windows,
        findings=tuple(findings),
        disagreements=tuple(
            Disagreement(windows[number], name_place(windows[number], rows, columns), tuple(odd[number]))
            for number in sorted(odd)
        ),
        drawings=tuple(_draw(families, image, whole)) if drawings else (),
        thumbnail=encode_thumbnail(image, THUMBNAIL_SIDE),
    )


def find_middle(rows: int, columns: int) -> Window:
    """All of an image, or as much around its middle as is read at once, from multiples of 16 samples on."""
    if rows * columns <= MOST_SAMPLES:
        return Window(0, 0, 0, rows, columns)
    share = (MOST_SAMPLES / (rows * columns)) ** 0.5
    height = min(rows, max(int(rows * share), SMALLEST_WINDOW))
    width = min(columns, max(int(columns * share), SMALLEST_WINDOW))
    top, left = ((rows - height) // 2, (columns - width) // 2)
    return Window(0, top // ALIGNMENT * ALIGNMENT, left // ALIGNMENT * ALIGNMENT, height, width)


def name_place(window: Window, rows: int, columns: int) -> str:
    """Where a window lies.

    Examples
    --------
    >>> name_place(Window(15, 768, 768, 256, 256), 1024, 1024)
    'bottom right'
    """
    vertical = _name_third(window.top + window.height / 2, rows, ("top", "", "bottom"))
    horizontal = _name_third(window.left + window.width / 2, columns, ("left", "", "right"))
    return " ".join(word for word in (vertical, horizontal) if word) or "middle"


def _name_third(middle: float, length: int, words: tuple[str, str, str]) -> str:
    return words[min(int(3 * middle / length), 2)]


def _read(
    family: FingerprintFamily, image: DecodedImage, whole: WindowPixels, parts: Sequence[WindowPixels]
) -> list[tuple[Reading, list[Reading]]]:
    """A family's readings of the whole, each with those of the windows on the same subject."""
    if family.read is None or (family.needs_jpeg and image.jpeg is None):
        return []
    if family.sees != "window":
        return [(reading, []) for reading in family.read(image)]
    of_windows = [{reading.subject: reading for reading in family.read(part)} for part in parts]
    return [
        (reading, [readings[reading.subject] for readings in of_windows if reading.subject in readings])
        for reading in family.read(whole)
    ]


def _weigh(
    family: FingerprintFamily, reading: Reading, of_windows: Sequence[Reading], differing: Sequence[int]
) -> Finding:
    n_silent = sum(other.strength == "none" for other in of_windows)
    return Finding(family, reading, len(of_windows) - n_silent - len(differing), n_silent, len(differing))


def _disagrees(window: Reading, image: Reading) -> bool:
    """Whether a window is sure of something else than its image."""
    if window.is_local or image.is_local or window.strength not in SURE or window.estimate is None:
        return False
    if image.estimate is None:  # where nothing was found elsewhere, it may have been too faint
        return window.strength == "certain"
    return _differs(window.estimate, image.estimate, image.tolerance)


def _differs(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) > tolerance * max(abs(one), abs(other))
    return bool(one != other)


def _draw(
    families: Sequence[FingerprintFamily], image: DecodedImage, whole: WindowPixels
) -> list[tuple[FingerprintFamily, Drawing]]:
    return [
        (family, drawing)
        for family in families
        if family.draw is not None and not (family.needs_jpeg and image.jpeg is None)
        for drawing in family.draw(whole if family.sees == "window" else image)
    ]
