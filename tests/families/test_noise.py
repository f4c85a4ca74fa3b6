"""Noise level, curve, shape, neighbours and channels, and the noise in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.signal
from numpy.typing import NDArray

from forensic_style.families.noise import FAMILY, LAGS, estimate_curve, map_residual, read
from forensic_style.family import Reading
from tests import phantoms
from tests.conftest import measure_group, show_window

FLAT = np.full((64, 64), 200, dtype=np.uint8)
FILTER = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
SCENE = phantoms.develop(phantoms.draw_scene(3, 256, 256))


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, pixels)


def _add_noise(sigma: float, *, level: float = 128.0, seed: int = 0, side: int = 256) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).normal(level, sigma, (side, side))
    return np.clip(np.rint(noise), 0, 255).astype(np.uint8)


def _stack(*channels: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(np.dstack(channels))


def _read(pixels: NDArray[Any]) -> Reading:
    (reading,) = read(show_window(pixels))
    return reading


def test_dimension_is_48() -> None:
    assert FAMILY.compute(show_window(FLAT)).shape == (48,) == (FAMILY.dimension,)


@pytest.mark.parametrize("level", [0, 200, 255])
def test_flat_window_has_the_stated_values(level: int) -> None:
    flat = np.full_like(FLAT, level)
    assert _measure("level", flat).tolist() == [-4] * 3
    assert _measure("zero", flat).tolist() == [1.0]
    np.testing.assert_allclose(_measure("tail", flat), [0.26, 0.40, 0.48], atol=0.006)
    assert _measure("colour", flat).tolist() == [-4] * 3
    for group in ("texture", "curve", "line", "peaks", "neighbours", "balance", "common", "smear"):
        assert not _measure(group, flat).any()


@pytest.mark.parametrize("sigma", [2.0, 4.0, 8.0, 16.0])
def test_level_of_white_noise_is_its_sigma(sigma: float) -> None:
    expected = np.log2(np.sqrt(sigma**2 + 1 / 12) + 1 / 16)  # with rounding and the floor
    # a quarter of 1000 blocks; the coarse scale sees 64 samples of each as four
    np.testing.assert_allclose(_measure("level", _add_noise(sigma)), expected, atol=0.08)


def test_texture_beside_noise_changes_the_level_little() -> None:
    plane = _add_noise(3)
    plane[:, 128:] = _add_noise(40, seed=1)[:, 128:]
    assert _measure("level", plane)[0] == pytest.approx(np.log2(3), abs=0.15)
    assert _measure("texture", _add_noise(3))[0] < 0.05
    assert _measure("texture", SCENE)[0] > 1


def test_clipped_blocks_do_not_count() -> None:
    plane = _add_noise(6)
    plane[:200] = 255
    assert _measure("level", plane)[0] == pytest.approx(np.log2(6), abs=0.15)


def test_curve_follows_the_brightness() -> None:
    dark, bright = _add_noise(3, level=64, seed=1), _add_noise(9, level=220, seed=2)
    curve = _measure("curve", np.hstack([dark, bright])).reshape(2, 6)
    level = _measure("level", np.hstack([dark, bright]))
    for scale in range(2):
        assert curve[scale, 1] + level[scale] == pytest.approx(np.log2(3), abs=0.1)  # band 1: 48..79
        assert curve[scale, 5] + level[scale] == pytest.approx(np.log2(9), abs=0.1)  # band 5: 184..255
        assert not curve[scale, [0, 2, 3]].any()  # nobody there


def test_line_of_growing_noise_is_straight_and_rises() -> None:
    brightness = np.linspace(20, 235, 512)
    noise = np.random.default_rng(4).normal(0, 1, (256, 512)) * np.sqrt(0.2 * brightness)
    plane = np.clip(np.rint(brightness + noise), 0, 255).astype(np.uint8)
    slope, straightness, black = _measure("line", plane)
    # sigma^2 = 0.2 y: 0.2 * 128 over a mean of 0.2 * 128 or so
    assert slope == pytest.approx(np.arctan(1), abs=0.1)
    assert straightness > 0.95
    assert black < -1
    assert abs(_measure("line", 255 - plane)[0] + slope) < 0.2
    assert abs(_measure("line", _add_noise(5, level=100) // 2 + np.arange(0, 128, 0.5).astype(np.uint8))[0]) < 0.15


def test_zero_counts_the_flat_part() -> None:
    half = _add_noise(20)
    half[:, :128] = 77
    assert _measure("zero", half)[0] == pytest.approx(0.5, abs=0.03)


def test_shape_of_white_noise_is_that_of_the_normal_distribution() -> None:
    # quantiles 0.75, 0.9 and 0.99 of the magnitude of a normal variable over its median; its kurtosis is 3
    expected = np.log2(np.array([1.1503, 1.6449, 2.5758]) / 0.6745)
    np.testing.assert_allclose(_measure("tail", _add_noise(8)), expected, atol=0.06)
    assert _measure("peaks", _add_noise(8))[0] == pytest.approx(0, abs=0.1)


def test_neighbours_of_white_noise_are_those_of_the_filter_alone() -> None:
    spread = np.pad(scipy.signal.correlate2d(FILTER, FILTER) / 72, 2)  # 72 = 8 * 8 + 8, its energy; centre (4, 4)
    expected = [spread[4 + down, 4 + right] for down, right in LAGS]
    np.testing.assert_allclose(_measure("neighbours", _add_noise(20)), expected, atol=0.03)


def test_grey_image_has_the_floor_in_the_channel_differences() -> None:
    grey = _add_noise(10)
    for pixels in (grey, _stack(grey, grey, grey)):
        np.testing.assert_allclose(_measure("balance", pixels), 0, atol=1e-9)
        np.testing.assert_allclose(_measure("colour", pixels), -4, atol=1e-9)
        np.testing.assert_allclose(_measure("common", pixels), 1, atol=1e-9)
        np.testing.assert_allclose(_measure("smear", pixels), 0, atol=1e-9)


def test_independent_channels_have_noise_in_their_differences() -> None:
    pixels = _stack(*(_add_noise(sigma, seed=seed) for seed, sigma in enumerate((16, 8, 8))))
    red, blue = _measure("balance", pixels)
    assert red == pytest.approx(1.0, abs=0.04)  # twice as strong as green
    assert blue == pytest.approx(0.0, abs=0.04)
    # the local mean takes a ninth of the variance: sqrt(8/9 (s^2 + t^2))
    expected = np.log2(np.sqrt(8 / 9 * np.array([16**2 + 8**2, 8**2 + 8**2, 16**2 + 8**2])))
    np.testing.assert_allclose(_measure("colour", pixels), expected, atol=0.04)
    np.testing.assert_allclose(_measure("common", pixels), 0, atol=0.03)


def test_interpolated_colour_is_smeared() -> None:
    red, green, blue = (_add_noise(12, seed=seed).astype(np.uint16) for seed in range(3))
    sharp = _measure("smear", _stack(red, green, blue).astype(np.uint8))
    soft = _stack(*((plane + np.roll(plane, 1, axis=1)) // 2 for plane in (red, green, blue))).astype(np.uint8)
    assert (_measure("smear", soft)[[0, 2]] > sharp[[0, 2]] + 0.3).all()


def test_size_of_the_window_leaves_no_trace() -> None:
    large, small = (FAMILY.compute(show_window(_add_noise(9, side=side, seed=9))) for side in (512, 128))
    np.testing.assert_allclose(large, small, atol=0.2)


def test_residual_is_the_deviation_from_the_local_mean() -> None:
    plane = FLAT.copy()
    plane[10, 20] = 209
    residual = map_residual(show_window(plane))
    assert residual.shape == plane.shape
    assert residual[10, 20] == pytest.approx(8)
    assert residual[9, 19] == pytest.approx(-1)


@pytest.mark.parametrize("sigma", [3.0, 8.0, 15.0])
def test_noise_added_to_a_scene_is_read(sigma: float) -> None:
    reading = _read(phantoms.add_noise(SCENE, 1, sigma))
    assert reading.subject == "noise"
    assert isinstance(reading.estimate, float)
    assert reading.estimate == pytest.approx(sigma, rel=0.1)
    assert reading.words == f"noise {reading.estimate:.1f} grey levels at mid-grey"
    assert reading.strength in ("likely", "clear", "certain")
    assert reading.tolerance == 0.5


@pytest.mark.parametrize("sigma", [1.0, 2.0])
def test_weak_noise_added_to_scenes_is_read_in_most(sigma: float) -> None:
    scenes = [phantoms.develop(phantoms.draw_scene(seed, 320, 384)) for seed in range(5)]
    found = [_read(phantoms.add_noise(scene, 1, sigma)).estimate for scene in scenes]
    assert np.median(np.array(found, dtype=float)) == pytest.approx(sigma, rel=0.1)


@pytest.mark.parametrize("pixels", [FLAT, np.tile(np.arange(40, 240, dtype=np.uint8), (96, 1)), SCENE])
def test_image_without_noise_is_read_as_such(pixels: NDArray[np.uint8]) -> None:
    reading = _read(pixels)
    assert (reading.words, reading.estimate) == ("hardly any noise", 0.0)


def test_black_and_white_image_is_not_measured() -> None:
    reading = _read(np.random.default_rng(0).integers(0, 2, (64, 64), dtype=np.uint8) * np.uint8(255))
    assert (reading.strength, reading.estimate) == ("none", None)


def test_texture_is_not_called_noise() -> None:
    stripes = np.kron(np.random.default_rng(2).integers(60, 196, (64, 64)), np.ones((4, 4))).astype(np.uint8)
    assert _read(stripes).words in ("noise cannot be told from texture", "hardly any noise")


def test_noise_without_mid_grey_is_read_over_the_image() -> None:
    reading = _read(_add_noise(5, level=200))
    assert reading.words.endswith("grey levels over the image")
    assert reading.estimate == pytest.approx(5, rel=0.1)


def test_curve_of_a_sensor_is_described() -> None:
    brightness = np.linspace(20, 235, 512)
    noise = np.random.default_rng(4).normal(0, 1, (512, 512)) * np.sqrt(0.2 * brightness)
    reading = _read(np.clip(np.rint(brightness + noise), 0, 255).astype(np.uint8))
    assert reading.detail.startswith("grows with brightness like a sensor's: ")
    assert reading.estimate == pytest.approx((0.2 * 128) ** 0.5, rel=0.1)
    even = np.clip(np.rint(brightness + np.random.default_rng(5).normal(0, 6, (512, 512))), 0, 255).astype(np.uint8)
    assert _read(even).detail.startswith("independent of brightness: ")


def test_curve_is_drawn_where_there_are_blocks() -> None:
    plane = np.hstack([_add_noise(3, level=72, side=256), _add_noise(9, level=200, side=256, seed=1)])
    brightness, sigma = estimate_curve(show_window(plane))
    assert (np.diff(brightness) > 0).all()
    assert ((np.abs(brightness - 72) < 10) | (np.abs(brightness - 200) < 10)).all()
    np.testing.assert_allclose(sigma, np.where(brightness < 128, 3, 9), rtol=0.12)


def test_readings_of_windows_with_little_in_them() -> None:
    for pixels in (FLAT[:32, :32], np.zeros((32, 32), dtype=np.uint8), np.full((40, 33, 3), 65535, dtype=np.uint16)):
        assert _read(pixels).estimate == 0.0
        assert estimate_curve(show_window(pixels))[0].size == 0
