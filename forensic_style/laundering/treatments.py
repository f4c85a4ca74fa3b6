"""Light changes of an image, such as a social network makes: saved anew, resized, cropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

QUALITY = 85  # of the save, with standard tables and colours at half resolution
FACTOR = 0.95
_JPEG = (
    cv2.IMWRITE_JPEG_QUALITY,
    QUALITY,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
)
CUT = 1  # rows and columns, at the top and on the left

Pixels = NDArray[np.integer[Any] | np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Treatment:
    """A change: its name in words, what it does to the pixels, and whether the file becomes a JPEG file of 8 bit.

    Otherwise it is written without loss, so that the change is seen alone.
    """

    name: str
    change: Callable[[Pixels], Pixels]
    is_saved: bool

    def write(self, pixels: Pixels) -> tuple[str, bytes]:
        """Suffix and bytes of the treated image's file."""
        changed = self.change(pixels)
        if self.is_saved:
            return ".jpg", _encode(".jpg", _round_to_8_bit(changed), *_JPEG)
        suffix = ".pgm" if changed.ndim == 2 else ".ppm"  # as quick as copying, and 16 bit stays 16 bit
        return suffix, _encode(suffix, changed, cv2.IMWRITE_PXM_BINARY, 1)


def crop(pixels: Pixels) -> Pixels:
    """Cut a row off the top and a column off the left: the 8x8 grid and the filter array move."""
    return np.ascontiguousarray(pixels[CUT:, CUT:])


def resize(pixels: Pixels) -> Pixels:
    """Reduce to 95 % of the side by Lanczos' filter."""
    rows, columns = pixels.shape[:2]
    size = (max(1, round(columns * FACTOR)), max(1, round(rows * FACTOR)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LANCZOS4))


TREATMENTS = (
    Treatment(f"saved as JPEG {QUALITY}", lambda pixels: pixels, is_saved=True),
    Treatment(f"resized by {FACTOR}", resize, is_saved=False),
    Treatment(f"cropped by {CUT} pixel", crop, is_saved=False),
    Treatment("all three", lambda pixels: resize(crop(pixels)), is_saved=True),
)


def _encode(suffix: str, pixels: Pixels, *options: int) -> bytes:
    shown = pixels if pixels.ndim == 2 else pixels[:, :, ::-1]
    return cv2.imencode(suffix, np.ascontiguousarray(shown), [*options])[1].tobytes()


def _round_to_8_bit(pixels: Pixels) -> Pixels:
    return pixels if pixels.dtype == np.uint8 else ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
