"""Linear pattern: what the rows, the columns and the places of a lattice have in common."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group, Reading, grade_chance
from forensic_style.image import WindowPixels, WindowStack
from forensic_style.kernels.linear_pattern import correlate_lines, subtract_colours, sum_residual_lines

LIMIT = 36  # ninths of a grey level: stronger deviations are edges
LIMIT_OF_COLOUR = 72  # the same of 2 green - red - blue
PERIOD = 16
TINY = 1e-9
FLOOR = 0.05  # of the amplitude of the residual: what chance leaves of a pattern in a small window
QUANTILES = np.array([0.25, 0.5, 0.75])
N_PERIODS = 5  # 8, 4, 8/3 and 2 samples, and the rest of 16
N_WAVES = np.array([2, 2, 2, 1, 8])  # of the 16 of a period of 16, in each of them
N_LATTICES = 4

N_ZONES = 4  # of an image, which must agree on its lines
MOST_OFTEN = 2.5  # times the median magnitude of one zone's lines: what is more is cut to it
MOST_TOGETHER = 3.5  # times the median magnitude of all zones' lines together: more is a line in the picture
MOST_PERIODIC = 0.35  # of the correlation at no distance: chance leaves 0.25 in 256 lines
MOST_REGULAR = 1.5  # times the median amplitude: more at one frequency is a period
WEAKEST = 4096  # energy of a tile, squared ninths: weights do not grow below
MOST_FLAT = 0.05  # of the tiles: a sensor's noise leaves hardly a tile flat
FIRST_SIGN = 2.5  # standard errors; each one more is ten times rarer, by real photographs, paintings and scenes drawn
LARGEST_CHANCE = 1e-2
MOST_LINES = 1024  # that count: with more, the faint patterns of area sensors would show as well

Array = NDArray[np.float64]


def _choose_frequencies() -> NDArray[np.float64]:
    """Which of the 16 x 16 frequencies (down, right) belong to each measured one, shape (14, 256).

    Patterns of columns (down 0) of period 8, 4, 8/3 and 2 and of the odd sixteenths; the same of rows; the
    checker of period 2; other patterns of period 8 with one of period 2 along one axis, and without; all the rest.
    """
    down, right = np.minimum(np.indices((PERIOD, PERIOD)), -np.indices((PERIOD, PERIOD)) % PERIOD)
    chosen = [
        (still == 0) & (moving == wave if wave else moving % 2 == 1)
        for still, moving in ((down, right), (right, down))
        for wave in (2, 4, 6, 8, 0)
    ]
    is_lattice = (down > 0) & (right > 0)
    is_even, is_two = (down % 2 == 0) & (right % 2 == 0), np.maximum(down, right) == PERIOD // 2
    is_checker = np.minimum(down, right) == PERIOD // 2
    chosen += [is_checker, is_lattice & is_even & is_two & ~is_checker, is_lattice & is_even & ~is_two]
    chosen += [is_lattice & ~is_even]
    return np.array(chosen, dtype=np.float64).reshape(len(chosen), -1)


_FREQUENCIES = _choose_frequencies()
_TRANSFORM = np.exp(-2j * np.pi / PERIOD * np.outer(np.arange(PERIOD), np.arange(PERIOD)))  # discrete Fourier
_LINES = np.zeros((2, PERIOD, PERIOD))  # all patterns of columns, all patterns of rows
_LINES[0, 0, :] = _LINES[1, :, 0] = 1.0
_WEIGHTS = np.concatenate([_FREQUENCIES, _LINES.reshape(2, -1)])


def _measure_powers(lattice: NDArray[np.int32], energy: NDArray[np.int32]) -> Array:
    """Share of the residual's energy in each of `_WEIGHTS`: products of two halves, so that chance adds nothing."""
    # no fast transform: where nothing is left of a share, the root of another last digit would show in `_scale`
    transformed = _TRANSFORM @ lattice @ _TRANSFORM
    powers = (transformed[:, 0] * transformed[:, 1].conj()).real.reshape(len(lattice), -1, 1)
    n_tiles = energy[0].size
    products = (n_tiles + 1) // 2 * (n_tiles // 2)
    mean_square = np.maximum(energy.sum(axis=(1, 2), dtype=np.int64), 1) / (n_tiles * PERIOD**2)
    sums: Array = (_WEIGHTS @ powers)[:, :, 0]  # window by window, so that others change no digit
    return sums / (products * PERIOD**4 * mean_square)[:, None]


