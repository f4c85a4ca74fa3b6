"""Mean products of samples and their neighbourhoods, and predictions from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from forensic_style.kernels.self_description import measure_phases, measure_surroundings, predict_first
from tests.naive import self_description as naive

SHAPES = [(6, 6), (7, 11), (9, 8), (14, 13), (23, 40), (45, 38)]


def _draw(shape: tuple[int, int], kind: str) -> NDArray[np.uint8]:
    """Two windows."""
    generator = np.random.default_rng(shape[0] * 100 + shape[1])
    if kind == "extreme":
        return generator.integers(0, 2, (2, *shape), dtype=np.uint8) * np.uint8(255)
    return generator.integers(0, 256, (2, *shape), dtype=np.uint8)


def test_one_sample_in_four_places_worked_by_hand() -> None:
    green = np.zeros((1, 6, 6), dtype=np.uint8)
    green[0, 2, 2] = 3
    flat = np.full((1, 6, 6), 9, dtype=np.uint8)
    (moments,), counts = measure_phases(green, flat, flat, 1)
    assert counts.tolist() == [1, 1, 1, 1]
    # at the sample itself 4 x = 12 and nothing else
    assert moments[0, :5, :5].tolist() == [[144] * 5] * 5
    # right of it h = 3: -6, and nothing else
    assert moments[1, 0, :5].tolist() == [36, 0, 0, 0, 0]
    # below it v = 3
    assert moments[2, 1, :5].tolist() == [0, 36, 0, 0, 0]
    # diagonal of it d = 3 alone
    assert moments[3, 2, 2] == 9
    assert moments[3].sum() == 9
    assert not moments[:, 5:].any()


def test_even_slopes_leave_nothing() -> None:
    y, x = np.mgrid[:20, :30].astype(np.uint8)
    moments, _ = measure_phases((3 * x + 2 * y)[None], 5 * y[None], (x + y)[None], 1)
    assert not moments.any()
    assert not measure_surroundings((3 * x + 2 * y)[None], 1).any()


def test_one_sample_and_what_surrounds_it_worked_by_hand() -> None:
    plane = np.zeros((1, 7, 7), dtype=np.uint8)
    plane[0, 3, 3] = 1
    # the one sample measured has r = -4, left and right of it 1, above and below it 1, and 0 farther out
    moments = measure_surroundings(plane, 1)
    quantities = np.array([-4, 2, 0, 2, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(moments, [np.outer(quantities, quantities)])


@pytest.mark.parametrize("step", [1, 3])
@pytest.mark.parametrize("kind", ["noise", "extreme"])
@pytest.mark.parametrize("shape", SHAPES)
def test_phases_equal_twin(shape: tuple[int, int], kind: str, step: int) -> None:
    green, blue = _draw(shape, kind), 255 - _draw(shape, kind)
    red = _draw(shape, "noise")[:, ::-1].copy()
    moments, counts = measure_phases(green, blue, red, step)
    expected, expected_counts = naive.measure_phases(green, blue, red, step)
    np.testing.assert_array_equal(counts, expected_counts)
    np.testing.assert_allclose(moments, expected, rtol=1e-12)


@pytest.mark.parametrize("columns", [40, 300, 2100])
def test_wide_planes_of_the_strongest_contrast_do_not_overflow(columns: int) -> None:
    checker = (np.indices((1, 30, columns)).sum(axis=0) % 2 * 255).astype(np.uint8)
    moments, _ = measure_phases(checker, checker, checker, 1)
    assert (moments[0, :, 0, 0] == 1020.0**2).all()  # 4 x - 2 h = 4 * 255 or - 4 * 255
    surroundings = measure_surroundings(checker, 1)
    assert surroundings[0, 0, 0] == 1020.0**2
    assert surroundings[0, 4, 4] == (4 * 1020.0) ** 2


@pytest.mark.parametrize("step", [1, 3])
@pytest.mark.parametrize("kind", ["noise", "extreme"])
@pytest.mark.parametrize("shape", [(7, 7), (8, 150), (14, 13), (23, 40), (45, 38)])
def test_surroundings_equal_twin(shape: tuple[int, int], kind: str, step: int) -> None:
    plane = _draw(shape, kind)
    expected = naive.measure_surroundings(plane, step)
    np.testing.assert_allclose(measure_surroundings(plane, step), expected, rtol=1e-12)


@given(arrays(np.uint8, (1, 10, 10)))
def test_negative_and_mirrored_planes_are_the_same(plane: NDArray[np.uint8]) -> None:
    moments = measure_surroundings(plane, 1)
    for turned in (255 - plane, plane[:, :, ::-1], plane[:, ::-1]):
        np.testing.assert_array_equal(measure_surroundings(np.ascontiguousarray(turned), 1), moments)


@given(arrays(np.uint8, (1, 10, 10)))
def test_transposed_plane_swaps_along_and_across(plane: NDArray[np.uint8]) -> None:
    swapped = [0, 3, 6, 1, 4, 7, 2, 5, 8]
    turned = measure_surroundings(np.ascontiguousarray(plane.swapaxes(1, 2)), 1)
    np.testing.assert_array_equal(turned, measure_surroundings(plane, 1)[:, swapped][:, :, swapped])


def test_prediction_from_one_quantity_worked_by_hand() -> None:
    # x0 = 2 x1 + a remainder of variance 3: E x1^2 = 1, E x0 x1 = 2, E x0^2 = 7; the floor 1 halves the weight
    found = predict_first(np.array([[[7.0, 2.0], [2.0, 1.0]]]), 0.0, 1.0)
    # weight 2 / (1 + 1) = 1; error 7 - 4 + 1 = 4, plus the floor: 5, against 7 + 1
    np.testing.assert_allclose(found, [[1.0, np.log2(5 / 8) / 2, np.log2(5) / 2]], rtol=1e-14)


def test_moments_of_zero_predict_nothing() -> None:
    found = predict_first(np.zeros((2, 5, 5)), 1e-3, 0.0625)
    np.testing.assert_array_equal(found, [[0, 0, 0, 0, 0, -2]] * 2)


@pytest.mark.parametrize("n", [2, 4, 11])
@pytest.mark.parametrize("rank", [1, 3, 30])
def test_predictions_equal_twin(n: int, rank: int) -> None:
    generator = np.random.default_rng(n)
    drawn = generator.normal(0, 10, (3, n, rank))
    moments: NDArray[Any] = drawn @ drawn.swapaxes(1, 2) / rank
    found, expected = predict_first(moments, 1e-3, 0.05), naive.predict_first(moments, 1e-3, 0.05)
    # Cholesky against LU, condition up to 1e4
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)
