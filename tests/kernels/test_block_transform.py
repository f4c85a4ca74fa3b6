"""The 8x8 cosine transform, its summary, and cross-differences by grid phase."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.fft
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from forensic_style.families.blocks import _BASIS
from forensic_style.kernels.block_transform import sum_crossings_by_phase, summarize_modes, transform_blocks
from tests.conftest import draw_planes
from tests.naive import block_transform as naive

PLANES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=20))


def _tolerance(plane: NDArray[Any]) -> float:
    """Sixteen float32 roundings of a coefficient of at most 8 times the largest sample."""
    return 16 * 6e-8 * 8 * max(1.0, float(plane.max()))


def test_single_bright_sample_gives_the_products_of_the_basis() -> None:
    plane = np.zeros((8, 8), dtype=np.uint8)
    plane[0, 0] = 16
    modes = transform_blocks(plane, _BASIS)[0]
    # mode 0: 16 sqrt(1/8) sqrt(1/8) = 2; mode 1: 16 sqrt(1/8) cos(pi/16) / 2; mode 9: 16 (cos(pi/16) / 2)^2
    assert modes[0] == pytest.approx(2.0, rel=1e-6)
    assert modes[1] == modes[8] == pytest.approx(16 * 0.35355339 * 0.49039264, rel=1e-6)
    assert modes[9] == pytest.approx(16 * 0.24048494, rel=1e-6)


def test_flat_plane_has_only_mode_0() -> None:
    modes = transform_blocks(np.full((16, 24), 200, dtype=np.uint8), _BASIS)
    assert modes.shape == (6, 64)
    np.testing.assert_allclose(modes[:, 0], 1600.0, rtol=1e-6)  # 64 * 200 / 8
    np.testing.assert_allclose(modes[:, 1:], 0.0, atol=1e-3)


@pytest.mark.parametrize(("k", "mode"), [(0, 3), (4, 4), (7, 0), (7, 7)])
def test_cosine_wave_fills_its_own_mode(k: int, mode: int) -> None:
    wave = 128 + 400 * np.outer(_BASIS[k], _BASIS[mode])
    found = transform_blocks(np.tile(np.rint(wave).astype(np.uint8), (2, 3)), _BASIS)
    # rounding the samples moves a coefficient by at most the norm of 64 errors of 1/2, which is 4
    np.testing.assert_allclose(found[:, k * 8 + mode], 400.0, atol=4.0)
    assert (np.abs(np.delete(found, [0, k * 8 + mode], axis=1)) < 4.0).all()


@pytest.mark.parametrize("plane", draw_planes(8, 8))
def test_transform_equals_twin(plane: NDArray[Any]) -> None:
    expected = naive.transform_blocks(plane, _BASIS)
    np.testing.assert_allclose(transform_blocks(plane, _BASIS), expected, rtol=0, atol=_tolerance(plane))


@pytest.mark.parametrize("plane", draw_planes(8, 8))
def test_transform_equals_scipy(plane: NDArray[Any]) -> None:
    expected = scipy.fft.dctn(plane[:8, :8].astype(np.float64), norm="ortho").ravel()
    np.testing.assert_allclose(transform_blocks(plane, _BASIS)[0], expected, rtol=0, atol=_tolerance(plane))


def test_blocks_are_numbered_row_by_row() -> None:
    plane = np.kron(np.array([[1, 2, 3], [4, 5, 6]], dtype=np.uint8), np.ones((8, 8), dtype=np.uint8))
    modes = transform_blocks(plane, _BASIS)
    np.testing.assert_allclose(modes[:, 0] / 8, [1, 2, 3, 4, 5, 6], rtol=1e-6)


def test_transform_of_transposed_block_is_transposed() -> None:
    plane = np.random.default_rng(1).integers(0, 256, (8, 8), dtype=np.uint8)
    modes = transform_blocks(plane, _BASIS).reshape(8, 8)
    turned = transform_blocks(np.ascontiguousarray(plane.T), _BASIS).reshape(8, 8)
    np.testing.assert_allclose(turned, modes.T, rtol=0, atol=_tolerance(plane))


def test_summary_of_two_blocks_worked_by_hand() -> None:
    coefficients = np.zeros((2, 64), dtype=np.float32)
    coefficients[:, 0] = 3.0, -5.0  # mean magnitude (3 + 5) / 2 = 4; below 1/2: none; below 5: one of two
    coefficients[:, 1] = 0.5, -0.25  # mean magnitude 0.375; below 1/2: one of two; below 5: both
    summary = summarize_modes(coefficients, np.array([0.5, 5.0], dtype=np.float32))
    assert summary[:, 0].tolist() == [4.0, 0.0, 0.5]
    assert summary[:, 1].tolist() == [0.375, 0.5, 1.0]
    assert summary[:, 2].tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize("n_blocks", [1, 2, 7])
@pytest.mark.parametrize("thresholds", [[], [0.5], [0.1, 0.5, 40.0]])
def test_summary_equals_twin(n_blocks: int, thresholds: list[float]) -> None:
    coefficients = np.random.default_rng(n_blocks).normal(0, 2, (n_blocks, 64)).astype(np.float32)
    limits = np.array(thresholds, dtype=np.float32)
    expected = naive.summarize_modes(coefficients, limits)
    # sums of a few float64 in another order
    np.testing.assert_allclose(summarize_modes(coefficients, limits), expected, rtol=1e-14)


def test_crossings_of_two_by_two_samples_worked_by_hand() -> None:
    plane = np.array([[10, 20], [30, 45]], dtype=np.uint8)
    sums, counts = sum_crossings_by_phase(plane, 2)
    assert sums.tolist() == [[5, 0], [0, 0]]  # |10 - 20 - 30 + 45| = 5
    assert counts.tolist() == [[1, 0], [0, 0]]


def test_flat_plane_has_no_crossings() -> None:
    sums, counts = sum_crossings_by_phase(np.full((17, 20), 65535, dtype=np.uint16), 8)
    assert not sums.any()
    assert counts.sum() == 16 * 19


@pytest.mark.parametrize(("down", "right"), [(0, 0), (3, 5), (7, 1)])
def test_grid_of_blocks_peaks_where_four_of_them_meet(down: int, right: int) -> None:
    levels = np.random.default_rng(2).integers(0, 256, (8, 9))
    plane = np.kron(levels, np.ones((8, 8))).astype(np.uint8)[down:, right:]
    sums, _ = sum_crossings_by_phase(np.ascontiguousarray(plane), 8)
    assert np.argwhere(sums).tolist() == [[(7 - down) % 8, (7 - right) % 8]]


@pytest.mark.parametrize("period", [1, 5, 8])
@pytest.mark.parametrize("plane", draw_planes(2, 2))
def test_crossings_equal_twin(plane: NDArray[Any], period: int) -> None:
    np.testing.assert_array_equal(sum_crossings_by_phase(plane, period), naive.sum_crossings_by_phase(plane, period))


@given(PLANES)
def test_crossings_ignore_the_negative_image(plane: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(sum_crossings_by_phase(plane, 8), sum_crossings_by_phase(255 - plane, 8))


@given(PLANES)
def test_crossings_of_transposed_plane_are_transposed(plane: NDArray[np.uint8]) -> None:
    turned = sum_crossings_by_phase(np.ascontiguousarray(plane.T), 8)
    np.testing.assert_array_equal(turned, sum_crossings_by_phase(plane, 8).transpose(0, 2, 1))


@given(PLANES, st.integers(1, 8))
def test_crossings_count_every_square_once(plane: NDArray[np.uint8], period: int) -> None:
    _, counts = sum_crossings_by_phase(plane, period)
    assert counts.sum() == (plane.shape[0] - 1) * (plane.shape[1] - 1)
