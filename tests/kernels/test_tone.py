"""Levels, gradient magnitudes, saturations and hues."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from forensic_style.kernels.tone import count_colours, count_gradient_magnitudes, count_levels
from tests.conftest import draw_planes
from tests.naive import tone as naive

PLANES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=12))
COLOURS = arrays(np.uint8, (3, 6, 7))
EDGES = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96], dtype=np.int32)


def _count_colour(red: int, green: int, blue: int) -> tuple[list[int], list[int]]:
    """Occupied bins of saturation and of hue of one colour."""
    planes = [np.full((1, 1), value, dtype=np.uint8) for value in (red, green, blue)]
    saturation, hue = count_colours(planes[0], planes[1], planes[2], 12)
    return np.flatnonzero(saturation).tolist(), np.flatnonzero(hue).tolist()


def test_levels_of_six_samples_worked_by_hand() -> None:
    counts = count_levels(np.array([[0, 3, 3], [1, 3, 0]], dtype=np.uint8), 5)
    assert counts.tolist() == [2, 1, 0, 3, 0]


def test_flat_plane_has_one_level() -> None:
    counts = count_levels(np.full((3, 5), 255, dtype=np.uint8), 256)
    assert counts[255] == counts.sum() == 15


@pytest.mark.parametrize("plane", draw_planes(1, 1))
def test_levels_equal_twin(plane: NDArray[Any]) -> None:
    narrow = plane if plane.dtype == np.uint8 else plane % 300
    np.testing.assert_array_equal(count_levels(narrow, 300), naive.count_levels(narrow, 300))


@given(PLANES)
def test_levels_equal_bincount_and_reverse_in_the_negative(plane: NDArray[np.uint8]) -> None:
    counts = count_levels(plane, 256)
    np.testing.assert_array_equal(counts, np.bincount(plane.ravel(), minlength=256))
    np.testing.assert_array_equal(count_levels(255 - plane, 256), counts[::-1])


def test_gradient_of_four_samples_worked_by_hand() -> None:
    counts = count_gradient_magnitudes(np.array([[10, 12], [15, 99]], dtype=np.uint8), EDGES)
    # |12 - 10| + |15 - 10| = 7 reaches the edges 1, 2, 3, 4, 6
    assert np.flatnonzero(counts).tolist() == [5]


@pytest.mark.parametrize(("step", "number"), [(0, 0), (1, 1), (5, 4), (6, 5), (95, 12), (96, 13), (255, 13)])
def test_gradient_falls_between_its_edges(step: int, number: int) -> None:
    counts = count_gradient_magnitudes(np.array([[0, step], [0, 0]], dtype=np.uint8), EDGES)
    assert np.flatnonzero(counts).tolist() == [number]


def test_flat_plane_fills_bin_0_alone() -> None:
    counts = count_gradient_magnitudes(np.full((4, 6), 255, dtype=np.uint8), EDGES)
    assert counts[0] == counts.sum() == 15


@pytest.mark.parametrize("plane", draw_planes(2, 2))
def test_gradients_equal_twin(plane: NDArray[Any]) -> None:
    np.testing.assert_array_equal(
        count_gradient_magnitudes(plane, EDGES), naive.count_gradient_magnitudes(plane, EDGES)
    )


@given(PLANES)
def test_gradients_ignore_transposition_and_the_negative_image(plane: NDArray[np.uint8]) -> None:
    counts = count_gradient_magnitudes(plane, EDGES)
    turned = np.ascontiguousarray(plane.T)
    np.testing.assert_array_equal(count_gradient_magnitudes(turned, EDGES), counts)
    np.testing.assert_array_equal(count_gradient_magnitudes(255 - plane, EDGES), counts)


@pytest.mark.parametrize(
    ("colour", "hue"),
    [
        ((255, 0, 0), 0),
        ((255, 255, 0), 2),
        ((0, 255, 0), 4),
        ((0, 255, 255), 6),
        ((0, 0, 255), 8),
        ((255, 0, 255), 10),
        ((255, 128, 0), 1),  # 128 / 255 of a sixth: just past the middle of red and yellow
        ((255, 0, 1), 11),  # just before red
    ],
)
def test_pure_colours_worked_by_hand(colour: tuple[int, int, int], hue: int) -> None:
    assert _count_colour(*colour) == ([11], [hue])  # saturation 255 * 12 // 256 = 11


@pytest.mark.parametrize(("red", "saturation", "hues"), [(100, 0, 0), (115, 0, 0), (116, 0, 1), (122, 1, 1)])
def test_weak_colours_have_no_hue(red: int, saturation: int, hues: int) -> None:
    found = _count_colour(red, 100, 100)  # saturations 0, 15, 16, 22
    assert found[0] == [saturation]
    assert len(found[1]) == hues


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (9, 1), (11, 14)])
def test_colours_equal_twin(shape: tuple[int, int], seed: int) -> None:
    generator = np.random.default_rng(seed)
    strength = (255, 60, 20, 1)[seed]
    red, green, blue = (generator.integers(0, strength + 1, (3, *shape)) * (255 // strength)).astype(np.uint8)
    for n_bins in (6, 12):
        np.testing.assert_array_equal(
            count_colours(red, green, blue, n_bins), naive.count_colours(red, green, blue, n_bins)
        )


@given(COLOURS)
def test_exchanged_channels_turn_the_hues_by_a_third(planes: NDArray[np.uint8]) -> None:
    red, green, blue = planes
    counts = count_colours(red, green, blue, 12)
    turned = count_colours(blue, red, green, 12)
    np.testing.assert_array_equal(turned[0], counts[0])
    np.testing.assert_array_equal(turned[1], np.roll(counts[1], 4))


@given(COLOURS)
def test_every_sample_has_a_saturation_and_coloured_ones_a_hue(planes: NDArray[np.uint8]) -> None:
    saturation, hue = count_colours(planes[0], planes[1], planes[2], 12)
    coloured = np.ptp(planes.astype(np.int64), axis=0) >= 16
    assert saturation.sum() == planes[0].size
    assert hue.sum() == coloured.sum()
