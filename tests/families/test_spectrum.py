"""Power by radius, angle and lattice frequency."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.spectrum import _RINGS, _SECTORS, FAMILY, LAGS, LATTICE, map_spectrum, read
from tests import phantoms
from tests.conftest import measure_group, show_window

FLAT = np.full((64, 48), 200, dtype=np.uint8)


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, np.ascontiguousarray(pixels))


def _draw_noise(sigma: float, side: int = 256) -> NDArray[np.uint8]:
    return np.rint(np.random.default_rng(0).normal(128, sigma, (side, side))).astype(np.uint8)


def test_dimension_is_68() -> None:
    assert FAMILY.compute(show_window(FLAT)).shape == (68,) == (FAMILY.dimension,)


def test_flat_window_has_the_floor_in_every_ring() -> None:
    np.testing.assert_allclose(_measure("radial", FLAT), np.log2(1e-2), rtol=1e-12)
    for group in ("slope", "angular", "lattice", "differences", "lags"):
        np.testing.assert_allclose(_measure(group, FLAT), 0.0, atol=1e-12)


@pytest.mark.parametrize("sigma", [2.0, 8.0])
def test_white_noise_has_its_variance_in_every_ring(sigma: float) -> None:
    noise = _draw_noise(sigma, 512)
    # rounding adds 1/12 to the variance; the power is exponential, its geometric mean exp(-0.5772) of the mean; the
    # mean of each tile, which is taken away, leaks from ring 0
    expected = np.log2(sigma**2 + 1 / 12) - np.euler_gamma / np.log(2)
    radial = _measure("radial", noise)
    # a frequency's logarithm deviates by 1.85 / sqrt(25 tiles), a ring's by a half to a tenth of that
    np.testing.assert_allclose(radial[2:], expected, atol=0.25)
    assert radial[:2].mean() == pytest.approx(expected, abs=0.4)
    assert abs(_measure("slope", noise)[0]) < 0.15
    assert np.abs(_measure("angular", noise)).max() < 0.2
    assert np.abs(_measure("differences", noise)).max() < 0.4
    assert np.abs(_measure("lags", noise)[[1, 2, 4, 5]]).max() < 0.05


@pytest.mark.parametrize(("a", "b"), [(0, 1), (1, 0), (2, 3), (4, 4)])
def test_lattice_wave_stands_out_alone(a: int, b: int) -> None:
    y, x = np.mgrid[:256, :256]
    wave = 20 * np.cos(2 * np.pi * a * y / 8) * np.cos(2 * np.pi * b * x / 8)
    lattice = _measure("lattice", np.rint(_draw_noise(2, 256) + wave).astype(np.uint8))
    assert LATTICE[int(lattice.argmax())] == (a, b)
    assert lattice.max() > 2.0
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
    place = LATTICE.index((1, 2))
    assert _measure("lattice", wave)[place] > 0.9  # one of the four places (1, 2), (1, -2), (2, 1), (2, -1)
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
    side = 32 + 4 * 57  # the tiles, 57 samples apart, reach both borders
    scene = (_draw_noise(6, side) + np.linspace(0, 60, side)).astype(np.uint8)
    one, other = (FAMILY.compute(show_window(np.ascontiguousarray(s))) for s in (scene, scene[::-1, ::-1]))
    # the Hann weight is half a sample off the tile's middle, and single frequencies deviate most
    np.testing.assert_allclose(other[:26], one[:26], atol=0.15)
    np.testing.assert_allclose(other, one, atol=0.6)


def test_transposed_image_keeps_its_rings() -> None:
    noise = _draw_noise(6, 64)
    for group in ("radial", "slope"):
        np.testing.assert_allclose(_measure(group, noise.T), _measure(group, noise), rtol=1e-4)  # float32


def test_lattice_holds_each_multiple_of_an_eighth_once() -> None:
    assert len(LATTICE) == len(set(LATTICE)) == 18
    covered = {(b, a) for a, b in LATTICE if a and b} | set(LATTICE)
    assert covered == {(a, b) for a in range(5) for b in range(5)} - {(0, 0)}


@pytest.mark.parametrize(("a", "b"), [(0, 1), (1, 0), (2, 0), (1, 1)])
def test_alternating_fineness_shows_in_the_differences_alone(a: int, b: int) -> None:
    y, x = np.mgrid[:256, :256]
    strength = 6 * (1 + 0.9 * np.cos(2 * np.pi * a * y / 8) * np.cos(2 * np.pi * b * x / 8))
    pixels = np.rint(128 + strength * np.random.default_rng(3).normal(0, 1, (256, 256))).astype(np.uint8)
    differences = _measure("differences", pixels)
    assert LATTICE[int(differences.argmax())] == (a, b)
    # an amplitude of 0.9 / 4 in each of four places or of 0.9 / 2 in two, a little less over 2 x 2 samples
    expected = np.log2(1 + 64 * 0.9 / (4 if a and b else 2))
    assert expected - 1.0 < differences.max() < expected + 0.2
    assert np.sort(differences)[-3] < differences.max() - 1.0
    assert np.abs(_measure("lattice", pixels)).max() < 2.0  # four deviations of one frequency


def test_differences_do_not_depend_on_the_crop() -> None:
    pixels = phantoms.compress(phantoms.develop(phantoms.draw_scene(1, 136, 136)), 60)[:, :, 1]
    one, other = _measure("differences", pixels[:128, :128]), _measure("differences", pixels[5:133, 3:131])
    np.testing.assert_allclose(other, one, atol=0.25)  # other samples along the border


@pytest.mark.parametrize("lag", LAGS)
def test_echo_shows_at_its_lag(lag: tuple[int, int]) -> None:
    noise = _draw_noise(10, 272).astype(np.float64)
    echo = (noise[16:, 16:] + noise[16 - lag[0] : 272 - lag[0], 16 - lag[1] : 272 - lag[1]]) / 2
    lags = _measure("lags", np.rint(echo).astype(np.uint8))
    assert LAGS[int(lags.argmax())] == lag
    # correlation 1/2 of the sum, less the taper's: a tile holds fewer pairs of samples the farther they are apart
    assert 0.2 < lags.max() < 0.6


def test_map_has_the_wave_of_an_image_at_its_frequency_and_mirrored() -> None:
    y, x = np.mgrid[:300, :500]
    wave = np.rint(128 + 40 * np.cos(2 * np.pi * (y / 4 + x / 8)) + np.random.default_rng(0).normal(0, 2, y.shape))
    drawn = map_spectrum(show_window(wave.astype(np.uint8)))
    assert drawn.shape == (128, 128)
    assert drawn.dtype == np.float64
    brightest = {tuple(map(int, np.unravel_index(place, drawn.shape))) for place in np.argsort(drawn.ravel())[-2:]}
    assert brightest == {(64 + 32, 64 + 16), (64 - 32, 64 - 16)}


@pytest.mark.parametrize("shape", [(32, 32), (33, 90), (700, 500)])
def test_map_of_a_flat_image_is_its_floor(shape: tuple[int, int]) -> None:
    drawn = map_spectrum(show_window(np.full(shape, 77, dtype=np.uint8)))
    assert drawn.shape[0] == drawn.shape[1]
    np.testing.assert_allclose(drawn, np.log2(1e-2))


def test_map_of_white_noise_is_the_gain_of_the_laplacian() -> None:
    drawn = map_spectrum(show_window(_draw_noise(8, 512)))
    expected = np.log2((64 + 1 / 12) * 64) - np.euler_gamma / np.log(2)  # both waves at Nyquist: (4 + 2 + 2) ** 2
    assert drawn[:8, :8].mean() == pytest.approx(expected, abs=0.4)
    assert drawn[128, 128] < 0


def _develop(seed: int) -> NDArray[np.uint8]:
    return phantoms.develop(phantoms.draw_scene(seed, 256, 256))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("method", ["linear", "cubic"])
def test_doubled_image_has_a_pattern_of_period_2(seed: int, method: str) -> None:
    pattern, _ = read(show_window(phantoms.resize(phantoms.resize(_develop(seed), 0.5), 2, method=method)))
    assert pattern.estimate == 2.0
    assert pattern.strength == "likely"  # any program may have doubled it
    assert pattern.words == "regular pattern of period 2 samples, as from doubling, by a program or in a generator"


@pytest.mark.parametrize("seed", range(3))
def test_generated_image_has_the_period_of_its_stages(seed: int) -> None:
    light = phantoms.draw_scene(seed, 256, 256)
    assert read(show_window(phantoms.generate(light, 1, stages=1)))[0].estimate == 2.0
    assert read(show_window(phantoms.generate(light, 1, stages=2)))[0].estimate in (2.0, 4.0)


def test_uneven_transposed_convolution_leaves_alternating_brightness() -> None:
    light = phantoms.draw_scene(5, 256, 256)[::2, ::2]
    spread = np.zeros((256, 256, 3))
    spread[::2, ::2] = light
    kernel = np.outer([0.5, 1.06, 0.5], [0.5, 1.06, 0.5])
    pattern, _ = read(show_window(phantoms.develop(cv2.filter2D(spread, -1, kernel))))
    assert pattern.estimate == 2.0
    assert "brightness" in pattern.detail


def _make_clean(seed: int) -> dict[str, NDArray[np.uint8]]:
    """Images without a generator's pattern, some with one of their own."""
    noisy = phantoms.add_sensor_noise(phantoms.draw_scene(seed, 256, 256), seed, gain=1e-4, floor=0.002)
    base = phantoms.develop(noisy)
    made = {f"JPEG {quality}": phantoms.compress(base, quality) for quality in (20, 50, 75, 90)}
    for method in phantoms.DEMOSAICING:
        mosaic = phantoms.sample_bayer(noisy, "GRBG")
        made[method] = phantoms.develop(phantoms.demosaic(mosaic, "GRBG", method))
        made[f"{method} sharpened"] = phantoms.sharpen(made[method], 1.0)
    made |= {f"times {factor}": phantoms.resize(base, factor) for factor in (0.7, 1.25, 4 / 3, 1.5, 1.6)}
    return made | {"clean": base, "subsampled": phantoms.compress(base, 85, sampling="4:2:0")}


