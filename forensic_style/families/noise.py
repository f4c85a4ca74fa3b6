"""Noise: how much, at which brightness, and how its samples hang together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group
from forensic_style.image import WindowPixels
from forensic_style.kernels.noise import count_residual_magnitudes
from forensic_style.kernels.residual import (
    correlate_channels,
    correlate_rows_with_their_mean,
    correlate_shifts,
    subtract_local_mean,
)

N_INTENSITIES = 8
N_MAGNITUDES = 256
GAIN = 6.0  # standard deviation of the weighted sum for noise of 1 grey level
FEWEST_SAMPLES = 64  # in a band of brightness, for its median to mean something
FLOOR = 1 / 16  # grey level: keeps the logarithm of "no noise" finite
MEDIAN_OF_NORMAL = 0.6745  # median magnitude of a normal variable of standard deviation 1
REACH = 3


def _find_quantiles(counts: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Magnitudes below which the given shares of a histogram lie, linear inside a bin, in grey levels of noise.

    Bin m reaches from m - 1/2 to m + 1/2, bin 0 from 0: whole numbers are taken as rounded.
    """
    cumulated = np.concatenate([[0.0], np.cumsum(counts) / counts.sum()])
    edges = np.concatenate([[0.0], np.arange(counts.size) + 0.5])
    return np.interp(shares, cumulated, edges / GAIN)


def _estimate_level(counts: NDArray[np.int64]) -> float:
    """Binary logarithm of the noise's standard deviation, from the median magnitude."""
    median = _find_quantiles(counts, np.array([0.5]))[0]
    return float(np.log2(median / MEDIAN_OF_NORMAL + FLOOR))


def _measure_levels(pixels: WindowPixels) -> list[NDArray[np.float64]]:
    """Overall level (1), level per band of brightness (8), zero share (1) and tail quantiles over the median (3)."""
    counts = count_residual_magnitudes(pixels.luma, N_INTENSITIES, N_MAGNITUDES, pixels.grey_level)
    overall = counts.sum(axis=0)
    level = _estimate_level(overall)
    curve = [_estimate_level(band) if band.sum() >= FEWEST_SAMPLES else level for band in counts]
    quantiles = np.log2(_find_quantiles(overall, np.array([0.5, 0.75, 0.9, 0.99])) + FLOOR)
    zero_share = overall[0] / overall.sum()
    return [np.array([level]), np.array(curve), np.array([zero_share]), quantiles[1:] - quantiles[0]]


def _measure_neighbours(residual: NDArray[np.int32]) -> NDArray[np.float64]:
    """Autocorrelation at the 24 lags of a half plane up to three samples away, row by row."""
    correlation = correlate_shifts(residual, REACH)
    return np.concatenate([correlation[0, REACH + 1 :], correlation[1:].ravel()])


def _summarize_lines(residual: NDArray[np.int32]) -> NDArray[np.float64]:
    """Mean, standard deviation, median, minimum and maximum of the correlations of rows with the other rows."""
    correlation = correlate_rows_with_their_mean(residual)
    return np.array(
        [
            correlation.mean(),
            correlation.std(),
            np.median(correlation),
            correlation.min(),
            correlation.max(),
        ]
    )


def _measure_channels(pixels: WindowPixels, unit: float) -> NDArray[np.float64]:
    """Noise of red and of blue over green's (2), and of the differences red - green, blue - green, red - blue (3).

    Differences show how much of the noise is common to the channels; the image's grey noise cancels in them.
    """
    red, green, blue = (subtract_local_mean(channel) for channel in pixels.channels)
    pairs = [correlate_channels(red, green), correlate_channels(blue, green), correlate_channels(red, blue)]
    levels = [np.log2(pairs[i][j] * unit + FLOOR) for i, j in ((0, 1), (1, 1), (0, 2))]
    squares = [one**2 + other**2 - 2 * correlation * one * other for correlation, one, other in pairs]
    differences = np.log2(np.sqrt(np.maximum(squares, 0.0)) * unit + FLOOR)
    return np.array([levels[0] - levels[2], levels[1] - levels[2], *differences])


def compute(pixels: WindowPixels) -> NDArray[np.float64]:
    """Measure level, brightness curve, shape, neighbours, lines and channels of the noise residual.

    Levels are binary logarithms of grey levels of 8 bit, floored at 1/16. A band of brightness with fewer than 64
    samples takes the overall level. Rows are correlated with the average of the other rows, columns likewise.

    Returns
    -------
    float64 array, shape (53,), the groups of `FAMILY` in order. A flat window: level and curve -3.01 (the median
    is taken as the middle of the first bin, a 24th of a grey level), zero share 1, tail 0.26, 0.40 and 0.48 (all
    inside that bin), all correlations 0, balance 0, colour -4.

    Cost: about ten passes, most of them for the autocorrelation.

    Source: Immerkaer 1996 (level); Khanna et al. 2008 (lines); the noise curve after Foi et al. 2008, here as
    medians per band of brightness instead of a fitted line.
    """
    residual = subtract_local_mean(pixels.luma)
    rows = _summarize_lines(residual)
    columns = _summarize_lines(np.ascontiguousarray(residual.T))
    return np.concatenate(
        [
            *_measure_levels(pixels),
            _measure_neighbours(residual),
            rows,
            columns,
            [rows[0] - columns[0]],
            _measure_channels(pixels, pixels.grey_level / 9.0),
        ]
    )


FAMILY = FingerprintFamily(
    name="noise",
    title="Noise and its correlations",
    axis="acquisition",
    version=1,
    groups=(
        Group("level", 1, "value", "noise level", "more noise", "less noise"),
        Group("curve", N_INTENSITIES, "value", "noise by brightness", "more noise", "less noise"),
        Group("zero", 1, "value", "share of noise-free pixels", "many noise-free pixels", "hardly a noise-free pixel"),
        Group(
            "tail",
            3,
            "value",
            "how unevenly fine detail is spread",
            "smooth areas beside sharp edges",
            "fine detail spread evenly",
        ),
        Group(
            "neighbours",
            24,
            "value",
            "how noise runs on into neighbouring pixels",
            "noise smeared over neighbouring pixels",
            "noise of neighbouring pixels independent",
        ),
        Group("rows", 5, "value", "what the rows have in common"),
        Group("columns", 5, "value", "what the columns have in common"),
        Group(
            "direction",
            1,
            "value",
            "likeness of rows against columns",
            "rows more alike than columns",
            "columns more alike than rows",
        ),
        Group("balance", 2, "value", "noise of red and blue against green"),
        Group("colour", 3, "value", "colour noise", "more colour noise", "less colour noise"),
    ),
    smallest=(32, 32),
    sources=(
        Citation("Immerkaer", "Fast noise variance estimation", "Computer Vision and Image Understanding 64(2)", 1996),
        Citation(
            "Khanna, Chiu, Allebach, Delp",
            "Forensic techniques for classifying scanner, computer generated and digital camera images",
            "IEEE ICASSP",
            2008,
        ),
        Citation(
            "Foi, Trimeche, Katkovnik, Egiazarian",
            "Practical Poissonian-Gaussian noise modeling and fitting for single-image raw-data",
            "IEEE TIP 17(10)",
            2008,
        ),
    ),
    cannot_tell="Noise from fine texture; a quiet sensor from a denoised image.",
    compute=compute,
)
