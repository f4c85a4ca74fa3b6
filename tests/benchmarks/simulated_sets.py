"""Sets drawn with a chosen dependence of content and technology, and sets of one technology.

    python tests/benchmarks/simulated_sets.py PHOTOGRAPHS --dependence 0 .1 .3 1 --draws 20
    python tests/benchmarks/simulated_sets.py PHOTOGRAPHS --null --draws 20
    python tests/benchmarks/simulated_sets.py DATA --null --draws 5
    python tests/benchmarks/simulated_sets.py DATA/pacs --dependence 0 .1 .3 1 --draws 20 --images 100

PHOTOGRAPHS is a folder of lossless photographs of at least 352 x 352 pixels. Patches of each go through every chain of
`pipelines.py` once; then sets are drawn from these files. A content is a group of photographs, dealt anew for each
draw. Folders with an index.csv (path, technology, content) are drawn from as they are.

Dependence is mutual information over the smaller entropy: 0 where all contents have the same mix of technologies, 1
where each has one technology only. Printed are means over the draws: the dependence that was drawn; the adjusted Rand
index with the number given, content left in, centred, and removed as crossed effects (and the worst of it); the number
tested: share of draws in which it is exact, and within one, the mean index; and the share of draws in which it is said
that style and content cannot be told apart.

With --null: of each technology alone, draws of 60 to 300 images, or as many as there are, contents given; how often
one is found.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from labelled_sets import LabelledSet, draw_dependent, measure_mutual, read_sets
from numpy.typing import NDArray
from PIL import Image
from pipelines import CHAINS, PATCH
from scores import Score, is_warned, score_set

import forensic_style as fs

LEAST, MOST = 60, 300  # images of a set of one technology
SUFFIXES = (".png", ".tif", ".tiff", ".bmp", ".webp")


def main() -> None:
    arguments = _read_arguments()
    numbers: list[int] = []
    for pool in _read_pools(arguments):
        print(f"drawn from {pool.name}, {len(pool.technologies)} images")
        if arguments.null:
            numbers += _measure_null(pool, arguments)
        else:
            _measure_dependent(pool, arguments)
    if arguments.null:
        print(f"one found in {numbers.count(1)} of {len(numbers)} draws")


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder of lossless photographs, or of folders with index.csv")
    parser.add_argument("--dependence", type=float, nargs="+", default=[0, 0.1, 0.3, 1], metavar="SHARE")
    parser.add_argument("--draws", type=int, default=20, help="sets of each kind (20)")
    parser.add_argument("--images", type=int, default=144, help="images of a set, at most (144)")
    parser.add_argument("--contents", type=int, default=6, help="groups that the photographs are dealt into (6)")
    parser.add_argument("--patches", type=int, default=6, help="of each photograph for each chain (6)")
    parser.add_argument("--null", action="store_true", help="sets of one technology instead")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _read_pools(arguments: argparse.Namespace) -> Iterator[LabelledSet]:
    """All images there are to draw from; the contents of simulated ones are the photographs."""
    if (arguments.source / "index.csv").exists() or list(arguments.source.glob("*/index.csv")):
        yield from (given for given in read_sets(arguments.source) if given.name.endswith("/index"))
        return
    photographs = sorted(path for path in arguments.source.iterdir() if path.suffix.lower() in SUFFIXES)
    if not photographs:
        sys.exit(f"{arguments.source} holds neither an index.csv nor photographs ({', '.join(SUFFIXES)}).")
    with tempfile.TemporaryDirectory() as folder:
        yield simulate(photographs, Path(folder), n_patches=arguments.patches, seed=arguments.seed)


def simulate(photographs: Sequence[Path], folder: Path, *, n_patches: int, seed: int = 0) -> LabelledSet:
    """Send patches of each photograph through each chain, write the files into a folder, and measure them.

    No two files show the same patch: its place is drawn anew for each.
    """
    truth: dict[str, tuple[str, str]] = {}
    for number, path in enumerate(photographs):
        photograph = np.asarray(Image.open(path).convert("RGB"))
        for place, (technology, chain) in enumerate(CHAINS.items()):
            for patch in range(n_patches):
                random = np.random.default_rng((seed, number, place, patch))
                file = folder / f"{number:03d}_{place}_{patch:02d}.jpg"
                file.write_bytes(chain(cut_anywhere(photograph, PATCH, random), random))
                truth[str(file)] = technology, path.stem
    table = fs.extract(sorted(truth))
    technologies, contents = (list(names) for names in zip(*(truth[path] for path in table.paths), strict=True))
    return LabelledSet("simulated", table, technologies, contents)


def cut_anywhere(photograph: NDArray[np.uint8], side: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """A square of the photograph, its place drawn."""
    top, left = (int(random.integers(0, length - side + 1)) for length in photograph.shape[:2])
    return photograph[top : top + side, left : left + side]


def _measure_dependent(pool: LabelledSet, arguments: argparse.Namespace) -> None:
    print("wanted  drawn images   none centred crossed  worst  exact within1   auto warned   draws")
    for place, dependence in enumerate(arguments.dependence):
        scores, drawn = [], []
        for draw in range(arguments.draws):
            random = np.random.default_rng((arguments.seed, place, draw))
            given = draw_dependent(
                pool,
                _deal_contents(pool, arguments, random),
                n_images=arguments.images,
                dependence=dependence,
                random=random,
            )
            drawn.append(measure_labels(given))
            scores.append(score_set(given))
        _print_means(dependence, float(np.mean(drawn)), scores)


def _deal_contents(pool: LabelledSet, arguments: argparse.Namespace, random: np.random.Generator) -> list[str]:
    """The contents of the pool: as they are, or groups of photographs."""
    contents = pool.contents
    if contents is None:
        sys.exit(f"All images of {pool.name} show the same content: no dependence can be drawn. Give --null.")
    if pool.name != "simulated":
        return contents
    photographs, codes = np.unique(contents, return_inverse=True)
    groups = random.permutation(len(photographs)) % arguments.contents
    return [f"group {groups[code]}" for code in codes]


def measure_labels(given: LabelledSet) -> float:
    """Dependence of the technologies and contents of a set."""
    technologies, rows = np.unique(given.technologies, return_inverse=True)
    contents, columns = np.unique(given.contents or [], return_inverse=True)
    counts = np.zeros((len(technologies), len(contents)), dtype=np.intp)
    np.add.at(counts, (rows, columns), 1)
    return measure_mutual(counts)


def _print_means(dependence: float, drawn: float, scores: list[Score]) -> None:
    images, none, centred, crossed, auto, warned = (
        np.mean([getattr(score, name) for score in scores])
        for name in ("images", "none", "centred", "crossed", "auto", "warned")
    )
    off = np.array([abs(score.found - score.true) for score in scores])
    print(
        f"{dependence:6.2f} {drawn:6.3f} {images:6.0f} {none:6.3f} {centred:7.3f} {crossed:7.3f} "
        f"{min(score.crossed for score in scores):6.3f} {(off == 0).mean():6.2f} {(off <= 1).mean():7.2f} {auto:6.3f} "
        f"{warned:6.2f} {len(scores):7}",
        flush=True,
    )


def _measure_null(pool: LabelledSet, arguments: argparse.Namespace) -> list[int]:
    """Numbers of technologies found where there is one."""
    print(f"{'technology':24}  images     draws   found one   most found   warned")
    found: list[int] = []
    for place, technology in enumerate(sorted(set(pool.technologies))):
        alone = pool.keep(technology)
        if len(alone.technologies) < LEAST:
            print(f"{technology:24} {len(alone.technologies):7}   too few", flush=True)
            continue
        results, sizes = [], []
        for draw in range(arguments.draws):
            random = np.random.default_rng((arguments.seed, place, draw))
            n_images = int(random.integers(LEAST, min(MOST, len(alone.technologies)) + 1))
            chosen = np.sort(random.choice(len(alone.technologies), n_images, replace=False)).tolist()
            drawn = alone.select(chosen, technology)
            sizes.append(n_images)
            results.append(fs.cluster(drawn.table, content=drawn.contents))
        numbers = np.array([result.n_clusters for result in results])
        found += numbers.tolist()
        print(
            f"{technology:24} {min(sizes):3} to {max(sizes):3} {len(numbers):6} {(numbers == 1).mean():11.2f} "
            f"{numbers.max():12} {np.mean([is_warned(result) for result in results]):8.2f}",
            flush=True,
        )
    return found


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
