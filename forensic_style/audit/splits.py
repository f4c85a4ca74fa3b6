"""The audit of every split of the tree of clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forensic_style.audit.alignment import align
from forensic_style.audit.properties import Property
from forensic_style.audit.records import SplitAudit
from forensic_style.audit.removal import ask_removal, dies
from forensic_style.clusters.joins import Join

MOST_SPLITS = 30  # from the top; there are more only where somebody asked for more than 31 clusters


def audit_splits(
    properties: Sequence[Property],
    X: NDArray[np.float64],
    labels: NDArray[np.intp],
    joins: Sequence[Join],
    *,
    random_state: int = 0,
) -> tuple[SplitAudit, ...]:
    """Compare the two sides of every split with every property, and ask what is left without those that decide them.

    Parameters
    ----------
    properties : of the images
    X : float64 array, shape (n_images, n_columns), what was clustered
    labels : integer array, shape (n_images,), clusters, 0 to n_clusters - 1
    joins : the splits, the one of all images first
    random_state : seed of the shuffles
    """
    return tuple(_audit_split(properties, X, labels, join, random_state) for join in joins[:MOST_SPLITS])


def _audit_split(
    properties: Sequence[Property],
    X: NDArray[np.float64],
    labels: NDArray[np.intp],
    join: Join,
    random_state: int,
) -> SplitAudit:
    sides = join.take_sides(labels)
    rows = np.flatnonzero(sides >= 0)
    kept = [one.select(rows) for one in properties]
    found = [
        ask_removal(
            align(one, sides[rows], random_state),
            one,
            X[rows],
            sides[rows],
            parts=labels[rows],
            random_state=random_state,
        )
        for one in kept
        if one.n_values > 1
    ]
    closest = tuple(sorted(found, key=lambda one: -one.decided))  # stable: equal ones stay in the order of properties
    return SplitAudit(join, len(rows), closest, tuple(one.confound for one in closest if dies(one)))
