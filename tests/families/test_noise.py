"""Noise level, curve, shape, neighbours, lines and channels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.signal
from numpy.typing import NDArray

from forensic_style.families.noise import FAMILY
from tests.conftest import measure_group, show_window

FLAT = np.full((64, 64), 200, dtype=np.uint8)
FILTER = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, pixels)


def _add_noise(sigma: float, *, level: float = 128.0, seed: int = 0, side: int = 256) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).normal(level, sigma, (side, side))
    return np.clip(np.rint(noise), 0, 255).astype(np.uint8)


def _stack(*channels: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(np.dstack(channels))


def test_dimension_is_53() -> None:
    assert FAMILY.compute(show_window(FLAT)).shape == (53,) == (FAMILY.dimension,)


def test_flat_window_has_the_stated_values() -> None:
    np.testing.assert_allclose(_measure("level", FLAT), -3.01, atol=0.005)  # log2(1/24 / 0.6745 + 1/16)
    np.testing.assert_allclose(_measure("curve", FLAT), -3.01, atol=0.005)
    assert _measure("zero", FLAT).tolist() == [1.0]
    np.testing.assert_allclose(_measure("tail", FLAT), [0.26, 0.40, 0.48], atol=0.006)
    for group in ("neighbours", "rows", "columns", "direction"):
        assert not _measure(group, FLAT).any()
    np.testing.assert_allclose(_measure("balance", FLAT), 0, atol=1e-9)
    np.testing.assert_allclose(_measure("colour", FLAT), -4, atol=1e-9)


@pytest.mark.parametrize("sigma", [4.0, 8.0, 16.0])
def test_level_of_white_noise_is_its_sigma(sigma: float) -> None:
    expected = np.log2(sigma + 1 / 16)  # with the floor
    assert _measure("level", _add_noise(sigma))[0] == pytest.approx(expected, abs=0.03)


def test_curve_follows_the_brightness() -> None:
    dark, bright = _add_noise(3, level=48, seed=1), _add_noise(9, level=208, seed=2)
    plane = np.hstack([dark, bright])
    curve = _measure("curve", plane)
    assert curve[1] == pytest.approx(np.log2(3 + 1 / 16), abs=0.05)  # band 1: 32..63
    assert curve[6] == pytest.approx(np.log2(9 + 1 / 16), abs=0.05)  # band 6: 192..223
    assert curve[0] == curve[7] == _measure("level", plane)[0]  # nobody there


def test_zero_counts_the_flat_part() -> None:
    half = _add_noise(20)
    half[:, :128] = 77
    assert _measure("zero", half)[0] == pytest.approx(0.5, abs=0.03)


def test_tail_of_white_noise_is_that_of_the_normal_distribution() -> None:
    # quantiles 0.75, 0.9 and 0.99 of the magnitude of a normal variable over its median
    expected = np.log2(np.array([1.1503, 1.6449, 2.5758]) / 0.6745)
    np.testing.assert_allclose(_measure("tail", _add_noise(10)), expected, atol=0.04)


def test_neighbours_of_white_noise_are_those_of_the_filter_alone() -> None:
    spread = np.pad(scipy.signal.correlate2d(FILTER, FILTER) / 72, 2)  # 72 = 8 * 8 + 8, its energy; centre (4, 4)
    expected = np.concatenate([spread[4, 5:8], spread[5:8, 1:8].ravel()])
    np.testing.assert_allclose(_measure("neighbours", _add_noise(20)), expected, atol=0.02)


def test_line_sensor_repeats_its_rows() -> None:
    pattern = np.random.default_rng(3).normal(0, 6, (1, 256))
    lines = np.rint(128 + pattern + np.random.default_rng(4).normal(0, 2, (256, 256))).astype(np.uint8)
    assert _measure("rows", lines)[0] > 0.85
    assert abs(_measure("columns", lines)[0]) < 0.05
    assert _measure("direction", lines)[0] > 0.8
    turned = np.ascontiguousarray(lines.T)
    assert _measure("direction", turned)[0] < -0.8
    np.testing.assert_allclose(_measure("columns", turned), _measure("rows", lines), rtol=1e-9)


def test_white_noise_has_no_direction() -> None:
    assert abs(_measure("rows", _add_noise(10))[0]) < 0.05
    assert abs(_measure("direction", _add_noise(10))[0]) < 0.05


def test_grey_image_has_the_floor_in_the_channel_differences() -> None:
    grey = _add_noise(10)
    for pixels in (grey, _stack(grey, grey, grey)):
        np.testing.assert_allclose(_measure("balance", pixels), 0, atol=1e-4)
        np.testing.assert_allclose(_measure("colour", pixels), -4, atol=1e-4)


def test_independent_channels_have_noise_in_their_differences() -> None:
    pixels = _stack(*(_add_noise(sigma, seed=seed) for seed, sigma in enumerate((16, 8, 8))))
    red, blue = _measure("balance", pixels)
    assert red == pytest.approx(1.0, abs=0.03)  # twice as strong as green
    assert blue == pytest.approx(0.0, abs=0.03)
    # the local mean takes a ninth of the variance: sqrt(8/9 (s^2 + t^2))
    expected = np.log2(np.sqrt(8 / 9 * np.array([16**2 + 8**2, 8**2 + 8**2, 16**2 + 8**2])))
    np.testing.assert_allclose(_measure("colour", pixels), expected, atol=0.03)
