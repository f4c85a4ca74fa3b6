"""HEIC and camera RAW, with their extras and without."""

from __future__ import annotations

import io
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from forensic_style.errors import ImageReadError, ImageTooSmallError
from forensic_style.reading import read_image
from tests.reading.files import GREY_16

pillow_heif = pytest.importorskip("pillow_heif", reason="the extra heif is not installed")
pytest.importorskip("rawpy", reason="the extra raw is not installed")

Y, X = np.mgrid[:96, :120]
SOFT = np.dstack([128 + 90 * np.sin(X / 9) + 0 * Y, 128 + 90 * np.cos(Y / 7) + 0 * X, 20 + X]).astype(np.uint8)


def write_heic(path: Path) -> Path:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[271] = "A maker"
    pillow_heif.from_bytes("RGB", SOFT.shape[1::-1], SOFT.tobytes()).save(buffer, quality=90, exif=exif.tobytes())
    path.write_bytes(buffer.getvalue())
    return path


def write_dng(path: Path, mosaic: np.ndarray, *, white: int = 65535) -> Path:
    """The smallest digital negative: one uncompressed mosaic of 16 bit."""
    rows, columns = mosaic.shape
    model = b"Made by hand\0\0\0\0"
    matrix = struct.pack("<18i", *(value for number in range(9) for value in (int(number % 4 == 0), 1)))
    entries = [
        (254, 4, 1, 0),
        (256, 4, 1, columns),
        (257, 4, 1, rows),
        (258, 3, 1, 16),
        (259, 3, 1, 1),
        (262, 3, 1, 32803),
        (271, 2, len(model), model),
        (272, 2, len(model), model),
        (273, 4, 1, "pixels"),
        (274, 3, 1, 1),
        (277, 3, 1, 1),
        (278, 4, 1, rows),
        (279, 4, 1, 2 * rows * columns),
        (284, 3, 1, 1),
        (33421, 3, 2, struct.pack("<2H", 2, 2)),
        (33422, 1, 4, bytes([0, 1, 1, 2])),
        (50706, 1, 4, bytes([1, 4, 0, 0])),
        (50708, 2, len(model), model),
        (50717, 4, 1, white),
        (50721, 10, 9, matrix),
    ]
    values_at = 8 + 2 + 12 * len(entries) + 4
    values, packed = b"", b""
    pixels_at = values_at + sum(len(value) for *_, value in entries if isinstance(value, bytes) and len(value) > 4)
    for tag, kind, count, value in entries:
        if isinstance(value, bytes) and len(value) > 4:
            packed += struct.pack("<HHII", tag, kind, count, values_at + len(values))
            values += value
        elif isinstance(value, bytes):
            packed += struct.pack("<HHI4s", tag, kind, count, value)
        else:
            number = pixels_at if value == "pixels" else int(value)
            packed += struct.pack("<HHII", tag, kind, count, number)
    header = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    path.write_bytes(header + packed + bytes(4) + values + mosaic.astype("<u2").tobytes())
    return path


def test_heic_is_read(tmp_path: Path) -> None:
    image = read_image(write_heic(tmp_path / "a.jpg"))
    assert (image.format, image.bit_depth, image.claims) == ("HEIC", 8, {"make": "A maker"})
    assert image.pixels.shape == SOFT.shape
    assert np.abs(image.pixels.astype(int) - SOFT).mean() < 4  # lossy


@pytest.mark.parametrize("write", [write_heic, lambda path: write_dng(path, GREY_16)])
def test_every_cut_is_refused(tmp_path: Path, write: object) -> None:
    data = write(tmp_path / "whole").read_bytes()  # type: ignore[operator]
    for part in range(1, 32):
        (tmp_path / "cut").write_bytes(data[: len(data) * part // 32])
        with pytest.raises(ImageReadError) as caught:
            read_image(tmp_path / "cut")
        assert caught.value.reason == "truncated"


@pytest.mark.parametrize(("white", "shift"), [(65535, 0), (4095, 4)])
def test_mosaic_of_the_sensor_is_kept_sample_by_sample(tmp_path: Path, white: int, shift: int) -> None:
    mosaic = GREY_16 & white
    image = read_image(write_dng(tmp_path / "a.tif", mosaic, white=white))
    assert (image.format, image.bit_depth) == ("camera RAW", 16 - shift)
    assert image.notes == ("mosaic of the sensor, not demosaiced",)
    assert image.claims["model"] == "Made by hand"
    np.testing.assert_array_equal(image.pixels, mosaic << shift)


def test_small_mosaic_is_too_small(tmp_path: Path) -> None:
    with pytest.raises(ImageTooSmallError, match="30 x 40 pixels"):
        read_image(write_dng(tmp_path / "a.dng", GREY_16[:, :30]))


@pytest.mark.parametrize(
    ("module", "write", "words"),
    [
        ("pillow_heif", write_heic, r"HEIC needs an extra: pip install 'forensic_style\[heif\]'"),
        (
            "rawpy",
            lambda path: write_dng(path, GREY_16),
            r"Camera RAW needs an extra: pip install 'forensic_style\[raw\]'",
        ),
    ],
)
def test_without_the_extra_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, write: object, words: str
) -> None:
    path = write(tmp_path / "a")  # type: ignore[operator]
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImageReadError, match=words) as caught:
        read_image(path)
    assert caught.value.reason == "unsupported_format"
