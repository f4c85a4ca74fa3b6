"""The folder of a comparison: Markdown, CSV, JSON, a picture, and the clusters of each entry."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from forensic_style.comparison import Comparison, EntryScore
from forensic_style.comparison.picture import draw_comparison
from forensic_style.comparison.words import (
    DIFFERENCES,
    describe_images,
    list_columns,
    list_cost_columns,
    list_costs,
    list_differences,
    list_notes,
    list_rows,
)
from forensic_style.errors import TableError
from forensic_style.report.words import make_visible
from forensic_style.writing import write_csv, write_json, write_text

FINISHED = "comparison.json"  # written last
_OURS = re.compile(r"(comparison\.(md|csv|json|svg)|differences\.csv|clusters-[\w.-]+\.csv)(\.unfinished)?")
_HEADER = ("entry", "source", "method", "n_clusters", "n_left_out")
_NUMBERS = ("cpu_seconds_per_image", "peak_bytes", "weights_bytes", "seconds_of_method")


def check_comparison_folder(folder: str | os.PathLike[str], *, force: bool = False) -> Path:
    """Make sure, before any work, that a comparison can be written into a folder.

    Raises
    ------
    TableError
        where it is a file, holds anything else, or a comparison already and `force` is not set.
    """
    path, name = Path(folder), os.fspath(folder)
    if path.exists() and not path.is_dir():
        raise TableError(f"The output {name!r} is a file. Name a folder.")
    entries = sorted(entry.name for entry in path.iterdir() if not entry.name.startswith(".")) if path.exists() else []
    foreign = [entry for entry in entries if not _OURS.fullmatch(entry) or not (path / entry).is_file()]
    if foreign:
        raise TableError(f"The output folder {name!r} holds other files ({foreign[0]}). Name a new folder.")
    if FINISHED in entries and not force:
        message = f"The output folder {name!r} already holds a comparison. Name another, or give --force to replace it"
        raise TableError(f"{message} (force=True in Python).")
    return path


def save_comparison(comparison: Comparison, folder: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write everything, `comparison.json` last; what an earlier comparison left is removed.

    Raises
    ------
    TableError
        as :func:`check_comparison_folder`, and where writing fails.
    """
    path = check_comparison_folder(folder, force=force)
    try:
        path.mkdir(parents=True, exist_ok=True)
        for stale in path.iterdir():
            if _OURS.fullmatch(stale.name):
                stale.unlink()
        names = name_files(comparison)
        for entry, name in zip(comparison.entries, names, strict=True):
            rows = zip(entry.paths, map(str, entry.found.labels.tolist()), strict=True)
            write_csv(["path", "cluster"], rows, path / name)
        write_text(format_markdown(comparison), path / "comparison.md")
        write_csv(_list_csv_columns(), [_list_cells(entry) for entry in comparison.entries], path / "comparison.csv")
        write_csv(["one", "other", *_PAIR], _list_pairs(comparison), path / "differences.csv")
        write_text(draw_comparison(comparison), path / "comparison.svg")
        write_json(comparison.to_dict() | {"files": names}, path / FINISHED)
    except OSError as error:
        reason = error.strerror or error
        message = f"Writing into {os.fspath(folder)!r} failed: {reason}. Make room or name another folder"
        raise TableError(f"{message}, and run again.") from error


def name_files(comparison: Comparison) -> list[str]:
    """The file of the clusters of each entry."""
    names: list[str] = []
    for number, entry in enumerate(comparison.entries, 1):
        plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{Path(entry.source).name}-{entry.method}".strip("-")).strip("-")
        names.append(f"clusters-{number}-{plain[:60] or 'entry'}.csv")
    return names


def format_markdown(comparison: Comparison) -> str:
    """The comparison as a page of Markdown."""
    lines = ["# Comparison", "", f"Truth: {_escape(make_visible(comparison.truth))}.", ""]
    lines += [f"* {_escape(sentence)}" for sentence in describe_images(comparison)]
    lines += ["", *_format_table(list_columns(comparison), list_rows(comparison))]
    lines += ["", "![Scores and their intervals](comparison.svg)"]
    lines += ["", "## Costs", "", *_format_table(list_cost_columns(comparison), list_costs(comparison))]
    if comparison.pairs:
        lines += ["", "## Differences", "", *_format_table(DIFFERENCES, list_differences(comparison.pairs))]
    lines += ["", "## What it says", "", *(f"* {note}" for note in list_notes(comparison))]
    notes = [(entry.title, note) for entry in comparison.entries for note in entry.found.notes]
    if notes:
        lines += ["", "## What methods said", ""]
        lines += [f"* {_escape(make_visible(title))}: {_escape(make_visible(note))}" for title, note in notes]
    return "\n".join(lines) + "\n"


def _format_table(header: list[str], rows: list[list[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(map(_escape, line)) + " |" for line in lines]


def _escape(text: str) -> str:
    """Text that Markdown does not take for markup."""
    return re.sub(r"([\\`*_<>|#])", r"\\\1", text).replace("](", "]\\(")


_PAIR = ("difference", "low", "high", "p_value", "p_adjusted")


def _list_pairs(comparison: Comparison) -> Iterator[list[str]]:
    for pair in comparison.pairs:
        numbers = [f"{getattr(pair, name):.6g}" for name in _PAIR]
        yield [str(pair.one + 1), str(pair.other + 1), *numbers]


def _list_csv_columns() -> list[str]:
    scores = [f"{name}{end}" for name in ("ari", "ami", "content_ami", "leakage") for end in ("", "_low", "_high")]
    return [*_HEADER, *scores, *_NUMBERS]


def _list_cells(entry: EntryScore) -> list[str]:
    """A row of comparison.csv, numbers in full, what is not known blank."""
    leakage = None if entry.leakage is None else entry.leakage.share
    scores: list[float | int | None] = []
    for score, ends in (
        (entry.ari, entry.intervals["ari"]),
        (entry.ami, entry.intervals["ami"]),
        (entry.content_ami, entry.content_interval),
        (leakage, entry.leakage_interval),
    ):
        scores += [score, *(ends or (None, None))]
    cost = entry.cost
    numbers = [*scores, cost.cpu_seconds, cost.peak_bytes, cost.weights_bytes, entry.found.seconds]
    header = [entry.title, entry.source, entry.method, str(entry.n_clusters), str(entry.n_left_out)]
    return [*header, *map(_show_number, numbers)]


def _show_number(number: float | int | None) -> str:
    if number is None or number != number:
        return ""
    return str(number) if isinstance(number, int) else f"{number:.6g}"
