"""The parts of an image that are measured."""

from __future__ import annotations

from dataclasses import dataclass

ALIGNMENT = 16  # samples: keeps the phase of the 8x8 grid, of its 16x16 chroma units and of colour filter arrays
SMALLEST_WINDOW = 32
SIDES = (256, 128)  # one of these wherever two fit beside each other along both axes
MOST_ALONG_AN_AXIS = 4
PITCH, SMALL_PITCH = 2.0, 1.5  # sides from one window to the next, about: of the largest side, of smaller ones


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

    Windows are squares, all of one side: 256 samples where both axes have 512, 128 where they have 256, otherwise half
    of the shorter axis (a multiple of 16, at least 32). Along each axis there are two to four, evenly from border to
    border: the corners belong to them, a fifth to a quarter of an image of 1 to 5 megapixels, more of a smaller one.

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
    >>> len(choose_windows(3000, 4000)), len(choose_windows(3000, 4000, everything=True))
    (16, 192)
    """
    if min(rows, columns) < SMALLEST_WINDOW:
        return ()
    side = _choose_side(min(rows, columns))
    vertical, horizontal = _place_along(rows, side, everything), _place_along(columns, side, everything)
    places = [(top, left) for top in vertical for left in horizontal]
    return tuple(Window(number, top, left, side, side) for number, (top, left) in enumerate(places))


def _choose_side(shortest: int) -> int:
    fitting = (side for side in SIDES if shortest >= 2 * side)
    return next(fitting, max(shortest // 2 // ALIGNMENT * ALIGNMENT, SMALLEST_WINDOW))


def _place_along(length: int, side: int, everything: bool) -> list[int]:
    """Starts of the windows along one axis."""
    spare = length - side
    if everything:
        return sorted({*range(0, spare + 1, side), spare // ALIGNMENT * ALIGNMENT})
    pitch = PITCH if side == SIDES[0] else SMALL_PITCH
    number = min(max(round(length / (pitch * side)), 2), MOST_ALONG_AN_AXIS)
    return sorted({place * spare // (number - 1) // ALIGNMENT * ALIGNMENT for place in range(number)})
