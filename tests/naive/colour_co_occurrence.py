"""Slow twins of the kernels in `colour_co_occurrence`."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray


def count_colour_triples(
    planes: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    near: int,
    diagonal: int,
    shift: int,
    threshold: int,
    skip: int,
) -> NDArray[np.int64]:
    """Every sample adds one to the bin of its three quantized residuals."""
    n_windows, rows, columns = planes[0].shape
    n = 2 * threshold + 1
    weights = {(0, 0): -4 * (near + diagonal)}
    weights |= dict.fromkeys(((-1, 0), (0, -1), (0, 1), (1, 0)), near)
    weights |= {(down, right): diagonal for down in (-1, 1) for right in (-1, 1)}
    counts = np.zeros((n_windows, 2, n, n, n), dtype=np.int64)
    for window, i, j in np.ndindex(n_windows, rows, columns):
        if i < 2 or i == rows - 1 or (i // 2) % skip or j in (0, columns - 1):
            continue
        place = []
        for plane in planes:
            terms = (weight * int(plane[window, i + down, j + right]) for (down, right), weight in weights.items())
            residual = sum(terms)
            size = floor(Fraction(abs(residual), 2**shift) + Fraction(1, 2))
            place.append(min(size, threshold) * (1 if residual > 0 else -1) + threshold)
        counts[(window, (i + j) % 2, *place)] += 1
    return counts
