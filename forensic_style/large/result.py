"""LargeResult: what was found in many images."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from forensic_style.large.labels import Asked
from forensic_style.large.records import LargeFigures
from forensic_style.large.source import LargeSource
from forensic_style.large.trees import TreeOfAll
from forensic_style.result import ClusterResult


@dataclass(frozen=True, eq=False)
class LargeResult:
    """What the clustering of many images found.

    Parameters
    ----------
    sample : everything that was found in the images that were searched; clusters have the same numbers there and here
    labels : int32 array, shape (n_images,), in the order of the source; -1 for images that belong to none
    confidences : float32 array, shape (n_images,), 0..1; of images outside the sample the mean confidence of the
        sample's images whose mean row lies as clearly in its cluster
    hashes : uint64 array, shape (n_images,), the first eight bytes of each file's SHA-256
    tree : over all images
    figures : sizes, losses, errors
    asked : what was known of the images
    timings : seconds per step, those of the sample apart
    source : of the images
    """

    sample: ClusterResult
    labels: NDArray[np.int32]
    confidences: NDArray[np.float32]
    hashes: NDArray[np.uint64]
    tree: TreeOfAll
    figures: LargeFigures
    asked: Asked
    timings: Mapping[str, float]
    source: LargeSource = field(repr=False)

    def __repr__(self) -> str:
        """A line, not the values."""
        sizes = ", ".join(str(size) for size in self.sizes)
        return f"LargeResult({len(self.labels)} images, {self.n_clusters} clusters of {sizes})"

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return self.sample.n_clusters

    @property
    def sizes(self) -> list[int]:
        """Images in each cluster."""
        return list(self.figures.sizes)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the user."""
        return self.sample.warnings

    def save(self, folder: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the run folder."""
        from forensic_style.run.large import save_large  # the one arrow upwards: a result saves itself

        save_large(self, folder, force=force)
