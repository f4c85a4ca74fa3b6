"""Contents of the segments of applications: whose they are, and the thumbnails and pictures they tell of."""

from __future__ import annotations

import struct
from collections.abc import Callable

from forensic_style.jpeg.findings import MOST_FURTHER_PICTURES, Findings
from forensic_style.jpeg.structure import ApplicationSegment
from forensic_style.tiff import read_directories

_SIGNATURES: dict[int, tuple[tuple[bytes, str], ...]] = {
    0: ((b"JFIF\0", "JFIF"), (b"JFXX\0", "JFXX"), (b"AVI1", "AVI1"), (b"Ocad", "Ocad")),
    1: (
        (b"Exif\0", "Exif"),
        (b"http://ns.adobe.com/xap/1.0/\0", "XMP"),
        (b"http://ns.adobe.com/xmp/extension/\0", "XMP extension"),
        (b"FLIR\0", "FLIR"),
        (b"QVCI\0", "QVCI"),
    ),
    2: (
        (b"ICC_PROFILE\0", "ICC"),
        (b"MPF\0", "MPF"),
        (b"FPXR\0", "FPXR"),
        (b"urn:iso:std:iso:ts:21496:-1\0", "ISO 21496-1"),
    ),
    3: ((b"Meta\0", "Meta"), (b"META\0", "Meta"), (b"Exif\0", "Meta"), (b"Stim\0", "Stim"), (b"_JPSJPS_", "JPS")),
    4: ((b"SCALADO\0", "Scalado"), (b"FPXR\0", "FPXR"), (b"Qualcomm Dual Camera", "Qualcomm")),
    5: ((b"RMETA\0", "RMETA"),),
    6: ((b"EPPIM\0", "EPPIM"), (b"NITF\0", "NITF"), (b"TDHD\x01\0\0\0", "TDHD"), (b"GoPro\0", "GoPro")),
    7: ((b"PENTAX \0", "Pentax"), (b"HUAWEI\0", "Huawei"), (b"\x1aQualcomm Camera Attributes", "Qualcomm")),
    8: ((b"SPIFF\0", "SPIFF"),),
    9: ((b"Media Jukebox\0", "Media Jukebox"),),
    10: ((b"UNICODE\0", "comment"), (b"AROT\0", "AROT")),
    11: ((b"HDR_RI", "JPEG HDR"),),
    12: ((b"Ducky", "Ducky"), (b"[picture info]", "picture info")),
    13: ((b"Photoshop 3.0\0", "Photoshop"), (b"Adobe_CM", "Adobe CM")),
    14: ((b"Adobe", "Adobe"),),
    15: ((b"Q ", "GraphicConverter"),),
}
_BOX_TYPE = slice(12, 16)  # in APP11: "JP", instance (2 bytes), packet number (4), length of the box (4), its type (4)
_EXIF_SIGNATURE = 6  # "Exif", a zero byte and one of padding
_ADOBE_LENGTH = 12
_THUMBNAIL_OFFSET, _THUMBNAIL_LENGTH = 513, 514  # tags of an Exif block's second directory
_PICTURE_ENTRIES = 0xB002  # tag of the multi-picture index: 16 bytes each, the place in bytes 8 to 11
_JFXX_BYTES_PER_PIXEL = {0x11: 1, 0x13: 3}
_JFXX_PALETTE = 768


def read_application(findings: Findings, number: int, start: int, end: int) -> None:
    """A segment APPn, whose contents are `data[start:end]`."""
    identity = identify(number, findings.data[start : min(end, start + 40)])
    findings.applications.append(ApplicationSegment(number, identity, start - 4, end - start + 4))
    reader = _READERS.get(identity)
    if reader is not None:
        reader(findings, start, end)


def identify(number: int, contents: bytes) -> str:
    """Whose an application's segment is, by its first bytes.

    >>> identify(1, b"Exif\\0\\0MM"), identify(1, b"mine")
    ('Exif', 'unknown')
    """
    for signature, identity in _SIGNATURES[number]:
        if contents.startswith(signature):
            return identity
    if number == 11 and contents.startswith(b"JP"):
        return "JUMBF" if contents[_BOX_TYPE] == b"jumb" else "JPEG XT"
    return "CIFF" if number == 0 and contents[6:14] == b"HEAPJPGM" else "unknown"


def _read_jfif(findings: Findings, start: int, end: int) -> None:
    """A thumbnail of red, green and blue behind its size."""
    if end - start >= 14:
        _note_thumbnail(findings, start + 14, 3 * findings.data[start + 12] * findings.data[start + 13], end)


def _read_jfxx(findings: Findings, start: int, end: int) -> None:
    """A thumbnail as JPEG (0x10), with a palette (0x11), or of red, green and blue (0x13)."""
    if end - start < 8:
        return
    kind, columns, rows = findings.data[start + 5 : start + 8]
    if kind == 0x10:
        _note_thumbnail(findings, start + 6, end - start - 6, end)
    elif kind in _JFXX_BYTES_PER_PIXEL and columns * rows:
        palette = _JFXX_PALETTE if kind == 0x11 else 0
        _note_thumbnail(findings, start + 8, palette + _JFXX_BYTES_PER_PIXEL[kind] * columns * rows, end)


def _read_exif(findings: Findings, start: int, end: int) -> None:
    """The first block, and the JPEG thumbnail that its second directory points at."""
    if findings.exif:
        return
    start += _EXIF_SIGNATURE
    findings.exif = findings.data[start:end]
    main = [directory for directory in read_directories(findings.exif) if directory.kind == "main"]
    if len(main) > 1:
        place, length = (main[1].find(tag, 0) for tag in (_THUMBNAIL_OFFSET, _THUMBNAIL_LENGTH))
        if place > 0:
            _note_thumbnail(findings, start + place, length, end)


def _note_thumbnail(findings: Findings, offset: int, length: int, end: int) -> None:
    """Keep the first one that lies whole in its segment."""
    if findings.thumbnail is None and 0 < length <= end - offset:
        findings.thumbnail = (offset, length)


def _read_adobe(findings: Findings, start: int, end: int) -> None:
    if end - start >= _ADOBE_LENGTH:
        findings.adobe_transform = findings.data[start + 11]


def _read_picture_index(findings: Findings, start: int, end: int) -> None:
    """Places of the pictures behind the first one, of the first index; in it they count from its TIFF header."""
    if findings.pictures is not None:
        return
    findings.pictures = ()
    start += len(b"MPF\0")
    block = findings.data[start:end]
    order = "<" if block.startswith(b"II") else ">"
    for directory in read_directories(block):
        entries = directory.tags.get(_PICTURE_ENTRIES, b"")
        if isinstance(entries, bytes) and not findings.pictures:
            n_pictures = min(len(entries) // 16, MOST_FURTHER_PICTURES + 1)
            places = [struct.unpack_from(order + "I", entries, 16 * entry + 8)[0] for entry in range(n_pictures)]
            findings.pictures = tuple(start + place for place in places if place)


_READERS: dict[str, Callable[[Findings, int, int], None]] = {
    "JFIF": _read_jfif,
    "JFXX": _read_jfxx,
    "Exif": _read_exif,
    "Adobe": _read_adobe,
    "MPF": _read_picture_index,
}
