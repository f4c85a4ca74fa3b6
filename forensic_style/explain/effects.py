"""Standardized effects of all columns between sides made of clusters, in the images and in resamples of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.table import FamilyRecord

LARGEST_EFFECT = 10.0
SMALLEST_VARIANCE, SMALLEST_DIFFERENCE = 1e-12, 1e-9


@dataclass(frozen=True)
class ClusterSums:
    """What the effects of any sides rest on.

    Parameters
    ----------
    numbers : float64 array, shape (n_clusters, 1 + n_resamples, n_families), images in which each family is there
    sums, squares : float64 arrays, shape (n_clusters, 1 + n_resamples, n_columns), of the values in them
    sizes : integer array, shape (n_families,), columns of each family

    The first of the second axis are the images as they are; in the others each cluster's are drawn with replacement.
    """

    numbers: NDArray[np.float64]
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]
    sizes: NDArray[np.intp]

    def compare(self, one: Sequence[int], other: Sequence[int]) -> NDArray[np.float64]:
        """Cohen's d of every column between two sides, limited to +-10.

        Returns
        -------
        float64 array, shape (1 + n_resamples, n_columns); 0 where a side has no value at all.
        """
        (n, mean, variance), (m, other_mean, other_variance) = self._describe(one), self._describe(other)
        pooled = (variance * n + other_variance * m) / np.maximum(n + m, 1.0)
        difference = mean - other_mean
        effect = difference / np.sqrt(np.maximum(pooled, SMALLEST_VARIANCE))
        is_there = (np.abs(difference) >= SMALLEST_DIFFERENCE) & (n > 0) & (m > 0)
        return np.clip(np.where(is_there, effect, 0.0), -LARGEST_EFFECT, LARGEST_EFFECT)

    def _describe(
        self, clusters: Sequence[int]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Numbers, means and variances of the images of some clusters, by column."""
        chosen = list(clusters)
        n = np.repeat(self.numbers[chosen].sum(axis=0), self.sizes, axis=1)
        mean = self.sums[chosen].sum(axis=0) / np.maximum(n, 1.0)
        return n, mean, np.maximum(self.squares[chosen].sum(axis=0) / np.maximum(n, 1.0) - mean**2, 0.0)


def sum_clusters(
    X: NDArray[np.float64],
    labels: NDArray[np.intp],
    families: Sequence[FamilyRecord],
    *,
    missing: NDArray[np.bool_],
    n_resamples: int,
    random_state: int,
) -> ClusterSums:
    """Sum the values of each cluster, and of resamples of its images.

    Parameters
    ----------
    X : float64 array, shape (n_images, n_columns), on scales of about 1
    labels : integer array, shape (n_images,), 0 to n_clusters - 1, or -1 for images that are left out
    missing : boolean array, shape (n_images, n_families)
    n_resamples, random_state : the same images in the same order give the same resamples
    """
    sizes = np.array([family.dimension for family in families])
    there = (~missing).astype(np.float64)
    values = X * np.repeat(there, sizes, axis=1)
    squares = values**2
    numbers, sums, sums_of_squares = [], [], []
    for cluster in range(int(labels.max()) + 1):
        members = np.flatnonzero(labels == cluster)
        generator = np.random.default_rng([random_state, cluster])
        drawn = generator.multinomial(len(members), np.full(len(members), 1 / len(members)), n_resamples)
        weights = np.vstack([np.ones(len(members)), drawn]).astype(np.float64)
        numbers.append(weights @ there[members])
        sums.append(weights @ values[members])
        sums_of_squares.append(weights @ squares[members])
    return ClusterSums(np.array(numbers), np.array(sums), np.array(sums_of_squares), sizes)
