"""Patterns of rows, columns and lattices, and line sensors in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.linear_pattern import FAMILY, FLOOR, read
from forensic_style.family import Reading
from tests import phantoms
from tests.conftest import measure_group, show_window


def _scale(amplitude: float) -> float:
    """The column of an amplitude, as a share of the residual's."""
    return float(np.log2(1 + amplitude / FLOOR))


SCENES = [phantoms.develop(phantoms.draw_scene(seed, 320, 384)) for seed in range(3)]


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, pixels)


def _add_noise(sigma: float, *, seed: int = 0, side: int = 256) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(128, sigma, (side, side))


def _round(levels: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def _read(pixels: NDArray[Any]) -> Reading:
    (reading,) = read(show_window(np.ascontiguousarray(pixels)))
    return reading


def test_dimension_is_41() -> None:
    assert FAMILY.compute(show_window(_round(_add_noise(4)))).shape == (41,) == (FAMILY.dimension,)


@pytest.mark.parametrize("shape", [(32, 32), (48, 80, 3)])
def test_flat_window_has_the_stated_values(shape: tuple[int, ...]) -> None:
    flat = np.full(shape, 77, dtype=np.uint8)
    assert not FAMILY.compute(show_window(flat)).any()


def test_white_noise_has_no_pattern() -> None:
    noise = _round(_add_noise(3))
    for group in ("column_periods", "row_periods", "lattices"):
        assert np.abs(_measure(group, noise)).max() < _scale(0.025)
    assert abs(_measure("direction", noise)[0]) < 0.06


def test_share_of_a_column_pattern_is_measured_whatever_the_size() -> None:
    for side in (64, 256, 512):
        shares = []
        for seed in range(8):
            pattern = np.random.default_rng(seed + 50).normal(0, 1, side)
            plane = _round(_add_noise(1.0, seed=seed, side=side) + pattern)
            shares.append(((2 ** _measure("columns", plane)[0] - 1) * FLOOR) ** 2)
        # of a pattern the local mean of 3 x 3 leaves 2/3 of the variance, of white noise 8/9, of rounding's 1/12 too
        assert np.mean(shares) == pytest.approx((2 / 3) / (2 / 3 + 8 / 9 * (1 + 1 / 12)), abs=0.05)


def test_chance_leaves_nothing_on_average_in_small_windows() -> None:
    noise = [FAMILY.compute(show_window(_round(_add_noise(3, seed=seed, side=32)))) for seed in range(400)]
    periods = np.mean(noise, axis=0)[11:25]
    # single values spread by about 0.8
    np.testing.assert_allclose(periods, 0, atol=0.2)


def test_turning_swaps_rows_and_columns() -> None:
    pixels = SCENES[0]
    turned = np.ascontiguousarray(pixels.transpose(1, 0, 2))
    for one, other in (("columns", "rows"), ("column_periods", "row_periods")):
        np.testing.assert_allclose(_measure(one, pixels), _measure(other, turned), atol=1e-6)
    np.testing.assert_allclose(_measure("direction", pixels), -_measure("direction", turned), atol=1e-9)
    np.testing.assert_allclose(_measure("lattices", pixels), _measure("lattices", turned), atol=1e-6)


@pytest.mark.parametrize(("place", "period"), [(0, 8), (1, 4), (3, 2)])
def test_injected_period_shows_at_that_period(place: int, period: int) -> None:
    wave = 2 * np.cos(2 * np.pi * (np.arange(256) / period + 0.03))
    noisy = _round(_add_noise(2) + wave)
    found = _measure("column_periods", noisy)
    # the local mean leaves this share of the wave's amplitude, and 8/9 of the variance of noise and of rounding
    left = wave.std() * (1 - (1 + 2 * np.cos(2 * np.pi / period)) / 3)
    share = left**2 / (left**2 + 8 / 9 * (2**2 + 1 / 12))
    assert found[place] == pytest.approx(_scale(share**0.5), abs=0.1)
    assert np.delete(found, place).max() < _scale(0.03)
    assert _measure("columns", noisy)[0] < _scale(0.04)  # that is for what has no period


def test_period_of_sixteen_shows_among_the_rest() -> None:
    ridge = np.where(np.arange(256) % 16 == 5, 6.0, 0.0)
    found = _measure("row_periods", _round(_add_noise(2) + ridge[:, None]))
    assert found[4] > _scale(0.18)


def test_crop_changes_the_place_of_a_pattern_but_not_its_measure() -> None:
    pattern = np.random.default_rng(5).normal(0, 2, (16, 16))
    whole = _round(_add_noise(2, side=320) + np.tile(pattern, (20, 20)))
    one, other = (np.ascontiguousarray(part) for part in (whole[:288, :288], whole[5:293, 11:299]))
    for group in ("column_periods", "row_periods", "lattices"):
        np.testing.assert_allclose(_measure(group, one), _measure(group, other), atol=0.1)


def test_checker_is_a_lattice_of_its_own() -> None:
    checker = np.indices((256, 256)).sum(axis=0) % 2 * 3.0
    checker_found, *others = _measure("lattices", _round(_add_noise(2) + checker))
    assert checker_found > _scale(0.28)
    assert max(others) < _scale(0.03)


def test_filter_array_shows_in_the_colour_lattices() -> None:
    light = phantoms.add_sensor_noise(phantoms.draw_scene(8, 256, 256), 1, gain=1e-3, floor=0.005)
    filtered = phantoms.develop(phantoms.demosaic(phantoms.sample_bayer(light, "GRBG"), "GRBG", "bilinear"))
    clean = phantoms.develop(light)
    found, expected = (
        np.concatenate([_measure("colour_lattices", pixels), _measure("lattices", pixels)])
        for pixels in (filtered, clean)
    )
    assert found.max() > expected.max()


@pytest.mark.parametrize("scene", SCENES)
def test_line_sensor_is_read(scene: NDArray[np.uint8]) -> None:
    scanned = phantoms.scan(scene, 3, strength=1.0)
    reading = _read(scanned)
    assert (reading.subject, reading.estimate) == ("line pattern", "columns")
    assert reading.words == "every column has its own offset, as under a line sensor"
    assert reading.strength in ("clear", "certain")
    turned = _read(scanned.transpose(1, 0, 2))
    assert (turned.estimate, turned.words[:9]) == ("rows", "every row")


@pytest.mark.parametrize(
    "change",
    [
        lambda pixels: pixels,
        lambda pixels: phantoms.compress(pixels, 75, sampling="4:2:0"),
        lambda pixels: phantoms.compress(pixels, 30),
        lambda pixels: phantoms.resize(pixels, 1.4),
        lambda pixels: phantoms.sharpen(pixels, 1.5),
        lambda pixels: phantoms.add_noise(pixels, 4, 5),
        lambda pixels: pixels[:, :, 1],
    ],
    ids=["clean", "jpeg", "strong jpeg", "resized", "sharpened", "noisy", "grey"],
)
@pytest.mark.parametrize("scene", SCENES)
def test_scene_without_line_sensor_has_no_line_pattern(scene: NDArray[np.uint8], change: Any) -> None:
    reading = _read(change(scene))
    assert (reading.words, reading.strength, reading.estimate) == ("no line pattern", "none", None)


def test_periodic_columns_are_no_line_sensor() -> None:
    for period in (2, 5, 8, 16):
        wave = np.random.default_rng(period).normal(0, 3, period)
        plane = _round(_add_noise(2, side=320) + np.tile(wave, 320 // period))
        assert _read(plane).estimate is None


def test_screen_with_lines_in_flat_areas_has_no_line_pattern() -> None:
    generator = np.random.default_rng(1)
    screen = np.full((320, 320), 240, dtype=np.uint8)
    screen[:, generator.choice(320, 120, replace=False)] -= generator.integers(1, 9, 120).astype(np.uint8)
    screen[:, 200:] = 220
    assert _read(screen).estimate is None


def test_small_and_flat_windows_have_no_line_pattern() -> None:
    for pixels in (np.zeros((32, 32), dtype=np.uint8), np.full((64, 48, 3), 65535, dtype=np.uint16), SCENES[0][:48]):
        assert _read(pixels).estimate is None
