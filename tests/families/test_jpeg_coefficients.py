"""What quantization leaves in cosine coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.jpeg_coefficients import _MODES, FAMILY, read
from forensic_style.jpeg import ANNEX_K_LUMA, scale_annex_k
from tests.conftest import measure_group, show_window
from tests.phantoms import Pixels, add_noise, compress, develop, draw_scene, generate, resize

SCENE = develop(draw_scene(5, 272, 272))
FLAT = np.full((64, 48), 200, dtype=np.uint8)
BENFORD = np.log10(1 + 1 / np.arange(1, 10))


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, np.ascontiguousarray(pixels))


def _estimate(pixels: Pixels) -> tuple[Any, Any]:
    last, earlier = read(show_window(np.ascontiguousarray(pixels)))
    return last.estimate, earlier.estimate


def test_modes_follow_the_zig_zag_without_the_mean_and_three_of_fours() -> None:
    assert len(_MODES) == 60
    assert _MODES[:6].tolist() == [1, 8, 16, 9, 2, 3]
    assert not {0, 4, 32, 36} & set(_MODES.tolist())


def test_flat_window_has_the_stated_values() -> None:
    expected = [0.0] * 41 + [*BENFORD, *BENFORD] + [1.0] * 7 + [-3.0]
    np.testing.assert_allclose(FAMILY.compute(show_window(FLAT)), expected, atol=1e-12)


@pytest.mark.parametrize("quality", [60, 85, 95])
def test_steps_are_those_of_the_table(quality: int) -> None:
    table = scale_annex_k(ANNEX_K_LUMA, quality)
    decoded = compress(SCENE, quality)
    found = _measure("steps", decoded)
    told = found > 0  # a mode of step 1, or with nothing but zeros, tells nothing
    assert told.sum() >= 12
    np.testing.assert_allclose(found[told], np.log2(table.ravel()[_MODES[:20]])[told])
    assert _measure("quality", decoded)[0] == pytest.approx(np.log2(table.mean()))


def test_clean_image_has_no_steps() -> None:
    for pixels in (SCENE, add_noise(SCENE, 0, 3), resize(SCENE, 1.3)):
        assert not _measure("steps", pixels).any()
        assert not _measure("quality", pixels).any()
        assert _measure("lattice", pixels).max() < 0.1


def test_compression_empties_modes() -> None:
    assert _measure("empty", compress(SCENE, 50)).mean() > _measure("empty", SCENE).mean() + 0.1


def test_digits_of_a_coarse_lattice_are_those_of_its_multiples() -> None:
    decoded = compress(SCENE, 5)  # steps over 96 grey levels in half of the modes, and 100 to 140 in the lowest
    clean = _measure("digits_low", SCENE)
    np.testing.assert_allclose(clean.sum(), 1.0)
    assert abs(clean - BENFORD).max() < 0.1
    assert abs(_measure("digits_low", decoded) - BENFORD).max() > 0.1


def test_second_compression_leaves_gaps() -> None:
    assert _measure("twice", compress(compress(SCENE, 60), 85))[0] > _measure("twice", compress(SCENE, 85))[0] + 1


def test_cropped_copy_has_no_lattice_on_its_own_grid() -> None:
    assert not _measure("steps", compress(SCENE, 75)[3:, 5:]).any()


@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:0"])
@pytest.mark.parametrize("quality", [30, 50, 64, 77, 83, 90, 95, 98])
def test_last_quality_is_read_from_pixels(quality: int, sampling: str) -> None:
    assert _estimate(compress(SCENE, quality, sampling=sampling)) == (quality, None)


@pytest.mark.parametrize(("down", "right"), [(3, 5), (0, 4), (7, 0)])
def test_last_quality_is_read_on_any_grid(down: int, right: int) -> None:
    last, _ = read(show_window(np.ascontiguousarray(compress(SCENE, 80)[down:, right:])))
    assert last.words == "last JPEG quality about 80"
    assert last.strength == "certain"
    assert last.detail.startswith(f"grid at ({-down % 8}, {-right % 8});")


@pytest.mark.parametrize(("earlier", "last"), [(60, 85), (75, 92), (70, 90), (85, 95)])
def test_two_aligned_compressions_are_told_apart(earlier: int, last: int) -> None:
    found = read(show_window(compress(compress(SCENE, earlier), last)))
    assert [reading.estimate for reading in found] == [last, earlier]
    assert found[1].words == f"an earlier JPEG quality of about {earlier}"


def test_compression_after_a_crop_hides_the_earlier_one() -> None:
    cropped = np.ascontiguousarray(compress(SCENE, 70)[3:, 5:])
    assert _estimate(compress(cropped, 88)) == (88, None)


def test_clean_images_have_no_quality() -> None:
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 256, (128, 128), dtype=np.uint8)
    y, x = np.mgrid[:128, :128]
    clean = [SCENE, add_noise(SCENE, 0, 4), resize(SCENE, 1.5), resize(SCENE, 0.6), noise, FLAT, noise // 128 * 255]
    clean += [generate(draw_scene(4, 256, 256), 0), ((x + y) // 4).astype(np.uint8)]
    clean += [np.kron(SCENE[:32, :32], np.ones((8, 8, 1), dtype=np.uint8)), np.tile(SCENE[:16, :16], (9, 9, 1))]
    for pixels in clean:
        readings = read(show_window(pixels))
        assert [reading.estimate for reading in readings] == [None, None]
        assert [reading.words for reading in readings] == [
            "no trace of a JPEG quality",
            "no trace of an earlier JPEG quality",
        ]
