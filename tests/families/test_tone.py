"""Levels, combs, steps, repeats and colours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.tone import FAMILY, read
from forensic_style.family import Reading
from tests import phantoms
from tests.conftest import measure_group, show_window

FLAT = np.full((48, 64), 130, dtype=np.uint8)
RAMP = np.tile(np.arange(256, dtype=np.uint8), (64, 1))
SCENE = phantoms.develop(phantoms.add_sensor_noise(phantoms.draw_scene(1, 256, 256), 1, gain=4e-4, floor=0.003))


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, np.ascontiguousarray(pixels))


def _read(pixels: NDArray[Any]) -> Reading:
    (reading,) = read(show_window(np.ascontiguousarray(pixels)))
    return reading


def _paint(red: int, green: int, blue: int) -> NDArray[np.uint8]:
    return np.tile(np.array([red, green, blue], dtype=np.uint8), (32, 40, 1))


def test_dimension_is_66() -> None:
    assert FAMILY.compute(show_window(FLAT)).shape == (66,) == (FAMILY.dimension,)


def test_flat_grey_window_has_the_stated_values() -> None:
    assert np.flatnonzero(_measure("luma", FLAT)).tolist() == [8]
    assert np.flatnonzero(_measure("steps", FLAT)).tolist() == [0]
    assert np.flatnonzero(_measure("saturation", FLAT)).tolist() == [0]
    np.testing.assert_allclose(_measure("hue", FLAT), 1 / 12)
    assert _measure("repeats", FLAT).tolist() == [1.0, 1.0]
    for group in ("black", "white", "clipped", "empty", "comb", "entropy", "asymmetry", "colours"):
        assert not _measure(group, FLAT).any()


@pytest.mark.parametrize("group", ["luma", "steps", "saturation", "hue"])
def test_histograms_sum_to_one(group: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    assert _measure(group, pixels).sum() == pytest.approx(1.0, rel=1e-12)


def test_even_levels_have_eight_bits_and_no_comb() -> None:
    np.testing.assert_allclose(_measure("luma", RAMP), 1 / 16)
    # 256 levels, 16 samples each in the rows looked at: 15 of the 4095 others agree, little less than one in 256
    assert _measure("entropy", RAMP)[0] == pytest.approx(-np.log2(15 / 4095 * (1 - 2**-12) + 2**-12))
    assert _measure("empty", RAMP)[0] == _measure("comb", RAMP).max() == 0.0
    assert abs(_measure("asymmetry", RAMP)[0]) < 0.05


def test_doubled_contrast_leaves_a_comb() -> None:
    stretched = RAMP // 2 * 2  # every other one of levels 0..254
    assert _measure("empty", stretched)[0] == pytest.approx(127 / 253)  # levels 1 to 253
    assert _measure("comb", stretched).min() > 0.95
    assert _measure("entropy", stretched)[0] == pytest.approx(7.0, abs=0.1)


def test_gamma_leaves_its_gaps_where_it_is_steepest() -> None:
    smooth = np.random.default_rng(1).integers(0, 256, (256, 256), dtype=np.uint8)
    brighter = np.floor(255 * (smooth / 255) ** 0.7 + 0.5).astype(np.uint8)
    dark, light = _measure("comb", brighter)
    assert dark > light + 0.1
    assert _measure("comb", smooth).max() < 0.05


def test_smooth_histogram_has_no_comb_whatever_the_size() -> None:
    generator = np.random.default_rng(2)
    for side in (64, 512):
        pixels = np.clip(generator.normal(128, 30, (side, side)), 0, 255).astype(np.uint8)
        assert _measure("comb", pixels).max() < 0.06


def test_two_levels_have_one_bit() -> None:
    checker = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert _measure("entropy", checker)[0] == pytest.approx(1.0, abs=0.01)
    assert _measure("black", checker)[0] == _measure("white", checker)[0] == 0.5
    assert _measure("clipped", checker) == pytest.approx([np.sqrt(0.5)] * 2)
    assert _measure("steps", checker)[13] == 1.0  # 255 + 255
    assert not _measure("repeats", checker).any()


def test_clipping_shows_as_black_and_white() -> None:
    clipped = np.clip(RAMP.astype(np.int64) * 2 - 128, 0, 255).astype(np.uint8)
    assert _measure("black", clipped)[0] == 65 / 256  # levels 0..64
    assert _measure("white", clipped)[0] == 64 / 256  # levels 192..255
    assert _measure("clipped", _paint(255, 255, 0)) == pytest.approx([np.sqrt(1 / 3), np.sqrt(2 / 3)])


def test_ramp_takes_steps_of_one_and_repeats_downwards() -> None:
    assert np.flatnonzero(_measure("steps", RAMP)).tolist() == [1]
    assert _measure("repeats", RAMP).tolist() == [0.0, 1.0]


def test_dark_window_with_a_few_lights_is_asymmetric() -> None:
    pixels = np.full((64, 64), 20, dtype=np.uint8)
    pixels[:, :16] = np.arange(100, 228, 8)
    assert _measure("asymmetry", pixels)[0] > 5
    assert _measure("asymmetry", 255 - pixels)[0] == pytest.approx(-_measure("asymmetry", pixels)[0])


def test_variety_of_colours_does_not_depend_on_the_size() -> None:
    palette = np.random.default_rng(3).integers(0, 16, (8, 3), dtype=np.uint8) * np.uint8(16)
    for side in (64, 512):
        pixels = palette[np.random.default_rng(side).integers(0, 8, (side, side))]
        assert _measure("colours", pixels)[0] == pytest.approx(3.0, abs=0.15)  # eight colours


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


@pytest.mark.parametrize(("low", "high", "words"), [(20, 216, "every 4th"), (60, 210, "every 2nd"), (80, 182, "60%")])
def test_stretched_levels_are_read(low: int, high: int, words: str) -> None:
    reading = _read(phantoms.stretch(SCENE, low, high))
    assert reading.estimate == "comb"
    assert reading.strength == "certain"
    assert reading.words.startswith(words)
    assert reading.words.endswith(f"levels were stretched by about {255 / (high - low):.1f}")


@pytest.mark.parametrize("bits", [1, 2, 4, 6, 7])
def test_bits_per_channel_are_read(bits: int) -> None:
    top = 2**bits - 1
    spread = np.floor(np.floor(SCENE / 255 * top + 0.5) / top * 255 + 0.5).astype(np.uint8)
    for pixels in (spread, SCENE >> (8 - bits) << (8 - bits)):
        if bits > 1 or pixels is spread:
            reading = _read(pixels)
            assert (reading.estimate, reading.strength) == ("few levels", "certain")
            assert reading.words == f"{bits} bit{'s' if bits > 1 else ''} per channel"


def test_few_levels_on_no_common_scale_are_counted() -> None:
    assert _read(SCENE // 30 * 30).words == "9 levels per channel"


def test_clipping_is_read_in_percent() -> None:
    pixels = np.random.default_rng(4).integers(30, 220, (100, 100), dtype=np.uint8)
    pixels[:8] = 255
    reading = _read(pixels)
    assert (reading.estimate, reading.words, reading.strength) == ("clipped", "8 % pure white", "certain")


@pytest.mark.parametrize("kind", ["scene", "noise", "flat", "narrow", "of 16 bit"])
def test_nothing_is_read_where_all_levels_are_used(kind: str) -> None:
    generator = np.random.default_rng(5)
    pixels = {
        "scene": np.clip(SCENE, 20, 235) + generator.integers(-20, 21, SCENE.shape),
        "noise": generator.integers(0, 256, (200, 200, 3)),
        "flat": FLAT,
        "narrow": generator.integers(100, 109, (100, 100)),
        "of 16 bit": generator.integers(0, 65536, (200, 200)),
    }[kind]
    reading = _read(pixels.astype(np.uint16 if kind == "of 16 bit" else np.uint8))
    assert (reading.estimate, reading.strength) == (None, "none")
