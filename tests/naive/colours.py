"""Slow twins of the kernels in `colours`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def sum_colour_gradients(
    lumas: Plane, reds: Plane, greens: Plane, blues: Plane, unit: float, softness: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Whole maps of gradients, their tensor and their magnitudes."""
    moments, sums = [], []
    for planes in zip(lumas, reds, greens, blues, strict=True):
        (grey_x, grey_y), *colours = (_differ(plane.astype(np.float64) * unit) for plane in planes)
        e = sum(x**2 for x, _ in colours)
        f = sum(y**2 for _, y in colours)
        h = sum(x * y for x, y in colours)
        coherence = ((e - f) ** 2 + 4 * h**2) / ((e + f) ** 2 + 4)
        (red_x, red_y), (green_x, green_y), (blue_x, blue_y) = colours
        brightness = np.hypot(grey_x, grey_y)
        colour = np.sqrt(
            (red_x - green_x) ** 2 + (red_y - green_y) ** 2 + (blue_x - green_x) ** 2 + (blue_y - green_y) ** 2
        )
        moments.append(_add_up(brightness / (brightness + softness), colour / (colour + softness)))
        sums.append([np.sum(coherence), np.sum(coherence * (e + f)), np.sum(e + f)])
    return np.array(moments), np.array(sums)


def _add_up(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([x.size, x.sum(), y.sum(), (x**2).sum(), (y**2).sum(), (x * y).sum()])


def _differ(plane: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (plane[1:-1, 2:] - plane[1:-1, :-2]) / 2, (plane[2:, 1:-1] - plane[:-2, 1:-1]) / 2


def count_colour_clouds(
    reds: Plane, greens: Plane, blues: Plane, floor: float, traces: Plane, ratios: Plane
) -> NDArray[np.int64]:
    """NumPy's covariance of every box, and the sum of its 2x2 minors as half of tr(C)^2 - tr(C^2)."""
    counts = np.zeros((len(reds), len(traces) + 1, len(ratios) + 1), dtype=np.int64)
    for window in range(len(reds)):
        for i in range(0, reds.shape[1] - 3, 2):
            for j in range(0, reds.shape[2] - 3, 2):
                box = [plane[window, i : i + 4, j : j + 4].ravel().astype(float) for plane in (reds, greens, blues)]
                covariance = np.cov(box, bias=True) + floor * np.eye(3)
                trace = np.trace(covariance)
                ratio = trace**2 / (1.5 * (trace**2 - np.trace(covariance @ covariance)))
                counts[window, np.sum(trace >= traces), np.sum(ratio >= ratios)] += 1
    return counts
