"""Agreement with known technologies on every folder of a data directory.

    python tests/benchmarks/agreement.py data_samples
    python tests/benchmarks/agreement.py DATA --without sketch

A data folder holds one or more `index*.csv` with the columns path, technology and (third) content. Printed is the
adjusted Rand index of clusters and technologies, number of technologies given: content not removed, removed by
centring per content (in the same replicate space, for comparison), removed as crossed effects (what the command
does with --content); then the number found and the index with the number tested from the data.
"""

from __future__ import annotations

import argparse
import csv
import time
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

import forensic_style as fs
from forensic_style.partition import average_parts, partition


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of folders with index*.csv")
    parser.add_argument("--without", metavar="TECHNOLOGY", help="also measure each set without this technology")
    arguments = parser.parse_args()
    print(f"{'set':34} {'images':>6} {'true':>4}   none  centred  crossed   found   auto   seconds")
    for index in sorted(arguments.data.glob("*/index*.csv")):
        _measure_set(index, None)
        if arguments.without:
            _measure_set(index, arguments.without)


def _measure_set(index: Path, without: str | None) -> None:
    with open(index, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kept = [row for row in rows if row["technology"] != without]
    if without is not None and len(kept) == len(rows):
        return
    content_column = list(rows[0])[2]
    start = time.perf_counter()
    table = _extract(index)
    number_of = {path: number for number, path in enumerate(table.paths)}
    kept = sorted((row for row in kept if row["path"] in number_of), key=lambda row: row["path"])
    table = table.select_images([number_of[row["path"]] for row in kept])
    truth = [row["technology"] for row in kept]
    content = [row[content_column] for row in kept]
    name = f"{index.parent.name}/{index.stem}" + (f" -{without}" if without else "")
    figures = _score(table, truth, content)
    print(f"{name:34} {len(kept):6} {len(set(truth)):4} {figures}  {time.perf_counter() - start:7.1f}", flush=True)


_TABLES: dict[Path, fs.FingerprintTable] = {}


def _extract(index: Path) -> fs.FingerprintTable:
    """Fingerprints of a folder, measured once for all its indexes."""
    if index.parent not in _TABLES:
        _TABLES.clear()
        _TABLES[index.parent] = fs.extract(index.parent / "index.csv")
    return _TABLES[index.parent]


def _score(table: fs.FingerprintTable, truth: list[str], content: list[str]) -> str:
    n_technologies = len(set(truth))
    none = fs.cluster(table, n_clusters=n_technologies)
    crossed = fs.cluster(table, content=content, n_clusters=n_technologies)
    auto = fs.cluster(table, content=content)
    scores = [
        adjusted_rand_score(truth, labels)
        for labels in (none.labels, _centre(none, content, n_technologies), crossed.labels)
    ]
    agreement = adjusted_rand_score(truth, auto.labels)
    return f"{scores[0]:6.3f}   {scores[1]:6.3f}   {scores[2]:6.3f}  {auto.n_clusters:6} {agreement:6.3f}"


def _centre(result: fs.ClusterResult, content: list[str], n_clusters: int) -> NDArray[np.intp]:
    """Clusters after subtracting each content's mean, in the coordinates that were clustered without content."""
    codes = np.unique(content, return_inverse=True)[1]
    coordinates = result.coordinates
    return partition(coordinates - average_parts(coordinates, codes)[codes], n_clusters)


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
