"""Periods of interpolation: coherence per frequency, and the factor of an enlargement."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage.transform import rescale

from forensic_style.families.resampling import _BANK, _GRID, _REST, FAMILY, _follow_bands, _join_sides, read
from forensic_style.family import Reading
from tests import phantoms
from tests.conftest import measure_group, show_window

LIGHT = phantoms.draw_scene(3, 320, 320)
SCENE = phantoms.develop(phantoms.add_sensor_noise(LIGHT, 3, gain=4e-4, floor=0.003))


def _read(pixels: NDArray[Any]) -> Reading:
    (reading,) = read(show_window(np.ascontiguousarray(pixels)))
    return reading


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, np.ascontiguousarray(pixels))


def test_dimension_is_18() -> None:
    assert FAMILY.dimension == 18
    assert sorted([*_REST, *_GRID]) == list(range(16))


@pytest.mark.parametrize("shape", [(32, 32), (48, 80)])
def test_flat_window_gives_zeros(shape: tuple[int, int]) -> None:
    assert not FAMILY.compute(show_window(np.full(shape, 77, dtype=np.uint8))).any()


@pytest.mark.parametrize(("period", "cycles"), [(4, 8), (2, 16), (16, 2)])
def test_noise_that_comes_and_goes_peaks_at_its_period(period: int, cycles: int) -> None:
    generator = np.random.default_rng(0)
    y, x = np.mgrid[:128, :128]
    wave = 1.0 + 0.9 * np.cos(2 * np.pi * x / period) * np.cos(2 * np.pi * y / period)
    down, across = (1.0 + 0.9 * np.cos(2 * np.pi * place / period) for place in (y, x))
    noise = generator.normal(0, 20, (128, 128)) * (wave if period == 2 else down * across)
    pixels = np.clip(128 + noise, 0, 255).astype(np.uint8)
    regular = np.empty(16)
    regular[_REST], regular[_GRID] = _measure("rest", pixels), _measure("grid", pixels)
    if period == 2:  # a checkerboard of noise is the same in every row: nothing to see
        assert np.abs(regular).max() < 0.3
    else:
        assert int(np.argmax(regular)) == cycles - 1
        assert regular[cycles - 1] > 0.5


def test_white_noise_has_no_period_whatever_the_size() -> None:
    generator = np.random.default_rng(1)
    for shape in ((64, 64), (256, 256), (128, 512)):
        found = [_measure("rest", generator.integers(0, 256, shape, dtype=np.uint8)).mean() for _ in range(8)]
        assert abs(np.mean(found)) < 0.03


def test_enlarged_scene_is_regular_and_coarse() -> None:
    enlarged = phantoms.resize(SCENE[:256, :256], 1.25)
    # 1 / 1.25 = 0.8, seen at 0.2: between 6 and 7 cycles per 32 samples, places 4 and 5 of those that are kept
    assert _measure("rest", enlarged)[[4, 5]].max() > 0.5 > 0.25 > np.abs(_measure("rest", SCENE)).max()
    assert _measure("fineness", enlarged)[0] < _measure("fineness", SCENE)[0] - 0.2


def test_direction_changes_sign_in_the_transposed_window() -> None:
    stripes = np.tile(np.arange(64) % 5 * 20, (48, 1)).astype(np.uint8)
    assert _measure("direction", stripes)[0] == pytest.approx(-_measure("direction", stripes.T)[0])
    assert _measure("direction", stripes)[0] < -2


@pytest.mark.parametrize("turned", [255 - SCENE, SCENE[:, ::-1], SCENE[::-1]], ids=["negative", "mirror", "upside"])
def test_negative_and_mirrored_windows_are_alike(turned: NDArray[np.uint8]) -> None:
    np.testing.assert_allclose(
        FAMILY.compute(show_window(np.ascontiguousarray(turned))), FAMILY.compute(show_window(SCENE)), atol=0.06
    )


@pytest.mark.parametrize("method", ["linear", "cubic", "lanczos"])
@pytest.mark.parametrize("factor", [1.12, 1.2, 1.25, 4 / 3, 1.5, 1.6, 1.8, 2.0])
def test_factor_of_an_enlarged_scene_is_read(factor: float, method: str) -> None:
    side = int(np.ceil(288 / factor))
    reading = _read(phantoms.resize(SCENE[:side, :side], factor, method=method)[:288, :288])
    assert reading.estimate == pytest.approx(factor, rel=0.02)
    assert reading.words.startswith(f"enlarged by about {reading.estimate:.2f} (or reduced to about 0.")
    assert reading.strength in (("likely",) if factor == 2.0 else ("clear", "certain"))


@pytest.mark.parametrize("method", ["linear", "cubic", "lanczos"])
@pytest.mark.parametrize("factor", [1.105, 1.13, 1.16, 1.23, 1.37, 1.55, 1.9, 1.97])
def test_factor_is_read_of_a_scene_without_noise(factor: float, method: str) -> None:
    reading = _read(phantoms.resize(phantoms.develop(LIGHT), factor, method=method)[:256, :256])
    assert reading.estimate == pytest.approx(factor, rel=0.02)


@pytest.mark.parametrize("factor", [8 / 7, 1.985])
def test_factors_whose_period_is_close_to_that_of_a_grid_are_read_where_they_are_clear(factor: float) -> None:
    assert _read(phantoms.resize(SCENE, factor, method="linear")[:320, :320]).estimate == pytest.approx(
        factor, rel=0.02
    )


@pytest.mark.parametrize("factor", [1.15, 1.3, 1.7])
def test_energy_beats_at_half_the_frequency_of_the_period(factor: float) -> None:
    enlarged = np.ascontiguousarray(phantoms.resize(phantoms.develop(LIGHT), factor, method="lanczos")[:256, :256])
    peaks = _join_sides(_follow_bands(*show_window(enlarged).channels_8bit))
    kept = peaks.frequency > 0.06
    assert peaks.frequency[kept][peaks.height[kept].argmax()] == pytest.approx(1 - 1 / factor, abs=0.002)


def test_filters_of_the_bank_let_their_own_frequency_through_and_no_mean() -> None:
    for taps, centre in ((_BANK[0][0], 0.5), (_BANK[6][0], 0.375), (_BANK[-1][0], 0.25)):
        response = np.abs(np.fft.rfft(taps[0], 1000))
        assert response[0] == pytest.approx(0, abs=1e-5)
        assert int(response.argmax()) == pytest.approx(1000 * centre, abs=2)
        assert float((taps**2).sum()) == pytest.approx(1, rel=1e-5)


def test_sixteen_bits_read_as_eight() -> None:
    enlarged = phantoms.resize(SCENE, 1.3)[:256, :256]
    assert _read(enlarged.astype(np.uint16) * 257) == _read(enlarged)


def test_other_implementations_place_their_samples_differently_and_are_read_as_well() -> None:
    lanczos = Image.fromarray(SCENE[:200, :200]).resize((300, 300), Image.Resampling.LANCZOS)
    assert _read(np.asarray(lanczos)).estimate == pytest.approx(1.5, rel=0.02)
    other = rescale(SCENE[:200, :200].astype(np.float64), 1.4, order=3, channel_axis=2)
    assert _read(np.clip(other + 0.5, 0, 255).astype(np.uint8)).estimate == pytest.approx(1.4, rel=0.02)


def test_enlarged_jpeg_is_read_by_its_enlargement() -> None:
    enlarged = phantoms.resize(phantoms.compress(SCENE, 75), 1.25)
    assert _read(enlarged).estimate == pytest.approx(1.25, rel=0.02)


@pytest.mark.parametrize("quality", [50, 75, 90, 95, 98])
def test_jpeg_is_not_taken_for_resampling(quality: int) -> None:
    assert _read(phantoms.compress(SCENE, quality)).estimate is None
    assert _read(phantoms.compress(SCENE, quality, sampling="4:2:0")).estimate is None


@pytest.mark.parametrize("method", phantoms.DEMOSAICING)
def test_demosaicing_is_not_taken_for_doubling(method: str) -> None:
    assert (
        _read(phantoms.develop(phantoms.demosaic(phantoms.sample_bayer(LIGHT, "GRBG"), "GRBG", method))).estimate
        is None
    )


@pytest.mark.parametrize("kind", ["scene", "noise", "one bit", "flat", "stripes", "mesh", "grey of 16 bit"])
def test_nothing_is_read_where_nothing_was_resampled(kind: str) -> None:
    generator = np.random.default_rng(2)
    y, x = np.mgrid[:256, :256]
    pixels = {
        "scene": SCENE,
        "noise": generator.integers(0, 256, (256, 256, 3), dtype=np.uint8),
        "one bit": generator.integers(0, 2, (256, 256), dtype=np.uint8) * np.uint8(255),
        "flat": np.full((256, 256), 130, dtype=np.uint8),
        "stripes": (128 + 60 * np.sin(2 * np.pi * x / 5.3)).astype(np.uint8),
        "mesh": (128 + 60 * np.sin(2 * np.pi * x / 5.3) * np.sin(2 * np.pi * y / 5.3)).astype(np.uint8),
        "grey of 16 bit": cv2.cvtColor(SCENE, cv2.COLOR_RGB2GRAY).astype(np.uint16) * 257,
    }[kind]
    reading = _read(pixels)
    assert (reading.estimate, reading.strength) == (None, "none")
    assert reading.words == "not resampled, as far as can be seen"


def test_window_of_32_samples_is_too_small_to_tell() -> None:
    assert _read(SCENE[:32, :32]).words == "too small to tell whether it was resampled"
