"""The run folder: everything needed to explain a result, assign new images and draw the report again."""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
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
from forensic_style.search.axes import list_axes
from forensic_style.table import FingerprintTable, SkippedImage, load_table
from forensic_style.writing import FINISHED, fill_folder, write_csv, write_json, write_text
from forensic_style.writing import check_folder as check_folder

FORMAT_VERSION = 1
MOST_THUMBNAILS = 5000
LIBRARIES = ("numpy", "scipy", "scikit-learn", "numba", "opencv-python-headless", "pillow", "pyarrow", "jinja2")


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
        """The fingerprints, without thumbnails and skipped images; rows in the order of `paths`.

        Raises
        ------
        TableError
            where they cannot be read, or are those of other images.
        """
        table = load_table(self.folder / "fingerprints")
        if table.paths != self.paths:
            what = f"{len(table.images)} fingerprinted, {len(self.paths)} in clusters.csv"
            raise TableError(f"The run {str(self.folder)!r} holds parts of several runs ({what}). Run cluster again.")
        return table

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

    @cached_property
    def hashes(self) -> list[str]:
        """SHA-256 of each image's file, without the fingerprints."""
        hashes = read_hashes(self.folder / "fingerprints")
        if list(hashes) != self.paths:
            what = f"{len(hashes)} fingerprinted, {len(self.paths)} in clusters.csv"
            raise TableError(f"The run {str(self.folder)!r} holds parts of several runs ({what}). Run cluster again.")
        return list(hashes.values())


