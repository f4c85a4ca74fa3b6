"""Tone and palette: levels, combs, clipping, flat areas, colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group, Reading, Strength
from forensic_style.image import WindowPixels, WindowStack
from forensic_style.kernels.tone import (
    count_alike_pairs,
    count_colours,
    count_gradient_magnitudes,
    count_levels,
    count_repeats,
    measure_comb,
)

HOP = 4  # rows from one that is looked at to the next: their histograms are as good as that of all
N_TONES = 16
N_COLOURS = 12
WEAKEST_COLOUR = 16  # grey levels of saturation: below, rounding alone would turn the hue
FEWEST_SAMPLES = 64  # around a level, for its place in a comb to be seen
FLOOR = 2.0**-12  # share of pairs: keeps the logarithm of "no two colours alike" finite
_EDGES = np.array([0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96])
_QUANTILES = np.array([0.1, 0.5, 0.9])


def _count_channels(windows: WindowStack, hop: int) -> NDArray[np.int64]:
    """Histograms of the channels, one for a grey image: shape (n_windows, n_channels, 256)."""
    chosen = windows.channels_8bit[:1] if windows.is_grey else windows.channels_8bit
    return np.stack([count_levels(channel, 256, hop) for channel in chosen], axis=1)


def _measure_levels(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Shares of 16 tones, of black and of white; variety of levels in bits; asymmetry: shape (n_windows, 20).

    The variety is the logarithm of the chance that two samples differ in level (the Renyi entropy of order 2 without
    bias); the asymmetry the binary logarithm of the range from the median up to the 90th percentile over that from
    the 10th percentile up to the median, one level added to both.
    """
    n = int(counts[0].sum())
    tones = counts.reshape(len(counts), N_TONES, -1).sum(axis=2)
    alike = ((counts * counts).sum(axis=1) - n) / (n * (n - 1.0))
    below = counts.cumsum(axis=1)
    low, middle, high = (np.count_nonzero(below < share * n, axis=1) for share in _QUANTILES)
    asymmetry = np.log2((high - middle + 1.0) / (middle - low + 1.0))
    ends = [counts[:, 0] / n, counts[:, 255] / n, -np.log2(alike * (1 - FLOOR) + FLOOR), asymmetry]
    return np.concatenate([tones / n, np.stack(ends, axis=1)], axis=1)


def _measure_colours(windows: WindowStack) -> NDArray[np.float64]:
    """Repeats (2), variety (1), shares of saturations (12), and of hues where there is one (12; else all the same)."""
    channels = windows.channels_8bit
    repeats = count_repeats(*channels, HOP)
    pairs = count_alike_pairs(*channels, HOP)
    colours = count_colours(*channels, N_COLOURS, WEAKEST_COLOUR, HOP)[:, :, :N_COLOURS]
    totals = colours.sum(axis=2, keepdims=True)
    shares = np.where(totals > 0, colours / np.maximum(totals, 1), 1 / N_COLOURS)
    variety = -np.log2(pairs[:, :1] / pairs[:, 1:] * (1 - FLOOR) + FLOOR)
    repeated = np.sqrt(repeats[:, :2] / repeats[:, 2:])
    return np.concatenate([repeated, variety, shares.reshape(len(windows), -1)], axis=1)


def measure(windows: WindowStack) -> NDArray[np.float64]:
    """Measure the distribution of levels, steps between neighbours, saturations and hues.

    Every fourth row is looked at. Of the channels: square roots of the shares of samples at level 0 and at 255
    (`clipped`), share of empty levels (`empty`), and square root of the unevenness of dark and of light levels (`comb`:
    apart, since curves such as gamma leave gaps among the dark levels or the light ones); see `measure_comb`.
    `repeats`: square root of the share of samples whose colour is exactly that of the right, of the lower neighbour.
    `colours`: logarithm of the chance that two samples agree in colour, 4 bits per channel. None of them depends on
    the window's size, as the number of distinct colours would.

    Returns
    -------
    float64 array, shape (n_windows, 66): 16 shares of luma; black, white; clipped (2); empty; comb (2); entropy in
    bits, and asymmetry, see `_measure_levels`; 14 shares of steps (edges 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96);
    repeats (2); colours in bits; 12 shares of saturation, 12 of hue. A flat grey window: one share of each histogram
    is 1, hues are even, repeats 1, all else 0.

    Cost: six histogram increments for each pixel of every fourth row. 16-bit images are rounded to 8 bit first.

    Source: Stamm and Liu 2010 (combs and gaps); steps between neighbours after Lyu and Farid 2005.
    """
    channels = _count_channels(windows, HOP)
    luma = channels[:, 0] if windows.is_grey else count_levels(windows.luma_8bit, 256, HOP)
    levels = _measure_levels(luma)
    totals = channels.sum(axis=1)
    clipped = np.sqrt(totals[:, [0, 255]] / totals[0].sum())
    comb = measure_comb(channels, FEWEST_SAMPLES)
    steps = np.add.reduceat(count_gradient_magnitudes(windows.luma_8bit, HOP), _EDGES, axis=1)
    return np.concatenate(
        [
            levels[:, : N_TONES + 2],
            clipped,
            comb[:, 2:],
            np.sqrt(np.maximum(comb[:, :2], 0.0)),
            levels[:, N_TONES + 2 :],
            steps / steps[0].sum(),
            _measure_colours(windows),
        ],
        axis=1,
    )


