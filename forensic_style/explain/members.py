"""Which images of a cluster to show: the most typical and the most doubtful."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DOUBTFUL = 0.95  # confidence below which an image may be shown as doubtful


def choose_images(
    coordinates: NDArray[np.float64], confidences: NDArray[np.float64], *, n_typical: int, n_doubtful: int
) -> tuple[list[int], list[int]]:
    """Choose whom to show of one cluster, at most half of it as doubtful, and nobody twice.

    Parameters
    ----------
    coordinates : float64 array, shape (n_images, n_directions), of the cluster's images
    confidences : float64 array, shape (n_images,), 0..1

    Returns
    -------
    Numbers of the most typical images, the nearest to the mean first, and of the doubtful, least confident first.
    """
    least_sure = np.argsort(confidences, kind="stable")[: min(n_doubtful, len(confidences) // 2)].tolist()
    doubtful = [number for number in least_sure if confidences[number] < DOUBTFUL]
    distances = np.linalg.norm(coordinates - coordinates.mean(axis=0), axis=1)
    nearest = np.argsort(distances, kind="stable").tolist()
    return [number for number in nearest if number not in doubtful][:n_typical], doubtful
