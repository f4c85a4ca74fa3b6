"""Differences between clusterings of the same images: how far they would move with other images, and a test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from forensic_style.evaluation.agreement import count_pairs, measure_agreement, score_pairs
from forensic_style.evaluation.counts import UNPLACED, count_confusion
from forensic_style.evaluation.intervals import LEVEL, N_GHOSTS, mix_with_chance

MOST_DRAWS, FEWEST_DRAWS = 9999, 999
MOST_CELLS = 200_000_000  # drawn in all
AT_ONCE = 5_000_000  # drawn at once

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairTest:
    """The difference of two entries in the adjusted Rand index.

    Parameters
    ----------
    one, other : numbers of the entries, from 0
    difference : index of the one less that of the other
    low, high : interval of 95 % for what the difference would be with all images of these kinds
    p_value : of a difference as large as this one where there is none
    p_adjusted : the same, with the number of pairs looked at taken into account (Holm 1979)
    """

    one: int
    other: int
    difference: float
    low: float
    high: float
    p_value: float
    p_adjusted: float


def compare_pairs(
    labels: Sequence[NDArray[np.intp]],
    technologies: Sequence[str],
    *,
    n_draws: int | None = None,
    random_state: int = 0,
) -> tuple[PairTest, ...]:
    """Compare every two clusterings of the same images by a joint bootstrap.

    Each draw takes as many images as there are, with replacement, and scores all clusterings on the same ones, so
    that what is hard for all of them does not count as a difference. As images drawn from a table without errors
    have none, N_GHOSTS of them on average are ghosts: a technology and, for each clustering on its own, a cluster,
    put together by chance. What is looked at is how far a draw lies from the limit of what it is drawn from, which is
    the same for both signs: the interval is symmetric. Draws of few images spread a little less than the images do,
    and their spread is itself uncertain: both are made up for as in a t test.

    Parameters
    ----------
    labels : for each clustering an integer array, shape (n_images,), -1 where an image belongs to no cluster
    technologies : of each image
    n_draws : of the images; None for as many as take seconds, 999..9999
    random_state : seed

    Returns
    -------
    PairTest for each pair, in the order (0, 1), (0, 2), ...; empty for a single clustering.

    Source
    ------
    Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapters 8 and 16; Holm, "A simple sequentially
    rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.
    """
    scores = np.array([measure_agreement(count_confusion(each, list(technologies))).ari for each in labels])
    deviations = draw_deviations(labels, technologies, n_draws=n_draws, random_state=random_state)
    deviations *= widen_for_few(len(technologies))
    tests: list[tuple[int, int, float, float, float]] = []
    for one, other in itertools.combinations(range(len(labels)), 2):
        difference, moved = float(scores[one] - scores[other]), np.abs(deviations[:, one] - deviations[:, other])
        reach = float(np.quantile(moved, LEVEL))
        n_reached = int((moved >= abs(difference) - 1e-12).sum())
        tests.append((one, other, difference, reach, (n_reached + 1) / (len(moved) + 1)))
    adjusted = adjust_holm([test[-1] for test in tests])
    return tuple(
        PairTest(one, other, difference, difference - reach, difference + reach, p_value, p_adjusted)
        for (one, other, difference, reach, p_value), p_adjusted in zip(tests, adjusted, strict=True)
    )


def widen_for_few(n_images: int) -> float:
    """How much wider Student's interval of a mean is than the normal one with the spread of resampled means.

    >>> round(widen_for_few(40), 3), round(widen_for_few(1000), 3)
    (1.045, 1.002)
    """
    freedom, level = max(1, n_images - 1), (1 + LEVEL) / 2
    normal = float(scipy.stats.norm.ppf(level))
    return float(scipy.stats.t.ppf(level, freedom)) / normal * float(np.sqrt((freedom + 1) / freedom))


def adjust_holm(p_values: Sequence[float]) -> list[float]:
    """p values that hold for all tests together, in the same order.

    >>> adjust_holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def draw_deviations(
    labels: Sequence[NDArray[np.intp]],
    technologies: Sequence[str],
    *,
    n_draws: int | None = None,
    random_state: int = 0,
) -> Array:
    """How far the adjusted Rand index of drawn images lies from that of all they are drawn from.

    Returns
    -------
    float64 array, shape (n_draws, n_clusterings).
    """
    styles = np.unique(np.array(technologies, dtype=str), return_inverse=True)[1]
    clusterings = [_Clustering.of(each, styles) for each in labels]
    rows, counts = np.unique(np.column_stack([each.codes for each in clusterings]), axis=0, return_counts=True)
    n_draws = n_draws or int(np.clip(MOST_CELLS // len(rows), FEWEST_DRAWS, MOST_DRAWS))
    generator = np.random.default_rng(random_state)
    scores = [
        _score_draws(clusterings, rows, counts, styles, size, generator)
        for size in _split(n_draws, max(1, AT_ONCE // len(rows)))
    ]
    limits = [each.measure_limit(len(styles)) for each in clusterings]
    deviations: Array = np.concatenate(scores) - limits
    return deviations


def _split(total: int, most: int) -> Iterator[int]:
    for start in range(0, total, most):
        yield min(most, total - start)


@dataclass(frozen=True, eq=False)
class _Clustering:
    """Clusters of the images as numbers from 0, the last for images of no cluster, and codes of cluster and style."""

    clusters: NDArray[np.intp]
    codes: NDArray[np.intp]
    shape: tuple[int, int]

    @classmethod
    def of(cls, labels: NDArray[np.intp], styles: NDArray[np.intp]) -> _Clustering:
        names = np.unique(labels[labels != UNPLACED])
        clusters = np.where(labels == UNPLACED, len(names), np.searchsorted(names, labels)).astype(np.intp)
        shape = (len(names) + 1, int(styles.max()) + 1)
        return cls(clusters, np.ravel_multi_index((clusters, styles), shape), shape)

    def measure_limit(self, n_images: int) -> float:
        """The index that drawn images tend to."""
        cells = np.bincount(self.codes, minlength=self.shape[0] * self.shape[1]).reshape(self.shape)
        shares = mix_with_chance(cells / n_images, N_GHOSTS / n_images)
        placed, rows, columns = shares[:-1], shares[:-1].sum(axis=1), shares.sum(axis=0)
        both, clustered, alike = (np.asarray((part**2).sum()) for part in (placed, rows, columns))
        return float(score_pairs(both, clustered, alike, np.asarray(1.0))[0])


def _score_draws(
    clusterings: Sequence[_Clustering],
    rows: NDArray[np.intp],
    counts: NDArray[np.intp],
    styles: NDArray[np.intp],
    n_draws: int,
    generator: np.random.Generator,
) -> Array:
    """Adjusted Rand indices of drawn images, shape (n_draws, n_clusterings).

    `rows` are the codes that images have together in all clusterings, shape (n_rows, n_clusterings), and `counts` how
    many images have them.
    """
    n_images = len(styles)
    n_ghosts = generator.binomial(n_images, N_GHOSTS / (n_images + N_GHOSTS), size=n_draws)
    drawn = generator.multinomial(n_images - n_ghosts, counts / n_images)
    draws = np.repeat(np.arange(n_draws), n_ghosts)
    styles_of_ghosts = styles[generator.integers(n_images, size=len(draws))]
    scores = np.empty((n_draws, len(clusterings)))
    for place, clustering in enumerate(clusterings):
        order = np.argsort(rows[:, place], kind="stable")
        codes, starts = np.unique(rows[order, place], return_index=True)
        cells = np.zeros((n_draws, *clustering.shape))
        cells.reshape(n_draws, -1)[:, codes] = np.add.reduceat(drawn[:, order], starts, axis=1)
        clusters_of_ghosts = clustering.clusters[generator.integers(n_images, size=len(draws))]
        np.add.at(cells, (draws, clusters_of_ghosts, styles_of_ghosts), 1)
        scores[:, place] = score_pairs(*count_pairs(cells))[0]
    return scores
