"""Flat partitions of many rows, some of them at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.partition import MOST_ROUNDS, measure_distances

NONE = -1
ROWS = 16384  # at a time


@dataclass(frozen=True, eq=False)
class FlatPartition:
    """Rows in parts.

    Parameters
    ----------
    labels : int32 array, shape (n_rows,), 0 to n_parts - 1, -1 for rows that have no part
    centres : float64 array, shape (n_parts, n_columns), means
    sum_squares : of the distances from the centres, over the rows that have a part
    """

    labels: NDArray[np.int32]
    centres: NDArray[np.float64]
    sum_squares: float


def find_nearest(X: NDArray[np.float32], centres: NDArray[np.float64]) -> NDArray[np.int32]:
    """The nearest centre of each row; ties go to the first."""
    labels = np.empty(len(X), dtype=np.int32)
    for part, rows in _take_turns(X):
        labels[part] = measure_distances(rows, centres).argmin(axis=1)
    return labels


def measure_partition(X: NDArray[np.float32], labels: NDArray[np.int32], n_parts: int) -> FlatPartition:
    """Means and sum of squares of given parts; zeros for an empty one."""
    counts = np.bincount(labels[labels >= 0], minlength=n_parts)
    sums = np.zeros((n_parts, X.shape[1]))
    for part, rows in _take_turns(X):
        sums += (labels[part] == np.arange(n_parts)[:, None]).astype(np.float64) @ rows
    centres = sums / np.maximum(counts, 1)[:, None]
    total = 0.0
    for part, rows in _take_turns(X):
        inside = labels[part] >= 0
        total += float(((rows[inside] - centres[labels[part][inside]]) ** 2).sum())
    return FlatPartition(labels, centres, total)


def refine_many(
    X: NDArray[np.float32], labels: NDArray[np.int32], n_parts: int, *, fixed: NDArray[np.int32] | None = None
) -> FlatPartition:
    """Move rows to the nearest mean until none moves.

    Parameters
    ----------
    X : float32 array, shape (n_rows, n_columns)
    labels : int32 array, shape (n_rows,), where each row starts; -1 for rows that take no part
    n_parts : number of parts; it stops before the last row of one would leave it
    fixed : int32 array, shape (n_rows,), the part in which a row stays, -1 where it may move; None for none
    """
    stays = labels < 0
    moves_to = labels if fixed is None else np.where(fixed >= 0, fixed, labels)
    if fixed is not None:
        stays = stays | (fixed >= 0)
    found = measure_partition(X, np.where(labels < 0, NONE, moves_to).astype(np.int32), n_parts)
    for _ in range(MOST_ROUNDS):
        nearest = np.where(stays, found.labels, find_nearest(X, found.centres)).astype(np.int32)
        counts = np.bincount(nearest[nearest >= 0], minlength=n_parts)
        if np.array_equal(nearest, found.labels) or not counts.all():
            break
        found = measure_partition(X, nearest, n_parts)
    return found


def _take_turns(X: NDArray[np.float32]) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Rows in float64, some at a time, and where they stand."""
    for start in range(0, len(X), ROWS):
        part = slice(start, start + ROWS)
        yield part, X[part].astype(np.float64)
