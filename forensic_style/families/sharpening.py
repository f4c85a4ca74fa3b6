"""Sharpening: halos at edges, how wide edges are, and fine detail against coarser."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group, Reading, Strength
from forensic_style.image import Plane, WindowPixels, WindowStack, freeze
from forensic_style.kernels.sharpening import measure_edges, sum_differences

SMALLEST_EDGE = 32  # grey levels
N_BINS = 61
N_WIDTHS = 8
FEWEST_EDGES = 8
FLOOR = 1 / 16  # grey level: keeps logarithms of no difference finite
_PERCENT = 2.0 * np.arange(N_BINS + 1) - 20.0  # edges of the bins of `measure_edges`
_QUARTILES = np.array([0.25, 0.5, 0.75])


def _find_quantiles(counts: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Overshoots in percent below which these shares of the edges lie, linear inside a bin; 0 for too few edges.

    Histograms have the shape (n, N_BINS), shares (n_shares,) or (n, n_shares), the result (n, n_shares).
    """
    cumulated = np.zeros((len(counts), N_BINS + 1))
    np.cumsum(counts, axis=1, out=cumulated[:, 1:])
    n_edges = cumulated[:, -1:]
    places = shares * n_edges
    bins = np.minimum((cumulated[:, None] <= places[:, :, None]).sum(axis=2), N_BINS) - 1
    below, above = (np.take_along_axis(cumulated, bins + side, axis=1) for side in (0, 1))
    enough = n_edges >= FEWEST_EDGES
    inside = (places - below) / np.where(enough, above - below, 1.0)
    return np.where(enough, _PERCENT[bins] + inside * (_PERCENT[bins + 1] - _PERCENT[bins]), 0.0)


def _turn(planes: Plane) -> NDArray[np.uint8]:
    """Each plane with its columns as rows."""
    n_windows, rows, columns = planes.shape
    turned = cv2.transpose(planes.reshape(-1, columns))  # one call: others get the lock of the interpreter but once
    return np.asarray(freeze(turned.reshape(columns, n_windows, rows).transpose(1, 0, 2)), dtype=np.uint8)


def _count_edges(
    luma: NDArray[np.uint8], turned: NDArray[np.uint8], hop: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Overshoots of dark and of light sides, (n_windows, 2, N_BINS), and widths, along rows and columns together."""
    across, widths = measure_edges(luma, hop, SMALLEST_EDGE, N_BINS, N_WIDTHS)
    down, others = measure_edges(turned, hop, SMALLEST_EDGE, N_BINS, N_WIDTHS)
    return across + down, widths + others


def _summarize_edges(overshoots: NDArray[np.int64], widths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Quartiles of the overshoot (3), light halos less dark ones (1), shares of the widths (8)."""
    counts = np.concatenate([overshoots, overshoots.sum(axis=1, keepdims=True)], axis=1)
    dark, light, both = _find_quantiles(counts.reshape(-1, N_BINS), _QUARTILES).reshape(-1, 3, 3).transpose(1, 0, 2)
    enough = overshoots.sum(axis=2).min(axis=1) >= FEWEST_EDGES
    halo = np.where(enough, light[:, 1] - dark[:, 1], 0.0)
    n_edges = widths.sum(axis=1, keepdims=True)
    shares = np.where(n_edges >= FEWEST_EDGES, widths / np.maximum(n_edges, 1), 1 / N_WIDTHS)
    return np.concatenate([both, halo[:, None], shares], axis=1)


def _measure_fineness(luma: NDArray[np.uint8], turned: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Logarithms of detail one sample fine over two, two over four, bends over steps; and of how rare large steps are.

    The last is the root mean square of steps over their mean: a measure of the weight of the tails, as kurtosis is.
    """
    sums = sum_differences(luma, 4) + sum_differences(turned, 4)
    means = sums[:, 1:] / sums[:, :1]
    means[:, 4] = np.sqrt(means[:, 4])
    logarithms = np.log2(means + FLOOR)  # of steps over one, two and four samples, of bends, and of large steps
    return logarithms[:, [0, 1, 3, 4]] - logarithms[:, [1, 2, 0, 0]]


def measure(windows: WindowStack) -> NDArray[np.float64]:
    """Measure halos and widths of edges, and how fine detail is, on the luma.

    Edges are those of :func:`measure_edges`, at least 32 grey levels high between even plateaus, along every second
    row and column. `overshoot`: quartiles, in percent of an edge's height, of how far the samples next to it reach
    beyond its plateaus; `halo`: median on light sides less that on dark sides. `width`: shares of edges 0 to 7 samples
    wide. `fineness`: see `_measure_fineness`.

    Returns
    -------
    float64 array, shape (n_windows, 16): overshoot (3), halo, width (8), fineness (4). A window with fewer than
    eight edges, as a flat one: overshoot and halo 0, all widths alike; a flat one has a fineness of 0 as well.

    Cost: four passes of vectorized arithmetic, and some work at each edge. 16-bit images are rounded to 8 bit first.

    Source: Cao, Zhao, Ni, Kot 2011 (overshoot along edges as a trace of unsharp masking). Differs from the paper:
    quantiles over edges of their overshoot relative to their height instead of a threshold on its mean.
    """
    luma = windows.luma_8bit
    turned = _turn(luma)
    edges = _summarize_edges(*_count_edges(luma, turned, 2))
    return np.concatenate([edges, _measure_fineness(luma, turned)], axis=1)


_SUBJECT = "sharpening"
FEWEST_TO_READ = 40  # edges with room on a side
# least median overshoot in percent, on the side that has less: unsharpened images have one below 4.5 (after linear
# demosaicing with a gradient correction; 3 elsewhere)
_GRADES: tuple[tuple[float, Strength], ...] = ((12.0, "certain"), (9.0, "clear"), (6.0, "likely"))


def _find_least_medians(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """What the medians of all edges of which these are samples will hardly be below (two standard errors)."""
    return _find_quantiles(counts, 0.5 - 1 / np.sqrt(counts.sum(axis=1, keepdims=True)))[:, 0]


def read(pixels: WindowPixels) -> tuple[Reading, ...]:
    """How far edges overshoot, where both their sides do so more than unsharpened images show."""
    luma = pixels.luma_8bit[None]
    (overshoots,), _ = _count_edges(luma, _turn(luma), 1)
    n_edges = overshoots.sum(axis=1)
    if n_edges.min() < FEWEST_TO_READ:
        return (Reading(_SUBJECT, "too few clear edges to tell whether it was sharpened", "none"),)
    dark, light = _find_quantiles(overshoots, _QUARTILES[1:2])[:, 0].tolist()
    least = float(_find_least_medians(overshoots).min())
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
    measure=measure,
    cost=0.08,
    read=read,
)
