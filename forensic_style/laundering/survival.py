"""How much of clusters, splits and families is left in treated images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.joins import Join
from forensic_style.clusters.partition import average_parts, measure_distances

TELLING = 0.2  # beyond chance, 0..1: a family that tells clusters apart less than this has nothing to lose

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


def measure_kept(distances: Floats, labels: Codes) -> float:
    """Share of images that are nearest to their own cluster, clusters counted alike.

    Parameters
    ----------
    distances : float64 array, shape (n_images, n_clusters), to the clusters' centres
    labels : integer array, shape (n_images,)

    >>> measure_kept(np.array([[1.0, 2], [1, 2], [1, 2], [2, 1]]), np.array([0, 0, 1, 1]))
    0.75
    """
    hits = distances.argmin(axis=1) == labels
    return float(np.mean([hits[labels == cluster].mean() for cluster in np.unique(labels)]))


def measure_sides(distances: Floats, labels: Codes, join: Join) -> float | None:
    """Share beyond chance of images that stay on their side of a split, sides counted alike; None without both sides.

    0 where as many change as by chance or more, 1 where none does.
    """
    sides = join.take_sides(labels)
    inside = sides >= 0
    if set(sides[inside].tolist()) != {0, 1}:
        return None
    found = (distances[inside][:, join.other].min(axis=1) < distances[inside][:, join.one].min(axis=1)).astype(int)
    hits = found == sides[inside]
    balanced = float(np.mean([hits[sides[inside] == side].mean() for side in (0, 1)]))
    return max(0.0, 2 * balanced - 1)


@dataclass(frozen=True)
class FamilyCentres:
    """Clusters by the columns of one family alone: their centres, and the scatter of images within them."""

    columns: slice
    centres: Floats
    scale: Floats

    @classmethod
    def learn(cls, means: Floats, labels: Codes, columns: slice) -> FamilyCentres:
        """Learn from image means of standardized columns; labels of -1 are left out."""
        rows = means[labels >= 0][:, columns]
        codes = labels[labels >= 0]
        centres = average_parts(rows, codes)
        scatter = ((rows - centres[codes]) ** 2).mean(axis=0)
        return cls(columns, centres, 1 / np.sqrt(scatter + 0.05 * scatter.mean() + 1e-9))

    def tell(self, means: Floats, labels: Codes) -> float:
        """How far the family tells images apart: balanced share nearest to their own, beyond chance, up to 1."""
        distances = measure_distances(means[:, self.columns] * self.scale, self.centres * self.scale)
        chance = 1 / len(self.centres)
        return max(0.0, (measure_kept(distances, labels) - chance) / (1 - chance))


def compare_families(
    families: Sequence[FamilyCentres], before: Floats, after: Floats, labels: Codes
) -> list[float | None]:
    """For each family how far it tells treated images apart, over how far it did before, up to 1.

    None for families that told the clusters hardly apart, and where there are no images.
    """
    if not len(labels):
        return [None] * len(families)
    told = [(family.tell(before, labels), family.tell(after, labels)) for family in families]
    return [min(1.0, now / once) if once >= TELLING else None for once, now in told]
