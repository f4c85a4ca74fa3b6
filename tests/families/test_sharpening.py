"""Halos, widths of edges, fineness."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.sharpening import FAMILY, read
from forensic_style.family import Reading
from tests import phantoms
from tests.conftest import measure_group, show_window

LIGHT = phantoms.draw_scene(5, 320, 320)
SCENE = phantoms.develop(phantoms.add_sensor_noise(LIGHT, 5, gain=4e-4, floor=0.003))
STEPS = np.tile(np.repeat(np.array([60, 180] * 4, dtype=np.uint8), 16), (64, 1))


def _read(pixels: NDArray[Any]) -> Reading:
    (reading,) = read(show_window(np.ascontiguousarray(pixels)))
    return reading


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, np.ascontiguousarray(pixels))


def test_dimension_is_16() -> None:
    assert FAMILY.dimension == 16


def test_flat_window_has_the_stated_values() -> None:
    flat = np.full((40, 48), 200, dtype=np.uint8)
    np.testing.assert_allclose(_measure("width", flat), 1 / 8)
    for group in ("overshoot", "halo", "fineness"):
        assert not _measure(group, flat).any()


def test_steps_have_no_width_and_no_overshoot() -> None:
    assert _measure("width", STEPS)[0] == 1.0
    np.testing.assert_allclose(_measure("overshoot", STEPS), [0.5, 1.0, 1.5])  # inside the bin of 0 to 2 %
    assert _measure("halo", STEPS)[0] == 0.0


def test_halos_of_known_height_are_measured() -> None:
    pixels = STEPS.copy()
    pixels[:, 15::32], pixels[:, 16::32] = 60 - 12, 180 + 24
    pixels[:, 31::32], pixels[:, 32::32] = 180 + 24, 60 - 12
    # 10 % of 120 on dark sides, 20 % on light ones; the bins reach from 10 to 12 and from 20 to 22
    assert _measure("halo", pixels)[0] == pytest.approx(10.0)
    assert _measure("overshoot", pixels)[[0, 2]] == pytest.approx([11.0, 21.0], abs=1.0)


def test_blur_widens_edges_and_weakens_fine_detail() -> None:
    soft = cv2.GaussianBlur(STEPS, (0, 0), 1.5)
    number = np.arange(8)
    assert _measure("width", soft) @ number > _measure("width", STEPS) @ number + 2
    blurred = cv2.GaussianBlur(SCENE, (0, 0), 1.2)
    assert (_measure("fineness", blurred)[:3] < _measure("fineness", SCENE)[:3]).all()


def test_fineness_of_a_ramp_worked_by_hand() -> None:
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 4, (64, 1))
    # across the steps are 4, 8 and 16, down 0: means 2, 4 and 8, no bends, root mean square 8 ** 0.5
    found = _measure("fineness", ramp)
    means = np.log2(np.array([2, 4, 8, 0, np.sqrt(8)]) + 1 / 16)
    expected = [means[0] - means[1], means[1] - means[2], means[3] - means[0], means[4] - means[0]]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_negative_exchanges_light_and_dark_halos() -> None:
    sharp = phantoms.sharpen(SCENE, 1.0)
    one, other = (FAMILY.compute(show_window(np.ascontiguousarray(pixels))) for pixels in (sharp, 255 - sharp))
    assert other[3] == pytest.approx(-one[3], abs=1.0)
    np.testing.assert_allclose(np.delete(other, 3), np.delete(one, 3), atol=0.6)


def test_transposed_window_is_the_same() -> None:
    np.testing.assert_allclose(
        FAMILY.compute(show_window(np.ascontiguousarray(SCENE.transpose(1, 0, 2)))), FAMILY.compute(show_window(SCENE))
    )


def test_overshoot_grows_with_sharpening() -> None:
    medians = [_measure("overshoot", phantoms.sharpen(SCENE, amount))[1] for amount in (0.0, 0.5, 1.0, 2.0)]
    assert (np.diff(medians) > 1.5).all()


@pytest.mark.parametrize("amount", [1.0, 1.5, 2.0])
def test_sharpened_scene_is_read(amount: float) -> None:
    reading = _read(phantoms.sharpen(SCENE, amount))
    assert isinstance(reading.estimate, float)
    assert 7 < reading.estimate < 30
    assert reading.words == f"edges overshoot by {reading.estimate:.0f} % (sharpened)"
    assert _read(phantoms.compress(phantoms.sharpen(SCENE, amount), 85)).estimate is not None


@pytest.mark.parametrize("quality", [100, 90, 75, 50])
def test_jpeg_is_not_taken_for_sharpening(quality: int) -> None:
    assert _read(phantoms.compress(SCENE, quality) if quality < 100 else SCENE).words == "no halos at edges"


@pytest.mark.parametrize("method", phantoms.DEMOSAICING)
def test_demosaicing_is_not_taken_for_sharpening(method: str) -> None:
    pixels = phantoms.develop(phantoms.demosaic(phantoms.sample_bayer(LIGHT, "RGGB"), "RGGB", method))
    assert _read(pixels).estimate is None


def test_window_without_edges_is_not_judged() -> None:
    noise = np.random.default_rng(0).normal(128, 2, (64, 64)).astype(np.uint8)
    assert _read(noise).words == "too few clear edges to tell whether it was sharpened"
