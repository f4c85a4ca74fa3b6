"""Hand-built files: every part of the structure is read as it was written."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from forensic_style.errors import ImageReadError
from forensic_style.jpeg import Component, Conditioning, Marker, Scan, parse_jpeg, read_jpeg_structure
from tests.jpeg.build import EOI, PICTURE, SOI, TABLES, frame, huffman, picture, quantization, scan, segment

COLOUR = ((1, 0x22, 0), (2, 0x11, 1), (3, 0x11, 1))


def test_smallest_picture_worked_by_hand() -> None:
    structure = parse_jpeg(PICTURE)
    assert structure.markers == (
        Marker(0xD8, "SOI", 0, 2),
        Marker(0xDB, "DQT", 2, 69),
        Marker(0xC4, "DHT", 71, 23),
        Marker(0xC4, "DHT", 94, 23),
        Marker(0xC0, "SOF0", 117, 13),
        Marker(0xDA, "SOS", 130, 10),
        Marker(0xD9, "EOI", 145, 2),
    )
    assert structure.problems == ()
    assert (structure.process, structure.precision, structure.rows, structure.columns) == ("baseline", 8, 16, 24)
    assert structure.components == (Component(1, 1, 1, 0),)
    assert structure.scans == (Scan((1,), ((0, 0),), 0, 63, 0, 0, 0, 140, 5),)
    assert (structure.sampling, structure.chroma_table) == ("grey", None)
    assert (structure.is_progressive, structure.is_arithmetic, structure.has_standard_huffman) == (False, False, False)
    assert (structure.has_thumbnail, structure.exif, structure.applications) == (False, b"", ())


def test_steps_run_through_the_zigzag() -> None:
    table = parse_jpeg(SOI + quantization(2, range(1, 65)) + EOI).quantization_tables[0]
    assert (table.number, table.precision, table.offset) == (2, 8, 6)
    assert table.steps.dtype == np.uint16
    # Figure A.6 of T.81: 0 1 5 6 14 15 27 28 in the first row; second row 2 4 7 13 ...; the last coefficient is 63
    assert table.steps[0].tolist() == [1, 2, 6, 7, 15, 16, 28, 29]
    assert table.steps[1].tolist() == [3, 5, 8, 14, 17, 27, 30, 43]
    assert table.steps[7].tolist() == [36, 37, 49, 50, 58, 59, 63, 64]
    assert not table.steps.flags.writeable


def test_steps_of_16_bit_and_several_tables_in_one_segment() -> None:
    wide = quantization(1, range(300, 364), bits=16)[4:]
    structure = parse_jpeg(SOI + segment(0xDB, quantization(0)[4:] + wide) + EOI)
    narrow_table, wide_table = structure.quantization_tables
    assert (narrow_table.precision, wide_table.precision, wide_table.steps[0, 1]) == (8, 16, 301)


def test_tables_in_force_are_those_at_the_first_scan_of_each_component() -> None:
    first, second, third = (quantization(0, (step,) * 64) for step in (3, 5, 7))
    chroma = quantization(1, (9,) * 64)
    tables = huffman(0) + huffman(1)
    structure = parse_jpeg(
        b"".join((SOI, first, frame(components=COLOUR), second, tables, scan(), third))
        + b"".join((chroma, scan(components=((2, 0), (3, 0))), scan(), EOI))
    )
    assert structure.problems == ()
    assert [table.steps[0, 0] for table in structure.quantization_tables] == [3, 5, 7, 9]
    assert structure.tables_in_force == (1, 3, 3)
    assert structure.luma_table is not None
    assert structure.chroma_table is not None
    assert (structure.luma_table[0, 0], structure.chroma_table[0, 0]) == (5, 9)


@pytest.mark.parametrize(
    ("factors", "sampling"),
    [
        ((0x11,), "grey"),
        ((0x22,), "grey"),
        ((0x11, 0x11, 0x11), "4:4:4"),
        ((0x22, 0x22, 0x22), "4:4:4"),
        ((0x21, 0x11, 0x11), "4:2:2"),
        ((0x22, 0x12, 0x12), "4:2:2"),
        ((0x22, 0x11, 0x11), "4:2:0"),
        ((0x12, 0x11, 0x11), "4:4:0"),
        ((0x41, 0x11, 0x11), "4:1:1"),
        ((0x42, 0x11, 0x11), "4:1:0"),
        ((0x22, 0x11, 0x11, 0x22), "4:2:0"),
        ((0x11, 0x11, 0x11, 0x11), "4:4:4"),
        ((0x22, 0x12, 0x11), "2x2,1x2,1x1"),
        ((0x11, 0x22, 0x22), "1x1,2x2,2x2"),
        ((0x31, 0x11, 0x11), "3x1,1x1,1x1"),
        ((0x11, 0x11), "1x1,1x1"),
    ],
)
def test_sampling(factors: tuple[int, ...], sampling: str) -> None:
    components = [(number, factor, 0) for number, factor in enumerate(factors)]
    assert parse_jpeg(SOI + frame(components=components) + EOI).sampling == sampling


@pytest.mark.parametrize(
    ("code", "process", "is_arithmetic"),
    [
        (0xC0, "baseline", False),
        (0xC1, "extended", False),
        (0xC2, "progressive", False),
        (0xC3, "lossless", False),
        (0xC5, "hierarchical", False),
        (0xC9, "extended", True),
        (0xCA, "progressive", True),
        (0xCB, "lossless", True),
        (0xCF, "hierarchical", True),
        (0xDE, "hierarchical", False),
    ],
)
def test_process(code: int, process: str, *, is_arithmetic: bool) -> None:
    structure = parse_jpeg(SOI + frame(code) + EOI)
    assert (structure.process, structure.is_arithmetic) == (process, is_arithmetic)
    assert structure.is_progressive == (process == "progressive")


def test_a_hierarchy_may_have_many_frames_of_its_own() -> None:
    frames = (
        frame(0xDE, rows=64) + frame(0xC1, rows=32) + scan() + segment(0xDF, b"\x11") + frame(0xC5, rows=64) + scan()
    )
    structure = parse_jpeg(SOI + TABLES + frames + EOI)
    assert (structure.process, structure.rows, len(structure.scans), structure.problems) == ("hierarchical", 64, 2, ())


def test_rows_after_the_first_scan() -> None:
    lines = segment(0xDC, b"\x01\x02")
    structure = parse_jpeg(SOI + TABLES + frame(rows=0) + scan() + lines + scan() + EOI)
    assert (structure.rows, structure.problems) == (258, ())
    assert parse_jpeg(SOI + TABLES + frame(rows=258) + scan() + lines + EOI).problems == ()


def test_fill_bytes_and_restarts_and_comments_and_interval() -> None:
    coded = b"\x01\xff\xd0\x02\xff\x00\xff\xd1\xff\xff\xd2\xff"
    interval, comment = segment(0xDD, b"\x00\x05"), segment(0xFE, b"words")
    data = SOI + b"\xff\xff" + TABLES + interval + b"\xff" + comment + frame() + scan(coded=coded) + EOI
    structure = parse_jpeg(data)
    assert (structure.problems, structure.n_comments, structure.restart_interval) == ((), 1, 5)
    assert (structure.n_restarts, structure.scans[0].n_restarts, structure.scans[0].n_bytes) == (3, 3, len(coded))
    assert structure.markers[1].offset == 4


def test_restarts_are_counted_across_pieces() -> None:
    coded = b"\x01" * ((1 << 18) - 1) + b"\xff\xd3" + b"\x01" * (1 << 18) + b"\xff\xd4"
    assert parse_jpeg(SOI + TABLES + frame() + scan(coded=coded) + EOI).n_restarts == 2


def test_conditioning_of_arithmetic_coding() -> None:
    structure = parse_jpeg(SOI + quantization() + frame(0xC9) + segment(0xCC, b"\x00\x10\x11\x05") + scan() + EOI)
    assert structure.conditioning == (Conditioning("dc", 0, 16), Conditioning("ac", 1, 5))
    assert structure.problems == ()


def test_pictures_of_motion_jpeg_imply_their_huffman_tables() -> None:
    structure = parse_jpeg(SOI + quantization() + frame() + scan() + EOI)
    assert (structure.problems, structure.has_standard_huffman) == ((), False)


def test_structures_compare_hash_and_pickle() -> None:
    structure = parse_jpeg(PICTURE)
    copy = pickle.loads(pickle.dumps(structure))
    assert copy == structure
    assert hash(copy) == hash(structure)
    assert structure != parse_jpeg(picture(quantization(3)))
    assert structure.quantization_tables[0] != "a table"
    assert not copy.luma_table.flags.writeable


def test_reading_a_file(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(PICTURE)
    assert read_jpeg_structure(path) == parse_jpeg(PICTURE)
    path.write_bytes(PICTURE[:-1])
    assert read_jpeg_structure(str(path)).is_truncated


@pytest.mark.parametrize("contents", [b"", b"\xff", b"\x89PNG\r\n\x1a\n"])
def test_reading_what_is_not_a_jpeg_file(tmp_path: Path, contents: bytes) -> None:
    path = tmp_path / "other.jpg"
    path.write_bytes(contents)
    with pytest.raises(ImageReadError, match="does not start with the bytes FFD8") as caught:
        read_jpeg_structure(path)
    assert (caught.value.reason, caught.value.path) == ("not_an_image", str(path))


def test_reading_what_cannot_be_opened(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "none", "No such file"), (tmp_path, "not a file"), ("a\0b", "null byte")):
        with pytest.raises(ImageReadError, match=words) as caught:
            read_jpeg_structure(path)
        assert caught.value.reason == "unreadable"
