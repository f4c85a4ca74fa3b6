"""How far every image keeps its cluster when images and families of fingerprints are drawn anew."""

from __future__ import annotations

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from forensic_style.clusters.partition import average_parts, measure_distances
from forensic_style.search.candidates import Recipe
from forensic_style.search.replicates import ReplicateSpace
from forensic_style.search.views import N_DIRECTIONS, Nuisances, Replicates

N_DRAWS = 12


def draw_consensus(
    standardized: NDArray[np.float64],
    groups: NDArray[np.intp],
    labels: NDArray[np.intp],
    recipe: Recipe,
    *,
    family_of: NDArray[np.intp],
    unreplicated: NDArray[np.bool_] | None = None,
    leading: bool = False,
    shown: Nuisances,
    n_draws: int = N_DRAWS,
    random_state: int = 0,
) -> NDArray[np.float64]:
    """Cluster again by three quarters of the families and by images drawn with replacement, and compare.

    Every draw learns the replicate space and the clusters from the images drawn, by the columns of the families drawn;
    then all images are placed by the nearest centre, and the clusters are matched one to one with those that are
    judged. The content is removed beside these, and the limit of distances learnt, from all images.

    Parameters
    ----------
    standardized : float64 array, shape (n_windows, n_columns)
    groups : integer array, shape (n_windows,), the image of each window, 0 to n_images - 1
    labels : integer array, shape (n_images,), 0 to n_clusters - 1; rows of -1 agree never
    recipe : how the clusters were found
    family_of : integer array, shape (n_columns,), the family of each column
    unreplicated : boolean array, shape (n_columns,), columns that are the same for all windows of an image, or None
    leading : how these are scaled; see :class:`forensic_style.search.replicates.ReplicateSpace`
    shown : contents and covariates of the images
    n_draws, random_state : number of draws, and their seed

    Returns
    -------
    float64 array, shape (n_images,), share of the draws in which the image is in the cluster that matches its own
    best, 0..1.

    Source
    ------
    Consensus clustering: Monti, Tamayo, Mesirov, Golub, Machine Learning 52, 2003. Differs from it: not pairs of images
    but images and their matched clusters are counted, and families are drawn as well.
    """
    rng = np.random.default_rng(random_state)
    hits = np.zeros(len(labels))
    n_clusters = int(labels.max()) + 1
    if n_clusters < 2:
        return np.asarray(labels >= 0, dtype=np.float64)
    of_files = np.zeros(standardized.shape[1], dtype=bool) if unreplicated is None else unreplicated
    members = np.flatnonzero(labels >= 0)
    for _ in range(n_draws):
        columns = _draw_families(family_of, np.any(standardized != 0, axis=0), rng)
        drawn = _draw_images(members, labels, rng)
        mask = of_files[columns]
        space = ReplicateSpace(
            N_DIRECTIONS, unreplicated=mask if mask.any() and not mask.all() else None, leading=leading
        )
        found = _cluster_again(space, standardized[:, columns], groups, labels, drawn, recipe=recipe, shown=shown)
        hits += match_clusters_one_to_one(labels, found, n_clusters)[found] == labels
    return np.where(labels >= 0, hits / n_draws, 0.0)


def match_clusters_one_to_one(labels: NDArray[np.intp], others: NDArray[np.intp], n_clusters: int) -> NDArray[np.intp]:
    """For each cluster of another partition the one of this that it matches, so that most rows agree.

    >>> match_clusters_one_to_one(np.array([0, 0, 1, 1, 1]), np.array([1, 1, 0, 0, 1]), 2).tolist()
    [1, 0]
    """
    counts = np.zeros((n_clusters, n_clusters))
    np.add.at(counts, (others[labels >= 0], labels[labels >= 0]), 1.0)
    rows, columns = scipy.optimize.linear_sum_assignment(-counts)
    return np.asarray(columns[np.argsort(rows)], dtype=np.intp)


def _draw_families(
    family_of: NDArray[np.intp], varying: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """The columns of three quarters of the families, rounded up, of those that vary."""
    families = np.unique(family_of[varying])
    kept = rng.permutation(families)[: -(-len(families) * 3 // 4)]
    return np.isin(family_of, kept) & varying


def _draw_images(members: NDArray[np.intp], labels: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """Different images of a sample with replacement; at least one of every cluster."""
    drawn = np.unique(rng.choice(members, len(members)))
    lost = np.setdiff1d(labels[members], labels[drawn])
    extra = [rng.choice(np.flatnonzero(labels == cluster)) for cluster in lost]
    return np.unique(np.concatenate([drawn, np.array(extra, dtype=np.intp)]))


def _cluster_again(
    space: ReplicateSpace,
    standardized: NDArray[np.float64],
    groups: NDArray[np.intp],
    labels: NDArray[np.intp],
    drawn: NDArray[np.intp],
    *,
    recipe: Recipe,
    shown: Nuisances,
) -> NDArray[np.intp]:
    """Clusters of all images by what the drawn ones teach."""
    taken = np.isin(groups, drawn)
    space.fit(standardized[taken], groups=groups[taken])
    images = average_parts(space.transform(standardized), groups)
    every = Replicates(np.empty((0, images.shape[1])), np.empty(0, dtype=np.intp), images)
    removed = shown.leave_content() if recipe.left_in else shown
    _, _, adjusted = recipe.prepare(every, removed, style=labels)
    rows = adjusted.images
    if len(np.unique(rows[drawn], axis=0)) < recipe.n_clusters:
        return np.maximum(labels, 0)
    clustering = recipe.cluster(rows[drawn])
    return measure_distances(rows @ clustering.metric_, clustering.cluster_centers_ @ clustering.metric_).argmin(axis=1)
