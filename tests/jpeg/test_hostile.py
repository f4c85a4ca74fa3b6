"""Any bytes: never an exception, never much time or memory, and what is damaged or cut off is called so."""

from __future__ import annotations

import random
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensic_style.jpeg import parse_jpeg
from tests.jpeg.build import EOI, PICTURE, SOI, TABLES, TIFF, frame, huffman, picture, quantization, scan, segment
from tests.jpeg.promises import check_promises

FILES = Path(__file__).parents[1] / "files"
SMALL_FILES = sorted(FILES.glob("*.jpg"))

VALID = [
    TABLES,
    frame(),
    frame(0xC2),
    scan(),
    scan(coded=b"\x01\xff\xd0\x02"),
    segment(0xDC, b"\0\7"),
    segment(0xDD, b"\0\7"),
    segment(0xFE, b"words"),
    segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1abc"),
    segment(0xE1, b"Exif\0\0" + TIFF + b"\0\0\0\x08\0\0\0\0\0\0"),
    segment(0xE2, b"MPF\0" + TIFF + b"\0\0\0\x08\0\0\0\0\0\0"),
    segment(0xEE, b"Adobe\0\x64\0\0\0\0\1"),
    b"\xff",
    b"\xff\x01",
    b"garbage",
    SOI,
    EOI,
]
CODES = st.one_of(st.integers(0xC0, 0xFF), st.integers(0, 255))
CORRUPT = st.builds(
    lambda code, length, contents: bytes([0xFF, code]) + struct.pack(">H", length) + contents,
    CODES,
    st.one_of(st.integers(0, 40), st.integers(0, 65535)),
    st.binary(max_size=40),
)
WHOLE = st.builds(segment, CODES, st.binary(max_size=200))
PARTS = st.lists(st.one_of(st.sampled_from(VALID), WHOLE, CORRUPT, st.binary(max_size=20)), max_size=12)


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    check_promises(data)
    check_promises(SOI + data)


@given(PARTS)
def test_any_segments(parts: list[bytes]) -> None:
    check_promises(SOI + b"".join(parts))
    check_promises(SOI + b"".join(parts) + EOI)


@given(PARTS, st.data())
def test_what_is_cut_off_has_problems(parts: list[bytes], drawn: st.DataObject) -> None:
    data = SOI + b"".join(parts) + EOI
    whole = check_promises(data)
    end = len(data) - whole.n_trailing
    part = check_promises(data[: drawn.draw(st.integers(0, end - 1))])
    assert part.problems


@given(PARTS, st.binary(max_size=50))
def test_bytes_behind_the_end_change_only_what_counts_them(parts: list[bytes], behind: bytes) -> None:
    data = SOI + b"".join(parts) + EOI
    alone, followed = parse_jpeg(data), parse_jpeg(data + behind)
    if alone.markers[-1].name != "EOI":
        return
    assert followed.n_trailing == alone.n_trailing + len(behind)
    changed = {name for name in alone.__slots__ if getattr(alone, name) != getattr(followed, name)}
    assert changed <= {"n_trailing", "n_further_pictures"}


@pytest.mark.parametrize("path", SMALL_FILES, ids=lambda path: path.stem)
def test_every_beginning_of_a_file_is_truncated(path: Path) -> None:
    data = path.read_bytes()
    for length in range(2, len(data)):
        (problem,) = parse_jpeg(data[:length]).problems
        assert (problem.code, problem.offset) == ("truncated", length)


@pytest.mark.parametrize("path", SMALL_FILES, ids=lambda path: path.stem)
def test_flipped_bytes(path: Path) -> None:
    draw = random.Random(path.stem)
    for _ in range(300):
        data = bytearray(path.read_bytes())
        for _ in range(draw.randint(1, 8)):
            data[draw.randrange(2, len(data))] = draw.randrange(256)
        check_promises(bytes(data))


def test_what_fuzzing_found() -> None:
    with zipfile.ZipFile(FILES / "jpeg_corpus.zip") as corpus:
        for name in corpus.namelist():
            check_promises(corpus.read(name))


def overlap(tags: range, kind: int) -> bytes:
    """Sixteen directories whose every entry asks for the same 60000 bytes."""
    block = TIFF + struct.pack(">I", 8)
    for _ in range(16):
        entries = b"".join(struct.pack(">HHII", tag, kind, 60000, 0) for tag in tags)
        block += struct.pack(">H", len(tags)) + entries + struct.pack(">I", len(block) + 6 + len(entries))
    return block.ljust(65000, b"\0")


