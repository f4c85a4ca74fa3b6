"""The parts of an image that are measured."""

from __future__ import annotations

from dataclasses import dataclass

ALIGNMENT = 16  # samples: keeps the phase of the 8x8 grid, of its 16x16 chroma units and of colour filter arrays
SMALLEST_WINDOW = 32
SIDE = 128  # wherever two windows fit beside each other along both axes
TILE_SIDES, MOST_TILES = (256, 128), 8  # of tiles, and how many of them along the longer axis
MORE = (480, 1400)  # samples of an axis from which on it has a third and a fourth window


@dataclass(frozen=True, slots=True)
class Window:
    """A part of an image, aligned to 16 samples: its number, top left corner and size in samples."""

    number: int
    top: int
    left: int
    height: int
    width: int


def choose_windows(rows: int, columns: int, *, everything: bool = False) -> tuple[Window, ...]:
    """Place the windows of an image by a fixed rule.

    Windows are squares of 128 samples wherever both axes have 256, otherwise of half the shorter axis (a multiple of
    16, at least 32). Along each axis there are two, three from 480 samples on and four from 1400 on, evenly from border
    to border, so that the corners belong to them.

    Parameters
    ----------
    rows, columns : of the image
    everything : tile the image without gaps instead; the last row and column of windows may overlap their neighbours

    Returns
    -------
    1 to 16 windows (any number where everything is tiled), row by row, none for an image smaller than 32 samples
    along an axis. What is left at the lower and right border where windows end on multiples of 16 is up to 15 samples.

    Examples
    --------
    >>> choose_windows(64, 100)[-1]
    Window(number=3, top=32, left=64, height=32, width=32)
    >>> len(choose_windows(480, 640)), len(choose_windows(3000, 4000)), len(choose_windows(480, 640, everything=True))
    (9, 16, 20)
    """
    if min(rows, columns) < SMALLEST_WINDOW:
        return ()
    side = _choose_side(min(rows, columns), (SIDE,))
    vertical, horizontal = _place_along(rows, side, everything), _place_along(columns, side, everything)
    places = [(top, left) for top in vertical for left in horizontal]
    return tuple(Window(number, top, left, side, side) for number, (top, left) in enumerate(places))


def tile_image(rows: int, columns: int) -> tuple[Window, ...]:
    """Squares that cover an image (but for up to 15 samples at the lower and right border), at most about 8 x 8.

    Returns
    -------
    row by row; of a side of 256 samples, larger ones in images of more than 8 times that, smaller ones as
    :func:`choose_windows` has them in images of less than twice that. None for an image smaller than 32 samples.

    Examples
    --------
    >>> len(tile_image(3000, 4000)), tile_image(3000, 4000)[0].height, len(tile_image(512, 768))
    (48, 512, 6)
    """
    if min(rows, columns) < SMALLEST_WINDOW:
        return ()
    side = _choose_side(min(rows, columns), TILE_SIDES)
    longest = -(-max(rows, columns) // MOST_TILES // ALIGNMENT) * ALIGNMENT
    side = min(max(side, longest), min(rows, columns) // ALIGNMENT * ALIGNMENT)
    places = [(top, left) for top in _cover(rows, side) for left in _cover(columns, side)]
    return tuple(Window(number, top, left, side, side) for number, (top, left) in enumerate(places))


def _cover(length: int, side: int) -> list[int]:
    """Starts of the tiles along one axis; the last ends at the border."""
    spare = length - side
    return sorted({*range(0, spare + 1, side), spare // ALIGNMENT * ALIGNMENT})


def _choose_side(shortest: int, sides: tuple[int, ...]) -> int:
    fitting = (side for side in sides if shortest >= 2 * side)
    return next(fitting, max(shortest // 2 // ALIGNMENT * ALIGNMENT, SMALLEST_WINDOW))


def _place_along(length: int, side: int, everything: bool) -> list[int]:
    """Starts of the windows along one axis."""
    spare = length - side
    if everything:
        return _cover(length, side)
    number = 2 + sum(length >= enough for enough in MORE)
    return sorted({place * spare // (number - 1) // ALIGNMENT * ALIGNMENT for place in range(number)})