def save_table(table: FingerprintTable, folder: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write fingerprints alone: `fingerprints/`, `thumbnails.parquet`, `skipped.csv`, and `run.json` last.

    Raises
    ------
    TableError
        as :func:`check_folder`, and where writing fails.
    """
    with fill_folder(folder, force=force) as path:
        write_table(table, path)
        write_json(describe_table(table), path / FINISHED)


def save_unread(table: FingerprintTable, folder: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write `skipped.csv` where nothing could be measured; the folder does not count as a result."""
    with fill_folder(folder, force=force) as path:
        write_skipped(table.skipped, path / "skipped.csv")


def save_run(result: ClusterResult, folder: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write the whole run folder, `run.json` last.

    Raises
    ------
    TableError
        as :func:`check_folder`, and where writing fails.
    """
    with fill_folder(folder, force=force) as path:
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
        write_json(asdict(result.audit) | {"warnings": result.warnings}, path / "audit.json")
        write_text(draw_report(result), path / "report.html")
        write_json(describe_run(result), path / FINISHED)


def write_table(table: FingerprintTable, path: Path) -> None:
    """Write `fingerprints/`, `thumbnails.parquet` and `skipped.csv` into a folder."""
    table.save(path / "fingerprints")
    _write_thumbnails(table, path / "thumbnails.parquet")
    write_skipped(table.skipped, path / "skipped.csv")


def load_run(folder: str | os.PathLike[str]) -> Run:
    """Open a run folder.

    Raises
    ------
    TableError
        where it is not a finished run of this version.
    """
    path = Path(folder)
    try:
        about = json.loads((path / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{os.fspath(folder)!r} is not a finished run: {error}. Name the folder given to --out."
        raise TableError(message) from error
    if not isinstance(about, dict) or "clusters" not in about:
        raise TableError(f"{os.fspath(folder)!r} is not a run of cluster. Name the folder that cluster wrote.")
    if about.get("version") != FORMAT_VERSION:
        raise TableError(f"The run {os.fspath(folder)!r} has version {about.get('version')!r}, not {FORMAT_VERSION}.")
    return Run(path, about, **_read_clusters(path / "clusters.csv"))


def _read_clusters(path: Path) -> dict[str, Any]:
    """The columns of clusters.csv, by the names that Run gives them."""
    try:
        with open(path, newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file, strict=True)
        columns = dict(zip(header, zip(*rows, strict=True), strict=True)) if rows else {}
        labels = np.array([int(field) for field in columns["cluster"]], dtype=np.intp)
        confidences = np.array([float(field) for field in columns["confidence"]])
        if not (labels >= -1).all() or not ((confidences >= 0) & (confidences <= 1)).all():
            raise ValueError("clusters must be -1 or more, and confidences within 0..1")
        given = {name: list(columns[name]) if name in columns else None for name in ("content", "known")}
        return {"paths": list(columns["path"]), "labels": labels, "confidences": confidences} | given
    except (OSError, ValueError, KeyError, csv.Error) as error:
        what = f"no column {error}" if isinstance(error, KeyError) else error
        raise TableError(f"The table {os.fspath(path)!r} cannot be read: {what}. Run cluster again.") from error


def describe_run(result: ClusterResult) -> dict[str, Any]:
    """What run.json holds: parameters, versions, input digest, evidence, timings."""
    return describe_table(result.table) | {
        "settings": result.settings,
        "clusters": [
            {
                "cluster": number,
                "n_images": size,
                "name": result.names[number],
                "confidence": round(float(result.confidences[result.labels == number].mean()), 4),
                "stability": round(float(result.stabilities[number]), 4),
                "traits": [asdict(trait) for trait in result.traits[number]],
            }
            for number, size in enumerate(result.sizes)
        ],
        "n_images_of_none": int((result.labels < 0).sum()),
        "numbers_considered": [asdict(number) for number in result.numbers],
        "splits_tested": [asdict(split) | {"accepted": split.accepted} for split in result.splits],
        "evidence": asdict(result.evidence) | {"score": result.evidence.score},
        "axes": None if result.axes is None else list_axes(result.axes),
        "families_shares": [asdict(share) for share in result.shares],
        "families_left_out": [asdict(share) for share in result.left_out],
        "warnings": result.warnings,
        "timings": result.timings,
    }


def describe_table(table: FingerprintTable) -> dict[str, Any]:
    """What run.json says of the fingerprints: versions, families, numbers, digest."""
    digest = hashlib.sha256("".join(sorted(image.sha256 for image in table.images)).encode()).hexdigest()
    return {
        "version": FORMAT_VERSION,
        "forensic_style": _find_version("forensic_style"),
        "python": platform.python_version(),
        "libraries": {name: _find_version(name) for name in LIBRARIES},
        "families": {family.name: family.version for family in table.families},
        "input": {
            "n_images": len(table.images),
            "n_skipped": len(table.skipped),
            "n_windows": len(table.values),
            "sha256_of_images": digest,
        },
    }


def _find_version(distribution: str) -> str | None:
    """Version of an installed distribution; None where it came under another name."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


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


def write_skipped(skipped: Iterable[SkippedImage], path: Path) -> None:
    """Write skipped.csv: path, reason, message."""
    write_csv(["path", "reason", "message"], ([image.path, image.reason, image.message] for image in skipped), path)


def read_hashes(folder: Path) -> dict[str, str]:
    """Path -> SHA-256 of each image in a folder of fingerprints, in their order."""
    hashes: dict[str, str] = {}
    for part in sorted(folder.glob("part-*.parquet")):
        try:
            with open(part, "rb") as file:
                columns = pq.read_table(file, columns=["path", "sha256"])
        except (OSError, pa.ArrowException) as error:
            raise TableError(
                f"The fingerprints {os.fspath(part)!r} cannot be read: {error}. Run cluster again."
            ) from error
        hashes |= dict(zip(columns["path"].to_pylist(), columns["sha256"].to_pylist(), strict=True))
    return hashes


def _write_thumbnails(table: FingerprintTable, path: Path) -> None:
    shown = table.images[:MOST_THUMBNAILS]
    columns = {"path": [image.path for image in shown], "jpeg": [image.thumbnail for image in shown]}
    with open(path, "wb") as file:
        pq.write_table(pa.table(columns, schema=pa.schema([("path", pa.string()), ("jpeg", pa.binary())])), file)