_SUBJECT = "levels"
ALMOST_ALL = 0.9995  # share of samples
FEWEST_ON_LATTICE = 5  # levels that must be possible, and in use, for a coarse scale to be recognized
FEW_LEVELS = 16
FEWEST_GAPS = 4
SMALLEST_GAP_SHARE = 0.02  # histograms of untouched photographs stay below 0.006
REGULAR = 0.95  # share of the distances from one used level to the next
CLIPPED = 0.01  # share of samples
_ENOUGH = 128  # samples around a level


def _find_bits(total: NDArray[np.int64]) -> int:
    """Bits per sample on whose scale almost all samples lie, spread over 0..255 or with zeros below; 8 if on none."""
    used = np.flatnonzero(total)
    for bits in range(1, 8):
        steps = np.arange(2**bits)
        for lattice in (np.floor(255 * steps / (2**bits - 1) + 0.5).astype(np.intp), steps << (8 - bits)):
            possible = np.count_nonzero((lattice >= used[0]) & (lattice <= used[-1]))
            found = np.count_nonzero(total[lattice])
            enough = found >= min(2**bits, FEWEST_ON_LATTICE)
            if enough and 2 * found >= possible and total[lattice].sum() >= ALMOST_ALL * total.sum():
                return bits
    return 8


def _find_gaps(counts: NDArray[np.int64]) -> tuple[int, float]:
    """Number of unused levels among well used ones, and by what factor the levels were stretched; 0 and 1 for none."""
    best = (0, 1.0)
    for histogram in counts:
        around = histogram[:-2] + 2 * histogram[1:-1] + histogram[2:]
        seen = np.flatnonzero(around >= _ENOUGH) + 1
        used = seen[histogram[seen] > 0]
        if used.size < 2 * FEWEST_GAPS:
            continue
        inside = seen[(seen > used[0]) & (seen < used[-1])]
        gaps = inside[histogram[inside] == 0]
        distances = np.diff(used)
        factor = float(distances[distances <= 2 * distances.mean() + 1].mean())
        regular = np.mean((distances == np.floor(factor)) | (distances == np.ceil(factor)))
        beside = np.minimum(histogram[used[:-1]], histogram[used[1:]])[distances > 1]
        even = np.median(beside) >= np.median(histogram[used]) / 4 if beside.size else False
        clear = gaps.size >= FEWEST_GAPS and gaps.size >= SMALLEST_GAP_SHARE * inside.size and regular >= REGULAR
        if clear and even and gaps.size > best[0]:
            best = (int(gaps.size), factor)
    return best


def _name_unused(factor: float) -> str:
    """Which levels are unused after a stretch."""
    if factor < 1.75:
        number = round(factor / (factor - 1))
        ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in (11, 12, 13) else 0, "th")
        return f"every {number}{ending} grey level unused"
    return f"{1 - 1 / factor:.0%} of the grey levels unused"


def _describe_clipping(totals: NDArray[np.int64]) -> tuple[str, float]:
    """How much of the samples is pure white or black, in words, and the larger share; no words where hardly any is."""
    shares = {"pure white": (255, 254), "pure black": (0, 1)}
    n = float(totals.sum())
    found = [
        (float(totals[end]) / n, name)
        for name, (end, next_to_it) in shares.items()
        if totals[end] >= CLIPPED * n and totals[end] > 2 * totals[next_to_it]
    ]
    words = ", ".join(f"{share * 100:.0f} % {name}" for share, name in found)
    return words, max((share for share, _ in found), default=0.0)


