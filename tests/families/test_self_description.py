"""Weights and errors of linear predictions."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.self_description import FAMILY, FLOOR, RIDGE
from tests import phantoms
from tests.conftest import measure_group, show_window


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, np.ascontiguousarray(pixels))


def _draw_noise(shape: tuple[int, ...] = (192, 192, 3), seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(128, 20, shape)


def _round(levels: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def test_dimension_is_61() -> None:
    assert FAMILY.compute(show_window(_round(_draw_noise()))).shape == (61,) == (FAMILY.dimension,)


@pytest.mark.parametrize("shape", [(32, 32), (50, 70, 3)])
def test_flat_window_is_all_zero(shape: tuple[int, ...]) -> None:
    np.testing.assert_allclose(FAMILY.compute(show_window(np.full(shape, 200, dtype=np.uint8))), 0.0, atol=1e-12)


def _predict_filtered_noise(kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    """What least squares gives for the residual of white noise through a filter, from its exact autocorrelation."""
    laplacian = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=np.float64)
    whole = cv2.filter2D(np.pad(kernel, 8), -1, laplacian, borderType=cv2.BORDER_CONSTANT)
    spectrum = np.abs(np.fft.fft2(whole, (64, 64))) ** 2
    covariance = np.fft.ifft2(spectrum).real * 400
    lags = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]
    places = [{(m * down, n * right) for m in (-1, 1) for n in (-1, 1)} for down, right in lags]
    moments = np.array(
        [[sum(covariance[a - c, b - d] for a, b in one for c, d in other) for other in places] for one in places]
    )
    penalty = (RIDGE * moments[0, 0] + FLOOR) * np.eye(8)
    return np.linalg.solve(moments[1:, 1:] + penalty, moments[1:, 0])


@pytest.mark.parametrize(
    "kernel",
    [np.ones((1, 1)), np.array([[1.0, 1.0]]), np.array([[0, 1, 0], [1, 2, 1], [0, 1, 0]]) / 3.0],
    ids=["white", "along", "cross"],
)
def test_filtered_noise_gives_the_weights_of_its_autocorrelation(kernel: NDArray[np.float64]) -> None:
    noise = np.random.default_rng(1).normal(0, 20, (600, 600))
    plane = _round(128 + cv2.filter2D(noise, -1, kernel))[4:-4, 4:-4]
    found = _measure("luma", plane)
    np.testing.assert_allclose(found, _predict_filtered_noise(kernel.astype(np.float64)), atol=0.02)


def test_autoregressive_residual_gives_its_filter_back() -> None:
    # a field of the spectrum 1 / (1 - 2 a cos v - 2 a cos h) follows from its four nearest samples with the weight a
    # each and nothing else; the plane is what the Laplacian turns into such a field, without its lowest frequencies
    a, side = -0.2, 512
    turn = 2 * np.pi * np.fft.fftfreq(side)
    waves = 2 * np.cos(turn)[:, None] + 2 * np.cos(turn)
    gain = np.divide(1.0, np.sqrt(1 - a * waves) * (4 - waves), where=waves < 3.95, out=np.zeros((side, side)))
    noise = np.random.default_rng(2).normal(0, 1, (side, side))
    field = np.fft.ifft2(np.fft.fft2(noise) * gain).real
    plane = np.clip(np.rint(128 + field * 40 / field.std()), 0, 255).astype(np.uint8)
    along, along_far, across, corner, *far = _measure("luma", plane)
    assert along == pytest.approx(a, abs=0.03)
    assert across == pytest.approx(a, abs=0.03)
    assert abs(along_far) < 0.03
    assert np.abs([corner, *far]).max() < 0.03


@pytest.mark.parametrize("weight", [0.3, 0.8])
def test_green_made_from_red_gives_the_weight_back_in_the_place_it_was_made(weight: float) -> None:
    image = _draw_noise()
    red, green = image[:, :, 0], image[:, :, 1]
    mean = cv2.filter2D(green, -1, np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]) / 4)
    bend = red - cv2.filter2D(red, -1, np.array([[0.5, 0, 0.5]]))
    for place in (np.s_[::2, ::2], np.s_[1::2, 1::2]):  # their neighbours are of the other two places
        green[place] = (mean + weight * bend)[place]
    best = _measure("green_best", _round(image))
    expected = [0, 0, 0, 0, weight, 0, 0, 0, 0, 0]
    np.testing.assert_allclose(best[:10], expected, atol=0.02)
    assert best[10] < -4
    places = _measure("green_places", _round(image))
    assert places[2] - places[1] > 1
    assert places.sum() == pytest.approx(0.0, abs=1e-12)


def test_bilinear_demosaicing_predicts_green_exactly_where_it_was_not_sampled() -> None:
    light = phantoms.draw_scene(1, 192, 192)
    light = phantoms.add_sensor_noise(light, 1, gain=1e-3, floor=0.005)
    mosaic = phantoms.sample_bayer(light, "RGGB")
    made = np.dstack([255 * plane for plane in np.moveaxis(phantoms.demosaic(mosaic, "RGGB", "bilinear"), 2, 0)])
    best = _measure("green_best", _round(made))
    assert np.abs(best[:10]).max() < 0.12  # the mean of the four nearest samples and nothing else
    places = _measure("green_places", _round(made))
    assert places[2] - places[1] > 1
    for shifted in (made[1:, :], made[:, 1:], made[1:, 1:]):
        np.testing.assert_allclose(_measure("green_places", _round(shifted)), places, atol=0.15)


def test_image_never_demosaiced_has_four_like_places() -> None:
    places = _measure("green_places", _round(_draw_noise()))
    assert np.abs(places).max() < 0.1


@pytest.mark.parametrize("turn", ["mirrored", "upside down"])
def test_mirror_image_is_the_same(turn: str) -> None:
    pixels = phantoms.develop(phantoms.draw_scene(2, 98, 98))
    turned = pixels[:, ::-1] if turn == "mirrored" else pixels[::-1]
    one, other = (FAMILY.compute(show_window(np.ascontiguousarray(part))) for part in (pixels, turned))
    np.testing.assert_allclose(other, one, atol=0.1)  # rows and columns at the border


def test_transposed_image_swaps_along_and_across() -> None:
    pixels = phantoms.develop(phantoms.draw_scene(3, 96, 96))
    swapped = [0, 3, 6, 1, 4, 7, 2, 5, 8]
    places = [swapped[k] - 1 for k in range(1, 9)]
    one = _measure("luma", pixels)
    np.testing.assert_allclose(_measure("luma", pixels.swapaxes(0, 1)), one[places], atol=1e-9)


def test_grey_image_stored_as_colour_is_the_same() -> None:
    grey = _round(_draw_noise((64, 80)))
    np.testing.assert_array_equal(FAMILY.compute(show_window(np.dstack([grey] * 3))), FAMILY.compute(show_window(grey)))
    np.testing.assert_array_equal(_measure("green_best", grey), _measure("blue_best", grey))
    assert not _measure("green_best", grey)[4:10].any()


def test_sampling_of_rows_in_large_windows_changes_little() -> None:
    pixels = phantoms.develop(phantoms.draw_scene(4, 320, 320))
    whole = FAMILY.compute(show_window(pixels))
    parts = [FAMILY.compute(show_window(np.ascontiguousarray(pixels[a : a + 112]))) for a in (0, 104, 208)]
    assert np.median(np.abs(np.mean(parts, axis=0) - whole)) < 0.03
