"""Noise: how much, at which brightness and fineness, and how its samples hang together."""

from __future__ import annotations

from itertools import pairwise
from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, Drawing, FingerprintFamily, Group, Reading, grade_error
from forensic_style.image import WindowPixels, WindowStack
from forensic_style.kernels.noise import count_residual_magnitudes, find_quiet_levels, measure_blocks
from forensic_style.kernels.residual import correlate_lags, multiply_channels, subtract_local_mean

LIMITS = (0, 48, 80, 112, 144, 184, 256)  # of the bands of brightness, grey levels
N_BANDS = len(LIMITS) - 1
QUIET_SHARE = 0.25  # of a band's blocks, the least textured
QUIET_MEDIANS = np.array([0.924, 0.788, 0.690])  # of sigma^2 of white noise, found in them at scales 1, 2 and 4
FEWEST_BLOCKS = 4  # in a band of brightness
FLOOR = 1 / 16  # grey level: keeps the logarithm of "no noise" finite
TINY = 1e-12
SAMPLED_ROWS = 64  # are enough for what is measured on all samples
BLOCK_ROWS = 128  # rows whose blocks are enough
N_MAGNITUDES = 256
GAIN = 6.0  # standard deviation of the second difference for noise of 1 grey level
LAGS = ((0, 1), (0, 2), (0, 3), (1, 0), (2, 0), (3, 0), (1, 1), (1, -1), (2, 2), (2, -2), (1, 2), (2, 1))

READ_SHARES = (0.02, 0.04, 0.08)  # of the blocks, as QUIET_SHARE
READ_MEDIAN = 0.89  # as QUIET_MEDIANS at scale 1, for these shares
READ_FEWEST = 16  # blocks taken
CURVE_WIDTH = 16  # grey levels of a band
CURVE_FEWEST = 64  # blocks in it
MID_GREY = (96.0, 160.0)
ROUNDING = 1 / 12  # variance of rounding to whole grey levels
HARDLY_ANY = 0.25  # grey levels
NO_NOISE = "hardly any noise"
FLAT_SHARE = 0.1  # of blocks, in images that are black or white everywhere
TEXTURE_FREE = 1.5  # times the detail are gradients at most where there is noise alone
TEXTURE_ERROR = 0.1  # of the level for each time more: what chooses the blocks also rises with texture
SURE = 0.2  # error from which on the curve is not put in words
DETAIL_SPREAD = 0.3  # of one block's diagonal detail at scale 1 for white noise, standard deviation over mean

_RANGES = np.array([(0, 256), *pairwise(LIMITS)], dtype=np.float64)
_CURVE_RANGES = np.array([(low, low + CURVE_WIDTH) for low in range(0, 256, CURVE_WIDTH)], dtype=np.float64)
_LAGS = np.array(LAGS, dtype=np.int64)
_MAGNITUDES = np.arange(N_MAGNITUDES, dtype=np.float64)
_EDGES = np.concatenate([[0.0], (_MAGNITUDES + 0.5) / GAIN])  # bin m holds m, taken as rounded
_POWERS = np.stack([_MAGNITUDES**2, _MAGNITUDES**4], axis=1)
_TAILS = np.array([0.5, 0.75, 0.9, 0.99])

Array = NDArray[np.float64]


def _scale(variances: Array) -> Array:
    """Binary logarithms of the standard deviations plus the floor."""
    return np.log2(np.sqrt(np.maximum(variances, 0.0)) + FLOOR)


