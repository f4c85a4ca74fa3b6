"""Votes for the origin of a grid, cross-differences by phase, and repeated rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from forensic_style.kernels.block_grid import share_repeats, sum_crossings, vote_for_origins
from tests.conftest import draw_planes
from tests.naive import block_grid as naive

PLANES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=20))
BYTES = [plane for plane in draw_planes(2, 2) if plane.dtype == np.uint8]


def test_one_block_gets_the_votes_of_all_its_samples() -> None:
    assert (vote_for_origins(np.zeros((1, 1), dtype=np.int8)) == 0).all()
    assert (vote_for_origins(np.full((1, 1), -1, dtype=np.int8)) == -1).all()


def test_votes_between_two_blocks_worked_by_hand() -> None:
    # columns 0 to 7 belong to the first block, 1 to 8 to the second
    assert vote_for_origins(np.array([[5, 6]], dtype=np.int8))[3].tolist() == [0] + [1] * 8
    assert vote_for_origins(np.array([[6, 6]], dtype=np.int8))[3].tolist() == [0] + [-1] * 7 + [1]
    assert vote_for_origins(np.array([[5], [6]], dtype=np.int8))[:, 3].tolist() == [0] + [8] * 8


def test_origin_is_counted_modulo_8() -> None:
    zeros = np.zeros((20, 20), dtype=np.int8)
    zeros[11, 13] = 9
    votes = vote_for_origins(zeros)
    assert (votes[11:19, 13:21] == 8 * 3 + 5).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (8, 17), (20, 11)])
@pytest.mark.parametrize("most", [1, 3, 63])
def test_votes_equal_twin(shape: tuple[int, int], most: int) -> None:
    zeros = np.random.default_rng(most).integers(-1, most, shape, endpoint=True).astype(np.int8)
    np.testing.assert_array_equal(vote_for_origins(zeros), naive.vote_for_origins(zeros))


def test_crossings_of_two_by_two_samples_worked_by_hand() -> None:
    plane = np.array([[[10, 20], [30, 45]]], dtype=np.uint8)
    ((sums, counts),) = sum_crossings(plane, plane, 0, 2, 99)
    assert sums.tolist() == [[5, 0], [0, 0]]  # |10 - 20 - 30 + 45| = 5
    assert counts.tolist() == [[1, 0], [0, 0]]
    assert sum_crossings(plane, plane, 0, 2, 3)[0, 0, 0, 0] == 3
    other = np.array([[[0, 0], [0, 2]]], dtype=np.uint8)
    assert sum_crossings(plane, other, 1, 2, 99)[0, 0, 0, 0] == 3  # |5 - 2|


def test_flat_plane_has_no_crossings() -> None:
    flat = np.full((3, 17, 20), 255, dtype=np.uint8)
    both = sum_crossings(flat, flat, 0, 8, 16)
    assert not both[:, 0].any()
    assert both[:, 1].sum(axis=(1, 2)).tolist() == [16 * 19] * 3


@pytest.mark.parametrize(("down", "right"), [(0, 0), (3, 5), (7, 1)])
def test_grid_of_blocks_peaks_where_four_of_them_meet(down: int, right: int) -> None:
    levels = np.random.default_rng(2).integers(0, 256, (8, 9))
    plane = np.ascontiguousarray(np.kron(levels, np.ones((8, 8))).astype(np.uint8)[down:, right:])
    ((sums, _),) = sum_crossings(plane[None], plane[None], 0, 8, 16)
    assert np.argwhere(sums).tolist() == [[(7 - down) % 8, (7 - right) % 8]]


@pytest.mark.parametrize(("weight", "period", "limit"), [(0, 8, 16), (1, 16, 16), (1, 5, 900), (0, 1, 1)])
@pytest.mark.parametrize("plane", BYTES)
def test_crossings_equal_twin(plane: NDArray[Any], weight: int, period: int, limit: int) -> None:
    first, second = np.stack([plane, plane[::-1]]), np.stack([plane[::-1, ::-1], plane])
    expected = naive.sum_crossings(first, second, weight, period, limit)
    np.testing.assert_array_equal(sum_crossings(first, second, weight, period, limit), expected)


@given(PLANES)
def test_crossings_ignore_the_negative_image(plane: NDArray[np.uint8]) -> None:
    planes, negative = plane[None], 255 - plane[None]
    expected = sum_crossings(planes, planes, 0, 8, 16)
    np.testing.assert_array_equal(sum_crossings(negative, negative, 0, 8, 16), expected)


@given(PLANES)
def test_crossings_of_transposed_plane_are_transposed(plane: NDArray[np.uint8]) -> None:
    planes, turned = plane[None], np.ascontiguousarray(plane.T)[None]
    expected = sum_crossings(planes, planes, 0, 8, 16).swapaxes(2, 3)
    np.testing.assert_array_equal(sum_crossings(turned, turned, 0, 8, 16), expected)


@given(PLANES, st.integers(1, 16))
def test_crossings_count_every_square_once(plane: NDArray[np.uint8], period: int) -> None:
    ((_, counts),) = sum_crossings(plane[None], plane[None], 0, period, 16)
    assert counts.sum() == (plane.shape[0] - 1) * (plane.shape[1] - 1)


def test_repeats_of_doubled_rows_worked_by_hand() -> None:
    plane = np.repeat(np.arange(40, dtype=np.uint8).reshape(10, 4), 2, axis=0)
    assert share_repeats(plane, 1, 3) == 10 / 19
    assert share_repeats(plane, 2, 3) == 0.0
    assert share_repeats(plane, 1, 4) == 0.0  # no row changes four times


def test_rows_of_one_level_are_no_repeats() -> None:
    plane = np.full((20, 4), 7, dtype=np.uint8)
    assert share_repeats(plane, 1, 1) == 0.0
    plane[[9, 10], 2] = 1
    assert share_repeats(plane, 1, 2) == 1 / 8  # two rows vary, one repeats; fewer than eight count as eight


@pytest.mark.parametrize("fewest", [0, 1, 5])
@pytest.mark.parametrize("distance", [1, 3])
@pytest.mark.parametrize("plane", draw_planes(1, 1))
def test_repeats_equal_twin(plane: NDArray[Any], distance: int, fewest: int) -> None:
    assert share_repeats(plane, distance, fewest) == naive.share_repeats(plane, distance, fewest)
