"""Labels of many images: read from the manifest or a mapping, a few at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forensic_style.arguments import read_numbers
from forensic_style.clusters.partition import as_labels
from forensic_style.errors import ParameterError
from forensic_style.labels import Labels
from forensic_style.result import ClusterResult
from forensic_style.table import FingerprintTable, ImageRecord

ManyLabels = str | Mapping[str, str | None]


@dataclass(frozen=True, eq=False)
class Asked:
    """What is known of the images beside their fingerprints.

    Parameters
    ----------
    content, known : a column of the manifest, a mapping from path to label, or None
    covariates : columns of the manifest
    """

    content: ManyLabels | None = None
    known: ManyLabels | None = None
    covariates: tuple[str, ...] = ()

    @classmethod
    def of(cls, content: Labels | None, known: Labels | None, covariates: Sequence[str]) -> Asked:
        """What was given, where it can be read a few images at a time.

        Raises
        ------
        ParameterError
            where it is a bare sequence.
        """
        return cls(_check(content, "content"), _check(known, "known styles"), tuple(covariates))

    def read_content(self, images: Sequence[ImageRecord]) -> list[str] | None:
        """What each image shows, "" where unknown."""
        return read_many(self.content, images)

    def read_known(self, images: Sequence[ImageRecord]) -> list[str] | None:
        """The known style of each image, "" where unknown."""
        return read_many(self.known, images)

    def read_covariates(self, table: FingerprintTable) -> NDArray[np.float64] | None:
        """Numbers of each image, shape (n_images, n_covariates), NaN where unknown."""
        if not self.covariates:
            return None
        blank = dict.fromkeys(self.covariates, "")
        images = tuple(replace(image, labels=blank | image.labels) for image in table.images)
        return read_numbers(replace(table, images=images), self.covariates)

    def check(self, table: FingerprintTable) -> None:
        """Make sure that the columns are there, by a sample.

        Raises
        ------
        TableError
            where the manifest has no such column.
        """
        for column in (self.content, self.known, *self.covariates):
            if isinstance(column, str):
                table.read_labels(column)

    def name_columns(self, result: ClusterResult) -> ClusterResult:
        """The same result, its settings saying where labels came from."""
        columns = {"content": self.content, "known": self.known}
        named = {name: column for name, column in columns.items() if isinstance(column, str)}
        if self.covariates:
            named["covariates"] = ",".join(self.covariates)
        return replace(result, settings={**result.settings, **named})


def read_many(labels: ManyLabels | None, images: Sequence[ImageRecord]) -> list[str] | None:
    """The label of each image, "" where unknown; None where there are none at all."""
    if labels is None:
        return None
    if isinstance(labels, str):
        return as_labels([image.labels.get(labels, "") for image in images])
    return as_labels([labels.get(image.path) for image in images])


def _check(labels: Labels | None, what: str) -> ManyLabels | None:
    if labels is None or isinstance(labels, str | Mapping):
        return labels
    if hasattr(labels, "to_dict"):  # a pandas Series of paths
        return dict(labels.to_dict())
    raise ParameterError(
        f"The {what} of many images must be a column of the manifest, or a mapping from path to label. "
        f"Got {type(labels).__name__} instead."
    )
