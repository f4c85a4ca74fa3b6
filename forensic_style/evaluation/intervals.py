"""How far the scores would move with other images: intervals that hold the truth 95 times in 100.

The labels are taken as they are and the images as a sample: the interval is for the score that all images of these
kinds would have. Redrawing images with replacement does not give such intervals: a table without errors is redrawn
without errors, whatever its size, and an image drawn twice makes a pair with itself. So the table is mixed with a
little chance first, and how much each image moves the score is worked out instead of drawn.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from forensic_style.evaluation.agreement import Agreement, score_pairs
from forensic_style.evaluation.counts import ConfusionTable, match_rows

LEVEL = 0.95
N_GHOSTS = 1.5
STEP = 1e-6
N_HALVINGS = 25
LOWEST = {"ari": -1.0, "ami": -1.0, "pair_precision": 0.0, "pair_recall": 0.0, "accuracy": 0.0}

Array = NDArray[np.float64]
Interval = tuple[float, float]


def estimate_intervals(table: ConfusionTable, agreement: Agreement) -> dict[str, Interval]:
    """Intervals of 95 % for the scores that have a limit as images are added: see LOWEST.

    The influence function of each score (Hampel 1974) on the table mixed with N_GHOSTS images spread as if clusters
    and technologies were unrelated; the score's own bias is taken off. Where they are unrelated, no image alone moves
    scores of pairs and of information, and yet they move: how far chance moves them is added.

    Returns
    -------
    For each score its lower and upper end, the score itself always between them; nan where the score is.
    """
    n_images, cells = table.n_images, table.cells
    if n_images < 2:
        return dict.fromkeys(LOWEST, (float("nan"), float("nan")))
    shares = cells / n_images
    mixed = mix_with_chance(shares, N_GHOSTS / n_images)
    limits, spreads = measure_limits(mixed, table), measure_spreads(mixed, table)
    unmixed, by_chance = measure_limits(shares, table), measure_spreads_of_chance(mixed, n_images)
    reach = float(scipy.stats.t.ppf((1 + LEVEL) / 2, n_images - 1))
    intervals = {}
    for name, lowest in LOWEST.items():
        score = getattr(agreement, name)
        centre = limits[name] - unmixed[name] + score
        half = reach * float(np.hypot(spreads[name] / np.sqrt(n_images), by_chance.get(name, 0.0)))
        low = max(lowest, min(centre, score) - half)
        high = min(1.0, max(centre, score, min(0.0, unmixed[name])) + half)  # few images fall below chance by chance
        if name == "accuracy":
            low = max(lowest, low - measure_optimism(table))
        intervals[name] = (low, high) if np.isfinite(score) else (float("nan"), float("nan"))
    return intervals


def measure_optimism(table: ConfusionTable) -> float:
    """How much better the matching fits the images that it was found on than others like them, 0 or more.

    Clusters and technologies are matched on one half of the placed images and tried on the other, both ways, for
    N_HALVINGS halvings from a fixed seed. The optimism of halves is that of the whole times the root of 2. Without it,
    unrelated clusters and technologies would look related: eight of each, 60 images, by .17.
    """
    counts = table.counts
    if table.n_placed < 2:
        return 0.0
    halves = np.random.default_rng(0).multivariate_hypergeometric(
        counts.ravel(), table.n_placed // 2, size=N_HALVINGS, method="marginals"
    )
    gaps = []
    for half in halves.reshape(-1, *counts.shape):
        for own, other in ((half, counts - half), (counts - half, half)):
            pairs = [(row, column) for row, column in enumerate(match_rows(own)) if column is not None]
            inside, outside = (sum(int(side[pair]) for pair in pairs) / max(1, side.sum()) for side in (own, other))
            gaps.append(inside - outside)
    return max(0.0, float(np.mean(gaps))) / np.sqrt(2) * table.n_placed / table.n_images


def mix_with_chance(shares: Array, weight: float) -> Array:
    """The table, and a small weight of the table with the same margins that chance would give."""
    return (shares + weight * shares.sum(axis=1, keepdims=True) * shares.sum(axis=0, keepdims=True)) / (1 + weight)


def measure_limits(shares: Array, table: ConfusionTable) -> dict[str, float]:
    """What each score tends to as images are added in these shares, shape (n_clusters + 1, n_technologies)."""
    return {name: float(score(_sum_up(shares, table))[()]) for name, score in _list_scores(table).items()}


def measure_spreads(shares: Array, table: ConfusionTable) -> dict[str, float]:
    """Standard deviation of what one image adds to each score, times the number of images."""
    sums, slopes = _sum_up(shares, table), _find_slopes(shares, table)
    influences = slopes - (shares * slopes).sum(axis=(1, 2), keepdims=True)
    moved = sums[:, None, None] + STEP * influences
    spreads = {}
    for name, score in _list_scores(table).items():
        change = (score(moved) - score(sums)) / STEP
        spreads[name] = float(np.sqrt((shares * change**2).sum()))
    return spreads


def measure_spreads_of_chance(shares: Array, n_images: int) -> dict[str, float]:
    """Standard deviation of each score of pairs and of information where clusters and technologies are unrelated.

    n times the sum of squared deviations from chance is then a sum of chi-squared variables, whose weights are the
    products of the eigenvalues of the two margins' covariances; twice the information of all images is chi-squared.
    """
    rows, columns = shares[:-1].sum(axis=1), shares.sum(axis=0)
    covariances = [np.diag(margin) - np.outer(margin, margin) for margin in (rows, columns)]
    clustered, alike = float((rows**2).sum()), float((columns**2).sum())
    both = float(np.sqrt(2 * np.prod([(each**2).sum() for each in covariances]))) / n_images
    most, entropy = (clustered + alike) / 2 - clustered * alike, (_weigh(rows) + _weigh(columns)) / 2
    freedom = max(0, int((rows > 0).sum()) - 1) * max(0, int((columns > 0).sum()) - 1)
    spreads = {"pair_precision": (both, clustered), "pair_recall": (both, alike), "ari": (both, most)}
    spreads["ami"] = (float(np.sqrt(freedom / 2)) / n_images, entropy)
    return {name: spread / whole if whole > 1e-12 else 0.0 for name, (spread, whole) in spreads.items()}


def _sum_up(shares: Array, table: ConfusionTable) -> Array:
    """The sums that all scores are made of.

    Chance that two images are in one cluster and of one technology, in one cluster, of one technology; entropy of
    technologies, of clusters, and of both, without images of no cluster; share of images of no cluster; share right.
    """
    placed, rows, columns = shares[:-1], shares[:-1].sum(axis=1), shares.sum(axis=0)
    right = sum(shares[row, match] for row, match in enumerate(table.matches) if match is not None)
    squares = [(placed**2).sum(), (rows**2).sum(), (columns**2).sum()]
    return np.array([*squares, *map(_weigh, (columns, rows, placed)), shares[-1].sum(), right])


def _weigh(shares: Array) -> float:
    return float(-(shares * _log(shares)).sum())


def _log(shares: Array) -> Array:
    return np.log(np.where(shares > 0, shares, 1))


def _find_slopes(shares: Array, table: ConfusionTable) -> Array:
    """How the sums grow with each share, shape (n_sums, n_clusters + 1, n_technologies)."""
    rows, columns = shares.sum(axis=1, keepdims=True), shares.sum(axis=0, keepdims=True)
    placed = np.ones_like(shares)
    placed[-1] = 0
    right = np.zeros_like(shares)
    for row, match in enumerate(table.matches):
        if match is not None:
            right[row, match] = 1
    squares = [2 * shares * placed, 2 * rows * placed, 2 * columns * np.ones_like(shares)]
    entropies = [-1 - _log(columns) * np.ones_like(shares), (-1 - _log(rows)) * placed, (-1 - _log(shares)) * placed]
    return np.stack([*squares, *entropies, 1 - placed, right])


def _list_scores(table: ConfusionTable) -> dict[str, Callable[[Array], Array]]:
    """Each score as a function of the sums, shape (n_sums, ...)."""

    def adjust_information(sums: Array) -> Array:
        technologies, rows, cells, alone = sums[3], sums[4], sums[5], sums[6]
        by_chance = alone * technologies  # an image of no cluster tells its own technology
        clusters = rows + alone * np.log(table.n_images)
        most = (technologies + clusters) / 2 - by_chance
        shared = technologies + rows - cells - by_chance
        return np.where(most > 1e-12, shared / np.where(most > 1e-12, most, 1), 1.0)

    def score_of_pairs(place: int) -> Callable[[Array], Array]:
        return lambda sums: score_pairs(sums[0], sums[1], sums[2], np.ones_like(sums[0]))[place]

    return {
        "ari": score_of_pairs(0),
        "ami": adjust_information,
        "pair_precision": score_of_pairs(1),
        "pair_recall": score_of_pairs(2),
        "accuracy": lambda sums: sums[7],
    }
