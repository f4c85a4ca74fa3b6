"""How far the content alone decides the cluster."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def measure_dependence(labels: NDArray[np.intp], content: Sequence[str]) -> float:
    """How far the content alone decides the cluster.

    Among pairs of images of one content, the share that are in one cluster, corrected for the share among all pairs:
    1 where each content lies in one cluster, 0 where clusters ignore content, below 0 where each content is spread
    over the clusters more evenly than by chance. Blank labels are left out.

    Returns
    -------
    At most 1; nan where no content has two images, or all images are in one cluster.

    Source
    ------
    Cohen's correction for chance (1960), on pairs.
    """
    known = np.array([bool(label) for label in content], dtype=bool)
    _, codes = np.unique(np.asarray(content, dtype=str)[known], return_inverse=True)
    within = _count_pairs(codes)
    expected = _count_pairs(labels[known]) / max(1, _count_pairs(np.zeros(len(codes), dtype=np.intp)))
    if within == 0 or expected == 1.0:
        return float("nan")
    both = _count_pairs(codes * (labels.max() + 1) + labels[known])
    return float((both / within - expected) / (1.0 - expected))


def _count_pairs(codes: NDArray[np.intp]) -> float:
    """Pairs of rows of the same code."""
    counts = np.unique(codes, return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1)).sum() / 2)
