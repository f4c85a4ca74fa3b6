"""Contents of the segments of pictures: SOF, DHP, DNL, SOS (ITU-T T.81, B.2.2, B.2.3, B.2.5)."""

from __future__ import annotations

from dataclasses import replace

from forensic_style.jpeg.findings import MOST_FRAMES, NO_FRAME, Findings, Frame
from forensic_style.jpeg.structure import Component, Scan

DEFINES_HIERARCHY = 0xDE
_PROCESSES = {
    0xC0: "baseline",
    0xC1: "extended",
    0xC2: "progressive",
    0xC3: "lossless",
    0xC5: "hierarchical",
    0xC6: "hierarchical",
    0xC7: "hierarchical",
    0xC9: "extended",
    0xCA: "progressive",
    0xCB: "lossless",
    0xCD: "hierarchical",
    0xCE: "hierarchical",
    0xCF: "hierarchical",
    DEFINES_HIERARCHY: "hierarchical",
}
FRAME_CODES = frozenset(_PROCESSES)
_PRECISIONS = {"baseline": (8,), "extended": (8, 12), "progressive": (8, 12)}


def read_frame(findings: Findings, code: int, start: int, end: int) -> None:
    """Header of a frame, or (DHP) of a hierarchy of frames."""
    findings.n_frames += 1
    if findings.n_frames > MOST_FRAMES:
        findings.stop("damaged", start, f"there are more than {MOST_FRAMES} frames")
        return
    frame = _read_frame(findings, code, start, end)
    is_hierarchy = findings.frame.process == "hierarchical"
    if frame is None:
        return
    if findings.frame is NO_FRAME:
        findings.frame, findings.rows = frame, frame.rows
    elif not is_hierarchy:
        findings.report(start, "there is a second frame")
        return
    elif frame.is_arithmetic and not findings.frame.is_arithmetic:
        findings.frame = replace(findings.frame, is_arithmetic=True)  # a hierarchy's own header does not tell
    if code != DEFINES_HIERARCHY:
        findings.frame_now = frame


def _read_frame(findings: Findings, code: int, start: int, end: int) -> Frame | None:
    """A frame whose numbers can be meant, otherwise None and a problem."""
    data = findings.data
    n_components = data[start + 5] if end - start > 5 else 0
    if n_components == 0 or end - start != 6 + 3 * n_components:
        findings.report(start, f"a frame of {n_components} components in {end - start} bytes")
        return None
    precision, process = data[start], _PROCESSES[code]
    rows, columns = (int.from_bytes(data[place : place + 2], "big") for place in (start + 1, start + 3))
    if precision not in _PRECISIONS.get(process, range(2, 17)):
        findings.report(start, f"a {process} frame of {precision} bits per sample")
        return None
    if columns == 0:
        findings.report(start, "a frame of no columns")
    components = tuple(
        Component(data[place], data[place + 1] >> 4, data[place + 1] & 15, data[place + 2])
        for place in range(start + 6, end, 3)
    )
    for component in components:
        if not (1 <= component.horizontal <= 4 and 1 <= component.vertical <= 4 and component.table <= 3):
            factors = f"{component.horizontal}x{component.vertical}"
            findings.report(start, f"a component sampled {factors}, with quantization table {component.table}")
            return None
    if len({component.identifier for component in components}) < n_components:
        findings.report(start, "two components have the same identifier")
    is_arithmetic = 0xC9 <= code <= 0xCF
    return Frame(process, is_arithmetic, precision, rows, columns, components)


def read_number_of_lines(findings: Findings, start: int, end: int) -> None:
    """Rows of the frame, which its header may leave open."""
    rows = int.from_bytes(findings.data[start:end], "big")
    if end - start != 2 or rows == 0 or len(findings.scans) != 1:
        findings.report(start, "the number of lines is wrong or in the wrong place")
    elif findings.frame.rows not in (0, rows):
        findings.report(start, f"the number of lines is {findings.frame.rows} in the frame and then {rows}")
    else:
        findings.rows = rows


