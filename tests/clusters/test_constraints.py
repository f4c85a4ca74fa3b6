"""Ward's merging within constraints."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from forensic_style.clusters.constraints import merge_within_constraints
from forensic_style.clusters.partition import cut_tree, grow_tree

seeds = st.integers(0, 2**32 - 1)


def test_points_on_a_line_by_hand() -> None:
    # 0, 1 | 4, 5 | 20: in two, 20 stands alone; with 0 and 5 known to differ, it must go with one of them
    X, nothing = np.array([[0.0], [1.0], [4.0], [5.0], [20.0]]), np.zeros(5, dtype=int)
    free = merge_within_constraints(X, np.full(5, -1), nothing, n_clusters=2, n_styles=0)
    assert len(set(free[:4])) == 1
    assert free[4] != free[0]
    known = np.array([0, -1, -1, 1, -1])
    assert merge_within_constraints(X, known, nothing, n_clusters=2, n_styles=2).tolist() == [0, 0, 1, 1, 1]
    assert merge_within_constraints(X, known, nothing, n_clusters=3, n_styles=2).tolist() == [0, 0, 1, 1, 2]


@given(seeds, st.integers(1, 6))
def test_without_known_rows_it_is_wards_tree(seed: int, n_clusters: int) -> None:
    X = np.random.default_rng(seed).normal(size=(20, 3))
    free = merge_within_constraints(X, np.full(20, -1), np.zeros(20, dtype=int), n_clusters=n_clusters, n_styles=0)
    assert adjusted_rand_score(free, cut_tree(grow_tree(X), n_clusters)) == pytest.approx(1)


@given(seeds, st.integers(3, 6))
def test_constraints_hold(seed: int, n_clusters: int) -> None:
    generator = np.random.default_rng(seed)
    X, start = generator.normal(size=(60, 3)), generator.integers(0, 4, 60)
    known = np.where(generator.random(60) < 0.3, generator.integers(0, 3, 60), -1)
    known[:3] = [0, 1, 2]
    labels = merge_within_constraints(X, known, start, n_clusters=n_clusters, n_styles=3)
    assert np.array_equal(labels[known >= 0], known[known >= 0])
    assert labels.max() == n_clusters - 1
