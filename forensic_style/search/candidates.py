"""One way to measure distances, the partition that it leads to, and the evidence for that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.clustering import StyleClustering
from forensic_style.clusters.limiting import NormLimiter
from forensic_style.clusters.partition import average_parts
from forensic_style.content.adjust import ContentAdjuster
from forensic_style.search.evidence import Evidence, weigh_partition
from forensic_style.search.replicates import ReplicateSpace
from forensic_style.search.views import Nuisances, Replicates, View

HANDICAP = 0.8  # weight of the evidence for leaving in a content whose removal was asked for


@dataclass(frozen=True)
class Candidate:
    """One way to measure distances, and the partition that it leads to.

    Parameters
    ----------
    space : the fitted replicate space
    limiter : limits distances, or None
    adjuster, clustering : fitted
    rows : what was clustered
    unlimited : float64 array, shape (n_images, n_columns), images before distances were limited and content removed
    own_evidence : for the partition, by all columns
    evidence : by the columns with replicates alone, wherever there are any
    inflation : how much farther windows lie from their cluster where they had no part in finding it, at least 1
    content_left_in : whether content labels were there and not used
    """

    space: ReplicateSpace
    limiter: NormLimiter | None
    adjuster: ContentAdjuster
    clustering: StyleClustering
    rows: Replicates
    unlimited: NDArray[np.float64]
    own_evidence: Evidence
    evidence: Evidence
    inflation: float
    content_left_in: bool

    def score(self, evidence: Evidence, *, dependent: bool) -> float:
        """One of its evidences, less what leaving the content in has to make up for.

        Where the clusters there are before it is removed follow the contents (`dependent`), they cannot be predicted
        from one content to another even if they are styles: then that yardstick does not count against them.
        """
        if not self.content_left_in:
            return evidence.score
        return HANDICAP * (evidence.score_without_contents if dependent else evidence.score)


@dataclass(frozen=True)
class Recipe:
    """How a candidate is made.

    Parameters
    ----------
    n_clusters, linkage : of the clustering
    limited : whether distances are limited
    left_in : whether the content is left in
    """

    n_clusters: int
    linkage: str
    limited: bool
    left_in: bool

    def cluster(self, images: NDArray[np.float64]) -> StyleClustering:
        """Images that are ready into clusters."""
        return StyleClustering(self.n_clusters, linkage=self.linkage, refinement="discriminant").fit(images)

    def cluster_alike(self, images: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.intp]:
        """Cluster images anew; where fewer differ than there are clusters, take the labels as they are."""
        return self.cluster(images).labels_ if len(np.unique(images, axis=0)) >= self.n_clusters else labels

    def prepare(
        self, rows: Replicates, removed: Nuisances, *, style: NDArray[np.intp] | None = None
    ) -> tuple[NormLimiter | None, ContentAdjuster, Replicates]:
        """Limit distances where wanted, remove the content (beside a style, if known), and keep what was learnt."""
        limiter = NormLimiter().fit(rows.images) if self.limited else None
        images = rows.images if limiter is None else limiter.transform(rows.images)
        adjuster = ContentAdjuster(self.n_clusters).fit(
            images, content=removed.content, covariates=removed.covariates, style=style
        )
        return limiter, adjuster, apply_steps(rows, removed, limiter, adjuster)

    def adjust_fold(
        self, images: NDArray[np.float64], train: NDArray[np.bool_], labels: NDArray[np.intp], removed: Nuisances
    ) -> NDArray[np.float64]:
        """Limit distances as learnt from the other folds, and remove the content beside the partition to be judged.

        The effect of a content in the fold itself can only be learnt from its own images.
        """
        if not train.any():
            return images
        if self.limited:
            images = NormLimiter().fit(images[train]).transform(images)
        if removed.is_empty:
            return images
        return ContentAdjuster().fit_transform(
            images, content=removed.content, covariates=removed.covariates, style=labels
        )


def apply_steps(
    rows: Replicates, removed: Nuisances, limiter: NormLimiter | None, adjuster: ContentAdjuster
) -> Replicates:
    """Rows limited and without their content, by fitted steps."""
    windows, images = rows.windows, rows.images
    if limiter is not None:
        windows = limiter.transform(windows) if len(windows) else windows
        images = limiter.transform(images)
    if removed.is_empty:
        return Replicates(windows, rows.groups, images)
    if len(windows):
        shown = removed.take(rows.groups)
        windows = adjuster.transform(windows, content=shown.content, covariates=shown.covariates)
    images = adjuster.transform(images, content=removed.content, covariates=removed.covariates)
    return Replicates(windows, rows.groups, images)


def try_recipe(recipe: Recipe, view: View, judge: View, shown: Nuisances) -> Candidate:
    """Cluster by a recipe in one view, and weigh the evidence there and in the view that judges."""
    removed = shown.leave_content() if recipe.left_in else shown
    limiter, adjuster, adjusted = recipe.prepare(view.rows, removed)
    clustering = recipe.cluster(adjusted.images)
    half, other = _split(recipe, view, removed)
    half_labels = recipe.cluster_alike(half.images, clustering.labels_)
    own = evidence = _weigh(recipe, view, (half, other), clustering.labels_, half_labels, shown, removed)
    if judge is not view:
        seen = _split(recipe, judge, removed, style=half_labels)
        evidence = _weigh(recipe, judge, seen, clustering.labels_, half_labels, shown, removed)
    return Candidate(
        space=view.space,
        limiter=limiter,
        adjuster=adjuster,
        clustering=clustering,
        rows=adjusted,
        unlimited=view.rows.images,
        own_evidence=own,
        evidence=evidence,
        inflation=_measure_inflation(half, other, half_labels),
        content_left_in=shown.content is not None and recipe.left_in,
    )


def _split(
    recipe: Recipe, view: View, removed: Nuisances, *, style: NDArray[np.intp] | None = None
) -> tuple[Replicates, Replicates]:
    """Half of the windows, and the others by what was learnt from that half."""
    limiter, adjuster, half = recipe.prepare(view.half, removed, style=style)
    return half, apply_steps(view.other, removed, limiter, adjuster)


def _weigh(
    recipe: Recipe,
    view: View,
    halves: tuple[Replicates, Replicates],
    labels: NDArray[np.intp],
    half_labels: NDArray[np.intp],
    shown: Nuisances,
    removed: Nuisances,
) -> Evidence:
    """Evidence that a view holds for a partition of all windows and one of half of them."""
    half, other = halves
    folds = [
        recipe.adjust_fold(images, view.fold_of != fold, labels, removed) for fold, images in enumerate(view.folds)
    ]
    return weigh_partition(
        view.rows.images,
        labels,
        windows=other.windows,
        groups=other.groups,
        content=shown.content,
        spaces=folds,
        half=(half.images, half_labels),
    )


def _measure_inflation(half: Replicates, other: Replicates, labels: NDArray[np.intp]) -> float:
    """Mean squared distance from the cluster's centre of windows that had no part in finding it, over the others'."""
    if not len(other.windows):
        return 1.0
    centres = average_parts(half.images, labels)
    near, far = (float(((rows.windows - centres[labels[rows.groups]]) ** 2).mean()) for rows in (half, other))
    return max(1.0, far / near) if near > 0 else 1.0
