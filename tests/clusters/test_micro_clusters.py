"""Micro-clusters and Ward's tree over them, and refinement of many rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.clusters import row_blocks
from forensic_style.clusters.micro_clusters import grow_large_tree, refine_rows
from forensic_style.clusters.partition import cut_tree, grow_tree, refine_partition, sum_squares_within
from forensic_style.errors import ParameterError


def draw_groups(n: int = 1500, d: int = 6, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Eight groups of unequal sizes and spreads, some rows far off."""
    rng = np.random.default_rng(seed)
    centres, spreads = rng.normal(size=(8, d)) * 3, rng.gamma(3, 0.3, (8, 1))
    of_row = rng.choice(8, n, p=rng.dirichlet(np.full(8, 3.0)))
    noise = rng.normal(size=(n, d)) * spreads[of_row]
    noise[::50] *= 5
    return (centres[of_row] + noise).astype(np.float32), of_row


def test_two_micro_clusters_are_worked_by_hand() -> None:
    # 0 and 2 around 1, 10 and 10 and 13 around 11: 2 + 6 within; the means at a distance of 10 with weights 2 and 3
    X = np.array([[0], [2], [10], [10], [13]], dtype=np.float32)
    for seed in range(9):
        micro = grow_large_tree(X, n_micro=2, random_state=seed)
        if micro.members.tolist() in ([0, 0, 1, 1, 1], [1, 1, 0, 0, 0]):
            break
    assert sorted(micro.centres.ravel().tolist()) == [1, 11]
    assert sorted(micro.sizes.tolist()) == [2, 3]
    assert micro.squares_within == pytest.approx(8)
    assert micro.squares == pytest.approx(8 + 2 * 3 / 5 * 100)
    assert micro.loss == pytest.approx(8 / 128)
    assert micro.tree == pytest.approx(np.array([[0, 1, np.sqrt(2 * 2 * 3 / 5) * 10, 5]]))
    assert micro.cut(2).tolist() == [0, 0, 1, 1, 1]
    assert micro.cut(1).tolist() == [0] * 5
    assert micro.sum_squares(2) == pytest.approx(8)
    assert micro.sum_squares(1) == pytest.approx(128)


def test_as_many_micro_clusters_as_rows_give_the_exact_tree() -> None:
    X = draw_groups(200)[0]
    micro = grow_large_tree(X, n_micro=500)
    assert micro.loss == 0
    exact = grow_tree(X.astype(np.float64))
    assert micro.tree[:, 2:] == pytest.approx(exact[:, 2:])
    for n_clusters in (1, 2, 7, 50, 200):
        assert np.array_equal(micro.cut(n_clusters), cut_tree(exact, n_clusters))


@pytest.mark.parametrize("seed", range(3))
def test_sum_of_squares_is_near_that_of_exact_ward_and_nearer_after_refinement(seed: int) -> None:
    X = draw_groups(seed=seed)[0]
    micro, exact = grow_large_tree(X), grow_tree(X.astype(np.float64))
    assert len(micro.sizes) == 300
    for n_clusters in (4, 8, 16):
        labels = micro.cut(n_clusters)
        squares = sum_squares_within(X.astype(np.float64), labels)
        expected = sum_squares_within(X.astype(np.float64), cut_tree(exact, n_clusters))
        assert micro.sum_squares(n_clusters) == pytest.approx(squares, rel=1e-6)
        assert squares < 1.05 * expected
        refined = refine_rows(X, labels)
        assert refined.squares_before == pytest.approx(squares, rel=1e-6)
        assert refined.squares_after < 1.02 * expected


def test_what_is_reported_is_what_is_there() -> None:
    X = draw_groups()[0]
    micro = grow_large_tree(X, n_micro=40)
    for number, (centre, size) in enumerate(zip(micro.centres, micro.sizes.tolist(), strict=True)):
        rows = X[micro.members == number].astype(np.float64)
        assert len(rows) == size
        assert centre == pytest.approx(rows.mean(axis=0), abs=1e-9)
    assert micro.squares_within == pytest.approx(sum_squares_within(X.astype(np.float64), micro.members))
    assert micro.squares == pytest.approx(float(((X - X.mean(axis=0, dtype=np.float64)) ** 2).sum()))
    assert micro.tree[-1, 3] == len(X)


