"""Where the 8x8 grid lies, and how visible it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.block_grid import FAMILY, count_votes, map_votes, read
from tests.conftest import measure_group, show_window
from tests.phantoms import Pixels, add_noise, compress, develop, draw_scene, generate, resize

SCENE = develop(draw_scene(3, 272, 272))
FLAT = np.full((64, 48), 200, dtype=np.uint8)


def _measure(group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    return measure_group(FAMILY, group, np.ascontiguousarray(pixels))


def _find_grid(pixels: Pixels) -> Any:
    return read(show_window(np.ascontiguousarray(pixels)))[0].estimate


def test_flat_window_has_no_grid() -> None:
    np.testing.assert_array_equal(FAMILY.compute(show_window(FLAT)), np.zeros(23))
    assert FAMILY.dimension == 23


def test_grey_image_as_three_planes_equals_one_plane() -> None:
    grey = SCENE[:, :, 1]
    one, three = (FAMILY.compute(show_window(np.ascontiguousarray(p))) for p in (grey, np.dstack([grey] * 3)))
    np.testing.assert_allclose(three, one, atol=1e-12)


def test_compression_shows_its_grid() -> None:
    decoded = compress(SCENE, 50)
    assert abs(_measure("aligned", SCENE)[0]) < 0.2
    assert _measure("aligned", decoded)[0] > 0.7
    assert _measure("aligned", decoded)[0] == _measure("strongest", decoded)[0]
    assert _measure("alone", decoded)[0] > _measure("alone", SCENE)[0] + 0.5


def test_cropped_grid_is_as_strong_but_no_longer_aligned() -> None:
    decoded = compress(SCENE, 50)
    cropped = decoded[3:, 5:]
    assert _measure("strongest", cropped)[0] == pytest.approx(_measure("strongest", decoded)[0], abs=0.05)
    assert _measure("aligned", cropped)[0] < 0.2
    for profile in ("rows", "columns"):
        np.testing.assert_allclose(_measure(profile, cropped), _measure(profile, decoded), atol=0.05)


def test_crossings_of_pure_blocks_stand_alone() -> None:
    blocks = np.kron(np.random.default_rng(1).integers(0, 256, (8, 8)), np.ones((8, 8))).astype(np.uint8)
    rows = _measure("rows", blocks)
    np.testing.assert_allclose(rows, rows[0])  # seven empty phases: all at the floor


def test_turned_window_swaps_rows_and_columns() -> None:
    decoded = compress(SCENE, 60)
    turned = decoded.transpose(1, 0, 2)
    np.testing.assert_allclose(_measure("rows", turned), _measure("columns", decoded), atol=1e-12)
    chroma = _measure("chroma", decoded).reshape(3, 2)
    np.testing.assert_allclose(_measure("chroma", turned).reshape(3, 2), chroma[:, ::-1], atol=1e-12)


def test_smaller_chroma_shows_blocks_of_16_and_pairs_of_samples() -> None:
    whole, half = (_measure("chroma", compress(SCENE, 60, sampling=sampling)) for sampling in ("4:4:4", "4:2:0"))
    assert half[:2].min() > half[2:4].max() + 0.3  # borders of 16 and not of 8
    assert abs(whole[:2] - whole[2:4]).max() < 0.5
    assert abs(_measure("chroma", SCENE)).max() < 0.1


@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:0"])
@pytest.mark.parametrize("quality", [50, 75, 90])
def test_grid_is_found_after_any_crop(quality: int, sampling: str) -> None:
    decoded = compress(SCENE, quality, sampling=sampling)
    generator = np.random.default_rng(quality)
    for down, right in [(0, 0), *generator.integers(0, 16, (5, 2)).tolist()]:
        assert _find_grid(decoded[down : down + 256, right : right + 256]) == ((-down) % 8, (-right) % 8)


def test_words_of_a_found_grid() -> None:
    reading, chroma = read(show_window(compress(SCENE, 75)))
    assert reading.subject == "block grid"
    assert reading.words == "8x8 grid at (0, 0)"
    assert reading.strength == "certain"
    assert "of the samples agree on this origin" in reading.detail
    assert chroma.estimate is None  # its blocks are of 8x8 samples, too


@pytest.mark.parametrize(("down", "right"), [(0, 0), (8, 8), (3, 14)])
def test_grid_of_smaller_chroma_is_found_modulo_16(down: int, right: int) -> None:
    decoded = compress(SCENE, 75, sampling="4:2:0")[down:, right:]
    _, chroma = read(show_window(np.ascontiguousarray(decoded)))
    assert chroma.subject == "chroma grid"
    assert chroma.estimate == ((-down) % 16, (-right) % 16)
    assert chroma.words == f"16x16 grid of chroma at ({-down % 16}, {-right % 16})"


def test_clean_images_have_no_grid() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (128, 128), dtype=np.uint8)
    clean = [SCENE, add_noise(SCENE, 0, 4), resize(SCENE, 1.5), resize(SCENE, 0.6), noise, FLAT, noise // 128 * 255]
    clean.append(generate(draw_scene(4, 256, 256), 0))
    for pixels in clean:
        readings = read(show_window(pixels))
        assert [reading.words for reading in readings] == ["no 8x8 grid", "no 16x16 grid of chroma"]
        assert [(reading.strength, reading.estimate) for reading in readings] == [("none", None)] * 2


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_repeated_samples_are_no_grid(factor: int) -> None:
    small = SCENE[: 256 // factor, : 256 // factor]
    assert _find_grid(np.kron(small, np.ones((factor, factor, 1), dtype=np.uint8))) is None


def test_repeated_tile_is_no_grid() -> None:
    assert _find_grid(np.tile(SCENE[:16, :16], (16, 16, 1))) is None


def test_votes_count_every_sample_at_most_once() -> None:
    votes = count_votes(show_window(SCENE))
    assert votes.shape == (8, 8)
    assert 0 < votes.sum() <= 272 * 272


def test_map_shows_where_two_grids_lie() -> None:
    decoded = compress(SCENE, 60)
    pasted = decoded.copy()
    pasted[64:192, 64:192] = decoded[67:195, 69:197]  # moved by (-3, -5)
    votes = map_votes(show_window(pasted))
    assert votes.shape == (34, 34)
    inside = np.zeros((34, 34), dtype=bool)
    inside[9:23, 9:23] = True
    outside = np.ones((34, 34), dtype=bool)
    outside[7:25, 7:25] = False
    assert (votes[inside] == 8 * 5 + 3).mean() > 0.75
    assert (votes[outside] == 0).mean() > 0.75


def test_map_of_a_flat_window_holds_no_votes() -> None:
    assert (map_votes(show_window(FLAT)) == -1).all()
