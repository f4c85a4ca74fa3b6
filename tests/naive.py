"""A slow twin of every kernel, written from the definition, for the tests to compare with.

Each function has the name and the parameters of its kernel and imports nothing from the package. Whole
numbers are wide enough not to overflow; places in bins are fractions, so they cannot fall on the wrong side.
"""

from __future__ import annotations

import math
from fractions import Fraction
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


def count_difference_triples(plane: Plane, threshold: int) -> NDArray[np.int64]:
    """Every run of four samples inside the plane adds one to the bin of its three truncated differences."""
    rows, columns = plane.shape
    n = 2 * threshold + 1
    counts = np.zeros((4, n, n, n), dtype=np.int64)
    for direction, (down, right) in enumerate([(0, 1), (1, 0), (1, 1), (1, -1)]):
        for i in range(rows):
            for j in range(columns):
                places = [(i + k * down, j + k * right) for k in range(4)]
                if not all(row < rows and 0 <= column < columns for row, column in places):
                    continue
                samples = [int(plane[place]) for place in places]
                steps = (samples[k] - samples[k + 1] for k in range(3))
                bins = tuple(max(-threshold, min(threshold, step)) + threshold for step in steps)
                counts[(direction, *bins)] += 1
    return counts


def count_ring_patterns(plane: Plane) -> NDArray[np.int64]:
    """Bit b is set where neighbour b, counter-clockwise from the right, is at least the centre."""
    ring = [(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]
    counts = np.zeros(256, dtype=np.int64)
    for i in range(1, plane.shape[0] - 1):
        for j in range(1, plane.shape[1] - 1):
            bits = [plane[i + down, j + right] >= plane[i, j] for down, right in ring]
            counts[sum(2**b for b in range(8) if bits[b])] += 1
    return counts


def median_edge_prediction_error(plane: Plane) -> NDArray[np.int64]:
    """Sample less the three-case prediction of LOCO-I."""
    error = np.zeros((plane.shape[0] - 1, plane.shape[1] - 1), dtype=np.int64)
    for i, j in np.ndindex(error.shape):
        a, b, c = int(plane[i + 1, j]), int(plane[i, j + 1]), int(plane[i, j])
        if c >= max(a, b):
            prediction = min(a, b)
        elif c <= min(a, b):
            prediction = max(a, b)
        else:
            prediction = a + b - c
        error[i, j] = int(plane[i + 1, j + 1]) - prediction
    return error


def count_residual_magnitudes(plane: Plane, n_intensities: int, n_magnitudes: int, scale: float) -> NDArray[np.int64]:
    """Bin floor(|r| scale + 1/2) of band floor(mean scale n / 256), over the 3x3 neighbourhoods."""
    unit = Fraction(scale).limit_denominator(1000)  # 1 or 1 / 257, as it is meant
    weights = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])
    counts = np.zeros((n_intensities, n_magnitudes), dtype=np.int64)
    for i in range(plane.shape[0] - 2):
        for j in range(plane.shape[1] - 2):
            part = plane[i : i + 3, j : j + 3].astype(np.int64)
            magnitude = abs(int((part * weights).sum())) * unit
            mean = Fraction(int(part.sum()), 9) * unit
            counts[
                math.floor(mean * n_intensities / 256), min(math.floor(magnitude + Fraction(1, 2)), n_magnitudes - 1)
            ] += 1
    return counts


def subtract_local_mean(plane: Plane) -> NDArray[np.int64]:
    """Nine times the sample less the sum of its 3x3 neighbourhood."""
    wide = plane.astype(np.int64)
    residual = np.zeros((plane.shape[0] - 2, plane.shape[1] - 2), dtype=np.int64)
    for i, j in np.ndindex(residual.shape):
        residual[i, j] = 9 * wide[i + 1, j + 1] - wide[i : i + 3, j : j + 3].sum()
    return residual


