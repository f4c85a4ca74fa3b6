"""Cosine modes and the block grid."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from forensic_style.families.blocks import _BASIS, FAMILY
from tests.conftest import measure_group, show_window

FLAT = np.full((64, 48), 200, dtype=np.uint8)


def _draw_scene() -> NDArray[np.uint8]:
    """Soft shapes with a little noise, 256 x 256."""
    y, x = np.mgrid[:256, :256]
    soft = 128 + 60 * np.sin(x / 17) * np.cos(y / 23) + 30 * np.sin((x + y) / 7)
    return np.rint(soft + np.random.default_rng(0).normal(0, 4, soft.shape)).astype(np.uint8)


def _compress(plane: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    Image.fromarray(plane).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, pixels)


SCENE = _draw_scene()
DECODED = _compress(SCENE, 50)


def test_dimension_is_191() -> None:
    assert FAMILY.compute(show_window(FLAT)).shape == (191,) == (FAMILY.dimension,)


def test_flat_window_has_the_floor_everywhere_and_no_grid() -> None:
    # float32 leaves up to 1e-4 of 1600 grey levels in the empty modes
    np.testing.assert_allclose(_measure("energy", FLAT), -4.0, atol=2e-3)
    np.testing.assert_array_equal(_measure("small", FLAT), 1.0)
    for group in ("aligned", "strongest", "phases"):
        np.testing.assert_allclose(_measure(group, FLAT), 0.0, atol=1e-12)


@pytest.mark.parametrize(("k", "mode"), [(0, 1), (3, 2), (7, 7)])
def test_cosine_wave_has_the_energy_of_its_own_mode(k: int, mode: int) -> None:
    wave = np.rint(128 + 300 * np.outer(_BASIS[k], _BASIS[mode])).astype(np.uint8)
    energy = _measure("energy", np.tile(wave, (4, 4)))
    assert energy.argmax() == k * 8 + mode - 1
    assert energy.max() == pytest.approx(np.log2(300 + 1 / 16), abs=0.02)  # the mode of 300, within 4


def test_compression_shows_its_grid() -> None:
    assert abs(_measure("aligned", SCENE)[0]) < 0.15
    assert _measure("aligned", DECODED)[0] > 1.0
    assert _measure("aligned", DECODED)[0] == _measure("strongest", DECODED)[0]


def test_compression_empties_modes() -> None:
    assert _measure("small", DECODED).mean() > _measure("small", SCENE).mean() + 0.4


def test_cropped_grid_is_as_strong_but_no_longer_aligned() -> None:
    cropped = np.ascontiguousarray(DECODED[3:, 5:])
    assert _measure("strongest", cropped)[0] == pytest.approx(_measure("strongest", DECODED)[0], abs=0.1)
    assert _measure("aligned", cropped)[0] < 0.5
    np.testing.assert_allclose(_measure("phases", cropped), _measure("phases", DECODED), atol=0.4)


def test_crossings_of_pure_blocks_stand_alone() -> None:
    blocks = np.kron(np.random.default_rng(1).integers(0, 256, (8, 8)), np.ones((8, 8))).astype(np.uint8)
    phases = _measure("phases", blocks)
    np.testing.assert_allclose(phases, phases[0])  # 63 empty phases: all at the floor
    assert _measure("strongest", blocks)[0] == pytest.approx(-63 * phases[0])  # levels are less their mean
