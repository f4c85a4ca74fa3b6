"""Six simulated technologies: a patch of a lossless photograph -> the bytes of a file of 256 x 256 pixels.

They are chains of steps that cameras and programs are known to take. All save as JPEG, at qualities so close to one
another that the quality alone does not tell them apart. They share no step with the samples of ``data_samples``.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import convolve, gaussian_filter, median_filter

Bytes = NDArray[np.uint8]  # rows x columns x RGB
Values = NDArray[np.float64]  # the same, 0 to 1
Chain = Callable[[Bytes, np.random.Generator], bytes]

PATCH = 352  # side of what a chain is given
SIDE = 256  # of what it saves

# H. S. Malvar, L. He, R. Cutler, "High-quality linear interpolation for demosaicing of Bayer-patterned color images",
# ICASSP 2004, figure 2; in eighths
GREEN = np.array([[0, 0, -1, 0, 0], [0, 0, 2, 0, 0], [-1, 2, 4, 2, -1], [0, 0, 2, 0, 0], [0, 0, -1, 0, 0]]) / 8
ALONG_ROW = (
    np.array([[0, 0, 0.5, 0, 0], [0, -1, 0, -1, 0], [-1, 4, 5, 4, -1], [0, -1, 0, -1, 0], [0, 0, 0.5, 0, 0]]) / 8
)
ACROSS = np.array([[0, 0, -1.5, 0, 0], [0, 2, 0, 2, 0], [-1.5, 0, 6, 0, -1.5], [0, 2, 0, 2, 0], [0, 0, -1.5, 0, 0]]) / 8


def record_with_camera(patch: Bytes, random: np.random.Generator) -> bytes:
    """A camera: Bayer pattern, sensor noise, gradient-corrected demosaicing, gamma 2.2, fine JPEG."""
    light = (cut(patch, SIDE + 16) / 255) ** 2.2
    noisy = light + random.normal(0, 1, light.shape) * np.sqrt(light / 6000 + 2e-6)
    developed = np.clip(demosaic(sample_bayer(noisy)), 0, 1) ** (1 / 2.2)
    return save(to_bytes(developed[8:-8, 8:-8]), 90, "4:2:0")


def record_with_phone(patch: Bytes, random: np.random.Generator) -> bytes:
    """A phone: more noise, then smoothed by non-local means, sharpened, a tone curve, JPEG."""
    noisy = to_bytes(cut(patch, SIDE + 16) / 255 + random.normal(0, 0.012, (SIDE + 16, SIDE + 16, 3)))
    smooth = cv2.fastNlMeansDenoisingColored(noisy, None, 4, 4, 5, 11) / 255
    sharp = smooth + 0.8 * (smooth - gaussian_filter(smooth, (1.2, 1.2, 0)))
    return save(to_bytes(bend_tones(sharp, 0.15)[8:-8, 8:-8]), 85, "4:2:0")


def reduce_for_the_web(patch: Bytes, _: np.random.Generator) -> bytes:
    """A web service: reduced to 0.8 by averaging areas, lightly sharpened, JPEG."""
    small = cv2.resize(cut(patch, 320), (SIDE, SIDE), interpolation=cv2.INTER_AREA) / 255
    return save(to_bytes(small + 0.3 * (small - gaussian_filter(small, (0.7, 0.7, 0)))), 85, "4:2:0")


def enlarge_in_editor(patch: Bytes, _: np.random.Generator) -> bytes:
    """An editor: spots taken out by a median of 3 x 3, enlarged 1.3 times by Lanczos' filter, JPEG in full colour."""
    clean = median_filter(cut(patch, 208), (3, 3, 1))
    large = Image.fromarray(clean).resize((270, 270), Image.Resampling.LANCZOS)
    return save(np.asarray(large)[7:-7, 7:-7], 90, "4:4:4")


def save_twice(patch: Bytes, _: np.random.Generator) -> bytes:
    """A messenger: a JPEG of quality 90 is opened, and saved again at 80 on the same grid."""
    first = Image.open(io.BytesIO(save(cut(patch, SIDE), 90, "4:2:0")))
    return save(np.asarray(first), 80, "4:2:0")


def scan_film(patch: Bytes, random: np.random.Generator) -> bytes:
    """A film scanner: blur of the optics, grain with some extent, brightened, reduced bilinearly to 0.8, JPEG."""
    grain = gaussian_filter(random.normal(0, 1, (320, 320, 1)), (0.8, 0.8, 0)) * 0.035
    film = gaussian_filter(cut(patch, 320) / 255, (0.6, 0.6, 0))
    scanned = to_bytes(np.clip(film + grain * np.sqrt(film * (1 - film)), 0, 1) ** 0.85)
    return save(np.asarray(Image.fromarray(scanned).resize((SIDE, SIDE), Image.Resampling.BILINEAR)), 85, "4:4:4")


CHAINS: dict[str, Chain] = {
    "camera": record_with_camera,
    "phone": record_with_phone,
    "web": reduce_for_the_web,
    "editor": enlarge_in_editor,
    "messenger": save_twice,
    "scanner": scan_film,
}


def cut(patch: Bytes, side: int) -> Bytes:
    """The square in the middle."""
    top = (patch.shape[0] - side) // 2
    left = (patch.shape[1] - side) // 2
    return patch[top : top + side, left : left + side]


def to_bytes(values: Values) -> Bytes:
    """0..1 -> 0..255, rounded and clipped."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def bend_tones(values: Values, strength: float) -> Values:
    """An S curve: more contrast in the middle, black and white stay."""
    values = np.clip(values, 0, 1)
    return values - strength / (2 * np.pi) * np.sin(2 * np.pi * values)


def sample_bayer(light: Values) -> Values:
    """One colour at each place: red at even rows and columns, blue at odd ones, green elsewhere."""
    raw = light[..., 1].copy()
    raw[::2, ::2] = light[::2, ::2, 0]
    raw[1::2, 1::2] = light[1::2, 1::2, 2]
    return raw


def demosaic(raw: Values) -> Values:
    """All three colours at each place, by Malvar's five linear filters."""
    green, row, column, across = (
        convolve(raw, kernel, mode="mirror") for kernel in (GREEN, ALONG_ROW, ALONG_ROW.T, ACROSS)
    )
    colours = np.stack([raw, raw, raw], axis=2)
    colours[::2, ::2, 1], colours[1::2, 1::2, 1] = green[::2, ::2], green[1::2, 1::2]
    colours[::2, 1::2, 0], colours[1::2, ::2, 0] = row[::2, 1::2], column[1::2, ::2]
    colours[1::2, ::2, 2], colours[::2, 1::2, 2] = row[1::2, ::2], column[::2, 1::2]
    colours[1::2, 1::2, 0], colours[::2, ::2, 2] = across[1::2, 1::2], across[::2, ::2]
    return colours


def save(picture: Bytes, quality: int, subsampling: str) -> bytes:
    """A baseline JPEG file."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=quality, subsampling=subsampling)
    return stream.getvalue()