def correlate_shifts(residual: NDArray[np.int32], reach: int) -> NDArray[np.float64]:
    """Mean product of samples (down, right) apart over the mean square."""
    rows, columns = residual.shape
    wide = residual.astype(np.int64)
    result = np.zeros((reach + 1, 2 * reach + 1))
    if not wide.any():
        return result
    mean_square = Fraction(int((wide * wide).sum()), wide.size)
    for down in range(reach + 1):
        for right in range(-reach, reach + 1):
            products = [
                int(wide[i, j]) * int(wide[i + down, j + right])
                for i in range(rows - down)
                for j in range(columns)
                if 0 <= j + right < columns
            ]
            result[down, reach + right] = Fraction(sum(products), len(products)) / mean_square
    return result


def correlate_channels(one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.float64]:
    """Sum of products over the root of both sums of squares, then both root mean squares."""
    a, b = one.astype(np.float64).ravel(), other.astype(np.float64).ravel()
    energy = np.linalg.norm(a) * np.linalg.norm(b)
    correlation = a @ b / energy if energy > 0 else 0.0
    return np.array([correlation, np.sqrt(np.mean(a**2)), np.sqrt(np.mean(b**2))])


def correlate_rows_with_their_mean(residual: NDArray[np.int32]) -> NDArray[np.float64]:
    """Pearson correlation of each row with the sum of the other rows."""
    wide = residual.astype(np.float64)
    result = np.zeros(wide.shape[0])
    for i, row in enumerate(wide):
        others = np.delete(wide, i, axis=0).sum(axis=0)
        if np.ptp(row) > 0 and np.ptp(others) > 0:
            result[i] = np.mean((row - row.mean()) * (others - others.mean())) / (row.std() * others.std())
    return result


def cut_tapered_tiles(plane: Plane, taper: NDArray[np.float32], hop: int) -> NDArray[np.float64]:
    """(tile - mean) times taper[i] taper[j], for every tile that fits, in float64."""
    side = taper.size
    weight = np.outer(taper.astype(np.float64), taper.astype(np.float64))
    tiles = [
        plane[top : top + side, left : left + side].astype(np.float64)
        for top in range(0, plane.shape[0] - side + 1, hop)
        for left in range(0, plane.shape[1] - side + 1, hop)
    ]
    return np.array([(tile - tile.mean()) * weight for tile in tiles])


def average_by_label(values: NDArray[np.float64], labels: NDArray[np.int32], n_labels: int) -> NDArray[np.float64]:
    """Mean of the values of each label, 0 where there is none."""
    groups = [values[labels == label] for label in range(n_labels)]
    return np.array([group.mean() if group.size else 0.0 for group in groups])


def count_levels(plane: Plane, n_levels: int) -> NDArray[np.int64]:
    """How often each level occurs."""
    return np.array([(plane == level).sum() for level in range(n_levels)])


def count_gradient_magnitudes(plane: Plane, edges: NDArray[np.int32]) -> NDArray[np.int64]:
    """A step falls in the bin whose number is how many edges it reaches."""
    counts = np.zeros(edges.size + 1, dtype=np.int64)
    for i in range(plane.shape[0] - 1):
        for j in range(plane.shape[1] - 1):
            here, right, below = int(plane[i, j]), int(plane[i, j + 1]), int(plane[i + 1, j])
            step = abs(right - here) + abs(below - here)
            counts[sum(1 for edge in edges if step >= edge)] += 1
    return counts


def count_colours(
    red: NDArray[np.uint8], green: NDArray[np.uint8], blue: NDArray[np.uint8], n_bins: int
) -> NDArray[np.int64]:
    """Saturations, and hues in sixths of a turn counted from the channel that is highest."""
    counts = np.zeros((2, n_bins), dtype=np.int64)
    for r, g, b in zip(red.ravel().tolist(), green.ravel().tolist(), blue.ravel().tolist(), strict=True):
        saturation = max(r, g, b) - min(r, g, b)
        counts[0, saturation * n_bins // 256] += 1
        if saturation < 16:
            continue
        if r >= g and r >= b:
            sixths = Fraction(g - b, saturation) % 6
        elif g >= b:
            sixths = 2 + Fraction(b - r, saturation)
        else:
            sixths = 4 + Fraction(r - g, saturation)
        counts[1, math.floor(sixths * n_bins / 6)] += 1
    return counts
