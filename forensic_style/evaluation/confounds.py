"""Properties of the files that go along with clusters, beside how far the technologies go along with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.audit import measure_alignments
from forensic_style.table import ImageRecord


@dataclass(frozen=True, slots=True)
class Confound:
    """Agreement of clusters and of technologies with one property that is not technology.

    Where the technologies follow it too, clusters that follow it may still be right, but these images cannot show it.

    Parameters
    ----------
    name : of the property
    n_values : different values it takes
    clusters, technologies : adjusted mutual information with the property, 0 by chance, 1 where one decides the other
    """

    name: str
    n_values: int
    clusters: float
    technologies: float


def compare_confounds(
    images: Sequence[ImageRecord], labels: NDArray[np.intp], technologies: list[str]
) -> tuple[Confound, ...]:
    """Compare each property of the audit, content apart, with clusters and with technologies."""
    codes = np.unique(np.array(technologies, dtype=str), return_inverse=True)[1]
    found, known = (measure_alignments(images, of, None) for of in (labels, codes))
    return tuple(
        Confound(one.confound, one.n_values, one.ami, other.ami) for one, other in zip(found, known, strict=True)
    )
