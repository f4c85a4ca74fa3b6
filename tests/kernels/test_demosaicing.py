"""Residuals by place in the Bayer lattice, and weights of interpolation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.kernels.demosaicing import (
    average_interpolation_products,
    fit_interpolation,
    measure_lattice,
    summarize_columns,
)
from tests.naive import demosaicing as naive

PAIRS = np.array([[0, 1, 1, 1], [1, 5, 4, -3], [6, 2, 3, -1], [3, 4, 1, -1], [6, 6, 1, 0]])
SHAPES = [(32, 32), (33, 47), (64, 39)]
Planes = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def _draw(shape: tuple[int, int], low: int = 0, high: int = 256, *, n_windows: int = 1) -> Planes:
    red, green, blue = np.random.default_rng(sum(shape)).integers(low, high, (3, n_windows, *shape)).astype(np.uint8)
    return red, green, blue


def _fit(planes: Planes, top: int, left: int) -> NDArray[np.float64]:
    return fit_interpolation(average_interpolation_products(planes, np.array([[top, left]]), 1), 0.1)[0]


def _flat(level: int) -> NDArray[np.uint8]:
    return np.full((1, 8, 8), level, dtype=np.uint8)


def test_one_raised_red_sample_worked_by_hand() -> None:
    red = _flat(50)
    red[0, 4, 4] = 60
    near = np.array([[0, 0, 1, 0]])
    means = measure_lattice((red, _flat(50), _flat(50)), near, 8, 1)
    # 4 interior samples at each place; ring 40 there, -10 at its four nearest; halved: 20 and 5
    assert means[0, 0, 0, 0].tolist() == [[20 / 4, (5 + 5) / 4], [(5 + 5) / 4, 0]]
    assert not means[0, 0, 0, 1:].any()  # a peak is not intermediate, and neither are its neighbours


def test_ramp_is_intermediate_everywhere_and_flat_nowhere() -> None:
    ramp = np.tile(np.arange(8, dtype=np.uint8), (1, 8, 1))
    means = measure_lattice((_flat(3), ramp, _flat(9)), np.array([[6, 6, 1, 0]]), 8, 1)
    assert not means[0, 0, 0, :3].any()  # no ring; red and blue are flat
    assert (means[0, 0, 0, 3] == 1.0).all()


def test_largest_residuals_do_not_overflow() -> None:
    red = (np.indices((1, 32, 32)).sum(axis=0) % 2 * 255).astype(np.uint8)
    planes = (red, 255 - red, red)
    pairs = np.array([[0, 0, 8, 0], [6, 6, -8, 0], [0, 6, 4, -4]])
    assert (measure_lattice(planes, pairs, 32, 1)[0, 0, 0, :3] == 8160 / 2).all()


@pytest.mark.parametrize(("block", "skip"), [(8, 1), (16, 3), (32, 7)])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("low", "high"), [(0, 256), (7, 12)])
def test_lattice_equals_twin(shape: tuple[int, int], block: int, skip: int, low: int, high: int) -> None:
    planes = _draw(shape, low, high, n_windows=2)
    # whole numbers are summed exactly; the means are divided in another order
    np.testing.assert_allclose(
        measure_lattice(planes, PAIRS, block, skip), naive.measure_lattice(planes, PAIRS, block, skip), rtol=1e-12
    )


def test_green_that_is_the_mean_of_its_neighbours_has_no_weights() -> None:
    generator = np.random.default_rng(0)
    green = generator.integers(0, 64, (64, 64)) * 4
    for i in range(1, 63):
        for j in range(1, 63):
            if (i + j) % 2 == 0:
                green[i, j] = (green[i - 1, j] + green[i, j - 1] + green[i, j + 1] + green[i + 1, j]) // 4
    red, _, blue = _draw((64, 64))
    weights = _fit((red, green.astype(np.uint8)[None], blue), 0, 0)
    np.testing.assert_allclose(weights[:2], 0.0, atol=0.01)


def test_detail_that_is_copied_has_weight_one_and_leaves_nothing() -> None:
    red, *_ = _draw((64, 64))
    weights = _fit((red, red, red), 0, 1)
    np.testing.assert_allclose(weights[6:], [1, 0, 1, 0], atol=1e-3)


def test_flat_planes_have_no_weights_and_explain_nothing() -> None:
    weights = _fit((_flat(1), _flat(2), _flat(3)), 0, 0)
    assert weights.tolist() == [0, 0, 1, 0, 0, 1, 0, 1, 0, 1]


def test_exchanging_red_and_blue_moves_the_phase_along_the_diagonal() -> None:
    red, green, blue = _draw((40, 44))
    one = _fit((red, green, blue), 0, 1)
    np.testing.assert_array_equal(one, _fit((blue, green, red), 1, 0))


@pytest.mark.parametrize("skip", [1, 3, 7])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("low", "high"), [(0, 256), (7, 12)])
def test_products_and_weights_equal_twins(shape: tuple[int, int], skip: int, low: int, high: int) -> None:
    planes, phases = _draw(shape, low, high, n_windows=4), np.array([(0, 0), (0, 1), (1, 0), (1, 1)])
    products = average_interpolation_products(planes, phases, skip)
    twin = naive.average_interpolation_products(planes, phases, skip)
    # the kernel sums float32 products of each column; products of both signs may cancel
    for found, expected in zip(products, twin, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6 * abs(expected).max())
    np.testing.assert_allclose(fit_interpolation(products, 0.1), naive.fit_interpolation(products, 0.1), rtol=1e-9)


def test_products_of_one_raised_green_sample_worked_by_hand() -> None:
    green = _flat(50)
    green[0, 4, 4] = 58
    products = average_interpolation_products((_flat(50), green, _flat(50)), np.array([[0, 0]]), 1)[0]
    # y is 8 at the sample and -2 at its 4 nearest, which are green samples of 8 each; no line is smoother at (4, 4),
    # beside it the line across is: s is -2 = (0 - 4) / 2 there, as its two means are 50 and 54
    assert products[0, [0, 3, 5]].tolist() == [0, 0, 64 / 8]
    assert abs(products[1, 0]) == products[1, 5]


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 1, 5), (3, 64, 3)])
def test_summary_of_columns_equals_twin(shape: tuple[int, int, int]) -> None:
    values = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_allclose(summarize_columns(values), naive.summarize_columns(values), rtol=1e-12, atol=1e-15)


def test_summary_of_two_rows_worked_by_hand() -> None:
    assert summarize_columns(np.array([[[1.0, 5.0], [3.0, 5.0]]])).tolist() == [[[2, 5], [1, 0]]]
