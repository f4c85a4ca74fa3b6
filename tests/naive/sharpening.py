"""Slow twins of the kernels in `sharpening`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def measure_edges(
    planes: Plane, hop: int, smallest: int, n_bins: int, n_widths: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every edge of every hop-th row as a list of fifteen samples, falling ones reversed."""
    n_windows = len(planes)
    overshoots, widths = np.zeros((n_windows, 2, n_bins), dtype=np.int64), np.zeros((n_windows, n_widths), np.int64)
    lines = [(window, row) for window in range(n_windows) for row in planes[window, ::hop].tolist()]
    for window, row in lines:
        slopes = [0] + [abs(after - before) for before, after in zip(row[:-2], row[2:], strict=True)] + [0]
        for j in range(7, len(row) - 7):
            if slopes[j] < smallest // 2 or slopes[j] < slopes[j - 1] or slopes[j] <= slopes[j + 1]:
                continue
            samples = row[j - 7 : j + 8]
            if samples[6] > samples[8]:
                samples = samples[::-1]
            _count(samples, smallest, overshoots[window], widths[window])
    return overshoots, widths


def _count(samples: list[int], smallest: int, overshoots: NDArray[np.int64], widths: NDArray[np.int64]) -> None:
    dark, light = samples[:3], samples[12:]
    low, high = Fraction(sum(dark), 3), Fraction(sum(light), 3)
    height = high - low
    if height < smallest or 8 * max(max(side) - min(side) for side in (dark, light)) > height:
        return
    inside = [8 * (sample - low) >= height and 8 * (sample - low) <= 7 * height for sample in samples[3:12]]
    widths[min(sum(inside), widths.size - 1)] += 1
    sides = ((low - min(samples[3:8]), low), (max(samples[7:12]) - high, 255 - high))
    for side, (overshoot, room) in enumerate(sides):
        if 4 * room >= height:
            number = (overshoot / height + Fraction(1, 5)) // Fraction(1, 50)
            overshoots[side, max(0, min(number, overshoots.shape[1] - 1))] += 1


def sum_differences(planes: Plane, hop: int) -> NDArray[np.int64]:
    """The differences of whole planes."""
    x = planes[:, ::hop].astype(np.int64)
    here, one, two, four = x[:, :, :-4], x[:, :, 1:-3], x[:, :, 2:-2], x[:, :, 4:]
    sizes = [np.abs(here - one), np.abs(here - two), np.abs(here - four), np.abs(here - 2 * one + two)]
    terms = [np.ones_like(here), *sizes, (here - one) ** 2]
    return np.stack([term.sum(axis=(1, 2)) for term in terms], axis=1)
