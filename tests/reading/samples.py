"""One small file of every kind that is read, as bytes."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

_Y, _X = np.mgrid[:96, :120]
SOFT: NDArray[np.uint8] = np.dstack(
    [128 + 90 * np.sin(_X / 9) + 0 * _Y, 128 + 90 * np.cos(_Y / 7) + 0 * _X, 20 + _X]
).astype(np.uint8)
SOFT_16: NDArray[np.uint16] = SOFT.astype(np.uint16) * np.uint16(257)
SOFT_GREY_16 = np.ascontiguousarray(SOFT_16[:, :, 0])
_LOSSLESS = [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000]


def save_bytes(image: Image.Image, format_name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def encode(suffix: str, pixels: NDArray[Any], options: list[int] | None = None) -> bytes:
    """By OpenCV, from grey or red, green, blue."""
    ordered = pixels[:, :, ::-1] if pixels.ndim == 3 else pixels
    is_encoded, data = cv2.imencode(suffix, ordered, options or [])
    assert is_encoded
    return data.tobytes()


@cache
def make_samples() -> dict[str, bytes]:
    """By name: format, and what is special about it."""
    soft, grey = Image.fromarray(SOFT), Image.fromarray(SOFT[:, :, 0].copy())
    turned = soft.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    heic = io.BytesIO()
    pillow_heif.from_bytes("RGB", soft.size, SOFT.tobytes()).save(heic, quality=90)
    return {
        "JPEG": save_bytes(soft, "JPEG", quality=90),
        "JPEG grey": save_bytes(grey, "JPEG"),
        "JPEG progressive": save_bytes(soft, "JPEG", quality=90, progressive=True),
        "JPEG with restarts": save_bytes(soft, "JPEG", quality=90, restart_marker_blocks=4),
        "JPEG of ink": save_bytes(soft.convert("CMYK"), "JPEG"),
        "PNG": save_bytes(soft, "PNG"),
        "PNG of 16 bit": encode(".png", SOFT_16),
        "PNG with palette": save_bytes(soft.quantize(16), "PNG"),
        "PNG with frames": save_bytes(soft, "PNG", save_all=True, append_images=[turned]),
        "TIFF": save_bytes(soft, "TIFF"),
        "TIFF LZW": save_bytes(soft, "TIFF", compression="tiff_lzw"),
        "TIFF deflate": save_bytes(soft, "TIFF", compression="tiff_adobe_deflate"),
        "TIFF big": save_bytes(soft, "TIFF", big_tiff=True),
        "TIFF of 16 bit": encode(".tif", SOFT_16),
        "TIFF of ink": save_bytes(soft.convert("CMYK"), "TIFF"),
        "TIFF with pages": save_bytes(soft, "TIFF", save_all=True, append_images=[turned]),
        "TIFF of 1 bit": save_bytes(grey.convert("1"), "TIFF", compression="group4"),
        "WebP": save_bytes(soft, "WEBP"),
        "WebP lossless": save_bytes(soft, "WEBP", lossless=True),
        "BMP": save_bytes(soft, "BMP"),
        "BMP with palette": save_bytes(soft.quantize(64), "BMP"),
        "GIF": save_bytes(soft, "GIF"),
        "GIF with frames": save_bytes(soft, "GIF", save_all=True, append_images=[turned]),
        "PNM": save_bytes(soft, "PPM"),
        "PNM of 1 bit": save_bytes(grey.convert("1"), "PPM"),
        "PNM of 16 bit": encode(".ppm", SOFT_16),
        "PNM grey of 16 bit": encode(".pgm", SOFT_GREY_16),
        "JPEG 2000": save_bytes(soft, "JPEG2000"),
        "JPEG 2000 codestream": save_bytes(soft, "JPEG2000", no_jp2=True),
        "JPEG 2000 of 16 bit": encode(".jp2", SOFT_16, _LOSSLESS),
        "JPEG 2000 grey of 16 bit": encode(".jp2", SOFT_GREY_16, _LOSSLESS),
        "AVIF": save_bytes(soft, "AVIF"),
        "AVIF of 10 bit": encode(".avif", SOFT_16 >> 6, [cv2.IMWRITE_AVIF_DEPTH, 10, cv2.IMWRITE_AVIF_QUALITY, 100]),
        "HEIC": heic.getvalue(),
    }
