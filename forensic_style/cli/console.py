"""What several commands show: progress while images are read, how many were, names of files."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
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
SECONDS_PER_LINE = 60.0  # of progress, where there is no terminal to draw on


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
def show_progress(
    n_images: int, *, doing: str = "Reading", reasons: Mapping[str, int] | None = None
) -> Iterator[Progress | None]:
    """Files done, rate, time left, and failures so far: a bar on a terminal, elsewhere a line a minute."""
    console = open_messages()
    failures = reasons if reasons is not None else {}
    if not console.is_terminal:
        yield _write_lines(n_images, doing, failures)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]}")
    skipped = TextColumn("{task.fields[skipped]}")
    what = TextColumn(doing + " {task.total:,} files")
    columns = (what, BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn(), skipped)
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=n_images, rate="", skipped="")
        start = time.perf_counter()

        def show(done: int, total: int, _skipped: int) -> None:
            rate = f"{done / (time.perf_counter() - start):.0f} files/s"
            bar.update(task, completed=done, total=total, rate=rate, skipped=describe_failures(failures))

        yield show


def _write_lines(n_images: int, doing: str, failures: Mapping[str, int]) -> Progress:
    """A line a minute, from the first minute on."""
    start = last = time.monotonic()

    def show(done: int, total: int, _skipped: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < SECONDS_PER_LINE:
            return
        last = now
        rate = done / (now - start)
        left = f"{timedelta(seconds=round((total - done) / rate))} left"
        parts = [f"{doing} {done:,} of {total:,} files", f"{rate:.1f} files/s", left, describe_failures(failures)]
        print(", ".join(part for part in parts if part), file=sys.stderr, flush=True)

    return show


def describe_failures(reasons: Mapping[str, int]) -> str:
    """How many files were skipped, and why; "" for none.

    >>> describe_failures({"truncated": 3, "unreadable": 1})
    'skipped 4: 3 truncated, 1 unreadable'
    """
    counts = ", ".join(f"{count:,} {reason}" for reason, count in sorted(reasons.items()))
    return f"skipped {sum(reasons.values()):,}: {counts}" if counts else ""


def print_counts(n_measured: int, reasons: Mapping[str, int], out: str | Path, *, n_known: int = 0) -> None:
    """How many files were measured, how many were not, and why; `out` holds skipped.csv."""
    print_reasons(n_measured, reasons, f"{out}/skipped.csv", n_known=n_known)


def print_reasons(n_measured: int, reasons: Mapping[str, int], table: str | Path, *, n_known: int = 0) -> None:
    """How many files were measured, how many were not, and why; `table` says of which files that is so."""
    skipped = ", ".join(f"{count:,} {reason}" for reason, count in sorted(reasons.items()))
    where = f" ({skipped}: see {show_path(table)})" if skipped else ""
    known = f" ({n_known:,} before)" if n_known else ""
    counts = f"Measured {n_measured:,}{known}, skipped {sum(reasons.values()):,}{where}"
    open_messages().print(counts, markup=False, soft_wrap=True)


def show_path(path: str | Path) -> str:
    """A path that can be printed anywhere."""
    from forensic_style.manifest import show_name

    return show_name(str(path))
