"""Where the 8x8 grid of a JPEG compression lies, and how visible it is."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, Drawing, FingerprintFamily, Group, Reading, grade_chance
from forensic_style.image import WindowPixels, WindowStack, freeze
from forensic_style.kernels.block_grid import share_repeats, sum_crossings, vote_for_origins
from forensic_style.kernels.block_modes import count_zeros

PERIOD = 8
CHROMA_PERIOD = 16  # of chroma at half the size
LIMIT = 16  # grey levels: larger cross-differences are edges
FLOOR = 1 / 4  # grey level
ZERO = 0.5  # grey levels: smaller coefficients count as zeros
N_ORIGINS = 64
LARGEST_FALSE_ALARMS = -1.0  # decimal logarithm
LEAST_SPREAD, DISTINCT = 0.02, 5.0  # of the chroma profile
MOST_REPEATS = 0.2  # of rows or columns
STANDS_OUT = 1.0  # of an image, mean over its windows: files that were never JPEG stay below 0.6


def _limit_modes() -> NDArray[np.float32]:
    """`ZERO` in the units of the fast transform; the mean never counts."""
    scale = 1 / (4 * np.cos(np.pi * np.arange(8) / 16))
    scale[0] = np.sqrt(1 / 8)
    limits = (ZERO / np.outer(scale, scale)).ravel().astype(np.float32)
    limits[0] = 0.0
    return limits


def _list_phases() -> NDArray[np.intp]:
    """For each phase the numbers of all phases, counted from it: shape (64, 8, 8)."""
    numbers = np.arange(N_ORIGINS).reshape(PERIOD, PERIOD)
    return np.array([np.roll(numbers, (-(phase // 8), -(phase % 8)), axis=(0, 1)) for phase in range(N_ORIGINS)])


# between pairs of samples, away from block borders, against within pairs
_PAIRS = np.array([-1 / 8, 1 / 6, -1 / 8, 1 / 6, -1 / 8, 1 / 6, -1 / 8, 0.0] * 2)
_LIMITS, _FROM_PHASE = _limit_modes(), _list_phases()


def _level(first: NDArray[np.uint8], second: NDArray[np.uint8], weight: int, period: int) -> NDArray[np.float64]:
    """Binary logarithm of the mean cross-difference at each phase, less the mean over all phases, by window."""
    both = sum_crossings(first, second, weight, period, LIMIT)
    level = np.log2(both[:, 0] / both[:, 1] + FLOOR)
    mean = level.reshape(len(level), -1).sum(axis=1) / level[0].size
    return level - mean[:, None, None]


def _measure_luma(luma: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Strength of the own and of the best phase, how far it stands out, and row and column profiles from it."""
    level = _level(luma, luma, 0, PERIOD).reshape(len(luma), -1)
    rolled = level[np.arange(len(luma))[:, None, None], _FROM_PHASE[level.argmax(axis=1)]]
    others = rolled[:, 1:, 1:].reshape(len(luma), -1)
    spread = np.sqrt((others**2).sum(axis=1) / others.shape[1])
    best = rolled[:, 0, 0]
    strengths = [level[:, -1], best, (best - others.max(axis=1)) / (spread + FLOOR)]
    profiles = [rolled[:, 1:].sum(axis=2) / PERIOD, rolled[:, :, 1:].sum(axis=1) / PERIOD]
    return np.concatenate([np.stack(strengths, axis=1), *profiles], axis=1)


def _profile_chroma(windows: WindowStack) -> NDArray[np.float64]:
    """How red less blue stands out at each of 16 phases downwards, then across; shape (n_windows, 2, 16)."""
    red, _, blue = windows.channels_8bit
    level = _level(red, blue, 1, CHROMA_PERIOD)
    return np.stack([level.sum(axis=2), level.sum(axis=1)], axis=1) / CHROMA_PERIOD


def _measure_chroma(windows: WindowStack) -> NDArray[np.float64]:
    """How red less blue stands out at borders of 16 and of 8 samples, and between pairs: down and across of each."""
    if windows.is_grey:
        return np.zeros((len(windows), 6))
    profiles = _profile_chroma(windows)
    between = (profiles * _PAIRS).sum(axis=2)
    return np.concatenate([profiles[:, :, 15], profiles[:, :, 7], between], axis=1)


