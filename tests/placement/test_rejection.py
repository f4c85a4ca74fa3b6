"""How far members lie from their cluster, and what belongs to none."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray
from sklearn.utils.estimator_checks import parametrize_with_checks

from forensic_style.clusters.partition import average_parts
from forensic_style.errors import ParameterError
from forensic_style.placement.rejection import FLOOR, LARGEST_PART, MemberDistances, _find_alike


@parametrize_with_checks([MemberDistances()])
def test_scikit_learns_contract(estimator, check):
    check(estimator)


def make_windows(
    n_images: int = 40, n_columns: int = 200, *, n_clusters: int = 2, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Windows, their images and their clusters: four windows each, more columns than images, clusters 6 apart."""
    generator = np.random.default_rng(seed)
    clusters = np.arange(n_images) % n_clusters
    centres = 6 * np.eye(n_clusters, n_columns)
    images = centres[clusters] + generator.normal(size=(n_images, n_columns)) * np.linspace(1, 0.2, n_columns)
    groups = np.repeat(np.arange(n_images), 4)
    return images[groups] + generator.normal(size=(len(groups), n_columns)) * 0.3, groups, clusters[groups]


def test_the_distance_is_worked_by_hand() -> None:
    # one column, members -1 and 1: variance 2 with one degree of freedom, so the factor is 1 / sqrt(2.09) and the
    # scatter S = 2 / 2.09; t = .4 S, so a row at 3 has d = (9 / 2.09) / (1.4 * 2 / 2.09) = 9 / 2.8
    distances = MemberDistances().fit([[-1.0], [1.0]])
    assert distances.factors_ == pytest.approx([1 / np.sqrt(2 + FLOOR**2)])
    assert distances.measure([[3.0], [0.0]]) == pytest.approx(np.array([[9 / 2.8], [0.0]]))


def test_the_distance_is_the_inverse_of_scatter_and_ridge() -> None:
    X, groups, y = make_windows()
    fitted = MemberDistances().fit(X, y, groups=groups)
    images, clusters = average_parts(X, groups), y[::4]
    residuals = (images - average_parts(images, clusters)[clusters]) * fitted.factors_
    deviations = (X - images[groups]) * fitted.factors_
    scatter = residuals.T @ residuals / 38 + deviations.T @ deviations / 120
    inverse = np.linalg.inv(scatter + 0.4 * np.trace(scatter) / 200 * np.eye(200))
    off = (images[:, None] - average_parts(images, clusters)) * fitted.factors_
    assert fitted.measure(X, groups=groups) == pytest.approx(np.einsum("ikp,pq,ikq->ik", off, inverse, off))


def test_shares_follow_students_t() -> None:
    fitted = MemberDistances().fit(*make_windows()[::2])
    fitted.log_mean_, fitted.log_scale_, fitted.n_measured_ = 1.0, 0.5, 4
    expected = scipy.stats.t.sf((2.0 - 1.0) / (0.5 * np.sqrt(1.25)), 3)
    assert fitted.share_as_far([[np.exp(2.0)], [np.e]]) == pytest.approx(np.array([[expected], [0.5]]))


