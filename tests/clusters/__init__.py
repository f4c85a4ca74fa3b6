"""Tests of clustering."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def draw_tails(seed: int, *, distance: float) -> tuple[NDArray, NDArray]:
    """Two clouds of 60 a distance apart in the first of 12 columns, with long tails in the others."""
    generator = np.random.default_rng(seed)
    clouds = np.arange(120) % 2
    X = generator.normal(size=(120, 12))
    X[:, 1:] *= np.minimum(np.exp(1.5 * generator.normal(size=(120, 1))), 30.0)
    X[:, 0] += distance * clouds
    return X, clouds
