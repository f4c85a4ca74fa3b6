"""Bytes or a file -> JpegStructure."""

from __future__ import annotations

import os
import stat
from dataclasses import replace

from forensic_style.errors import ImageReadError
from forensic_style.jpeg.findings import Findings, count_starts
from forensic_style.jpeg.markers import read_markers
from forensic_style.jpeg.quality import find_nearest_standard
from forensic_style.jpeg.structure import JpegStructure

_START = b"\xff\xd8"
_START_OF_PICTURE = b"\xff\xd8\xff"


def parse_jpeg(data: bytes) -> JpegStructure:
    """Structure of the first picture of a JPEG file, whatever the bytes: what is wrong with them is in `problems`.

    Legal and no problem: fill bytes before markers, quantization tables of 16 bit or redefined between scans, a
    height given after the first scan, bytes behind the end. Left to decoders: whether the entropy-coded data can be
    decoded, and the spectral selection of sequential scans, which decoders ignore and some cameras write wrong.

    Returns
    -------
    Time is linear in the number of bytes. Counts of markers, scans and tables are bounded: a file with more of them
    than any encoder writes is called damaged, and the rest of it is not read.
    """
    if not data.startswith(_START):
        findings = Findings(data)
        findings.stop("not_a_jpeg", 0, "the bytes do not start with FFD8")
    else:
        findings = read_markers(data)
    structure = _freeze(findings)
    nearest = find_nearest_standard(structure)
    if nearest is None:
        return structure
    return replace(structure, estimated_quality=nearest.quality, quality_distance=nearest.distance)


def read_jpeg_structure(path: str | os.PathLike[str]) -> JpegStructure:
    """Structure of a JPEG file; a damaged or truncated one has its problems in `problems`.

    Raises
    ------
    ImageReadError
        with the reason `unreadable` (the file cannot be opened or is none) or `not_an_image` (it does not start as
        a JPEG file does).
    """
    name = os.fspath(path)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            message = "This is not a file. Give the path of a JPEG file."
            raise ImageReadError(message, path=name, reason="unreadable")
        with open(path, "rb") as file:
            data = file.read(len(_START))
            if data == _START:
                data += file.read()
    except (OSError, ValueError) as error:  # a path with a zero byte is a ValueError
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        message = f"The file cannot be opened: {reason}. Check that it exists and may be read."
        raise ImageReadError(message, path=name, reason="unreadable") from error
    if data[: len(_START)] != _START:
        message = "The file does not start with the bytes FFD8 of a JPEG file. Give a JPEG file."
        raise ImageReadError(message, path=name, reason="not_an_image")
    return parse_jpeg(data)


def _freeze(findings: Findings) -> JpegStructure:
    frame = findings.frame
    return JpegStructure(
        markers=tuple(findings.markers),
        process=frame.process,
        is_arithmetic=frame.is_arithmetic,
        precision=frame.precision,
        rows=findings.rows,
        columns=frame.columns,
        components=frame.components,
        quantization_tables=tuple(findings.quantization_tables),
        tables_in_force=tuple(findings.first_tables.get(component.identifier) for component in frame.components),
        huffman_tables=tuple(findings.huffman_tables),
        conditioning=tuple(findings.conditioning),
        restart_interval=findings.restart_interval,
        scans=tuple(findings.scans),
        applications=tuple(findings.applications),
        adobe_transform=findings.adobe_transform,
        exif=findings.exif,
        thumbnail=findings.thumbnail,
        n_comments=findings.n_comments,
        n_trailing=findings.n_trailing,
        n_further_pictures=_count_further_pictures(findings),
        estimated_quality=None,
        quality_distance=None,
        problems=tuple(findings.problems),
    )


def _count_further_pictures(findings: Findings) -> int:
    """Pictures behind the first one, where the index says that they are or else where their starts are found."""
    if not findings.n_trailing:
        return 0
    data, end = findings.data, len(findings.data) - findings.n_trailing
    if not findings.pictures:
        return count_starts(data, end)
    return sum(place >= end and data.startswith(_START_OF_PICTURE, place) for place in set(findings.pictures))