def _separate(far: Array, powers: Array, together: Array, widths: Array) -> tuple[Array, Array]:
    """Share without a period and shares of the periods, of columns and of rows.

    The means over places, `powers` (those of `N_PERIODS`) and all `together`, their mean among them, also hold
    16 / width of what has no period.
    """
    without = (far - together) / (1 - PERIOD / widths)
    return without, powers - N_WAVES * without[:, :, None] / widths[:, None]


def _scale(shares: Array) -> Array:
    """Binary logarithm of 1 plus the amplitude of a share of energy over the floor, with the sign of the share.

    Where there is no pattern chance makes a share positive as often as negative: on average this stays 0, however
    small the window is.
    """
    return np.copysign(np.log2(1 + np.sqrt(np.abs(shares)) / FLOOR), shares)


def _find_quantiles(values: Array) -> Array:
    """`QUANTILES` of each row, of which each value stands for the middle of its part; linear between them."""
    values = np.sort(values, axis=1)
    places = np.clip(QUANTILES * values.shape[1] - 0.5, 0.0, values.shape[1] - 1.0)
    below = places.astype(np.int64)
    low, high = values[:, below], values[:, np.minimum(below + 1, values.shape[1] - 1)]
    return low + (places - below) * (high - low)


def _measure_lines(
    columns: NDArray[np.int32], rows: NDArray[np.int32], energy: NDArray[np.int32], lattice: NDArray[np.int32]
) -> tuple[Array, Array]:
    """For columns, then for rows: pattern without a period (1), likeness within 16 samples (1), its quantiles over
    tiles (3): shape (n, 2, 5). Then the periods of columns (5), of rows (5) and of lattices (4): shape (n, 14)."""
    n, both = len(lattice), 2 * N_PERIODS
    far, like = np.empty((n, 2)), np.empty((n, 2, 1 + QUANTILES.size))
    for k, (sums, tiles) in enumerate(((columns, energy), (rows, np.ascontiguousarray(energy.transpose(0, 2, 1))))):
        like[:, k, 0], far[:, k], shares = correlate_lines(sums, tiles)
        like[:, k, 1:] = _find_quantiles(shares)
    powers = _measure_powers(lattice, energy)
    widths = np.array([float(columns.shape[2]), float(rows.shape[2])])
    without, periods = _separate(far, powers[:, :both].reshape(n, 2, -1), powers[:, both + N_LATTICES :], widths)
    lines = np.concatenate([_scale(without)[:, :, None], np.copysign(np.sqrt(np.abs(like)), like)], axis=2)
    return lines, _scale(np.concatenate([periods.reshape(n, both), powers[:, both : both + N_LATTICES]], axis=1))