def measure(windows: WindowStack) -> NDArray[np.float64]:
    """Measure how visible the borders of 8x8 blocks are, on the file's own grid and anywhere.

    All values are binary logarithms of mean cross-differences relative to all phases of the grid. `aligned`,
    `strongest`: where four blocks of a grid at (0, 0), or of the most visible grid, would meet; `alone`: how far the
    most visible phase stands out, relative to how much the phases off its row and
    column differ from the mean; `rows`, `columns`: the
    profile across the other seven phases down and right of it; `chroma`: red less blue on the file's own borders of
    16x16 blocks (down, across), of 8x8 blocks only, and between pairs of samples against within.

    Returns
    -------
    float64 array, shape (n_windows, 23). A flat window: all 0.

    The luma is the Y plane that a JPEG file itself holds: where a channel was clipped on its way to RGB, the luma of
    the pixels has lost the traces. 16-bit images are rounded to 8 bit first.

    Cost: two passes of one cross-difference per pixel.

    Source: Fan and de Queiroz 2003, section II; Minami and Zakhor 1995. Differs from the papers: cross-differences are
    limited, so that edges do not outweigh the grid, and kept apart by phase.
    """
    return np.concatenate([_measure_luma(windows.coded_luma_8bit), _measure_chroma(windows)], axis=1)


def _cast_votes(pixels: WindowPixels) -> NDArray[np.int8]:
    return vote_for_origins(count_zeros(pixels.coded_luma_8bit, _LIMITS))


def count_votes(pixels: WindowPixels) -> NDArray[np.int64]:
    """Number of samples that vote for each grid origin.

    Each sample votes for the origin (row, column modulo 8) of the one 8x8 block around it that has most cosine modes
    below half a grey level; none where two blocks are equal, and blocks do not count whose rows or columns are all
    the same.

    Returns
    -------
    int64 array, shape (8, 8).

    Source: Nikoukhah et al. 2021, algorithm 1.
    """
    counts = np.bincount(_cast_votes(pixels).ravel().view(np.uint8), minlength=256)
    return counts[:N_ORIGINS].reshape(8, 8).astype(np.int64)


def map_votes(pixels: WindowPixels) -> NDArray[np.int8]:
    """Origin that most samples of each 8x8 cell vote for: 8 * row + column, or -1 where most vote for none.

    Returns
    -------
    int8 array, shape (rows // 8, columns // 8).
    """
    votes = _cast_votes(pixels)
    down, across = votes.shape[0] // 8, votes.shape[1] // 8
    cells = votes[: 8 * down, : 8 * across].reshape(down, 8, across, 8).transpose(0, 2, 1, 3).reshape(-1, 64)
    keys = (cells.astype(np.int64) + 1) + 65 * np.arange(len(cells))[:, None]
    counts = np.bincount(keys.ravel(), minlength=65 * len(cells)).reshape(-1, 65)
    return (counts.argmax(axis=1) - 1).astype(np.int8).reshape(down, across)


