"""Formats by content: what is read, what is known but not read, what is nothing."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from forensic_style.errors import REASONS, ImageReadError
from forensic_style.reading import DECODERS, read_image
from forensic_style.reading.formats import EXTRAS, READ, PnmHeader, read_pnm_header, recognize_format

PADDING = bytes(200)


def test_every_format_that_is_read_has_a_decoder() -> None:
    assert set(DECODERS) == {*READ, *EXTRAS}


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0+\0\x08\0\0", "TIFF"),
        (b"P6\n3 3 255\n", "PNM"),
        (b"P4 # a comment\n3 3\n", "PNM"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1miaf", "HEIF of another coding"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "camera RAW"),
        (b"FUJIFILMCCD-RAW 0201", "camera RAW"),
        (b"II*\0\x10\0\0\0CR\x02\0", "camera RAW"),
        (b"8BPS\0\1", "Photoshop"),
        (b"%PDF-1.4", "PDF"),
        (b"\xff\x0a", "JPEG XL"),
        (bytes(128) + b"DICM", "DICOM"),
        (b'<?xml version="1.0"?>\n<svg xmlns=', "SVG"),
        (b"\0\0\0\x18ftypmp42", "video"),
        (b"", None),
        (b"hello", None),
        (b"BMW is a company and no bitmap", None),
        (b"P2P networks", None),
        (b"II*", None),
    ],
)
def test_signature_decides(start: bytes, name: str | None) -> None:
    assert recognize_format(start + (PADDING if len(start) > 5 else b"")) == name


def _build_tiff(tags: list[tuple[int, int, int]]) -> bytes:
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, _, value in tags)
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(4)


@pytest.mark.parametrize(
    ("tag", "value", "name"),
    [(262, 2, "TIFF"), (262, 32803, "camera RAW"), (50706, 0x01040000, "camera RAW")],
)
def test_tiff_that_holds_a_mosaic_is_camera_raw(tag: int, value: int, name: str) -> None:
    assert recognize_format(_build_tiff([(tag, 4, value)])) == name


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"8BPS" + PADDING, "Photoshop files are not supported. Convert to PNG or TIFF."), (b"%PDF-1", "PDF files are")],
)
def test_known_formats_that_are_not_read_are_named(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(ImageReadError, match=words) as caught:
        read_image(tmp_path / "a.jpg")
    assert caught.value.reason == "unsupported_format"
    assert caught.value.reason in REASONS


@pytest.mark.parametrize(
    ("data", "header"),
    [
        (b"P6 2 3 255\nabc", PnmHeader(6, 2, 3, 255, 11)),
        (b"P5\n# made by hand\n2\n# and\n3 65535 ", PnmHeader(5, 2, 3, 65535, 34)),
        (b"P4\n16 3\n", PnmHeader(4, 16, 3, 1, 8)),
        (b"P6 2 3", None),
        (b"P6 2", None),
    ],
)
def test_header_of_portable_maps(data: bytes, header: PnmHeader | None) -> None:
    assert read_pnm_header(data) == header
