"""Tapered tiles and averages by label."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.fft
from hypothesis import given
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from forensic_style.families.spectrum import _TAPER
from forensic_style.kernels.spectrum import average_by_label, cut_tapered_tiles
from tests.conftest import draw_planes
from tests.naive import spectrum as naive

ROUNDING = 4 * 6e-8  # four float32 roundings: sample, mean, their difference, its product with the weight


def test_one_tile_of_four_samples_worked_by_hand() -> None:
    plane = np.array([[1, 3], [5, 7]], dtype=np.uint8)
    tiles = cut_tapered_tiles(plane, np.array([1.0, 0.5], dtype=np.float32), 1)
    # less the mean of 4: -3, -1, 1, 3; weights 1, 1/2, 1/2, 1/4
    assert tiles.tolist() == [[[-3.0, -0.5], [0.5, 0.75]]]


def test_tiles_past_the_border_are_left_out() -> None:
    plane = np.zeros((7, 9), dtype=np.uint8)
    plane[2:6, 4:8] = np.arange(16).reshape(4, 4)
    tiles = cut_tapered_tiles(plane, np.ones(4, dtype=np.float32), 2)
    assert tiles.shape == (6, 4, 4)  # tops 0, 2; lefts 0, 2, 4
    np.testing.assert_array_equal(tiles[5], np.arange(16).reshape(4, 4) - 7.5)


@pytest.mark.parametrize("level", [0, 77, 65535])
def test_flat_plane_gives_zeros(level: int) -> None:
    assert not cut_tapered_tiles(np.full((40, 33), level, dtype=np.uint16), _TAPER, 4).any()


@pytest.mark.parametrize("cycles", [3, 4, 8, 16])
def test_injected_wave_peaks_at_its_frequency(cycles: int) -> None:
    wave = np.rint(128 + 100 * np.cos(2 * np.pi * cycles * np.arange(64) / 32)).astype(np.uint8)
    tiles = cut_tapered_tiles(np.tile(wave, (48, 1)), _TAPER, 16)
    power = np.abs(scipy.fft.fft2(tiles)) ** 2
    peak = power.mean(axis=0)[:17, :17]
    assert np.unravel_index(peak.argmax(), peak.shape) == (0, cycles)


def test_spectrum_of_a_column_pattern_is_that_of_its_row_times_the_taper() -> None:
    row = np.random.default_rng(0).integers(0, 256, 32, dtype=np.uint8)
    spectrum = scipy.fft.fft2(cut_tapered_tiles(np.tile(row, (32, 1)), _TAPER, 16)[0])
    taper = _TAPER.astype(np.float64)
    expected = np.outer(scipy.fft.fft(taper), scipy.fft.fft((row - row.mean()) * taper))
    # float32 tiles of up to 255, summed over 1024 samples
    np.testing.assert_allclose(spectrum, expected, rtol=0, atol=1024 * 255 * 6e-8)


@pytest.mark.parametrize("plane", draw_planes(5, 5))
@pytest.mark.parametrize("hop", [1, 3, 5])
def test_tiles_equal_twin(plane: NDArray[Any], hop: int) -> None:
    taper = np.array([0.1, 0.7, 1.0, 0.7, 0.1], dtype=np.float32)
    found = cut_tapered_tiles(plane, taper, hop)
    expected = naive.cut_tapered_tiles(plane, taper, hop)
    np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDING * float(plane.max()))


@given(arrays(np.uint8, (9, 9)))
def test_transposed_plane_transposes_the_middle_tile(plane: NDArray[np.uint8]) -> None:
    taper = np.array([0.25, 1.0, 0.5], dtype=np.float32)
    tiles = cut_tapered_tiles(plane, taper, 3)
    turned = cut_tapered_tiles(np.ascontiguousarray(plane.T), taper, 3)
    np.testing.assert_array_equal(turned[4], tiles[4].T)


@given(arrays(np.uint8, (8, 10)))
def test_negative_image_negates_the_tiles(plane: NDArray[np.uint8]) -> None:
    taper = np.array([0.25, 1.0, 1.0, 0.5], dtype=np.float32)  # 16 samples: their mean is exact in float32
    np.testing.assert_array_equal(cut_tapered_tiles(255 - plane, taper, 2), -cut_tapered_tiles(plane, taper, 2))


def test_average_of_four_values_worked_by_hand() -> None:
    values, labels = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0, 0], [2, -1]], dtype=np.int32)
    # label 0: (1 + 2) / 2; label 1: nobody; label 2: 3; the 4 is left out
    assert average_by_label(values, labels, 3).tolist() == [1.5, 0.0, 3.0]


def test_constant_values_average_to_themselves() -> None:
    labels = np.random.default_rng(1).integers(-1, 4, (20, 20), dtype=np.int32)
    np.testing.assert_array_equal(average_by_label(np.full((20, 20), 2.5), labels, 4), 2.5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (8, 1), (7, 12)])
def test_average_equals_twin(shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(2)
    values, labels = generator.normal(0, 1, shape), generator.integers(-2, 5, shape, dtype=np.int32)
    np.testing.assert_allclose(
        average_by_label(values, labels, 6),
        naive.average_by_label(values, labels, 6),
        rtol=1e-12,  # the same sum in another order
        atol=1e-15,
    )