def measure(windows: WindowStack) -> Array:
    """Measure what columns, rows and places of a lattice have in common, on luma and on 2 green - red - blue.

    The residual is the deviation from the mean of 3 x 3 samples, truncated to 4 grey levels (8 for colour). Columns:
    the share of its energy that samples of one column far apart have in common, without what repeats every 16
    columns; the same of samples within 16 rows, for the whole and as quantiles over tiles of 16 x 16. Rows likewise.
    Direction: likeness of columns less that of rows. Periods and lattices: the energy of the means over places that
    repeat every 16 samples, by frequency whatever their place, so that a crop changes nothing. Amplitudes far apart,
    of periods and of lattices are logarithms as of :func:`_scale`; those near are roots with their sign. 16-bit planes
    are rounded to 8 bit first.

    Returns
    -------
    float64 array, shape (n_windows, 41), the groups of `FAMILY` in order. A flat window: all 0; so too the colour of a
    grey one.

    Cost: two passes over luma, two over colour.

    Source: Khanna et al. 2008 (likeness of rows and of columns); Chen, Fridrich, Goljan and Lukas 2008, section III.C
    (row, column and lattice means, which cleaning of sensor fingerprints takes away). Differs from the papers: means
    of pairs of lines instead of correlations with the mean line; a truncated deviation instead of a wavelet residual.
    """
    n, parts = len(windows), [sum_residual_lines(windows.luma_8bit, LIMIT)]
    if not windows.is_grey:
        parts.append(sum_residual_lines(subtract_colours(*windows.channels_8bit), LIMIT_OF_COLOUR))
    columns, rows, energy, lattice = (np.concatenate(sums) for sums in zip(*parts, strict=True))
    lines, periods = _measure_lines(columns, rows, energy, lattice)
    direction = lines[:n, 0, 1] - lines[:n, 1, 1]
    luma = [lines[:n].reshape(n, -1), direction[:, None], periods[:n]]
    colour = [np.zeros((n, 2 * N_PERIODS + N_LATTICES + 2))] if windows.is_grey else [periods[n:], lines[n:, :, 0]]
    return np.concatenate([*luma, *colour], axis=1)


