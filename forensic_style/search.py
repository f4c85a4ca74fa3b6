"""Standardized windows -> replicate space, and the partition with the most evidence in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from forensic_style.adjust import ContentAdjuster
from forensic_style.clustering import Split, StyleClustering
from forensic_style.evidence import Evidence, deal_folds, measure_dependence, weigh_partition
from forensic_style.partition import average_parts
from forensic_style.replicates import NormLimiter, ReplicateSpace

PROVISIONAL_STYLES = 2  # assumed while the content is removed before the number of clusters is tested
HANDICAP = 0.8  # weight of the evidence for leaving in a content whose removal was asked for
CONFIRMED = 0.8  # share of the best evidence in the pixels that clusters need which the files had a part in
CONFOUNDED = 0.6  # dependence of clusters on content from which the two may be one
GOOD_EVIDENCE = 0.5  # score from which clusters stand although they followed the content before it was removed

Content = NDArray[np.object_] | None


@dataclass(frozen=True)
class Replicates:
    """Windows of images in one space.

    Parameters
    ----------
    windows : float64 array, shape (n_windows, n_columns)
    groups : integer array, shape (n_windows,), the image of each window, 0 to n_images - 1
    images : float64 array, shape (n_images, n_columns), one row per image
    """

    windows: NDArray[np.float64]
    groups: NDArray[np.intp]
    images: NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """Images in one space, and in spaces learnt without what is to judge them.

    Parameters
    ----------
    space : fitted
    rows : all windows
    half : some windows of every image, in a space learnt from them alone
    other : the other windows in that space; may be none
    folds : for each fold of :func:`forensic_style.evidence.deal_folds` the images in a space learnt without it
    fold_of : integer array, shape (n_images,), the fold of each image
    """

    space: ReplicateSpace
    rows: Replicates
    half: Replicates
    other: Replicates
    folds: tuple[NDArray[np.float64], ...]
    fold_of: NDArray[np.intp]


@dataclass(frozen=True)
class Candidate:
    """One way to measure distances, and the partition that it leads to.

    Parameters
    ----------
    space : the fitted replicate space
    limiter : limits distances, or None
    adjuster, clustering : fitted
    rows : what was clustered
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
class StylesFound:
    """The outcome of a search.

    Parameters
    ----------
    best : the candidate with the most evidence
    splits : tests of the number of clusters; empty where it was given
    dependence : how far the content decides the clusters there are before it is removed, at most 1; nan where no
        content has two images
    """

    best: Candidate
    splits: tuple[Split, ...]
    dependence: float

    @property
    def is_confounded(self) -> bool:
        """Whether style and content cannot be told apart.

        So it is where the clusters follow the contents before these are removed, and none with good evidence are
        there after. (Strong contents crossed with styles are followed as well, but leave good clusters behind.)
        """
        left = self.best.clustering.n_clusters_ > 1 and not self.best.content_left_in
        settled = left and self.best.evidence.score >= GOOD_EVIDENCE
        return (self.dependence >= CONFOUNDED and not settled) or not self.best.adjuster.connected_


def find_styles(
    standardized: NDArray[np.float64],
    groups: NDArray[np.intp],
    *,
    content: Content = None,
    n_clusters: int | None = None,
    linkage: str = "ward",
    random_state: int = 0,
    unreplicated: NDArray[np.bool_] | None = None,
) -> StylesFound:
    """Cluster images by several ways to measure distances, and keep the one with the most evidence.

    Distances are taken as they are or limited, and where there are content labels, with the content removed or left
    in. Removal was asked for, so leaving it out has to show clearly more evidence: that is so where contents and
    styles fall together, and removing the one removes the other.

    Columns without replicates are put beside the others, or lead them. In them windows agree by definition: so what
    has the most evidence only holds where the other columns alone confirm it nearly as well as what they confirm best.
    Measured with the structure of JPEG files: without that doubt, headers that have nothing to do with the technology
    ruin what the pixels know; without the lead, qualities of JPEG that the pixels show faintly are not all told apart.

    Parameters
    ----------
    standardized : float64 array, shape (n_windows, n_columns), comparable columns
    groups : integer array, shape (n_windows,), the image of each window, 0 to n_images - 1
    content : labels of the images, "" where unknown, or None
    n_clusters : tested where None
    linkage, random_state : as for StyleClustering
    unreplicated : boolean array, shape (n_columns,), columns that are the same for all windows of an image, or None
    """
    views, judge = _take_views(standardized, groups, content, unreplicated)
    rows = views[0].rows
    splits: tuple[Split, ...] = ()
    dependence = float("nan")
    if content is not None:
        plain = StyleClustering(n_clusters, linkage=linkage, random_state=random_state).fit(rows.images)
        dependence = measure_dependence(plain.labels_, content.tolist())
    if n_clusters is None:
        adjusted = ContentAdjuster(PROVISIONAL_STYLES).fit_transform(rows.images, content=content)
        tested = StyleClustering(linkage=linkage, random_state=random_state).fit(adjusted)
        n_clusters, splits = tested.n_clusters_, tuple(tested.splits_)
    candidates = [
        _try(view, judge, content, n_clusters, linkage, limited=limited, left_in=left_in)
        for view in views
        for left_in in ([False] if content is None else [False, True])
        for limited in (False, True)
    ]
    return StylesFound(_choose(candidates, dependent=dependence >= CONFOUNDED), splits, dependence)


