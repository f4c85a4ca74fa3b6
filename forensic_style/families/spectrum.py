"""Power spectrum: by radius, by angle, and at the lattice frequencies of encoders and upsamplers."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from forensic_style.family import (
    Citation,
    Drawing,
    FingerprintFamily,
    Group,
    Reading,
    grade_chance,
    grade_error,
)
from forensic_style.image import Plane, WindowPixels, WindowStack, freeze
from forensic_style.kernels.spectrum import (
    average_log_power,
    cut_tapered_tiles,
    fold_columns,
    fold_cross_differences,
)

SIDE = 32
MOST_TILES = 5  # along an axis
MOST_TRANSFORMED = 4  # windows whose tiles are transformed together: larger arrays cost more than Python does
N_RINGS = 17
N_SECTORS = 8
FLOOR = 1e-2  # squared grey levels: below the rounding noise of 8 bit (1/12), keeps logarithms finite
LAGS = ((0, 2), (0, 4), (0, 8), (2, 0), (4, 0), (8, 0))
LATTICE = (
    *((0, b) for b in range(1, 5)),
    *((a, 0) for a in range(1, 5)),
    *((a, b) for a in range(1, 5) for b in range(a, 5)),
)  # frequencies in eighths of a cycle per sample; (a, b) stands for (b, a) as well where neither is 0
LEAST_ACTIVITY = 0.05  # grey levels: keeps shares of a flat window's differences 0
LIMIT = 24.0  # grey levels: strong edges count no more than this
FEWEST_BLOCKS = 9  # for a standard error to mean something
LEAST_RATIO = 1.25  # fewer than 1 of 200 images of other origin have a higher one and pass the other tests
DOUBLED_CHANCE = 0.01  # never surer than "likely": any program may have doubled an image
ALONE = (6.0, 8.0, 4.0, 0.05)  # the same four tests where one axis must do
LEAST_STEP = 0.2  # grey levels; colour filter arrays, sharpened, stay at 0.1
_ALTERNATING = np.array([1.0, -1.0] * 4)
_N_BINS = SIDE * (SIDE // 2 + 1)


def _taper(side: int) -> NDArray[np.float32]:
    """Hann window of period `side`."""
    return np.hanning(side + 1)[:side].astype(np.float32)


def _map_frequencies() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Radius in cycles per tile and angle in turns of the half plane, for a spectrum with DC at SIDE / 2."""
    axis = np.arange(SIDE) - SIDE // 2
    vertical, horizontal = np.meshgrid(axis, axis, indexing="ij")
    return np.hypot(vertical, horizontal), np.arctan2(vertical, horizontal) / np.pi % 1.0


def _label_rings() -> NDArray[np.int32]:
    """Rings one cycle wide: radius 1 is ring 0, Nyquist (16) ring 15, the corners beyond it ring 16, DC none."""
    rings = np.floor(_RADIUS + 0.5).astype(np.int32) - 1
    return np.minimum(rings, N_RINGS - 1).astype(np.int32)


def _label_sectors() -> NDArray[np.int32]:
    """Eight sectors centred on 0, 22.5, ... degrees, from a quarter of Nyquist outwards; -1 elsewhere."""
    sectors = np.floor(_ANGLE * N_SECTORS + 0.5).astype(np.int32) % N_SECTORS
    return np.where((_RADIUS >= SIDE / 8) & (_RADIUS <= SIDE / 2), sectors, -1).astype(np.int32)


