"""Slow twins of the kernels in `linear_pattern`."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def subtract_colours(red: Plane, green: Plane, blue: Plane) -> NDArray[np.int64]:
    """2 green - red - blue."""
    return 2 * green.astype(np.int64) - red.astype(np.int64) - blue.astype(np.int64)


def sum_residual_lines(
    planes: Plane, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Sums of the truncated residual over bands of columns, tiles of rows, squares over tiles, and places mod 16."""
    n_windows, n_bands, n_tiles = len(planes), planes.shape[1] // 16, planes.shape[2] // 16
    columns = np.zeros((n_windows, n_bands, 16 * n_tiles), dtype=np.int64)
    rows = np.zeros((n_windows, n_tiles, 16 * n_bands), dtype=np.int64)
    energy = np.zeros((n_windows, n_bands, n_tiles), dtype=np.int64)
    lattice = np.zeros((n_windows, 2, 16, 16), dtype=np.int64)
    padded = np.pad(planes.astype(np.int64), ((0, 0), (1, 1), (1, 1)), mode="edge")
    for window, i, j in np.ndindex(n_windows, 16 * n_bands, 16 * n_tiles):
        residual = 9 * padded[window, i + 1, j + 1] - padded[window, i : i + 3, j : j + 3].sum()
        residual = min(max(residual, -limit), limit)
        columns[window, i // 16, j] += residual
        rows[window, j // 16, i] += residual
        energy[window, i // 16, j // 16] += residual**2
        lattice[window, (i // 16 + j // 16) % 2, i % 16, j % 16] += residual
    return columns, rows, energy, lattice


def correlate_lines(
    sums: NDArray[np.int32], energy: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean products of pairs of samples of one column over the mean square, from the sums of their bands.

    The square of a sum is the sum of squares and of all products of ordered pairs of different samples.
    """
    near, far, tiles = zip(*map(_correlate_lines_of_one, sums, energy), strict=True)
    return np.array(near), np.array(far), np.stack(tiles)


def _correlate_lines_of_one(
    sums: NDArray[np.int32], energy: NDArray[np.int32]
) -> tuple[float, float, NDArray[np.float64]]:
    n_bands, n_tiles = energy.shape
    wide, total = sums.astype(np.float64), float(energy.sum())
    tiles = np.zeros((n_bands, n_tiles))
    pairs = np.zeros((n_bands, n_tiles))
    for b, k in np.ndindex(n_bands, n_tiles):
        pairs[b, k] = (wide[b, 16 * k : 16 * k + 16] ** 2).sum() - energy[b, k]
        if energy[b, k] > 0:
            tiles[b, k] = (pairs[b, k] / (16 * 16 * 15)) / (energy[b, k] / 256)
    if total == 0:
        return 0.0, 0.0, tiles.ravel()
    mean_square = total / (256 * n_bands * n_tiles)
    near = pairs.sum() / (16 * 15 * 16 * n_bands * n_tiles) / mean_square
    products = [wide[a] @ wide[b] / 256 / wide.shape[1] for a, b in combinations(range(n_bands), 2)]
    return near, float(np.mean(products)) / mean_square if products else 0.0, tiles.ravel()
