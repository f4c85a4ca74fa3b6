"""High-pass residuals, and how their samples hang together: neighbours, rows, channels."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True, error_model="numpy")
def subtract_local_mean(plane: NDArray[np.generic]) -> NDArray[np.int32]:
    """Subtract from nine times every interior sample the sum of its 3x3 neighbourhood.

    That is nine times the deviation from the local mean, kept whole so that all that follows is exact. The
    filter is mild enough to keep fixed patterns of rows and columns, which a second difference along both
    axes would remove.

    Parameters
    ----------
    plane : uint8 or uint16 array, shape (rows, columns), both at least 3, C order

    Returns
    -------
    int32 array, shape (rows - 2, columns - 2), ninths of a grey level; all zero for a flat plane.
    """
    rows, columns = plane.shape
    residual = np.empty((rows - 2, columns - 2), dtype=np.int32)
    vertical = np.empty(columns, dtype=np.int32)
    for i in range(1, rows - 1):
        for j in range(columns):
            vertical[j] = np.int32(plane[i - 1, j]) + np.int32(plane[i, j]) + np.int32(plane[i + 1, j])
        for j in range(1, columns - 1):
            total = vertical[j - 1] + vertical[j] + vertical[j + 1]
            residual[i - 1, j - 1] = np.int32(9) * np.int32(plane[i, j]) - total
    return residual


@njit(nogil=True, cache=True, error_model="numpy")
def correlate_shifts(residual: NDArray[np.int32], reach: int) -> NDArray[np.float64]:
    """Correlate a residual with itself shifted by every lag of a half plane.

    Parameters
    ----------
    residual : int32 array, shape (rows, columns), both greater than reach
    reach : largest shift along either axis, samples

    Returns
    -------
    float64 array, shape (reach + 1, 2 * reach + 1): entry (down, reach + right) is the mean product of samples
    that far apart over the mean square, so -1..1 up to border effects. Zero for a residual of zero; entries
    left of the origin in row 0 repeat those right of it.
    """
    rows, columns = residual.shape
    result = np.zeros((reach + 1, 2 * reach + 1), dtype=np.float64)
    energy = np.int64(0)
    for i in range(rows):
        for j in range(columns):
            energy += np.int64(residual[i, j]) * np.int64(residual[i, j])
    if energy == 0:
        return result
    mean_square = energy / (rows * columns)
    for down in range(reach + 1):
        for right in range(-reach if down else 0, reach + 1):
            first, last = max(0, -right), columns - max(0, right)
            total = np.int64(0)
            for i in range(rows - down):
                here, there = residual[i, first:last], residual[i + down, first + right : last + right]
                for j in range(last - first):  # slices: an index that may be negative could not be vectorized
                    total += np.int64(here[j]) * np.int64(there[j])
            result[down, reach + right] = total / ((rows - down) * (last - first)) / mean_square
    for right in range(1, reach + 1):
        result[0, reach - right] = result[0, reach + right]
    return result


@njit(nogil=True, cache=True, error_model="numpy")
def correlate_channels(one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.float64]:
    """Compare two residuals sample by sample.

    Parameters
    ----------
    one, other : int32 arrays of one shape (rows, columns)

    Returns
    -------
    float64 array, shape (3,): correlation of the two about zero (-1..1; 0 where one of them is all zero), then
    the root mean square of each, in their unit.
    """
    rows, columns = one.shape
    first = second = product = np.int64(0)
    for i in range(rows):
        for j in range(columns):
            a, b = np.int64(one[i, j]), np.int64(other[i, j])
            first += a * a
            second += b * b
            product += a * b
    result = np.zeros(3, dtype=np.float64)
    result[1] = np.sqrt(first / (rows * columns))
    result[2] = np.sqrt(second / (rows * columns))
    if first > 0 and second > 0:
        result[0] = product / (np.sqrt(np.float64(first)) * np.sqrt(np.float64(second)))
    return result


@njit(nogil=True, cache=True, error_model="numpy")
def correlate_rows_with_their_mean(residual: NDArray[np.int32]) -> NDArray[np.float64]:
    """Correlate every row of a residual with the sum of the other rows.

    A line sensor repeats its fixed pattern in every row, an area sensor does not.

    Parameters
    ----------
    residual : int32 array, shape (rows, columns), at least 2 rows, C order

    Returns
    -------
    float64 array, shape (rows,), Pearson correlations -1..1; 0 where a row or the sum of the others is constant.

    Source
    ------
    Khanna, Chiu, Allebach, Delp, "Forensic techniques for classifying scanner, computer generated and digital
    camera images", ICASSP 2008. Differs from the paper: the row itself is left out of the average, so that
    independent rows correlate by zero on average whatever their number.
    """
    rows, columns = residual.shape
    total = np.zeros(columns, dtype=np.int64)
    for i in range(rows):
        for j in range(columns):
            total[j] += residual[i, j]
    result = np.zeros(rows, dtype=np.float64)
    for i in range(rows):
        row_sum = others_sum = np.int64(0)
        row_square = others_square = product = 0.0
        for j in range(columns):
            value = np.int64(residual[i, j])
            others = total[j] - value
            row_sum += value
            others_sum += others
            row_square += np.float64(value * value)
            others_square += np.float64(others * others)
            product += np.float64(value * others)
        row_variance = row_square - np.float64(row_sum) * np.float64(row_sum) / columns
        others_variance = others_square - np.float64(others_sum) * np.float64(others_sum) / columns
        if row_variance > 0.5 and others_variance > 0.5:  # whole numbers: a constant row gives 0 up to rounding
            covariance = product - np.float64(row_sum) * np.float64(others_sum) / columns
            result[i] = covariance / np.sqrt(row_variance * others_variance)
    return result
