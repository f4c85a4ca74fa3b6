"""A run folder -> the ClusterResult that was saved, or that of its edited tables."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.cluster.hierarchy
from numpy.typing import NDArray

from forensic_style.audit import Audit
from forensic_style.clusters.joins import Join
from forensic_style.clusters.splitting import Split
from forensic_style.clusters.stability import NumberConsidered
from forensic_style.errors import TableError
from forensic_style.explain import Card, Trait, list_sides
from forensic_style.laundering import Fragility
from forensic_style.placement.archive import ArraySpec, load_arrays, save_arrays
from forensic_style.placement.model import StyleModel
from forensic_style.reading.rules import ReadingRules
from forensic_style.result import ClusterResult
from forensic_style.run.description import digest_labels
from forensic_style.run.records import read_record, read_records, read_value
from forensic_style.run.relabelling import Edits, apply_edits
from forensic_style.run.tables import ClusterRows, read_fingerprints, read_skipped
from forensic_style.search.axes import AxisClusters, CrossedAxes, PairOfClusters
from forensic_style.search.evidence import Evidence
from forensic_style.search.family_shares import FamilyShares
from forensic_style.table import FingerprintTable

ARRAYS = "tree.npz"
_SPECS = {
    "tree": ArraySpec("float64", ("merges", 4)),
    "coordinates": ArraySpec("float64", ("images", "directions")),
    "positions": ArraySpec("float64", ("images", 2)),
    "labels": ArraySpec("int64", ("images",)),
    "confidences": ArraySpec("float64", ("images",)),
    "stabilities": ArraySpec("float64", ("stabilities",)),
}
_AXES = {
    "acquisition": ArraySpec("int64", ("images",)),
    "acquisition_told_apart": ArraySpec("float64", ("clusters", "clusters")),
    "processing": ArraySpec("int64", ("images",)),
    "processing_told_apart": ArraySpec("float64", ("clusters", "clusters")),
}
_SETTINGS: dict[str, Any] = {"inputs": tuple[str, ...], "reading": ReadingRules, "random_state": int}
_DIGITS = 0.000051  # by which a confidence in clusters.csv differs from the one that was measured


def save_parts(result: ClusterResult, path: Path) -> None:
    """Write what a result has and the other files of its run folder do not hold: tree, coordinates, exact numbers."""
    arrays: dict[str, NDArray[Any]] = {name: getattr(result, name) for name in _SPECS}
    if result.axes is not None:
        for axis in (result.axes.acquisition, result.axes.processing):
            arrays |= {axis.axis: axis.labels, f"{axis.axis}_told_apart": axis.told_apart}
    specs = _SPECS | _AXES
    save_arrays(path, {name: np.asarray(values, dtype=specs[name].dtype) for name, values in arrays.items()})


def restore_result(folder: Path, about: Mapping[str, Any], rows: ClusterRows, model: StyleModel) -> ClusterResult:
    """Put a result together again from its run folder.

    Parameters
    ----------
    folder : of the run
    about : what its run.json holds
    rows : of its clusters.csv
    model : its model

    Raises
    ------
    TableError
        where a file is missing or damaged, or clusters.csv does not fit the others.
    """
    name = os.fspath(folder)
    if not (folder / ARRAYS).is_file() or "joins" not in about:
        why = "`assign` added images to it" if "extended" in about else "an older version of forensic_style wrote it"
        raise TableError(f"The run {name!r} keeps no tree to draw: {why}. Run cluster again.")
    table = _read_table(folder, list(about["families"]))
    rows = _order_rows(rows, table.paths, name)
    try:
        result = _read_result(folder, about, table, rows, model)
        edits = _find_edits(result, about, rows)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, zipfile.BadZipFile) as error:
        what = f"no entry {error}" if isinstance(error, KeyError) else error
        raise TableError(f"The run {name!r} cannot be read: {what}. Run cluster again.") from error
    return result if edits is None else apply_edits(result, edits)


def _read_table(folder: Path, families: Sequence[str]) -> FingerprintTable:
    skipped = tuple(read_skipped(folder / "skipped.csv"))
    return replace(read_fingerprints(folder, families), skipped=skipped)


def _order_rows(rows: ClusterRows, paths: Sequence[str], folder: str) -> ClusterRows:
    """The rows of clusters.csv in the order of the fingerprints."""
    if rows.paths == paths:
        return rows
    unknown, missing = sorted(set(rows.paths) - set(paths)), sorted(set(paths) - set(rows.paths))
    if unknown or missing:
        what = f"names {unknown[0]!r}, which is no image of it" if unknown else f"has no row for {missing[0]!r}"
        message = f"clusters.csv in the run {folder!r} {what} ({len(unknown)} rows too many, {len(missing)} missing)"
        raise TableError(f"{message}. Change clusters and labels, not paths or rows; or run cluster again.")
    place_of = {path: place for place, path in enumerate(rows.paths)}
    places = [place_of[path] for path in paths]
    content, known = (
        None if labels is None else [labels[place] for place in places] for labels in (rows.content, rows.known)
    )
    return ClusterRows(list(paths), rows.labels[places], rows.confidences[places], content, known)


def _read_result(
    folder: Path, about: Mapping[str, Any], table: FingerprintTable, rows: ClusterRows, model: StyleModel
) -> ClusterResult:
    n_images = len(table.images)
    clusters = about["clusters"]
    has_axes = about["axes"] is not None
    lengths = {"images": n_images, "merges": n_images - 1} | ({"clusters": max(1, len(clusters))} if has_axes else {})
    arrays = load_arrays(folder / ARRAYS, _SPECS | (_AXES if has_axes else {}), lengths=lengths)
    labels = arrays["labels"].astype(np.intp)
    result = ClusterResult(
        table=table,
        labels=labels,
        confidences=arrays["confidences"],
        tree=arrays["tree"],
        coordinates=arrays["coordinates"],
        positions=arrays["positions"],
        traits=tuple(read_records(Trait, entry["traits"], "traits") for entry in clusters),
        joins=read_records(Join, about["joins"], "joins"),
        cards=read_records(Card, about["cards"], "cards"),
        audit=read_record(Audit, about["audit"], "audit"),
        splits=read_records(Split, about["splits_tested"], "splits_tested", derived=("accepted",)),
        evidence=read_record(Evidence, about["evidence"], "evidence", derived=("score",)),
        warnings=_read_texts(about["warnings"], "warnings"),
        content=None if rows.content is None else tuple(rows.content),
        known=None if rows.known is None else tuple(rows.known),
        names=_read_texts([entry["name"] for entry in clusters], "names of clusters"),
        stabilities=arrays["stabilities"],
        numbers=read_records(NumberConsidered, about["numbers_considered"], "numbers_considered"),
        axes=_read_axes(about["axes"], arrays) if has_axes else None,
        shares=read_records(FamilyShares, about["families_shares"], "families_shares"),
        left_out=read_records(FamilyShares, about["families_left_out"], "families_left_out"),
        settings=_read_settings(about["settings"]),
        timings=read_value(Mapping[str, float], about["timings"], "timings"),
        model=model,
        fragility=None if about["fragility"] is None else read_record(Fragility, about["fragility"], "fragility"),
    )
    _check_numbers(result, len(clusters))
    return result


def _read_texts(values: Any, where: str) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{where} are no list of texts")
    return tuple(values)


def _read_settings(settings: Any) -> dict[str, Any]:
    """The settings, those checked that something is drawn or computed from."""
    if not isinstance(settings, dict):
        raise ValueError("settings are no dictionary")
    for name, kind in _SETTINGS.items():
        if name in settings:
            read_value(kind, settings[name], f"settings.{name}")
    return settings


def _read_axes(about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> CrossedAxes:
    one, other = (
        AxisClusters(
            axis,
            arrays[axis].astype(np.intp),
            read_record(Evidence, about[axis]["evidence"], f"axes.{axis}.evidence", derived=("score",)),
            arrays[f"{axis}_told_apart"],
        )
        for axis in ("acquisition", "processing")
    )
    counts = np.array(about["crossed"], dtype=np.intp)
    if min(one.labels.min(), other.labels.min()) < 0 or counts.shape != (one.n_clusters, other.n_clusters):
        raise ValueError("axes.crossed is not of as many rows and columns as the axes have clusters")
    pairs = read_records(PairOfClusters, about["pairs"], "axes.pairs")
    return CrossedAxes(one, other, counts, float(about["agreement"]), pairs)


def _check_numbers(result: ClusterResult, n_clusters: int) -> None:
    """Make sure that what the records name is there: images, clusters, nodes of the tree."""
    n_images, inside = len(result.labels), result.labels[result.labels >= 0]
    if result.labels.min() < -1 or not np.array_equal(np.unique(inside), np.arange(n_clusters)):
        raise ValueError(f"its labels are not those of {n_clusters} clusters")
    if n_images > 1 and not scipy.cluster.hierarchy.is_valid_linkage(result.tree):
        raise ValueError("its tree is none")
    contradictions = () if result.audit.claims is None else result.audit.claims.contradictions
    images = [*(image for card in result.cards for image in card.typical + card.doubtful)]
    images += [one.image for one in contradictions]
    joins = [*result.joins, *(split.join for split in result.audit.splits)]
    joins += [] if result.fragility is None else [split.join for split in result.fragility.splits]
    clusters = [number for join in joins for number in join.one + join.other]
    clusters += [number for card in result.cards for number in card.one + card.other]
    clusters += [number for one in contradictions for number in (one.cluster, one.usual) if number not in (-1, None)]
    if not all(0 <= image < n_images for image in images):
        raise ValueError("an image is named that is not there")
    if not all(0 <= number < n_clusters for number in clusters):
        raise ValueError("a cluster is named that is not there")
    sides = list_sides(n_clusters, result.joins)
    if result.cards and [(card.one, card.other) for card in result.cards] != sides:
        raise ValueError("its cards are not those of its clusters and splits")


def _find_edits(result: ClusterResult, about: Mapping[str, Any], rows: ClusterRows) -> Edits | None:
    """What somebody changed in clusters.csv since it was written; None for nothing."""
    differs = np.abs(rows.confidences - result.confidences) > _DIGITS
    moved = rows.labels != result.labels
    relabelled = digest_labels(result.content, result.known) != about["sha256_of_labels"]
    if not (moved.any() or differs.any() or relabelled):
        return None
    return Edits(rows.labels, np.where(differs, rows.confidences, result.confidences), relabelled)
