"""Flat partitions of many rows."""

from __future__ import annotations

import numpy as np
import pytest

from forensic_style.clusters.partition import refine_partition, sum_squares_within
from forensic_style.large import partition
from forensic_style.large.partition import find_nearest, measure_partition, refine_many

BY_HAND = np.array([[0.0], [1.0], [4.0], [10.0], [12.0]], dtype=np.float32)


def test_by_hand() -> None:
    found = refine_many(BY_HAND, np.array([0, 0, 1, 1, 1], dtype=np.int32), 2)
    assert found.labels.tolist() == [0, 0, 0, 1, 1]  # 4 is nearer to 0.5 than to 8.67
    np.testing.assert_allclose(found.centres, [[5 / 3], [11.0]])
    assert found.sum_squares == pytest.approx(25 / 9 + 4 / 9 + 49 / 9 + 2)


def test_rows_of_none_move_nothing_and_do_not_move() -> None:
    found = refine_many(BY_HAND, np.array([0, 0, -1, 1, 1], dtype=np.int32), 2)
    assert found.labels.tolist() == [0, 0, -1, 1, 1]
    np.testing.assert_allclose(found.centres, [[0.5], [11.0]])
    assert found.sum_squares == pytest.approx(0.5 + 2)


def test_fixed_rows_stay_where_they_are_known_to_be() -> None:
    fixed = np.array([-1, -1, 1, -1, -1], dtype=np.int32)
    found = refine_many(BY_HAND, np.array([0, 0, 0, 1, 1], dtype=np.int32), 2, fixed=fixed)
    assert found.labels.tolist() == [0, 0, 1, 1, 1]


def test_no_part_loses_its_last_row() -> None:
    rows = np.array([[0.0], [1.0], [1.0], [2.0]], dtype=np.float32)
    found = refine_many(rows, np.array([0, 1, 1, 0], dtype=np.int32), 2)  # both means are 1: ties go to part 0
    assert np.bincount(found.labels, minlength=2).min() > 0


def test_equals_the_partition_of_all_rows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition, "ROWS", 7)
    random = np.random.default_rng(0)
    X = (random.normal(0, 1, (100, 3)) + 3 * random.integers(3, size=(100, 1))).astype(np.float32)
    start = random.integers(3, size=100).astype(np.int32)
    found, wide = refine_many(X, start, 3), X.astype(np.float64)
    np.testing.assert_array_equal(found.labels, refine_partition(wide, start.astype(np.intp)))
    assert found.sum_squares == pytest.approx(sum_squares_within(wide, found.labels))
    np.testing.assert_array_equal(find_nearest(X, found.centres), found.labels)


def test_an_empty_part_has_the_centre_zero() -> None:
    found = measure_partition(BY_HAND, np.zeros(5, dtype=np.int32), 2)
    assert found.centres.tolist() == [[pytest.approx(5.4)], [0.0]]
