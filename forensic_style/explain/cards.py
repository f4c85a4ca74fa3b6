"""Evidence cards: for each cluster and each split the measurements that differ most, with figures and images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.joins import Join
from forensic_style.explain.effects import ClusterSums, sum_clusters
from forensic_style.explain.evidence import Evidence, gather_evidence, rank_candidates
from forensic_style.explain.members import choose_images
from forensic_style.explain.traits import MOST_TRAITS, Trait
from forensic_style.table import FingerprintTable

N_RESAMPLES = 50
N_TYPICAL, N_DOUBTFUL = 8, 6


@dataclass(frozen=True, slots=True)
class Finding:
    """One measurement in which two sides differ.

    Parameters
    ----------
    family, group : where the columns are found in the table; no group where the whole family is missing, no family
        where it is read from the file itself
    effect : difference in standard deviations within the sides
    stability : share of resamples of the images in which it is again among the strongest, 0..1
    words : the difference in plain words, with figures and units where there are any
    inside, outside : typical values of the two sides in `unit`; None where a number means nothing to a reader
    unit : of these, "" for none
    short : the words for the first side alone
    """

    family: str
    group: str
    effect: float
    stability: float
    words: str
    inside: float | None = None
    outside: float | None = None
    unit: str = ""
    short: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """The evidence for one cluster against the rest, or for one split.

    Parameters
    ----------
    one, other : numbers of the clusters on each side
    findings : strongest first
    typical, doubtful : numbers of images of `one`, the most typical first, the least sure first
    """

    one: tuple[int, ...]
    other: tuple[int, ...]
    findings: tuple[Finding, ...]
    typical: tuple[int, ...]
    doubtful: tuple[int, ...]


def deal_cards(
    table: FingerprintTable,
    standardized: NDArray[np.float64],
    labels: NDArray[np.intp],
    joins: Sequence[Join],
    *,
    coordinates: NDArray[np.float64],
    confidences: NDArray[np.float64],
    random_state: int = 0,
) -> tuple[Card, ...]:
    """Find the evidence for every cluster against the rest, then for every split of the tree of clusters.

    Effects are those of the standardized columns; figures are medians over images of what stands in the table. A
    finding stays if, in at least 80 % of resamples of the images of each cluster, it is large, of the same sign, and
    among the ten strongest again.

    Parameters
    ----------
    table : the fingerprints
    standardized : float64 array, shape (n_images, n_columns), means of each image's standardized windows
    labels : integer array, shape (n_images,), clusters; images of none (-1) are left out
    joins : splits of the tree of clusters
    coordinates : float64 array, shape (n_images, n_directions), what was clustered
    confidences : float64 array, shape (n_images,), 0..1
    random_state : seed of the resamples

    Returns
    -------
    n_clusters cards of clusters, in order, then one per join; none for a single cluster.
    """
    n_clusters = int(labels.max()) + 1
    if n_clusters < 2:
        return ()
    order = np.array(sorted(range(len(labels)), key=lambda number: table.images[number].sha256))
    evidence = gather_evidence(table, standardized, order)
    labels, coordinates, confidences = labels[order], coordinates[order], confidences[order]
    sums = sum_clusters(
        evidence.values,
        labels,
        evidence.families,
        missing=evidence.missing,
        n_resamples=N_RESAMPLES,
        random_state=random_state,
    )
    cards = []
    for one, other in list_sides(n_clusters, joins):
        members = np.flatnonzero(np.isin(labels, one))
        typical, doubtful = choose_images(
            coordinates[members], confidences[members], n_typical=N_TYPICAL, n_doubtful=N_DOUBTFUL
        )
        chosen = [tuple(int(order[members[number]]) for number in numbers) for numbers in (typical, doubtful)]
        cards.append(Card(one, other, _find(evidence, sums, labels, one, other), *chosen))
    return tuple(cards)


def list_sides(n_clusters: int, joins: Sequence[Join]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The clusters on both sides of each card: every cluster against the rest, then every split.

    >>> list_sides(2, [Join((0,), (1,), 3.0)])
    [((0,), (1,)), ((1,), (0,)), ((0,), (1,))]
    """
    everything = range(n_clusters)
    against_rest = [((one,), tuple(other for other in everything if other != one)) for one in everything]
    return against_rest + [(join.one, join.other) for join in joins]


def _find(
    evidence: Evidence, sums: ClusterSums, labels: NDArray[np.intp], one: tuple[int, ...], other: tuple[int, ...]
) -> tuple[Finding, ...]:
    """The findings of one card."""
    sides = np.isin(labels, one), np.isin(labels, other)
    return tuple(
        Finding(
            candidate.family,
            candidate.group,
            float(effect),
            float(stability),
            candidate.comparison.words,
            candidate.comparison.inside,
            candidate.comparison.outside,
            candidate.comparison.unit,
            candidate.comparison.short,
        )
        for candidate, effect, stability in rank_candidates(evidence, sums.compare(one, other), *sides)
    )


def shorten_cards(cards: Sequence[Card], n_clusters: int) -> tuple[tuple[Trait, ...], ...]:
    """What sets each cluster apart in a few words: the first findings of its card, told of its own side alone."""
    if n_clusters < 2:
        return ((),) * n_clusters
    return tuple(
        tuple(
            Trait(finding.family, finding.group, finding.effect, finding.short, not finding.short.startswith("differs"))
            for finding in card.findings[:MOST_TRAITS]
        )
        for card in cards[:n_clusters]
    )
