"""Slow twins of the kernels in `spectrum`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def cut_tapered_tiles(plane: Plane, taper: NDArray[np.float32], hop: int) -> NDArray[np.float64]:
    """(tile - mean) times taper[i] taper[j], for every tile that fits, in float64."""
    side = taper.size
    weight = np.outer(taper.astype(np.float64), taper.astype(np.float64))
    tiles = [
        plane[top : top + side, left : left + side].astype(np.float64)
        for top in range(0, plane.shape[0] - side + 1, hop)
        for left in range(0, plane.shape[1] - side + 1, hop)
    ]
    return np.array([(tile - tile.mean()) * weight for tile in tiles])


def average_by_label(values: NDArray[np.float64], labels: NDArray[np.int32], n_labels: int) -> NDArray[np.float64]:
    """Mean of the values of each label, 0 where there is none."""
    groups = [values[labels == label] for label in range(n_labels)]
    return np.array([group.mean() if group.size else 0.0 for group in groups])
