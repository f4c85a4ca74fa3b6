"""FingerprintScaler: roots of shares, z-scores, clipping."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from forensic_style.errors import ParameterError
from forensic_style.standardize import FingerprintScaler


@pytest.mark.filterwarnings(r"ignore:.*SCIPY_ARRAY_API:sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([FingerprintScaler()])
def test_scaler_is_a_transformer(estimator: BaseEstimator, check) -> None:
    check(estimator)


def test_shares_are_rooted_before_scaling_and_others_are_not() -> None:
    # roots .1 and .3: mean .2, deviation .1; values 1 and 9: mean 5, deviation 4
    X = np.array([[0.01, 1.0], [0.09, 9.0]])
    scaler = FingerprintScaler([True, False]).fit(X)
    assert scaler.mean_ == pytest.approx([0.2, 5])
    assert scaler.scale_ == pytest.approx([0.1, 4])
    assert scaler.transform(X) == pytest.approx(np.array([[-1.0, -1.0], [1.0, 1.0]]))


def test_new_rows_are_scaled_by_what_was_learnt_and_negative_shares_count_as_none() -> None:
    scaler = FingerprintScaler([True, False]).fit([[0.01, 1.0], [0.09, 9.0]])
    # (sqrt .04 - .2) / .1 and (7 - 5) / 4; then (0 - .2) / .1 and (-3 - 5) / 4
    assert scaler.transform([[0.04, 7.0], [-0.5, -3.0]]) == pytest.approx(np.array([[0.0, 0.5], [-2.0, -2.0]]))


def test_values_are_clipped_on_both_sides() -> None:
    X = np.array([[0.0], [2.0]])  # mean 1, deviation 1
    new = [[-9.0], [3.0], [99.0]]
    assert FingerprintScaler().fit(X).transform(new).ravel().tolist() == [-4, 2, 4]
    assert FingerprintScaler(clip=1.5).fit(X).transform(new).ravel().tolist() == [-1.5, 1.5, 1.5]


@given(st.integers(0, 2**32 - 1))
def test_unclipped_scaling_equals_scikit_learn(seed: int) -> None:
    X = np.random.default_rng(seed).normal(3, [1e-3, 1, 1e4], (17, 3))
    assert FingerprintScaler(clip=1e9).fit_transform(X) == pytest.approx(StandardScaler().fit_transform(X), abs=1e-9)


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, -250.3, 1e-12, 1e7])
def test_a_constant_column_becomes_zero(value: float) -> None:
    X = np.column_stack([np.full(7, value), np.arange(7)])
    scaler = FingerprintScaler().fit(X)
    assert scaler.scale_[0] == 1
    assert (scaler.transform(X)[:, 0] == 0).all()


@pytest.mark.parametrize("value", [1e-9, 0.1, 1 / 3, 7.7])
def test_a_column_constant_up_to_the_rounding_of_float32_becomes_zero(value: float) -> None:
    one = np.float32(value)
    X = np.array([[one], [np.nextafter(one, np.float32(9))]] * 5, dtype=np.float32)
    # not exactly: what is left is the rounding itself, at most one unit in the last place
    assert np.abs(FingerprintScaler().fit_transform(X)).max() <= 2e-7 * value


def test_small_but_real_variation_is_kept() -> None:
    X = 1.0 + 1e-5 * np.array([[-1.0], [1.0]])
    assert FingerprintScaler().fit_transform(X).ravel() == pytest.approx([-1, 1])


def test_one_row_becomes_zero() -> None:
    assert FingerprintScaler().fit_transform([[3.0, 4.0]]).tolist() == [[0, 0]]


@pytest.mark.parametrize("clip", [0, -1.0])
def test_a_clip_of_nothing_is_refused(clip: float) -> None:
    with pytest.raises(ParameterError, match=rf"The clip of FingerprintScaler must be above 0. Got {clip} instead."):
        FingerprintScaler(clip=clip).fit([[1.0]])


def test_other_columns_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"FingerprintScaler knows 3 columns and got 2. Use the same columns."):
        FingerprintScaler([True, False, True]).fit([[1.0, 2.0]])
    with pytest.raises(ValueError, match="3 features"):
        FingerprintScaler().fit([[1.0, 2.0, 3.0]]).transform([[1.0, 2.0]])


def test_an_unfitted_scaler_says_so() -> None:
    with pytest.raises(NotFittedError, match="not fitted yet"):
        FingerprintScaler().transform([[1.0]])


def test_missing_values_teach_nothing_and_become_the_mean() -> None:
    # column 0: 1 and 3 are measured, mean 2, deviation 1; column 1: roots .1 and .3, mean .2, deviation .1
    X = np.array([[1.0, 0.0], [3.0, 0.01], [0.0, 0.09]])
    missing = np.array([[False, True], [False, False], [True, False]])
    scaler = FingerprintScaler([False, True]).fit(X, missing=missing)
    assert scaler.mean_ == pytest.approx([2, 0.2])
    assert scaler.scale_ == pytest.approx([1, 0.1])
    expected = np.array([[-1.0, 0.0], [1.0, -1.0], [0.0, 1.0]])
    assert scaler.transform(X, missing=missing) == pytest.approx(expected)
    assert FingerprintScaler([False, True]).fit_transform(X, missing=missing) == pytest.approx(expected)


@given(st.integers(0, 2**32 - 1))
def test_what_stands_under_missing_does_not_matter(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X, missing = generator.normal(size=(9, 3)), generator.random((9, 3)) < 0.4
    other = np.where(missing, generator.normal(50, 1e3, (9, 3)), X)
    before = X.copy()
    one = FingerprintScaler().fit_transform(X, missing=missing)
    np.testing.assert_array_equal(one, FingerprintScaler().fit_transform(other, missing=missing))
    np.testing.assert_array_equal(X, before)
    assert not one[missing].any()


def test_nothing_missing_is_as_no_mask() -> None:
    X = np.random.default_rng(0).normal(size=(9, 3))
    np.testing.assert_array_equal(
        FingerprintScaler().fit_transform(X, missing=np.zeros((9, 3))), FingerprintScaler().fit_transform(X)
    )


def test_a_column_measured_once_or_never_becomes_zero() -> None:
    X = np.array([[0.0, 0.0], [7.0, 0.0], [0.0, 0.0]])
    missing = np.array([[True, True], [False, True], [True, True]])
    scaler = FingerprintScaler().fit(X, missing=missing)
    assert scaler.mean_.tolist() == [7, 0]
    assert scaler.scale_.tolist() == [1, 1]
    assert not scaler.transform(X, missing=missing).any()


def test_a_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"The missing values have shape \(2,\) and the rows \(2, 1\)"):
        FingerprintScaler().fit([[1.0], [2.0]], missing=[True, False])
