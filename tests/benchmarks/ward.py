"""Ward's tree of many rows: time and memory against SciPy's, and what micro-clusters lose.

    python tests/benchmarks/ward.py [--rows 1000000] [--skip-scipy]

Tables are simulated: 20 technologies of unequal sizes, each with a covariance of its own, 12 contents that shift the
rows, and 3 in 100 rows several times as far from the mean; 200 columns. Every measurement runs in a process of its own,
whose peak memory is that of the whole process, the pages of the mapped table included. Only ratios count.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import scipy.cluster.hierarchy
from numpy.typing import NDArray

from forensic_style.clusters.micro_clusters import grow_large_tree, refine_rows
from forensic_style.clusters.partition import cut_tree
from forensic_style.clusters.row_blocks import read_blocks, sum_labelled
from forensic_style.clusters.ward import grow_ward_tree

N_COLUMNS, N_STYLES, N_CONTENTS, N_LATENT = 200, 20, 12, 30
FAR = 0.03  # share of rows far from the mean
NUMBERS = (5, 10, 20, 50)  # of clusters
Matrix = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the largest table")
    parser.add_argument("--seed", type=int, default=0, help="of the tables")
    parser.add_argument("--skip-scipy", action="store_true", help="it takes minutes and 3.3 GB")
    parser.add_argument("--measure", nargs=3, metavar=("WHAT", "TABLE", "NUMBER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        what, table, number = arguments.measure
        if what == "simulate":
            _simulate(Path(table), int(number), arguments.seed)
        else:
            print(json.dumps(_measure(what, np.load(table, mmap_mode="r"), int(number))))
        return
    with tempfile.TemporaryDirectory() as folder:
        tables = {n: Path(folder) / f"{n}.npy" for n in (20_000, 100_000, arguments.rows)}
        for n, table in tables.items():  # by a process of its own: children begin with the peak memory of their parent
            command = [sys.executable, __file__, "--seed", str(arguments.seed), "--measure", "simulate"]
            subprocess.run([*command, str(table), str(n)], check=True)
        _print_all(tables, arguments.rows, skip_scipy=arguments.skip_scipy)


def _simulate(path: Path, n: int, seed: int) -> None:
    """A table on disk, made block by block."""
    rng = np.random.default_rng(seed)
    shares, means = rng.dirichlet(np.ones(N_STYLES)), rng.normal(size=(N_STYLES, N_COLUMNS))
    loads = rng.normal(size=(N_STYLES, N_LATENT, N_COLUMNS)) * rng.gamma(1, 0.5, size=(N_STYLES, N_LATENT, 1))
    noise, contents = rng.gamma(2, 0.3, size=(N_STYLES, N_COLUMNS)), rng.normal(size=(N_CONTENTS, N_COLUMNS)) * 0.6
    table = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(n, N_COLUMNS))
    for start in range(0, n, 10_000):
        size = min(10_000, n - start)
        styles, rows = rng.choice(N_STYLES, size, p=shares), np.empty((size, N_COLUMNS))
        for style in range(N_STYLES):
            own = np.flatnonzero(styles == style)
            latent = rng.normal(size=(len(own), N_LATENT)) @ loads[style]
            rows[own] = means[style] + latent + rng.normal(size=(len(own), N_COLUMNS)) * noise[style]
        rows += contents[rng.integers(0, N_CONTENTS, size)]
        far, middle = rng.random(size) < FAR, rows.mean(axis=0)
        rows[far] = middle + (rows[far] - middle) * (1 + np.abs(rng.standard_t(2, size=(int(far.sum()), 1))))
        table[start : start + size] = rows
    table.flush()


def _measure(what: str, X: Matrix, number: int) -> dict[str, Any]:
    """One piece of work in this process. Compiling is left out: the kernels are called once before."""
    grow_ward_tree(np.arange(6.0).reshape(3, 2))
    grow_large_tree(np.arange(6, dtype=np.float32).reshape(3, 2))
    start = time.perf_counter()
    outcome: dict[str, Any] = {}
    if what == "scipy":
        tree = scipy.cluster.hierarchy.linkage(np.asarray(X, dtype=np.float64), "ward")
    elif what == "exact":
        tree = grow_ward_tree(X)
    else:
        micro = grow_large_tree(X, n_micro=number or None)
        tree, outcome["loss"] = micro.tree, micro.loss
        outcome["tree seconds"] = time.perf_counter() - start
        refined = refine_rows(X, micro.cut(20))
        outcome["rounds"], outcome["gain"] = refined.n_rounds, refined.squares_after / refined.squares_before
    outcome["seconds"] = time.perf_counter() - start
    outcome["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    outcome["heights"] = tree[:, 2].tolist() if len(X) <= 20_000 else []
    if what == "compare":
        outcome["squares"] = _compare(X, micro)
    return outcome


def _compare(X: Matrix, micro: Any) -> dict[int, list[float]]:
    """Sums of squares of cuts, before and after refinement, as multiples of exact Ward's before."""
    tree = grow_ward_tree(X)
    ratios = {}
    for number in NUMBERS:
        exact = _sum_squares(X, cut_tree(tree, number))
        refined = refine_rows(X, micro.cut(number))
        ratios[number] = [refined.squares_before / exact, refined.squares_after / exact]
    return ratios


def _sum_squares(X: Matrix, labels: NDArray[np.intp]) -> float:
    sums, sizes = sum_labelled(X, labels, int(labels.max()) + 1)
    means = sums / sizes[:, None]
    return sum(float(((block - means[labels[at : at + len(block)]]) ** 2).sum()) for at, block in read_blocks(X))


def _run(what: str, table: Path, number: int = 0) -> dict[str, Any]:
    command = [sys.executable, __file__, "--measure", what, str(table), str(number)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def _print_all(tables: dict[int, Path], most: int, *, skip_scipy: bool) -> None:
    print("work                                       seconds    MB")

    def tell(name: str, found: dict[str, Any], more: str = "") -> None:
        print(f"{name:40s} {found['seconds']:9.1f} {found['MB']:6.0f}  {more}", flush=True)

    few = _run("exact", tables[20_000])
    tell("exact Ward, 20,000 rows", few)
    if not skip_scipy:
        scipys = _run("scipy", tables[20_000])
        gap = np.abs(np.array(few["heights"]) / np.array(scipys["heights"]) - 1).max()
        faster, less = scipys["seconds"] / few["seconds"], scipys["MB"] / few["MB"]
        tell("SciPy, 20,000 rows", scipys, f"{faster:.1f}x slower, {less:.1f}x the memory, heights differ by {gap:.0e}")
    tell("exact Ward, 100,000 rows", _run("exact", tables[100_000]))
    many = _run("micro", tables[most])
    tell(
        f"micro-clusters, {most:,} rows, 20 clusters",
        many,
        f"tree {many['tree seconds']:.0f} s, then {many['rounds']} rounds: sum of squares x {many['gain']:.3f}; "
        f"{many['loss']:.0%} of it lay in micro-clusters",
    )
    print("\nsum of squares against exact Ward's cut: cut of micro-clusters, then refined")
    for n, number in ((20_000, 0), (20_000, 400), (100_000, 0), (100_000, 2_000)):
        found = _run("compare", tables[n], number)
        ratios = "  ".join(f"{k} clusters {cut:.3f} {refined:.3f}" for k, (cut, refined) in found["squares"].items())
        print(f"{n:,} rows, {number or 'default'} micro-clusters: {ratios}", flush=True)


if __name__ == "__main__":
    main()
