"""`compare`: runs, tables and methods side by side on one truth."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_style.cli.console import open_messages, open_results, show_path
from forensic_style.cli.options import Force

if TYPE_CHECKING:
    from rich.console import Console

    from forensic_style.comparison import Comparison


def compare_entries(
    entries: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN-or-TABLE...", help="Folders that cluster or extract wrote, files that embed wrote."
        ),
    ],
    truth: Annotated[Path, typer.Option(metavar="MANIFEST", help="Manifest that knows the technologies.")],
    column: Annotated[str, typer.Option(metavar="NAME", help="Its column of technologies; blank where unknown.")],
    content: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Its column that says what each image shows, for methods and leakage."),
    ] = None,
    known: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Its column of the few technologies that methods are told; these are not scored."
        ),
    ] = None,
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            help="On the fingerprints of runs and tables: style, kmeans, ward, nearest, ...; an unknown one lists all. "
            "Default: kmeans,style on tables, none on runs.",
        ),
    ] = None,
    clusters: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="That methods are asked for. Default: the number of technologies."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="For Markdown, CSV, JSON, a picture, and the clusters of each entry."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    force: Force = False,
) -> None:
    """Compare runs, and methods on tables: agreement with intervals, content left, costs, tests of differences."""
    from forensic_style.comparison import compare
    from forensic_style.comparison.files import check_comparison_folder

    if out is not None:
        check_comparison_folder(out, force=force)
    with _show_doing() as progress:
        comparison = compare(
            entries,
            truth,
            column=column,
            content=content,
            known=known,
            methods=None if methods is None else [name.strip() for name in methods.split(",")],
            n_clusters=clusters,
            progress=progress,
        )
    if comparison.n_other_files:
        what = f"! {comparison.n_other_files} files that {show_path(truth)} names are not those compared"
        print(f"{what}: their sizes differ. Is it the manifest of these images?", file=sys.stderr)
    if out is not None:
        comparison.save(out, force=force)
    if as_json:
        json.dump(comparison.to_dict(), sys.stdout, indent=1, ensure_ascii=False)
        sys.stdout.write("\n")
    else:
        _print_comparison(comparison, open_results())
    if out is not None:
        open_messages().print(f"Comparison  {show_path(out / 'comparison.md')}", markup=False, soft_wrap=True)


@contextmanager
def _show_doing() -> Iterator[Callable[[str, int, int], None] | None]:
    """On a terminal, what is being done."""
    console = open_messages()
    if not console.is_terminal:
        yield None
        return
    from rich.text import Text

    with console.status("") as status:

        def show(doing: str, done: int, total: int) -> None:
            status.update(Text(f"{show_path(doing)}{f'  {done:,} of {total:,} rounds' if total else ''}"))

        yield show


def _print_comparison(comparison: Comparison, console: Console) -> None:
    from forensic_style.comparison.words import (
        DIFFERENCES,
        choose_pairs,
        describe_images,
        list_columns,
        list_cost_columns,
        list_costs,
        list_differences,
        list_notes,
        list_rows,
    )

    for sentence in describe_images(comparison):
        console.print(sentence, markup=False, soft_wrap=True)
    console.print()
    _print_table(list_columns(comparison), list_rows(comparison), console)
    console.print()
    _print_table(list_cost_columns(comparison), list_costs(comparison), console)
    if shown := choose_pairs(comparison):
        console.print()
        _print_table(DIFFERENCES, list_differences(shown), console)
        if len(shown) < len(comparison.pairs):
            rest = f"{len(comparison.pairs) - len(shown)} more pairs are in the files of --out, and in --json."
            console.print(rest, markup=False, soft_wrap=True)
    console.print()
    for note in list_notes(comparison):
        console.print(note, markup=False, soft_wrap=True)


def _print_table(header: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(*header, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in table.columns:
        column.no_wrap = column.header != "method"
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)
