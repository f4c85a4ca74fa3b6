"""Power spectra of overlapping tiles."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True, error_model="numpy")
def cut_tapered_tiles(plane: NDArray[np.generic], taper: NDArray[np.float32], hop: int) -> NDArray[np.float32]:
    """Cut a plane into overlapping square tiles, less their mean, weighted towards their middle.

    Parameters
    ----------
    plane : integer array, shape (rows, columns), both at least the tile's side, C order
    taper : float32 array, shape (side,); a tile's weight is taper[i] * taper[j]
    hop : distance of neighbouring tiles, samples

    Returns
    -------
    float32 array, shape (n_tiles, side, side), row by row from the top left; tiles that would reach past the
    border are left out. A flat plane gives zeros.
    """
    side = taper.shape[0]
    rows, columns = plane.shape
    across = (columns - side) // hop + 1
    down = (rows - side) // hop + 1
    tiles = np.empty((down * across, side, side), dtype=np.float32)
    for number in range(down * across):
        top, left = (number // across) * hop, (number % across) * hop
        tile = plane[top : top + side, left : left + side]
        total = np.int64(0)
        for i in range(side):
            for j in range(side):
                total += np.int64(tile[i, j])
        mean = np.float32(total / (side * side))
        for i in range(side):
            for j in range(side):
                tiles[number, i, j] = (np.float32(tile[i, j]) - mean) * (taper[i] * taper[j])
    return tiles


@njit(nogil=True, cache=True, error_model="numpy")
def average_by_label(values: NDArray[np.float64], labels: NDArray[np.int32], n_labels: int) -> NDArray[np.float64]:
    """Average the values that carry the same label.

    Parameters
    ----------
    values : float64 array, shape (rows, columns)
    labels : int32 array of the same shape; negative ones are left out
    n_labels : labels run from 0 to n_labels - 1

    Returns
    -------
    float64 array, shape (n_labels,); 0 for a label nobody carries.
    """
    rows, columns = values.shape
    total = np.zeros(n_labels, dtype=np.float64)
    count = np.zeros(n_labels, dtype=np.int64)
    for i in range(rows):
        for j in range(columns):
            label = labels[i, j]
            if label >= 0:
                total[label] += values[i, j]
                count[label] += 1
    for label in range(n_labels):
        if count[label] > 0:
            total[label] /= count[label]
    return total
