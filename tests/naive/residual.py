"""Slow twins of the kernels in `residual`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def subtract_local_mean(planes: Plane, step: int) -> NDArray[np.int64]:
    """Nine times the sample less the sum of its 3x3 neighbourhood, every step-th row."""
    wide = planes.astype(np.int64)
    n_windows, n_rows, n_columns = planes.shape
    rows = range(1, n_rows - 1, step)
    residual = np.zeros((n_windows, len(rows), n_columns - 2), dtype=np.int64)
    for window, plane in enumerate(wide):
        for number, i in enumerate(rows):
            for j in range(1, n_columns - 1):
                residual[window, number, j - 1] = 9 * plane[i, j] - plane[i - 1 : i + 2, j - 1 : j + 2].sum()
    return residual


def correlate_lags(residuals: NDArray[np.int16], lags: NDArray[np.int64], step: int) -> NDArray[np.float64]:
    """Mean product of samples (down, right) apart, from every step-th row, over the mean square there."""
    n_windows, rows, columns = residuals.shape
    result = np.zeros((n_windows, len(lags)))
    for window, wide in enumerate(residuals.astype(np.int64)):
        mean_square = np.mean(wide[::step] ** 2)
        for k, (down, right) in enumerate(lags.tolist()):
            products = [
                wide[i, j] * wide[i + down, j + right]
                for i in range(0, rows - down, step)
                for j in range(columns)
                if 0 <= j + right < columns
            ]
            result[window, k] = np.mean(products) / mean_square if mean_square > 0 else 0.0
    return result


def multiply_channels(red: NDArray[np.int16], green: NDArray[np.int16], blue: NDArray[np.int16]) -> NDArray[np.float64]:
    """Mean products of channels, then of their differences from green with the neighbours one and two to the right."""
    r, g, b = (channel.astype(np.int64) for channel in (red, green, blue))
    products = [r * r, g * g, b * b, r * g, b * g, r * b]
    result = [np.mean(product, axis=(1, 2)) for product in products]
    places = np.array([j for j in range(g.shape[2] - 2) if j % 128 < 126])
    for unlike in (r - g, b - g):
        for right in (1, 2):
            result.append(np.mean(unlike[:, :, places] * unlike[:, :, places + right], axis=(1, 2)))
    return np.stack(result, axis=1)
