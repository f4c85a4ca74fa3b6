import numpy as np
import pytest

from forensic_style.clusters.joins import Join, join_clusters
from forensic_style.clusters.partition import cut_tree, grow_tree

X = np.array([[0.0], [1.0], [10.0], [11.0], [4.0]])
LABELS = np.array([0, 0, 1, 1, 2])


def test_joins_by_hand() -> None:
    # centres 0.5, 10.5, 4 with sizes 2, 2, 1: 0 and 2 grow by 3.5^2 * 2/3, then 5/3 and 10.5 by their distance^2 * 6/5
    first, last = join_clusters(X, LABELS)
    assert (first.one, first.other, last.one, last.other) == ((0, 2), (1,), (0,), (2,))
    assert last.height == pytest.approx(3.5**2 * 2 / 3)
    assert first.height == pytest.approx((10.5 - 5 / 3) ** 2 * 6 / 5)


def test_the_tree_of_single_images_is_that_of_ward() -> None:
    rows = np.random.default_rng(3).normal(size=(12, 3))
    labels = np.arange(12)
    joins = join_clusters(rows, labels)
    tree = grow_tree(rows)
    assert [join.height for join in reversed(joins)] == pytest.approx((tree[:, 2] ** 2 / 2).tolist())
    sides = joins[0].take_sides(labels)
    assert len({*zip(sides.tolist(), cut_tree(tree, 2).tolist(), strict=True)}) == 2


def test_images_of_none_are_left_out() -> None:
    labels = np.array([0, 0, 1, 1, -1])
    (join,) = join_clusters(X, labels)
    assert (join.one, join.other, join.height) == ((0,), (1,), pytest.approx(100.0))
    assert join.take_sides(labels).tolist() == [0, 0, 1, 1, -1]


def test_one_cluster_has_no_joins() -> None:
    assert join_clusters(X, np.zeros(5, dtype=np.intp)) == ()


def test_sides_of_a_join_within_others() -> None:
    assert Join((0,), (2,), 1.0).take_sides(LABELS).tolist() == [0, 0, -1, -1, 1]
