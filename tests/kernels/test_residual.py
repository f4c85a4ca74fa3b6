"""Residuals and their correlations: neighbours and channels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from forensic_style.kernels.residual import correlate_lags, multiply_channels, subtract_local_mean
from tests.conftest import draw_planes
from tests.naive import residual as naive

LARGEST = 8 * 255  # of nine times a deviation
RESIDUALS = arrays(
    np.int16,
    array_shapes(min_dims=2, max_dims=2, min_side=4, max_side=10),
    elements={"min_value": -LARGEST, "max_value": LARGEST},
)
LAGS = np.array([(down, right) for down in range(4) for right in range(-3, 4)])
# exact sums of whole numbers, then a handful of float64 operations
RTOL, ATOL = 1e-12, 1e-12


def _draw_residuals(rows: int, columns: int) -> list[NDArray[np.int16]]:
    shapes = [(rows, columns), (rows, columns + 7), (rows + 6, columns), (rows + 3, columns + 290)]
    generator = np.random.default_rng(3)
    tops = (1, 30, LARGEST)
    return [generator.integers(-top, top + 1, shape, dtype=np.int16) for shape in shapes for top in tops]


def test_local_mean_of_nine_samples_worked_by_hand() -> None:
    plane = np.array([[1, 2, 3], [4, 7, 6], [7, 8, 9]], dtype=np.uint8)
    assert subtract_local_mean(plane[None], 1).tolist() == [[[16]]]  # 9 * 7 - 47


def test_ramps_leave_no_residual() -> None:
    ramp = np.add.outer(np.arange(8) * 3, np.arange(9) * 5).astype(np.uint8)
    assert subtract_local_mean(ramp[None], 1).shape == (1, 6, 7)
    assert not subtract_local_mean(ramp[None], 1).any()


def test_column_pattern_survives() -> None:
    plane = np.tile(np.array([0, 3], dtype=np.uint8), (4, 4))
    # the neighbourhood of a 3 adds up to 9, that of a 0 to 18: 27 - 9 and 0 - 18
    assert np.unique(subtract_local_mean(plane[None], 1)).tolist() == [-18, 18]


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("plane", [plane for plane in draw_planes(3, 3) if plane.dtype == np.uint8])
def test_local_mean_equals_twin(plane: NDArray[Any], step: int) -> None:
    planes = np.stack([plane, plane // 3])
    np.testing.assert_array_equal(subtract_local_mean(planes, step), naive.subtract_local_mean(planes, step))


def test_lags_of_four_samples_worked_by_hand() -> None:
    found = correlate_lags(np.array([[[1, 2], [3, 4]]], dtype=np.int16), np.array([[0, 1], [1, 0], [1, 1], [1, -1]]), 1)
    # mean square (1 + 4 + 9 + 16) / 4 = 7.5; right (2 + 12) / 2 = 7; down (3 + 8) / 2 = 5.5;
    # down-right 1 * 4 = 4; down-left 2 * 3 = 6
    np.testing.assert_allclose(found[0], np.array([7, 5.5, 4, 6]) / 7.5, rtol=RTOL)


def test_residual_of_zero_correlates_by_zero() -> None:
    assert not correlate_lags(np.zeros((2, 5, 6), dtype=np.int16), LAGS, 1).any()


def test_white_noise_correlates_at_no_lag_but_the_origin() -> None:
    noise = np.random.default_rng(4).normal(0, 300, (300, 300)).astype(np.int16)
    found = correlate_lags(noise[None], LAGS, 1)[0]
    assert found[3] == 1.0
    found[3] = 0.0
    assert np.abs(found).max() < 0.02  # standard error 1 / 300, 27 lags


@pytest.mark.parametrize("period", [2, 3, 5])
def test_injected_period_peaks_at_that_period(period: int) -> None:
    pattern = np.zeros(60)
    pattern[::period] = 50
    noise = np.random.default_rng(5).integers(-9, 10, (40, 60))
    residual = (pattern - pattern.mean() + noise).astype(np.int16)
    lags = np.array([(0, right) for right in range(1, 6)])
    across = correlate_lags(residual[None], lags, 1)[0]
    down = correlate_lags(np.ascontiguousarray(residual.T)[None], lags[:, ::-1].copy(), 1)[0]
    assert across[: period + 1].argmax() == down[: period + 1].argmax() == period - 1
    assert across[period - 1] > 0.8


@pytest.mark.parametrize("step", [1, 3])
@pytest.mark.parametrize("residual", _draw_residuals(4, 4))
def test_lags_equal_twin(residual: NDArray[np.int16], step: int) -> None:
    residuals = np.stack([residual, residual // 2 - 1, np.zeros_like(residual)])
    np.testing.assert_allclose(
        correlate_lags(residuals, LAGS, step), naive.correlate_lags(residuals, LAGS, step), rtol=RTOL, atol=ATOL
    )


@given(RESIDUALS)
def test_mirror_image_mirrors_the_lags(residual: NDArray[np.int16]) -> None:
    mirrored = correlate_lags(np.ascontiguousarray(residual[None, :, ::-1]), LAGS * [1, -1], 1)
    np.testing.assert_allclose(mirrored, correlate_lags(residual[None], LAGS, 1), rtol=RTOL, atol=ATOL)


@given(RESIDUALS)
def test_negative_residual_has_the_same_lags(residual: NDArray[np.int16]) -> None:
    np.testing.assert_array_equal(correlate_lags(-residual[None], LAGS, 1), correlate_lags(residual[None], LAGS, 1))


def test_largest_residual_overflows_nowhere() -> None:
    largest = np.full((1, 2, 700), -2896, dtype=np.int16)
    assert correlate_lags(largest, np.array([[0, 1], [1, -2]]), 1).tolist() == [[1.0, 1.0]]
    opposed = np.full((1, 2, 700), LARGEST, dtype=np.int16)
    assert multiply_channels(opposed, -opposed, opposed)[0, 6] == (2 * LARGEST) ** 2


def test_channels_of_four_samples_worked_by_hand() -> None:
    red, green, blue = (np.array([[row]], dtype=np.int16) for row in ([3, 1, 0, 2], [1, 1, 2, 0], [0, 2, 2, 0]))
    # squares 14, 6, 8; products 3 + 1, 2 + 4, 2; differences 2, 0, -2, 2 and -1, 1, 0, 0: the first two with their
    # right neighbours 0, then -4 over two places; -1 and 0; each two pairs, the last two places are left out
    expected = [14 / 4, 6 / 4, 8 / 4, 4 / 4, 6 / 4, 2 / 4, 0, (-4 + 0) / 2, (-1 + 0) / 2, 0]
    np.testing.assert_allclose(multiply_channels(red, green, blue)[0], expected, rtol=RTOL)


def test_common_noise_sets_the_product_of_channels() -> None:
    generator = np.random.default_rng(6)
    common, first, second, third = generator.normal(0, 200, (4, 300, 300))
    found = multiply_channels(*((common + own).astype(np.int16)[None] for own in (first, second, third)))[0]
    np.testing.assert_allclose(found[3:6] / found[:3], 0.5, atol=0.02)  # half of each variance is common
    np.testing.assert_allclose(found[6:] / found[0], 0, atol=0.02)


@pytest.mark.parametrize("residual", _draw_residuals(1, 3))
def test_channels_equal_twin(residual: NDArray[np.int16]) -> None:
    red = np.stack([residual, residual // 3])
    green, blue = np.ascontiguousarray(red[:, ::-1] // 2 + 1), np.ascontiguousarray(red[:, :, ::-1])
    np.testing.assert_allclose(
        multiply_channels(red, green, blue),
        naive.multiply_channels(red, green, blue),
        rtol=RTOL,
        atol=ATOL,
    )
