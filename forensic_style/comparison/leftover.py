"""Content left in clusters, as an interval."""

from __future__ import annotations

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from forensic_style.evaluation.intervals import LEVEL, N_GHOSTS, Interval
from forensic_style.evaluation.leakage import Leakage

N_FEW = 3

Array = NDArray[np.float64]


def estimate_leakage(
    labels: NDArray[np.intp], technologies: list[str], content: list[str], leakage: Leakage
) -> Interval:
    """Interval of 95 % for the share of the clusters that content explains beyond technology.

    The share moves with the images as its influence function says (of the table mixed with N_GHOSTS images whose
    cluster is that of chance), and as much as it does where content explains nothing (chi-squared). What chance
    explains of few images was taken off the share; where content explains much, that was too much, so the upper end is
    put on top of it. Clusters that follow no content among n images may still follow it in 3 of n (the rule of three):
    the upper end is at least what content would explain then.

    Parameters
    ----------
    labels : integer array, shape (n_images,)
    technologies, content : of each image; images whose content is "" are left out
    leakage : as measured of the same

    Returns
    -------
    Lower and upper end within 0..1, `leakage.share` between them.
    """
    known = np.array([bool(label) for label in content], dtype=bool)
    codes = [
        np.unique(np.asarray(of)[known], return_inverse=True)[1]
        for of in (labels, np.array(technologies, dtype=str), np.array(content, dtype=str))
    ]
    cells = np.zeros([code.max() + 1 for code in codes])
    np.add.at(cells, tuple(codes), 1)
    if len(cells) == 1:  # one cluster: there is nothing to explain
        return 0.0, 0.0
    n_images = len(codes[0])
    error = np.hypot(_measure_spread(cells), _measure_spread_of_chance(cells)) / np.sqrt(n_images)
    reach = float(scipy.stats.t.ppf((1 + LEVEL) / 2, n_images - 1)) * error
    share = leakage.beyond - leakage.beyond_by_chance
    low, high = share - reach, share + leakage.beyond_by_chance + reach
    high = max(high, leakage.share, _share_of_few(cells))
    return max(0.0, min(low, leakage.share)), min(1.0, high)


def _measure_spread(cells: Array) -> float:
    """Standard deviation of what one image adds to the share, times the number of images."""
    shares = cells / cells.sum()
    by_chance = shares.sum(axis=(1, 2), keepdims=True) * shares.sum(axis=0)
    weight = N_GHOSTS / cells.sum()
    mixed = (shares + weight * by_chance) / (1 + weight)
    told, surprise = _compare_logs(mixed)
    entropy, information = (mixed * surprise).sum(), (mixed * told).sum()
    influence = (told - information - information / entropy * (surprise - entropy)) / entropy
    return float(np.sqrt((mixed * influence**2).sum()))


def _measure_spread_of_chance(cells: Array) -> float:
    """The same where content explains nothing: twice the information of all images is chi-squared (Wilks 1938)."""
    rows, columns = (cells.sum(axis=2) > 0).sum(axis=0), (cells.sum(axis=0) > 0).sum(axis=1)
    freedom = float(((rows - 1) * (columns - 1)).sum())
    shares = cells.sum(axis=(1, 2)) / cells.sum()
    return float(np.sqrt(freedom / 2 / cells.sum()) / -(shares * _log(shares)).sum())


def _share_of_few(cells: Array) -> float:
    """The share that content would explain if it decided the clusters of three images more, and of no others."""
    placed = cells.sum(axis=2, keepdims=True) * cells.sum(axis=0, keepdims=True)
    by_chance = placed / np.maximum(cells.sum(axis=(0, 2), keepdims=True), 1) / cells.sum()
    decided = np.zeros_like(cells)
    contents = np.arange(cells.shape[2])
    decided[contents % len(cells), :, contents] = cells.sum(axis=0).T / cells.sum()
    weight = N_FEW / cells.sum()
    told, surprise = _compare_logs(mixed := (by_chance + weight * decided) / (1 + weight))
    return float((mixed * told).sum() / (mixed * surprise).sum())


def _compare_logs(shares: Array) -> tuple[Array, Array]:
    """What content tells of the cluster beyond technology, and how surprising the cluster is, in each cell, in nats."""
    told = _log(shares) + _log(shares.sum(axis=(0, 2), keepdims=True))
    told = told - _log(shares.sum(axis=2, keepdims=True)) - _log(shares.sum(axis=0, keepdims=True))
    return told, -_log(shares.sum(axis=(1, 2), keepdims=True))


def _log(shares: Array) -> Array:
    return np.log(np.where(shares > 0, shares, 1))
