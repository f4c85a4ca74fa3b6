"""Levels, gradient magnitudes, saturations, hues, repeated colours and combs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from forensic_style.kernels.tone import (
    count_alike_pairs,
    count_colours,
    count_gradient_magnitudes,
    count_levels,
    count_repeats,
    measure_comb,
)
from tests.conftest import draw_planes
from tests.naive import tone as naive

PLANES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=12))
COLOURS = arrays(np.uint8, (3, 1, 6, 7))
FEW_COLOURS = arrays(np.uint8, (3, 1, 6, 7), elements={"max_value": 1})
NARROW = [plane for plane in draw_planes(2, 2) if plane.dtype == np.uint8]
DRAWN = [(shape, seed) for shape in [(2, 2), (2, 9), (9, 2), (11, 14), (8, 12)] for seed in range(4)]


def _draw_colours(shape: tuple[int, int], seed: int) -> NDArray[np.uint8]:
    """Three channels of two windows: of strong colours, weak ones, or few different ones."""
    strength = (255, 60, 20, 1)[seed]
    return (np.random.default_rng(seed).integers(0, strength + 1, (3, 2, *shape)) * (255 // strength)).astype(np.uint8)


def _count_colour(red: int, green: int, blue: int) -> tuple[list[int], list[int]]:
    """Occupied bins of saturation, in sixteenths of the scale, and of hue of one colour."""
    planes = [np.full((1, 1, 1), value, dtype=np.uint8) for value in (red, green, blue)]
    ((saturation, hue),) = count_colours(planes[0], planes[1], planes[2], 16, 16, 1)
    return np.flatnonzero(saturation).tolist(), np.flatnonzero(hue).tolist()


def test_levels_of_six_samples_worked_by_hand() -> None:
    planes = np.array([[[0, 3, 3], [1, 3, 0]]], dtype=np.uint8)
    assert count_levels(planes, 5).tolist() == [[2, 1, 0, 3, 0]]
    assert count_levels(planes, 5, 2).tolist() == [[1, 0, 0, 2, 0]]  # the first row alone


def test_flat_plane_has_one_level() -> None:
    counts = count_levels(np.full((2, 3, 5), 255, dtype=np.uint8), 256)
    assert counts[:, 255].tolist() == counts.sum(axis=1).tolist() == [15, 15]


@pytest.mark.parametrize("hop", [1, 2, 4])
@pytest.mark.parametrize("plane", draw_planes(1, 1))
def test_levels_equal_twin(plane: NDArray[Any], hop: int) -> None:
    narrow = np.stack([plane, plane[::-1]]) if plane.dtype == np.uint8 else np.stack([plane, plane[::-1]]) % 300
    np.testing.assert_array_equal(count_levels(narrow, 300, hop), naive.count_levels(narrow, 300, hop))


@given(PLANES)
def test_levels_equal_bincount_and_reverse_in_the_negative(plane: NDArray[np.uint8]) -> None:
    counts = count_levels(np.stack([plane, 255 - plane]), 256)
    np.testing.assert_array_equal(counts[0], np.bincount(plane.ravel(), minlength=256))
    np.testing.assert_array_equal(counts[1], counts[0, ::-1])


def test_gradient_of_four_samples_worked_by_hand() -> None:
    (counts,) = count_gradient_magnitudes(np.array([[[10, 12], [15, 99]]], dtype=np.uint8), 1)
    assert np.flatnonzero(counts).tolist() == [7]  # |12 - 10| + |15 - 10|


def test_largest_gradient_has_a_bin() -> None:
    (counts,) = count_gradient_magnitudes(np.array([[[0, 255], [255, 0]]], dtype=np.uint8), 1)
    assert counts[510] == counts.sum() == 1


def test_flat_plane_fills_bin_0_alone() -> None:
    planes = np.full((2, 4, 6), 255, dtype=np.uint8)
    assert count_gradient_magnitudes(planes, 1)[:, 0].tolist() == [15, 15]
    assert count_gradient_magnitudes(planes, 2).sum(axis=1).tolist() == [10, 10]  # rows 0 and 2


@pytest.mark.parametrize("hop", [1, 2])
@pytest.mark.parametrize("plane", NARROW)
def test_gradients_equal_twin(plane: NDArray[Any], hop: int) -> None:
    planes = np.stack([plane, plane[::-1]])
    np.testing.assert_array_equal(count_gradient_magnitudes(planes, hop), naive.count_gradient_magnitudes(planes, hop))


@given(PLANES)
def test_gradients_ignore_transposition_and_the_negative_image(plane: NDArray[np.uint8]) -> None:
    counts = count_gradient_magnitudes(plane[None], 1)
    np.testing.assert_array_equal(count_gradient_magnitudes(np.ascontiguousarray(plane.T)[None], 1), counts)
    np.testing.assert_array_equal(count_gradient_magnitudes(255 - plane[None], 1), counts)


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
        ((200, 0, 100), 11),  # in the very middle between magenta and red
    ],
)
def test_pure_colours_worked_by_hand(colour: tuple[int, int, int], hue: int) -> None:
    assert _count_colour(*colour) == ([max(colour) // 16], [hue])


@pytest.mark.parametrize(("red", "hues"), [(100, 0), (115, 0), (116, 1), (122, 1)])
def test_weak_colours_have_no_hue(red: int, hues: int) -> None:
    saturation, hue = _count_colour(red, 100, 100)
    assert saturation == [(red - 100) // 16]
    assert len(hue) == hues


@pytest.mark.parametrize("hop", [1, 2])
@pytest.mark.parametrize(("shape", "seed"), DRAWN)
def test_colours_equal_twin(shape: tuple[int, int], seed: int, hop: int) -> None:
    red, green, blue = _draw_colours(shape, seed)
    for n_parts, weakest in [(16, 1), (12, 16), (1, 60)]:
        expected = naive.count_colours(red, green, blue, n_parts, weakest, hop)
        np.testing.assert_array_equal(count_colours(red, green, blue, n_parts, weakest, hop), expected)


@given(COLOURS)
def test_exchanged_channels_turn_the_hues_by_a_third(planes: NDArray[np.uint8]) -> None:
    red, green, blue = planes
    (counts,) = count_colours(red, green, blue, 12, 16, 1)
    (turned,) = count_colours(blue, red, green, 12, 16, 1)
    np.testing.assert_array_equal(turned[0], counts[0])
    np.testing.assert_array_equal(turned[1, :12], np.roll(counts[1, :12], 4))


@pytest.mark.parametrize("n_parts", [1, 5, 12, 16])
def test_parts_of_the_saturations_begin_where_they_should(n_parts: int) -> None:
    red = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    nothing = np.zeros_like(red)
    found = count_colours(red, nothing, nothing, n_parts, 1, 1)[0, 0, :n_parts]
    borders = np.ceil(256 * np.arange(n_parts + 1) / n_parts)
    assert found.tolist() == np.diff(borders).tolist()


@given(COLOURS)
def test_every_sample_has_a_saturation_and_coloured_ones_a_hue(planes: NDArray[np.uint8]) -> None:
    ((saturation, hue),) = count_colours(planes[0], planes[1], planes[2], 12, 16, 1)
    coloured = np.ptp(planes.astype(np.int64), axis=0) >= 16
    assert saturation.sum() == planes[0].size
    assert hue.sum() == coloured.sum()


def test_repeats_of_six_samples_worked_by_hand() -> None:
    plane = np.array([[[7, 7, 1], [7, 2, 1]]], dtype=np.uint8)
    other = np.zeros_like(plane)
    # first row: 7 = 7 to the right and below; 7 is neither 1 nor 2
    assert count_repeats(plane, other, other, 1).tolist() == [[1, 1, 2]]
    assert count_repeats(other, plane, other, 1).tolist() == [[1, 1, 2]]
    assert count_repeats(other, other, other, 1).tolist() == [[2, 2, 2]]


@pytest.mark.parametrize("hop", [1, 2])
@pytest.mark.parametrize(("shape", "seed"), DRAWN)
def test_repeats_equal_twin(shape: tuple[int, int], seed: int, hop: int) -> None:
    red, green, blue = _draw_colours(shape, seed)
    np.testing.assert_array_equal(count_repeats(red, green, blue, hop), naive.count_repeats(red, green, blue, hop))


@given(FEW_COLOURS)
def test_transposition_exchanges_the_neighbours(planes: NDArray[np.uint8]) -> None:
    turned = [np.ascontiguousarray(plane.swapaxes(1, 2)) for plane in planes]
    counts = count_repeats(planes[0], planes[1], planes[2], 1)
    assert count_repeats(turned[0], turned[1], turned[2], 1).tolist() == counts[:, [1, 0, 2]].tolist()


def test_pairs_of_four_samples_worked_by_hand() -> None:
    plane = np.array([[[0, 15], [16, 0]]], dtype=np.uint8)
    # 0, 15 and 0 agree in the upper four bits: 3 * 2 ordered pairs of 4 * 3
    assert count_alike_pairs(plane, plane, plane, 1).tolist() == [[6, 12]]
    assert count_alike_pairs(plane, plane, plane, 2).tolist() == [[0, 0]]  # one sample has no partner


@pytest.mark.parametrize("hop", [1, 2])
@pytest.mark.parametrize(("shape", "seed"), DRAWN)
def test_pairs_equal_twin(shape: tuple[int, int], seed: int, hop: int) -> None:
    red, green, blue = _draw_colours(shape, seed)
    np.testing.assert_array_equal(
        count_alike_pairs(red, green, blue, hop), naive.count_alike_pairs(red, green, blue, hop)
    )


def test_comb_worked_by_hand() -> None:
    counts = np.zeros((1, 1, 256), dtype=np.int64)
    counts[0, 0, 10:15] = 6, 0, 6, 2, 1
    # level 11: d = -12, s = 12, v = 12: (144 - 12) / 144; level 12: d = 10, s = 14, v = 26: 74 / 196;
    # level 13: d = -3, s = 11: too few samples around where 12 are wanted; 10 and 14 are the ends
    ((dark, light, empty),) = measure_comb(counts, 12)
    assert dark == pytest.approx((132 / 144 + 74 / 196) / 2)
    assert light == 0.0
    assert empty == 1 / 2


def test_one_level_alone_is_no_comb() -> None:
    counts = np.zeros((1, 3, 256), dtype=np.int64)
    counts[0, [0, 1, 2], [0, 130, 255]] = 1000
    assert not measure_comb(counts, 32).any()


def test_every_other_level_empty_gives_almost_one() -> None:
    counts = np.zeros((1, 2, 256), dtype=np.int64)
    counts[:, :, ::2] = 100_000
    np.testing.assert_allclose(measure_comb(counts, 32), [[1.0, 1.0, 0.5]], atol=0.005)


def test_counting_noise_alone_gives_nothing_on_average() -> None:
    generator = np.random.default_rng(0)
    for mean in (20, 200):
        found = measure_comb(generator.poisson(mean, (20, 3, 256)), 32)
        assert np.abs(np.mean(found, axis=0)[:2]).max() < 0.003


def test_empty_histogram_gives_zeros() -> None:
    assert not measure_comb(np.zeros((2, 3, 256), dtype=np.int64), 1).any()


@pytest.mark.parametrize("seed", range(4))
def test_comb_equals_twin(seed: int) -> None:
    counts = np.random.default_rng(seed).poisson((1, 5, 50, 5000)[seed], (2, 3, 256)) * (
        np.arange(256) % (seed + 2) > 0
    )
    for fewest in (1, 32):
        np.testing.assert_allclose(measure_comb(counts, fewest), naive.measure_comb(counts, fewest), rtol=1e-12)
