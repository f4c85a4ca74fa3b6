"""How often the intervals of `compare` hold the truth, and how often it finds a difference that is not there.

    python tests/benchmarks/comparison_coverage.py
    python tests/benchmarks/comparison_coverage.py --kinds 100 --repeats 200

Differences: two clusterings of 2 to 8 technologies, from unrelated to without errors, even and skewed, with and without
images of no cluster; errors spread over the clusters, in one other cluster, or of one technology only; the luck of the
two is the same in none, half or all of the images. Samples of 40, 100 and 400 images are drawn from each pair. Printed
are the share of intervals of 95 % that hold the true difference in the adjusted Rand index, the mean and the lowest
among pairs, and how often a difference is found at 5 %. Pairs of equal index have none: two clusterings of one kind,
and of two kinds of which one was tuned.

Leakage: clusters that follow 2 to 6 technologies, 2 to 10 contents, or neither; technologies and contents apart or
going together. The same for the share of the clusters that content explains.

What agreement itself is given as an interval is in `interval_coverage.py`.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.comparison.leftover import estimate_leakage
from forensic_style.comparison.pairs import compare_pairs
from forensic_style.evaluation.agreement import score_pairs
from forensic_style.evaluation.leakage import measure_leakage

Array = NDArray[np.float64]
N_DRAWS = 300
SIZES = (40, 100, 400)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", type=int, default=24, help="of populations")
    parser.add_argument("--repeats", type=int, default=100, help="samples of each size from each")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    generator = np.random.default_rng(arguments.seed)
    cover_differences(arguments.kinds, arguments.repeats, generator)
    cover_leakage(arguments.kinds, arguments.repeats, generator)


@dataclass(frozen=True)
class Pair:
    """Two clusterings: chances of each cluster in each technology, shares of technologies, share of common luck."""

    one: Array
    other: Array
    technologies: Array
    shared: float

    @property
    def difference(self) -> float:
        """Of the two in the adjusted Rand index, in very many images."""
        return _measure_index(self.one * self.technologies) - _measure_index(self.other * self.technologies)

    def draw(self, n_images: int, generator: np.random.Generator) -> tuple[list[NDArray[np.intp]], list[str]]:
        """Labels of the two, -1 where an image is in no cluster, and technologies."""
        styles = generator.choice(len(self.technologies), size=n_images, p=self.technologies)
        luck = generator.random(n_images)
        is_own = generator.random(n_images) >= self.shared
        labels = []
        for chances, luck_of_one in (
            (self.one, luck),
            (self.other, np.where(is_own, generator.random(n_images), luck)),
        ):
            order = np.argsort(-chances, axis=0, kind="stable")  # good luck is the likeliest cluster
            reached = np.cumsum(np.take_along_axis(chances, order, axis=0), axis=0)[:, styles]
            place = np.minimum((luck_of_one >= reached).sum(axis=0), len(chances) - 1)
            cluster = order[place, styles]
            labels.append(np.where(cluster == len(chances) - 1, -1, cluster).astype(np.intp))
        return labels, styles.astype(str).tolist()


def cover_differences(n_pairs: int, repeats: int, generator: np.random.Generator) -> None:
    """Print how often intervals hold the true difference, and how often one is found that is not there."""
    print("pairs         images   hold the truth  lowest   found at 5 %  highest")
    for words, pairs in (
        ("any", _draw_pairs(n_pairs, generator)),
        ("equal index", _draw_equal_pairs(n_pairs, generator)),
    ):
        for n_images in SIZES:
            held, found = [], []
            for pair in pairs:
                tests = []
                for _ in range(repeats):
                    labels, technologies = pair.draw(n_images, generator)
                    tests.append(compare_pairs(labels, technologies, n_draws=N_DRAWS)[0])
                truth = pair.difference
                held.append(np.mean([test.low - 1e-9 <= truth <= test.high + 1e-9 for test in tests]))
                found.append(np.mean([test.p_value <= 0.05 for test in tests]))
            figures = f"{np.mean(held):14.3f}  {min(held):6.3f}  {np.mean(found):13.3f}  {max(found):7.3f}"
            print(f"{words:12} {n_images:7} {figures}", flush=True)


def _draw_clustering(n_technologies: int, generator: np.random.Generator, right: float | None = None) -> Array:
    """Chances of each cluster, the last for none, in each technology; a rare kind of errors each time."""
    n_clusters = int(np.clip(n_technologies + generator.integers(-1, 2), 2, 9))
    right = float(generator.choice([0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98, 0.995, 1])) if right is None else right
    errors, alone = generator.choice(["spread", "next", "one technology"]), generator.choice([0, 0, 0.1])
    chances = np.zeros((n_clusters + 1, n_technologies))
    for column in range(n_technologies):
        wrong = (1 - right) if errors != "one technology" or column == 0 else 0.0
        chances[column % n_clusters, column] += 1 - wrong
        if errors == "spread":
            chances[:n_clusters, column] += wrong / n_clusters
        else:
            chances[(column + 1) % n_clusters, column] += wrong
    chances[:n_clusters] *= 1 - alone
    chances[n_clusters] = alone
    return chances


def _draw_pairs(count: int, generator: np.random.Generator) -> list[Pair]:
    pairs = []
    for _ in range(count):
        n_technologies = int(generator.integers(2, 9))
        shares = 1 / np.arange(1, n_technologies + 1) ** generator.integers(2)
        one, other = (_draw_clustering(n_technologies, generator) for _ in range(2))
        pairs.append(Pair(one, other, shares / shares.sum(), float(generator.choice([0, 0.5, 1]))))
    return pairs


def _draw_equal_pairs(count: int, generator: np.random.Generator) -> list[Pair]:
    """Pairs without a difference: every other one of the same kind, the rest tuned."""
    pairs: list[Pair] = []
    while len(pairs) < count:
        (pair,) = _draw_pairs(1, generator)
        if len(pairs) % 2 == 0:
            pairs.append(Pair(pair.one, pair.one, pair.technologies, min(pair.shared, 0.5)))
            continue
        wanted, state = _measure_index(pair.one * pair.technologies), generator.bit_generator.state

        def make(right: float, count: int = pair.one.shape[1], state: dict[str, object] = state) -> Array:
            copied = np.random.default_rng()
            copied.bit_generator.state = state
            return _draw_clustering(count, copied, right)

        low, high = 0.3, 1.0
        for _ in range(50):
            middle = (low + high) / 2
            is_low = _measure_index(make(middle) * pair.technologies) < wanted
            low, high = (middle, high) if is_low else (low, middle)
        tuned = Pair(pair.one, make(low), pair.technologies, pair.shared)
        generator.random()
        if abs(tuned.difference) < 1e-6:
            pairs.append(tuned)
    return pairs


def _measure_index(shares: Array) -> float:
    both, rows, columns = ((part**2).sum() for part in (shares[:-1], shares[:-1].sum(axis=1), shares.sum(axis=0)))
    return float(score_pairs(both, rows, columns, np.asarray(1.0))[0])


def cover_leakage(n_populations: int, repeats: int, generator: np.random.Generator) -> None:
    """Print how often intervals hold the true share of clusters that content explains."""
    populations = [_draw_shown(generator) for _ in range(n_populations)]
    print("\nleakage\nimages   hold the truth  lowest   width")
    for n_images in SIZES:
        held, widths = [], []
        for cells in populations:
            truth, hits = _measure_share(cells), []
            for _ in range(repeats):
                clusters, styles, contents = np.unravel_index(
                    generator.choice(cells.size, size=n_images, p=cells.ravel()), cells.shape
                )
                labels = styles.astype(str).tolist(), contents.astype(str).tolist()
                leakage = measure_leakage(clusters, *labels)
                if leakage is not None:
                    low, high = estimate_leakage(clusters, *labels, leakage)
                    hits.append(low - 1e-9 <= truth <= high + 1e-9)
                    widths.append(high - low)
            held.append(np.mean(hits))
        print(f"{n_images:6} {np.mean(held):16.3f}  {min(held):6.3f}  {np.mean(widths):6.3f}", flush=True)


def _draw_shown(generator: np.random.Generator) -> Array:
    """Shares of clusters, technologies and contents: clusters follow the one, the other, or neither."""
    n_technologies, n_contents = int(generator.integers(2, 7)), int(generator.integers(2, 11))
    right, follow = generator.choice([0, 0.3, 0.6, 0.9, 0.98, 1]), generator.choice([0, 0, 0.05, 0.2, 0.5, 0.9, 1])
    skew, together = generator.integers(2), generator.choice([0, 0.3])
    shares = np.outer(
        1 / np.arange(1, n_technologies + 1) ** skew,
        1 / np.arange(1, n_contents + 1) ** (skew * generator.integers(2)),
    )
    alone = np.zeros_like(shares)
    pairs = np.arange(max(shares.shape))
    np.add.at(alone, (pairs % n_technologies, pairs % n_contents), 1 / len(pairs))
    shares = (1 - together) * shares / shares.sum() + together * alone
    cells = np.zeros((n_technologies, *shares.shape))
    for style, content in np.ndindex(shares.shape):
        cells[:, style, content] += (1 - follow) * (1 - right) / n_technologies
        cells[style, style, content] += (1 - follow) * right
        cells[content % n_technologies, style, content] += follow
    cells *= shares
    return cells / cells.sum()


def _measure_share(cells: Array) -> float:
    def weigh(shares: Array) -> float:
        return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())

    told = weigh(cells.sum(axis=2)) + weigh(cells.sum(axis=0)) - weigh(cells) - weigh(cells.sum(axis=(0, 2)))
    return told / weigh(cells.sum(axis=(1, 2)))


if __name__ == "__main__":
    main()
