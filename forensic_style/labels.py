"""Labels as a user may give them -> one per image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forensic_style.clusters.partition import as_labels
from forensic_style.errors import ParameterError
from forensic_style.table import FingerprintTable

Labels = str | Sequence[str | None] | Mapping[str, str | None]


def read_labels(table: FingerprintTable, labels: Any, *, what: str = "content labels") -> list[str] | None:
    """The label of each image of a table, "" where unknown, or None where there are none at all.

    Parameters
    ----------
    table : whose images are labelled
    labels : a column of the manifest, a sequence in the order of `table.paths`, or a mapping from path to label (a
        pandas Series indexed by paths is one); or None
    what : they are, for the message

    Raises
    ------
    TableError
        where the manifest has no such column.
    ParameterError
        where a sequence is of another length.
    """
    if labels is None:
        return None
    if isinstance(labels, str):
        return table.read_labels(labels)
    if hasattr(labels, "to_dict") and set(table.paths) & set(labels.index):
        labels = labels.to_dict()
    if isinstance(labels, Mapping):
        return as_labels([labels.get(path) for path in table.paths])
    if len(labels) != len(table.images):
        raise ParameterError(
            f"There are {len(table.images)} images and {len(labels)} {what}. Give one label per image, in the order of "
            "table.paths."
        )
    return as_labels(labels)
