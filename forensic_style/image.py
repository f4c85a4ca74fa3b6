"""The pixels of a file as they are stored, and the windows they are measured on.

Never rotated by EXIF, never resized, never colour-managed: each of these moves the traces.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from forensic_style.jpeg import JpegStructure

ALIGNMENT = 16  # samples: keeps the phase of the 8x8 grid, of its 16x16 chroma units and of colour filter arrays
SMALLEST_WINDOW = 32
LARGEST_WINDOW = 512
LARGE_IMAGE = 1024  # from this on along both axes, 4 x 4 windows instead of 2 x 2

Plane = NDArray[np.integer[Any] | np.floating[Any]]
"""A uint8 or uint16 array, shape (rows, columns) or (rows, columns, 3)."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of an image, aligned to 16 samples: its number, top left corner and size in samples."""

    number: int
    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class WindowPixels:
    """What a fingerprint family sees of one window.

    Parameters
    ----------
    channels : red, green and blue; three times the same plane for a grey image. Read-only C-contiguous uint8 or
        uint16 arrays of one shape (rows, columns)
    luma : 0.299 red + 0.587 green + 0.114 blue, rounded, of the same type
    coded_luma : the Y plane that the file itself holds, for the families that look for traces of JPEG, or None where
        it equals `luma` or there is none. It differs only where a channel was clipped on its way to RGB.
    """

    channels: tuple[Plane, Plane, Plane]
    luma: Plane
    coded_luma: Plane | None = None

    @property
    def grey_level(self) -> float:
        """Grey levels of 8 bit per unit of the planes: 1 for 8 bit, 255 / 65535 for 16 bit."""
        return 1.0 if self.luma.dtype == np.uint8 else 255.0 / 65535.0

    @cached_property
    def luma_8bit(self) -> NDArray[np.uint8]:
        """The luma in 8 bit, rounded where the file has more."""
        return _round_to_8_bit(self.luma)

    @cached_property
    def coded_luma_8bit(self) -> NDArray[np.uint8]:
        """The file's own luma in 8 bit, rounded where the file has more."""
        return self.luma_8bit if self.coded_luma is None else _round_to_8_bit(self.coded_luma)

    @cached_property
    def channels_8bit(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
        """The channels in 8 bit, rounded where the file has more."""
        red, green, blue = self.channels
        if red is green:
            return (self.luma_8bit,) * 3
        return _round_to_8_bit(red), _round_to_8_bit(green), _round_to_8_bit(blue)


@dataclass(frozen=True)
class DecodedImage:
    """A file's pixels as they are stored.

    Parameters
    ----------
    path : as given in the input
    sha256 : of the whole file, hexadecimal
    n_bytes : size of the file
    format : by content, not by name: "JPEG", "PNG", ...
    pixels : read-only C-contiguous uint8 or uint16 array, shape (rows, columns) or (rows, columns, 3) in the order
        red, green, blue
    notes : what was left out or converted, in words
    bit_depth : bits per sample in the file; samples of 9 to 15 bits fill the upper bits of uint16
    coded_luma : read-only uint8 array, shape (rows, columns), the Y plane of a JPEG file, or None where it equals
        `luma` or the file holds none
    jpeg : the structure of a JPEG file, otherwise None
    claims : what the file says of its make, model, software and date; never part of a fingerprint
    """

    path: str
    sha256: str
    n_bytes: int
    format: str
    pixels: Plane
    notes: tuple[str, ...] = ()
    bit_depth: int = 8
    coded_luma: Plane | None = None
    jpeg: JpegStructure | None = None
    claims: dict[str, str] = field(default_factory=dict)

    @property
    def is_grey(self) -> bool:
        """Whether the file holds one channel."""
        return self.pixels.ndim == 2

    @cached_property
    def luma(self) -> Plane:
        """Luma plane, shape (rows, columns), of the type of `pixels`."""
        if self.is_grey:
            return self.pixels
        return freeze(cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY))

    def cut(self, window: Window) -> WindowPixels:
        """Copy one window's planes."""
        part = np.s_[window.top : window.top + window.height, window.left : window.left + window.width]
        luma = freeze(self.luma[part].copy())
        coded_luma = None if self.coded_luma is None else freeze(self.coded_luma[part].copy())
        if self.is_grey:
            return WindowPixels((luma, luma, luma), luma, coded_luma)
        red, green, blue = (freeze(self.pixels[(*part, channel)].copy()) for channel in range(3))
        return WindowPixels((red, green, blue), luma, coded_luma)


def choose_windows(rows: int, columns: int) -> tuple[Window, ...]:
    """Place the windows of an image by a fixed rule.

    The image is divided into 2 x 2 cells, or 4 x 4 from 1024 samples on along both axes. Each cell gets one window
    from its top left corner (in the last row and column of cells: ending as close to the border as the alignment
    allows), a multiple of 16 samples large, at least 32 and at most 512 along each axis. Where a cell is larger
    than its window, the window lies in its middle. Cells smaller than 32 samples overlap; equal windows count once.

    Returns
    -------
    1 to 16 windows, row by row, none for an image smaller than 32 samples along an axis.
    """
    if min(rows, columns) < SMALLEST_WINDOW:
        return ()
    n_cells = 4 if min(rows, columns) >= LARGE_IMAGE else 2
    vertical, horizontal = _place_along(rows, n_cells), _place_along(columns, n_cells)
    places = [(*row, *column) for row in vertical for column in horizontal]
    return tuple(Window(number, top, left, height, width) for number, (top, height, left, width) in enumerate(places))


def _place_along(length: int, n_cells: int) -> list[tuple[int, int]]:
    """Start and size of the windows along one axis."""
    cell = length // n_cells
    size = min(max(cell // ALIGNMENT * ALIGNMENT, SMALLEST_WINDOW), LARGEST_WINDOW)
    starts = []
    for number in range(n_cells):
        spare = length - size if number == n_cells - 1 and cell <= LARGEST_WINDOW else number * cell
        middle = (cell - size) // 2 if cell > LARGEST_WINDOW else 0
        starts.append(min(spare + middle, length - size) // ALIGNMENT * ALIGNMENT)
    return [(start, size) for start in sorted(set(starts))]


def freeze(plane: Plane) -> Plane:
    """The plane C-contiguous and read-only."""
    plane = np.ascontiguousarray(plane)
    plane.flags.writeable = False
    return plane


def _round_to_8_bit(plane: Plane) -> NDArray[np.uint8]:
    """Divide 16-bit samples by 257, rounded half away from zero."""
    if plane.dtype == np.uint8:
        return plane.astype(np.uint8, copy=False)
    rounded = ((plane.astype(np.uint32) + 128) // 257).astype(np.uint8)
    rounded.flags.writeable = False
    return rounded
