"""The screen of nearest neighbours, Ward's costs, and rounds of merging."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.kernels.nearest import Forest, keep_cheapest, measure_costs, merge_rounds
from tests.naive import nearest as naive

INF = np.float32(np.inf)


def _screen(points: NDArray[np.float32], n_rows: int, sizes: NDArray[Any]) -> list[NDArray[np.float32]]:
    """Products, norms and shares of the first rows, and norms and shares of all."""
    norms, shares = (points * points).sum(axis=1), (1 / sizes).astype(np.float32)
    return [points[:n_rows] @ points.T, norms[:n_rows], shares[:n_rows], norms, shares]


def _plant(X: NDArray[np.float64], width: int, sizes: NDArray[np.float64]) -> Forest:
    """Every row with its `width` cheapest neighbours, and the radius that this gives."""
    n = len(X)
    every = np.arange(n)
    costs = np.array([naive.measure_costs(X, sizes, X, sizes, np.full(n, i), every) for i in every])
    costs[every, every] = np.inf
    order = np.argsort(costs, axis=1, kind="stable")[:, : width + 1]
    sorted_costs = np.take_along_axis(costs, order, axis=1)
    radii = sorted_costs[:, width] if n > width + 1 else np.full(n, np.inf)
    kept = sorted_costs[:, :width] < radii[:, None]
    shape = (n, width)
    lists, kept_costs = np.full(shape, -1, dtype=np.int32), np.full(shape, np.inf)
    lists[:, : kept.shape[1]] = np.where(kept, order[:, :width], -1)
    kept_costs[:, : kept.shape[1]] = np.where(kept, sorted_costs[:, :width], np.inf)
    numbers = np.arange(2 * n - 1)
    return Forest(
        X.copy(), sizes.copy(), np.arange(n), lists, kept_costs, radii, order[:, 0], sorted_costs[:, 0],
        numbers, numbers.copy(), np.zeros((n - 1, 2), dtype=np.int64), np.zeros(n - 1),
    )  # fmt: skip


def test_the_cheapest_of_three_columns_are_worked_by_hand() -> None:
    # rows 0 and 3, columns 0, 1 and 5 in one dimension: costs are squared distances, 0 1 25 and 9 4 4
    points = np.array([[0], [1], [5]], dtype=np.float32)
    rows, ones = np.array([[0], [3]], dtype=np.float32), np.ones(3, dtype=np.float32)
    costs, columns = np.full((2, 2), INF), np.full((2, 2), -1, dtype=np.int32)
    keep_cheapest(rows @ points.T, rows[:, 0] ** 2, ones[:2], points[:, 0] ** 2, ones, 10, costs, columns)
    assert costs.tolist() == [[0, 1], [4, 4]]
    assert columns.tolist() == [[10, 11], [11, 12]]


def test_columns_of_later_blocks_do_not_displace_equal_ones() -> None:
    zeros, ones = np.zeros((1, 3), dtype=np.float32), np.ones(3, dtype=np.float32)
    costs, columns = np.full((1, 2), INF), np.full((1, 2), -1, dtype=np.int32)
    for start in (0, 3):
        keep_cheapest(zeros, zeros[0, :1], ones[:1], ones, ones, start, costs, columns)
    assert (costs.tolist(), columns.tolist()) == ([[1, 1]], [[0, 1]])


def test_columns_without_end_are_never_kept() -> None:
    costs, columns = np.full((1, 2), INF), np.full((1, 2), -1, dtype=np.int32)
    one = np.ones(1, dtype=np.float32)
    keep_cheapest(np.zeros((1, 2), np.float32), one, one, np.array([INF, 1]), np.ones(2, np.float32), 0, costs, columns)
    assert columns.tolist() == [[1, -1]]


@pytest.mark.parametrize(
    ("n_rows", "n", "width"), [(1, 1, 1), (1, 63, 2), (3, 64, 5), (5, 65, 4), (7, 300, 17), (4, 3, 9)]
)
@pytest.mark.parametrize("seed", range(3))
def test_the_screen_equals_its_twin(n_rows: int, n: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.integers(-9, 9, (max(n, n_rows), 3)).astype(np.float32)  # sums of small integers are exact
    sizes = 2.0 ** rng.integers(0, min(seed, 1) + 1, len(points))  # all 1 for the first seed
    arrays = _screen(points, n_rows, sizes)
    found, expected = ([np.full((n_rows, width), INF), np.full((n_rows, width), -1, dtype=np.int32)] for _ in "ab")
    for start in (0, 1000):
        keep_cheapest(*arrays, start, *found)
        naive.keep_cheapest(*arrays, start, *expected)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-6)
    if seed == 0:
        np.testing.assert_array_equal(found[1], expected[1])


def test_costs_are_worked_by_hand() -> None:
    # 2 and 1 members at a distance of 5: 2 * 2 * 1 / 3 * 25
    rows, others = np.array([[0.0, 0.0]], dtype=np.float32), np.array([[3.0, 4.0]])
    costs = measure_costs(rows, np.array([2.0]), others, np.array([1.0]), np.array([0, 0]), np.array([0, -1]))
    assert costs == pytest.approx([100 / 3, np.inf])


@pytest.mark.parametrize("d", [1, 3, 4, 5, 8, 11])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_costs_equal_their_twin(d: int, dtype: type[np.floating[Any]]) -> None:
    rng = np.random.default_rng(d)
    rows, others = rng.normal(size=(5, d)).astype(dtype), rng.normal(size=(7, d))
    sizes, other_sizes = rng.integers(1, 9, 5).astype(np.float64), rng.integers(1, 9, 7).astype(np.float64)
    firsts, seconds = rng.integers(0, 5, 30), rng.integers(-1, 7, 30)
    found = measure_costs(rows, sizes, others, other_sizes, firsts, seconds)
    expected = naive.measure_costs(rows, sizes, others, other_sizes, firsts, seconds)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_two_pairs_merge_in_one_round_and_then_each_other() -> None:
    # 0 and 1 at a cost of 1, 5 and 7 at 4, then means .5 and 6 of two members each: 2 * 2 * 2 / 4 * 5.5 ** 2
    forest = _plant(np.array([[0.0], [1.0], [5.0], [7.0]]), 3, np.ones(4))
    assert merge_rounds(forest, 0, 1.0) == 3
    assert forest.merges.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert forest.heights == pytest.approx([1, 4, 60.5])


def test_a_cluster_whose_list_ends_is_left_to_be_searched() -> None:
    # of each row only the nearest is listed; when 0 and 1 have merged nobody knows who is nearest to them
    forest = _plant(np.array([[0.0], [1.0], [5.0], [9.0]]), 1, np.ones(4))
    assert merge_rounds(forest, 0, 1.0) == 1
    assert (forest.numbers.tolist(), forest.nearest.tolist()[0]) == ([4, -1, 2, 3], -1)


@pytest.mark.parametrize("kind", ["normal", "grid", "simplex", "line"])
@pytest.mark.parametrize("width", [1, 3, 8, 40])
def test_rounds_equal_their_twin(kind: str, width: int) -> None:
    rng = np.random.default_rng(width)
    X = {
        "normal": rng.normal(size=(30, 3)),
        "grid": np.indices((5, 5)).reshape(2, -1).T.astype(np.float64),
        "simplex": np.eye(12),
        "line": np.arange(32.0)[:, None],
    }[kind]
    sizes = rng.integers(1, 4, len(X)).astype(np.float64) if kind == "normal" else np.ones(len(X))
    forest = _plant(X, width, sizes)
    twin = copy.deepcopy(forest)
    n_merged = merge_rounds(forest, 0, sizes.min())
    assert naive.merge_rounds(twin, 0, sizes.min()) == n_merged
    assert n_merged > 0
    alive = forest.numbers >= 0
    for field in ("numbers", "places", "merges"):
        np.testing.assert_array_equal(getattr(forest, field), getattr(twin, field), err_msg=field)
    for field in ("centres", "sizes", "radii", "nearest_costs"):
        np.testing.assert_allclose(
            getattr(forest, field)[alive], getattr(twin, field)[alive], rtol=1e-9, atol=1e-12, err_msg=field
        )
    np.testing.assert_array_equal(forest.nearest[alive], twin.nearest[alive])
    np.testing.assert_allclose(forest.heights, twin.heights, rtol=1e-9)
