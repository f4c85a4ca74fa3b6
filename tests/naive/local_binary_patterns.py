"""Slow twins of the kernels in `local_binary_patterns`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def count_ring_patterns(plane: Plane) -> NDArray[np.int64]:
    """Bit b is set where neighbour b, counter-clockwise from the right, is at least the centre."""
    ring = [(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]
    counts = np.zeros(256, dtype=np.int64)
    for i in range(1, plane.shape[0] - 1):
        for j in range(1, plane.shape[1] - 1):
            bits = [plane[i + down, j + right] >= plane[i, j] for down, right in ring]
            counts[sum(2**b for b in range(8) if bits[b])] += 1
    return counts


def median_edge_prediction_error(plane: Plane) -> NDArray[np.int64]:
    """Sample less the three-case prediction of LOCO-I."""
    error = np.zeros((plane.shape[0] - 1, plane.shape[1] - 1), dtype=np.int64)
    for i, j in np.ndindex(error.shape):
        a, b, c = int(plane[i + 1, j]), int(plane[i, j + 1]), int(plane[i, j])
        if c >= max(a, b):
            prediction = min(a, b)
        elif c <= min(a, b):
            prediction = max(a, b)
        else:
            prediction = a + b - c
        error[i, j] = int(plane[i + 1, j + 1]) - prediction
    return error


def transform_diagonal_haar(plane: Plane) -> NDArray[np.int64]:
    """Main diagonal of every whole 2x2 block less its other diagonal."""
    band = np.zeros((plane.shape[0] // 2, plane.shape[1] // 2), dtype=np.int64)
    for i, j in np.ndindex(band.shape):
        block = plane[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].astype(int)
        band[i, j] = block[0, 0] + block[1, 1] - block[0, 1] - block[1, 0]
    return band
