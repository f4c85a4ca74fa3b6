"""Edges along lines, brightness in cells, and robust fits."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.kernels.optics import average_cells, find_median, fit_robustly, locate_edges, profile_edge
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
    samples = _draw_ramps([8.0]).ravel()  # rows of 21
    # columns 5 to 15: 50 four times, 75, 100, 125, 150 and on; steps 3 to 6 are 25 in each of three rows
    assert profile_edge(samples, 2 * 21 + 5, 1, 21, 5, 1) == (300, 75 * (3 + 4 + 5 + 6), 0, 75, 0, 150, 450)


def test_profile_against_its_direction_steps_back() -> None:
    assert profile_edge(_draw_ramps([8.0]).ravel(), 2 * 21 + 5, 1, 21, 5, -1)[:4] == (-300, -75 * 18, 300, 0)


def test_colours_drawn_apart_by_whole_and_half_samples_worked_by_hand() -> None:
    found = locate_edges(_draw_ramps([9.0, 8.0, 7.5]), False, np.array([2]), 5, LIMITS, NOWHERE, 9)
    assert len(found) == 1
    y, x, slope, red, blue, width = found[0]
    # green's central differences are 50 at columns 9 to 11: the last of equal ones, at column 11 of 0..20
    assert (y, x, slope, width) == (0.0, 1.0, 0.0, 4.0)
    # blue's steps are 12, 25, 25, 25, 13 from column 7 on: their mean place is 2.02, half a step before green's
    assert red == pytest.approx(1.0)
    assert blue == pytest.approx(-0.5 + 0.02)


def test_profile_is_taken_where_the_colour_is_expected() -> None:
    pixels = _draw_ramps([11.0, 8.0, 8.0])
    still = locate_edges(pixels, False, np.array([2]), 5, LIMITS, NOWHERE, 9)
    expected = locate_edges(pixels, False, np.array([2]), 5, LIMITS, np.array([3.0, 0.0]), 9)
    assert len(still) == len(expected) == 1
    assert still[0, 3] == expected[0, 3] == 3.0


def test_slanting_edge_has_the_slope_of_its_gradient() -> None:
    y, x = np.mgrid[:21, :41]
    plane = (128 + 90 * np.tanh((x - 20 + 0.5 * (y - 10)) / 2)).astype(np.uint8)[:, :, None]
    found = locate_edges(plane, False, np.arange(5, 16), 6, LIMITS, NOWHERE, 99)
    assert len(found) == 11
    np.testing.assert_allclose(found[:, 2], 0.5, atol=0.05)
    np.testing.assert_allclose(found[:, 1], -0.5 * found[:, 0], atol=1)


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (3, 11), (9, 30)])
def test_flat_and_tiny_pixels_have_no_edges(shape: tuple[int, int]) -> None:
    flat = np.full((*shape, 3), 99, dtype=np.uint8)
    lines = np.arange(1, shape[0] - 1)
    assert locate_edges(flat, False, lines, 5, LIMITS, NOWHERE, 9).shape == (0, 6)


def test_edges_beyond_the_most_are_dropped_from_the_end() -> None:
    pixels = _draw_edges(0, (40, 60), 3, np.uint8)
    lines = np.arange(1, 39)
    everything = locate_edges(pixels, False, lines, 5, LIMITS, NOWHERE, 9999)
    assert len(everything) > 20
    np.testing.assert_array_equal(locate_edges(pixels, False, lines, 5, LIMITS, NOWHERE, 9), everything[:9])


@pytest.mark.parametrize("growth", [(0.0, 0.0), (0.05, -0.03)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(33, 50), (40, 64)])
def test_edges_equal_twin(shape: tuple[int, int], kind: Any, channels: int, growth: tuple[float, float]) -> None:
    pixels = _draw_edges(1, shape, channels, kind)
    lines = np.arange(1, shape[0] - 1)[::-1].copy()
    limits = LIMITS * (1 if kind == np.uint8 else 257)
    for turned in (False, True):
        found = locate_edges(pixels, turned, lines, 4, limits, np.array(growth), 999)
        expected = naive.locate_edges(pixels, turned, lines, 4, limits, np.array(growth), 999)
        assert len(found) > 20
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("plane", draw_planes(3, 9))
def test_profile_equals_twin(plane: NDArray[Any], direction: int) -> None:
    samples, columns = plane.ravel(), plane.shape[1]
    for line in range(1, plane.shape[0] - 1):
        expected = naive.profile_edge(samples, line * columns, 1, columns, 4, direction)
        found = profile_edge(samples, line * columns, 1, columns, 4, direction)
        assert found == tuple(int(number) for number in expected)


def test_edges_along_columns_are_those_along_rows_of_the_turned_image() -> None:
    pixels = _draw_edges(2, (40, 60), 3, np.uint8)
    lines = np.arange(1, 39)
    turned = np.ascontiguousarray(pixels.transpose(1, 0, 2))
    expected = locate_edges(pixels, False, lines, 5, LIMITS, NOWHERE, 99)
    np.testing.assert_array_equal(locate_edges(turned, True, lines, 5, LIMITS, NOWHERE, 99), expected)


def test_cells_of_four_samples_worked_by_hand() -> None:
    plane = np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 9, 9, 9], [9, 9, 9, 8]], dtype=np.uint8)
    assert average_cells(plane, 2, 2).tolist() == [[3.5, 5.5], [9.0, 8.75]]


@pytest.mark.parametrize("plane", draw_planes(1, 1))
def test_cells_equal_twin(plane: NDArray[Any]) -> None:
    np.testing.assert_allclose(average_cells(plane, 3, 2), naive.average_cells(plane, 3, 2), rtol=1e-12)


@pytest.mark.parametrize("values", [[3.0], [1.0, 4.0], [5.0, 1.0, 2.0], [7.0, 7.0, 7.0, 7.0], [4.0, 1.0, 3.0, 9.0]])
def test_median_worked_by_hand(values: list[float]) -> None:
    expected = {1: 3.0, 2: 2.5, 3: 2.0}.get(len(values), 7.0 if values[0] == 7 else 3.5)
    array = np.array(values)
    assert find_median(array) == expected
    assert array.tolist() == values


@pytest.mark.parametrize("n", [1, 2, 3, 10, 99, 400])
@pytest.mark.parametrize("most", [1, 5, 10**9])
def test_median_equals_twin(n: int, most: int) -> None:
    values = np.random.default_rng(n).integers(0, most, n).astype(np.float64)
    for ordered in (values, np.sort(values), np.sort(values)[::-1].copy()):
        assert find_median(ordered) == naive.find_median(ordered)


def _draw_fit(seed: int, n: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Values of slope 0.5 with some noise and every tenth far off, in 9 regions."""
    generator = np.random.default_rng(seed)
    design = np.stack([generator.normal(0, 300, n), np.ones(n), generator.uniform(-1, 1, n)], axis=1)
    values = design @ [0.5, 2.0, -1.0] + generator.normal(0, 1, n) + 100 * (np.arange(n) % 10 == 0)
    return design, values, generator.integers(0, 9, n)


def test_values_without_errors_are_fitted_exactly_whatever_lies_far_off() -> None:
    design, _, regions = _draw_fit(0, 60)
    values = design @ [0.5, 2.0, -1.0]
    values[::10] += 1e4
    value, error, scatter = fit_robustly(design, values, regions, 1 / 64)
    assert value == pytest.approx(0.5, rel=1e-6)
    assert error < 1e-4
    assert scatter == 1 / 64


def test_scatter_and_error_are_those_of_the_noise() -> None:
    value, error, scatter = fit_robustly(*_draw_fit(1, 5000), 1 / 64)
    assert scatter == pytest.approx(1.0, rel=0.15)
    assert error == pytest.approx(1 / (300 * 5000**0.5), rel=0.6)  # nine regions tell it roughly
    assert abs(value - 0.5) < 4 * error


@pytest.mark.parametrize("n", [4, 5, 31, 400])
def test_fit_equals_twin(n: int) -> None:
    design, values, regions = _draw_fit(n, n)
    expected = naive.fit_robustly(design, values, regions, 1 / 64)
    np.testing.assert_allclose(fit_robustly(design, values, regions, 1 / 64), expected, rtol=1e-9)
