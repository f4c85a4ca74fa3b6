"""Ward's tree and flat partitions of a plain matrix, as functions."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np
import scipy.cluster.hierarchy
import scipy.sparse
import scipy.spatial.distance
from numpy.typing import NDArray

from forensic_style.clusters.ward import grow_ward_tree
from forensic_style.errors import ParameterError

MOST_ROUNDS = 100
MOST_PAIRED = 4_000  # rows up to which Ward's tree is made of all pairs: beyond, linear memory is faster too
MOST_LINKED = 20_000  # rows up to which other trees are made of all pairs, in 3.2 GB
FEW_ROWS, FEW_PARTS = 4_000, 16  # up to which a sorted copy is faster than a sparse matrix
ROWS_PER_BLOCK = 16_384


def grow_tree(X: NDArray[np.float64], *, method: str = "ward") -> NDArray[np.float64]:
    """Merge the rows of X two by two into one tree.

    Up to 4,000 rows it is SciPy's, made of the distances of all pairs. Ward's tree of more rows is made in memory
    that grows with the rows alone, and equals SciPy's but for rounding and for the order of merges of equal height.

    Returns
    -------
    float64 array, shape (n - 1, 4), SciPy's linkage format; shape (0, 4) for a single row.

    Raises
    ------
    ParameterError
        For more than 20,000 rows with another method than "ward".
    """
    if len(X) < 2:
        return np.empty((0, 4))
    if method == "ward" and len(X) > MOST_PAIRED:
        return grow_ward_tree(X)
    if len(X) > MOST_LINKED:
        raise ParameterError(
            f"The linkage {method!r} holds the distances of all pairs in memory and takes at most {MOST_LINKED:,} "
            f"rows. Got {len(X):,}. Use the linkage 'ward', which has no such limit, or fewer rows."
        )
    distances = scipy.spatial.distance.pdist(X)  # linkage would take some square X for a matrix of distances, and warn
    return scipy.cluster.hierarchy.linkage(distances, method)  # type: ignore[arg-type]


def cut_tree(tree: NDArray[np.float64], n_clusters: int) -> NDArray[np.intp]:
    """Undo the last merges of a tree until n_clusters parts are left.

    Returns
    -------
    integer array, shape (n,), labels 0 to n_clusters - 1 in order of first appearance. Exact whatever the ties.
    """
    n = len(tree) + 1
    parent = np.arange(2 * n - 1)
    for step, (left, right) in enumerate(tree[: n - n_clusters, :2].astype(int)):
        parent[left] = parent[right] = n + step
    for node in range(2 * n - 2, -1, -1):  # parents come after their children
        parent[node] = parent[parent[node]]
    return number_by_appearance(parent[:n])


def number_by_appearance(labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Rename labels to 0, 1, ... in the order in which they first appear."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def number_by_size(labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Rename labels to 0, 1, ... from the largest part to the smallest, equal ones by first appearance."""
    labels = number_by_appearance(labels)
    return np.argsort(np.argsort(-np.bincount(labels), kind="stable"))[labels]


def is_whole(value: object) -> bool:
    """Whether a value is a whole number, and not a truth value."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def as_labels(labels: Iterable[Any]) -> list[str]:
    """Labels as text; None, NaN and blanks are "".

    >>> as_labels(["sea", None, float("nan"), 0])
    ['sea', '', '', '0']
    """
    return ["" if label is None or label != label or str(label) == "<NA>" else str(label).strip() for label in labels]


def average_parts(X: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Mean row of every part, shape (n_parts, n_columns); zeros for an empty part."""
    counts = np.bincount(labels)
    if len(counts) == 0:
        return np.empty((0, X.shape[1]))
    ends = np.concatenate([[0], counts.cumsum()])
    order = np.argsort(labels, kind="stable")  # sums run in the order of the rows, either way
    if len(X) <= FEW_ROWS and len(counts) <= FEW_PARTS and X.shape[1] > 1:  # NumPy sums a single column pairwise
        rows = np.ascontiguousarray(X[order])
        sums = np.array([rows[first:end].sum(axis=0) for first, end in itertools.pairwise(ends)])
    else:
        members = (np.ones(len(labels)), order, ends)
        sums = scipy.sparse.csr_array(members, shape=(len(counts), len(labels))) @ X
    return sums / np.maximum(counts, 1)[:, None]


def measure_distances(X: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared Euclidean distances, shape (n_rows, n_centres)."""
    return scipy.spatial.distance.cdist(X, centres, "sqeuclidean")


def find_nearest(X: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.intp]:
    """Number of the nearest centre of each row, of equally near ones the lowest; some rows at a time."""
    nearest = np.empty(len(X), dtype=np.intp)
    for start in range(0, len(X), ROWS_PER_BLOCK):
        rows = slice(start, start + ROWS_PER_BLOCK)
        nearest[rows] = measure_distances(X[rows], centres).argmin(axis=1)
    return nearest


def refine_partition(X: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Move rows to the nearest mean until none moves (Lloyd's k-means from a given partition).

    A part that all its rows would leave keeps the one nearest to its mean. Ties go to the lower label.

    Returns
    -------
    integer array, shape (n,), with as many labels as before.
    """
    for _ in range(MOST_ROUNDS):
        centres = average_parts(X, labels)
        nearest = find_nearest(X, centres)
        while len(lost := _list_lost(labels, nearest)):
            rows = np.flatnonzero(labels == lost[0])
            nearest[rows[measure_distances(X[rows], centres[lost[:1]]).argmin()]] = lost[0]
        if np.array_equal(nearest, labels):
            break
        labels = nearest
    return labels


def _list_lost(labels: NDArray[np.intp], moved: NDArray[np.intp]) -> NDArray[np.intp]:
    """Parts that had rows, and have none left."""
    left = np.bincount(moved, minlength=int(labels.max()) + 1)
    return np.flatnonzero((np.bincount(labels, minlength=len(left)) > 0) & (left == 0))


def sum_squares_within(X: NDArray[np.float64], labels: NDArray[np.intp]) -> float:
    """Sum of squared distances of the rows to their part's mean."""
    centres, total = average_parts(X, labels), 0.0
    for start in range(0, len(X), ROWS_PER_BLOCK):
        rows = slice(start, start + ROWS_PER_BLOCK)
        total += float(((X[rows] - centres[labels[rows]]) ** 2).sum())
    return total


def partition(X: NDArray[np.float64], n_clusters: int) -> NDArray[np.intp]:
    """Ward's flat cut into n_clusters parts, refined."""
    return refine_partition(X, cut_tree(grow_tree(X), n_clusters))


def deal_folds(parts: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Fold of each row, 0 to at most `most` - 1: whole parts, from the largest on, go to the fold with the fewest rows.

    >>> deal_folds(np.array([0, 0, 0, 1, 2, 2]), 2).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    counts = np.bincount(parts)
    filled = np.zeros(min(most, len(counts)), dtype=np.intp)
    fold_of = np.zeros(len(counts), dtype=np.intp)
    for part in np.argsort(-counts, kind="stable"):
        fold_of[part] = filled.argmin()
        filled[fold_of[part]] += counts[part]
    return fold_of[parts]
