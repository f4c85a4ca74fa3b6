"""One input -> its outcome: measured, skipped with a reason, or known already."""

from __future__ import annotations

import hashlib
import itertools
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from forensic_style.errors import FamilyError, ImageError, ImageTooSmallError
from forensic_style.family import FingerprintFamily
from forensic_style.image import DecodedImage, WindowStack, encode_thumbnail, measure_looks
from forensic_style.manifest import InputImage
from forensic_style.places import fetch, is_url
from forensic_style.reading import ReadingRules, read_image
from forensic_style.reading.isolation import IsolatedReader
from forensic_style.sampling import MEAN_ROW, average_windows, is_sampled
from forensic_style.table import FamilyRecord, FingerprintTable, ImageRecord, SkippedImage, note_copies
from forensic_style.windows import Window, choose_windows

THUMBNAIL_SIDE = 112
MOST_STACKED = 16  # windows that are measured together: all that are chosen of an image, and bounded where all are
CAN_ISOLATE = os.name == "posix"


@dataclass(frozen=True)
class Plan:
    """What is measured of every image. It can be sent to other machines.

    Parameters
    ----------
    families : in the order of the catalogue
    everything : whether all of an image is measured, in windows without gaps
    rules : limits of what is read
    share : of the images that keep their windows, see :mod:`forensic_style.sampling`; others keep one mean row
    orphans : SHA-256 of images that were measured under paths which are no inputs any more: a file with one of these
        was moved
    isolated : decode in a process of its own
    """

    families: tuple[FingerprintFamily, ...]
    everything: bool = False
    rules: ReadingRules = field(default_factory=ReadingRules)
    share: float = 1.0
    orphans: frozenset[str] = frozenset()
    isolated: bool = CAN_ISOLATE


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of an input from before: the file's SHA-256, and the families that are still to be measured."""

    sha256: str
    unmeasured: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """One input to measure."""

    image: InputImage
    expected: Expected | None = None


@dataclass(frozen=True, slots=True)
class MeasuredImage:
    """One image's record, windows and fingerprints.

    Parameters
    ----------
    record : of the image
    windows : measured; a single one with the number -1 where the values are their mean
    values : float32 array, shape (n_windows, n_columns), 0 in the columns of missing families
    missing : boolean array, shape (n_families,), families that this file has nothing to offer to
    families : their names
    """

    record: ImageRecord
    windows: tuple[Window, ...]
    values: NDArray[np.float32]
    missing: NDArray[np.bool_]
    families: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownImage:
    """An input that was measured before: nothing is to be done. `path` is its own, the SHA-256 that of its bytes.

    Where it was measured under another path, that is found by the SHA-256, and `labels` are those it has now.
    """

    path: str
    sha256: str
    labels: dict[str, str] = field(default_factory=dict)


Outcome = MeasuredImage | SkippedImage | KnownImage


class ReaderHere:
    """Reads in this process, with the manners of IsolatedReader."""

    def __init__(self, rules: ReadingRules) -> None:
        self.rules = rules

    def read(self, path: str, *, shown_as: str | None = None) -> DecodedImage:
        """Decode a file."""
        return read_image(path, shown_as=shown_as, rules=self.rules)

    def release(self) -> None:
        """There is nothing to give back."""

    def close(self) -> None:
        """There is nothing to close."""


Reader = IsolatedReader | ReaderHere


def open_reader(plan: Plan) -> Reader:
    """What reads files for one thread; to be closed at the end."""
    return IsolatedReader(plan.rules) if plan.isolated else ReaderHere(plan.rules)


def measure(task: Task, plan: Plan, reader: Reader) -> Outcome:
    """Measure one input, or find that it is known. A bad file is an outcome, not an error.

    Raises
    ------
    ReaderError, StorageError
        where no file can be read at all.
    """
    image = task.image
    if image.problem:
        return SkippedImage(image.path, "unreadable", image.problem)
    try:
        with fetch(image.location, most_bytes=plan.rules.most_bytes) as location:
            return _measure_file(location, task, plan, reader)
    except ImageError as error:
        return SkippedImage(image.path, error.reason, str(error))
    except FamilyError as error:
        return SkippedImage(image.path, "not_measured", str(error))
    finally:
        reader.release()


