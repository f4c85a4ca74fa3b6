"""Pixels of an image -> what a network is given, explicitly: size, crop, mean, scale, order of the channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from forensic_style.embedding.records import Crop, ImageInput
from forensic_style.errors import ImageTooSmallError, ParameterError
from forensic_style.image import DecodedImage
from forensic_style.windows import choose_windows

USUAL_SIDE = 224  # of the input of networks that leave it open
USUAL_RATIO = 256 / 224  # of the shorter side after resizing to the crop's
IMAGENET_MEAN, IMAGENET_SCALE = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of torchvision's networks
MOST_PIXELS = 4096 * 4096  # of a crop: a layer of 64 channels then takes 4 GB
CHANNELS = ("rgb", "bgr", "grey")
CROPS = ("centre", "windows")


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What is done to an image before a network sees it. What is left open is settled by the network's input.

    A network is given `(pixel / 255 * maximum - mean) / scale`, channel by channel, for pixels of 0..255; 16-bit
    samples are rounded to 8 bit before.

    Parameters
    ----------
    size : rows and columns that the network is given, or one number for both. Where None, what the network demands;
        where it demands nothing, 224 for the centre, and each window as it is for windows
    resize : length in pixels to which the shorter side is brought first, bilinear and antialiased as Pillow and
        torchvision do it; None to keep every pixel as it is; "auto" for 256 / 224 of the crop's shorter side for the
        centre, and None for windows
    mean, scale : a number for each channel, in the order of `channels`, or one for all. The default is that of
        torchvision's networks
    maximum : what white is before the mean is subtracted: 1, or 255 for networks of Caffe
    channels : "rgb", "bgr", or "grey" (luma) for networks of one channel
    crops : "centre" for one row per image, or "windows" for one for each window that fingerprints are measured in, at
        full resolution: so features have replicates. Where the network's input is another size than the window, a part
        of that size about the window's centre is cut, as far inside the image as it takes, and parts that overlap one
        before are left out, for they are no replicates: small images then have one row
    """

    size: int | tuple[int, int] | None = None
    resize: int | Literal["auto"] | None = "auto"
    mean: float | tuple[float, ...] = IMAGENET_MEAN
    scale: float | tuple[float, ...] = IMAGENET_SCALE
    maximum: float = 1.0
    channels: Literal["rgb", "bgr", "grey"] = "rgb"
    crops: Literal["centre", "windows"] = "centre"

    def __post_init__(self) -> None:
        """Refuse what cannot be done to any image."""
        for name, choices in (("channels", CHANNELS), ("crops", CROPS)):
            if getattr(self, name) not in choices:
                raise ParameterError(
                    f"{name} must be one of {', '.join(choices)}. Got {getattr(self, name)!r} instead."
                )
        sides = () if self.size is None else (self.size,) if isinstance(self.size, int) else self.size
        if not all(_is_length(side) for side in sides) or len(sides) > 2:
            raise ParameterError(f"size must be a number of pixels, or rows and columns. Got {self.size!r} instead.")
        if self.resize not in ("auto", None) and not _is_length(self.resize):
            raise ParameterError(f"resize must be a number of pixels, auto or None. Got {self.resize!r} instead.")
        numbers = [*_as_numbers(self.mean), *_as_numbers(self.scale), self.maximum]
        if not all(math.isfinite(number) for number in numbers) or 0 in _as_numbers(self.scale) or self.maximum <= 0:
            raise ParameterError(
                "mean and scale must be finite, no scale 0, and maximum above 0. "
                f"Got {self.mean}, {self.scale} and {self.maximum} instead."
            )
        if self.crops == "windows" and self.resize not in ("auto", None):
            raise ParameterError("Windows are cut at full resolution: leave resize out, or take the centre.")

    def settle(self, wanted: ImageInput) -> Preprocessing:
        """The same with everything decided by a network's input, which it has to fit.

        Raises
        ------
        ParameterError
            where sizes or channels do not fit, or a size is more than memory bears.
        """
        size = self._settle_size(wanted)
        resize = None if self.resize == "auto" else self.resize
        if self.resize == "auto" and self.crops == "centre" and size is not None:
            resize = round(min(size) * USUAL_RATIO)
        if resize is not None and self.resize != "auto" and resize**2 > MOST_PIXELS:
            raise ParameterError(
                f"Images of a shorter side of {resize} are too large for a network. "
                f"Resize to {math.isqrt(MOST_PIXELS)} at most."
            )
        if resize is not None and size is not None and resize < min(size):
            raise ParameterError(f"Images of a shorter side of {resize} hold no crop of {_show(size)}. Resize to more.")
        n_channels = 1 if self.channels == "grey" else 3
        if wanted.n_channels not in (None, n_channels):
            raise ParameterError(
                f"The network takes {wanted.n_channels} channels, and {self.channels} are {n_channels}. "
                f"Give channels={'grey' if wanted.n_channels == 1 else 'rgb'!r} (--channels)."
            )
        return replace(
            self,
            size=size,
            resize=resize,
            mean=_repeat(self.mean, n_channels, "mean"),
            scale=_repeat(self.scale, n_channels, "scale"),
        )

    def _settle_size(self, wanted: ImageInput) -> tuple[int, int] | None:
        demanded = (wanted.rows, wanted.columns)
        if self.size is None and self.crops == "windows" and None in demanded:
            return None
        asked = (USUAL_SIDE, USUAL_SIDE) if self.size is None else self.size
        rows, columns = (asked, asked) if isinstance(asked, int) else asked
        fitting = (demanded[0] or rows, demanded[1] or columns)
        if self.size is not None and fitting != (rows, columns):
            raise ParameterError(f"The network takes {_show(fitting)}, not {_show((rows, columns))}. Leave size out.")
        if fitting[0] * fitting[1] > MOST_PIXELS:
            mend = "Name another network" if self.size is None else "Give a smaller size, or leave it out"
            raise ParameterError(
                f"Crops of {_show(fitting)} have more pixels than the {MOST_PIXELS:,} that a network is given. {mend}."
            )
        return fitting

    def to_dict(self) -> dict[str, Any]:
        """For the metadata of a table."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def cut_crops(image: DecodedImage, how: Preprocessing) -> tuple[list[NDArray[np.uint8]], tuple[Crop, ...]]:
    """The parts of an image that a network sees, each of shape (rows, columns, n_channels), and where they lie.

    Parameters
    ----------
    image : of any size
    how : settled

    Raises
    ------
    ImageTooSmallError
        where a crop does not fit in.
    """
    pixels = _take_channels(image, how)
    if how.crops == "windows":
        windows = choose_windows(*pixels.shape[:2])
        crops = tuple(_cut_about(window, how.size, pixels.shape, image.path) for window in windows)
        crops = crops if how.size is None else _keep_disjoint(crops)
        return [pixels[crop.place] for crop in crops], crops
    rows, columns = pixels.shape[:2]
    if isinstance(how.resize, int):
        pixels = _resize(pixels, how.resize)
    height, width = how.size if isinstance(how.size, tuple) else pixels.shape[:2]
    _check_room(pixels.shape, (height, width), image.path)
    top, left = (round((there - wanted) / 2) for there, wanted in zip(pixels.shape, (height, width), strict=False))
    down, across = rows / pixels.shape[0], columns / pixels.shape[1]
    crop = Crop(0, round(top * down), round(left * across), round(height * down), round(width * across))
    return [pixels[top : top + height, left : left + width]], (crop,)


def prepare(crops: Sequence[NDArray[np.uint8]], how: Preprocessing, wanted: ImageInput) -> NDArray[np.floating[Any]]:
    """Crops of one shape as the network's input, shape (n, n_channels, rows, columns), or channels last."""
    mean, scale = (np.asarray(_as_numbers(numbers), dtype=np.float32) for numbers in (how.mean, how.scale))
    rows = (np.stack(crops).astype(np.float32) * np.float32(how.maximum / 255) - mean) / scale
    return np.ascontiguousarray(rows if wanted.is_channels_last else rows.transpose(0, 3, 1, 2)).astype(wanted.dtype)


