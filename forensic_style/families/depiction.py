"""Depiction: what tells photographs, paintings, cartoons and drawings apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group
from forensic_style.image import WindowStack, freeze
from forensic_style.kernels.colours import count_colour_clouds, sum_colour_gradients
from forensic_style.kernels.depiction import add_squares, count_flat_runs, sum_band_products

TOLERANCE = 2  # grey levels: below it, a step belongs to a flat run
N_LENGTHS = 6  # runs of 1, 2, 4, 8, 16, 32 steps
DETAIL = 20.0  # grey levels: a second difference as strong as this counts half
CONTOUR = 4.0  # grey levels: a gradient as strong as this counts half
SCATTERS = np.array(
    [4.0, 16.0, 64.0, 256.0]
)  # squared grey levels: bounds of the classes of local scatter, three times SPREAD included
LINES: NDArray[np.float64] = np.exp2(1.25 * np.arange(1, 5))  # bounds of how much more it is along one line
SPREAD = 1.0  # squared grey levels, added to every local variance: below it, there is no direction
MOST_ROWS = 128  # measured
_LENGTHS = 2 ** np.arange(N_LENGTHS)


def _list_possible() -> NDArray[np.bool_]:
    """Which classes of lines occur in each class of scatter, flat: little scatter and SPREAD leave no narrow lines."""
    narrowest = SCATTERS**2 / (3 * SPREAD * (2 * SCATTERS - 3 * SPREAD))  # ratio of a line with this trace
    return (np.append(narrowest, np.inf)[:, None] > np.append(0.0, LINES)).ravel()


POSSIBLE = _list_possible()


def _correlate(moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlations from n, sum x, sum y, sum x^2, sum y^2, sum x y on the last axis; 0 where x or y hardly varies."""
    n, x, y, xx, yy, xy = np.moveaxis(moments, -1, 0)
    one, other = xx / n - (x / n) ** 2, yy / n - (y / n) ** 2
    varies = np.minimum(one, other) > 1e-6
    spread = np.sqrt(np.where(varies, one * other, 1.0))
    return np.clip(np.where(varies, (xy / n - x * y / n**2) / spread, 0.0), -1.0, 1.0)


