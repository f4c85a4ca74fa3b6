"""Uniform local binary patterns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.feature import local_binary_pattern

from forensic_style.families.local_binary_patterns import _BINS, FAMILY
from tests.conftest import measure_group, show_window

FLAT = np.full((40, 64), 90, dtype=np.uint8)
NOISE = np.random.default_rng(0).integers(0, 65536, (128, 128), dtype=np.uint16)
COLOURS = np.random.default_rng(3).integers(60, 200, (64, 64, 3), dtype=np.uint8)


def _quarters(pixels: NDArray[np.generic]) -> NDArray[np.float64]:
    return FAMILY.compute(show_window(pixels)).reshape(4, 59)


def test_dimension_is_236_and_each_quarter_sums_to_one() -> None:
    assert FAMILY.dimension == 236
    np.testing.assert_allclose(_quarters(NOISE).sum(axis=1), 1.0, rtol=1e-12)


def test_flat_window_fills_bin_57_alone() -> None:
    for quarter in _quarters(FLAT):
        assert np.flatnonzero(quarter).tolist() == [57]
        assert quarter[57] == 1.0


def test_patterns_have_58_uniform_bins_and_the_rest() -> None:
    sizes = np.bincount(_BINS)
    assert sizes.tolist() == [1] * 58 + [198]
    assert (_BINS[0], _BINS[255], _BINS[0b01010101]) == (0, 57, 58)


def test_uniform_bins_come_in_the_order_of_their_code() -> None:
    uniform = _BINS[_BINS < 58]
    np.testing.assert_array_equal(uniform, np.arange(58))


def test_bins_are_the_classes_of_skimage() -> None:
    plane = NOISE[:100, :100]
    codes = local_binary_pattern(plane, 8, 1, "default").astype(int).ravel()
    classes = local_binary_pattern(plane, 8, 1, "nri_uniform").astype(int).ravel()
    pairs = set(zip(_BINS[codes].tolist(), classes.tolist(), strict=True))
    assert len(pairs) == 59  # one to one
    assert {ours for ours, theirs in pairs if theirs == 58} == {58}


def test_centre_of_white_noise_is_the_extreme_in_one_of_nine() -> None:
    image = measure_group(FAMILY, "image", NOISE)
    np.testing.assert_allclose(image[[0, 57]], 1 / 9, atol=0.012)  # 15876 samples: standard error 0.0025


def test_brightness_and_contrast_do_not_matter() -> None:
    narrow = (NOISE // 1024).astype(np.uint8)
    np.testing.assert_array_equal(_quarters(narrow * 3 + 37), _quarters(narrow))


def test_predictable_window_has_a_flat_residual() -> None:
    edges = np.random.default_rng(1).integers(0, 256, (1, 64), dtype=np.uint8).repeat(64, axis=0)
    assert measure_group(FAMILY, "residual", edges)[57] == 1.0
    assert measure_group(FAMILY, "image", edges)[57] < 1.0
    assert measure_group(FAMILY, "diagonal", edges)[57] == 1.0


def test_grey_window_has_no_patterns_of_colour() -> None:
    assert measure_group(FAMILY, "colour", NOISE)[57] == 1.0
    assert measure_group(FAMILY, "colour", COLOURS)[57] < 0.3


def test_red_moving_with_green_leaves_the_difference_alone() -> None:
    moved = COLOURS.astype(np.int16)
    moved[..., :2] += np.random.default_rng(4).integers(-50, 50, (64, 64, 1), dtype=np.int16)
    lit = moved.astype(np.uint8)
    np.testing.assert_array_equal(measure_group(FAMILY, "colour", COLOURS), measure_group(FAMILY, "colour", lit))
    assert not np.array_equal(measure_group(FAMILY, "residual", COLOURS), measure_group(FAMILY, "residual", lit))