def _average(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights of the mean over some frequencies."""
    return mask / mask.sum()


_RADIUS, _ANGLE = _map_frequencies()
_RINGS = _label_rings()
_SECTORS = _label_sectors()
_TAPER = _taper(SIDE)


def _weigh_rings() -> NDArray[np.float64]:
    return np.array([_average(np.equal(_RINGS, ring)) for ring in range(N_RINGS)])


def _weigh_slope(rings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least squares of the rings of radius 2 to 15 against the logarithm of the radius."""
    log_radius = np.log2(np.arange(2, N_RINGS - 1))
    log_radius -= log_radius.mean()
    return np.tensordot(log_radius / np.sum(log_radius**2), rings[1 : N_RINGS - 2], 1)[None]


def _weigh_sectors(rings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over a sector less the mean, over the same frequencies, of their rings' means."""
    weights = []
    for sector in range(N_SECTORS):
        mask = np.equal(_SECTORS, sector)
        shares = np.bincount(_RINGS[mask], minlength=N_RINGS) / mask.sum()
        weights.append(_average(mask) - np.tensordot(shares, rings, 1))
    return np.array(weights)


def _weigh_lattice() -> NDArray[np.float64]:
    """Height of a frequency over the mean of the 16 two bins away, both signs and both orders averaged."""
    weights = np.zeros((len(LATTICE), SIDE, SIDE))
    for row, (a, b) in zip(weights, LATTICE, strict=True):
        places = {(a, b), (a, -b)} | ({(b, a), (b, -a)} if a and b else set())
        for down, right in places:
            i, j = SIDE // 2 + SIDE // 8 * down, SIDE // 2 + SIDE // 8 * right
            row[i % SIDE, j % SIDE] += 1 / len(places)
            ring = [(m, n) for m in range(-2, 3) for n in range(-2, 3) if max(abs(m), abs(n)) == 2]
            for m, n in ring:
                row[(i + m) % SIDE, (j + n) % SIDE] -= 1 / len(ring) / len(places)
    return weights


def _weigh_lags() -> NDArray[np.float64]:
    """Power of the residual, which is the Laplacian's output, then its products with the waves of the lags."""
    turn = 2 * np.pi * (np.arange(SIDE) - SIDE // 2) / SIDE
    vertical, horizontal = np.meshgrid(turn, turn, indexing="ij")
    gain = (4 - 2 * np.cos(vertical) - 2 * np.cos(horizontal)) ** 2
    waves = [np.cos(down * vertical) * np.cos(right * horizontal) for down, right in ((0, 0), *LAGS)]
    return np.array([gain * wave for wave in waves])


def _fold_plane(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of the whole plane, DC in the middle, for the half that `rfft2` returns: shape (bins, sums)."""
    whole = np.fft.ifftshift(weights, axes=(1, 2))
    half = whole[:, :, : SIDE // 2 + 1].copy()
    mirrored = np.roll(whole[:, ::-1], 1, axis=1)[:, :, SIDE // 2 + 1 :]  # real tiles: power(-f) = power(f)
    half[:, :, 1 : SIDE // 2] += mirrored[:, :, ::-1]
    return np.ascontiguousarray(half.reshape(len(weights), _N_BINS).T)


def _weigh_waves() -> NDArray[np.float64]:
    """Real, then imaginary parts of the 8 x 8 transform at (a, b), a 0 to 4, b -3 to 4: shape (64, 80)."""
    i, j = np.mgrid[:8, :8]
    turns = np.array([a * i + b * j for a, b in _WAVES]) * 2 * np.pi / 8
    return np.ascontiguousarray(np.concatenate([np.cos(turns), np.sin(turns)]).reshape(-1, 64).T)


def _merge_waves() -> NDArray[np.float64]:
    """Mean over both signs and both orders, for each of `LATTICE`: shape (40, 18)."""
    merged = np.zeros((len(_WAVES), len(LATTICE)))
    for number, (a, b) in enumerate(LATTICE):
        places = {(a, b), (b, a)} if a and b else {(a, b)}
        chosen = [k for k, (c, d) in enumerate(_WAVES) if (c, abs(d)) in places]
        merged[chosen, number] = 1 / len(chosen)
    return merged


_WAVES = tuple((a, b) for a in range(5) for b in range(-3, 5))
_WAVE_WEIGHTS = _weigh_waves()
_MERGED = _merge_waves()
_SLOPE_WEIGHTS = _fold_plane(_weigh_slope(_weigh_rings()))
_RING_WEIGHTS = _fold_plane(_weigh_rings())
_LOG_WEIGHTS = _fold_plane(
    np.concatenate(
        [_weigh_rings(), _weigh_slope(_weigh_rings()), _weigh_sectors(_weigh_rings()), _weigh_lattice()],
    )
)
_LAG_WEIGHTS = _fold_plane(_weigh_lags())


def _transform_tiles(luma: Plane, most: int) -> NDArray[np.complex64]:
    """Spectra of the tiles of each window, shape (n_windows, n_tiles, 32, 17)."""
    return np.asarray(scipy.fft.rfft2(cut_tapered_tiles(luma, _TAPER, most), workers=1))


def _find_scale(pixels: WindowPixels) -> float:
    """What turns squared magnitudes of spectra into squared grey levels."""
    return pixels.grey_level**2 / float(np.sum(_TAPER.astype(np.float64) ** 2)) ** 2


def _average_tiles(windows: WindowStack) -> NDArray[np.float64]:
    """Mean logarithm of the tiles' power, shape (n_windows, 32, 17)."""
    luma, scale = windows.luma, _find_scale(windows)
    parts = (luma[start : start + MOST_TRANSFORMED] for start in range(0, len(luma), MOST_TRANSFORMED))
    return np.concatenate([average_log_power(_transform_tiles(part, MOST_TILES), scale, FLOOR) for part in parts])


def _weigh(bins: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum the bins of each window with several sets of weights; window by window, so that others change no digit."""
    sums: NDArray[np.float64] = (bins.reshape(len(bins), 1, -1) @ weights)[:, 0]
    return sums


def _measure_differences(windows: WindowStack) -> NDArray[np.float64]:
    """log2(1 + 64 A), A the amplitude of |cross-difference| at each of `LATTICE` over its mean; (n_windows, 18)."""
    folded = fold_cross_differences(windows.luma)
    waves = _weigh(folded, _WAVE_WEIGHTS)
    amplitude = np.hypot(waves[:, : len(_WAVES)], waves[:, len(_WAVES) :])
    amplitude /= folded.sum(axis=(1, 2))[:, None] + 64 * LEAST_ACTIVITY / windows.grey_level
    return _weigh(np.log2(1 + 64 * amplitude), _MERGED)


def measure(windows: WindowStack) -> NDArray[np.float64]:
    """Measure the spectrum of the luma by radius, angle and at lattice frequencies, in binary logarithms of power.

    Up to 25 tiles of 32 x 32 samples, spread evenly and weighted by a Hann window; the power of a frequency is the
    geometric mean over the tiles, so that a few tiles full of edges do not decide alone. `radial`: mean over rings
    one cycle per tile wide (white noise: 0.83 below its variance, a constant of the geometric mean). `slope`: of the
    radial profile against the logarithm of the radius, rings 2 to 15. `angular`: sectors of 22.5 degrees from the
    horizontal frequencies on, less the ring means. `lattice`: height of the multiples of 1/8 cycle per sample over
    the frequencies around them. `differences`: amplitudes at the same frequencies in the magnitude of the
    cross-difference. `lags`: autocorrelation of the residual at 2, 4 and 8 samples along rows and columns, from
    the same power, periodic in the tile.

    Returns
    -------
    float64 array, shape (n_windows, 68). A flat window: the floor, -6.64, in every ring, 0 elsewhere.

    Cost: 25 Fourier transforms of 32 x 32 samples, whatever the window's size, and one pass.

    Source: Durall, Keuper, Pfreundt, Keuper 2019 (radial mean; DC at N/2, the last ring kept); Corvi et al. 2023
    (radial and angular power and autocorrelation differ between generators); Bammey 2023 (cross-difference);
    Welch 1967 (tiles). Differs from the papers: tiles instead of the whole image, geometric mean, a Laplacian
    instead of a denoiser as residual.
    """
    log_power = _average_tiles(windows)
    lags = _weigh(np.exp2(log_power) - FLOOR, _LAG_WEIGHTS)
    correlation = lags[:, 1:] / (lags[:, :1] + FLOOR * SIDE**2)
    return np.concatenate([_weigh(log_power, _LOG_WEIGHTS), _measure_differences(windows), correlation], axis=1)


def map_spectrum(pixels: WindowPixels) -> NDArray[np.float64]:
    """Draw the power spectrum of the residual.

    The residual is what the Laplacian [0 1 0; 1 -4 1; 0 1 0] leaves of the luma; without it the low frequencies
    of any picture would outshine every pattern.

    Returns
    -------
    float64 array, shape (side, side), side the largest power of two from 32 to 256 that fits twice, or once: binary
    logarithm of the power in squared grey levels, geometric mean over up to 25 tiles, DC in the middle at
    [side / 2, side / 2], vertical frequency first, one row for each cycle per `side` samples. Flat: the floor, -6.64.
    """
    side = int(np.clip(2 ** int(np.log2(min(pixels.luma.shape) / 1.5)), 32, 256))
    taper = _taper(side)
    spectra = scipy.fft.rfft2(cut_tapered_tiles(pixels.luma[None], taper, MOST_TILES), workers=1)
    turn = 2 * np.pi * np.arange(side) / side
    gain = 4 - 2 * np.cos(turn)[:, None] - 2 * np.cos(turn[: side // 2 + 1])
    scale = pixels.grey_level**2 / float(np.sum(taper.astype(np.float64) ** 2)) ** 2
    half = average_log_power((spectra * gain).astype(np.complex64), scale, FLOOR)[0]
    mirrored = np.roll(half[::-1], 1, axis=0)[:, side // 2 - 1 : 0 : -1]
    return np.fft.fftshift(np.concatenate([half, mirrored], axis=1))


def _test_every_second_column(blocks: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """How clearly third differences between two columns are larger at every second place.

    `blocks` holds mean third differences, shape (n_blocks, 8). The result is high only where they alternate more
    than the eighth multiples, which the edges of JPEG's blocks raise most, and do so without the largest place as
    well, which may be such an edge: (amplitude at 1/2 over those at 1/8 and 3/8, its standard score over the blocks,
    the score of the alternation without the largest place, the amplitude over the mean).
    """
    mean = blocks.mean(axis=0)
    largest = int(mean.argmax())
    turned = np.roll(blocks, -largest, axis=1)
    half = turned @ _ALTERNATING / 8
    eighths = np.abs(np.fft.fft(turned.mean(axis=0)))[[1, 3]].max() / 8
    rest = turned[:, [2, 4, 6]] - turned[:, 1::2].mean(axis=1, keepdims=True)
    level = mean.mean() + LEAST_ACTIVITY
    ratio = half.mean() / max(eighths, 0.003 * level)
    # one of the other places may be an edge of an earlier grid: unless the ratio speaks for itself, all must be larger
    least = _score(rest.mean(axis=1)) if ratio >= 2 * LEAST_RATIO else min(_score(rest[:, k]) for k in range(3)) + 0.5
    return float(ratio), _score(half), least, float(half.mean() / level)


def _score(values: NDArray[np.float64]) -> float:
    """Mean over its standard error."""
    return float(values.mean() / (values.std(ddof=1) / np.sqrt(values.size) + 1e-3))


def _find_period(blocks: NDArray[np.float64]) -> int:
    """2, or 4 where every second of the larger places is larger still; 8 cannot be told from a grid of JPEG."""
    turned = np.roll(blocks, -int(blocks.mean(axis=0).argmax()), axis=1)
    neighbour = 2 if turned[:, 2].mean() > turned[:, 6].mean() else 6
    return 4 if _score(turned[:, 4] - turned[:, neighbour]) >= 4.0 else 2


def _read_upsampling(plane: NDArray[np.uint8]) -> Reading:
    """Look for alternating differences, or alternating brightness, along both axes.

    A decoder that doubles an image leaves differences that alternate from one pair of columns to the next, or, where
    its kernels overlap unevenly, brightness that does. Interpolation of a colour filter array is symmetric about the
    samples: its differences between two columns are the same on either side, so they do not alternate.
    """
    subject = "upsampling pattern"
    side = 64 if min(plane.shape) >= 320 else 32
    axes = [fold_columns(part, side, LIMIT) for part in (plane, freeze(plane.T))]
    if len(axes[0]) < FEWEST_BLOCKS:
        return Reading(subject, "no regular pattern of upsampling", "none", "the image is too small to tell")
    tests = np.array([_test_every_second_column(blocks[:, 0]) for blocks in axes])
    strict = tests[np.argmax(tests[:, 0])]  # one axis alone must be beyond doubt
    alone = bool(np.all(strict >= ALONE))
    ratio, score, rest, depth = strict if alone else tests.min(axis=0)
    second = [blocks[:, 1] @ _ALTERNATING / 32 for blocks in axes]  # four times the brightness that alternates
    step = min(abs(float(part.mean())) for part in second)
    detail = f"differences alternate by {max(depth, 0.0):.1%}, {max(ratio, 0.0):.1f} times what a grid of 8 would show"
    if depth >= 0.006 and ratio >= LEAST_RATIO and score >= 4.0 and rest >= 2.0:
        periods = [_find_period(blocks[:, 0]) for blocks in axes]
        period = periods[int(np.argmax(tests[:, 0]))] if alone else min(periods)
        chance = 0.01 * (LEAST_RATIO / ratio) ** 4
    elif step >= LEAST_STEP and min(abs(_score(part)) for part in second) >= 8.0:
        period, chance = 2, 0.01 * (LEAST_STEP / step) ** 4
        detail = f"brightness alternates by +-{step:.2f} grey levels"
    else:
        return Reading(subject, "no regular pattern of upsampling", "none", detail)
    words = f"regular pattern of period {period} samples, as from doubling, by a program or in a generator"
    strength = grade_chance(max(chance, DOUBLED_CHANCE))
    return Reading(subject, words, strength, detail, float(period), is_local=True)


def _read_detail(pixels: WindowPixels) -> Reading:
    """Slope of the spectrum, and the finest detail that stands out of its floor."""
    spectra, scale = _transform_tiles(pixels.luma[None], 40), _find_scale(pixels)
    radial = _weigh(average_log_power(spectra, scale, FLOOR), _RING_WEIGHTS)[0]
    if radial[:3].mean() < np.log2(FLOOR) + 1:
        return Reading("detail", "no detail: flat", "none")
    n_tiles = spectra.shape[1]
    slopes = [_fit_slope(spectra[:, part::4], scale) for part in range(4) if part < n_tiles]
    slope = _fit_slope(spectra, scale)
    error = np.std(slopes, ddof=1) / np.sqrt(4) if n_tiles >= 16 else 0.5
    fine = radial[9:16].mean()  # 0.3 cycles per sample to Nyquist
    above = np.flatnonzero(radial[:16] > radial[12:16].min() + 1)
    bandwidth = (above[-1] + 1.5) / SIDE if above.size else 0.5
    words = "neither crisp nor soft"  # the strength is that of the slope
    if bandwidth < 0.33 and fine < -1.0:
        words = f"soft: little detail beyond {bandwidth:.1f} cycles per pixel"
    elif fine > 0.0 and slope > -4.2 and bandwidth >= 0.25:  # fine detail, not noise over a blurred picture
        words = "crisp"
    detail = (
        f"slope {slope:.1f} octaves of power per octave of frequency, finest detail {2 ** (fine / 2):.1f} grey levels"
    )
    return Reading(
        "detail", words, grade_error(error / max(abs(slope), 0.5)), detail, round(slope, 2), 0.3, is_local=True
    )


def _fit_slope(spectra: NDArray[np.complex64], scale: float) -> float:
    return float(_weigh(average_log_power(np.ascontiguousarray(spectra), scale, FLOOR), _SLOPE_WEIGHTS)[0, 0])


def read(pixels: WindowPixels) -> tuple[Reading, ...]:
    """Say whether the image shows the regular pattern of a generator's upsampling, and how fine its detail is.

    Source: Corvi et al. 2023 and Bammey 2023 (patterns of period 2, 4 and 8 in residuals); Gallagher 2005 (variance
    of differences by column).

    Misses most smooth images enlarged by 8, and enlarged ones saved as JPEG at 85 or below; a period of 8 reads as 4
    or 2. An image with two grids of JPEG an even number of samples apart may count by mistake (4 of 100).
    """
    return _read_upsampling(pixels.coded_luma_8bit), _read_detail(pixels)


def draw(pixels: WindowPixels) -> tuple[Drawing, ...]:
    """The spectrum of the residual."""
    note = (
        "Logarithm of the residual's power, coarse detail in the middle, fine detail outwards. Bright dots away from "
        "the middle are regular patterns: of a grid, of upsampling, of a screen."
    )
    return (Drawing("Spectrum", "map", map_spectrum(pixels), note),)


FAMILY = FingerprintFamily(
    name="spectrum",
    title="Power spectrum",
    axis="acquisition",
    version=2,
    groups=(
        Group("radial", N_RINGS, "value", "detail by fineness", "much detail", "little detail"),
        Group("slope", 1, "value", "slope of the spectrum", "crisp: fine detail strong", "soft: fine detail weak"),
        Group("angular", N_SECTORS, "value", "direction of detail"),
        Group(
            "lattice",
            len(LATTICE),
            "value",
            "regular patterns of encoders or upsampling",
            "regular patterns of an encoder or of upsampling",
            "no regular patterns",
        ),
        Group(
            "differences",
            len(LATTICE),
            "value",
            "regularly alternating fineness, as of blocks, mosaics or upsampling",
            "fineness alternates regularly",
            "fineness the same at every place",
        ),
        Group("lags", len(LAGS), "value", "repetition after 2, 4 and 8 samples"),
    ),
    smallest=(32, 32),
    sources=(
        Citation(
            "Durall, Keuper, Pfreundt, Keuper",
            "Unmasking deepfakes with simple features",
            "arXiv 1911.00686",
            2019,
        ),
        Citation(
            "Corvi, Cozzolino, Poggi, Nagano, Verdoliva",
            "Intriguing properties of synthetic images: from generative adversarial networks to diffusion models",
            "CVPR Workshops",
            2023,
        ),
        Citation(
            "Bammey",
            "Synthbuster: towards detection of diffusion model generated images",
            "IEEE Open Journal of Signal Processing 5",
            2023,
        ),
        Citation(
            "Welch",
            "The use of fast Fourier transform for the estimation of power spectra",
            "IEEE Transactions on Audio and Electroacoustics 15(2)",
            1967,
        ),
    ),
    cannot_tell="An image from its mirror image about both axes; blur by optics from blur by software; doubling in a "
    "generator from doubling by any program.",
    measure=measure,
    cost=0.15,
    read=read,
    draw=draw,
)
