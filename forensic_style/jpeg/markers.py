"""The one pass over the bytes of a JPEG file, from marker to marker.

Nothing is decoded. The work is linear in the number of bytes, and what is kept is bounded, on any bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from forensic_style.jpeg import frames, segments
from forensic_style.jpeg.applications import read_application
from forensic_style.jpeg.findings import MOST_MARKERS, MOST_SCANS, Findings
from forensic_style.jpeg.structure import Marker

SOI, EOI, SOS, TEM, COM = 0xD8, 0xD9, 0xDA, 0x01, 0xFE

_SEGMENTS = {
    **{code: f"SOF{code - 0xC0}" for code in range(0xC0, 0xD0)},
    **{0xC4: "DHT", 0xC8: "JPG", 0xCC: "DAC", SOS: "SOS", 0xDB: "DQT", 0xDC: "DNL"},
    **{0xDD: "DRI", 0xDE: "DHP", 0xDF: "EXP", COM: "COM"},
    **{code: f"APP{code - 0xE0}" for code in range(0xE0, 0xF0)},
}
_STANDING_ALONE = {SOI: "SOI", EOI: "EOI", TEM: "TEM"}

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
"""A marker other than restarts, with the last of its fill bytes. (One that began with all of them would take
quadratic time on long runs of FF.)"""

_PIECE = 1 << 18

_READERS: dict[int, Callable[[Findings, int, int], None]] = {
    0xC4: segments.read_huffman,
    0xCC: segments.read_conditioning,
    0xDB: segments.read_quantization,
    0xDC: frames.read_number_of_lines,
    0xDD: segments.read_restart_interval,
}


def read_markers(data: bytes) -> Findings:
    """Follow the markers from the start of the first picture to its end."""
    findings = Findings(data, markers=[Marker(SOI, "SOI", 0, 2)])
    place, n_steps = 2, 0
    while not findings.is_over:
        n_steps += 1
        match = _MARKER.search(data, place)
        start = len(data) if match is None else match.start()
        _check_gap(findings, place, start)
        if match is None:
            findings.stop("truncated", len(data), _describe_end(findings))
        elif n_steps >= MOST_MARKERS:
            findings.stop("damaged", start, f"there are more than {MOST_MARKERS} markers")
        else:
            place = _read_marker(findings, data[start + 1], start)
    return findings


def _check_gap(findings: Findings, place: int, start: int) -> None:
    """Between segments there may be nothing but fill bytes FF."""
    if start > place and findings.data.count(b"\xff", place, start) < start - place:
        findings.report(place, f"{start - place} bytes where a marker must stand")


def _describe_end(findings: Findings) -> str:
    where = "in its compressed data" if findings.scans else "before its compressed data"
    return f"the file ends {where}, without the marker of its end"


def _read_marker(findings: Findings, code: int, start: int) -> int:
    """Read a marker and what belongs to it; the first byte that does not."""
    if code in _STANDING_ALONE:
        findings.markers.append(Marker(code, _STANDING_ALONE[code], start, 2))
        if code == SOI:
            findings.report(start, "the start of a picture inside another")
        elif code == EOI:
            _finish(findings, start + 2)
        return start + 2
    if code not in _SEGMENTS:
        findings.report(start, f"FF{code:02X} is no marker")
        return start + 2
    return _read_segment(findings, code, start)


def _read_segment(findings: Findings, code: int, start: int) -> int:
    data, name = findings.data, _SEGMENTS[code]
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    end = start + 2 + max(length, 2)
    findings.markers.append(Marker(code, name, start, min(end, len(data)) - start))
    if start + 4 > len(data) or end > len(data):
        findings.stop("truncated", len(data), f"the file ends inside a segment {name} (from byte {start} on)")
        return len(data)
    if length < 2:
        findings.report(start, f"a segment {name} of length {length}, which must be 2 or more")
        return end
    _read_contents(findings, code, start + 4, end)
    return _skip_scan(findings, start + 4, end) if code == SOS else end


def _read_contents(findings: Findings, code: int, start: int, end: int) -> None:
    if code in _READERS:
        _READERS[code](findings, start, end)
    elif code in frames.FRAME_CODES:
        frames.read_frame(findings, code, start, end)
    elif 0xE0 <= code <= 0xEF:
        read_application(findings, code - 0xE0, start, end)
    elif code == COM:
        findings.n_comments += 1


def _skip_scan(findings: Findings, header: int, start: int) -> int:
    """Pass over entropy-coded data up to the next marker that is no restart."""
    if len(findings.scans) >= MOST_SCANS:
        findings.stop("damaged", header, f"there are more than {MOST_SCANS} scans")
        return start
    match = _MARKER.search(findings.data, start)
    end = len(findings.data) if match is None else match.start()
    scan = frames.read_scan(findings, header, start)
    if scan is not None:
        counted = replace(scan, n_restarts=count_restarts(findings.data, start, end), offset=start, n_bytes=end - start)
        findings.scans.append(counted)
    return end


def count_restarts(data: bytes, start: int, end: int) -> int:
    """Restart markers in `data[start:end]`.

    >>> count_restarts(bytes.fromhex("ffd0 00 ffd7 ff00 ffd8"), 0, 9)
    2
    """
    n_restarts = 0
    for place in range(start, end - 1, _PIECE):
        piece = np.frombuffer(data, np.uint8, min(_PIECE + 1, end - place), place)
        n_restarts += int(np.count_nonzero((piece[:-1] == 0xFF) & (piece[1:] & 0xF8 == 0xD0)))
    return n_restarts


def _finish(findings: Findings, end: int) -> None:
    """What must have come before the end of the picture, and what follows it."""
    findings.is_over = True
    findings.n_trailing = len(findings.data) - end
    if not findings.frame.components:
        findings.report(end - 2, "there is no frame (SOF)")
    elif findings.rows == 0:
        findings.report(end - 2, "a frame of no rows")
    if not findings.scans:
        findings.report(end - 2, "there is no scan (SOS)")
