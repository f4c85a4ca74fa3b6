"""A file's pixels as they are stored, and the windows they are measured on.

Never rotated by EXIF, never resized, never colour-managed: each of these moves the traces.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from forensic_style.errors import ImageReadError, ImageTooLargeError, ImageTooSmallError

ALIGNMENT = 16  # samples: keeps the phase of the 8x8 grid, of its 16x16 chroma units and of colour filter arrays
SMALLEST_WINDOW = 32
LARGEST_WINDOW = 512
LARGE_IMAGE = 1024  # from this on along both axes, 4 x 4 windows instead of 2 x 2
MOST_PIXELS = 500_000_000

_BIT_DEPTH_OF_PNG, _COLOUR_TYPE_OF_PNG = 24, 25  # offsets of the bytes in the header
_GREY_WITH_ALPHA = 4  # colour type of PNG
_BITS_PER_SAMPLE, _ORIENTATION, _PLANAR_CONFIGURATION = 258, 274, 284  # tags of TIFF
_SAME_FORMAT = {"MPO": "JPEG"}  # a JPEG file with further pictures behind it
_DIRECT_MODES = ("L", "RGB", "I;16", "I;16B", "I;16L")
_CONVERSIONS = {
    "1": ("L", "1-bit samples expanded to 0 and 255"),
    "P": ("RGB", "palette expanded"),
    "PA": ("RGB", "palette expanded, alpha left out"),
    "LA": ("L", "alpha left out"),
    "RGBA": ("RGB", "alpha left out"),
    "CMYK": ("RGB", "CMYK converted by (255 - ink) (255 - black) / 255"),
    "YCbCr": ("RGB", "YCbCr converted after JFIF"),
}


Plane = NDArray[np.integer[Any] | np.floating[Any]]
"""A uint8 or uint16 array, shape (rows, columns) or (rows, columns, 3)."""

Image.MAX_IMAGE_PIXELS = None  # the limit is ours, below: Pillow's warns at one size and refuses at another


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
    """

    channels: tuple[Plane, Plane, Plane]
    luma: Plane

    @property
    def grey_level(self) -> float:
        """Grey levels of 8 bit per unit of the planes: 1 for 8 bit, 255 / 65535 for 16 bit."""
        return 1.0 if self.luma.dtype == np.uint8 else 255.0 / 65535.0

    @cached_property
    def luma_8bit(self) -> NDArray[np.uint8]:
        """The luma in 8 bit, rounded where the file has more."""
        return _round_to_8_bit(self.luma)

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
    """

    path: str
    sha256: str
    n_bytes: int
    format: str
    pixels: Plane
    notes: tuple[str, ...] = ()

    @property
    def is_grey(self) -> bool:
        """Whether the file holds one channel."""
        return self.pixels.ndim == 2

    @cached_property
    def luma(self) -> Plane:
        """Luma plane, shape (rows, columns), of the type of `pixels`."""
        if self.is_grey:
            return self.pixels
        return _freeze(cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY))

    def cut(self, window: Window) -> WindowPixels:
        """Copy one window's planes."""
        part = np.s_[window.top : window.top + window.height, window.left : window.left + window.width]
        luma = _freeze(self.luma[part].copy())
        if self.is_grey:
            return WindowPixels((luma, luma, luma), luma)
        red, green, blue = (_freeze(self.pixels[(*part, channel)].copy()) for channel in range(3))
        return WindowPixels((red, green, blue), luma)


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


def read_image(path: str, *, shown_as: str | None = None) -> DecodedImage:
    """Decode a file by its content.

    Parameters
    ----------
    path : where the file is
    shown_as : name for messages and tables; the path itself where None

    Raises
    ------
    ImageReadError
        with the reasons `unreadable` (the file cannot be opened), `not_an_image`, `unsupported_format`,
        `truncated` or `damaged`. What the decoder reports is never measured in part; damage inside the compressed
        data of a JPEG that still decodes goes unnoticed.
    ImageTooSmallError, ImageTooLargeError
        for images without room for one window of 32 x 32, or with over 500 megapixels.
    """
    name = shown_as or path
    data = _read_bytes(path, name)
    pixels, format_name, notes = _decode(data, name)
    if min(pixels.shape[:2]) < SMALLEST_WINDOW:
        raise _too_small(pixels.shape[:2], name)
    digest = hashlib.sha256(data).hexdigest()
    return DecodedImage(name, digest, len(data), format_name, _freeze(pixels), notes)


def _read_bytes(path: str, name: str) -> bytes:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            message = "This is a folder, a pipe or a device, not a file. Leave it out."
            raise ImageReadError(message, path=name, reason="unreadable")
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:  # a path with a zero byte is a ValueError
        reason = getattr(error, "strerror", None) or error
        message = f"The file cannot be opened: {reason}. Check that it exists and may be read."
        raise ImageReadError(message, path=name, reason="unreadable") from error


