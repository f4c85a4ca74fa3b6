"""`assign`: new images to the clusters of a finished run, or to none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_style.cli.console import measure_images, open_messages, show_path
from forensic_style.cli.options import (
    Damaged,
    Force,
    Inputs,
    Jobs,
    Megabytes,
    Megapixels,
    Seconds,
    read_rules,
)

if TYPE_CHECKING:
    from forensic_style.placement.assignment import Assignment
    from forensic_style.table import FingerprintTable


def assign_images(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder that cluster wrote.")],
    inputs: Inputs,
    out: Annotated[Path, typer.Option(metavar="FILE.csv", help="Table of the images' clusters.")],
    content: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of the manifest that says what each image shows.")
    ] = None,
    content_from_folders: Annotated[
        bool, typer.Option("--content-from-folders", help="The name of an image's folder says what it shows.")
    ] = False,
    false_alarms: Annotated[
        float,
        typer.Option(metavar="RATE", help="Share of images of the run's technologies that may be told to be of none."),
    ] = 0.05,
    extend: Annotated[
        Path | None,
        typer.Option(metavar="NEWRUN", help="Also write a run of old and new images; old clusters keep their numbers."),
    ] = None,
    jobs: Jobs = None,
    damaged: Damaged = "skip",
    max_megapixels: Megapixels = 500,
    max_megabytes: Megabytes = 4000,
    timeout: Seconds = 120,
    force: Force = False,
) -> None:
    """Place new images in the clusters of a finished run, or in none; nothing is clustered again."""
    rules = read_rules(damaged, max_megapixels, max_megabytes, timeout)
    if content is not None and content_from_folders:
        raise typer.BadParameter("--content and --content-from-folders exclude each other. Give one of them.")
    if not 0 < false_alarms < 1:
        raise typer.BadParameter(f"--false-alarms takes a rate above 0 and below 1. Got {false_alarms!r} instead.")
    from forensic_style.errors import TableError
    from forensic_style.extension import extend_run
    from forensic_style.manifest import list_inputs, name_folders
    from forensic_style.placement.matching import name_families
    from forensic_style.report.words import count_things
    from forensic_style.run import load_run, write_skipped
    from forensic_style.writing import check_file, check_folder

    finished = load_run(run)
    families = name_families(finished.model)
    unread = out.with_suffix(".skipped.csv")
    for file in (out, unread):
        check_file(file, force=force)
    if extend is not None:
        check_folder(extend, force=force)
    images = list_inputs(inputs, leave_out=extend)
    if content is not None and content not in images[0].labels:
        raise TableError(f"There is no column {content!r} in the input. Name one of the manifest's columns.")
    windows = finished.about.get("settings", {}).get("windows", "auto")
    table = measure_images(images, rules, families=families, axis="all", windows=windows, jobs=jobs)
    unread.unlink(missing_ok=True)
    if table.skipped:
        write_skipped(table.skipped, unread)
    _print_counts(table, unread)
    folders = dict(zip([image.path for image in images], name_folders(images), strict=True))
    shown = folders if content_from_folders else content
    if extend is None:
        found = finished.assign(table, content=shown, false_alarms=false_alarms)
    else:
        larger = extend_run(finished, table, content=shown, false_alarms=false_alarms)
        larger.save(extend, force=force)
        found = larger.assignment
    found.save(out)
    _print_summary(found, out)
    if extend is not None:
        new = f", {count_things(len(larger.founded), 'new cluster')}" if larger.founded else ""
        what = f"Run  {show_path(extend)} ({count_things(len(larger.labels), 'image')}{new})"
        open_messages().print(what, markup=False, soft_wrap=True)


def _print_counts(table: FingerprintTable, unread: Path) -> None:
    counts = f"Measured {len(table.images):,}, skipped {len(table.skipped):,}"
    where = f" (see {show_path(unread)})" if table.skipped else ""
    open_messages().print(counts + where, markup=False, soft_wrap=True)


def _print_summary(found: Assignment, out: Path) -> None:
    from rich.table import Table

    from forensic_style.placement.assignment import summarize

    console = open_messages()
    rows = Table("cluster", "files", "confidence", box=None, pad_edge=False)
    for summary in summarize(found):
        rows.add_row(summary.name, f"{summary.n_images:,}", f"{summary.confidence:.2f}")
    console.print(rows)
    console.print(f"\n{found.describe_rate()}\n\nTable  {show_path(out)}", markup=False, soft_wrap=True)
