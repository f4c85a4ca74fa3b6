"""`cluster`: the main job, from images to a run folder and its summary."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_style.cli.console import measure_images, open_messages, print_counts, show_path, show_progress
from forensic_style.cli.options import (
    Axis,
    Damaged,
    Families,
    Force,
    Inputs,
    Jobs,
    Megabytes,
    Megapixels,
    Privacy,
    Seconds,
    Windows,
    check_windows,
    read_families,
    read_number,
    read_rules,
)

if TYPE_CHECKING:
    from forensic_style.manifest import InputImage
    from forensic_style.result import ClusterResult


def cluster_images(
    inputs: Inputs,
    out: Annotated[Path, typer.Option(metavar="RUN", help="Folder for the result; made where it is missing.")],
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
    n_clusters = read_number(clusters)
    chosen = read_families(families, axis)
    rules = read_rules(damaged, max_megapixels, max_megabytes, timeout)
    check_windows(windows)
    if content is not None and content_from_folders:
        raise typer.BadParameter("--content and --content-from-folders exclude each other. Give one of them.")
    from forensic_style.arguments import read_numbers
    from forensic_style.errors import ForensicStyleError
    from forensic_style.families import CATALOGUE
    from forensic_style.manifest import list_inputs, name_folders, show_name
    from forensic_style.pipeline import cluster as find_clusters
    from forensic_style.privacy import FOLDERS, hide_private, hide_table
    from forensic_style.run import check_folder, save_unread

    start = time.perf_counter()
    check_folder(out, force=force)
    images = list_inputs(inputs, leave_out=out)
    numbers = [] if covariates is None else [name.strip() for name in covariates.split(",")]
    _check_before_reading(images, [content, known, *numbers], n_clusters)
    taking_part = chosen or [family.name for family in CATALOGUE if family.sees != "image"]
    table = measure_images(images, rules, families=taking_part, axis=axis, windows=windows, jobs=jobs)
    reading = time.perf_counter() - start
    if not table.images:
        save_unread(hide_table(table) if privacy else table, out, force=force)
    folders = dict(zip([image.path for image in images], name_folders(images), strict=True))
    content_labels = folders if content_from_folders else content
    result = find_clusters(
        table,
        content=content_labels,
        covariates=read_numbers(table, numbers),
        known=known,
        n_clusters=n_clusters,
        families=chosen,
    )
    content_source = FOLDERS if content_from_folders else content
    if launder and result.n_clusters > 1:
        locations = {image.path: image.location for image in images}
        try:
            with show_progress(len(images), doing="Changing lightly") as progress:
                result = result.launder(locations, windows=windows, jobs=jobs, rules=rules, progress=progress)
        except ForensicStyleError as error:  # what was found is not lost because a file is gone since
            why = "a file cannot be read again, or none is fit" if privacy else str(error)
            result = replace(result, warnings=(*result.warnings, f"Light changes were not tried: {why}"))
    asked = {
        "inputs": [show_name(str(name)) for name in inputs],
        "content": content_source,
        "covariates": ", ".join(numbers) or 0,
        "axis": axis,
        "windows": windows,
        "reading": asdict(rules),
        "launder": launder,
    }
    result = replace(result, settings={**result.settings, **asked}, timings={"reading": reading, **result.timings})
    result = hide_private(result) if privacy else result
    result.save(out, force=force)
    _print_summary(result, out, reading=reading, total=time.perf_counter() - start)


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


def _print_summary(result: ClusterResult, out: Path, *, reading: float, total: float) -> None:
    from rich.markup import escape
    from rich.table import Table

    from forensic_style.laundering import describe_survival
    from forensic_style.report.findings import describe_number, reassure
    from forensic_style.search.axes import describe_axes

    console = open_messages()
    print_counts(result.table, out)
    console.print(f"Technologies: {result.n_clusters} ({describe_number(result)})", markup=False)
    causes = result.audit.warnings[:1]  # what may be the whole cause is said before anybody reads the clusters
    for warning in causes:
        console.print(f"! {warning}", markup=False, soft_wrap=True)
    console.print()
    columns = ("cluster", "files", "confidence", "stable", "what its files share, against the rest")
    rows = Table(*columns, box=None, pad_edge=False)
    for number, size in enumerate(result.sizes):
        words = "; ".join(trait.words for trait in result.traits[number]) or "nothing that stands out"
        name = f"{number} {result.names[number]}".rstrip() if result.names else str(number)
        rows.add_row(
            escape(name), f"{size:,}", _show_confidence(result, number), _show_stability(result, number), escape(words)
        )
    n_outside = int((result.labels < 0).sum())
    if n_outside:
        rows.add_row("none", f"{n_outside:,}", "-", "-", "they belong to no cluster")
    console.print(rows, soft_wrap=not console.is_terminal)
    console.print()
    for sentence in describe_axes(result.axes) if result.axes else ():
        console.print(sentence, markup=False, soft_wrap=True)
    for warning in result.warnings:
        if warning not in causes:
            console.print(f"! {warning}", markup=False, soft_wrap=True)
    if result.settings.get("launder") and result.n_clusters < 2:
        console.print("  Light changes were not tried: there is one cluster, which cannot be lost.", markup=False)
    if result.fragility is not None:
        console.print(f"  {describe_survival(result.fragility, result.n_clusters)}", markup=False, soft_wrap=True)
        for warning in result.fragility.warnings:
            console.print(f"! {warning}", markup=False, soft_wrap=True)
    for note in result.audit.notes:
        console.print(f"  {note}", markup=False, soft_wrap=True)
    if reassurance := reassure(result):
        console.print(f"  {reassurance}", markup=False, soft_wrap=True)
    took = f"Took {total:.0f} s ({reading:.0f} s reading, {total - reading:.0f} s clustering and report)"
    paths = f"Report  {show_path(out / 'report.html')}   Table  {show_path(out / 'clusters.csv')}   {took}"
    console.print(paths, markup=False, soft_wrap=True)


def _show_stability(result: ClusterResult, cluster: int) -> str:
    """How far the cluster is found again in resampled images, where there are others and it was measured."""
    if len(result.stabilities) < 2:
        return "-"
    return f"{result.stabilities[cluster]:.2f}"


def _show_confidence(result: ClusterResult, cluster: int) -> str:
    """Mean confidence, where there is another cluster to be confident against."""
    from forensic_style.report.words import CONFIDENCE_WEAK

    if result.n_clusters < 2:
        return "-"
    confidence = float(result.confidences[result.labels == cluster].mean())
    return f"{confidence:.2f}" + (" weak" if confidence < CONFIDENCE_WEAK else "")
