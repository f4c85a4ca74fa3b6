"""`report`: the report of a finished run, drawn again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensic_style.cli.console import open_messages, show_path
from forensic_style.cli.options import Force, Privacy


def redraw(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder that cluster wrote.")],
    clusters: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Show the tree cut into N; RUN's tables stay as they are.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Where to draw it. Default: RUN/report.html.")
    ] = None,
    privacy: Privacy = False,
    force: Force = False,
) -> None:
    """Draw the report again, after clusters.csv (cluster, content, known) or names in run.json were edited."""
    from forensic_style.report.words import make_visible
    from forensic_style.run import check_report, load_run, redraw_report

    finished = load_run(run)
    path = check_report(finished, out, force=force)
    result = redraw_report(finished, out, n_clusters=clusters, privacy=privacy, force=force)
    console = open_messages()
    for warning in result.warnings:
        console.print(f"! {make_visible(warning)}", markup=False, soft_wrap=True)
    if privacy and not finished.about.get("settings", {}).get("privacy"):
        what = f"! The page can be shared. The folder {show_path(run)} cannot: it holds pictures, claims and paths."
        console.print(what, markup=False, soft_wrap=True)
    console.print(f"Report  {show_path(path)}", markup=False, soft_wrap=True)
