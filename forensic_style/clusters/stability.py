"""How stable clusters are when the images change, and which numbers of clusters were considered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.partition import cut_tree, grow_tree, refine_partition
from forensic_style.clusters.splitting import Split, measure_index
from forensic_style.errors import ParameterError

MOST_DRAWN = 1000  # rows of a resample


@dataclass(frozen=True, slots=True)
class NumberConsidered:
    """A number of clusters with its evidence.

    Parameters
    ----------
    n_clusters : 1 or more
    is_chosen : whether it is the number that was taken
    index : sum of squares within the clusters over that of all rows, 0..1
    stability : mean Jaccard index of the clusters over resampled rows, 0..1; 1 for a single cluster
    least_stability : of the least stable cluster
    p_value : chance that the step here from one cluster fewer parts a single cloud; None where it was not tested
    threshold : the p value below which that step was taken; None where it was not tested
    explained : how far the content decides that step, 0..1; None where it cannot tell
    """

    n_clusters: int
    is_chosen: bool
    index: float
    stability: float
    least_stability: float
    p_value: float | None
    threshold: float | None
    explained: float | None


def measure_stabilities(
    X: NDArray[np.float64], labels: NDArray[np.intp], *, n_resamples: int = 30, random_state: int = 0
) -> NDArray[np.float64]:
    """Find every cluster again in resampled rows.

    Rows are drawn with replacement and clustered anew into as many clusters (Ward's cut, refined). A cluster's Jaccard
    index is that of its rows that were drawn with the most similar new cluster: rows in both over rows in either.

    Parameters
    ----------
    X : float64 array, shape (n_rows, n_columns)
    labels : integer array, shape (n_rows,), 0 to n_clusters - 1; rows of -1 take no part
    n_resamples : at least 1
    random_state : seed of the draws

    Returns
    -------
    float64 array, shape (n_clusters,), the mean over resamples that drew a row of the cluster, 0..1; 0 where none did.
    From .75 a cluster is stable. A single cluster is always found again: 1.

    Source
    ------
    Hennig, "Cluster-wise assessment of cluster stability", Computational Statistics and Data Analysis 52, 2007.
    """
    if n_resamples < 1:
        raise ParameterError(f"The stability needs at least 1 resample. Got {n_resamples!r} instead.")
    if len(labels) != len(X) or not (labels >= 0).any():
        raise ParameterError(f"The stability needs a label for each of the {len(X)} rows, and one cluster at least.")
    kept = labels >= 0
    return _resample(X[kept], [labels[kept]], n_resamples, random_state)[0]


def consider_numbers(
    X: NDArray[np.float64],
    labels: NDArray[np.intp],
    splits: Sequence[Split],
    *,
    most: int = 8,
    n_resamples: int = 20,
    random_state: int = 0,
) -> tuple[NumberConsidered, ...]:
    """Set the numbers of clusters side by side: 1 to `most`, and to one more than was chosen where that is more.

    The steps that were tested are put in order: those taken from the clearest on, then those refused, from the one
    that came nearest. So the p value at the chosen number is that of the weakest step that was taken, and the next is
    that of the best step that was not.

    Parameters
    ----------
    X : float64 array, shape (n_rows, n_columns)
    labels : integer array, shape (n_rows,), the clusters chosen; rows of -1 take no part
    splits : the tests that led to them; none where the number was given
    most : numbers to consider
    n_resamples, random_state : of :func:`measure_stabilities`
    """
    if len(labels) != len(X) or not (labels >= 0).any():
        raise ParameterError(f"The numbers need a label for each of the {len(X)} rows, and one cluster at least.")
    X, labels = X[labels >= 0], labels[labels >= 0]
    chosen = int(labels.max()) + 1
    tree = grow_tree(X)
    last = min(max(most, chosen + 1), len(np.unique(X, axis=0)))
    partitions = [
        labels if number == chosen else refine_partition(X, cut_tree(tree, number))
        for number in range(1, max(last, chosen) + 1)
    ]
    stabilities = _resample(X, partitions, n_resamples, random_state)
    steps = [None, *_order_steps(splits)]
    return tuple(
        _describe(X, partition, found, steps[place] if place < len(steps) else None, is_chosen=place + 1 == chosen)
        for place, (partition, found) in enumerate(zip(partitions, stabilities, strict=True))
    )


def _describe(
    X: NDArray[np.float64],
    labels: NDArray[np.intp],
    stabilities: NDArray[np.float64],
    step: Split | None,
    *,
    is_chosen: bool,
) -> NumberConsidered:
    return NumberConsidered(
        n_clusters=len(stabilities),
        is_chosen=is_chosen,
        index=measure_index(X, labels) if np.ptp(X, axis=0).max() > 0 else 1.0,
        stability=float(stabilities.mean()),
        least_stability=float(stabilities.min()),
        p_value=None if step is None else step.p_value,
        threshold=None if step is None else step.threshold,
        explained=None if step is None else step.explained,
    )


def _order_steps(splits: Sequence[Split]) -> list[Split]:
    """Those taken before those refused, each from the smallest p value for its threshold on."""
    return sorted(
        splits, key=lambda split: (not split.accepted, split.follows_content, split.p_value / split.threshold)
    )


def _resample(
    X: NDArray[np.float64], partitions: Sequence[NDArray[np.intp]], n_resamples: int, random_state: int
) -> list[NDArray[np.float64]]:
    """Mean Jaccard index of every cluster of every partition; the resamples and their trees are the same for all."""
    rng = np.random.default_rng(random_state)
    sums = [np.zeros(int(labels.max()) + 1) for labels in partitions]
    counts = [np.zeros_like(total) for total in sums]
    for _ in range(n_resamples):
        rows = rng.integers(0, len(X), min(len(X), MOST_DRAWN))
        distinct, firsts = np.unique(rows, return_index=True)
        n_different = len(np.unique(X[distinct], axis=0))
        tree = grow_tree(X[rows])
        for place, labels in enumerate(partitions):
            found = refine_partition(X[rows], cut_tree(tree, min(len(sums[place]), n_different)))[firsts]
            indices = match_clusters(labels[distinct], found, len(sums[place]))
            drawn = ~np.isnan(indices)
            sums[place][drawn] += indices[drawn]
            counts[place] += drawn
    return [total / np.maximum(count, 1) for total, count in zip(sums, counts, strict=True)]


def match_clusters(labels: NDArray[np.intp], others: NDArray[np.intp], n_clusters: int) -> NDArray[np.float64]:
    """Jaccard index of each cluster with the most similar one of another partition.

    Returns
    -------
    float64 array, shape (n_clusters,), 0..1; nan for a cluster without rows.

    >>> match_clusters(np.array([0, 0, 0, 1]), np.array([5, 5, 2, 2]), 2).round(2).tolist()
    [0.67, 0.5]
    """
    n_others = int(others.max()) + 1
    both = np.bincount(labels * n_others + others, minlength=n_clusters * n_others).reshape(n_clusters, n_others)
    sizes, other_sizes = both.sum(axis=1, keepdims=True), both.sum(axis=0, keepdims=True)
    indices = (both / np.maximum(sizes + other_sizes - both, 1)).max(axis=1)
    return np.where(sizes[:, 0] > 0, indices, np.nan)
