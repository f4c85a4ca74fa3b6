"""All methods on every folder of a data directory, as one Markdown table.

    python tests/benchmarks/leaderboard.py data_samples
    python tests/benchmarks/leaderboard.py data_samples --onnx data_samples/networks/scenes.onnx --layer relu3_1
    python tests/benchmarks/leaderboard.py DATA --methods style,kmeans --save board.csv

A data folder holds one or more `index*.csv` with the columns path, technology and (third) content; it may be named
itself, or lie in the folder that is named. Rows are methods on fingerprints and on features of each network, columns
are sets; `index_skewed` is the column "skewed". A number is the adjusted Rand index, the number of technologies given;
the best of a column is bold. Methods that learn from labels are told a few of each technology (--labels), drawn by
chance: their rows say so, and none of the other rows is told any. All rows cluster the images that all tables have,
and all are scored on those whose technology none was told, learning or not. What needs content labels has no number
where there are none; what needs PyTorch, no row where it is not installed. "mean" is over the sets that all rows have;
"seconds" is what the method took for one set on average, measuring not included.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from labelled_sets import LabelledSet, read_index, read_sets

import forensic_style as fs
from forensic_style.baselines.methods import METHODS
from forensic_style.comparison import Comparison, compare
from forensic_style.comparison.methods import STYLE, list_titles, sees_pixels
from forensic_style.errors import ForensicStyleError
from forensic_style.evaluation.agreement import measure_agreement
from forensic_style.evaluation.counts import count_confusion

Rows = dict[str, "Row"]


@dataclass
class Row:
    """The index of a method on each set, and seconds."""

    scores: dict[str, float] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)


def main() -> None:
    arguments = _read_arguments()
    rows: Rows = {}
    names: list[str] = []
    embedded: dict[Path, dict[str, fs.FingerprintTable]] = {}
    for given in read_sets(arguments.data):
        index = _find_index(arguments.data, given.name)
        if index.parent not in embedded:
            embedded = {index.parent: dict(_embed(index.parent / "index.csv", arguments))}
        start = time.perf_counter()
        names.append(_shorten(given.name))
        tables = {"fingerprints": given.table} | embedded[index.parent]
        _score_set(names[-1], given, index, tables, arguments, rows)
        print(f"{given.name}: {len(given.table.images)} images, {time.perf_counter() - start:.0f} s", file=sys.stderr)
    if not names:
        sys.exit(f"{arguments.data} holds no index*.csv, nor does a folder in it. Name a folder of folders with one.")
    print(format_table(rows, names))
    if arguments.save:
        _save(rows, names, arguments.save)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with index*.csv, or folder of such folders")
    parser.add_argument("--onnx", type=Path, action="append", default=[], help="a network; may be repeated")
    parser.add_argument("--layer", action="append", default=[], help="of each network, in the same order")
    parser.add_argument("--pool", default="mean", help="of the layers, as for embed; default mean")
    parser.add_argument("--methods", metavar="A,B,...", help="default: all that can be run here")
    parser.add_argument("--labels", type=int, default=5, help="of each technology, for methods that learn; default 5")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", type=Path, metavar="FILE.csv", help="write the table as CSV as well")
    arguments = parser.parse_args()
    if len(arguments.layer) not in (0, len(arguments.onnx)):
        parser.error("--layer is given once for each --onnx, or not at all")
    if arguments.save and arguments.save.exists():
        sys.exit(f"{arguments.save} exists already. Name another file, or delete it.")
    return arguments


def _find_index(data: Path, name: str) -> Path:
    folder, stem = name.split("/")
    return (
        data if data.resolve().name == folder and (data / f"{stem}.csv").exists() else data / folder
    ) / f"{stem}.csv"


def _shorten(name: str) -> str:
    folder, stem = name.split("/")
    return f"{folder} {stem.removeprefix('index').strip('_')}".strip()


def _embed(index: Path, arguments: argparse.Namespace) -> Iterator[tuple[str, fs.FingerprintTable]]:
    """Name of network and layer -> its features of all images of a folder."""
    if not arguments.onnx:
        return
    from forensic_style.embedding import embed

    for number, model in enumerate(arguments.onnx):
        layer = arguments.layer[number] if arguments.layer else None
        yield f"{model.stem} {layer or 'output'}", embed(str(index), model, layer=layer, pool=arguments.pool)


def _score_set(
    name: str,
    given: LabelledSet,
    index: Path,
    tables: dict[str, fs.FingerprintTable],
    arguments: argparse.Namespace,
    rows: Rows,
) -> None:
    """Add the scores of all methods on all tables of one set."""
    given = _intersect(given, list(tables.values()))
    wanted = _choose_methods(arguments, has_content=given.contents is not None)
    named = {source: _select(table, given, index.parent) for source, table in tables.items()}
    learning = [method for method in wanted if method == STYLE or "known" in _list_needs(method)]
    with tempfile.TemporaryDirectory() as folder:
        told = _draw_told(given, n_labels=arguments.labels, seed=arguments.seed)
        truth = _write_truth(told, index, Path(folder) / "truth.csv")
        unscored = {os.path.abspath(index.parent / path) for path in told}
        for methods, known, words in (
            ([method for method in wanted if "known" not in _list_needs(method)], None, ""),
            (learning, "known", f", {arguments.labels} labels each"),
        ):
            content = None if given.contents is None else "content"
            for number, (source, table) in enumerate(named.items()):
                for method in methods:
                    if number and sees_pixels(method):  # what it finds does not depend on the table
                        continue
                    what = "pixels" if sees_pixels(method) else source
                    row = rows.setdefault(f"{what}: {list_titles()[method]}{words}", Row())
                    try:
                        comparison = compare(
                            {source: table},
                            truth,
                            column="technology",
                            content=content,
                            known=known,
                            methods=[method],
                            n_clusters=len(set(given.technologies)),
                            random_state=arguments.seed,
                        )
                    except ForensicStyleError as error:
                        print(f"{name}, {source}, {method}: {error}", file=sys.stderr)
                        continue
                    row.scores[name] = _score_untold(comparison, unscored)
                    row.seconds.append(comparison.entries[0].found.seconds or 0.0)


def _intersect(given: LabelledSet, tables: list[fs.FingerprintTable]) -> LabelledSet:
    """The images of a set that all tables have."""
    common = set.intersection(*(set(table.paths) for table in tables))
    return given.select([number for number, path in enumerate(given.table.paths) if path in common], given.name)


def _score_untold(comparison: Comparison, told: set[str]) -> float:
    """The index on the images that no row was told, the same for rows that learn and for those that do not."""
    rows = [number for number, path in enumerate(comparison.paths) if path not in told]
    technologies = [comparison.technologies[row] for row in rows]
    return measure_agreement(count_confusion(comparison.entries[0].labels[rows], technologies)).ari


def _choose_methods(arguments: argparse.Namespace, *, has_content: bool) -> list[str]:
    asked = list(list_titles()) if arguments.methods is None else arguments.methods.split(",")
    is_there = {"content": has_content, "deep": find_spec("torch") is not None}
    lacking = {name for name, there in is_there.items() if not there}
    return [method for method in asked if not _list_needs(method) & lacking]


def _list_needs(method: str) -> frozenset[str]:
    return METHODS[method].needs if method in METHODS else frozenset()


def _select(table: fs.FingerprintTable, given: LabelledSet, folder: Path) -> fs.FingerprintTable:
    """The images of a set, called by their place, so that methods that see pixels find the files."""
    chosen = set(given.table.paths)
    kept = [number for number, path in enumerate(table.paths) if path in chosen]
    selected = table.select_images(kept)
    return replace(
        selected,
        images=tuple(replace(image, path=os.path.abspath(folder / image.path)) for image in selected.images),
    )


def _draw_told(given: LabelledSet, *, n_labels: int, seed: int) -> set[str]:
    """A few images of each technology, half of them at most."""
    generator = np.random.default_rng(seed)
    told: set[str] = set()
    for technology in sorted(set(given.technologies)):
        paths = [one for one, name in zip(given.table.paths, given.technologies, strict=True) if name == technology]
        told |= set(generator.permutation(paths)[: min(n_labels, len(paths) // 2)].tolist())
    return told


def _write_truth(told: set[str], index: Path, path: Path) -> Path:
    """A manifest with the columns path, technology, content and known: the technologies that learning rows are told."""
    column = list(read_index(index)[0])[2]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "technology", "content", "known"])
        for row in read_index(index):
            label = row["technology"] if row["path"] in told else ""
            writer.writerow([os.path.abspath(index.parent / row["path"]), row["technology"], row[column], label])
    return path


def format_table(rows: Rows, names: list[str]) -> str:
    """The Markdown table."""
    common = [name for name in names if all(name in row.scores for row in rows.values())]
    best = {name: max((row.scores.get(name, -1.0) for row in rows.values()), default=-1.0) for name in names}
    lines = ["| method | " + " | ".join([*names, f"mean of {len(common)}", "seconds"]) + " |"]
    lines.append("|" + "---|" * (len(names) + 3))
    for title, row in rows.items():
        cells = [_show(row.scores.get(name), best[name]) for name in names]
        mean = f"{np.mean([row.scores[name] for name in common]):.2f}" if common else "-"
        seconds = f"{np.mean(row.seconds):.1f}" if row.seconds else "-"
        lines.append("| " + " | ".join([title, *cells, mean, seconds]) + " |")
    return "\n".join(lines)


def _show(score: float | None, best: float) -> str:
    if score is None:
        return "-"
    return f"**{score:.2f}**" if score >= best - 0.005 else f"{score:.2f}"


def _save(rows: Rows, names: list[str], path: Path) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["method", *names, "seconds"])
        for title, row in rows.items():
            seconds = f"{np.mean(row.seconds):.2f}" if row.seconds else ""
            writer.writerow(
                [title, *(f"{row.scores[name]:.4f}" if name in row.scores else "" for name in names), seconds]
            )


if __name__ == "__main__":
    main()