def _is_periodic(profile: NDArray[np.float64]) -> bool:
    """Whether a profile resembles itself somewhere from 3 lines to a quarter of its length away."""
    powers = np.abs(np.fft.rfft(profile)) ** 2
    correlation = np.fft.irfft(powers, profile.size)
    return bool(correlation[3 : profile.size // 4].max(initial=0.0) > MOST_PERIODIC * correlation[0])


def _clean(profiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Profiles without what repeats every 16 lines, without strong lines and without strong frequencies; all zero where
    they repeat with another period."""
    zones, length = profiles.shape
    folded = profiles.reshape(zones, -1, PERIOD)
    profiles = (folded - folded.mean(axis=1, keepdims=True)).reshape(zones, length)
    usual = np.maximum(np.median(np.abs(profiles), axis=1, keepdims=True), TINY)
    together = np.abs((profiles / usual).sum(axis=0))
    kept = np.clip(profiles, -MOST_OFTEN * usual, MOST_OFTEN * usual)
    kept[:, together > MOST_TOGETHER * np.median(together)] = 0
    if _is_periodic(kept.sum(axis=0)):
        return np.zeros_like(kept)
    waves = np.fft.rfft(kept, axis=1)
    amplitude = np.abs(waves)
    waves *= np.minimum(1, MOST_REGULAR * np.median(amplitude, axis=1, keepdims=True) / np.maximum(amplitude, TINY))
    waves[:, 0] = 0
    return np.fft.irfft(waves, length, axis=1)


def _compare_zones(sums: NDArray[np.int32], energy: NDArray[np.int32]) -> float:
    """Standard errors by which zones of bands agree on their lines: the next to least of all pairs of zones."""
    if len(sums) < N_ZONES:
        return 0.0
    weights = 1.0 / (energy + WEAKEST)
    products = sums * np.repeat(weights, PERIOD, axis=1)
    profiles = np.array([zone.sum(axis=0) for zone in np.array_split(products, N_ZONES)])
    variances = np.array([zone.sum(axis=0) for zone in np.array_split(energy * weights**2, N_ZONES)])
    profiles = _clean(profiles / np.sqrt(np.maximum(np.repeat(variances, PERIOD, axis=1), TINY)))
    norms = np.sqrt((profiles**2).sum(axis=1))
    if norms.min() < TINY:
        return 0.0
    correlation = (profiles @ profiles.T / np.outer(norms, norms))[np.tril_indices(N_ZONES, -1)]
    return float(np.sort(correlation)[1] * sqrt(min(profiles.shape[1], MOST_LINES)))


def _find_flat_share(plane: NDArray[np.uint8], energy: NDArray[np.int32]) -> float:
    """Share of tiles without any residual whose middle is neither 0 nor 255."""
    middles = plane[PERIOD // 2 :: PERIOD, PERIOD // 2 :: PERIOD][: energy.shape[0], : energy.shape[1]]
    return float(np.mean((energy == 0) & (middles > 0) & (middles < 255)))


def read(pixels: WindowPixels) -> tuple[Reading, ...]:
    """Whether every column, or every row, has an offset of its own from one end of the image to the other.

    The image is cut into four zones, across the lines in question. In each, the residual is averaged along every
    line, quiet tiles counting more; what repeats, strong lines and strong frequencies are taken out; and the averages
    of all pairs of zones are correlated. The next to weakest pair counts, averaged over the channels, less the same
    of the other direction: lines of a sensor run through all zones and in one direction, lines in the picture seldom
    do. Images with flat tiles come from no sensor.
    """
    red, green, blue = pixels.channels_8bit
    planes = (red,) if red is green else (red, green, blue)
    found = [[sums[0] for sums in sum_residual_lines(plane[None], LIMIT)[:3]] for plane in planes]
    flat = min(_find_flat_share(plane, energy) for plane, (_, _, energy) in zip(planes, found, strict=True))
    upright = float(np.mean([_compare_zones(columns, energy) for columns, _, energy in found]))
    level = float(np.mean([_compare_zones(rows, energy.T) for _, rows, energy in found]))
    errors = max(upright, level) - max(min(upright, level), 0.0)
    chance = 10.0 ** (FIRST_SIGN - errors)
    numbers = f"columns agree by {upright:.1f}, rows by {level:.1f} standard errors"
    if chance > LARGEST_CHANCE or flat > MOST_FLAT:
        return (Reading("line pattern", "no line pattern", "none", numbers),)
    estimate = "columns" if upright > level else "rows"
    words = f"every {estimate[:-1]} has its own offset, as under a line sensor"
    return (Reading("line pattern", words, grade_chance(chance), numbers, estimate),)


FAMILY = FingerprintFamily(
    name="linear_pattern",
    title="Patterns of rows, columns and lattices",
    axis="acquisition",
    version=1,
    groups=(
        Group(
            "columns",
            5,
            "value",
            "what the pixels of a column share",
            "columns with values of their own",
            "columns alike",
        ),
        Group("rows", 5, "value", "what the pixels of a row share", "rows with values of their own", "rows alike"),
        Group("direction", 1, "value", "columns against rows", "upright lines", "level lines"),
        Group("column_periods", N_PERIODS, "value", "columns that repeat", "columns repeat", "columns do not repeat"),
        Group("row_periods", N_PERIODS, "value", "rows that repeat", "rows repeat", "rows do not repeat"),
        Group("lattices", N_LATTICES, "value", "checkers and blocks", "checkers or blocks", "no checkers or blocks"),
        Group("colour_column_periods", N_PERIODS, "value", "columns of colour that repeat"),
        Group("colour_row_periods", N_PERIODS, "value", "rows of colour that repeat"),
        Group("colour_lattices", N_LATTICES, "value", "checkers and blocks of colour"),
        Group("colour_lines", 2, "value", "columns and rows with a colour of their own"),
    ),
    smallest=(32, 32),
    sources=(
        Citation(
            "Khanna, Chiu, Allebach, Delp",
            "Forensic techniques for classifying scanner, computer generated and digital camera images",
            "IEEE ICASSP",
            2008,
        ),
        Citation(
            "Chen, Fridrich, Goljan, Lukas",
            "Determining image origin and integrity using sensor noise",
            "IEEE TIFS 3(1)",
            2008,
        ),
    ),
    cannot_tell="A line sensor's pattern from upright or level lines in the picture that run through all of it.",
    measure=measure,
    cost=0.09,
    read=read,
)
