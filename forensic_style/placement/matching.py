"""What a model needs of a table of fingerprints: families, versions, columns; and what it learns of its members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forensic_style.errors import TableError
from forensic_style.families import CATALOGUE
from forensic_style.placement.model import StyleModel
from forensic_style.placement.rejection import MemberDistances
from forensic_style.table import FingerprintTable
from forensic_style.threads import one_thread_for_algebra


def name_families(model: StyleModel) -> list[str]:
    """Names of the families that a model needs, which this version of the package measures.

    Raises
    ------
    TableError
        where one is of another version, or not known.
    """
    versions = {family.name: family.version for family in CATALOGUE}
    for name, version in model.family_versions.items():
        if versions.get(name) != version:
            message = f"The run needs version {version} of the family {name}, and this forensic_style has"
            if name in versions:
                raise TableError(f"{message} version {versions[name]}. Run cluster again.")
            raise TableError(
                f"{message} none. Run cluster again, or, where the run was made from a table (embed), make one of the "
                "new images in the same way and place it with Run.assign in Python."
            )
    return list(model.family_versions)


def read_values(model: StyleModel, table: FingerprintTable) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    """Fingerprints in the order of the model's columns, and which are no measurements."""
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
    return chosen.values[:, places], missing


def find_blank(model: StyleModel, table: FingerprintTable) -> NDArray[np.bool_]:
    """Which images have none of the model's families, shape (n_images,)."""
    return np.all(table.select_families(list(model.family_versions)).missing, axis=1)


def learn_members(
    model: StyleModel, table: FingerprintTable, labels: NDArray[np.intp], *, content: Sequence[str] | None = None
) -> StyleModel:
    """The same model, knowing what the members of its clusters show.

    Parameters
    ----------
    table : the fingerprints that were clustered
    labels : integer array, shape (n_images,), the cluster of each image; -1 takes no part
    content : labels of the images, "" where unknown, or None
    """
    if not (labels >= 0).any():
        return model
    order = np.array(sorted(range(len(table.images)), key=lambda number: table.images[number].sha256))
    ordered = table.select_images(order)  # an order that depends on neither names nor the order of the input
    values, missing = read_values(model, ordered)
    standardized = model.scaler.transform(values, missing=missing)
    contents = None if content is None else np.array(content, dtype=object)[order][ordered.groups]
    with one_thread_for_algebra():
        members = MemberDistances().fit(
            standardized,
            labels[order][ordered.groups],
            groups=ordered.groups,
            content=contents,
            measured=None if missing is None else ~missing.all(axis=0),
        )
    return replace(model, members=members)
