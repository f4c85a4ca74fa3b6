"""Levels, combs, steps and colours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.tone import FAMILY
from tests.conftest import measure_group, show_window

FLAT = np.full((48, 64), 130, dtype=np.uint8)
RAMP = np.tile(np.arange(256, dtype=np.uint8), (64, 1))


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, np.ascontiguousarray(pixels))


def _paint(red: int, green: int, blue: int) -> NDArray[np.uint8]:
    return np.tile(np.array([red, green, blue], dtype=np.uint8), (32, 40, 1))


def test_dimension_is_59() -> None:
    assert FAMILY.compute(show_window(FLAT)).shape == (59,) == (FAMILY.dimension,)


def test_flat_grey_window_has_the_stated_values() -> None:
    assert np.flatnonzero(_measure("luma", FLAT)).tolist() == [8]
    assert np.flatnonzero(_measure("steps", FLAT)).tolist() == [0]
    assert np.flatnonzero(_measure("saturation", FLAT)).tolist() == [0]
    np.testing.assert_allclose(_measure("hue", FLAT), 1 / 12)
    for group in ("black", "white", "empty", "comb", "entropy"):
        assert _measure(group, FLAT)[0] == 0.0


@pytest.mark.parametrize("group", ["luma", "steps", "saturation", "hue"])
def test_histograms_sum_to_one(group: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    assert _measure(group, pixels).sum() == pytest.approx(1.0, rel=1e-12)


def test_even_levels_have_eight_bits_and_no_comb() -> None:
    np.testing.assert_allclose(_measure("luma", RAMP), 1 / 16)
    assert _measure("entropy", RAMP)[0] == pytest.approx(8.0)
    assert _measure("empty", RAMP)[0] == _measure("comb", RAMP)[0] == 0.0


def test_doubled_contrast_leaves_a_comb() -> None:
    stretched = RAMP // 2 * 2  # every other one of levels 0..254
    assert _measure("empty", stretched)[0] == pytest.approx(127 / 255)
    assert _measure("comb", stretched)[0] == pytest.approx(255 / 128)  # each step is a whole bin; the mean 128 / 255
    assert _measure("entropy", stretched)[0] == pytest.approx(7.0)


def test_smooth_histogram_has_a_lower_comb_than_a_stretched_one() -> None:
    smooth = np.clip(np.random.default_rng(1).normal(128, 30, (512, 512)), 0, 255).astype(np.uint8)
    stretched = np.clip((smooth.astype(np.float64) - 128) * 1.4 + 128, 0, 255).astype(np.uint8)
    assert _measure("comb", smooth)[0] < 0.1
    assert _measure("comb", stretched)[0] > _measure("comb", smooth)[0] + 0.5


def test_two_levels_have_one_bit_and_everything_between_empty() -> None:
    checker = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert _measure("entropy", checker)[0] == 1.0
    assert _measure("black", checker)[0] == _measure("white", checker)[0] == 0.5
    assert _measure("empty", checker)[0] == 254 / 256
    assert _measure("steps", checker)[13] == 1.0  # 255 + 255


def test_clipping_shows_as_black_and_white() -> None:
    clipped = np.clip(RAMP.astype(np.int64) * 2 - 128, 0, 255).astype(np.uint8)
    assert _measure("black", clipped)[0] == 65 / 256  # levels 0..64
    assert _measure("white", clipped)[0] == 64 / 256  # levels 192..255


def test_ramp_takes_steps_of_one() -> None:
    assert np.flatnonzero(_measure("steps", RAMP)).tolist() == [1]


@pytest.mark.parametrize(("colour", "hue"), [((255, 0, 0), 0), ((0, 255, 0), 4), ((0, 0, 255), 8)])
def test_pure_colours_fill_their_hue(colour: tuple[int, int, int], hue: int) -> None:
    pixels = _paint(*colour)
    assert _measure("hue", pixels)[hue] == 1.0
    assert _measure("saturation", pixels)[11] == 1.0
    assert _measure("saturation", pixels)[0] == 0.0


def test_hues_are_those_of_the_coloured_samples_alone() -> None:
    pixels = np.hstack([_paint(200, 20, 20), _paint(90, 90, 90)])
    assert _measure("hue", pixels)[0] == 1.0
    assert _measure("saturation", pixels)[0] == 0.5
