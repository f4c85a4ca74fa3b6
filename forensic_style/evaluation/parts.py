"""What each fingerprint family, or each axis, finds alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forensic_style.errors import ForensicStyleError, ParameterError
from forensic_style.evaluation.agreement import Agreement, measure_agreement
from forensic_style.evaluation.counts import count_confusion
from forensic_style.evaluation.intervals import Interval, estimate_intervals
from forensic_style.pipeline import cluster
from forensic_style.table import FingerprintTable


@dataclass(frozen=True)
class PartScore:
    """Agreement of what some of the columns find alone, the number of technologies given.

    Parameters
    ----------
    kind : "axis" or "family"
    name : of the axis or family
    n_columns : measured by it
    agreement, intervals : as of all columns; None where it could not be clustered
    problem : why not
    """

    kind: str
    name: str
    n_columns: int
    agreement: Agreement | None
    intervals: dict[str, Interval]
    problem: str = ""


def score_parts(
    table: FingerprintTable, technologies: list[str], content: list[str] | None, *, by_axis: bool, by_family: bool
) -> tuple[PartScore, ...]:
    """Cluster all images by each axis and by each family alone, and score those whose technology is known."""
    axes = list(dict.fromkeys(family.axis for family in table.families))
    parts = [("axis", axis) for axis in axes if by_axis]
    parts += [("family", family.name) for family in table.families if by_family]
    return tuple(_score_part(table, kind, name, technologies, content) for kind, name in parts)


def _score_part(
    table: FingerprintTable, kind: str, name: str, technologies: list[str], content: list[str] | None
) -> PartScore:
    columns = table.select_families(axis=name) if kind == "axis" else table.select_families([name])
    known = np.array([bool(technology) for technology in technologies])
    names = [technology for technology in technologies if technology]
    try:
        labels = cluster(columns, content=content, n_clusters=len(set(names))).labels
    except ForensicStyleError as error:
        return PartScore(kind, name, len(columns.columns), None, {}, str(error))
    confusion = count_confusion(labels[known], names)
    agreement = measure_agreement(confusion)
    return PartScore(kind, name, len(columns.columns), agreement, estimate_intervals(confusion, agreement))


def check_parts(table: FingerprintTable | None) -> FingerprintTable:
    """The table that parts are clustered from.

    Raises
    ------
    ParameterError
        where there is none.
    """
    if table is None:
        raise ParameterError(
            "Families and axes can be scored alone only where the fingerprints are there. Give a run with its folder "
            "fingerprints, or a ClusterResult."
        )
    return table
