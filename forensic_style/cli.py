"""The command line: arguments in, files and a summary out, exit code.

The library is imported inside each command, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from forensic_style.extraction import Progress
    from forensic_style.family import FingerprintFamily
    from forensic_style.inspection import Inspection
    from forensic_style.manifest import InputImage
    from forensic_style.reading import ReadingRules
    from forensic_style.result import ClusterResult
    from forensic_style.table import FingerprintTable

app = typer.Typer(
    name="forensic-style",
    help="Cluster images by the technology that made them, whatever they show.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Inputs = Annotated[
    list[Path], typer.Argument(metavar="INPUT", help="Image files, folders, or one manifest (.csv, .parquet).")
]
Families = Annotated[
    str | None,
    typer.Option(metavar="NAME,...", help="Families, separated by commas. Default: all (cluster: all but optics)."),
]
Axis = Annotated[str, typer.Option(metavar="AXIS", help="all, acquisition or processing.")]
Windows = Annotated[
    str, typer.Option(metavar="auto|all", help="Measure up to 16 windows of each image, or all of it in windows.")
]
Jobs = Annotated[int | None, typer.Option(min=1, metavar="N", help="Threads. Default: one per processor.")]
Damaged = Annotated[
    str, typer.Option(metavar="WHAT", help="Damaged and truncated files: skip them, or measure what is left of them.")
]
Megapixels = Annotated[
    float, typer.Option(metavar="N", help="Larger images are skipped, by their header, before they are decoded.")
]
Megabytes = Annotated[float, typer.Option(metavar="N", help="Larger files are skipped.")]
Seconds = Annotated[float, typer.Option(metavar="N", help="Files that take longer to read are skipped.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing result.")]


def main() -> None:
    """Run the command; errors on purpose become one line on stderr and exit code 1."""
    from forensic_style.errors import ForensicStyleError

    with warnings.catch_warnings():
        warnings.showwarning = _print_warning
        try:
            app()
        except ForensicStyleError as error:
            print(f"forensic-style: {' '.join(str(error).split())}", file=sys.stderr)
            raise SystemExit(1) from None


def _print_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"! {message}", file=sys.stderr)


@app.callback()
def _commands() -> None:
    """Keep the commands as commands even where there is only one."""


@app.command()
def cluster(
    inputs: Inputs,
    out: Annotated[Path, typer.Option(metavar="RUN", help="Folder for the result; made where it is missing.")],
    content: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of the manifest that says what each image shows.")
    ] = None,
    content_from_folders: Annotated[
        bool, typer.Option("--content-from-folders", help="The name of an image's folder says what it shows.")
    ] = False,
    clusters: Annotated[str, typer.Option(metavar="N|auto", help="Number of technologies, or test for it.")] = "auto",
    families: Families = None,
    axis: Axis = "all",
    windows: Windows = "auto",
    jobs: Jobs = None,
    damaged: Damaged = "skip",
    max_megapixels: Megapixels = 500,
    max_megabytes: Megabytes = 4000,
    timeout: Seconds = 120,
    force: Force = False,
) -> None:
    """Cluster images by technology, with a report."""
    n_clusters = _read_number(clusters)
    chosen = _read_families(families, axis)
    rules = _read_rules(damaged, max_megapixels, max_megabytes, timeout)
    _check_windows(windows)
    if content is not None and content_from_folders:
        raise typer.BadParameter("--content and --content-from-folders exclude each other. Give one of them.")
    from forensic_style.families import CATALOGUE
    from forensic_style.manifest import list_inputs, name_folders, show_name
    from forensic_style.pipeline import cluster as find_clusters
    from forensic_style.run import check_folder, save_unread

    start = time.perf_counter()
    check_folder(out, force=force)
    images = list_inputs(inputs, leave_out=out)
    _check_before_reading(images, content, n_clusters)
    taking_part = chosen or [family.name for family in CATALOGUE if family.sees != "image"]
    table = _extract(images, rules, families=taking_part, axis=axis, windows=windows, jobs=jobs)
    reading = time.perf_counter() - start
    if not table.images:
        save_unread(table, out, force=force)
    folders = dict(zip([image.path for image in images], name_folders(images), strict=True))
    content_labels = folders if content_from_folders else content
    result = find_clusters(table, content=content_labels, n_clusters=n_clusters, families=chosen)
    content_source = "names of folders" if content_from_folders else content
    asked = {
        "inputs": [show_name(str(name)) for name in inputs],
        "content": content_source,
        "axis": axis,
        "windows": windows,
        "reading": asdict(rules),
    }
    result = replace(result, settings={**result.settings, **asked}, timings={"reading": reading, **result.timings})
    result.save(out, force=force)
    _print_summary(result, out, reading=reading, total=time.perf_counter() - start)


@app.command("extract")
def extract_fingerprints(
    inputs: Inputs,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for the fingerprints.")],
    families: Families = None,
    axis: Axis = "all",
    windows: Windows = "auto",
    jobs: Jobs = None,
    damaged: Damaged = "skip",
    max_megapixels: Megapixels = 500,
    max_megabytes: Megabytes = 4000,
    timeout: Seconds = 120,
    force: Force = False,
) -> None:
    """Measure fingerprints only, as Parquet."""
    chosen = _read_families(families, axis)
    rules = _read_rules(damaged, max_megapixels, max_megabytes, timeout)
    _check_windows(windows)
    from forensic_style.manifest import list_inputs
    from forensic_style.run import check_folder, save_table

    check_folder(out, force=force)
    table = _extract(list_inputs(inputs, leave_out=out), rules, families=chosen, axis=axis, windows=windows, jobs=jobs)
    save_table(table, out, force=force)
    _print_counts(table, out)
    _console().print(f"Fingerprints  {_show(out / 'fingerprints')}", markup=False, soft_wrap=True)


@app.command()
def inspect(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="One image file.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Also write a page with the maps behind the words.")
    ] = None,
    families: Families = None,
    axis: Axis = "all",
    damaged: Damaged = "skip",
    max_megapixels: Megapixels = 500,
    max_megabytes: Megabytes = 4000,
    timeout: Seconds = 120,
    force: Force = False,
) -> None:
    """Say what the traces in one image tell, and which parts of it disagree."""
    chosen = _read_families(families, axis)
    rules = _read_rules(damaged, max_megapixels, max_megabytes, timeout)
    from forensic_style.inspection import inspect as inspect_image
    from forensic_style.report import check_page, save_page

    if out is not None:
        check_page(out, image, force=force)
    inspection = inspect_image(image, families=chosen, axis=axis, rules=rules, drawings=out is not None)
    _print_inspection(inspection)
    if out is not None:
        save_page(inspection, out)
        _console().print(f"\nPage  {_show(out)}", markup=False, soft_wrap=True)


@app.command()
def families(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Tell all about these families.")] = None,
) -> None:
    """List the fingerprint families, or tell all about some."""
    from rich.console import Console
    from rich.table import Table

    from forensic_style.families import CATALOGUE

    console = Console(highlight=False, emoji=False)
    console.width = console.width if console.is_terminal else 160
    if names:
        chosen = _read_families(",".join(names), "all")
        for family in CATALOGUE:
            if family.name in (chosen or ()):
                _print_family(family, console)
        return
    table = Table("name", "axis", "dimension", "cost", "measures", "source", box=None, pad_edge=False)
    for family in CATALOGUE:
        sources = "; ".join(f"{source.authors} {source.year}" for source in family.sources)
        table.add_row(family.name, family.axis, str(family.dimension), f"{family.cost:.2f}", family.title, sources)
    console.print(table)
    console.print("\nCost: time on the windows of a photo of 1 to 4 megapixels over that of decoding it from JPEG.")


def _print_family(family: FingerprintFamily, console: Console) -> None:
    """Everything that a family declares."""
    from rich.table import Table

    size = f"{family.dimension} columns, {family.axis}, version {family.version}, cost {family.cost:.2f}"
    console.print(f"{family.name}: {family.title} ({size})", markup=False)
    console.print(f"  Cannot tell: {family.cannot_tell}", markup=False)
    for source in family.sources:
        console.print(f"  Source: {source}", markup=False)
    rows = Table("group", "columns", "kind", "measures", box=None, padding=(0, 2, 0, 0))
    for group in family.groups:
        rows.add_row(f"  {group.name}", str(group.size), group.kind, group.label)
    console.print(rows)
    console.print()


def _read_number(clusters: str) -> int | None:
    if clusters == "auto":
        return None
    if not clusters.isascii() or not clusters.isdigit() or int(clusters) == 0:
        raise typer.BadParameter(f"--clusters takes a whole number from 1 on, or auto. Got {clusters!r} instead.")
    return int(clusters)


def _read_families(names: str | None, axis: str) -> list[str] | None:
    from forensic_style.errors import ParameterError
    from forensic_style.families import choose_families

    chosen = None if names is None else [name.strip() for name in names.split(",")]
    try:
        choose_families(chosen, axis=axis)
    except ParameterError as error:
        raise typer.BadParameter(str(error)) from error
    return chosen


def _read_rules(damaged: str, megapixels: float, megabytes: float, seconds: float) -> ReadingRules:
    from forensic_style.reading.rules import ReadingRules

    for option, value in (("max-megapixels", megapixels), ("max-megabytes", megabytes), ("timeout", seconds)):
        if not 0 < value < float("inf"):
            raise typer.BadParameter(f"--{option} takes a number above 0. Got {value!r} instead.")
    if damaged not in ("skip", "measure"):
        raise typer.BadParameter(f"--damaged takes skip or measure. Got {damaged!r} instead.")
    return ReadingRules(
        most_pixels=max(1, round(megapixels * 1e6)),
        most_bytes=max(1, round(megabytes * 1e6)),
        seconds=seconds,
        damaged="measure" if damaged == "measure" else "skip",
    )


def _check_windows(windows: str) -> None:
    if windows not in ("auto", "all"):
        raise typer.BadParameter(f"--windows takes auto or all. Got {windows!r} instead.")


def _extract(images: Sequence[InputImage], rules: ReadingRules, **asked: Any) -> FingerprintTable:
    from forensic_style.extraction import extract

    try:
        with _show_progress(len(images)) as progress:
            return extract(images, progress=progress, rules=rules, **asked)
    except KeyboardInterrupt:
        print("forensic-style: Interrupted while reading; nothing was written.", file=sys.stderr)
        raise typer.Exit(130) from None


def _check_before_reading(images: Sequence[InputImage], content: str | None, n_clusters: int | None) -> None:
    """Find out before hours of reading that a column is missing, or that there are too few files."""
    from forensic_style.errors import ParameterError, TableError

    if n_clusters is not None and n_clusters > len(images):
        raise ParameterError(
            f"{n_clusters} clusters cannot be made of {len(images)} files. Ask for fewer, or for auto."
        )
    known = list(images[0].labels)
    if content is not None and content not in known:
        there = f"It has: {', '.join(known)}." if known else "Labels need a manifest; see --help."
        raise TableError(f"There is no column {content!r} in the input. {there}")


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False)


@contextmanager
def _show_progress(n_images: int) -> Iterator[Progress | None]:
    """A bar with images done, rate and time left on a terminal; nothing elsewhere."""
    console = _console()
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]}")
    what = TextColumn("Reading {task.total:,} files")
    with Progress(what, BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task("", total=n_images, rate="")
        start = time.perf_counter()

        def show(done: int, _total: int, _skipped: int) -> None:
            bar.update(task, completed=done, rate=f"{done / (time.perf_counter() - start):.0f} files/s")

        yield show


def _show(path: Path) -> str:
    from forensic_style.manifest import show_name

    return show_name(str(path))


def _print_counts(table: FingerprintTable, out: Path) -> None:
    reasons: dict[str, int] = {}
    for image in table.skipped:
        reasons[image.reason] = reasons.get(image.reason, 0) + 1
    skipped = ", ".join(f"{count:,} {reason}" for reason, count in sorted(reasons.items()))
    where = f" ({skipped}: see {_show(out / 'skipped.csv')})" if skipped else ""
    counts = f"Measured {len(table.images):,}, skipped {len(table.skipped):,}{where}"
    _console().print(counts, markup=False, soft_wrap=True)


def _print_summary(result: ClusterResult, out: Path, *, reading: float, total: float) -> None:
    from rich.table import Table

    from forensic_style.report.findings import describe_number

    console = _console()
    _print_counts(result.table, out)
    console.print(f"\nTechnologies: {result.n_clusters} ({describe_number(result)})\n", markup=False)
    rows = Table("cluster", "files", "confidence", "what its files share, against the rest", box=None, pad_edge=False)
    for number, size in enumerate(result.sizes):
        words = "; ".join(trait.words for trait in result.traits[number]) or "nothing that stands out"
        rows.add_row(str(number), f"{size:,}", _show_confidence(result, number), words)
    console.print(rows, soft_wrap=not console.is_terminal)
    console.print()
    for warning in result.warnings:
        console.print(f"! {warning}", markup=False, soft_wrap=True)
    took = f"Took {total:.0f} s ({reading:.0f} s reading, {total - reading:.0f} s clustering and report)"
    paths = f"Report  {_show(out / 'report.html')}   Table  {_show(out / 'clusters.csv')}   {took}"
    console.print(paths, markup=False, soft_wrap=True)


def _print_inspection(inspection: Inspection) -> None:
    """The readings on stdout, one a line; what disagrees below them."""
    from rich.console import Console
    from rich.table import Table

    from forensic_style.report.inspection import describe_disagreements, describe_file, summarize_readings
    from forensic_style.report.words import make_visible

    console = Console(highlight=False, emoji=False)
    console.width = console.width if console.is_terminal else 160
    console.print(f"{make_visible(inspection.image.path)}   {describe_file(inspection.image)}", markup=False)
    for note in inspection.image.notes:
        console.print(f"  note: {note}", markup=False)
    rows = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    before = ""
    for line in summarize_readings(inspection):
        axis = "" if line.axis == before else line.axis
        rows.add_row(f"  {axis}", line.words, line.strength or "-", line.detail)
        before = line.axis
    console.print(rows)
    if not inspection.findings:
        console.print("  These families read nothing in a single image of this kind.")
    for sentence in describe_disagreements(inspection):
        console.print(f"  ! {sentence}", markup=False)


def _show_confidence(result: ClusterResult, cluster: int) -> str:
    """Mean confidence, where there is another cluster to be confident against."""
    from forensic_style.report.words import CONFIDENCE_WEAK

    if result.n_clusters < 2:
        return "-"
    confidence = float(result.confidences[result.labels == cluster].mean())
    return f"{confidence:.2f}" + (" weak" if confidence < CONFIDENCE_WEAK else "")
