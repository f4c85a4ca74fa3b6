"""Tapered tiles, their power, and differences by place in a grid of 8."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.fft
from hypothesis import given
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from forensic_style.families.spectrum import _TAPER
from forensic_style.kernels.spectrum import (
    average_log_power,
    cut_tapered_tiles,
    fold_columns,
    fold_cross_differences,
)
from tests.conftest import draw_planes
from tests.naive import spectrum as naive

ROUNDING = 4 * 6e-8  # four float32 roundings: sample, mean, their difference, its product with the weight


def test_one_tile_of_four_samples_worked_by_hand() -> None:
    plane = np.array([[1, 3], [5, 7]], dtype=np.uint8)
    tiles = cut_tapered_tiles(plane[None], np.array([1.0, 0.5], dtype=np.float32), 9)
    # less the mean of 4: -3, -1, 1, 3; weights 1, 1/2, 1/2, 1/4
    assert tiles.tolist() == [[[[-3.0, -0.5], [0.5, 0.75]]]]


def test_tiles_start_an_odd_distance_apart() -> None:
    plane = np.zeros((7, 12), dtype=np.uint8)
    plane[1:5, 6:10] = np.arange(16).reshape(4, 4)
    tiles = cut_tapered_tiles(plane[None], np.ones(4, dtype=np.float32), 3)[0]
    # 2 fit half overlapping into 7 rows, 5 into 12 columns: tops 0 and 3; lefts 0, 3, 6, as 4 is even
    assert tiles.shape == (6, 4, 4)
    np.testing.assert_array_equal(tiles[2, 1:], np.arange(12).reshape(3, 4) - 66 / 16)


def test_tiles_of_one_window_stand_at_every_place_of_a_grid_of_eight() -> None:
    plane = np.tile(np.arange(256, dtype=np.uint8), (32, 1))
    tiles = cut_tapered_tiles(plane[None], np.ones(32, dtype=np.float32), 8)[0]
    assert len(tiles) == 8
    starts = np.arange(8) * 31
    assert sorted(starts % 8) == list(range(8))
    assert starts[-1] + 32 <= 256


@pytest.mark.parametrize("level", [0, 77, 65535])
def test_flat_plane_gives_zeros(level: int) -> None:
    assert not cut_tapered_tiles(np.full((2, 40, 33), level, dtype=np.uint16), _TAPER, 4).any()


@pytest.mark.parametrize("cycles", [3, 4, 8, 16])
def test_injected_wave_peaks_at_its_frequency(cycles: int) -> None:
    wave = np.rint(128 + 100 * np.cos(2 * np.pi * cycles * np.arange(64) / 32)).astype(np.uint8)
    spectra = scipy.fft.rfft2(cut_tapered_tiles(np.tile(wave, (1, 48, 1)), _TAPER, 5))
    peak = average_log_power(spectra, 1.0, 1.0)[0, :17]
    assert np.unravel_index(peak.argmax(), peak.shape) == (0, cycles)


def test_spectrum_of_a_column_pattern_is_that_of_its_row_times_the_taper() -> None:
    row = np.random.default_rng(0).integers(0, 256, 32, dtype=np.uint8)
    spectrum = scipy.fft.fft2(cut_tapered_tiles(np.tile(row, (1, 32, 1)), _TAPER, 1)[0, 0])
    taper = _TAPER.astype(np.float64)
    expected = np.outer(scipy.fft.fft(taper), scipy.fft.fft((row - row.mean()) * taper))
    # float32 tiles of up to 255, summed over 1024 samples
    np.testing.assert_allclose(spectrum, expected, rtol=0, atol=1024 * 255 * 6e-8)


@pytest.mark.parametrize("plane", draw_planes(5, 5))
@pytest.mark.parametrize("most", [1, 2, 5])
def test_tiles_equal_twin(plane: NDArray[Any], most: int) -> None:
    taper = np.array([0.1, 0.7, 1.0, 0.7, 0.1], dtype=np.float32)
    planes = np.stack([plane, plane[::-1], plane // 3])
    found = cut_tapered_tiles(planes, taper, most)
    expected = naive.cut_tapered_tiles(planes, taper, most)
    np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDING * float(plane.max()))


@given(arrays(np.uint8, (9, 9)))
def test_transposed_plane_transposes_the_first_tile(plane: NDArray[np.uint8]) -> None:
    taper = np.array([0.25, 1.0, 0.5], dtype=np.float32)
    tiles = cut_tapered_tiles(plane[None], taper, 3)[0]
    turned = cut_tapered_tiles(np.ascontiguousarray(plane.T)[None], taper, 3)[0]
    np.testing.assert_array_equal(turned[0], tiles[0].T)
    np.testing.assert_array_equal(turned[3], tiles[1].T)


@given(arrays(np.uint8, (8, 10)))
def test_negative_image_negates_the_tiles(plane: NDArray[np.uint8]) -> None:
    taper = np.array([0.25, 1.0, 1.0, 0.5], dtype=np.float32)  # 16 samples: their mean is exact in float32
    tiles, negative = cut_tapered_tiles(np.stack([plane, 255 - plane]), taper, 2)
    np.testing.assert_array_equal(negative, -tiles)


def test_log_power_of_two_tiles_worked_by_hand() -> None:
    spectra = np.array([[[[3 + 4j, 0]], [[1j, 0]]]], dtype=np.complex64)
    # squared magnitudes 25 and 1, times 4, plus 28: 128 = 2^7 and 32 = 2^5, mean 6
    found = average_log_power(spectra, 4.0, 28.0)
    np.testing.assert_allclose(found, [[[6.0, np.log2(28.0)]]], rtol=1e-14)


@pytest.mark.parametrize("n_tiles", [1, 2, 11, 12, 13, 25, 60])
def test_log_power_equals_twin(n_tiles: int) -> None:
    generator = np.random.default_rng(n_tiles)
    drawn = generator.normal(0, 10.0 ** generator.integers(-3, 6), (2, 4, n_tiles, 3, 5))
    spectra = (drawn[0] + 1j * drawn[1]).astype(np.complex64)
    np.testing.assert_allclose(
        average_log_power(spectra, 0.5, 0.01),
        naive.average_log_power(spectra, 0.5, 0.01),
        rtol=1e-10,  # twelve products instead of twelve logarithms
        atol=1e-10,
    )


def test_powers_up_to_the_stated_limit_stay_finite() -> None:
    spectra = np.full((1, 24, 1, 2), 1e10, dtype=np.complex64)
    np.testing.assert_allclose(average_log_power(spectra, 1.0, 1e-6), np.log2(1e20), rtol=1e-6)


def test_one_sample_raises_the_four_places_around_it() -> None:
    plane = np.zeros((9, 9), dtype=np.uint8)
    plane[3, 5] = 7
    expected = np.zeros((8, 8))
    expected[2:4, 4:6] = 7.0
    np.testing.assert_array_equal(fold_cross_differences(plane[None])[0], expected)


def test_blocks_of_eight_raise_the_place_of_their_corners_alone() -> None:
    levels = np.random.default_rng(3).integers(0, 2, (6, 7), dtype=np.uint8) * np.uint8(99)
    folded = fold_cross_differences(np.kron(levels, np.ones((8, 8), dtype=np.uint8))[None])[0]
    assert folded[7, 7] > 0
    assert folded.sum() == folded[7, 7]


@pytest.mark.parametrize("plane", draw_planes(9, 9))
def test_cross_differences_equal_twin(plane: NDArray[Any]) -> None:
    planes = np.stack([plane, plane[:, ::-1] // 2])
    np.testing.assert_allclose(fold_cross_differences(planes), naive.fold_cross_differences(planes), rtol=1e-12)


@given(arrays(np.uint8, (17, 17)))
def test_cross_differences_follow_a_transposition_and_a_negative(plane: NDArray[np.uint8]) -> None:
    folded, turned, negative = fold_cross_differences(np.stack([plane, plane.T, 255 - plane]))
    np.testing.assert_array_equal(turned, folded.T)
    np.testing.assert_array_equal(negative, folded)


def test_column_of_one_bright_sample_worked_by_hand() -> None:
    plane = np.zeros((8, 16), dtype=np.uint8)
    plane[:, 12] = 4
    second_block = fold_columns(plane, 8, 100.0)[1]
    # s = 8 in every pair; in the plane's own unit the middles 10 | 11, 11 | 12, 12 | 13, 13 | 14 get 1, 3, 3, 1 times 4
    assert second_block[0].tolist() == [0, 0, 4, 12, 12, 4, 0, 0]
    assert second_block[1].tolist() == [0, 0, 0, -4, 8, -4, 0, 0]
    assert not fold_columns(plane, 8, 100.0)[0].any()


def test_differences_are_limited() -> None:
    plane = np.zeros((8, 16), dtype=np.uint8)
    plane[:, 12] = 4
    second_block = fold_columns(plane, 8, 5.0)[1]
    assert second_block[0].tolist() == [0, 0, 4, 5, 5, 4, 0, 0]
    assert second_block[1].tolist() == [0, 0, 0, -4, 5, -4, 0, 0]


def test_ramp_has_neither_second_nor_third_differences() -> None:
    assert not fold_columns(np.tile(np.arange(40, dtype=np.uint8) * 3, (16, 1)), 8, 9.0).any()


@pytest.mark.parametrize("limit", [1.0, 24.0, 1e9])
@pytest.mark.parametrize("plane", [*draw_planes(1, 1), *draw_planes(8, 8), *draw_planes(17, 26)])
def test_columns_equal_twin(plane: NDArray[Any], limit: float) -> None:
    found, expected = fold_columns(plane, 8, limit), naive.fold_columns(plane, 8, limit)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
