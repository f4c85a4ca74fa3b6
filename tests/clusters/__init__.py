"""Tests of clustering."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.clustering import StyleClustering
from forensic_style.clusters.splitting import TopDown
from forensic_style.clusters.witnesses import gather_witnesses


def draw_tails(seed: int, *, distance: float) -> tuple[NDArray, NDArray]:
    """Two clouds of 60 a distance apart in the first of 12 columns, with long tails in the others."""
    generator = np.random.default_rng(seed)
    clouds = np.arange(120) % 2
    X = generator.normal(size=(120, 12))
    X[:, 1:] *= np.minimum(np.exp(1.5 * generator.normal(size=(120, 1))), 30.0)
    X[:, 0] += distance * clouds
    return X, clouds


def draw_clouds(seed: int, sizes: tuple[int, ...], *, distance: float = 12.0) -> tuple[NDArray, NDArray]:
    """Round clouds in 5 columns, in a line one distance apart, and the cloud of each row."""
    generator = np.random.default_rng(seed)
    clouds = generator.permutation(np.repeat(np.arange(len(sizes)), sizes))
    X = generator.normal(size=(len(clouds), 5))
    X[:, 1] += distance * clouds
    return X, clouds


def grow(**settings: float) -> TopDown:
    """As StyleClustering does, but for the settings given."""
    return TopDown(**{field.name: getattr(StyleClustering(), field.name) for field in fields(TopDown)} | settings)


def count_clusters(X: NDArray, **witnesses) -> int:
    labels, _ = grow().split(X, gather_witnesses(**witnesses) if witnesses else None)
    return len(np.unique(labels))