def _decode(data: bytes, name: str) -> tuple[Plane, str, tuple[str, ...]]:
    try:
        image = Image.open(io.BytesIO(data))
    except UnidentifiedImageError as error:
        message = f"No image format is recognised in the file's {len(data)} bytes. Leave it out, or convert it."
        raise ImageReadError(message, path=name, reason="not_an_image") from error
    except Exception as error:  # isolation boundary: readers raise whatever they like on damaged headers
        raise ImageReadError(f"The header is damaged: {error}.", path=name, reason="damaged") from error
    columns, rows = image.size
    if rows * columns > MOST_PIXELS:
        message = f"{columns} x {rows} pixels are more than the limit of {MOST_PIXELS}. Cut the image into parts."
        raise ImageTooLargeError(message, path=name)
    if min(rows, columns) < SMALLEST_WINDOW:
        raise _too_small((rows, columns), name)
    return _load(image, data, name)


def _load(image: Image.Image, data: bytes, name: str) -> tuple[Plane, str, tuple[str, ...]]:
    format_name = _SAME_FORMAT.get(image.format or "unknown", image.format or "unknown")
    notes = ("first of several pages or frames",) if getattr(image, "n_frames", 1) > 1 else ()
    try:
        has_16_bit_colour = _has_16_bit_colour(image, data)
        orientation = _find_applied_orientation(image, has_16_bit_colour=has_16_bit_colour)
        image.load()
    except Exception as error:  # isolation boundary around one file's decode
        cut_off = "truncat" in str(error).lower() or isinstance(error, EOFError)
        message = f"The {format_name} data cannot be decoded to the end: {error}. Get a complete copy of the file."
        raise ImageReadError(message, path=name, reason="truncated" if cut_off else "damaged") from error
    pixels, conversion = _load_16_bit_colour(image, data, name) if has_16_bit_colour else _convert(image, name)
    return _turn_back(pixels, orientation), format_name, notes + conversion


def _convert(image: Image.Image, name: str) -> tuple[Plane, tuple[str, ...]]:
    """Pixels of a decoded image in a type that the families measure, and what was converted."""
    if image.mode in _CONVERSIONS:
        mode, note = _CONVERSIONS[image.mode]
        return np.asarray(image.convert(mode)), (note,)
    if image.mode not in _DIRECT_MODES:
        message = f"Pixels of type {image.mode!r} are not supported. Convert to 8 or 16 bit grey or RGB."
        raise ImageReadError(message, path=name, reason="unsupported_format")
    pixels = np.asarray(image)
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False), ()


def _has_16_bit_colour(image: Image.Image, data: bytes) -> bool:
    """Whether Pillow would silently halve the bit depth."""
    if image.format == "PNG":
        return image.mode in ("RGB", "RGBA", "LA") and data[_BIT_DEPTH_OF_PNG] == 16
    if image.format == "TIFF":
        bits = image.tag_v2.get(_BITS_PER_SAMPLE, (8,))  # type: ignore[attr-defined]
        return image.mode in ("RGB", "RGBA") and 16 in bits
    return False


def _load_16_bit_colour(image: Image.Image, data: bytes, name: str) -> tuple[Plane, tuple[str, ...]]:
    """Pixels by OpenCV, which keeps 16 bit, but mixes up the samples of separate planes."""
    planar = image.format == "TIFF" and image.tag_v2.get(_PLANAR_CONFIGURATION, 1) != 1  # type: ignore[attr-defined]
    if planar:
        message = "16-bit channels in separate planes are not supported. Save the file with interleaved channels."
        raise ImageReadError(message, path=name, reason="unsupported_format")
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16:
        message = f"The 16-bit {image.format} data cannot be decoded to the end. Get a complete copy of the file."
        raise ImageReadError(message, path=name, reason="damaged")
    notes = ("alpha left out",) if image.mode in ("RGBA", "LA") else ()
    if image.format == "PNG" and data[_COLOUR_TYPE_OF_PNG] == _GREY_WITH_ALPHA:
        return decoded.reshape(*decoded.shape[:2], -1)[:, :, 0], notes  # OpenCV may repeat the grey channel
    return decoded[:, :, 2::-1], notes  # OpenCV orders blue, green, red(, alpha)


def _find_applied_orientation(image: Image.Image, *, has_16_bit_colour: bool) -> int:
    """EXIF orientation by which the decoder turns the pixels: both decoders do so for TIFF, and for TIFF alone."""
    if image.format != "TIFF":
        return 1
    tags = image.tag_v2 if has_16_bit_colour else image.getexif()  # type: ignore[attr-defined]
    return int(tags.get(_ORIENTATION, 1))


def _turn_back(pixels: Plane, orientation: int) -> Plane:
    """Undo the turn by an EXIF orientation, back to the order of the file."""
    if orientation in (2, 3, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7):
        pixels = pixels[::-1]
    if orientation in (5, 7):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (6, 8):
        pixels = np.rot90(pixels, 1 if orientation == 6 else -1)
    return np.ascontiguousarray(pixels)


def _too_small(shape: tuple[int, ...], name: str) -> ImageTooSmallError:
    message = (
        f"{shape[1]} x {shape[0]} pixels are less than one window of {SMALLEST_WINDOW} x {SMALLEST_WINDOW}. "
        "Leave the image out, or find a larger copy."
    )
    return ImageTooSmallError(message, path=name)


def _freeze(plane: Plane) -> Plane:
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
