"""Windows, and files of every kind down to the last sample."""

from __future__ import annotations

import hashlib
import struct
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from forensic_style.errors import ImageError, ImageReadError, ImageTooLargeError, ImageTooSmallError
from forensic_style.image import DecodedImage, Window, choose_windows, read_image

SHAPE = (40, 50)
_GENERATOR = np.random.default_rng(0)
GREY = _GENERATOR.integers(0, 256, SHAPE, dtype=np.uint8)
COLOUR = _GENERATOR.integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
ALPHA = _GENERATOR.integers(0, 256, SHAPE, dtype=np.uint8)
GREY_16 = _GENERATOR.integers(0, 65536, SHAPE, dtype=np.uint16)
COLOUR_16 = _GENERATOR.integers(0, 65536, (*SHAPE, 3), dtype=np.uint16)
ORIENTATION = 274


def _save(image: Image.Image, path: Path, **options: Any) -> str:
    image.save(path, **options)
    return str(path)


def _save_16_bit(pixels: NDArray[np.uint16], path: Path) -> str:
    assert cv2.imwrite(str(path), pixels[:, :, ::-1] if pixels.ndim == 3 else pixels)
    return str(path)


def _write_png(path: Path, *, shape: tuple[int, int], depth: int, colour_type: int, samples: bytes) -> str:
    """A PNG chunk by chunk, for what no library at hand writes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", shape[1], shape[0], depth, colour_type, 0, 0, 0)
    length = len(samples) // shape[0]
    rows = [b"\0" + samples[start : start + length] for start in range(0, len(samples), length)]
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    return str(path)


def _write_tiff(path: Path, pixels: NDArray[np.uint16], *, orientation: int = 1, separate: bool = False) -> None:
    """A 16-bit colour TIFF tag by tag: no compression, one strip or one per channel."""
    rows, columns, _ = pixels.shape
    data = (np.moveaxis(pixels, 2, 0) if separate else pixels).astype("<u2").tobytes()
    n_strips = 3 if separate else 1
    size = len(data) // n_strips
    lists = struct.pack("<3H", 16, 16, 16)
    lists += struct.pack(f"<{n_strips}I", *(8 + strip * size for strip in range(n_strips)))
    lists += struct.pack(f"<{n_strips}I", *[size] * n_strips)
    bits = 8 + len(data)
    starts, sizes = bits + 6, bits + 6 + 4 * n_strips
    tags = [
        (256, 4, 1, columns),
        (257, 4, 1, rows),
        (258, 3, 3, bits),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, n_strips, starts if separate else 8),
        (ORIENTATION, 3, 1, orientation),
        (277, 3, 1, 3),
        (278, 4, 1, rows),
        (279, 4, n_strips, sizes if separate else size),
        (284, 3, 1, 2 if separate else 1),
    ]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    path.write_bytes(struct.pack("<2sHI", b"II", 42, bits + len(lists)) + data + lists + directory)


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


# --- files of 8 bit ------------------------------------------------------------------------------------


def test_grey_png_is_one_plane(tmp_path: Path) -> None:
    image = read_image(_save(Image.fromarray(GREY), tmp_path / "a.png"))
    np.testing.assert_array_equal(image.pixels, GREY)
    assert (image.format, image.is_grey, image.notes) == ("PNG", True, ())
    assert image.luma is image.pixels


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp", "a.ppm"])
def test_colour_keeps_its_channels(tmp_path: Path, name: str) -> None:
    image = read_image(_save(Image.fromarray(COLOUR), tmp_path / name))
    np.testing.assert_array_equal(image.pixels, COLOUR)
    assert not image.is_grey
    assert image.notes == ()


@pytest.mark.parametrize(("mode", "subsampling"), [("L", 0), ("RGB", 0), ("RGB", 2)])
def test_jpeg_pixels_are_those_of_pillow(tmp_path: Path, mode: str, subsampling: int) -> None:
    path = _save(Image.fromarray(COLOUR).convert(mode), tmp_path / "a.jpg", quality=80, subsampling=subsampling)
    image = read_image(path)
    with Image.open(path) as opened:
        np.testing.assert_array_equal(image.pixels, np.asarray(opened))
    assert image.format == "JPEG"


@pytest.mark.parametrize(
    ("mode", "expected", "note"),
    [
        ("RGBA", COLOUR, "alpha left out"),
        ("LA", GREY, "alpha left out"),
        ("1", (GREY >= 128) * 255, "1-bit samples expanded to 0 and 255"),
    ],
)
def test_png_of_other_types_is_converted_and_noted(
    tmp_path: Path, mode: str, expected: NDArray[Any], note: str
) -> None:
    alpha = Image.fromarray(ALPHA)
    made = {
        "RGBA": Image.merge("RGBA", (*Image.fromarray(COLOUR).split(), alpha)),
        "LA": Image.merge("LA", (Image.fromarray(GREY), alpha)),
        "1": Image.fromarray(GREY >= 128),
    }[mode]
    image = read_image(_save(made, tmp_path / "a.png"))
    np.testing.assert_array_equal(image.pixels, expected)
    assert image.pixels.dtype == np.uint8
    assert image.notes == (note,)


def test_palette_is_expanded(tmp_path: Path) -> None:
    indexed = Image.fromarray(COLOUR).quantize(16)
    image = read_image(_save(indexed, tmp_path / "a.png"))
    np.testing.assert_array_equal(image.pixels, np.asarray(indexed.convert("RGB")))
    assert image.notes == ("palette expanded",)


def test_cmyk_jpeg_is_converted_as_noted(tmp_path: Path) -> None:
    ink = Image.merge("CMYK", (*Image.fromarray(COLOUR).split(), Image.fromarray(ALPHA)))
    path = _save(ink, tmp_path / "a.jpg", quality=95)
    image = read_image(path)
    with Image.open(path) as opened:
        decoded = np.asarray(opened).astype(np.float64)
    assert image.notes == ("CMYK converted by (255 - ink) (255 - black) / 255",)
    expected = (255 - decoded[:, :, :3]) * (255 - decoded[:, :, 3:]) / 255
    np.testing.assert_allclose(image.pixels, expected, atol=0.5)


def test_second_frame_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(GREY).save(path, save_all=True, append_images=[Image.fromarray(255 - GREY)])
    image = read_image(str(path))
    np.testing.assert_array_equal(image.pixels, GREY)
    assert image.notes == ("first of several pages or frames",)


def test_format_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(COLOUR).save(path, "JPEG")
    assert read_image(str(path)).format == "JPEG"


# --- files of 16 bit -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
@pytest.mark.parametrize("pixels", [GREY_16, COLOUR_16], ids=["grey", "colour"])
def test_sixteen_bit_samples_are_kept(tmp_path: Path, name: str, pixels: NDArray[np.uint16]) -> None:
    image = read_image(_save_16_bit(pixels, tmp_path / name))
    assert image.pixels.dtype == np.uint16
    np.testing.assert_array_equal(image.pixels, pixels)


def test_sixteen_bit_colour_with_alpha_keeps_its_colour(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    stacked = np.dstack([COLOUR_16[:, :, ::-1], GREY_16])
    assert cv2.imwrite(str(path), stacked)
    image = read_image(str(path))
    np.testing.assert_array_equal(image.pixels, COLOUR_16)
    assert image.notes == ("alpha left out",)


def test_sixteen_bit_grey_with_alpha_stays_grey(tmp_path: Path) -> None:
    samples = np.dstack([GREY_16, GREY_16[::-1]]).astype(">u2").tobytes()
    image = read_image(_write_png(tmp_path / "a.png", shape=SHAPE, depth=16, colour_type=4, samples=samples))
    np.testing.assert_array_equal(image.pixels, GREY_16)
    assert image.notes == ("alpha left out",)


def test_big_endian_tiff_has_the_order_of_the_machine(tmp_path: Path) -> None:
    path = _save(Image.frombytes("I;16B", SHAPE[::-1], GREY_16.astype(">u2").tobytes()), tmp_path / "a.tif")
    image = read_image(path)
    np.testing.assert_array_equal(image.pixels, GREY_16)
    assert image.pixels.dtype == np.uint16
    assert image.pixels.dtype.isnative


def test_sixteen_bit_samples_in_separate_planes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    _write_tiff(path, COLOUR_16, separate=True)
    with pytest.raises(ImageReadError, match="16-bit channels in separate planes are not supported") as caught:
        read_image(str(path))
    assert caught.value.reason == "unsupported_format"


def test_floating_point_samples_are_refused(tmp_path: Path) -> None:
    path = _save(Image.fromarray(GREY.astype(np.float32)), tmp_path / "a.tif")
    with pytest.raises(ImageReadError, match="Pixels of type 'F' are not supported") as caught:
        read_image(path)
    assert caught.value.reason == "unsupported_format"


# --- orientation ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_ignored(tmp_path: Path, name: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    turned = _save(Image.fromarray(COLOUR), tmp_path / name, exif=exif)
    with Image.open(turned) as opened:
        assert opened.getexif()[ORIENTATION] == orientation
    plain = _save(Image.fromarray(COLOUR), tmp_path / f"plain_{name}")
    np.testing.assert_array_equal(read_image(turned).pixels, read_image(plain).pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_16_bit_tiff_is_ignored(tmp_path: Path, orientation: int) -> None:
    _write_tiff(tmp_path / "a.tif", COLOUR_16, orientation=orientation)
    np.testing.assert_array_equal(read_image(str(tmp_path / "a.tif")).pixels, COLOUR_16)


# --- what is handed on ---------------------------------------------------------------------------------


def test_facts_about_the_file_are_its_own(tmp_path: Path) -> None:
    path = _save(Image.fromarray(COLOUR), tmp_path / "a.png")
    data = Path(path).read_bytes()
    image = read_image(path, shown_as="shown/a.png")
    assert (image.path, image.n_bytes) == ("shown/a.png", len(data))
    assert image.sha256 == hashlib.sha256(data).hexdigest()
    assert read_image(path).path == path


@pytest.mark.parametrize("pixels", [GREY, COLOUR, GREY_16, COLOUR_16], ids=["8", "3x8", "16", "3x16"])
def test_planes_are_read_only_and_contiguous(tmp_path: Path, pixels: NDArray[Any]) -> None:
    image = read_image(_save_16_bit(pixels, tmp_path / "a.png"))
    window = image.cut(Window(0, 0, 16, 32, 32))
    narrow = (*window.channels_8bit, window.luma_8bit)
    for plane in (image.pixels, image.luma, window.luma, *window.channels, *narrow):
        assert plane.flags.c_contiguous
        assert not plane.flags.writeable
    for plane in narrow:
        assert plane.dtype == np.uint8


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


# --- what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "reason", "message"),
    [
        ("missing.jpg", None, "unreadable", "The file cannot be opened: No such file"),
        ("text.jpg", b"hello", "not_an_image", "No image format is recognised in the file's 5 bytes"),
        ("empty.png", b"", "not_an_image", "No image format is recognised in the file's 0 bytes"),
    ],
)
def test_what_is_no_image_is_refused(
    tmp_path: Path, name: str, content: bytes | None, reason: str, message: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImageReadError, match=message) as caught:
        read_image(str(path), shown_as=name)
    assert (caught.value.reason, caught.value.path) == (reason, name)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.bmp"])
def test_truncated_file_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Image.fromarray(COLOUR).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    with pytest.raises(ImageReadError, match=r"data cannot be decoded to the end: .*complete copy") as caught:
        read_image(str(path))
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize(("name", "options"), [("a.jpg", {}), ("a.jpg", {"progressive": True}), ("a.png", {})])
def test_no_cut_of_a_file_gives_other_pixels(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    whole = _save(Image.fromarray(COLOUR), tmp_path / name, **options)
    data, pixels = Path(whole).read_bytes(), read_image(whole).pixels
    cut = tmp_path / "cut"
    for length in [*range(0, len(data), 37), *range(len(data) - 24, len(data))]:
        cut.write_bytes(data[:length])
        try:
            found = read_image(str(cut)).pixels
        except ImageError:
            continue
        np.testing.assert_array_equal(found, pixels)  # nothing but the end mark was missing


@pytest.mark.parametrize("size", [(1, 1), (31, 400), (400, 31)])
def test_small_image_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    path = _save(Image.new("L", size), tmp_path / "a.png")
    with pytest.raises(
        ImageTooSmallError, match=f"{size[0]} x {size[1]} pixels are less than one window of 32 x 32"
    ) as caught:
        read_image(path, shown_as="small.png")
    assert (caught.value.reason, caught.value.path) == ("too_small", "small.png")


def test_enormous_image_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = _write_png(tmp_path / "a.png", shape=(40000, 40000), depth=8, colour_type=0, samples=bytes(40000))
    with pytest.raises(ImageTooLargeError, match="Cut the image into parts") as caught:
        read_image(path, shown_as="large.png")
    assert (caught.value.reason, caught.value.path) == ("too_large", "large.png")
