"""Paths -> FingerprintTable."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from forensic_style.engines import Engine, choose_engine
from forensic_style.errors import ParameterError
from forensic_style.families import choose_families
from forensic_style.family import FingerprintFamily
from forensic_style.manifest import InputImage, list_images
from forensic_style.measuring import CAN_ISOLATE, KnownImage, MeasuredImage, Plan, Task, join_measured
from forensic_style.reading import ReadingRules
from forensic_style.sampling import MOST_SEARCHED, choose_share
from forensic_style.store import FingerprintStore
from forensic_style.table import FamilyRecord, FingerprintTable, SkippedImage

WINDOWS = ("auto", "all")

Progress = Callable[[int, int, int], None]
Inputs = str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | Sequence[InputImage]


def extract(
    inputs: Inputs,
    *,
    families: list[str] | None = None,
    axis: str = "all",
    windows: str = "auto",
    jobs: int | None = None,
    progress: Progress | None = None,
    rules: ReadingRules | None = None,
    isolated: bool = CAN_ISOLATE,
    most_searched: int = MOST_SEARCHED,
    engine: Engine | None = None,
) -> FingerprintTable:
    """Measure the fingerprints of images, and hold them in memory.

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
    most_searched : with more images than these a sample keeps its windows, and the others keep a mean row each: see
        :mod:`forensic_style.sampling`
    engine : who measures; threads where None

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
    images = list_images(inputs)
    plan = make_plan(families, axis=axis, windows=windows, rules=rules, isolated=isolated)
    plan = replace(plan, share=choose_share(len(images), most=most_searched))
    engine = engine or choose_engine(jobs=jobs)
    measured: list[MeasuredImage] = []
    skipped: list[SkippedImage] = []
    for done, outcome in enumerate(engine.measure((Task(image) for image in images), plan), start=1):
        assert not isinstance(outcome, KnownImage)
        if isinstance(outcome, SkippedImage):
            skipped.append(outcome)
        else:
            measured.append(outcome)
        if progress is not None:
            progress(done, len(images), len(skipped))
    return join_measured(measured, skipped, [FamilyRecord.of(family) for family in plan.families])


def extract_to(
    store: FingerprintStore,
    images: Sequence[InputImage],
    *,
    engine: Engine,
    most_searched: int = MOST_SEARCHED,
    progress: Progress | None = None,
    keep_others: bool = False,
    before_tidying: Callable[[], None] | None = None,
) -> None:
    """Measure into a store what it does not have, so that whoever is interrupted goes on where it stopped.

    Parameters
    ----------
    store : open
    images : inputs
    engine : who measures
    most_searched, progress : as for :func:`extract`
    keep_others : whether images of the store that are no inputs stay in it
    before_tidying : called where images were measured, before rows of others go

    Raises
    ------
    StorageError, ReaderError
        where nothing can be read or written any more; what was measured is kept.
    """
    tasks = store.begin(images, most_searched=most_searched)
    for done, outcome in enumerate(engine.measure(tasks, store.plan), start=1):
        store.add(outcome)
        if progress is not None:
            progress(done, len(images), len(store.skipped))
    if before_tidying is not None and store.n_measured:
        before_tidying()
    store.finish(images, keep_others=keep_others)


def make_plan(
    families: list[str] | None = None,
    *,
    axis: str = "all",
    windows: str = "auto",
    rules: ReadingRules | None = None,
    isolated: bool = CAN_ISOLATE,
) -> Plan:
    """What to measure of every image; arguments as for :func:`extract`, which are checked here."""
    chosen: tuple[FingerprintFamily, ...] = choose_families(families, axis=axis)
    if windows not in WINDOWS:
        raise ParameterError(f"windows must be auto or all. Got {windows!r} instead.")
    if isolated and not CAN_ISOLATE:
        raise ParameterError("Decoding in processes of their own is not available here. Leave out isolated=True.")
    return Plan(chosen, everything=windows == "all", rules=rules or ReadingRules(), isolated=isolated)
