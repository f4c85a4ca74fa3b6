"""Windows in replicate space -> the partition with the most evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.adjust import ContentAdjuster
from forensic_style.clustering import Split, StyleClustering
from forensic_style.evidence import Evidence, measure_dependence, weigh_partition
from forensic_style.replicates import NormLimiter, average_groups

PROVISIONAL_STYLES = 2  # assumed while the content is removed before the number of clusters is tested
HANDICAP = 0.8  # weight of the evidence for leaving in a content whose removal was asked for
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

    def limit(self, limiter: NormLimiter | None) -> Replicates:
        """The same with limited distances."""
        if limiter is None:
            return self
        return Replicates(limiter.transform(self.windows), self.groups, limiter.transform(self.images))

    def adjust(self, adjuster: ContentAdjuster, content: Content) -> Replicates:
        """The same without the content effects."""
        labels = None if content is None else content[self.groups]
        windows = adjuster.transform(self.windows, content=labels)
        return Replicates(windows, self.groups, adjuster.transform(self.images, content=content))


@dataclass(frozen=True)
class Candidate:
    """One way to measure distances, and the partition that it leads to.

    Parameters
    ----------
    limiter : limits distances, or None
    adjuster, clustering : fitted
    rows : what was clustered
    evidence : for the partition
    content_left_in : whether content labels were there and not used
    """

    limiter: NormLimiter | None
    adjuster: ContentAdjuster
    clustering: StyleClustering
    rows: Replicates
    evidence: Evidence
    content_left_in: bool

    def score(self, *, dependent: bool) -> float:
        """Evidence, less what leaving the content in has to make up for.

        Where the clusters there are before it is removed follow the contents (`dependent`), they cannot be predicted
        from one content to another even if they are styles: then that yardstick does not count against them.
        """
        if not self.content_left_in:
            return self.evidence.score
        return HANDICAP * (self.evidence.score_without_contents if dependent else self.evidence.score)


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
    windows: NDArray[np.float64],
    groups: NDArray[np.intp],
    *,
    content: Content = None,
    n_clusters: int | None = None,
    linkage: str = "ward",
    random_state: int = 0,
) -> StylesFound:
    """Cluster images by several ways to measure distances, and keep the one with the most evidence.

    Distances are taken as they are or limited, and where there are content labels, with the content removed or left
    in. Removal was asked for, so leaving it out has to show clearly more evidence: that is so where contents and
    styles fall together, and removing the one removes the other.

    Parameters
    ----------
    windows : float64 array, shape (n_windows, n_columns), in replicate space
    groups : integer array, shape (n_windows,), the image of each window
    content : labels of the images, "" where unknown, or None
    n_clusters : tested where None
    linkage, random_state : as for StyleClustering
    """
    rows = Replicates(windows, groups, average_groups(windows, groups))
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
        _try(rows, limiter, content, n_clusters, linkage, left_in=left_in)
        for left_in in ([False] if content is None else [False, True])
        for limiter in (None, NormLimiter().fit(rows.images))
    ]
    best = max(candidates, key=lambda candidate: candidate.score(dependent=dependence >= CONFOUNDED))
    return StylesFound(best, splits, dependence)


def _try(
    rows: Replicates,
    limiter: NormLimiter | None,
    content: Content,
    n_clusters: int,
    linkage: str,
    *,
    left_in: bool,
) -> Candidate:
    removed = None if left_in else content
    limited = rows.limit(limiter)
    adjuster = ContentAdjuster(n_clusters).fit(limited.images, content=removed)
    adjusted = limited.adjust(adjuster, removed)
    clustering = StyleClustering(n_clusters, linkage=linkage).fit(adjusted.images)
    evidence = weigh_partition(
        adjusted.images, clustering.labels_, windows=adjusted.windows, groups=rows.groups, content=content
    )
    return Candidate(limiter, adjuster, clustering, adjusted, evidence, left_in)
