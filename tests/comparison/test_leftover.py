"""Intervals of the content left in clusters."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.comparison.leftover import estimate_leakage
from forensic_style.evaluation.leakage import measure_leakage


def estimate(
    clusters: NDArray[np.intp], styles: NDArray[np.intp], scenes: NDArray[np.intp]
) -> tuple[float, float, float]:
    labels = styles.astype(str).tolist(), scenes.astype(str).tolist()
    leakage = measure_leakage(clusters, *labels)
    assert leakage is not None
    return leakage.share, *estimate_leakage(clusters, *labels, leakage)


def measure_share(cells: NDArray[np.float64]) -> float:
    """What content tells of clusters beyond styles in very many images: cells of clusters, styles and scenes."""

    def entropy(shares: NDArray[np.float64]) -> float:
        return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())

    told = entropy(cells.sum(axis=2)) + entropy(cells.sum(axis=0)) - entropy(cells) - entropy(cells.sum(axis=(0, 2)))
    return told / entropy(cells.sum(axis=(1, 2)))


def list_populations() -> list[NDArray[np.float64]]:
    """Clusters that follow the style, the scene, or neither; styles and scenes together or apart."""
    populations = []
    for (n_styles, n_scenes), follow, right, together in itertools.product(
        ((2, 2), (3, 5), (5, 8)), (0.0, 0.1, 0.5), (0.3, 0.9, 1.0), (0.0, 0.4)
    ):
        both = np.full((n_styles, n_scenes), (1 - together) / n_styles / n_scenes)
        for number in range(max(both.shape)):
            both[number % n_styles, number % n_scenes] += together / max(both.shape)
        cells = np.zeros((n_styles, *both.shape))
        for style, scene in np.ndindex(both.shape):
            cells[:, style, scene] += (1 - follow) * (1 - right) / n_styles
            cells[style, style, scene] += (1 - follow) * right
            cells[scene % n_styles, style, scene] += follow
        populations.append(cells * both)
    return populations


def test_intervals_hold_the_true_share() -> None:
    generator = np.random.default_rng(0)
    held = []
    for cells, n_images in itertools.product(list_populations(), (60, 200)):
        truth = measure_share(cells)
        for _ in range(2):
            drawn = np.unravel_index(generator.choice(cells.size, size=n_images, p=cells.ravel()), cells.shape)
            _, low, high = estimate(*drawn)
            held.append(low - 1e-9 <= truth <= high + 1e-9)
    assert np.mean(held) >= 0.93


def test_perfect_clusters_of_few_images_are_no_proof() -> None:
    ends = []
    for size in (5, 100):
        styles, scenes = (np.tile(each.ravel(), size) for each in np.indices((3, 4)))
        share, low, high = estimate(styles, styles, scenes)
        assert (share, low) == (pytest.approx(0, abs=1e-9), 0)
        ends.append(high)
    assert 0.01 < ends[0] < 0.3
    assert 0 < ends[1] < 0.1 * ends[0] * 2


def test_clusters_that_are_the_scenes() -> None:
    styles, scenes = (np.tile(each.ravel(), 20) for each in np.indices((3, 4)))
    share, low, high = estimate(scenes, styles, scenes)
    assert share > 0.95
    assert low > 0.85
    assert high == 1


def test_one_cluster_leaves_nothing_to_explain() -> None:
    styles, scenes = (np.tile(each.ravel(), 5) for each in np.indices((2, 2)))
    assert estimate(np.zeros(20, dtype=np.intp), styles, scenes) == (0, 0, 0)
