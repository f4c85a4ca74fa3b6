"""Shares of difference triples."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.spam import _ORBITS, FAMILY, unfold
from forensic_style.kernels.co_occurrence import count_difference_triples
from tests.conftest import show_window

SCENE = np.random.default_rng(0).normal(128, 2, (48, 64)).astype(np.uint8)


def _halves(pixels: NDArray[np.generic]) -> NDArray[np.float64]:
    return FAMILY.compute(show_window(np.ascontiguousarray(pixels))).reshape(2, 100)


def _find_class(u: int, v: int, w: int) -> int:
    """Number of the class that a triple of differences belongs to."""
    return int(_ORBITS[((u + 3) * 7 + v + 3) * 7 + w + 3])


def test_dimension_is_200_and_each_half_sums_to_one() -> None:
    assert FAMILY.dimension == 200
    np.testing.assert_allclose(_halves(SCENE).sum(axis=1), 1.0, rtol=1e-12)


def test_classes_merge_a_triple_with_its_negation_and_reversal() -> None:
    assert len({_find_class(1, 2, 3), _find_class(-1, -2, -3), _find_class(3, 2, 1)}) == 1
    assert _find_class(-3, -2, -1) == _find_class(1, 2, 3) != _find_class(1, 3, 2)


def test_classes_hold_one_two_or_four_triples() -> None:
    sizes = np.bincount(_ORBITS)
    # one triple is its own negation, (0, 0, 0); 7 * 7 are their own reversal, 7 their own negated reversal
    assert np.bincount(sizes).tolist() == [0, 1, (49 - 1 + 7 - 1) // 2, 0, (343 - 1 - 48 - 6) // 4]


def test_flat_window_fills_the_class_of_no_difference_alone() -> None:
    for half in _halves(np.full((32, 40), 7, dtype=np.uint8)):
        assert np.flatnonzero(half).tolist() == [_find_class(0, 0, 0)]


def test_ramp_fills_the_class_of_its_step() -> None:
    straight, diagonal = _halves(np.tile(np.arange(64, dtype=np.uint8) * 2, (64, 1)))
    # as many runs go along the ramp as across it
    assert straight[_find_class(2, 2, 2)] == straight[_find_class(0, 0, 0)] == 0.5
    assert diagonal[_find_class(2, 2, 2)] == 1.0


@pytest.mark.parametrize("turned", [255 - SCENE, SCENE[:, ::-1], SCENE[::-1], SCENE.T, np.rot90(SCENE)], ids="nlutr")
def test_negative_mirrored_and_turned_images_are_the_same(turned: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(_halves(turned), _halves(SCENE))


def test_strong_noise_moves_shares_from_small_to_truncated_differences() -> None:
    strong = np.random.default_rng(1).normal(128, 30, (64, 64)).astype(np.uint8)
    assert _halves(strong)[0, _find_class(3, -3, 3)] > _halves(SCENE)[0, _find_class(3, -3, 3)] + 0.1


def _count_joint(first: NDArray[np.int_], second: NDArray[np.int_], third: NDArray[np.int_]) -> NDArray[np.float64]:
    """Shares of triples of truncated differences, as the definition puts it."""
    triples = [np.clip(part, -3, 3).ravel() for part in (first, second, third)]
    edges = [np.arange(-3.5, 4)] * 3
    return np.histogramdd(np.array(triples).T, edges)[0].ravel() / triples[0].size


def test_unfolded_counts_are_the_686_joint_shares_of_the_definition() -> None:
    samples = SCENE.astype(int)
    straight, diagonal = [], []
    for turned in (samples, samples[:, ::-1], samples.T, samples.T[:, ::-1]):
        steps = turned[:, :-1] - turned[:, 1:]
        straight.append(_count_joint(steps[:, :-2], steps[:, 1:-1], steps[:, 2:]))
    for turned in (samples, samples[::-1, ::-1], samples[:, ::-1], samples[::-1]):
        steps = turned[:-1, :-1] - turned[1:, 1:]
        diagonal.append(_count_joint(steps[:-2, :-2], steps[1:-1, 1:-1], steps[2:, 2:]))
    expected = np.concatenate([np.mean(straight, axis=0), np.mean(diagonal, axis=0)])
    found = unfold(count_difference_triples(SCENE[None], 3)[0])
    assert found.shape == (686,)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
