"""Counts of grey levels, colours and steps between neighbours."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True, error_model="numpy")
def count_levels(plane: NDArray[np.generic], n_levels: int) -> NDArray[np.int64]:
    """Count how often every grey level occurs.

    Parameters
    ----------
    plane : unsigned integer array, shape (rows, columns), values below n_levels

    Returns
    -------
    int64 array, shape (n_levels,), summing to the number of samples.
    """
    rows, columns = plane.shape
    counts = np.zeros((2, n_levels), dtype=np.int64)
    for i in range(rows):
        for j in range(columns):
            counts[j & 1, plane[i, j]] += 1
    return counts[0] + counts[1]


@njit(nogil=True, cache=True, error_model="numpy")
def count_gradient_magnitudes(plane: NDArray[np.generic], edges: NDArray[np.int32]) -> NDArray[np.int64]:
    """Count the steps between neighbours, |right - here| + |below - here|, by size.

    Parameters
    ----------
    plane : integer array, shape (rows, columns), both at least 2, C order
    edges : increasing int32 array, shape (n_edges,), grey levels

    Returns
    -------
    int64 array, shape (n_edges + 1,): bin b counts steps of at least edges[b - 1] and less than edges[b]. A flat
    plane fills bin 0 alone where edges[0] is 1.
    """
    rows, columns = plane.shape
    counts = np.zeros(edges.shape[0] + 1, dtype=np.int64)
    for i in range(rows - 1):
        for j in range(columns - 1):
            here = np.int32(plane[i, j])
            step = abs(np.int32(plane[i, j + 1]) - here) + abs(np.int32(plane[i + 1, j]) - here)
            number = 0
            for edge in edges:
                number += step >= edge
            counts[number] += 1
    return counts


@njit(nogil=True, cache=True, error_model="numpy")
def count_colours(
    red: NDArray[np.uint8], green: NDArray[np.uint8], blue: NDArray[np.uint8], n_bins: int
) -> NDArray[np.int64]:
    """Count saturations, and the hues of the samples that have one.

    Saturation is max - min of the three channels, in grey levels. The hue is the angle on the hexagon of HSV, in
    sixths of a turn from red over yellow and green; samples with a saturation below 16 have none, since rounding
    alone would turn it.

    Parameters
    ----------
    red, green, blue : uint8 arrays of one shape (rows, columns)
    n_bins : equal bins over saturations 0..256, and over the hue circle

    Returns
    -------
    int64 array, shape (2, n_bins): saturations, summing to the number of samples; hues.

    Source
    ------
    Smith, "Color gamut transform pairs", SIGGRAPH 1978.
    """
    rows, columns = red.shape
    counts = np.zeros((2, n_bins), dtype=np.int64)
    for i in range(rows):
        for j in range(columns):
            r, g, b = np.int32(red[i, j]), np.int32(green[i, j]), np.int32(blue[i, j])
            high, low = max(r, max(g, b)), min(r, min(g, b))
            saturation = high - low
            counts[0, saturation * n_bins // 256] += 1
            if saturation >= 16:
                if high == r:
                    turn = (g - b) / saturation
                elif high == g:
                    turn = 2.0 + (b - r) / saturation
                else:
                    turn = 4.0 + (r - g) / saturation
                if turn < 0.0:
                    turn += 6.0
                counts[1, min(int(turn * n_bins / 6.0), n_bins - 1)] += 1
    return counts