def read_scan(findings: Findings, start: int, end: int) -> Scan | None:
    """Header of a scan, without the counts of what follows it; None and a problem where it makes no sense."""
    data = findings.data
    n_components = data[start] if end > start else 0
    if not 1 <= n_components <= 4 or end - start != 4 + 2 * n_components:
        findings.report(start, f"a scan of {n_components} components in {end - start} bytes")
        return None
    places = range(start + 1, end - 3, 2)
    first, last, bits = data[end - 3 : end]
    identifiers = tuple(data[place] for place in places)
    tables = tuple((data[place + 1] >> 4, data[place + 1] & 15) for place in places)
    scan = Scan(identifiers, tables, first, last, bits >> 4, bits & 15, 0, 0, 0)
    _check_scan(findings, scan, start)
    _note_first_tables(findings, scan, start)
    return scan


def _check_scan(findings: Findings, scan: Scan, place: int) -> None:
    frame = findings.frame_now
    if frame is NO_FRAME:
        findings.report(place, "a scan before any frame")
        return
    known = {component.identifier for component in frame.components}
    if not known.issuperset(scan.components) or len(set(scan.components)) < len(scan.components):
        findings.report(place, f"a scan of the components {scan.components}, which the frame does not have")
    if frame.process == "progressive" and not _is_progressive_band(scan):
        band = f"{scan.spectral_start} to {scan.spectral_end}"
        bits = f"{scan.approximation_high} to {scan.approximation_low}"
        findings.report(place, f"a progressive scan of the coefficients {band}, bits {bits}")
    missing = sorted(_list_huffman(frame, scan) - findings.huffman_in_force)
    if missing and not _may_be_implied(findings, frame):
        findings.report(place, f"a scan with Huffman table {missing[0][0]} {missing[0][1]}, which is not defined")


def _is_progressive_band(scan: Scan) -> bool:
    """Whether the band and its bits are possible (G.1.1.1): DC alone, or AC of one component."""
    first, last = scan.spectral_start, scan.spectral_end
    band = (first == 0 and last == 0) or (0 < first <= last <= 63 and len(scan.components) == 1)
    return band and scan.approximation_low <= 13 and scan.approximation_high in (0, scan.approximation_low + 1)


def _list_huffman(frame: Frame, scan: Scan) -> set[tuple[str, int]]:
    """Huffman tables that the scan needs. (A scan that refines DC needs none.)"""
    if frame.is_arithmetic:
        return set()
    has_dc, has_ac = True, True
    if frame.process == "lossless":
        has_ac = False
    elif frame.process == "progressive":
        has_dc = scan.spectral_start == 0 and scan.approximation_high == 0
        has_ac = scan.spectral_start > 0
    elif frame.process == "hierarchical":
        has_dc = has_ac = False  # depends on each frame of the hierarchy; no decoder in use reads them
    dc = {("dc", number) for number, _ in scan.tables if has_dc}
    return dc | {("ac", number) for _, number in scan.tables if has_ac}


def _may_be_implied(findings: Findings, frame: Frame) -> bool:
    """Whether the tables are those of Annex K without saying so, as in the frames of Motion JPEG."""
    return frame.process == "baseline" and not findings.huffman_tables


def _note_first_tables(findings: Findings, scan: Scan, place: int) -> None:
    """Quantization tables in force when a component is met for the first time."""
    numbers = {component.identifier: component.table for component in findings.frame_now.components}
    for identifier in scan.components:
        if identifier not in numbers or identifier in findings.first_tables:
            continue
        index = findings.steps_in_force.get(numbers[identifier])
        findings.first_tables[identifier] = index
        if index is None and findings.frame_now.process in ("baseline", "extended", "progressive"):
            findings.report(place, f"component {identifier} has no quantization table")
