"""`suggest`: the images of a run to label next."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_style.cli.console import open_messages, open_results, show_path
from forensic_style.cli.options import Force

if TYPE_CHECKING:
    from forensic_style.suggestion import Suggestion


def suggest_images(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder that cluster wrote.")],
    number: Annotated[int, typer.Option("-n", "--number", min=1, metavar="N", help="Suggestions wanted.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    force: Force = False,
) -> None:
    """Name the images whose label would help most; pictures in RUN/suggest.html, a table to fill in in suggest.csv."""
    from forensic_style.report.suggestions import PAGE, TABLE, check_suggestions, save_suggestions
    from forensic_style.run import load_run
    from forensic_style.suggestion import suggest

    finished = load_run(run)
    check_suggestions(run, force=force)
    suggestions = suggest(finished, number)
    save_suggestions(suggestions, run, force=force)
    if as_json:
        json.dump([asdict(suggestion) for suggestion in suggestions], sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        _print_suggestions(suggestions)
    where = f"Page  {show_path(run / PAGE)}   To fill in  {show_path(run / TABLE)}"
    open_messages().print(where, markup=False, soft_wrap=True)


def _print_suggestions(suggestions: tuple[Suggestion, ...]) -> None:
    """A row for each: path, present cluster, confidence, why."""
    from rich.table import Table
    from rich.text import Text

    from forensic_style.report.words import make_visible

    rows = Table("image", "cluster", "confidence", "why", box=None, pad_edge=False)
    for one in suggestions:
        cluster = str(one.cluster) if one.cluster >= 0 else "none"
        path = Text(make_visible(one.path), overflow="fold")
        rows.add_row(path, cluster, f"{one.confidence:.2f}", one.reason)
    open_results().print(rows)
