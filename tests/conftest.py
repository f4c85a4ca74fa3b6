"""What several test files share: planes to compare twins on, windows, and the columns of one group."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import settings
from numpy.typing import NDArray

from forensic_style.family import FingerprintFamily
from forensic_style.image import DecodedImage, WindowPixels
from forensic_style.windows import Window

settings.register_profile("short", max_examples=25, deadline=None, derandomize=True)
settings.load_profile("short")


def draw_sums(shape: tuple[int, int], seed: int, top: int = 1020) -> NDArray[np.uint16]:
    """Two windows of sums of four samples, or up to another value."""
    return np.random.default_rng(seed).integers(0, top, (2, *shape), endpoint=True).astype(np.uint16)


def draw_planes(rows: int, columns: int) -> list[NDArray[Any]]:
    """Planes of 8 and 16 bit, from the smallest legal shape on: strong and weak noise, extreme checkers."""
    shapes = [(rows, columns), (rows, columns + 9), (rows + 8, columns), (rows + 5, columns + 12)]
    planes = []
    for seed, shape in enumerate(shapes):
        generator = np.random.default_rng(seed)
        for kind, top in ((np.uint8, 255), (np.uint16, 65535)):
            checker = np.indices(shape).sum(axis=0) % 2 * top
            drawn = [
                generator.integers(0, top, shape, endpoint=True),
                generator.integers(7, 12, shape),
                checker,
            ]
            planes += [plane.astype(kind) for plane in drawn]
    return planes


def show_window(pixels: NDArray[Any]) -> WindowPixels:
    """The whole of some pixels as a family sees them."""
    image = DecodedImage("synthetic", "", 0, "PNG", pixels)
    return image.cut(Window(0, 0, 0, pixels.shape[0], pixels.shape[1]))


def measure_group(family: FingerprintFamily, group: str, pixels: NDArray[Any]) -> NDArray[np.float64]:
    """One group's columns of a family's fingerprint."""
    chosen = [column.split(".")[1] == group for column in family.columns]
    assert any(chosen)
    return family.compute(show_window(pixels))[chosen]
