"""Slow twins of the kernels in `spectrum`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def _start_tiles(length: int, side: int, most: int) -> list[int]:
    """Starts of the tiles along one axis: an odd distance apart, as far as they reach."""
    n_tiles = min(most, (length - side) // max(side // 2, 1) + 1)
    distance = (length - side) // (n_tiles - 1) if n_tiles > 1 else 1
    return [number * (distance if distance % 2 else distance - 1) for number in range(n_tiles)]


def cut_tapered_tiles(planes: Plane, taper: NDArray[np.float32], most: int) -> NDArray[np.float64]:
    """(tile - mean) times taper[i] taper[j], for every tile, in float64."""
    side = taper.size
    weight = np.outer(taper.astype(np.float64), taper.astype(np.float64))
    tiles = [
        planes[:, top : top + side, left : left + side].astype(np.float64)
        for top in _start_tiles(planes.shape[1], side, most)
        for left in _start_tiles(planes.shape[2], side, most)
    ]
    return np.stack([(tile - tile.mean(axis=(1, 2), keepdims=True)) * weight for tile in tiles], axis=1)


def average_log_power(spectra: NDArray[np.complex64], scale: float, floor: float) -> NDArray[np.float64]:
    """Mean of the logarithms, one by one."""
    power = np.abs(spectra.astype(np.complex128)) ** 2 * scale
    return np.log2(power + floor).mean(axis=1)


def fold_cross_differences(planes: Plane) -> NDArray[np.float64]:
    """Mean of the magnitudes whose place leaves the same rest, over whole periods."""
    x = planes.astype(np.float64)
    magnitude = np.abs(x[:, :-1, :-1] + x[:, 1:, 1:] - x[:, :-1, 1:] - x[:, 1:, :-1])
    rows, columns = (length // 8 * 8 for length in magnitude.shape[1:])
    means = [[magnitude[:, i:rows:8, j:columns:8].mean(axis=(1, 2)) for j in range(8)] for i in range(8)]
    return np.moveaxis(np.array(means), 2, 0)


def fold_columns(plane: Plane, side: int, limit: float) -> NDArray[np.float64]:
    """Every difference by itself, put with the block and the place of the column its middle lies in or behind."""
    columns = plane.shape[1]
    blocks = [
        (top, left)
        for top in range(0, plane.shape[0] - side + 1, side)
        for left in range(0, plane.shape[1] - side + 1, side)
    ]
    top_value = int(2 * limit)
    result = np.zeros((len(blocks), 2, 8))
    for number, (top, left) in enumerate(blocks):
        sums = plane[top : top + side : 2].astype(np.int64) + plane[top + 1 : top + side : 2]
        found: list[list[list[float]]] = [[[] for _ in range(8)] for _ in range(2)]
        for line in sums.tolist():
            for j in range(max(left, 1), min(left + side, columns - 2)):
                third = abs(line[j - 1] - 3 * line[j] + 3 * line[j + 1] - line[j + 2])
                second = 2 * line[j] - line[j - 1] - line[j + 1]
                found[0][j % 8].append(min(third, top_value) / 2)
                found[1][j % 8].append(max(min(second, top_value), -top_value) / 2)
        result[number] = [[np.mean(values) if values else 0.0 for values in kind] for kind in found]
    return result