def _fit_lines(n_blocks: Array, bands: Array) -> Array:
    """Slope, straightness and noise of black of sigma^2 = a y + b, fitted to the bands by their numbers of blocks.

    Slope: the angle of a * 128 over the mean sigma^2, -pi/2..pi/2. Straightness: weighted correlation of sigma^2
    with y. Noise of black: binary logarithm of the root of b over that of the mean sigma^2, both floored. Numbers have
    the shape (n_windows, N_BANDS), the bands' y and sigma^2 (n_windows, N_BANDS, 2), lines (n_windows, 3).
    """
    weights = (n_blocks / np.maximum(n_blocks.sum(axis=1, keepdims=True), 1.0))[:, :, None]
    means = (weights * bands).sum(axis=1, keepdims=True)
    deviations = bands - means
    moments = (weights * deviations).transpose(0, 2, 1) @ deviations
    covariance, spread_y, spread = moments[:, 0, 1], moments[:, 0, 0], moments[:, 1, 1]
    mean_y, mean = means[:, 0].T
    is_line = (spread_y >= 1e-6) & (spread >= 1e-6)
    slope = np.where(is_line, covariance, 0.0) / np.where(is_line, spread_y, 1.0)
    straightness = slope * np.sqrt(spread_y / np.where(is_line, spread, 1.0))
    black = _scale(mean - slope * mean_y) - _scale(mean)
    return np.stack([np.arctan(slope * 128 / (mean + FLOOR**2)), straightness, black], axis=1)


