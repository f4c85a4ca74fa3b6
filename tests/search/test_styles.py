"""The search for the partition with the most evidence."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from forensic_style.search.styles import StylesFound, find_number, find_styles
from forensic_style.search.views import Nuisances

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
    assert found.confounding is not None
    assert found.confounding.dependence == pytest.approx(1.0)
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


def test_without_content_nothing_is_confounded() -> None:
    windows, groups, _, _ = draw_windows(3, skew=0.5, content=0.0)
    found = find_styles(windows, groups, n_clusters=2)
    assert found.confounding is None
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


def draw_files(seed: int, kinds: NDArray[np.intp], *, apart: float) -> Drawn:
    """Four windows each of 120 images of two styles, `apart` deviations apart in the first of five columns of pixels.

    Then 30 columns that say of what kind the file is, the same in all its windows.
    """
    generator = np.random.default_rng(seed)
    styles, groups = np.arange(120) % 2, np.repeat(np.arange(120), 4)
    images = generator.normal(size=(120, 5))
    images[:, 0] += apart * styles
    looks = generator.normal(size=(int(kinds.max()) + 1, 30))[kinds]
    of_files = (looks - looks.mean(axis=0)) / np.maximum(looks.std(axis=0), 1e-12)
    pixels = images[groups] + generator.normal(0, 0.5, (480, 5))
    return np.hstack([pixels, of_files[groups]]), groups, styles, np.arange(35) >= 5


def measure_agreement(styles: NDArray[np.intp], found: StylesFound) -> float:
    return float(adjusted_rand_score(styles, found.best.clustering.labels_))


def test_files_lead_where_the_pixels_confirm_it() -> None:
    windows, groups, styles, unreplicated = draw_files(0, np.arange(120) % 2, apart=4)
    assert measure_agreement(styles, find_styles(windows[:, :5], groups, n_clusters=2)) < 0.95
    found = find_styles(windows, groups, n_clusters=2, unreplicated=unreplicated)
    assert measure_agreement(styles, found) == 1.0
    assert found.best.evidence.score > 0.5


@pytest.mark.parametrize("n_kinds", [2, 20])
@pytest.mark.parametrize("seed", range(2))
def test_files_that_have_nothing_to_do_with_the_pixels_ruin_nothing(n_kinds: int, seed: int) -> None:
    kinds = np.random.default_rng(seed).integers(0, n_kinds, 120)
    windows, groups, styles, unreplicated = draw_files(seed, kinds, apart=9)
    found = find_styles(windows, groups, n_clusters=2, unreplicated=unreplicated)
    assert measure_agreement(styles, found) > 0.9
    assert not found.best.space.leading


def test_pixels_that_show_nothing_lend_files_no_evidence() -> None:
    windows, groups, _, unreplicated = draw_files(0, np.random.default_rng(1).integers(0, 2, 120), apart=0)
    best = find_styles(windows, groups, n_clusters=2, unreplicated=unreplicated).best
    assert best.evidence.score < 0.5


def test_files_alone_are_judged_by_themselves() -> None:
    windows, groups, styles, unreplicated = draw_files(0, np.arange(120) % 2, apart=0)
    for columns in (windows[:, 5:], np.where(unreplicated, windows, 0.0)):
        found = find_styles(columns, groups, n_clusters=2, unreplicated=unreplicated[-columns.shape[1] :])
        assert measure_agreement(styles, found) == 1.0
        assert found.best.evidence is found.best.own_evidence
        assert found.best.inflation == 1.0


def test_files_that_are_all_alike_change_nothing() -> None:
    windows, groups, _, unreplicated = draw_files(0, np.zeros(120, dtype=np.intp), apart=4)
    one = find_styles(windows, groups, n_clusters=2, unreplicated=unreplicated)
    other = find_styles(windows[:, :5], groups, n_clusters=2)
    np.testing.assert_array_equal(one.best.clustering.labels_, other.best.clustering.labels_)
    assert one.best.evidence.score == pytest.approx(other.best.evidence.score)


def test_images_of_one_window_are_judged_by_others_alone() -> None:
    windows, groups, styles, unreplicated = draw_files(0, np.arange(120) % 2, apart=9)
    for mask in (None, unreplicated):
        found = find_styles(windows[::4], groups[::4], n_clusters=2, unreplicated=mask)
        assert measure_agreement(styles, found) > 0.9
        assert found.best.evidence.between_windows == 1.0


def test_number_survives_mixes_that_differ_between_contents() -> None:
    generator = np.random.default_rng(3)
    codes = np.repeat(np.arange(4), 40)
    likely = np.full((4, 4), 0.1) + 0.6 * np.eye(4)  # every content has a style of its own in 7 of 10 images
    styles = np.array([generator.choice(4, p=likely[code]) for code in codes])
    images = generator.normal(size=(160, 5)) + 9 * np.eye(4, 5)[styles]
    content = np.array([f"c{code}" for code in codes], dtype=object)
    found = find_number(images, Nuisances(content), linkage="ward", random_state=0)
    assert found.n_clusters_ == 4
    assert adjusted_rand_score(styles, found.labels_) > 0.9


def test_contents_left_in_are_no_technologies() -> None:
    generator = np.random.default_rng(4)
    codes = np.arange(120) % 3
    images = generator.normal(size=(120, 5)) + 12 * np.eye(3, 5)[codes]
    content = np.array([f"c{code}" for code in codes], dtype=object)
    assert find_number(images, Nuisances(content), linkage="ward", random_state=0).n_clusters_ == 1
    assert find_number(images, Nuisances(), linkage="ward", random_state=0).n_clusters_ == 3


def test_contents_beside_styles_in_one_direction_make_no_number_of_their_own() -> None:
    generator = np.random.default_rng(0)
    styles, codes = np.arange(120) % 2, generator.integers(0, 3, 120)
    images = generator.normal(size=(120, 6))
    images[:, 0] += 9 * styles + 9 * codes  # four places, the middle ones shared
    content = np.array([f"c{code}" for code in codes], dtype=object)
    assert find_number(images, Nuisances(content), linkage="ward", random_state=0).n_clusters_ == 2
