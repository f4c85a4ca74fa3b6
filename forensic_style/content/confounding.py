"""Can style and content be told apart? A verdict from coordinates of images and content labels alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from sklearn.metrics import adjusted_rand_score

from forensic_style.clusters.clustering import StyleClustering
from forensic_style.clusters.dependence import measure_dependence
from forensic_style.clusters.partition import (
    as_labels,
    average_parts,
    cut_tree,
    grow_tree,
    measure_distances,
    partition,
    refine_partition,
    sum_squares_within,
)
from forensic_style.content.adjust import ContentAdjuster
from forensic_style.errors import ParameterError

DECIDED = 0.6  # dependence from which the content decides the cluster: of two, 9 in 10 images of a content share one
CARRIED_OVER = 0.9  # agreement from which clusters are the same ones among other contents: 97 images in 100
SIGNIFICANCE = 0.05
SUSPICION = 0.2  # chance of one Gaussian from which one cluster is halved for a look: a warning missed costs more
BEYOND_DOUBT = 1e-4  # the same for what is left without a content that decided the clusters
N_SHUFFLES = 199
N_DRAWS = 60
MOST_TESTED = 1000
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Confounding:
    """Whether style and content can be told apart, and what says so.

    Parameters
    ----------
    n_clusters : of the partition that the content decides most, among those of the images with their content left in
    dependence : of that partition on the content, at most 1, see
        :func:`forensic_style.clusters.dependence.measure_dependence`; nan where there is one cluster, or no content has
        two images
    chance : that clusters which ignore the content depend on it as much; nan where it did not matter
    left_over : chance of as tight clusters as are left without the content in a single Gaussian; nan where it did not
        matter
    carried_over : how far clusters without the content, found among the contents of one of these clusters, are found
        again among the contents of another: 0 by chance, at most 1; nan where it did not matter
    """

    n_clusters: int
    dependence: float
    chance: float = _NAN
    left_over: float = _NAN
    carried_over: float = _NAN

    @property
    def is_decided(self) -> bool:
        """Whether the content decides the clusters that there are while it is left in."""
        return self.dependence >= DECIDED and self.chance <= SIGNIFICANCE

    @property
    def is_confounded(self) -> bool:
        """Whether the content decides the clusters, and none that cross the contents are left without it for sure."""
        is_crossed = self.left_over <= BEYOND_DOUBT and self.carried_over >= CARRIED_OVER
        return self.is_decided and not is_crossed

    @property
    def reason(self) -> str:
        """What says so, in one sentence."""
        if np.isnan(self.dependence):
            return (
                "The images are one cluster, whatever their content."
                if self.n_clusters < 2
                else "No content has two images, so clusters within contents cannot be seen."
            )
        decides = f"it decides the cluster by {self.dependence:.2f} of 1 ({self.n_clusters} clusters)"
        before = f"With the content left in, {decides}"
        if self.dependence < DECIDED:
            return f"{before}: clusters cross the contents."
        if not self.is_decided:
            return f"{before}, but so few images may do so by chance (p = {self.chance:.2f})."
        if not self.left_over <= BEYOND_DOUBT:
            return f"{before}, and without it no clusters are left beyond doubt (p = {self.left_over:.2g})."
        agreement = f"(agreement {self.carried_over:.2f} of 1)"
        if self.is_confounded:
            return f"{before}, and what is left without it is not the same among other contents {agreement}."
        return f"{before}, but without it clusters are left that are the same ones among other contents {agreement}."


def judge_confounding(
    X: NDArray[np.float64],
    content: ArrayLike,
    *,
    n_clusters: int | None = None,
    before: NDArray[np.intp] | None = None,
    random_state: int = 0,
) -> Confounding:
    """Judge whether style and content can be told apart.

    Where every content was recorded by one technology only, whatever sets images far apart goes with the content, be
    it the one or the other. So (1) the content decides the clusters that there are while it is left in. That is also
    so where contents differ more than technologies do. But then (2) the clusters of the technologies are left once
    the content is removed, and they are the same ones whatever the content. Where style went with the content, noise
    is left, or what sets the images of one technology apart, which is another thing in every technology: contents
    are grouped by the cluster that they lie in, each group is clustered alone, and predicts the clusters of the others.

    Parameters
    ----------
    X : float64 array, shape (n_images, n_columns), in which images are clustered, with the content left in
    content : labels, shape (n_images,), None or "" where unknown
    n_clusters : as given by the user; tested where None. Where the test finds one cluster and that is not sure, two
        are looked at: weak styles that go with the content are not found by a test, and still mislead
    before : integer array, shape (n_images,), 0 to n - 1, the clusters of X where they are known already
    random_state : seed of the tests

    Raises
    ------
    ParameterError
        where there is not one content label per image.

    Source
    ------
    Domains found within categories, then linked: Hoffman, Kulis, Darrell and Saenko, ECCV 2012. Clusters of one part
    of the rows that predict those of another: prediction strength, Tibshirani and Walther, JCGS 14, 2005; the parts
    are groups of contents here, and the agreement is the adjusted Rand index.
    """
    labels = as_labels(np.asarray(content, dtype=object).ravel())
    if len(labels) != len(X):
        raise ParameterError(f"There are {len(X)} images and {len(labels)} content labels. Give one label per image.")
    if before is None:
        before = StyleClustering(n_clusters, random_state=random_state).fit(X).labels_
    if n_clusters is None and before.max() == 0 and _test_gaussian(X, random_state) < SUSPICION:
        before = partition(X, 2)
    cut, dependence = _find_decided(X, labels, before)
    n_cut = int(cut.max()) + 1
    if not dependence >= DECIDED:
        return Confounding(n_cut, dependence)
    chance = _test_dependence(cut, labels, dependence, random_state)
    left_over, carried_over = _seek_crossing(X, labels, cut, max(2, n_clusters or 2), random_state)
    return Confounding(n_cut, dependence, chance, left_over, carried_over)


def _find_decided(
    X: NDArray[np.float64], content: list[str], before: NDArray[np.intp]
) -> tuple[NDArray[np.intp], float]:
    """The partition that the content decides most, and how far, among the given one and the coarser ones of its tree.

    Clusters within technologies are often found beside those of the technologies, and cross the contents.
    """
    n_before = int(before.max()) + 1
    tree = grow_tree(X) if n_before > 2 else np.empty((0, 4))
    cuts = [refine_partition(X, cut_tree(tree, n)) for n in range(2, n_before)] + [before]
    dependences = np.array([measure_dependence(cut, content) for cut in cuts])
    place = int(np.nan_to_num(dependences, nan=-np.inf).argmax())
    return cuts[place], float(dependences[place])


def _test_dependence(labels: NDArray[np.intp], content: list[str], dependence: float, random_state: int) -> float:
    """Share of shuffled clusters that depend on the content as much. Rows in any order give the same."""
    rng = np.random.default_rng(random_state)
    order = sorted(range(len(content)), key=lambda row: (content[row], labels[row]))
    sorted_labels, sorted_content = labels[order], [content[row] for row in order]
    shuffled = (measure_dependence(rng.permutation(sorted_labels), sorted_content) for _ in range(N_SHUFFLES))
    return (1 + sum(value >= dependence for value in shuffled)) / (1 + N_SHUFFLES)


def _seek_crossing(
    X: NDArray[np.float64], content: list[str], cut: NDArray[np.intp], n_styles: int, random_state: int
) -> tuple[float, float]:
    """Chance that nothing is left without the content, and how far what is left carries over between its groups."""
    rest = ContentAdjuster(n_styles).fit_transform(X, content=np.array(content, dtype=object))
    left_over = _test_gaussian(rest, random_state)
    if left_over > BEYOND_DOUBT:
        return left_over, _NAN
    groups = _group_contents(content, cut)
    return left_over, min(_carry_over(rest, groups, n) for n in range(2, n_styles + 1))


def _test_gaussian(X: NDArray[np.float64], random_state: int) -> float:
    """Chance of as tight a two-way cut in one Gaussian of the same principal variances, by a normal approximation.

    The cluster index of Kimes, Liu, Hayes and Marron, Biometrics 73, 2017; 1 where all rows are alike.
    """
    if np.ptp(X, axis=0).max() == 0:
        return 1.0
    rng = np.random.default_rng(random_state)
    if len(X) > MOST_TESTED:
        X = X[rng.choice(len(X), MOST_TESTED, replace=False)]
    spread = np.sqrt(np.maximum(np.linalg.eigvalsh(np.atleast_2d(np.cov(X.T))), 0.0))
    draws = [_measure_halves(rng.standard_normal(X.shape) * spread) for _ in range(N_DRAWS)]
    return float(norm.cdf((_measure_halves(X) - np.mean(draws)) / max(float(np.std(draws, ddof=1)), 1e-12)))


def _measure_halves(X: NDArray[np.float64]) -> float:
    """Sum of squares within the best two parts over that of the whole."""
    return sum_squares_within(X, partition(X, 2)) / sum_squares_within(X, np.zeros(len(X), dtype=np.intp))


def _group_contents(content: list[str], cut: NDArray[np.intp]) -> NDArray[np.intp]:
    """The cluster in which most images of each image's content lie; its own where the content is unknown."""
    names, codes = np.unique(content, return_inverse=True)
    counts = np.zeros((len(names), int(cut.max()) + 1))
    np.add.at(counts, (codes, cut), 1.0)
    return np.where(names[codes] == "", cut, counts.argmax(axis=1)[codes])


def _carry_over(X: NDArray[np.float64], groups: NDArray[np.intp], n_clusters: int) -> float:
    """Mean agreement of each group's clusters with those that every other group's centres make of it.

    0 for groups with fewer than two rows per cluster, and where there is one group.
    """
    parts = [X[groups == group] for group in np.unique(groups)]
    found = [partition(rows, n_clusters) if _is_large(rows, n_clusters) else None for rows in parts]
    agreements = []
    for rows, labels in zip(parts, found, strict=True):
        for other, known in zip(parts, found, strict=True):
            if labels is None or known is None:
                agreements.append(0.0)
            elif other is not rows:
                predicted = measure_distances(rows, average_parts(other, known)).argmin(axis=1)
                agreements.append(float(adjusted_rand_score(labels, predicted)))
    return float(np.mean(agreements)) if len(parts) > 1 else 0.0


def _is_large(rows: NDArray[np.float64], n_clusters: int) -> bool:
    return len(np.unique(rows, axis=0)) >= 2 * n_clusters
