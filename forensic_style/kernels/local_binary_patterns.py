"""Local binary patterns on the 3x3 ring, and the median edge predictor's error they are also counted on."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True, error_model="numpy")
def count_ring_patterns(plane: NDArray[np.generic]) -> NDArray[np.int64]:
    """Count the 256 local binary patterns of the 3x3 ring around every interior sample.

    Bit ``b`` of a pattern is set where the ring's sample ``b`` is at least the centre. The ring starts at the
    right-hand neighbour and goes counter-clockwise: E, NE, N, NW, W, SW, S, SE are bits 0 to 7.

    Parameters
    ----------
    plane : integer array, shape (rows, columns), both at least 3, C order

    Returns
    -------
    int64 array, shape (256,), summing to (rows - 2) * (columns - 2). A flat plane fills bin 255 alone.

    Source
    ------
    Ojala, Pietikainen, Maenpaa, "Multiresolution gray-scale and rotation invariant texture classification with
    local binary patterns", IEEE TPAMI 24(7), 2002, equations 1 to 9. Differs from the paper: the diagonal
    neighbours are the pixels themselves, not interpolated on the circle, so every comparison is exact.
    """
    rows, columns = plane.shape
    counts = np.zeros((2, 256), dtype=np.int64)
    patterns = np.empty(columns, dtype=np.int32)
    for i in range(1, rows - 1):
        for j in range(1, columns - 1):
            centre = np.int32(plane[i, j])
            patterns[j] = (
                np.int32(np.int32(plane[i, j + 1]) >= centre)
                | np.int32(np.int32(plane[i - 1, j + 1]) >= centre) << 1
                | np.int32(np.int32(plane[i - 1, j]) >= centre) << 2
                | np.int32(np.int32(plane[i - 1, j - 1]) >= centre) << 3
                | np.int32(np.int32(plane[i, j - 1]) >= centre) << 4
                | np.int32(np.int32(plane[i + 1, j - 1]) >= centre) << 5
                | np.int32(np.int32(plane[i + 1, j]) >= centre) << 6
                | np.int32(np.int32(plane[i + 1, j + 1]) >= centre) << 7
            )
        for j in range(1, columns - 1):
            counts[j & 1, patterns[j]] += 1  # two histograms: equal neighbours do not wait for each other
    return counts[0] + counts[1]


@njit(nogil=True, cache=True, error_model="numpy")
def median_edge_prediction_error(plane: NDArray[np.generic]) -> NDArray[np.int32]:
    """Subtract from every sample what the median edge predictor (MED) expects from its causal neighbours.

    With west ``a``, north ``b`` and north-west ``c`` the prediction is min(a, b) where c >= max(a, b),
    max(a, b) where c <= min(a, b), and a + b - c elsewhere.

    Parameters
    ----------
    plane : integer array, shape (rows, columns), both at least 2, C order

    Returns
    -------
    int32 array, shape (rows - 1, columns - 1), grey levels; all zero for a flat plane.

    Source
    ------
    Weinberger, Seroussi, Sapiro, "The LOCO-I lossless image compression algorithm", IEEE TIP 9(8), 2000,
    equation 1; as a camera fingerprint in Xu and Shi, "Camera model identification using local binary
    patterns", ICME 2012.
    """
    rows, columns = plane.shape
    error = np.empty((rows - 1, columns - 1), dtype=np.int32)
    for i in range(1, rows):
        for j in range(1, columns):
            west, north = np.int32(plane[i, j - 1]), np.int32(plane[i - 1, j])
            corner = np.int32(plane[i - 1, j - 1])
            low, high = min(west, north), max(west, north)
            prediction = min(max(west + north - corner, low), high)
            error[i - 1, j - 1] = np.int32(plane[i, j]) - prediction
    return error
