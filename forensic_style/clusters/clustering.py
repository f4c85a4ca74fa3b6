"""StyleClustering: a tree, its flat cut refined, and how many clusters the evidence supports."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from forensic_style.clusters.discriminants import whiten_within
from forensic_style.clusters.partition import (
    as_labels,
    average_parts,
    cut_tree,
    grow_tree,
    is_whole,
    measure_distances,
    number_by_size,
    refine_partition,
    sum_squares_within,
)
from forensic_style.clusters.splitting import Split, TopDown
from forensic_style.clusters.witnesses import gather_witnesses
from forensic_style.errors import ParameterError

__all__ = ["LINKAGES", "Split", "StyleClustering"]

LINKAGES = ("ward", "average", "complete")
REFINEMENTS = ("kmeans", "discriminant")
SMALLEST_NODE = 10  # rows that a node must have to be tested
MOST_METRICS = 8  # rounds of learning a metric from the clusters and refining them in it


class StyleClustering(ClusterMixin, BaseEstimator):
    """Cluster rows: a tree, a flat cut refined, the number of clusters given or tested.

    With `n_clusters=None` the rows are split in two from the top down, as long as a node's best two-way cut is
    tighter than the cuts of a single Gaussian with the node's own principal variances would be by chance, there is a
    valley between its parts, and the content does not decide them: see
    :class:`forensic_style.clusters.splitting.TopDown`. So "one cluster" is a possible answer.

    Parameters
    ----------
    n_clusters : int or None
    linkage : "ward", "average" or "complete"
    refinement : "kmeans" or "discriminant"
        How the flat cut is refined: by moving rows to the nearest mean; then, with "discriminant", by turns with
        learning a metric from the clusters, in which their shrunken common scatter is the identity. Directions in which
        clusters scatter then count less, as in a linear discriminant, and wide spaces serve better. Clusters of a
        tested number that only limited distances showed, or of which k-means would leave a tiny part, are always
        refined in a metric learnt from them, or not at all where that leaves a tiny part too.
    significance : float
        Chance of splitting one cloud, over the whole tree, by either of two conditions. Both have to hold, so it is
        mostly less: of 55 draws of images by one technology none was split, and 6 were at 0.1
        (`tests/benchmarks/simulated_sets.py DATA --null --draws 5`). Rows spread evenly along one column reach it.
    smallest_node : int
        Nodes with fewer rows are not tested.
    smallest_part : int
        A node is not split where one of its parts would have fewer rows: a few odd rows are not a cluster.
    n_draws : int
        Gaussian samples per test, at most.
    random_state : int
        Seed of the samples.

    Attributes
    ----------
    labels_ : integer array, shape (n_rows,); 0 is the largest cluster
    n_clusters_ : int
    tree_ : float64 array, shape (n_rows - 1, 4), SciPy's linkage format
    cluster_centers_ : float64 array, shape (n_clusters_, n_columns)
    metric_ : float64 array, shape (n_columns, n_columns)
        Distances are those of the rows times this; the identity with refinement="kmeans", unless clusters of a tested
        number needed a metric (see `refinement`). Of another number of columns where the clusters were adopted.
    splits_ : list of Split, every node tested, in the order of testing; empty where the number was given

    Source
    ------
    Ward, "Hierarchical grouping to optimize an objective function", JASA 58, 1963; of the tests:
    :class:`forensic_style.clusters.splitting.TopDown`.
    """

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        linkage: str = "ward",
        refinement: str = "kmeans",
        significance: float = 0.05,
        smallest_node: int = SMALLEST_NODE,
        smallest_part: int = 5,
        n_draws: int = 30,
        random_state: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.linkage = linkage
        self.refinement = refinement
        self.significance = significance
        self.smallest_node = smallest_node
        self.smallest_part = smallest_part
        self.n_draws = n_draws
        self.random_state = random_state

    def fit(
        self, X: ArrayLike, y: Any = None, *, content: ArrayLike | None = None, unadjusted: ArrayLike | None = None
    ) -> Self:
        """Cluster the rows.

        Parameters
        ----------
        X : array, shape (n_rows, n_columns)
        content : labels, shape (n_rows,), None or "" where unknown: no node is split where they decide the part. They
            count only where the number of clusters is tested
        unadjusted : array, shape (n_rows, any), the rows before the content was removed; None where it is still in X:
            then no node is split of which the content cannot tell
        """
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64)
        self._check(len(rows))
        self.splits_: list[Split] = []
        self.tree_ = grow_tree(rows, method=self.linkage)
        n_distinct = len(np.unique(rows, axis=0))
        leaves: NDArray[np.intp] | None = None
        n_clusters = self.n_clusters
        if n_clusters is None:
            leaves = self._split_top_down(rows, content, unadjusted)
            n_clusters = len(np.unique(leaves))
        if n_clusters > n_distinct:
            message = f"{n_clusters} clusters were asked for, but only {n_distinct} rows differ. Ask for fewer."
            raise ParameterError(message)
        labels, self.metric_ = self._refine(rows, leaves, cut_tree(self.tree_, n_clusters))
        self.labels_ = number_by_size(labels)
        self.n_clusters_ = n_clusters
        self.cluster_centers_ = average_parts(rows, self.labels_)
        return self

    def adopt(self, X: ArrayLike, labels: NDArray[np.intp], *, metric: NDArray[np.float64]) -> Self:
        """Take clusters that were found otherwise: the tree is grown in their metric.

        Parameters
        ----------
        X : array, shape (n_rows, n_columns)
        labels : integer array, shape (n_rows,), 0 to n_clusters - 1
        metric : float64 array, shape (n_columns, any), in which rows are compared with the centres
        """
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64)
        self.labels_, self.metric_, self.splits_ = labels, metric, []
        self.n_clusters_ = int(labels.max()) + 1
        self.cluster_centers_ = average_parts(rows, labels)
        self.tree_ = grow_tree(rows @ metric, method=self.linkage)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.intp]:
        """Label of the nearest cluster centre for each row."""
        check_is_fitted(self)
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64, reset=False)
        return measure_distances(rows @ self.metric_, self.cluster_centers_ @ self.metric_).argmin(axis=1)

    def _check(self, n_rows: int) -> None:
        if not (
            self.n_draws >= 2 and 0 < self.significance < 1 and self.smallest_node >= 4 and self.smallest_part >= 1
        ):
            raise ParameterError(
                "StyleClustering needs n_draws of at least 2, a significance between 0 and 1, a smallest_node of at "
                "least 4 and a smallest_part of at least 1."
            )
        if self.linkage not in LINKAGES:
            raise ParameterError(f"The linkage must be one of {', '.join(LINKAGES)}. Got {self.linkage!r} instead.")
        if self.refinement not in REFINEMENTS:
            message = f"The refinement must be one of {', '.join(REFINEMENTS)}. Got {self.refinement!r} instead."
            raise ParameterError(message)
        if self.n_clusters is not None and not (is_whole(self.n_clusters) and 1 <= self.n_clusters <= n_rows):
            raise ParameterError(
                f"n_clusters must be a whole number in 1..{n_rows}, the number of rows, or None. "
                f"Got {self.n_clusters!r} instead."
            )

    def _refine(
        self, rows: NDArray[np.float64], leaves: NDArray[np.intp] | None, cut: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Clusters refined from the tested leaves, or None, or from the tree's cut, and the metric they are nearest in.

        Of both starts the one that k-means makes tighter. Where sums of squares did not find the leaves (limits did),
        or leave one of them a tiny part, only a metric learnt from the leaves refines them; where that does too,
        nothing.
        """
        if leaves is None:
            return self._learn_metric(rows, refine_partition(rows, cut))
        fewest = min(self.smallest_part, int(np.bincount(leaves).min()))
        if not any(split.accepted and split.limited for split in self.splits_):
            refined = [refine_partition(rows, start) for start in (leaves, cut)]
            tightest = min(refined, key=lambda labels: sum_squares_within(rows, labels))
            labels, metric = self._learn_metric(rows, tightest)
            if np.bincount(labels).min() >= fewest:
                return labels, metric
        labels, metric = refine_by_discriminants(rows, leaves)
        if np.bincount(labels).min() >= fewest:
            return labels, metric
        return leaves, whiten_within(rows, leaves)

    def _learn_metric(
        self, rows: NDArray[np.float64], labels: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        if self.refinement == "discriminant" and labels.any():
            return refine_by_discriminants(rows, labels)
        return labels, np.eye(rows.shape[1])

    def _split_top_down(
        self, rows: NDArray[np.float64], content: ArrayLike | None, unadjusted: ArrayLike | None
    ) -> NDArray[np.intp]:
        labels = None if content is None else as_labels(np.asarray(content, dtype=object).ravel())
        shown = rows if unadjusted is None else np.asarray(unadjusted, dtype=np.float64)
        if len(shown) != len(rows) or (labels is not None and len(labels) != len(rows)):
            raise ParameterError(
                f"There are {len(rows)} rows, {len(shown)} before the content was removed and "
                f"{len(rows) if labels is None else len(labels)} content labels. Give one of each per row."
            )
        tree = TopDown(self.significance, self.smallest_node, self.smallest_part, self.n_draws, self.random_state)
        leaves, self.splits_ = tree.split(rows, gather_witnesses(labels, shown, must_testify=unadjusted is None))
        return leaves


def refine_by_discriminants(
    X: NDArray[np.float64], labels: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Refine a partition by turns in a metric learnt from it, until no row moves.

    Returns
    -------
    labels : integer array, shape (n_rows,), with as many labels as before
    metric : float64 array, shape (n_columns, n_columns): every row is in the part whose mean is nearest in X @ metric

    Source
    ------
    Ding and Li, "Adaptive dimension reduction using discriminant analysis and k-means clustering", ICML 2007. Differs
    from it: the scatter within is shrunk, and no dimension is dropped, since distances between means do not use them.
    """
    metric = whiten_within(X, labels)
    for _ in range(MOST_METRICS):
        moved = refine_partition(X @ metric, labels)
        if np.array_equal(moved, labels):
            break
        labels, metric = moved, whiten_within(X, moved)
    return labels, metric
