"""The 8x8 cosine transform on a grid and at every origin, and histograms of its coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.fft
from numpy.typing import NDArray

from forensic_style.families.block_grid import _LIMITS
from forensic_style.families.jpeg_coefficients import _SCALE
from forensic_style.kernels.block_modes import (
    count_magnitudes,
    count_multiples,
    count_zeros,
    share_small,
    transform_eight,
    transform_grid,
)
from tests.conftest import draw_planes
from tests.naive import block_modes as naive


def _tolerance(plane: NDArray[Any]) -> float:
    """Sixteen float32 roundings of a coefficient of at most 8 times the largest sample."""
    return 16 * 6e-8 * 8 * max(1.0, float(plane.max()))


def _draw_coefficients(n_windows: int, n_blocks: int) -> NDArray[np.float32]:
    generator = np.random.default_rng(n_windows * 9 + n_blocks)
    return generator.normal(0, 4, (n_windows, 64, n_blocks)).astype(np.float32)


def test_eight_equal_samples_have_a_sum_alone() -> None:
    assert transform_eight(*[np.float32(200)] * 8) == (1600.0, 0, 0, 0, 0, 0, 0, 0)


def test_one_sample_of_eight_worked_by_hand() -> None:
    found = transform_eight(np.float32(1), *[np.float32(0)] * 7)
    # cos(pi k / 16) * 2 cos(pi k / 16) = 1 + cos(pi k / 8)
    np.testing.assert_allclose(found, [1.0] + [1 + np.cos(np.pi * k / 8) for k in range(1, 8)], atol=2e-7)


def test_eight_samples_equal_twin() -> None:
    samples = np.random.default_rng(0).integers(0, 256, 8).astype(np.float32)
    np.testing.assert_allclose(transform_eight(*samples), naive.transform_eight(*samples), atol=1e-3)


def test_single_bright_sample_gives_the_products_of_the_basis() -> None:
    planes = np.zeros((1, 8, 8), dtype=np.uint8)
    planes[0, 0, 0] = 16
    modes = transform_grid(planes, _SCALE, 0, 0)[0, :, 0]
    # mode 0: 16 sqrt(1/8) sqrt(1/8) = 2; mode 1: 16 sqrt(1/8) cos(pi/16) / 2; mode 9: 16 (cos(pi/16) / 2)^2
    assert modes[0] == pytest.approx(2.0, rel=1e-6)
    assert modes[1] == pytest.approx(16 * 0.35355339 * 0.49039264, rel=1e-6)
    assert modes[8] == pytest.approx(modes[1], rel=1e-6)
    assert modes[9] == pytest.approx(16 * 0.24048494, rel=1e-6)


def test_flat_plane_has_only_mode_0() -> None:
    modes = transform_grid(np.full((5, 16, 24), 200, dtype=np.uint8), _SCALE, 0, 0)
    assert modes.shape == (5, 64, 6)
    np.testing.assert_allclose(modes[:, 0], 1600.0, rtol=1e-6)  # 64 * 200 / 8
    assert not modes[:, 1:].any()


def test_blocks_are_numbered_row_by_row_from_the_origin_on() -> None:
    plane = np.zeros((19, 29), dtype=np.uint8)
    plane[3:, 5:] = np.kron(np.array([[1, 2, 3], [4, 5, 6]]), np.ones((8, 8)))
    modes = transform_grid(plane[None], _SCALE, 3, 5)
    np.testing.assert_allclose(modes[:, 0] / 8, [[1, 2, 3, 4, 5, 6]], rtol=1e-6)


@pytest.mark.parametrize("shape", [(7, 20), (20, 7), (9, 9)])
def test_no_block_fits(shape: tuple[int, int]) -> None:
    assert transform_grid(np.ones((2, *shape), dtype=np.uint8), _SCALE, 2, 2).size == 0


@pytest.mark.parametrize(("top", "left"), [(0, 0), (3, 1)])
@pytest.mark.parametrize("plane", draw_planes(11, 9))
def test_transform_equals_twin(plane: NDArray[Any], top: int, left: int) -> None:
    planes = np.stack([plane, plane[::-1, ::-1]])
    expected = naive.transform_grid(planes, _SCALE, top, left)
    np.testing.assert_allclose(transform_grid(planes, _SCALE, top, left), expected, rtol=0, atol=_tolerance(plane))


@pytest.mark.parametrize("down", [1, 2, 7])
@pytest.mark.parametrize("across", [1, 5, 16, 31, 32, 33, 70])
def test_transform_equals_scipy_whatever_the_number_of_blocks(down: int, across: int) -> None:
    planes = np.random.default_rng(across).integers(0, 256, (2, 8 * down + 1, 8 * across + 3), dtype=np.uint8)
    blocks = planes[:, : 8 * down, : 8 * across].reshape(2, down, 8, across, 8).swapaxes(2, 3).astype(np.float32)
    expected = scipy.fft.dctn(blocks, axes=(-2, -1), norm="ortho").reshape(2, -1, 64).transpose(0, 2, 1)
    np.testing.assert_allclose(transform_grid(planes, _SCALE, 0, 0), expected, rtol=0, atol=1e-3)


def test_magnitudes_of_two_blocks_worked_by_hand() -> None:
    coefficients = np.zeros((1, 64, 2), dtype=np.float32)
    coefficients[0, 5] = -1.0, 0.125  # times 4: bins 4 and, halfway, 1
    coefficients[0, 9] = 99.0, 0.124  # the last bin, and 0
    counts = count_magnitudes(coefficients, np.array([5, 9]), 4.0, 6)
    assert counts.tolist() == [[[0, 1, 0, 0, 1, 0], [1, 0, 0, 0, 0, 1]]]


@pytest.mark.parametrize(("n_windows", "n_blocks"), [(1, 1), (2, 3), (3, 8)])
@pytest.mark.parametrize(("bins_per_level", "n_bins"), [(1.0, 2), (4.0, 40)])
def test_magnitudes_equal_twin(n_windows: int, n_blocks: int, bins_per_level: float, n_bins: int) -> None:
    coefficients, modes = _draw_coefficients(n_windows, n_blocks), np.array([63, 0, 17])
    expected = naive.count_magnitudes(coefficients, modes, bins_per_level, n_bins)
    np.testing.assert_array_equal(count_magnitudes(coefficients, modes, bins_per_level, n_bins), expected)


def test_multiples_of_a_step_worked_by_hand() -> None:
    counts = np.array([[[1, 2, 4, 8, 16, 32, 64, 128]]], dtype=np.int32)  # bins of half a level: 0, 1/2, 1, ...
    # step 2: below 1 level to 0; 1, 3/2, 2, 5/2 to the first multiple; 3 to the second; the last bin to none
    assert count_multiples(counts, np.array([[2]]), 2, 3).tolist() == [[[3, 60, 64]]]


@pytest.mark.parametrize("bins_per_level", [1, 3, 4])
def test_multiples_equal_twin(bins_per_level: int) -> None:
    counts = np.random.default_rng(0).integers(0, 9, (2, 5, 41)).astype(np.int32)
    steps = np.array([[1, 2, 3, 7, 60], [5, 1, 1, 90, 2]])
    expected = naive.count_multiples(counts, steps, bins_per_level, 6)
    np.testing.assert_array_equal(count_multiples(counts, steps, bins_per_level, 6), expected)


def test_share_of_small_magnitudes_worked_by_hand() -> None:
    coefficients = np.ones((2, 64, 4), dtype=np.float32)
    coefficients[0, 3] = 0.5, -0.25, 1.0, 1.0  # one of four is below 1/2
    shares = share_small(coefficients, 0.5)
    assert shares[0, 3] == 0.25
    assert np.delete(shares[0], 3).tolist() == [0.0] * 63
    assert not shares[1].any()


@pytest.mark.parametrize(("n_windows", "n_blocks"), [(1, 1), (2, 3), (3, 8)])
def test_share_of_small_magnitudes_equals_twin(n_windows: int, n_blocks: int) -> None:
    coefficients = _draw_coefficients(n_windows, n_blocks)
    np.testing.assert_array_equal(share_small(coefficients, 2.0), naive.share_small(coefficients, 2.0))


def test_zeros_of_a_single_wave() -> None:
    wave = np.rint(128 + 100 * np.cos(np.pi * 2 * (2 * np.arange(8) + 1) / 16)).astype(np.uint8)
    block = wave[:, None] + np.rint(50 * np.cos(np.pi * (2 * np.arange(8) + 1) / 16)).astype(np.int64)
    zeros = count_zeros(block.astype(np.uint8), _LIMITS)
    # a sum of a wave down and a wave across: all 49 modes of both directions are zero, and most of the others
    assert zeros.shape == (1, 1)
    assert 49 <= zeros[0, 0] <= 61


def test_blocks_of_equal_rows_or_columns_do_not_count() -> None:
    row = np.tile(np.random.default_rng(0).integers(0, 256, 20, dtype=np.uint8), (9, 1))
    assert (count_zeros(row, _LIMITS) == -1).all()
    assert (count_zeros(np.ascontiguousarray(row.T), _LIMITS) == -1).all()
    row[4, 10] ^= 1  # in the blocks that begin at columns 3 to 10
    assert (count_zeros(row, _LIMITS) >= 0).all(axis=0).tolist() == [3 <= column <= 10 for column in range(13)]


@pytest.mark.parametrize("shape", [(7, 9), (1, 1), (20, 7)])
def test_no_block_has_zeros_where_none_fits(shape: tuple[int, int]) -> None:
    assert count_zeros(np.ones(shape, dtype=np.uint8), _LIMITS).size == 0


@pytest.mark.parametrize("plane", draw_planes(8, 9))
def test_zeros_equal_twin(plane: NDArray[Any]) -> None:
    limits = _LIMITS * np.float32(3.1)  # away from the multiples of 1/8 that some modes of whole levels have
    np.testing.assert_array_equal(count_zeros(plane, limits), naive.count_zeros(plane, limits))


def test_zeros_of_a_plane_wider_than_the_buffer_equal_twin() -> None:
    plane = np.random.default_rng(3).integers(100, 104, (9, 275), dtype=np.uint8)
    limits = _LIMITS * np.float32(3.1)
    np.testing.assert_array_equal(count_zeros(plane, limits), naive.count_zeros(plane, limits))
