"""The tables of a run folder: clusters.csv, skipped.csv, and the hashes of the files."""

from __future__ import annotations

import csv
import os
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forensic_style.errors import TableError
from forensic_style.parquet import list_parts, load_table, read_columns
from forensic_style.places import Folder
from forensic_style.table import FingerprintTable, SkippedImage
from forensic_style.writing import write_csv

_TO_MEND = "Correct it, or run cluster again."


@dataclass(frozen=True, eq=False)
class ClusterRows:
    """The columns of clusters.csv; `content` and `known` are None where there is no such column."""

    paths: list[str]
    labels: NDArray[np.intp]
    confidences: NDArray[np.float64]
    content: list[str] | None
    known: list[str] | None


def write_table(table: FingerprintTable, path: Path) -> None:
    """Write `fingerprints/` and `skipped.csv` into a folder."""
    table.save(path / "fingerprints")
    write_skipped(table.skipped, path / "skipped.csv")


def write_clusters(
    path: Path,
    paths: Sequence[str],
    labels: NDArray[np.intp],
    confidences: NDArray[np.float64],
    *,
    content: Sequence[str] | None = None,
    known: Sequence[str] | None = None,
) -> None:
    """Write clusters.csv: path, cluster, confidence, then content and known where given."""
    columns: dict[str, Sequence[str]] = {
        "path": paths,
        "cluster": [str(label) for label in labels],
        "confidence": [f"{confidence:.4f}" for confidence in confidences],
    }
    columns |= {name: given for name, given in (("content", content), ("known", known)) if given is not None}
    write_csv(list(columns), zip(*columns.values(), strict=True), path)


def read_clusters(path: Path) -> ClusterRows:
    """Read clusters.csv, as it was written or as somebody edited it: further columns are passed over.

    Raises
    ------
    TableError
        where a column is missing, a row is of another length, named twice, or holds what is no number.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:  # spreadsheets put a mark before UTF-8
            read = _read_rows(csv.reader(file, strict=True))
        if len(set(read.paths)) < len(read.paths):
            raise ValueError(f"the path {Counter(read.paths).most_common(1)[0][0]!r} is there twice")
    except (OSError, ValueError, KeyError, csv.Error) as error:
        what = f"no column {error}" if isinstance(error, KeyError) else error
        raise TableError(f"The table {os.fspath(path)!r} cannot be read: {what}. {_TO_MEND}") from error
    return read


def _read_rows(lines: Iterable[list[str]]) -> ClusterRows:
    """The rows of a table, one at a time; texts that are there more than once are held once."""
    rows = ((number, row) for number, row in enumerate(lines, 1) if row)
    _, header = next(rows, (0, []))
    place = {name: column for column, name in enumerate(header)}
    paths: list[str] = []
    labels, shares = array("q"), array("d")
    given: dict[str, list[str]] = {name: [] for name in ("content", "known") if name in place}
    texts: dict[str, str] = {}
    for number, row in rows:
        if len(row) != len(header):
            raise ValueError(f"row {number} has {len(row)} fields, the header {len(header)}")
        paths.append(row[place["path"]])
        labels.append(_read_label(row[place["cluster"]], number))
        shares.append(_read_share(row[place["confidence"]], number))
        for name, column in given.items():
            column.append(texts.setdefault(row[place[name]], row[place[name]]))
    if not paths:
        raise ValueError("it has no rows")
    numbers = np.array(labels, dtype=np.intp), np.array(shares, dtype=np.float64)
    return ClusterRows(paths, *numbers, given.get("content"), given.get("known"))


def _read_label(field: str, row: int) -> int:
    text = field.strip()
    if not (text == "-1" or (text.isascii() and text.isdigit() and len(text) < 10)):
        raise ValueError(f"row {row} has the cluster {field!r}, and clusters must be whole numbers from -1 on")
    return int(text)


def _read_share(field: str, row: int) -> float:
    try:
        share = float(field)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError(f"row {row} has the confidence {field!r}, and confidences must be numbers within 0..1")
    return share


def write_skipped(skipped: Iterable[SkippedImage], path: Path) -> None:
    """Write skipped.csv: path, reason, message."""
    write_csv(["path", "reason", "message"], ([image.path, image.reason, image.message] for image in skipped), path)


def read_skipped(path: Path) -> list[SkippedImage]:
    """Read skipped.csv.

    Raises
    ------
    TableError
        where it is missing or damaged.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            return [SkippedImage(row["path"], row["reason"], row["message"]) for row in csv.DictReader(file)]
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise TableError(f"The table {os.fspath(path)!r} cannot be read: {error}. Run cluster again.") from error


def read_fingerprints(folder: Path, families: Sequence[str]) -> FingerprintTable:
    """The fingerprints of a run in some families, but for those of files that were away: they wait for the files."""
    table, away = load_table(folder / "fingerprints").select_families(families), list_away(folder)
    kept = [number for number, path in enumerate(table.paths) if path not in away]
    return table if len(kept) == len(table.images) else table.select_images(kept)


def list_away(folder: Path) -> set[str]:
    """Paths of the inputs that a run skipped; none where it does not say."""
    path = folder / "skipped.csv"
    return {image.path for image in read_skipped(path)} if path.exists() else set()


def read_hashes(folder: Path, *, away: Collection[str] = ()) -> dict[str, str]:
    """Path -> SHA-256 of each image in a folder of fingerprints but for some, in the order of the paths."""
    place = Folder(folder)
    hashes: dict[str, str] = {}
    for name in list_parts(place):
        _, columns = read_columns(place, name, ["path", "sha256"])
        hashes |= dict(zip(columns["path"].to_pylist(), columns["sha256"].to_pylist(), strict=True))
    return {path: hashes[path] for path in sorted(hashes) if path not in away}
