"""Slow twins of the kernels in `local_binary_patterns`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def count_ring_patterns(planes: Plane) -> NDArray[np.int64]:
    """Bit b is set where neighbour b, counter-clockwise from the right, is at least the centre."""
    ring = [(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]
    counts = np.zeros((len(planes), 256), dtype=np.int64)
    for number, plane in enumerate(planes):
        for i in range(1, plane.shape[0] - 1):
            for j in range(1, plane.shape[1] - 1):
                bits = [plane[i + down, j + right] >= plane[i, j] for down, right in ring]
                counts[number, sum(2**b for b in range(8) if bits[b])] += 1
    return counts


def median_edge_prediction_error(planes: Plane) -> NDArray[np.int64]:
    """Sample less the three-case prediction of LOCO-I."""
    error = np.zeros((len(planes), planes.shape[1] - 1, planes.shape[2] - 1), dtype=np.int64)
    for number, i, j in np.ndindex(error.shape):
        plane = planes[number]
        a, b, c = int(plane[i + 1, j]), int(plane[i, j + 1]), int(plane[i, j])
        if c >= max(a, b):
            prediction = min(a, b)
        elif c <= min(a, b):
            prediction = max(a, b)
        else:
            prediction = a + b - c
        error[number, i, j] = int(plane[i + 1, j + 1]) - prediction
    return error


def transform_diagonal_haar(planes: Plane) -> NDArray[np.int64]:
    """Main diagonal of every whole 2x2 block less its other diagonal."""
    band = np.zeros((len(planes), planes.shape[1] // 2, planes.shape[2] // 2), dtype=np.int64)
    for number, i, j in np.ndindex(band.shape):
        block = planes[number, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].astype(int)
        band[number, i, j] = block[0, 0] + block[1, 1] - block[0, 1] - block[1, 0]
    return band
