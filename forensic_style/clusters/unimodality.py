"""Hartigan's dip: how far a sample is from having one mode only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Upper quantiles of sqrt(n) * dip for n uniform values, from 40,000 samples or more of each size
_CHANCES = np.array([0.99, 0.9, 0.75, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001])
_SIZES = np.array([10, 15, 20, 30, 50, 100, 200, 500, 1000])
_QUANTILES = np.array(
    [
        [0.1930, 0.2466, 0.2783, 0.3090, 0.3604, 0.4127, 0.4414, 0.4766, 0.5045, 0.5255, 0.5532, 0.5690],
        [0.2114, 0.2489, 0.2788, 0.3236, 0.3721, 0.4257, 0.4587, 0.4984, 0.5265, 0.5523, 0.5799, 0.5988],
        [0.2122, 0.2540, 0.2869, 0.3278, 0.3808, 0.4351, 0.4700, 0.5108, 0.5384, 0.5645, 0.5945, 0.6151],
        [0.2172, 0.2595, 0.2922, 0.3365, 0.3898, 0.4466, 0.4837, 0.5269, 0.5570, 0.5857, 0.6175, 0.6426],
        [0.2223, 0.2671, 0.3006, 0.3458, 0.4009, 0.4587, 0.4966, 0.5407, 0.5713, 0.5997, 0.6360, 0.6608],
        [0.2280, 0.2742, 0.3087, 0.3554, 0.4122, 0.4724, 0.5118, 0.5588, 0.5932, 0.6224, 0.6598, 0.6881],
        [0.2331, 0.2799, 0.3148, 0.3615, 0.4198, 0.4811, 0.5221, 0.5704, 0.6036, 0.6367, 0.6787, 0.7045],
        [0.2373, 0.2846, 0.3199, 0.3676, 0.4264, 0.4883, 0.5291, 0.5791, 0.6154, 0.6475, 0.6938, 0.7198],
        [0.2402, 0.2876, 0.3235, 0.3710, 0.4308, 0.4946, 0.5341, 0.5849, 0.6196, 0.6507, 0.6934, 0.7156],
    ]
)


def measure_dip(values: NDArray[np.float64]) -> float:
    """Largest distance of the values' distribution from the nearest one with a single mode.

    D = min over unimodal F of max |F_n - F|. The nearest F is convex up to a modal interval and concave after it: the
    greatest convex minorant and the least concave majorant of the steps of F_n, between which the interval shrinks
    until both fit as well as the straight line between them.

    Returns
    -------
    1 / (2n) for a sample with one mode, up to 1/4 for two far apart; many equal values are a mode like another.

    Source
    ------
    Hartigan and Hartigan, "The dip test of unimodality", Annals of Statistics 13, 1985, section 3.

    >>> measure_dip(np.array([0.0, 0.0, 1.0, 1.0]))
    0.25
    """
    x, counts = np.unique(values, return_counts=True)
    above = np.cumsum(counts) / len(values)  # F_n right of each value
    below = above - counts / len(values)
    dip = 1.0 / len(values)
    first, last = 0, len(x) - 1
    while first < last:
        part = slice(first, last + 1)
        steps, low, high = x[part], below[part], above[part]
        minorant, left = _bend(steps, low)
        majorant, right = _bend(steps, -high)
        gaps = -majorant - minorant
        if gaps[np.union1d(left, right)].max() <= dip:
            break
        start, end = _narrow(gaps, left, right)
        dip = max(dip, _largest((high - minorant)[:start]), _largest((-majorant - low)[end + 1 :]))
        if (start, end) == (0, len(steps) - 1):
            break
        first, last = first + start, first + end
    return dip / 2


def find_dip_chance(dip: float, n_values: int) -> float:
    """Chance of as large a dip in n uniform values, the unimodal ones of which it is largest (Hartigan).

    Interpolated between simulated quantiles of sqrt(n) * dip; beyond the last, ln chance falls with the square.

    >>> round(find_dip_chance(0.4811 / np.sqrt(200), 200), 3)
    0.1
    """
    place = np.log(np.clip(n_values, _SIZES[0], _SIZES[-1]))
    quantiles = np.array([np.interp(place, np.log(_SIZES), column) for column in _QUANTILES.T])
    scaled = float(np.sqrt(n_values) * dip)
    logs = np.log(_CHANCES)
    if scaled <= quantiles[-1]:
        return 1.0 if scaled < quantiles[0] else float(np.exp(np.interp(scaled, quantiles, logs)))
    slope = (logs[-1] - logs[-4]) / (quantiles[-1] ** 2 - quantiles[-4] ** 2)
    return float(np.exp(logs[-1] + slope * (scaled**2 - quantiles[-1] ** 2)))


def _bend(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Greatest convex function below the points, at every x, and the places where it touches its corners."""
    across, up = x.tolist(), y.tolist()  # numbers of Python: faster one by one
    corners: list[int] = []
    for place, (right, top) in enumerate(zip(across, up, strict=True)):
        while len(corners) > 1:
            one, middle = corners[-2], corners[-1]
            rise, run = up[middle] - up[one], across[middle] - across[one]
            if rise * (right - across[middle]) < (top - up[middle]) * run:
                break
            corners.pop()  # it lies on or over the line between its neighbours
        corners.append(place)
    kept = np.array(corners, dtype=np.intp)
    return np.interp(x, x[kept], y[kept]), kept


def _narrow(gaps: NDArray[np.float64], left: NDArray[np.intp], right: NDArray[np.intp]) -> tuple[int, int]:
    """The modal interval: from the corner where the gap is widest to the other curve's next one."""
    if gaps[left].max() >= gaps[right].max():
        start = left[gaps[left].argmax()]
        return int(start), int(right[np.searchsorted(right, start)])
    end = right[gaps[right].argmax()]
    return int(left[np.searchsorted(left, end, side="right") - 1]), int(end)


def _largest(values: NDArray[np.float64]) -> float:
    return float(values.max()) if len(values) else 0.0
