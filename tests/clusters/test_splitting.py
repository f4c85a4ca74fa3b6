"""The tests of the nodes of the top-down tree."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from forensic_style.clusters import splitting
from forensic_style.clusters.limiting import NormLimiter
from forensic_style.clusters.partition import partition
from forensic_style.clusters.projection import project_across
from forensic_style.clusters.splitting import Split, measure_index, rank_split
from forensic_style.clusters.unimodality import find_dip_chance, measure_dip
from tests.clusters import count_clusters, draw_clouds, draw_tails, grow


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
    _, (_, *others) = grow(significance=5.0, smallest_node=50).split(
        X
    )  # at a significance over 1 both tests are always made
    assert others
    for other in others:
        share = (other.n_rows - 1) / 119
        assert other.p_value == max(other.p_unimodal, share * other.p_gaussian)
        assert other.threshold == pytest.approx(5.0 * share)
    assert any(other.p_value < other.p_gaussian for other in others)


def test_a_continuum_is_one_cluster() -> None:
    """Rows evenly along a line have an index far below that of a Gaussian: the valley is missing."""
    chances, found = [], []
    for seed in range(60):
        generator = np.random.default_rng(seed)
        X = generator.normal(size=(120, 4))
        X[:, 0] += generator.uniform(0.0, 20.0, 120)
        _, (split,) = grow(significance=2.0, smallest_node=120, smallest_part=61).split(
            X
        )  # at a significance over 1 both tests are always made
        chances.append(split.p_gaussian)
        found.append(count_clusters(X))
    assert np.median(chances) < 0.001
    assert found.count(1) >= 52  # one in twenty at worst, and three deviations


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


def test_where_neither_cut_counts_the_smaller_chance_is_told() -> None:
    likely, less = (Split(30, (15, 15), 0.4, p, 0.05, p_unimodal=p, limited=p < 0.9) for p in (1.0, 0.4))
    assert min((likely, less), key=rank_split) is less


@pytest.mark.parametrize(("n_rows", "is_tried"), [(19, False), (20, True)])
def test_few_rows_are_cut_once(n_rows: int, is_tried: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = watch_limiter(monkeypatch)
    grow().split(np.random.default_rng(0).normal(size=(n_rows, 3)))
    assert bool(asked) == is_tried


def test_a_cut_beyond_doubt_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = watch_limiter(monkeypatch)
    _, (first, *_) = grow(smallest_node=100).split(draw_clouds(0, (60, 60))[0])
    assert first.p_value < 1e-3 * first.threshold
    assert not asked


def test_an_accepted_cut_in_some_doubt_gives_way_to_a_deeper_valley() -> None:
    X, _ = draw_tails(16, distance=7.0)
    node = grow()._prepare(X, np.arange(120), np.random.default_rng(0))
    plain, _ = grow()._test(node, None, None, np.random.default_rng(0))
    _, (first, *_) = grow().split(X)
    assert plain.accepted
    assert first.limited
    assert first.p_unimodal < plain.p_unimodal


def watch_limiter(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of every fit of a limiter from now on."""
    asked: list[int] = []

    class Watched(NormLimiter):
        def fit(self, X, y=None):
            asked.append(len(X))
            return super().fit(X)

    monkeypatch.setattr(splitting, "NormLimiter", Watched)
    return asked


def test_chance_of_a_limited_index_is_that_of_limited_gaussians() -> None:
    X, _ = draw_clouds(1, (30, 30), distance=2.0)
    node = grow()._prepare(X, np.arange(60), np.random.default_rng(0))
    limiter = NormLimiter().fit(node.core)
    split, _ = grow(significance=2.0)._test(node, limiter, None, np.random.default_rng(7))
    generator, indices = np.random.default_rng(7), []
    for _ in range(30):
        drawn = generator.standard_normal(node.core.shape) * np.sqrt(np.linalg.eigvalsh(np.cov(node.core.T)))
        drawn = NormLimiter().fit_transform(drawn)
        indices.append(measure_index(drawn, partition(drawn, 2)))
    expected = scipy.stats.norm.cdf(split.index, np.mean(indices), np.std(indices, ddof=1))
    assert split.p_gaussian == pytest.approx(expected)
    assert 1e-6 < expected < 0.9  # far from both ends, so that the equality says something


def test_no_more_samples_are_drawn_than_leave_no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    def count(X: NDArray, parts: NDArray) -> float:
        drawn.append(len(X))
        return measure_index(X, parts)

    monkeypatch.setattr(splitting, "measure_index", count)
    for distance, n_drawn in ((30.0, 8), (3.2, 30)):
        drawn.clear()
        _, (split,) = grow(significance=0.9, smallest_node=100).split(draw_clouds(2, (50, 50), distance=distance)[0])
        n_cuts = 1 if split.p_value < 1e-3 * split.threshold else 2
        assert len(drawn) in (n_cuts + n_drawn, n_cuts + 2 * n_drawn)


@pytest.mark.parametrize("shift", [0.0, 3.0, 0.1])
def test_rows_of_which_most_lie_on_the_mean_are_one_cluster(shift: float) -> None:
    X = np.concatenate([np.zeros((11, 2)), [[1.0, 0.0]] * 5, [[-1.0, 0.0]] * 5]) + shift
    assert len(np.unique(grow().split(X)[0])) == 1


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
    for X in (np.ones((30, 2)), draw_clouds(0, (4, 5))[0]):
        labels, splits = grow().split(X)
        assert not labels.any()
        assert splits == []
