"""Triples of truncated differences, and runs of quantized third differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from forensic_style.kernels.co_occurrence import count_difference_triples, count_third_difference_runs
from tests.conftest import draw_planes
from tests.naive import co_occurrence as naive

PLANES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9), elements={"max_value": 9})
ORIGIN = (3, 3, 3)  # bin of three differences of 0, for a threshold of 3


def _stack(plane: NDArray[Any]) -> NDArray[Any]:
    """Two windows, the second one other than the first."""
    return np.stack([plane, plane[::-1]])


NARROW = [_stack(plane) for plane in draw_planes(1, 1) + draw_planes(4, 7) if plane.dtype == np.uint8]


def _count_triples(plane: NDArray[Any]) -> NDArray[np.int64]:
    return count_difference_triples(np.ascontiguousarray(plane)[None], 3)[0]


def _count_runs(plane: NDArray[Any], step: int = 3) -> NDArray[np.int64]:
    return count_third_difference_runs(np.ascontiguousarray(plane)[None], step)[0]


def _reverse(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same runs walked the other way: (u, v, w) becomes (-w, -v, -u)."""
    return counts[::-1, ::-1, ::-1].transpose(2, 1, 0)


def test_one_row_of_four_samples_worked_by_hand() -> None:
    counts = _count_triples(np.array([[0, 1, 3, 9]], dtype=np.uint8))
    # differences 0 - 1, 1 - 3, 3 - 9 = -1, -2, -6, truncated to -1, -2, -3; bins are differences + 3
    assert counts[0, 2, 1, 0] == 1
    assert counts.sum() == 1


def test_one_column_of_four_samples_counts_downwards() -> None:
    counts = _count_triples(np.array([[9], [6], [5], [5]], dtype=np.uint8))
    assert counts[1, 6, 4, 3] == 1  # 3, 1, 0
    assert counts.sum() == 1


def test_diagonals_of_four_by_four_samples_worked_by_hand() -> None:
    counts = _count_triples(np.diag([4, 3, 1, 1]).astype(np.uint8))
    assert counts[2, 4, 5, 3] == 1  # down-right 4, 3, 1, 1: differences 1, 2, 0
    assert counts[(3, *ORIGIN)] == 1  # down-left: all 0
    assert counts[2].sum() == counts[3].sum() == 1


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (3, 1)])
def test_nothing_is_counted_where_no_run_fits(shape: tuple[int, int]) -> None:
    assert not _count_triples(np.ones(shape, dtype=np.uint8)).any()


def test_flat_plane_fills_the_bin_of_no_difference_alone() -> None:
    counts = _count_triples(np.full((6, 7), 255, dtype=np.uint8))
    assert [int(part[ORIGIN]) for part in counts] == [6 * 4, 3 * 7, 3 * 4, 3 * 4]
    assert counts.sum() == 24 + 21 + 12 + 12


def test_ramp_to_the_right_fills_one_bin_per_direction() -> None:
    plane = np.tile(np.arange(10, dtype=np.uint8), (8, 1))
    counts = _count_triples(plane)
    assert counts[0, 2, 2, 2] == counts[0].sum()
    assert counts[(1, *ORIGIN)] == counts[1].sum()
    assert counts[2, 2, 2, 2] == counts[2].sum()
    assert counts[3, 4, 4, 4] == counts[3].sum()


@pytest.mark.parametrize("threshold", [1, 3, 7])
@pytest.mark.parametrize("planes", [_stack(plane) for plane in draw_planes(1, 1)])
def test_triples_equal_twin(planes: NDArray[Any], threshold: int) -> None:
    np.testing.assert_array_equal(
        count_difference_triples(planes, threshold), naive.count_difference_triples(planes, threshold)
    )


