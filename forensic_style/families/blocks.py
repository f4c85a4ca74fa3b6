"""The 8x8 world of JPEG: cosine modes on the grid, and block borders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group
from forensic_style.image import WindowPixels
from forensic_style.kernels.block_transform import sum_crossings_by_phase, summarize_modes, transform_blocks

N_MODES = 63  # without the mean
FLOOR = 1 / 16  # grey level: keeps the logarithm of an empty mode finite
PERIOD = 8
GRID_PHASE = 7  # the crossing between two blocks that start at multiples of 8


def _build_basis() -> NDArray[np.float32]:
    """Orthonormal cosine basis, basis[k, m] = w(k) cos(pi k (2m + 1) / 16)."""
    k, m = np.meshgrid(np.arange(8), np.arange(8), indexing="ij")
    weight = np.where(k == 0, np.sqrt(1 / 8), 0.5)
    return (weight * np.cos(np.pi * k * (2 * m + 1) / 16)).astype(np.float32)


_BASIS = _build_basis()


def _measure_modes(pixels: WindowPixels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Binary logarithm of the mean magnitude of each mode but the mean, and its share of magnitudes below 1/2."""
    coefficients = transform_blocks(pixels.coded_luma_8bit, _BASIS)
    magnitude, small = summarize_modes(coefficients, np.array([0.5], dtype=np.float32))
    return np.log2(magnitude[1:] + FLOOR), small[1:]


def _measure_grid(plane: NDArray[np.generic]) -> list[NDArray[np.float64]]:
    """Strength of the grid at its own phase (1), of the best phase (1), and all phases relative to the best (63)."""
    sums, counts = sum_crossings_by_phase(plane, PERIOD)
    level = np.log2(sums / counts + FLOOR)
    level -= level.mean()
    row, column = np.unravel_index(int(level.argmax()), level.shape)
    relative = np.roll(level, (-int(row), -int(column)), axis=(0, 1)).ravel()
    return [level[GRID_PHASE, GRID_PHASE, None], relative[:1], relative[1:]]


def compute(pixels: WindowPixels) -> NDArray[np.float64]:
    """Measure the cosine modes of the luma on the file's own 8x8 grid, and the traces of block borders.

    `energy`: binary logarithm of the mean magnitude per mode; `small`: share of magnitudes below half a grey level
    (what quantization leaves empty); `aligned`, `strongest`: binary logarithm of the mean cross-difference where
    four blocks of a grid at (0, 0), or of the most visible grid, would meet, over that of all phases; `phases`: the
    same of the other 63 phases, counted from the most visible one.

    Returns
    -------
    float64 array, shape (191,). A flat window: energy -4, small 1, grid 0.

    The luma is the Y plane that a JPEG file itself holds: where a channel was clipped on its way to RGB, the luma of
    the pixels has lost the traces. So a JPEG file and a lossless copy of it differ there, and only there.

    Cost: one 8x8 transform per block and one pass of differences. 16-bit images are rounded to 8 bit first.

    Source: ITU-T T.81, A.3.3 (transform); Fan and de Queiroz 2003 (cross-differences).
    """
    energy, small = _measure_modes(pixels)
    return np.concatenate([energy, small, *_measure_grid(pixels.coded_luma_8bit)])


FAMILY = FingerprintFamily(
    name="blocks",
    title="8x8 cosine modes and block grid",
    axis="processing",
    version=2,
    groups=(
        Group("energy", N_MODES, "value", "detail by direction and fineness", "much detail", "little detail"),
        Group(
            "small",
            N_MODES,
            "value",
            "empty modes of 8x8 blocks",
            "loss as by JPEG compression",
            "no loss as by JPEG compression",
        ),
        Group("aligned", 1, "value", "8x8 grid of this file", "a visible 8x8 grid", "no 8x8 grid"),
        Group("strongest", 1, "value", "8x8 grid anywhere", "a visible 8x8 grid somewhere", "no 8x8 grid anywhere"),
        Group("phases", N_MODES, "value", "shape of the 8x8 grid"),
    ),
    smallest=(32, 32),
    sources=(
        Citation("ITU-T", "Recommendation T.81: digital compression of still images", "A.3.3", 1992),
        Citation(
            "Fan, de Queiroz",
            "Identification of bitmap compression history: JPEG detection and quantizer estimation",
            "IEEE TIP 12(2)",
            2003,
        ),
    ),
    cannot_tell="One encoder from another at the same quality; strong compression from smooth content.",
    compute=compute,
)
