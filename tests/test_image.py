"""Planes that families see."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.image import DecodedImage, Looks, encode_thumbnail, freeze, measure_looks
from forensic_style.windows import Window
from tests.reading.files import COLOUR, COLOUR_16, GREY, GREY_16


def test_window_holds_its_part_of_the_planes() -> None:
    image = DecodedImage("a", "", 0, "PNG", COLOUR)
    window = image.cut(Window(0, 0, 16, 32, 32))
    for channel in range(3):
        np.testing.assert_array_equal(window.channels[channel], COLOUR[:32, 16:48, channel])
    np.testing.assert_array_equal(window.luma, image.luma[:32, 16:48])


def test_grey_window_shares_one_plane() -> None:
    window = DecodedImage("a", "", 0, "PNG", GREY_16).cut(Window(0, 0, 0, 32, 32))
    assert all(channel is window.luma for channel in window.channels)
    assert all(channel is window.luma_8bit for channel in window.channels_8bit)


@pytest.mark.parametrize("pixels", [COLOUR, COLOUR_16], ids=["8", "16"])
def test_luma_is_the_weighted_sum_of_the_channels(pixels: NDArray[Any]) -> None:
    luma = DecodedImage("a", "", 0, "PNG", pixels).luma
    assert luma.dtype == pixels.dtype
    # OpenCV's weights are whole fractions of 2^14 or 2^15: off by at most 1 in 8 bit and 2 in 16 bit
    exact = pixels.astype(np.float64) @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(luma, exact, atol=1.0 if pixels.dtype == np.uint8 else 2.5)


def test_luma_of_equal_channels_is_the_channel() -> None:
    stacked = np.ascontiguousarray(np.dstack([GREY] * 3))
    np.testing.assert_array_equal(DecodedImage("a", "", 0, "PNG", stacked).luma, GREY)


def test_sixteen_bit_samples_are_rounded_to_8_bit() -> None:
    plane = np.zeros((32, 32), dtype=np.uint16)
    plane[0, :5] = 128, 129, 257, 65535, 65406  # 128 / 257 < 1/2 < 129 / 257; 65406 = 254.5 * 257 - 0.5
    window = DecodedImage("a", "", 0, "PNG", plane).cut(Window(0, 0, 0, 32, 32))
    assert window.luma_8bit[0, :5].tolist() == [0, 1, 1, 255, 254]
    assert window.grey_level == 255 / 65535


SLOPE = np.tile(np.arange(0, 128, 2, dtype=np.uint8), (64, 1))  # two grey levels brighter at each step to the right
LINES = np.tile(np.array([20, 60], dtype=np.uint8), (64, 32))
EVERYTHING = (Window(0, 0, 0, 64, 64),)


@pytest.mark.parametrize(
    ("plane", "looks"),
    [
        (np.full((64, 64), 100, dtype=np.uint8), Looks(100.0, 0.0, 0.0)),
        (SLOPE, Looks(63.0, 0.2, 5.0)),  # along rows 2 and 10, along columns 0 and 0
        (LINES, Looks(40.0, 1.0, 20.0)),
    ],
    ids=["flat", "slope", "lines"],
)
@pytest.mark.parametrize("scale", [1, 257])
@pytest.mark.parametrize("is_grey", [True, False])
def test_looks_are_worked_by_hand(plane: NDArray[np.uint8], looks: Looks, *, scale: int, is_grey: bool) -> None:
    deep = plane if scale == 1 else plane.astype(np.uint16) * 257
    image = DecodedImage("a", "", 0, "PNG", deep if is_grey else np.ascontiguousarray(np.dstack([deep] * 3)))
    found = measure_looks(image, EVERYTHING)
    assert (found.brightness, found.sharpness, found.texture) == pytest.approx(
        (looks.brightness, looks.sharpness, looks.texture)
    )


def test_noise_is_as_rough_near_as_far() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (256, 256), dtype=np.uint8)
    found = measure_looks(DecodedImage("a", "", 0, "PNG", noise), (Window(0, 0, 0, 256, 256),))
    assert found.sharpness == pytest.approx(1, abs=0.01)
    assert found.texture == pytest.approx(256 / 3, rel=0.01)  # mean difference of two even draws


def test_looks_are_those_of_the_windows() -> None:
    plane = np.zeros((64, 128), dtype=np.uint8)
    plane[:, 64:] = SLOPE
    image = DecodedImage("a", "", 0, "PNG", plane)
    assert measure_looks(image, (Window(0, 0, 64, 64, 64),)).texture == pytest.approx(5)
    both = measure_looks(image, (Window(0, 0, 0, 64, 64), Window(1, 0, 64, 64, 64)))
    assert (both.brightness, both.texture) == pytest.approx((31.5, 2.5))
    assert measure_looks(image, ()) == Looks(0.0, 0.0, 0.0)


def test_thumbnail_of_a_large_image_is_made_of_some_of_its_samples() -> None:
    ramp = np.linspace(0, 255, 4000).astype(np.uint8)
    pixels = freeze(
        np.dstack([np.tile(ramp, (3000, 1)), np.full((3000, 4000), 40), np.zeros((3000, 4000))]).astype("u1")
    )
    image = DecodedImage(path="", sha256="", n_bytes=0, format="PNG", pixels=pixels)
    small = cv2.imdecode(np.frombuffer(encode_thumbnail(image, 112), np.uint8), cv2.IMREAD_COLOR)
    assert small is not None
    assert small.shape == (84, 112, 3)
    expected = cv2.resize(pixels, (112, 84), interpolation=cv2.INTER_AREA)[:, :, ::-1]
    assert np.abs(small.astype(int) - expected).mean() < 3
