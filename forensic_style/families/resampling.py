"""Resampling: the period that interpolation leaves in the differences between neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import scipy.fft
import scipy.ndimage
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group, Reading, grade_chance
from forensic_style.image import Plane, WindowPixels, WindowStack, freeze
from forensic_style.kernels.resampling import sum_log_differences

SIDE = 32  # samples of a tile along the differences
BAND = 16  # rows of a tile
N_NEAR = 4  # bands compared with each other
UNIT = 1 / 4096
FLOOR = 1 / 16  # squared binary logarithm per tile: less than the noise of any tile that is not flat
_GRID = np.arange(4, SIDE // 2 + 1, 4) - 1  # frequencies of 1/8, 1/4, 3/8 and 1/2
_REST = np.setdiff1d(np.arange(SIDE // 2), _GRID)


def _build_transform() -> NDArray[np.float32]:
    """Cosines and sines of 1 to 16 cycles per tile under a sine taper, less their mean; shape (32, 32)."""
    place = np.arange(SIDE)[:, None] + 0.5
    angle = 2 * np.pi / SIDE * place * np.arange(1, SIDE // 2 + 1)
    waves = np.concatenate([np.cos(angle), np.sin(angle)], axis=1) * np.sin(np.pi * place / SIDE)
    return (waves - waves.mean(axis=0)).astype(np.float32)


_TRANSFORM = _build_transform()


def _measure_tiles(planes: Plane) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of each window: power common to the bands and power of a band, at 1 to 16 cycles per tile, shape (n_windows, 16);
    mean logarithms, shape (n_windows, 2).

    The power that four neighbouring bands (two in a window of less than 64 rows) share is what their sum has beyond
    the sum of their own: an estimate without bias. They lie one below the other, so that the phases of resampling
    agree, and never farther apart, since what the scene itself has in common is less between distant bands.
    """
    profile = sum_log_differences(planes, BAND)
    n_windows, n_bands, _, columns = profile.shape
    across = max(columns // SIDE, 1)
    if columns < SIDE:  # a window of 32 samples has 29 third differences: the last one is repeated
        profile = np.pad(profile, ((0, 0), (0, 0), (0, 0), (0, SIDE - columns)), mode="edge")
    near = min(n_bands, N_NEAR)
    groups = n_bands // near
    tiles = (profile[:, : groups * near, :, : across * SIDE] * (UNIT / BAND)).astype(np.float32)
    waves = tiles.reshape(n_windows, -1, SIDE) @ _TRANSFORM  # window by window, so that others change no digit
    waves = waves.reshape(n_windows, groups, near, -1, SIDE // 2).astype(np.float64)
    own = np.einsum("ngbtf,ngbtf->nf", waves, waves)
    total = waves.sum(axis=2)
    together = np.einsum("ngtf,ngtf->nf", total, total)
    means = profile.mean(axis=(1, 3)) * (UNIT / BAND / 2)
    n_tiles = 2 * across * groups * near
    return (together - own) / ((near - 1) * n_tiles), own / n_tiles, means


def _turn(planes: Plane) -> Plane:
    """Each plane with its columns as rows."""
    n_windows, rows, columns = planes.shape
    turned = cv2.transpose(planes.reshape(-1, columns))  # one call: others get the lock of the interpreter but once
    return freeze(turned.reshape(columns, n_windows, rows).transpose(1, 0, 2))


def measure(windows: WindowStack) -> NDArray[np.float64]:
    """Measure how regularly the size of differences between neighbours comes and goes.

    Tiles of 16 x 32 samples: logarithm of squared second and third differences along the rows of 32, mean over the
    16 rows. `rest` and `grid`: at 1 to 16 cycles per 32 samples, the power that four tiles above each other have in
    common over the power they have, both directions together: 1 where all of it is the same period, 0 where there is
    none. `grid` has the multiples of 4, where JPEG, colour filter arrays and doublings show as well. `fineness`:
    binary logarithm of third over second differences, mean of both directions (high for noise, low after
    enlarging); `direction`: that of vertical over horizontal second differences.

    Returns
    -------
    float64 array, shape (n_windows, 18): rest (12), grid (4), fineness, direction. A flat window: zeros.

    Cost: two passes of vectorized arithmetic and products with a 32 x 32 matrix. 16-bit images are rounded to 8 bit
    first.

    Source: Gallagher 2005, equations 3 to 5; Kirchner 2008 (no prediction has to be fitted to the image). Differs
    from the papers: logarithms of differences, and the power common to parts of a window instead of a peak, so that
    the window's size does not matter.
    """
    planes = windows.luma_8bit
    common, power, across = _measure_tiles(planes)
    common_down, power_down, down = _measure_tiles(_turn(planes))
    regular = (common + common_down) / (power + power_down + FLOOR)
    fineness = (across[:, 1] - across[:, 0] + down[:, 1] - down[:, 0]) / 2
    direction = down[:, 0] - across[:, 0]
    return np.concatenate([regular[:, _REST], regular[:, _GRID], np.stack([fineness, direction], axis=1)], axis=1)


SMALLEST_FACTOR = 1.065  # below, the period is drowned by the image's own low frequencies
CLEAREST_NULL = 5.0  # median over images of the highest peak of an image never resampled
TENFOLD = 5.0  # so much higher it is in a tenth as many of them
WEAKEST_PEAK = 15.0
# beside these multiples of 1/8: JPEG shows at the first, colour filter arrays at the other
WEAKEST_BESIDE = {1: 18.0, 4: 30.0}
WEAKEST_CANDIDATE = 7.0  # for a factor that explains peaks of at least the height above
PRICE_OF_LINE = 0.25  # in natural logarithms of height
PRICE_OF_REDUCTION = 2.0
OVERTONE = 0.5  # height of a multiple of the period over that of its own frequency: less than that
TOLERANCE = 0.75  # of a frequency, cycles per shorter side
WEAKEST_SIDE = 7.0  # in each of the two directions
STRONGEST_LINE = 60.0  # in the spectrum of the image itself: a regular texture, whose differences have a period too
DOUBLED_PEAK = 60.0  # at 1/2, per window of 256 x 256 samples, where colour filter arrays show as well
CHANCE_OF_DOUBLED = 0.002  # share of images from a colour filter array that pass for doubled, or of JPEG for 8/7
LEAST_LATTICE = 0.05  # binary logarithm: doublings of photographs stay below 0.04
LATTICE_SHARE = 0.2
SHORTEST_SIDE = 96
N_LINES = 128
N_FILTERS = 13
N_TAPS = 21
BELL = 4.5  # standard deviation in samples
AROUND = 15  # samples with which the energy of one is compared
ROUNDING = np.float32(0.15)  # energy about four times that of rounding three channels to whole levels
LARGEST_PART = 1 << 20  # samples
_BRIGHTNESS = np.array([[0.299, 0.587, 0.114]], dtype=np.float32)
_SUBJECT = "resampling"
# how much higher a peak at a multiple of 1/8 must be than those where JPEG would show too: number -> (factor, others)
_RIVALS = {1: (20.0, (2, 3, 4)), 2: (10.0, (1,)), 3: (5.0, (1, 4)), 4: (10.0, (1, 2, 3))}


Sides = tuple[NDArray[np.float64], NDArray[np.float64]]  # along the rows, along the columns


@dataclass(frozen=True, slots=True)
class _Peaks:
    """Height over the background, both directions together and the lower one of them, by frequency 0 to 1/2."""

    frequency: NDArray[np.float64]
    height: NDArray[np.float64]
    lower: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Peaks that need an explanation: frequency, height, weight in a score; largest distance of their cause."""

    frequency: NDArray[np.float64]
    height: NDArray[np.float64]
    weight: NDArray[np.float64]
    tolerance: float


def _flatten(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power over the median of a tenth of a cycle per sample around it; ones where there is none."""
    step = max(power.size // 1024, 1)
    thinned = scipy.ndimage.median_filter(power[::step], size=205, mode="reflect")
    background = np.interp(np.arange(power.size), np.arange(thinned.size) * step, thinned)
    return power / background if background.min() > 0 else np.ones_like(power)


def _estimate_power(profile: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Flattened periodogram of a profile, less its mean over 9 samples and its outliers."""
    steps = profile - scipy.ndimage.uniform_filter1d(profile, 9, mode="nearest")
    limit = 6 * np.median(np.abs(steps))
    tapered = np.clip(steps, -limit, limit) * np.hanning(steps.size + 2)[1:-1]
    return _flatten(np.abs(scipy.fft.rfft(tapered, n)) ** 2)


def _choose_grid(plane: Plane) -> int:
    """Length of the transforms: at least two frequencies per cycle of the longer side."""
    return max(2048, 2 ** int(np.ceil(np.log2(2 * max(plane.shape)))))


def _follow_differences(plane: Plane) -> Sides:
    """Periodograms of the logarithms of second and third differences, along both axes."""
    n, sides = _choose_grid(plane), []
    for turned in (plane, freeze(cv2.transpose(plane))):
        profile = sum_log_differences(turned[None], turned.shape[0])[0, 0] * (UNIT / turned.shape[0])
        power = (_estimate_power(profile[0], n) + _estimate_power(profile[1], n)) / 2
        sides.append(scipy.ndimage.maximum_filter1d(power, 3, mode="nearest"))
    return sides[0], sides[1]


def _build_filter(centre: float, shift: float) -> NDArray[np.float32]:
    """A cosine under a bell, without mean, of unit energy; symmetric about a sample or (shift 1/2) between two."""
    place = np.arange(-(N_TAPS // 2), N_TAPS // 2 + 1) + shift
    bell = np.exp(-(place**2) / (2 * BELL**2))
    wave = np.cos(2 * np.pi * centre * place) * bell
    wave -= bell * wave.sum() / bell.sum()
    return (wave / np.sqrt((wave**2).sum())).astype(np.float32)[None, :]


_CENTRES = np.linspace(0.5, 0.25, N_FILTERS)
# The last one alone is blind where the two phases of a doubling mirror each other about a pixel's edge.
_BANK = [*((_build_filter(centre, 0), 1.0) for centre in _CENTRES[:-1])]
_BANK += [(_build_filter(0.25, 0), 0.5), (_build_filter(0.25, 0.5), 0.5)]


def _profile_band(rows: NDArray[np.float32], taps: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean over the rows of the energy that a filter lets through, over that of 15 samples around."""
    energy = cv2.filter2D(rows, cv2.CV_32F, taps)[:, N_TAPS // 2 : -(N_TAPS // 2)]
    energy = energy * energy
    around = cv2.blur(energy, (AROUND, 1)) + ROUNDING
    return np.asarray((energy / around).mean(axis=0, dtype=np.float64))


def _follow_bands(red: Plane, green: Plane, blue: Plane) -> Sides:
    """Periodograms of the energy at half the frequency of the period that is looked for, along both axes.

    Interpolation by a factor repeats the spectrum at 1 / factor. What is left of the repeated one overlaps with the
    original halfway, at 1 / (2 factor): there the energy beats with 1 / factor, even if the interpolation lets little
    through elsewhere. So the beat f = 1 - 1 / factor is looked for in the energy around (1 - f) / 2. The brightness is
    not rounded to whole levels, so that smooth places count too; of large images a part of the rows is taken.
    """
    n = _choose_grid(green)
    place = np.arange(n // 2 + 1) / (n // 2) * (N_FILTERS - 1)  # 0 at the highest filter
    step, sides = -(-green.size // LARGEST_PART), []
    for down in (False, True):
        parts = [channel[:, ::step].T if down else channel[::step] for channel in (red, green, blue)]
        rows = np.asarray(cv2.transform(np.dstack(parts).astype(np.float32), _BRIGHTNESS), dtype=np.float32)
        power = np.zeros(place.size)
        for number, (taps, weight) in enumerate(_BANK):
            share = weight * np.maximum(1 - np.abs(place - min(number, N_FILTERS - 1)), 0)
            power += share * _estimate_power(_profile_band(rows, taps), n)
        sides.append(scipy.ndimage.maximum_filter1d(power, 3, mode="nearest"))
    return sides[0], sides[1]


def _join_sides(sides: Sides) -> _Peaks:
    """The peaks of both directions on one grid of frequencies."""
    n = sides[0].size - 1
    return _Peaks(np.arange(n + 1) / (2 * n), np.sqrt(sides[0] * sides[1]), np.minimum(*sides))


def _find_line(plane: Plane) -> float:
    """Height of the highest line in the mean spectrum of the plane's rows, or of its columns."""
    highest = 0.0
    for turned in (plane, cv2.transpose(plane)):
        rows = turned[:: -(-turned.shape[0] // N_LINES)].astype(np.float32)
        curved = np.diff(rows, 2, axis=1)
        tapered = curved * np.hanning(curved.shape[1] + 2)[1:-1].astype(np.float32)
        n = max(2048, scipy.fft.next_fast_len(curved.shape[1]))
        power = (np.abs(scipy.fft.rfft(tapered, n)) ** 2).mean(axis=0, dtype=np.float64) + 1e-3
        highest = max(highest, float(_flatten(power)[n // 25 :].max()))
    return highest


def _choose_reach(plane: Plane) -> float:
    """How close two frequencies have to be to count as neighbours."""
    return 0.002 + 2 / min(plane.shape)


def _list_peaks(peaks: _Peaks, reach: float) -> list[int]:
    """Places of the maxima of all that lies within `reach`, from the smallest factor on."""
    width = 2 * int(reach * 2 * peaks.height.size) + 1
    highest = scipy.ndimage.maximum_filter1d(peaks.height, width, mode="nearest")
    first = np.concatenate([[True], np.diff(peaks.height) != 0])  # of a plateau
    kept = (peaks.height == highest) & first & (peaks.frequency > 1 - 1 / SMALLEST_FACTOR)
    return [int(place) for place in np.flatnonzero(kept & (peaks.height >= WEAKEST_CANDIDATE))]


def _find_rivals(peaks: _Peaks, reach: float) -> dict[int, float]:
    """Height of the highest peak close to each multiple of 1/8."""
    return {number: float(peaks.height[np.abs(peaks.frequency - number / 8) <= reach].max()) for number in _RIVALS}


def _count_as_evidence(
    pixels: WindowPixels, peaks: _Peaks, differences: _Peaks, places: list[int], reach: float
) -> list[int]:
    """The peaks that neither JPEG's grid nor a colour filter array explains.

    A peak close to a multiple of 1/8 counts if it exceeds those that the grid would show as well; at 1/2 it is judged
    by the differences alone, which a doubling changes most, and must also stand in the green channel, where a colour
    filter array treats all columns alike. One beside 1/8 or 1/2, and higher than all that is there, counts if clear.
    """
    tolerance = TOLERANCE / min(pixels.luma.shape)
    strong = (peaks.height >= WEAKEST_PEAK) & (peaks.lower >= WEAKEST_SIDE)
    for number, (factor, others) in _RIVALS.items():
        at = _find_rivals(differences if number == 4 else peaks, reach)
        explained = at[number] < factor * max(at[other] for other in others)
        if explained or (number == 4 and not _is_doubled(pixels, at[4], reach)):
            away = np.abs(peaks.frequency - number / 8)
            strong &= (away > reach) | ((away > tolerance) & (peaks.height >= WEAKEST_BESIDE.get(number, np.inf)))
    return [place for place in places if strong[place]]


def _draw_lines(factor: float, eighths: tuple[int, ...]) -> NDArray[np.float64]:
    """Frequencies 0 to 1/2 at which multiples of 1 / (8 factor) appear."""
    lines = np.array(eighths) / (8 * factor)
    return np.abs(lines - np.round(lines))


def _score_factor(factor: float, own: float, evidence: _Evidence) -> float:
    """How much of the evidence a factor explains, by what was done to the image before.

    Interpolation leaves the frequency 1 / factor, of height `own`, and weaker multiples. Earlier traces are drawn out
    together with the image: that of a colour filter array to 1 / (2 factor), those of JPEG to multiples of
    1 / (8 factor). Each line that is assumed costs something, so that the many of JPEG must explain several peaks.
    """
    place, height, weight, tolerance = evidence.frequency, evidence.height, evidence.weight, evidence.tolerance

    def explain(eighths: tuple[int, ...]) -> NDArray[np.bool_]:
        return np.abs(place[:, None] - _draw_lines(factor, eighths)).min(axis=1) <= tolerance

    def price(eighths: tuple[int, ...]) -> float:
        return PRICE_OF_LINE * np.unique(np.round(_draw_lines(factor, eighths) / tolerance)).size

    alone = explain((8,)) | (explain(tuple(range(16, 72, 8))) & (height < OVERTONE * own))
    mosaic = alone | (explain((4, 12)) & (OVERTONE * height < own))
    drawn = tuple(range(1, 17))
    scores = [
        weight[alone].sum() - price((8, 16)),
        weight[mosaic].sum() - price((4, 8, 16)),
        weight[mosaic | explain(drawn)].sum() - price(drawn),
    ]
    return float(max(scores))


def _choose_factor(pixels: WindowPixels) -> tuple[float, float]:
    """The factor that explains most of the evidence, and the height of the highest peak in it; 0 and 0 for none."""
    plane = pixels.luma_8bit
    differences, bands = _follow_differences(plane), _follow_bands(*pixels.channels_8bit)
    peaks = _join_sides((np.sqrt(differences[0] * bands[0]), np.sqrt(differences[1] * bands[1])))
    reach = _choose_reach(plane)
    places = _list_peaks(peaks, reach)
    evidence = _count_as_evidence(pixels, peaks, _join_sides(differences), places, reach)
    if not evidence:
        return 0.0, 0.0
    height = peaks.height[evidence]
    weight = np.log(height / WEAKEST_CANDIDATE)
    known = _Evidence(peaks.frequency[evidence], height, weight, TOLERANCE / min(plane.shape))
    candidates = []
    for place in places:
        frequency, own = float(peaks.frequency[place]), float(peaks.height[place])
        enlarged, reduced = 1 / (1 - frequency), 1 / (1 + frequency)
        candidates.append((_score_factor(enlarged, own, known), own, enlarged))
        candidates.append((_score_factor(reduced, own, known) - PRICE_OF_REDUCTION, own, reduced))
    return max(candidates)[2], float(height.max())


def _is_doubled(pixels: WindowPixels, height: float, reach: float) -> bool:
    """Whether a peak at 1/2 is that of a doubling rather than of a colour filter array."""
    red, green, _ = pixels.channels_8bit
    needed = DOUBLED_PEAK * green.size / 65536
    if red is green or height < needed or _is_lattice(green) or _is_lattice(freeze(cv2.transpose(green))):
        return False
    peaks = _join_sides(_follow_differences(green))
    return bool(peaks.height[peaks.frequency >= 0.5 - reach].max() >= needed)


def _is_lattice(plane: Plane) -> bool:
    """Whether columns alternate otherwise in even rows than in odd ones, as where green was sampled on diagonals."""
    even, odd = (_alternate(freeze(plane[first::2])) for first in (0, 1))
    return abs(even - odd) > max(LEAST_LATTICE, LATTICE_SHARE * max(abs(even), abs(odd)))


def _alternate(plane: Plane) -> float:
    """Mean logarithm of the second differences of even columns less that of odd ones."""
    profile = sum_log_differences(plane[None], plane.shape[0])[0, 0, 0] * (UNIT / plane.shape[0])
    steps = (profile - scipy.ndimage.uniform_filter1d(profile, 9, mode="nearest"))[: profile.size // 2 * 2]
    return float(steps[::2].mean() - steps[1::2].mean())


def read(pixels: WindowPixels) -> tuple[Reading, ...]:
    """The factor by which an image was enlarged.

    A period of N samples, 1 < N <= 2, is that of an enlargement by N. A reduction whose frequency 1 / factor differs
    from it by a whole number has the same; it is named as well, and put first where traces of an earlier JPEG file,
    drawn together with the image, speak for it. So has an enlargement by more than 2, which is not looked for. Traces
    in one direction alone and those of regular textures do not count.
    """
    plane = pixels.luma_8bit
    if min(plane.shape) < SHORTEST_SIDE:
        return (Reading(_SUBJECT, "too small to tell whether it was resampled", "none"),)
    factor, height = _choose_factor(pixels)
    if factor == 0.0 or _find_line(plane) > STRONGEST_LINE:
        return (Reading(_SUBJECT, "not resampled, as far as can be seen", "none"),)
    frequency = abs(1 - 1 / factor)
    enlarged, reduced = f"enlarged by about {1 / (1 - frequency):.2f}", f"reduced to about {1 / (1 + frequency):.2f}"
    chance = 10 ** ((CLEAREST_NULL - height) / TENFOLD)
    if frequency >= 0.5 - _choose_reach(plane) or abs(frequency - 1 / 8) < _choose_reach(plane):
        chance = max(chance, CHANCE_OF_DOUBLED)  # in a small part, the grid of JPEG may pass for 8/7
    words = f"{enlarged} (or {reduced})" if factor > 1 else f"{reduced} (or {enlarged})"
    return (
        Reading(
            _SUBJECT,
            words,
            grade_chance(chance),
            f"differences vary with a period of {factor:.3f} samples; highest peak {height:.0f} times the background",
            round(factor, 4),
            0.03,
        ),
    )


FAMILY = FingerprintFamily(
    name="resampling",
    title="Traces of resampling",
    axis="processing",
    version=1,
    groups=(
        Group(
            "rest",
            _REST.size,
            "value",
            "periods of resampling",
            "periods of enlarging or reducing",
            "no periods of enlarging or reducing",
        ),
        Group(
            "grid",
            _GRID.size,
            "value",
            "periods of 8, 4, 8/3 and 2 pixels",
            "periods of an encoder or of doubling",
            "no periods of an encoder or of doubling",
        ),
        Group("fineness", 1, "value", "fineness of detail", "detail as fine as pixels", "detail coarser than pixels"),
        Group(
            "direction",
            1,
            "value",
            "vertical against horizontal detail",
            "stronger steps downwards than across",
            "stronger steps across than downwards",
        ),
    ),
    smallest=(32, 32),
    sources=(
        Citation(
            "Gallagher",
            "Detection of linear and cubic interpolation in JPEG compressed images",
            "Canadian Conference on Computer and Robot Vision",
            2005,
        ),
        Citation(
            "Kirchner",
            "Fast and reliable resampling detection by spectral analysis of fixed linear predictor residue",
            "ACM Workshop on Multimedia and Security",
            2008,
        ),
    ),
    cannot_tell="A factor from others whose period is the same (1.25, 0.83 and 5); resampling from regular textures.",
    measure=measure,
    cost=0.06,
    read=read,
)
