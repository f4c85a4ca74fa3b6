"""Ward's tree in linear memory: SciPy's, whatever ties, repeats or overflows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.cluster.hierarchy
import scipy.spatial.distance
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from forensic_style.clusters import nearest, ward
from forensic_style.clusters.partition import cut_tree
from forensic_style.clusters.ward import grow_ward_tree

seeds = st.integers(0, 2**32 - 1)
tied_rows = hnp.arrays(
    np.float64, st.tuples(st.integers(2, 40), st.integers(1, 3)), elements=st.integers(0, 3).map(float)
)


def grow_with_scipy(X: NDArray[Any]) -> NDArray[np.float64]:
    distances = scipy.spatial.distance.pdist(np.asarray(X, dtype=np.float64))
    return scipy.cluster.hierarchy.linkage(distances, "ward")


def check_merges(X: NDArray[Any], tree: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> None:
    """Every merge of the tree is one of the cheapest there are when it comes, at the height that it costs."""
    assert scipy.cluster.hierarchy.is_valid_linkage(tree)
    assert (np.diff(tree[:, 2]) >= 0).all()
    n = len(X)
    sizes = np.ones(n) if weights is None else weights
    parts = {i: (sizes[i], X[i].astype(np.float64), 1) for i in range(n)}
    for step, (left, right, height, count) in enumerate(tree.tolist()):
        keys = list(parts)
        w, means = np.array([parts[k][0] for k in keys]), np.array([parts[k][1] for k in keys])
        costs = 2 * w[:, None] * w / (w[:, None] + w) * scipy.spatial.distance.cdist(means, means, "sqeuclidean")
        np.fill_diagonal(costs, np.inf)
        scale = max(1.0, float(np.abs(means).max()))
        assert height == pytest.approx(np.sqrt(costs.min()), rel=1e-7, abs=1e-7 * scale)
        one, other = parts.pop(int(left)), parts.pop(int(right))
        a, b = one[0], other[0]
        gap = np.linalg.norm(one[1] - other[1])
        assert height == pytest.approx(np.sqrt(2 * a * b / (a + b)) * gap, rel=1e-7, abs=1e-7 * scale)
        parts[n + step] = (a + b, (a * one[1] + b * other[1]) / (a + b), one[2] + other[2])
        assert count == one[2] + other[2]


def check_equal(X: NDArray[Any], **options: Any) -> None:
    tree, expected = grow_ward_tree(X, **options), grow_with_scipy(X)
    np.testing.assert_allclose(tree[:, 2], expected[:, 2], rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(tree[:, [0, 1, 3]], expected[:, [0, 1, 3]])


def draw_clustered(n: int, d: int, seed: int = 0) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    centres, scales = rng.normal(size=(6, d)) * 4, rng.gamma(2, 0.5, (6, 1))
    of_row = rng.choice(6, n, p=[0.5, 0.2, 0.15, 0.1, 0.04, 0.01])
    return centres[of_row] + rng.normal(size=(n, d)) * scales[of_row]


def test_tree_of_three_numbers_is_worked_by_hand() -> None:
    # 0 and 1 merge at 1; their mean .5 and 5 merge at sqrt(2 * 2 * 1 / (2 + 1)) * 4.5
    expected = np.array([[0, 1, 1, 2], [2, 3, np.sqrt(4 / 3) * 4.5, 3]])
    assert grow_ward_tree(np.array([[0.0], [1.0], [5.0]])) == pytest.approx(expected)


def test_weights_are_worked_by_hand() -> None:
    # 3 and 1 members at a distance of 2: sqrt(2 * 3 * 1 / 4) * 2; then 4 at .5 and 2 at 10: sqrt(2 * 4 * 2 / 6) * 9.5
    tree = grow_ward_tree(np.array([[0.0], [2.0], [10.0]]), np.array([3, 1, 2]))
    assert tree == pytest.approx(np.array([[0, 1, np.sqrt(6), 2], [2, 3, np.sqrt(16 / 6) * 9.5, 3]]))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_rows(n: int) -> None:
    X = np.random.default_rng(n).normal(size=(n, 4))
    assert grow_ward_tree(X) == pytest.approx(grow_with_scipy(X) if n > 1 else np.empty((0, 4)))


@pytest.mark.parametrize(("n", "d"), [(40, 1), (40, 3), (300, 2), (1300, 20)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tree_equals_scipy_where_nothing_ties(n: int, d: int, dtype: type[np.floating[Any]]) -> None:
    check_equal(np.random.default_rng(n).normal(size=(n, d)).astype(dtype))
    check_equal(draw_clustered(n, d).astype(dtype))


@given(seeds, st.integers(2, 60), st.integers(1, 4))
@settings(max_examples=60)
def test_tree_equals_scipy_for_any_rows(seed: int, n: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    check_equal(rng.normal(size=(n, d)) * np.exp(rng.normal(size=(n, 1)) * rng.integers(0, 4)))


@given(tied_rows)
@settings(max_examples=60)
def test_with_ties_every_merge_is_a_cheapest_one(X: NDArray[np.float64]) -> None:
    check_merges(X, grow_ward_tree(X))


@given(tied_rows, seeds)
@settings(max_examples=40)
def test_with_ties_and_weights_every_merge_is_a_cheapest_one(X: NDArray[np.float64], seed: int) -> None:
    weights = np.random.default_rng(seed).integers(1, 5, len(X)).astype(np.float64)
    check_merges(X, grow_ward_tree(X, weights), weights)


@pytest.mark.parametrize("seed", range(3))
def test_equal_rows_with_weights_equal_one_row_with_their_sum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, weights = rng.normal(size=(50, 3)), rng.integers(1, 6, 50)
    repeated = grow_ward_tree(np.repeat(X, weights, axis=0))
    assert (repeated[: weights.sum() - 50, 2] == 0).all()
    assert repeated[weights.sum() - 50 :, 2] == pytest.approx(grow_ward_tree(X, weights)[:, 2])


def test_repeated_rows_equal_scipy_at_every_cut_above_0() -> None:
    rng = np.random.default_rng(0)
    X = np.repeat(draw_clustered(60, 3), 5, axis=0)[rng.permutation(300)]
    tree, expected = grow_ward_tree(X), grow_with_scipy(X)
    assert tree[:, 2] == pytest.approx(expected[:, 2], abs=1e-9)
    for n_clusters in range(1, 61):
        assert np.array_equal(cut_tree(tree, n_clusters), cut_tree(expected, n_clusters))


def test_rows_that_are_all_the_same_merge_at_0() -> None:
    tree = grow_ward_tree(np.full((70, 3), 0.1))
    assert (tree[:, 2] == 0).all()
    check_merges(np.full((70, 3), 0.1), tree)
    assert (grow_ward_tree(np.array([[0.0], [-0.0]]))[:, 2] == 0).all()


@pytest.mark.parametrize(
    "X",
    [
        np.indices((13, 13)).reshape(2, -1).T.astype(np.float64),
        np.indices((2,) * 7).reshape(7, -1).T.astype(np.float64),
        np.eye(90),
        np.arange(150.0)[:, None],
        np.vstack([np.zeros((1, 60)), np.eye(60), -np.eye(60)]),
    ],
    ids=["grid", "cube", "simplex", "line", "star"],
)
def test_masses_of_ties(X: NDArray[np.float64]) -> None:
    check_merges(X, grow_ward_tree(X))


@pytest.mark.parametrize("ratio", [1.01, 1.5, 10.0])
def test_chains_of_growing_gaps(ratio: float) -> None:
    check_equal(np.cumsum(ratio ** np.arange(60))[:, None])


@pytest.mark.parametrize("power", [-160, -20, 20, 150])
def test_very_short_and_very_long_rows(power: int) -> None:
    X = draw_clustered(100, 3)
    scaled = grow_ward_tree(np.ldexp(X, power * 3))
    assert np.array_equal(scaled[:, [0, 1, 3]], grow_ward_tree(X)[:, [0, 1, 3]])
    assert np.ldexp(scaled[:, 2], -power * 3) == pytest.approx(grow_ward_tree(X)[:, 2], rel=1e-12)


def test_a_row_far_from_all_others_costs_no_precision() -> None:
    X = draw_clustered(200, 3)
    X[17] = 1e9
    check_equal(X)


def test_columns_far_from_zero_cost_no_precision() -> None:
    check_equal(draw_clustered(200, 3).round(3) * 1024 + np.array([1e12, -1e12, 0]))


def test_neither_lists_nor_blocks_nor_threads_change_the_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.vstack([draw_clustered(300, 5).round(1), np.indices((9, 9, 2, 1, 1)).reshape(5, -1).T])
    expected = grow_ward_tree(X)
    monkeypatch.setattr(nearest, "COLUMNS_PER_BLOCK", 7)
    monkeypatch.setattr(ward, "ROWS_PER_BLOCK", 11)
    assert np.array_equal(grow_ward_tree(X), expected)
    for width in (2, 3, 50):
        monkeypatch.setattr(ward, "WIDTH", width)
        assert np.array_equal(grow_ward_tree(X), expected)
    monkeypatch.setattr(nearest.os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert np.array_equal(grow_ward_tree(X), expected)


def test_a_screen_that_rules_nothing_out_gives_the_same_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    X = draw_clustered(200, 4)
    expected = grow_ward_tree(X)
    monkeypatch.setattr(nearest, "_UNIT", 0.02)  # as if float32 had six bits: most searches are settled one by one
    assert np.array_equal(grow_ward_tree(X), expected)


def test_rows_are_not_changed() -> None:
    X = draw_clustered(50, 3) + 1000
    before, weights = X.copy(), np.ones(50)
    grow_ward_tree(X, weights)
    assert np.array_equal(X, before)
    assert (weights == 1).all()
