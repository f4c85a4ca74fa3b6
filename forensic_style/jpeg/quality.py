"""Quality setting whose scaled standard tables come nearest to a file's."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forensic_style.jpeg.structure import JpegStructure, Steps


def _freeze(rows: str) -> Steps:
    table = np.array([[int(step) for step in row.split()] for row in rows.strip().splitlines()], dtype=np.uint16)
    table.flags.writeable = False
    return table


ANNEX_K_LUMA = _freeze("""
16  11  10  16  24  40  51  61
12  12  14  19  26  58  60  55
14  13  16  24  40  57  69  56
14  17  22  29  51  87  80  62
18  22  37  56  68 109 103  77
24  35  55  64  81 104 113  92
49  64  78  87 103 121 120 101
72  92  95  98 112 100 103  99
""")
"""Table K.1 of ITU-T T.81, natural order."""

ANNEX_K_CHROMA = _freeze("""
17  18  24  47  99  99  99  99
18  21  26  66  99  99  99  99
24  26  56  99  99  99  99  99
47  66  99  99  99  99  99  99
99  99  99  99  99  99  99  99
99  99  99  99  99  99  99  99
99  99  99  99  99  99  99  99
99  99  99  99  99  99  99  99
""")
"""Table K.2 of ITU-T T.81, natural order."""

_LARGEST_STEP, _LARGEST_WIDE_STEP = 255, 32767  # the limits of the Independent JPEG Group's library
_QUALITIES = np.arange(1, 101)


class NearestStandard(NamedTuple):
    """Quality 1 to 100, distance, and the scaled standard tables (luma, and chroma or None), uint16, shape (8, 8)."""

    quality: int
    distance: float
    luma: Steps
    chroma: Steps | None


def scale_annex_k(table: Steps, quality: int, *, largest: int = _LARGEST_STEP) -> Steps:
    """Scale a standard table as the Independent JPEG Group's library does (`jpeg_quality_scaling`).

    The percentage is 5000 // quality below 50, else 200 - 2 quality; each step becomes
    (percentage * step + 50) // 100, within 1 and `largest`.

    Parameters
    ----------
    table : ANNEX_K_LUMA or ANNEX_K_CHROMA
    quality : 1 to 100
    largest : 255, or 32767 for tables of 16 bit

    Returns
    -------
    uint16 array of the table's shape.

    >>> scale_annex_k(ANNEX_K_LUMA, 50)[0, 0], scale_annex_k(ANNEX_K_LUMA, 75)[0, 0]
    (np.uint16(16), np.uint16(8))
    """
    percentage = 5000 // quality if quality < 50 else 200 - 2 * quality
    scaled = (table.astype(np.int64) * percentage + 50) // 100
    return scaled.clip(1, largest).astype(np.uint16)


def find_nearest_standard(structure: JpegStructure) -> NearestStandard | None:
    """Quality whose scaled tables K.1 and K.2 come nearest to the tables of the first two components.

    The distance of a quality is the root of the mean, over the 64 steps of luma and the 64 of chroma, of the squared
    base-2 logarithm of step by scaled standard step: 0 for the standard tables themselves, 1 where every step is
    double. The smallest distance wins, of equal ones the highest quality. Luma alone counts for a grey image and
    where both components use one table. A table with steps over 255 is compared with standard tables that may have
    them, and steps of zero count as 1.

    Returns
    -------
    None where the first component has no quantization table.
    """
    luma, chroma = structure.luma_table, structure.chroma_table
    if luma is None:
        return None
    if len(structure.tables_in_force) > 1 and structure.tables_in_force[0] == structure.tables_in_force[1]:
        chroma = None
    squares = _square_distances(luma, is_luma=True)
    if chroma is not None:
        squares = (squares + _square_distances(chroma, is_luma=False)) / 2
    best = 100 - int(squares[::-1].argmin())
    return NearestStandard(
        best,
        float(np.sqrt(squares[best - 1])),
        scale_annex_k(ANNEX_K_LUMA, best, largest=_find_largest(luma)),
        None if chroma is None else scale_annex_k(ANNEX_K_CHROMA, best, largest=_find_largest(chroma)),
    )


def _square_distances(table: Steps, *, is_luma: bool) -> NDArray[np.float64]:
    """Mean squared log2 ratio to the standard table at each quality, shape (100,)."""
    logarithms = np.log2(np.maximum(table, 1).ravel().astype(np.float64))
    differences = logarithms - _list_logarithms(is_luma, _find_largest(table))
    return np.einsum("qs,qs->q", differences, differences) / 64


def _find_largest(table: Steps) -> int:
    return _LARGEST_STEP if table.max() <= _LARGEST_STEP else _LARGEST_WIDE_STEP


@functools.cache
def _list_logarithms(is_luma: bool, largest: int) -> NDArray[np.float64]:
    """Base-2 logarithms of the standard table at each quality, shape (100, 64)."""
    table = ANNEX_K_LUMA if is_luma else ANNEX_K_CHROMA
    scaled = [scale_annex_k(table, int(quality), largest=largest).ravel() for quality in _QUALITIES]
    return np.log2(np.array(scaled, dtype=np.float64))
