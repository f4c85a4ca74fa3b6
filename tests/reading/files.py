"""Small files of every kind, written sample by sample where no library at hand writes them."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SHAPE = (40, 50)
GENERATOR = np.random.default_rng(0)
GREY = GENERATOR.integers(0, 256, SHAPE, dtype=np.uint8)
COLOUR = GENERATOR.integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
ALPHA = GENERATOR.integers(0, 256, SHAPE, dtype=np.uint8)
GREY_16 = GENERATOR.integers(0, 65536, SHAPE, dtype=np.uint16)
COLOUR_16 = GENERATOR.integers(0, 65536, (*SHAPE, 3), dtype=np.uint16)
ORIENTATION = 274


def save(image: Image.Image, path: Path, **options: Any) -> str:
    image.save(path, **options)
    return str(path)


def save_16_bit(pixels: NDArray[np.uint16], path: Path) -> str:
    assert cv2.imwrite(str(path), pixels[:, :, ::-1] if pixels.ndim == 3 else pixels)
    return str(path)


def write_png(path: Path, *, shape: tuple[int, int], depth: int, colour_type: int, samples: bytes) -> str:
    """A PNG chunk by chunk, for what no library at hand writes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", shape[1], shape[0], depth, colour_type, 0, 0, 0)
    length = len(samples) // shape[0]
    rows = [b"\0" + samples[start : start + length] for start in range(0, len(samples), length)]
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    return str(path)


def write_tiff(path: Path, pixels: NDArray[np.uint16], *, orientation: int = 1, separate: bool = False) -> None:
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
