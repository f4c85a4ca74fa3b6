"""What else the clusters could be: agreement with properties of the files that are not technology."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score

from forensic_style.audit.records import Alignment
from forensic_style.table import ImageRecord

SUSPICIOUS = 0.7
CONTENT = "content"


def measure_alignments(
    images: Sequence[ImageRecord], labels: NDArray[np.intp], content: Sequence[str] | None
) -> tuple[Alignment, ...]:
    """Compare the clusters with file format, size in pixels, folder and content.

    Properties with one value for all images are left out.
    """
    properties: dict[str, Sequence[str]] = {
        "file format": [image.format for image in images],
        "image size": [f"{image.columns} x {image.rows}" for image in images],
        "folder": [os.path.dirname(image.path) for image in images],
    }
    if content is not None:
        properties[CONTENT] = content
    return tuple(
        Alignment(
            confound=name,
            n_values=len(set(values)),
            nmi=float(normalized_mutual_info_score(values, labels)),
            ami=float(adjusted_mutual_info_score(values, labels)),
            purity=_measure_purity(values, labels),
        )
        for name, values in properties.items()
        if len(set(values)) > 1
    )


def _measure_purity(values: Sequence[str], labels: NDArray[np.intp]) -> float:
    clusters: dict[int, Counter[str]] = {}
    for value, label in zip(values, labels.tolist(), strict=True):
        clusters.setdefault(label, Counter())[value] += 1
    return sum(max(counts.values()) for counts in clusters.values()) / len(values)


def warn_of_alignments(alignments: Sequence[Alignment], n_clusters: int) -> list[str]:
    """A sentence for each property of the files that the clusters follow closely.

    Content that decides the clusters is a matter of its own: style and content may be one in the collection.
    """
    return [
        f"The clusters follow the {alignment.confound} closely (adjusted mutual information "
        f"{alignment.ami:.2f}): it may be all that separates them."
        for alignment in alignments
        if n_clusters > 1 and alignment.ami >= SUSPICIOUS and alignment.confound != CONTENT
    ]
