"""The summary that `cluster` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensic_style.cli.console import open_messages, show_path

if TYPE_CHECKING:
    from forensic_style.large import LargeFigures
    from forensic_style.result import ClusterResult


def print_summary(
    result: ClusterResult, figures: LargeFigures | None, out: str, *, reading: float, total: float
) -> None:
    """What was found, how far it can be trusted, and where it is; of a sample and of all images where these differ."""
    from rich.markup import escape
    from rich.table import Table

    from forensic_style.laundering import describe_survival
    from forensic_style.report.findings import describe_number, reassure
    from forensic_style.search.axes import describe_axes

    console = open_messages()
    console.print(f"Technologies: {result.n_clusters} ({describe_number(result)})", markup=False)
    causes = result.audit.warnings[:1]  # what may be the whole cause is said before anybody reads the clusters
    for warning in causes:
        console.print(f"! {warning}", markup=False, soft_wrap=True)
    console.print()
    columns = ("cluster", "files", "confidence", "stable", "what its files share, against the rest")
    rows = Table(*columns, box=None, pad_edge=False)
    for number, size in enumerate(result.sizes if figures is None else figures.sizes):
        words = "; ".join(trait.words for trait in result.traits[number]) or "nothing that stands out"
        name = f"{number} {result.names[number]}".rstrip() if result.names else str(number)
        rows.add_row(
            escape(name), f"{size:,}", _show_confidence(result, number), _show_stability(result, number), escape(words)
        )
    n_outside = int((result.labels < 0).sum()) if figures is None else figures.n_of_none
    if n_outside:
        rows.add_row("none", f"{n_outside:,}", "-", "-", "they belong to no cluster")
    console.print(rows, soft_wrap=not console.is_terminal)
    console.print()
    for sentence in describe_axes(result.axes) if result.axes else ():
        console.print(sentence, markup=False, soft_wrap=True)
    for warning in result.warnings:
        if warning not in causes:
            console.print(f"! {warning}", markup=False, soft_wrap=True)
    if result.settings.get("launder") and result.n_clusters < 2:
        console.print("  Light changes were not tried: there is one cluster, which cannot be lost.", markup=False)
    if result.fragility is not None:
        console.print(f"  {describe_survival(result.fragility, result.n_clusters)}", markup=False, soft_wrap=True)
        for warning in result.fragility.warnings:
            console.print(f"! {warning}", markup=False, soft_wrap=True)
    for note in result.audit.notes:
        console.print(f"  {note}", markup=False, soft_wrap=True)
    if reassurance := reassure(result):
        console.print(f"  {reassurance}", markup=False, soft_wrap=True)
    took = f"Took {total:.0f} s ({reading:.0f} s reading, {total - reading:.0f} s clustering and report)"
    paths = f"Report  {show_path(f'{out}/report.html')}   Table  {show_path(f'{out}/clusters.csv')}   {took}"
    console.print(paths, markup=False, soft_wrap=True)


def _show_stability(result: ClusterResult, cluster: int) -> str:
    """How far the cluster is found again in resampled images, where there are others and it was measured."""
    if len(result.stabilities) < 2:
        return "-"
    return f"{result.stabilities[cluster]:.2f}"


def _show_confidence(result: ClusterResult, cluster: int) -> str:
    """Mean confidence, where there is another cluster to be confident against."""
    from forensic_style.report.words import CONFIDENCE_WEAK

    if result.n_clusters < 2:
        return "-"
    confidence = float(result.confidences[result.labels == cluster].mean())
    return f"{confidence:.2f}" + (" weak" if confidence < CONFIDENCE_WEAK else "")
