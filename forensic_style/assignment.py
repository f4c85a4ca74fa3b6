"""New images -> clusters of a finished run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.errors import TableError
from forensic_style.model import StyleModel
from forensic_style.table import FingerprintTable


@dataclass(frozen=True)
class Assignment:
    """Clusters of new images.

    Parameters
    ----------
    paths : of the images
    clusters : integer array, shape (n_images,)
    confidences : float64 array, shape (n_images,), 0..1
    """

    paths: list[str]
    clusters: NDArray[np.intp]
    confidences: NDArray[np.float64]


def assign(model: StyleModel, table: FingerprintTable, *, content: Sequence[str] | None = None) -> Assignment:
    """Place new images in the clusters of a model.

    Parameters
    ----------
    table : fingerprints of at least the families of the model, in the same versions
    content : labels of the images; unknown ones are taken as average

    Raises
    ------
    TableError
        where families or versions differ, or nothing was measured.
    """
    if not table.images:
        raise TableError("None of the images could be measured, so there is nothing to assign.")
    versions = {family.name: family.version for family in table.families}
    for name, version in model.family_versions.items():
        if versions.get(name) != version:
            found = versions.get(name, "none")
            message = f"The run needs version {version} of the family {name}, the table has {found}. Extract it again."
            raise TableError(message)
    chosen = table.select_families(list(model.family_versions))
    if sorted(chosen.columns) != sorted(model.columns):
        raise TableError("The columns of the table are not those of the run, of the same version. Extract it again.")
    place_of = {name: place for place, name in enumerate(chosen.columns)}
    places = [place_of[name] for name in model.columns]
    missing = None if chosen.missing_values is None else chosen.missing_values[:, places]
    images, windows = model.project(chosen.values[:, places], groups=chosen.groups, content=content, missing=missing)
    clusters = model.clustering.predict(images)
    return Assignment(table.paths, clusters, model.weigh(windows, groups=chosen.groups, labels=clusters))
