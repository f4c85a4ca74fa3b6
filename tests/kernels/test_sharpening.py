"""Overshoots and widths of edges, and differences at several distances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.kernels.sharpening import measure_edges, sum_differences
from tests.conftest import draw_planes
from tests.naive import sharpening as naive

EDGE = [50] * 6 + [40, 60, 140, 160] + [150] * 6  # height 100, overshoot 10 on both sides


def _measure(row: list[int], smallest: int = 32) -> tuple[list[int], list[int], list[int]]:
    """Occupied bins: overshoots on the dark and on the light side, widths."""
    overshoots, widths = measure_edges(np.array([[row]], dtype=np.uint8), 1, smallest, 61, 8)
    dark, light = (np.flatnonzero(side).tolist() for side in overshoots[0])
    return dark, light, np.flatnonzero(widths[0]).tolist()


def _draw_edges(seed: int, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Flat parts with steps of any height, softened and sharpened, and some noise."""
    generator = np.random.default_rng(seed)
    steps = np.repeat(generator.integers(0, 256, (shape[0], shape[1] // 9 + 2)), 9, axis=1)[:, : shape[1]]
    soft = (np.roll(steps, 1, axis=1) + 2 * steps + np.roll(steps, -1, axis=1)) / 4
    noise = generator.normal(0, seed, shape)
    return np.clip(soft + (steps - soft) * 1.5 + noise, 0, 255).astype(np.uint8)


def test_edge_of_sixteen_samples_worked_by_hand() -> None:
    # the slope is 140 - 40 at the place of 60 and 160 - 60 at that of 140, which counts, being above the next one;
    # then 7 samples are left of it but 7 to its right are 160, 150, ...: plateaus 50 and 150
    dark, light, width = _measure(EDGE)
    assert dark == light == [15]  # 10 % of the height, from -20 % on in steps of 2 %
    assert width == [0]  # 60 is 10 % of the way up, 140 is 90 %: both outside 1/8 to 7/8


def test_falling_edge_is_the_same() -> None:
    assert _measure(EDGE[::-1]) == _measure(EDGE)


def test_soft_edge_has_no_overshoot_and_a_width() -> None:
    dark, light, width = _measure([50] * 7 + [70, 100, 130] + [150] * 7)
    assert dark == light == [10]  # 0 %
    assert width == [3]


@pytest.mark.parametrize(
    "row",
    [
        [9] * 20,
        [50] * 8 + [81] * 8,  # less high than 32
        EDGE[1:-1],  # too close to the border
        [50, 65, 50, 65] * 2 + [150] * 8,  # an uneven plateau
    ],
    ids=["flat", "low", "border", "uneven"],
)
def test_nothing_is_counted_where_there_is_no_clear_edge(row: list[int]) -> None:
    assert _measure(row) == ([], [], [])


def test_side_without_room_is_left_out() -> None:
    row = [value + 90 for value in EDGE[:8]] + [value + 90 for value in EDGE[8:]]  # 140 and 240: 15 left of 255
    assert _measure([value + 80 for value in EDGE]) == ([15], [15], [0])  # 25 left, a quarter of the height
    assert _measure(row) == ([15], [], [0])


@pytest.mark.parametrize("hop", [1, 2])
@pytest.mark.parametrize("shape", [(1, 15), (1, 16), (3, 31), (12, 40), (9, 65)])
@pytest.mark.parametrize("seed", range(4))
def test_edges_equal_twin(seed: int, shape: tuple[int, int], hop: int) -> None:
    planes = np.stack([_draw_edges(seed, shape), _draw_edges(seed + 4, shape), _draw_edges(seed, shape)[:, ::-1]])
    for smallest in (8, 32):
        found, expected = (module(planes, hop, smallest, 61, 8) for module in (measure_edges, naive.measure_edges))
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])


def test_drawn_edges_are_found() -> None:
    assert measure_edges(_draw_edges(1, (40, 200))[None], 1, 32, 61, 8)[1].sum() > 100
    planes = _draw_edges(1, (8, 99))[None]
    np.testing.assert_array_equal(naive.measure_edges(planes, 1, 32, 61, 8)[0], measure_edges(planes, 1, 32, 61, 8)[0])


def test_differences_of_six_samples_worked_by_hand() -> None:
    planes = np.array([[[0, 1, 3, 7, 9, 9]]], dtype=np.uint8)
    # places 0 and 1: |0 - 1| + |1 - 3|; |0 - 3| + |1 - 7|; |0 - 9| + |1 - 9|; |0 - 2 + 3| + |1 - 6 + 7|; 1 + 4
    assert sum_differences(planes, 1).tolist() == [[2, 3, 9, 17, 3, 5]]


@pytest.mark.parametrize("hop", [1, 2])
@pytest.mark.parametrize("plane", [plane for plane in draw_planes(1, 5) if plane.dtype == np.uint8])
def test_differences_equal_twin(plane: NDArray[Any], hop: int) -> None:
    planes = np.stack([plane, plane[:, ::-1], plane // 3])
    np.testing.assert_array_equal(sum_differences(planes, hop), naive.sum_differences(planes, hop))
