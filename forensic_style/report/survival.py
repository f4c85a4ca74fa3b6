"""What of the clusters, splits and families survives light changes of the files."""

from __future__ import annotations

from dataclasses import dataclass

from forensic_style.laundering import Fragility
from forensic_style.laundering.sentences import LOST
from forensic_style.report.palette import Mark
from forensic_style.result import ClusterResult

HURT = 0.8  # survival below which something is called weaker


@dataclass(frozen=True, slots=True)
class Cell:
    """A share that survives, 0..1, with its word; None where it was not measured."""

    value: float | None
    word: str


@dataclass(frozen=True, slots=True)
class SurvivalView:
    """The section on fragility: a column per treatment, rows of splits and families."""

    n_images: int
    treatments: tuple[str, ...]
    kept: tuple[Cell, ...]
    splits: tuple[tuple[tuple[Mark, ...], tuple[Mark, ...], tuple[Cell, ...]], ...]
    families: tuple[tuple[str, tuple[Cell, ...]], ...]
    warnings: tuple[str, ...]


def describe_fragility(result: ClusterResult) -> SurvivalView | None:
    """What survives which treatment; None where that was not asked."""
    found = result.fragility
    if found is None:
        return None
    titles = {family.name: family.title for family in result.table.families}
    names = list(dict.fromkeys(one.family for one in found.families))
    joins = list(dict.fromkeys(one.join for one in found.splits))
    by_family = {(one.family, one.treatment): one.survival for one in found.families}
    by_split = {(one.join, one.treatment): one.kept for one in found.splits}
    return SurvivalView(
        n_images=found.n_images,
        treatments=found.treatments,
        kept=tuple(_judge(_beyond_chance(share, result.n_clusters)) for share in found.kept),
        splits=tuple(
            (
                tuple(Mark(cluster) for cluster in join.one),
                tuple(Mark(cluster) for cluster in join.other),
                tuple(_judge(by_split.get((join, treatment))) for treatment in found.treatments),
            )
            for join in joins
        ),
        families=tuple((titles.get(name, name), _judge_family(by_family, name, found)) for name in names),
        warnings=found.warnings,
    )


def _beyond_chance(share: float | None, n_clusters: int) -> float | None:
    """0 for what would be hit by chance, 1 for all, as the rows of splits and families are.

    >>> _beyond_chance(0.5, 2), _beyond_chance(1.0, 3), _beyond_chance(None, 3)
    (0.0, 1.0, None)
    """
    if share is None:
        return None
    chance = 1 / n_clusters
    return max(0.0, (share - chance) / (1 - chance))


def _judge_family(by_family: dict[tuple[str, str], float], name: str, found: Fragility) -> tuple[Cell, ...]:
    return tuple(_judge(by_family.get((name, treatment))) for treatment in found.treatments)


def _judge(share: float | None) -> Cell:
    """The word for a share that survives.

    >>> _judge(0.3).word, _judge(0.7).word, _judge(0.95).word, _judge(None).word
    ('lost', 'weaker', 'kept', 'not measured')
    """
    if share is None:
        return Cell(None, "not measured")
    return Cell(share, "lost" if share < LOST else "weaker" if share < HURT else "kept")
