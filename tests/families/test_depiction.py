"""Flat runs, contours, orientations, ink and hues on images that show one thing."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.depiction import FAMILY, POSSIBLE
from tests.conftest import measure_group

GREY = np.random.default_rng(0).integers(60, 200, (96, 128), dtype=np.uint8)


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, np.ascontiguousarray(pixels))


def _draw_disc(inside: tuple[int, int, int], outside: tuple[int, int, int], width: int = -1) -> NDArray[np.uint8]:
    canvas = np.full((128, 128, 3), outside, dtype=np.uint8)
    cv2.circle(canvas, (64, 64), 40, inside, width)
    return canvas


def test_flat_window_is_one_long_run_and_nothing_else() -> None:
    for pixels in (np.full((64, 80), 9, np.uint8), np.full((64, 64, 3), 65535, np.uint16)):
        assert _measure("runs", pixels).tolist() == [0, 0, 0, 0, 0, 0, 1]
        for group in ("contours", "orientations", "ink", "hues", "coincidence"):
            assert not _measure(group, pixels).any()
        assert _measure("colour_clouds", pixels).tolist() == [1, *[0] * 15]


def test_stripes_of_eight_rows_make_runs_of_seven_steps() -> None:
    stripes = np.repeat(np.arange(16) % 2 * 100, 8).astype(np.uint8)[:, None] * np.ones((1, 128), np.uint8)
    runs = _measure("runs", stripes)
    # to the right every run is as long as the window; downwards 1 of 8 steps is large, and runs are 1, 2-3, 4-7 long:
    # at least 1 step in 16 * 7 of 127 places, at least 2 in 16 * 6 of 126, at least 4 in 16 * 4 of 124
    at_least = np.array([1, 112 / 127, 96 / 126, 64 / 124, 0, 0, 0, 0])
    expected = (at_least[:-1] - at_least[1:]) / 2
    expected[-1] += 0.5
    np.testing.assert_allclose(runs, expected, rtol=1e-12)


@pytest.mark.parametrize("pixels", [GREY, _draw_disc((200, 30, 30), (40, 90, 200))], ids=["grey", "disc"])
def test_mirrored_and_turned_images_are_the_same(pixels: NDArray[np.uint8]) -> None:
    expected = _measure_all(pixels)
    for turned in (pixels[:, ::-1], pixels[::-1], np.rot90(pixels)):
        np.testing.assert_allclose(_measure_all(turned), expected, rtol=1e-4, atol=1e-5)


def _measure_all(pixels: NDArray[Any]) -> NDArray[np.float64]:
    return np.concatenate([_measure(group.name, pixels) for group in FAMILY.groups])


def test_ink_tells_dark_lines_from_bright_ones() -> None:
    dark = _measure("ink", _draw_disc((0, 0, 0), (220, 220, 220), width=2))
    bright = _measure("ink", _draw_disc((220, 220, 220), (0, 0, 0), width=2))
    assert dark.min() > 0.15
    np.testing.assert_allclose(bright, -dark, atol=0.02)


def test_noise_has_no_contours_and_no_sign() -> None:
    noise = np.random.default_rng(1).normal(128, 20, (256, 256)).clip(0, 255).astype(np.uint8)
    # second differences two samples apart share one sample, four apart none
    assert np.abs(_measure("contours", noise)[[2, 5]]).max() < 0.06
    assert np.abs(_measure("ink", noise)).max() < 0.05


def test_edges_wider_than_the_lag_gather_detail() -> None:
    soft = cv2.GaussianBlur(_draw_disc((0, 0, 0), (250, 250, 250)), (0, 0), 4)
    assert _measure("contours", soft)[0] > _measure("contours", _draw_disc((0, 0, 0), (250, 250, 250)))[0]


def test_colours_that_change_together_are_coherent_and_independent_ones_are_not() -> None:
    generator = np.random.default_rng(2)
    independent = generator.integers(0, 256, (128, 128, 3)).astype(np.uint8)
    together = np.repeat(independent[:, :, :1], 3, axis=2)
    assert _measure("hues", together).min() > 0.95
    assert _measure("hues", independent).max() < 0.7


def test_brightness_and_colour_coincide_where_a_coloured_disc_is_brighter_than_its_ground() -> None:
    assert _measure("coincidence", _draw_disc((250, 120, 20), (20, 20, 60))).min() > 0.8


def test_brightness_and_colour_do_not_coincide_in_a_tinted_noise() -> None:
    y, x = np.mgrid[:128, :128]
    noise = np.random.default_rng(3).normal(0, 20, (128, 128))
    tint = 40 * np.sign(np.sin(x / 9) * np.sin(y / 7))
    pixels = np.dstack([128 + noise + tint, 128 + noise - 0.51 * tint, 128 + noise]).clip(0, 255).astype(np.uint8)
    assert abs(_measure("coincidence", pixels)[0]) < 0.3


def test_grey_image_has_coherent_gradients_and_no_colour_contours() -> None:
    assert _measure("hues", GREY).min() > 0.9
    assert not _measure("coincidence", GREY).any()


def test_size_of_the_window_changes_little() -> None:
    large = np.random.default_rng(4).normal(128, 30, (256, 256))
    large = cv2.GaussianBlur(large, (0, 0), 1.5).clip(0, 255).astype(np.uint8)
    parts = [_measure_all(large[i : i + 128, j : j + 128]) for i in (0, 128) for j in (0, 128)]
    np.testing.assert_allclose(np.mean(parts, axis=0), _measure_all(large), atol=0.05)


def _measure_lines(pixels: NDArray[Any]) -> NDArray[np.float64]:
    """Shares by class of scatter and of lines, 0 for those that cannot occur."""
    shares = np.zeros(25)
    shares[POSSIBLE] = _measure("colour_clouds", pixels)
    return shares.reshape(5, 5)


def test_every_box_is_in_a_class_that_can_occur() -> None:
    assert POSSIBLE.reshape(5, 5).sum(axis=1).tolist() == [1, 2, 3, 5, 5]
    noise = np.random.default_rng(6).normal(size=(160, 160, 3)) * np.linspace(0, 40, 160)[:, None, None] ** 1.5
    grey = noise[..., :1] * np.ones(3)
    for drawn in (noise, grey, noise / 8 + grey):
        assert _measure("colour_clouds", (128 + drawn).clip(0, 255).astype(np.uint8)).sum() == pytest.approx(1)


def test_a_shaded_colour_lies_along_a_line_and_dabs_do_not() -> None:
    generator = np.random.default_rng(5)
    light = cv2.resize(generator.uniform(0.2, 1, (24, 24)), (128, 128), interpolation=cv2.INTER_CUBIC)[..., None]
    shaded = (light * (230, 150, 60)).clip(0, 255).astype(np.uint8)
    dabs = cv2.resize(generator.uniform(40, 220, (24, 24, 3)), (128, 128)).astype(np.uint8)
    by_line = [_measure_lines(pixels)[2:].sum(axis=0) for pixels in (shaded, dabs)]
    assert by_line[0][3:].sum() > 0.9 * by_line[0].sum()
    assert by_line[1][3:].sum() < 0.3 * by_line[1].sum()


def test_stronger_shading_scatters_farther_along_the_same_line() -> None:
    ramp = np.repeat(np.arange(128, dtype=np.uint8)[None, :], 128, axis=0)
    found = [_measure_lines(plane) for plane in (ramp // 8, ramp)]
    scatter = [shares.sum(axis=1) @ np.arange(5) for shares in found]
    # half the size, boxes of 4: steps of 2 grey levels, variance 5 and 1 more in each of three channels, 18 in all
    assert found[1].sum(axis=1).tolist() == [0, 0, 1, 0, 0]
    assert scatter[0] < scatter[1]


def test_grey_images_have_colours_along_lines_alone() -> None:
    shares = _measure_lines(GREY)
    assert shares.sum() == pytest.approx(1)
    assert shares[4, 4] > 0.95
