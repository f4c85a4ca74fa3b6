"""Flat runs, strengths of detail, gradients of colours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.kernels.depiction import (
    add_squares,
    count_colour_clouds,
    count_flat_runs,
    sum_band_products,
    sum_colour_gradients,
)
from tests.conftest import draw_planes
from tests.naive import depiction as naive

NARROW = [np.stack([plane, plane[::-1]]) for plane in draw_planes(7, 7) if plane.dtype == np.uint8]
SHAPES = [(7, 7), (7, 16), (15, 8), (24, 33)]


def _draw_sums(shape: tuple[int, int], seed: int, top: int = 1020) -> NDArray[np.uint16]:
    """Two windows."""
    return np.random.default_rng(seed).integers(0, top, (2, *shape), endpoint=True).astype(np.uint16)


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
        plane = _draw_sums(shape, seed, top)
        found, expected = sum_band_products(plane, softness), naive.sum_band_products(plane, softness)
        for one, other in zip(found, expected, strict=True):  # sums of float32
            np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-3 * expected[1][:, 1].min() ** 0.5)


def test_transposed_plane_swaps_right_and_down() -> None:
    plane = _draw_sums((17, 22), 1)
    one, other = (sum_band_products(np.ascontiguousarray(part), 40.0)[0] for part in (plane, plane.swapaxes(1, 2)))
    np.testing.assert_allclose(other[:, 3:6], one[:, :3], rtol=1e-5)


def test_gradients_of_one_slope_of_red_worked_by_hand() -> None:
    red = np.tile(np.arange(6, dtype=np.uint16) * 4, (1, 5, 1))
    still = np.full((1, 5, 6), 9, dtype=np.uint16)
    (moments,), (coherence,) = sum_colour_gradients(still, red, still, still, 0.5, 2.0)
    # red rises by 2 grey levels a sample: E = 4, F = H = 0; colour's gradient is 2, its strength 1/2
    np.testing.assert_allclose(moments, [12, 0, 6, 0, 3, 0], rtol=1e-6)
    np.testing.assert_allclose(coherence, [12 * 16 / 20, 12 * 4 * 16 / 20, 48], rtol=1e-6)


def test_channels_that_change_across_each_other_are_not_coherent() -> None:
    slope = np.tile(np.arange(9, dtype=np.uint16) * 4, (1, 9, 1))
    turned, still = np.ascontiguousarray(slope.swapaxes(1, 2)), np.zeros((1, 9, 9), dtype=np.uint16)
    apart, together = (sum_colour_gradients(still, slope, green, still, 1.0, 4.0)[1] for green in (turned, slope))
    assert apart[0, 0] == 0.0
    assert together[0, 0] == pytest.approx(49 * 1024 / 1028, rel=1e-5)


@pytest.mark.parametrize("shape", [(3, 3), *SHAPES])
def test_gradients_equal_twin(shape: tuple[int, int]) -> None:
    for seed, top in enumerate((4, 1020, 4080)):
        planes = [_draw_sums(shape, 10 * seed + k, top) for k in range(4)]
        found = sum_colour_gradients(*planes, 0.25, 4.0)
        expected = naive.sum_colour_gradients(*planes, 0.25, 4.0)
        for one, other in zip(found, expected, strict=True):  # sums of float32
            np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-5)


def _count_clouds(*planes: NDArray[Any], traces: tuple[float, ...], ratios: tuple[float, ...]) -> NDArray[np.int64]:
    return count_colour_clouds(*planes, 1.0, np.array(traces), np.array(ratios))


def test_colour_clouds_worked_by_hand() -> None:
    ramp = np.repeat(np.array([0, 4, 0, 4], dtype=np.uint16), 4).reshape(1, 4, 4)  # variance 4, with the floor 5
    flat = np.zeros_like(ramp)
    one = {"traces": (6.9, 7.1), "ratios": (1.4, 1.6)}  # trace 5 + 1 + 1, minors 5 + 5 + 1: 49 / 33 = 1.48
    assert _count_clouds(ramp, flat, flat, **one).tolist() == [[[0, 0, 0], [0, 1, 0], [0, 0, 0]]]
    three = {"traces": (14.9, 15.1), "ratios": (8.3, 8.4)}  # trace 15, minors 3 (25 - 16): 225 / 81 = 2.78, below both
    assert _count_clouds(ramp, ramp, ramp, **three).tolist() == [[[0, 0, 0], [1, 0, 0], [0, 0, 0]]]
    turned = ramp.transpose(0, 2, 1).copy()  # uncorrelated with the ramp: trace 5 + 5 + 1, minors 25 + 5 + 5
    two = {"traces": (10.9, 11.1), "ratios": (1.1, 1.2)}  # 121 / 105 = 1.15
    assert _count_clouds(ramp, turned, flat, **two).tolist() == [[[0, 0, 0], [0, 1, 0], [0, 0, 0]]]


@pytest.mark.parametrize("shape", [(3, 9), (4, 4), (5, 7), (8, 6), (15, 18)])
def test_colour_clouds_equal_twin(shape: tuple[int, int]) -> None:
    planes = [_draw_sums(shape, seed) // 2**seed for seed in range(3)]
    planes[1] += planes[0] // 2
    traces, ratios = np.array([2e4, 6e4, 1e5]), np.array([1.05, 1.3, 1.9])
    expected = naive.count_colour_clouds(*planes, 9.6, traces, ratios)
    np.testing.assert_array_equal(count_colour_clouds(*planes, 9.6, traces, ratios), expected)
    n_boxes = max(0, (shape[0] - 2) // 2) * max(0, (shape[1] - 2) // 2)
    assert expected.sum(axis=(1, 2)).tolist() == [n_boxes] * 2


def test_brightest_colours_are_counted_without_overflow() -> None:
    checks = (np.indices((1, 8, 8)).sum(axis=0) % 2 * 4080).astype(np.uint16)
    far, line = (4080.0**2 * 0.7, 4080.0**2 * 0.8), (1e6, 1e9)  # three variances of 2040^2 along one line
    assert _count_clouds(checks, checks, checks, traces=far, ratios=line)[0, 1].sum() == 9
