"""Images -> high-pass patches, for networks that see residuals and not features."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from forensic_style.baselines.tasks import Patches
from forensic_style.errors import ImageError, ImageTooSmallError
from forensic_style.image import DecodedImage, Plane
from forensic_style.manifest import InputImage
from forensic_style.measuring import Plan, open_reader
from forensic_style.places import fetch
from forensic_style.table import SkippedImage
from forensic_style.windows import Window, choose_windows

SIDE = 64
MOST_PATCHES = 4  # of an image
TRUNCATION = 16.0  # grey levels: edges of what is shown would drown everything else


def cut_patches(
    image: DecodedImage, *, side: int = SIDE, most: int = MOST_PATCHES, truncation: float = TRUNCATION
) -> NDArray[np.float32]:
    """Cut the middles of an image's windows and subtract the local mean.

    Parameters
    ----------
    image : decoded
    side : of the patches, samples
    most : patches, spread evenly over the windows
    truncation : largest magnitude, grey levels

    Returns
    -------
    float32 array, shape (n_patches, side, side), in C order: luma less the mean of its 3 x 3 neighbourhood, grey levels
    of 8 bit whatever the depth of the file, truncated; zeros for a flat image.

    Raises
    ------
    ImageTooSmallError
        where the windows are smaller than a patch.

    Source
    ------
    Truncated residuals: Fridrich and Kodovsky, "Rich models for steganalysis of digital images", IEEE TIFS 7(3), 2012.
    """
    windows = choose_windows(*image.pixels.shape[:2])
    if not windows or windows[0].height < side:
        message = f"Patches of {side} x {side} pixels need an image of {2 * side} x {2 * side}. Leave it out."
        raise ImageTooSmallError(message, path=image.path)
    numbers = np.unique(np.linspace(0, len(windows) - 1, min(most, len(windows))).round().astype(int))
    grey_level = 257.0 if image.luma.dtype == np.uint16 else 1.0
    residuals = [_filter(image.luma, windows[number], side, truncation * grey_level) for number in numbers]
    return np.stack(residuals) / np.float32(grey_level)


def _filter(luma: Plane, window: Window, side: int, most: float) -> NDArray[np.float32]:
    """The middle of a window less its local mean; a sample more on each side takes part where the image has it."""
    top, left = window.top + (window.height - side) // 2, window.left + (window.width - side) // 2
    above, before = min(top, 1), min(left, 1)
    part = luma[top - above : top + side + 1, left - before : left + side + 1].astype(np.float32)
    residual = np.clip(part - cv2.blur(part, (3, 3)), -most, most)
    return np.ascontiguousarray(residual[above : above + side, before : before + side])


def read_patches(
    images: Sequence[InputImage],
    *,
    plan: Plan | None = None,
    side: int = SIDE,
    most: int = MOST_PATCHES,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Patches, tuple[int, ...], tuple[SkippedImage, ...]]:
    """Cut patches of files; a file that cannot be read is skipped.

    Parameters
    ----------
    images : inputs
    plan : limits of reading, as for extraction; None for the usual ones
    side, most : as for :func:`cut_patches`
    progress : called with the numbers of images done and of all

    Returns
    -------
    patches : of the images that could be read, numbered from 0 in the order given
    numbers : in `images`, of these
    skipped : the others, with reasons
    """
    plan = plan or Plan(families=())
    parts: list[NDArray[np.float32]] = []
    numbers: list[int] = []
    skipped: list[SkippedImage] = []
    reader = open_reader(plan)
    try:
        for number, image in enumerate(images):
            try:
                if image.problem:
                    skipped.append(SkippedImage(image.path, "unreadable", image.problem))
                    continue
                with fetch(image.location, most_bytes=plan.rules.most_bytes) as location:
                    parts.append(cut_patches(reader.read(location, shown_as=image.path), side=side, most=most))
                numbers.append(number)
            except ImageError as error:
                skipped.append(SkippedImage(image.path, error.reason, str(error)))
            finally:
                reader.release()
                if progress is not None:
                    progress(number + 1, len(images))
    finally:
        reader.close()
    values = np.concatenate([np.empty((0, side, side), np.float32), *parts])
    groups = np.repeat(np.arange(len(parts)), [len(part) for part in parts]).astype(np.intp)
    return Patches(values, groups), tuple(numbers), tuple(skipped)
