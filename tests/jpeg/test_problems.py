"""What is wrong with a file is said, with its place, and the rest is read all the same."""

from __future__ import annotations

import pytest

from forensic_style.jpeg import parse_jpeg
from tests.jpeg.build import EOI, PICTURE, SOI, TABLES, frame, huffman, picture, quantization, scan, segment

OTHER_ID = frame(components=((7, 0x11, 0),))
TWICE = frame(components=((1, 0x11, 0), (1, 0x11, 0)))
LINES = segment(0xDC, b"\x00\x07")

DAMAGE = {
    "a segment DQT of length 1": picture(b"\xff\xdb\x00\x01"),
    "a segment APP3 of length 0": picture(b"\xff\xe3\x00\x00"),
    "3 bytes where a marker must stand": picture(b"abc"),
    "2 bytes where a marker must stand": picture(b"\xff\xd0"),
    "FF02 is no marker": picture(b"\xff\x02"),
    "the start of a picture inside another": picture(SOI),
    "quantization table 0 does not fit": picture(segment(0xDB, b"\0" + b"\1" * 63)),
    "quantization table 1 does not fit": picture(segment(0xDB, b"\x11" + b"\1" * 127)),
    "a quantization table of precision 2 and number 0": picture(segment(0xDB, b"\x20" + b"\1" * 64)),
    "a quantization table of precision 0 and number 4": picture(segment(0xDB, b"\x04" + b"\1" * 64)),
    "quantization table 3 has a step of zero": picture(quantization(3, (1,) * 63 + (0,))),
    "Huffman table 0 does not fit": picture(segment(0xC4, b"\x00\x01")),
    "Huffman table 2 does not fit": picture(huffman(0, 2, (1, 2), (0, 1))),
    "a Huffman table of class 2 and number 0": picture(huffman(2)),
    "a Huffman table of class 0 and number 4": picture(huffman(0, 4)),
    "the codes of Huffman table dc 1 contradict": picture(huffman(0, 1, (1, 2), (0, 1, 2))),
    "the codes of Huffman table ac 1 contradict": picture(huffman(1, 1, (3,), (0, 1, 2))),
    "the codes of Huffman table dc 2 contradict": picture(huffman(0, 2, (1,), (17,))),
    "half an entry": picture(segment(0xCC, b"\x00\x10\x00")),
    "arithmetic conditioning 1 of table 0": picture(segment(0xCC, b"\x00\x01")),
    "arithmetic conditioning 64 of table 0": picture(segment(0xCC, b"\x10\x40")),
    "arithmetic conditioning 5 of table 4": picture(segment(0xCC, b"\x14\x05")),
    "arithmetic conditioning 5 of table 0, class 2": picture(segment(0xCC, b"\x20\x05")),
    "restart interval has 3 bytes": picture(segment(0xDD, b"\0\0\0")),
    "a frame of 0 components": picture(segment(0xC0, b"\x08\0\1\0\1\0")),
    "a frame of 2 components in 9 bytes": picture(segment(0xC0, b"\x08\0\1\0\1\2\1\x11\0")),
    "a frame of 0 components in 0 bytes": picture(segment(0xC0)),
    "a baseline frame of 12 bits": picture(frame(precision=12)),
    "a progressive frame of 16 bits": picture(frame(0xC2, precision=16)),
    "a lossless frame of 1 bits": picture(frame(0xC3, precision=1)),
    "a frame of no columns": picture(frame(columns=0)),
    "a frame of no rows": SOI + TABLES + frame(rows=0) + scan() + EOI,
    "a component sampled 0x1": picture(frame(components=((1, 0x01, 0),))),
    "a component sampled 1x5": picture(frame(components=((1, 0x15, 0),))),
    "sampled 1x1, with quantization table 4": picture(frame(components=((1, 0x11, 4),))),
    "the same identifier": SOI + TABLES + TWICE + scan() + EOI,
    "there is a second frame": picture(frame()),
    "there is no frame": SOI + TABLES + EOI,
    "there is no scan": SOI + TABLES + frame() + EOI,
    "a scan before any frame": SOI + TABLES + scan() + frame() + EOI,
    "a scan of 0 components": SOI + TABLES + frame() + segment(0xDA, b"\0\0\0\0") + EOI,
    "a scan of 0 components in 0 bytes": SOI + TABLES + frame() + segment(0xDA) + EOI,
    "a scan of 5 components": SOI + TABLES + frame() + scan(components=((1, 0),) * 5) + EOI,
    "a scan of 2 components in 6 bytes": SOI + TABLES + frame() + segment(0xDA, b"\2\1\0\0\x3f\0") + EOI,
    "a scan of the components (1,)": SOI + TABLES + OTHER_ID + scan() + EOI,
    "a scan of the components (1, 1)": SOI + TABLES + frame() + scan(components=((1, 0), (1, 0))) + EOI,
    "Huffman table ac 1, which is not defined": SOI + TABLES + frame() + scan(components=((1, 0x01),)) + EOI,
    "Huffman table dc 2, which is not defined": SOI + TABLES + frame() + scan(components=((1, 0x20),)) + EOI,
    "Huffman table ac 0, which is not defined": SOI + quantization() + frame(0xC1) + scan() + EOI,
    "component 1 has no quantization table": SOI + quantization(1) + frame() + scan() + EOI,
    "coefficients 0 to 63": SOI + TABLES + frame(0xC2) + scan() + EOI,
    "coefficients 5 to 4": SOI + TABLES + frame(0xC2) + scan(first=5, last=4) + EOI,
    "coefficients 1 to 64": SOI + TABLES + frame(0xC2) + scan(first=1, last=64) + EOI,
    "bits 3 to 1": SOI + TABLES + frame(0xC2) + scan(first=1, last=2, bits=0x31) + EOI,
    "bits 0 to 14": SOI + TABLES + frame(0xC2) + scan(first=1, last=2, bits=0x0E) + EOI,
    "the number of lines is 16 in the frame and then 7": SOI + TABLES + frame() + scan() + LINES + EOI,
    "lines is wrong or in the wrong place": SOI + TABLES + frame() + LINES + scan() + EOI,
    "lines is wrong or in": SOI + TABLES + frame(rows=0) + scan() + segment(0xDC, b"\0\0") + EOI,
}


