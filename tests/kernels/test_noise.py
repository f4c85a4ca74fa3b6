"""Blocks by gradient and detail, the quietest of them, and magnitudes of a second difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from forensic_style.kernels.noise import count_residual_magnitudes, find_quiet_levels, measure_blocks
from tests.conftest import draw_planes
from tests.naive import noise as naive

PLANES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=3, max_side=12))
EVERYTHING = np.array([[0.0, 256.0]])


def _keep_8_bit(planes: list[NDArray[Any]]) -> list[NDArray[np.uint8]]:
    return [plane for plane in planes if plane.dtype == np.uint8]


def _draw_noise(sigma: float, side: int, seed: int = 0) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).normal(128, sigma, (side, side))
    return np.clip(np.rint(noise), 0, 255).astype(np.uint8)


def test_block_with_one_bright_sample_worked_by_hand() -> None:
    plane = np.full((8, 16), 100, dtype=np.uint8)
    plane[0, 3] = 108
    # the sample is in two of the 4 * 8 squares of scale 1, four of the 2 * 8 of scale 2 (left ends 0..3) and four of
    # the 8 of scale 4 (left ends 0..3); each time one corner differs by 8: both gradients 64, detail 64
    expected = [100 + 8 / 64, 0, 64 / 4 * 2 / 32, 64 / 16 * 4 / 16, 64 / 4 * 2 / 32, 64 / 16 * 4 / 16, 64 / 64 * 4 / 8]
    np.testing.assert_allclose(measure_blocks(plane[None], 1)[0][:, 0], expected, rtol=1e-6)


def test_black_and_white_samples_are_told_by_their_share() -> None:
    plane = np.full((8, 24), 1, dtype=np.uint8)
    plane[2, 1:3], plane[7, 9] = 0, 255
    np.testing.assert_array_equal(measure_blocks(plane[None], 1)[0][1], np.array([2, 1]) / 64)


def test_slopes_and_edges_have_no_diagonal_detail() -> None:
    plane = np.add.outer(np.arange(16) * 3, np.arange(32) * 3 + 90 * (np.arange(32) > 11)).astype(np.uint8)
    assert not measure_blocks(plane[None], 1)[0][4:].any()
    assert measure_blocks(plane[None], 1)[0][2:4].all()


@pytest.mark.parametrize("sigma", [2.0, 6.0, 20.0])
def test_white_noise_has_its_variance_in_every_measure(sigma: float) -> None:
    found = measure_blocks(_draw_noise(sigma, 512)[None], 1)[0, 2:].mean(axis=1)
    # coarse details are few: 4096 blocks of some three independent ones each
    np.testing.assert_allclose(found, sigma**2 + 1 / 12, rtol=0.04)


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("plane", _keep_8_bit(draw_planes(8, 16) + draw_planes(25, 39)))
def test_blocks_equal_twin(plane: NDArray[np.uint8], step: int) -> None:
    planes = np.stack([plane, plane[::-1, ::-1]])
    np.testing.assert_allclose(measure_blocks(planes, step), naive.measure_blocks(planes, step), rtol=1e-6)  # float32


def test_quietest_blocks_worked_by_hand() -> None:
    blocks = np.array(
        [
            [10, 20, 30, 40, 90],  # brightness
            [0, 0, 0, 0.5, 0],
            [1, 2, 9, 0, 0],
            [1, 2, 9, 0, 0],
            [5, 7, 99, 1, 3],
            [6, 8, 99, 1, 4],
            [7, 9, 99, 1, 5],
        ],
        dtype=np.float32,
    )
    ranges = np.array([[0.0, 80.0], [80.0, 256.0], [200.0, 256.0]])
    # below 80 three blocks count, of which the two with gradients 1 and 2 are taken: 2/3 of 3
    expected = [[3, 20, 2, 6, 7, 8], [1, 90, 0, 3, 4, 5], [0] * 6]
    np.testing.assert_allclose(find_quiet_levels(blocks[None], ranges, 2 / 3, 1)[0], expected, rtol=1e-12)
    np.testing.assert_allclose(find_quiet_levels(blocks[None], ranges, 0.01, 2)[0], expected, rtol=1e-12)


def test_blocks_equal_to_the_last_one_are_taken_too() -> None:
    blocks = np.ones((7, 6), dtype=np.float32)
    blocks[1], blocks[4] = 0, [1, 2, 3, 4, 5, 60]
    assert find_quiet_levels(blocks[None], EVERYTHING, 0.1, 1)[0, 0, 3] == 3.5


def test_texture_is_passed_over() -> None:
    plane = _draw_noise(3, 256)
    plane[:, 64:] = _draw_noise(40, 256, seed=1)[:, 64:]
    level = find_quiet_levels(measure_blocks(plane[None], 1), EVERYTHING, 0.1, 4)[0, 0, 3]
    assert level**0.5 == pytest.approx(3, rel=0.1)


@pytest.mark.parametrize("share", [0.02, 0.3, 1.0])
def test_quiet_levels_equal_twin(share: float) -> None:
    plane = np.hstack([_draw_noise(4, 72), np.random.default_rng(5).integers(0, 256, (72, 80), dtype=np.uint8)])
    plane = np.vstack([plane, np.full((16, 152), 40, dtype=np.uint8)])
    blocks = measure_blocks(np.stack([plane, plane[::-1] // 2 + 1]), 1)
    ranges = np.array([[0.0, 256.0], [0.0, 100.0], [100.0, 130.0], [130.0, 131.0]])
    found, expected = (
        find_quiet_levels(blocks, ranges, share, 3),
        naive.find_quiet_levels(blocks, ranges, share, 3),
    )
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(("corner", "magnitude"), [(9, 0), (10, 1), (11, 2), (12, 3), (0, 9)])
def test_bent_corner_worked_by_hand(corner: int, magnitude: int) -> None:
    counts = count_residual_magnitudes(np.array([[[1, 2, 3], [4, 5, 6], [7, 8, corner]]], dtype=np.uint8), 128, 1)[0]
    # 1..9 is a plane, so the residual is |corner - 9|
    assert np.argwhere(counts).ravel().tolist() == [magnitude]


def test_straight_edges_leave_no_residual() -> None:
    plane = np.random.default_rng(0).integers(0, 256, (1, 20), dtype=np.uint8).repeat(9, axis=0)
    for turned in (plane, np.ascontiguousarray(plane.T)):
        counts = count_residual_magnitudes(turned[None], 128, 1)[0]
        assert counts[0] == counts.sum()


@pytest.mark.parametrize("sigma", [2.0, 5.0, 12.0])
def test_median_magnitude_of_white_noise_gives_its_sigma(sigma: float) -> None:
    counts = count_residual_magnitudes(_draw_noise(sigma, 256, seed=1)[None], 512, 1)[0]
    below = np.concatenate([[0.0], np.cumsum(counts) / counts.sum()])
    median = np.interp(0.5, below, np.concatenate([[0.0], np.arange(512) + 0.5])) / 6
    # Half the magnitudes of a normal variable lie below 0.6745 sigma; rounding the samples adds a variance of 1/12.
    assert median / 0.6745 == pytest.approx(np.hypot(sigma, np.sqrt(1 / 12)), rel=0.015)


def test_large_magnitudes_fall_in_the_last_bin() -> None:
    checker = (np.indices((5, 5)).sum(axis=0) % 2 * 255).astype(np.uint8)
    counts = count_residual_magnitudes(checker[None], 128, 1)[0]
    assert counts[127] == counts.sum() == 9


@pytest.mark.parametrize("step", [1, 2, 4])
@pytest.mark.parametrize("plane", _keep_8_bit(draw_planes(3, 3)))
def test_magnitudes_equal_twin(plane: NDArray[np.uint8], step: int) -> None:
    planes = np.stack([plane, plane // 3])
    np.testing.assert_array_equal(
        count_residual_magnitudes(planes, 128, step), naive.count_residual_magnitudes(planes, 128, step)
    )


@given(PLANES)
def test_turned_and_negative_images_have_the_same_magnitudes(plane: NDArray[np.uint8]) -> None:
    counts, turned, negative = (
        count_residual_magnitudes(np.ascontiguousarray(changed)[None], 128, 1)[0]
        for changed in (plane, np.rot90(plane), 255 - plane)
    )
    np.testing.assert_array_equal(turned, counts)
    np.testing.assert_array_equal(negative, counts)
