"""Residuals and their correlations: neighbours, channels, rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from forensic_style.kernels.residual import (
    correlate_channels,
    correlate_rows_with_their_mean,
    correlate_shifts,
    subtract_local_mean,
)
from tests.conftest import draw_planes
from tests.naive import residual as naive

LARGEST = 8 * 65535  # of nine times a deviation
RESIDUALS = arrays(
    np.int32,
    array_shapes(min_dims=2, max_dims=2, min_side=4, max_side=10),
    elements={"min_value": -LARGEST, "max_value": LARGEST},
)
# exact sums of whole numbers, then a handful of float64 operations
RTOL, ATOL = 1e-12, 1e-12


def _draw_residuals(rows: int, columns: int) -> list[NDArray[np.int32]]:
    shapes = [(rows, columns), (rows, columns + 7), (rows + 6, columns), (rows + 3, columns + 8)]
    generator = np.random.default_rng(3)
    tops = (1, 30, LARGEST)
    return [generator.integers(-top, top + 1, shape, dtype=np.int32) for shape in shapes for top in tops]


def test_local_mean_of_nine_samples_worked_by_hand() -> None:
    plane = np.array([[1, 2, 3], [4, 7, 6], [7, 8, 9]], dtype=np.uint8)
    assert subtract_local_mean(plane).tolist() == [[16]]  # 9 * 7 - 47


def test_flat_plane_leaves_no_residual() -> None:
    residual = subtract_local_mean(np.full((5, 9), 65535, dtype=np.uint16))
    assert residual.shape == (3, 7)
    assert not residual.any()


def test_ramps_leave_no_residual() -> None:
    ramp = np.add.outer(np.arange(8) * 3, np.arange(9) * 5).astype(np.uint8)
    assert not subtract_local_mean(ramp).any()


def test_column_pattern_survives() -> None:
    plane = np.tile(np.array([0, 3], dtype=np.uint8), (4, 4))
    # the neighbourhood of a 3 adds up to 9, that of a 0 to 18: 27 - 9 and 0 - 18
    assert np.unique(subtract_local_mean(plane)).tolist() == [-18, 18]


@pytest.mark.parametrize("plane", draw_planes(3, 3))
def test_local_mean_equals_twin(plane: NDArray[Any]) -> None:
    np.testing.assert_array_equal(subtract_local_mean(plane), naive.subtract_local_mean(plane))


def test_shifts_of_four_samples_worked_by_hand() -> None:
    found = correlate_shifts(np.array([[1, 2], [3, 4]], dtype=np.int32), 1)
    # mean square (1 + 4 + 9 + 16) / 4 = 7.5; right (2 + 12) / 2 = 7; down (3 + 8) / 2 = 5.5;
    # down-right 1 * 4 = 4; down-left 2 * 3 = 6
    expected = np.array([[7, 7.5, 7], [6, 5.5, 4]]) / 7.5
    np.testing.assert_allclose(found, expected, rtol=RTOL)


def test_residual_of_zero_correlates_by_zero() -> None:
    assert not correlate_shifts(np.zeros((5, 6), dtype=np.int32), 3).any()


def test_white_noise_correlates_at_no_lag_but_the_origin() -> None:
    noise = np.random.default_rng(4).normal(0, 900, (300, 300)).astype(np.int32)
    found = correlate_shifts(noise, 3)
    assert found[0, 3] == 1.0
    found[0, 3] = 0.0
    assert np.abs(found).max() < 0.02  # standard error 1 / 300, 24 lags


@pytest.mark.parametrize("period", [2, 3, 5])
def test_injected_period_peaks_at_that_period(period: int) -> None:
    pattern = np.zeros(60, dtype=np.int32)
    pattern[::period] = 50
    pattern -= np.int32(pattern.mean())
    noise = np.random.default_rng(5).integers(-9, 10, (40, 60), dtype=np.int32)
    across = correlate_shifts(pattern + noise, 5)[0, 6:]
    down = correlate_shifts(np.ascontiguousarray((pattern + noise).T), 5)[1:, 5]
    assert across[: period + 1].argmax() == down[: period + 1].argmax() == period - 1
    assert across[period - 1] > 0.8


@pytest.mark.parametrize("residual", _draw_residuals(4, 4))
def test_shifts_equal_twin(residual: NDArray[np.int32]) -> None:
    np.testing.assert_allclose(correlate_shifts(residual, 3), naive.correlate_shifts(residual, 3), rtol=RTOL, atol=ATOL)


@given(RESIDUALS)
def test_mirror_image_mirrors_the_shifts(residual: NDArray[np.int32]) -> None:
    mirrored = correlate_shifts(np.ascontiguousarray(residual[:, ::-1]), 3)
    np.testing.assert_allclose(mirrored, correlate_shifts(residual, 3)[:, ::-1], rtol=RTOL, atol=ATOL)


@given(RESIDUALS)
def test_negative_and_half_turned_residuals_have_the_same_shifts(residual: NDArray[np.int32]) -> None:
    expected = correlate_shifts(residual, 3)
    np.testing.assert_array_equal(correlate_shifts(-residual, 3), expected)
    np.testing.assert_array_equal(correlate_shifts(np.ascontiguousarray(residual[::-1, ::-1]), 3), expected)


def test_channels_of_two_samples_worked_by_hand() -> None:
    found = correlate_channels(np.array([[3, 4]], dtype=np.int32), np.array([[4, 3]], dtype=np.int32))
    # (12 + 12) / (5 * 5); root of 25 / 2
    np.testing.assert_allclose(found, [24 / 25, 12.5**0.5, 12.5**0.5], rtol=RTOL)


def test_channel_of_zero_correlates_by_zero() -> None:
    one, zero = np.full((3, 3), 6, dtype=np.int32), np.zeros((3, 3), dtype=np.int32)
    assert correlate_channels(one, zero).tolist() == [0.0, 6.0, 0.0]
    assert correlate_channels(zero, one).tolist() == [0.0, 0.0, 6.0]
    assert correlate_channels(zero, zero).tolist() == [0.0, 0.0, 0.0]


def test_channel_correlates_fully_with_itself_and_its_negative() -> None:
    residual = _draw_residuals(9, 9)[-1]
    assert correlate_channels(residual, 2 * residual)[0] == pytest.approx(1.0, rel=RTOL)
    assert correlate_channels(residual, -residual)[0] == pytest.approx(-1.0, rel=RTOL)


def test_common_noise_sets_the_correlation_of_channels() -> None:
    generator = np.random.default_rng(6)
    common, first, second = generator.normal(0, 1000, (3, 300, 300))
    found = correlate_channels((common + first).astype(np.int32), (common + second).astype(np.int32))
    assert found[0] == pytest.approx(0.5, abs=0.01)  # half of each variance is common
    np.testing.assert_allclose(found[1:], 1000 * 2**0.5, rtol=0.01)


def test_channels_of_mean_zero_equal_corrcoef() -> None:
    one, other = np.random.default_rng(7).integers(-500, 501, (2, 20, 30), dtype=np.int32)
    one, other = np.vstack([one, -one]), np.vstack([other, -other])
    expected = np.corrcoef(one.ravel(), other.ravel())[0, 1]
    assert correlate_channels(one, other)[0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("residual", _draw_residuals(1, 1))
def test_channels_equal_twin(residual: NDArray[np.int32]) -> None:
    other = np.ascontiguousarray(residual[::-1] // 2 + 1)
    np.testing.assert_allclose(
        correlate_channels(residual, other), naive.correlate_channels(residual, other), rtol=RTOL, atol=ATOL
    )


def test_three_rows_worked_by_hand() -> None:
    residual = np.array([[1, 2, 3], [3, 2, 1], [1, 2, 3]], dtype=np.int32)
    # for rows 0 and 2 the others add up to 4, 4, 4, which is constant; for row 1 to 2, 4, 6, exactly opposed
    np.testing.assert_allclose(correlate_rows_with_their_mean(residual), [0, -1, 0], atol=ATOL)


def test_constant_rows_correlate_by_zero() -> None:
    residual = np.repeat(np.array([[LARGEST], [-7], [0]], dtype=np.int32), 11, axis=1)
    assert not correlate_rows_with_their_mean(residual).any()


def test_independent_rows_correlate_by_about_zero() -> None:
    residual = np.random.default_rng(8).normal(0, 300, (200, 400)).astype(np.int32)
    found = correlate_rows_with_their_mean(residual)
    assert abs(found.mean()) < 0.02
    assert found.std() == pytest.approx(400**-0.5, rel=0.2)  # of a correlation of 400 independent pairs


def test_pattern_repeated_in_all_rows_correlates_highly() -> None:
    generator = np.random.default_rng(9)
    pattern, noise = generator.normal(0, 1000, (1, 2000)), generator.normal(0, 1000, (100, 2000))
    found = correlate_rows_with_their_mean((pattern + noise).astype(np.int32))
    # the sum of 99 rows is nearly the pattern, which carries half of a row's variance: sqrt(1/2 / (1 + 1/99))
    assert found.mean() == pytest.approx((0.5 / (1 + 1 / 99)) ** 0.5, abs=0.02)


def test_two_rows_equal_corrcoef() -> None:
    residual = np.random.default_rng(10).integers(-90, 91, (2, 50), dtype=np.int32)
    expected = np.corrcoef(residual[0], residual[1])[0, 1]
    np.testing.assert_allclose(correlate_rows_with_their_mean(residual), expected, rtol=1e-10)


@pytest.mark.parametrize("residual", _draw_residuals(2, 4))
def test_rows_equal_twin(residual: NDArray[np.int32]) -> None:
    np.testing.assert_allclose(
        correlate_rows_with_their_mean(residual),
        naive.correlate_rows_with_their_mean(residual),
        rtol=1e-9,  # variances are differences of sums of squares
        atol=1e-9,
    )


@given(RESIDUALS)
def test_order_of_columns_does_not_matter_to_the_rows(residual: NDArray[np.int32]) -> None:
    mirrored = correlate_rows_with_their_mean(np.ascontiguousarray(residual[:, ::-1]))
    np.testing.assert_allclose(mirrored, correlate_rows_with_their_mean(residual), rtol=1e-9, atol=1e-9)


@given(RESIDUALS)
def test_order_of_rows_is_kept(residual: NDArray[np.int32]) -> None:
    turned = correlate_rows_with_their_mean(np.ascontiguousarray(residual[::-1]))
    np.testing.assert_array_equal(turned, correlate_rows_with_their_mean(residual)[::-1])


@given(RESIDUALS)
def test_correlations_of_rows_lie_between_minus_one_and_one(residual: NDArray[np.int32]) -> None:
    assert np.abs(correlate_rows_with_their_mean(residual)).max() <= 1.0 + 1e-9
