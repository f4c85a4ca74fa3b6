"""Shrunken discriminants, and boundaries that also heed what is not known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from forensic_style.clusters.discriminants import maximize_information, weigh_parts, whiten_within

seeds = st.integers(0, 2**32 - 1)


def test_a_column_is_whitened_by_hand() -> None:
    # two parts of two rows, each 1 from its mean: squares 4 over 4 - 2 spare rows, so a variance of 2
    whitening = whiten_within(np.array([[0.0], [2.0], [10.0], [12.0]]), np.array([0, 0, 1, 1]))
    assert whitening == pytest.approx(np.array([[1 / np.sqrt(2)]]))


def test_still_rows_are_left_as_they_are() -> None:
    assert np.array_equal(whiten_within(np.ones((4, 3)), np.zeros(4, dtype=int)), np.eye(3))


def test_posterior_is_worked_by_hand() -> None:
    # centres 1 and 11, variance 2: at 5 the squares are 16 and 36, so the logits -4 and -9
    rows, labels = np.array([[0.0], [2.0], [10.0], [12.0]]), np.array([0, 0, 1, 1])
    posterior = weigh_parts(rows, labels, np.array([[6.0], [5.0]]), n_parts=3)
    assert posterior[0] == pytest.approx([0.5, 0.5, 0])
    assert posterior[1] == pytest.approx([1 / (1 + np.exp(-5)), 1 / (1 + np.exp(5)), 0])


@given(seeds)
def test_posterior_is_that_of_gaussians(seed: int) -> None:
    generator = np.random.default_rng(seed)
    rows, labels = generator.normal(size=(20, 3)), np.arange(20) % 2
    means = [rows[labels == part].mean(axis=0) for part in (0, 1)]
    rest = np.concatenate([rows[labels == part] - means[part] for part in (0, 1)])
    covariance = rest.T @ rest / 18
    covariance = 0.7 * covariance + 0.3 * np.trace(covariance) / 3 * np.eye(3)
    new = generator.normal(size=(5, 3))
    densities = np.column_stack([multivariate_normal(mean, covariance).pdf(new) for mean in means])
    expected = densities / densities.sum(axis=1, keepdims=True)
    assert weigh_parts(rows, labels, new, n_parts=2) == pytest.approx(expected, rel=1e-5, abs=1e-9)


def draw_pair(seed: int, n_each: int = 30, gap: float = 6.0) -> tuple[np.ndarray, np.ndarray]:
    """Two round clouds, a gap apart along the first column."""
    truth = np.repeat([0, 1], n_each)
    rows = np.random.default_rng(seed).normal(size=(2 * n_each, 4))
    rows[:, 0] += gap * truth
    return rows - rows.mean(axis=0), truth


def test_boundary_moves_into_the_gap() -> None:
    rows, truth = draw_pair(0)
    start = truth.copy()
    start[[0, 1, 2, 40, 41]] ^= 1
    posterior = maximize_information(rows, np.full(60, -1), start)
    assert np.array_equal(posterior.argmax(axis=1), truth)
    assert posterior.sum(axis=1) == pytest.approx(1)


def test_known_rows_decide_where_there_is_no_gap() -> None:
    generator = np.random.default_rng(1)
    rows = generator.normal(size=(200, 2))
    truth = (rows[:, 1] > 0).astype(int)  # nothing shows it
    known = np.where(np.abs(rows[:, 1]) > 1, truth, -1)
    posterior = maximize_information(rows, known, (rows[:, 0] > 0).astype(int))
    assert (posterior.argmax(axis=1) == truth)[known < 0].mean() > 0.75  # the start is right for half


@settings(max_examples=10)
@given(seeds)
def test_parts_may_be_renamed(seed: int) -> None:
    rows, truth = draw_pair(seed)
    known = np.where(np.arange(60) % 7 == 0, truth, -1)
    posterior = maximize_information(rows, known, truth)
    renamed = maximize_information(rows, np.where(known >= 0, 1 - known, -1), 1 - truth)
    assert renamed[:, ::-1] == pytest.approx(posterior, abs=1e-3)
