"""Runs of many images in and out of their folders.

The folder holds what is known of all images: clusters.csv, skipped.csv, tree.npz, the model, audit.json and run.json.
What was found in the sample is a run of its own in the folder `sample`, with its fingerprints, and the report is its.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from forensic_style.errors import TableError
from forensic_style.large import LargeResult, TableSource
from forensic_style.large.trees import TreeOfAll
from forensic_style.placement.archive import ArraySpec, load_arrays, save_arrays
from forensic_style.result import ClusterResult
from forensic_style.run.description import describe_audit, describe_run
from forensic_style.run.folder import Run, load_run, save_run
from forensic_style.run.redrawing import OF_ALL
from forensic_style.run.restoring import ARRAYS
from forensic_style.run.tables import read_clusters, write_skipped
from forensic_style.table import FingerprintTable
from forensic_style.writing import FINISHED, fill_folder, write_csv, write_json, write_text

SAMPLE = "sample"  # folder of the run of the sample
_SPECS = {
    "tree": ArraySpec("float64", ("merges", 4)),
    "members": ArraySpec("int32", ("images",)),
}


class LargeRun(Run):
    """A finished run of many images: labels of all, and everything else of the sample."""

    @cached_property
    def sampled(self) -> Run:
        """The run of the sample."""
        return load_run(self.folder / SAMPLE)

    @cached_property
    def table(self) -> FingerprintTable:
        """There is none of all images: that of the sample is `sampled.table`."""
        raise TableError(
            f"The run {os.fspath(self.folder)!r} is of {len(self.paths):,} images, too many to be read into memory. "
            "What was found in its sample is a run of its own, in the folder 'sample' there. To add images, name them "
            "among the inputs and run cluster again: what is measured is not measured again."
        )

    @cached_property
    def result(self) -> ClusterResult:
        """Everything that was found in the sample; where its own clusters.csv was edited since, as edited."""
        return self.sampled.result

    @cached_property
    def tree(self) -> TreeOfAll:
        """The tree over all images, rows in the order of clusters.csv as it was written.

        Raises
        ------
        TableError
            where it cannot be read.
        """
        try:
            figures = self.about["large"]
            lengths = {"images": int(figures["n_images"]), "merges": int(figures["n_leaves"]) - 1}
            arrays = load_arrays(self.folder / ARRAYS, _SPECS, lengths=lengths)
            loss, is_exact = float(figures["loss"]), figures["tree"] == "exact"
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            message = f"The tree of the run {os.fspath(self.folder)!r} cannot be read: {error}. Run cluster again."
            raise TableError(message) from error
        return TreeOfAll(arrays["tree"], arrays["members"], is_exact, loss, self.labels.astype(np.int32))


def save_large(
    result: LargeResult, folder: str | os.PathLike[str], *, force: bool = False, are_measured_there: bool = False
) -> None:
    """Write the whole run folder of many images, `run.json` last.

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
        if not are_measured_there and isinstance(result.source, TableSource):
            result.source.table.save(path / "fingerprints")
        write_large(result, path)


def write_large(result: LargeResult, path: Path) -> None:
    """Write everything but the fingerprints of all images into a folder that is there, `run.json` last."""
    save_run(result.sample, path / SAMPLE, force=True)
    write_csv(list(_name_columns(result)), _list_rows(result), path / "clusters.csv")
    write_skipped(result.source.skipped(), path / "skipped.csv")
    result.sample.model.save(path / "model")
    save_arrays(path / ARRAYS, {"tree": result.tree.tree, "members": result.tree.members})
    write_json(describe_large_audit(result), path / "audit.json")
    write_text((path / SAMPLE / "report.html").read_text(encoding="utf-8"), path / "report.html")
    write_json(describe_large(result), path / FINISHED)


def describe_large(result: LargeResult) -> dict[str, Any]:
    """What run.json holds: that of the sample, and `large`, the figures of all images."""
    figures = asdict(result.figures) | {"timings": dict(result.timings), "warnings": result.figures.warn()}
    return describe_run(result.sample) | {"large": figures}


def describe_large_audit(result: LargeResult) -> dict[str, Any]:
    """What audit.json holds: that of the sample, and `alignments_of_all`, measured in all images."""
    return describe_audit(result.sample) | {OF_ALL: [asdict(one) for one in result.figures.alignments]}


def open_large(folder: Path, about: dict[str, Any]) -> LargeRun:
    """Open the run folder of many images, whose run.json is given.

    Raises
    ------
    TableError
        where clusters.csv cannot be read.
    """
    return LargeRun(folder, about, **vars(read_clusters(folder / "clusters.csv")))


def _name_columns(result: LargeResult) -> Iterator[str]:
    yield from ("path", "cluster", "confidence")
    given = {"content": result.asked.content, "known": result.asked.known}
    yield from (name for name, labels in given.items() if labels is not None)


def _list_rows(result: LargeResult) -> Iterator[Sequence[str]]:
    """The rows of clusters.csv, one at a time."""
    rows = zip(result.source.records(), result.labels, result.confidences, strict=True)
    for image, label, confidence in rows:
        given = [labels for read in (result.asked.read_content, result.asked.read_known) if (labels := read([image]))]
        yield (image.path, str(label), f"{confidence:.4f}", *(labels[0] for labels in given))