def _choose(candidates: list[Candidate], *, dependent: bool) -> Candidate:
    """The one with the most evidence among those that the columns with replicates confirm."""
    confirmed = [candidate.score(candidate.evidence, dependent=dependent) for candidate in candidates]
    doubted = [score < CONFIRMED * max(confirmed) for score in confirmed]
    scores = [candidate.score(candidate.own_evidence, dependent=dependent) for candidate in candidates]
    return candidates[min(range(len(candidates)), key=lambda place: (doubted[place], -scores[place]))]


def _take_views(
    standardized: NDArray[np.float64],
    groups: NDArray[np.intp],
    content: Content,
    unreplicated: NDArray[np.bool_] | None,
) -> tuple[list[View], View]:
    """The ways to see the images, and the one that judges what the others show."""
    varying = standardized.any(axis=0)
    of_files = np.zeros_like(varying) if unreplicated is None else varying & unreplicated
    if not of_files.any() or not (varying & ~of_files).any():
        view = _take_view(ReplicateSpace(unreplicated=of_files), standardized, groups, content)
        return [view], view
    views = [
        _take_view(ReplicateSpace(unreplicated=of_files, leading=leading), standardized, groups, content)
        for leading in (False, True)
    ]
    return views, _take_view(ReplicateSpace(), standardized[:, ~of_files], groups, content)


def _project(space: ReplicateSpace, standardized: NDArray[np.float64], groups: NDArray[np.intp]) -> Replicates:
    windows = space.transform(standardized)
    return Replicates(windows, groups, average_parts(windows, groups))


