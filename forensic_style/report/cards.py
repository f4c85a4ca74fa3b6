"""Evidence cards as the page shows them: for each cluster against the rest, and for the sides of each split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forensic_style.explain import Card, Finding
from forensic_style.report.palette import Mark
from forensic_style.report.words import name_effect
from forensic_style.result import ClusterResult

MOST_NAMED = 3  # members of a side


@dataclass(frozen=True, slots=True)
class Line:
    """What differs, in words; whose measurement it is; its size in standard deviations with its word.

    `again` is the share of resamples in which it is again among the strongest, in words, "" where that is not known.
    """

    words: str
    family: str
    effect: float
    strength: str
    again: str


@dataclass(frozen=True, slots=True)
class SplitCard:
    """What tells the two sides of one split apart, and paths of the most typical and most doubtful images of `one`."""

    one: tuple[Mark, ...]
    other: tuple[Mark, ...]
    lines: tuple[Line, ...]
    typical: tuple[str, ...]
    doubtful: tuple[str, ...]


def describe_split_cards(result: ClusterResult) -> tuple[SplitCard, ...]:
    """The cards of the splits, the one of all images first; none for fewer than three clusters, whose cards say all."""
    if result.n_clusters < 3:
        return ()
    return tuple(
        SplitCard(
            one=tuple(map(Mark, card.one)),
            other=tuple(map(Mark, card.other)),
            lines=describe_findings(result, card.findings),
            typical=tuple(result.table.images[image].path for image in card.typical[:MOST_NAMED]),
            doubtful=tuple(result.table.images[image].path for image in card.doubtful[:MOST_NAMED]),
        )
        for card in result.cards[result.n_clusters :]
    )


def find_card(result: ClusterResult, cluster: int) -> Card | None:
    """The card of one cluster, or None where none was dealt."""
    return result.cards[cluster] if cluster < len(result.cards) else None


def describe_findings(result: ClusterResult, findings: Sequence[Finding]) -> tuple[Line, ...]:
    """Findings with the words for their size."""
    titles = {family.name: family.title for family in result.table.families}
    return tuple(
        Line(
            words=finding.words,
            family=titles.get(finding.family, finding.family or "the file itself"),
            effect=abs(finding.effect),
            strength=name_effect(abs(finding.effect)),
            again=f"again in {100 * finding.stability:.0f} % of resamples",
        )
        for finding in findings
    )
