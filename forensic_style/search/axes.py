"""Acquisition and processing clustered apart, then crossed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from forensic_style.clusters.partition import average_parts, measure_distances
from forensic_style.search.candidates import Recipe, apply_steps
from forensic_style.search.evidence import Evidence, weigh_partition
from forensic_style.search.replicates import ReplicateSpace
from forensic_style.search.styles import N_TESTED, find_number
from forensic_style.search.views import N_DIRECTIONS, Nuisances, Replicates
from forensic_style.table import FamilyRecord

AXES = ("acquisition", "processing")
BELIEVED = 0.5  # evidence from which an axis's clusters are used to tell the run's clusters apart
DISJOINT = 0.5  # share of two clusters' images in different clusters of an axis from which they differ in it
SAME = 0.9  # agreement of the axes' clusters from which they are the same
ALIKE = 0.5  # share, beyond chance, of windows told apart by an axis below which two clusters are alike in it
MOST_PAIRS = 4  # named in one sentence


@dataclass(frozen=True)
class AxisClusters:
    """Images clustered by the families of one axis alone.

    Parameters
    ----------
    axis : "acquisition" or "processing"
    labels : integer array, shape (n_images,); 0 is the largest cluster
    evidence : how far they can be believed; learnt in the space of all images, so an upper bound across contents
    told_apart : float64 array, shape (n_run, n_run), for two clusters of the run the share of windows, beyond chance,
        that lie nearer to their own of the two by the axis's columns; 0 by chance, 1 for all
    """

    axis: str
    labels: NDArray[np.intp]
    evidence: Evidence
    told_apart: NDArray[np.float64]

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return int(self.labels.max()) + 1

    @property
    def is_believed(self) -> bool:
        """Whether there are several clusters, with good evidence."""
        return self.n_clusters > 1 and self.evidence.score >= BELIEVED


@dataclass(frozen=True, slots=True)
class PairOfClusters:
    """Two clusters of the run, and how far they are apart on both axes.

    Parameters
    ----------
    clusters : their labels, the lower first
    acquisition, processing : total variation between their images' distributions over the axis's clusters, 0..1
    differs : the one axis on which alone they clearly differ; "" where that is neither, both, or cannot be told
    """

    clusters: tuple[int, int]
    acquisition: float
    processing: float
    differs: str


@dataclass(frozen=True)
class CrossedAxes:
    """Both axes, crossed.

    Parameters
    ----------
    acquisition, processing : clusters of each axis
    counts : integer array, shape (n_acquisition, n_processing), images in each pair of clusters
    agreement : adjusted Rand index between the clusters of both axes
    pairs : of the run's clusters
    """

    acquisition: AxisClusters
    processing: AxisClusters
    counts: NDArray[np.intp]
    agreement: float
    pairs: tuple[PairOfClusters, ...]


def cross_axes(
    standardized: NDArray[np.float64],
    groups: NDArray[np.intp],
    families: Sequence[FamilyRecord],
    labels: NDArray[np.intp],
    *,
    content: NDArray[np.object_] | None = None,
    covariates: NDArray[np.float64] | None = None,
    unreplicated: NDArray[np.bool_] | None = None,
    linkage: str = "ward",
    random_state: int = 0,
    limited: bool = False,
    left_in: bool = False,
) -> CrossedAxes | None:
    """Cluster by the families of each axis alone, the number tested, and compare with the run's clusters.

    One way to measure distances is taken, the run's own, rather than the best of several: it costs 10 to 35 % of a run.
    The families of acquisition also see much of the processing, since residuals go through everything that comes
    after the sensor. So that two clusters differ on both axes says little, and is not said; that they differ on one
    and are alike on the other is.

    Parameters
    ----------
    standardized : float64 array, shape (n_windows, n_columns), comparable columns
    groups : integer array, shape (n_windows,), the image of each window, 0 to n_images - 1
    families : whose columns these are, in order
    labels : integer array, shape (n_images,), the run's clusters, -1 for images of none
    content, covariates, unreplicated, linkage, random_state : as for :func:`forensic_style.search.styles.find_styles`
    limited, left_in : whether the run limits distances and leaves the content in

    Returns
    -------
    CrossedAxes; None where the families are all of one axis, or an axis's columns never vary.
    """
    shown = Nuisances(content, covariates)
    removed = shown.leave_content() if left_in else shown
    masks = _find_columns(standardized, families)
    if not all(mask.any() for mask in masks):
        return None
    of_files = np.zeros(standardized.shape[1], dtype=bool) if unreplicated is None else unreplicated
    found = []
    for axis, mask in zip(AXES, masks, strict=True):
        task = _Axis(standardized[:, mask], groups, of_files[mask], shown, removed)
        found.append(task.cluster(axis, labels, linkage=linkage, random_state=random_state, limited=limited))
    return _cross(found[0], found[1], labels)


def compare_again(
    crossed: CrossedAxes,
    standardized: NDArray[np.float64],
    groups: NDArray[np.intp],
    families: Sequence[FamilyRecord],
    labels: NDArray[np.intp],
    *,
    unreplicated: NDArray[np.bool_] | None = None,
) -> CrossedAxes:
    """Compare the same clusters of each axis with other clusters of the run.

    Parameters are those of :func:`cross_axes`, which found `crossed` in the same fingerprints.
    """
    of_files = np.zeros(standardized.shape[1], dtype=bool) if unreplicated is None else unreplicated
    nothing = Nuisances(None, None)
    axes = [
        replace(
            axis,
            told_apart=_tell_apart(
                *_Axis(standardized[:, mask], groups, of_files[mask], nothing, nothing).split(), labels
            ),
        )
        for axis, mask in zip(
            (crossed.acquisition, crossed.processing), _find_columns(standardized, families), strict=True
        )
    ]
    return _cross(axes[0], axes[1], labels)


def _find_columns(standardized: NDArray[np.float64], families: Sequence[FamilyRecord]) -> list[NDArray[np.bool_]]:
    """For each axis its columns that vary."""
    masks = [np.repeat([f.axis == axis for f in families], [f.dimension for f in families]) for axis in AXES]
    return [mask.astype(bool) & standardized.any(axis=0) for mask in masks]


@dataclass(frozen=True)
class _Axis:
    """The columns of one axis, and what the images show: `shown` judges, `removed` is explained away."""

    rows: NDArray[np.float64]
    groups: NDArray[np.intp]
    of_files: NDArray[np.bool_]
    shown: Nuisances
    removed: Nuisances

    def cluster(
        self, axis: str, run: NDArray[np.intp], *, linkage: str, random_state: int, limited: bool
    ) -> AxisClusters:
        whole = self._project(self.rows, self.groups, self.of_files)
        leading = whole.images[:, :N_TESTED]
        number = find_number(leading, self.shown, linkage=linkage, random_state=random_state).n_clusters_
        recipe = Recipe(number, linkage, limited, left_in=False)
        halves = self.split()
        labels, evidence = np.zeros(len(whole.images), dtype=np.intp), Evidence(1.0, 1.0, 1.0)
        if number > 1:
            images = recipe.prepare(whole, self.removed)[2].images
            labels = recipe.cluster_alike(images, labels)
            evidence = self._weigh(recipe, images, labels, halves)
        return AxisClusters(axis, labels, evidence, _tell_apart(*halves, run))

    def _project(self, rows: NDArray[np.float64], groups: NDArray[np.intp], of_files: NDArray[np.bool_]) -> Replicates:
        windows = ReplicateSpace(N_DIRECTIONS, unreplicated=of_files).fit_transform(rows, groups=groups)
        return Replicates(windows, groups, average_parts(windows, groups))

    def split(self) -> tuple[Replicates, Replicates]:
        """Half of the windows in a space learnt from them, and the others there; without columns of files if it goes.

        In columns of files all windows of an image agree by definition.
        """
        judged = np.ones_like(self.of_files) if self.of_files.all() else ~self.of_files
        rows = self.rows[:, judged]
        place = np.arange(len(self.groups)) - np.searchsorted(self.groups, self.groups)  # of a window within its image
        first = np.isin(place % 4, (0, 3))
        space = ReplicateSpace(N_DIRECTIONS, unreplicated=self.of_files[judged])
        windows = space.fit_transform(rows[first], groups=self.groups[first])
        half = Replicates(windows, self.groups[first], average_parts(windows, self.groups[first]))
        others = space.transform(rows[~first]) if not first.all() else np.empty((0, windows.shape[1]))
        return half, Replicates(others, self.groups[~first], half.images)

    def _weigh(
        self,
        recipe: Recipe,
        images: NDArray[np.float64],
        labels: NDArray[np.intp],
        halves: tuple[Replicates, Replicates],
    ) -> Evidence:
        limiter, adjuster, half = recipe.prepare(halves[0], self.removed)
        other = apply_steps(halves[1], self.removed, limiter, adjuster)
        of_half = recipe.cluster_alike(half.images, labels)
        return weigh_partition(
            images,
            labels,
            windows=other.windows,
            groups=other.groups,
            content=self.shown.content,
            half=(half.images, of_half),
        )


def _tell_apart(half: Replicates, other: Replicates, run: NDArray[np.intp]) -> NDArray[np.float64]:
    """For each two clusters, the windows nearer to their own than to the other one: 2 x balanced accuracy - 1."""
    n_run = max(1, int(run.max(initial=0)) + 1)
    kept = run >= 0
    centres = average_parts(half.images[kept], run[kept])
    windows, of = (other.windows, run[other.groups]) if len(other.windows) else (half.images, run)
    distances = measure_distances(windows, centres)
    told = np.zeros((n_run, n_run))
    for one, two in combinations(range(n_run), 2):
        nearer = [distances[of == own, own] < distances[of == own, rival] for own, rival in ((one, two), (two, one))]
        right = float(np.mean([part.mean() if len(part) else 0.5 for part in nearer]))
        told[one, two] = told[two, one] = max(0.0, 2 * right - 1)
    return told


def _cross(acquisition: AxisClusters, processing: AxisClusters, run: NDArray[np.intp]) -> CrossedAxes:
    counts = np.zeros((acquisition.n_clusters, processing.n_clusters), dtype=np.intp)
    np.add.at(counts, (acquisition.labels, processing.labels), 1)
    present = np.unique(run[run >= 0]).tolist()
    pairs = tuple(_compare(one, two, acquisition, processing, run) for one, two in combinations(present, 2))
    agreement = float(adjusted_rand_score(acquisition.labels, processing.labels))
    return CrossedAxes(acquisition, processing, counts, agreement, pairs)


def _compare(
    one: int, two: int, acquisition: AxisClusters, processing: AxisClusters, run: NDArray[np.intp]
) -> PairOfClusters:
    first, second = (measure_variation(axis.labels, run == one, run == two) for axis in (acquisition, processing))
    differs = ""
    if acquisition.is_believed and processing.is_believed:
        if first >= DISJOINT > second and processing.told_apart[one, two] < ALIKE:
            differs = acquisition.axis
        if second >= DISJOINT > first and acquisition.told_apart[one, two] < ALIKE:
            differs = processing.axis
    return PairOfClusters((one, two), first, second, differs)


def measure_variation(labels: NDArray[np.intp], one: NDArray[np.bool_], two: NDArray[np.bool_]) -> float:
    """Total variation between the shares of two sets of images in the parts of a partition: 0 the same, 1 disjoint.

    >>> labels = np.array([0, 0, 1, 1])
    >>> measure_variation(labels, np.array([True, True, True, True]), np.array([False, False, True, True]))
    0.5
    """
    n_parts = int(labels.max()) + 1
    shares = [np.bincount(labels[rows], minlength=n_parts) / rows.sum() for rows in (one, two)]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def describe_axes(crossed: CrossedAxes) -> tuple[str, ...]:
    """How many clusters each axis has alone, and which of the run's clusters differ on one axis and not on the other.

    Returns
    -------
    One sentence, and at most one for each axis.
    """
    alone = "; ".join(_count(axis) for axis in (crossed.acquisition, crossed.processing))
    believed = crossed.acquisition.is_believed and crossed.processing.is_believed
    if believed and crossed.agreement >= SAME:
        alone += ". Both tell the same images apart, so which of the two differs cannot be told"
    sentences = [f"{alone[0].upper()}{alone[1:]}."]
    for axis, rival in (AXES, AXES[::-1]):
        pairs = [pair.clusters for pair in crossed.pairs if pair.differs == axis]
        if pairs:
            sentences.append(f"{_name_pairs(pairs)} in {axis}, not in {rival}.")
    return tuple(sentences)


def list_axes(crossed: CrossedAxes) -> dict[str, Any]:
    """The same as plain numbers, for a file: clusters and evidence of each axis, the crossing, and the pairs."""
    alone = {
        axis.axis: {
            "n_clusters": axis.n_clusters,
            "believed": axis.is_believed,
            "evidence": asdict(axis.evidence) | {"score": axis.evidence.score},
        }
        for axis in (crossed.acquisition, crossed.processing)
    }
    pairs = [asdict(pair) for pair in crossed.pairs]
    return alone | {"crossed": crossed.counts.tolist(), "agreement": crossed.agreement, "pairs": pairs}


def _count(axis: AxisClusters) -> str:
    if axis.n_clusters == 1:
        return f"{axis.axis} alone: one cluster"
    if not axis.is_believed:
        return f"{axis.axis} alone: cannot tell (evidence {axis.evidence.score:.2f} of 1)"
    return f"{axis.axis} alone: {axis.n_clusters} clusters"


def _name_pairs(pairs: Sequence[tuple[int, int]]) -> str:
    """Subject and verb: clusters that all differ from one another together, otherwise pair by pair."""
    members = sorted({cluster for pair in pairs for cluster in pair})
    if len(members) == 2:
        return f"Clusters {members[0]} and {members[1]} differ"
    if len(pairs) == len(members) * (len(members) - 1) // 2:
        return f"Clusters {', '.join(map(str, members[:-1]))} and {members[-1]} all differ from one another"
    named = "; ".join(f"{one} and {two}" for one, two in pairs[:MOST_PAIRS])
    more = f"; {len(pairs) - MOST_PAIRS} more pairs" if len(pairs) > MOST_PAIRS else ""
    return f"Of these pairs of clusters ({named}{more}) the two differ"