def find_known(task: Task, plan: Plan) -> KnownImage | None:
    """The outcome of a file on this machine of which everything is known, without reading more than its bytes."""
    if (task.expected is None and not plan.orphans) or task.image.problem or is_url(task.image.location):
        return None
    return _recognize(task.image.location, task, plan)[0]


def _recognize(location: str, task: Task, plan: Plan) -> tuple[KnownImage | None, tuple[FingerprintFamily, ...]]:
    """What is known of a file, by its bytes; where that is not all, the families that are still to be measured."""
    image, families = task.image, plan.families
    if task.expected is not None or plan.orphans:
        sha256 = _hash_file(location, plan.rules.most_bytes)
        if task.expected is not None and sha256 == task.expected.sha256:
            families = tuple(family for family in families if family.name in task.expected.unmeasured)
            if not families:
                return KnownImage(image.path, sha256, image.labels), ()
        elif sha256 in plan.orphans:
            return KnownImage(image.path, sha256, image.labels), ()
    return None, families


def _measure_file(location: str, task: Task, plan: Plan, reader: Reader) -> Outcome:
    known, families = _recognize(location, task, plan)
    if known is not None:
        return known
    decoded = reader.read(location, shown_as=task.image.path)
    return _measure_decoded(decoded, task.image.labels, plan, families)


