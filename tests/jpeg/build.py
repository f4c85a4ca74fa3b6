"""JPEG files from bytes: segments, and the smallest whole picture."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
TIFF = b"MM\0*"


def segment(code: int, contents: bytes = b"") -> bytes:
    """A marker, its length and its contents."""
    return bytes([0xFF, code]) + struct.pack(">H", len(contents) + 2) + contents


def quantization(number: int = 0, steps: Sequence[int] = (1,) * 64, *, bits: int = 8) -> bytes:
    """DQT with one table; the steps in zigzag order."""
    layout = ">64B" if bits == 8 else ">64H"
    return segment(0xDB, bytes([number | (16 if bits == 16 else 0)]) + struct.pack(layout, *steps))


def huffman(kind: int = 0, number: int = 0, counts: Sequence[int] = (1, 1), symbols: Sequence[int] = (0, 1)) -> bytes:
    """DHT with one table of class 0 (DC) or 1 (AC)."""
    return segment(0xC4, bytes([16 * kind + number, *counts, *bytes(16 - len(counts)), *symbols]))


def frame(
    code: int = 0xC0,
    *,
    precision: int = 8,
    rows: int = 16,
    columns: int = 24,
    components: Iterable[tuple[int, int, int]] = ((1, 0x11, 0),),
) -> bytes:
    """SOF; of each component identifier, sampling factors (0x21 = two by one) and number of the quantization table."""
    parts = [bytes(component) for component in components]
    return segment(code, struct.pack(">BHHB", precision, rows, columns, len(parts)) + b"".join(parts))


def scan(
    *,
    components: Iterable[tuple[int, int]] = ((1, 0x00),),
    first: int = 0,
    last: int = 63,
    bits: int = 0,
    coded: bytes = b"\x12\x34\xff\x00\x56",
) -> bytes:
    """SOS and entropy-coded data; of each component identifier and entropy coding tables (0x21 = DC 2, AC 1)."""
    parts = [bytes(component) for component in components]
    return segment(0xDA, bytes([len(parts)]) + b"".join(parts) + bytes([first, last, bits])) + coded


TABLES = quantization() + huffman(0) + huffman(1)
PICTURE = SOI + TABLES + frame() + scan() + EOI


def picture(*segments: bytes) -> bytes:
    """The smallest grey picture, with some segments before its tables."""
    return SOI + b"".join(segments) + PICTURE[2:]


def tiff(*directories: Sequence[tuple[int, int, int, bytes]]) -> bytes:
    """Classic TIFF, big-endian, with main directories of entries: tag, type, count, value or (longer) its bytes."""
    data = TIFF + struct.pack(">I", 8)
    for number, entries in enumerate(directories):
        start = len(data)
        room = start + 2 + 12 * len(entries) + 4
        fields, values = b"", b""
        for tag, kind, count, value in entries:
            inline = value.ljust(4, b"\0")
            if len(value) > 4:
                inline = struct.pack(">I", room + len(values))
                values += value
            fields += struct.pack(">HHI", tag, kind, count) + inline
        following = room + len(values) if number + 1 < len(directories) else 0
        data += struct.pack(">H", len(entries)) + fields + struct.pack(">I", following) + values
    return data
