"""Every kind of file: read whole with the right samples, and never in part."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from forensic_style.errors import REASONS, ImageError, ImageReadError
from forensic_style.reading import ReadingRules, read_image
from forensic_style.reading.completeness import CHECKS
from forensic_style.reading.formats import READ
from tests.reading.samples import SOFT, SOFT_16, SOFT_GREY_16, make_samples, save_bytes

NAMES = list(make_samples())
LOSSLESS: dict[str, tuple[NDArray[Any], int]] = {
    "PNG": (SOFT, 8),
    "PNG of 16 bit": (SOFT_16, 16),
    "PNG with frames": (SOFT, 8),
    "TIFF": (SOFT, 8),
    "TIFF LZW": (SOFT, 8),
    "TIFF deflate": (SOFT, 8),
    "TIFF big": (SOFT, 8),
    "TIFF of 16 bit": (SOFT_16, 16),
    "TIFF of ink": (SOFT, 8),
    "TIFF with pages": (SOFT, 8),
    "WebP lossless": (SOFT, 8),
    "BMP": (SOFT, 8),
    "PNM": (SOFT, 8),
    "PNM of 16 bit": (SOFT_16, 16),
    "PNM grey of 16 bit": (SOFT_GREY_16, 16),
    "JPEG 2000": (SOFT, 8),
    "JPEG 2000 codestream": (SOFT, 8),
    "JPEG 2000 of 16 bit": (SOFT_16, 16),
    "JPEG 2000 grey of 16 bit": (SOFT_GREY_16, 16),
    "AVIF of 10 bit": (SOFT_16 & 0xFFC0, 10),
}


def write(tmp_path: Path, content: bytes) -> Path:
    (tmp_path / "file").write_bytes(content)
    return tmp_path / "file"


def find_reason(path: Path, rules: ReadingRules) -> str:
    """Why a file is not read, "" where it is."""
    try:
        read_image(path, rules=rules)
    except ImageError as error:
        return error.reason
    return ""


def test_every_format_has_a_sample() -> None:
    assert {name for name in READ if any(sample.startswith(name) for sample in NAMES)} == set(READ)


@pytest.mark.parametrize("name", NAMES)
def test_file_is_read_by_its_content(tmp_path: Path, name: str) -> None:
    image = read_image(write(tmp_path, make_samples()[name]))
    assert name.startswith(image.format)
    assert image.pixels.shape[:2] == SOFT.shape[:2]
    assert image.is_grey == ("grey" in name or "1 bit" in name)


@pytest.mark.parametrize("name", LOSSLESS)
def test_samples_are_exact(tmp_path: Path, name: str) -> None:
    image = read_image(write(tmp_path, make_samples()[name]))
    expected, bit_depth = LOSSLESS[name]
    np.testing.assert_array_equal(image.pixels, expected)
    assert image.pixels.dtype == expected.dtype
    assert image.bit_depth == bit_depth


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_out_or_converted_is_noted(tmp_path: Path, name: str) -> None:
    words = {"palette": "palette expanded", "frames": "first of several", "pages": "first of several"}
    words |= {"ink": "CMYK converted by (255 - ink) (255 - black) / 255", "1 bit": "1-bit samples", "10 bit": "10 bits"}
    expected = [note for word, note in words.items() if word in name]
    notes = read_image(write(tmp_path, make_samples()[name])).notes
    assert all(any(note in noted for noted in notes) for note in expected)
    assert bool(notes) == bool(expected) or name.startswith("GIF")  # every GIF has a palette


@pytest.mark.parametrize("name", NAMES)
def test_every_cut_is_refused_as_truncated(tmp_path: Path, name: str) -> None:
    data = make_samples()[name]
    for part in range(64):
        with pytest.raises(ImageReadError) as caught:
            read_image(write(tmp_path, data[: len(data) * part // 64]))
        is_told_by_the_start = len(data) * part // 64 >= 32
        assert caught.value.reason == "truncated" or not is_told_by_the_start
    if name != "TIFF with pages":  # its last bytes are padding
        with pytest.raises(ImageReadError):
            read_image(write(tmp_path, data[:-1]))


@pytest.mark.parametrize("name", NAMES)
def test_flipped_bits_are_read_or_refused_with_a_reason(tmp_path: Path, name: str) -> None:
    data, generator = make_samples()[name], np.random.default_rng(0)
    for _ in range(20):
        flipped = bytearray(data)
        for place in generator.integers(0, len(data), 2):
            flipped[place] ^= 1 << int(generator.integers(0, 8))
        assert find_reason(write(tmp_path, bytes(flipped)), ReadingRules(most_pixels=10**7)) in {"", *REASONS}


def test_every_flipped_bit_of_a_png_is_damage(tmp_path: Path) -> None:
    data = make_samples()["PNG"]
    for place in range(8, len(data), 5):
        flipped = bytearray(data)
        flipped[place] ^= 4
        with pytest.raises(ImageReadError) as caught:
            read_image(write(tmp_path, bytes(flipped)))
        assert caught.value.reason in ("damaged", "truncated")


@pytest.mark.parametrize("name", ["JPEG", "PNG", "TIFF", "GIF", "WebP lossless", "BMP"])
def test_damaged_file_is_measured_where_that_is_wanted(tmp_path: Path, name: str) -> None:
    data = make_samples()[name]
    path = write(tmp_path, data[: len(data) * 9 // 10])
    rules = ReadingRules(damaged="measure")
    if name == "WebP lossless":  # nothing can be decoded
        assert find_reason(path, rules) == "truncated"
        return
    image = read_image(path, rules=rules)
    assert image.notes[0].startswith("truncated, measured all the same: ")
    whole = read_image(write(tmp_path, data)).pixels
    kept = slice(-24, None) if name == "BMP" else slice(24)  # its rows are stored from the last one up
    np.testing.assert_array_equal(image.pixels[kept], whole[kept])


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_check_of_completeness_bears_any_cut_and_any_bytes(name: str) -> None:
    generator = np.random.default_rng(0)
    samples = [data for sample, data in make_samples().items() if sample.startswith(name)]
    for data in samples:
        assert CHECKS[name](data) is None
        for length in range(16, min(len(data), 600)):
            found = CHECKS[name](data[:length])
            assert found is None or found[0] in ("truncated", "damaged")
    start = samples[0][:16]
    for _ in range(200):
        found = CHECKS[name](start + generator.bytes(int(generator.integers(0, 400))))
        assert found is None or found[0] in ("truncated", "damaged")


def test_wrong_check_sum_is_named_with_its_place(tmp_path: Path) -> None:
    data = bytearray(make_samples()["PNG"])
    place = data.index(b"IDAT") - 4
    data[place + 20] ^= 1
    with pytest.raises(ImageReadError, match=rf"check sum of the chunk IDAT is wrong \(at byte {place}\)") as caught:
        read_image(write(tmp_path, bytes(data)))
    assert caught.value.reason == "damaged"


# --- JPEG in detail ------------------------------------------------------------------------------------


def _saturated() -> NDArray[np.uint8]:
    """Soft colours that reach both ends, so that channels are clipped on the way from luma and chroma to RGB."""
    y, x = np.mgrid[:96, :120]
    planes = [128 + 200 * np.sin(x / 9) + 0 * y, 128 + 200 * np.cos(y / 7) + 0 * x, 128 + 200 * np.sin((x + y) / 11)]
    return np.clip(np.dstack(planes), 0, 255).astype(np.uint8)


def test_luma_of_a_jpeg_is_its_own_plane_where_channels_are_clipped(tmp_path: Path) -> None:
    path = write(tmp_path, save_bytes(Image.fromarray(_saturated()), "JPEG", quality=75))
    image = read_image(path)
    opened = Image.open(path)
    opened.draft("L", None)
    opened.draft("L", opened.size)
    plane = np.asarray(opened)  # libjpeg gives the Y plane where grey is asked for
    assert opened.mode == "L"
    assert image.coded_luma is not None
    np.testing.assert_array_equal(image.coded_luma, plane)
    differs = image.coded_luma != image.luma
    is_clipped = ((image.pixels == 0) | (image.pixels == 255)).any(axis=2)
    assert 0 < differs.mean() < 0.5
    assert not differs[~is_clipped].any()


def test_luma_of_a_jpeg_is_that_of_its_pixels_where_nothing_is_clipped(tmp_path: Path) -> None:
    path = write(tmp_path, save_bytes(Image.fromarray(SOFT), "JPEG", quality=95))
    image = read_image(path)
    opened = Image.open(path)
    opened.draft("L", None)
    opened.draft("L", opened.size)
    assert image.coded_luma is None
    np.testing.assert_array_equal(image.luma, np.asarray(opened))


@pytest.mark.parametrize("options", [{"keep_rgb": True}, {}], ids=["red, green, blue", "luma and chroma"])
def test_jpeg_that_holds_red_green_and_blue_has_no_plane_of_luma(tmp_path: Path, options: dict[str, bool]) -> None:
    path = write(tmp_path, save_bytes(Image.fromarray(_saturated()), "JPEG", quality=95, subsampling=0, **options))
    image = read_image(path)
    np.testing.assert_array_equal(image.pixels, np.asarray(Image.open(path)))
    assert (image.coded_luma is None) == bool(options)


def test_ink_without_the_marker_of_adobe_is_not_inverted(tmp_path: Path) -> None:
    data = make_samples()["JPEG of ink"]
    place = data.index(b"\xff\xee")
    (length,) = struct.unpack_from(">H", data, place + 2)
    with_marker = read_image(write(tmp_path, data)).pixels
    without = read_image(write(tmp_path, data[:place] + data[place + 2 + length :])).pixels
    stored = 255 - np.asarray(Image.open(write(tmp_path, data))).astype(np.float64)  # Pillow inverts
    for pixels, light in ((with_marker, stored), (without, 255 - stored)):
        np.testing.assert_allclose(pixels, light[:, :, :3] * light[:, :, 3:] / 255, atol=0.5)


def test_claims_are_kept_and_change_nothing_else(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[271], exif[272], exif[305], exif[306] = "A maker", "A model", "An app 1.0", "2026:11:24 10:00:00"
    for name in ("JPEG", "PNG", "TIFF", "WEBP", "AVIF"):
        claiming = read_image(write(tmp_path, save_bytes(Image.fromarray(SOFT), name, exif=exif)))
        plain = read_image(write(tmp_path, save_bytes(Image.fromarray(SOFT), name)))
        assert claiming.claims == {
            "make": "A maker",
            "model": "A model",
            "software": "An app 1.0",
            "date": "2026:11:24 10:00:00",
        }
        assert plain.claims == {}
        np.testing.assert_array_equal(claiming.pixels, plain.pixels)


def test_program_named_in_a_text_of_png_is_a_claim(tmp_path: Path) -> None:
    data = make_samples()["PNG"]
    body = b"tEXtSoftware\0A program"
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    assert read_image(write(tmp_path, data[:33] + chunk + data[33:])).claims == {"software": "A program"}


def test_pixels_over_the_limit_are_refused_by_the_header(tmp_path: Path) -> None:
    for name in NAMES:
        path = write(tmp_path, make_samples()[name])
        with pytest.raises(ImageError, match=r"120 x 96 pixels are more than the limit of 11519") as caught:
            read_image(path, rules=ReadingRules(most_pixels=120 * 96 - 1))
        assert caught.value.reason == "too_large"
        read_image(path, rules=ReadingRules(most_pixels=120 * 96))
