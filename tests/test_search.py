"""The search for the partition with the most evidence."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from forensic_style.search import find_styles

Drawn = tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp], NDArray[np.object_]]


def draw_windows(seed: int, *, skew: float, n_contents: int = 4, content: float = 3.0, spread: float = 1.0) -> Drawn:
    """Four windows each of 120 images of two styles, 8 deviations apart in the first of five columns.

    The share of the first style is skew in even contents and 1 - skew in odd ones; `spread` is the standard deviation
    of the second style's images.
    """
    generator = np.random.default_rng(seed)
    codes = np.arange(120) % n_contents
    styles = (generator.random(120) < np.where(codes % 2 == 0, skew, 1 - skew)).astype(np.intp)
    images = generator.normal(size=(120, 5)) * np.where(styles == 1, spread, 1.0)[:, None]
    images += generator.normal(0, content, (n_contents, 5))[codes]
    images[:, 0] += 8 * styles
    groups = np.repeat(np.arange(120), 4)
    return images[groups] + generator.normal(0, 0.5, (480, 5)), groups, styles, codes.astype(str).astype(object)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("skew", [0.5, 0.8])
def test_crossed_content_is_removed(seed: int, skew: float) -> None:
    windows, groups, styles, content = draw_windows(seed, skew=skew)
    found = find_styles(windows, groups, content=content, n_clusters=2)
    assert adjusted_rand_score(styles, found.best.clustering.labels_) > 0.95
    assert not found.best.content_left_in
    assert not found.is_confounded


@pytest.mark.parametrize("n_contents", [2, 6])
def test_content_of_one_style_each_is_left_in_and_reported(n_contents: int) -> None:
    windows, groups, styles, content = draw_windows(0, skew=1.0, n_contents=n_contents, content=0.5)
    found = find_styles(windows, groups, content=content, n_clusters=2)
    assert found.is_confounded
    assert found.dependence == pytest.approx(1.0)
    assert found.best.content_left_in
    np.testing.assert_array_equal(
        found.best.clustering.labels_ == found.best.clustering.labels_[0], styles == styles[0]
    )


def test_number_is_tested_after_the_content_is_removed() -> None:
    windows, groups, styles, content = draw_windows(1, skew=0.5, content=6.0)
    found = find_styles(windows, groups, content=content)
    assert adjusted_rand_score(styles, found.best.clustering.labels_) > 0.95
    assert [split.accepted for split in found.splits] == [True, False, False]


def test_one_style_is_one_cluster_whatever_its_contents() -> None:
    windows, groups, _, content = draw_windows(2, skew=0.5)
    windows[:, 0] = np.random.default_rng(0).normal(size=len(windows))
    assert find_styles(windows, groups, content=content).best.clustering.n_clusters_ == 1


def test_without_content_there_is_no_dependence() -> None:
    windows, groups, _, _ = draw_windows(3, skew=0.5, content=0.0)
    found = find_styles(windows, groups, n_clusters=2)
    assert np.isnan(found.dependence)
    assert not found.best.content_left_in
    assert not found.is_confounded


def test_distances_are_limited_where_one_style_scatters_widely() -> None:
    generator = np.random.default_rng(0)
    styles = np.repeat(np.arange(3), 40)
    images = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 40.0]])[styles] + generator.normal(size=(120, 2))
    images[styles == 2, 1] += generator.normal(0, 12, 40)
    groups = np.repeat(np.arange(120), 4)
    windows = images[groups] + generator.normal(0, 0.3, (480, 2))
    found = find_styles(windows, groups, n_clusters=3)
    assert found.best.limiter is not None
    assert adjusted_rand_score(styles, found.best.clustering.labels_) > 0.8
