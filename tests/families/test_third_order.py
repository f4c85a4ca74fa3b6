"""Shares of runs of third-order residuals."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.third_order import _ORBITS, FAMILY
from tests.conftest import show_window

SCENE = np.random.default_rng(0).normal(128, 2, (48, 64)).astype(np.uint8)


def _halves(pixels: NDArray[np.generic]) -> NDArray[np.float64]:
    return FAMILY.compute(show_window(np.ascontiguousarray(pixels))).reshape(2, 169)


def _find_class(*codes: int) -> int:
    """Number of the class that a run of four codes from -2 to 2 belongs to."""
    return int(_ORBITS[np.ravel_multi_index([code + 2 for code in codes], (5, 5, 5, 5))])


def test_dimension_is_338_and_each_half_sums_to_one() -> None:
    assert FAMILY.dimension == 338
    np.testing.assert_allclose(_halves(SCENE).sum(axis=1), 1.0, rtol=1e-12)


def test_classes_merge_a_run_with_its_negation_and_reversal() -> None:
    assert len({_find_class(1, 2, 0, -1), _find_class(-1, -2, 0, 1), _find_class(-1, 0, 2, 1)}) == 1
    assert _find_class(1, 2, 0, -1) != _find_class(1, 0, 2, -1)


def test_classes_hold_one_two_or_four_runs() -> None:
    # one run is its own negation; 25 are their own reversal and 25 their own negated reversal, both with that one
    assert np.bincount(np.bincount(_ORBITS)).tolist() == [0, 1, 24, 0, 144]


def test_flat_window_fills_the_class_of_zeros_alone() -> None:
    for half in _halves(np.full((32, 40), 7, dtype=np.uint8)):
        assert np.flatnonzero(half).tolist() == [_find_class(0, 0, 0, 0)]


def test_parabola_counts_as_flat() -> None:
    y, x = np.mgrid[:32, :32]
    bowl = ((x - 16) * (x - 15) + (y - 16) * (y - 15)) // 2  # whole numbers, third differences of nothing
    for half in _halves(bowl.astype(np.uint8)):
        assert half[_find_class(0, 0, 0, 0)] == 1.0


def test_stripes_alternate_along_and_stay_across() -> None:
    stripes = np.tile(np.array([100, 101], dtype=np.uint8), (40, 20))
    along, across = _halves(stripes)
    # along rows: 100 - 303 + 300 - 101 = -4, in threes -1.33, then +4; along columns nothing
    assert along[_find_class(-1, 1, -1, 1)] == along[_find_class(0, 0, 0, 0)] == 0.5
    assert across[_find_class(1, 1, 1, 1)] == across[_find_class(0, 0, 0, 0)] == 0.5


@pytest.mark.parametrize("turned", [255 - SCENE, SCENE[:, ::-1], SCENE[::-1], SCENE.T, np.rot90(SCENE)], ids="nlutr")
def test_negative_mirrored_and_turned_images_are_the_same(turned: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(_halves(turned), _halves(SCENE))


def test_strong_noise_moves_shares_from_zero_to_the_truncated_codes() -> None:
    strong = np.random.default_rng(1).normal(128, 30, (64, 64)).astype(np.uint8)
    ends = _find_class(2, -2, 2, -2)
    assert _halves(strong)[0, ends] > _halves(SCENE)[0, ends] + 0.05
