"""Slow twins of the kernels in `optics`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def profile_edge(
    pixels: Plane, line: int, start: int, reach: int, channel: int, direction: int
) -> tuple[int, int, int, int, int, int, int]:
    """The profile as an array, and sums over its differences."""
    profile = pixels[line - 1 : line + 2, start : start + 2 * reach + 1, channel].astype(int).sum(axis=0)
    d = np.diff(profile) * direction
    back = -d[d < 0].sum()
    ends = abs(d[0]) + abs(d[-1])
    moment = (np.arange(2 * reach) * d).sum()
    return d.sum(), moment, back, max(0, d.max()), ends, profile.min(), profile.max()


def locate_edges(
    pixels: Plane,
    lines: NDArray[np.int64],
    reach: int,
    limits: NDArray[np.int64],
    growth: NDArray[np.float64],
    most: int,
) -> NDArray[np.float64]:
    """Sample by sample: is there an edge of green, and does every channel have a clean one where it is expected?"""
    rows, columns, channels = pixels.shape
    middle = 1 if channels == 3 else 0
    shares = [growth[0], 0.0, growth[1]] if channels == 3 else [0.0]
    green = pixels[:, :, middle].astype(int)
    found: list[list[float]] = []
    for line in map(int, lines):
        change = np.zeros(columns, dtype=int)
        change[1:-1] = np.abs(green[line, 2:] - green[line, :-2])
        for j in range(reach, columns - reach):
            along, down = green[line, j + 1] - green[line, j - 1], green[line + 1, j] - green[line - 1, j]
            peak = change[j] >= change[j - 1] and change[j] > change[j + 1]
            if not (peak and 2 * change[j] >= limits[0] and abs(down) <= abs(along)):
                continue
            y, x, slope = line - (rows - 1) / 2, j - (columns - 1) / 2, down / along
            offsets = [int(np.floor(share * (x + slope * y) + 0.5)) for share in shares]
            if min(offsets) + j - reach < 0 or max(offsets) + j + reach >= columns:
                continue
            direction = int(np.sign(along))
            sums = [
                profile_edge(pixels, line, j - reach + offset, reach, channel, direction)
                for channel, offset in enumerate(offsets)
            ]
            if not all(_is_clean(one, limits) for one in sums):
                continue
            places = [one[1] / one[0] + offset for one, offset in zip(sums, offsets, strict=True)]
            width = sums[middle][0] / sums[middle][3]
            found.append([y, x, slope, places[0] - places[middle], places[-1] - places[middle], width])
    return np.array(found[:most]).reshape(-1, 6)


def _is_clean(sums: tuple[int, int, int, int, int, int, int], limits: NDArray[np.int64]) -> bool:
    total, _, back, _, ends, darkest, brightest = sums
    contrast, low, high = 3 * limits
    return bool(total >= contrast and back <= total / 4 and ends <= total / 3 and darkest >= low and brightest <= high)


def average_cells(plane: Plane, n_cells: int, n_samples: int) -> NDArray[np.float64]:
    """The sampled rows and columns as a small plane, cut into cells."""
    n = n_cells * n_samples
    rows, columns = (np.array([int((i + 0.5) * size / n) for i in range(n)]) for size in plane.shape)
    small = plane[np.ix_(rows, columns)].astype(np.float64)
    return small.reshape(n_cells, n_samples, n_cells, n_samples).mean(axis=(1, 3))
