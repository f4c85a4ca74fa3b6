"""Residual magnitudes by brightness."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from forensic_style.kernels.noise import count_residual_magnitudes
from tests.conftest import draw_planes
from tests.naive import noise as naive

PLANES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=3, max_side=12))
SCALE_16_BIT = 255.0 / 65535.0


@pytest.mark.parametrize(("corner", "magnitude_bin"), [(9, 0), (10, 1), (11, 2), (12, 3), (0, 9)])
def test_bent_corner_worked_by_hand(corner: int, magnitude_bin: int) -> None:
    counts = count_residual_magnitudes(np.array([[1, 2, 3], [4, 5, 6], [7, 8, corner]], dtype=np.uint8), 8, 128, 1.0)
    # 1..9 is a plane, so the residual is |corner - 9|: 0, 1, 2, 3, 9, whole numbers in bins of their own
    assert np.argwhere(counts).tolist() == [[0, magnitude_bin]]


@pytest.mark.parametrize(("level", "band"), [(0, 0), (31, 0), (32, 1), (128, 4), (255, 7)])
def test_flat_plane_fills_the_first_bin_of_its_band_alone(level: int, band: int) -> None:
    for plane, scale in (
        (np.full((5, 6), level, dtype=np.uint8), 1.0),
        (np.full((5, 6), level * 257, dtype=np.uint16), SCALE_16_BIT),
    ):
        counts = count_residual_magnitudes(plane, 8, 128, scale)
        assert counts[band, 0] == counts.sum() == 12


def test_straight_edges_leave_no_residual() -> None:
    plane = np.random.default_rng(0).integers(0, 256, (1, 20), dtype=np.uint8).repeat(9, axis=0)
    for turned in (plane, np.ascontiguousarray(plane.T)):
        counts = count_residual_magnitudes(turned, 8, 128, 1.0)
        assert counts[:, 0].sum() == counts.sum()


@pytest.mark.parametrize("sigma", [2.0, 5.0, 12.0])
def test_median_magnitude_of_white_noise_gives_its_sigma(sigma: float) -> None:
    noise = np.random.default_rng(1).normal(128, sigma, (256, 256))
    counts = count_residual_magnitudes(np.rint(noise).astype(np.uint8), 8, 512, 1.0).sum(axis=0)
    below = np.concatenate([[0.0], np.cumsum(counts) / counts.sum()])
    median = np.interp(0.5, below, np.concatenate([[0.0], np.arange(512) + 0.5])) / 6
    # Half the magnitudes of a normal variable lie below 0.6745 sigma; rounding the samples adds a variance of 1/12.
    assert median / 0.6745 == pytest.approx(np.hypot(sigma, np.sqrt(1 / 12)), rel=0.015)


def test_large_magnitudes_fall_in_the_last_bin() -> None:
    checker = (np.indices((5, 5)).sum(axis=0) % 2 * 65535).astype(np.uint16)
    counts = count_residual_magnitudes(checker, 8, 128, SCALE_16_BIT)
    assert counts[:, 127].sum() == counts.sum() == 9


@pytest.mark.parametrize("plane", draw_planes(3, 3))
def test_magnitudes_equal_twin(plane: NDArray[Any]) -> None:
    scale = 1.0 if plane.dtype == np.uint8 else SCALE_16_BIT
    np.testing.assert_array_equal(
        count_residual_magnitudes(plane, 8, 128, scale), naive.count_residual_magnitudes(plane, 8, 128, scale)
    )


@given(PLANES)
def test_sixteen_bit_copy_gives_the_same_counts(plane: NDArray[np.uint8]) -> None:
    wide = plane.astype(np.uint16) * 257
    np.testing.assert_array_equal(
        count_residual_magnitudes(wide, 8, 128, SCALE_16_BIT), count_residual_magnitudes(plane, 8, 128, 1.0)
    )


@given(PLANES)
def test_turned_and_negative_images_have_the_same_magnitudes(plane: NDArray[np.uint8]) -> None:
    counts = count_residual_magnitudes(plane, 8, 128, 1.0)
    turned = count_residual_magnitudes(np.ascontiguousarray(np.rot90(plane)), 8, 128, 1.0)
    negative = count_residual_magnitudes(255 - plane, 8, 128, 1.0)
    np.testing.assert_array_equal(turned, counts)
    np.testing.assert_array_equal(negative.sum(axis=0), counts.sum(axis=0))
