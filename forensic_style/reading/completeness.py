"""Whether a file holds all that its own structure promises, before any decoder fills gaps with grey.

Each check is linear in the number of parts and answers None, or the reason with words.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from forensic_style.jpeg import JpegStructure
from forensic_style.reading.formats import read_pnm_header
from forensic_style.tiff import read_directories

Problem = tuple[str, str]
"""Reason ("truncated" or "damaged") and what is wrong."""

MOST_PARTS = 1_000_000


def check_jpeg(structure: JpegStructure) -> Problem | None:
    """The first problem of a JPEG structure; damage counts before truncation only where it comes first."""
    if not structure.problems:
        return None
    first = structure.problems[0]
    return ("truncated" if first.code == "truncated" else "damaged"), f"{first.message} (at byte {first.offset})"


def _check_png(data: bytes) -> Problem | None:
    """Lengths and check sums of the chunks up to IEND."""
    place = 8
    for _ in range(MOST_PARTS):
        if place + 12 > len(data):
            return "truncated", "the file ends before its IEND chunk"
        length, kind = struct.unpack_from(">I4s", data, place)
        if not kind.isalpha():
            return "damaged", f"there is no chunk where one must begin (at byte {place})"
        if place + 12 + length > len(data):
            return "truncated", f"the file ends inside a chunk {kind.decode()} (at byte {place})"
        (expected,) = struct.unpack_from(">I", data, place + 8 + length)
        if zlib.crc32(memoryview(data)[place + 4 : place + 8 + length]) != expected:
            return "damaged", f"the check sum of the chunk {kind.decode()} is wrong (at byte {place})"
        if kind == b"IEND":
            return None
        place += 12 + length
    return "damaged", f"there are more than {MOST_PARTS} chunks"


def _check_tiff(data: bytes) -> Problem | None:
    """The directories of the pages and their strips or tiles lie inside the file."""
    directories = read_directories(data)
    if not directories or not directories[0].is_whole:
        return "truncated", "the file ends before or inside its first directory"
    pages = [directory for directory in directories if directory.kind == "main"]
    for page in pages:
        if not page.is_whole:
            return "truncated", f"the file ends inside a further directory (at byte {page.offset})"
        for offsets, sizes in ((273, 279), (324, 325)):
            for offset, size in zip(page.list(offsets), page.list(sizes), strict=False):
                if offset + size > len(data):
                    return "truncated", f"the file ends inside the pixels (a part of {size} bytes at byte {offset})"
    return None


def _check_riff(data: bytes) -> Problem | None:
    (size,) = struct.unpack_from("<I", data, 4)
    if 8 + size > len(data):
        return "truncated", f"the file has {len(data)} of {8 + size} bytes"
    return None


def _check_gif(data: bytes) -> Problem | None:
    """Blocks up to the trailer."""
    if len(data) < 13:
        return "truncated", "the file ends inside its header"
    place = 13 + _measure_palette(data[10])
    for _ in range(MOST_PARTS):
        kind = data[place : place + 1]
        if kind == b";":
            return None
        if kind == b"!":
            place += 2
        elif kind == b"," and place + 10 <= len(data):
            place += 11 + _measure_palette(data[place + 9])
        elif kind and kind != b",":
            return "damaged", f"there is no block where one must begin (at byte {place})"
        while place < len(data) and data[place]:
            place += 1 + data[place]
        if place >= len(data):
            return "truncated", "the file ends before its trailer"
        place += 1
    return "damaged", f"there are more than {MOST_PARTS} blocks"


def _measure_palette(flags: int) -> int:
    """Bytes of a colour table of GIF."""
    return 3 << ((flags & 7) + 1) if flags & 128 else 0


def _check_pnm(data: bytes) -> Problem | None:
    """Samples of the binary kinds of the portable formats."""
    header = read_pnm_header(data)
    if header is None:
        return "truncated", "the file ends inside its header, or the header is damaged"
    row = (header.columns + 7) // 8 if header.kind == 4 else header.columns * (3 if header.kind == 6 else 1)
    size = header.length + row * header.rows * (2 if header.most > 255 else 1)
    if header.kind >= 4 and len(data) < size:
        return "truncated", f"the file has {len(data)} of {size} bytes"
    return None


def _check_bmp(data: bytes) -> Problem | None:
    """Rows of uncompressed pixels, or the size in the header where they are compressed."""
    if len(data) < 54 or data[14] == 12:
        return None
    (start, _, columns, rows, _, bits, compression) = struct.unpack_from("<IIiiHHI", data, 10)
    stride = (columns * bits + 31) // 32 * 4
    if compression in (0, 3) and columns > 0 and start + stride * abs(rows) > len(data):
        return "truncated", f"the file has {len(data)} of {start + stride * abs(rows)} bytes"
    return None


def _check_boxes(data: bytes) -> Problem | None:
    """Boxes of the ISO base media format (AVIF, HEIC, JPEG 2000) fill the file."""
    if data[:2] == b"\xff\x4f":
        return None if data.rstrip(b"\0").endswith(b"\xff\xd9") else ("truncated", "there is no end of the codestream")
    place = 0
    for _ in range(MOST_PARTS):
        if place == len(data):
            return None
        if place + 8 > len(data):
            return "truncated", f"the file ends inside the header of a box (at byte {place})"
        size, kind = struct.unpack_from(">I4s", data, place)
        if size == 0:
            return None
        if size == 1 and place + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, place + 8)
        if size < 8:
            return "damaged", f"a box has the impossible size {size} (at byte {place})"
        if place + size > len(data):
            return "truncated", f"the file ends inside a box {kind!r} (at byte {place})"
        place += size
    return "damaged", f"there are more than {MOST_PARTS} boxes"


CHECKS: dict[str, Callable[[bytes], Problem | None]] = {
    "PNG": _check_png,
    "TIFF": _check_tiff,
    "WebP": _check_riff,
    "BMP": _check_bmp,
    "GIF": _check_gif,
    "PNM": _check_pnm,
    "AVIF": _check_boxes,
    "HEIC": _check_boxes,
    "JPEG 2000": _check_boxes,
}
