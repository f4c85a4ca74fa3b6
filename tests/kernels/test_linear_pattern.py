"""Sums of a truncated residual over lines and lattices, and what lines have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.kernels.linear_pattern import correlate_lines, subtract_colours, sum_residual_lines
from tests.conftest import draw_planes
from tests.naive import linear_pattern as naive

LARGEST_LIMIT = 181


def _draw() -> list[NDArray[Any]]:
    """Planes of 8 bit and differences, at and beyond the multiples of 16."""
    planes = [plane for plane in draw_planes(16, 16) + draw_planes(37, 50) if plane.dtype == np.uint8]
    return [*planes, np.random.default_rng(1).integers(-1020, 1021, (33, 48), dtype=np.int16)]


def test_colours_of_two_samples_worked_by_hand() -> None:
    red, green, blue = (np.array([[row]], dtype=np.uint8) for row in ([255, 0], [0, 255], [255, 0]))
    assert subtract_colours(red, green, blue).tolist() == [[[-510, 510]]]


def test_colours_equal_twin() -> None:
    planes = np.random.default_rng(0).integers(0, 256, (3, 2, 7, 40), dtype=np.uint8)
    np.testing.assert_array_equal(subtract_colours(*planes), naive.subtract_colours(*planes))


def test_one_bright_sample_worked_by_hand() -> None:
    plane = np.full((32, 16), 50, dtype=np.uint8)
    plane[20, 5] = 52
    columns, rows, energy, lattice = (sums[0] for sums in sum_residual_lines(plane[None], 10))
    # the sample itself: 9 * 2 - 2 = 16, cut to 10; each of its eight neighbours: -2
    assert columns[1, 4:7].tolist() == [-6, 6, -6]
    assert rows[0, 19:22].tolist() == [-6, 6, -6]
    assert energy.ravel().tolist() == [0, 100 + 8 * 4]
    assert lattice[1, 4, 5] == 10
    assert lattice[1, 3:6, 4:7].sum() == lattice.sum() == 10 - 16
    assert not lattice[0].any()


def test_border_repeats_its_samples() -> None:
    plane = np.zeros((16, 16), dtype=np.uint8)
    plane[0, 0] = 1
    columns, *_ = sum_residual_lines(plane[None], LARGEST_LIMIT)
    # the corner stands four times in its own neighbourhood and twice in those of its two neighbours along the border
    assert columns[0, 0, :3].tolist() == [9 - 4 - 2, -2 - 1, 0]


@pytest.mark.parametrize("limit", [9, LARGEST_LIMIT])
@pytest.mark.parametrize("plane", _draw())
def test_sums_equal_twin(plane: NDArray[Any], limit: int) -> None:
    planes = np.stack([plane, plane // 3])
    expected = naive.sum_residual_lines(planes, limit)
    for found, wanted in zip(sum_residual_lines(planes, limit), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_turned_plane_turns_the_sums() -> None:
    plane = np.random.default_rng(2).integers(0, 256, (1, 48, 64), dtype=np.uint8)
    columns, rows, energy, _ = sum_residual_lines(plane, 36)
    turned = sum_residual_lines(np.ascontiguousarray(plane.transpose(0, 2, 1)), 36)
    np.testing.assert_array_equal(turned[0], rows)
    np.testing.assert_array_equal(turned[1], columns)
    np.testing.assert_array_equal(turned[2], energy.transpose(0, 2, 1))


def test_lines_of_two_bands_worked_by_hand() -> None:
    sums, energy = np.zeros((2, 2, 16), dtype=np.int32), np.full((2, 2, 1), 16, dtype=np.int32)
    sums[:, :, 0] = 16, 16  # one column of ones in both bands
    sums[1, 1, 0] = -16
    near, far, tiles = correlate_lines(sums, energy)
    # 16 * 15 products of 1 among 16 columns of 16 * 15, mean square 1 / 16; far the same, or all of -1
    assert (near.tolist(), far.tolist(), tiles.tolist()) == ([1.0, 1.0], [1.0, -1.0], [[1.0, 1.0]] * 2)


def test_lines_without_energy_have_nothing_in_common() -> None:
    near, far, tiles = correlate_lines(np.zeros((1, 3, 32), dtype=np.int32), np.zeros((1, 3, 2), dtype=np.int32))
    assert (near.tolist(), far.tolist(), tiles.tolist()) == ([0.0], [0.0], [[0.0] * 6])


@pytest.mark.parametrize(("bands", "tiles"), [(2, 2), (4, 16), (16, 16)])
def test_common_share_does_not_depend_on_the_size(bands: int, tiles: int) -> None:
    generator = np.random.default_rng(7)
    found = []
    for _ in range(60):
        residual = generator.normal(0, 30, (16 * bands, 16 * tiles)) + generator.normal(0, 15, 16 * tiles)
        residual = np.rint(residual).astype(np.int32)
        sums = residual.reshape(bands, 16, -1).sum(axis=1, dtype=np.int32)
        energy = (residual**2).reshape(bands, 16, tiles, 16).sum(axis=(1, 3), dtype=np.int32)
        found.append([value[0] for value in correlate_lines(sums[None], energy[None])[:2]])
    np.testing.assert_allclose(np.mean(found, axis=0), 0.2, atol=0.012)  # 15^2 / (15^2 + 30^2)


@pytest.mark.parametrize("plane", _draw())
def test_lines_equal_twin(plane: NDArray[Any]) -> None:
    columns, _, energy, _ = sum_residual_lines(np.stack([plane, plane // 3]), 36)
    near, far, tiles = correlate_lines(columns, energy)
    expected = naive.correlate_lines(columns, energy)
    np.testing.assert_allclose([near, far], expected[:2], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(tiles, expected[2], rtol=1e-9, atol=1e-12)
