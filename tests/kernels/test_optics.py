"""Edges along lines, and brightness in cells."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.kernels.optics import average_cells, locate_edges, profile_edge
from tests.conftest import draw_planes
from tests.naive import optics as naive

LIMITS = np.array([24, 4, 251])
NOWHERE = np.zeros(2)


def _draw_edges(seed: int, shape: tuple[int, int], channels: int, kind: Any) -> NDArray[Any]:
    """Soft shapes, the channels a little apart."""
    generator = np.random.default_rng(seed)
    small = generator.normal(0, 1, (shape[0] // 6 + 2, shape[1] // 6 + 2))
    shapes = np.sign(cv2.resize(small, shape[::-1], interpolation=cv2.INTER_CUBIC))
    planes = [np.roll(cv2.GaussianBlur(shapes, (0, 0), 1 + 0.2 * k), k % 2, axis=1) for k in range(channels)]
    levels = (128 + 80 * np.dstack(planes) + generator.normal(0, 1, (*shape, channels))).clip(0, 255)
    return (levels * (1 if kind == np.uint8 else 257)).astype(kind)


def _draw_ramps(starts: list[float]) -> NDArray[np.uint8]:
    """Per channel an edge of 100 grey levels, 4 samples wide, from this column on; 5 rows, 21 columns."""
    x = np.arange(21)
    profiles = [50 + 25 * np.clip(x - start, 0, 4) for start in starts]
    return np.tile(np.stack(profiles, axis=1), (5, 1, 1)).astype(np.uint8)


def test_profile_of_a_ramp_worked_by_hand() -> None:
    plane = _draw_ramps([8.0])
    # columns 5 to 15: 50 four times, 75, 100, 125, 150 and on; steps 3 to 6 are 25 in each of three rows
    assert profile_edge(plane, 2, 5, 5, 0, 1) == (300, 75 * (3 + 4 + 5 + 6), 0, 75, 0, 150, 450)


def test_profile_against_its_direction_steps_back() -> None:
    assert profile_edge(_draw_ramps([8.0]), 2, 5, 5, 0, -1)[:4] == (-300, -75 * 18, 300, 0)


def test_colours_drawn_apart_by_whole_and_half_samples_worked_by_hand() -> None:
    found = locate_edges(_draw_ramps([9.0, 8.0, 7.5]), np.array([2]), 5, LIMITS, NOWHERE, 9)
    assert len(found) == 1
    y, x, slope, red, blue, width = found[0]
    # green's central differences are 50 at columns 9 to 11: the last of equal ones, at column 11 of 0..20
    assert (y, x, slope, width) == (0.0, 1.0, 0.0, 4.0)
    # blue's steps are 12, 25, 25, 25, 13 from column 7 on: their mean place is 2.02, half a step before green's
    assert red == pytest.approx(1.0)
    assert blue == pytest.approx(-0.5 + 0.02)


def test_profile_is_taken_where_the_colour_is_expected() -> None:
    pixels = _draw_ramps([11.0, 8.0, 8.0])
    still = locate_edges(pixels, np.array([2]), 5, LIMITS, NOWHERE, 9)
    expected = locate_edges(pixels, np.array([2]), 5, LIMITS, np.array([3.0, 0.0]), 9)
    assert len(still) == len(expected) == 1
    assert still[0, 3] == expected[0, 3] == 3.0


def test_slanting_edge_has_the_slope_of_its_gradient() -> None:
    y, x = np.mgrid[:21, :41]
    plane = (128 + 90 * np.tanh((x - 20 + 0.5 * (y - 10)) / 2)).astype(np.uint8)[:, :, None]
    found = locate_edges(plane, np.arange(5, 16), 6, LIMITS, NOWHERE, 99)
    assert len(found) == 11
    np.testing.assert_allclose(found[:, 2], 0.5, atol=0.05)
    np.testing.assert_allclose(found[:, 1], -0.5 * found[:, 0], atol=1)


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (3, 11), (9, 30)])
def test_flat_and_tiny_pixels_have_no_edges(shape: tuple[int, int]) -> None:
    flat = np.full((*shape, 3), 99, dtype=np.uint8)
    lines = np.arange(1, shape[0] - 1)
    assert locate_edges(flat, lines, 5, LIMITS, NOWHERE, 9).shape == (0, 6)


def test_edges_beyond_the_most_are_dropped_from_the_end() -> None:
    pixels = _draw_edges(0, (40, 60), 3, np.uint8)
    lines = np.arange(1, 39)
    everything = locate_edges(pixels, lines, 5, LIMITS, NOWHERE, 9999)
    assert len(everything) > 20
    np.testing.assert_array_equal(locate_edges(pixels, lines, 5, LIMITS, NOWHERE, 9), everything[:9])


@pytest.mark.parametrize("growth", [(0.0, 0.0), (0.05, -0.03)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(33, 50), (40, 64)])
def test_edges_equal_twin(shape: tuple[int, int], kind: Any, channels: int, growth: tuple[float, float]) -> None:
    pixels = _draw_edges(1, shape, channels, kind)
    lines = np.arange(1, shape[0] - 1)[::-1].copy()
    limits = LIMITS * (1 if kind == np.uint8 else 257)
    for view in (pixels, pixels.transpose(1, 0, 2)[:, : shape[0]]):
        lines = lines[lines < view.shape[0] - 1]
        found = locate_edges(view, lines, 4, limits, np.array(growth), 999)
        expected = naive.locate_edges(view, lines, 4, limits, np.array(growth), 999)
        assert len(found) > 20
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("plane", draw_planes(3, 9))
def test_profile_equals_twin(plane: NDArray[Any], direction: int) -> None:
    pixels = plane[:, :, None]
    for line in range(1, plane.shape[0] - 1):
        expected = naive.profile_edge(pixels, line, 0, 4, 0, direction)
        assert profile_edge(pixels, line, 0, 4, 0, direction) == tuple(int(number) for number in expected)


def test_cells_of_four_samples_worked_by_hand() -> None:
    plane = np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 9, 9, 9], [9, 9, 9, 8]], dtype=np.uint8)
    assert average_cells(plane, 2, 2).tolist() == [[3.5, 5.5], [9.0, 8.75]]


@pytest.mark.parametrize("plane", draw_planes(1, 1))
def test_cells_equal_twin(plane: NDArray[Any]) -> None:
    np.testing.assert_allclose(average_cells(plane, 3, 2), naive.average_cells(plane, 3, 2), rtol=1e-12)
