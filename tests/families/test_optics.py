"""Colours drawn apart by known factors, light that falls off, and images without either."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from forensic_style.families.optics import FAMILY, compute, read
from forensic_style.image import DecodedImage
from tests.phantoms import compress, demosaic, develop, draw_scene, resize, sample_bayer

SCENE = draw_scene(1, 384, 512)
SPREAD = 1.002


def _show(pixels: NDArray[np.generic]) -> DecodedImage:
    return DecodedImage("synthetic", "", 0, "PNG", np.ascontiguousarray(pixels))


def _draw_apart(light: NDArray[np.float64], red: float, blue: float) -> NDArray[np.float64]:
    """Red and blue drawn out by these factors from the middle, by cubic splines: their shift is exact on slopes."""
    y, x = np.indices(light.shape[:2]).astype(np.float64)
    middle_y, middle_x = (light.shape[0] - 1) / 2, (light.shape[1] - 1) / 2
    drawn = light.copy()
    for channel, factor in ((0, red), (2, blue)):
        places = [(y - middle_y) / factor + middle_y, (x - middle_x) / factor + middle_x]
        drawn[:, :, channel] = map_coordinates(light[:, :, channel], places, order=3, mode="reflect")
    return np.clip(drawn, 0, 1)


FROZEN = [4.52256, -4.60527, 4.65542, 5.04756, -1.44653, -1.36889, 0.156293, 0.572225, 1.57538, 0.0]

APART = develop(_draw_apart(SCENE, SPREAD, 1 / SPREAD))


def _group(name: str, pixels: NDArray[np.generic]) -> NDArray[np.float64]:
    chosen = [column.split(".")[1] == name for column in FAMILY.columns]
    return compute(_show(pixels))[chosen]


def test_colours_drawn_apart_are_measured() -> None:
    (reading,) = read(_show(APART))
    assert reading.estimate == pytest.approx(0.2, rel=0.15)
    assert reading.strength in ("clear", "certain")
    assert reading.words.startswith("red drawn out by 0.")
    assert "blue drawn in by 0." in reading.words
    red, blue = _group("aberration", APART)
    assert red == pytest.approx(np.arcsinh(0.2 / 0.02), abs=0.3)
    assert blue == pytest.approx(-red, abs=0.3)
    assert _group("reliability", APART).min() > 2.5


def test_crop_off_the_middle_has_the_same_scale() -> None:
    (reading,) = read(_show(APART[48:, 96:]))
    assert reading.estimate == pytest.approx(0.2, rel=0.2)


def test_mirrored_and_turned_images_have_the_same_scale() -> None:
    expected = compute(_show(APART))[:2]
    for turned in (APART[:, ::-1], APART[::-1], np.rot90(APART)):
        np.testing.assert_allclose(compute(_show(turned))[:2], expected, atol=0.2)


def test_exchanged_colours_exchange_the_columns() -> None:
    exchanged = compute(_show(APART[:, :, ::-1]))
    np.testing.assert_allclose(exchanged[:6], compute(_show(APART))[[1, 0, 3, 2, 5, 4]], rtol=1e-9)


def test_after_demosaicing_and_jpeg_it_is_still_there() -> None:
    light = demosaic(sample_bayer(_draw_apart(SCENE, SPREAD, 1 / SPREAD), "RGGB"), "RGGB", "malvar")
    (reading,) = read(_show(compress(develop(light), 95)))
    assert reading.estimate == pytest.approx(0.2, rel=0.25)


@pytest.mark.parametrize(
    "pixels",
    [
        develop(SCENE),
        develop(demosaic(sample_bayer(SCENE, "GRBG"), "GRBG", "bilinear")),
        resize(develop(SCENE), 0.6),
        compress(develop(SCENE), 80, sampling="4:2:0"),
        np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8),
    ],
    ids=["scene", "demosaiced", "reduced", "chroma reduced", "noise"],
)
def test_no_aberration_is_read_where_there_is_none(pixels: NDArray[np.uint8]) -> None:
    (reading,) = read(_show(pixels))
    assert (reading.words, reading.strength, reading.estimate) == ("no lateral chromatic aberration", "none", None)


def test_displaced_colours_are_not_drawn_out() -> None:
    displaced = np.dstack([np.roll(APART[:, :, 1], 1, axis=1), APART[:, :, 1], np.roll(APART[:, :, 1], 1, axis=0)])
    assert read(_show(displaced))[0].estimate is None
    np.testing.assert_allclose(_group("aberration", displaced), 0.0, atol=0.1)


@pytest.mark.parametrize("shape", [(32, 32), (9, 9, 3), (1, 1), (64, 80, 3)])
def test_flat_and_tiny_images_have_neutral_values(shape: tuple[int, ...]) -> None:
    flat = _show(np.full(shape, 128, dtype=np.uint8))
    expected = [0, 0, 0, 0, -2, -2, 0, 0, np.log2(3), 0]
    np.testing.assert_allclose(compute(flat), expected, atol=1e-12)
    assert read(flat)[0].strength == "none"


def test_grey_image_equals_three_times_the_same_plane_and_has_no_aberration() -> None:
    grey = np.ascontiguousarray(APART[:, :, 1])
    found = compute(_show(grey))
    np.testing.assert_array_equal(found, compute(_show(np.dstack([grey] * 3))))
    np.testing.assert_allclose(found[:6], [0, 0, 0, 0, -6, -6], atol=1e-12)


def test_sixteen_bit_copy_is_the_same() -> None:
    np.testing.assert_allclose(compute(_show(APART.astype(np.uint16) * 257)), compute(_show(APART)), rtol=1e-4)


def test_light_that_falls_off_by_one_stop_is_measured() -> None:
    y, x = np.indices(SCENE.shape[:2])
    radius = ((2 * y / SCENE.shape[0] - 1) ** 2 + (2 * x / SCENE.shape[1] - 1) ** 2) / 2
    falling = develop(SCENE * 0.5 ** radius[:, :, None])
    change = _group("falloff", falling) - _group("falloff", develop(SCENE))
    assert change == pytest.approx(1.0, abs=0.4)
    smooth = (150 * 0.5 ** (radius / 2.2)).astype(np.uint8)
    assert _group("falloff", smooth) == pytest.approx(1.0, abs=0.05)
    assert _group("falloff_reliability", smooth) > 3


def test_softened_corners_have_wider_edges() -> None:
    pixels = develop(SCENE)
    y, x = np.indices(pixels.shape[:2])
    outside = (2 * y / pixels.shape[0] - 1) ** 2 + (2 * x / pixels.shape[1] - 1) ** 2 > 0.6
    soft = np.where(outside[:, :, None], cv2.GaussianBlur(pixels, (0, 0), 1.2), pixels)
    assert _group("softness", soft)[1] > _group("softness", pixels)[1] + 0.2


def _draw_checks() -> NDArray[np.uint8]:
    """Soft checks with some noise, from whole numbers alone, red drawn out by 1 % and blue in; 240 x 320."""
    y, x = np.mgrid[:240, :320]
    planes = []
    for share in (100, 101, 102):
        across, down = (x - 160) * 100 // share + 160, (y - 120) * 100 // share + 120
        sharp = 40 + 150 * ((across // 29 + down // 23) % 2) + (x * 7919 + y * 104729 + share * 31) % 5 + (x + y) // 20
        wide = sharp[:, :-2] + sharp[:, 1:-1] + sharp[:, 2:]
        planes.append((wide[:-2] + wide[1:-1] + wide[2:]) // 9)
    return np.dstack(planes[::-1]).astype(np.uint8)


def test_values_have_not_drifted() -> None:
    """The catalogue's reference of a file is flat: this one has edges."""
    np.testing.assert_allclose(compute(_show(_draw_checks())), FROZEN, rtol=1e-4, atol=1e-6)
