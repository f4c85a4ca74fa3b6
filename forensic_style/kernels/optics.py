"""Edges along lines: where each channel has them, and how wide they are; brightness in cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def profile_edge(
    pixels: NDArray[np.generic], line: int, start: int, reach: int, channel: int, direction: int
) -> tuple[np.int32, np.int32, np.int32, np.int32, np.int32, np.int32, np.int32]:
    """Sums that tell where an edge lies along a row, and whether it is one.

    The profile is the sum of three rows, line - 1 to line + 1, from column start on, 2 * reach + 1 samples long; its
    steps d[k] from sample k to k + 1 are counted positive in the direction of the edge.

    Parameters
    ----------
    pixels : unsigned integer array, shape (rows, columns, channels)
    line : 1..rows - 2
    start : 0..columns - 2 * reach - 1
    direction : 1 where the edge rises with the column, -1 where it falls

    Returns
    -------
    sum of d, sum of k d, sum of the steps back (as a positive number), largest step, first and last step's magnitudes
    together, smallest and largest value of the profile
    """
    before = np.int32(0)
    for i in range(line - 1, line + 2):
        before += np.int32(pixels[i, start, channel])
    first, darkest, brightest = before, before, before
    moment, back, largest, ends = np.int32(0), np.int32(0), np.int32(0), np.int32(0)
    for k in range(2 * reach):
        value = np.int32(0)
        for i in range(line - 1, line + 2):
            value += np.int32(pixels[i, start + k + 1, channel])
        step = (value - before) * np.int32(direction)
        moment += np.int32(k) * step
        back += max(np.int32(0), -step)
        largest = max(largest, step)
        if k == 0 or k == 2 * reach - 1:
            ends += abs(step)
        darkest, brightest = min(darkest, value), max(brightest, value)
        before = value
    return (before - first) * np.int32(direction), moment, back, largest, ends, darkest, brightest


@kernel
def locate_edges(
    pixels: NDArray[np.generic],
    lines: NDArray[np.int64],
    reach: int,
    limits: NDArray[np.int64],
    growth: NDArray[np.float64],
    most: int,
) -> NDArray[np.float64]:
    """Place single edges along some rows in each channel, to a fraction of a sample.

    An edge lies where the magnitude of green's central difference, at least half the contrast, is largest among its
    neighbours, and where green changes at most as much down the column. Its profile (see `profile_edge`) reaches
    from reach samples before to reach samples behind it, and must in every channel rise or fall by at least the
    contrast, step back by at most a quarter of that, end flat (first and last step together at most a third), and
    keep within low..high. The edge's place is sum(k d) / sum(d): the first moment of the gradient, which a symmetric
    blur of one channel does not move.

    Parameters
    ----------
    pixels : unsigned integer array, shape (rows, columns, channels): red, green, blue, or one channel that stands for
        all three; at least 3 rows
    lines : the rows to look at, in this order, each 1..rows - 2
    reach : samples before and behind the edge
    limits : int64 array, shape (3,): contrast, low, high in units of the pixels
    growth : float64 array, shape (2,): how much red and blue are expected to be drawn out from the middle, as a share
        of the distance; their profiles are taken there, rounded to whole samples
    most : edges returned at most; the rest are dropped

    Returns
    -------
    float64 array, shape (n_edges, 6), by lines, then by columns: row and column, from the middle of the image, slope
    (green's change down the column over that along the row, -1..1), place of red less place of green, place of blue
    less place of green, width (green's rise over its largest step), the last three in samples along the row.
    """
    rows, columns, channels = pixels.shape
    found = np.empty((most, 6), dtype=np.float64)
    green = np.empty(columns, dtype=np.int32)
    change = np.zeros(columns, dtype=np.int32)
    places = np.empty(3, dtype=np.float64)
    middle = 1 if channels == 3 else 0
    contrast, low, high = limits
    n_edges = 0
    for line in lines:
        for j in range(columns):
            green[j] = np.int32(pixels[line, j, middle])
        for j in range(1, columns - 1):
            change[j] = abs(green[j + 1] - green[j - 1])
        for j in range(reach, columns - reach):
            here = change[j]
            if 2 * here < contrast or here < change[j - 1] or here <= change[j + 1] or n_edges == most:
                continue
            down = np.int32(pixels[line + 1, j, middle]) - np.int32(pixels[line - 1, j, middle])
            if abs(down) > here:
                continue
            direction = 1 if green[j + 1] > green[j - 1] else -1
            y, x, slope = line - (rows - 1) / 2, j - (columns - 1) / 2, direction * down / here
            usable, width = True, 0.0
            for channel in range(channels):
                share = 0.0 if channel == middle else growth[channel // 2]
                offset = int(np.floor(share * (x + slope * y) + 0.5))
                start = j - reach + offset
                if start < 0 or start + 2 * reach >= columns:
                    usable = False
                    break
                total, moment, back, largest, ends, darkest, brightest = profile_edge(
                    pixels, line, start, reach, channel, direction
                )
                if (
                    total < 3 * contrast
                    or 4 * back > total
                    or 3 * ends > total
                    or darkest < 3 * low
                    or brightest > 3 * high
                ):
                    usable = False
                    break
                places[channel] = moment / total + offset
                if channel == middle:
                    width = total / largest
            if usable:
                red, blue = places[0] - places[middle], places[channels - 1] - places[middle]
                found[n_edges] = np.array([y, x, slope, red, blue, width])
                n_edges += 1
    return found[:n_edges].copy()


@kernel
def average_cells(plane: NDArray[np.generic], n_cells: int, n_samples: int) -> NDArray[np.float64]:
    """Mean of some samples in each of n_cells x n_cells equal cells.

    Parameters
    ----------
    plane : unsigned integer array, shape (rows, columns)
    n_samples : taken along each axis, evenly, from each cell; of small planes some are taken twice

    Returns
    -------
    float64 array, shape (n_cells, n_cells)
    """
    rows, columns = plane.shape
    means = np.zeros((n_cells, n_cells), dtype=np.float64)
    n = n_cells * n_samples
    for i in range(n):
        row = (2 * i + 1) * rows // (2 * n)
        for j in range(n):
            means[i // n_samples, j // n_samples] += np.float64(plane[row, (2 * j + 1) * columns // (2 * n)])
    return means / (n_samples * n_samples)
