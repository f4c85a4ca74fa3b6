"""Segments of applications: whose they are, thumbnails, further pictures."""

from __future__ import annotations

import struct

import pytest

from forensic_style.jpeg import ApplicationSegment, parse_jpeg
from tests.jpeg.build import PICTURE, picture, segment, tiff

RED = bytes((255, 0, 0))
MPF_AT = 10  # of the index's TIFF header in the file: SOI, marker, length, "MPF\0"


def application(number: int, contents: bytes) -> bytes:
    return segment(0xE0 + number, contents)


def jumbf(kind: bytes) -> bytes:
    return b"JP" + struct.pack(">HII", 1, 1, 16) + kind + b"contents"


def index(*places: int) -> bytes:
    entries = b"".join(struct.pack(">IIIHH", 0, 99, place, 0, 0) for place in places)
    return application(2, b"MPF\0" + tiff([(0xB001, 4, 1, struct.pack(">I", 3)), (0xB002, 7, len(entries), entries)]))


def exif(*, offset: int = 68, length: int = 3) -> bytes:
    pointers = [(513, 4, 1, struct.pack(">I", offset)), (514, 4, 1, struct.pack(">I", length))]
    block = tiff([(271, 2, 4, b"ABC\0")], pointers)
    assert len(block) == 56
    return application(1, b"Exif\0\0" + block.ljust(68, b"\0") + RED)


@pytest.mark.parametrize(
    ("number", "contents", "identity"),
    [
        (0, b"JFIF\0\1\1\0\0\1\0\1\0\0", "JFIF"),
        (0, b"JFXX\0\x10", "JFXX"),
        (0, b"AVI1\0", "AVI1"),
        (0, b"II\x1a\0\0\0HEAPJPGM", "CIFF"),
        (1, b"Exif\0\0MM\0*", "Exif"),
        (1, b"http://ns.adobe.com/xap/1.0/\0<x/>", "XMP"),
        (1, b"http://ns.adobe.com/xmp/extension/\0", "XMP extension"),
        (2, b"ICC_PROFILE\0\1\1", "ICC"),
        (2, b"MPF\0MM\0*", "MPF"),
        (2, b"FPXR\0", "FPXR"),
        (8, b"SPIFF\0", "SPIFF"),
        (11, jumbf(b"jumb"), "JUMBF"),
        (11, jumbf(b"RESI"), "JPEG XT"),
        (11, b"JP", "JPEG XT"),
        (12, b"Ducky\0\1", "Ducky"),
        (13, b"Photoshop 3.0\x008BIM", "Photoshop"),
        (14, b"Adobe\0\x64\0\0\0\0\1", "Adobe"),
        (1, b"JFIF\0", "unknown"),
        (5, b"", "unknown"),
    ],
)
def test_identity_by_number_and_first_bytes(number: int, contents: bytes, identity: str) -> None:
    structure = parse_jpeg(picture(application(number, contents)))
    assert structure.applications == (ApplicationSegment(number, identity, 2, len(contents) + 4),)
    assert structure.problems == ()


@pytest.mark.parametrize(("contents", "transform"), [(b"\0\x64\0\0\0\0\2", 2), (b"\0\x64\0\0\0\0", None)])
def test_colour_transform_of_adobe(contents: bytes, transform: int | None) -> None:
    assert parse_jpeg(picture(application(14, b"Adobe" + contents))).adobe_transform == transform


@pytest.mark.parametrize(
    ("size", "pixels", "thumbnail"),
    [
        (b"\2\1", 2 * RED, (20, 6)),
        (b"\0\0", b"", None),
        (b"\2\1", RED, None),
    ],
)
def test_thumbnail_of_jfif(size: bytes, pixels: bytes, thumbnail: tuple[int, int] | None) -> None:
    structure = parse_jpeg(picture(application(0, b"JFIF\0\1\2\0\0\1\0\1" + size + pixels)))
    assert structure.thumbnail == thumbnail
    assert structure.has_thumbnail == (thumbnail is not None)


