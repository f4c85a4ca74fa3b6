"""Mean rows of images -> the space of a model's clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.partition import average_parts, measure_distances
from forensic_style.content.adjust import ContentAdjuster
from forensic_style.placement.matching import read_values
from forensic_style.placement.model import StyleModel
from forensic_style.result import ClusterResult
from forensic_style.search.trust import MOST_DIRECTIONS
from forensic_style.search.views import Nuisances
from forensic_style.table import FingerprintTable


@dataclass(frozen=True, eq=False)
class Projector:
    """Brings images to the space of a result's clusters, and to the one in which odd images are looked for.

    Parameters
    ----------
    model : of the result
    odd_adjuster : removes the content in the leading directions, or None where nothing is to be removed
    n_leading : number of these directions
    """

    model: StyleModel
    odd_adjuster: ContentAdjuster | None
    n_leading: int

    @classmethod
    def of(cls, result: ClusterResult, covariates: NDArray[np.float64] | None) -> Projector:
        """Learn what the result itself does not keep. `covariates` are those of its images."""
        model, table = result.model, result.table
        n_leading = max(2, min(MOST_DIRECTIONS, len(table.images) // 10))
        shown = _take_removed(model, result.content, covariates)
        if shown.is_empty:
            return cls(model, None, n_leading)
        rows = average_parts(_project(model, table), table.groups)[:, :n_leading]
        adjuster = ContentAdjuster(result.n_clusters)
        adjuster.fit(rows, content=shown.content, covariates=shown.covariates, style=result.labels)
        return cls(model, adjuster, n_leading)

    @property
    def centres(self) -> NDArray[np.float64]:
        """Centres of the result's clusters, shape (n_clusters, n_dimensions)."""
        clustering = self.model.clustering
        return np.asarray(clustering.cluster_centers_ @ clustering.metric_)

    def place(
        self, block: FingerprintTable, content: list[str] | None, covariates: NDArray[np.float64] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Coordinates of images in the metric of the clusters, and in the leading directions without any limit.

        Parameters
        ----------
        block : one mean row per image
        content, covariates : of its images, or None. Contents that the sample does not show are taken as average

        Returns
        -------
        float32 arrays, shapes (n_images, n_dimensions) and (n_images, n_leading)
        """
        model, shown = self.model, _take_removed(self.model, content, covariates)
        rows = _project(model, block)
        images = rows if model.limiter is None else model.limiter.transform(rows)
        images = _remove(model.adjuster, images, shown)
        leading = _remove(self.odd_adjuster, rows[:, : self.n_leading], shown)
        return (images @ model.clustering.metric_).astype(np.float32), leading.astype(np.float32)

    def find_nearest(
        self, block: FingerprintTable, content: list[str] | None, covariates: NDArray[np.float64] | None
    ) -> NDArray[np.intp]:
        """Nearest of the result's clusters for each image."""
        coordinates, _ = self.place(block, content, covariates)
        return measure_distances(coordinates.astype(np.float64), self.centres).argmin(axis=1)

    def list_contents(self) -> set[str]:
        """The contents that were removed; none where nothing was."""
        return set(self.model.adjuster.contents_.tolist()) if len(self.model.adjuster.contents_) > 1 else set()


def _project(model: StyleModel, table: FingerprintTable) -> NDArray[np.float64]:
    values, missing = read_values(model, table)
    return model.space.transform(model.scaler.transform(values, missing=missing))


def _take_removed(model: StyleModel, content: Any, covariates: NDArray[np.float64] | None) -> Nuisances:
    """What the model removes: content only where it was not left in."""
    is_removed = content is not None and len(model.adjuster.contents_) > 1
    return Nuisances(np.array(content, dtype=object) if is_removed else None, covariates)


def _remove(adjuster: ContentAdjuster | None, rows: NDArray[np.float64], shown: Nuisances) -> NDArray[np.float64]:
    if adjuster is None or shown.is_empty:
        return rows
    return adjuster.transform(rows, content=shown.content, covariates=shown.covariates)
