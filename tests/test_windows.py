"""Where windows lie."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensic_style.windows import Window, choose_windows, tile_image

SHAPES = st.tuples(st.integers(32, 6000), st.integers(32, 6000))


def _list_places(rows: int, columns: int, *, everything: bool = False) -> tuple[list[int], list[int]]:
    """Starts along the rows and along the columns."""
    windows = choose_windows(rows, columns, everything=everything)
    vertical, horizontal = sorted({window.top for window in windows}), sorted({window.left for window in windows})
    assert len(windows) == len(vertical) * len(horizontal)
    return vertical, horizontal


@pytest.mark.parametrize(
    ("shape", "side", "vertical", "horizontal"),
    [
        ((32, 32), 32, [0], [0]),
        ((48, 100), 32, [0, 16], [0, 64]),
        ((227, 227), 112, [0, 112], [0, 112]),
        ((255, 512), 112, [0, 128], [0, 192, 400]),
        ((256, 256), 128, [0, 128], [0, 128]),
        ((479, 640), 128, [0, 336], [0, 256, 512]),
        ((512, 768), 128, [0, 192, 384], [0, 320, 640]),
        ((1836, 3264), 128, [0, 560, 1136, 1696], [0, 1040, 2080, 3136]),
    ],
)
def test_windows_lie_at_their_exact_places(
    shape: tuple[int, int], side: int, vertical: list[int], horizontal: list[int]
) -> None:
    assert _list_places(*shape) == (vertical, horizontal)
    assert _list_places(*shape[::-1]) == (horizontal, vertical)
    assert {(window.height, window.width) for window in choose_windows(*shape)} == {(side, side)}


def test_windows_are_numbered_row_by_row() -> None:
    assert choose_windows(64, 96) == (
        Window(0, 0, 0, 32, 32),
        Window(1, 0, 64, 32, 32),
        Window(2, 32, 0, 32, 32),
        Window(3, 32, 64, 32, 32),
    )


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("shape", [(31, 500), (500, 31), (0, 0), (1, 1)])
def test_images_below_32_samples_have_no_window(shape: tuple[int, int], everything: bool) -> None:
    assert choose_windows(*shape, everything=everything) == ()


@given(SHAPES, st.booleans())
def test_windows_are_aligned_equal_squares_inside_the_image(shape: tuple[int, int], everything: bool) -> None:
    windows = choose_windows(*shape, everything=everything)
    assert len(windows) >= 1
    assert everything or len(windows) <= 16
    assert [window.number for window in windows] == list(range(len(windows)))
    assert len({(window.height, window.width) for window in windows}) == 1
    side = windows[0].height
    assert side == windows[0].width
    assert side % 16 == 0
    assert 32 <= side <= 128
    for window in windows:
        assert window.top % 16 == window.left % 16 == 0
        assert 0 <= window.top <= shape[0] - side
        assert 0 <= window.left <= shape[1] - side


@given(SHAPES, st.booleans())
def test_corners_belong_to_windows(shape: tuple[int, int], everything: bool) -> None:
    for length, places in zip(shape, _list_places(*shape, everything=everything), strict=True):
        side = choose_windows(*shape)[0].height
        assert places[0] == 0
        assert length - 16 < places[-1] + side <= length


@given(st.integers(64, 6000), st.integers(64, 6000))
def test_windows_of_images_from_64_samples_on_do_not_overlap(rows: int, columns: int) -> None:
    side = choose_windows(rows, columns)[0].height
    for places in _list_places(rows, columns):
        assert all(following - start >= side for start, following in pairwise(places))


@given(SHAPES)
def test_tiles_leave_no_gap(shape: tuple[int, int]) -> None:
    side = choose_windows(*shape)[0].height
    for places in _list_places(*shape, everything=True):
        assert all(following - start <= side for start, following in pairwise(places))


@given(st.integers(256, 6000), st.integers(256, 6000))
def test_images_from_256_samples_on_have_windows_of_one_side(rows: int, columns: int) -> None:
    assert {window.height for window in choose_windows(rows, columns)} == {128}


@given(SHAPES)
def test_tiles_of_an_image_cover_it(shape: tuple[int, int]) -> None:
    tiles = tile_image(*shape)
    side = tiles[0].height
    assert all((tile.height, tile.width) == (side, side) for tile in tiles)
    for axis, length in ((0, shape[0]), (1, shape[1])):
        places = sorted({(tile.top, tile.left)[axis] for tile in tiles})
        assert places[0] == 0
        assert length - 16 < places[-1] + side <= length
        assert all(following - start <= side for start, following in pairwise(places))
        assert all(place % 16 == 0 for place in places)


@pytest.mark.parametrize(
    ("shape", "side", "number"),
    [((31, 99), 0, 0), ((32, 32), 32, 1), ((512, 512), 256, 4), ((3000, 4000), 512, 48), ((32, 6000), 32, 188)],
)
def test_tiles_grow_with_the_image(shape: tuple[int, int], side: int, number: int) -> None:
    tiles = tile_image(*shape)
    assert len(tiles) == number
    assert {tile.height for tile in tiles} == ({side} if side else set())
