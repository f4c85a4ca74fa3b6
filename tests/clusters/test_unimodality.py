"""Hartigan's dip and its chance."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from forensic_style.clusters.unimodality import find_dip_chance, measure_dip


def measure_dip_by_programming(values: NDArray[np.float64]) -> float:
    """The definition as linear programs: for every mode the nearest F that is convex before and concave after it."""
    x = np.sort(values)
    return min(_fit_with_mode(x, mode) for mode in range(len(x)))


def _fit_with_mode(x: NDArray[np.float64], mode: int) -> float:
    """Variables: F at every value, from the left and from the right at the mode (a jump there is legal), and D."""
    n = len(x)
    points = np.insert(x, mode, x[mode])  # mode twice: F before and after its jump
    below, above = np.arange(n) / n, np.arange(1, n + 1) / n
    rows, limits = [], []

    def demand(entries: dict[int, float], limit: float) -> None:
        row = np.zeros(n + 2)
        for place, value in entries.items():
            row[place] = value
        rows.append(row)
        limits.append(limit)

    for place in range(n + 1):
        number = place if place <= mode else place - 1
        if place != mode + 1:
            demand({place: 1.0, n + 1: -1.0}, below[number])  # F - D <= F_n left of the value
        if place != mode:
            demand({place: -1.0, n + 1: -1.0}, -above[number])  # F + D >= F_n right of it
        if place:
            demand({place - 1: 1.0, place: -1.0}, 0.0)
    for sign, part in ((1.0, range(mode + 1)), (-1.0, range(mode + 1, n + 1))):
        for one, middle, other in zip(part, part[1:], part[2:], strict=False):
            left, right = points[middle] - points[one], points[other] - points[middle]
            demand({one: -sign * right, middle: sign * (left + right), other: -sign * left}, 0.0)
    solved = scipy.optimize.linprog(np.eye(n + 2)[-1], A_ub=np.array(rows), b_ub=limits, bounds=(0, 1))
    return float(solved.fun)


def test_dips_are_worked_by_hand() -> None:
    assert measure_dip(np.array([0.0, 0.0, 1.0, 1.0])) == 0.25  # two atoms of a half: F is one at most, or misses both
    assert measure_dip(np.arange(10.0)) == pytest.approx(1 / 20)  # steps of a straight line
    # halves 0..1 and 9..10: the line across the middle is half a half away from both, but for the step of 1/6
    assert measure_dip(np.array([0.0, 0.5, 1.0, 9.0, 9.5, 10.0])) == pytest.approx(2 / 9)


@given(st.integers(0, 2**32 - 1), st.integers(3, 14))
def test_dip_is_what_the_definition_says(seed: int, n: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.normal(size=n) + generator.choice([0.0, 3.0], n)
    assert measure_dip(values) == pytest.approx(max(measure_dip_by_programming(values), 1 / (2 * n)), abs=1e-7)


@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
def test_dip_ignores_place_scale_and_side(seed: int, n: int) -> None:
    values = np.random.default_rng(seed).normal(size=n)
    assert 1 / (2 * n) <= measure_dip(values) <= 0.25
    assert measure_dip(-7 * values + 3) == pytest.approx(measure_dip(values))


def test_equal_values_are_a_mode() -> None:
    values = np.concatenate([np.zeros(50), np.random.default_rng(0).normal(size=50)])
    assert find_dip_chance(measure_dip(values), 100) > 0.9
    assert measure_dip(np.full(9, 2.0)) == 1 / 18


@pytest.mark.parametrize("n", [20, 40, 150])
def test_chances_of_uniform_values_are_uniform(n: int) -> None:
    generator = np.random.default_rng(n)
    chances = np.sort([find_dip_chance(measure_dip(generator.random(n)), n) for _ in range(600)])
    expected = (np.arange(600) + 0.5) / 600
    assert np.abs(chances - expected)[:500].max() < 0.08  # Kolmogorov: .066 at one in a hundred; the table is coarse


def test_chance_falls_beyond_the_table() -> None:
    chances = [find_dip_chance(dip, 400) for dip in (0.01, 0.02, 0.025, 0.035, 0.05, 0.1)]
    assert chances[0] == 1
    assert (np.diff(chances) < 0).all()
    assert 1e-8 < chances[-2] < 0.001 > chances[-1] > 0
    assert find_dip_chance(0.7157 / np.sqrt(9000), 9000) == pytest.approx(0.001, rel=0.01)  # as for 1,000


def test_two_far_clouds_are_not_one() -> None:
    values = np.random.default_rng(1).normal(size=60) + np.repeat([0.0, 8.0], 30)
    assert find_dip_chance(measure_dip(values), 60) < 1e-4
