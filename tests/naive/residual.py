"""Slow twins of the kernels in `residual`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def subtract_local_mean(plane: Plane, step: int) -> NDArray[np.int64]:
    """Nine times the sample less the sum of its 3x3 neighbourhood, every step-th row."""
    wide = plane.astype(np.int64)
    rows = range(1, plane.shape[0] - 1, step)
    residual = np.zeros((len(rows), plane.shape[1] - 2), dtype=np.int64)
    for number, i in enumerate(rows):
        for j in range(1, plane.shape[1] - 1):
            residual[number, j - 1] = 9 * wide[i, j] - wide[i - 1 : i + 2, j - 1 : j + 2].sum()
    return residual


def correlate_lags(residual: NDArray[np.int16], lags: NDArray[np.int64], step: int) -> NDArray[np.float64]:
    """Mean product of samples (down, right) apart, from every step-th row, over the mean square there."""
    rows, columns = residual.shape
    wide = residual.astype(np.int64)
    mean_square = np.mean(wide[::step] ** 2)
    result = np.zeros(len(lags))
    for k, (down, right) in enumerate(lags.tolist()):
        products = [
            wide[i, j] * wide[i + down, j + right]
            for i in range(0, rows - down, step)
            for j in range(columns)
            if 0 <= j + right < columns
        ]
        result[k] = np.mean(products) / mean_square if mean_square > 0 else 0.0
    return result


def multiply_channels(red: NDArray[np.int16], green: NDArray[np.int16], blue: NDArray[np.int16]) -> NDArray[np.float64]:
    """Mean products of channels, then of their differences from green with the neighbours one and two to the right."""
    r, g, b = (channel.astype(np.int64) for channel in (red, green, blue))
    products = [r * r, g * g, b * b, r * g, b * g, r * b]
    result = [np.mean(product) for product in products]
    places = [j for j in range(g.shape[1] - 2) if j % 128 < 126]
    for unlike in (r - g, b - g):
        for right in (1, 2):
            result.append(np.mean([unlike[:, j] * unlike[:, j + right] for j in places]))
    return np.array(result)
