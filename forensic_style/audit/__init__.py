"""What else could explain the clusters, and what the files claim against what their pixels show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forensic_style.audit.alignment import align, measure_alignments
from forensic_style.audit.claims import audit_claims, warn_of_claims
from forensic_style.audit.properties import CONTENT, list_properties
from forensic_style.audit.records import Alignment, Audit, ClaimCount, ClaimsAudit, Contradiction, SplitAudit
from forensic_style.audit.removal import ask_removal
from forensic_style.audit.sentences import note, warn
from forensic_style.audit.splits import audit_splits
from forensic_style.clusters.joins import Join
from forensic_style.table import ImageRecord

__all__ = [
    "CONTENT",
    "Alignment",
    "Audit",
    "ClaimCount",
    "ClaimsAudit",
    "Contradiction",
    "SplitAudit",
    "audit_clusters",
    "measure_alignments",
    "warn_of_claims",
]


def audit_clusters(
    images: Sequence[ImageRecord],
    labels: NDArray[np.intp],
    X: NDArray[np.float64],
    joins: Sequence[Join],
    *,
    content: Sequence[str] | None = None,
    random_state: int = 0,
) -> Audit:
    """Look for what else could explain clusters.

    Parameters
    ----------
    images : all that were clustered
    labels : integer array, shape (n_images,), clusters; images of none (-1) are left out
    X : float64 array, shape (n_images, n_columns), what was clustered
    joins : splits of the tree of clusters
    content : label of each image, "" where unknown, or None
    random_state : seed of the shuffles

    Returns
    -------
    Audit; without alignments of properties that never vary, and without splits for a single cluster.
    """
    placed = np.flatnonzero(labels >= 0).tolist()
    rows, clusters = X[placed], labels[placed]
    properties = list_properties(
        [images[number] for number in placed], None if content is None else [content[number] for number in placed]
    )
    splits = audit_splits(properties, rows, clusters, joins, random_state=random_state)
    dying = {name for split in splits for name in split.dies_without}
    alignments = tuple(
        ask_removal(
            align(one, clusters, random_state),
            one,
            rows,
            clusters,
            is_asked=one.name in dying,
            random_state=random_state,
        )
        for one in properties
    )
    return Audit(
        alignments,
        splits,
        audit_claims(images, labels, X),
        warnings=warn(alignments, splits),
        notes=note(alignments, splits),
    )
