"""Files of every kind down to the last sample, and what is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from forensic_style.errors import ImageError, ImageReadError, ImageTooLargeError, ImageTooSmallError
from forensic_style.reading import read_image
from forensic_style.windows import Window
from tests.reading.files import (
    ALPHA,
    COLOUR,
    COLOUR_16,
    GREY,
    GREY_16,
    ORIENTATION,
    SHAPE,
    save,
    save_16_bit,
    write_png,
    write_tiff,
)

# --- files of 8 bit ------------------------------------------------------------------------------------


def test_grey_png_is_one_plane(tmp_path: Path) -> None:
    image = read_image(save(Image.fromarray(GREY), tmp_path / "a.png"))
    np.testing.assert_array_equal(image.pixels, GREY)
    assert (image.format, image.is_grey, image.notes) == ("PNG", True, ())
    assert image.luma is image.pixels


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp", "a.ppm"])
def test_colour_keeps_its_channels(tmp_path: Path, name: str) -> None:
    image = read_image(save(Image.fromarray(COLOUR), tmp_path / name))
    np.testing.assert_array_equal(image.pixels, COLOUR)
    assert not image.is_grey
    assert image.notes == ()


@pytest.mark.parametrize(("mode", "subsampling"), [("L", 0), ("RGB", 0), ("RGB", 2)])
def test_jpeg_pixels_are_those_of_pillow(tmp_path: Path, mode: str, subsampling: int) -> None:
    path = save(Image.fromarray(COLOUR).convert(mode), tmp_path / "a.jpg", quality=80, subsampling=subsampling)
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
    image = read_image(save(made, tmp_path / "a.png"))
    np.testing.assert_array_equal(image.pixels, expected)
    assert image.pixels.dtype == np.uint8
    assert image.notes == (note,)


def test_palette_is_expanded(tmp_path: Path) -> None:
    indexed = Image.fromarray(COLOUR).quantize(16)
    image = read_image(save(indexed, tmp_path / "a.png"))
    np.testing.assert_array_equal(image.pixels, np.asarray(indexed.convert("RGB")))
    assert image.notes == ("palette expanded",)


def test_cmyk_jpeg_is_converted_as_noted(tmp_path: Path) -> None:
    ink = Image.merge("CMYK", (*Image.fromarray(COLOUR).split(), Image.fromarray(ALPHA)))
    path = save(ink, tmp_path / "a.jpg", quality=95)
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
    image = read_image(save_16_bit(pixels, tmp_path / name))
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
    image = read_image(write_png(tmp_path / "a.png", shape=SHAPE, depth=16, colour_type=4, samples=samples))
    np.testing.assert_array_equal(image.pixels, GREY_16)
    assert image.notes == ("alpha left out",)


def test_big_endian_tiff_has_the_order_of_the_machine(tmp_path: Path) -> None:
    path = save(Image.frombytes("I;16B", SHAPE[::-1], GREY_16.astype(">u2").tobytes()), tmp_path / "a.tif")
    image = read_image(path)
    np.testing.assert_array_equal(image.pixels, GREY_16)
    assert image.pixels.dtype == np.uint16
    assert image.pixels.dtype.isnative


def test_sixteen_bit_samples_in_separate_planes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    write_tiff(path, COLOUR_16, separate=True)
    with pytest.raises(ImageReadError, match="16-bit channels in separate planes are not supported") as caught:
        read_image(str(path))
    assert caught.value.reason == "unsupported_format"


def test_floating_point_samples_are_refused(tmp_path: Path) -> None:
    path = save(Image.fromarray(GREY.astype(np.float32)), tmp_path / "a.tif")
    with pytest.raises(ImageReadError, match="Pixels of type 'F' are not supported") as caught:
        read_image(path)
    assert caught.value.reason == "unsupported_format"


# --- orientation ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_ignored(tmp_path: Path, name: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    turned = save(Image.fromarray(COLOUR), tmp_path / name, exif=exif)
    with Image.open(turned) as opened:
        assert opened.getexif()[ORIENTATION] == orientation
    plain = save(Image.fromarray(COLOUR), tmp_path / f"plain_{name}")
    np.testing.assert_array_equal(read_image(turned).pixels, read_image(plain).pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_16_bit_tiff_is_ignored(tmp_path: Path, orientation: int) -> None:
    write_tiff(tmp_path / "a.tif", COLOUR_16, orientation=orientation)
    np.testing.assert_array_equal(read_image(str(tmp_path / "a.tif")).pixels, COLOUR_16)


# --- what is handed on ---------------------------------------------------------------------------------


def test_facts_about_the_file_are_its_own(tmp_path: Path) -> None:
    path = save(Image.fromarray(COLOUR), tmp_path / "a.png")
    data = Path(path).read_bytes()
    image = read_image(path, shown_as="shown/a.png")
    assert (image.path, image.n_bytes) == ("shown/a.png", len(data))
    assert image.sha256 == hashlib.sha256(data).hexdigest()
    assert read_image(path).path == path


@pytest.mark.parametrize("pixels", [GREY, COLOUR, GREY_16, COLOUR_16], ids=["8", "3x8", "16", "3x16"])
def test_planes_are_read_only_and_contiguous(tmp_path: Path, pixels: NDArray[Any]) -> None:
    image = read_image(save_16_bit(pixels, tmp_path / "a.png"))
    window = image.cut(Window(0, 0, 16, 32, 32))
    narrow = (*window.channels_8bit, window.luma_8bit)
    for plane in (image.pixels, image.luma, window.luma, *window.channels, *narrow):
        assert plane.flags.c_contiguous
        assert not plane.flags.writeable
    for plane in narrow:
        assert plane.dtype == np.uint8


# --- what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "reason", "message"),
    [
        ("missing.jpg", None, "unreadable", "The file cannot be opened: No such file"),
        ("text.jpg", b"hello", "not_an_image", "No image format is recognised in the file's 5 bytes"),
        ("empty.png", b"", "not_an_image", "The file is empty"),
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
    whole = save(Image.fromarray(COLOUR), tmp_path / name, **options)
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
    path = save(Image.new("L", size), tmp_path / "a.png")
    with pytest.raises(
        ImageTooSmallError, match=f"{size[0]} x {size[1]} pixels are less than one window of 32 x 32"
    ) as caught:
        read_image(path, shown_as="small.png")
    assert (caught.value.reason, caught.value.path) == ("too_small", "small.png")


def test_enormous_image_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = write_png(tmp_path / "a.png", shape=(40000, 40000), depth=8, colour_type=0, samples=bytes(40000))
    with pytest.raises(ImageTooLargeError, match="Cut the image into parts") as caught:
        read_image(path, shown_as="large.png")
    assert (caught.value.reason, caught.value.path) == ("too_large", "large.png")
