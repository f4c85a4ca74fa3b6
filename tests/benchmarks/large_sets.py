"""Large sets of known technology: what is found by a sample, against the truth, and against a search of all images.

The images are drawn from measured ones, so that they scatter as these do: each is a turn of two images of one
technology and one content about the mean of such images, window by window. They are drawn anew whenever they are
read, so that a set may be larger than memory.

    python tests/benchmarks/large_sets.py data --images 100000
    python tests/benchmarks/large_sets.py data --images 4000 --most 500 --compare

`data` is a folder of sets, each with an index.csv of the columns path, technology and, third, what the image shows.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import time
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from labelled_sets import LabelledSet, read_sets
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

import forensic_style as fs
from forensic_style.large import LargeResult, cluster_many
from forensic_style.sampling import MOST_SEARCHED, average_images, choose_share, is_sampled
from forensic_style.table import FamilyRecord, FingerprintTable, ImageRecord, SkippedImage

WINDOWS = 4  # of each image drawn


class DrawnSource:
    """Images that are drawn when they are read; labels `technology` and `content`.

    Parameters
    ----------
    given : measured images
    n_images : to draw
    most : images in the sample, at most
    shares : of the technologies in the order of their names, or None for those of the images given
    seed : of the draws
    """

    def __init__(
        self,
        given: LabelledSet,
        *,
        n_images: int,
        most: int = MOST_SEARCHED,
        shares: NDArray[np.float64] | None = None,
        seed: int = 0,
    ) -> None:
        self.n_images = self.n_inputs = n_images
        self.given, self.seed = given, seed
        self.share = choose_share(n_images, most=most)
        self._rows = _take_roots(given.table)
        self._contents = given.contents or ["" for _ in given.technologies]
        _, self._cells = np.unique(
            [f"{one}\n{other}" for one, other in zip(given.technologies, self._contents, strict=True)],
            return_inverse=True,
        )
        counts = np.bincount(self._cells)
        self._centres = np.array([self._rows[self._cells == cell].mean(axis=(0, 1)) for cell in range(len(counts))])
        random = np.random.default_rng(seed)
        _, codes, sizes = np.unique(given.technologies, return_inverse=True, return_counts=True)
        weights = sizes / sizes.sum() if shares is None else shares
        chances = weights[codes] / sizes[codes]
        self.firsts = random.choice(len(codes), n_images, p=chances / chances.sum())
        by_cell = np.argsort(self._cells, kind="stable")
        starts = np.cumsum(counts) - counts
        cell = self._cells[self.firsts]
        self._seconds = by_cell[starts[cell] + random.integers(counts[cell])]
        self._angles = random.uniform(0, np.pi / 2, n_images) * (self._seconds != self.firsts)

    @property
    def families(self) -> tuple[FamilyRecord, ...]:
        """Those of the images given."""
        return self.given.table.families

    @property
    def technologies(self) -> NDArray[np.str_]:
        """Of each image."""
        return np.array(self.given.technologies)[self.firsts]

    def draw(self, numbers: NDArray[np.intp]) -> FingerprintTable:
        """Images of these numbers, windows and all."""
        firsts, angles = self.firsts[numbers], self._angles[numbers][:, None, None]
        centres = self._centres[self._cells[firsts]][:, None]
        one, other = self._rows[firsts] - centres, self._rows[self._seconds[numbers]] - centres
        roots = (centres + np.cos(angles) * one + np.sin(angles) * other).reshape(-1, self._rows.shape[2])
        windows = np.tile(np.column_stack([np.arange(WINDOWS), np.zeros((WINDOWS, 4))]), (len(numbers), 1))
        return FingerprintTable(
            tuple(self._record(number) for number in numbers.tolist()),
            (),
            self.families,
            np.where(self.given.table.shares, np.maximum(roots, 0) ** 2, roots).astype(np.float32),
            np.repeat(np.arange(len(numbers)), WINDOWS),
            windows.astype(np.int32),
            self.given.table.missing[firsts],
        )

    def sample(self) -> FingerprintTable:
        """The images whose SHA-256 is low enough."""
        numbers = [number for number in range(self.n_images) if is_sampled(self._hash(number), self.share)]
        return self.draw(np.array(numbers, dtype=np.intp))

    def blocks(self, n: int) -> Iterator[FingerprintTable]:
        """All images."""
        for start in range(0, self.n_images, n):
            block = self.draw(np.arange(start, min(start + n, self.n_images)))
            yield average_images(block, np.ones(len(block.images), dtype=bool))

    def records(self) -> Iterator[ImageRecord]:
        """All images."""
        return (self._record(number) for number in range(self.n_images))

    def skipped(self) -> Iterable[SkippedImage]:
        """None."""
        return ()

    def _hash(self, number: int) -> str:
        return hashlib.sha256(f"{self.seed} {number}".encode()).hexdigest()

    def _record(self, number: int) -> ImageRecord:
        first = int(self.firsts[number])
        image = self.given.table.images[first]
        return ImageRecord(
            path=f"{number:08d}",
            sha256=self._hash(number),
            format=image.format,
            rows=image.rows,
            columns=image.columns,
            n_bytes=image.n_bytes,
            labels={"technology": self.given.technologies[first], "content": self._contents[first]},
            jpeg_quality=image.jpeg_quality,
            brightness=image.brightness,
            sharpness=image.sharpness,
            texture=image.texture,
        )


def _take_roots(table: FingerprintTable) -> NDArray[np.float32]:
    """Values as they are compared, shape (n_images, WINDOWS, n_columns); images of fewer windows repeat theirs."""
    ends = np.cumsum(table.count_windows())
    rows = [
        start + np.arange(WINDOWS) % (end - start) for start, end in zip([0, *ends[:-1].tolist()], ends, strict=True)
    ]
    values = table.values[np.array(rows)]
    return np.where(table.shares, np.sqrt(np.maximum(values, 0)), values).astype(np.float32)


def measure(source: DrawnSource, arguments: argparse.Namespace) -> LargeResult:
    """Cluster a set, and print what it took and how it agrees with the truth."""
    start = time.perf_counter()
    result = cluster_many(
        source,
        content="content" if source.given.contents else None,
        n_clusters=len(set(source.given.technologies)) if arguments.given else None,
        most_exact=arguments.most_exact,
    )
    seconds = time.perf_counter() - start
    truth, labels = source.technologies, result.labels
    sampled = np.array([int(path) for path in result.sample.table.paths])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = result.figures
    print(
        f"{source.given.name}: {len(labels):,} images, {figures.n_sample:,} in the sample; "
        f"{len(set(source.given.technologies))} technologies, found {result.n_clusters}\n"
        f"  ARI with the truth: all {adjusted_rand_score(truth, labels):.3f}, sample "
        f"{adjusted_rand_score(truth[sampled], result.sample.labels):.3f} as searched, "
        f"{adjusted_rand_score(truth[sampled], labels[sampled]):.3f} among all; kept {figures.kept:.4f}\n"
        f"  none: all {figures.n_of_none / len(labels):.4f}, sample {(result.sample.labels < 0).mean():.4f}; "
        f"confidence: all {result.confidences.mean():.3f}, sample {result.sample.confidences.mean():.3f}\n"
        f"  tree {figures.tree} of {figures.n_leaves:,} leaves, loss {figures.loss:.4f}; from the {figures.start}, sum "
        f"of squares over the other's {figures.sum_squares:.5f}\n"
        f"  {figures.error.describe() if figures.error else 'no error stated'}\n"
        f"  {seconds:.0f} s ({', '.join(f'{name} {took:.0f}' for name, took in result.timings.items())}), peak "
        f"{peak:,.0f} MB",
        flush=True,
    )
    return result


def compare(source: DrawnSource, result: LargeResult, arguments: argparse.Namespace) -> None:
    """Search all images at once, and print how that agrees with the truth and with what the sample led to."""
    start = time.perf_counter()
    table = source.draw(np.arange(source.n_images))
    content = "content" if source.given.contents else None
    whole = fs.cluster(
        table, content=content, n_clusters=len(set(source.given.technologies)) if arguments.given else None
    )
    print(
        f"  all searched at once: found {whole.n_clusters}, ARI with the truth "
        f"{adjusted_rand_score(source.technologies, whole.labels):.3f}, with the above "
        f"{adjusted_rand_score(whole.labels, result.labels):.3f}; none {(whole.labels < 0).mean():.4f}; confidence "
        f"{whole.confidences.mean():.3f}; {time.perf_counter() - start:.0f} s",
        flush=True,
    )


def main() -> None:
    """Read arguments, measure sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of sets")
    parser.add_argument("--images", type=int, default=20_000, help="to draw")
    parser.add_argument("--most", type=int, default=MOST_SEARCHED, help="images in the sample, at most")
    parser.add_argument("--most-exact", type=int, default=20_000, help="images of an exact tree")
    parser.add_argument("--given", action="store_true", help="give the number of technologies")
    parser.add_argument("--compare", action="store_true", help="also search all images at once")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for given in read_sets(arguments.data):
        source = DrawnSource(given, n_images=arguments.images, most=arguments.most, seed=arguments.seed)
        result = measure(source, arguments)
        if arguments.compare:
            compare(source, result, arguments)


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
