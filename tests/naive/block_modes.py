"""Slow twins of the kernels in `block_modes`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def _build_basis() -> NDArray[np.float64]:
    """Orthonormal cosine basis, basis[k, n] = w(k) cos(pi k (2n + 1) / 16)."""
    k, n = np.meshgrid(np.arange(8), np.arange(8), indexing="ij")
    return np.where(k == 0, np.sqrt(1 / 8), 0.5) * np.cos(np.pi * k * (2 * n + 1) / 16)


def transform_eight(
    x0: float, x1: float, x2: float, x3: float, x4: float, x5: float, x6: float, x7: float
) -> tuple[float, ...]:
    """The cosine transform in its definition, times 2 cos(pi k / 16) for k > 0."""
    samples = np.array([x0, x1, x2, x3, x4, x5, x6, x7], dtype=np.float64)
    factors = [1.0] + [2 * np.cos(np.pi * k / 16) for k in range(1, 8)]
    waves = [np.cos(np.pi * k * (2 * np.arange(8) + 1) / 16) for k in range(8)]
    return tuple(float(factor * (samples * wave).sum()) for factor, wave in zip(factors, waves, strict=True))


def transform_grid(planes: Plane, scale: NDArray[np.float32], top: int, left: int) -> NDArray[np.float64]:
    """C = B X B' for every whole block X from (top, left) on, in float64; the scale is that of an orthonormal basis."""
    wide, basis = planes.astype(np.float64)[:, top:, left:], _build_basis()
    down, across = wide.shape[1] // 8, wide.shape[2] // 8
    result = np.empty((len(planes), 64, down * across))
    for window in range(len(planes)):
        for i in range(down):
            for j in range(across):
                block = wide[window, 8 * i : 8 * i + 8, 8 * j : 8 * j + 8]
                result[window, :, i * across + j] = (basis @ block @ basis.T).ravel()
    return result


def count_magnitudes(
    coefficients: NDArray[np.float32], modes: NDArray[np.int64], bins_per_level: float, n_bins: int
) -> NDArray[np.int32]:
    """Each magnitude, times the bins per level and rounded half up, adds one to its bin or to the last."""
    counts = np.zeros((len(coefficients), len(modes), n_bins), dtype=np.int32)
    for window in range(len(coefficients)):
        for number, mode in enumerate(modes):
            for value in coefficients[window, mode]:
                scaled = np.float32(abs(value)) * np.float32(bins_per_level) + np.float32(0.5)
                counts[window, number, min(int(scaled), n_bins - 1)] += 1
    return counts


def count_multiples(
    counts: NDArray[np.int32], steps: NDArray[np.int64], bins_per_level: int, n_multiples: int
) -> NDArray[np.float64]:
    """Each bin but the last adds its count to the multiple of the step nearest to it, halfway to the larger one."""
    result = np.zeros((*steps.shape, n_multiples))
    for (window, mode), step in np.ndenumerate(steps):
        for number in range(counts.shape[2] - 1):
            multiple = (2 * number + int(step) * bins_per_level) // (2 * int(step) * bins_per_level)
            if multiple < n_multiples:
                result[window, mode, multiple] += counts[window, mode, number]
    return result


def share_small(coefficients: NDArray[np.float32], limit: float) -> NDArray[np.float64]:
    """Share of magnitudes below the limit."""
    return (np.abs(coefficients) < np.float32(limit)).mean(axis=2)


def count_zeros(plane: Plane, limits: NDArray[np.float32]) -> NDArray[np.int8]:
    """The block at every origin, transformed one by one; -1 where its rows or its columns are all the same."""
    factors = np.array([1.0] + [2 * np.cos(np.pi * k / 16) for k in range(1, 8)])
    waves = [np.cos(np.pi * k * (2 * np.arange(8) + 1) / 16) for k in range(8)]
    basis = factors[:, None] * np.array(waves)
    rows, columns = max(plane.shape[0] - 7, 0), max(plane.shape[1] - 7, 0)
    zeros = np.full((rows, columns), -1, dtype=np.int8)
    for i in range(rows):
        for j in range(columns):
            block = plane[i : i + 8, j : j + 8].astype(np.float64)
            if (block == block[:1]).all() or (block == block[:, :1]).all():
                continue
            zeros[i, j] = (np.abs(basis @ block @ basis.T).ravel() < limits).sum()
    return zeros
