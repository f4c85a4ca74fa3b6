"""The tree from the top down: is a node two clusters rather than one, and is it style that parts them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from forensic_style.clusters.dependence import measure_dependence
from forensic_style.clusters.limiting import NormLimiter
from forensic_style.clusters.partition import average_parts, measure_distances, partition, sum_squares_within
from forensic_style.clusters.unimodality import find_dip_chance, measure_dip

MOST_TESTED = 1000  # rows of a node that take part in its test
N_FOLDS = 5
N_DEALS = 3  # of rows to folds; the median of their dips counts
SHRINKAGE = 0.3  # of the discriminant's covariance towards a multiple of the identity
RELATIVE_FLOOR = 1e-6
NO_DOUBT = 1e-7  # chance of an index from which no more samples are drawn
FEWEST_LIMITED = 20  # rows of a node: fewer have no tails to speak of
BEYOND_DOUBT = 1e-3  # of the threshold: below it, no other cut is tried
SMALLEST_REACH = 1e-9  # of the farthest row's distance: below it, limited rows are rounding errors
EXPLAINED = 0.75  # of a split by content, from which it is not one of style
FEWEST_PAIRS = 10  # of rows of one content in a node, for the contents to testify there
FEWEST_PARTNERS = 12  # contents of a node that were seen outside, for these to testify
FEWEST_PER_PART = 4  # of such contents


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
class Witnesses:
    """What the rows show, to tell splits of content from splits of style.

    Parameters
    ----------
    content : labels, one per row, "" where unknown
    rows : float64 array, shape (n_rows, n_columns), before the content was removed
    must_testify : whether a split that the content cannot tell of counts as one of content, because the content is
        still in what is split
    """

    content: NDArray[np.str_]
    rows: NDArray[np.float64]
    must_testify: bool = False

    def explain(self, node: NDArray[np.intp], parts: NDArray[np.intp]) -> float | None:
        """How far the content decides in which part a row of the node lies, 0..1, see :meth:`ask`."""
        told = self.ask(node, parts)
        return 1.0 if told is None and self.must_testify else told

    def ask(self, node: NDArray[np.intp], parts: NDArray[np.intp]) -> float | None:
        """How far the content decides in which of two parts a row of the node lies, 0..1; None where it cannot tell.

        A style crossed with the contents shows every content in both parts; a content lies in one. So where contents
        recur within the node, pairs of the same content testify. Where they do not (registered slices by two
        scanners: each has every slice once), the rows of these contents outside the node do: they were made by other
        technologies, so if they know the split, what they know is the content. Where labels were given and none
        recurs at all, every difference may be one of content.
        """
        labels = self.content[node]
        known = labels != ""
        counts = np.unique(labels[known], return_counts=True)[1]
        if (counts * (counts - 1) / 2).sum() >= FEWEST_PAIRS:
            dependence = measure_dependence(parts, labels.tolist())
            return None if np.isnan(dependence) else max(0.0, dependence)
        every = self.content[self.content != ""]
        if 2 * len(every) > len(self.content) and len(np.unique(every)) == len(every) > 1:
            return 1.0
        return self._ask_partners(node, parts)

    def _ask_partners(self, node: NDArray[np.intp], parts: NDArray[np.intp]) -> float | None:
        """How well the rows outside tell the parts of their contents, on contents held out (Somers' D)."""
        names, codes = np.unique(self.content, return_inverse=True)
        outside = np.ones(len(codes), dtype=bool)
        outside[node] = False
        inside_counts = np.bincount(codes[node], minlength=len(names))
        both = (inside_counts > 0) & (np.bincount(codes[outside], minlength=len(names)) > 0) & (names != "")
        means = np.zeros((len(names), self.rows.shape[1]))
        found = average_parts(self.rows[outside], codes[outside])
        means[: len(found)] = found
        in_second = np.bincount(codes[node], weights=parts, minlength=len(names)) / np.maximum(inside_counts, 1)
        sides = (in_second[both] > 0.5).astype(np.intp)
        smaller = min(int(sides.sum()), len(sides) - int(sides.sum()))
        if len(sides) < FEWEST_PARTNERS or smaller < FEWEST_PER_PART:
            return None
        told = project_across(means[both], sides, _deal(len(sides), np.random.default_rng(0)))
        ranks = scipy.stats.rankdata(told)
        wins = ranks[sides == 1].sum() - sides.sum() * (sides.sum() + 1) / 2
        return max(0.0, float(2 * wins / (sides.sum() * (len(sides) - sides.sum())) - 1))


@dataclass(frozen=True)
class TopDown:
    """Splits rows in two from the top down, while a node shows two clusters rather than one.

    A split must be tighter than that of a Gaussian with the node's own principal variances (its cluster index), and
    have a valley between its parts: the discriminant of the two parts, learnt anew on four fifths of the rows and
    applied to the last, must not be unimodal. One technology is no Gaussian: images with much and with little
    texture make skewed clouds with tails, whose index is small without any valley. And the content must not decide
    the part.

    Every node of 20 rows or more is cut twice: as it is, and with distances from its mean limited, since a sum of
    squares sees little but the far rows of a technology with long tails. The valley is sought between the rows as they
    are either way: limits pile up what lies beyond them, and a continuum would fall apart. Of two accepted cuts the one
    with the deeper valley counts.

    Parameters
    ----------
    significance : chance that a single cloud shows such a valley, and of such an index, for either cut over the whole
        tree: a node gets its share by its rows
    smallest_node : nodes with fewer rows are not tested
    smallest_part : rows that a part must have
    n_draws : Gaussian samples per test
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
        self, X: NDArray[np.float64], node: NDArray[np.intp], witnesses: Witnesses | None, rng: np.random.Generator
    ) -> tuple[Split, NDArray[np.intp]] | None:
        """The test of a node and its two parts; None where it is too small, or all its rows are alike."""
        if len(node) < self.smallest_node:
            return None
        core = self._set_odd_rows_aside(X[node])
        if np.ptp(core, axis=0).max() == 0:
            return None
        as_is = self._test(X, node, core, None, witnesses, rng)
        limiter = NormLimiter().fit(core)
        is_beyond_doubt = as_is[0].accepted and as_is[0].p_value < BEYOND_DOUBT * as_is[0].threshold
        if is_beyond_doubt or len(core) < FEWEST_LIMITED or not _leaves_differences(limiter, core):
            return as_is
        clearest = as_is[0].p_unimodal if as_is[0].accepted else None
        limited = self._test(X, node, core, limiter, witnesses, rng, clearest=clearest)
        return min(as_is, limited, key=lambda test: rank_split(test[0]))

    def _test(
        self,
        X: NDArray[np.float64],
        node: NDArray[np.intp],
        core: NDArray[np.float64],
        limiter: NormLimiter | None,
        witnesses: Witnesses | None,
        rng: np.random.Generator,
        *,
        clearest: float | None = None,
    ) -> tuple[Split, NDArray[np.intp]]:
        """The test of a node and its two parts; its core are the rows that decide where it is cut.

        Where another cut has as deep a valley (`clearest`, its chance), the index is not tested.
        """
        near, rows = (core, X[node]) if limiter is None else (limiter.transform(core), limiter.transform(X[node]))
        core_parts = partition(near, 2)
        parts = measure_distances(rows, average_parts(near, core_parts)).argmin(axis=1)
        cloud, tested, tested_parts = core, near, core_parts
        if len(core) > MOST_TESTED:
            drawn = rng.choice(len(core), MOST_TESTED, replace=False)
            cloud, tested = core[drawn], near[drawn]
            tested_parts = partition(tested, 2)
        share = (len(node) - 1) / (len(X) - 1)
        threshold = self.significance * share
        index, p_unimodal = measure_index(tested, tested_parts), self._test_valley(cloud, tested_parts, tested)
        p_gaussian = None
        if p_unimodal < min(threshold, np.inf if clearest is None else clearest):
            p_gaussian = _test_index(index, cloud, self.n_draws, rng, limited=limiter is not None)
        split = Split(
            n_rows=len(node),
            sizes=(int((parts == 0).sum()), int((parts == 1).sum())),
            index=index,
            p_value=max(p_unimodal, share * (p_gaussian or 0.0)),
            threshold=threshold,
            smallest_part=self.smallest_part,
            p_unimodal=p_unimodal,
            p_gaussian=p_gaussian,
            explained=None if witnesses is None else witnesses.explain(node, parts),
            limited=limiter is not None,
        )
        return split, parts

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

    def _test_valley(self, X: NDArray[np.float64], parts: NDArray[np.intp], cut: NDArray[np.float64]) -> float:
        """Chance of as large a dip of the held-out discriminant in one cloud with a single mode."""
        rng = np.random.default_rng(self.random_state)
        dips = [measure_dip(project_across(X, parts, _deal(len(X), rng), cut=cut)) for _ in range(N_DEALS)]
        return find_dip_chance(float(np.median(dips)), len(X))


def project_across(
    X: NDArray[np.float64],
    parts: NDArray[np.intp],
    folds: NDArray[np.intp],
    *,
    cut: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Place every row between two parts by a discriminant learnt on the other folds.

    Parameters
    ----------
    X : float64 array, shape (n_rows, n_columns)
    parts : integer array of 0 and 1, shape (n_rows,)
    folds : integer array, shape (n_rows,)
    cut : float64 array, shape (n_rows, any), of which the other folds are cut in two anew; None to take their parts as
        they are

    Returns
    -------
    float64 array, shape (n_rows,): -1 at the centre of part 0, 1 at that of part 1, 0 halfway.
    """
    places = np.zeros(len(X))
    for fold in range(int(folds.max()) + 1):
        train, test = folds != fold, folds == fold
        known = parts[train] if cut is None else partition(cut[train], 2)
        if cut is not None and (known == parts[train]).mean() < 0.5:
            known = 1 - known
        if test.any() and 0 < known.sum() < len(known):
            places[test] = _discriminate(X[train], known, X[test])
    return places


def _leaves_differences(limiter: NormLimiter, X: NDArray[np.float64]) -> bool:
    """Whether limited rows differ by more than rounding: they do not where the median row lies on the mean."""
    farthest = float(np.linalg.norm(X - limiter.centre_, axis=1).max())
    return limiter.reach_ > SMALLEST_REACH * farthest


def rank_split(split: Split) -> tuple[int, float]:
    """Of two cuts of a node the clearer one first: the one that counts, refused by content or size, by chance."""
    if split.accepted:
        return 0, split.p_unimodal or 0.0
    return (1 if split.p_value < split.threshold else 2), 0.0


def _discriminate(X: NDArray[np.float64], parts: NDArray[np.intp], new: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear discriminant with a shrunken covariance, scaled to -1 and 1 at the centres."""
    centres = average_parts(X, parts)
    deviations = X - centres[parts]
    covariance = deviations.T @ deviations / len(X)
    level = SHRINKAGE * np.trace(covariance) / len(covariance) + RELATIVE_FLOOR * X.var(axis=0).mean() + 1e-200
    direction = np.linalg.solve((1 - SHRINKAGE) * covariance + level * np.eye(len(covariance)), centres[1] - centres[0])
    middle = centres.mean(axis=0)
    return (new - middle) @ direction / max(float((centres[1] - middle) @ direction), 1e-300)


def measure_index(X: NDArray[np.float64], parts: NDArray[np.intp]) -> float:
    """Cluster index: squares within the parts over squares within the whole."""
    return sum_squares_within(X, parts) / sum_squares_within(X, np.zeros(len(X), dtype=np.intp))


def _test_index(
    index: float, X: NDArray[np.float64], n_draws: int, rng: np.random.Generator, *, limited: bool
) -> float:
    """Chance of a smaller index under one Gaussian with the principal variances of X, by a normal approximation.

    Where the index is one of limited distances, so are those of the samples. A quarter of these is enough where they
    leave no doubt.
    """
    spread = np.sqrt(np.maximum(np.linalg.eigvalsh(np.atleast_2d(np.cov(X.T))), 0.0))
    draws: list[float] = []
    chance = 1.0
    for n_wanted in (n_draws // 4, n_draws):
        while len(draws) < n_wanted:
            sample = rng.standard_normal(X.shape) * spread
            sample = NormLimiter().fit_transform(sample) if limited else sample
            draws.append(measure_index(sample, partition(sample, 2)))
        if len(draws) > 1:
            spread_of_draws = max(float(np.std(draws, ddof=1)), 1e-12)
            chance = float(scipy.stats.norm.cdf((index - np.mean(draws)) / spread_of_draws))
        if chance < NO_DOUBT:
            break
    return chance


def _deal(n_rows: int, rng: np.random.Generator) -> NDArray[np.intp]:
    return rng.permutation(n_rows) % N_FOLDS


def gather_witnesses(
    content: Sequence[str] | None, rows: NDArray[np.float64], *, must_testify: bool = False
) -> Witnesses | None:
    """What the rows show; None where there are fewer than two contents."""
    if content is None or len(set(content) - {""}) < 2:
        return None
    return Witnesses(np.array(content, dtype=str), rows, must_testify)
