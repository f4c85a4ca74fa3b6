"""Ward's tree and flat partitions of a plain matrix, as functions."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np
import scipy.cluster.hierarchy
import scipy.spatial.distance
from numpy.typing import NDArray

MOST_ROUNDS = 100


def grow_tree(X: NDArray[np.float64], *, method: str = "ward") -> NDArray[np.float64]:
    """Merge the rows of X two by two into one tree.

    Returns
    -------
    float64 array, shape (n - 1, 4), SciPy's linkage format; shape (0, 4) for a single row.
    """
    if len(X) < 2:
        return np.empty((0, 4))
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
    sums = np.zeros((len(counts), X.shape[1]))
    np.add.at(sums, labels, X)
    return sums / np.maximum(counts, 1)[:, None]


def measure_distances(X: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared Euclidean distances, shape (n_rows, n_centres)."""
    return scipy.spatial.distance.cdist(X, centres, "sqeuclidean")


def refine_partition(X: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Move rows to the nearest mean until none moves (Lloyd's k-means from a given partition).

    A part that all its rows would leave keeps the one nearest to its mean. Ties go to the lower label.

    Returns
    -------
    integer array, shape (n,), with as many labels as before.
    """
    for _ in range(MOST_ROUNDS):
        distances = measure_distances(X, average_parts(X, labels))
        nearest = distances.argmin(axis=1)
        while len(lost := np.setdiff1d(labels, nearest)):
            rows = np.flatnonzero(labels == lost[0])
            nearest[rows[distances[rows, lost[0]].argmin()]] = lost[0]
        if np.array_equal(nearest, labels):
            break
        labels = nearest
    return labels


def sum_squares_within(X: NDArray[np.float64], labels: NDArray[np.intp]) -> float:
    """Sum of squared distances of the rows to their part's mean."""
    return float(((X - average_parts(X, labels)[labels]) ** 2).sum())


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
