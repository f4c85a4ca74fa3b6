"""Slow twins of the kernels in `tone`."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def count_levels(plane: Plane, n_levels: int) -> NDArray[np.int64]:
    """How often each level occurs."""
    return np.array([(plane == level).sum() for level in range(n_levels)])


def count_gradient_magnitudes(plane: Plane, edges: NDArray[np.int32]) -> NDArray[np.int64]:
    """A step falls in the bin whose number is how many edges it reaches."""
    counts = np.zeros(edges.size + 1, dtype=np.int64)
    for i in range(plane.shape[0] - 1):
        for j in range(plane.shape[1] - 1):
            here, right, below = int(plane[i, j]), int(plane[i, j + 1]), int(plane[i + 1, j])
            step = abs(right - here) + abs(below - here)
            counts[sum(1 for edge in edges if step >= edge)] += 1
    return counts


def count_colours(
    red: NDArray[np.uint8], green: NDArray[np.uint8], blue: NDArray[np.uint8], n_bins: int
) -> NDArray[np.int64]:
    """Saturations, and hues in sixths of a turn counted from the channel that is highest."""
    counts = np.zeros((2, n_bins), dtype=np.int64)
    for r, g, b in zip(red.ravel().tolist(), green.ravel().tolist(), blue.ravel().tolist(), strict=True):
        saturation = max(r, g, b) - min(r, g, b)
        counts[0, saturation * n_bins // 256] += 1
        if saturation < 16:
            continue
        if r >= g and r >= b:
            sixths = Fraction(g - b, saturation) % 6
        elif g >= b:
            sixths = 2 + Fraction(b - r, saturation)
        else:
            sixths = 4 + Fraction(r - g, saturation)
        counts[1, math.floor(sixths * n_bins / 6)] += 1
    return counts
