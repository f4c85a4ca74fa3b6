"""Windows, and the planes that families see."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from forensic_style.image import DecodedImage, Window, choose_windows
from tests.reading.files import COLOUR, COLOUR_16, GREY, GREY_16


def _list_places(rows: int, columns: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(start, size) along the rows and along the columns."""
    windows = choose_windows(rows, columns)
    vertical = sorted({(window.top, window.height) for window in windows})
    horizontal = sorted({(window.left, window.width) for window in windows})
    assert len(windows) == len(vertical) * len(horizontal)
    return vertical, horizontal


# --- windows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "vertical", "horizontal"),
    [
        ((32, 32), [(0, 32)], [(0, 32)]),
        ((48, 100), [(0, 32), (16, 32)], [(0, 48), (48, 48)]),
        ((227, 227), [(0, 112), (112, 112)], [(0, 112), (112, 112)]),
        ((256, 256), [(0, 128), (128, 128)], [(0, 128), (128, 128)]),
        ((512, 768), [(0, 256), (256, 256)], [(0, 384), (384, 384)]),
        (
            (1836, 3264),
            [(0, 448), (448, 448), (912, 448), (1376, 448)],  # cells of 459
            [
                (144, 512),
                (960, 512),
                (1776, 512),
                (2592, 512),
            ],  # cells of 816: 152 to the left of each window
        ),
    ],
)
def test_windows_lie_at_their_exact_places(
    shape: tuple[int, int], vertical: list[tuple[int, int]], horizontal: list[tuple[int, int]]
) -> None:
    assert _list_places(*shape) == (vertical, horizontal)
    assert _list_places(*shape[::-1]) == (horizontal, vertical)


def test_windows_are_numbered_row_by_row() -> None:
    assert choose_windows(64, 96) == (
        Window(0, 0, 0, 32, 48),
        Window(1, 0, 48, 32, 48),
        Window(2, 32, 0, 32, 48),
        Window(3, 32, 48, 32, 48),
    )


@pytest.mark.parametrize(("shape", "number"), [((1023, 4000), 4), ((1024, 1024), 16), ((1024, 1023), 4)])
def test_sixteen_windows_from_1024_samples_on_along_both_axes(shape: tuple[int, int], number: int) -> None:
    assert len(choose_windows(*shape)) == number


@pytest.mark.parametrize("shape", [(31, 500), (500, 31), (0, 0), (1, 1)])
def test_images_below_32_samples_have_no_window(shape: tuple[int, int]) -> None:
    assert choose_windows(*shape) == ()


@given(st.integers(32, 6000), st.integers(32, 6000))
def test_windows_are_aligned_inside_and_of_legal_size(rows: int, columns: int) -> None:
    windows = choose_windows(rows, columns)
    assert 1 <= len(windows) <= 16
    assert [window.number for window in windows] == list(range(len(windows)))
    assert choose_windows(rows, columns) == windows
    for window in windows:
        assert window.top % 16 == window.left % 16 == window.height % 16 == window.width % 16 == 0
        assert window.top >= 0 <= window.left
        assert window.top + window.height <= rows
        assert window.left + window.width <= columns
        assert 32 <= window.height <= 512
        assert 32 <= window.width <= 512


@given(st.integers(64, 6000), st.integers(64, 6000))
def test_windows_of_64_samples_and_more_do_not_overlap(rows: int, columns: int) -> None:
    for places in _list_places(rows, columns):
        for (start, size), (following, _) in pairwise(places):
            assert start + size <= following


# --- planes -------------------------------------------------------------------------------------------


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
