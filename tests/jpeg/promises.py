"""What a structure promises on any bytes; tests and fuzzing share it."""

from __future__ import annotations

from forensic_style.jpeg import JpegStructure, parse_jpeg


def check_promises(data: bytes) -> JpegStructure:
    """Parse, and hold the structure against what its docstring promises."""
    structure = parse_jpeg(data)
    offsets = [marker.offset for marker in structure.markers]
    assert offsets == sorted(set(offsets))
    for marker in structure.markers:
        assert data[marker.offset : marker.offset + 2] == bytes([0xFF, marker.code])
        assert marker.offset + 2 <= marker.offset + marker.length <= len(data)
    for part in structure.scans:
        assert part.offset + part.n_bytes <= len(data)
    for table in structure.quantization_tables:
        assert table.steps.shape == (8, 8)
    if structure.thumbnail is not None:
        assert sum(structure.thumbnail) <= len(data)
    has_end = bool(structure.markers) and structure.markers[-1].name == "EOI"
    assert has_end or structure.problems
    assert structure.is_truncated <= (not has_end)
    assert len(structure.problems) <= 64
    assert all(0 <= problem.offset <= len(data) for problem in structure.problems)
    assert structure.sampling or not structure.components
    assert structure == parse_jpeg(data)
    return structure
