"""Ward's tree, its flat cuts and their refinement."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.cluster.hierarchy
import scipy.spatial.distance
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering, KMeans

from forensic_style.clusters import partition as partitions
from forensic_style.clusters.partition import (
    average_parts,
    cut_tree,
    grow_tree,
    measure_distances,
    number_by_appearance,
    number_by_size,
    partition,
    refine_partition,
    sum_squares_within,
)
from forensic_style.errors import ParameterError

seeds = st.integers(0, 2**32 - 1)
tied_rows = hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 2))


def draw_rows(seed: int, shape: tuple[int, int] = (24, 3)) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=shape)


def test_ward_tree_of_three_numbers_is_worked_by_hand() -> None:
    # 0 and 1 merge at 1; their mean .5 and 5 merge at sqrt(2 * 2 * 1 / (2 + 1)) * 4.5
    assert grow_tree(np.array([[0.0], [1.0], [5.0]])) == pytest.approx(
        np.array([[0, 1, 1, 2], [2, 3, np.sqrt(4 / 3) * 4.5, 3]])
    )


@pytest.mark.parametrize("method", ["ward", "average", "complete"])
def test_tree_equals_scipy_and_scikit_learn(method: str) -> None:
    X = draw_rows(1)
    tree = grow_tree(X, method=method)
    assert np.array_equal(tree, scipy.cluster.hierarchy.linkage(scipy.spatial.distance.pdist(X), method))
    other = AgglomerativeClustering(5, linkage=method).fit_predict(X)
    assert np.array_equal(cut_tree(tree, 5), number_by_appearance(other))


@given(seeds, st.integers(1, 24))
def test_cut_equals_scipy_where_nothing_ties(seed: int, n_clusters: int) -> None:
    tree = grow_tree(draw_rows(seed))
    expected = scipy.cluster.hierarchy.fcluster(tree, n_clusters, "maxclust")
    assert np.array_equal(cut_tree(tree, n_clusters), number_by_appearance(expected))


@given(tied_rows)
def test_cut_gives_exactly_as_many_parts_as_asked_for_each_inside_a_coarser_one(X: NDArray[np.float64]) -> None:
    tree = grow_tree(X)
    coarser = np.zeros(len(X), dtype=int)
    for n_clusters in range(1, len(X) + 1):
        labels = cut_tree(tree, n_clusters)
        assert set(labels) == set(range(n_clusters))
        assert len(set(zip(labels.tolist(), coarser.tolist(), strict=True))) == n_clusters
        coarser = labels


def test_a_single_row_has_an_empty_tree_and_one_part() -> None:
    X = np.array([[3.0, 4.0]])
    assert grow_tree(X).shape == (0, 4)
    assert cut_tree(grow_tree(X), 1).tolist() == partition(X, 1).tolist() == [0]


def test_as_many_clusters_as_rows_gives_each_row_its_own() -> None:
    assert partition(draw_rows(2), 24).tolist() == list(range(24))


def test_numbering_by_appearance_and_by_size() -> None:
    labels = np.array([7, 2, 2, 9, 7, 2, 5])
    assert number_by_appearance(labels).tolist() == [0, 1, 1, 2, 0, 1, 3]
    assert number_by_size(labels).tolist() == [1, 0, 0, 2, 1, 0, 3]  # 2 thrice, 7 twice, 9 before 5
    assert number_by_size(np.arange(99)[::-1]).tolist() == list(range(99))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20))
def test_numbering_renames_only_and_sizes_fall(labels: list[int]) -> None:
    by_size = number_by_size(np.array(labels))
    assert len(set(zip(labels, by_size.tolist(), strict=True))) == len(set(labels)) == by_size.max() + 1
    assert (np.diff(np.bincount(by_size)) <= 0).all()


def test_means_and_squares_of_parts_are_worked_by_hand() -> None:
    X, labels = np.array([[0.0, 0.0], [2.0, 4.0], [5.0, 5.0]]), np.array([0, 0, 2])
    assert average_parts(X, labels).tolist() == [[1, 2], [0, 0], [5, 5]]  # part 1 is empty
    assert sum_squares_within(X, labels) == 10  # 1 + 1 across, 4 + 4 down


def test_distances_equal_scipy() -> None:
    X, centres = draw_rows(3), draw_rows(4, (5, 3))
    assert measure_distances(X, centres) == pytest.approx(scipy.spatial.distance.cdist(X, centres, "sqeuclidean"))


@given(seeds, st.integers(1, 6))
def test_refining_never_adds_squares_and_never_loses_a_part(seed: int, n_parts: int) -> None:
    X = draw_rows(seed).round(1)
    start = number_by_appearance(np.random.default_rng(seed).integers(0, n_parts, len(X)))
    refined = refine_partition(X, start)
    assert set(refined) == set(start)
    assert sum_squares_within(X, refined) <= sum_squares_within(X, start) * (1 + 1e-12)


@given(tied_rows, st.integers(1, 5), seeds)
def test_refining_tied_rows_keeps_every_part(X: NDArray[np.float64], n_parts: int, seed: int) -> None:
    start = number_by_appearance(np.random.default_rng(seed).integers(0, n_parts, len(X)))
    assert set(refine_partition(X, start)) == set(start)


@given(seeds)
def test_refined_rows_lie_nearest_their_own_mean(seed: int) -> None:
    X = draw_rows(seed)
    refined = partition(X, 4)
    assert np.array_equal(measure_distances(X, average_parts(X, refined)).argmin(axis=1), refined)


def test_refinement_equals_lloyd_of_scikit_learn() -> None:
    X = draw_rows(5, (60, 2))
    start = cut_tree(grow_tree(X), 4)
    lloyd = KMeans(4, init=average_parts(X, start), n_init=1, algorithm="lloyd", tol=0).fit(X)
    assert np.array_equal(refine_partition(X, start), lloyd.labels_)


def test_a_part_that_all_its_rows_would_leave_keeps_the_one_nearest_its_mean() -> None:
    # means -9, 1 and 9: both rows of the middle part, -10 and 12, lie nearer to others and equally far from 1
    X = np.array([[-9.0], [-10.0], [12.0], [9.0]])
    assert refine_partition(X, np.array([0, 1, 1, 2])).tolist() == [0, 1, 2, 2]


def test_two_parts_that_would_be_lost_one_for_the_other_are_both_kept() -> None:
    # means 0, 5, 5.45 and 10.5: all rows of the parts 1 and 2 leave for 0 and 3. Each part keeps its row nearest its
    # mean: 0.1 and 9.9 are equally near 5, and 0.5 and 10.4 equally near 5.45, so the first of each stays
    X = np.array([[0.0], [0.1], [9.9], [0.5], [10.4], [10.5]])
    assert refine_partition(X, np.array([0, 1, 1, 2, 2, 3])).tolist() == [0, 1, 3, 2, 3, 3]


def test_a_row_kept_by_its_own_part_does_not_leave_another_part_empty() -> None:
    # means 5, 0, -10 and 10: the rows 1 and 9 leave part 0 for 1 and 3, and part 1's own rows leave it for 2 and 3.
    # Part 0 keeps the row 1, so nobody comes to part 1 any more, and that keeps its row -10
    X = np.array([[1.0], [9.0], [-10.0], [10.0], [-10.0], [10.0]])
    assert refine_partition(X, np.array([0, 0, 1, 1, 2, 3])).tolist() == [0, 3, 1, 3, 2, 3]


def test_a_square_matrix_that_looks_like_distances_is_clustered_without_a_warning() -> None:
    assert grow_tree(np.array([[0.0, 1.0], [1.0, 0.0]]))[0, 2] == pytest.approx(np.sqrt(2))


def test_ties_go_to_the_lower_label() -> None:
    # means 0 and 4: the row 2 lies between
    assert refine_partition(np.array([[-1.0], [1.0], [2.0], [6.0]]), np.array([0, 0, 1, 1])).tolist() == [0, 0, 0, 1]


def test_identical_rows_are_cut_all_the_same() -> None:
    assert len(np.unique(partition(np.ones((6, 2)), 3))) == 3


def test_many_rows_are_merged_in_linear_memory_into_the_same_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    X = draw_rows(6, (200, 3))
    expected = grow_tree(X)
    monkeypatch.setattr(partitions, "MOST_PAIRED", 100)
    monkeypatch.setattr(scipy.spatial.distance, "pdist", None)
    assert grow_tree(X) == pytest.approx(expected, rel=1e-12)


def test_a_tree_of_all_pairs_of_too_many_rows_ends_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "MOST_LINKED", 100)
    with pytest.raises(
        ParameterError, match=r"The linkage 'average' holds .* at most 100 rows\. Got 101\. Use the linkage 'ward'"
    ):
        grow_tree(draw_rows(7, (101, 2)), method="average")


@given(tied_rows, seeds)
def test_means_are_summed_in_the_order_of_the_rows(X: NDArray[np.float64], seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, labels = X + rng.normal(size=X.shape), rng.integers(0, 4, len(X))
    sums = np.zeros((labels.max() + 1, X.shape[1]))
    np.add.at(sums, labels, X)
    assert np.array_equal(average_parts(X, labels), sums / np.maximum(np.bincount(labels), 1)[:, None])


@pytest.mark.parametrize("n_columns", [1, 2, 7])
@pytest.mark.parametrize("few", [0, 4000])
def test_means_of_few_and_of_many_rows_are_the_same_to_the_bit(n_columns: int, few: int) -> None:
    rng = np.random.default_rng(n_columns)
    X, labels = rng.normal(size=(400, n_columns)) * 10 ** rng.uniform(-6, 6, n_columns), rng.integers(0, 3, 400)
    sums = np.zeros((3, n_columns))
    np.add.at(sums, labels, X)
    for rows in (X, np.asfortranarray(X)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(partitions, "FEW_ROWS", few)
            assert np.array_equal(average_parts(rows, labels), sums / np.bincount(labels)[:, None])


@given(seeds)
def test_blocks_of_rows_change_nothing(seed: int) -> None:
    X = draw_rows(seed)
    start = np.random.default_rng(seed).integers(0, 4, len(X))
    expected = refine_partition(X, start)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "ROWS_PER_BLOCK", 5)
        assert np.array_equal(refine_partition(X, start), expected)
        blocked = sum_squares_within(X, start)
    assert blocked == pytest.approx(sum_squares_within(X, start), rel=1e-12)


def test_no_rows_have_no_means() -> None:
    assert average_parts(np.empty((0, 3)), np.empty(0, dtype=np.intp)).shape == (0, 3)
