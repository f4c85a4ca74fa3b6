"""Ward's merging where some rows must stay together and others apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.partition import average_parts, cut_tree, grow_tree, measure_distances, refine_partition

PIECES = 4  # small parts per wanted cluster, from which merging begins
FEWEST_PIECES = 24


def merge_within_constraints(
    X: NDArray[np.float64],
    known: NDArray[np.intp],
    start: NDArray[np.intp],
    *,
    n_clusters: int,
    n_styles: int,
) -> NDArray[np.intp]:
    """Merge small parts by Ward's criterion; rows of one known style end together, those of two never do.

    The rows are cut into small parts inside the parts of `start`; the known rows of a style make one part from the
    beginning. The two parts whose union adds least to the sum of squares are merged, unless both hold known rows, until
    n_clusters are left.

    Parameters
    ----------
    X : float64 array, shape (n_rows, n_columns)
    known : integer array, shape (n_rows,), style of each row, 0 to n_styles - 1, -1 where unknown
    start : integer array, shape (n_rows,), a partition
    n_clusters : at least n_styles

    Returns
    -------
    integer array, shape (n_rows,): 0 to n_styles - 1 are the styles, n_styles to at most n_clusters - 1 parts without
    known rows.

    Source
    ------
    Ward, JASA 58, 1963; constraints on merging: Davidson and Ravi, "Agglomerative hierarchical clustering with
    constraints", PKDD 2005.
    """
    pieces = _cut_into_pieces(X, start, n_clusters)
    parts = np.where(known >= 0, known, n_styles + pieces)
    names, parts = np.unique(parts, return_inverse=True)
    centres, sizes = average_parts(X, parts), np.bincount(parts).astype(np.float64)
    place = np.arange(len(names))
    costs = _measure_costs(centres, sizes)
    costs[:n_styles, :n_styles] = np.inf  # styles come first among the sorted names
    np.fill_diagonal(costs, np.inf)
    for _ in range(len(names) - n_clusters):
        first, second = sorted(divmod(int(costs.argmin()), len(costs)))
        if not np.isfinite(costs[first, second]):
            break
        total = sizes[first] + sizes[second]
        centres[first] = (sizes[first] * centres[first] + sizes[second] * centres[second]) / total
        sizes[first], sizes[second] = total, 0.0
        place[place == second] = first
        costs[second], costs[:, second] = np.inf, np.inf
        fresh = _measure_costs(centres[[first]], sizes[[first]], centres, sizes)[0]
        costs[first] = np.where(np.isfinite(costs[first]), fresh, np.inf)
        costs[:, first] = costs[first]
    return np.unique(place[parts], return_inverse=True)[1]


def _cut_into_pieces(X: NDArray[np.float64], start: NDArray[np.intp], n_clusters: int) -> NDArray[np.intp]:
    """Small parts, each inside a part of `start`, in proportion to its size."""
    n_pieces = max(FEWEST_PIECES, PIECES * n_clusters)
    pieces, n_so_far = np.zeros(len(X), dtype=np.intp), 0
    for part in np.unique(start):
        rows = np.flatnonzero(start == part)
        n_wanted = min(len(np.unique(X[rows], axis=0)), max(1, round(n_pieces * len(rows) / len(X))))
        pieces[rows] = n_so_far + refine_partition(X[rows], cut_tree(grow_tree(X[rows]), n_wanted))
        n_so_far += n_wanted
    return pieces


def _measure_costs(
    centres: NDArray[np.float64],
    sizes: NDArray[np.float64],
    others: NDArray[np.float64] | None = None,
    other_sizes: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """What the union of two parts adds to the sum of squares within, shape (n_parts, n_others)."""
    others = centres if others is None else others
    other_sizes = sizes if other_sizes is None else other_sizes
    weights = np.outer(sizes, other_sizes) / np.maximum(sizes[:, None] + other_sizes[None, :], 1.0)
    return weights * measure_distances(centres, others)
