"""Slow twins of the kernels in `noise`."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def count_residual_magnitudes(plane: Plane, n_intensities: int, n_magnitudes: int, scale: float) -> NDArray[np.int64]:
    """Bin floor(|r| scale + 1/2) of band floor(mean scale n / 256), over the 3x3 neighbourhoods."""
    unit = Fraction(scale).limit_denominator(1000)  # 1 or 1 / 257, as it is meant
    weights = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])
    counts = np.zeros((n_intensities, n_magnitudes), dtype=np.int64)
    for i in range(plane.shape[0] - 2):
        for j in range(plane.shape[1] - 2):
            part = plane[i : i + 3, j : j + 3].astype(np.int64)
            magnitude = abs(int((part * weights).sum())) * unit
            mean = Fraction(int(part.sum()), 9) * unit
            counts[
                math.floor(mean * n_intensities / 256), min(math.floor(magnitude + Fraction(1, 2)), n_magnitudes - 1)
            ] += 1
    return counts
