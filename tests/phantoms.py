"""Synthetic images with known traces: what was done to each is known because it was done here.

A phantom is a drawn scene (objects that cover each other, with shading and texture of every fineness) or a given
lossless photograph, taken through steps with known parameters. Seeded: the same seed gives the same image.
"""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
import scipy.ndimage
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Light = NDArray[np.float64]

LARGEST_BLUR = 32
PHASES = {"RGGB": (0, 0), "GRBG": (0, 1), "GBRG": (1, 0), "BGGR": (1, 1)}  # place of the first red sample
DEMOSAICING = ("bilinear", "malvar", "edge_aware", "variable_gradients")
_CV_CODES = {"RGGB": "BayerBG", "GRBG": "BayerGB", "GBRG": "BayerGR", "BGGR": "BayerRG"}  # OpenCV names the 2nd row


def draw_scene(seed: int, rows: int = 512, columns: int = 512) -> Light:
    """Linear light 0..1, shape (rows, columns, 3): a dead-leaves scene, drawn at twice its size and averaged.

    Source: Lee, Mumford and Huang 2001 (occlusion with radii of density r^-3 gives the statistics of photographs).
    """
    generator = np.random.default_rng(seed)
    height, width = 2 * rows, 2 * columns
    canvas = np.full((height, width, 3), 0.3, dtype=np.float32)
    texture = sum(_draw_clouds(generator, height, width, scale) for scale in (2, 4, 8, 16, 32))
    n_leaves = int(height * width / 300)
    smallest, largest = 8.0, max(height, width) / 4
    shares = generator.random(n_leaves)
    radii = 1 / np.sqrt(shares / smallest**2 + (1 - shares) / largest**2)
    rough = np.zeros((height, width), dtype=np.float32)
    for radius in radii:
        centre = (int(generator.integers(width)), int(generator.integers(height)))
        axes = (max(1, int(radius)), max(1, int(radius * generator.uniform(0.3, 1.0))))
        tilt = float(generator.uniform(0, 180))
        grey = generator.beta(1.3, 2.2)
        colour = np.clip(grey + generator.normal(0, 0.12, 3), 0.01, 0.95)
        cv2.ellipse(canvas, centre, axes, tilt, 0, 360, tuple(map(float, colour)), -1)
        cv2.ellipse(rough, centre, axes, tilt, 0, 360, float(generator.choice([0.0, 0.01, 0.04, 0.1])), -1)
    shade = 1 + 0.15 * _draw_clouds(generator, height, width, 256)
    canvas *= ((1 + rough * texture) * shade)[:, :, None]
    soft = cv2.GaussianBlur(canvas, (0, 0), 1.0)
    return np.clip(cv2.resize(soft, (columns, rows), interpolation=cv2.INTER_AREA), 0, 1).astype(np.float64)


