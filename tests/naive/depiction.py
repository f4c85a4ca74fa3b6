"""Slow twins of the kernels in `depiction`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def add_squares(plane: Plane) -> NDArray[np.uint16]:
    """Every sum of a 2x2 square, one after the other."""
    rows, columns = plane.shape[0] // 2, plane.shape[1] // 2
    sums = np.zeros((rows, columns), dtype=np.uint16)
    for i in range(rows):
        for j in range(columns):
            sums[i, j] = sum(int(plane[2 * i + a, 2 * j + b]) for a in (0, 1) for b in (0, 1))
    return sums


def count_flat_runs(plane: Plane, tolerance: int, n_lengths: int) -> NDArray[np.int64]:
    """For every sample and length: are all the steps up from here small, and are there enough of them?"""
    rows, columns = plane.shape
    levels = plane.astype(int)
    counts = np.zeros(n_lengths, dtype=np.int64)
    for number in range(n_lengths):
        length = 2**number
        for i in range(length, rows):
            for j in range(columns):
                steps = np.abs(np.diff(levels[i - length : i + 1, j]))
                counts[number] += bool(np.all(steps <= tolerance))
    return counts


def sum_band_products(plane: Plane, softness: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Whole maps of strengths, and the moments of shifted parts of them."""
    f = plane.astype(np.float64)
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
    laplacian = bands[0] + bands[1]
    asymmetry = np.array([np.sum(laplacian * np.abs(laplacian)), np.sum(laplacian**2)])
    return np.array([_add_up(x, y) for x, y in pairs]), asymmetry


def sum_colour_gradients(
    luma: Plane, red: Plane, green: Plane, blue: Plane, unit: float, softness: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Whole maps of gradients, their tensor and their magnitudes."""
    (grey_x, grey_y), *colours = (_differ(plane.astype(np.float64) * unit) for plane in (luma, red, green, blue))
    e = sum(x**2 for x, _ in colours)
    f = sum(y**2 for _, y in colours)
    h = sum(x * y for x, y in colours)
    coherence = ((e - f) ** 2 + 4 * h**2) / ((e + f) ** 2 + 4)
    (red_x, red_y), (green_x, green_y), (blue_x, blue_y) = colours
    brightness = np.hypot(grey_x, grey_y)
    colour = np.sqrt(
        (red_x - green_x) ** 2 + (red_y - green_y) ** 2 + (blue_x - green_x) ** 2 + (blue_y - green_y) ** 2
    )
    moments = _add_up(brightness / (brightness + softness), colour / (colour + softness))
    return moments, np.array([np.sum(coherence), np.sum(coherence * (e + f)), np.sum(e + f)])


def _add_up(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([x.size, x.sum(), y.sum(), (x**2).sum(), (y**2).sum(), (x * y).sum()])


def _differ(plane: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (plane[1:-1, 2:] - plane[1:-1, :-2]) / 2, (plane[2:, 1:-1] - plane[:-2, 1:-1]) / 2
