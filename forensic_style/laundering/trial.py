"""The trial of a sample: treated, measured, placed, and compared with what it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.joins import Join
from forensic_style.clusters.partition import average_parts, measure_distances
from forensic_style.errors import ParameterError
from forensic_style.extraction import Progress
from forensic_style.laundering.measuring import TreatedImages, measure_treated
from forensic_style.laundering.records import FamilySurvival, Fragility, SplitSurvival
from forensic_style.laundering.sentences import warn_of_fragility
from forensic_style.laundering.survival import FamilyCentres, compare_families, measure_kept, measure_sides
from forensic_style.laundering.treatments import TREATMENTS
from forensic_style.placement.matching import name_families, read_values
from forensic_style.placement.model import StyleModel
from forensic_style.reading import ReadingRules
from forensic_style.table import FingerprintTable
from forensic_style.threads import one_thread_for_algebra

MOST_TREATED = 200  # images of the sample
LEAST_SIDE = 40  # pixels: smaller images would have no room for a window afterwards

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


def launder(
    table: FingerprintTable,
    labels: Codes,
    joins: Sequence[Join],
    model: StyleModel,
    *,
    content: Sequence[str] | None = None,
    locate: Mapping[str, str] | None = None,
    windows: str = "auto",
    jobs: int | None = None,
    rules: ReadingRules | None = None,
    progress: Progress | None = None,
) -> Fragility:
    """Change a sample of the files lightly, measure them again, and see who keeps their cluster.

    Each image of the sample is saved as JPEG of quality 85, resized by 0.95, and cropped by a pixel at the top and on
    the left: each alone (the last two written without loss), then all three, saved as JPEG. It is placed by the run's
    own model, without fitting anything again. Images that do not lie nearest to their cluster's centre untreated have
    no part, so that untreated all would keep theirs. Traces of the file structure are no measurements in files that are
    not JPEG.

    Parameters
    ----------
    table : the fingerprints that were clustered
    labels : integer array, shape (n_images,), clusters; images of none (-1) are left out
    joins : splits of the tree of clusters
    model : of the run
    content : label of each image, "" where unknown, or None
    locate : where the file of each path of the table is; the path itself where None
    windows, jobs, rules : as the files were measured
    progress : called with the numbers of images done, in all, and 0

    Returns
    -------
    Fragility, of up to 200 images, as many of every cluster as there are, chosen by the bytes of their files.

    Raises
    ------
    ParameterError
        for a single cluster, which cannot lose anything, and where no image can be tried.
    TableError
        where a file is gone or changed.
    """
    if labels.max() < 1:
        raise ParameterError("There is one cluster, so nothing can be lost when files are changed.")
    before = _Placed.of(table, model, content)
    kept = [number for number in choose_sample(table, labels) if before.distances[number].argmin() == labels[number]]
    if not kept:
        raise ParameterError(
            f"No image can be changed and measured again: all are smaller than {LEAST_SIDE} pixels, or lie nearer to "
            "another cluster than their own. Leave out --launder."
        )
    images = [table.images[number] for number in kept]
    own, shown = labels[kept], None if content is None else [content[number] for number in kept]
    after = [_Collected.empty(len(kept), before) for _ in TREATMENTS]
    measured = measure_treated(
        images, name_families(model), locate=locate, windows=windows, jobs=jobs, rules=rules, progress=progress
    )
    for part in measured:
        after[part.treatment].add(part, model, shown)
    return _compare(before.take(kept), after, own, before.means, labels, table=table, joins=joins, model=model)


def choose_sample(table: FingerprintTable, labels: Codes, *, most: int = MOST_TREATED) -> list[int]:
    """Numbers of at most `most` images, as many of every cluster as there are, in the order of their files' SHA-256."""
    ready = [
        number
        for number, image in enumerate(table.images)
        if labels[number] >= 0 and min(image.rows, image.columns) >= LEAST_SIDE
    ]
    ready.sort(key=lambda number: table.images[number].sha256)
    n_clusters = int(labels.max()) + 1
    most_of_each = max(1, most // n_clusters)
    return [
        number
        for cluster in range(n_clusters)
        for number in [other for other in ready if labels[other] == cluster][:most_of_each]
    ]


@dataclass(frozen=True)
class _Placed:
    """Distances of images to the centres, means of their standardized columns, and which of these are none."""

    distances: Floats
    means: Floats
    missing: NDArray[np.bool_]

    @classmethod
    def of(cls, table: FingerprintTable, model: StyleModel, content: Sequence[str] | None) -> _Placed:
        values, missing = read_values(model, table)
        labels = None if content is None else np.array(content, dtype=object)
        with one_thread_for_algebra():
            images, _ = model.project(values, groups=table.groups, content=labels, missing=missing)
            standardized = model.scaler.transform(values, missing=missing)
        turn, centres = model.clustering.metric_, model.clustering.cluster_centers_
        gaps = np.zeros(values.shape, dtype=bool) if missing is None else missing
        return cls(
            measure_distances(images @ turn, centres @ turn),
            average_parts(standardized, table.groups),
            average_parts(gaps.astype(np.float64), table.groups) > 0,
        )

    def take(self, numbers: Sequence[int] | Codes) -> _Placed:
        return _Placed(self.distances[numbers], self.means[numbers], self.missing[numbers])


@dataclass(frozen=True)
class _Collected:
    """The same of a sample after one treatment, filled part by part; `there` says which images could be measured."""

    placed: _Placed
    there: NDArray[np.bool_]

    @classmethod
    def empty(cls, n_images: int, like: _Placed) -> _Collected:
        rows = _Placed(
            np.zeros((n_images, like.distances.shape[1])),
            np.zeros((n_images, like.means.shape[1])),
            np.zeros((n_images, like.means.shape[1]), dtype=bool),
        )
        return cls(rows, np.zeros(n_images, dtype=bool))

    def add(self, part: TreatedImages, model: StyleModel, content: Sequence[str] | None) -> None:
        shown = None if content is None else [content[number] for number in part.numbers.tolist()]
        placed = _Placed.of(part.table, model, shown)
        self.placed.distances[part.numbers] = placed.distances
        self.placed.means[part.numbers] = placed.means
        self.placed.missing[part.numbers] = placed.missing
        self.there[part.numbers] = True


def _compare(
    before: _Placed,
    after: Sequence[_Collected],
    own: Codes,
    means: Floats,
    labels: Codes,
    *,
    table: FingerprintTable,
    joins: Sequence[Join],
    model: StyleModel,
) -> Fragility:
    names = list(model.family_versions)
    families = _learn_families(model, table, names, means, labels)
    kept: list[float | None] = []
    of_families: list[FamilySurvival] = []
    of_splits: list[SplitSurvival] = []
    for treatment, part in zip(TREATMENTS, after, strict=True):
        there = part.there
        kept.append(round(measure_kept(part.placed.distances[there], own[there]), 4) if there.any() else None)
        sides = [(join, measure_sides(part.placed.distances[there], own[there], join)) for join in joins]
        of_splits += [SplitSurvival(join, treatment.name, round(left, 4)) for join, left in sides if left is not None]
        told = compare_families(families, before.means[there], part.placed.means[there], own[there])
        gone = [part.placed.missing[there][:, family.columns].all() for family in families]
        of_families += [
            FamilySurvival(name, treatment.name, round(left, 4))
            for name, left, is_gone in zip(names, told, gone, strict=True)
            if left is not None and not is_gone
        ]
    fragility = Fragility(
        n_images=len(own),
        treatments=tuple(treatment.name for treatment in TREATMENTS),
        kept=tuple(kept),
        families=tuple(of_families),
        splits=tuple(of_splits),
        warnings=tuple(
            f"No image of cluster {cluster} could be tried."
            for cluster in np.setdiff1d(labels[labels >= 0], own).tolist()
        ),
    )
    return warn_of_fragility(fragility)


def _learn_families(
    model: StyleModel, table: FingerprintTable, names: Sequence[str], means: Floats, labels: Codes
) -> list[FamilyCentres]:
    """Each family's columns in the order of the model."""
    dimensions = {family.name: family.dimension for family in table.families}
    stops = np.cumsum([dimensions[name] for name in names]).tolist()
    return [
        FamilyCentres.learn(means, labels, slice(stop - dimensions[name], stop))
        for name, stop in zip(names, stops, strict=True)
    ]
