"""Slow twins of the kernels in `depiction`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def add_squares(planes: Plane) -> NDArray[np.uint16]:
    """Every sum of a 2x2 square, one after the other."""
    sums = np.zeros((len(planes), planes.shape[1] // 2, planes.shape[2] // 2), dtype=np.uint16)
    for window, i, j in np.ndindex(sums.shape):
        sums[window, i, j] = sum(int(planes[window, 2 * i + a, 2 * j + b]) for a in (0, 1) for b in (0, 1))
    return sums


def count_flat_runs(planes: Plane, tolerance: int, n_lengths: int) -> NDArray[np.int64]:
    """For every sample and length: are all the steps up, or back, from here small, and are there enough of them?"""
    counts = np.zeros((len(planes), 2, n_lengths), dtype=np.int64)
    for window, direction, number in np.ndindex(counts.shape):
        levels = planes[window].astype(int)
        levels = levels.T if direction else levels
        length = 2**number
        for i in range(length, levels.shape[0]):
            for j in range(levels.shape[1]):
                steps = np.abs(np.diff(levels[i - length : i + 1, j]))
                counts[window, direction, number] += bool(np.all(steps <= tolerance))
    return counts


def sum_band_products(planes: Plane, softness: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Whole maps of strengths, and the moments of shifted parts of them."""
    moments, asymmetry = [], []
    for f in planes.astype(np.float64):
        middle = f[1:-1, 1:-1]
        bands = [
            f[1:-1, :-2] - 2 * middle + f[1:-1, 2:],
            f[:-2, 1:-1] - 2 * middle + f[2:, 1:-1],
            f[:-2, :-2] - 2 * middle + f[2:, 2:],
            f[:-2, 2:] - 2 * middle + f[2:, :-2],
        ]
        right, down, falling, rising = (np.abs(band) / (np.abs(band) + softness) for band in bands)
        pairs = [(right[:, :-lag], right[:, lag:]) for lag in (1, 2, 4)]
        pairs += [(down[:-lag], down[lag:]) for lag in (1, 2, 4)]
        pairs += [(right, down), (falling, rising), (right + down, falling + rising)]
        moments.append([_add_up(x, y) for x, y in pairs])
        laplacian = bands[0] + bands[1]
        asymmetry.append([np.sum(laplacian * np.abs(laplacian)), np.sum(laplacian**2)])
    return np.array(moments), np.array(asymmetry)


def _add_up(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([x.size, x.sum(), y.sum(), (x**2).sum(), (y**2).sum(), (x * y).sum()])
