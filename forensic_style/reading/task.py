"""What a decoder is given, and what it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import DTypeLike, NDArray

from forensic_style.errors import ImageReadError, ImageTooLargeError, ImageTooSmallError
from forensic_style.image import LumaSource, Plane
from forensic_style.jpeg import JpegStructure
from forensic_style.reading.rules import ReadingRules
from forensic_style.windows import SMALLEST_WINDOW

Allocate = Callable[[tuple[int, ...], DTypeLike], NDArray[Any]]
"""Shape, type -> writable C-contiguous array: `numpy.empty`, or memory that two processes share."""


@dataclass(frozen=True)
class ReadingTask:
    """One file to decode.

    Parameters
    ----------
    name : of the file, for messages
    data : its bytes
    format : by content
    rules : limits
    allocate : memory for the pixels
    jpeg : structure of a JPEG file, otherwise None
    """

    name: str
    data: bytes
    format: str
    rules: ReadingRules
    allocate: Allocate
    jpeg: JpegStructure | None = None

    def check_size(self, rows: int, columns: int) -> None:
        """Refuse images over the limit of pixels, or without room for a window; before pixels are allocated."""
        if rows * columns > self.rules.most_pixels:
            message = (
                f"{columns} x {rows} pixels are more than the limit of {self.rules.most_pixels}. "
                "Cut the image into parts, or raise the limit."
            )
            raise ImageTooLargeError(message, path=self.name)
        if min(rows, columns) < SMALLEST_WINDOW:
            message = (
                f"{columns} x {rows} pixels are less than one window of {SMALLEST_WINDOW} x {SMALLEST_WINDOW}. "
                "Leave the image out, or find a larger copy."
            )
            raise ImageTooSmallError(message, path=self.name)

    def refuse(self, what: str, *, reason: str = "unsupported_format", cause: BaseException | None = None) -> NoReturn:
        """Raise ImageReadError with a sentence about the file."""
        raise ImageReadError(what, path=self.name, reason=reason) from cause

    def report_damage(self, what: str, *, reason: str = "damaged", cause: BaseException | None = None) -> NoReturn:
        """Raise ImageReadError for a file that cannot be decoded to its end."""
        message = f"The {self.format} data cannot be decoded to the end: {what}. Get a complete copy of the file."
        self.refuse(message, reason=reason, cause=cause)

    def copy(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """The pixels C-contiguous in allocated memory, in the byte order of the machine."""
        copied = self.allocate(pixels.shape, pixels.dtype.newbyteorder("="))
        np.copyto(copied, pixels)
        return copied


@dataclass(frozen=True)
class Picture:
    """Decoded pixels.

    Parameters
    ----------
    pixels : uint8 or uint16 array, shape (rows, columns) or (rows, columns, 3), red, green, blue
    bit_depth : bits per sample in the file
    notes : what was left out or converted, in words
    luma_source : of the Y plane of the file, where it has one
    exif : Exif block without its signature
    software : what the file says outside of Exif of the program that wrote it
    """

    pixels: Plane
    bit_depth: int = 8
    notes: tuple[str, ...] = ()
    luma_source: LumaSource | None = None
    exif: bytes = b""
    software: str = ""


Decoder = Callable[[ReadingTask], Picture]
