"""What JPEG quantization leaves in the cosine coefficients of pixels."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from forensic_style.family import Citation, FingerprintFamily, Group, Reading, grade_chance
from forensic_style.image import WindowPixels, WindowStack, freeze
from forensic_style.jpeg import ANNEX_K_LUMA, scale_annex_k
from forensic_style.kernels.block_grid import share_repeats
from forensic_style.kernels.block_modes import count_magnitudes, count_multiples, share_small, transform_grid

SMALL = 0.5  # grey levels: what decoded pixels leave of an empty mode
BINS_PER_LEVEL = 4
N_LOW_MODES = 20  # of the fingerprint
N_LOWEST_MODES = 9
WINDOW_BINS, WINDOW_STEPS = 384, 48  # of the fingerprint: magnitudes below 96 grey levels
IMAGE_BINS, IMAGE_STEPS = 1024, 128  # of the reading: magnitudes below 256 grey levels
N_SEARCHED_MODES, SEARCH_BINS, SEARCH_STEPS = 30, 512, 64  # of the search for the grid
DEVIATION = 0.32  # grey levels, of a coefficient of pixels rounded to whole levels: sqrt(1/12) and a little
OUTLIERS = 0.01  # share of coefficients off the lattice, as where a channel was clipped
SURE = 10.0  # natural logarithm of a likelihood ratio from which a step counts
FEWEST = 16  # coefficients below which the evidence for each is counted as if there were so many
N_BANDS = 7
LOW_INDICES = 12  # multiples of a step whose numbers are compared with their neighbours'
FLOOR = 1 / 64
MOST_REPEATS = 0.2  # of rows or columns, as in enlarged images
FEWEST_DIFFERENT = 0.03  # share of blocks, as in computed gradients
RAMP_STEPS = 0.002  # share of neighbours
FEWEST_LEVELS = 9  # of an image: coefficients of fewer lie on lattices of their own
LARGEST_SIDE, SEARCH_SIDE = 2048, 1024  # samples, of what is read, and of what all grids are tried on
CONSISTENT, ENOUGH_CONSISTENT = 0.03, 0.12
SURE_OF_TABLE, SURE_OF_OTHER_STEPS, SURE_OF_EARLIER = 25.0, 300.0, 150.0
TABLE_SHARE = 0.1  # of the evidence that the best steps have, below which a table is not taken for the true one
CAUTION = (
    10.0  # how many times larger than deserved a log likelihood ratio may be, as coefficients depend on each other
)
N_EARLIER_MODES, N_INDICES, FEWEST_EARLIER, EARLIER_OUTLIERS = 20, 20, 20, 0.01
EARLIER_BY_MISFIT = 0.003  # log likelihood ratio per coefficient of images compressed once


def _scale_modes() -> NDArray[np.float32]:
    """What the fast transform leaves out: see `transform_grid`."""
    scale = 1 / (4 * np.cos(np.pi * np.arange(8) / 16))
    scale[0] = np.sqrt(1 / 8)
    return np.outer(scale, scale).ravel().astype(np.float32)


def _list_modes() -> NDArray[np.int64]:
    """Modes in the zig-zag order, but for four whose coefficients are multiples of 1/8 in any image of whole levels."""
    places = [(row, column) for row in range(8) for column in range(8) if row % 4 or column % 4]
    places.sort(key=lambda place: (sum(place), place[0] if sum(place) % 2 else place[1]))
    return np.array([8 * row + column for row, column in places])


_SCALE, _MODES = _scale_modes(), _list_modes()
_TABLES = np.array([scale_annex_k(ANNEX_K_LUMA, quality).ravel() for quality in range(1, 101)]).astype(np.int64)
_MEAN_STEPS = np.log2(_TABLES.mean(axis=1))
_LOW_STEPS = np.minimum(_TABLES[:, _MODES[:N_LOW_MODES]], WINDOW_STEPS) + (WINDOW_STEPS + 1) * np.arange(N_LOW_MODES)
_BANDS = (np.add.outer(np.arange(8), np.arange(8)).ravel()[1:] - 1) // 2  # by the sum of both frequencies, 1 to 14
_BAND_SIZES = np.bincount(_BANDS)
_BY_BAND, _BAND_STARTS = 1 + np.argsort(_BANDS, kind="stable"), np.cumsum(_BAND_SIZES) - _BAND_SIZES
_PARTS = np.array([np.arange(N_LOW_MODES) < N_LOWEST_MODES, np.arange(N_LOW_MODES) >= N_LOWEST_MODES], dtype=np.float32)
_BENFORD = 8 * np.log10(1 + 1 / np.arange(1, 10))


@functools.cache
def _weigh_steps(n_bins: int, n_steps: int) -> NDArray[np.float32]:
    """Log likelihood ratio of each magnitude if its mode was quantized by each step against not at all.

    Quantized, a coefficient lies near a multiple of the step: at k step + error, error normal; not quantized, its
    density is even over a step's width. Magnitudes below half a step tell nothing, as they may be empty either way.

    Returns
    -------
    float32 array, shape (n_bins, n_steps + 1), step 0 without meaning; the last bin counts as nothing.
    """
    magnitude = np.arange(n_bins)[:, None] / BINS_PER_LEVEL
    step = np.maximum(np.arange(n_steps + 1), 1)
    nearest = np.floor(magnitude / step + 0.5)
    errors = [magnitude - (nearest + k) * step for k in range(-3, 4)]
    density = sum(np.exp(-0.5 * (error / DEVIATION) ** 2) for error in errors) / (DEVIATION * np.sqrt(2 * np.pi))
    weight = np.where(nearest == 0, 0.0, np.log(OUTLIERS + (1 - OUTLIERS) * step * density))
    weight[-1] = 0.0
    return weight.astype(np.float32)


@functools.cache
def _sort_digits() -> NDArray[np.float32]:
    """First decimal digit of the whole grey levels of each bin, as shape (n_bins, 9) of 0 and 1."""
    level = np.floor(np.arange(WINDOW_BINS) / BINS_PER_LEVEL + 0.5).astype(int)
    digits = np.zeros((WINDOW_BINS, 9), dtype=np.float32)
    for number in np.flatnonzero(level[:-1]):
        digits[number, int(str(level[number])[0]) - 1] = 1.0
    return digits


def _count_bands(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean share over the modes of two neighbouring diagonals, from coarse to fine: shape (n_windows, 7)."""
    return np.add.reduceat(shares[:, _BY_BAND], _BAND_STARTS, axis=1) / _BAND_SIZES


