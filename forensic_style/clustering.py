"""StyleClustering: Ward tree, flat cut refined, and how many clusters the evidence supports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.stats
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from forensic_style.errors import ParameterError
from forensic_style.partition import (
    average_parts,
    cut_tree,
    grow_tree,
    is_whole,
    measure_distances,
    number_by_size,
    partition,
    refine_partition,
    sum_squares_within,
)

LINKAGES = ("ward", "average", "complete")
MOST_TESTED = 1000  # rows of a node that take part in its test


@dataclass(frozen=True, slots=True)
class Split:
    """The test of one node of the top-down tree: is it two clusters rather than one?

    Parameters
    ----------
    n_rows : rows in the node
    sizes : of its two parts
    index : sum of squares within the two parts over that of the node, 0..1
    p_value : chance of an index as small in one Gaussian of the same spread
    threshold : the p value below which the node is split
    smallest_part : rows that the smaller part must have
    """

    n_rows: int
    sizes: tuple[int, int]
    index: float
    p_value: float
    threshold: float
    smallest_part: int = 1

    @property
    def accepted(self) -> bool:
        """Whether the node was split."""
        return self.p_value < self.threshold and min(self.sizes) >= self.smallest_part


class StyleClustering(ClusterMixin, BaseEstimator):
    """Cluster rows: a tree, a flat cut refined by k-means, the number of clusters given or tested.

    With `n_clusters=None` the rows are split in two from the top down, as long as a node's best two-way cut is
    tighter than the cuts of a single Gaussian with the node's own principal variances would be by chance. So "one
    cluster" is a possible answer.

    Parameters
    ----------
    n_clusters : int or None
    linkage : "ward", "average" or "complete"
    significance : float
        Chance of splitting one Gaussian cloud, over the whole tree.
    smallest_node : int
        Nodes with fewer rows are not tested.
    smallest_part : int
        A node is not split where one of its parts would have fewer rows: a few odd rows are not a cluster.
    n_draws : int
        Gaussian samples per test.
    random_state : int
        Seed of the samples.

    Attributes
    ----------
    labels_ : integer array, shape (n_rows,); 0 is the largest cluster
    n_clusters_ : int
    tree_ : float64 array, shape (n_rows - 1, 4), SciPy's linkage format
    cluster_centers_ : float64 array, shape (n_clusters_, n_columns)
    splits_ : list of Split, every node tested, in the order of testing; empty where the number was given

    Source
    ------
    Ward, "Hierarchical grouping to optimize an objective function", JASA 58, 1963. Kimes, Liu, Hayes, Marron,
    "Statistical significance for hierarchical clustering", Biometrics 73(3), 2017: cluster index, Gaussian null,
    thresholds of section 3. Differs from the paper: each node's two parts are Ward's cut refined by k-means, and the
    null takes the sample variances as they are; a few odd rows are set aside first; nodes of over 1,000 rows are tested
    on 1,000 of them.
    """

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        linkage: str = "ward",
        significance: float = 0.05,
        smallest_node: int = 20,
        smallest_part: int = 5,
        n_draws: int = 60,
        random_state: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.linkage = linkage
        self.significance = significance
        self.smallest_node = smallest_node
        self.smallest_part = smallest_part
        self.n_draws = n_draws
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Cluster the rows of X, shape (n_rows, n_columns)."""
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64)
        self._check(len(rows))
        self.splits_: list[Split] = []
        self.tree_ = grow_tree(rows, method=self.linkage)
        n_distinct = len(np.unique(rows, axis=0))
        starts = []
        n_clusters = self.n_clusters
        if n_clusters is None:
            starts = [self._split_top_down(rows)]
            n_clusters = len(np.unique(starts[0]))
        if n_clusters > n_distinct:
            message = f"{n_clusters} clusters were asked for, but only {n_distinct} rows differ. Ask for fewer."
            raise ParameterError(message)
        starts.append(cut_tree(self.tree_, n_clusters))
        refined = [refine_partition(rows, start) for start in starts]
        self.labels_ = number_by_size(min(refined, key=lambda labels: sum_squares_within(rows, labels)))
        self.n_clusters_ = n_clusters
        self.cluster_centers_ = average_parts(rows, self.labels_)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.intp]:
        """Label of the nearest cluster centre for each row."""
        check_is_fitted(self)
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64, reset=False)
        return measure_distances(rows, self.cluster_centers_).argmin(axis=1)

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
        if self.n_clusters is not None and not (is_whole(self.n_clusters) and 1 <= self.n_clusters <= n_rows):
            raise ParameterError(
                f"n_clusters must be a whole number in 1..{n_rows}, the number of rows, or None. "
                f"Got {self.n_clusters!r} instead."
            )

    def _split_top_down(self, X: NDArray[np.float64]) -> NDArray[np.intp]:
        rng = np.random.default_rng(self.random_state)
        labels = np.zeros(len(X), dtype=np.intp)
        nodes = [np.arange(len(X))]
        n_leaves = 0
        while nodes:
            node = nodes.pop(0)
            parts = self._try_split(X[node], len(X), rng)
            if parts is None:
                labels[node] = n_leaves
                n_leaves += 1
            else:
                nodes += [node[parts == 0], node[parts == 1]]
        return labels

    def _try_split(self, X: NDArray[np.float64], n_total: int, rng: np.random.Generator) -> NDArray[np.intp] | None:
        """The node's two parts, or None where it is one cluster."""
        if len(X) < self.smallest_node:
            return None
        core = self._set_odd_rows_aside(X)
        if np.ptp(core, axis=0).max() == 0:
            return None
        tested = core if len(core) <= MOST_TESTED else core[rng.choice(len(core), MOST_TESTED, replace=False)]
        core_parts = partition(core, 2)
        parts = measure_distances(X, average_parts(core, core_parts)).argmin(axis=1)
        index = _measure_index(tested, core_parts if tested is core else partition(tested, 2))
        split = Split(
            n_rows=len(X),
            sizes=(int((parts == 0).sum()), int((parts == 1).sum())),
            index=index,
            p_value=_test_index(index, tested, self.n_draws, rng),
            threshold=self.significance * (len(X) - 1) / (n_total - 1),
            smallest_part=self.smallest_part,
        )
        self.splits_.append(split)
        return parts if split.accepted else None

    def _set_odd_rows_aside(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rows without those that a two-way cut parts from the rest in too small a part, up to a tenth of them."""
        core = X
        while np.ptp(core, axis=0).max() > 0:
            parts = partition(core, 2)
            counts = np.bincount(parts, minlength=2)
            if counts.min() >= self.smallest_part or len(X) - counts.max() > len(X) // 10:
                break
            core = core[parts == counts.argmax()]
        return core


def _measure_index(X: NDArray[np.float64], parts: NDArray[np.intp]) -> float:
    """Cluster index: squares within two parts over squares within the whole."""
    return sum_squares_within(X, parts) / sum_squares_within(X, np.zeros(len(X), dtype=np.intp))


def _test_index(index: float, X: NDArray[np.float64], n_draws: int, rng: np.random.Generator) -> float:
    """Chance of a smaller index under one Gaussian with the principal variances of X, by a normal approximation."""
    spread = np.sqrt(np.maximum(np.linalg.eigvalsh(np.atleast_2d(np.cov(X.T))), 0.0))
    samples = (rng.standard_normal(X.shape) * spread for _ in range(n_draws))
    draws = [_measure_index(sample, partition(sample, 2)) for sample in samples]
    return float(scipy.stats.norm.cdf((index - np.mean(draws)) / max(float(np.std(draws, ddof=1)), 1e-12)))
