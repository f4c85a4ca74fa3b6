"""What two parts of a sample say of the error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from forensic_style.errors import ParameterError
from forensic_style.large.halves import deal_parts, measure_error, search_parts
from tests.large.tables import draw_table


@dataclass
class Found:
    """As much of a result as is read."""

    table: Any
    n_clusters: int


def test_parts_are_disjoint_and_their_images_do_not_depend_on_the_order() -> None:
    table = draw_table(61)
    one, other = deal_parts(table)
    assert sorted([*one, *other]) == list(range(61))
    assert len(one) == 31
    shuffled = table.select_images(np.random.default_rng(0).permutation(61))
    again, _ = deal_parts(shuffled)
    assert {shuffled.paths[number] for number in again} == {table.paths[number] for number in one}


def test_equal_files_are_in_one_part() -> None:
    table = draw_table(30)
    one, other = deal_parts(table.select_images([*range(30), *range(30)]))
    assert not {number % 30 for number in one} & {number % 30 for number in other}


def test_parts_have_an_upper_size_and_a_lower_one() -> None:
    table = draw_table(60)
    assert [len(part) for part in deal_parts(table, most=11)] == [11, 11]
    assert search_parts(table, lambda part: Found(part, 1), most=11) == ()
    assert [len(found.table.images) for found in search_parts(table, lambda part: Found(part, 1))] == [30, 30]


def test_parts_that_cannot_be_clustered_tell_nothing() -> None:
    def fail(_: Any) -> Any:
        raise ParameterError("3 clusters were asked for, but only 1 rows differ.")

    assert search_parts(draw_table(60), fail) == ()


def test_error_by_hand() -> None:
    table = draw_table(60)
    parts = search_parts(table, lambda part: Found(part, 2))
    labels = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, -1], dtype=np.int32)
    one = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0], dtype=np.int32)
    other = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1], dtype=np.int32)
    error = measure_error(labels, parts, (one, other))
    assert error is not None
    assert (error.n_images, error.n_clusters) == ((30, 30), (2, 2))
    assert error.agreement == 0.9
    assert error.shares == ((0.5, 0.6), (0.5, 0.4))
    assert error.spread == pytest.approx(0.1)
    expected = adjusted_rand_score(one[:-1], other[:-1])
    assert (error.ari, error.ari_with_result) == (pytest.approx(expected), (1.0, pytest.approx(expected)))
    assert error.describe() == (
        "Two parts of the sample (30 images each) both found 2 technologies and agree on 90 % of all images (adjusted "
        f"Rand index {expected:.2f}); the share of a cluster differs by up to 10.0 percentage points."
    )


def test_a_cluster_that_a_part_lacks_has_the_share_zero() -> None:
    parts = search_parts(draw_table(60), lambda part: Found(part, 1))
    labels = np.array([0, 0, 0, 1], dtype=np.int32)
    error = measure_error(labels, parts, (np.zeros(4, dtype=np.int32), labels))
    assert error is not None
    assert error.shares == ((1.0, 0.75), (0.0, 0.25))
    assert measure_error(labels, (), ()) is None