def _transform(space: ReplicateSpace, standardized: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows in the space; there may be none."""
    return space.transform(standardized) if len(standardized) else np.empty((0, space.directions_.shape[1]))


def _take_view(
    space: ReplicateSpace, standardized: NDArray[np.float64], groups: NDArray[np.intp], content: Content
) -> View:
    """Learn the space, one from half of the windows (of four quadrants: two across the corner), and without folds."""
    space.fit(standardized, groups=groups)
    place = np.arange(len(groups)) - np.searchsorted(groups, groups)  # of a window within its image
    first = np.isin(place % 4, (0, 3))
    of_half = clone(space).fit(standardized[first], groups=groups[first])
    half = _project(of_half, standardized[first], groups[first])
    other = Replicates(_transform(of_half, standardized[~first]), groups[~first], half.images)
    fold_of = deal_folds(content, int(groups.max()) + 1)
    folds = []
    for fold in range(int(fold_of.max()) + 1):
        train = fold_of[groups] != fold
        learnt = clone(space).fit(standardized[train], groups=groups[train]) if train.any() else space
        folds.append(average_parts(learnt.transform(standardized), groups))
    return View(space, _project(space, standardized, groups), half, other, tuple(folds), fold_of)


def _try(
    view: View,
    judge: View,
    content: Content,
    n_clusters: int,
    linkage: str,
    *,
    limited: bool,
    left_in: bool,
) -> Candidate:
    removed = None if left_in else content
    limiter, adjuster, adjusted = _prepare(view.rows, removed, n_clusters, limited=limited)
    clustering = StyleClustering(n_clusters, linkage=linkage).fit(adjusted.images)
    half, other = _split(view, removed, n_clusters, limited=limited)
    half_labels = _cluster_alike(half.images, clustering.labels_, n_clusters, linkage)
    own = evidence = _weigh(view, half, other, clustering.labels_, half_labels, content, removed, limited=limited)
    if judge is not view:
        seen, judging = _split(judge, removed, n_clusters, limited=limited, style=half_labels)
        evidence = _weigh(judge, seen, judging, clustering.labels_, half_labels, content, removed, limited=limited)
    return Candidate(
        space=view.space,
        limiter=limiter,
        adjuster=adjuster,
        clustering=clustering,
        rows=adjusted,
        own_evidence=own,
        evidence=evidence,
        inflation=_measure_inflation(half, other, half_labels),
        content_left_in=content is not None and left_in,
    )


def _split(
    view: View, removed: Content, n_clusters: int, *, limited: bool, style: NDArray[np.intp] | None = None
) -> tuple[Replicates, Replicates]:
    """Half of the windows, and the others by what was learnt from that half."""
    limiter, adjuster, half = _prepare(view.half, removed, n_clusters, limited=limited, style=style)
    return half, _apply(view.other, removed, limiter, adjuster)


def _weigh(
    view: View,
    half: Replicates,
    other: Replicates,
    labels: NDArray[np.intp],
    half_labels: NDArray[np.intp],
    content: Content,
    removed: Content,
    *,
    limited: bool,
) -> Evidence:
    """Evidence that a view holds for a partition of all windows and one of half of them."""
    folds = [
        _adjust_fold(images, view.fold_of != fold, labels, removed, limited=limited)
        for fold, images in enumerate(view.folds)
    ]
    return weigh_partition(
        view.rows.images,
        labels,
        windows=other.windows,
        groups=other.groups,
        content=content,
        spaces=folds,
        half=(half.images, half_labels),
    )


def _prepare(
    rows: Replicates, removed: Content, n_clusters: int, *, limited: bool, style: NDArray[np.intp] | None = None
) -> tuple[NormLimiter | None, ContentAdjuster, Replicates]:
    """Limit distances where wanted, remove the content (beside a style, if known), and keep what was learnt for it."""
    limiter = NormLimiter().fit(rows.images) if limited else None
    images = rows.images if limiter is None else limiter.transform(rows.images)
    adjuster = ContentAdjuster(n_clusters).fit(images, content=removed, style=style)
    return limiter, adjuster, _apply(rows, removed, limiter, adjuster)


def _apply(rows: Replicates, removed: Content, limiter: NormLimiter | None, adjuster: ContentAdjuster) -> Replicates:
    windows, images = rows.windows, rows.images
    if limiter is not None and len(windows):
        windows = limiter.transform(windows)
    if limiter is not None:
        images = limiter.transform(images)
    if removed is None:
        return Replicates(windows, rows.groups, images)
    if len(windows):
        windows = adjuster.transform(windows, content=removed[rows.groups])
    return Replicates(windows, rows.groups, adjuster.transform(images, content=removed))


def _cluster_alike(
    images: NDArray[np.float64], labels: NDArray[np.intp], n_clusters: int, linkage: str
) -> NDArray[np.intp]:
    """Cluster images anew; where fewer differ than there are clusters, take the labels as they are."""
    if len(np.unique(images, axis=0)) < n_clusters:
        return labels
    return StyleClustering(n_clusters, linkage=linkage).fit(images).labels_


def _adjust_fold(
    images: NDArray[np.float64],
    train: NDArray[np.bool_],
    labels: NDArray[np.intp],
    removed: Content,
    *,
    limited: bool,
) -> NDArray[np.float64]:
    """Limit distances as learnt from the other folds, and remove the content beside the partition to be judged.

    The effect of a content in the fold itself can only be learnt from its own images.
    """
    if not train.any():
        return images
    if limited:
        images = NormLimiter().fit(images[train]).transform(images)
    if removed is None:
        return images
    return ContentAdjuster().fit_transform(images, content=removed, style=labels)


def _measure_inflation(half: Replicates, other: Replicates, labels: NDArray[np.intp]) -> float:
    """Mean squared distance from the cluster's centre of windows that had no part in finding it, over the others'."""
    if not len(other.windows):
        return 1.0
    centres = average_parts(half.images, labels)
    near, far = (float(((rows.windows - centres[labels[rows.groups]]) ** 2).mean()) for rows in (half, other))
    return max(1.0, far / near) if near > 0 else 1.0
