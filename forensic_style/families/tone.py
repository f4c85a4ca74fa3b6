"""Tone and palette: levels, combs, clipping, flat areas, colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group
from forensic_style.image import WindowPixels
from forensic_style.kernels.tone import count_colours, count_gradient_magnitudes, count_levels

N_TONES = 16
N_COLOURS = 12
FLAT_LEVELS = 3
_EDGES = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96], dtype=np.int32)


def _measure_levels(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of black (1), of white (1), of empty levels inside the range (1), comb (1), entropy in bits (1).

    The comb is the mean step between neighbouring bins over the mean bin, inside the occupied range: 0 for a
    smooth histogram, towards 2 where every other level is empty.
    """
    shares = counts / counts.sum()
    occupied = np.flatnonzero(counts)
    inside = shares[occupied[0] : occupied[-1] + 1]
    empty = np.mean(inside == 0)
    comb = np.abs(np.diff(inside)).mean() / inside.mean() if inside.size > 1 else 0.0
    present = shares[occupied]
    entropy = -np.sum(present * np.log2(present))
    return np.array([shares[0], shares[-1], empty, comb, entropy])


def _measure_colours(pixels: WindowPixels) -> NDArray[np.float64]:
    """Shares of saturations (12), then of hues among the samples that have one (12; even where there are none)."""
    saturation, hue = count_colours(*pixels.channels_8bit, N_COLOURS)
    coloured = hue.sum()
    hue_shares = hue / coloured if coloured else np.full(N_COLOURS, 1 / N_COLOURS)
    return np.concatenate([saturation / saturation.sum(), hue_shares])


def compute(pixels: WindowPixels) -> NDArray[np.float64]:
    """Measure the distribution of levels, steps between neighbours, saturations and hues.

    Returns
    -------
    float64 array, shape (59,): 16 shares of luma; black, white, empty levels, comb, entropy; 14 shares of steps
    (edges 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96); 12 of saturation, 12 of hue. A flat grey window: one share
    of each histogram is 1, hues are even; empty, comb and entropy are 0.

    Cost: three passes of histogram increments. 16-bit images are rounded to 8 bit first.

    Source: Stamm and Liu 2010 (combs and gaps); steps between neighbours after Lyu and Farid 2005.
    """
    counts = count_levels(pixels.luma_8bit, 256)
    steps = count_gradient_magnitudes(pixels.luma_8bit, _EDGES)
    colours = _measure_colours(pixels)
    return np.concatenate(
        [
            counts.reshape(N_TONES, -1).sum(axis=1) / counts.sum(),
            _measure_levels(counts),
            steps / steps.sum(),
            colours,
        ]
    )


FAMILY = FingerprintFamily(
    name="tone",
    title="Tone and palette",
    axis="processing",
    version=1,
    groups=(
        Group("luma", N_TONES, "histogram", "brightness"),
        Group("black", 1, "histogram", "pure black", "much pure black", "hardly any pure black"),
        Group("white", 1, "histogram", "pure white", "much pure white", "hardly any pure white"),
        Group("empty", 1, "value", "unused grey levels", "many unused grey levels", "all grey levels used"),
        Group(
            "comb",
            1,
            "value",
            "comb in the histogram",
            "grey levels used unevenly (comb in the histogram)",
            "grey levels used evenly",
        ),
        Group("entropy", 1, "value", "variety of grey levels", "many grey levels", "few grey levels"),
        Group("steps", _EDGES.size + 1, "histogram", "flat areas and edges"),
        Group("saturation", N_COLOURS, "histogram", "strength of colours"),
        Group("hue", N_COLOURS, "histogram", "hues"),
    ),
    smallest=(32, 32),
    sources=(
        Citation(
            "Stamm, Liu",
            "Forensic detection of image manipulation using statistical intrinsic fingerprints",
            "IEEE TIFS 5(3)",
            2010,
        ),
        Citation(
            "Lyu, Farid", "How realistic is photorealistic?", "IEEE Transactions on Signal Processing 53(2)", 2005
        ),
    ),
    cannot_tell="A choice of subject from a choice of tone: brightness and hue belong to the scene as well.",
    compute=compute,
)
