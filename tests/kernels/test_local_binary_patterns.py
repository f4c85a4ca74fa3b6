"""Ring patterns, the median edge predictor and the diagonal details."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from skimage.feature import local_binary_pattern

from forensic_style.kernels.local_binary_patterns import (
    count_ring_patterns,
    median_edge_prediction_error,
    transform_diagonal_haar,
)
from tests.conftest import draw_planes
from tests.naive import local_binary_patterns as naive


def _stack(plane: NDArray[Any]) -> NDArray[Any]:
    """Two windows, the second one other than the first."""
    return np.stack([plane, plane[::-1]])


STACKS = arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, min_side=3, max_side=12))
NARROW = [_stack(plane) for plane in draw_planes(2, 2) if plane.dtype == np.uint8]
MIRRORED_BITS = (4, 3, 2, 1, 0, 7, 6, 5)  # E and W, NE and NW, SE and SW change places


def _move_bits(bits: tuple[int, ...]) -> list[int]:
    """For each pattern, the pattern in which bit b stands at bits[b]."""
    return [sum((pattern >> b & 1) << bits[b] for b in range(8)) for pattern in range(256)]


def test_ring_of_three_by_three_samples_worked_by_hand() -> None:
    counts = count_ring_patterns(np.array([[[9, 1, 9], [1, 5, 5], [1, 1, 1]]], dtype=np.uint8))
    # at least 5: E (bit 0), NE (bit 1), NW (bit 3): 1 + 2 + 8 = 11
    assert np.flatnonzero(counts[0]).tolist() == [11]


def test_flat_plane_fills_bin_255_alone() -> None:
    counts = count_ring_patterns(np.full((2, 5, 7), 200, dtype=np.uint8))
    assert counts[:, 255].tolist() == counts.sum(axis=1).tolist() == [15, 15]


def test_ramp_to_the_right_sets_right_hand_and_equal_neighbours() -> None:
    counts = count_ring_patterns(np.tile(np.arange(9, dtype=np.uint8), (1, 5, 1)))
    assert np.flatnonzero(counts[0]).tolist() == [0b11000111]  # E, NE, N, S, SE


def test_centre_of_white_noise_is_the_extreme_in_one_of_nine() -> None:
    plane = np.random.default_rng(0).integers(0, 65536, (1, 300, 300), dtype=np.uint16)
    counts = count_ring_patterns(plane)[0]
    # lowest or highest of nine equal chances; standard error of a share of 88804 below 0.002
    np.testing.assert_allclose(counts[[0, 255]] / counts.sum(), 1 / 9, atol=0.006)


@pytest.mark.parametrize("plane", draw_planes(3, 3))
def test_patterns_equal_twin(plane: NDArray[Any]) -> None:
    planes = _stack(plane)
    np.testing.assert_array_equal(count_ring_patterns(planes), naive.count_ring_patterns(planes))


def test_patterns_of_a_signed_plane_equal_twin() -> None:
    plane = np.random.default_rng(1).integers(-65535, 65536, (2, 9, 12), dtype=np.int32)
    np.testing.assert_array_equal(count_ring_patterns(plane), naive.count_ring_patterns(plane))


def test_patterns_are_those_of_skimage_at_the_pixels() -> None:
    plane = np.random.default_rng(5).integers(90, 120, (40, 51), dtype=np.uint8)
    # it interpolates on a circle: through the pixels of the axes at radius 1, of the diagonals at radius sqrt(2)
    axes, diagonals = (local_binary_pattern(plane, 8, radius, "default").astype(int) for radius in (1, np.sqrt(2)))
    codes = ((axes & 0b01010101) | (diagonals & 0b10101010))[1:-1, 1:-1]
    np.testing.assert_array_equal(count_ring_patterns(plane[None])[0], np.bincount(codes.ravel(), minlength=256))


@given(STACKS)
def test_patterns_ignore_brightness_and_contrast(planes: NDArray[np.uint8]) -> None:
    brighter = planes.astype(np.uint16) * 200 + 17
    np.testing.assert_array_equal(count_ring_patterns(brighter), count_ring_patterns(planes))


@given(STACKS)
def test_mirror_image_moves_the_bits(planes: NDArray[np.uint8]) -> None:
    mirrored = count_ring_patterns(np.ascontiguousarray(planes[:, :, ::-1]))
    np.testing.assert_array_equal(mirrored[:, _move_bits(MIRRORED_BITS)], count_ring_patterns(planes))


@pytest.mark.parametrize(
    ("corner", "north", "west", "prediction"),
    [
        (10, 20, 30, 30),  # corner below both: the larger
        (40, 20, 30, 20),  # corner above both: the smaller
        (25, 20, 30, 25),  # between: 20 + 30 - 25
        (30, 20, 30, 20),  # equal to the larger: the smaller
    ],
)
def test_prediction_worked_by_hand(corner: int, north: int, west: int, prediction: int) -> None:
    plane = np.array([[[corner, north], [west, 0]]], dtype=np.uint8)
    assert median_edge_prediction_error(plane).tolist() == [[[-prediction]]]


def test_flat_plane_is_predicted_without_error() -> None:
    error = median_edge_prediction_error(np.full((2, 4, 6), 255, dtype=np.uint8))
    assert error.shape == (2, 3, 5)
    assert not error.any()


def test_straight_edges_are_predicted_without_error() -> None:
    plane = np.zeros((1, 6, 6), dtype=np.uint8)
    plane[:, :, 3:] = 255
    assert not median_edge_prediction_error(plane).any()
    assert not median_edge_prediction_error(np.ascontiguousarray(plane.swapaxes(1, 2))).any()


@pytest.mark.parametrize("plane", NARROW)
def test_prediction_error_equals_twin(plane: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(median_edge_prediction_error(plane), naive.median_edge_prediction_error(plane))


@pytest.mark.parametrize("plane", NARROW)
def test_prediction_error_of_a_difference_of_channels_equals_twin(plane: NDArray[np.uint8]) -> None:
    difference = np.subtract(plane, plane[:, ::-1, ::-1], dtype=np.int16)
    np.testing.assert_array_equal(
        median_edge_prediction_error(difference), naive.median_edge_prediction_error(difference)
    )


@given(STACKS)
def test_negative_image_negates_the_prediction_error(planes: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(median_edge_prediction_error(255 - planes), -median_edge_prediction_error(planes))


@given(STACKS)
def test_transposed_image_transposes_the_prediction_error(planes: NDArray[np.uint8]) -> None:
    turned = median_edge_prediction_error(np.ascontiguousarray(planes.swapaxes(1, 2)))
    np.testing.assert_array_equal(turned, median_edge_prediction_error(planes).swapaxes(1, 2))


def test_diagonal_details_worked_by_hand() -> None:
    plane = np.array([[[9, 1, 0, 0, 7], [2, 5, 255, 0, 7], [1, 1, 1, 1, 1]]], dtype=np.uint8)
    # 9 - 1 - 2 + 5 and 0 - 0 - 255 + 0; the odd column and row are left out
    assert transform_diagonal_haar(plane).tolist() == [[[11, -255]]]


def test_straight_edges_have_no_diagonal_details() -> None:
    edges = np.random.default_rng(2).integers(0, 256, (2, 1, 12), dtype=np.uint8).repeat(8, axis=1)
    assert not transform_diagonal_haar(edges).any()
    assert not transform_diagonal_haar(np.ascontiguousarray(edges.swapaxes(1, 2))).any()


@pytest.mark.parametrize("plane", NARROW)
def test_diagonal_details_equal_twin(plane: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(transform_diagonal_haar(plane), naive.transform_diagonal_haar(plane))


@given(STACKS)
def test_transposed_image_transposes_the_diagonal_details(planes: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(
        transform_diagonal_haar(np.ascontiguousarray(planes.swapaxes(1, 2))),
        transform_diagonal_haar(planes).swapaxes(1, 2),
    )
