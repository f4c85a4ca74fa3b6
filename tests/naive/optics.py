"""Slow twins of the kernels in `optics`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def profile_edge(
    samples: Plane, start: int, along: int, across: int, reach: int, direction: int
) -> tuple[int, int, int, int, int, int, int]:
    """The profile as an array, and sums over its differences."""
    places = start + across * np.arange(-1, 2)[:, None] + along * np.arange(2 * reach + 1)
    profile = samples[places].astype(int).sum(axis=0)
    d = np.diff(profile) * direction
    back = -d[d < 0].sum()
    ends = abs(d[0]) + abs(d[-1])
    moment = (np.arange(2 * reach) * d).sum()
    return d.sum(), moment, back, max(0, d.max()), ends, profile.min(), profile.max()


def locate_edges(
    pixels: Plane,
    turned: bool,
    lines: NDArray[np.int64],
    reach: int,
    limits: NDArray[np.int64],
    growth: NDArray[np.float64],
    most: int,
) -> NDArray[np.float64]:
    """Sample by sample: is there an edge of green, and does every channel have a clean one where it is expected?"""
    if turned:
        pixels = np.ascontiguousarray(pixels.transpose(1, 0, 2))
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
                profile_edge(
                    pixels[:, :, channel].ravel(), line * columns + j - reach + offset, 1, columns, reach, direction
                )
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


def find_median(values: NDArray[np.float64]) -> float:
    """NumPy's median."""
    return float(np.median(values))


def fit_robustly(
    design: NDArray[np.float64], values: NDArray[np.float64], regions: NDArray[np.int64], smallest: float
) -> tuple[float, float, float]:
    """Weighted least squares five times, in matrices; regions are the clusters of a sandwich estimate."""
    reach = max(float(np.abs(design[:, 0]).max()), 1e-9)
    scaled = design / np.array([reach, 1.0, 1.0])
    weights = np.ones(len(values))
    for _ in range(5):
        weighted = scaled * weights[:, None]
        inverse = np.linalg.inv(weighted.T @ scaled + 1e-6 * np.eye(3))
        coefficient = inverse @ (weighted.T @ values)
        rest = values - scaled @ coefficient
        scatter = max(1.4826 * float(np.median(np.abs(rest))), smallest)
        weights = np.maximum(1 - (rest / (4.685 * scatter)) ** 2, 0.0) ** 2
    present = np.unique(regions)
    sums = np.array([(weighted * rest[:, None])[regions == region].sum(axis=0) for region in present])
    spread = inverse @ (sums.T @ sums) @ inverse * len(present) / max(len(present) - 3, 1)
    error = np.sqrt(spread[0, 0] + smallest**2 * inverse[0, 0])
    return float(coefficient[0]) / reach, float(error) / reach, scatter
