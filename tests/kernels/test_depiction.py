"""Flat runs, strengths of detail, gradients of colours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.kernels.depiction import (
    add_squares,
    count_flat_runs,
    sum_band_products,
)
from tests.conftest import draw_planes, draw_sums
from tests.naive import depiction as naive

NARROW = [np.stack([plane, plane[::-1]]) for plane in draw_planes(7, 7) if plane.dtype == np.uint8]
SHAPES = [(7, 7), (7, 16), (15, 8), (24, 33)]


def test_squares_worked_by_hand() -> None:
    plane = np.array([[[1, 2, 9], [3, 4, 9], [9, 9, 9]]], dtype=np.uint8)
    assert add_squares(plane).tolist() == [[[10]]]  # the odd row and column are left out


def test_squares_of_the_brightest_plane_twice_stay_within_sixteen_bits() -> None:
    twice = add_squares(add_squares(np.full((1, 8, 8), 255, dtype=np.uint8)))
    assert np.unique(twice).tolist() == [4080]


@pytest.mark.parametrize("plane", NARROW)
def test_squares_equal_twin(plane: NDArray[Any]) -> None:
    np.testing.assert_array_equal(add_squares(plane), naive.add_squares(plane))


def test_flat_runs_of_one_column_worked_by_hand() -> None:
    column = np.array([[[5], [6], [8], [12], [12]]], dtype=np.uint8)
    # steps 1, 2, 4, 0: of at most 2 grey levels the first two and the last one; one run of two steps, none of four
    assert count_flat_runs(column, 2, 3).tolist() == [[[3, 1, 0], [0, 0, 0]]]
    assert count_flat_runs(column.reshape(1, 1, 5), 2, 3).tolist() == [[[0, 0, 0], [3, 1, 0]]]


def test_runs_to_the_right_end_with_the_row() -> None:
    rows = np.array([[[5, 5, 9], [9, 9, 9]]], dtype=np.uint8)
    assert count_flat_runs(rows, 0, 2).tolist() == [[[1, 0], [3, 1]]]


def test_flat_plane_fills_every_place() -> None:
    found = count_flat_runs(np.full((1, 9, 3), 7, dtype=np.uint8), 0, 4)
    assert found.tolist() == [[[8 * 3, 7 * 3, 5 * 3, 1 * 3], [9 * 2, 9 * 1, 0, 0]]]


def test_flat_runs_of_a_large_plane_do_not_overflow() -> None:
    found = count_flat_runs(np.full((1, 300, 400), 7, dtype=np.uint8), 0, 1)
    assert found.tolist() == [[[299 * 400], [300 * 399]]]


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (2, 2)])
def test_no_run_where_none_fits(shape: tuple[int, int]) -> None:
    assert not count_flat_runs(np.zeros((2, *shape), dtype=np.uint8), 2, 3)[:, :, 1:].any()


@pytest.mark.parametrize("tolerance", [0, 2, 255])
@pytest.mark.parametrize("plane", [*(plane[None] for plane in draw_planes(1, 1)[:3]), *NARROW])
def test_flat_runs_equal_twin(plane: NDArray[Any], tolerance: int) -> None:
    np.testing.assert_array_equal(count_flat_runs(plane, tolerance, 4), naive.count_flat_runs(plane, tolerance, 4))


def test_bands_of_one_bright_sample_worked_by_hand() -> None:
    plane = np.zeros((1, 7, 7), dtype=np.uint16)
    plane[0, 3, 3] = 10
    (moments,), (asymmetry,) = sum_band_products(plane, 10.0)
    # to the right: 10, -20, 10 in the middle row, strengths 1/2, 2/3, 1/2; downwards the same in the middle column
    np.testing.assert_allclose(moments[6], [25, 5 / 3, 5 / 3, 17 / 18, 17 / 18, 4 / 9], rtol=1e-6)
    np.testing.assert_allclose(moments[0, [0, 5]], [20, 2 / 3], rtol=1e-6)  # 1/2 * 2/3 twice
    np.testing.assert_allclose(moments[1, [0, 5]], [15, 1 / 4], rtol=1e-6)  # 1/2 * 1/2
    # the Laplacian: -40 in the middle, 10 at its four neighbours
    assert asymmetry.tolist() == [4 * 100 - 1600, 4 * 100 + 1600]


def test_bands_of_a_slope_are_nothing() -> None:
    y, x = np.mgrid[:9, :12]
    moments, asymmetry = sum_band_products((3 * x + 5 * y).astype(np.uint16)[None], 4.0)
    assert not moments[:, :, 1:].any()
    assert not asymmetry.any()


@pytest.mark.parametrize("softness", [1.0, 80.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_bands_equal_twin(shape: tuple[int, int], softness: float) -> None:
    for seed, top in enumerate((4, 1020, 4080)):
        plane = draw_sums(shape, seed, top)
        found, expected = sum_band_products(plane, softness), naive.sum_band_products(plane, softness)
        for one, other in zip(found, expected, strict=True):  # sums of float32
            np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-3 * expected[1][:, 1].min() ** 0.5)


def test_transposed_plane_swaps_right_and_down() -> None:
    plane = draw_sums((17, 22), 1)
    one, other = (sum_band_products(np.ascontiguousarray(part), 40.0)[0] for part in (plane, plane.swapaxes(1, 2)))
    np.testing.assert_allclose(other[:, 3:6], one[:, :3], rtol=1e-5)
