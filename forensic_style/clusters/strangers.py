"""Images that belong to no cluster, among those that were clustered."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.discriminants import whiten_scatter
from forensic_style.clusters.partition import measure_distances
from forensic_style.errors import ParameterError

LIMIT = 5.0  # robust standard deviations of the logarithm of distances, above their median
FEWEST_ROWS = 20  # with fewer nothing is known of what is usual
TRIMMED = 0.1  # of the rows, the farthest ones, teach nothing of what is usual
SHRINKAGE = 0.3  # of the scatter within clusters towards a multiple of the identity
ROUNDS = 3
SMALLEST_SCALE = 0.05  # a twentieth of the distance, where rows happen to lie equally far
QUARTILE = 0.6745  # of the standard normal distribution


def find_strangers(
    X: NDArray[np.float64], labels: NDArray[np.intp], *, smallest_part: int = 5, limit: float = LIMIT
) -> NDArray[np.bool_]:
    """Find rows that lie farther from every cluster than rows of clusters do.

    The distance of a row is that from the nearest cluster's median, in the scatter that rows have within their
    clusters. Their logarithms are compared: distances in heavy-tailed clouds scatter by factors. A row whose logarithm
    lies `limit` robust standard deviations over the median (from the upper quartile or the middle half, whichever is
    wider) belongs to none. Clusters of fewer than `smallest_part` rows are no clusters: their rows are measured from
    the others. What is usual is learnt from the nearest nine tenths of the rows, in three rounds.

    It finds what is grossly different. Rows that lie between clusters, or at the rim of one, are members.

    Parameters
    ----------
    X : float64 array, shape (n_rows, n_columns)
    labels : integer array, shape (n_rows,), 0 to n_clusters - 1; -1 where it is known already that there is none
    smallest_part : rows that a cluster must have
    limit : above 0

    Returns
    -------
    boolean array, shape (n_rows,), True for rows of -1 as well; no other where there are fewer than 20 rows, or no
    cluster is large enough.

    Source
    ------
    Trimmed scatter in the manner of Rousseeuw and van Driessen's concentration steps, Technometrics 41, 1999; robust
    z-scores of Iglewicz and Hoaglin, 1993, on logarithms.
    """
    if len(labels) != len(X) or not limit > 0:
        raise ParameterError(
            f"There are {len(X)} rows, {len(labels)} labels and the limit {limit!r}. Give one label per row, and a "
            "limit above 0."
        )
    known = labels >= 0
    strangers = ~known
    counts = np.bincount(labels[known], minlength=1)
    large = np.flatnonzero(counts >= smallest_part)
    if known.sum() < FEWEST_ROWS or not len(large):
        return strangers
    distances = _measure(X[known], labels[known], large)
    if distances.max() > 0:
        strangers[known] = _standardize(distances) > limit
    return strangers


def _measure(X: NDArray[np.float64], labels: NDArray[np.intp], large: NDArray[np.intp]) -> NDArray[np.float64]:
    """Squared distance of every row from the nearest median of a large cluster, in the scatter within these."""
    places = np.searchsorted(large, labels)
    member = np.isin(labels, large)
    core = member.copy()
    distances = np.zeros(len(X))
    for _ in range(ROUNDS):
        centres = _take_medians(X[core], places[core], len(large))
        factor = _whiten(X[core] - centres[places[core]])
        distances = measure_distances(X @ factor, centres @ factor).min(axis=1)
        core = _keep_nearest(distances, labels, member)
    return distances


def _keep_nearest(
    distances: NDArray[np.float64], labels: NDArray[np.intp], member: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Members but for the farthest tenth; every cluster keeps its nearest row."""
    core = member & (distances <= np.quantile(distances[member], 1 - TRIMMED))
    for label in np.setdiff1d(labels[member], labels[core]):
        rows = np.flatnonzero(labels == label)
        core[rows[distances[rows].argmin()]] = True
    return core


def _take_medians(X: NDArray[np.float64], labels: NDArray[np.intp], n_parts: int) -> NDArray[np.float64]:
    return np.array([np.median(X[labels == part], axis=0) for part in range(n_parts)])


def _whiten(deviations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Factor F with distances in the shrunken scatter those of the rows times F."""
    return whiten_scatter(deviations.T @ deviations / len(deviations), shrinkage=SHRINKAGE, floor=1e-200)


def _standardize(squares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Robust z-scores of the logarithms of distances, given their squares."""
    logs = np.log(np.maximum(squares, 1e-12 * squares.max())) / 2
    low, middle, high = np.quantile(logs, [0.25, 0.5, 0.75])
    scale = max(high - middle, (high - low) / 2) / QUARTILE
    return (logs - middle) / max(float(scale), SMALLEST_SCALE)
