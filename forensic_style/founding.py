"""New images that belong to no cluster, but are alike: new clusters."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import scipy.cluster.hierarchy
import scipy.spatial.distance
from numpy.typing import NDArray

from forensic_style.assignment import NONE, Assignment
from forensic_style.model import StyleModel
from forensic_style.partition import average_parts, cut_tree, number_by_size
from forensic_style.rejection import MemberDistances

FEWEST_FOUNDERS = 5  # images that make a new cluster


def found_clusters(
    model: StyleModel,
    found: Assignment,
    candidates: NDArray[np.intp],
    images: NDArray[np.float64],
    standardized: NDArray[np.float64],
) -> tuple[NDArray[np.intp], StyleModel]:
    """New clusters of those candidates that belong to none, and the model with their centres."""
    outside = candidates[(found.clusters[candidates] == NONE) & ~found.in_run[candidates]]
    labels = found.clusters.copy()
    if model.members is None or len(outside) < FEWEST_FOUNDERS:
        return labels, model
    parts = _find_alike(model.members, standardized[outside], found.false_alarms)
    n_old = len(model.clustering.cluster_centers_)
    labels[outside] = np.where(parts < 0, NONE, parts + n_old)
    if (parts < 0).all():
        return labels, model
    clustering = copy.deepcopy(model.clustering)
    centres = average_parts(images[outside][parts >= 0], parts[parts >= 0])
    clustering.cluster_centers_ = np.vstack([clustering.cluster_centers_, centres])
    return labels, replace(model, clustering=clustering)


def _find_alike(members: MemberDistances, standardized: NDArray[np.float64], rate: float) -> NDArray[np.intp]:
    """New cluster of each image, 0 the largest; -1 for none.

    Two members of a cluster lie twice as far from each other as from its centre: so the tree of average linkage is cut
    at twice the distance that a share `rate` of members exceeds.
    """
    distances = members.measure_pairs(standardized) / 2
    tree = scipy.cluster.hierarchy.linkage(scipy.spatial.distance.squareform(distances, checks=False), "average")
    n_merged = int((members.share_as_far(tree[:, 2]) >= rate).sum())
    parts = cut_tree(tree, len(standardized) - n_merged)
    founders = np.full(len(parts), NONE, dtype=np.intp)
    for part in range(int(parts.max()) + 1):
        inside = np.flatnonzero(parts == part)
        inside = inside[_are_alike(members, standardized[inside], rate)]
        if len(inside) >= FEWEST_FOUNDERS:
            mean = standardized[inside].mean(axis=0, keepdims=True)
            if members.share_as_far(members.measure(mean)).max() < rate:
                founders[inside] = part
    settled = founders >= 0
    founders[settled] = number_by_size(founders[settled])
    return founders


def _are_alike(members: MemberDistances, standardized: NDArray[np.float64], rate: float) -> NDArray[np.bool_]:
    """Which images lie no farther from the mean of the others than members do, but for what that mean is off itself.

    With m images the distance from the mean of all is (m - 1)² / m² of that from the mean of the others, and this is
    m / (m - 1) of what a well-known centre would give.
    """
    m = len(standardized)
    if m < FEWEST_FOUNDERS:
        return np.zeros(m, dtype=bool)
    distances = members.measure_pairs(np.vstack([standardized, standardized.mean(axis=0)]))[:m, m]
    alike: NDArray[np.bool_] = members.share_as_far(distances * m / (m - 1)) >= rate
    return alike
