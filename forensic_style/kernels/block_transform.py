"""The 8x8 cosine transform on the JPEG grid, and the energy of block borders by grid phase."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True, error_model="numpy")
def transform_blocks(plane: NDArray[np.generic], basis: NDArray[np.float32]) -> NDArray[np.float32]:
    """Transform every whole 8x8 block, from the top left, by the orthonormal two-dimensional cosine transform.

    Parameters
    ----------
    plane : integer array, shape (rows, columns), C order
    basis : float32 array, shape (8, 8): basis[k, m] = w(k) cos(pi k (2m + 1) / 16), w(0) = sqrt(1/8), else 1/2

    Returns
    -------
    float32 array, shape (n_blocks, 64), grey levels; mode k * 8 + l has vertical frequency k and horizontal
    frequency l. A flat plane has only mode 0.

    Source
    ------
    Ahmed, Natarajan, Rao, "Discrete cosine transform", IEEE Transactions on Computers C-23, 1974; ITU-T T.81,
    A.3.3.
    """
    down, across = plane.shape[0] // 8, plane.shape[1] // 8
    coefficients = np.empty((down * across, 64), dtype=np.float32)
    half = np.empty((8, 8), dtype=np.float32)
    for number in range(down * across):
        top, left = (number // across) * 8, (number % across) * 8
        for k in range(8):
            for n in range(8):
                half[k, n] = 0.0
            for m in range(8):
                weight = basis[k, m]
                for n in range(8):
                    half[k, n] += weight * np.float32(plane[top + m, left + n])
        for k in range(8):
            for mode in range(8):
                total = np.float32(0.0)
                for n in range(8):
                    total += half[k, n] * basis[mode, n]
                coefficients[number, k * 8 + mode] = total
    return coefficients


@njit(nogil=True, cache=True, error_model="numpy")
def summarize_modes(coefficients: NDArray[np.float32], thresholds: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum up each mode over all blocks: mean magnitude, and the shares of magnitudes below some thresholds.

    Parameters
    ----------
    coefficients : float32 array, shape (n_blocks, 64), n_blocks at least 1
    thresholds : float32 array, shape (n_thresholds,), grey levels

    Returns
    -------
    float64 array, shape (1 + n_thresholds, 64): mean magnitude in grey levels, then the share below each threshold.
    """
    n_blocks, n_modes = coefficients.shape
    n_thresholds = thresholds.shape[0]
    summary = np.zeros((1 + n_thresholds, n_modes), dtype=np.float64)
    for number in range(n_blocks):
        for mode in range(n_modes):
            magnitude = abs(coefficients[number, mode])
            summary[0, mode] += np.float64(magnitude)
            for t in range(n_thresholds):
                if magnitude < thresholds[t]:
                    summary[1 + t, mode] += 1.0
    return summary / n_blocks


@njit(nogil=True, cache=True, error_model="numpy")
def sum_crossings_by_phase(plane: NDArray[np.generic], period: int) -> NDArray[np.int64]:
    """Sum the magnitude of the 2x2 cross-difference apart for each phase of a grid.

    The cross-difference of the samples A B over C D is A - B - C + D; it is large where four blocks of an
    encoder meet.

    Parameters
    ----------
    plane : integer array, shape (rows, columns), both at least 2, C order
    period : of the grid, samples

    Returns
    -------
    int64 array, shape (2, period, period): sums of magnitudes, then numbers of samples; entry (i, j) is for
    crossings whose A lies at row i, column j modulo the period. All sums are zero for a flat plane.

    Source
    ------
    Fan and de Queiroz, "Identification of bitmap compression history", IEEE TIP 12(2), 2003, section II; Minami
    and Zakhor, "An optimization approach for removing blocking effects in transform coding", IEEE TCSVT 5(2),
    1995.
    """
    rows, columns = plane.shape
    sums = np.zeros((2, period, period), dtype=np.int64)
    for i in range(rows - 1):
        phase = i % period
        for j in range(columns - 1):
            top = np.int32(plane[i, j]) - np.int32(plane[i, j + 1])
            bottom = np.int32(plane[i + 1, j]) - np.int32(plane[i + 1, j + 1])
            column = j % period
            sums[0, phase, column] += abs(top - bottom)
            sums[1, phase, column] += 1
    return sums
