"""Runs in and out of their folders."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.errors import TableError
from forensic_style.labels import Labels
from forensic_style.placement.assignment import (
    FALSE_ALARMS,
    Assignment,
    KnownImages,
    assign,
)
from forensic_style.placement.matching import learn_members
from forensic_style.placement.model import StyleModel, load_model
from forensic_style.report import draw_report
from forensic_style.result import ClusterResult
from forensic_style.run.description import FORMAT_VERSION, describe_audit, describe_run, describe_table
from forensic_style.run.restoring import ARRAYS, restore_result, save_parts
from forensic_style.run.tables import (
    ClusterRows,
    list_away,
    read_clusters,
    read_fingerprints,
    read_hashes,
    write_clusters,
    write_skipped,
    write_table,
)
from forensic_style.table import FingerprintTable
from forensic_style.writing import FINISHED, fill_folder, write_json, write_text


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run. What is big is read from its folder on first use.

    Parameters
    ----------
    folder : where it is
    about : the contents of run.json
    paths : of the images, as in clusters.csv
    labels : integer array, shape (n_images,), the cluster of each image; -1 where it belongs to none
    confidences : float64 array, shape (n_images,), 0..1
    content : what each image shows, "" where unknown; None where that was not given
    known : the style labels given, "" where unknown; None where there were none
    """

    folder: Path
    about: dict[str, Any]
    paths: list[str]
    labels: NDArray[np.intp]
    confidences: NDArray[np.float64]
    content: list[str] | None
    known: list[str] | None

    @cached_property
    def model(self) -> StyleModel:
        """Places new images."""
        return load_model(self.folder / "model")

    @cached_property
    def table(self) -> FingerprintTable:
        """The fingerprints; rows in the order of `paths`.

        Raises
        ------
        TableError
            where they cannot be read, or are those of other images.
        """
        table = read_fingerprints(self.folder, list(self.about["families"]))
        self._check_images(table.paths)
        if table.paths == self.paths:
            return table
        place_of = {path: place for place, path in enumerate(table.paths)}
        return table.select_images(np.array([place_of[path] for path in self.paths], dtype=np.intp))

    @cached_property
    def hashes(self) -> list[str]:
        """SHA-256 of each image's file, without the fingerprints."""
        hashes = read_hashes(self.folder / "fingerprints", away=list_away(self.folder))
        self._check_images(list(hashes))
        return [hashes[path] for path in self.paths]

    @cached_property
    def result(self) -> ClusterResult:
        """Everything that was found, as `cluster` gave it; rows in the order of the fingerprints.

        Where clusters.csv was edited since, or names in run.json, the result is that of the edited clusters: what
        depends on them is computed anew from the fingerprints. See :mod:`forensic_style.run.relabelling`.

        Raises
        ------
        TableError
            where the folder is damaged, keeps no tree because an older version or `assign` wrote it, or where
            clusters.csv does not fit the fingerprints.
        """
        rows = ClusterRows(self.paths, self.labels, self.confidences, self.content, self.known)
        return restore_result(self.folder, self.about, rows, self.model)

    def _check_images(self, paths: list[str]) -> None:
        """Make sure that clusters.csv names the images that were measured, in whatever order."""
        if sorted(paths) != sorted(self.paths):
            what = f"{len(paths)} fingerprinted, {len(self.paths)} in clusters.csv"
            raise TableError(f"The run {str(self.folder)!r} holds parts of several runs ({what}). Run cluster again.")

    def assign(
        self,
        table: FingerprintTable,
        *,
        content: Labels | None = None,
        false_alarms: float = FALSE_ALARMS,
    ) -> Assignment:
        """Place new images in the run's clusters, or in none; nothing is fitted again.

        Files that are part of the run get what the run says of them. See
        :func:`forensic_style.placement.assignment.assign`.
        """
        known = KnownImages(self.hashes, self.labels, self.confidences)
        return assign(self.model, table, content=content, false_alarms=false_alarms, known=known)


def save_table(table: FingerprintTable, folder: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write fingerprints alone: `fingerprints/`, `skipped.csv`, and `run.json` last.

    Raises
    ------
    TableError
        as :func:`forensic_style.writing.check_folder`, and where writing fails.
    """
    with fill_folder(folder, force=force) as path:
        write_table(table, path)
        write_json(describe_table(table), path / FINISHED)


def save_unread(
    table: FingerprintTable, folder: str | os.PathLike[str], *, force: bool = False, is_private: bool = False
) -> None:
    """Write `skipped.csv` where nothing could be measured; the folder does not count as a result.

    A finished result stays as it is, and so do fingerprints from before, unless they must not be seen.
    """
    if (Path(folder) / FINISHED).exists():  # nothing can be read this time: an earlier result is worth more
        return
    with fill_folder(folder, force=force, keep=None if is_private else "fingerprints") as path:
        write_skipped(table.skipped, path / "skipped.csv")


def save_run(
    result: ClusterResult, folder: str | os.PathLike[str], *, force: bool = False, are_measured_there: bool = False
) -> None:
    """Write the whole run folder, `run.json` last.

    Parameters
    ----------
    result, folder, force : what is written, where, and whether in place of another result
    are_measured_there : whether the folder's fingerprints are those of the result already, and stay

    Raises
    ------
    TableError
        as :func:`forensic_style.writing.check_folder`, and where writing fails.
    """
    with fill_folder(folder, force=force, keep="fingerprints" if are_measured_there else None) as path:
        if are_measured_there:
            write_skipped(result.table.skipped, path / "skipped.csv")
        else:
            write_table(result.table, path)
        write_clusters(
            path / "clusters.csv",
            result.table.paths,
            result.labels,
            result.confidences,
            content=result.content,
            known=result.known,
        )
        model = result.model
        if model.members is None:
            model = learn_members(model, result.table, result.labels, content=result.content)
        model.save(path / "model")
        save_parts(result, path / ARRAYS)
        write_json(describe_audit(result), path / "audit.json")
        write_text(draw_report(result), path / "report.html")
        write_json(describe_run(result), path / FINISHED)


def load_run(folder: str | os.PathLike[str]) -> Run:
    """Open a run folder.

    Raises
    ------
    TableError
        where it is not a finished run of this version.
    """
    path = Path(folder)
    try:
        about = json.loads((path / FINISHED).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{os.fspath(folder)!r} is not a finished run: {error}. Name the folder given to --out."
        raise TableError(message) from error
    if not isinstance(about, dict) or "clusters" not in about:
        raise TableError(f"{os.fspath(folder)!r} is not a run of cluster. Name the folder that cluster wrote.")
    if about.get("version") != FORMAT_VERSION:
        raise TableError(f"The run {os.fspath(folder)!r} has version {about.get('version')!r}, not {FORMAT_VERSION}.")
    if "large" in about:
        from forensic_style.run.large import open_large  # which opens the run of the sample by this function

        return open_large(path, about)
    return Run(path, about, **vars(read_clusters(path / "clusters.csv")))


def load_result(folder: str | os.PathLike[str]) -> ClusterResult:
    """The result that a run folder holds, as :attr:`Run.result`."""
    return load_run(folder).result
