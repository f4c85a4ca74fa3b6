"""Slow twins of the kernels in `block_transform`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def transform_blocks(plane: Plane, basis: NDArray[np.float32]) -> NDArray[np.float64]:
    """C = B X B' for every whole block X, in float64."""
    wide, exact = plane.astype(np.float64), basis.astype(np.float64)
    blocks = [
        wide[top : top + 8, left : left + 8]
        for top in range(0, plane.shape[0] - 7, 8)
        for left in range(0, plane.shape[1] - 7, 8)
    ]
    return np.array([exact @ block @ exact.T for block in blocks]).reshape(len(blocks), 64)


def summarize_modes(coefficients: NDArray[np.float32], thresholds: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean magnitude per mode, then the share of magnitudes below each threshold."""
    magnitude = np.abs(coefficients.astype(np.float64))
    shares = [(magnitude < threshold).mean(axis=0) for threshold in thresholds]
    return np.array([magnitude.mean(axis=0), *shares])


def sum_crossings_by_phase(plane: Plane, period: int) -> NDArray[np.int64]:
    """|A - B - C + D| of every 2x2 square, added up by the place of A modulo the period."""
    wide = plane.astype(np.int64)
    crossing = np.abs(wide[:-1, :-1] - wide[:-1, 1:] - wide[1:, :-1] + wide[1:, 1:])
    result = np.zeros((2, period, period), dtype=np.int64)
    for i in range(period):
        for j in range(period):
            of_phase = crossing[i::period, j::period]
            result[:, i, j] = of_phase.sum(), of_phase.size
    return result
