"""Directories of TIFF files and Exif blocks: both layouts, both byte orders, lies and loops."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from forensic_style.tiff import (
    CLAIM_LENGTH,
    MOST_DIRECTORIES,
    MOST_ENTRIES,
    MOST_VALUES,
    clean_claim,
    read_claims,
    read_directories,
)

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SIGNED_SHORT, LONG8, FLOAT = 1, 2, 3, 4, 5, 7, 8, 16, 11
Entry = tuple[int, int, int, bytes]


def build(
    *directories: list[Entry], order: str = ">", is_big: bool = False, pointers: dict[int, int] | None = None
) -> bytes:
    """TIFF of main directories one after the other; `pointers` replaces the pointer to the next one, by number."""
    pointer, count = (order + "Q", order + "Q") if is_big else (order + "I", order + "H")
    width = 8 if is_big else 4
    data = (b"MM" if order == ">" else b"II") + struct.pack(order + "H", 43 if is_big else 42)
    data += struct.pack(order + "HHQ", 8, 0, 16) if is_big else struct.pack(order + "I", 8)
    for number, entries in enumerate(directories):
        place = len(data) + struct.calcsize(count) + len(entries) * (12 + 2 * (width - 4)) + width
        values, fields = b"", b""
        for tag, kind, n_values, value in entries:
            inline = value.ljust(width, b"\0")
            if len(value) > width:
                inline = struct.pack(pointer, place + len(values))
                values += value
            fields += struct.pack(order + "HH", tag, kind) + struct.pack(pointer, n_values) + inline
        following = place + len(values) if number + 1 < len(directories) else 0
        following = (pointers or {}).get(number, following)
        data += struct.pack(count, len(entries)) + fields + struct.pack(pointer, following) + values
    return data


LAYOUTS = [(order, is_big) for order in "<>" for is_big in (False, True)]


@pytest.mark.parametrize(("order", "is_big"), LAYOUTS)
def test_values_of_every_type_read(order: str, *, is_big: bool) -> None:
    entries = [
        (1, BYTE, 3, b"\1\2\xff"),
        (2, ASCII, 4, b"abc\0"),
        (3, SHORT, 2, struct.pack(order + "2H", 7, 65535)),
        (4, LONG, 3, struct.pack(order + "3I", 1, 2, 1 << 31)),
        (5, RATIONAL, 1, bytes(8)),
        (6, FLOAT, 1, bytes(4)),
        (7, UNDEFINED, 20, bytes(range(20))),
        (8, SIGNED_SHORT, 1, struct.pack(order + "h", -2)),
        (9, LONG8, 2, struct.pack(order + "2Q", 1, 1 << 40)),
        (10, 99, 1, bytes(4)),
    ]
    (directory,) = read_directories(build(entries, order=order, is_big=is_big))
    assert (directory.kind, directory.offset, directory.is_whole) == ("main", 16 if is_big else 8, True)
    assert directory.tags == {
        1: (1, 2, 255),
        2: b"abc\0",
        3: (7, 65535),
        4: (1, 2, 1 << 31),
        7: bytes(range(20)),
        8: (-2,),
        9: (1, 1 << 40),
    }
    assert (directory.find(3, 0), directory.find(2, 5), directory.find(77, 5)) == (7, 5, 5)
    assert (directory.list(4), directory.list(2), directory.list(77)) == ((1, 2, 1 << 31), (), ())


@pytest.mark.parametrize(("order", "is_big"), LAYOUTS)
def test_directories_follow_each_other(order: str, *, is_big: bool) -> None:
    pages = [[(256, SHORT, 1, struct.pack(order + "H", page))] for page in (5, 6, 7)]
    found = read_directories(build(*pages, order=order, is_big=is_big))
    assert [directory.find(256, 0) for directory in found] == [5, 6, 7]
    assert {directory.kind for directory in found} == {"main"}


def test_sub_and_exif_directories_stand_behind_their_page() -> None:
    pages = build([(34665, LONG, 1, bytes(4)), (330, LONG, 2, bytes(8))], [(1, BYTE, 1, b"\2")])
    data = bytearray(pages)
    places = [len(data) + 18 * number for number in range(3)]
    for number in (11, 12, 13):
        data += struct.pack(">HHHIII", 1, 1, BYTE, 1, number << 24, 0)
    exif_field, subs = 8 + 2 + 8, 8 + 2 + 24 + 4
    data[exif_field : exif_field + 4] = struct.pack(">I", places[0])
    data[subs : subs + 8] = struct.pack(">2I", places[1], places[2])
    found = read_directories(bytes(data))
    kinds_and_values = [(directory.kind, directory.find(1, 0)) for directory in found]
    assert kinds_and_values == [("main", 0), ("exif", 11), ("sub", 12), ("sub", 13), ("main", 2)]


@pytest.mark.parametrize(
    "data",
    [b"", b"MM", b"MM\0*", b"II*\0\x08\0\0", b"MM*\0\0\0\0\x08", b"XX\0*\0\0\0\x08", b"MM\0+\0\x08\0\0", b"\0" * 99],
)
def test_other_bytes_have_no_directories(data: bytes) -> None:
    assert read_directories(data) == ()
    assert read_directories(memoryview(data)) == ()


def test_loops_end() -> None:
    page = [(1, BYTE, 1, b"\1")]
    assert len(read_directories(build(page, pointers={0: 8}))) == 1
    assert len(read_directories(build(page, page, pointers={1: 8}))) == 2
    exif_of_itself = [(34665, LONG, 1, struct.pack(">I", 8)), (330, LONG, 1, struct.pack(">I", 8))]
    assert len(read_directories(build(exif_of_itself))) == 1


def test_directories_beyond_the_end_are_not_whole() -> None:
    for place in (9999, (1 << 32) - 1):
        (missing,) = read_directories(b"MM\0*" + struct.pack(">I", place))
        assert (missing.tags, missing.is_whole) == ({}, False)
    (missing,) = read_directories(b"MM\0+\0\x08\0\0" + struct.pack(">Q", (1 << 64) - 1))
    assert not missing.is_whole


def test_values_beyond_the_end_are_left_out() -> None:
    data = build([(1, BYTE, 1, b"\1"), (2, ASCII, 20, b"a" * 20)])
    (directory,) = read_directories(data[:-1])
    assert (directory.tags, directory.is_whole) == ({1: (1,)}, False)
    (directory,) = read_directories(data)
    assert (directory.find(1, 0), directory.is_whole) == (1, True)


def test_lies_about_counts() -> None:
    (directory,) = read_directories(build([(1, LONG, (1 << 32) - 1, bytes(4)), (3, BYTE, 1, b"\7")]))
    assert (directory.tags, directory.is_whole) == ({3: (7,)}, False)
    (directory,) = read_directories(b"MM\0*" + struct.pack(">IH", 8, 65535) + struct.pack(">HHII", 3, BYTE, 1, 7 << 24))
    assert (directory.tags, directory.is_whole) == ({3: (7,)}, False)
    big = b"MM\0+\0\x08\0\0" + struct.pack(">QQ", 16, (1 << 64) - 1) + struct.pack(">HHQQ", 3, BYTE, 1 << 63, 0)
    (directory,) = read_directories(big)
    assert (directory.tags, directory.is_whole) == ({}, False)


def test_the_first_of_repeated_tags_counts() -> None:
    (directory,) = read_directories(build([(1, BYTE, 1, b"\1"), (1, BYTE, 1, b"\2")]))
    assert directory.tags == {1: (1,)}


def test_so_many_directories_and_entries_and_no_more() -> None:
    page = [(1, BYTE, 1, b"\1")]
    assert len(read_directories(build(*40 * [page]))) == MOST_DIRECTORIES
    (directory,) = read_directories(build([(tag, BYTE, 1, b"\1") for tag in range(1000, 1600)]))
    assert (len(directory.tags), directory.is_whole) == (MOST_ENTRIES, False)


@pytest.mark.parametrize("tags", [range(300), 300 * [9]], ids=["many tags", "one tag"])
@pytest.mark.parametrize("kind", [BYTE, SHORT, UNDEFINED])
def test_entries_that_share_their_bytes_cost_little(tags: list[int], kind: int) -> None:
    block = b"MM\0*" + struct.pack(">I", 8)
    for _ in range(MOST_DIRECTORIES):
        entries = b"".join(struct.pack(">HHII", tag, kind, 60_000, 0) for tag in tags)
        block += struct.pack(">H", len(tags)) + entries + struct.pack(">I", len(block) + 6 + len(entries))
    block = block.ljust(150_000, b"\1")
    start = time.process_time()
    found = read_directories(block)
    seconds = time.process_time() - start
    tracemalloc.start()
    read_directories(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(len(value) for directory in found for value in directory.tags.values()) <= MOST_VALUES
    assert seconds < 0.5
    assert peak < 32 << 20


def test_claims_of_the_first_page_and_its_exif_directory() -> None:
    exif = Image.Exif()
    exif[271], exif[272], exif[305], exif[306] = "  Make\t1 ", "Model", "Software", "2020:01:01 00:00:00"
    exif.get_ifd(34665)[36867] = "2019:01:01 00:00:00"
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    claims = read_claims(read_directories(block))
    assert claims == {"make": "Make 1", "model": "Model", "software": "Software", "date": "2019:01:01 00:00:00"}


def test_claims_of_further_pages_and_of_numbers_do_not_count() -> None:
    pages = [(271, BYTE, 3, b"abc"), (272, ASCII, 1, b"\0")], [(271, ASCII, 4, b"xyz\0")]
    assert read_claims(read_directories(build(*pages))) == {}
    assert read_claims(()) == {}


@pytest.mark.parametrize(
    ("value", "claim"),
    [
        (b"", ""),
        (b"\0hidden", ""),
        (b"a\n\x1b[31mb\x7fc", "a [31mb c"),
        ("a\u202eb\u00e9", "a b\u00e9"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 999, "x" * CLAIM_LENGTH),
    ],
)
def test_claims_are_printable_and_short(value: bytes | str, claim: str) -> None:
    assert clean_claim(value) == claim


@given(st.one_of(st.binary(max_size=500), st.text(max_size=500)))
def test_any_claim_is_printable(value: bytes | str) -> None:
    claim = clean_claim(value)
    assert claim.isprintable()
    assert len(claim) <= CLAIM_LENGTH
    assert clean_claim(claim) == claim


FIELDS = st.tuples(
    st.sampled_from([1, 271, 272, 305, 306, 330, 34665, 36867]),
    st.integers(0, 20),
    st.one_of(st.integers(0, 9), st.sampled_from([1 << 16, (1 << 32) - 1])),
    st.binary(max_size=12),
)


@given(
    st.lists(st.lists(FIELDS, max_size=6), max_size=4),
    st.sampled_from(LAYOUTS),
    st.dictionaries(st.integers(0, 3), st.integers(0, 300), max_size=2),
    st.integers(0, 400),
)
def test_any_directories(
    pages: list[list[Entry]], layout: tuple[str, bool], pointers: dict[int, int], length: int
) -> None:
    data = build(*pages, order=layout[0], is_big=layout[1], pointers=pointers)
    for part in (data, data[:length], memoryview(data)):
        found = read_directories(part)
        assert len(found) <= MOST_DIRECTORIES
        assert len({directory.offset for directory in found}) == len(found)
        assert all(claim and claim.isprintable() for claim in read_claims(found).values())


@given(st.binary(max_size=300), st.sampled_from([b"", b"MM\0*\0\0\0\x08", b"II*\0\x08\0\0\0", b"MM\0+\0\x08\0\0"]))
def test_any_bytes(data: bytes, start: bytes) -> None:
    read_claims(read_directories(start + data))


@pytest.mark.parametrize("is_big", [False, True])
def test_files_of_pillow(tmp_path: Path, *, is_big: bool) -> None:
    pixels = np.arange(64 * 48, dtype=np.uint8).reshape(48, 64)
    path = tmp_path / "pages.tif"
    further = [Image.fromarray(pixels[::-1].copy())]
    Image.fromarray(pixels).save(path, save_all=True, append_images=further, software="Program", big_tiff=is_big)
    data = path.read_bytes()
    found = read_directories(data)
    assert [directory.kind for directory in found] == ["main", "main"]
    assert all(directory.is_whole for directory in found)
    assert (found[0].find(256, 0), found[0].find(257, 0)) == (64, 48)
    assert read_claims(found) == {"software": "Program"}
    with Image.open(io.BytesIO(data)) as image:
        assert found[0].list(273) == tuple(image.tag_v2[273])
