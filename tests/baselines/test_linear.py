"""The linear case against the least squares problem that it solves, against centring and scikit-learn's components."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.utils.estimator_checks import parametrize_with_checks

from forensic_style.baselines.linear import LinearConditionalAutoencoder
from forensic_style.baselines.rows import centre_contents, encode_contents, prepare_rows
from forensic_style.errors import ParameterError


@pytest.mark.filterwarnings(r"ignore:.*SCIPY_ARRAY_API:sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([LinearConditionalAutoencoder()])
def test_it_is_a_transformer(estimator: BaseEstimator, check) -> None:
    check(estimator)


def draw_rows(seed: int = 0, n: int = 90, n_columns: int = 8) -> tuple[NDArray, NDArray]:
    """Rows of unequal variances with content effects, and skewed contents."""
    generator = np.random.default_rng(seed)
    codes = np.minimum(generator.geometric(0.4, n) - 1, 4)
    X = generator.normal(size=(n, n_columns)) * np.linspace(3, 0.5, n_columns)
    return X + generator.normal(0, 5, (5, n_columns))[codes], codes


def solve_by_turns(X: NDArray, codes: NDArray, n_components: int, seed: int) -> tuple[float, NDArray]:
    """min |X - Z W - C B|^2 by regressing on one part after the other from random starts; the loss and W Z."""
    C = np.eye(codes.max() + 1)[codes]
    W = np.random.default_rng(seed).normal(size=(n_components, X.shape[1]))
    B = np.zeros((C.shape[1], X.shape[1]))
    for _ in range(3000):
        Z = np.linalg.lstsq(W.T, (X - C @ B).T, rcond=None)[0].T
        both = np.linalg.lstsq(np.hstack([Z, C]), X, rcond=None)[0]
        W, B = both[:n_components], both[n_components:]
    restored = Z @ W + C @ B
    return float(((X - restored) ** 2).sum()), restored


@pytest.mark.parametrize("seed", [0, 1])
def test_it_solves_the_least_squares_problem(seed: int) -> None:
    X, codes = draw_rows(seed)
    loss, restored = solve_by_turns(X, codes, 3, seed)
    coder = LinearConditionalAutoencoder(3).fit(X, content=codes)
    ours = coder.inverse_transform(coder.transform(X, content=codes), content=codes)
    assert ((X - ours) ** 2).sum() == pytest.approx(loss, rel=1e-10)
    np.testing.assert_allclose(ours, restored, atol=1e-5)  # the turns come near only linearly


def test_it_is_centring_then_principal_components_to_rounding() -> None:
    X, codes = draw_rows()
    centred = X - np.array([X[codes == code].mean(axis=0) for code in codes])
    expected = PCA(4, svd_solver="full").fit(centred)
    coder = LinearConditionalAutoencoder(4)
    code = coder.fit_transform(X, content=codes)
    signs = np.sign((coder.components_ * expected.components_).sum(axis=1))
    np.testing.assert_allclose(coder.components_, expected.components_ * signs[:, None], atol=1e-12)
    np.testing.assert_allclose(code, centred @ expected.components_.T * signs, atol=1e-12)
    for content in np.unique(codes):
        np.testing.assert_allclose(code[codes == content].mean(axis=0), 0, atol=1e-12)


def test_without_contents_it_is_plain_principal_components() -> None:
    X, codes = draw_rows()
    expected = PCA(3, svd_solver="full").fit_transform(X)
    code = LinearConditionalAutoencoder(3).fit_transform(X)
    np.testing.assert_allclose(np.abs(code), np.abs(expected), atol=1e-12)
    assert np.array_equal(code, LinearConditionalAutoencoder(3).fit_transform(X, content=[""] * len(codes)))


def test_contents_that_are_unknown_or_new_count_as_the_mean_of_all() -> None:
    X, codes = draw_rows()
    labels = ["" if code == 4 else f"c{code}" for code in codes]
    coder = LinearConditionalAutoencoder(2).fit(X, content=labels)
    assert coder.contents_.tolist() == ["c0", "c1", "c2", "c3"]
    expected = (X - X.mean(axis=0)) @ coder.components_.T
    np.testing.assert_allclose(coder.transform(X, content=["new"] * len(X)), expected, atol=1e-12)
    np.testing.assert_allclose(coder.transform(X), expected, atol=1e-12)


def test_there_are_no_more_components_than_rows_or_columns() -> None:
    X, codes = draw_rows()
    assert LinearConditionalAutoencoder(50).fit_transform(X, content=codes).shape == (90, 8)
    with pytest.raises(ParameterError, match=r"n_components must be .* Got 0"):
        LinearConditionalAutoencoder(0).fit(X)
    with pytest.raises(ParameterError, match="There are 90 rows and 3 content labels"):
        LinearConditionalAutoencoder(2).fit(X, content=["a", "b", "c"])


def test_centring_by_hand() -> None:
    # contents a: 1, 3; b: 10, of a single row; unknown: 6, less the mean of all, 5
    centred = centre_contents(np.array([[1.0], [3.0], [10.0], [6.0]]), ["a", "a", "b", ""])
    assert centred.ravel().tolist() == [-1, 1, 0, 1]
    assert centre_contents(np.array([[1.0], [3.0]]), None).ravel().tolist() == [-1, 1]


def test_labels_are_numbered_by_the_contents_given() -> None:
    contents, codes = encode_contents(["b", None, "a", " b "], 4)
    assert (contents.tolist(), codes.tolist()) == (["a", "b"], [1, -1, 0, 1])
    assert encode_contents(["b", "zebra", "", "A"], 4, contents=contents)[1].tolist() == [1, -1, -1, -1]
    assert encode_contents(None, 2)[1].tolist() == [-1, -1]


def test_rows_are_standardized_rooted_and_rotated() -> None:
    generator = np.random.default_rng(0)
    X = np.column_stack([generator.random((40, 3)), 1000 * generator.normal(size=(40, 2)), np.full(40, 7.0)])
    shares = np.array([True] * 3 + [False] * 3)
    rows = prepare_rows(X, shares=shares)
    Z = np.where(shares, np.sqrt(np.abs(X)), X)
    Z = np.clip((Z - Z.mean(axis=0)) / np.where(Z.std(axis=0) > 0, Z.std(axis=0), 1), -4, 4)
    assert rows.shape == (40, 5)
    np.testing.assert_allclose(rows @ rows.T, (Z - Z.mean(0)) @ (Z - Z.mean(0)).T, atol=1e-9)
    assert prepare_rows(X, n_components=2).shape == (40, 2)


def test_rows_that_are_all_alike_and_values_that_are_missing() -> None:
    assert prepare_rows(np.full((5, 3), 2.0)).tolist() == [[0.0]] * 5
    X = np.array([[0.0, 5.0], [2.0, 99.0], [4.0, 7.0]])
    missing = np.array([[False, False], [False, True], [False, False]])
    other = X.copy()
    other[1, 1] = -1e6
    assert np.array_equal(prepare_rows(X, missing=missing), prepare_rows(other, missing=missing))
