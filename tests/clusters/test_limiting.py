"""Limits of distance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks

from forensic_style.clusters.limiting import NormLimiter

seeds = st.integers(0, 2**32 - 1)


@pytest.mark.filterwarnings(r"ignore:.*SCIPY_ARRAY_API:sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([NormLimiter()])
def test_estimators_are_transformers(estimator: BaseEstimator, check) -> None:
    check(estimator)


def test_far_rows_are_pulled_to_the_median_distance_and_near_ones_stay() -> None:
    # mean (0, 0), distances 1, 1, 5, 5: median 3
    X = np.array([[1.0, 0.0], [-1.0, 0.0], [3.0, 4.0], [-3.0, -4.0]])
    limiter = NormLimiter().fit(X + 7)
    assert limiter.centre_ == pytest.approx([7, 7])
    assert limiter.reach_ == pytest.approx(3)
    assert limiter.transform(X + 7) == pytest.approx(np.array([[1, 0], [-1, 0], [1.8, 2.4], [-1.8, -2.4]]))
    assert limiter.transform([[7.0, 7.0], [7.0, 107.0]]) == pytest.approx(np.array([[0, 0], [0, 3]]))


@given(seeds)
def test_limited_rows_keep_their_direction_and_reach(seed: int) -> None:
    X = np.random.default_rng(seed).normal(size=(21, 3))
    limiter = NormLimiter().fit(X)
    limited, lengths = limiter.transform(X), np.linalg.norm(X - X.mean(axis=0), axis=1)
    assert np.linalg.norm(limited, axis=1) == pytest.approx(np.minimum(lengths, np.median(lengths)))
    assert np.cross(limited, X - X.mean(axis=0)) == pytest.approx(0, abs=1e-9)


def test_identical_rows_are_limited_to_zero() -> None:
    assert NormLimiter().fit_transform(np.ones((4, 2))).tolist() == np.zeros((4, 2)).tolist()
