"""Slow twins of the kernels in `co_occurrence`."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def count_difference_triples(planes: Plane, threshold: int) -> NDArray[np.int64]:
    """Every run of four samples inside the plane adds one to the bin of its three truncated differences."""
    n_windows, rows, columns = planes.shape
    n = 2 * threshold + 1
    counts = np.zeros((n_windows, 4, n, n, n), dtype=np.int64)
    for direction, (down, right) in enumerate([(0, 1), (1, 0), (1, 1), (1, -1)]):
        for window, i, j in np.ndindex(planes.shape):
            places = [(i + k * down, j + k * right) for k in range(4)]
            if not all(row < rows and 0 <= column < columns for row, column in places):
                continue
            samples = [int(planes[window, row, column]) for row, column in places]
            steps = (samples[k] - samples[k + 1] for k in range(3))
            bins = tuple(max(-threshold, min(threshold, step)) + threshold for step in steps)
            counts[(window, direction, *bins)] += 1
    return counts


def count_third_difference_runs(planes: Plane, step: int) -> NDArray[np.int64]:
    """Every run of four residual codes inside the plane adds one to its bin, for residuals and runs both ways."""
    counts = np.zeros((len(planes), 4, 5, 5, 5, 5), dtype=np.int64)
    for window, number in np.ndindex(counts.shape[:2]):
        samples = np.asarray(planes[window]).astype(int)
        residual_down, run_down = divmod(number, 2)
        codes = _quantize_third_differences(samples if not residual_down else samples.T, step)
        codes = codes.T if residual_down else codes
        codes = codes.T if run_down else codes
        for line in codes:
            for j in range(len(line) - 3):
                counts[(window, number, *line[j : j + 4])] += 1
    return counts


def _quantize_third_differences(samples: NDArray[np.int_], step: int) -> NDArray[np.int_]:
    """2 + residual / step along rows, rounded half away from zero in exact fractions, truncated to 0..4."""
    rows, columns = samples.shape
    codes = np.zeros((rows, max(columns - 3, 0)), dtype=int)
    for i, j in np.ndindex(codes.shape):
        before, here, after, beyond = (int(sample) for sample in samples[i, j : j + 4])
        residual = before - 3 * here + 3 * after - beyond
        rounded = math.floor(Fraction(abs(residual), step) + Fraction(1, 2))
        codes[i, j] = 2 + max(-2, min(2, rounded if residual > 0 else -rounded))
    return codes
