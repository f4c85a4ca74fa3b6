"""A finished run and new images -> a larger run, in which the old images keep the numbers of their clusters."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.audit import Audit, measure_alignments
from forensic_style.clusters.partition import average_parts
from forensic_style.errors import TableError
from forensic_style.labels import Labels, read_labels
from forensic_style.placement.assignment import FALSE_ALARMS, Assignment
from forensic_style.placement.founding import found_clusters
from forensic_style.placement.matching import find_blank, learn_members, read_values
from forensic_style.placement.model import StyleModel
from forensic_style.run import Run, describe_table, read_skipped, write_clusters, write_table
from forensic_style.table import FingerprintTable
from forensic_style.writing import FINISHED, fill_folder, write_json

OF_THE_REPORT = ("joins", "cards", "audit", "fragility", "sha256_of_labels")  # of run.json: they name images by number


@dataclass(frozen=True, eq=False)
class ExtendedRun:
    """A run with new images in it.

    Parameters
    ----------
    table : fingerprints of the old and the new images
    labels, confidences : of all images, as in :class:`forensic_style.run.Run`; the old ones as they were
    content, known : of all images, "" where unknown; None where there are none
    model : places further images, in the new clusters too
    assignment : of the new images
    founded : numbers of the new clusters
    about : what run.json holds
    """

    table: FingerprintTable
    labels: NDArray[np.intp]
    confidences: NDArray[np.float64]
    content: list[str] | None
    known: list[str] | None
    model: StyleModel
    assignment: Assignment
    founded: tuple[int, ...]
    about: dict[str, Any]

    def save(self, folder: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write a run folder; it has no report, because nothing was clustered anew."""
        with fill_folder(folder, force=force) as path:
            write_table(self.table, path)
            write_clusters(
                path / "clusters.csv",
                self.table.paths,
                self.labels,
                self.confidences,
                content=self.content,
                known=self.known,
            )
            self.model.save(path / "model")
            members = np.flatnonzero(self.labels >= 0)
            shown = None if self.content is None else [self.content[number] for number in members]
            images = [self.table.images[number] for number in members]
            alignments = measure_alignments(images, self.labels[members], shown)
            warnings = self.about.get("warnings", [])
            write_json(asdict(Audit(alignments)) | {"warnings": warnings}, path / "audit.json")
            write_json(self.about, path / FINISHED)


def extend_run(
    run: Run,
    table: FingerprintTable,
    *,
    content: Labels | None = None,
    false_alarms: float = FALSE_ALARMS,
) -> ExtendedRun:
    """Assign new images to a run's clusters, and keep them with the old ones in a larger run.

    Clusters of the old images stay as they are. New images that belong to none and are alike found new clusters, with
    the next free numbers: at least five, as near to one another as members of a cluster are, with others about them
    without a gap, whose mean lies outside all clusters as well. Others stay without a cluster. What members show is
    learnt again from all images.

    Parameters
    ----------
    table : fingerprints of the new images; those that the run has already are passed over
    content, false_alarms : as for :func:`forensic_style.placement.assignment.assign`

    Raises
    ------
    TableError, ParameterError
        where the images do not fit to the run, or a path of the run now names another file.
    """
    if run.about.get("settings", {}).get("privacy"):
        raise TableError(
            f"The run {os.fspath(run.folder)!r} was made with --privacy, without the paths of its files, so no images "
            "can be added. Add them to a run that was made without it."
        )
    if "large" in run.about:
        raise TableError(
            f"The run {os.fspath(run.folder)!r} was made by a sample of its images, so none can be added here. Give "
            "cluster the old and the new images: what is measured is not measured again."
        )
    shown = read_labels(table, content)
    fresh = _find_fresh(run, table)
    measured = fresh[~find_blank(run.model, table)[fresh]]
    found = run.assign(table, content=shown, false_alarms=false_alarms)
    values, missing = read_values(run.model, table)
    images, windows = run.model.project(values, groups=table.groups, content=shown, missing=missing)
    standardized = average_parts(run.model.scaler.transform(values, missing=missing), table.groups)
    labels, model = found_clusters(run.model, found, measured, images, standardized)
    founders = labels != found.clusters
    weights = model.weigh(windows, groups=table.groups, labels=labels)
    assignment = replace(
        found,
        clusters=labels,
        confidences=np.where(founders, weights, found.confidences),
        nearest=np.where(founders, labels, found.nearest),
    )
    larger = _join(run, table, fresh, shown, assignment, model)
    shares = larger.model.measure_members(values, groups=table.groups, missing=missing)
    as_far = np.where(founders, shares[np.arange(len(labels)), labels], found.members_as_far)
    return replace(larger, assignment=replace(assignment, members_as_far=as_far))


