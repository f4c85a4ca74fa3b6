"""`cluster`: the main job, from images to a run folder and its summary."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forensic_style.cli.console import print_counts, show_progress
from forensic_style.cli.measuring import Measuring, begin_engine, measure_into
from forensic_style.cli.options import (
    SAMPLE,
    Axis,
    Damaged,
    Engine,
    Families,
    Force,
    InputsOrTable,
    Jobs,
    Megabytes,
    Megapixels,
    Privacy,
    Sample,
    Scheduler,
    Seconds,
    Windows,
    check_windows,
    read_families,
    read_number,
    read_rules,
    split_names,
)
from forensic_style.cli.summary import print_summary
from forensic_style.cli.tables import Asked, cluster_table

if TYPE_CHECKING:
    from forensic_style.engines import Engine as Measurers
    from forensic_style.large import LargeFigures
    from forensic_style.manifest import InputImage
    from forensic_style.reading import ReadingRules
    from forensic_style.result import ClusterResult
    from forensic_style.store import FingerprintStore


def cluster_images(
    inputs: InputsOrTable,
    out: Annotated[
        str, typer.Option(metavar="RUN", help="Folder for the result; made where it is missing; also s3://...")
    ],
    content: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of the manifest that says what each image shows.")
    ] = None,
    content_from_folders: Annotated[
        bool, typer.Option("--content-from-folders", help="The name of an image's folder says what it shows.")
    ] = False,
    known: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column of the manifest with a few known technologies, blank elsewhere."),
    ] = None,
    covariates: Annotated[
        str | None,
        typer.Option(metavar="COLUMNS", help="Columns of numbers to be explained away like content, with commas."),
    ] = None,
    clusters: Annotated[str, typer.Option(metavar="N|auto", help="Number of technologies, or test for it.")] = "auto",
    families: Families = None,
    axis: Axis = "all",
    windows: Windows = "auto",
    jobs: Jobs = None,
    engine: Engine = "threads",
    scheduler: Scheduler = None,
    sample: Sample = SAMPLE,
    damaged: Damaged = "skip",
    max_megapixels: Megapixels = 500,
    max_megabytes: Megabytes = 4000,
    timeout: Seconds = 120,
    launder: Annotated[
        bool,
        typer.Option("--launder", help="Re-save, resize and crop a sample lightly: do the clusters survive that?"),
    ] = False,
    privacy: Privacy = False,
    force: Force = False,
) -> None:
    """Cluster images by technology, with a report."""
    from forensic_style.run.given import find_given

    start = time.perf_counter()
    n_clusters = read_number(clusters)
    check_windows(windows)
    if content is not None and content_from_folders:
        raise typer.BadParameter("--content and --content-from-folders exclude each other. Give one of them.")
    numbers = split_names(covariates) or []
    given = find_given(inputs)
    if given is not None:
        _check_for_table(windows != "auto", engine != "threads" or scheduler is not None, launder)
        names = split_names(families)
        asked = Asked(content, content_from_folders, known, numbers, n_clusters, names, axis, sample, privacy)
        cluster_table(given, out, asked, force=force)
        return
    from forensic_style.manifest import FOLDERS, list_inputs, name_folders, show_name
    from forensic_style.run.publishing import check_output

    check_output(out, force=force)
    images = list_inputs(inputs, leave_out=out)
    _check_before_reading(images, [content, known, *numbers], n_clusters)
    if privacy and len(images) > sample:
        from forensic_style.errors import ParameterError

        raise ParameterError(
            f"--privacy is for up to {sample:,} files, and there are {len(images):,}. Leave it out, or let all of them "
            f"be searched (--sample {len(images)})."
        )
    how = Measuring(engine, scheduler, jobs, sample)
    with begin_engine(how, len(images)) as begun:
        rules = read_rules(damaged, max_megapixels, max_megabytes, timeout)
        folders = dict(zip([image.path for image in images], name_folders(images), strict=True))
        job = _Job(
            images=images,
            content=folders if content_from_folders else content,
            known=known,
            covariates=numbers,
            n_clusters=n_clusters,
            families=read_families(families, axis),
            windows=windows,
            jobs=jobs,
            rules=rules,
            launder=launder,
            privacy=privacy,
            force=force,
            asked={
                "inputs": [show_name(name) for name in inputs],
                "content": FOLDERS if content_from_folders else content,
                "covariates": ", ".join(numbers) or 0,
                "axis": axis,
                "windows": windows,
                "sample": sample,
                "reading": asdict(rules),
                "launder": launder,
            },
        )
        _measure_and_cluster(job, out, how, begun, axis=axis, start=start)


def _measure_and_cluster(job: _Job, out: str, how: Measuring, engine: Measurers, *, axis: str, start: float) -> None:
    """Measure what is not known yet, cluster, write the run and say what came out."""
    from forensic_style.extraction import make_plan
    from forensic_style.families import CATALOGUE
    from forensic_style.run.publishing import write_locally

    taking_part = job.families or [family.name for family in CATALOGUE if family.sees != "image"]
    plan = make_plan(taking_part, axis=axis, windows=job.windows, rules=job.rules)
    engine.prepare(plan)
    loading = _load_meanwhile("forensic_style.pipeline", "forensic_style.run.folder")
    with (
        measure_into(
            out, job.images, plan, how, engine, force=job.force, keep_others=False, is_private=job.privacy
        ) as store,
        write_locally(out) as folder,
    ):
        reading = time.perf_counter() - start
        loading.join()
        found = (_cluster if len(job.images) <= how.sample else _cluster_many)(store, job, folder, reading)
    print_counts(store.n_measured, store.reasons, out, n_known=store.n_known)
    print_summary(*found, out, reading=reading, total=time.perf_counter() - start)


def _load_meanwhile(*modules: str) -> threading.Thread:
    """Import what clusters while others measure: a second and a half."""
    loading = threading.Thread(target=lambda: [importlib.import_module(module) for module in modules], daemon=True)
    loading.start()
    return loading


@dataclass(frozen=True)
class _Job:
    """What to do with the fingerprints once they are measured."""

    images: Sequence[InputImage]
    content: str | Mapping[str, str] | None
    known: str | None
    covariates: list[str]
    n_clusters: int | None
    families: list[str] | None
    windows: str
    jobs: int | None
    rules: ReadingRules
    launder: bool
    privacy: bool
    force: bool
    asked: dict[str, Any]


def _cluster(
    store: FingerprintStore, job: _Job, folder: Path, reading: float
) -> tuple[ClusterResult, LargeFigures | None]:
    """Cluster what was measured, and write the run."""
    from forensic_style.arguments import read_numbers
    from forensic_style.pipeline import cluster
    from forensic_style.privacy import hide_private, hide_table
    from forensic_style.run import save_run, save_unread

    table = store.load(job.images)
    if not table.images:
        save_unread(hide_table(table) if job.privacy else table, folder, force=job.force, is_private=job.privacy)
    result = cluster(
        table,
        content=job.content,
        covariates=read_numbers(table, job.covariates),
        known=job.known,
        n_clusters=job.n_clusters,
        families=job.families,
    )
    result = _complete(result, job, reading)
    result = hide_private(result) if job.privacy else result
    if job.privacy:
        store.remove_parts()  # they name the files and show them
    save_run(result, folder, force=True, are_measured_there=not job.privacy)
    return result, None


def _cluster_many(
    store: FingerprintStore, job: _Job, folder: Path, reading: float
) -> tuple[ClusterResult, LargeFigures]:
    """Cluster by a sample what is too much to be searched at once, and write the run."""
    from forensic_style.large import cluster_many
    from forensic_style.run.large import save_large
    from forensic_style.store import StoreSource

    result = cluster_many(
        StoreSource(store, job.images),
        content=job.content,
        known=job.known,
        covariates=job.covariates,
        n_clusters=job.n_clusters,
        families=job.families,
    )
    result = replace(result, sample=_complete(result.sample, job, reading))
    save_large(result, folder, force=True, are_measured_there=True)
    return result.sample, result.figures


def _complete(result: ClusterResult, job: _Job, reading: float) -> ClusterResult:
    """The result with what light changes do to it, where that was asked for, and with what was asked."""
    result = _launder(result, job) if job.launder and result.n_clusters > 1 else result
    settings = {**result.settings, **job.asked}
    return replace(result, settings=settings, timings={"reading": reading, **result.timings})


def _launder(result: ClusterResult, job: _Job) -> ClusterResult:
    """The result with what light changes to a sample of its files do to it."""
    from forensic_style.errors import ForensicStyleError

    locations = {image.path: image.location for image in job.images}
    try:
        with show_progress(len(job.images), doing="Changing lightly") as progress:
            return result.launder(locations, windows=job.windows, jobs=job.jobs, rules=job.rules, progress=progress)
    except ForensicStyleError as error:  # what was found is not lost because a file is gone since
        why = "a file cannot be read again, or none is fit" if job.privacy else str(error)
        return replace(result, warnings=(*result.warnings, f"Light changes were not tried: {why}"))


def _check_for_table(*given: bool) -> None:
    """Refuse options that measure images, where a table has been measured already."""
    for option, is_given in zip(("--windows", "--engine and --scheduler", "--launder"), given, strict=True):
        if is_given:
            raise typer.BadParameter(f"{option}: only for images, and the input is a table. Leave this out.")


def _check_before_reading(images: Sequence[InputImage], columns: Sequence[str | None], n_clusters: int | None) -> None:
    """Find out before hours of reading that a column is missing, or that there are too few files."""
    from forensic_style.errors import ParameterError, TableError

    if n_clusters is not None and n_clusters > len(images):
        raise ParameterError(
            f"{n_clusters} clusters cannot be made of {len(images)} files. Ask for fewer, or for auto."
        )
    there = list(images[0].labels)
    for column in columns:
        if column is not None and column not in there:
            what = f"It has: {', '.join(there)}." if there else "Labels need a manifest; see --help."
            raise TableError(f"There is no column {column!r} in the input. {what}")
