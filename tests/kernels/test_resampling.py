"""Profiles of the logarithms of differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from forensic_style.kernels.resampling import sum_log_differences
from tests.conftest import draw_planes
from tests.naive import resampling as naive

PLANES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=4, max_side=12))


def test_one_row_worked_by_hand() -> None:
    sums = sum_log_differences(np.array([[[0, 0, 1, 5]]], dtype=np.uint8), 1)
    # d2 = 0 - 0 + 1 = 1: 2 + 1 = 3 lies half way from 2 to 4: 1.5; d3 = 0 - 0 + 3 - 5 = -2: 9 = 8 + 1/8 of 8: 3.125
    assert (sums / 4096).tolist() == [[[[1.5], [3.125]]]]


def test_rows_of_a_band_add_up_and_the_rest_is_left_out() -> None:
    plane = np.array([[0, 0, 1, 5]] * 5, dtype=np.uint8)
    sums = sum_log_differences(plane[None], 2)
    assert (sums / 4096).tolist() == [[[[3.0], [6.25]]] * 2]


@pytest.mark.parametrize("level", [0, 255])
def test_flat_plane_gives_zeros(level: int) -> None:
    assert not sum_log_differences(np.full((2, 6, 9), level, dtype=np.uint8), 3).any()


def test_ramp_has_no_differences_and_a_parabola_equal_ones() -> None:
    assert not sum_log_differences(np.arange(40, dtype=np.uint8).reshape(1, 4, 10), 4).any()
    parabola = np.tile(np.arange(12, dtype=np.uint8) ** 2, (4, 1))
    sums = sum_log_differences(parabola[None], 4)[0]  # d2 = 2: 9, 3.125
    assert (sums[0, 0] == 4 * 3.125 * 4096).all()
    assert not sums[0, 1].any()


def test_rows_beyond_one_partial_sum_add_up() -> None:
    plane = np.tile(np.array([0, 65535, 0, 65535], dtype=np.uint16), (3000, 1))
    sums, once = sum_log_differences(plane[None], 3000), sum_log_differences(plane[None, :1], 1)
    assert sums[0, 0, :, 0].tolist() == (3000 * once[0, 0, :, 0]).tolist()


@pytest.mark.parametrize("band", [1, 2])
@pytest.mark.parametrize("plane", draw_planes(1, 4))
def test_sums_equal_twin(plane: NDArray[Any], band: int) -> None:
    planes = np.stack([plane, plane[:, ::-1], plane // 3])
    found, expected = sum_log_differences(planes, band), naive.sum_log_differences(planes, band)
    if plane.dtype == np.uint8:
        np.testing.assert_array_equal(found, expected)
    else:  # float32 rounds 2 d**2 + 1 before or after the sum: one unit per row
        np.testing.assert_allclose(found, expected, atol=2 * band)


@given(PLANES)
def test_negative_and_mirrored_planes_give_the_same(plane: NDArray[np.uint8]) -> None:
    sums, negative, mirrored = sum_log_differences(np.stack([plane, 255 - plane, plane[:, ::-1]]), 2)
    np.testing.assert_array_equal(negative, sums)
    turned = mirrored[:, :, ::-1]
    np.testing.assert_array_equal(turned[:, 1], sums[:, 1])
    np.testing.assert_array_equal(turned[:, 0, :-1], sums[:, 0, 1:])  # one second difference more than third ones
