"""Paths -> FingerprintTable, in parallel over images."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from forensic_style.errors import FamilyError, ImageError, ImageTooSmallError, ParameterError
from forensic_style.families import choose_families
from forensic_style.family import FingerprintFamily
from forensic_style.image import DecodedImage, Window, choose_windows, read_image
from forensic_style.manifest import InputImage, list_inputs
from forensic_style.table import FamilyRecord, FingerprintTable, ImageRecord, SkippedImage

THUMBNAIL_SIDE = 112
THUMBNAIL_QUALITY = 80
IMAGES_IN_FLIGHT = 8  # per thread: bounds what is decoded or waits to be collected

Progress = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class MeasuredImage:
    """One image's record, windows and fingerprints (float32, shape (n_windows, n_columns))."""

    record: ImageRecord
    windows: tuple[Window, ...]
    values: NDArray[np.float32]


def extract(
    inputs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | Sequence[InputImage],
    *,
    families: list[str] | None = None,
    axis: str = "all",
    jobs: int | None = None,
    progress: Progress | None = None,
) -> FingerprintTable:
    """Measure the fingerprints of images.

    Parameters
    ----------
    inputs : image files, folders or one manifest, or what :func:`forensic_style.manifest.list_inputs` returns
    families : names from the catalogue; all of them where None
    axis : "all", "acquisition" or "processing"
    jobs : threads; as many as there are processors where None. The result does not depend on it.
    progress : called after every image with the numbers of images done, in all, and skipped

    Returns
    -------
    FingerprintTable, images in the order of their paths; every input is either in it or among its skipped images.

    Raises
    ------
    TableError, ParameterError
        for inputs that name nothing, and wrong arguments. A bad image never raises: it is skipped.
    """
    images = _list_images(inputs)
    chosen = choose_families(families, axis=axis)
    jobs = count_processors() if jobs is None else jobs
    if jobs < 1:
        raise ParameterError(f"jobs must be at least 1. Got {jobs!r} instead.")
    measured, skipped = [], []
    for done, outcome in enumerate(_measure_all(images, chosen, jobs), start=1):
        if isinstance(outcome, SkippedImage):
            skipped.append(outcome)
        else:
            measured.append(outcome)
        if progress is not None:
            progress(done, len(images), len(skipped))
    return _assemble(measured, skipped, chosen)


def count_processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _list_images(inputs: object) -> list[InputImage]:
    if isinstance(inputs, list | tuple) and inputs and all(isinstance(image, InputImage) for image in inputs):
        return sorted(inputs, key=lambda image: image.path)
    return list_inputs(inputs)  # type: ignore[arg-type]


def _measure_all(
    images: Sequence[InputImage], families: tuple[FingerprintFamily, ...], jobs: int
) -> Iterator[MeasuredImage | SkippedImage]:
    """Outcomes in the order of the images, with a bounded number of images under way."""
    cv2_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # the threads are over images
    waiting = iter(images)
    try:
        with ThreadPoolExecutor(jobs) as pool:
            under_way = [pool.submit(_measure, image, families) for image in islice(waiting, jobs * IMAGES_IN_FLIGHT)]
            while under_way:
                yield under_way.pop(0).result()
                under_way += [pool.submit(_measure, image, families) for image in islice(waiting, 1)]
    finally:
        cv2.setNumThreads(cv2_threads)


def _measure(image: InputImage, families: tuple[FingerprintFamily, ...]) -> MeasuredImage | SkippedImage:
    try:
        decoded = read_image(image.location, shown_as=image.path)
        windows = choose_windows(*decoded.pixels.shape[:2])
        values = np.stack([_measure_window(decoded, window, families) for window in windows])
    except ImageError as error:
        return SkippedImage(image.path, error.reason, str(error))
    except FamilyError as error:
        return SkippedImage(image.path, "not_measured", str(error))
    return MeasuredImage(_describe(decoded, image.labels), windows, values)


def _measure_window(
    decoded: DecodedImage, window: Window, families: tuple[FingerprintFamily, ...]
) -> NDArray[np.float32]:
    pixels = decoded.cut(window)
    vectors = []
    for family in families:
        if window.height < family.smallest[0] or window.width < family.smallest[1]:
            message = (
                f"The family {family.name} needs {family.smallest[1]} x {family.smallest[0]} pixels. "
                "Leave the image or the family out."
            )
            raise ImageTooSmallError(message, path=decoded.path)
        vector = family.compute(pixels).astype(np.float32)
        if vector.shape != (family.dimension,) or not np.isfinite(vector).all():
            message = (
                f"The family {family.name} did not give {family.dimension} finite values for window "
                f"{window.number} of {decoded.path}. This is a bug: report it, and leave the family out meanwhile."
            )
            raise FamilyError(message, family=family.name, path=decoded.path)
        vectors.append(vector)
    return np.concatenate(vectors)


def _describe(decoded: DecodedImage, labels: dict[str, str]) -> ImageRecord:
    rows, columns = decoded.pixels.shape[:2]
    return ImageRecord(
        path=decoded.path,
        sha256=decoded.sha256,
        format=decoded.format,
        rows=rows,
        columns=columns,
        n_bytes=decoded.n_bytes,
        notes=decoded.notes,
        labels=labels,
        thumbnail=_draw_thumbnail(decoded),
    )


def _draw_thumbnail(decoded: DecodedImage) -> bytes:
    """A JPEG file of at most 112 x 112 pixels, for people to look at."""
    pixels = decoded.pixels if decoded.is_grey else decoded.pixels[:, :, ::-1]
    scale = THUMBNAIL_SIDE / max(pixels.shape[:2])
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    if small.dtype == np.uint16:
        small = (small // 257).astype(np.uint8)
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, THUMBNAIL_QUALITY])[1].tobytes()


def _assemble(
    measured: Sequence[MeasuredImage], skipped: Sequence[SkippedImage], families: tuple[FingerprintFamily, ...]
) -> FingerprintTable:
    counts = [len(image.windows) for image in measured]
    places = [
        (window.number, window.top, window.left, window.height, window.width)
        for image in measured
        for window in image.windows
    ]
    n_columns = sum(family.dimension for family in families)
    return FingerprintTable(
        images=tuple(image.record for image in measured),
        skipped=tuple(skipped),
        families=tuple(FamilyRecord.of(family) for family in families),
        values=np.concatenate([np.empty((0, n_columns), np.float32), *(image.values for image in measured)]),
        groups=np.repeat(np.arange(len(measured)), counts).astype(np.intp),
        windows=np.array(places, dtype=np.int32).reshape(-1, 5),
        missing=np.zeros((len(measured), len(families)), dtype=bool),
    )
