"""What a file is, by its first bytes and never by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from forensic_style.tiff import SUB_DIRECTORIES, Directory, read_directories

READ = ("JPEG", "PNG", "TIFF", "WebP", "BMP", "GIF", "PNM", "JPEG 2000", "AVIF")
"""Formats read without an extra."""

EXTRAS = {"HEIC": "heif", "camera RAW": "raw"}
"""Formats read with an extra of the installation."""

_PHOTOMETRIC, _COLOUR_FILTER_ARRAY, _LINEAR_RAW = 262, 32803, 34892
_DNG_VERSION = 50706
_SIGNATURES = tuple(
    (re.compile(pattern, re.DOTALL), name)
    for pattern, name in (
        (rb"\xff\xd8", "JPEG"),
        (rb"\x89PNG\r\n\x1a\n", "PNG"),
        (rb"RIFF....WEBP", "WebP"),
        (rb"GIF8[79]a", "GIF"),
        (rb"P[1-6][\s#]", "PNM"),
        (rb"\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", "JPEG 2000"),
        (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00", "BMP"),
        (rb"FUJIFILMCCD-RAW|II(RO|RS|U\x00)|MMOR|....ftypcrx |II\*\x00.{4}CR|\x00MRM|FOVb", "camera RAW"),
        (rb"II(\*|\+)\x00|MM\x00(\*|\+)", "TIFF"),
        (rb"....ftyp(avif|avis)", "AVIF"),
        (rb"....ftyp(heic|heix|hevc|hevx|heim|heis)", "HEIC"),
        (rb"\xff\x0a|\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
        (rb"8BPS", "Photoshop"),
        (rb"%PDF", "PDF"),
        (rb"%!PS|\xc5\xd0\xd3\xc6", "PostScript"),
        (rb".{128}DICM", "DICOM"),
        (rb"v/1\x01", "OpenEXR"),
        (rb"#\?RADIANCE|#\?RGBE", "Radiance HDR"),
        (rb"SIMPLE  =", "FITS"),
        (rb"\x00\x00[\x01\x02]\x00[^\x00]\x00..", "Windows icon"),
        (rb"\s*(<\?xml[^>]{0,200}\?>\s*)?(<!--.{0,500}?-->\s*)?(<!DOCTYPE svg|<svg)", "SVG"),
        (rb"DDS |\xabKTX", "texture"),
        (rb"P7\n|Pf\n|PF\n", "PAM or PFM"),
        (rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI ", "video"),
    )
)
_GAP = rb"(?:\s|#[^\n]*\n)+"
_BITMAP = re.compile(rb"P\d" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})()\s")
_GREYMAP = re.compile(rb"P\d" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,5})\s")
_HEIF_BRANDS = (b"mif1", b"msf1")


def recognize_format(data: bytes) -> str | None:
    """Name of the format, None where no signature fits.

    >>> recognize_format(b"\\x89PNG\\r\\n\\x1a\\n...")
    'PNG'
    """
    start = data[:1024]
    name = next((name for pattern, name in _SIGNATURES if pattern.match(start)), None)
    if start[4:8] == b"ftyp" and start[8:12] in _HEIF_BRANDS:
        return _look_at_brands(start)
    if name == "TIFF" and _is_camera_raw(read_directories(data)):
        return "camera RAW"
    return name


@dataclass(frozen=True, slots=True)
class PnmHeader:
    """Header of a portable bitmap, graymap or pixmap: kind 1 to 6, size, largest value, length in bytes."""

    kind: int
    columns: int
    rows: int
    most: int
    length: int


def read_pnm_header(data: bytes) -> PnmHeader | None:
    """Numbers after the signature, comments left out; None where they are not there."""
    kind = data[1] - ord("0")
    pattern = _BITMAP if kind in (1, 4) else _GREYMAP
    found = pattern.match(data[:4096])
    if found is None:
        return None
    columns, rows, most = (int(number or 1) for number in found.groups())
    return PnmHeader(kind, columns, rows, most, found.end())


def _look_at_brands(start: bytes) -> str:
    """HEIF says in its compatible brands how it is coded."""
    compatible = start[16 : max(16, min(int.from_bytes(start[:4], "big"), 256))]
    if b"avif" in compatible:
        return "AVIF"
    return "HEIC" if b"heic" in compatible or b"heix" in compatible else "HEIF of another coding"


def _is_camera_raw(directories: tuple[Directory, ...]) -> bool:
    """Whether a TIFF file holds the mosaic of a sensor; its first page is then a thumbnail."""
    raw = (_COLOUR_FILTER_ARRAY, _LINEAR_RAW)
    return any(
        _DNG_VERSION in directory.tags or directory.find(_PHOTOMETRIC, -1) in raw
        for directory in directories
        if directory.kind in ("main", "sub")
    ) or _holds_only_a_preview(directories)


def _holds_only_a_preview(directories: tuple[Directory, ...]) -> bool:
    """Reduced first page with sub-directories of a maker's own compression: Nikon, Sony, Pentax, Kodak, Samsung."""
    own = (32767, 32769, 32770, 34713, 65000, 65535)
    return any(SUB_DIRECTORIES in directory.tags for directory in directories) and any(
        directory.find(259, 1) in own for directory in directories
    )
