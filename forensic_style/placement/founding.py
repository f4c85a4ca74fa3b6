"""New images that belong to no cluster, but are alike: new clusters."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import scipy.cluster.hierarchy
import scipy.spatial.distance
from numpy.typing import NDArray

from forensic_style.clusters.partition import average_parts, cut_tree, number_by_size
from forensic_style.placement.assignment import NONE, Assignment
from forensic_style.placement.model import StyleModel
from forensic_style.placement.rejection import MemberDistances

FEWEST_FOUNDERS = 5  # images that make a new cluster
GAP = 2.0  # mean distance between parts over that within the looser one: 1 to 1.5 for halves of a cloud


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
    at twice the distance that a share `rate` of members exceeds. Parts of at least five images are kept. A technology
    may scatter more widely than the known ones do: so parts without a gap between them are one, and single images
    join where there is none.
    """
    distances = members.measure_pairs(standardized)
    tree = scipy.cluster.hierarchy.linkage(scipy.spatial.distance.squareform(distances, checks=False), "average")
    n_merged = int((members.share_as_far(tree[:, 2] / 2) >= rate).sum())
    parts = _keep_large(cut_tree(tree, len(standardized) - n_merged))
    while (parts >= 0).any():
        between, within = _average_pairs(distances, parts)
        gaps = between / np.maximum(within[:, None], within)
        np.fill_diagonal(gaps, np.inf)
        one, other = np.unravel_index(gaps.argmin(), gaps.shape)
        if gaps[one, other] >= GAP:
            break
        parts[parts == max(one, other)] = min(one, other)
        parts = _keep_large(parts)
    return _keep_outside(members, standardized, _let_join(distances, parts), rate)


def _keep_large(parts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Parts of enough images, numbered by size; -1 for the rest."""
    numbers, codes, counts = np.unique(parts, return_inverse=True, return_counts=True)
    kept = ((counts >= FEWEST_FOUNDERS) & (numbers >= 0))[codes]
    large = np.full(len(parts), NONE, dtype=np.intp)
    if kept.any():
        large[kept] = number_by_size(parts[kept])
    return large


def _average_pairs(
    distances: NDArray[np.float64], parts: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean distance of images of two parts, and of two images of a part."""
    member = (parts[:, None] == np.arange(parts.max() + 1)).astype(np.float64)
    counts, sums = member.sum(axis=0), member.T @ distances @ member
    return sums / np.outer(counts, counts), np.maximum(np.diag(sums) / (counts * (counts - 1)), 1e-300)


def _let_join(distances: NDArray[np.float64], parts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Bring images without a part to the one that is nearest in terms of its own distances, if there is no gap."""
    if (parts < 0).all():
        return parts
    _, within = _average_pairs(distances, parts)
    member = (parts[:, None] == np.arange(parts.max() + 1)).astype(np.float64)
    gaps = distances @ member / member.sum(axis=0) / within
    joins = (parts < 0) & (gaps.min(axis=1) < GAP)
    return np.where(joins, gaps.argmin(axis=1), parts)


def _keep_outside(
    members: MemberDistances, standardized: NDArray[np.float64], parts: NDArray[np.intp], rate: float
) -> NDArray[np.intp]:
    """Parts whose mean lies outside all clusters, with those images that are nearer to it than to a known centre."""
    kept = parts.copy()
    for part in range(int(parts.max()) + 1):
        inside = np.flatnonzero(parts == part)
        m, mean = len(inside), standardized[inside].mean(axis=0)
        if members.share_as_far(members.measure(mean[None])).max() >= rate:
            kept[inside] = NONE
            continue
        own = (
            members.measure_pairs(np.vstack([standardized[inside], mean]))[:m, m] * (m / (m - 1)) ** 2
        )  # of the others
        kept[inside[own >= members.measure(standardized[inside]).min(axis=1)]] = NONE
    return _keep_large(kept)