def test_neither_blocks_nor_files_change_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    X = draw_groups()[0]
    expected = grow_large_tree(X, n_micro=60)
    np.save(tmp_path / "rows.npy", X)
    pieces = [X[:1], X[1:700], X[700:700], X[700:]]
    monkeypatch.setattr(row_blocks, "ROWS_PER_READ", 100)
    for source in (np.load(tmp_path / "rows.npy", mmap_mode="r"), pieces, X.astype(np.float64)):
        found = grow_large_tree(source, n_micro=60)
        assert np.array_equal(found.members, expected.members)
        assert found.tree == pytest.approx(expected.tree, rel=1e-9)
    start = expected.cut(5)
    assert np.array_equal(refine_rows(pieces, start).labels, refine_rows(X, start).labels)


def test_the_order_of_the_rows_changes_nothing_but_the_seed_does() -> None:
    X = draw_groups()[0]
    order = np.random.default_rng(1).permutation(len(X))
    one, other = grow_large_tree(X, n_micro=50), grow_large_tree(X[order], n_micro=50)
    assert np.array_equal(one.members[order], other.members)
    assert other.tree == pytest.approx(one.tree, rel=1e-9)
    assert not np.array_equal(one.members, grow_large_tree(X, n_micro=50, random_state=1).members)


def test_micro_clusters_are_made_of_different_rows() -> None:
    X = np.repeat(np.arange(6, dtype=np.float32), [500, 1, 1, 300, 1, 1])[:, None]
    micro = grow_large_tree(X, n_micro=100)
    assert (len(micro.sizes), micro.loss, micro.squares_within) == (6, 0, 0)
    same = grow_large_tree(np.ones((30, 2), dtype=np.float32), n_micro=4)
    assert (same.tree.shape, same.loss, same.cut(1).tolist()) == ((0, 4), 0, [0] * 30)


@pytest.mark.parametrize("seed", range(3))
def test_refinement_equals_that_of_few_rows(seed: int) -> None:
    X = draw_groups(600, seed=seed)[0].astype(np.float64)
    start = cut_tree(grow_tree(X), 6)
    refined, expected = refine_rows(X, start), refine_partition(X, start)
    assert (refined.labels == expected).mean() > 0.98  # it may end a little earlier
    assert refined.squares_after == pytest.approx(sum_squares_within(X, expected), rel=1e-4)
    assert refined.squares_after <= refined.squares_before


def test_refinement_of_four_numbers_is_worked_by_hand() -> None:
    # means 1 and 5 and 20: 2 lies nearer to 1; then 1, 8 and 20
    X = np.array([[0], [2], [2], [8], [20]], dtype=np.float32)
    refined = refine_rows(X, np.array([0, 0, 1, 1, 2]))
    assert refined.labels.tolist() == [0, 0, 0, 1, 2]
    assert refined.squares_before == 2 + 18
    assert refined.squares_after == pytest.approx(8 / 3)
    assert refined.n_rounds == 2
    assert refine_rows(X, np.array([0, 0, 1, 1, 2]), most_rounds=1).n_rounds == 1


def test_long_rows_do_not_overflow() -> None:
    X = np.array([[0], [1], [3e38], [3e38]], dtype=np.float32)
    micro = grow_large_tree(X, n_micro=3)
    assert micro.cut(2).tolist() == [0, 0, 1, 1]


def _read_once() -> Iterator[NDArray[Any]]:
    yield np.ones((3, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: grow_large_tree(_read_once()), "The rows can be read only once. Give an array or a list"),
        (lambda: grow_large_tree(np.empty((0, 3))), "There are no rows"),
        (lambda: grow_large_tree([np.ones((2, 3)), np.ones((2, 4))]), r"Got an array of shape \(2, 4\) from row 2 on"),
        (lambda: grow_large_tree(np.ones(3)), r"Got an array of shape \(3,\) from row 0 on"),
        (lambda: grow_large_tree(np.array([[0.0], [np.nan]])), "Row 1 has a value that is not finite"),
        (lambda: grow_large_tree(np.ones((3, 2)), n_micro=0), "n_micro must be a whole number of at least 1. Got 0"),
        (lambda: grow_large_tree(np.eye(3), n_micro=3).cut(4), "can be cut into 1 to 3 clusters. Got 4"),
        (lambda: grow_large_tree(np.eye(3), n_micro=3).cut(0), "can be cut into 1 to 3 clusters. Got 0"),
        (lambda: refine_rows(np.eye(3), np.array([0, 1])), "one for each of 3 rows. Got 2 labels from 0 to 1"),
        (lambda: refine_rows(np.eye(3), np.array([0, 2, 2])), "with none left out"),
    ],
)
def test_bad_input_ends_in_a_sentence(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        call()
