"""Slow twins of the kernels in `residual`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def subtract_local_mean(plane: Plane) -> NDArray[np.int64]:
    """Nine times the sample less the sum of its 3x3 neighbourhood."""
    wide = plane.astype(np.int64)
    residual = np.zeros((plane.shape[0] - 2, plane.shape[1] - 2), dtype=np.int64)
    for i, j in np.ndindex(residual.shape):
        residual[i, j] = 9 * wide[i + 1, j + 1] - wide[i : i + 3, j : j + 3].sum()
    return residual


def correlate_shifts(residual: NDArray[np.int32], reach: int) -> NDArray[np.float64]:
    """Mean product of samples (down, right) apart over the mean square."""
    rows, columns = residual.shape
    wide = residual.astype(np.int64)
    result = np.zeros((reach + 1, 2 * reach + 1))
    if not wide.any():
        return result
    mean_square = Fraction(int((wide * wide).sum()), wide.size)
    for down in range(reach + 1):
        for right in range(-reach, reach + 1):
            products = [
                int(wide[i, j]) * int(wide[i + down, j + right])
                for i in range(rows - down)
                for j in range(columns)
                if 0 <= j + right < columns
            ]
            result[down, reach + right] = Fraction(sum(products), len(products)) / mean_square
    return result


def correlate_channels(one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.float64]:
    """Sum of products over the root of both sums of squares, then both root mean squares."""
    a, b = one.astype(np.float64).ravel(), other.astype(np.float64).ravel()
    energy = np.linalg.norm(a) * np.linalg.norm(b)
    correlation = a @ b / energy if energy > 0 else 0.0
    return np.array([correlation, np.sqrt(np.mean(a**2)), np.sqrt(np.mean(b**2))])


def correlate_rows_with_their_mean(residual: NDArray[np.int32]) -> NDArray[np.float64]:
    """Pearson correlation of each row with the sum of the other rows."""
    wide = residual.astype(np.float64)
    result = np.zeros(wide.shape[0])
    for i, row in enumerate(wide):
        others = np.delete(wide, i, axis=0).sum(axis=0)
        if np.ptp(row) > 0 and np.ptp(others) > 0:
            result[i] = np.mean((row - row.mean()) * (others - others.mean())) / (row.std() * others.std())
    return result
