"""ClusterResult: what one clustering found, with everything needed to report and to place new images."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.audit import Audit
from forensic_style.clusters.joins import Join
from forensic_style.clusters.splitting import Split
from forensic_style.clusters.stability import NumberConsidered
from forensic_style.explain import Card, Trait
from forensic_style.extraction import Progress
from forensic_style.labels import Labels
from forensic_style.laundering import Fragility, launder
from forensic_style.placement.assignment import FALSE_ALARMS, Assignment, KnownImages, assign
from forensic_style.placement.model import StyleModel
from forensic_style.reading import ReadingRules
from forensic_style.search.axes import CrossedAxes
from forensic_style.search.evidence import Evidence
from forensic_style.search.family_shares import FamilyShares
from forensic_style.table import FingerprintTable

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class ClusterResult:
    """What one clustering found.

    Parameters
    ----------
    table : the fingerprints
    labels : integer array, shape (n_images,); 0 is the largest cluster, -1 for images that belong to none
    confidences : float64 array, shape (n_images,), 0..1: posterior of the cluster times the share of draws of images
        and families in which the image keeps it; 0 for images of none
    tree : float64 array, shape (n_images - 1, 4), Ward's tree in SciPy's linkage format
    coordinates : float64 array, shape (n_images, n_directions), what was clustered
    positions : float64 array, shape (n_images, 2), the same seen from its two widest sides, for a map
    traits : for each cluster what sets it apart, strongest first
    joins : the tree of the clusters, seen from above: its splits, the one of all images first
    cards : the evidence for each cluster, then for each split
    audit : what else could explain the clusters
    splits : tests of the number of clusters; empty where it was given
    evidence : how far the partition can be believed
    warnings : sentences for the user
    content : content label of each image, or None
    known : known style of each image, "" where unknown, or None
    names : for each cluster the known style that it holds, "" for none
    stabilities : float64 array, shape (n_clusters,), Jaccard index of each cluster in resampled images, 0..1
    numbers : the numbers of clusters considered, with their evidence
    axes : clusters by acquisition and by processing alone, crossed; None where the families are all of one axis
    shares : what the variation of each family goes with; the last is of all together
    left_out : the same of families that were left out, because they go with content or size and not with style
    settings : the parameters that led here
    timings : seconds per step
    model : places new images
    fragility : whether the clusters survive light changes of the files; None where that was not asked
    """

    table: FingerprintTable
    labels: NDArray[np.intp]
    confidences: NDArray[np.float64]
    tree: NDArray[np.float64]
    coordinates: NDArray[np.float64]
    positions: NDArray[np.float64]
    traits: tuple[tuple[Trait, ...], ...]
    joins: tuple[Join, ...]
    cards: tuple[Card, ...]
    audit: Audit
    splits: tuple[Split, ...]
    evidence: Evidence
    warnings: tuple[str, ...]
    content: tuple[str, ...] | None
    known: tuple[str, ...] | None
    names: tuple[str, ...]
    stabilities: NDArray[np.float64]
    numbers: tuple[NumberConsidered, ...]
    axes: CrossedAxes | None
    shares: tuple[FamilyShares, ...]
    left_out: tuple[FamilyShares, ...]
    settings: Mapping[str, Any]
    timings: Mapping[str, float]
    model: StyleModel
    fragility: Fragility | None = None

    def __repr__(self) -> str:
        """A line, not the values."""
        sizes = ", ".join(str(size) for size in self.sizes)
        return f"ClusterResult({len(self.labels)} images, {self.n_clusters} clusters of {sizes})"

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return int(self.labels.max()) + 1

    @property
    def sizes(self) -> list[int]:
        """Images in each cluster."""
        return [int(size) for size in np.bincount(self.labels[self.labels >= 0], minlength=self.n_clusters)]

    def assign(
        self,
        table: FingerprintTable,
        *,
        content: Labels | None = None,
        false_alarms: float = FALSE_ALARMS,
    ) -> Assignment:
        """Place new images in the clusters or in none; nothing is fitted again. See :func:`assignment.assign`."""
        known = KnownImages([image.sha256 for image in self.table.images], self.labels, self.confidences)
        return assign(self.model, table, content=content, false_alarms=false_alarms, known=known)

    def launder(
        self,
        locate: Mapping[str, str] | None = None,
        *,
        windows: str = "auto",
        jobs: int | None = None,
        rules: ReadingRules | None = None,
        progress: Progress | None = None,
    ) -> ClusterResult:
        """The same result, knowing whether its clusters survive light changes of the files.

        `locate` says where the file of each path is. See :func:`forensic_style.laundering.launder`.

        Raises
        ------
        ParameterError, TableError
            where there is one cluster or no image to try, and where a file is gone or changed.
        """
        start = time.perf_counter()
        fragility = launder(
            self.table,
            self.labels,
            self.joins,
            self.model,
            content=self.content,
            locate=locate,
            windows=windows,
            jobs=jobs,
            rules=rules,
            progress=progress,
        )
        timings = {**self.timings, "launder": round(time.perf_counter() - start, 3)}
        return replace(self, fragility=fragility, timings=timings)

    def save(self, folder: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the run folder."""
        from forensic_style.run import save_run  # the one arrow upwards: a result saves itself

        save_run(self, folder, force=force)

    def plot_dendrogram(self, *, most_leaves: int = 40) -> Figure:
        """The tree of the images as a matplotlib figure, see :func:`forensic_style.plots.plot_dendrogram`."""
        from forensic_style.plots import plot_dendrogram

        return plot_dendrogram(self, most_leaves=most_leaves)

    def plot_map(self) -> Figure:
        """The images as dots in the plane, see :func:`forensic_style.plots.plot_map`."""
        from forensic_style.plots import plot_map

        return plot_map(self)

    def plot_families(self) -> Figure:
        """What sets clusters apart, family by family, see :func:`forensic_style.plots.plot_families`."""
        from forensic_style.plots import plot_families

        return plot_families(self)
