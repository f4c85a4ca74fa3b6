"""Files -> treated files -> their fingerprints, a few files at a time."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.errors import ImageError, TableError
from forensic_style.extraction import Progress, extract
from forensic_style.laundering.treatments import TREATMENTS
from forensic_style.manifest import InputImage
from forensic_style.measuring import CAN_ISOLATE
from forensic_style.reading import ReadingRules, read_image
from forensic_style.reading.isolation import IsolatedReader
from forensic_style.table import FingerprintTable, ImageRecord

MOST_PIXELS = 50_000_000  # of the images that are on disk at once, some 500 MB of files


@dataclass(frozen=True)
class TreatedImages:
    """Fingerprints of some images after one treatment: `numbers` says which of the sample the table's images are."""

    treatment: int
    numbers: NDArray[np.intp]
    table: FingerprintTable


def measure_treated(
    images: Sequence[ImageRecord],
    families: list[str],
    *,
    locate: Mapping[str, str] | None = None,
    windows: str = "auto",
    jobs: int | None = None,
    rules: ReadingRules | None = None,
    progress: Progress | None = None,
) -> Iterator[TreatedImages]:
    """Treat images in every way and measure them; treated files are gone when this ends, however it ends.

    Parameters
    ----------
    images : the sample
    families : names of those to be measured
    locate : where the file of each path is; the path itself where None
    windows, jobs, rules : as for :func:`forensic_style.extraction.extract`
    progress : called with the numbers of images done, in all, and 0

    Raises
    ------
    TableError
        where a file is gone, or is not the one that was clustered.
    """
    done = 0
    unpacked = replace(rules or ReadingRules(), most_bytes=sys.maxsize)  # files written without loss are larger
    for batch in _deal(images):
        with tempfile.TemporaryDirectory(prefix="forensic-style-") as folder:
            treated = _write_treated([images[number] for number in batch], batch, Path(folder), locate, rules)
            table = extract(treated, families=families, windows=windows, jobs=jobs, rules=unpacked)
        yield from _sort(table)
        done += len(batch)
        if progress is not None:
            progress(done, len(images), 0)


def _deal(images: Sequence[ImageRecord]) -> Iterator[list[int]]:
    """Numbers of the images in batches of a bounded number of pixels, at least one in each."""
    batch: list[int] = []
    n_pixels = 0
    for number, image in enumerate(images):
        if batch and n_pixels + image.rows * image.columns > MOST_PIXELS:
            yield batch
            batch, n_pixels = [], 0
        batch.append(number)
        n_pixels += image.rows * image.columns
    if batch:
        yield batch


def _write_treated(
    images: Sequence[ImageRecord],
    numbers: Sequence[int],
    folder: Path,
    locate: Mapping[str, str] | None,
    rules: ReadingRules | None,
) -> list[InputImage]:
    """Write each image after each treatment; the name of a file says which it is."""
    reader = IsolatedReader(rules or ReadingRules()) if CAN_ISOLATE else None
    written = []
    try:
        for image, number in zip(images, numbers, strict=True):
            location = image.path if locate is None else locate.get(image.path, image.path)
            pixels = _read_again(image, location, reader, rules)
            for place, treatment in enumerate(TREATMENTS):
                suffix, data = treatment.write(pixels)
                file = folder / f"{number:06d}-{place}{suffix}"
                file.write_bytes(data)
                written.append(InputImage(file.name, str(file)))
            if reader is not None:
                reader.release()
    finally:
        if reader is not None:
            reader.close()
    return written


def _read_again(
    image: ImageRecord, location: str, reader: IsolatedReader | None, rules: ReadingRules | None
) -> NDArray[np.integer[Any] | np.floating[Any]]:
    try:
        decoded = (
            read_image(location, shown_as=image.path, rules=rules)
            if reader is None
            else reader.read(location, shown_as=image.path)
        )
    except ImageError as error:
        raise TableError(
            f"{image.path!r} cannot be read again: {str(error).rstrip('.')}. Keep the files where they were."
        ) from error
    if decoded.sha256 != image.sha256:
        raise TableError(f"{image.path!r} is not the file that was clustered. Keep the files as they were.")
    return np.array(decoded.pixels)


def _sort(table: FingerprintTable) -> Iterator[TreatedImages]:
    """The images of each treatment apart; those that became too small to be measured are in none."""
    parts = [tuple(int(part) for part in Path(path).stem.split("-")) for path in table.paths]
    for treatment in range(len(TREATMENTS)):
        rows = [row for row, (_, place) in enumerate(parts) if place == treatment]
        if rows:
            numbers = np.array([parts[row][0] for row in rows], dtype=np.intp)
            yield TreatedImages(treatment, numbers, table.select_images(rows))
