"""Joint histograms of neighbouring pixel differences (SPAM)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True, error_model="numpy")
def count_difference_triples(plane: NDArray[np.generic], threshold: int) -> NDArray[np.int64]:
    """Count triples of consecutive truncated differences along four directions.

    Along a direction s the difference is D[p] = plane[p] - plane[p + s], truncated to -threshold..threshold
    (T in the paper). Every run of four samples p, p + s, p + 2s, p + 3s adds one to the bin
    (D[p], D[p + s], D[p + 2s]).

    Parameters
    ----------
    plane : integer array, shape (rows, columns), C order
    threshold : largest difference told apart, in grey levels

    Returns
    -------
    int64 array, shape (4, n, n, n) with n = 2 * threshold + 1; axis 0 is right, down, down-right, down-left;
    the other axes hold difference + threshold. All zero where no run of four samples fits.

    Source
    ------
    Pevny, Bas, Fridrich, "Steganalysis by subtractive pixel adjacency matrix", IEEE TIFS 5(2), 2010,
    equations 1 to 6. Differs from the paper: joint counts instead of transition probabilities. The opposite
    directions are the same counts re-indexed: (u, v, w) becomes (-w, -v, -u).
    """
    rows, columns = plane.shape
    n = 2 * threshold + 1
    counts = np.zeros((4, 2, n * n * n), dtype=np.int64)
    bins = np.empty(columns, dtype=np.int32)
    high, low = np.int32(threshold), np.int32(-threshold)
    for direction in range(4):
        down = 0 if direction == 0 else 1
        right = (1, 0, 1, -1)[direction]
        first, last = max(0, -3 * right), columns - max(0, 3 * right)
        for i in range(rows - 3 * down):  # slices: an index that may be negative could not be vectorized
            zeroth = plane[i, first:last]
            one = plane[i + down, first + right : last + right]
            two = plane[i + 2 * down, first + 2 * right : last + 2 * right]
            three = plane[i + 3 * down, first + 3 * right : last + 3 * right]
            for j in range(last - first):
                a, b, c, d = np.int32(zeroth[j]), np.int32(one[j]), np.int32(two[j]), np.int32(three[j])
                u = min(max(a - b, low), high) + high
                v = min(max(b - c, low), high) + high
                w = min(max(c - d, low), high) + high
                bins[j] = (u * n + v) * n + w
            for j in range(last - first):
                counts[direction, j & 1, bins[j]] += 1
    return (counts[:, 0] + counts[:, 1]).reshape((4, n, n, n))
