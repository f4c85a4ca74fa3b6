"""What is evaluated: the labels of a result, a run or a plain sequence, and the labels known of its images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.partition import as_labels
from forensic_style.errors import ParameterError
from forensic_style.result import ClusterResult
from forensic_style.run import Run
from forensic_style.run.large import LargeRun
from forensic_style.table import FingerprintTable

KnownLabels = str | Sequence[str | None] | Mapping[str, str | None]


@dataclass(frozen=True, eq=False)
class Clustered:
    """Images and their clusters.

    Parameters
    ----------
    labels : integer array, shape (n_images,), -1 where an image belongs to no cluster
    paths : of the images; None where only labels are known
    content : of each image, "" where unknown; None where there is none
    table : the fingerprints; None where there are none
    """

    labels: NDArray[np.intp]
    paths: list[str] | None = None
    content: list[str] | None = None
    table: FingerprintTable | None = None

    def read_labels(self, labels: Any, what: str) -> list[str]:
        """A label for each image, "" where unknown: from a column of the manifest, a mapping or a sequence.

        Raises
        ------
        ParameterError, TableError
            where they do not fit the images.
        """
        if isinstance(labels, str):
            if self.table is None:
                message = f"The {what} is the column {labels!r} of a manifest, but no manifest is known here."
                raise ParameterError(f"{message} Give a label per image.")
            return self.table.read_labels(labels)
        if hasattr(labels, "to_dict") and set(self.paths or ()) & set(labels.index):  # a pandas Series of paths
            labels = labels.to_dict()
        if isinstance(labels, Mapping):
            return self._look_up(labels, what)
        if len(labels) != len(self.labels):
            raise ParameterError(
                f"There are {len(self.labels)} images and {len(labels)} labels for the {what}. Give one label per "
                "image, in the same order, or a mapping from path to label."
            )
        return as_labels(labels)

    def _look_up(self, labels: Mapping[str, str | None], what: str) -> list[str]:
        if self.paths is None:
            raise ParameterError(f"The {what} names paths, but only labels were given. Give a label per image.")
        if labels and not set(labels) & set(self.paths):
            raise ParameterError(
                f"None of the paths of the {what} is that of an image: {next(iter(labels))!r} there, "
                f"{self.paths[0]!r} here. Name the images as in clusters.csv."
            )
        return as_labels([labels.get(path) for path in self.paths])


def read_clustered(result: Any) -> Clustered:
    """The images and clusters of a ClusterResult, a Run, or plain labels.

    Raises
    ------
    ParameterError
        where plain labels are not whole numbers.
    """
    if isinstance(result, ClusterResult):
        content = None if result.content is None else list(result.content)
        return Clustered(result.labels, result.table.paths, content, result.table)
    if isinstance(result, Run):
        is_there = (result.folder / "fingerprints").exists() and not isinstance(result, LargeRun)
        table = result.table if is_there else None
        return Clustered(result.labels, result.paths, result.content, table)
    labels = np.asarray(result)
    if labels.ndim != 1 or not len(labels) or labels.dtype.kind not in "iu":
        raise ParameterError(
            f"evaluate takes a ClusterResult, a run as load_run gives it, or whole numbers, one for each image, -1 "
            f"where it belongs to no cluster. Got {type(result).__name__} of {labels.dtype}, shape {labels.shape}."
        )
    return Clustered(labels.astype(np.intp))
