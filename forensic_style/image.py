"""The pixels of a file as they are stored, and what a family sees of a window.

Never rotated by EXIF, never resized, never colour-managed: each of these moves the traces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from forensic_style.jpeg import JpegStructure
from forensic_style.windows import Window

THUMBNAIL_QUALITY = 80
THUMBNAIL_SAMPLES = 4  # along each side of a pixel of a thumbnail, at least, as far as the image has them
NEAR, FAR = 1, 5  # pixels between the samples that sharpness and texture compare

Plane = NDArray[np.integer[Any] | np.floating[Any]]
"""A uint8 or uint16 array, shape (rows, columns) or (rows, columns, 3)."""


class LumaSource(Protocol):
    """The Y plane of a JPEG file, which is decoded when somebody asks for it."""

    def begin(self) -> None:
        """It will be asked for: let it be decoded meanwhile, where there is somebody to do it."""

    def decode(self) -> Plane:
        """The plane, uint8, shape (rows, columns)."""


@dataclass(frozen=True)
class WindowPixels:
    """What a fingerprint family sees of one window.

    Parameters
    ----------
    channels : red, green and blue; three times the same plane for a grey image. Read-only C-contiguous uint8 or
        uint16 arrays of one shape (rows, columns)
    luma : 0.299 red + 0.587 green + 0.114 blue to within one level (two of 16 bit), of the same type
    find_coded_luma : gives the Y plane that the file itself holds, for the families that look for traces of JPEG;
        None where it equals `luma` or there is none. It differs only where a channel was clipped on its way to RGB.
    """

    channels: tuple[Plane, Plane, Plane]
    luma: Plane
    find_coded_luma: Callable[[], Plane] | None = None

    def stack(self) -> WindowStack:
        """The same planes as a stack of one window."""
        red, green, blue = (plane[None] for plane in self.channels)
        luma = self.luma[None]
        channels = (luma, luma, luma) if self.channels[0] is self.luma else (red, green, blue)
        return WindowStack(channels, luma, self.find_coded_luma and (lambda: self._coded_luma[None]))

    @property
    def is_grey(self) -> bool:
        """Whether the file holds one channel."""
        return self.channels[0] is self.luma

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
        return self.luma_8bit if self.find_coded_luma is None else _round_to_8_bit(self._coded_luma)

    @cached_property
    def _coded_luma(self) -> Plane:
        assert self.find_coded_luma is not None
        return self.find_coded_luma()

    @cached_property
    def channels_8bit(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
        """The channels in 8 bit, rounded where the file has more."""
        red, green, blue = self.channels
        if red is green:
            return (self.luma_8bit,) * 3
        return _round_to_8_bit(red), _round_to_8_bit(green), _round_to_8_bit(blue)


class WindowStack(WindowPixels):
    """Windows of one size of one image, stacked: as :class:`WindowPixels`, with shapes (n_windows, rows, columns).

    What the planes of windows have in common is done once for all of them; `len` is their number, and an index gives
    the planes of one. Where there is no `find_coded_luma`, no window has any that differs from its luma.
    """

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.luma)

    def __getitem__(self, number: int) -> WindowPixels:
        """One window."""
        if not -len(self) <= number < len(self):
            raise IndexError(f"There are {len(self)} windows. Got {number!r} instead.")
        red, green, blue = (plane[number] for plane in self.channels)
        luma = self.luma[number]
        channels = (luma, luma, luma) if self.is_grey else (red, green, blue)
        return WindowPixels(channels, luma, self.find_coded_luma and (lambda: self._coded_luma[number]))

    def __iter__(self) -> Iterator[WindowPixels]:
        """One window after the other."""
        return (self[number] for number in range(len(self)))


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
    luma_source : of the Y plane of a JPEG file, or None where the file holds none
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
    luma_source: LumaSource | None = field(default=None, compare=False)
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

    @cached_property
    def coded_luma(self) -> Plane | None:
        """Read-only uint8 array, shape (rows, columns): the Y plane; None where it equals `luma` or there is none."""
        return self._decoded_luma if self.luma_source is not None and _is_clipped(self.pixels) else None

    @cached_property
    def _decoded_luma(self) -> Plane:
        assert self.luma_source is not None
        return freeze(self.luma_source.decode())

    def cut(self, window: Window) -> WindowPixels:
        """Copy one window's planes."""
        return self.stack([window])[0]

    def stack(self, windows: Sequence[Window]) -> WindowStack:
        """Copy the planes of windows, at least one, all of one size."""
        pixels = np.stack([self.pixels[_place(window)] for window in windows])
        if self.is_grey:
            luma = freeze(pixels)
            return WindowStack((luma, luma, luma), luma)
        shape, below = pixels.shape[:3], pixels.reshape(-1, *pixels.shape[2:])  # one below the other, for OpenCV
        red, green, blue = (freeze(plane.reshape(shape)) for plane in cv2.split(below))
        luma = freeze(cv2.cvtColor(below, cv2.COLOR_RGB2GRAY).reshape(shape))
        if self.luma_source is None or not _is_clipped(pixels):
            return WindowStack((red, green, blue), luma)
        return WindowStack(
            (red, green, blue),
            luma,
            lambda: freeze(np.stack([self._decoded_luma[_place(window)] for window in windows])),
        )