LOOP = TIFF + struct.pack(">IHHHIII", 8, 1, 34665, 4, 1, 8, 8)
MANY_COMPONENTS = b"\x08\0\x10\0\x10\xff" + b"".join(bytes((number, 0x11, 0)) for number in range(255))

HOSTILE = {
    "empty segments": SOI + 70_000 * segment(0xE0),
    "comments": SOI + 70_000 * segment(0xFE),
    "scans without data": SOI + TABLES + frame() + 100_000 * scan(coded=b""),
    "scans of one byte": SOI + TABLES + frame() + 100_000 * scan(coded=b"\0") + EOI,
    "length zero": SOI + 250_000 * b"\xff\xdb\0\0",
    "length one": SOI + 250_000 * b"\xff\xda\0\1",
    "fill bytes": SOI + 1_000_000 * b"\xff",
    "fill bytes and zeros": SOI + 1000 * (1000 * b"\xff" + b"\0"),
    "fill bytes in a scan": SOI + TABLES + frame() + scan() + 1_000_000 * b"\xff" + b"\0" + EOI,
    "stuffed bytes": SOI + TABLES + frame() + scan() + 500_000 * b"\xff\0",
    "restarts": SOI + TABLES + frame() + scan() + 500_000 * b"\xff\xd0" + EOI,
    "starts": 500_000 * SOI,
    "no markers": SOI + 500_000 * b"\xff\x02",
    "garbage between no markers": SOI + 300_000 * b"\xff\x02a",
    "starts behind the end": SOI + EOI + 300_000 * b"\xff\xd8\xff",
    "fill bytes behind the end": SOI + EOI + 1_000_000 * b"\xff",
    "Huffman tables": SOI + 16 * segment(0xC4, 3800 * bytes(17)),
    "quantization tables": SOI + 16 * segment(0xDB, 1000 * (b"\0" + 64 * b"\1")),
    "conditioning": SOI + 16 * segment(0xCC, 32000 * b"\0\0"),
    "frames": SOI + 1300 * segment(0xC0, MANY_COMPONENTS),
    "frames of a hierarchy": SOI + 1300 * segment(0xDE, MANY_COMPONENTS),
    "numbers of lines": SOI + TABLES + frame() + scan() + 100_000 * segment(0xDC, b"\0\7"),
    "Exif loop": picture(*16 * [segment(0xE1, b"Exif\0\0" + LOOP)]),
    "overlapping values": picture(*16 * [segment(0xE1, b"Exif\0\0" + overlap(range(300), 1))]),
    "overlapping values of one tag": picture(*16 * [segment(0xE1, b"Exif\0\0" + overlap(range(9, 10), 3))]),
    "overlapping indices": picture(*16 * [segment(0xE2, b"MPF\0" + overlap(range(300), 7))]),
    "pictures of an index": picture(segment(0xE2, b"MPF\0" + overlap(range(0xB000, 0xB003), 7))) + SOI * 100,
    "noise": SOI + random.Random(0).randbytes(1_000_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_take_little_time(name: str) -> None:
    data = HOSTILE[name]
    seconds = []
    for _ in range(3):  # the machine may be busy
        start = time.process_time()
        parse_jpeg(data)
        seconds.append(time.process_time() - start)
        if seconds[-1] < 0.25:
            return
    raise AssertionError(f"{min(seconds):.2f} s for {len(data)} bytes")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_take_little_memory(name: str) -> None:
    data = HOSTILE[name]
    tracemalloc.start()
    check_promises(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 << 20


def test_counts_over_their_bounds_are_damage() -> None:
    cases = {
        "more than 16384 markers": 17_000 * segment(0xE0),
        "more than 1024 scans": TABLES + frame() + 1100 * scan(),
        "more than 1024 tables": 600 * quantization() + 600 * huffman(),
        "more than 64 frames": 70 * frame(0xDE),
    }
    for words, segments in cases.items():
        last = parse_jpeg(SOI + segments + EOI).problems[-1]
        assert words in last.message
        assert last.code == "damaged"


def test_time_grows_with_the_number_of_bytes() -> None:
    coded = 400_000 * b"\x12\x34\xff\x00\xff\xd0\x56\x78\x9a\xbc"
    for data in (picture(scan(coded=coded)), PICTURE + coded, SOI + coded):
        start = time.process_time()
        parse_jpeg(data)
        assert time.process_time() - start < 0.5