@pytest.mark.parametrize("words", DAMAGE)
def test_damage_is_said_in_words(words: str) -> None:
    structure = parse_jpeg(DAMAGE[words])
    found = [problem for problem in structure.problems if words in problem.message]
    assert found, structure.problems
    assert {problem.code for problem in structure.problems} == {"damaged"}
    assert (structure.is_truncated, structure.is_damaged) == (False, True)
    assert structure.markers[-1].name == "EOI"


def test_the_place_of_damage_is_that_of_the_bytes() -> None:
    (problem,) = parse_jpeg(picture(segment(0xFE, b"four"), b"abc")).problems
    assert (problem.code, problem.offset) == ("damaged", 10)


@pytest.mark.parametrize(
    "legal",
    [
        scan(last=0),  # some cameras write it, and decoders ignore the band of sequential scans
        scan(coded=b""),
        scan(coded=b"\xff\xff\x00\xff\xd7\xff"),
        scan() + segment(0xFE, b"words") + quantization(0, (2,) * 64),
        scan() + b"\xff\x01",
    ],
)
def test_what_is_legal_or_harmless_is_no_problem(legal: bytes) -> None:
    assert parse_jpeg(SOI + TABLES + frame() + legal + EOI).problems == ()


def test_progressive_scans() -> None:
    components = ((1, 0x11, 0), (2, 0x11, 0))
    both = ((1, 0x00), (2, 0x00))
    scans = scan(components=both, last=0, bits=0x01) + huffman(1) + scan(first=1, last=63, bits=0x02)
    scans += scan(components=((2, 0x00),), first=1, last=5) + scan(components=((1, 0x30), (2, 0x30)), last=0, bits=0x10)
    structure = parse_jpeg(SOI + quantization() + huffman(0) + frame(0xC2, components=components) + scans + EOI)
    assert structure.problems == ()
    assert [(part.spectral_start, part.spectral_end) for part in structure.scans] == [(0, 0), (1, 63), (1, 5), (0, 0)]
    assert [(part.approximation_high, part.approximation_low) for part in structure.scans] == [
        (0, 1),
        (0, 2),
        (0, 0),
        (1, 0),
    ]


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x00\xff\xd8\xff", b"GIF89a", b"\xd8\xff"])
def test_other_bytes_are_not_a_jpeg(data: bytes) -> None:
    structure = parse_jpeg(data)
    assert [(problem.code, problem.offset) for problem in structure.problems] == [("not_a_jpeg", 0)]
    assert (structure.markers, structure.process, structure.sampling, structure.luma_table) == ((), "unknown", "", None)
    assert (structure.is_truncated, structure.is_damaged) == (False, False)


def test_every_beginning_of_a_picture_is_truncated() -> None:
    data = picture(segment(0xE1, b"Exif\0\0MM\0*"), b"\xff", segment(0xFE, b"words"))
    for length in range(2, len(data)):
        (problem,) = parse_jpeg(data[:length]).problems
        assert (problem.code, problem.offset) == ("truncated", length)


def test_truncation_says_where_the_file_ends() -> None:
    for length, words in (
        (60, "inside a segment DQT"),
        (120, "inside a segment SOF0"),
        (142, "in its compressed data"),
    ):
        assert words in parse_jpeg(PICTURE[:length]).problems[0].message
    assert "before its compressed data" in parse_jpeg(PICTURE[:71]).problems[0].message
