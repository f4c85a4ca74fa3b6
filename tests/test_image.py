"""Planes that families see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.image import DecodedImage
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