def _grade(value: float, *, likely: float) -> Strength:
    """Strength of a count or share: likely from a limit on, clear from twice and certain from four times that."""
    return "certain" if value >= 4 * likely else "clear" if value >= 2 * likely else "likely"


def read(pixels: WindowPixels) -> tuple[Reading, ...]:
    """What was done to the scale of grey levels: fewer of them, gaps by stretching, or clipping; the first of these."""
    (counts,) = _count_channels(pixels.stack(), 1)
    totals = counts.sum(axis=0)
    n_levels = int(np.count_nonzero(counts, axis=1).max())
    used = np.flatnonzero(totals)
    bits = _find_bits(totals)
    if bits < 8:
        words = f"{bits} bit{'s' if bits > 1 else ''} per channel"
        return (Reading(_SUBJECT, words, "certain", f"{n_levels} levels in use", "few levels", is_local=True),)
    if 2 <= n_levels <= FEW_LEVELS and 2 * used.size < used[-1] - used[0] + 1:
        return (Reading(_SUBJECT, f"{n_levels} levels per channel", "certain", "", "few levels", is_local=True),)
    gaps, factor = _find_gaps(counts)
    if gaps and totals[[0, -1]].max() < 0.5 * totals.sum():  # written pages use few levels between paper and ink
        words = f"{_name_unused(factor)}: levels were stretched by about {factor:.{1 if factor >= 1.2 else 2}f}"
        strength = _grade(gaps, likely=FEWEST_GAPS)
        return (
            Reading(_SUBJECT, words, strength, f"{gaps} unused levels between well used ones", "comb", is_local=True),
        )
    words, share = _describe_clipping(totals)
    if words:
        strength = _grade(share, likely=CLIPPED)
        return (Reading(_SUBJECT, words, strength, "share of samples, mean of the channels", "clipped", is_local=True),)
    return (Reading(_SUBJECT, "no gaps or clipping in the levels", "none"),)


FAMILY = FingerprintFamily(
    name="tone",
    title="Tone and palette",
    axis="processing",
    version=2,
    groups=(
        Group("luma", N_TONES, "histogram", "brightness"),
        Group(
            "black",
            1,
            "histogram",
            "pure black",
            "much pure black",
            "hardly any pure black",
            quantity="pure black",
            unit="% of the area",
            factor=100.0,
        ),
        Group(
            "white",
            1,
            "histogram",
            "pure white",
            "much pure white",
            "hardly any pure white",
            quantity="pure white",
            unit="% of the area",
            factor=100.0,
        ),
        Group(
            "clipped",
            2,
            "value",
            "clipped channels",
            "channels clipped at black or white",
            "hardly a channel clipped",
        ),
        Group(
            "empty",
            1,
            "value",
            "unused grey levels",
            "many unused grey levels",
            "all grey levels used",
            quantity="unused grey levels",
            unit="%",
            factor=100.0,
        ),
        Group(
            "comb",
            2,
            "value",
            "comb in the histogram",
            "grey levels used unevenly (comb in the histogram)",
            "grey levels used evenly",
        ),
        Group(
            "entropy",
            1,
            "value",
            "variety of grey levels",
            "many grey levels",
            "few grey levels",
            quantity="variety of brightness",
            unit="equally used grey levels",
            scale="log2",
        ),
        Group(
            "asymmetry",
            1,
            "value",
            "asymmetry of the tones",
            "mostly dark, with a few light parts",
            "mostly light, with a few dark parts",
        ),
        Group("steps", _EDGES.size, "histogram", "flat areas and edges"),
        Group(
            "repeats",
            2,
            "value",
            "neighbours of exactly the same colour",
            "many neighbours of exactly the same colour",
            "hardly two neighbours of the same colour",
            quantity="pixels of exactly the colour beside them",
            unit="%",
            scale="square",
            factor=100.0,
        ),
        Group(
            "colours",
            1,
            "value",
            "variety of colours",
            "many colours",
            "few colours",
            quantity="variety of colour",
            unit="equally used colours",
            scale="log2",
        ),
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
    measure=measure,
    cost=0.07,
    read=read,
)