def _draw_clouds(generator: np.random.Generator, rows: int, columns: int, scale: int) -> NDArray[np.float32]:
    """Smoothed white noise of unit variance: enlarged noise would carry traces of resampling, except very large."""
    if scale > LARGEST_BLUR:
        small = generator.normal(0, 1, (rows // scale + 2, columns // scale + 2)).astype(np.float32)
        return np.asarray(cv2.resize(small, (columns, rows), interpolation=cv2.INTER_CUBIC))
    noise = generator.normal(0, 1, (rows, columns)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), scale / 3, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(soft / soft.std())


def add_sensor_noise(light: Light, seed: int, *, gain: float, floor: float) -> Light:
    """Add noise of variance gain * light + floor**2 (linear light 0..1). Source: Foi et al. 2008."""
    generator = np.random.default_rng(seed)
    return light + generator.normal(0, 1, light.shape) * np.sqrt(gain * np.maximum(light, 0) + floor**2)


def add_noise(pixels: Pixels, seed: int, sigma: float) -> Pixels:
    """Add white noise of a standard deviation of sigma grey levels to every channel."""
    return _round(pixels + np.random.default_rng(seed).normal(0, sigma, pixels.shape))


def sample_bayer(light: Light, phase: str) -> Light:
    """What a Bayer filter lets through, its first red sample at `PHASES[phase]`; shape (rows, columns)."""
    top, left = PHASES[phase]
    mosaic = light[:, :, 1].copy()
    mosaic[top::2, left::2] = light[top::2, left::2, 0]
    mosaic[1 - top :: 2, 1 - left :: 2] = light[1 - top :: 2, 1 - left :: 2, 2]
    return mosaic


def demosaic(mosaic: Light, phase: str, method: str) -> Light:
    """Linear light of shape (rows, columns, 3) from a mosaic, by one of `DEMOSAICING`."""
    if method in ("edge_aware", "variable_gradients"):
        suffix, top = {"edge_aware": ("_EA", 65535), "variable_gradients": ("_VNG", 255)}[method]
        levels = np.clip(mosaic * top + 0.5, 0, top).astype(np.uint16 if top > 255 else np.uint8)
        return cv2.cvtColor(levels, getattr(cv2, f"COLOR_{_CV_CODES[phase]}2RGB{suffix}")) / top
    return _demosaic_linearly(mosaic, phase, method)


_BILINEAR_GREEN = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]]) / 4
_BILINEAR_OTHER = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4
_MALVAR_GREEN = np.array([[0, 0, -1, 0, 0], [0, 0, 2, 0, 0], [-1, 2, 4, 2, -1], [0, 0, 2, 0, 0], [0, 0, -1, 0, 0]]) / 8
_MALVAR_ROW = (
    np.array([[0, 0, 0.5, 0, 0], [0, -1, 0, -1, 0], [-1, 4, 5, 4, -1], [0, -1, 0, -1, 0], [0, 0, 0.5, 0, 0]]) / 8
)
_MALVAR_CROSS = (
    np.array([[0, 0, -1.5, 0, 0], [0, 2, 0, 2, 0], [-1.5, 0, 6, 0, -1.5], [0, 2, 0, 2, 0], [0, 0, -1.5, 0, 0]]) / 8
)


def _demosaic_linearly(mosaic: Light, phase: str, method: str) -> Light:
    """Bilinear, or Malvar, He and Cutler 2004."""
    top, left = PHASES[phase]
    is_red, is_blue = np.zeros(mosaic.shape, bool), np.zeros(mosaic.shape, bool)
    is_red[top::2, left::2] = True
    is_blue[1 - top :: 2, 1 - left :: 2] = True
    planes = []
    for mask in (is_red, ~(is_red | is_blue), is_blue):
        green = not (mask[top, left] or mask[1 - top, 1 - left])
        planes.append(_filter(np.where(mask, mosaic, 0), _BILINEAR_GREEN if green else _BILINEAR_OTHER))
    if method == "malvar":
        rows_of_red = np.zeros(mosaic.shape, bool)
        rows_of_red[top::2] = True
        is_green = ~(is_red | is_blue)
        along, across, cross = (
            _filter(mosaic, _MALVAR_ROW),
            _filter(mosaic, _MALVAR_ROW.T),
            _filter(mosaic, _MALVAR_CROSS),
        )
        planes[1] = np.where(is_green, mosaic, _filter(mosaic, _MALVAR_GREEN))
        planes[0] = np.where(is_red, mosaic, np.where(is_blue, cross, np.where(rows_of_red, along, across)))
        planes[2] = np.where(is_blue, mosaic, np.where(is_red, cross, np.where(rows_of_red, across, along)))
    return np.clip(np.dstack(planes), 0, 1)


def _filter(plane: Light, kernel: Light) -> Light:
    return cv2.filter2D(plane, cv2.CV_64F, kernel, borderType=cv2.BORDER_REFLECT_101)


def develop(light: Light) -> Pixels:
    """8-bit samples of linear light by the transfer curve of sRGB."""
    light = np.clip(light, 0, 1)
    return _round(255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055))


