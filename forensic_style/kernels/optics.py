"""Edges along lines: where each channel has them, and how wide they are; brightness in cells; robust fits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def profile_edge(
    samples: NDArray[np.generic], start: int, along: int, across: int, reach: int, direction: int
) -> tuple[np.int32, np.int32, np.int32, np.int32, np.int32, np.int32, np.int32]:
    """Sums that tell where an edge lies along a line, and whether it is one.

    The profile is the sum of a line and both its neighbours, 2 * reach + 1 samples long; its steps d[k] from sample k
    to k + 1 are counted positive in the direction of the edge.

    Parameters
    ----------
    samples : unsigned integer array, shape (n,)
    start : where the profile begins in the middle one of the three lines
    along, across : distance from one sample of a line to the next, and from one line to the next
    direction : 1 where the edge rises along the line, -1 where it falls

    Returns
    -------
    sum of d, sum of k d, sum of the steps back (as a positive number), largest step, first and last step's magnitudes
    together, smallest and largest value of the profile
    """
    before = np.int32(0)
    for i in range(-1, 2):
        before += np.int32(samples[start + i * across])
    first, darkest, brightest = before, before, before
    moment, back, largest, ends = np.int32(0), np.int32(0), np.int32(0), np.int32(0)
    for k in range(2 * reach):
        value = np.int32(0)
        for i in range(-1, 2):
            value += np.int32(samples[start + i * across + (k + 1) * along])
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
    turned: bool,
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
    pixels : unsigned integer array, shape (rows, columns, channels), C order: red, green, blue, or one channel that
        stands for all three; at least 3 rows
    turned : whether to look along columns instead: then rows and columns change their parts in all that is said here
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
    along, across = channels, columns * channels
    if turned:
        rows, columns, along, across = columns, rows, across, along
    samples = pixels.reshape(-1)
    found = np.empty((most, 6), dtype=np.float64)
    green = np.empty(columns, dtype=np.int32)
    change = np.zeros(columns, dtype=np.int32)
    places = np.empty(3, dtype=np.float64)
    middle = 1 if channels == 3 else 0
    contrast, low, high = limits
    n_edges = 0
    for line in lines:
        if n_edges == most:
            break
        begin = line * across + middle
        for j in range(columns):
            green[j] = np.int32(samples[begin + j * along])
        for j in range(1, columns - 1):
            change[j] = abs(green[j + 1] - green[j - 1])
        for j in range(reach, columns - reach):
            here = change[j]
            if 2 * here < contrast or here < change[j - 1] or here <= change[j + 1] or n_edges == most:
                continue
            place = begin + j * along
            down = np.int32(samples[place + across]) - np.int32(samples[place - across])
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
                    samples, line * across + start * along + channel, along, across, reach, direction
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
                edge = found[n_edges]  # one number after the other: to compile a list takes seconds
                edge[0], edge[1], edge[2] = y, x, slope
                edge[3], edge[4] = places[0] - places[middle], places[channels - 1] - places[middle]
                edge[5] = width
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


@kernel
def fit_robustly(
    design: NDArray[np.float64], values: NDArray[np.float64], regions: NDArray[np.int64], smallest: float
) -> tuple[float, float, float]:
    """Fit values by the three columns of design with Tukey's weights; the first coefficient counts.

    Five times least squares, with weights (1 - (rest / (4.685 scatter))^2)^2, or 0, by what the fit before left. The
    error allows for values that hang together inside a region (sandwich estimate over regions).

    Parameters
    ----------
    design : float64 array, shape (n, 3), n at least 4
    values : float64 array, shape (n,)
    regions : int64 array, shape (n,), numbers from 0 on
    smallest : scatter that is taken at least

    Returns
    -------
    First coefficient; its standard error; scatter: 1.4826 times the median magnitude of the rest.

    Sources
    -------
    Holland and Welsch, "Robust regression using iteratively reweighted least-squares", Communications in Statistics
    6(9), 1977; Liang and Zeger, "Longitudinal data analysis using generalized linear models", Biometrika 73(1), 1986.
    """
    n = len(values)
    reach, n_places = 1e-9, 0
    for i in range(n):
        reach, n_places = max(reach, abs(design[i, 0])), max(n_places, regions[i] + 1)
    weights, rest, sizes = np.ones(n), np.empty(n), np.empty(n)
    scatter = first = p = q = r = 0.0
    for _ in range(5):
        aa = bb = cc = 1e-6
        ab = ac = bc = av = bv = cv = 0.0
        for i in range(n):
            a, b, c, v, weight = design[i, 0] / reach, design[i, 1], design[i, 2], values[i], weights[i]
            aa, ab, ac, av = aa + weight * a * a, ab + weight * a * b, ac + weight * a * c, av + weight * a * v
            bb, bc, bv = bb + weight * b * b, bc + weight * b * c, bv + weight * b * v
            cc, cv = cc + weight * c * c, cv + weight * c * v
        p, q, r = bb * cc - bc * bc, ac * bc - ab * cc, ab * bc - ac * bb  # the inverse, but for the determinant
        s, t, u = aa * cc - ac * ac, ab * ac - aa * bc, aa * bb - ab * ab
        determinant = aa * p + ab * q + ac * r
        p, q, r, s, t, u = (
            p / determinant,
            q / determinant,
            r / determinant,
            s / determinant,
            t / determinant,
            u / determinant,
        )
        first, second, third = p * av + q * bv + r * cv, q * av + s * bv + t * cv, r * av + t * bv + u * cv
        for i in range(n):
            rest[i] = values[i] - first * (design[i, 0] / reach) - second * design[i, 1] - third * design[i, 2]
            sizes[i] = abs(rest[i])
        scatter = max(1.4826 * find_median(sizes), smallest)
        for i in range(n):
            ratio = rest[i] / (4.685 * scatter)
            rest[i] *= weights[i]
            weights[i] = max(1.0 - ratio * ratio, 0.0) ** 2
    influence, present = np.zeros(n_places), np.zeros(n_places)
    for i in range(n):
        influence[regions[i]] += (p * (design[i, 0] / reach) + q * design[i, 1] + r * design[i, 2]) * rest[i]
        present[regions[i]] = 1.0
    spread = n_regions = 0.0
    for region in range(n_places):
        spread += influence[region] * influence[region]
        n_regions += present[region]
    error = np.sqrt(spread * n_regions / max(n_regions - 3.0, 1.0) + smallest * smallest * p)
    return first / reach, error / reach, scatter


@kernel
def find_median(values: NDArray[np.float64]) -> float:
    """Median of at least one number.

    Parameters
    ----------
    values : float64 array, shape (n,), no NaN

    Source
    ------
    Hoare, "Algorithm 65: find", Communications of the ACM 4(7), 1961.
    """
    n, parted = len(values), values.copy()
    half, low, high = n // 2, 0, n - 1
    while low < high:
        middle, i, j = parted[half], low, high
        while i <= j:
            while parted[i] < middle:
                i += 1
            while middle < parted[j]:
                j -= 1
            if i <= j:
                parted[i], parted[j] = parted[j], parted[i]
                i += 1
                j -= 1
        if j < half:
            low = i
        if half < i:
            high = j
    if n % 2:
        return float(parted[half])
    below = parted[0]
    for i in range(half):
        below = max(below, parted[i])
    return float(parted[half] + below) / 2
