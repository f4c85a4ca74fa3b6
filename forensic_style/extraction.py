"""Paths -> FingerprintTable, in parallel over images."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from forensic_style.errors import FamilyError, ImageError, ImageTooSmallError, ParameterError
from forensic_style.families import choose_families
from forensic_style.family import FingerprintFamily
from forensic_style.image import DecodedImage, WindowPixels, encode_thumbnail, measure_looks
from forensic_style.manifest import InputImage, list_inputs
from forensic_style.reading import ReadingRules, read_image
from forensic_style.reading.isolation import IsolatedReader
from forensic_style.table import FamilyRecord, FingerprintTable, ImageRecord, SkippedImage
from forensic_style.threads import one_thread_for_each_image
from forensic_style.windows import Window, choose_windows

THUMBNAIL_SIDE = 112
IMAGES_IN_FLIGHT = 8  # per thread: bounds what waits to be collected
WINDOWS = ("auto", "all")
COPY_OF = "the same bytes as "  # begins the note of a copy
CAN_ISOLATE = os.name == "posix"

Progress = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class MeasuredImage:
    """One image's record, windows and fingerprints.

    Parameters
    ----------
    record, windows : of the image
    values : float32 array, shape (n_windows, n_columns), 0 in the columns of missing families
    missing : boolean array, shape (n_families,), families that this file has nothing to offer to
    """

    record: ImageRecord
    windows: tuple[Window, ...]
    values: NDArray[np.float32]
    missing: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is measured of every image: these families, on chosen windows or on everything."""

    families: tuple[FingerprintFamily, ...]
    everything: bool


def extract(
    inputs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | Sequence[InputImage],
    *,
    families: list[str] | None = None,
    axis: str = "all",
    windows: str = "auto",
    jobs: int | None = None,
    progress: Progress | None = None,
    rules: ReadingRules | None = None,
    isolated: bool = CAN_ISOLATE,
) -> FingerprintTable:
    """Measure the fingerprints of images.

    Parameters
    ----------
    inputs : image files, folders or one manifest, or what :func:`forensic_style.manifest.list_inputs` returns
    families : names from the catalogue; all of them where None
    axis : "all", "acquisition" or "processing"
    windows : "auto", or "all" to measure every part of every image: see :func:`forensic_style.windows.choose_windows`
    jobs : threads; as many as there are processors where None. The result does not depend on it.
    progress : called after every image with the numbers of images done, in all, and skipped
    rules : limits of what is read, and what to do with damaged files
    isolated : decode in processes of their own, one per thread, so that a decoder that hangs or crashes costs one
        file. Without it there is no limit of time, and a crash ends everything. Not available on Windows.

    Returns
    -------
    FingerprintTable, images in the order of their paths; every input is either in it or among its skipped images.

    Raises
    ------
    TableError, ParameterError
        for inputs that name nothing, and wrong arguments. A bad image never raises: it is skipped.
    ReaderError
        where processes cannot be started.
    """
    images = _list_images(inputs)
    chosen = choose_families(families, axis=axis)
    if windows not in WINDOWS:
        raise ParameterError(f"windows must be auto or all. Got {windows!r} instead.")
    jobs = count_processors() if jobs is None else jobs
    if jobs < 1:
        raise ParameterError(f"jobs must be at least 1. Got {jobs!r} instead.")
    measured, skipped = [], []
    rules = rules or ReadingRules()
    if isolated and not CAN_ISOLATE:
        raise ParameterError("Decoding in processes of their own is not available here. Leave out isolated=True.")
    plan = _Plan(chosen, everything=windows == "all")
    readers = [IsolatedReader(rules) if isolated else _ReaderHere(rules) for _ in range(min(jobs, len(images)))]
    for done, outcome in enumerate(_measure_all(images, plan, readers), start=1):
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


class _ReaderHere:
    """Reads in this process, with the manners of IsolatedReader."""

    def __init__(self, rules: ReadingRules) -> None:
        self.rules = rules

    def read(self, path: str, *, shown_as: str | None = None) -> DecodedImage:
        return read_image(path, shown_as=shown_as, rules=self.rules)

    def release(self) -> None: ...

    def close(self) -> None: ...


Reader = IsolatedReader | _ReaderHere


def _measure_all(
    images: Sequence[InputImage], plan: _Plan, readers: Sequence[Reader]
) -> Iterator[MeasuredImage | SkippedImage]:
    """Outcomes in the order of the images, with a bounded number of images under way and one thread per reader."""
    idle: queue.SimpleQueue[Reader] = queue.SimpleQueue()
    waiting = iter(images)
    pool = ThreadPoolExecutor(max(1, len(readers)))
    with one_thread_for_each_image(), ExitStack() as stack:
        for reader in readers:
            idle.put(reader)
            stack.callback(reader.close)
        stack.callback(pool.shutdown, cancel_futures=True)  # first: whoever stops waits for what is under way alone
        first = islice(waiting, len(readers) * IMAGES_IN_FLIGHT)
        under_way = [pool.submit(_measure, image, plan, idle) for image in first]
        while under_way:
            yield under_way.pop(0).result()
            under_way += [pool.submit(_measure, image, plan, idle) for image in islice(waiting, 1)]