@pytest.mark.parametrize("seed", [11, 12])
def test_grids_mosaics_and_other_factors_do_not_count(seed: int) -> None:
    found = {name: read(show_window(pixels))[0] for name, pixels in _make_clean(seed).items()}
    assert {name: reading.detail for name, reading in found.items() if reading.estimate is not None} == {}
    assert {(reading.words, reading.strength) for reading in found.values()} == {
        ("no regular pattern of upsampling", "none")
    }


def test_blurred_image_is_soft_and_the_sharp_one_crisp() -> None:
    photo = np.clip(_draw_noise(25, 512) + np.linspace(-60, 60, 512), 0, 255)
    sharp = cv2.GaussianBlur(photo, (0, 0), 0.4).astype(np.uint8)
    soft = cv2.GaussianBlur(photo, (0, 0), 2.0).astype(np.uint8)
    noisy = phantoms.add_noise(np.dstack([soft] * 3), 1, 4)
    assert read(show_window(noisy))[1].words == "neither crisp nor soft"
    crisp_reading, soft_reading = (read(show_window(pixels))[1] for pixels in (sharp, soft))
    assert crisp_reading.words == "crisp"
    assert soft_reading.words.startswith("soft: little detail beyond 0.")
    assert isinstance(crisp_reading.estimate, float)
    assert isinstance(soft_reading.estimate, float)
    assert soft_reading.estimate < crisp_reading.estimate - 2


def test_flat_and_small_windows_show_nothing() -> None:
    pattern, detail = read(show_window(FLAT))
    assert (pattern.strength, detail.strength, detail.words) == ("none", "none", "no detail: flat")
    pattern, detail = read(show_window(_draw_noise(5, 32)))
    assert pattern.words == "no regular pattern of upsampling"
    assert detail.strength == "weak"  # one tile