@pytest.mark.parametrize("given", [True, False])
def test_members_that_took_no_part_are_rejected_at_about_the_stated_rate(given: bool) -> None:
    rates = []
    for seed in range(10):
        X, groups, y = make_windows(80, seed=seed)
        half = groups < 40
        fitted = MemberDistances().fit(
            X[half], y[half], groups=groups[half], content=(groups[half] // 4).astype(str) if given else None
        )
        new = fitted.measure(X[~half], groups=groups[~half] - 40)
        rates.append((fitted.share_as_far(new).max(axis=1) < 0.1).mean())
    assert 0.005 < np.mean(rates) < 0.15


def test_what_differs_where_no_cluster_does_is_far() -> None:
    X, groups, y = make_windows(80)
    old, new = groups < 40, (groups >= 40) & (groups < 60)
    fitted = MemberDistances().fit(X[old], y[old], groups=groups[old])
    odd = X[new] + 1.5 * (np.arange(200) >= 150)
    assert fitted.share_as_far(fitted.measure(odd, groups=groups[new] - 40)).max() < 0.01
    assert fitted.share_as_far(fitted.measure(X[new], groups=groups[new] - 40)).max(axis=1).min() > 0.01


def test_a_single_cluster_and_ten_images_are_enough() -> None:
    X, groups, _ = make_windows(12, n_clusters=1)
    fitted = MemberDistances().fit(X[groups < 10], groups=groups[groups < 10])
    assert fitted.centres_.shape == (1, 200)
    assert fitted.n_measured_ == 10
    assert fitted.score_samples(X[groups >= 10] + 3.0 * (np.arange(200) >= 150)).max() < 0.01


def test_with_too_few_members_nothing_is_far() -> None:
    X, groups, y = make_windows(2)
    fitted = MemberDistances().fit(X, y, groups=groups)  # nobody can be left out
    assert fitted.n_measured_ == 0
    assert fitted.score_samples(X + 100).tolist() == [1.0] * 8


def test_rows_of_no_cluster_take_no_part() -> None:
    X, groups, y = make_windows()
    outside = groups >= 36
    marked = MemberDistances().fit(np.where(outside[:, None], X + 50, X), np.where(outside, -1, y), groups=groups)
    without = MemberDistances().fit(X[~outside], y[~outside], groups=groups[~outside])
    for name, value in vars(without).items():
        np.testing.assert_array_equal(getattr(marked, name), value)


def test_columns_that_were_never_measured_say_nothing() -> None:
    X, groups, y = make_windows()
    measured = np.arange(200) != 150
    fitted = MemberDistances().fit(X, y, groups=groups, measured=measured)
    assert fitted.measure(X + 100 * np.eye(200)[150]) == pytest.approx(fitted.measure(X))
    assert fitted.measure(X + 100 * np.eye(200)[149]).min() > 100


def test_pairs_are_measured_alike() -> None:
    X, groups, y = make_windows()
    fitted = MemberDistances().fit(X, y, groups=groups)
    pairs = fitted.measure_pairs(X[:12], groups=groups[:12])
    assert np.diag(pairs) == pytest.approx(0, abs=1e-9)
    assert pairs == pytest.approx(pairs.T)
    fitted.centres_ = average_parts(X[:12], groups[:12]) * fitted.factors_
    assert fitted.measure(X[:12], groups=groups[:12]) == pytest.approx(pairs)


def test_images_alike_are_left_out_together() -> None:
    generator = np.random.default_rng(0)
    kinds = np.arange(60) % 12
    parts = _find_alike(10 * np.eye(12)[kinds] + generator.normal(size=(60, 12)) * 0.1)
    assert len(np.unique(parts)) == 12
    assert all(len(np.unique(parts[kinds == kind])) == 1 for kind in range(12))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 12, 1500])
def test_no_part_holds_over_a_third(n: int) -> None:
    residuals = np.vstack([np.random.default_rng(0).normal(size=(n - 1, 2)), [[100.0, 0.0]]])
    parts = _find_alike(residuals)
    assert len(parts) == n
    assert np.bincount(parts).max() <= max(1, LARGEST_PART * n * 1.2)


def test_images_without_any_difference_are_no_trouble() -> None:
    fitted = MemberDistances().fit(np.ones((12, 3)), np.arange(12) % 2)
    assert fitted.score_samples(np.ones((2, 3))).tolist() == pytest.approx([0.5, 0.5], abs=0.5)
    assert fitted.score_samples(np.full((1, 3), 2.0))[0] < 0.01


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": [0, 1]}, r"There are 3 rows and labels of shape \(2,\)\. Give one label per row\."),
        ({"y": [0.0, 1.0, 1.5]}, r"must be whole numbers from -1 on"),
        ({"y": [0, 1, -2]}, r"must be whole numbers from -1 on"),
        ({"y": [-1, -1, -1]}, r"No row has a cluster"),
        ({"groups": [0, 1]}, r"There are 3 rows and 2 groups\. Give one per row\."),
        ({"content": ["a"]}, r"There are 3 rows and 1 content labels\. Give one label per row\."),
        ({"measured": [True]}, r"There are 2 columns and 1 truths\."),
    ],
)
def test_what_does_not_fit_is_told(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        MemberDistances().fit([[0.0, 1.0], [1.0, 2.0], [3.0, 0.0]], **arguments)


def test_a_ridge_of_nothing_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"must be above 0\. Got 0 instead"):
        MemberDistances(ridge=0).fit([[0.0], [1.0]])
