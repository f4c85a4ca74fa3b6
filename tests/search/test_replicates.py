"""Replicate space: directions between images against within images."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.utils.estimator_checks import parametrize_with_checks

from forensic_style.clusters.partition import average_parts
from forensic_style.errors import ParameterError
from forensic_style.search.replicates import FLOOR, ReplicateSpace

seeds = st.integers(0, 2**32 - 1)


@pytest.mark.filterwarnings(r"ignore:.*SCIPY_ARRAY_API:sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([ReplicateSpace()])
def test_estimators_are_transformers(estimator: BaseEstimator, check) -> None:
    check(estimator)


def draw_windows(seed: int = 0, n_images: int = 30, n_columns: int = 5) -> tuple[NDArray, NDArray]:
    """Images of 2 to 5 windows, correlated columns."""
    generator = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n_images), generator.integers(2, 6, n_images))
    between = generator.normal(size=(n_images, n_columns)) @ generator.normal(size=(n_columns, n_columns))
    within = generator.normal(size=(len(groups), n_columns)) @ generator.normal(size=(n_columns, n_columns))
    return between[groups] + within, groups


def measure_scatter(X: NDArray, groups: NDArray) -> tuple[NDArray, NDArray]:
    """Covariance of the images' means and pooled covariance within images, image by image."""
    means = np.array([X[groups == image].mean(axis=0) for image in np.unique(groups)])
    rest = [X[groups == image] - X[groups == image].mean(axis=0) for image in np.unique(groups)]
    within = sum(part.T @ part for part in rest) / sum(len(part) - 1 for part in rest)
    return np.cov(means.T), within


def test_one_column_is_worked_by_hand() -> None:
    # images (0, 2), (4, 6), (8, 10): means 1, 5, 9 of variance 16; within: squares 6 over 6 - 3, so 2
    space = ReplicateSpace().fit([[0.0], [2.0], [4.0], [6.0], [8.0], [10.0]], groups=[0, 0, 1, 1, 2, 2])
    assert space.mean_ == pytest.approx([5])
    assert space.separation_ == pytest.approx([16 / (2 + FLOOR)])
    assert space.directions_ == pytest.approx(1 / np.sqrt(2 + FLOOR))
    assert space.transform([[7.0]]) == pytest.approx(2 / np.sqrt(2 + FLOOR))


@pytest.mark.parametrize("shrinkage", [0.0, 0.2, 1.0])
def test_separation_equals_scipy_generalized_eigenvalues(shrinkage: float) -> None:
    X, groups = draw_windows()
    between, within = measure_scatter(X, groups)
    within = (1 - shrinkage) * within + shrinkage * np.diag(np.diag(within)) + FLOOR * np.eye(5)
    space = ReplicateSpace(shrinkage=shrinkage).fit(X, groups=groups)
    expected, vectors = scipy.linalg.eigh(between, within)
    assert space.separation_ == pytest.approx(expected[::-1])
    assert np.abs(space.directions_) == pytest.approx(np.abs(vectors[:, ::-1]))


@given(seeds, st.sampled_from([0.0, 0.2, 1.0]))
def test_directions_have_unit_scatter_within_images(seed: int, shrinkage: float) -> None:
    X, groups = draw_windows(seed)
    between, within = measure_scatter(X, groups)
    within = (1 - shrinkage) * within + shrinkage * np.diag(np.diag(within)) + FLOOR * np.eye(5)
    space = ReplicateSpace(shrinkage=shrinkage).fit(X, groups=groups)
    V = space.directions_
    assert V.T @ within @ V == pytest.approx(np.eye(5), abs=1e-8)
    assert V.T @ between @ V == pytest.approx(np.diag(space.separation_), rel=1e-6, abs=1e-6)
    assert (np.diff(space.separation_) <= 0).all()


def test_what_differs_between_images_is_found_and_what_varies_within_them_only_is_not() -> None:
    generator = np.random.default_rng(1)
    groups = np.repeat(np.arange(100), 4)
    X = generator.normal(size=(400, 6)) * [1, 30, 1, 1, 1, 1]  # column 1 varies much, within images only
    X[:, 4] += generator.normal(0, 3, 100)[groups]  # column 4 differs between images
    space = ReplicateSpace().fit(X, groups=groups)
    assert np.abs(space.directions_[:, 0]).argmax() == 4
    assert np.abs(space.directions_[4, 0]) > 0.9
    assert np.abs(space.directions_[1]).max() < 0.1
    assert space.separation_[0] > 5  # about 9 + 1 / 4


