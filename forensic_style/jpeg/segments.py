"""Contents of the segments of tables: DQT, DHT, DAC, DRI (ITU-T T.81, B.2.4).

Each function reads `data[start:end]` of a segment that lies whole in the file.
"""

from __future__ import annotations

import numpy as np

from forensic_style.jpeg.findings import Findings
from forensic_style.jpeg.huffman import is_prefix_code, is_standard
from forensic_style.jpeg.structure import Conditioning, HuffmanTable, QuantizationTable

_KINDS = ("dc", "ac")


def _trace_zigzag() -> list[int]:
    """Place in natural order of each coefficient in zigzag order (Figure A.6)."""
    places = [(row, column) for row in range(8) for column in range(8)]
    places.sort(key=lambda place: (sum(place), place[0] if sum(place) % 2 else place[1]))
    return [8 * row + column for row, column in places]


NATURAL_OF_ZIGZAG = np.array(_trace_zigzag())
_ZIGZAG_OF_NATURAL = np.argsort(NATURAL_OF_ZIGZAG)


def read_quantization(findings: Findings, start: int, end: int) -> None:
    """Quantization tables: as many as fit."""
    data = findings.data
    while start < end and findings.make_room_for_table(start):
        is_wide, number = data[start] >> 4, data[start] & 15
        size = 129 if is_wide else 65
        if is_wide > 1 or number > 3:
            findings.report(start, f"a quantization table of precision {is_wide} and number {number}")
            return
        if start + size > end:
            findings.report(start, f"quantization table {number} does not fit its segment")
            return
        zigzag = np.frombuffer(data, ">u2" if is_wide else "u1", 64, start + 1)
        steps = zigzag[_ZIGZAG_OF_NATURAL].astype(np.uint16).reshape(8, 8)
        steps.flags.writeable = False
        if not steps.all():
            findings.report(start, f"quantization table {number} has a step of zero")
        findings.steps_in_force[number] = len(findings.quantization_tables)
        findings.quantization_tables.append(QuantizationTable(number, 16 if is_wide else 8, steps, start))
        start += size


def read_huffman(findings: Findings, start: int, end: int) -> None:
    """Huffman tables: as many as fit."""
    data = findings.data
    while start < end and findings.make_room_for_table(start):
        kind_code, number = data[start] >> 4, data[start] & 15
        if kind_code > 1 or number > 3:
            findings.report(start, f"a Huffman table of class {kind_code} and number {number}")
            return
        counts = data[start + 1 : min(start + 17, end)]
        following = start + 17 + sum(counts)
        if following > end:
            findings.report(start, f"Huffman table {number} does not fit its segment")
            return
        kind, symbols = _KINDS[kind_code], data[start + 17 : following]
        if not is_prefix_code(kind, counts, symbols):
            findings.report(start, f"the codes of Huffman table {kind} {number} contradict each other")
        findings.huffman_in_force.add((kind, number))
        standard = is_standard(kind, counts, symbols)
        findings.huffman_tables.append(HuffmanTable(kind, number, counts, symbols, standard, start))
        start = following


def read_conditioning(findings: Findings, start: int, end: int) -> None:
    """Conditioning of the arithmetic decoder: two bytes each."""
    data = findings.data
    if (end - start) % 2:
        findings.report(start, "the segment of arithmetic conditioning has half an entry")
    for place in range(start, end - 1, 2):
        if not findings.make_room_for_table(place):
            return
        kind_code, number, value = data[place] >> 4, data[place] & 15, data[place + 1]
        is_legal = (value & 15) <= (value >> 4) if kind_code == 0 else 1 <= value <= 63
        if kind_code > 1 or number > 3 or not is_legal:
            findings.report(place, f"arithmetic conditioning {value} of table {number}, class {kind_code}")
            return
        findings.conditioning.append(Conditioning(_KINDS[kind_code], number, value))


def read_restart_interval(findings: Findings, start: int, end: int) -> None:
    """Restart interval in MCUs."""
    if end - start != 2:
        findings.report(start, f"the segment of the restart interval has {end - start} bytes instead of 2")
        return
    findings.restart_interval = int.from_bytes(findings.data[start:end], "big")
