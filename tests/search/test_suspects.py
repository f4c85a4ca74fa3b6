"""Families that go with the content or the size of the files."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from forensic_style.family import Group
from forensic_style.search.family_shares import ALL, measure_shares
from forensic_style.search.styles import find_styles
from forensic_style.search.suspects import find_sound_styles, suspect_families, warn_of_suspects
from forensic_style.table import FamilyRecord

Floats = NDArray[np.float64]


def declare(name: str, size: int) -> FamilyRecord:
    return FamilyRecord(name, name, "acquisition", 1, (Group("values", size, "value", "values"),))


def as_content(labels: list[str]) -> NDArray[np.object_]:
    return np.array(labels, dtype=object)


def draw_suspects(what: str) -> tuple[Floats, NDArray[np.intp], NDArray[np.intp], NDArray[np.object_], Floats]:
    """Windows of 120 images: families noise and spam show the style, and a third of 12 columns the content or size."""
    generator = np.random.default_rng(3)
    n, groups = 120, np.repeat(np.arange(120), 4)
    styles, codes = np.arange(n) % 2, np.arange(n) // 2 % 4
    log_pixels = generator.uniform(16, 24, n)
    images = generator.normal(size=(n, 18))
    images[:, [0, 3]] += 6 * styles[:, None]
    of_size = np.sign(log_pixels - 20) * np.abs(log_pixels - 20) ** 0.5
    cause = generator.normal(size=(4, 12))[codes] if what == "content" else of_size[:, None]
    images[:, 6:] = 5 * cause + 0.3 * images[:, 6:]
    windows = images[groups] + generator.normal(0, 0.3, (4 * n, 18))
    sizes = np.column_stack([log_pixels, np.full(n, 8.0)])
    return windows / windows.std(axis=0), groups, styles, as_content([f"c{code}" for code in codes]), sizes


SUSPECTED = [declare("noise", 3), declare("spam", 3), declare("third", 12)]


def test_family_of_content_alone_is_suspected() -> None:
    windows, groups, styles, content, sizes = draw_suspects("content")
    shares = measure_shares(windows, groups, SUSPECTED, styles, content=content, confounds=sizes)
    assert [one.family for one in shares] == ["noise", "spam", "third", ALL]
    assert [one.style < 0.02 and (one.content or 0) > 0.5 for one in shares] == [False, False, True, False]
    (suspect,) = suspect_families(windows, groups, SUSPECTED, content=content, confounds=sizes)
    assert suspect.family == "third"
    assert suspect.content is not None
    assert suspect.content > 0.9
    assert suspect_families(windows, groups, SUSPECTED, confounds=sizes) == ()
    assert warn_of_suspects([suspect])[0].startswith(
        f"The family third was left out: the content alone explains {suspect.content:.0%} of what differs in it between"
    )


def test_family_of_size_is_suspected() -> None:
    windows, groups, _, content, sizes = draw_suspects("size")
    (suspect,) = suspect_families(windows, groups, SUSPECTED, content=content, confounds=sizes)
    assert suspect.family == "third"
    assert suspect.confounds > 0.9
    assert "the size and bits per pixel of the files alone explain" in warn_of_suspects([suspect])[0]


def test_no_family_is_suspected_where_most_would_be_or_images_are_few() -> None:
    windows, groups, _, content, _ = draw_suspects("content")
    alone = [declare("third", 12)]
    assert suspect_families(windows[:, 6:], groups, alone, content=content) == ()
    few = groups < 19
    assert suspect_families(windows[few], groups[few], SUSPECTED, content=content[:19]) == ()


def test_confounds_that_never_vary_or_are_unknown_explain_nothing() -> None:
    windows, groups, *_ = draw_suspects("size")
    sizes = np.column_stack([np.full(120, 20.0), np.full(120, np.nan)])
    assert suspect_families(windows, groups, SUSPECTED, confounds=sizes) == ()


def draw_sizes(n_styles: int) -> tuple[Floats, NDArray[np.intp], NDArray[np.intp], Floats]:
    """Windows of 120 images: six columns tell the styles apart, twelve are a function of sizes without a gap."""
    generator = np.random.default_rng(5)
    n, groups = 120, np.repeat(np.arange(120), 4)
    styles, log_pixels = np.arange(n) % n_styles, generator.uniform(16, 24, n)
    images = generator.normal(size=(n, 18))
    images[:, :6] += generator.normal(0, 4, (n_styles, 6))[styles]
    images[:, 6:] = 3 * (log_pixels[:, None] - 20) + 0.3 * images[:, 6:]
    windows = images[groups] + generator.normal(0, 0.8, (4 * n, 18))
    return windows / windows.std(axis=0), groups, styles, np.column_stack([log_pixels, np.full(n, 8.0)])


@pytest.mark.parametrize("unreplicated", [None, np.arange(18) == 5])
def test_search_without_suspects_finds_the_styles(unreplicated: NDArray[np.bool_] | None) -> None:
    windows, groups, styles, sizes = draw_sizes(4)
    if unreplicated is not None:
        windows[:, unreplicated] = windows[::4, unreplicated][groups]
    led = find_styles(windows, groups, n_clusters=4, unreplicated=unreplicated)
    sound = find_sound_styles(windows, groups, SUSPECTED, confounds=sizes, n_clusters=4, unreplicated=unreplicated)
    assert adjusted_rand_score(styles, led.best.clustering.labels_) < 0.6
    assert [share.family for share in sound.left_out] == ["third"]
    assert sound.name_kept(SUSPECTED) == ["noise", "spam"]
    assert sound.found.best.space.directions_.shape[0] == 6
    assert adjusted_rand_score(styles, sound.found.best.clustering.labels_) > 0.9


def test_search_is_the_plain_one_where_nothing_is_suspected() -> None:
    windows, groups, _, _ = draw_sizes(4)
    sound = find_sound_styles(windows, groups, SUSPECTED, n_clusters=4)
    plain = find_styles(windows, groups, n_clusters=4)
    assert sound.left_out == ()
    assert sound.name_kept(SUSPECTED) == ["noise", "spam", "third"]
    np.testing.assert_array_equal(sound.found.best.clustering.labels_, plain.best.clustering.labels_)


def test_families_whose_styles_fall_together_with_sizes_stay() -> None:
    """Every style has a size of its own, and the suspect shows the style as well as the others do."""
    windows, groups, styles, sizes = draw_sizes(2)
    sizes[:, 0] = 18 + 4 * styles
    windows[:, 6:] = 2 * styles[groups][:, None] + 0.2 * np.random.default_rng(6).normal(size=(480, 12))
    assert [one.family for one in suspect_families(windows, groups, SUSPECTED, confounds=sizes)] == ["third"]
    sound = find_sound_styles(windows, groups, SUSPECTED, confounds=sizes, n_clusters=2)
    assert sound.left_out == ()
    assert adjusted_rand_score(styles, sound.found.best.clustering.labels_) > 0.95


def test_a_single_cluster_leaves_nothing_out() -> None:
    windows, groups, _, sizes = draw_sizes(4)
    assert find_sound_styles(windows, groups, SUSPECTED, confounds=sizes, n_clusters=1).left_out == ()
