"""`inspect`: one image in words, and a page with the maps behind them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_style.cli.console import open_messages, open_results, show_path
from forensic_style.cli.options import (
    Axis,
    Damaged,
    Families,
    Force,
    Megabytes,
    Megapixels,
    Seconds,
    read_families,
    read_rules,
)

if TYPE_CHECKING:
    from forensic_style.inspection import Inspection


def inspect_image(
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
    chosen = read_families(families, axis)
    rules = read_rules(damaged, max_megapixels, max_megabytes, timeout)
    from forensic_style.inspection import inspect
    from forensic_style.report import check_page, save_page

    if out is not None:
        check_page(out, image, force=force)
    inspection = inspect(image, families=chosen, axis=axis, rules=rules, drawings=out is not None)
    _print_inspection(inspection)
    if out is not None:
        save_page(inspection, out)
        open_messages().print(f"\nPage  {show_path(out)}", markup=False, soft_wrap=True)


def _print_inspection(inspection: Inspection) -> None:
    """The readings on stdout, one a line; what disagrees below them."""
    from rich.table import Table

    from forensic_style.report.inspection import describe_disagreements, describe_file, summarize_readings
    from forensic_style.report.words import make_visible

    console = open_results()
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