def test_images_that_differ_no_more_than_chance_separate_by_one_over_their_windows() -> None:
    generator = np.random.default_rng(2)
    X = generator.normal(size=(8000, 3))
    separation = ReplicateSpace().fit(X, groups=np.repeat(np.arange(2000), 4)).separation_
    assert separation == pytest.approx(1 / 4, rel=0.15)  # the mean of 4 windows has a quarter of their variance


def test_without_replicates_the_directions_are_principal_components_of_the_standardized_columns() -> None:
    X = np.random.default_rng(3).normal(size=(50, 4)) @ np.random.default_rng(4).normal(size=(4, 4))
    scale = np.sqrt(X.var(axis=0) + FLOOR)
    components = PCA(4).fit(X / scale)
    space = ReplicateSpace().fit(X)
    assert space.separation_ == pytest.approx(components.explained_variance_)
    assert np.abs(space.directions_ * scale[:, None]) == pytest.approx(np.abs(components.components_.T))
    assert space.transform(X) == pytest.approx(ReplicateSpace().fit(X, groups=np.arange(50)).transform(X))


@given(seeds)
def test_order_of_rows_and_names_of_images_do_not_matter(seed: int) -> None:
    X, groups = draw_windows(seed)
    generator = np.random.default_rng(seed)
    order, names = generator.permutation(len(X)), generator.permutation(30)
    one = ReplicateSpace().fit(X, groups=groups)
    other = ReplicateSpace().fit(X[order], groups=[f"image {names[group]}" for group in groups[order]])
    assert other.separation_ == pytest.approx(one.separation_)
    assert other.transform(X) == pytest.approx(one.transform(X), abs=1e-6)


@given(seeds)
def test_the_largest_entry_of_every_direction_is_positive(seed: int) -> None:
    X, groups = draw_windows(seed)
    for turned in (X, -X):
        directions = ReplicateSpace().fit(turned, groups=groups).directions_
        assert (directions.max(axis=0) >= -directions.min(axis=0)).all()


@pytest.mark.parametrize(
    ("n_images", "n_columns", "n_directions", "kept"), [(30, 5, 3, 3), (30, 5, 9, 5), (4, 5, 9, 3), (1, 5, 9, 1)]
)
def test_no_more_directions_than_images_and_columns_allow(
    n_images: int, n_columns: int, n_directions: int, kept: int
) -> None:
    X, groups = draw_windows(0, n_images, n_columns)
    space = ReplicateSpace(n_directions)
    assert space.fit_transform(X, groups=groups).shape == (len(X), kept)
    assert space.separation_.shape == (kept,)


def test_constant_columns_are_ignored() -> None:
    X, groups = draw_windows()
    X[:, 2] = 0
    assert ReplicateSpace().fit(X, groups=groups).directions_[2, :4] == pytest.approx(0, abs=1e-9)


def test_images_of_one_window_take_part_beside_others() -> None:
    X, groups = draw_windows()
    X, groups = np.vstack([X, np.ones((1, 5))]), np.append(groups, 99)
    between, within = measure_scatter(X, groups)
    space = ReplicateSpace(shrinkage=0).fit(X, groups=groups)
    assert space.separation_ == pytest.approx(scipy.linalg.eigvalsh(between, within + FLOOR * np.eye(5))[::-1])


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"n_directions of ReplicateSpace must be at least 1. Got 0 instead."):
        ReplicateSpace(0).fit([[1.0], [2.0]])
    with pytest.raises(ParameterError, match=r"The shrinkage of ReplicateSpace must be in 0..1. Got 1.5 instead."):
        ReplicateSpace(shrinkage=1.5).fit([[1.0], [2.0]])
    with pytest.raises(ParameterError, match=r"There are 2 rows and 3 groups. Give one group per row."):
        ReplicateSpace().fit([[1.0], [2.0]], groups=[0, 0, 1])
    with pytest.raises(ParameterError, match=r"ReplicateSpace knows 3 columns and got 1. Use the same columns."):
        ReplicateSpace(unreplicated=[True, False, True]).fit([[1.0], [2.0]])


def draw_files(seed: int, n_copies: int, *, correlated: float = 0.0) -> tuple[NDArray, NDArray, NDArray]:
    """Four windows of 60 images: two columns of the pixels, and one of the file that is there n_copies times."""
    generator = np.random.default_rng(seed)
    groups = np.repeat(np.arange(60), 4)
    images = generator.normal(size=(60, 2)) * [3, 1]
    header = np.where(np.arange(60) % 2 == 0, 1.0, -1.0) + generator.normal(0, 1e-3, 60)
    images[:, 0] += correlated * header
    pixels = images[groups] + generator.normal(size=(240, 2))
    X = np.hstack([pixels, np.repeat(header[groups, None], n_copies, axis=1)])
    return X, groups, np.arange(2 + n_copies) >= 2