def _share_digits(counts: NDArray[np.float32]) -> NDArray[np.float64]:
    """Share of each first digit in the lowest and in the other low modes, as if Benford's law had added 8 to each."""
    by_part = _PARTS @ counts  # whole numbers, exact in any order
    shares = (by_part @ _sort_digits()).astype(np.float64) + _BENFORD
    return (shares / shares.sum(axis=2, keepdims=True)).reshape(len(counts), -1)


def _measure_roughness(counts: NDArray[np.int32], steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """How unevenly the multiples of the steps are used: relative second difference beyond chance, binary logarithm.

    A second quantization with another step leaves some multiples empty or doubly used.
    """
    used = count_multiples(counts, steps, BINS_PER_LEVEL, LOW_INDICES + 1) * (steps > 1)[:, :, None]
    middle, sides = used[:, :, 2:-1], (used[:, :, 1:-2] + used[:, :, 3:]) / 2
    excess = ((middle - sides) ** 2 - middle - sides / 2).sum(axis=(1, 2))
    total = FEWEST**2 + (middle * sides).sum(axis=(1, 2))
    return 0.5 * np.log2(FLOOR + np.maximum(excess / total, 0.0))


def measure(windows: WindowStack) -> NDArray[np.float64]:
    """Measure what quantization left in the coefficients of the luma, on the file's own 8x8 grid.

    `steps`: binary logarithm of the most likely quantization step of the 20 lowest modes, in zig-zag order (0 where
    nothing speaks for one); `lattice`: natural logarithm of the likelihood ratio of that step against none, per
    coefficient; `quality`: binary logarithm of the mean step of the most likely scaled table of Annex K (0: none);
    `digits_low`, `digits_high`: shares of the first digits of the magnitudes of the 9 lowest and of the next 11
    modes, in whole grey levels; `empty`: share of magnitudes below half a grey level, in 7 bands from coarse to fine;
    `twice`: how unevenly the multiples of the steps are used.

    Returns
    -------
    float64 array, shape (n_windows, 67). A flat window: steps, lattice and quality 0, digits by Benford's law, empty 1,
    twice -3.

    The luma is the Y plane that a JPEG file itself holds: where a channel was clipped on its way to RGB, the luma of
    the pixels has lost the traces. 16-bit images are rounded to 8 bit first.

    Cost: one fast 8x8 transform per block and histograms of 20 modes.

    Source: Fan and de Queiroz 2003, section III (steps by maximum likelihood); Fu, Shi and Su 2007 (first digits);
    Popescu and Farid 2004 (double quantization). Differs from the papers: the likelihood is that of pixels rounded to
    whole levels against an even density; digits are of grey levels, as the pixels of any file have them; the
    periodicity of double quantization is measured by second differences.
    """
    n_windows = len(windows)
    coefficients = transform_grid(windows.coded_luma_8bit, _SCALE, 0, 0)
    counts = count_magnitudes(coefficients, _MODES[:N_LOW_MODES], BINS_PER_LEVEL, WINDOW_BINS)
    single = counts.astype(np.float32)
    evidence = single @ _weigh_steps(WINDOW_BINS, WINDOW_STEPS)
    evidence[:, :, 0] = 0.0
    best = evidence.max(axis=2).astype(np.float64)
    steps = np.where(best > SURE, evidence.argmax(axis=2), 1)
    n_large = np.maximum(single[:, :, 2:-1].sum(axis=2), FEWEST)
    by_quality = evidence.reshape(n_windows, -1).take(_LOW_STEPS, axis=1).sum(axis=2)
    quality = np.where(by_quality.max(axis=1) > SURE, _MEAN_STEPS[by_quality.argmax(axis=1)], 0.0)
    return np.concatenate(
        [
            np.log2(steps),
            np.maximum(best - SURE / 2, 0.0) / n_large,
            quality[:, None],
            _share_digits(single),
            _count_bands(share_small(coefficients, SMALL)),
            _measure_roughness(counts, steps)[:, None],
        ],
        axis=1,
    )


class _LastTable(NamedTuple):
    """A grid (row, column), the quality most likely on it, its log likelihood ratio and the counts it rests on.

    `is_standard` says whether the steps are those of the quality's table, and not just near to them.
    """

    grid: tuple[int, int]
    quality: int
    evidence: float
    counts: NDArray[np.int32]
    is_standard: bool


def _judge_grid(luma: NDArray[np.uint8], row: int, column: int) -> _LastTable:
    """What the coefficients on a grid were quantized by: a scaled table of Annex K, or any steps.

    Where steps of any size explain the coefficients much better than every scaled table, the quality is that of the
    table nearest to them.
    """
    counts = count_magnitudes(transform_grid(luma[None], _SCALE, row, column), _MODES, BINS_PER_LEVEL, IMAGE_BINS)[0]
    single = counts.astype(np.float32)
    by_step = (single @ _weigh_steps(IMAGE_BINS, IMAGE_STEPS)).astype(np.float64)
    quality, evidence = _choose_table(single, by_step)
    free = _sum_free_evidence(by_step)
    if free > max(evidence / TABLE_SHARE, SURE):
        return _LastTable((row, column), _find_nearest_table(by_step), free, counts, is_standard=False)
    return _LastTable((row, column), quality, evidence, counts, is_standard=True)


def _choose_table(counts: NDArray[np.float32], by_step: NDArray[np.float64]) -> tuple[int, float]:
    """Most likely quality, and its log likelihood ratio against no quantization.

    A table on which nearly all coefficients lie is preferred to a more likely one on which some do not: after two
    compressions the coarser table explains most coefficients better, but not all.
    """
    steps, modes = np.minimum(_TABLES[:, _MODES], IMAGE_STEPS), np.arange(len(_MODES))
    evidence = by_step[modes, steps].sum(axis=1)
    off, large = (part[modes, steps].sum(axis=1) for part in _count_off_lattice(counts))
    best = int(evidence.argmax())
    consistent = np.where(off <= CONSISTENT * large, evidence, -np.inf)
    if consistent.max() > ENOUGH_CONSISTENT * evidence[best]:
        best = int(consistent.argmax())
    return best + 1, float(evidence[best])


def _sum_free_evidence(by_step: NDArray[np.float64]) -> float:
    """Log likelihood ratio of the best step of each mode, less what a choice among so many steps gives by itself."""
    return float(np.maximum(by_step[:, 1:].max(axis=1) - SURE, 0.0).sum())


def _find_nearest_table(by_step: NDArray[np.float64]) -> int:
    """Quality whose scaled table comes nearest to the most likely steps, by the logarithm of their ratio."""
    best, steps = by_step[:, 1:].max(axis=1), by_step[:, 1:].argmax(axis=1) + 1
    known = best > SURE
    ratios = np.log2(_TABLES[:, _MODES[known]] / steps[known])
    return int((ratios**2).mean(axis=1).argmin()) + 1


@functools.cache
def _find_off_lattice() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Per bin and step: whether a magnitude is far from all multiples of the step; whether it is over half a step."""
    magnitude = np.arange(IMAGE_BINS)[:, None] / BINS_PER_LEVEL
    step = np.maximum(np.arange(IMAGE_STEPS + 1), 1)
    nearest = np.floor(magnitude / step + 0.5)
    large = nearest > 0
    large[-1] = False
    far = large & (np.abs(magnitude - nearest * step) > 3 * DEVIATION)
    return far.astype(np.float32), large.astype(np.float32)


def _count_off_lattice(counts: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Number of coefficients far from all multiples of each step, and of all over half of it, by mode and step."""
    far, large = _find_off_lattice()
    return counts @ far, counts @ large


def _find_last_table(luma: NDArray[np.uint8]) -> _LastTable | None:
    """The last quantization on the grid that shows most of it; None where nothing speaks for one."""
    if np.count_nonzero(np.bincount(luma.ravel(), minlength=256)) < FEWEST_LEVELS or _repeats(luma) or _is_ramp(luma):
        return None
    grid = _search_grid(_cut_middle(luma, SEARCH_SIDE))
    found = _judge_grid(_cut_middle(luma, LARGEST_SIDE), *grid)
    return found if found.evidence > (SURE_OF_TABLE if found.is_standard else SURE_OF_OTHER_STEPS) else None


def _is_ramp(luma: NDArray[np.uint8]) -> bool:
    """Whether hardly any neighbours differ by more than a level but many by one: computed gradients, whose steps lie
    on lattices of their own."""
    steps = cv2.absdiff(luma[:, 1:], luma[:, :-1])
    shares = np.bincount(steps[::4].ravel(), minlength=256) / max(steps[::4].size, 1)
    return bool(shares[2:].sum() < RAMP_STEPS and shares[1] > RAMP_STEPS)


def _repeats(luma: NDArray[np.uint8]) -> bool:
    """Whether many rows and columns equal the next one or the eighth or sixteenth after it, or most blocks others.

    The coefficients of enlarged, tiled and computed images lie on lattices of their own.
    """
    planes = (luma, freeze(luma.T))
    for distance in (1, 8, 16):
        if all(share_repeats(plane, distance, plane.shape[1] // 32) > MOST_REPEATS for plane in planes):
            return True
    part = _cut_middle(luma, SEARCH_SIDE // 2)
    down, across = part.shape[0] // 8, part.shape[1] // 8
    blocks = part[: 8 * down, : 8 * across].reshape(down, 8, across, 8).swapaxes(1, 2).reshape(-1, 64)
    shapes = blocks - blocks[:, :1]  # modulo 256
    shapes = shapes[shapes.any(axis=1)]
    return len(np.unique(shapes, axis=0)) < FEWEST_DIFFERENT * len(shapes)


def _search_grid(luma: NDArray[np.uint8]) -> tuple[int, int]:
    """Grid (row, column) on which steps of any size explain the lower modes best."""
    modes, weights = _MODES[:N_SEARCHED_MODES], _weigh_steps(SEARCH_BINS, SEARCH_STEPS)
    evidence = np.empty(64)
    for grid in range(64):
        coefficients = transform_grid(luma[None], _SCALE, *divmod(grid, 8))
        counts = count_magnitudes(coefficients, modes, BINS_PER_LEVEL, SEARCH_BINS)[0].astype(np.float32)
        evidence[grid] = _sum_free_evidence((counts @ weights).astype(np.float64))
    row, column = divmod(int(evidence.argmax()), 8)
    return row, column


def _cut_middle(luma: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """At most side x side samples from the middle, from multiples of 8 on."""
    top, left = (max(length - side, 0) // 16 * 8 for length in luma.shape)
    return np.asarray(freeze(luma[top : top + side, left : left + side]), dtype=np.uint8)


def _find_earlier_quality(last: _LastTable) -> tuple[int, float]:
    """Earlier quality under which the numbers of coefficients at the multiples of the last steps are most likely.

    Returns
    -------
    The quality, and its log likelihood ratio against no earlier quantization, summed over the lowest modes, less what
    a density that is not quite smooth gives in images compressed once.
    """
    modes = _MODES[:N_EARLIER_MODES]
    steps = _TABLES[last.quality - 1, modes]
    used = count_multiples(last.counts[None, :N_EARLIER_MODES], steps[None], BINS_PER_LEVEL, N_INDICES + 1)[0, :, 1:]
    total = np.zeros(len(_TABLES))
    for number, mode in enumerate(modes):
        total += _weigh_earlier_steps(used[number], int(steps[number]))[np.minimum(_TABLES[:, mode], IMAGE_STEPS)]
    best = int(total.argmax())
    expected_by_chance = EARLIER_BY_MISFIT * used.sum()  # the density is not quite smooth
    return best + 1, float(total[best] - expected_by_chance)


def _weigh_earlier_steps(used: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """Log likelihood ratio of each earlier step of one mode against none.

    Parameters
    ----------
    used : float64 array, shape (n,), numbers of coefficients at 1, 2, ... times the last step

    The density of the magnitudes before quantization is smooth: its logarithm a parabola of the square root, fitted
    to the numbers found. A multiple of the earlier step, give or take the error of rounded pixels, comes to lie at the
    nearest multiple of the last.

    Returns
    -------
    float64 array, shape (IMAGE_STEPS + 1,), 0 where too few coefficients say something.
    """
    weights = np.zeros(IMAGE_STEPS + 1)
    if used.sum() < FEWEST_EARLIER:
        return weights
    index = np.arange(1, len(used) + 1)
    expected, slope = _fit_density(used, index)
    for earlier in range(1, IMAGE_STEPS + 1):
        multiples = earlier * np.arange(1, int((len(used) + 1) * step / earlier) + 2)
        borders = (index[:, None] + np.array([-0.5, 0.5])[:, None, None]) * step
        below, upto = ndtr((borders - multiples) / DEVIATION)
        ratio = ((upto - below) * np.exp(slope[:, None] * (multiples / step - index[:, None]))).sum(axis=1)
        told = index * step > earlier / 2
        ratio /= max((expected * ratio)[told].sum() / max(expected[told].sum(), 1e-300), 1e-9)
        weights[earlier] = (used * np.where(told, np.log(EARLIER_OUTLIERS + (1 - EARLIER_OUTLIERS) * ratio), 0)).sum()
    return weights


def _fit_density(
    used: NDArray[np.float64], index: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Smooth density at each index and the slope of its logarithm, -3 to 0."""
    root, weight = np.sqrt(index), np.sqrt(used + 0.5)
    basis = np.stack([np.ones_like(root), root, root**2], axis=1)
    solution = np.linalg.lstsq(basis * weight[:, None], np.log(used + 0.5) * weight, rcond=None)[0]
    density = np.exp(basis @ solution)
    return density, np.clip(solution[1] / (2 * root) + solution[2], -3.0, 0.0)


def read(pixels: WindowPixels) -> tuple[Reading, ...]:
    """The JPEG quality that the coefficients were last quantized with, and an earlier one, whatever the file is now.

    The last quality is that of the scaled table of Annex K under which the coefficients are most likely, on the best
    of all 64 grids. The earlier quality is looked for on the same grid. Of large images only the middle is read.
    """
    last = _find_last_table(pixels.coded_luma_8bit)
    if last is None:
        return (
            Reading("last JPEG quality", "no trace of a JPEG quality", "none"),
            Reading("earlier JPEG quality", "no trace of an earlier JPEG quality", "none"),
        )
    row, column = last.grid
    words = f"last JPEG quality about {last.quality}"
    detail = f"grid at ({row}, {column}); log likelihood ratio {last.evidence:.0f} against no quantization"
    strength = grade_chance(math.exp(-last.evidence / CAUTION))
    is_local = not last.is_standard  # steps of another table come near to one quality or another, by what is shown
    reading = Reading("last JPEG quality", words, strength, detail, last.quality, 0.05, is_local=is_local)
    return reading, _read_earlier(last)


def _read_earlier(last: _LastTable) -> Reading:
    quality, evidence = _find_earlier_quality(last) if last.is_standard else (last.quality, 0.0)
    if evidence < SURE_OF_EARLIER or quality == last.quality:
        return Reading("earlier JPEG quality", "no trace of an earlier JPEG quality", "none")
    words = f"an earlier JPEG quality of about {quality}"
    detail = f"log likelihood ratio {evidence:.0f} against none"
    strength = grade_chance(math.exp(-evidence / CAUTION))
    return Reading("earlier JPEG quality", words, strength, detail, quality, 0.05, is_local=True)


FAMILY = FingerprintFamily(
    name="jpeg_coefficients",
    title="JPEG quantization in cosine coefficients",
    axis="processing",
    version=1,
    groups=(
        Group(
            "steps",
            N_LOW_MODES,
            "value",
            "quantization steps by mode",
            "coarse quantization",
            "fine quantization or none",
        ),
        Group(
            "lattice",
            N_LOW_MODES,
            "value",
            "evidence of quantization by mode",
            "coefficients on a lattice, as after JPEG compression",
            "coefficients on no lattice",
        ),
        Group(
            "quality",
            1,
            "value",
            "JPEG quality",
            "a low JPEG quality",
            "a high JPEG quality, or no JPEG",
            quantity="last JPEG quality",
            scale="jpeg_step",
        ),
        Group("digits_low", 9, "histogram", "first digits of coarse cosine modes"),
        Group("digits_high", 9, "histogram", "first digits of middle cosine modes"),
        Group(
            "empty",
            N_BANDS,
            "value",
            "empty cosine modes",
            "loss as by JPEG compression",
            "no loss as by JPEG compression",
        ),
        Group("twice", 1, "value", "gaps in the lattice", "traces of two compressions", "one compression or none"),
    ),
    smallest=(32, 32),
    sources=(
        Citation(
            "Fan, de Queiroz",
            "Identification of bitmap compression history: JPEG detection and quantizer estimation",
            "IEEE TIP 12(2)",
            2003,
        ),
        Citation(
            "Fu, Shi, Su",
            "A generalized Benford's law for JPEG coefficients and its applications in image forensics",
            "SPIE 6505",
            2007,
        ),
        Citation("Popescu, Farid", "Statistical tools for digital forensics", "Information Hiding", 2004),
    ),
    cannot_tell="One encoder from another with the same tables; a table from one whose steps are multiples of its own.",
    measure=measure,
    needs_coded_luma=True,
    cost=0.08,
    read=read,
)
