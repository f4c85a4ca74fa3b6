"""Power by radius, angle and lattice frequency."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.spectrum import _LATTICE, _RINGS, _SECTORS, FAMILY
from tests.conftest import measure_group, show_window

FLAT = np.full((64, 48), 200, dtype=np.uint8)


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, np.ascontiguousarray(pixels))


def _draw_noise(sigma: float, side: int = 256) -> NDArray[np.uint8]:
    return np.rint(np.random.default_rng(0).normal(128, sigma, (side, side))).astype(np.uint8)


def test_dimension_is_50() -> None:
    assert FAMILY.compute(show_window(FLAT)).shape == (50,) == (FAMILY.dimension,)


def test_flat_window_has_the_floor_in_every_ring() -> None:
    np.testing.assert_allclose(_measure("radial", FLAT), np.log2(1e-3), rtol=1e-12)
    for group in ("slope", "angular", "lattice"):
        np.testing.assert_allclose(_measure(group, FLAT), 0.0, atol=1e-12)


@pytest.mark.parametrize("sigma", [2.0, 8.0])
def test_white_noise_has_its_variance_in_every_ring(sigma: float) -> None:
    noise = _draw_noise(sigma, 512)
    # rounding adds 1/12 to the variance; the mean of each tile, which is taken away, leaks from ring 0
    expected = np.log2(sigma**2 + 1 / 12)
    radial = _measure("radial", noise)
    np.testing.assert_allclose(radial[1:], expected, atol=0.1)
    assert radial[0] == pytest.approx(expected, abs=0.3)
    assert abs(_measure("slope", noise)[0]) < 0.05
    assert np.abs(_measure("angular", noise)).max() < 0.1


@pytest.mark.parametrize(("a", "b"), [(0, 1), (1, 0), (2, 3), (4, 4)])
def test_lattice_wave_stands_out_alone(a: int, b: int) -> None:
    y, x = np.mgrid[:128, :128]
    wave = 20 * np.cos(2 * np.pi * a * y / 8) * np.cos(2 * np.pi * b * x / 8)
    lattice = _measure("lattice", np.rint(_draw_noise(2, 128) + wave).astype(np.uint8))
    assert _LATTICE[int(lattice.argmax())] == (a, b)
    assert lattice.max() > 3.0
    assert np.sort(lattice)[-2] < 1.0


@pytest.mark.parametrize(
    ("down", "right", "ring"),
    [(0, 0, -1), (0, 1, 0), (1, 0, 0), (1, 1, 0), (2, 3, 3), (0, -16, 15), (-16, 0, 15), (-16, -16, 16)],
)
def test_rings_are_rounded_radii(down: int, right: int, ring: int) -> None:
    assert _RINGS[16 + down, 16 + right] == ring  # 1.41 belongs to radius 1, 3.61 to 4, 22.6 beyond Nyquist


@pytest.mark.parametrize(
    ("down", "right", "sector"),
    [(0, 12, 0), (1, 12, 0), (-1, 12, 0), (5, 12, 1), (8, 8, 2), (12, 0, 4), (-8, 8, 6), (0, 3, -1), (12, 12, -1)],
)
def test_sectors_are_centred_on_multiples_of_an_eighth_turn(down: int, right: int, sector: int) -> None:
    assert _SECTORS[16 + down, 16 + right] == _SECTORS[16 - down, 16 - right] == sector


def test_oblique_lattice_wave_counts_in_either_direction() -> None:
    y, x = np.mgrid[:128, :128]
    wave = np.rint(_draw_noise(2, 128) + 20 * np.cos(2 * np.pi * (y + 2 * x) / 8)).astype(np.uint8)
    place = _LATTICE.index((1, 2))
    assert _measure("lattice", wave)[place] > 3.0
    assert _measure("lattice", wave[:, ::-1])[place] == pytest.approx(_measure("lattice", wave)[place], abs=0.5)


@pytest.mark.parametrize(("turns", "sector"), [(0, 0), (1, 4)])
def test_stripes_raise_the_sector_across_them(turns: int, sector: int) -> None:
    stripes = np.random.default_rng(1).normal(128, 20, (1, 128)).repeat(128, axis=0)
    pixels = np.rot90(np.clip(stripes + _draw_noise(4, 128) - 128.0, 0, 255).astype(np.uint8), turns)
    angular = _measure("angular", pixels)
    assert angular.argmax() == sector
    assert angular[sector] > np.delete(angular, sector).max() + 0.4


def test_upsampling_lowers_the_high_rings_and_the_slope() -> None:
    noise = _draw_noise(10)
    larger = cv2.resize(noise, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    change = _measure("radial", larger) - _measure("radial", noise)
    assert change[11:].max() < -2.0
    assert change[0] > change[11:].max() + 2.0
    assert _measure("slope", larger)[0] < _measure("slope", noise)[0] - 1.0


def test_half_turned_image_is_the_same() -> None:
    scene = (_draw_noise(6, 512) + np.linspace(0, 60, 512)).astype(np.uint8)
    one, other = (FAMILY.compute(show_window(np.ascontiguousarray(s))) for s in (scene, scene[::-1, ::-1]))
    np.testing.assert_allclose(other, one, atol=0.06)  # the Hann weight is half a sample off the tile's middle


def test_transposed_image_keeps_its_rings() -> None:
    noise = _draw_noise(6, 64)
    np.testing.assert_allclose(_measure("radial", noise.T), _measure("radial", noise), rtol=1e-5)  # float32
