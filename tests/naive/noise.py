"""Slow twins of the kernels in `noise`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def _sum_neighbourhood(plane: Plane, scale: int, i: int, j: int) -> list[int]:
    """Sums of the four squares of scale x scale samples from (i, j) on: a, b above, c, d below."""
    corners = [(i + down, j + right) for down in (0, scale) for right in (0, scale)]
    return [int(plane[top : top + scale, left : left + scale].sum(dtype=np.int64)) for top, left in corners]


def measure_blocks(planes: Plane, step: int) -> NDArray[np.float64]:
    """Mean, share of 0 and 255, mean square gradients and details of the blocks in every step-th row of them."""
    return np.stack([_measure_blocks_of_one(plane, step) for plane in planes])


def _measure_blocks_of_one(plane: Plane, step: int) -> NDArray[np.float64]:
    columns = []
    for top in range(0, plane.shape[0] // 8 * 8, 8 * step):
        for left in range(0, plane.shape[1] // 8 * 8 - 8, 8):
            block = plane[top : top + 8, left : left + 8]
            gradients, details = [], []
            for scale in (1, 2, 4):
                places = [(i, j) for i in range(top, top + 8, 2 * scale) for j in range(left, left + 8)]
                squares = [_sum_neighbourhood(plane, scale, i, j) for i, j in places]
                unit = 4 * scale**2
                gradients.append(
                    np.mean([((a + b - c - d) ** 2 + (a - b + c - d) ** 2) / 2 / unit for a, b, c, d in squares])
                )
                details.append(np.mean([(a - b - c + d) ** 2 / unit for a, b, c, d in squares]))
            ends = np.mean((block == 0) | (block == 255))
            columns.append([block.mean(), ends, *gradients[:2], *details])
    return np.array(columns).T


def find_quiet_levels(
    blocks: NDArray[np.float32], ranges: NDArray[np.float64], share: float, fewest: int
) -> NDArray[np.float64]:
    """Number, mean brightness, largest gradient taken and median details of the quietest blocks of each range."""
    result = np.zeros((len(blocks), len(ranges), 6))
    for window, number in np.ndindex(len(blocks), len(ranges)):
        row, (low, high) = result[window, number], ranges[number]
        inside = [block for block in blocks[window].T if block[1] == 0 and low <= block[0] < high]
        if inside:
            gradients = sorted(block[2] + block[3] for block in inside)
            wanted = min(max(math.ceil(share * len(inside)), fewest), len(inside))
            taken = [block for block in inside if block[2] + block[3] <= gradients[wanted - 1]]
            brightness = np.mean([float(block[0]) for block in inside])
            details = np.median(np.array(taken)[:, 4:], axis=0)
            row[:] = [len(inside), brightness, gradients[wanted - 1] / 2, *details]
    return result


def count_residual_magnitudes(planes: Plane, n_magnitudes: int, step: int) -> NDArray[np.int64]:
    """Count min(|r|, n - 1) over the 3x3 neighbourhoods of every step-th row."""
    weights = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])
    counts = np.zeros((len(planes), n_magnitudes), dtype=np.int64)
    for window, i in np.ndindex(len(planes), planes.shape[1] - 2):
        for j in range(planes.shape[2] - 2 if i % step == 0 else 0):
            magnitude = abs(int((planes[window, i : i + 3, j : j + 3].astype(np.int64) * weights).sum()))
            counts[window, min(magnitude, n_magnitudes - 1)] += 1
    return counts
