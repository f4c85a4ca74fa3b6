"""How often intervals hold the score that all images would have.

    python tests/benchmarks/interval_coverage.py
    python tests/benchmarks/interval_coverage.py --populations 48 --repeats 400

Populations of 2 to 8 technologies and 2 to 8 clusters, from unrelated to almost without errors, even and skewed, with
and without images of no cluster; errors spread over the clusters, in one other cluster, or of one technology only.
Samples of 60, 120 and 400 images are drawn from each. Printed are, for each score and way to make an interval of 95 %,
the share of intervals that hold the population's score: the mean, by number of images, and the lowest among
populations; and the mean width. Ways that fail are kept here to show why they are not used:

    redrawn       percentiles of the score of images redrawn with replacement
    no doubles    the same, pairs of an image with itself left out
    halves        percentiles of the score of halves of the images
    jackknife     what leaving each image out changes, normal
    smoothed      percentiles of the score of images drawn from the table mixed with a little chance, less what it
                  tends to, added to the score
    mixed         what the package does: influence of each image on the table mixed with a little chance
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Iterator

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from forensic_style.evaluation.agreement import count_pairs, measure_agreement, score_pairs
from forensic_style.evaluation.counts import ConfusionTable, match_rows
from forensic_style.evaluation.intervals import (
    LOWEST,
    N_GHOSTS,
    Interval,
    estimate_intervals,
    measure_limits,
    mix_with_chance,
)

Array = NDArray[np.float64]
N_REDRAWN = 300
PAIRS = ("ari", "pair_precision", "pair_recall")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--populations", type=int, default=24)
    parser.add_argument("--repeats", type=int, default=200, help="samples of each size from each population")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    generator = np.random.default_rng(arguments.seed)
    populations = list(list_populations())
    chosen = generator.permutation(len(populations))[: arguments.populations]
    hits: dict[tuple[str, str, int], list[float]] = {}
    widths: dict[tuple[str, str], list[float]] = {}
    for number, n_images in itertools.product(chosen, (60, 120, 400)):
        for key, (share, width) in cover(populations[number], n_images, arguments.repeats, generator).items():
            hits.setdefault((*key, n_images), []).append(share)
            widths.setdefault(key, []).append(width)
    print(f"{'score':15} {'interval':11} mean   n=60  n=120  n=400  lowest  width")
    for score, way in widths:
        by_size = [np.mean(hits[score, way, n_images]) for n_images in (60, 120, 400)]
        lowest = min(min(hits[score, way, n_images]) for n_images in (60, 120, 400))
        figures = "  ".join(f"{share:.3f}" for share in (np.mean(by_size), *by_size, lowest))
        print(f"{score:15} {way:11} {figures}   {np.mean(widths[score, way]):.3f}")


def list_populations() -> Iterator[Array]:
    """Shares of clusters and technologies, shape (n_clusters + 1, n_technologies), the last row of no cluster."""
    sizes = [(2, 2), (2, 3), (3, 3), (5, 4), (4, 4), (6, 6), (8, 8), (8, 3)]
    rights = (0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98, 0.995)
    for (rows, columns), right, skew, alone, errors in itertools.product(
        sizes, rights, (0, 1), (0, 0.1), ("spread", "next", "one technology")
    ):
        technologies = 1 / np.arange(1, columns + 1) ** skew
        shares = np.zeros((rows + 1, columns))
        for column in range(columns):
            wrong = (1 - right) if errors != "one technology" or column == 0 else 0.0
            shares[column % rows, column] += 1 - wrong
            if errors == "spread":
                shares[:rows, column] += wrong / rows
            else:
                shares[(column + 1) % rows, column] += wrong
        shares[:rows] *= 1 - alone
        shares[rows] = alone
        yield shares * technologies / technologies.sum()


def cover(
    population: Array, n_images: int, repeats: int, generator: np.random.Generator
) -> dict[tuple[str, str], tuple[float, float]]:
    """Share of intervals that hold the truth, and mean width, for each score and way."""
    truth = measure_limits(population, make_table(population * 1e6, n_images))
    held: dict[tuple[str, str], list[tuple[bool, float]]] = {}
    for _ in range(repeats):
        cells = generator.multinomial(n_images, population.ravel()).reshape(population.shape)
        for (score, way), (low, high) in list_intervals(cells[:, cells.any(axis=0)], generator).items():
            if np.isfinite(low):
                is_held = low - 1e-9 <= truth[score] <= high + 1e-9
                held.setdefault((score, way), []).append((is_held, high - low))
    return {
        key: (float(np.mean([hit for hit, _ in pairs])), float(np.mean([w for _, w in pairs])))
        for key, pairs in held.items()
    }


def make_table(cells: Array, n_images: int = 0) -> ConfusionTable:
    """A table of counts from cells whose last row is of no cluster."""
    counts = np.rint(cells).astype(np.int64)
    if n_images:  # the population: only its matching and the number of images matter
        names = tuple(map(str, range(counts.shape[1])))
        matches = tuple(match_rows(counts[:-1]))
        few = np.zeros_like(counts)
        few[0, 0] = n_images
        return ConfusionTable(tuple(range(len(counts) - 1)), names, few[:-1], few[-1], matches)
    kept = counts[:-1][counts[:-1].any(axis=1)]
    names = tuple(map(str, range(counts.shape[1])))
    return ConfusionTable(tuple(range(len(kept))), names, kept, counts[-1], tuple(match_rows(kept)))


def list_intervals(cells: NDArray[np.int64], generator: np.random.Generator) -> dict[tuple[str, str], Interval]:
    """Intervals of one sample."""
    table = make_table(cells)
    intervals = {
        (name, "mixed"): interval for name, interval in estimate_intervals(table, measure_agreement(table)).items()
    }
    counts = table.cells
    ways: dict[str, Callable[[], Array]] = {
        "redrawn": lambda: _score(count_pairs(_redraw(counts, generator))),
        "no doubles": lambda: _score(_count_without_doubles(_redraw(counts, generator), counts)),
        "halves": lambda: _score(count_pairs(_halve(counts, generator))),
    }
    for way, draw in ways.items():
        ends = np.nanquantile(draw(), [0.025, 0.975], axis=1)
        intervals |= {(name, way): (ends[0, place], ends[1, place]) for place, name in enumerate(PAIRS)}
    intervals |= _smooth(table, generator)
    return intervals | {(name, "jackknife"): ends for name, ends in _leave_one_out(counts).items()}


def _smooth(table: ConfusionTable, generator: np.random.Generator) -> dict[tuple[str, str], Interval]:
    mixed = mix_with_chance(table.cells / table.n_images, N_GHOSTS / table.n_images)
    drawn = generator.multinomial(table.n_images, mixed.ravel() / mixed.sum(), size=N_REDRAWN)
    limits, agreement = measure_limits(mixed, table), measure_agreement(table)
    scores = _score(count_pairs(drawn.reshape(-1, *mixed.shape).astype(np.float64)))
    intervals = {}
    for name, draws in zip(PAIRS, scores, strict=True):
        low, high = np.nanquantile(draws - limits[name], [0.025, 0.975]) + getattr(agreement, name)
        intervals[name, "smoothed"] = (float(low), float(high))
    return intervals


def _score(pairs: tuple[Array, ...]) -> Array:
    return np.stack(score_pairs(*pairs))


def _redraw(counts: Array, generator: np.random.Generator) -> Array:
    drawn = generator.multinomial(int(counts.sum()), (counts / counts.sum()).ravel(), size=N_REDRAWN)
    return drawn.reshape(-1, *counts.shape).astype(np.float64)


def _halve(counts: Array, generator: np.random.Generator) -> Array:
    flat = counts.ravel().astype(np.int64)
    drawn = generator.multivariate_hypergeometric(flat, int(flat.sum()) // 2, size=N_REDRAWN)
    return drawn.reshape(-1, *counts.shape).astype(np.float64)


def _count_without_doubles(drawn: Array, counts: Array) -> tuple[Array, ...]:
    """Pairs of different images: of w draws from n images of a cell, w (w - 1) / n are expected to be doubles."""
    doubles = np.where(counts > 0, drawn * (drawn - 1) / np.where(counts > 0, counts, 1), 0) / 2
    both, clustered, alike, every = count_pairs(drawn)
    placed, of_all = doubles[:, :-1].sum(axis=(1, 2)), doubles.sum(axis=(1, 2))
    return both - placed, clustered - placed, alike - of_all, every - of_all


def _leave_one_out(counts: Array) -> dict[str, Interval]:
    cells = np.argwhere(counts > 0)
    left = np.repeat(counts[None], len(cells), axis=0)
    left[np.arange(len(cells)), cells[:, 0], cells[:, 1]] -= 1
    weights, n_images = counts[counts > 0], counts.sum()
    scores, without = _score(count_pairs(counts)), _score(count_pairs(left))
    means = (weights * without).sum(axis=1, keepdims=True) / n_images
    errors = np.sqrt((n_images - 1) / n_images * (weights * (without - means) ** 2).sum(axis=1))
    reach = scipy.stats.t.ppf(0.975, n_images - 1) * errors
    return {name: (scores[place] - reach[place], scores[place] + reach[place]) for place, name in enumerate(PAIRS)}


assert set(PAIRS) <= set(LOWEST)

if __name__ == "__main__":
    main()
