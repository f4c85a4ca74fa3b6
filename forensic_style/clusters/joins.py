"""The tree of finished clusters: which of them are nearest to each other, up to all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.partition import average_parts


@dataclass(frozen=True, slots=True)
class Join:
    """Two groups of clusters that are joined, or, seen from above, a split of their images.

    Parameters
    ----------
    one, other : numbers of the clusters on each side, rising; `one` holds the smallest number of both
    height : growth of the sum of squares within, by which they are joined
    """

    one: tuple[int, ...]
    other: tuple[int, ...]
    height: float

    def take_sides(self, labels: NDArray[np.intp]) -> NDArray[np.intp]:
        """Side of each image: 0 for `one`, 1 for `other`, -1 for neither, shape (n_images,)."""
        return np.where(np.isin(labels, self.one), 0, np.where(np.isin(labels, self.other), 1, -1))


def name_clusters(numbers: Sequence[int]) -> str:
    """Clusters in words.

    >>> name_clusters((2,)), name_clusters((0, 1, 3))
    ('cluster 2', 'clusters 0, 1 and 3')
    """
    *others, last = map(str, numbers)
    return f"clusters {', '.join(others)} and {last}" if others else f"cluster {last}"


def join_clusters(X: NDArray[np.float64], labels: NDArray[np.intp]) -> tuple[Join, ...]:
    """Join clusters two by two as Ward does, weighed by their images.

    Parameters
    ----------
    X : float64 array, shape (n_images, n_columns)
    labels : integer array, shape (n_images,), clusters 0 to n_clusters - 1; images of none (-1) are left out

    Returns
    -------
    n_clusters - 1 joins, the one of all images first.
    """
    inside = labels[labels >= 0]
    centres, sizes = average_parts(X[labels >= 0], inside), np.bincount(inside).tolist()
    parts: dict[tuple[int, ...], tuple[NDArray[np.float64], int]] = {
        (number,): (centres[number], sizes[number]) for number in range(len(sizes))
    }
    joins = []
    while len(parts) > 1:
        groups = sorted(parts)
        pairs = [(one, other) for place, one in enumerate(groups) for other in groups[place + 1 :]]
        heights = [_measure_growth(parts[one], parts[other]) for one, other in pairs]
        one, other = pairs[int(np.argmin(heights))]
        joins.append(Join(one, other, float(min(heights))))
        (left, n_left), (right, n_right) = parts.pop(one), parts.pop(other)
        both = (left * n_left + right * n_right) / (n_left + n_right), n_left + n_right
        parts[tuple(sorted(one + other))] = both
    return tuple(reversed(joins))


def _measure_growth(one: tuple[NDArray[np.float64], int], other: tuple[NDArray[np.float64], int]) -> float:
    """Sum of squares that joining two groups adds: Ward 1963."""
    return float(((one[0] - other[0]) ** 2).sum()) * one[1] * other[1] / (one[1] + other[1])
