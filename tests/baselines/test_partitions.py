"""k-means, Ward's cut and the graph of nearest neighbours: known clusters, ties, degenerate rows."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.cluster.hierarchy
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from forensic_style.baselines import partitions
from forensic_style.baselines.partitions import cluster_kmeans, cluster_nearest, cluster_ward
from forensic_style.errors import ParameterError

CLUSTERERS = [cluster_kmeans, cluster_ward, cluster_nearest]


def draw_rings(n: int = 60) -> tuple[NDArray, NDArray]:
    """Two rings about one centre: no straight line parts them."""
    angles = np.linspace(0, 2 * np.pi, n, endpoint=False)
    ring = np.column_stack([np.cos(angles), np.sin(angles)])
    return np.vstack([ring, 3 * ring]), np.repeat([0, 1], n)


@pytest.mark.parametrize("cluster", CLUSTERERS)
def test_clouds_far_apart_are_found_whatever_the_order_and_the_largest_is_first(cluster) -> None:
    generator = np.random.default_rng(0)
    truth = np.repeat([2, 0, 1], [20, 40, 30])
    X = generator.normal(size=(90, 4)) + 12.0 * np.eye(4)[truth]
    order = generator.permutation(90)
    assert cluster(X, 3).tolist() == truth.tolist()
    assert cluster(X[order], 3).tolist() == truth[order].tolist()


def test_rings_are_parted_by_neighbours_and_not_by_means() -> None:
    X, truth = draw_rings()
    assert adjusted_rand_score(truth, cluster_nearest(X, 2, n_neighbours=4)) == 1
    assert adjusted_rand_score(truth, cluster_kmeans(X, 2)) < 0.1


def test_a_bridge_of_few_edges_is_cut_and_no_single_row_split_off() -> None:
    """Two chains joined by one edge, and an outlier: single linkage would split off the outlier."""
    chains = np.concatenate([np.arange(20) * 1.0, 30 + np.arange(20) * 1.0, [65.0]])[:, None]
    labels = cluster_nearest(chains, 2, n_neighbours=2)
    assert sorted(np.bincount(labels).tolist()) == [20, 21]
    single = scipy.cluster.hierarchy.fcluster(scipy.cluster.hierarchy.linkage(chains, "single"), 2, "maxclust")
    assert sorted(np.bincount(single)[1:].tolist()) == [1, 40]


def test_a_graph_of_more_parts_than_clusters_gets_more_neighbours() -> None:
    X = np.concatenate([np.array([0.0, 0.1, 0.2]) + place for place in (0, 1, 10, 11)])[:, None]
    assert cluster_nearest(X, 2, n_neighbours=1).tolist() in ([0] * 6 + [1] * 6, [1] * 6 + [0] * 6)


def test_many_rows_are_solved_for_otherwise_with_the_same_clusters(monkeypatch) -> None:
    generator = np.random.default_rng(1)
    X = generator.normal(size=(120, 5)) + 3.0 * np.eye(5)[np.arange(120) % 3]
    dense = cluster_nearest(X, 3)
    monkeypatch.setattr(partitions, "MOST_DENSE", 10)
    assert adjusted_rand_score(dense, cluster_nearest(X, 3)) > 0.95
    assert cluster_nearest(X, 3).tolist() == cluster_nearest(X, 3).tolist()


def test_ward_is_scipys_cut() -> None:
    X = np.random.default_rng(2).normal(size=(50, 3))
    expected = scipy.cluster.hierarchy.fcluster(scipy.cluster.hierarchy.ward(X), 4, "maxclust")
    assert adjusted_rand_score(expected, cluster_ward(X, 4)) == 1


@pytest.mark.parametrize("cluster", CLUSTERERS)
def test_equal_rows_one_cluster_and_as_many_clusters_as_rows(cluster) -> None:
    X = np.repeat([[0.0, 0.0], [5.0, 5.0]], 6, axis=0)
    assert cluster(X, 1).tolist() == [0] * 12
    assert adjusted_rand_score(np.repeat([0, 1], 6), cluster(X, 2)) == 1
    assert sorted(cluster(np.arange(4.0)[:, None] ** 2, 4).tolist()) == [0, 1, 2, 3]
    with pytest.raises(ParameterError, match="3 clusters were asked for, but only 2 rows differ"):
        cluster(X, 3)
    with pytest.raises(ParameterError, match=r"n_clusters must be a whole number of at least 1. Got 0"):
        cluster(X, 0)


def test_neighbours_must_be_a_whole_number() -> None:
    with pytest.raises(ParameterError, match=r"n_neighbours must be .* at least 1. Got 0"):
        cluster_nearest(np.arange(6.0)[:, None], 2, n_neighbours=0)
