"""Slow twins of the kernels in `self_description`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def _surround(plane: Plane, i: int, j: int) -> tuple[int, int, int, int, int, int]:
    """The sample, the sums along, across, of the diagonals, and of the second neighbours along and across."""
    x = [[int(plane[i + down, j + right]) for right in range(-2, 3)] for down in range(-2, 3)]
    corners = x[1][1] + x[1][3] + x[3][1] + x[3][3]
    return x[2][2], x[2][1] + x[2][3], x[1][2] + x[3][2], corners, x[2][0] + x[2][4], x[0][2] + x[4][2]


def measure_phases(
    greens: Plane, blues: Plane, reds: Plane, step: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Every sample's thirteen bends, from their definition, and the mean of their products."""
    rows, columns = greens.shape[1:]
    moments = np.zeros((len(greens), 4, 13, 13))
    counts = np.zeros(4, dtype=np.int64)
    for green, blue, red, found_moments in zip(greens, blues, reds, moments, strict=True):
        found: list[list[list[int]]] = [[] for _ in range(4)]
        for i in range(2, rows - 2):
            if (i - 2) // 2 % step:
                continue
            for j in range(2, 2 + (columns - 4) // 2 * 2):
                bends = []
                for plane in (green, blue, red):
                    x, h, v, d, fh, fv = _surround(plane, i, j)
                    bends += [4 * x - 2 * h, 4 * x - 2 * v, 4 * x - d, 4 * x - 2 * fh, 4 * x - 2 * fv]
                found[2 * (i % 2) + j % 2].append(bends[:13])
        for phase, samples in enumerate(found):
            if samples:
                values = np.array(samples, dtype=np.float64)
                found_moments[phase] = values.T @ values / len(samples)
        counts = np.array([len(samples) for samples in found])
    return moments, counts


def measure_surroundings(planes: Plane, step: int) -> NDArray[np.float64]:
    """The residual by its definition, its mirrored sums one by one, and the mean of their products."""
    moments = []
    for x in planes.astype(np.int64):
        residual = x[1:-1, :-2] + x[1:-1, 2:] + x[:-2, 1:-1] + x[2:, 1:-1] - 4 * x[1:-1, 1:-1]
        rows, columns = residual.shape
        samples = []
        for i in range(2, rows - 2, step):
            for j in range(2, columns - 2):
                quantities = []
                for down, right in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]:
                    places = {(i + m * down, j + n * right) for m in (-1, 1) for n in (-1, 1)}
                    quantities.append(sum(int(residual[place]) for place in places))
                samples.append(quantities)
        values = np.array(samples, dtype=np.float64)
        moments.append(values.T @ values / len(samples))
    return np.array(moments)


def predict_first(moments: NDArray[np.float64], ridge: float, floor: float) -> NDArray[np.float64]:
    """The normal equations by a general solver."""
    result = []
    for moment in moments:
        penalty = (ridge * moment[0, 0] + floor) * np.eye(len(moment) - 1)
        weights = np.linalg.solve(moment[1:, 1:] + penalty, moment[1:, 0])
        step = np.concatenate([[1.0], -weights])
        error = max(float(step @ moment @ step), 0.0) + floor
        result.append([*weights, np.log2(error / (moment[0, 0] + floor)) / 2, np.log2(error) / 2])
    return np.array(result)