@dataclass(frozen=True, slots=True)
class Looks:
    """How an image looks, in three numbers. They serve the audit and are part of no fingerprint.

    Parameters
    ----------
    brightness : mean luma, 0..255 grey levels of 8 bit, whatever the depth of the file
    sharpness : mean absolute difference of luma between neighbours, over that between samples five pixels apart, along
        rows and columns: 0.2 on an even slope, 1 on noise and on lines of one pixel, 0 where all samples are alike.
        Above 1 where a pattern repeats every five pixels
    texture : mean absolute difference of luma between samples five pixels apart, grey levels of 8 bit
    """

    brightness: float
    sharpness: float
    texture: float


def measure_looks(image: DecodedImage, windows: Sequence[Window]) -> Looks:
    """Measure the luma of all windows together; an empty sequence, and sides of up to five pixels, count as 0."""
    totals = np.zeros(3)
    n_samples = np.zeros(3)
    for window in windows:
        part = image.pixels[window.top : window.top + window.height, window.left : window.left + window.width]
        luma = part if image.is_grey else cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
        near, far = (_sum_differences(luma, apart) for apart in (NEAR, FAR))
        totals += [float(cv2.sumElems(luma)[0]), near[0], far[0]]
        n_samples += [luma.size, near[1], far[1]]
    level = 1.0 if image.pixels.dtype == np.uint8 else 255.0 / 65535.0
    brightness, near_mean, far_mean = (totals / np.maximum(n_samples, 1.0)).tolist()
    return Looks(brightness * level, near_mean / far_mean if far_mean else 0.0, far_mean * level)


def _sum_differences(luma: Plane, apart: int) -> tuple[float, int]:
    """Sum of absolute differences of samples so many pixels apart along rows and columns, and their number."""
    pairs = ((luma[:, apart:], luma[:, :-apart]), (luma[apart:], luma[:-apart]))
    total = sum(float(cv2.sumElems(cv2.absdiff(one, other))[0]) for one, other in pairs if one.size)
    return total, sum(one.size for one, _ in pairs)


def encode_thumbnail(image: DecodedImage, side: int) -> bytes:
    """A JPEG file of at most side x side pixels, for people to look at."""
    rows, columns = image.pixels.shape[:2]
    scale = min(1.0, side / max(rows, columns))
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    step = max(1, int(1 / (THUMBNAIL_SAMPLES * scale)))  # to average all of a large photo costs more than to decode it
    small = cv2.resize(np.ascontiguousarray(image.pixels[::step, ::step]), size, interpolation=cv2.INTER_AREA)
    if small.dtype == np.uint16:
        small = (small // 257).astype(np.uint8)
    if not image.is_grey:  # turned around when it is small: OpenCV wants blue first
        small = small[:, :, ::-1]
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, THUMBNAIL_QUALITY])[1].tobytes()


def _is_clipped(pixels: Plane) -> bool:
    """Whether any channel is at its end: everywhere else luma of the pixels is the Y plane of the file, exactly."""
    return bool(pixels.min() == 0 or pixels.max() == (255 if pixels.dtype == np.uint8 else 65535))


def _place(window: Window) -> tuple[slice, slice]:
    """Where a window lies among the rows and columns."""
    return np.s_[window.top : window.top + window.height, window.left : window.left + window.width]


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
