"""Histograms of the noise residual by brightness."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True, error_model="numpy")
def count_residual_magnitudes(
    plane: NDArray[np.generic], n_intensities: int, n_magnitudes: int, scale: float
) -> NDArray[np.int64]:
    """Count magnitudes of the 3x3 second difference along both axes, apart for each band of brightness.

    The residual is the sum of the neighbourhood weighted by [1 -2 1; -2 4 -2; 1 -2 1], which ignores planes
    and straight edges along the axes: for white noise of standard deviation sigma its own is 6 sigma.
    A sample's brightness is the mean of its 3x3 neighbourhood, not itself, so that its own noise does not
    choose its band.

    Parameters
    ----------
    plane : integer array, shape (rows, columns), both at least 3, C order
    n_intensities : bands of equal width over 0..256 grey levels of 8 bit
    n_magnitudes : bins, one grey level of the weighted sum (a sixth of noise) wide; larger ones fall in the last
    scale : grey levels of 8 bit per unit of the plane (1 for 8 bit, 255 / 65535 for 16 bit)

    Returns
    -------
    int64 array, shape (n_intensities, n_magnitudes), summing to (rows - 2) * (columns - 2); bin m holds
    magnitudes from m - 1/2 up to, not including, m + 1/2 of the weighted sum, in grey levels of 8 bit: of an 8-bit
    plane exactly the magnitude m.

    Source
    ------
    Immerkaer, "Fast noise variance estimation", Computer Vision and Image Understanding 64(2), 1996.
    """
    rows, columns = plane.shape
    counts = np.zeros((n_intensities, n_magnitudes), dtype=np.int64)
    curved = np.empty(columns, dtype=np.int32)
    summed = np.empty(columns, dtype=np.int32)
    to_band = scale * n_intensities / (9.0 * 256.0)
    for i in range(1, rows - 1):
        for j in range(columns):
            above, below = np.int32(plane[i - 1, j]), np.int32(plane[i + 1, j])
            here = np.int32(plane[i, j])
            curved[j] = above - 2 * here + below
            summed[j] = above + here + below
        for j in range(1, columns - 1):
            residual = abs(curved[j - 1] - 2 * curved[j] + curved[j + 1])
            intensity = summed[j - 1] + summed[j] + summed[j + 1]
            counts[int(intensity * to_band), min(int(residual * scale + 0.5), n_magnitudes - 1)] += 1
    return counts
