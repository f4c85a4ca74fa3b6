"""Sharpening: halos at edges, how wide edges are, and fine detail against coarser."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group, OneByOne, Reading, Strength
from forensic_style.image import WindowPixels, freeze
from forensic_style.kernels.sharpening import measure_edges, sum_differences

SMALLEST_EDGE = 32  # grey levels
N_BINS = 61
N_WIDTHS = 8
FEWEST_EDGES = 8
FLOOR = 1 / 16  # grey level: keeps logarithms of no difference finite
_PERCENT = 2.0 * np.arange(N_BINS + 1) - 20.0  # edges of the bins of `measure_edges`
_QUARTILES = np.array([0.25, 0.5, 0.75])


def _find_quantiles(counts: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Overshoots in percent below which these shares of the edges lie, linear inside a bin; 0 for too few edges."""
    cumulated = np.concatenate([[0], np.cumsum(counts)])
    if cumulated[-1] < FEWEST_EDGES:
        return np.zeros(shares.size)
    return np.interp(shares * cumulated[-1], cumulated, _PERCENT)


def _turn(pixels: WindowPixels) -> NDArray[np.uint8]:
    """The luma with its columns as rows."""
    return np.asarray(freeze(cv2.transpose(pixels.luma_8bit)), dtype=np.uint8)


def _count_edges(pixels: WindowPixels, hop: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Overshoots of dark and of light sides, and widths, along rows and columns together."""
    across, widths = measure_edges(pixels.luma_8bit, hop, SMALLEST_EDGE, N_BINS, N_WIDTHS)
    down, others = measure_edges(_turn(pixels), hop, SMALLEST_EDGE, N_BINS, N_WIDTHS)
    return across + down, widths + others


def _measure_fineness(pixels: WindowPixels) -> NDArray[np.float64]:
    """Logarithms of detail one sample fine over two, two over four, bends over steps; and of how rare large steps are.

    The last is the root mean square of steps over their mean: a measure of the weight of the tails, as kurtosis is.
    """
    sums = sum_differences(pixels.luma_8bit, 4) + sum_differences(_turn(pixels), 4)
    near, far, farther, curved, squares = sums[1:] / sums[0]
    means = np.log2(np.array([near, far, farther, curved, np.sqrt(squares)]) + FLOOR)
    return np.array([means[0] - means[1], means[1] - means[2], means[3] - means[0], means[4] - means[0]])


def compute(pixels: WindowPixels) -> NDArray[np.float64]:
    """Measure halos and widths of edges, and how fine detail is, on the luma.

    Edges are those of :func:`measure_edges`, at least 32 grey levels high between even plateaus, along every second
    row and column. `overshoot`: quartiles, in percent of an edge's height, of how far the samples next to it reach
    beyond its plateaus; `halo`: median on light sides less that on dark sides. `width`: shares of edges 0 to 7 samples
    wide. `fineness`: see `_measure_fineness`.

    Returns
    -------
    float64 array, shape (16,): overshoot (3), halo, width (8), fineness (4). A window with fewer than eight edges, as
    a flat one: overshoot and halo 0, all widths alike; a flat one has a fineness of 0 as well.

    Cost: four passes of vectorized arithmetic, and some work at each edge. 16-bit images are rounded to 8 bit first.

    Source: Cao, Zhao, Ni, Kot 2011 (overshoot along edges as a trace of unsharp masking). Differs from the paper:
    quantiles over edges of their overshoot relative to their height instead of a threshold on its mean.
    """
    overshoots, widths = _count_edges(pixels, 2)
    dark, light = (_find_quantiles(side, _QUARTILES[1:2])[0] for side in overshoots)
    enough = min(overshoots.sum(axis=1)) >= FEWEST_EDGES
    n_edges = int(widths.sum())
    shares = widths / n_edges if n_edges >= FEWEST_EDGES else np.full(N_WIDTHS, 1 / N_WIDTHS)
    quartiles = _find_quantiles(overshoots[0] + overshoots[1], _QUARTILES)
    return np.concatenate([quartiles, [light - dark if enough else 0.0], shares, _measure_fineness(pixels)])


_SUBJECT = "sharpening"
FEWEST_TO_READ = 40  # edges with room on a side
# least median overshoot in percent, on the side that has less: unsharpened images have one below 4.5 (after linear
# demosaicing with a gradient correction; 3 elsewhere)
_GRADES: tuple[tuple[float, Strength], ...] = ((12.0, "certain"), (9.0, "clear"), (6.0, "likely"))


def _find_least_median(counts: NDArray[np.int64]) -> float:
    """What the median of all edges of which these are a sample will hardly be below (two standard errors)."""
    return float(_find_quantiles(counts, np.array([0.5 - 1 / np.sqrt(counts.sum())]))[0])


def read(pixels: WindowPixels) -> tuple[Reading, ...]:
    """How far edges overshoot, where both their sides do so more than unsharpened images show."""
    overshoots, _ = _count_edges(pixels, 1)
    n_edges = overshoots.sum(axis=1)
    if n_edges.min() < FEWEST_TO_READ:
        return (Reading(_SUBJECT, "too few clear edges to tell whether it was sharpened", "none"),)
    dark, light = (float(_find_quantiles(side, _QUARTILES[1:2])[0]) for side in overshoots)
    least = min(_find_least_median(side) for side in overshoots)
    strength = next((strength for limit, strength in _GRADES if least >= limit), None)
    detail = f"medians of {n_edges[0]} dark sides {dark:.0f} %, of {n_edges[1]} light sides {light:.0f} %"
    if strength is None:
        return (Reading(_SUBJECT, "no halos at edges", "none", detail),)
    overshoot = round((dark + light) / 2, 1)
    words = f"edges overshoot by {overshoot:.0f} % (sharpened)"
    return (Reading(_SUBJECT, words, strength, detail, overshoot, 0.5, is_local=True),)


FAMILY = FingerprintFamily(
    name="sharpening",
    title="Sharpening",
    axis="processing",
    version=1,
    groups=(
        Group(
            "overshoot",
            3,
            "value",
            "halos at edges",
            "halos at edges (sharpened)",
            "no halos at edges",
            quantity="halos of edges",
            unit="% of their height",
            column=1,
        ),
        Group(
            "halo",
            1,
            "value",
            "light against dark halos",
            "light halos stronger than dark ones",
            "dark halos stronger than light ones",
        ),
        Group("width", N_WIDTHS, "histogram", "width of edges"),
        Group("fineness", 4, "value", "fine detail against coarser", "fine detail strong", "fine detail weak"),
    ),
    smallest=(32, 32),
    sources=(
        Citation(
            "Cao, Zhao, Ni, Kot",
            "Unsharp masking sharpening detection via overshoot artifacts analysis",
            "IEEE Signal Processing Letters 18(10)",
            2011,
        ),
    ),
    cannot_tell="Sharpening in the camera from sharpening after it; halos from thin outlines that were drawn.",
    measure=OneByOne(compute),
    cost=0.13,
    read=read,
)
