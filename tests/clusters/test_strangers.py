"""Rows that belong to no cluster."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from forensic_style.clusters.strangers import find_strangers
from forensic_style.errors import ParameterError

seeds = st.integers(0, 2**32 - 1)


def draw_clusters(seed: int, *, tails: bool = False) -> tuple[NDArray, NDArray]:
    """A hundred rows in two clusters 20 apart, with the tails of Student's t with 4 degrees of freedom if wanted."""
    generator = np.random.default_rng(seed)
    labels = np.repeat([0, 1], [60, 40])
    X = generator.standard_t(4, size=(100, 6)) if tails else generator.normal(size=(100, 6))
    X[:, 2] += 20.0 * labels
    return X, labels


def test_scores_on_a_line_are_worked_by_hand() -> None:
    # Distances from the median 0: e^0 sixteen times, e^(+-.6745) twice each: the quartiles are 0, so the scale is its
    # floor .05, and a limit of 13 lies between .6745 / .05 = 13.49 and 0.
    far = np.exp(0.6745)
    X = np.array([1.0, -1.0] * 8 + [far, -far, 1 / far, -1 / far])[:, None]
    found = find_strangers(X, np.zeros(20, dtype=int), limit=13.0)
    assert np.flatnonzero(found).tolist() == [16, 17]
    assert not find_strangers(X, np.zeros(20, dtype=int), limit=14.0).any()


@pytest.mark.parametrize("tails", [False, True])
def test_false_alarms_are_few(tails: bool) -> None:
    found = [find_strangers(*draw_clusters(seed, tails=tails)).mean() for seed in range(40)]
    assert np.mean(found) < 0.005


@given(seeds)
def test_far_rows_are_found_whatever_they_were_called(seed: int) -> None:
    X, labels = draw_clusters(seed)
    odd = np.random.default_rng(seed).normal(size=(3, 6)) + 60.0
    rows = np.vstack([X, odd])
    for called in ([0, 1, 1], [2, 2, 2], [2, 3, 4]):
        found = find_strangers(rows, np.append(labels, called))
        assert found[-3:].all()
        assert found[:-3].sum() <= 2


def test_a_cluster_large_enough_is_one() -> None:
    X, labels = draw_clusters(0)
    rows = np.vstack([X, np.random.default_rng(1).normal(size=(5, 6)) + 60.0])
    assert not find_strangers(rows, np.append(labels, [2] * 5))[-5:].any()
    assert find_strangers(rows, np.append(labels, [2] * 5), smallest_part=6)[-5:].all()


def test_rows_of_no_cluster_stay_so_and_teach_nothing() -> None:
    X, labels = draw_clusters(0)
    rows = np.vstack([X, np.zeros((2, 6))])
    assert find_strangers(rows, np.append(labels, [-1, -1])).tolist() == [*find_strangers(X, labels), True, True]


@given(seeds)
def test_place_scale_and_order_do_not_matter(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X, labels = draw_clusters(seed, tails=True)
    order = generator.permutation(100)
    found = find_strangers(X, labels, limit=2.0)
    assert np.array_equal(find_strangers(8.0 * X[order], labels[order], limit=2.0), found[order])
    assert np.array_equal(find_strangers(X, 1 - labels, limit=2.0), found)


def test_nothing_is_found_where_nothing_is_usual() -> None:
    X, labels = draw_clusters(0)
    X[0] = 1e6
    assert not find_strangers(X[:19], labels[:19]).any()
    assert not find_strangers(X, np.arange(100)).any()  # no cluster at all
    assert not find_strangers(np.ones((30, 2)), np.zeros(30, dtype=int)).any()


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"There are 2 rows, 1 labels and the limit 5.0. Give one label per row"):
        find_strangers(np.zeros((2, 1)), np.array([0]))
    with pytest.raises(ParameterError, match=r"the limit 0. Give one label per row, and a limit above 0."):
        find_strangers(np.zeros((1, 1)), np.array([0]), limit=0)
