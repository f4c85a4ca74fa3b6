"""What the choice of windows costs and gains, and whether a window's size shows in the fingerprints.

    python tests/benchmarks/window_choice.py DATA        # a folder of folders with index.csv, as for agreement.py

For several rules and every folder: windows and milliseconds per image, adjusted Rand index with the technologies,
number given, content removed as crossed effects. Then, over all images of 256 x 256 samples and more: the columns whose
mean over the four quarters of a window differs most from its value on the whole, in standard deviations between images.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

import forensic_style as fs
from forensic_style import windows
from forensic_style.family import FingerprintFamily
from forensic_style.image import DecodedImage
from forensic_style.windows import Window

# side of the windows, lengths of an axis from which on it has one more than two
Rule = tuple[int, tuple[int, ...]]
RULES: dict[str, Rule] = {
    "128 samples, up to 16 (the rule)": (128, (480, 1400)),
    "128 samples, 4": (128, ()),
    "128 samples, up to 16, sooner": (128, (480, 672)),
    "128 samples, up to 64": (128, (480, 672, 864, 1056, 1248, 1440)),
    "256 samples, up to 16": (256, (960, 1400)),
    "512 samples, up to 16": (512, (1536, 2048)),
}
MOST_SHOWN = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of folders with index.csv")
    parser.add_argument("--size-alone", action="store_true", help="leave out the first table")
    arguments = parser.parse_args()
    indexes = sorted(arguments.data.glob("*/index.csv"))
    if not arguments.size_alone:
        print(f"{'rule':40} {'set':18} windows  ms/image   index")
        for name, rule in RULES.items():
            for index in indexes:
                _measure_rule(name, rule, index)
        _set_rule(next(iter(RULES.values())))
    _compare_sizes([path for index in indexes for path in _list_paths(index)])


def _set_rule(rule: Rule) -> None:
    windows.SIDE, windows.MORE = rule


def _measure_rule(name: str, rule: Rule, index: Path) -> None:
    _set_rule(rule)
    with open(index, newline="", encoding="utf-8") as file:
        rows = {row["path"]: list(row.values()) for row in csv.DictReader(file)}
    start = time.perf_counter()
    table = fs.extract(index)
    seconds = time.perf_counter() - start
    truth = [rows[path][1] for path in table.paths]
    content = [rows[path][2] for path in table.paths]
    found = fs.cluster(table, content=content, n_clusters=len(set(truth)))
    n_windows = len(table.values) / len(table.paths)
    agreement = adjusted_rand_score(truth, found.labels)
    milliseconds = 1e3 * seconds / len(table.paths)
    print(f"{name:40} {index.parent.name:18} {n_windows:7.1f} {milliseconds:9.1f} {agreement:7.3f}", flush=True)


def _list_paths(index: Path) -> list[Path]:
    with open(index, newline="", encoding="utf-8") as file:
        return [index.parent / row["path"] for row in csv.DictReader(file)]


def _compare_sizes(paths: list[Path]) -> None:
    families = [family for family in fs.CATALOGUE if family.sees == "window"]
    columns = [column for family in families for column in family.columns]
    whole, parts = [], []
    for path in paths:
        image = fs.read_image(path)
        if min(image.pixels.shape[:2]) < 256:
            continue
        corner = Window(0, 0, 0, 256, 256)
        quarters = [Window(0, top, left, 128, 128) for top in (0, 128) for left in (0, 128)]
        whole.append(_measure(families, image, [corner]))
        parts.append(_measure(families, image, quarters))
    before, after = np.array(whole), np.array(parts)
    spread = before.std(axis=0)
    shift = np.where(spread > 0, (after - before).mean(axis=0) / np.maximum(spread, 1e-9), 0.0)
    print(f"\n{len(before)} images: shift from 256 x 256 to 128 x 128 in standard deviations between images")
    print(
        f"median {np.median(np.abs(shift)):.3f}, 95 % of columns below {np.quantile(np.abs(shift), 0.95):.2f}; largest:"
    )
    for place in np.argsort(-np.abs(shift))[:MOST_SHOWN]:
        print(f"  {columns[place]:40} {shift[place]:6.2f}")


def _measure(families: list[FingerprintFamily], image: DecodedImage, places: list[Window]) -> NDArray[np.float64]:
    """Mean over some windows."""
    vectors = [np.concatenate([family.compute(image.cut(place)) for family in families]) for place in places]
    return np.mean(vectors, axis=0)


if __name__ == "__main__":
    main()
