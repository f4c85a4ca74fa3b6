"""What several commands show: progress while images are read, how many were, names of files."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from forensic_style.extraction import Progress
    from forensic_style.manifest import InputImage
    from forensic_style.reading import ReadingRules
    from forensic_style.table import FingerprintTable

WIDTH = 160


def open_messages() -> Console:
    """Standard error: progress, messages, summaries of what was written."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False)


def open_results() -> Console:
    """Standard output, as wide as the terminal, or 160 columns where it is none."""
    from rich.console import Console

    console = Console(highlight=False, emoji=False)
    console.width = console.width if console.is_terminal else WIDTH
    return console


def measure_images(images: Sequence[InputImage], rules: ReadingRules, **asked: Any) -> FingerprintTable:
    """Extract fingerprints with a bar; Ctrl-C ends the command with a sentence and exit code 130."""
    from forensic_style.extraction import extract

    try:
        with show_progress(len(images)) as progress:
            return extract(images, progress=progress, rules=rules, **asked)
    except KeyboardInterrupt:
        print("forensic-style: Interrupted while reading; nothing was written.", file=sys.stderr)
        raise typer.Exit(130) from None


@contextmanager
def show_progress(n_images: int, *, doing: str = "Reading") -> Iterator[Progress | None]:
    """A bar with files done, rate and time left on a terminal; nothing elsewhere."""
    console = open_messages()
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]}")
    what = TextColumn(doing + " {task.total:,} files")
    with Progress(what, BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task("", total=n_images, rate="")
        start = time.perf_counter()

        def show(done: int, total: int, _skipped: int) -> None:
            bar.update(task, completed=done, total=total, rate=f"{done / (time.perf_counter() - start):.0f} files/s")

        yield show


def print_counts(table: FingerprintTable, out: Path) -> None:
    """How many files were measured, how many were not, and why."""
    reasons: dict[str, int] = {}
    for image in table.skipped:
        reasons[image.reason] = reasons.get(image.reason, 0) + 1
    skipped = ", ".join(f"{count:,} {reason}" for reason, count in sorted(reasons.items()))
    where = f" ({skipped}: see {show_path(out / 'skipped.csv')})" if skipped else ""
    counts = f"Measured {len(table.images):,}, skipped {len(table.skipped):,}{where}"
    open_messages().print(counts, markup=False, soft_wrap=True)


def show_path(path: Path) -> str:
    """A path that can be printed anywhere."""
    from forensic_style.manifest import show_name

    return show_name(str(path))