def _repeats(luma: NDArray[np.uint8]) -> bool:
    """Whether many rows and columns equal the next one, or the eighth or sixteenth after it, as in an enlarged image.

    Such an image has a grid of its own, that of its repeated samples. Rows and columns that hardly vary say nothing.
    """
    planes = (luma, freeze(luma.T))
    return any(
        all(share_repeats(plane, distance, plane.shape[1] // 32) > MOST_REPEATS for plane in planes)
        for distance in (1, PERIOD, 2 * PERIOD)
    )


def _bound_false_alarms(votes: NDArray[np.int64], n_samples: int) -> float:
    """Decimal logarithm of the number of grids expected by chance to win by as much as the best one, at most.

    64 neighbouring samples share their blocks and count as one vote. Of n votes the best origin has a share; by
    chance each vote would fall to it with probability p. The tail of the binomial distribution is at most
    exp(-n KL(share || p)) (Chernoff). Here p is at least 1/64 and at least the share of the second best origin:
    enlarged images favour several origins alike.
    """
    second, best = np.sort(votes, axis=None)[-2:] / n_samples
    chance = max(1 / N_ORIGINS, float(second))
    if best <= chance:
        return math.log10(N_ORIGINS)
    divergence = best * math.log(best / chance)
    if best < 1:
        divergence += (1 - best) * math.log((1 - best) / (1 - chance))
    return math.log10(N_ORIGINS) - n_samples / 64 * divergence / math.log(10)


def read(pixels: WindowPixels) -> tuple[Reading, ...]:
    """The grid on which most samples see the most empty cosine modes, and the grid of chroma of half the size.

    Both as the place of the first whole block. The chroma grid is read where every second border of the 8x8 grid
    stands out in red less blue, and the others do not.
    """
    if _repeats(pixels.coded_luma_8bit):
        return _NO_GRID, _NO_CHROMA_GRID
    grid = _read_grid(pixels)
    if not isinstance(grid.estimate, tuple):
        return grid, _NO_CHROMA_GRID
    return grid, _read_chroma_grid(pixels, grid.estimate)


_NO_GRID = Reading("block grid", "no 8x8 grid", "none")
_NO_CHROMA_GRID = Reading("chroma grid", "no 16x16 grid of chroma", "none")


def _read_grid(pixels: WindowPixels) -> Reading:
    votes = count_votes(pixels)
    false_alarms = _bound_false_alarms(votes, pixels.luma.size)
    share = votes.max() / pixels.luma.size
    if false_alarms > LARGEST_FALSE_ALARMS:
        return replace(_NO_GRID, detail=f"at most {share:.1%} of the samples agree on an origin (chance: 1.6%)")
    row, column = divmod(int(votes.argmax()), PERIOD)
    chance = 10 ** max(false_alarms, -300.0)
    by_chance = "fewer than one of a million images" if chance < 1e-6 else f"at most {chance:.0e} of images"
    detail = f"{share:.1%} of the samples agree on this origin; by chance in {by_chance}"
    return Reading("block grid", f"8x8 grid at ({row}, {column})", grade_chance(chance), detail, (row, column))


def _read_chroma_grid(pixels: WindowPixels, grid: tuple[int, int]) -> Reading:
    if pixels.is_grey:
        return _NO_CHROMA_GRID
    (profiles,) = _profile_chroma(pixels.stack())
    (row, down), (column, across) = (_choose_border(*pair) for pair in zip(profiles, grid, strict=True))
    if min(down, across) < DISTINCT:
        return _NO_CHROMA_GRID
    detail = f"borders stand out {min(down, across):.0f} times as far as other phases vary"
    return Reading("chroma grid", f"16x16 grid of chroma at ({row}, {column})", "likely", detail, (row, column))


def _choose_border(profile: NDArray[np.float64], origin: int) -> tuple[int, float]:
    """Which of two borders 8 samples apart stands out: where blocks of 16 begin, and how distinctly; 0 if both do."""
    places = np.array([origin, origin + PERIOD]) % CHROMA_PERIOD
    at_borders = profile[places - 1]
    others = profile[
        (origin - 1 + np.array([2, 4, 6, 10, 12, 14])) % CHROMA_PERIOD
    ]  # the same in every pair of samples
    high, low = at_borders.max() - others.mean(), at_borders.min() - others.mean()
    distinct = (high - max(low, 0.0)) / (others.std() + LEAST_SPREAD)
    return int(places[at_borders.argmax()]), distinct if high > 2 * low else 0.0


def draw(pixels: WindowPixels) -> tuple[Drawing, ...]:
    """The votes for each place of the grid, and where they were cast."""
    votes = count_votes(pixels)
    winner = int(votes.argmax())
    share = np.round(100 * votes / max(int(votes.sum()), 1), 1)
    origins = map_votes(pixels)
    agreement = np.where(origins == winner, 1.0, np.where(origins >= 0, -1.0, 0.0))
    where = f"({winner // 8}, {winner % 8})"
    table = (
        "Per cent of the samples' votes, by the row and column where an 8x8 grid would begin; 1.6 everywhere by chance."
    )
    picture = (
        f"Squares of 8 x 8 pixels: bright where most vote for the grid at {where}, dark for another, grey for none."
    )
    return Drawing("Grid votes", "cells", share, table), Drawing("Where the grid is", "map", agreement, picture)


FAMILY = FingerprintFamily(
    name="block_grid",
    title="8x8 grid of JPEG blocks",
    axis="processing",
    version=1,
    groups=(
        Group(
            "aligned",
            1,
            "value",
            "8x8 grid of this file",
            "a visible 8x8 grid",
            "no 8x8 grid",
            quantity="8x8 blocks of this file stand out by",
            unit="%",
            scale="log2",
            factor=100.0,
            offset=-100.0,
        ),
        Group("strongest", 1, "value", "8x8 grid anywhere", "a visible 8x8 grid somewhere", "no 8x8 grid anywhere"),
        Group(
            "alone",
            1,
            "value",
            "one grid against all others",
            "one grid stands out",
            "no grid stands out",
            quantity="8x8 grid that stands out",
            threshold=STANDS_OUT,
        ),
        Group("rows", 7, "value", "profile of the 8x8 grid downwards"),
        Group("columns", 7, "value", "profile of the 8x8 grid to the right"),
        Group("chroma", 6, "value", "grid of the colour differences"),
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
            "Minami, Zakhor",
            "An optimization approach for removing blocking effects in transform coding",
            "IEEE TCSVT 5(2)",
            1995,
        ),
        Citation(
            "Nikoukhah, Anger, Colom, Morel, Grompone von Gioi",
            "ZERO: a local JPEG grid origin detector based on the number of DCT zeros and its applications in image "
            "forensics",
            "IPOL 11",
            2021,
        ),
    ),
    cannot_tell="One encoder from another at the same quality; which of two compressions on the same grid came first.",
    measure=measure,
    needs_coded_luma=True,
    cost=0.03,
    read=read,
    draw=draw,
)
