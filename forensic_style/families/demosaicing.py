"""Traces of a colour filter array: which samples were measured and how the others were interpolated."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, Drawing, FingerprintFamily, Group, Reading, grade_chance
from forensic_style.image import WindowPixels, WindowStack
from forensic_style.kernels.demosaicing import (
    average_interpolation_products,
    fit_interpolation,
    measure_lattice,
    summarize_columns,
)

BLOCK = 16  # samples; of :func:`map_phases` and :func:`read`
PHASES = {"RGGB": (0, 0), "GRBG": (0, 1), "GBRG": (1, 0), "BGGR": (1, 1)}  # row and column of the first red sample

_WINDOW_BLOCK = 32
_SKIP = 7  # a period of 14 rows, so that no row of a JPEG block is preferred
_FLOOR = 0.1  # grey levels: below it a residual is rounding
_FIT_FLOOR = 0.1  # squared grey levels: rounding to whole levels has a variance of 1/12
_PRIOR = 0.1  # octaves: spread of a contrast between blocks that is taken for granted
_LEAKAGE, _RESIDUE = 0.05, 0.015  # systematic error of a contrast: share of what all colours have in common; octaves
_FEWEST_BLOCKS = 9
_PRESENT = 0.4  # agreement of an image, mean over its windows: one in fifty photographs without an array reaches it
_GREEN_ALONE = 5.0  # standard errors from which the diagonals of green are mentioned by themselves

# Rings (red near, corners, far; blue near, corners, far; green near) and weights, and grey levels per half unit.
_PAIRS = np.array(
    [
        [0, 1, 1, 1],  # red minus the mean around it
        [3, 4, 1, 1],  # blue minus the mean around it
        [1, 5, 4, -3],  # red minus its diagonal neighbours, and what blue tells about it
        [4, 2, 4, -3],  # blue minus its diagonal neighbours, and what red tells about it
        [6, 2, 3, -1],  # green minus its neighbours, and what red tells about it
        [6, 5, 3, -1],  # green minus its neighbours, and what blue tells about it
        [6, 6, 1, 0],  # green minus its neighbours
    ]
)
_UNITS = np.array([9, 9, 16, 16, 12, 12, 4]) / 2
_N_RESIDUALS = len(_PAIRS)
_PHASES = np.array(list(PHASES.values()))
_SIGNS = np.array([(1 - 2 * top, 1 - 2 * left, (1 - 2 * top) * (1 - 2 * left)) for top, left in PHASES.values()])

Array = NDArray[np.float64]


def _weigh_evidence() -> Array:
    """Weights of the evidence in the logarithms of the residuals, shape (7 * 4, 5): see :func:`_measure_evidence`."""
    row, column = np.array([[1, 1], [-1, -1]]) / 2, np.array([[1, -1], [1, -1]]) / 2
    weights = np.zeros((_N_RESIDUALS, 2, 2, 5))
    for residual, sign in enumerate((1, -1, 1, -1)):
        weights[residual, :, :, 0], weights[residual, :, :, 1] = sign * row, sign * column
        weights[residual, :, :, 3], weights[residual, :, :, 4] = row, column
    weights[4:6, :, :, 2] = -np.array([[1, -1], [-1, 1]])
    return weights.reshape(-1, 5)


_EVIDENCE = _weigh_evidence()


def _weigh_contrasts() -> Array:
    """Weights of the ten contrasts in the ten measurements, shape (4 phases, 10 * 4, 10): see :func:`measure`."""
    weights = np.zeros((len(PHASES), _N_RESIDUALS + 3, 2, 2, 10))
    for number, (top, left) in enumerate(PHASES.values()):
        red, blue, green = np.zeros((3, 2, 2))
        red[top, left] = blue[1 - top, 1 - left] = 1.0
        green[1 - top, left] = green[top, 1 - left] = 0.5
        for pair in range(4):  # 2 residuals each of red and blue; their intermediate values; green against each
            first, column = ((0, 0), (2, 2), (7, 7), (4, 4))[pair]
            for of_red in range(2):
                own, opposite = (blue, red) if of_red else (red, blue)
                weights[number, first + of_red, :, :, column] = (own - green) / 2
                weights[number, first + of_red, :, :, column + 1] = (opposite - green) / 2
        weights[number, 6, :, :, 6] = (red + blue) / 2 - green
        weights[number, 9, :, :, 9] = (red + blue) / 2 - green
    return weights.reshape(len(PHASES), -1, 10)


_CONTRASTS = _weigh_contrasts()


def _measure_evidence(residuals: Array) -> tuple[Array, Array]:
    """Logarithms of the residuals of each block, and what they say about the phase.

    Returns
    -------
    float64 array, shape (n_windows, n, 28), log2 of grey levels; float64 array, shape (n_windows, n, 5), octaves: how
    much more red than blue is concentrated on even rows, on even columns; how much less green is left to explain on the
    places whose row and column are both even or both odd; how much more of both is on even rows, on even columns.
    """
    logarithms = np.log2(residuals / _UNITS[:, None, None] + _FLOOR).reshape(*residuals.shape[:2], -1)
    return logarithms, logarithms @ _EVIDENCE


def _standardize_evidence(evidence: Array, n_blocks: int) -> Array:
    """The first three means over the blocks of each window in units of their error, of chance and of leakage."""
    means, variances = summarize_columns(evidence).transpose(1, 0, 2)
    leakage = (_LEAKAGE * np.abs(means[:, 3:]).max(axis=1, keepdims=True)) ** 2 + _RESIDUE**2
    scores: Array = means[:, :3] / np.sqrt((variances[:, :3] + _PRIOR**2) / n_blocks + leakage)
    return scores


def _choose_phases(scores: Array) -> NDArray[np.int64]:
    """The number among `PHASES` that fits best, for each window."""
    return np.argmax((_SIGNS @ scores[:, :, None])[:, :, 0], axis=1)


def measure(windows: WindowStack) -> Array:
    """How the four places of the 2x2 lattice differ, and how each colour follows from its neighbours there.

    All is told relative to the phase of the Bayer lattice that fits best: red and blue at their own place, at each
    other's place ("opposite") and at the two places of green. Contrasts are log2 of mean magnitudes, averaged over
    blocks of 32 x 32 samples and over red and blue, minus the same at the places of green:

    0, 1 : deviation from the local mean of 3x3 samples: own, opposite
    2, 3 : deviation from what the diagonal neighbours and 3/4 of the other colour's detail predict: own, opposite
    4, 5 : deviation of green from what its neighbours and 3/8 of red's (blue's) detail predict: own, opposite
    6 : deviation of green from its neighbours: at the places of red and blue

    then the same of shares, not logarithms: 7, 8 : intermediate values of red and blue: own, opposite; 9 : of green,
    at the places of red and blue. 10 : the weakest of the three signs of the phase (rows, columns, diagonals) in
    units of its spread between blocks, 0 if they contradict each other; 11 : contrast 6 in units of its spread
    between blocks, which is the peak of the diagonal means at the frequency of one half. 12 to 21 : the regressions
    of :func:`~forensic_style.kernels.demosaicing.fit_interpolation`.

    Returns
    -------
    float64 array, shape (n_windows, 22). A flat window: 0, but 1 for the unexplained shares (columns 14, 17, 19, 21). A
    grey window, whose red equals blue, decides nothing about rows and columns: column 10 is 0; weights 18 and 20 are
    about 1.

    Cost: seven residuals and fifteen products on a seventh of the rows. 16-bit images are rounded
    to 8 bit first.

    Source: Choi, Choi, Lee 2011 (intermediate values; flat areas are not counted); Shin, Jeon, Eom 2017 and Ferrara
    et al. 2012 (variances on sub-lattices); Gallagher and Chen 2008 (diagonals); Swaminathan, Wu, Liu 2007
    (regressions). Differs from the papers: magnitudes instead of variances, contrasts between the places instead of
    values at each, and blocks instead of a spectrum as the yardstick, so that no value depends on the size of the
    window.
    """
    planes = windows.channels_8bit
    means = measure_lattice(planes, _PAIRS, _WINDOW_BLOCK, _SKIP)
    means = means.reshape(len(windows), -1, _N_RESIDUALS + 3, 2, 2)
    logarithms, evidence = _measure_evidence(means[:, :, :_N_RESIDUALS])
    effects = _standardize_evidence(evidence, 1)
    phases = _choose_phases(effects)
    shares = means[:, :, _N_RESIDUALS:].reshape(*means.shape[:2], -1)
    measured = np.concatenate([logarithms, shares], axis=2)
    averages, variances = summarize_columns(measured @ _CONTRASTS[phases]).transpose(1, 0, 2)
    agreement = np.maximum((_SIGNS[phases] * effects).min(axis=1), 0.0)
    peaks = averages[:, 6] / np.sqrt(variances[:, 6] + _PRIOR**2)
    weights = fit_interpolation(average_interpolation_products(planes, _PHASES[phases], _SKIP), _FIT_FLOOR)
    return np.concatenate([averages, agreement[:, None], peaks[:, None], weights], axis=1)


def _find_evidence(pixels: WindowPixels) -> tuple[Array, tuple[int, int]]:
    """Evidence of all blocks, shape (1, n, 5), and their number along both axes."""
    red, green, blue = pixels.channels_8bit
    means = measure_lattice((red[None], green[None], blue[None]), _PAIRS, BLOCK, 1)
    shape = means.shape[1], means.shape[2]
    return _measure_evidence(means.reshape(1, -1, _N_RESIDUALS + 3, 2, 2)[:, :, :_N_RESIDUALS])[1], shape


def map_phases(pixels: WindowPixels) -> Array:
    """Evidence for the phase that wins over the whole, block by block.

    Returns
    -------
    float64 array, shape (rows // 16, columns // 16), octaves: mean of the three contrasts (rows, columns, diagonals)
    with the signs of the winning phase. Positive where a block speaks for it, 0 where it is flat, negative where it
    speaks against it.
    """
    evidence, shape = _find_evidence(pixels)
    signs = _SIGNS[_choose_phases(_standardize_evidence(evidence, evidence.shape[1]))[0]]
    return (evidence[0, :, :3] @ signs / 3).reshape(shape)


def read(pixels: WindowPixels) -> tuple[Reading, ...]:
    """Whether the colours were interpolated from a Bayer lattice, and at which phase.

    Rows, columns and diagonals are measured apart and must agree on one phase; the strength is that of the weakest,
    by the chance that a normal variable is as large. Blocks of 16 x 16 samples count as independent. What all
    colours have in common, as after an enlargement by 2, adds to the error. Fewer than 9 blocks decide nothing.
    """
    evidence, _ = _find_evidence(pixels)
    n_blocks = evidence.shape[1]
    scores = _standardize_evidence(evidence, n_blocks)
    phase = int(_choose_phases(scores)[0])
    rows, columns, diagonals = (_SIGNS[phase] * scores[0]).tolist()
    weakest = min(rows, columns, diagonals) if n_blocks >= _FEWEST_BLOCKS else 0.0
    strength = grade_chance(math.erfc(weakest / math.sqrt(2)) / 2)
    subject = "colour filter array"
    detail = f"rows {rows:.1f}, columns {columns:.1f}, diagonals {diagonals:.1f} standard errors, {n_blocks} blocks"
    if strength != "none":
        name = tuple(PHASES)[phase]
        return (Reading(subject, f"{subject} {name}", strength, detail, name),)
    if n_blocks >= _FEWEST_BLOCKS and abs(scores[0, 2]) > _GREEN_ALONE:
        pair = "RGGB or BGGR" if scores[0, 2] > 0 else "GRBG or GBRG"
        detail += f"; green differs by diagonals as after {pair} or an enlargement, red and blue do not tell"
    return (Reading(subject, "no colour filter array", "none", detail),)


def draw(pixels: WindowPixels) -> tuple[Drawing, ...]:
    """Where the evidence for the colour filter array is."""
    note = (
        f"Squares of {BLOCK} x {BLOCK} pixels: bright where they speak for the likeliest of the four arrangements, "
        "dark where they speak against it. Smooth places say nothing; disorder means that there is no array."
    )
    return (Drawing("Colour filter array", "map", map_phases(pixels), note),)


FAMILY = FingerprintFamily(
    name="demosaicing",
    title="Colour filter array and interpolation of colours",
    axis="acquisition",
    version=1,
    groups=(
        Group(
            "lattice",
            7,
            "value",
            "difference in sharpness between measured and interpolated samples",
        ),
        Group("intermediate", 3, "value", "interpolated samples that lie between their neighbours"),
        Group(
            "phase",
            1,
            "value",
            "agreement on the place of red, green and blue",
            quantity="Bayer pattern",
            threshold=_PRESENT,
            more="colours interpolated from a Bayer filter",
            less="no Bayer filter, or its traces lost",
        ),
        Group(
            "diagonal",
            1,
            "value",
            "green on alternate diagonals",
            more="rougher at the places of red and blue",
            less="smoother at the places of red and blue",
        ),
        Group("interpolation", 10, "value", "how each colour follows from its neighbours and from the other colours"),
    ),
    smallest=(32, 32),
    sources=(
        Citation("Gallagher, Chen", "Image authentication by detecting traces of demosaicing", "CVPR Workshops", 2008),
        Citation(
            "Choi, Choi, Lee",
            "CFA pattern identification of digital cameras using intermediate value counting",
            "Forensic Science International 212",
            2011,
        ),
        Citation(
            "Ferrara, Bianchi, De Rosa, Piva",
            "Image forgery localization via fine-grained analysis of CFA artifacts",
            "IEEE TIFS 7(5)",
            2012,
        ),
        Citation(
            "Shin, Jeon, Eom",
            "Color filter array pattern identification using variance of color difference image",
            "Journal of Electronic Imaging 26(4)",
            2017,
        ),
        Citation(
            "Swaminathan, Wu, Liu",
            "Nonintrusive component forensics of visual sensors using output images",
            "IEEE TIFS 2(1)",
            2007,
        ),
        Citation(
            "Malvar, He, Cutler",
            "High-quality linear interpolation for demosaicing of Bayer-patterned color images",
            "IEEE ICASSP",
            2004,
        ),
    ),
    cannot_tell="Cameras of one interpolation; whether a reduced or strongly compressed image came from a camera.",
    measure=measure,
    cost=0.06,
    read=read,
    draw=draw,
)