def _take_channels(image: DecodedImage, how: Preprocessing) -> NDArray[np.uint8]:
    """8-bit pixels, shape (rows, columns, n_channels)."""
    stored = image.luma if how.channels == "grey" else image.pixels
    if stored.dtype != np.uint8:
        stored = (stored.astype(np.uint32) + 128) // 257
    pixels: NDArray[np.uint8] = stored.astype(np.uint8, copy=False)
    if how.channels == "grey":
        return pixels[:, :, None]
    pixels = np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else pixels
    return pixels[:, :, ::-1] if how.channels == "bgr" else pixels


def _resize(pixels: NDArray[np.uint8], shorter: int) -> NDArray[np.uint8]:
    """The image with a shorter side of so many pixels, the longer one rounded down as torchvision does."""
    rows, columns, n_channels = pixels.shape
    longer = int(shorter * max(rows, columns) / min(rows, columns))
    size = (longer, shorter) if columns >= rows else (shorter, longer)
    picture = Image.fromarray(pixels[:, :, 0] if n_channels == 1 else np.ascontiguousarray(pixels))
    small = np.asarray(picture.resize(size, Image.Resampling.BILINEAR))
    return small.reshape(*small.shape[:2], n_channels)


def _cut_about(window: Any, size: Any, shape: tuple[int, ...], path: str) -> Crop:
    """The window itself, or the part of a size about its centre, moved inside the image where it has to be."""
    if size is None or size == (window.height, window.width):
        return Crop(window.number, window.top, window.left, window.height, window.width)
    _check_room(shape, size, path)
    top, left = (
        min(max(start + length // 2 - wanted // 2, 0), there - wanted)
        for start, length, wanted, there in zip(
            (window.top, window.left), (window.height, window.width), size, shape, strict=False
        )
    )
    return Crop(window.number, top, left, *size)


def _keep_disjoint(crops: Sequence[Crop]) -> tuple[Crop, ...]:
    """Those that share no pixel with one kept before."""
    kept: list[Crop] = []
    for crop in crops:
        if not any(
            abs(crop.top - other.top) < crop.height and abs(crop.left - other.left) < crop.width for other in kept
        ):
            kept.append(crop)
    return tuple(kept)


def _check_room(shape: tuple[int, ...], size: tuple[int, int], path: str) -> None:
    if shape[0] < size[0] or shape[1] < size[1]:
        raise ImageTooSmallError(
            f"The crop takes {_show(size)} pixels, and there are {_show(shape)}. Resize images first, or leave it out.",
            path=path,
        )


def _show(size: Sequence[int]) -> str:
    return f"{size[1]} x {size[0]}"


def _is_length(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _as_numbers(value: float | tuple[float, ...]) -> tuple[float, ...]:
    return (float(value),) if isinstance(value, int | float) else tuple(map(float, value))


def _repeat(value: float | tuple[float, ...], n_channels: int, what: str) -> tuple[float, ...]:
    """One number for each channel; the usual three for grey are those of luma."""
    numbers = _as_numbers(value)
    if n_channels == 1 and numbers in (IMAGENET_MEAN, IMAGENET_SCALE):
        weights = (0.299, 0.587, 0.114)
        return (round(sum(weight * number for weight, number in zip(weights, numbers, strict=True)), 6),)
    if len(numbers) not in (1, n_channels):
        raise ParameterError(f"{what} has {len(numbers)} numbers, and there are {n_channels} channels. Give as many.")
    return numbers * (n_channels // len(numbers))
