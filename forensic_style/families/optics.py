"""Optics: colours drawn apart from the middle, darker and softer corners."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group, Reading, grade_error
from forensic_style.image import DecodedImage, Plane
from forensic_style.kernels.optics import average_cells, find_median, fit_robustly, locate_edges

Matrix = NDArray[np.float64]

REACH, LONG_REACH = 5, 8  # samples on either side of an edge; of images of at least LARGE samples
LARGE = 1_500_000
CONTRAST, DARKEST, BRIGHTEST = 24, 4, 251  # grey levels of the edges used
FEWEST_EDGES = 30
QUICK = (28, 200, 1)  # for the fingerprint: rows, and columns, looked at; edges used of each; looks
THOROUGH = (240, 6000, 2)  # for a reading
N_REGIONS = 6  # along each axis: errors are taken as independent between regions, not inside one
HALF_SAMPLE = 0.5  # displacement at the border: from there on, profiles are taken where the colour is expected
N_CELLS, N_SAMPLES = 12, 4  # of the map of brightness
GAMMA = 2.2
SMALLEST_SCATTER = 1 / 64  # sample
LARGEST_GROWTH = 0.02
LEAST_RATIO = 3.6  # of an aberration to its standard error, to be read
CAUTION = 1.4  # errors are larger than the fit says by this factor, as measured where there is no aberration
LEAST_PERCENT = 0.005  # of an aberration, to be read
SOFTENING = 0.02  # percent: aberrations up to this size are compared as they are, larger ones by their logarithm
USUAL_WIDTH, USUAL_SCATTER = 3.0, 0.25  # samples, where there are no edges
INNER, OUTER = 0.45, 0.6  # of the way to a corner: what counts as middle and as outside
FEWEST_WIDTHS = 10


@dataclass(frozen=True, slots=True)
class _Fit:
    """One coefficient of a robust fit, its standard error, and the scatter of the rest."""

    value: float
    error: float
    scatter: float

    @property
    def ratio(self) -> float:
        """Value over its standard error."""
        return self.value / self.error if self.error > 0 else 0.0


def _place_lines(length: int, n_lines: int) -> NDArray[np.int64]:
    """Evenly spaced lines with a neighbour on both sides, in an order that is even wherever it is cut off."""
    n_lines = max(0, min(n_lines, length - 2))
    even = 1 + (2 * np.arange(n_lines) + 1) * (length - 2) // max(2 * n_lines, 1)
    return even[np.argsort(np.arange(n_lines) * 0.6180339887 % 1.0, kind="stable")].astype(np.int64)


def _find_edges(pixels: Plane, growth: Matrix, reach: int, n_lines: int, most: int) -> Matrix:
    """Edges along rows, then along columns, shape (n, 8).

    Columns: how much a drawing out by a share s would displace the edge, over s; how much displacements of the
    channel to the right and down would; displacement of red and of blue; width; column and row from the middle, as
    shares of the image. An edge of slope t at (x, y) moves along its row by s (x + t y), by dx + t dy.
    """
    planes = pixels if pixels.ndim == 3 else pixels[:, :, None]
    limits = np.array([CONTRAST, DARKEST, BRIGHTEST]) * (1 if pixels.dtype == np.uint8 else 257)
    parts = []
    for turned in (False, True):
        rows, columns = planes.shape[1::-1] if turned else planes.shape[:2]
        lines = _place_lines(rows, n_lines)
        y, x, slope, red, blue, width = locate_edges(planes, turned, lines, reach, limits, growth, most).T
        shifts, places = [np.ones_like(slope), slope], [x / columns, y / rows]
        order = -1 if turned else 1
        parts.append(np.stack([x + slope * y, *shifts[::order], red, blue, width, *places[::order]], axis=1))
    return np.concatenate(parts)


def _fit(design: Matrix, values: Matrix, regions: NDArray[np.intp]) -> _Fit:
    """Fit values by the columns of design; the first coefficient counts. See `fit_robustly`."""
    value, error, scatter = fit_robustly(design, values, regions, SMALLEST_SCATTER)
    return _Fit(value, CAUTION * error, scatter)


def _measure_aberration(pixels: Plane, effort: tuple[int, int, int]) -> tuple[list[_Fit], Matrix]:
    """Share by which red, and blue, are drawn out from the middle against green, and the edges that tell.

    No fits where there are too few edges, in too few regions. Large images are looked at with a long reach first,
    which misses less of a colour that was blurred by chroma reduction.
    """
    fits: list[_Fit] = []
    if pixels.shape[0] * pixels.shape[1] >= LARGE:
        fits, edges = _fit_aberration(pixels, LONG_REACH, effort)
    return (fits, edges) if fits else _fit_aberration(pixels, REACH, effort)


def _fit_aberration(pixels: Plane, reach: int, effort: tuple[int, int, int]) -> tuple[list[_Fit], Matrix]:
    """The same with one reach; where colours are far apart, a second look takes their edges where they are expected."""
    n_lines, most, n_looks = effort
    growth = np.zeros(2)
    fits: list[_Fit] = []
    for _ in range(n_looks):
        edges = _find_edges(pixels, growth, reach, n_lines, most)
        regions = _number_regions(edges[:, 6:])
        if len(edges) < FEWEST_EDGES or len(np.unique(regions)) < N_REGIONS:
            return [], edges
        design = np.ascontiguousarray(edges[:, :3])
        fits = [_fit(design, np.ascontiguousarray(edges[:, k]), regions) for k in (3, 4)]
        found = np.clip([fit.value for fit in fits], -LARGEST_GROWTH, LARGEST_GROWTH)
        if np.abs(found - growth).max() * max(pixels.shape) / 2 < HALF_SAMPLE:
            break
        growth = found
    return fits, edges


def _number_regions(places: Matrix) -> NDArray[np.intp]:
    column, row = np.clip(((places + 0.5) * N_REGIONS).astype(np.intp), 0, N_REGIONS - 1).T
    return row * N_REGIONS + column


def _measure_widths(edges: Matrix) -> Matrix:
    """Binary logarithm of the median edge width in the middle, and outside over that; even where edges are few."""
    radius, widths = np.sqrt(2.0) * np.hypot(edges[:, 6], edges[:, 7]), edges[:, 5].copy()
    inner, outer = widths[radius < INNER], widths[radius > OUTER]
    if len(widths) < FEWEST_EDGES:
        return np.array([np.log2(USUAL_WIDTH), 0.0])
    if min(len(inner), len(outer)) < FEWEST_WIDTHS:
        return np.array([np.log2(find_median(widths)), 0.0])
    usual = find_median(inner)
    return np.log2([usual, find_median(outer) / usual])


def _fit_vignetting(pixels: Plane) -> _Fit:
    """Stops of light gained from the middle to a corner, from differences between neighbouring cells of green.

    Each difference of log light is explained by the difference of squared distances from the middle and one constant
    slope along each axis (skies are bright above). Cells with clipped light are left out.
    """
    green = pixels if pixels.ndim == 2 else pixels[:, :, 1]
    level = average_cells(green, N_CELLS, N_SAMPLES) / (255.0 if pixels.dtype == np.uint8 else 65535.0)
    light = np.where(level < 0.97, np.log2(level**GAMMA + 2.0**-8), np.nan)
    design, regions = _explain_differences()
    values = np.concatenate([np.diff(light, axis=axis).ravel() for axis in (0, 1)])
    kept = np.isfinite(values)
    if kept.sum() < N_CELLS**2 or not values[kept].any():
        return _Fit(0.0, 0.0, 0.0)
    return _fit(design[kept], values[kept], regions[kept])


@functools.cache
def _explain_differences() -> tuple[Matrix, NDArray[np.intp]]:
    """What explains the differences between neighbouring cells, down, then across, and their regions."""
    position = (np.arange(N_CELLS) + 0.5) / N_CELLS * 2 - 1
    squares = (position[:, None] ** 2 + position**2) / 2  # 1 in a corner
    blocks = np.arange(N_CELLS) // 2
    regions = blocks[:, None] * N_CELLS + blocks
    designs, places = [], []
    for axis, inner in ((0, np.s_[:-1]), (1, np.s_[:, :-1])):
        bend = np.diff(squares, axis=axis).ravel()
        designs.append(np.stack([bend, np.full(bend.size, 1.0 - axis), np.full(bend.size, float(axis))], axis=1))
        places.append(regions[inner].ravel())
    return np.concatenate(designs), np.concatenate(places)


def compute(image: DecodedImage) -> NDArray[np.float64]:
    """Measure how colours are drawn apart, light falls off and detail softens from the middle to the corners.

    `aberration`: by how many percent red, and blue, is drawn out against green, shrunk towards 0 by z^2 / (z^2 + 9)
    where z is its ratio to its standard error, then asinh(percent / 0.02), limited to 1 percent. `reliability`:
    log2(1 + |z|), z limited to 100. `scatter`: log2 of the scatter of single edges of red, and blue, around the fit, in
    samples. `falloff`: stops of light lost from the middle to a corner, limited to -3..3;
    `falloff_reliability`: as above. `softness`: log2 of the median width of edges in the middle (up to 0.45 of the
    way to a corner), in samples; and that outside (from 0.6 on) over it.

    Returns
    -------
    float64 array, shape (10,). A flat or tiny image, or one with fewer than 30 edges: 0, except scatter -2 and the
    width of 3 samples. A grey image: no aberration, no reliability, scatter -6.

    Cost: 28 rows and 28 columns of the image, up to 200 edges of each, and 2304 samples for the brightness.

    Source: Johnson and Farid 2006, equations 1 and 2 (red and blue are scaled copies of green); the fall-off after
    Zheng et al. 2008 (radial gradients are symmetric but for vignetting). Differs from the papers: places of edges
    compared instead of whole channels warped and correlated, and a displacement of all of a channel allowed for, so
    that the scale is right in a crop as well; a robust fit of differences instead of their histogram.
    """
    fits, edges = _measure_aberration(image.pixels, QUICK)
    colours = [_describe(fit.value * 100, fit.ratio) for fit in fits] or [(0.0, 0.0)] * 2
    aberration = np.arcsinh(np.clip([value for value, _ in colours], -1, 1) / SOFTENING)
    scatter = np.log2([fit.scatter for fit in fits] or [USUAL_SCATTER] * 2)
    vignetting = _fit_vignetting(image.pixels)
    falloff = [np.clip(0.0 - vignetting.value, -3, 3), _describe(0.0, vignetting.ratio)[1]]
    found = [aberration, [ratio for _, ratio in colours], scatter, falloff]
    return np.concatenate([*found, _measure_widths(edges)])


def _describe(value: float, ratio: float) -> tuple[float, float]:
    """A value shrunk by its unreliability, and its reliability."""
    return value * ratio**2 / (ratio**2 + 9.0), float(np.log2(1 + min(abs(ratio), 100.0)))


def read(image: DecodedImage) -> tuple[Reading, ...]:
    """Lateral chromatic aberration: by how much red is drawn out against green, in percent (blue where red is not).

    Read where red's or blue's is at least 3.6 standard errors and 0.005 %. Takes 240 rows and 240 columns.
    """
    subject = "chromatic aberration"
    fits, edges = _measure_aberration(image.pixels, THOROUGH)
    if not fits:
        return (Reading(subject, "no lateral chromatic aberration", "none", "too few edges to tell", tolerance=0.5),)
    percents, errors = [fit.value * 100 for fit in fits], [fit.error * 100 for fit in fits]
    detail = ", ".join(
        f"{name} {percent:+.4f} % (standard error {error:.4f})"
        for name, percent, error in zip(("red", "blue"), percents, errors, strict=True)
    )
    detail += f", {len(edges)} edges"
    clear = [k for k in (0, 1) if abs(fits[k].ratio) >= LEAST_RATIO and abs(percents[k]) >= LEAST_PERCENT]
    if not clear:
        return (Reading(subject, "no lateral chromatic aberration", "none", detail, tolerance=0.5),)
    words = ", ".join(f"{('red', 'blue')[k]} {_word(percents[k])}" for k in clear) + " from the middle"
    strength = grade_error(min(errors[k] / abs(percents[k]) for k in clear))
    return (Reading(subject, words, strength, detail, percents[clear[0]], tolerance=0.5),)


def _word(percent: float) -> str:
    return f"drawn {'out' if percent > 0 else 'in'} by {abs(percent):.3f} %"


FAMILY = FingerprintFamily(
    name="optics",
    title="Optics",
    axis="acquisition",
    version=1,
    groups=(
        Group(
            "aberration",
            2,
            "value",
            "red and blue against green towards the corners",
            "red and blue drawn out from the middle",
            "red and blue drawn in to the middle",
        ),
        Group(
            "reliability",
            2,
            "value",
            "how clearly colours are drawn apart",
            "colours clearly drawn apart towards the corners",
            "no lateral chromatic aberration",
        ),
        Group(
            "scatter",
            2,
            "value",
            "how well edges of the colours lie on each other",
            "edges of the colours apart",
            "edges of the colours on each other",
        ),
        Group(
            "falloff",
            1,
            "value",
            "light towards the corners",
            "darker corners",
            "corners as bright as the middle",
            quantity="light lost towards the corners",
            unit="stops",
        ),
        Group(
            "falloff_reliability",
            1,
            "value",
            "how regular the fall-off of light is",
            "regular change of light towards the corners",
            "no regular change of light towards the corners",
        ),
        Group(
            "softness",
            2,
            "value",
            "width of edges, and in the corners",
            "soft edges",
            "sharp edges",
            quantity="edges",
            unit="pixels wide",
            scale="log2",
        ),
    ),
    smallest=(32, 32),
    sources=(
        Citation(
            "Johnson, Farid",
            "Exposing digital forgeries through chromatic aberration",
            "ACM Multimedia and Security Workshop",
            2006,
        ),
        Citation(
            "Zheng, Yu, Kang, Lin, Kambhamettu",
            "Single-image vignetting correction using radial gradient symmetry",
            "IEEE CVPR",
            2008,
        ),
    ),
    cannot_tell="A corrected lens from none; fall-off of light in the lens from a scene that is darker outside. "
    "The middle of the image is taken as the lens's: in a crop fall-off and softness are wrong, the scale of the "
    "colours is not.",
    sees="image",
    cost=0.17,
    measure=compute,
    read=read,
)
