"""The tree from the top down: is a node two clusters rather than one, and is it style that parts them?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from forensic_style.clusters.limiting import NormLimiter
from forensic_style.clusters.partition import average_parts, measure_distances, partition, sum_squares_within
from forensic_style.clusters.projection import deal_rows, project_across
from forensic_style.clusters.unimodality import find_dip_chance, measure_dip
from forensic_style.clusters.witnesses import Witnesses

MOST_TESTED = 1000  # rows of a node that take part in its test
N_DEALS = 3  # of rows to folds; the median of their dips counts
FEWEST_DRAWS = 8  # of a Gaussian, before its index is looked at
CLEAR_INDEX = 1e-7  # chance of an index below which no more are drawn
CLEAR_CUT = 1e-3  # p value over threshold below which no second cut is made
FEWEST_LIMITED = 20  # rows that a second cut is made of: fewer have no tails to speak of
SMALLEST_REACH = 1e-9  # of the farthest row's distance: below it, limited rows are rounding errors
EXPLAINED = 0.75  # of a split by content, from which it is not one of style


@dataclass(frozen=True, slots=True)
class Split:
    """The test of one node of the top-down tree: is it two clusters rather than one?

    Parameters
    ----------
    n_rows : rows in the node
    sizes : of its two parts
    index : sum of squares within the two parts over that of the node, 0..1; of limited distances where `limited`
    p_value : chance of as much in a single cloud: the larger of the two below, the second times the node's share of
        all rows
    threshold : the p value below which the node is split
    smallest_part : rows that the smaller part must have
    p_unimodal : chance of as deep a valley between the parts in one cloud with a single mode
    p_gaussian : chance of an index as small in one Gaussian of the same spread, whose distances are limited where those
        of the node are; None where the valley decided already
    explained : how far the content decides the part, 0..1; None where no content can tell
    limited : whether distances from the node's mean were limited before it was cut
    """

    n_rows: int
    sizes: tuple[int, int]
    index: float
    p_value: float
    threshold: float
    smallest_part: int = 1
    p_unimodal: float | None = None
    p_gaussian: float | None = None
    explained: float | None = None
    limited: bool = False

    @property
    def follows_content(self) -> bool:
        """Whether the content decides the part, as far as it can tell."""
        return self.explained is not None and self.explained >= EXPLAINED

    @property
    def accepted(self) -> bool:
        """Whether the node was split."""
        large_enough = min(self.sizes) >= self.smallest_part
        return self.p_value < self.threshold and large_enough and not self.follows_content


@dataclass(frozen=True)
class _Node:
    """Rows to be cut in two.

    Parameters
    ----------
    places : integer array, shape (n,), of its rows among all
    rows : float64 array, shape (n, n_columns)
    core : float64 array, shape (n_core, n_columns), the rows that decide where it is cut
    parts : integer array of 0 and 1, shape (n_core,), the core cut as it is
    tested : integer array, places in the core of the rows that take part in the tests
    share : of all rows, for the significance
    """

    places: NDArray[np.intp]
    rows: NDArray[np.float64]
    core: NDArray[np.float64]
    parts: NDArray[np.intp]
    tested: NDArray[np.intp]
    share: float


@dataclass(frozen=True)
class TopDown:
    """Splits rows in two from the top down, while a node shows two clusters rather than one.

    A split must be tighter than that of a Gaussian with the node's own principal variances (its cluster index), and
    have a valley between its parts: the discriminant of the two parts, learnt anew on four fifths of the rows and
    applied to the last, must not be unimodal. One technology is no Gaussian: images with much and with little
    texture make skewed clouds with tails, whose index is small without any valley. And the content must not decide
    the part.

    Unless the first cut leaves no doubt, a node of 20 rows or more is cut once more, with distances from its mean
    limited, since a sum of squares sees little but the far rows of a technology with long tails. The valley is sought
    between the rows as they are either way: limits pile up what lies beyond them, and a continuum would fall apart. Of
    two accepted cuts the one with the deeper valley counts.

    Parameters
    ----------
    significance : chance that a single cloud shows such a valley, and of such an index, for either cut over the whole
        tree: a node gets its share by its rows
    smallest_node : nodes with fewer rows are not tested
    smallest_part : rows that a part must have
    n_draws : Gaussian samples per cut, at most: fewer where they leave no doubt
    random_state : seed of samples and folds

    Source
    ------
    Kimes, Liu, Hayes, Marron, "Statistical significance for hierarchical clustering", Biometrics 73(3), 2017: cluster
    index, Gaussian null, thresholds of section 3. Hartigan and Hartigan, "The dip test of unimodality", Annals of
    Statistics 13, 1985. Differs from these: the valley is tested at the node's share of the significance, the index at
    the whole of it, since both must be shown; each node's parts are Ward's cut refined by k-means; the Gaussian takes
    the sample variances as they are; the dip is that of held-out projections, so that the search for a direction
    makes no valley; a few odd rows are set aside first; nodes of over 1,000 rows are tested on 1,000 of them.
    """

    significance: float
    smallest_node: int
    smallest_part: int
    n_draws: int
    random_state: int

    def split(self, X: NDArray[np.float64], witnesses: Witnesses | None = None) -> tuple[NDArray[np.intp], list[Split]]:
        """Labels of the leaves, shape (n_rows,), and the tests of all nodes in the order they were made."""
        rng = np.random.default_rng(self.random_state)
        labels = np.zeros(len(X), dtype=np.intp)
        splits: list[Split] = []
        nodes, n_leaves = [np.arange(len(X))], 0
        while nodes:
            node = nodes.pop(0)
            tried = self._try(X, node, witnesses, rng)
            if tried is not None:
                splits.append(tried[0])
            if tried is not None and tried[0].accepted:
                nodes += [node[tried[1] == 0], node[tried[1] == 1]]
            else:
                labels[node] = n_leaves
                n_leaves += 1
        return labels, splits

    def _try(
        self, X: NDArray[np.float64], places: NDArray[np.intp], witnesses: Witnesses | None, rng: np.random.Generator
    ) -> tuple[Split, NDArray[np.intp]] | None:
        """The test of a node and its two parts; None where it is too small, or all its rows are alike."""
        if len(places) < self.smallest_node:
            return None
        node = self._prepare(X, places, rng)
        if node is None:
            return None
        plain = self._test(node, None, witnesses, rng)
        is_clear = plain[0].accepted and plain[0].p_value < CLEAR_CUT * plain[0].threshold
        if is_clear or len(node.core) < FEWEST_LIMITED:
            return plain
        limiter = NormLimiter().fit(node.core)
        if not _leaves_differences(limiter, node.core):
            return plain
        return min(plain, self._test(node, limiter, witnesses, rng), key=lambda test: rank_split(test[0]))

    def _prepare(self, X: NDArray[np.float64], places: NDArray[np.intp], rng: np.random.Generator) -> _Node | None:
        """A node without those of its rows that a two-way cut parts from the rest in too small a part.

        Up to a tenth of the rows are set aside. None where all others are alike.
        """
        rows = core = X[places]
        while np.ptp(core, axis=0).max() > 0:
            parts = partition(core, 2)
            counts = np.bincount(parts, minlength=2)
            if counts.min() >= self.smallest_part or len(rows) - counts.max() > len(rows) // 10:
                tested = np.arange(len(core))
                if len(core) > MOST_TESTED:
                    tested = rng.choice(len(core), MOST_TESTED, replace=False)
                return _Node(places, rows, core, parts, tested, share=(len(rows) - 1) / (len(X) - 1))
            core = core[parts == counts.argmax()]
        return None

    def _test(
        self, node: _Node, limiter: NormLimiter | None, witnesses: Witnesses | None, rng: np.random.Generator
    ) -> tuple[Split, NDArray[np.intp]]:
        """The test of one cut of a node, of limited distances or as it is, and its two parts."""
        core, rows, core_parts = node.core, node.rows, node.parts
        if limiter is not None:
            core, rows = limiter.transform(core), limiter.transform(rows)
            core_parts = partition(core, 2)
        parts = measure_distances(rows, average_parts(core, core_parts)).argmin(axis=1)
        tested, tested_parts = core[node.tested], core_parts
        if len(tested) < len(core):
            tested_parts = partition(tested, 2)
        as_it_is = node.core[node.tested]
        threshold = self.significance * node.share
        index, p_unimodal = measure_index(tested, tested_parts), self._test_valley(as_it_is, tested_parts, tested)
        p_gaussian = None
        if p_unimodal < threshold:
            p_gaussian = _test_index(index, as_it_is, self.n_draws, rng, limited=limiter is not None)
        split = Split(
            n_rows=len(rows),
            sizes=(int((parts == 0).sum()), int((parts == 1).sum())),
            index=index,
            p_value=max(p_unimodal, node.share * (p_gaussian or 0.0)),
            threshold=threshold,
            smallest_part=self.smallest_part,
            p_unimodal=p_unimodal,
            p_gaussian=p_gaussian,
            explained=None if witnesses is None else witnesses.explain(node.places, parts),
            limited=limiter is not None,
        )
        return split, parts

    def _test_valley(self, X: NDArray[np.float64], parts: NDArray[np.intp], cut: NDArray[np.float64]) -> float:
        """Chance of as large a dip of the held-out discriminant in one cloud with a single mode."""
        rng = np.random.default_rng(self.random_state)
        dips = [measure_dip(project_across(X, parts, deal_rows(len(X), rng), cut=cut)) for _ in range(N_DEALS)]
        return find_dip_chance(float(np.median(dips)), len(X))


def _leaves_differences(limiter: NormLimiter, X: NDArray[np.float64]) -> bool:
    """Whether limited rows differ by more than rounding: they do not where the median row lies on the mean."""
    farthest = float(np.linalg.norm(X - limiter.centre_, axis=1).max())
    return limiter.reach_ > SMALLEST_REACH * farthest


def rank_split(split: Split) -> tuple[int, float]:
    """Of two cuts of a node the clearer one first: one that counts, one refused by content or size, one by chance."""
    if split.accepted:
        return 0, split.p_value if split.p_unimodal is None else split.p_unimodal
    return (1, 0.0) if split.p_value < split.threshold else (2, split.p_value)


def measure_index(X: NDArray[np.float64], parts: NDArray[np.intp]) -> float:
    """Cluster index: squares within the parts over squares within the whole; 1 where all rows are alike."""
    whole = sum_squares_within(X, np.zeros(len(X), dtype=np.intp))
    return sum_squares_within(X, parts) / whole if whole > 0 else 1.0


def _test_index(
    index: float, X: NDArray[np.float64], n_draws: int, rng: np.random.Generator, *, limited: bool
) -> float:
    """Chance of a smaller index under one Gaussian with the principal variances of X, by a normal approximation.

    Where the index is one of limited distances, so are those of the samples. A quarter of these, and at least 8, are
    enough where they leave no doubt.
    """
    spread = np.sqrt(np.maximum(np.linalg.eigvalsh(np.atleast_2d(np.cov(X.T))), 0.0))
    draws: list[float] = []
    chance = 1.0
    for n_wanted in (min(n_draws, max(FEWEST_DRAWS, n_draws // 4)), n_draws):
        while len(draws) < n_wanted:
            sample = rng.standard_normal(X.shape) * spread
            sample = NormLimiter().fit_transform(sample) if limited else sample
            draws.append(measure_index(sample, partition(sample, 2)))
        deviation = max(float(np.std(draws, ddof=1)), 1e-12)
        chance = float(scipy.stats.norm.cdf((index - np.mean(draws)) / deviation))
        if chance < CLEAR_INDEX:
            break
    return chance
