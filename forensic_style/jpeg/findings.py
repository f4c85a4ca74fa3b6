"""What one pass over the bytes has found so far, and the bounds on it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from forensic_style.jpeg.structure import (
    ApplicationSegment,
    Component,
    Conditioning,
    HuffmanTable,
    Marker,
    Problem,
    QuantizationTable,
    Scan,
)

MOST_MARKERS = 16384
"""One segment holds at most 64 KB of metadata: room for 1 GB of it."""
MOST_SCANS = 1024
"""A progressive file of four components has a few dozen at most; libjpeg writes ten."""
MOST_FRAMES = 64
"""Of a hierarchy; other files have one."""
MOST_TABLES = 1024
"""Of quantization, Huffman and arithmetic coding together."""
MOST_PROBLEMS = 64
MOST_FURTHER_PICTURES = 255


@dataclass(frozen=True, slots=True)
class Frame:
    """Header of a frame."""

    process: str
    is_arithmetic: bool
    precision: int
    rows: int
    columns: int
    components: tuple[Component, ...]


NO_FRAME = Frame("unknown", False, 0, 0, 0, ())


@dataclass(slots=True)
class Findings:
    """Grows while the bytes are read, and says when to stop.

    Parameters
    ----------
    data : all bytes of the file
    frame : the first one, or that of the whole hierarchy
    frame_now : the one that scans refer to
    rows : of the frame or its DNL segment
    pictures : offsets of further pictures by the multi-picture index, None without one
    steps_in_force : index of the definition in force, by number of quantization table
    first_tables : index of the definition in force at the first scan, by identifier of the component
    huffman_in_force : kind and number of the Huffman tables defined
    is_over : whether there is nothing more to read
    """

    data: bytes
    markers: list[Marker] = field(default_factory=list)
    quantization_tables: list[QuantizationTable] = field(default_factory=list)
    huffman_tables: list[HuffmanTable] = field(default_factory=list)
    conditioning: list[Conditioning] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    applications: list[ApplicationSegment] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    frame: Frame = NO_FRAME
    frame_now: Frame = NO_FRAME
    rows: int = 0
    steps_in_force: dict[int, int] = field(default_factory=dict)
    first_tables: dict[int, int | None] = field(default_factory=dict)
    huffman_in_force: set[tuple[str, int]] = field(default_factory=set)
    restart_interval: int = 0
    adobe_transform: int | None = None
    exif: bytes = b""
    thumbnail: tuple[int, int] | None = None
    pictures: tuple[int, ...] | None = None
    n_frames: int = 0
    n_comments: int = 0
    n_trailing: int = 0
    is_over: bool = False

    def report(self, offset: int, message: str) -> None:
        """Note damage; the first 64 are kept."""
        if len(self.problems) < MOST_PROBLEMS - 1:
            self.problems.append(Problem("damaged", offset, message))

    def stop(self, code: str, offset: int, message: str) -> None:
        """Note the problem that ends the pass."""
        self.problems.append(Problem(code, offset, message))
        self.is_over = True

    def make_room_for_table(self, offset: int) -> bool:
        """Whether one more table may be kept; otherwise the pass is over."""
        n_tables = len(self.quantization_tables) + len(self.huffman_tables) + len(self.conditioning)
        if n_tables >= MOST_TABLES:
            self.stop("damaged", offset, f"there are more than {MOST_TABLES} tables")
        return not self.is_over


def count_starts(data: bytes, begin: int) -> int:
    """Starts of pictures (FF D8 FF) from a byte on, at most 255 of them.

    >>> count_starts(bytes.fromhex("ffd8ff 00 ffd8ff"), 0)
    2
    """
    n_found = 0
    for _ in re.finditer(rb"\xff\xd8\xff", memoryview(data)[begin:]):
        n_found += 1
        if n_found == MOST_FURTHER_PICTURES:
            break
    return n_found
