"""`families`: the catalogue, or all about some of its families."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from forensic_style.cli.console import open_results
from forensic_style.cli.options import read_families

if TYPE_CHECKING:
    from rich.console import Console

    from forensic_style.family import FingerprintFamily


def list_families(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Tell all about these families.")] = None,
) -> None:
    """List the fingerprint families, or tell all about some."""
    from rich.table import Table

    from forensic_style.families import CATALOGUE

    console = open_results()
    if names:
        chosen = read_families(",".join(names), "all")
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