def _measure_runs(luma: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Share of samples by the longest flat run of 0, 1, 2, 4, 8, 16, 32 steps that ends there, from above and left."""
    n_windows, rows, columns = luma.shape
    places = np.maximum([(rows - _LENGTHS) * columns, rows * (columns - _LENGTHS)], 1)
    shares = (count_flat_runs(luma, TOLERANCE, N_LENGTHS) / places).sum(axis=1) / 2
    every, none = np.ones((n_windows, 1)), np.zeros((n_windows, 1))
    at_least = np.minimum.accumulate(np.concatenate([every, shares, none], axis=1), axis=1)
    return at_least[:, :-1] - at_least[:, 1:]


def _take_middle(planes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """At most MOST_ROWS rows from the middle, which is enough for what is measured here."""
    top = max(0, (planes.shape[1] - MOST_ROWS) // 2)
    return np.asarray(freeze(planes[:, top : top + MOST_ROWS]), dtype=np.uint8)


def measure(windows: WindowStack) -> NDArray[np.float64]:
    """Measure flat runs, detail and contours at a half and a quarter of the size, and local colours at a half.

    `runs`: see `_measure_runs`. Then at both sizes, coarser last: `contours`, the correlation of the strength of
    second differences with itself 1, 2 and 4 samples further across the contour; `orientations`, its correlation
    between right and down, between both diagonals, and between straight and diagonal; `ink`, the asymmetry of the
    Laplacian; `hues`, the coherence of the three channels' gradients, mean and weighted by their energy;
    `coincidence`, the correlation of the gradient strengths of brightness and colour. The finest size is left out:
    it belongs to encoder and sensor. `colour_clouds`, at half the size alone: shares of boxes of 4x4 samples by the
    scatter of their colours (5 classes) and by how much of it lies along one line (1, 2, 3, 5 and 5 classes). A shaded
    surface has colours along a line, a brush several beside one another.

    Returns
    -------
    float64 array, shape (n_windows, 43). A flat window: all of its runs in the last bin, all of its boxes in the first,
    0 elsewhere.

    Cost: of a window of more than 128 rows, the middle 128 are measured: two passes over flat runs, about twenty over
    planes of a quarter of the samples. 16-bit images are rounded to 8 bit first.

    Source: Portilla and Simoncelli 2000 (correlations of the magnitudes of neighbouring places and
    orientations); Di Zenzo 1986 (tensor of colour gradients); Cutzu, Hammoud and Leykin 2005 (paintings: hue changes
    where brightness does not); Omer and Werman 2004 (colours along lines). Differs from the papers: second differences
    instead of steerable pyramids, strengths limited to 1 so that single strong contours do not decide; coherence and
    coincidence instead of counts of colour edges; boxes of neighbours instead of whole images, and how far their
    colours keep to a line instead of the lines themselves.
    """
    luma = _take_middle(windows.luma_8bit)
    middle = (luma,) if windows.is_grey else (luma, *map(_take_middle, windows.channels_8bit))
    planes = [add_squares(plane) for plane in middle]
    halves = _measure_scale(planes, 1 / 4)
    quarters = _measure_scale([add_squares(plane) for plane in planes], 1 / 16)
    parts = [np.stack(pair, axis=1).reshape(len(luma), -1) for pair in zip(halves, quarters, strict=True)]
    return np.concatenate([_measure_runs(luma), *parts, _count_lines(planes)], axis=1)


def _count_lines(planes: list[NDArray[np.uint16]]) -> NDArray[np.float64]:
    """Shares of the classes of local colours, from planes of four times luma, red, green and blue, or of luma alone."""
    red, green, blue = planes[1:] or planes * 3
    counts = count_colour_clouds(red, green, blue, 16 * SPREAD, 16 * SCATTERS, LINES).reshape(len(red), -1)
    return counts[:, POSSIBLE] / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def _measure_scale(planes: list[NDArray[np.uint16]], unit: float) -> list[NDArray[np.float64]]:
    """Contours (3), orientations (3), ink (1), hues (2) and coincidence (1).

    Planes are luma, red, green and blue, or luma alone; a unit of them is so many grey levels.
    """
    red, green, blue = planes[1:] or planes * 3
    bands, asymmetry = sum_band_products(planes[0], DETAIL / unit)
    gradients, coherence = sum_colour_gradients(planes[0], red, green, blue, unit, CONTOUR)
    correlation = _correlate(np.concatenate([bands, gradients[:, None]], axis=1))
    ink = asymmetry[:, :1] / np.maximum(asymmetry[:, 1:], 1.0)
    mean, weighted = coherence[:, 0] / gradients[:, 0], coherence[:, 1] / np.maximum(coherence[:, 2], 1e-3)
    contours = (correlation[:, :3] + correlation[:, 3:6]) / 2
    return [contours, correlation[:, 6:9], ink, np.stack([mean, weighted], axis=1), correlation[:, 9:]]


FAMILY = FingerprintFamily(
    name="depiction",
    title="Flat areas, contours and colours",
    axis="acquisition",
    version=2,
    groups=(
        Group("runs", N_LENGTHS + 1, "histogram", "length of flat runs"),
        Group("contours", 6, "value", "how detail gathers around contours", "broad contours", "thin contours or grain"),
        Group(
            "orientations",
            6,
            "value",
            "detail along several directions at one place",
            "detail in all directions at one place",
            "detail along one direction at a time",
        ),
        Group("ink", 2, "value", "dark or bright lines", "dark lines on bright ground", "bright lines on dark ground"),
        Group(
            "hues",
            4,
            "value",
            "whether colours change together",
            "all colours change along the same contours",
            "colours change independently, or hardly at all",
        ),
        Group(
            "coincidence",
            2,
            "value",
            "contours of brightness and of colour",
            "contours of brightness and colour coincide",
            "contours of brightness and colour apart",
        ),
        Group("colour_clouds", 16, "histogram", "how neighbouring colours lie along lines"),
    ),
    smallest=(32, 32),
    sources=(
        Citation(
            "Portilla, Simoncelli",
            "A parametric texture model based on joint statistics of complex wavelet coefficients",
            "International Journal of Computer Vision 40(1)",
            2000,
        ),
        Citation(
            "Di Zenzo",
            "A note on the gradient of a multi-image",
            "Computer Vision, Graphics, and Image Processing 33(1)",
            1986,
        ),
        Citation(
            "Cutzu, Hammoud, Leykin",
            "Distinguishing paintings from photographs",
            "Computer Vision and Image Understanding 100(3)",
            2005,
        ),
        Citation(
            "Omer, Werman",
            "Color lines: image specific color representation",
            "IEEE Conference on Computer Vision and Pattern Recognition",
            2004,
        ),
    ),
    cannot_tell="An image from its mirror image; a painting of smooth shades from a photograph, a retouched photograph "
    "of flat areas from a drawing.",
    cost=0.11,
    measure=measure,
)