def _find_fresh(run: Run, table: FingerprintTable) -> NDArray[np.intp]:
    """Numbers of the images that the run does not have."""
    hashes = dict(zip(run.paths, run.hashes, strict=True))
    for image in table.images:
        if hashes.get(image.path, image.sha256) != image.sha256:
            message = f"The run has another file under the path {image.path!r}. Give the new one another name."
            raise TableError(message)
    fresh = np.array([number for number, image in enumerate(table.images) if image.path not in hashes], dtype=np.intp)
    if not len(fresh):
        raise TableError("All images that could be measured are in the run already: there is nothing to add.")
    return fresh


def _join(
    run: Run,
    table: FingerprintTable,
    fresh: NDArray[np.intp],
    shown: list[str] | None,
    assignment: Assignment,
    model: StyleModel,
) -> ExtendedRun:
    """Old and new images in one run, in the order of their paths."""
    founded = tuple(range(len(run.model.clustering.cluster_centers_), len(model.clustering.cluster_centers_)))
    both = _stack(run, table.select_images(fresh))
    paths = both.paths
    order = np.array(sorted(range(len(paths)), key=lambda number: paths[number]))
    joined = both.select_images(order)
    labels = np.concatenate([run.labels, assignment.clusters[fresh]])[order]
    confidences = np.concatenate([run.confidences, assignment.confidences[fresh]])[order]
    content = _append(
        run, run.content, [""] * len(fresh) if shown is None else [shown[number] for number in fresh], order
    )
    known = _append(run, run.known, [""] * len(fresh), order)
    return ExtendedRun(
        table=joined,
        labels=labels,
        confidences=confidences,
        content=content,
        known=known,
        model=learn_members(model, joined, labels, content=content),
        assignment=assignment,
        founded=founded,
        about={name: entry for name, entry in run.about.items() if name not in OF_THE_REPORT}
        | describe_table(joined)
        | _describe(run, assignment, labels, confidences, founded),
    )


def _describe(
    run: Run,
    assignment: Assignment,
    labels: NDArray[np.intp],
    confidences: NDArray[np.float64],
    founded: tuple[int, ...],
) -> dict[str, Any]:
    """What run.json says of the clusters now, and of the run that was extended."""
    old = {cluster["cluster"]: cluster for cluster in run.about["clusters"]}
    clusters = [
        old.get(number, {"traits": []})
        | {
            "cluster": number,
            "n_images": int((labels == number).sum()),
            "confidence": round(float(confidences[labels == number].mean()), 4),
        }
        for number in range(int(labels.max()) + 1)
    ]
    extended = {
        "input": run.about["input"],
        "n_added": len(labels) - len(run.paths),
        "false_alarms": assignment.false_alarms,
        "clusters_founded": list(founded),
    }
    return {"clusters": clusters, "extended": [*run.about.get("extended", []), extended]}


def _stack(run: Run, table: FingerprintTable) -> FingerprintTable:
    """All windows of both tables, in the families that both have; the old images first."""
    shared = [family.name for family in run.table.families if family in table.families]
    if set(run.model.family_versions) - set(shared):
        raise TableError("The families of the run are declared otherwise than those of the table. Extract it again.")
    old, new = run.table.select_families(shared), table.select_families(shared)
    if old.columns != new.columns:
        raise TableError("The columns of the table are not in the order of the run's. Extract it again.")
    named = set(run.paths) | set(new.paths)
    skipped = {image.path: image for image in [*read_skipped(run.folder / "skipped.csv"), *new.skipped]}
    return FingerprintTable(
        images=(*old.images, *new.images),
        skipped=tuple(skipped[path] for path in sorted(skipped) if path not in named),
        families=old.families,
        values=np.vstack([old.values, new.values]),
        groups=np.concatenate([old.groups, new.groups + len(old.images)]),
        windows=np.vstack([old.windows, new.windows]),
        missing=np.vstack([old.missing, new.missing]),
    )


def _append(run: Run, old: list[str] | None, new: list[str], order: NDArray[np.intp]) -> list[str] | None:
    """Labels of old and new images in an order; blank where unknown, None where there are none."""
    labels = (old or [""] * len(run.paths)) + new
    return [labels[number] for number in order] if any(labels) else None