def _measure(image: InputImage, plan: _Plan, idle: queue.SimpleQueue[Reader]) -> MeasuredImage | SkippedImage:
    if image.problem:
        return SkippedImage(image.path, "unreadable", image.problem)
    reader = idle.get()
    try:
        decoded = reader.read(image.location, shown_as=image.path)
        windows = choose_windows(*decoded.pixels.shape[:2], everything=plan.everything)
        missing = np.array([family.needs_jpeg and decoded.jpeg is None for family in plan.families])
        values = _measure_families(decoded, windows, plan.families, missing)
        return MeasuredImage(_describe(decoded, windows, image.labels), windows, values, missing)
    except ImageError as error:
        return SkippedImage(image.path, error.reason, str(error))
    except FamilyError as error:
        return SkippedImage(image.path, "not_measured", str(error))
    finally:
        reader.release()
        idle.put(reader)


def _measure_families(
    decoded: DecodedImage,
    windows: Sequence[Window],
    families: tuple[FingerprintFamily, ...],
    missing: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Fingerprints, shape (n_windows, n_columns): those of the whole file repeated, missing ones 0."""
    of_file = [
        _measure_family(decoded, None, family) if family.sees != "window" and not is_missing else None
        for family, is_missing in zip(families, missing, strict=True)
    ]
    return np.stack([_measure_window(decoded, window, families, of_file, missing) for window in windows])


def _measure_window(
    decoded: DecodedImage,
    window: Window,
    families: tuple[FingerprintFamily, ...],
    of_file: Sequence[NDArray[np.float32] | None],
    missing: NDArray[np.bool_],
) -> NDArray[np.float32]:
    pixels = decoded.cut(window)
    vectors = []
    for family, known, is_missing in zip(families, of_file, missing, strict=True):
        if is_missing:
            vectors.append(np.zeros(family.dimension, np.float32))
        elif known is not None:
            vectors.append(known)
        else:
            _check_room(decoded, window, family)
            vectors.append(_measure_family(decoded, (window, pixels), family))
    return np.concatenate(vectors)


def _measure_family(
    decoded: DecodedImage, part: tuple[Window, WindowPixels] | None, family: FingerprintFamily
) -> NDArray[np.float32]:
    """One family's vector of a window, or of the whole file."""
    vector = family.compute(decoded if part is None else part[1]).astype(np.float32)
    if vector.shape != (family.dimension,) or not np.isfinite(vector).all():
        where = decoded.path if part is None else f"window {part[0].number} of {decoded.path}"
        message = (
            f"The family {family.name} did not give {family.dimension} finite values for {where}. "
            "This is a bug: report it, and leave the family out meanwhile."
        )
        raise FamilyError(message, family=family.name, path=decoded.path)
    return vector


def _check_room(decoded: DecodedImage, window: Window, family: FingerprintFamily) -> None:
    if window.height < family.smallest[0] or window.width < family.smallest[1]:
        message = (
            f"The family {family.name} needs {family.smallest[1]} x {family.smallest[0]} pixels. "
            "Leave the image or the family out."
        )
        raise ImageTooSmallError(message, path=decoded.path)


def _describe(decoded: DecodedImage, windows: Sequence[Window], labels: dict[str, str]) -> ImageRecord:
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
        images=_note_copies([image.record for image in measured]),
        skipped=tuple(skipped),
        families=tuple(FamilyRecord.of(family) for family in families),
        values=np.concatenate([np.empty((0, n_columns), np.float32), *(image.values for image in measured)]),
        groups=np.repeat(np.arange(len(measured)), counts).astype(np.intp),
        windows=np.array(places, dtype=np.int32).reshape(-1, 5),
        missing=np.array([image.missing for image in measured], dtype=bool).reshape(-1, len(families)),
    )


def _note_copies(records: Sequence[ImageRecord]) -> tuple[ImageRecord, ...]:
    """The same records, with a note where an earlier one has the same bytes: a copy, or another name of the file."""
    first: dict[str, str] = {}
    noted = []
    for record in records:
        other = first.setdefault(record.sha256, record.path)
        is_copy = other != record.path
        noted.append(replace(record, notes=(*record.notes, f"{COPY_OF}{other}")) if is_copy else record)
    return tuple(noted)
