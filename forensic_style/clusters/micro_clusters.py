"""Ward's tree of a million rows: over micro-clusters, small groups of rows that are taken as one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.nearest import start_threads
from forensic_style.clusters.partition import MOST_ROUNDS, cut_tree, is_whole, number_by_appearance
from forensic_style.clusters.row_blocks import (
    Extent,
    Rows,
    assign_rows,
    measure_extent,
    read_blocks,
    sum_labelled,
    take_rows,
)
from forensic_style.clusters.ward import code_rows, grow_ward_tree
from forensic_style.errors import ParameterError

MOST_MICRO = 20_000
ROWS_PER_MICRO = 5  # at least, on average
PASSES = 3  # over all rows: one more brings next to nothing
SMALLEST_GAIN = 1e-6  # share of the sum of squares that a round of refinement is worth


@dataclass(frozen=True, eq=False)
class MicroTree:
    """Ward's tree whose leaves are micro-clusters.

    Parameters
    ----------
    tree : float64 array, shape (n_micro - 1, 4), SciPy's linkage format; the last column counts rows
    members : int32 array, shape (n_rows,), the micro-cluster of each row
    sizes : int64 array, shape (n_micro,), rows of each
    centres : float64 array, shape (n_micro, n_columns), means
    squares_within : sum of the rows' squared distances from the mean of their micro-cluster
    squares : the same from the mean of all rows
    """

    tree: NDArray[np.float64]
    members: NDArray[np.int32]
    sizes: NDArray[np.int64]
    centres: NDArray[np.float64]
    squares_within: float
    squares: float

    @property
    def loss(self) -> float:
        """Share of the sum of squares that lies within micro-clusters, 0..1: what the tree does not see."""
        return self.squares_within / self.squares if self.squares else 0.0

    def cut(self, n_clusters: int) -> NDArray[np.intp]:
        """Labels of the rows when the last merges are undone, numbered by first appearance.

        Raises
        ------
        ParameterError
            Where the tree has fewer leaves, or the number is below 1.
        """
        return number_by_appearance(self._cut_leaves(n_clusters)[self.members])

    def sum_squares(self, n_clusters: int) -> float:
        """Sum of squared distances of the rows from the mean of their part of the cut."""
        labels = self._cut_leaves(n_clusters)
        return self.squares_within + _sum_squares(self.centres, self.sizes, labels)

    def _cut_leaves(self, n_clusters: int) -> NDArray[np.intp]:
        if not is_whole(n_clusters) or not 1 <= n_clusters <= len(self.sizes):
            raise ParameterError(
                f"A tree over {len(self.sizes):,} micro-clusters can be cut into 1 to {len(self.sizes):,} clusters. "
                f"Got {n_clusters!r}. Ask for fewer, or grow the tree with a larger n_micro."
            )
        return cut_tree(self.tree, int(n_clusters))


@dataclass(frozen=True, eq=False)
class RefinedRows:
    """A partition of many rows after rounds of moving each to the nearest mean.

    Parameters
    ----------
    labels : int32 array, shape (n_rows,)
    centres : float64 array, shape (n_parts, n_columns), the means that the rows were brought to
    squares_before, squares_after : sums of squared distances of the rows from the mean of their part
    n_rounds : passes over the rows
    """

    labels: NDArray[np.int32]
    centres: NDArray[np.float64]
    squares_before: float
    squares_after: float
    n_rounds: int


def grow_large_tree(X: Rows, *, n_micro: int | None = None, random_state: int = 0) -> MicroTree:
    """Put rows into micro-clusters, and merge these by Ward with their sizes as weights.

    Rows drawn at random are the first centres. Every row goes to the nearest, and the means of what came together are
    the next centres, in three passes. Which rows are drawn depends on their values and not on their order: so the
    order changes nothing but the rounding of sums.

    Parameters
    ----------
    X : float32 or float64 array or memmap, shape (n_rows, n_columns), or an iterable of such arrays that can be read
        several times; finite. It is never copied as a whole.
    n_micro : micro-clusters, at most as many as there are different rows; where not given one for every five rows,
        but at most 20,000
    random_state : seed of the draw

    Raises
    ------
    ParameterError
        For rows that cannot be used, and where `n_micro` is no whole number of at least 1.
    """
    extent = measure_extent(X)
    if n_micro is None:
        n_micro = min(MOST_MICRO, -(-extent.n_rows // ROWS_PER_MICRO))
    if not is_whole(n_micro) or n_micro < 1:
        raise ParameterError(f"n_micro must be a whole number of at least 1. Got {n_micro!r}.")
    centres = take_rows(X, _draw_places(X, extent, int(n_micro), random_state))
    members, sizes, centres, squares_within = _gather(X, extent, centres)
    tree = grow_ward_tree(centres, sizes)
    tree[:, 3] = _count_rows(tree, sizes)
    squares = squares_within + _sum_squares(centres, sizes, np.zeros(len(sizes), dtype=np.intp))
    return MicroTree(tree, members, sizes, centres, squares_within, squares)


def _draw_places(X: Rows, extent: Extent, n: int, random_state: int) -> NDArray[np.int64]:
    """Different rows, those with the lowest codes, in the order of the codes."""
    codes = np.empty(extent.n_rows, dtype=np.uint64)
    for start, block in read_blocks(X):
        codes[start : start + len(block)] = code_rows(block, random_state)
    return np.unique(codes, return_index=True)[1][:n]


def _gather(
    X: Rows, extent: Extent, centres: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64], float]:
    """Micro-cluster of each row, sizes, means, and the sum of squares within."""
    with start_threads() as pool:
        for _ in range(PASSES):
            found, before = assign_rows(X, extent, centres, pool), centres
            centres = found.average(centres)
    within = float(found.squares.sum() - (found.sizes * ((centres - before) ** 2).sum(axis=1)).sum())
    kept = found.sizes > 0
    numbers = (np.cumsum(kept) - 1).astype(np.int32)
    return numbers[found.labels], found.sizes[kept], centres[kept], max(within, 0.0)


def _count_rows(tree: NDArray[np.float64], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    counts = [float(size) for size in sizes]
    for left, right in tree[:, :2].astype(int).tolist():
        counts.append(counts[left] + counts[right])
    return np.array(counts[len(sizes) :])


def _sum_squares(rows: NDArray[np.float64], sizes: NDArray[np.int64], labels: NDArray[np.intp]) -> float:
    """Weighted sum of squared distances from the weighted means of parts."""
    means, counts = sum_labelled(rows * sizes[:, None], labels, int(labels.max()) + 1)[0], np.bincount(labels, sizes)
    means /= counts[:, None]
    return float((sizes * ((rows - means[labels]) ** 2).sum(axis=1)).sum())


def refine_rows(X: Rows, labels: NDArray[np.integer], *, most_rounds: int = MOST_ROUNDS) -> RefinedRows:
    """Move rows to the nearest mean, round by round, until none moves or next to nothing is gained.

    The means are those of all rows. A part that all its rows would leave keeps its mean, and so may come to have
    none. A round that lowers the sum of squares by less than a millionth of it is the last.

    Parameters
    ----------
    X : as in `grow_large_tree`
    labels : integer array, shape (n_rows,), 0 to n_parts - 1, each of which occurs
    most_rounds : passes over the rows, at least 1

    Raises
    ------
    ParameterError
        For rows that cannot be used, and labels that are not one for each of them.
    """
    extent = measure_extent(X)
    if len(labels) != extent.n_rows or labels.min() < 0 or (np.bincount(labels) == 0).any():
        raise ParameterError(
            f"Labels must be 0, 1, ... with none left out, one for each of {extent.n_rows:,} rows. "
            f"Got {len(labels):,} labels from {labels.min(initial=0)} to {labels.max(initial=0)}."
        )
    sums, sizes = sum_labelled(X, labels, int(labels.max()) + 1)
    centres, squares_before = sums / sizes[:, None], 0.0
    for start, block in read_blocks(X):
        squares_before += float(((block - centres[labels[start : start + len(block)]]) ** 2).sum())
    squares, n_rounds, current = squares_before, 0, labels.astype(np.int32)
    with start_threads() as pool:
        while n_rounds < most_rounds:
            found, n_rounds = assign_rows(X, extent, centres, pool), n_rounds + 1
            moved, before = not np.array_equal(found.labels, current), squares
            current, squares = found.labels, float(found.squares.sum())
            if not moved or (n_rounds > 1 and before - squares <= SMALLEST_GAIN * squares):
                break
            centres = found.average(centres)
    return RefinedRows(current, centres, squares_before, squares, n_rounds)
