"""The tests of the nodes of the top-down tree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, roc_auc_score

from forensic_style.clusters.limiting import NormLimiter
from forensic_style.clusters.partition import partition
from forensic_style.clusters.splitting import (
    Split,
    TopDown,
    gather_witnesses,
    measure_index,
    project_across,
    rank_split,
)
from forensic_style.clusters.unimodality import find_dip_chance, measure_dip
from tests.clusters import draw_tails

seeds = st.integers(0, 2**32 - 1)


def draw_clouds(seed: int, sizes: tuple[int, ...], *, distance: float = 12.0) -> tuple[NDArray, NDArray]:
    """Round clouds in 5 columns, in a line one distance apart, and the cloud of each row."""
    generator = np.random.default_rng(seed)
    clouds = generator.permutation(np.repeat(np.arange(len(sizes)), sizes))
    X = generator.normal(size=(len(clouds), 5))
    X[:, 1] += distance * clouds
    return X, clouds


def grow(significance: float = 0.05, *, smallest_node: int = 20, n_draws: int = 20) -> TopDown:
    return TopDown(significance, smallest_node, smallest_part=5, n_draws=n_draws, random_state=0)


def count_clusters(X: NDArray, **witnesses) -> int:
    labels, _ = grow().split(X, gather_witnesses(**witnesses) if witnesses else None)
    return len(np.unique(labels))


def test_index_is_worked_by_hand() -> None:
    X = np.array([[0.0], [2.0], [10.0], [12.0]])  # mean 6: 36 + 16 + 16 + 36; within: 1 + 1 + 1 + 1
    assert measure_index(X, np.array([0, 0, 1, 1])) == pytest.approx(4 / 104)


def test_a_split_needs_chance_size_and_style() -> None:
    def split(**changes) -> Split:
        return Split(**({"n_rows": 30, "sizes": (10, 20), "index": 0.4, "p_value": 0.049, "threshold": 0.05} | changes))

    assert split().accepted
    assert not split(p_value=0.05).accepted
    assert split(smallest_part=10).accepted
    assert not split(smallest_part=11).accepted
    assert split(explained=0.74).accepted
    assert not split(explained=0.75).accepted
    assert split(explained=0.75).follows_content
    assert not split().follows_content


def test_the_larger_chance_of_two_tests_decides() -> None:
    X, _ = draw_clouds(0, (40, 60))
    _, (first, *others) = grow().split(X)
    assert first.p_value == max(first.p_unimodal, first.p_gaussian) < 1e-4
    for other in others:  # the valley was not deep enough: no Gaussian was drawn
        assert other.p_gaussian is None
        assert other.p_value == other.p_unimodal >= other.threshold


def test_the_index_of_a_node_is_tested_at_the_whole_significance() -> None:
    X, _ = draw_clouds(8, (60, 30, 30), distance=9.0)
    _, (_, *others) = TopDown(5.0, 50, 5, 20, 0).split(X)  # at a significance over 1 both tests are always made
    assert others
    for other in others:
        share = (other.n_rows - 1) / 119
        assert other.p_value == max(other.p_unimodal, share * other.p_gaussian)
        assert other.threshold == pytest.approx(5.0 * share)
    assert any(other.p_value < other.p_gaussian for other in others)


def test_projection_of_two_tight_groups_is_worked_by_hand() -> None:
    X = np.array([[0.0], [1.0], [0.0], [1.0], [10.0], [11.0], [10.0], [11.0]])
    parts, folds = np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.array([0, 0, 1, 1, 0, 0, 1, 1])
    # the centres are .5 and 10.5, the middle 5.5: (x - 5.5) / 5
    expected = [-1.1, -0.9, -1.1, -0.9, 0.9, 1.1, 0.9, 1.1]
    assert project_across(X, parts, folds, cut=X) == pytest.approx(expected)
    assert project_across(X, parts, folds) == pytest.approx(expected)


@given(seeds)
def test_projection_does_not_see_the_fold(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X, folds = generator.normal(size=(30, 3)), np.arange(30) % 3
    parts = partition(X, 2)
    before = project_across(X, parts, folds)
    X[folds == 0] += generator.normal(size=(10, 3))
    after = project_across(X, parts, folds)
    assert after[folds != 0] != pytest.approx(before[folds != 0])  # they learn from fold 0
    X[np.flatnonzero(folds == 0)[1:]] += 1.0
    assert project_across(X, parts, folds)[0] == pytest.approx(after[0])  # fold 0 does not


def test_a_continuum_is_one_cluster() -> None:
    """Rows evenly along a line have an index far below that of a Gaussian: the valley is missing."""
    chances, found = [], []
    for seed in range(20):
        generator = np.random.default_rng(seed)
        X = generator.normal(size=(120, 4))
        X[:, 0] += generator.uniform(0.0, 20.0, 120)
        _, (split,) = TopDown(2.0, 120, 61, 20, 0).split(X)  # at a significance over 1 both tests are always made
        chances.append(split.p_gaussian)
        found.append(count_clusters(X))
    assert np.median(chances) < 0.001
    assert found.count(1) >= 18


@pytest.mark.parametrize("seed", range(4))
def test_long_tails_hide_no_clouds(seed: int) -> None:
    X, clouds = draw_tails(seed, distance=7.0)
    labels, _ = grow().split(X)
    assert adjusted_rand_score(clouds, labels) > 0.9
    assert adjusted_rand_score(clouds, partition(X, 2)) < 0.5  # the rows as they are are cut between tail and middle


def test_the_accepted_cut_with_the_deeper_valley_counts() -> None:
    def split(p_unimodal: float, *, limited: bool, accepted: bool = True, explained: float | None = None) -> Split:
        p_value = p_unimodal if accepted else 0.2
        return Split(30, (15, 15), 0.4, p_value, 0.05, p_unimodal=p_unimodal, limited=limited, explained=explained)

    clear, clearer = split(0.01, limited=False), split(0.001, limited=True)
    refused, told = split(1e-6, limited=False, accepted=False), split(1e-4, limited=True, explained=0.9)
    assert min((clear, clearer), key=rank_split) is clearer
    assert min((refused, clearer), key=rank_split) is clearer
    assert min((refused, told), key=rank_split) is told  # that the content decides says more
    assert min((refused, split(1e-9, limited=True, accepted=False)), key=rank_split) is refused


def test_where_the_content_decides_a_limited_cut_that_is_told() -> None:
    X, clouds = draw_tails(1, distance=7.0)
    _, (split,) = grow().split(X, gather_witnesses(np.array(["a", "b"])[clouds].tolist(), X))
    assert split.limited
    assert split.follows_content
    assert split.p_value < split.threshold


@pytest.mark.parametrize("shift", [0.0, 3.0, 0.1])
def test_rows_of_which_most_lie_on_the_mean_are_one_cluster(shift: float) -> None:
    X = np.concatenate([np.zeros((11, 2)), [[1.0, 0.0]] * 5, [[-1.0, 0.0]] * 5]) + shift
    assert len(np.unique(grow(smallest_node=10).split(X)[0])) == 1


def test_one_cloud_with_long_tails_stays_whole() -> None:
    found = [count_clusters(draw_tails(seed, distance=0.0)[0]) for seed in range(20)]
    assert found.count(1) >= 19


def test_limits_make_no_valley_in_a_continuum() -> None:
    """Beyond the limit all rows of a line lie at two points: the limited rows have a valley, and the line has none."""
    X = np.zeros((200, 4))
    X[:, 0] = np.linspace(-10, 10, 200)
    X += np.random.default_rng(0).normal(size=X.shape)
    limited = NormLimiter().fit_transform(X)
    folds = np.arange(200) % 5
    dips = [measure_dip(project_across(rows, partition(limited, 2), folds, cut=limited)) for rows in (limited, X)]
    chances = [find_dip_chance(dip, 200) for dip in dips]
    assert chances[0] < 0.001 < 0.2 < chances[1]
    assert count_clusters(X) == 1


@pytest.mark.parametrize("shape", ["uniform", "normal"])
def test_single_clouds_stay_whole(shape: str) -> None:
    found = [count_clusters(getattr(np.random.default_rng(seed), shape)(size=(100, 4))) for seed in range(20)]
    assert found.count(1) >= 19


@pytest.mark.parametrize("sizes", [(30, 30), (20, 80), (25, 40, 30, 50)])
def test_clouds_apart_are_found(sizes: tuple[int, ...]) -> None:
    X, _ = draw_clouds(3, sizes, distance=8.0)
    assert count_clusters(X) == len(sizes)


def test_nothing_is_tested_where_all_rows_are_alike_or_few() -> None:
    for X in (np.ones((30, 2)), draw_clouds(0, (9, 10))[0]):
        labels, splits = grow().split(X)
        assert not labels.any()
        assert splits == []


def test_a_content_in_one_part_testifies_against_the_split() -> None:
    X, clouds = draw_clouds(0, (40, 60))
    nested = np.where(clouds == 0, "sea", "town").tolist()
    _, (first, *_) = grow().split(X, gather_witnesses(nested, X))
    assert first.explained == 1.0
    assert count_clusters(X, content=nested, rows=X) == 1
    crossed = [("sea", "town")[row % 2] for row in range(100)]
    _, (first, *_) = grow().split(X, gather_witnesses(crossed, X))
    assert first.explained < 0.1
    assert count_clusters(X, content=crossed, rows=X) == 2


def draw_pairs(seed: int, *, mirrored: bool) -> tuple[NDArray, NDArray, list[str]]:
    """Forty pairs of one content by two technologies, each with two groups: of content (the same), or of its own."""
    generator = np.random.default_rng(seed)
    group = generator.permutation(np.repeat([0, 1], 20))
    other = group if mirrored else generator.permutation(group)
    X = generator.normal(size=(80, 4))
    X[:, 0] += np.repeat([0.0, 60.0], 40)
    X[:40, 1] += 12.0 * group
    X[40:, 2] += 12.0 * other
    return X, group, [f"slice {number}" for number in range(40)] * 2


def test_partners_outside_the_node_testify() -> None:
    X, group, content = draw_pairs(0, mirrored=True)
    witnesses = gather_witnesses(content, X)
    assert witnesses.explain(np.arange(40), group) == 1.0  # each content once inside: the other technology knows it
    assert count_clusters(X, content=content, rows=X) == 2
    X, group, content = draw_pairs(0, mirrored=False)
    assert gather_witnesses(content, X).explain(np.arange(40), group) < 0.75
    assert count_clusters(X, content=content, rows=X) == 4


@given(seeds)
def test_partners_tell_as_much_as_the_area_under_the_curve(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(60, 2))
    parts = generator.permutation(np.repeat([0, 1], 15))
    X[30:, 0] += parts
    witnesses = gather_witnesses([f"{number}" for number in range(30)] * 2, X)
    order = np.argsort([f"{number}" for number in range(30)])  # as the contents are numbered
    folds = np.random.default_rng(0).permutation(30) % 5
    told = project_across(X[30:][order], parts[order], folds)
    expected = max(0.0, 2 * roc_auc_score(parts[order], told) - 1)
    assert witnesses.explain(np.arange(30), parts) == pytest.approx(expected)


def test_where_no_content_recurs_any_split_may_be_content() -> None:
    X, _ = draw_clouds(0, (40, 60))
    assert count_clusters(X, content=[f"{row}" for row in range(100)], rows=X) == 1
    some = [f"{row}" if row < 40 else "" for row in range(100)]  # most are unknown: they say nothing
    assert count_clusters(X, content=some, rows=X) == 2


def test_too_few_witnesses_say_nothing() -> None:
    X, clouds = draw_clouds(0, (40, 60))
    content = ["sea"] * 3 + ["town"] * 2 + [""] * 95  # 3 + 1 pairs
    assert gather_witnesses(content, X).explain(np.arange(100), clouds) is None
    assert gather_witnesses(None, X) is None
    assert gather_witnesses(["sea", "sea", ""], X[:3]) is None


def test_where_the_content_is_still_in_the_rows_it_must_testify() -> None:
    rows = np.zeros((8, 1))
    content = ["a", "b", "c", "d", "e", "f", "a", ""]  # hardly any occurs twice: nothing can be told of the parts
    node, parts = np.arange(8), np.arange(8) % 2
    lenient, strict = (gather_witnesses(content, rows, must_testify=must) for must in (False, True))
    assert lenient is not None
    assert strict is not None
    assert lenient.explain(node, parts) is None
    assert strict.explain(node, parts) == 1.0