def linearize(pixels: Pixels) -> Light:
    """Linear light of 8-bit samples: the inverse of :func:`develop`."""
    share = pixels / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def compress(pixels: Pixels, quality: int, *, sampling: str = "4:4:4") -> Pixels:
    """What is left of the pixels after a JPEG file of this quality (the standard's scaled tables)."""
    return np.asarray(Image.open(io.BytesIO(encode_jpeg(pixels, quality, sampling=sampling))))


def encode_jpeg(pixels: Pixels, quality: int, *, sampling: str = "4:4:4") -> bytes:
    """The JPEG file itself."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=sampling)
    return buffer.getvalue()


def resize(pixels: Pixels, factor: float, *, method: str = "cubic") -> Pixels:
    """Enlarge (factor above 1) or reduce by linear, cubic or Lanczos interpolation; reduction averages areas first."""
    code = {"linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC, "lanczos": cv2.INTER_LANCZOS4}[method]
    size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
    return cv2.resize(pixels, size, interpolation=code if factor > 1 else cv2.INTER_AREA)


def spread_colours(light: Light, red: float, blue: float) -> Light:
    """Lateral chromatic aberration: red and blue drawn out by these factors (Johnson and Farid 2006)."""
    rows, columns = light.shape[:2]
    y, x = np.mgrid[:rows, :columns].astype(np.float64)
    middle_y, middle_x = (rows - 1) / 2, (columns - 1) / 2
    spread = light.copy()
    for channel, factor in ((0, red), (2, blue)):
        places = (y - middle_y) / factor + middle_y, (x - middle_x) / factor + middle_x
        spread[:, :, channel] = scipy.ndimage.map_coordinates(light[:, :, channel], places, order=3, mode="mirror")
    return np.clip(spread, 0, 1)


def generate(light: Light, seed: int, *, stages: int = 3) -> Pixels:
    """A picture as of a generator's decoder: made small, then doubled `stages` times without smoothing, each time
    followed by a fixed 3x3 convolution of random weights near a smoothing one, as an untrained network's would be."""
    generator = np.random.default_rng(seed)
    small = cv2.resize(light, None, fx=0.5**stages, fy=0.5**stages, interpolation=cv2.INTER_AREA)
    for _ in range(stages):
        small = np.kron(small, np.ones((2, 2, 1)))
        kernel = np.outer([1, 2, 1], [1, 2, 1]) / 16 + generator.normal(0, 0.03, (3, 3))
        small = cv2.filter2D(small, cv2.CV_64F, kernel / kernel.sum()) + generator.normal(0, 0.002, small.shape)
    return develop(small)


def scan(pixels: Pixels, seed: int, *, strength: float = 1.0) -> Pixels:
    """A line sensor's fixed pattern: every column has its own gain and offset (grey levels) in all rows."""
    generator = np.random.default_rng(seed)
    columns = pixels.shape[1]
    gain = 1 + generator.normal(0, 0.005 * strength, (columns, pixels.shape[2]))
    return _round(pixels * gain + generator.normal(0, 0.7 * strength, (columns, pixels.shape[2])))


def sharpen(pixels: Pixels, amount: float, radius: float = 1.0) -> Pixels:
    """Unsharp mask."""
    soft = cv2.GaussianBlur(pixels.astype(np.float64), (0, 0), radius)
    return _round(pixels + amount * (pixels - soft))


def blur(pixels: Pixels, sigma: float) -> Pixels:
    """Gaussian blur: what noise an image had is gone afterwards."""
    return _round(cv2.GaussianBlur(pixels.astype(np.float64), (0, 0), sigma))


def stretch(pixels: Pixels, low: int, high: int) -> Pixels:
    """Levels low..high spread over 0..255: leaves gaps in the histogram."""
    return _round((pixels.astype(np.float64) - low) * 255 / (high - low))


def _round(levels: NDArray[Any]) -> Pixels:
    return np.clip(np.floor(levels + 0.5), 0, 255).astype(np.uint8)
