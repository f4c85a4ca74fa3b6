"""Power spectrum: by radius, by angle, and at the lattice frequencies of encoders and upsamplers."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group
from forensic_style.image import WindowPixels
from forensic_style.kernels.spectrum import average_by_label, cut_tapered_tiles

SIDE = 32
HOP = 16
N_RINGS = 17
N_SECTORS = 8
FLOOR = 1e-3  # squared grey levels: far below the rounding noise of 8 bit, keeps logarithms finite


def _map_frequencies() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Radius in cycles per tile and angle in turns of the half plane, for a spectrum with DC at SIDE / 2."""
    axis = np.arange(SIDE) - SIDE // 2
    vertical, horizontal = np.meshgrid(axis, axis, indexing="ij")
    return np.hypot(vertical, horizontal), np.arctan2(vertical, horizontal) / np.pi % 1.0


def _label_rings() -> NDArray[np.int32]:
    """Rings one cycle wide: radius 1 is ring 0, Nyquist (16) ring 15, the corners beyond it ring 16, DC none."""
    rings = np.floor(_RADIUS + 0.5).astype(np.int32) - 1
    return np.minimum(rings, N_RINGS - 1).astype(np.int32)


def _label_sectors() -> NDArray[np.int32]:
    """Eight sectors centred on 0, 22.5, ... degrees, from a quarter of Nyquist outwards; -1 elsewhere."""
    sectors = np.floor(_ANGLE * N_SECTORS + 0.5).astype(np.int32) % N_SECTORS
    return np.where((_RADIUS >= SIDE / 8) & (_RADIUS <= SIDE / 2), sectors, -1).astype(np.int32)


_RADIUS, _ANGLE = _map_frequencies()
_RINGS = _label_rings()
_SECTORS = _label_sectors()
_LATTICE = [(a, b) for a in range(5) for b in range(5) if (a, b) != (0, 0)]
_TAPER = np.hanning(SIDE + 1)[:SIDE].astype(np.float32)


def _estimate_log_power(plane: NDArray[np.generic], unit: float) -> NDArray[np.float64]:
    """Mean power of the tiles in squared grey levels, binary logarithm, shape (32, 32), DC at [16, 16]."""
    tiles = cut_tapered_tiles(plane, _TAPER, HOP)
    spectrum = scipy.fft.rfft2(tiles)
    half = (spectrum.real**2 + spectrum.imag**2).mean(axis=0, dtype=np.float64)
    mirrored = np.roll(half[::-1], 1, axis=0)[:, SIDE // 2 - 1 : 0 : -1]  # real tiles: power(-f) = power(f)
    power = np.concatenate([half, mirrored], axis=1)
    weight = float(np.sum(_TAPER.astype(np.float64) ** 2)) ** 2
    return np.fft.fftshift(np.log2(power * unit**2 / weight + FLOOR))


def _measure_lattice(log_power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height of the multiples of 1/8 cycle per sample over the median of the frequencies two bins away.

    Both signs of the horizontal frequency are averaged; 24 values, vertical frequency first.
    """
    offsets = [(i, j) for i in range(-2, 3) for j in range(-2, 3) if max(abs(i), abs(j)) == 2]
    around = np.median([np.roll(log_power, offset, axis=(0, 1)) for offset in offsets], axis=0)
    height = np.roll(log_power - around, (SIDE // 2, SIDE // 2), axis=(0, 1))  # DC back to [0, 0]
    return np.array([(height[4 * a, 4 * b] + height[4 * a, -4 * b]) / 2 for a, b in _LATTICE])


def compute(pixels: WindowPixels) -> NDArray[np.float64]:
    """Measure the spectrum of the luma by radius, angle and at lattice frequencies, in binary logarithms of power.

    Tiles of 32 x 32 samples, half overlapping, weighted by a Hann window, so that the result does not depend on
    the window's size. `radial`: mean over rings one cycle per tile wide. `slope`: of the radial profile against
    the logarithm of the radius, rings 2 to 15. `angular`: sectors of 22.5 degrees from the horizontal frequencies
    on, less the ring means. `lattice`: see `_measure_lattice`.

    Returns
    -------
    float64 array, shape (50,). A flat window: the floor in every ring, 0 elsewhere.

    Cost: a 32 x 32 Fourier transform for every 256 pixels.

    Source: Durall, Keuper, Pfreundt, Keuper 2019 (radial mean; DC at N/2, the last ring kept); Corvi et al. 2023
    (radial and angular power differ between generators); Welch 1967 (tiles).
    """
    log_power = _estimate_log_power(pixels.luma, pixels.grey_level)
    radial = average_by_label(log_power, _RINGS, N_RINGS)
    log_radius = np.log2(np.arange(2, N_RINGS - 1))
    slope = np.polyfit(log_radius, radial[1 : N_RINGS - 2], 1)[0]
    level = log_power - radial[np.maximum(_RINGS, 0)]
    angular = average_by_label(level, _SECTORS, N_SECTORS)
    return np.concatenate([radial, [slope], angular, _measure_lattice(log_power)])


FAMILY = FingerprintFamily(
    name="spectrum",
    title="Power spectrum",
    axis="acquisition",
    version=1,
    groups=(
        Group("radial", N_RINGS, "value", "detail by fineness", "much detail", "little detail"),
        Group("slope", 1, "value", "slope of the spectrum", "crisp: fine detail strong", "soft: fine detail weak"),
        Group("angular", N_SECTORS, "value", "direction of detail"),
        Group(
            "lattice",
            len(_LATTICE),
            "value",
            "regular patterns of encoders or upsampling",
            "regular patterns of an encoder or of upsampling",
            "no regular patterns",
        ),
    ),
    smallest=(32, 32),
    sources=(
        Citation(
            "Durall, Keuper, Pfreundt, Keuper",
            "Unmasking deepfakes with simple features",
            "arXiv 1911.00686",
            2019,
        ),
        Citation(
            "Corvi, Cozzolino, Poggi, Nagano, Verdoliva",
            "Intriguing properties of synthetic images: from generative adversarial networks to diffusion models",
            "CVPR Workshops",
            2023,
        ),
        Citation(
            "Welch",
            "The use of fast Fourier transform for the estimation of power spectra",
            "IEEE Transactions on Audio and Electroacoustics 15(2)",
            1967,
        ),
    ),
    cannot_tell="An image from its mirror image about both axes; blur by optics from blur by software.",
    compute=compute,
)
