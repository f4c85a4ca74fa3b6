"""Slow twins of the kernels in `resampling`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def _round_log(difference: int) -> int:
    """Binary logarithm of 2 d**2 + 1, linear between powers of two, in units of 1/4096 rounded down."""
    fraction, exponent = math.frexp(float(np.float32(np.float32(2 * difference) * difference + 1)))
    return (exponent - 1) * 4096 + math.floor((2 * fraction - 1) * 4096)


def sum_log_differences(planes: Plane, band: int) -> NDArray[np.int64]:
    """Second and third differences along each row, their logarithms summed over the rows of a band."""
    n_windows, rows, columns = planes.shape
    sums = np.zeros((n_windows, rows // band, 2, columns - 3), dtype=np.int64)
    for window, i, j in np.ndindex(n_windows, rows // band * band, columns - 3):
        a, b, c, d = planes[window, i, j : j + 4].tolist()
        sums[window, i // band, 0, j] += _round_log(a - 2 * b + c)
        sums[window, i // band, 1, j] += _round_log(a - 3 * b + 3 * c - d)
    return sums
