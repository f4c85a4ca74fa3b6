"""Clusters in resampled rows, and the numbers of clusters considered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import jaccard_score

from forensic_style.clusters.clustering import StyleClustering
from forensic_style.clusters.partition import number_by_size, partition
from forensic_style.clusters.splitting import Split
from forensic_style.clusters.stability import consider_numbers, match_clusters, measure_stabilities
from forensic_style.errors import ParameterError


def draw_clouds(seed: int, sizes: tuple[int, ...], *, distance: float = 12.0) -> tuple[NDArray, NDArray]:
    generator = np.random.default_rng(seed)
    clouds = np.repeat(np.arange(len(sizes)), sizes)
    X = generator.normal(size=(len(clouds), 4))
    X[:, 1] += distance * clouds
    return X, clouds


def test_best_matches_are_worked_by_hand() -> None:
    labels, others = np.array([0, 0, 0, 0, 1, 1, 3]), np.array([0, 0, 0, 2, 2, 2, 1])
    # 0: {0123} with {012} 3/4; 1: {45} with {345} 2/3; 2 has no rows; 3: {6} with {6}
    assert match_clusters(labels, others, 4) == pytest.approx([3 / 4, 2 / 3, np.nan, 1.0], nan_ok=True)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_best_matches_equal_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    labels, others = np.array(pairs).T
    found = match_clusters(labels, others, 4)
    for cluster in set(labels):
        assert found[cluster] == pytest.approx(max(jaccard_score(labels == cluster, others == o) for o in set(others)))


def test_clouds_apart_are_found_again_and_halves_of_one_are_not() -> None:
    X, clouds = draw_clouds(0, (40, 30, 20))
    assert measure_stabilities(X, clouds).tolist() == [1, 1, 1]
    X, clouds = draw_clouds(0, (60, 60), distance=15.0)
    X[clouds == 1] *= 0.2  # tight: it is the first that is cut in two, and at another place every time
    halves = clouds.copy()
    halves[clouds == 0] = 2 * partition(X[clouds == 0], 2)
    stabilities = measure_stabilities(X, halves)
    assert stabilities[1] > 0.95
    assert max(stabilities[0], stabilities[2]) < 0.85  # Hennig's very stable


def test_a_single_cluster_is_always_found() -> None:
    X = np.random.default_rng(0).normal(size=(30, 2))
    assert measure_stabilities(X, np.zeros(30, dtype=int)).tolist() == [1]
    assert measure_stabilities(np.ones((6, 2)), np.array([0, 0, 0, 0, 1, 1])).shape == (2,)  # all rows alike


def test_rows_of_no_cluster_take_no_part() -> None:
    X, clouds = draw_clouds(1, (30, 20))
    odd = np.vstack([X, np.full((3, 4), 500.0)])
    labels = np.append(clouds, [-1, -1, -1])
    assert np.array_equal(measure_stabilities(odd, labels), measure_stabilities(X, clouds))


def test_the_same_seed_gives_the_same() -> None:
    X = np.random.default_rng(2).normal(size=(60, 3))
    labels = number_by_size(partition(X, 3))
    one, other = (measure_stabilities(X, labels, random_state=5) for _ in range(2))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, measure_stabilities(X, labels, random_state=6))
    assert ((one > 0) & (one < 1)).all()


def step(p_value: float, threshold: float, **changes) -> Split:
    return Split(50, (25, 25), 0.5, p_value, threshold, **changes)


def test_steps_are_in_order_of_their_evidence() -> None:
    X, clouds = draw_clouds(4, (40, 30, 30))
    splits = [
        step(0.001, 0.05),
        step(0.2, 0.02),
        step(1e-5, 0.03, explained=0.1),
        step(0.05, 0.02),
        step(1e-6, 0.01, explained=0.9),  # the content decides it: last
    ]
    table = consider_numbers(X, clouds, splits, most=7)
    assert [row.n_clusters for row in table] == [1, 2, 3, 4, 5, 6, 7]
    assert [row.is_chosen for row in table] == [False, False, True, False, False, False, False]
    assert [row.p_value for row in table] == [None, 1e-5, 0.001, 0.05, 0.2, 1e-6, None]
    assert [row.threshold for row in table] == [None, 0.03, 0.05, 0.02, 0.02, 0.01, None]
    assert [row.explained for row in table] == [None, 0.1, None, None, None, 0.9, None]
    assert table[0].index == 1.0
    assert table[0].stability == 1.0
    assert (np.diff([row.index for row in table]) < 0).all()
    assert table[2].least_stability == 1.0
    assert table[3].least_stability < 0.75  # what Hennig calls stable begins there


def test_table_of_a_tested_number() -> None:
    X, _ = draw_clouds(5, (60, 40))
    clustering = StyleClustering().fit(X)
    table = consider_numbers(X, clustering.labels_, clustering.splits_)
    assert len(table) == 8
    assert [row.n_clusters for row in table if row.is_chosen] == [2]
    assert table[1].p_value < table[1].threshold
    assert table[2].p_value >= table[2].threshold


def test_more_numbers_than_different_rows_are_not_considered() -> None:
    X = np.repeat([[0.0], [1.0], [5.0]], 10, axis=0)
    assert [row.n_clusters for row in consider_numbers(X, np.zeros(30, dtype=int), [])] == [1, 2, 3]
    (only,) = consider_numbers(np.ones((4, 1)), np.zeros(4, dtype=int), [])
    assert (only.n_clusters, only.index, only.stability) == (1, 1.0, 1.0)
    X = np.random.default_rng(0).normal(size=(40, 2))
    assert len(consider_numbers(X, partition(X, 10), [])) == 11  # one more than was chosen


def test_bad_arguments_are_refused() -> None:
    X = np.zeros((3, 1))
    with pytest.raises(ParameterError, match=r"The stability needs at least 1 resample. Got 0 instead."):
        measure_stabilities(X, np.zeros(3, dtype=int), n_resamples=0)
    with pytest.raises(ParameterError, match=r"The stability needs a label for each of the 3 rows, and one cluster"):
        measure_stabilities(X, np.full(3, -1))
    with pytest.raises(ParameterError, match=r"The numbers need a label for each of the 3 rows, and one cluster at l"):
        consider_numbers(X, np.zeros(2, dtype=int), [])
