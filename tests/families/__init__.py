"""Tests of the families, and a JPEG file as a family sees it."""

from __future__ import annotations

import numpy as np

from forensic_style.image import DecodedImage
from forensic_style.jpeg import parse_jpeg


def show_file(data: bytes) -> DecodedImage:
    """A JPEG file as a family sees it; its pixels do not matter."""
    pixels = np.full((32, 32), 128, dtype=np.uint8)
    return DecodedImage("synthetic.jpg", "", len(data), "JPEG", pixels, jpeg=parse_jpeg(data))
