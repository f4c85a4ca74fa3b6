"""Triples of residuals of the three colours."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.kernels.colour_co_occurrence import count_colour_triples
from tests.naive import colour_co_occurrence as naive

Plane = NDArray[np.uint8]


def _draw(shape: tuple[int, int], low: int = 0, high: int = 256) -> tuple[Plane, Plane, Plane]:
    """Two windows."""
    red, green, blue = np.random.default_rng(sum(shape)).integers(low, high, (3, 2, *shape)).astype(np.uint8)
    return red, green, blue


def test_one_raised_sample_worked_by_hand() -> None:
    flat = np.full((1, 7, 7), 50, dtype=np.uint8)
    red = flat.copy()
    red[0, 3, 3] = 56
    (counts,) = count_colour_triples((red, flat, flat), -1, 0, 3, 2, 1)
    # rows 2 to 5 and columns 1 to 5: 24 / 8 = 3, truncated to 2, at the sample; -6 / 8 rounds to -1 at its 4 nearest
    assert counts[0, 4, 2, 2] == 1
    assert counts[1, 1, 2, 2] == 4
    assert counts[:, 2, 2, 2].tolist() == [10 - 1, 10 - 4]
    assert counts.sum() == 20


@pytest.mark.parametrize(("rise", "found"), [(1, 1), (-1, -1)])
def test_halves_are_rounded_away_from_zero(rise: int, found: int) -> None:
    plane = np.full((1, 7, 7), 50, dtype=np.uint8)
    plane[0, 3, 3] = 50 + rise
    (counts,) = count_colour_triples((plane, plane, plane), -1, 0, 3, 1, 1)
    place = 1 + found
    assert counts[0, place, place, place] == 1  # 4 / 8, and 1 / 8 at the nearest


def test_square_residual_of_a_plane_with_constant_slopes_is_zero() -> None:
    y, x = np.mgrid[:12, :12]
    plane = (3 * x + 5 * y).astype(np.uint8)[None]
    (counts,) = count_colour_triples((plane, plane, plane), 2, -1, 2, 2, 1)
    assert counts[:, 2, 2, 2].sum() == counts.sum() == 9 * 10


def test_largest_residuals_do_not_overflow() -> None:
    checker = (np.indices((1, 12, 12)).sum(axis=0) % 2 * 255).astype(np.uint8)
    (counts,) = count_colour_triples((checker, checker, checker), 8, -7, 1, 2, 1)
    # 8 * 4 * 255 - 7 * 0 - 4 * 0 where the sample is 0, and its negation elsewhere
    assert counts[0, 4, 4, 4] == counts[1, 0, 0, 0] == 45


@pytest.mark.parametrize("shape", [(6, 6), (7, 12), (14, 9), (9, 70)])
@pytest.mark.parametrize(("low", "high"), [(0, 256), (7, 12)])
@pytest.mark.parametrize("parameters", [(2, -1, 2, 2, 1), (-1, 0, 3, 1, 3), (1, 1, 1, 3, 2)])
def test_triples_equal_twin(
    shape: tuple[int, int], low: int, high: int, parameters: tuple[int, int, int, int, int]
) -> None:
    planes = _draw(shape, low, high)
    np.testing.assert_array_equal(
        count_colour_triples(planes, *parameters), naive.count_colour_triples(planes, *parameters)
    )


def test_negative_image_negates_the_residuals() -> None:
    planes = _draw((20, 21))
    negative = (255 - planes[0], 255 - planes[1], 255 - planes[2])
    one, other = (count_colour_triples(one, 2, -1, 2, 2, 1) for one in (planes, negative))
    np.testing.assert_array_equal(one, other[:, :, ::-1, ::-1, ::-1])


def test_exchanged_planes_exchange_the_axes() -> None:
    red, green, blue = _draw((20, 21))
    one = count_colour_triples((red, green, blue), -1, 0, 3, 1, 1)
    other = count_colour_triples((blue, red, green), -1, 0, 3, 1, 1)
    np.testing.assert_array_equal(one, other.transpose(0, 1, 3, 4, 2))