def _hash_file(location: str, most_bytes: int) -> str:
    """SHA-256 of a regular file; "" where it cannot be read or is too large, which reading it will put into words."""
    try:
        about = os.stat(location)
        if not stat.S_ISREG(about.st_mode) or about.st_size > most_bytes:
            return ""
        with open(location, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def _measure_decoded(
    decoded: DecodedImage, labels: dict[str, str], plan: Plan, families: tuple[FingerprintFamily, ...]
) -> MeasuredImage:
    windows = choose_windows(*decoded.pixels.shape[:2], everything=plan.everything)
    missing = np.array([family.needs_jpeg and decoded.jpeg is None for family in families])
    stacks = _stack(decoded, windows, families)
    first = list(itertools.islice(stacks, 1))  # before anything else: the Y plane is decoded meanwhile
    record = describe_image(decoded, windows, labels)
    values = _measure_families(decoded, windows, families, missing, itertools.chain(first, stacks))
    measured = MeasuredImage(record, windows, values, missing, tuple(family.name for family in families))
    return measured if is_sampled(decoded.sha256, plan.share) else average_measured(measured, families)


def average_measured(measured: MeasuredImage, families: Sequence[FamilyRecord | FingerprintFamily]) -> MeasuredImage:
    """The same image with the mean of its windows in place of them, and without its thumbnail."""
    if measured.windows[0].number == MEAN_ROW:
        return measured
    record = replace(measured.record, thumbnail=b"")
    window = Window(MEAN_ROW, 0, 0, record.rows, record.columns)
    kinds = [(group.kind == "histogram", group.size) for family in families for group in family.groups]
    shares = np.repeat([kind for kind, _ in kinds], [size for _, size in kinds]).astype(bool)
    values = average_windows(measured.values, shares)[None]
    return replace(measured, record=record, windows=(window,), values=values)


def join_measured(
    measured: Sequence[MeasuredImage], skipped: Iterable[SkippedImage], families: Sequence[FamilyRecord]
) -> FingerprintTable:
    """One table of images that were measured in the same families, in the order of their paths."""
    measured = sorted(measured, key=lambda image: image.record.path)
    places = [
        (window.number, window.top, window.left, window.height, window.width)
        for image in measured
        for window in image.windows
    ]
    n_columns = sum(family.dimension for family in families)
    return FingerprintTable(
        images=note_copies([image.record for image in measured]),
        skipped=tuple(sorted(skipped, key=lambda image: image.path)),
        families=tuple(families),
        values=np.concatenate([np.empty((0, n_columns), np.float32), *(image.values for image in measured)]),
        groups=np.repeat(np.arange(len(measured)), [len(image.windows) for image in measured]).astype(np.intp),
        windows=np.array(places, dtype=np.int32).reshape(-1, 5),
        missing=np.array([image.missing for image in measured], dtype=bool).reshape(-1, len(families)),
    )


def _stack(
    decoded: DecodedImage, windows: Sequence[Window], families: tuple[FingerprintFamily, ...]
) -> Iterator[tuple[slice, WindowStack]]:
    """The windows in stacks, and which of them these are."""
    seeing = [family for family in families if family.sees == "window"]
    for family in seeing:
        _check_room(decoded, windows[0], family)
    for start in range(0, len(windows) if seeing else 0, MOST_STACKED):
        part = slice(start, min(start + MOST_STACKED, len(windows)))
        stack = decoded.stack(windows[part])
        if stack.find_coded_luma is not None and any(family.needs_coded_luma for family in seeing):
            assert decoded.luma_source is not None
            decoded.luma_source.begin()
        yield part, stack


def _measure_families(
    decoded: DecodedImage,
    windows: Sequence[Window],
    families: tuple[FingerprintFamily, ...],
    missing: NDArray[np.bool_],
    stacks: Iterable[tuple[slice, WindowStack]],
) -> NDArray[np.float32]:
    """Fingerprints, shape (n_windows, n_columns): those of the whole file repeated, missing ones 0."""
    ends = np.cumsum([0, *(family.dimension for family in families)])
    values = np.zeros((len(windows), ends[-1]), np.float32)
    columns = [slice(*pair) for pair in itertools.pairwise(ends)]
    chosen = [
        pair for pair, is_missing in zip(zip(families, columns, strict=True), missing, strict=True) if not is_missing
    ]
    for family, place in chosen:
        if family.sees != "window":
            values[:, place] = _check(family.measure(decoded), family, decoded)
    for part, stack in stacks:
        for family, place in chosen:
            if family.sees == "window":
                values[part, place] = _check(family.measure(stack), family, decoded, windows[part])
    return values


def _check(
    found: NDArray[np.float64], family: FingerprintFamily, decoded: DecodedImage, windows: Sequence[Window] = ()
) -> NDArray[np.float64]:
    """What a family gave for a file or for windows, if it is what the family has promised."""
    wanted = (len(windows), family.dimension) if windows else (family.dimension,)
    if found.shape == wanted and np.isfinite(found).all():
        return found
    where = decoded.path
    if windows:
        bad = int(np.argmin(np.isfinite(found).all(axis=1))) if found.shape == wanted else 0
        where = f"window {windows[bad].number} of {decoded.path}"
    message = (
        f"The family {family.name} did not give {family.dimension} finite values for {where}. "
        "This is a bug: report it, and leave the family out meanwhile."
    )
    raise FamilyError(message, family=family.name, path=decoded.path)


def _check_room(decoded: DecodedImage, window: Window, family: FingerprintFamily) -> None:
    if window.height < family.smallest[0] or window.width < family.smallest[1]:
        message = (
            f"The family {family.name} needs {family.smallest[1]} x {family.smallest[0]} pixels. "
            "Leave the image or the family out."
        )
        raise ImageTooSmallError(message, path=decoded.path)


def describe_image(decoded: DecodedImage, windows: Sequence[Window], labels: dict[str, str]) -> ImageRecord:
    """The record of an image, with the looks of its windows and the manifest's other columns."""
    rows, columns = decoded.pixels.shape[:2]
    looks = measure_looks(decoded, windows)
    return ImageRecord(
        path=decoded.path,
        sha256=decoded.sha256,
        format=decoded.format,
        rows=rows,
        columns=columns,
        n_bytes=decoded.n_bytes,
        notes=decoded.notes,
        labels=labels,
        thumbnail=encode_thumbnail(decoded, THUMBNAIL_SIDE),
        bit_depth=decoded.bit_depth,
        claims=decoded.claims,
        jpeg_quality=None if decoded.jpeg is None else decoded.jpeg.estimated_quality,
        jpeg_sampling="" if decoded.jpeg is None else decoded.jpeg.sampling,
        brightness=looks.brightness,
        sharpness=looks.sharpness,
        texture=looks.texture,
    )
