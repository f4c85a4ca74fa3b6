"""Directories of a TIFF file or an Exif block, and what they claim about the image's origin.

Only tags are read, never pixels. The work is bounded on any bytes: so many directories of so many entries and values,
each value taken only from where it lies whole, no directory twice.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

MOST_DIRECTORIES = 16
MOST_ENTRIES = 512
MOST_VALUES = 1 << 19  # of all directories together: values may overlap, so a short file can promise many
CLAIM_LENGTH = 200
SUB_DIRECTORIES, EXIF_DIRECTORY = 330, 34665
CLAIMS = {271: "make", 272: "model", 305: "software", 306: "date", 36867: "date"}
"""Tags of what a file says of its own origin; of the dates the one of exposure (36867) comes before that of change."""

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4, 16: 8, 17: 8, 18: 8}
_LETTERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}

Value = bytes | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Directory:
    """One image file directory.

    Parameters
    ----------
    kind : "main" (a page; in an Exif block the second is the thumbnail's), "sub" or "exif"
    offset : of its first byte
    tags : integers as tuples, texts and undefined bytes as bytes; rational and floating-point values are left out
    is_whole : whether the directory and all its values lie inside the file
    """

    kind: str
    offset: int
    tags: dict[int, Value]
    is_whole: bool

    def find(self, tag: int, default: int) -> int:
        """First value of an integer tag."""
        value = self.tags.get(tag, ())
        return value[0] if isinstance(value, tuple) and value else default

    def list(self, tag: int) -> tuple[int, ...]:
        """All values of an integer tag, none where it is missing."""
        value = self.tags.get(tag, ())
        return value if isinstance(value, tuple) else ()


@dataclass(frozen=True, slots=True)
class _Layout:
    """Byte order ("<" or ">") and field widths: classic or BigTIFF."""

    order: str
    is_big: bool

    @property
    def pointer(self) -> str:
        return self.order + ("Q" if self.is_big else "I")

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.is_big else "H")

    @property
    def entry(self) -> int:
        return 20 if self.is_big else 12

    @property
    def inline(self) -> int:
        return 8 if self.is_big else 4


def read_directories(data: bytes | memoryview) -> tuple[Directory, ...]:
    """Read the directories of a TIFF file or an Exif block (without its `Exif` signature).

    Returns
    -------
    Main directories in the order of the file, each followed by its sub and Exif directories; at most 16 in all, none
    where the bytes are not TIFF.
    """
    layout, first = _read_header(data)
    if layout is None:
        return ()
    waiting = [("main", first)]
    seen: set[int] = set()
    found: list[Directory] = []
    n_left = MOST_VALUES
    while waiting and len(found) < MOST_DIRECTORIES:
        kind, offset = waiting.pop(0)
        if offset == 0 or offset in seen:
            continue
        seen.add(offset)
        directory, following = _read_directory(data, kind, offset, layout, n_left)
        n_left -= sum(len(value) for value in directory.tags.values())
        found.append(directory)
        below = [("exif", place) for place in directory.list(EXIF_DIRECTORY)[:1]]
        below += [("sub", place) for place in directory.list(SUB_DIRECTORIES)[:MOST_DIRECTORIES]]
        waiting = (below if kind == "main" else []) + ([("main", following)] if kind == "main" else []) + waiting
    return tuple(found)


def read_claims(directories: tuple[Directory, ...]) -> dict[str, str]:
    """What the first page says of its make, model, software and date: claims, printable, at most 200 characters."""
    claims: dict[str, str] = {}
    for directory in _skip_further_pages(directories):
        for tag, name in CLAIMS.items():
            value = directory.tags.get(tag, b"")
            text = clean_claim(value) if isinstance(value, bytes) else ""
            if text:
                claims[name] = text
    return claims


def clean_claim(value: bytes | str) -> str:
    """Text up to its first zero byte, white space and unprintable characters as single blanks.

    >>> clean_claim(b"NIKON  CORPORATION\\x00rest")
    'NIKON CORPORATION'
    """
    text = value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value
    printable = "".join(letter if letter.isprintable() else " " for letter in text.split("\0", 1)[0][:CLAIM_LENGTH])
    return re.sub(r" +", " ", printable).strip()


def _skip_further_pages(directories: tuple[Directory, ...]) -> Iterator[Directory]:
    """The first main directory and those below it."""
    for number, directory in enumerate(directories):
        if number and directory.kind == "main":
            return
        if directory.kind != "sub":
            yield directory


def _read_header(data: bytes | memoryview) -> tuple[_Layout | None, int]:
    order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
    if order is None or len(data) < 8:
        return None, 0
    (version,) = struct.unpack_from(order + "H", data, 2)
    if version == 43 and len(data) >= 16:
        return _Layout(order, is_big=True), struct.unpack_from(order + "Q", data, 8)[0]
    if version != 42:
        return None, 0
    return _Layout(order, is_big=False), struct.unpack_from(order + "I", data, 4)[0]


def _read_directory(
    data: bytes | memoryview, kind: str, offset: int, layout: _Layout, n_left: int
) -> tuple[Directory, int]:
    """A directory of at most `n_left` values, and the offset of the next one (0 for none or one beyond the end)."""
    start = offset + struct.calcsize(layout.count)
    if start > len(data):
        return Directory(kind, offset, {}, is_whole=False), 0
    (n_entries,) = struct.unpack_from(layout.count, data, offset)
    end = start + n_entries * layout.entry
    n_present = min(n_entries, MOST_ENTRIES, (len(data) - start) // layout.entry)
    tags: dict[int, Value] = {}
    is_whole = end + layout.inline <= len(data) and n_entries <= MOST_ENTRIES
    for place in range(start, start + n_present * layout.entry, layout.entry):
        (tag,) = struct.unpack_from(layout.order + "H", data, place)
        if tag in tags:
            continue  # the first one counts, and reading thousands of others would take seconds
        value = _read_entry(data, place, layout, n_left)
        if value is None:
            is_whole = False
        elif value:
            tags[tag] = value
            n_left -= len(value)
    following = struct.unpack_from(layout.pointer, data, end)[0] if end + layout.inline <= len(data) else 0
    return Directory(kind, offset, tags, is_whole), following


def _read_entry(data: bytes | memoryview, place: int, layout: _Layout, n_left: int) -> Value | None:
    """Value of an entry: empty for types that are not read, None where it lies beyond the end of the file."""
    (kind,) = struct.unpack_from(layout.order + "H", data, place + 2)
    (count,) = struct.unpack_from(layout.pointer, data, place + 4)
    if kind not in _SIZES:
        return b""
    size = _SIZES[kind] * count
    start = place + layout.entry - layout.inline
    if size > layout.inline:
        (start,) = struct.unpack_from(layout.pointer, data, start)
    if start + size > len(data):
        return None
    if kind in (2, 7):
        return bytes(data[start : start + min(size, n_left)])
    return struct.unpack_from(f"{layout.order}{min(count, n_left)}{_LETTERS[kind]}", data, start)
