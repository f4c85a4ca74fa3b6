"""What is compared: runs, tables and folders of fingerprints, opened, their images found in the truth."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.comparison.costs import Cost, read_cost
from forensic_style.errors import ParameterError, TableError
from forensic_style.result import ClusterResult
from forensic_style.run import Run, load_run
from forensic_style.run.given import FINGERPRINTS, find_given, load_given
from forensic_style.run.large import LargeRun
from forensic_style.table import FingerprintTable
from forensic_style.writing import FINISHED

Entry = str | os.PathLike[str] | Run | ClusterResult | FingerprintTable


@dataclass(frozen=True, eq=False)
class Source:
    """A run or a table.

    Parameters
    ----------
    name : by which it is shown
    paths : of its images
    read_hashes : gives the SHA-256 of their files; None where they are not known
    labels : the clusters of a run, integer array, shape (n_images,); None for a table
    read_table : gives the fingerprints, images in the order of `paths`; None where they are not there
    told : the technologies that a run was told, "" where none
    cost : of measuring
    is_private : whether its paths are no paths of files
    read_sizes : gives the bytes of the files that were read; None where they are not known
    """

    name: str
    paths: list[str]
    read_hashes: Callable[[], list[str]] | None = None
    labels: NDArray[np.intp] | None = None
    read_table: Callable[[], FingerprintTable] | None = None
    told: list[str] | None = None
    cost: Cost = field(default_factory=Cost)
    is_private: bool = False
    read_sizes: Callable[[], list[int]] | None = None

    def load_table(self) -> FingerprintTable:
        """The fingerprints.

        Raises
        ------
        ParameterError
            where there are none to be clustered.
        """
        if self.read_table is None:
            message = f"{self.name!r} has no fingerprints that methods could cluster"
            raise ParameterError(f"{message}. Compare its own clusters alone, or the folder that extract wrote.")
        return self.read_table()


def open_sources(entries: Sequence[Entry] | Mapping[str, Entry]) -> list[Source]:
    """Open all entries; each has a name of its own.

    Raises
    ------
    ParameterError
        where there is none, one is named twice, or one is neither a run nor a table.
    TableError
        where one cannot be read.
    """
    if isinstance(entries, str | os.PathLike | Run | ClusterResult | FingerprintTable):
        entries = [entries]
    given = list(entries.items()) if isinstance(entries, Mapping) else [("", entry) for entry in entries]
    if not given:
        raise ParameterError("There is nothing to compare. Name runs or tables.")
    _check_different([entry for _, entry in given])
    names = _name([(name, entry) for name, entry in given])
    sources = [_open(name, entry) for name, (_, entry) in zip(names, given, strict=True)]
    for place, source in enumerate(sources):
        for other in sources[:place]:
            if _is_same_table(source, other):
                message = f"{source.name!r} and {other.name!r} hold the same values of the same images"
                raise ParameterError(f"{message}. Name each table once; --methods takes several methods.")
    return sources


def _check_different(entries: Sequence[Entry]) -> None:
    seen: dict[Any, Entry] = {}
    for entry in entries:
        is_place = isinstance(entry, str | os.PathLike)
        key = os.path.realpath(entry) if isinstance(entry, str | os.PathLike) else id(entry)
        if key in seen:
            what = os.fspath(entry) if is_place else "the same object"  # type: ignore[arg-type]
            raise ParameterError(f"{what!r} is given twice. Name each run and each table once.")
        seen[key] = entry


def _is_same_table(one: Source, other: Source) -> bool:
    if one.labels is not None or other.labels is not None:
        return False
    tables = one.load_table(), other.load_table()
    return tables[0].columns == tables[1].columns and np.array_equal(tables[0].values, tables[1].values)


def _name(given: Sequence[tuple[str, Entry]]) -> list[str]:
    """The names given, or those of files and folders; where two are the same, with all that leads there."""
    full = [
        name or (os.fspath(entry) if isinstance(entry, str | os.PathLike) else f"{type(entry).__name__} {number}")
        for number, (name, entry) in enumerate(given, 1)
    ]
    short = [
        _shorten(name) if isinstance(entry, str | os.PathLike) else name
        for name, (_, entry) in zip(full, given, strict=True)
    ]
    names = [one if short.count(one) == 1 else other for one, other in zip(short, full, strict=True)]
    for place, name in enumerate(names):
        if name in names[:place]:
            names[place] = f"{name} ({place + 1})"
    return names


def _shorten(name: str) -> str:
    last = Path(os.path.abspath(name)).name
    return last.removesuffix(".parquet") or name


def _open(name: str, entry: Any) -> Source:
    if isinstance(entry, FingerprintTable):
        return _from_table(name, entry, None)
    if isinstance(entry, ClusterResult):
        source = _from_table(name, entry.table, None)
        return replace(source, labels=entry.labels, told=None if entry.known is None else list(entry.known))
    if isinstance(entry, Run):
        return _from_run(name, entry)
    if isinstance(entry, str | os.PathLike):
        return _open_place(name, os.fspath(entry))
    message = f"compare takes runs, tables, and names of their files and folders. Got {type(entry).__name__}"
    raise ParameterError(f"{message} instead.")


def _open_place(name: str, place: str) -> Source:
    path = Path(place)
    if not path.exists():
        raise TableError(f"There is no run and no table {place!r}. Check the spelling.")
    if (path / FINISHED).exists() and (path / "clusters.csv").exists():
        return _from_run(name, load_run(path))
    if find_given([place]) is None:
        message = f"{place!r} holds neither a finished run nor fingerprints"
        raise TableError(f"{message}. Name what cluster, extract or embed wrote.")
    return _from_table(name, load_given(place), path if path.is_dir() else None)


def _from_table(name: str, table: FingerprintTable, folder: Path | None) -> Source:
    if not table.images:
        raise TableError(f"{name!r} holds no image: none could be measured. Leave it out.")
    return Source(
        name,
        table.paths,
        lambda: [image.sha256 for image in table.images],
        read_table=lambda: table,
        cost=read_cost(table.about, folder),
        read_sizes=lambda: [image.n_bytes for image in table.images],
    )


def _from_run(name: str, run: Run) -> Source:
    is_measured = (run.folder / FINGERPRINTS).exists() and not isinstance(run, LargeRun)
    about = run.about.get("about", {})
    return Source(
        name,
        run.paths,
        (lambda: run.hashes) if is_measured else None,
        labels=run.labels,
        read_table=(lambda: run.table) if is_measured else None,
        told=run.known,
        cost=read_cost(about if isinstance(about, Mapping) else {}, run.folder),
        is_private=bool(run.about.get("settings", {}).get("privacy")),
        read_sizes=(lambda: [image.n_bytes for image in run.table.images]) if is_measured else None,
    )