def _measure_levels(luma: NDArray[np.uint8]) -> Array:
    """Level at three scales (3), gradients over it (1), levels per band over it at scales 1 and 2 (12), line (3)."""
    blocks = measure_blocks(luma, max(luma.shape[1] // BLOCK_ROWS, 1))
    blocks[blocks[:, 1].all(axis=1), 1] = 0
    found = find_quiet_levels(blocks, _RANGES, QUIET_SHARE, FEWEST_BLOCKS)
    found[:, :, 3:] /= QUIET_MEDIANS
    scales = _scale(found[:, :, 2:])  # of the gradients, then of the levels
    levels, bands = scales[:, 0, 1:], found[:, 1:]
    n_blocks = np.where(bands[:, :, 0] >= FEWEST_BLOCKS, bands[:, :, 0], 0.0)
    curve = (scales[:, 1:, 1:3] - levels[:, None, :2]) * (n_blocks > 0)[:, :, None]
    curve = curve.transpose(0, 2, 1).reshape(len(luma), -1)
    lines = _fit_lines(n_blocks, bands[:, :, 1:4:2])
    return np.concatenate([levels, scales[:, 0, :1] - levels[:, :1], curve, lines], axis=1)


def _measure_shape(luma: NDArray[np.uint8]) -> Array:
    """Share of zeros (1), quantiles of the magnitude over the median (3) and kurtosis (1) of a second difference."""
    counts = count_residual_magnitudes(luma, N_MAGNITUDES, _choose_step(luma))
    n_samples = float(counts[0].sum())
    quantiles = np.log2(_find_quantiles(counts, n_samples) + FLOOR)
    variances, fourths = (counts @ _POWERS / n_samples).T[:, :, None]
    kurtosis = np.log2(np.where(variances > 0, fourths, 3.0) / np.where(variances > 0, variances, 1.0) ** 2 / 3)
    return np.concatenate([counts[:, :1] / n_samples, quantiles[:, 1:] - quantiles[:, :1], kurtosis], axis=1)


def _find_quantiles(counts: NDArray[np.int64], n_samples: float) -> Array:
    """Magnitudes below which `_TAILS` of the samples of each window lie, shape (n_windows, 4).

    The histograms are cumulated one after the other, so that one search finds all.
    """
    cumulated = np.zeros(counts.size + 1)
    np.cumsum(counts, out=cumulated[1:])
    starts = np.arange(len(counts))[:, None]
    places = (starts + _TAILS) * n_samples
    bins = np.searchsorted(cumulated, places, side="right") - 1
    below, above, bins_within = cumulated[bins], cumulated[bins + 1], bins - starts * N_MAGNITUDES
    low, high = _EDGES[bins_within], _EDGES[bins_within + 1]
    found: Array = low + (places - below) / (above - below) * (high - low)
    return found


def _measure_channels(windows: WindowStack) -> Array:
    """Noise of red and blue over green's (2), of the differences red - green, blue - green and red - blue (3), the
    correlations of these pairs (3), and those of the first two differences with their neighbours on the right (4).

    Differences show how much of the noise is common to the channels; the image's grey noise cancels in them.
    """
    red, green, blue = windows.channels_8bit
    step = _choose_step(green)
    first = subtract_local_mean(green, step)
    others = (first, first) if red is green else (subtract_local_mean(red, step), subtract_local_mean(blue, step))
    products = multiply_channels(others[0], first, others[1]) / 81.0
    one, other = products[:, [0, 2, 0]], products[:, [1, 1, 2]]  # red, blue, red and green, green, blue
    both, right = products[:, 3:6], products[:, 6:]
    unlike = one + other - 2 * both
    common = both / np.sqrt(np.maximum(one * other, TINY))
    smear = right / (unlike[:, [0, 0, 1, 1]] + FLOOR**2)
    balance = _scale(one[:, :2]) - _scale(other[:, :2])
    return np.concatenate([balance, _scale(unlike), common, smear], axis=1)


def _choose_step(planes: NDArray[np.uint8]) -> int:
    """Step between the rows that are measured: 64 of them are enough."""
    return max(planes.shape[1] // SAMPLED_ROWS, 1)


def measure(windows: WindowStack) -> Array:
    """Measure level, texture, curve, shape, neighbours and channels of the noise.

    Levels are binary logarithms of grey levels of 8 bit, floored at 1/16. The noise is the median diagonal detail of
    the quarter of 8 x 8 blocks with the smallest gradients, at the scales of 1, 2 and 4 samples; blocks with samples
    of 0 or 255 are left out as long as there are others. Texture: the largest gradient among them over the finest
    level. Curve: levels in six bands of brightness over those of the whole, at scales 1 and 2; 0 where a band has
    fewer than 4 blocks. Line: see :func:`_fit_lines`; 0 where fewer than two bands have blocks. Zero, tail and peaks:
    of a second difference along both axes. Neighbours: correlations of the deviation from the local mean at twelve
    lags. Some 16 rows of blocks are measured, and from some 64 rows all else. 16-bit planes are rounded to 8 bit first.

    Returns
    -------
    float64 array, shape (n_windows, 48), the groups of `FAMILY` in order. A flat window: levels -4, zero share 1, tail
    0.26, 0.40 and 0.48 (all inside the bin of 0), colour -4, everything else 0. A grey window: common 1, where it is
    not flat.

    Cost: about six passes, most of them over a quarter of the rows.

    Source: Colom and Buades 2013 and Ponomarenko et al. 2007 (level: blocks chosen by low frequencies, measured by
    high ones); Foi et al. 2008 (line); Immerkaer 1996 (the second difference of the shape). Differs from the papers:
    a Haar transform instead of the DCT; the line is fitted by least squares to six bands of any image, developed or
    not.
    """
    luma = windows.luma_8bit
    neighbours = correlate_lags(subtract_local_mean(luma, 1), _LAGS, _choose_step(luma))
    parts = [_measure_levels(luma), _measure_shape(luma), neighbours, _measure_channels(windows)]
    return np.concatenate(parts, axis=1)


def map_residual(pixels: WindowPixels) -> NDArray[np.float32]:
    """Deviation of the luma from its local mean of 3 x 3 samples, grey levels of 8 bit.

    Returns
    -------
    float32 array, shape (rows, columns), 0 along the border.
    """
    residual = subtract_local_mean(pixels.luma_8bit[None], 1)[0].astype(np.float32) / np.float32(9)
    return np.pad(residual, 1)


def _measure_all_blocks(pixels: WindowPixels) -> NDArray[np.float32]:
    """The blocks of all channels side by side; of the luma where they are one plane."""
    red, green, blue = pixels.channels_8bit
    planes = (red,) if red is green else (red, green, blue)
    return np.concatenate([measure_blocks(plane[None], 1)[0] for plane in planes], axis=1)


def _find_variances(blocks: NDArray[np.float32], ranges: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Number of blocks, mean brightness, variance of the noise without rounding's, and how many times as large their
    gradients are, for each range of brightness."""
    found = find_quiet_levels(blocks[None], ranges, share, READ_FEWEST)[0][:, [0, 1, 3, 2]]
    found[:, 3] /= np.maximum(found[:, 2], ROUNDING)
    found[:, 2] = np.maximum(found[:, 2] / READ_MEDIAN - ROUNDING, 0.0)
    return found


def _draw_curve(blocks: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    bands = _find_variances(blocks, _CURVE_RANGES, READ_SHARES[0])
    bands = bands[bands[:, 0] >= CURVE_FEWEST]
    return bands[:, 1], np.sqrt(bands[:, 2])


def estimate_curve(pixels: WindowPixels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The noise curve: brightness and standard deviation of the noise of a channel, both in grey levels of 8 bit.

    Returns
    -------
    two float64 arrays of one length, at most 16, by growing brightness: the mean of the band's blocks and the standard
    deviation in its least textured ones. Bands with fewer than 64 blocks are left out.
    """
    return _draw_curve(_measure_all_blocks(pixels))


def _describe_curve(brightness: NDArray[np.float64], sigma: NDArray[np.float64], *, is_sure: bool) -> str:
    """What the curve looks like, in numbers and, where the level is sure, in words."""
    if brightness.size < 4 or np.ptp(brightness) < 64:
        return ""
    places = np.unique(np.searchsorted(brightness, [brightness[0], brightness.mean(), brightness[-1]]))
    places = places[places < brightness.size]
    numbers = ", ".join(f"{sigma[place]:.1f} at {brightness[place]:.0f}" for place in places)
    if not is_sure:
        return numbers
    slope = np.polyfit(brightness, sigma**2, 1)[0] * np.ptp(brightness) / max(np.mean(sigma**2), FLOOR**2)
    straightness = np.corrcoef(brightness, sigma**2)[0, 1] if np.ptp(sigma) > 0 else 0.0
    if slope > 0.4 and straightness > 0.8:
        return f"grows with brightness like a sensor's: {numbers}"
    if sigma.max() <= 1.25 * sigma.min():
        return f"independent of brightness: {numbers}"
    return numbers


def read(pixels: WindowPixels) -> tuple[Reading, ...]:
    """The noise of a channel at mid-grey, over the whole image where mid-grey is absent, in grey levels of 8 bit.

    It is the median diagonal detail of the blocks with the smallest gradients, less the variance of rounding: the
    smallest of those of 2, 4 and 8 % of the blocks, because texture only adds. Its error: that of the fewest blocks,
    by how much that of twice as many differs, and a tenth for each time by which gradients exceed detail.
    """
    blocks = _measure_all_blocks(pixels)
    middle = np.array([MID_GREY])
    is_there = find_quiet_levels(blocks[None], middle, READ_SHARES[0], READ_FEWEST)[0, 0, 0] >= 4 * READ_FEWEST
    place, ranges = ("at mid-grey", middle) if is_there else ("over the image", np.array([(0.0, 256.0)]))
    found = np.array([_find_variances(blocks, ranges, share)[0] for share in READ_SHARES])
    n, variances = found[0, 0], found[:, 2]
    if n == 0:
        return _read_without_grey(blocks)
    sigma = sqrt(variances.min())
    if sigma < HARDLY_ANY:
        return (
            Reading("noise", NO_NOISE, "clear", f"below {HARDLY_ANY} grey levels {place}", 0.0, 0.5, is_local=True),
        )
    taken = max(READ_SHARES[0] * n, min(n, READ_FEWEST))
    texture = TEXTURE_ERROR * max(found[0, 3] - TEXTURE_FREE, 0.0)
    error = hypot(DETAIL_SPREAD * 0.63 / sqrt(taken), sqrt(variances[1]) / sigma - 1, texture)
    if error > 1:
        return (Reading("noise", "noise cannot be told from texture", "none", f"at most {sigma:.1f} grey levels"),)
    detail = _describe_curve(*_draw_curve(blocks), is_sure=error < SURE)
    words = f"noise {sigma:.1f} grey levels {place}"
    return (Reading("noise", words, grade_error(error), detail, round(sigma, 2), 0.5, is_local=True),)


def _read_without_grey(blocks: NDArray[np.float32]) -> tuple[Reading, ...]:
    """What is read where every block holds black or white."""
    if np.mean(blocks[2] + blocks[3] == 0) >= FLAT_SHARE:
        return (Reading("noise", NO_NOISE, "weak", "flat black or white, or both", 0.0, 0.5, is_local=True),)
    return (Reading("noise", "noise cannot be measured: black or white everywhere", "none"),)


def draw(pixels: WindowPixels) -> tuple[Drawing, ...]:
    """The residual, and the noise curve where the image has enough quiet blocks for one."""
    residual = map_residual(pixels).astype(np.float64)
    note = "Each pixel less the mean of its 3 x 3 neighbourhood. Parts of other origin often stand out by their grain."
    drawings = [Drawing("Residual", "map", residual, note)]
    brightness, sigma = estimate_curve(pixels)
    if brightness.size:
        note = (
            "In the least textured blocks of each brightness. A sensor's noise grows with the light; editing bends it."
        )
        points = np.column_stack([brightness, sigma])
        axes = ("brightness (grey levels)", "noise (grey levels)")
        drawings.append(Drawing("Noise curve", "curve", points, note, axes))
    return tuple(drawings)


FAMILY = FingerprintFamily(
    name="noise",
    title="Noise and its correlations",
    axis="acquisition",
    version=2,
    groups=(
        Group(
            "level",
            3,
            "value",
            "noise level, fine to coarse",
            "more noise",
            "less noise",
            quantity="noise of brightness",
            unit="grey levels",
            scale="log2",
            offset=-FLOOR,
        ),
        Group("texture", 1, "value", "texture against noise", "more texture than noise", "hardly any texture"),
        Group("curve", 2 * N_BANDS, "value", "noise by brightness against the whole"),
        Group("line", 3, "value", "how noise grows with brightness", "brighter is noisier", "brighter is less noisy"),
        Group(
            "zero",
            1,
            "value",
            "share of noise-free pixels",
            "many noise-free pixels",
            "hardly a noise-free pixel",
            quantity="noise-free pixels",
            unit="%",
            factor=100.0,
        ),
        Group(
            "tail",
            3,
            "value",
            "how unevenly fine detail is spread",
            "smooth areas beside sharp edges",
            "fine detail spread evenly",
        ),
        Group("peaks", 1, "value", "peakedness of fine detail", "few strong details", "many details of like strength"),
        Group(
            "neighbours",
            len(LAGS),
            "value",
            "how noise runs on into neighbouring pixels",
            "noise smeared over neighbouring pixels",
            "noise of neighbouring pixels independent",
        ),
        Group("balance", 2, "value", "noise of red and blue against green"),
        Group("colour", 3, "value", "colour noise", "more colour noise", "less colour noise"),
        Group(
            "common",
            3,
            "value",
            "noise that the channels share",
            "same noise in all channels",
            "noise of channels apart",
        ),
        Group("smear", 4, "value", "how colour noise runs along rows", "colour noise smeared", "colour noise sharp"),
    ),
    smallest=(32, 32),
    sources=(
        Citation(
            "Colom, Buades",
            "Analysis and extension of the Ponomarenko et al. method, estimating a noise curve from a single image",
            "Image Processing On Line 3",
            2013,
        ),
        Citation("Immerkaer", "Fast noise variance estimation", "Computer Vision and Image Understanding 64(2)", 1996),
        Citation(
            "Foi, Trimeche, Katkovnik, Egiazarian",
            "Practical Poissonian-Gaussian noise modeling and fitting for single-image raw-data",
            "IEEE TIP 17(10)",
            2008,
        ),
    ),
    cannot_tell="Noise from texture that fills the whole image; a quiet sensor from a denoised image.",
    measure=measure,
    cost=0.14,
    read=read,
    draw=draw,
)
