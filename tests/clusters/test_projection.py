"""Rows placed between two parts by what the others teach."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensic_style.clusters.partition import partition
from forensic_style.clusters.projection import project_across

seeds = st.integers(0, 2**32 - 1)


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