@given(seeds, st.integers(1, 60))
def test_columns_of_the_file_are_as_clear_as_the_others_however_many_they_are(seed: int, n_copies: int) -> None:
    X, groups, unreplicated = draw_files(seed, n_copies)
    pixels = ReplicateSpace().fit(X[:, :2], groups=groups).separation_
    space = ReplicateSpace(unreplicated=unreplicated).fit(X, groups=groups)
    alone = ReplicateSpace(unreplicated=unreplicated[2:]).fit(X[:, 2:], groups=groups)
    assert alone.separation_[0] == pytest.approx(1)
    assert space.separation_[:3].sum() == pytest.approx(pixels.sum() + np.median(pixels))


@given(seeds, st.integers(1, 60))
def test_leading_columns_of_the_file_are_as_clear_as_the_clearest(seed: int, n_copies: int) -> None:
    X, groups, unreplicated = draw_files(seed, n_copies)
    pixels = ReplicateSpace().fit(X[:, :2], groups=groups).separation_
    space = ReplicateSpace(unreplicated=unreplicated, leading=True).fit(X, groups=groups)
    assert space.separation_[:3].sum() == pytest.approx(pixels.sum() + pixels.max())


def test_columns_of_the_file_share_no_scatter_with_those_of_the_pixels() -> None:
    X, groups, unreplicated = draw_files(0, 5)
    space = ReplicateSpace(unreplicated=unreplicated).fit(X, groups=groups)
    _, within = measure_scatter(X, groups)
    within = 0.8 * within + 0.2 * np.diag(np.diag(within)) + FLOOR * np.eye(7)
    V = space.directions_
    header = V[2:].T @ V[2:] / (V[2:] ** 2).sum()
    pixels = V[:2].T @ within[:2, :2] @ V[:2]
    scale = (np.eye(len(pixels)) - pixels)[header > 1e-9] / ((V[2:] ** 2).sum() * header)[header > 1e-9]
    assert scale == pytest.approx(scale[0], rel=1e-6)  # one variance for all of the file's columns


def test_no_columns_of_the_file_change_nothing() -> None:
    X, groups = draw_windows()
    one = ReplicateSpace().fit(X, groups=groups)
    other = ReplicateSpace(unreplicated=np.zeros(5, dtype=bool)).fit(X, groups=groups)
    np.testing.assert_array_equal(one.directions_, other.directions_)


def test_columns_of_the_file_that_are_all_the_same_are_ignored() -> None:
    X, groups, unreplicated = draw_files(0, 3)
    X[:, 2:] = 0
    space = ReplicateSpace(unreplicated=unreplicated).fit(X, groups=groups)
    assert space.directions_[:2, :2] == pytest.approx(ReplicateSpace().fit(X[:, :2], groups=groups).directions_)
    assert space.directions_[2:, :2] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("n_images", [1, 2, 30])
def test_columns_of_the_file_alone_are_their_principal_components(n_images: int) -> None:
    generator = np.random.default_rng(0)
    images = generator.normal(size=(n_images, 4)) * [8, 4, 2, 1]
    groups = np.repeat(np.arange(n_images), 3)
    space = ReplicateSpace(unreplicated=np.ones(4, dtype=bool)).fit(images[groups], groups=groups)
    found = average_parts(space.transform(images[groups]), groups)
    if n_images > 1:
        components = PCA(min(4, n_images - 1)).fit(images)
        scores = components.transform(images) / np.sqrt(components.explained_variance_[0])
        assert np.abs(found) == pytest.approx(np.abs(scores))
    assert np.isfinite(found).all()


def test_means_of_groups_are_worked_by_hand() -> None:
    assert average_parts(np.array([[1.0], [2.0], [4.0]]), np.array([1, 0, 1])).tolist() == [[2], [2.5]]


@pytest.mark.parametrize("shrinkage", [0.0, 0.2, 1.0])
def test_few_rows_of_many_columns_give_the_same_as_the_whole_matrices(shrinkage: float) -> None:
    X, groups = draw_windows(1, n_images=6, n_columns=90)
    between, within = measure_scatter(X, groups)
    within = (1 - shrinkage) * within + shrinkage * np.diag(np.diag(within)) + FLOOR * np.eye(90)
    space = ReplicateSpace(5, shrinkage=shrinkage).fit(X, groups=groups)
    expected = scipy.linalg.eigh(between, within, eigvals_only=True)[::-1][:5]
    assert len(X) < 90 / 3  # so the small side is taken
    assert space.separation_ == pytest.approx(expected, rel=1e-8)
    assert space.directions_.T @ within @ space.directions_ == pytest.approx(np.eye(5), abs=1e-7)
