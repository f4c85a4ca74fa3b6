"""`evaluate`: a finished run against known technologies."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_style.cli.console import open_results, show_path

if TYPE_CHECKING:
    from rich.console import Console

    from forensic_style.evaluation import Evaluation
    from forensic_style.evaluation.counts import ConfusionTable
    from forensic_style.evaluation.truth import Truth

SCORES = {
    "ari": "adjusted Rand index",
    "ami": "adjusted mutual information",
    "v_measure": "V-measure",
    "homogeneity": "  homogeneity",
    "completeness": "  completeness",
    "purity": "purity",
    "pair_precision": "pair precision",
    "pair_recall": "pair recall",
    "accuracy": "right, best match",
}
MOST_NAMED = 4


def evaluate_run(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder that cluster wrote.")],
    truth: Annotated[Path, typer.Option(metavar="MANIFEST", help="Manifest that knows the technologies.")],
    column: Annotated[str, typer.Option(metavar="NAME", help="Its column of technologies; blank where unknown.")],
    content: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Its column that says what each image shows. Default: as in the run."),
    ] = None,
    by_axis: Annotated[bool, typer.Option("--by-axis", help="Also score each axis alone.")] = False,
    by_family: Annotated[
        bool, typer.Option("--by-family", help="Also score each family alone; takes seconds for each.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Compare a run with known technologies: agreement, content left in the clusters, confounds."""
    from forensic_style.evaluation import evaluate
    from forensic_style.evaluation.truth import read_truth
    from forensic_style.run import load_run

    finished = load_run(run)
    known = read_truth(finished, truth, column, content=content)
    evaluation = evaluate(finished, known.technologies, content=known.content, by_axis=by_axis, by_family=by_family)
    if known.n_other_files:
        what = (
            f"! {known.n_other_files} files that {show_path(truth)} names are not those of the run: their sizes differ."
        )
        print(f"{what} Is it the manifest of these images?", file=sys.stderr)
    if as_json:
        about = {"run": show_path(run), "truth": show_path(truth), "column": column}
        counts = {"n_only_in_run": known.n_only_in_run, "n_only_in_truth": known.n_only_in_truth}
        json.dump(about | counts | evaluation.to_dict(), sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        _print_evaluation(evaluation, known, truth)


def _print_evaluation(evaluation: Evaluation, known: Truth, truth: Path) -> None:
    from forensic_style.report.words import count_things

    console, confusion = open_results(), evaluation.confusion
    images = count_things(confusion.n_images, "image")
    sides = f"{count_things(len(confusion.technologies), 'technology', 'technologies')} against "
    console.print(f"{images}, {sides}{count_things(len(confusion.clusters), 'cluster')}", markup=False, soft_wrap=True)
    for number, what in (
        (known.n_only_in_run, f"of the run not in {show_path(truth)}"),
        (evaluation.n_unknown - known.n_only_in_run, "without a technology"),
        (known.n_only_in_truth, f"of {show_path(truth)} not in the run"),
    ):
        if number:
            console.print(f"  left out: {count_things(number, 'image')} {what}", markup=False, soft_wrap=True)
    console.print()
    _print_scores(evaluation, console)
    _print_confusion(confusion, console)
    _print_leakage(evaluation, console)
    _print_confounds(evaluation, console)
    _print_parts(evaluation, console)


def _print_scores(evaluation: Evaluation, console: Console) -> None:
    from rich.table import Table

    confusion = evaluation.confusion
    has_unplaced = confusion.n_placed < confusion.n_images
    headers = ["agreement", "score", "95 %"]
    if has_unplaced:
        headers.append(f"of the {confusion.n_placed:,} placed ({confusion.n_placed / confusion.n_images:.0%})")
    rows = Table(*headers, box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for name, title in SCORES.items():
        row = [title, _show(getattr(evaluation.agreement, name)), _show_interval(evaluation.intervals.get(name))]
        rows.add_row(*row, *([_show(getattr(evaluation.agreement_of_placed, name))] if has_unplaced else []))
    console.print(rows)
    if has_unplaced:
        console.print("An image of no cluster counts as a cluster of its own, and as wrong in purity and best match.")
    console.print()


def _show(score: float) -> str:
    return "-" if score != score else f"{score:.3f}"


def _show_interval(interval: tuple[float, float] | None) -> str:
    return "" if interval is None or interval[0] != interval[0] else f"[{interval[0]:.3f}, {interval[1]:.3f}]"


def _print_confusion(confusion: ConfusionTable, console: Console) -> None:
    """A row for each cluster: what it stands for, how many are right, what else it holds."""
    from rich.table import Table
    from rich.text import Text

    from forensic_style.report.words import make_visible

    names = [make_visible(name) for name in confusion.technologies]
    headers = ("cluster", "images", "stands for", "right", "holds also")
    rows = Table(*headers, box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for number, counts, match in zip(confusion.clusters, confusion.counts.tolist(), confusion.matches, strict=True):
        name, right = ("-", 0) if match is None else (names[match], counts[match])
        others = _list_technologies(names, counts, match)
        rows.add_row(str(number), f"{sum(counts):,}", Text(name), f"{right:,}", Text(others))
    if confusion.unplaced.any():
        others = _list_technologies(names, confusion.unplaced.tolist(), None)
        rows.add_row("none", f"{confusion.unplaced.sum():,}", "-", "0", Text(others))
    console.print(rows)
    missed = [name for place, name in enumerate(names) if place not in confusion.matches]
    if missed:
        console.print(f"No cluster stands for: {', '.join(missed)}", markup=False, soft_wrap=True)
    console.print()


def _list_technologies(names: list[str], counts: list[int], left_out: int | None) -> str:
    """Names and counts, the most frequent first."""
    held = [(count, place) for place, count in enumerate(counts) if count and place != left_out]
    held.sort(key=lambda pair: (-pair[0], pair[1]))
    named = [f"{names[place]} {count:,}" for count, place in held[:MOST_NAMED]]
    rest = [f"{len(held) - MOST_NAMED} more"] if len(held) > MOST_NAMED else []
    return ", ".join(named + rest)


def _print_leakage(evaluation: Evaluation, console: Console) -> None:
    from forensic_style.evaluation.leakage import describe_leakage

    leakage = evaluation.leakage
    if leakage is None:
        console.print("Content: not known, so what is left of it in the clusters is not either.\n")
        return
    console.print(describe_leakage(leakage))
    nmi = f"NMI {leakage.nmi:.3f} with the {leakage.n_contents} contents, {leakage.nmi_by_chance:.3f} by chance"
    console.print(f"  All in all: {nmi} (p = {leakage.p_value:.2g}), the part that technology explains included.\n")


def _print_confounds(evaluation: Evaluation, console: Console) -> None:
    from rich.table import Table

    if not evaluation.confounds:
        return
    headers = ("goes along with (adjusted mutual information)", "values", "clusters", "technologies")
    rows = Table(*headers, box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for one in evaluation.confounds:
        rows.add_row(one.name, f"{one.n_values:,}", _show(one.clusters), _show(one.technologies))
    console.print(rows)


def _print_parts(evaluation: Evaluation, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    if not evaluation.parts:
        return
    headers = ("alone, number of technologies given", "columns", "ARI", "95 %", "AMI", "right, best match", "")
    rows = Table(*headers, box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for part in evaluation.parts:
        shown = ["-", "", "-", "-", part.problem]
        if (scores := part.agreement) is not None:
            interval = _show_interval(part.intervals["ari"])
            shown = [_show(scores.ari), interval, _show(scores.ami), _show(scores.accuracy)]
        rows.add_row(f"{part.kind} {part.name}", str(part.n_columns), *map(Text, shown))
    console.print()
    console.print(rows)