@pytest.mark.parametrize(
    ("contents", "thumbnail"),
    [
        (b"\x10" + PICTURE, (12, len(PICTURE))),
        (b"\x11\1\2" + bytes(768) + b"\0\1", (14, 770)),
        (b"\x11\1\2" + bytes(768) + b"\0", None),
        (b"\x13\1\2" + 2 * RED, (14, 6)),
        (b"\x13\0\2", None),
        (b"\x12\1\1" + RED, None),
        (b"", None),
    ],
)
def test_thumbnail_of_jfxx(contents: bytes, thumbnail: tuple[int, int] | None) -> None:
    assert parse_jpeg(picture(application(0, b"JFXX\0" + contents))).thumbnail == thumbnail


def test_thumbnail_and_block_of_exif() -> None:
    data = picture(exif())
    structure = parse_jpeg(data)
    assert structure.thumbnail == (80, 3)
    assert data[80:83] == RED
    assert structure.exif == exif()[10:]
    assert parse_jpeg(picture(exif(), application(1, b"Exif\0\0other"))).exif == structure.exif


@pytest.mark.parametrize(("offset", "length"), [(0, 3), (68, 0), (68, 4), (1 << 31, 3), (68, (1 << 32) - 1)])
def test_thumbnail_of_exif_must_lie_in_its_block(offset: int, length: int) -> None:
    structure = parse_jpeg(picture(exif(offset=offset, length=length)))
    assert (structure.thumbnail, structure.problems) == (None, ())


def test_the_first_thumbnail_counts() -> None:
    jfxx = application(0, b"JFXX\0\x13\1\1" + RED)
    assert parse_jpeg(picture(jfxx, exif())).thumbnail == (14, 3)


def test_further_pictures_where_the_index_points() -> None:
    length = len(picture(index(0, 0, 0)))
    second, third = length - MPF_AT, length + len(PICTURE) - MPF_AT
    whole = picture(index(0, second, third)) + PICTURE + PICTURE
    structure = parse_jpeg(whole)
    assert (structure.n_further_pictures, structure.n_trailing) == (2, 2 * len(PICTURE))
    assert parse_jpeg(whole[:length]).n_further_pictures == 0
    assert parse_jpeg(whole[: length + len(PICTURE)]).n_further_pictures == 1
    assert parse_jpeg(picture(index(0, second, second)) + PICTURE + PICTURE).n_further_pictures == 1
    assert structure.problems == ()


def test_an_absurd_index_stays_within_bounds() -> None:
    tables = tiff([(0xB001, 4, 1, b"\xff\xff\xff\xff"), (0xB002, 7, (1 << 32) - 1, b"\0\0\0\0")])
    for block in (tables, tables[:20], b"MM\0*", b"", b"II*\0\x08\0\0\0"):
        structure = parse_jpeg(picture(application(2, b"MPF\0" + block)) + PICTURE)
        assert (structure.n_further_pictures, structure.problems) == (1, ())


def test_further_pictures_without_an_index_are_counted_by_their_starts() -> None:
    for n_pictures in (0, 1, 3, 255):
        assert parse_jpeg(PICTURE + n_pictures * PICTURE).n_further_pictures == n_pictures
    assert parse_jpeg(PICTURE + 300 * PICTURE).n_further_pictures == 255
    assert parse_jpeg(PICTURE + b"\xff\xd8").n_further_pictures == 0


@pytest.mark.parametrize("behind", [b"\0", b"\xff\xd8\xff", PICTURE, bytes(1000), b"\xff" * 50, b"\xff\xd9" * 9])
def test_bytes_behind_the_end_change_only_what_counts_them(behind: bytes) -> None:
    alone, followed = parse_jpeg(PICTURE), parse_jpeg(PICTURE + behind)
    assert followed.n_trailing == len(behind)
    changed = {name for name in alone.__slots__ if getattr(alone, name) != getattr(followed, name)}
    assert changed <= {"n_trailing", "n_further_pictures"}
