"""Slow twins of the kernels in `tone`."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def _list_colours(red: Plane, green: Plane, blue: Plane, places: tuple[slice, ...]) -> list[tuple[int, int, int]]:
    """The colours at some places, row by row, as plain integers."""
    planes = [plane[places].ravel().tolist() for plane in (red, green, blue)]
    return list(zip(*planes, strict=True))


def count_levels(planes: Plane, n_levels: int, hop: int = 1) -> NDArray[np.int64]:
    """How often each level occurs in every hop-th row."""
    return np.array([[(plane[::hop] == level).sum() for level in range(n_levels)] for plane in planes])


def count_gradient_magnitudes(planes: Plane, hop: int) -> NDArray[np.int64]:
    """A step falls in the bin of its size."""
    counts = np.zeros((len(planes), 511), dtype=np.int64)
    for number, plane in enumerate(planes.tolist()):
        for i in range(0, len(plane) - 1, hop):
            for j in range(len(plane[0]) - 1):
                here, right, below = plane[i][j], plane[i][j + 1], plane[i + 1][j]
                counts[number, abs(right - here) + abs(below - here)] += 1
    return counts


def count_colours(red: Plane, green: Plane, blue: Plane, n_parts: int, weakest: int, hop: int) -> NDArray[np.int64]:
    """Parts of the saturations, and hues in sixths of a turn counted from the channel that is highest."""
    counts = np.zeros((len(red), 2, 16), dtype=np.int64)
    for number, planes in enumerate(zip(red, green, blue, strict=True)):
        for r, g, b in _list_colours(*planes, np.s_[::hop, :]):
            saturation = max(r, g, b) - min(r, g, b)
            counts[number, 0, math.floor(Fraction(saturation * n_parts, 256))] += 1
            if saturation < weakest:
                continue
            if r >= g and r >= b:
                sixths = Fraction(g - b, saturation) % 6
            elif g >= b:
                sixths = 2 + Fraction(b - r, saturation)
            else:
                sixths = 4 + Fraction(r - g, saturation)
            counts[number, 1, math.floor(sixths * 2)] += 1
    return counts


def count_repeats(red: Plane, green: Plane, blue: Plane, hop: int) -> NDArray[np.int64]:
    """Colours compared one by one with those to the right and below."""
    counts = []
    for planes in zip(red, green, blue, strict=True):
        here = _list_colours(*planes, np.s_[:-1:hop, :-1])
        right = _list_colours(*planes, np.s_[:-1:hop, 1:])
        below = _list_colours(*planes, np.s_[1::hop, :-1])
        across = sum(one == other for one, other in zip(here, right, strict=True))
        down = sum(one == other for one, other in zip(here, below, strict=True))
        counts.append([across, down, len(here)])
    return np.array(counts)


def count_alike_pairs(red: Plane, green: Plane, blue: Plane, hop: int) -> NDArray[np.int64]:
    """Every sample compared with every other one."""
    counts = []
    for planes in zip(red, green, blue, strict=True):
        colours = [tuple(value // 16 for value in colour) for colour in _list_colours(*planes, np.s_[::hop, ::hop])]
        pairs = list(itertools.permutations(colours, 2))
        counts.append([sum(one == other for one, other in pairs), len(pairs)])
    return np.array(counts)


def measure_comb(counts: NDArray[np.int64], fewest: int) -> NDArray[np.float64]:
    """Unevenness of dark and of light levels, and the share of empty ones among those with enough samples around."""
    measures = []
    for histograms in counts.tolist():
        dark, light, empty = [], [], []
        for histogram in histograms:
            used = [level for level, count in enumerate(histogram) if count]
            for level in range(used[0] + 1, used[-1]) if used else ():
                before, here, after = histogram[level - 1 : level + 2]
                if before + 2 * here + after < fewest:
                    continue
                excess = (2 * here - before - after) ** 2 - (4 * here + before + after)
                (dark if level < 128 else light).append(excess / (before + 2 * here + after) ** 2)
                empty.append(here == 0 and min(before, after) >= fewest / 4)
        measures.append([sum(part) / max(len(part), 1) for part in (dark, light, empty)])
    return np.array(measures)