@pytest.mark.parametrize("shape", [(4, 4), (4, 5), (5, 4), (5, 5), (6, 7), (7, 6), (8, 8), (9, 33), (9, 66)])
def test_every_run_is_counted_once_whatever_the_parity_of_rows_and_columns(shape: tuple[int, int]) -> None:
    planes = np.random.default_rng(sum(shape)).integers(0, 9, (2, *shape), dtype=np.uint8)
    np.testing.assert_array_equal(count_difference_triples(planes, 3), naive.count_difference_triples(planes, 3))
    np.testing.assert_array_equal(count_third_difference_runs(planes, 3), naive.count_third_difference_runs(planes, 3))


@given(PLANES)
def test_negative_image_negates_the_differences(plane: NDArray[np.uint8]) -> None:
    counts = _count_triples(plane)
    np.testing.assert_array_equal(_count_triples(255 - plane), counts[:, ::-1, ::-1, ::-1])


@given(PLANES)
def test_mirror_image_reverses_rows_and_swaps_diagonals(plane: NDArray[np.uint8]) -> None:
    counts = _count_triples(plane)
    mirrored = _count_triples(plane[:, ::-1])
    np.testing.assert_array_equal(mirrored[0], _reverse(counts[0]))
    np.testing.assert_array_equal(mirrored[1:], counts[[1, 3, 2]])


@given(PLANES)
def test_transposed_image_swaps_right_and_down(plane: NDArray[np.uint8]) -> None:
    counts = _count_triples(plane)
    turned = _count_triples(plane.T)
    np.testing.assert_array_equal(turned[:3], counts[[1, 0, 2]])
    np.testing.assert_array_equal(turned[3], _reverse(counts[3]))


def test_third_difference_run_of_seven_samples_worked_by_hand() -> None:
    counts = _count_runs(np.array([[0, 0, 0, 2, 1, 0, 0]], dtype=np.uint8))
    # residuals 0 - 0 + 0 - 2 = -2, 0 - 0 + 6 - 1 = 5, 0 - 6 + 3 - 0 = -3, 2 - 3 + 0 - 0 = -1;
    # in threes -0.67, 1.67, -1, -0.33, rounded -1, 2, -1, 0; bins are codes + 2
    assert counts[0, 1, 4, 1, 2] == 1
    assert counts.sum() == 1


def test_half_is_rounded_away_from_zero() -> None:
    counts = _count_runs(np.array([[1, 0, 0, 0, 1, 3, 6]], dtype=np.uint8), 2)
    # residuals 1 - 0 + 0 - 0 = 1, 0 - 0 + 0 - 1 = -1, 0 - 0 + 3 - 3 = 0, 0 - 3 + 9 - 6 = 0
    assert counts[0, 3, 1, 2, 2] == 1  # 0.5 is 1, -0.5 is -1


def test_parabola_leaves_no_third_difference() -> None:
    y, x = np.mgrid[:9, :11]
    counts = _count_runs((x * x + 2 * y * y + x).astype(np.uint8), 1)
    assert counts[:, 2, 2, 2, 2].tolist() == [9 * 5, 6 * 8, 6 * 8, 3 * 11]
    assert counts.sum() == counts[:, 2, 2, 2, 2].sum()


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (1, 6), (6, 1)])
def test_no_third_difference_run_is_counted_where_none_fits(shape: tuple[int, int]) -> None:
    assert not _count_runs(np.ones(shape, dtype=np.uint8)).any()


@pytest.mark.parametrize("step", [1, 2, 3, 6])
@pytest.mark.parametrize("planes", NARROW)
def test_third_difference_runs_equal_twin(planes: NDArray[np.uint8], step: int) -> None:
    np.testing.assert_array_equal(
        count_third_difference_runs(planes, step), naive.count_third_difference_runs(planes, step)
    )


@given(PLANES)
def test_negative_image_negates_the_third_differences(plane: NDArray[np.uint8]) -> None:
    counts = _count_runs(plane)
    np.testing.assert_array_equal(_count_runs(255 - plane), counts[:, ::-1, ::-1, ::-1, ::-1])


@given(PLANES)
def test_transposed_image_swaps_rows_and_columns_of_third_differences(plane: NDArray[np.uint8]) -> None:
    counts = _count_runs(plane)
    turned = _count_runs(plane.T)
    np.testing.assert_array_equal(turned, counts[::-1])
