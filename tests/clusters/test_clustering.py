"""StyleClustering: the tree, the given and the tested number of clusters."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.cluster.hierarchy
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from forensic_style.clusters.clustering import LINKAGES, StyleClustering
from forensic_style.clusters.partition import sum_squares_within
from forensic_style.errors import ParameterError
from tests.clusters import draw_clouds, draw_tails

seeds = st.integers(0, 2**32 - 1)


@pytest.mark.filterwarnings(r"ignore:.*SCIPY_ARRAY_API:sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([StyleClustering(), StyleClustering(n_clusters=2)])
def test_clustering_is_a_clusterer(estimator: BaseEstimator, check) -> None:
    check(estimator)


@pytest.mark.parametrize("linkage", LINKAGES)
def test_tree_equals_scipy(linkage: str) -> None:
    X, _ = draw_clouds(0, (10, 20))
    clustering = StyleClustering(2, linkage=linkage).fit(X)
    assert np.array_equal(clustering.tree_, scipy.cluster.hierarchy.linkage(X, linkage))


def test_four_numbers_are_worked_by_hand() -> None:
    clustering = StyleClustering(2).fit([[9.0], [0.0], [1.0], [2.0]])
    assert clustering.labels_.tolist() == [1, 0, 0, 0]
    assert clustering.cluster_centers_.tolist() == [[1], [9]]
    assert clustering.n_clusters_ == 2
    assert clustering.splits_ == []
    assert clustering.predict([[4.9], [5.1]]).tolist() == [0, 1]  # the middle is 5


@given(seeds)
def test_labels_fall_in_size(seed: int) -> None:
    X, clouds = draw_clouds(seed, (7, 20, 12))
    labels = StyleClustering(3).fit_predict(X)
    assert np.bincount(labels).tolist() == [20, 12, 7]
    assert adjusted_rand_score(clouds, labels) == 1


@pytest.mark.parametrize("scale", [np.ones(10), 10.0 ** np.linspace(0, -2, 10), np.array([9.0] * 2 + [1.0] * 8)])
def test_one_gaussian_cloud_is_one_cluster(scale: NDArray) -> None:
    found = [
        StyleClustering(random_state=seed).fit(np.random.default_rng(seed).normal(size=(120, 10)) * scale).n_clusters_
        for seed in range(20)
    ]
    assert found.count(1) >= 19


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("sizes", [(40, 60), (25, 40, 30, 50)])
def test_clouds_far_apart_are_found_exactly(sizes: tuple[int, ...], seed: int) -> None:
    X, clouds = draw_clouds(seed, sizes)
    clustering = StyleClustering().fit(X)
    assert clustering.n_clusters_ == len(sizes)
    assert adjusted_rand_score(clouds, clustering.labels_) == 1
    assert np.array_equal(clustering.predict(X), clustering.labels_)


def test_every_node_tested_is_told() -> None:
    X, _ = draw_clouds(0, (40, 60))
    clustering = StyleClustering(significance=0.04).fit(X)
    first, *others = clustering.splits_
    assert first.accepted
    assert sorted(first.sizes) == [40, 60]
    assert first.n_rows == 100
    assert first.threshold == pytest.approx(0.04)
    within, total = (sum_squares_within(X, labels) for labels in (clustering.labels_, np.zeros(100, dtype=int)))
    assert first.index == pytest.approx(within / total)
    assert not any(split.accepted for split in others)
    assert sorted(split.n_rows for split in others) == [40, 60]
    for split in others:  # the level falls with the share of the rows: .04 * (n - 1) / 99
        assert split.threshold == pytest.approx(0.04 * (split.n_rows - 1) / 99)
        assert sum(split.sizes) == split.n_rows


def test_p_value_is_that_of_gaussians_with_the_principal_variances() -> None:
    X, _ = draw_clouds(0, (20, 20), distance=4)
    (split,) = StyleClustering(random_state=7, significance=0.999, smallest_part=21).fit(X).splits_
    generator = np.random.default_rng(7)
    indices = []
    for _ in range(StyleClustering().n_draws):
        drawn = generator.standard_normal((40, 5)) * np.sqrt(PCA().fit(X).explained_variance_[::-1])
        two = StyleClustering(2).fit(drawn).labels_
        indices.append(sum_squares_within(drawn, two) / sum_squares_within(drawn, np.zeros(40, dtype=int)))
    expected = scipy.stats.norm.cdf(split.index, np.mean(indices), np.std(indices, ddof=1))
    assert split.p_gaussian == pytest.approx(expected)
    assert 1e-9 < expected < 0.1  # far from both ends, so that the equality says something
    assert split.p_value == max(split.p_gaussian, split.p_unimodal)


@pytest.mark.parametrize("seed", range(6))
def test_clusters_that_only_limits_show_are_kept(seed: int) -> None:
    X, clouds = draw_tails(seed, distance=7.0)
    clustering = StyleClustering().fit(X)
    assert adjusted_rand_score(clouds, clustering.labels_) > 0.8
    assert np.array_equal(clustering.predict(X), clustering.labels_)


@pytest.mark.parametrize("n_far", [2, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_a_few_far_rows_are_no_cluster_of_their_own(seed: int, n_far: int) -> None:
    generator = np.random.default_rng(seed)
    clouds = np.arange(80) % 2
    X = generator.normal(size=(80 + n_far, 5))
    X[:80, 0] += 9 * clouds
    X[80:, 2] += 1000.0  # k-means, and a metric learnt from it, would give them a cluster
    clustering = StyleClustering().fit(X)
    assert adjusted_rand_score(clouds, clustering.labels_[:80]) > 0.95
    assert np.bincount(clustering.labels_).min() >= 40


def test_too_few_rows_to_test_are_one_cluster() -> None:
    X, _ = draw_clouds(0, (9, 10))
    assert StyleClustering(smallest_node=20).fit(X).n_clusters_ == 1
    assert StyleClustering(smallest_node=20).fit(X).splits_ == []
    assert StyleClustering().fit(X).n_clusters_ == 2
    assert StyleClustering().fit(X[:9]).splits_ == []


def test_identical_rows_are_one_cluster() -> None:
    clustering = StyleClustering().fit(np.ones((50, 3)))
    assert clustering.labels_.tolist() == [0] * 50
    assert clustering.splits_ == []
    assert StyleClustering().fit([[1.0, 2.0]]).labels_.tolist() == [0]


def test_copies_of_two_rows_are_two_clusters() -> None:
    X = np.repeat([[0.0, 0.0], [1.0, 3.0]], [30, 40], axis=0)
    clustering = StyleClustering().fit(X)
    assert np.bincount(clustering.labels_).tolist() == [40, 30]


def test_the_same_rows_and_seed_give_the_same_answer() -> None:
    X = np.random.default_rng(1).normal(size=(60, 4))
    one, other = (StyleClustering(random_state=3).fit(X) for _ in range(2))
    assert one.splits_ == other.splits_
    assert np.array_equal(one.labels_, other.labels_)
    assert one.splits_ != StyleClustering(random_state=4).fit(X).splits_  # other folds


@given(seeds, st.integers(1, 6))
def test_training_rows_get_their_label_back(seed: int, n_clusters: int) -> None:
    X = np.random.default_rng(seed).normal(size=(40, 3))
    clustering = StyleClustering(n_clusters).fit(X)
    assert np.array_equal(clustering.predict(X), clustering.labels_)
    assert len(np.unique(clustering.labels_)) == clustering.n_clusters_ == n_clusters


@given(seeds, st.integers(1, 6))
def test_order_of_rows_does_not_matter_where_the_number_is_given(seed: int, n_clusters: int) -> None:
    generator = np.random.default_rng(seed)
    X, order = generator.normal(size=(40, 3)), generator.permutation(40)
    one, other = StyleClustering(n_clusters).fit_predict(X), StyleClustering(n_clusters).fit_predict(X[order])
    assert adjusted_rand_score(one[order], other) == 1


@given(seeds)
def test_moving_and_scaling_all_rows_does_not_matter(seed: int) -> None:
    X = np.random.default_rng(seed).normal(size=(30, 3))
    moved = StyleClustering(3).fit(X * 1e3 + 5)
    assert np.array_equal(moved.labels_, StyleClustering(3).fit(X).labels_)


def test_large_nodes_are_tested_on_a_part_of_their_rows() -> None:
    X, clouds = draw_clouds(0, (700, 600))
    clustering = StyleClustering(n_draws=5).fit(X)
    assert clustering.splits_[0].n_rows == sum(clustering.splits_[0].sizes) == 1300
    assert adjusted_rand_score(clouds, clustering.labels_) == 1


def test_labels_and_rows_of_another_length_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"There are 3 rows, 3 before the content was removed and 2 content label"):
        StyleClustering().fit([[0.0], [1.0], [2.0]], content=["a", "b"])
    with pytest.raises(ParameterError, match=r"There are 3 rows, 1 before the content was removed and 3 content label"):
        StyleClustering().fit([[0.0], [1.0], [2.0]], unadjusted=[[0.0]])


def test_contents_that_decide_the_parts_are_no_clusters() -> None:
    X, clouds = draw_clouds(0, (40, 60))
    content = np.where(clouds == 0, "sea", "town")
    assert StyleClustering().fit(X, content=content).n_clusters_ == 1
    assert StyleClustering(2).fit(X, content=content).n_clusters_ == 2  # the number was given
    assert StyleClustering().fit(X, content=np.arange(100) % 2).n_clusters_ == 2


@pytest.mark.parametrize("n_clusters", [0, -1, 4, 2.0, True])
def test_a_number_of_clusters_outside_the_rows_is_refused(n_clusters: float) -> None:
    with pytest.raises(ParameterError, match=rf"in 1..3, the number of rows, or None. Got {n_clusters} inst"):
        StyleClustering(n_clusters).fit([[0.0], [1.0], [2.0]])


def test_more_clusters_than_different_rows_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"3 clusters were asked for, but only 2 rows differ. Ask for fewer."):
        StyleClustering(3).fit([[0.0], [1.0], [1.0], [0.0]])
    assert StyleClustering(2).fit_predict([[0.0], [1.0], [1.0], [0.0]]).tolist() == [0, 1, 1, 0]


def test_an_unknown_linkage_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"The linkage must be one of ward, average, complete. Got 'single' inst"):
        StyleClustering(linkage="single").fit([[0.0], [1.0]])


def test_discriminants_tell_clusters_apart_across_a_wide_scatter() -> None:
    generator = np.random.default_rng(0)
    clouds = np.arange(120) % 2
    X = generator.normal(size=(120, 6))
    X[:, 0] += 7 * clouds
    X[:, 1:] *= 2.5  # every other direction scatters more
    plain = StyleClustering(2).fit(X)
    better = StyleClustering(2, refinement="discriminant").fit(X)
    assert adjusted_rand_score(clouds, better.labels_) >= adjusted_rand_score(clouds, plain.labels_)
    assert adjusted_rand_score(clouds, better.labels_) == 1
    assert plain.metric_.tolist() == np.eye(6).tolist()
    assert np.array_equal(better.predict(X), better.labels_)


def test_a_wrong_refinement_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"refinement must be one of kmeans, discriminant\. Got 'magic' instead"):
        StyleClustering(refinement="magic").fit(np.eye(5))


def test_adopted_clusters_predict_in_their_metric() -> None:
    X = np.array([[0.0, 0.0], [1.0, 9.0], [5.0, 0.0], [6.0, 9.0]])
    clustering = StyleClustering().adopt(X, np.array([0, 0, 1, 1]), metric=np.array([[1.0], [0.0]]))
    assert clustering.n_clusters_ == 2
    assert clustering.cluster_centers_.tolist() == [[0.5, 4.5], [5.5, 4.5]]
    assert clustering.predict([[2.9, 100.0], [3.1, -100.0]]).tolist() == [0, 1]
    assert clustering.tree_[:, 2].tolist() == [1.0, 1.0, pytest.approx(np.sqrt(50))]  # of 0, 1, 5, 6 on a line
