"""Joint histograms of what neighbouring samples hold: of truncated differences (SPAM), of quantized residuals (SRM)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def count_difference_triples(plane: NDArray[np.unsignedinteger[Any]], threshold: int) -> NDArray[np.int64]:
    """Count triples of consecutive truncated differences along four directions.

    Along a direction s the difference is D[p] = plane[p] - plane[p + s], truncated to -threshold..threshold
    (T in the paper). Every run of four samples p, p + s, p + 2s, p + 3s adds one to the bin
    (D[p], D[p + s], D[p + 2s]).

    Parameters
    ----------
    plane : uint8 or uint16 array, shape (rows, columns), C order
    threshold : largest difference told apart, in grey levels, 1 to 7

    Returns
    -------
    int64 array, shape (4, n, n, n) with n = 2 * threshold + 1; axis 0 is right, down, down-right, down-left;
    the other axes hold difference + threshold. All zero where no run of four samples fits.

    Source
    ------
    Pevny, Bas, Fridrich, "Steganalysis by subtractive pixel adjacency matrix", IEEE TIFS 5(2), 2010,
    equations 1 to 6. Differs from the paper: joint counts instead of transition probabilities. The opposite
    directions are the same counts re-indexed: (u, v, w) becomes (-w, -v, -u).
    """
    rows, columns = plane.shape
    n = 2 * threshold + 1
    cast, middle = plane.dtype.type, np.uint8(threshold)
    most = cast(threshold)
    counts = np.zeros((4, n * n * n), dtype=np.int64)
    samples = plane.reshape(-1)
    codes = np.zeros(samples.size + columns + 1, dtype=np.uint8)
    for direction in range(4):
        down, right = min(direction, 1), (1, 0, 1, -1)[direction]
        step = down * columns + right
        if rows <= 3 * down or columns <= 3 * abs(right):
            continue
        first, second = samples[: samples.size - step], samples[step:]
        for p in range(first.size):  # in the plane's own type, which a vector holds 64 of; row ends are not used
            a, b = first[p], second[p]
            drop, rise = np.uint8(min(cast(max(a, b) - b), most)), np.uint8(min(cast(max(a, b) - a), most))
            codes[p] = middle + drop - rise
        inside = codes[max(0, -right) :]
        shape = (rows - down, columns - abs(right))
        _count_runs(inside, columns, shape, (down, right), (n, 3), counts[direction])
    return counts.reshape((4, n, n, n))


@kernel
def count_third_difference_runs(plane: NDArray[np.uint8], step: int) -> NDArray[np.int64]:
    """Count runs of four quantized third differences, each along rows and along columns.

    Along a direction s the residual is r[p] = plane[p - s] - 3 plane[p] + 3 plane[p + s] - plane[p + 2s]: what the
    parabola through three neighbours leaves of the next sample. Its code is r / step, rounded half away from zero and
    truncated to -2..2 (T = 2 in the paper). Every run of four neighbouring codes adds one to its bin.

    Parameters
    ----------
    plane : uint8 array, shape (rows, columns), C order
    step : grey levels of the residual, at least 1 (c q in the paper)

    Returns
    -------
    int64 array, shape (4, 5, 5, 5, 5); axis 0 is residual and run along rows; residual along rows, run along columns;
    residual along columns, run along rows; both along columns. The other axes hold code + 2, in the order of the run.
    All zero where no run fits.

    Source
    ------
    Fridrich, Kodovsky, "Rich models for steganalysis of digital images", IEEE TIFS 7(3), 2012, equations 2 and 3,
    table II ("3rd").
    """
    rows, columns = plane.shape
    counts = np.zeros((4, 5 * 5 * 5 * 5), dtype=np.int64)
    samples = plane.reshape(-1)
    codes = np.zeros(samples.size + columns + 1, dtype=np.uint8)
    small, large = np.int16((step + 1) // 2), np.int16((3 * step + 1) // 2)  # the smallest that round to 1 and to 2
    minus_small, minus_large = np.int16(-small), np.int16(-large)
    for down in range(2):
        height, width = rows - 3 * down, columns - 3 * (1 - down)
        if height < 1 or width < 1:
            continue
        lag = columns if down else 1
        first, second, third, fourth = samples, samples[lag:], samples[2 * lag :], samples[3 * lag :]
        for p in range(fourth.size):  # row ends are not used
            residual = np.int16(first[p]) - np.int16(fourth[p]) + 3 * (np.int16(third[p]) - np.int16(second[p]))
            narrow = np.int16(residual)
            above = np.uint8(narrow >= small) + np.uint8(narrow >= large)
            codes[p] = np.uint8(above + np.uint8(narrow > minus_small) + np.uint8(narrow > minus_large))
        if width >= 4:
            _count_runs(codes, columns, (height, width), (0, 1), (5, 4), counts[2 * down])
        if height >= 4:
            _count_runs(codes, columns, (height, width), (1, 0), (5, 4), counts[2 * down + 1])
    return counts.reshape((4, 5, 5, 5, 5))


@register_jitable(error_model="numpy")
def _count_runs(
    codes: NDArray[np.uint8],
    stride: int,
    shape: tuple[int, int],
    direction: tuple[int, int],
    kind: tuple[int, int],
    counts: NDArray[np.int64],
) -> None:
    """Add one to the bin of every run of `length` codes along a direction.

    Histogram increments are what this costs: so words of length + 1 codes are counted at every second place, and
    each word is then counted as the two runs that it holds. Runs left between words and the border follow singly.

    Parameters
    ----------
    codes : flat, values below n; at least a row and a sample longer than the last run
    stride : distance between rows in `codes`
    shape : rows and columns of the codes within which runs lie
    direction : (down, right): (0, 1), (1, 0), (1, 1) or (1, -1)
    kind : (n, length), length 3 or 4
    counts : the n ** length bins, by the codes in the order of the run
    """
    (rows, columns), (down, right), (n, length) = shape, direction, kind
    step = down * stride + right
    words = _join_codes(codes, step, n, length)
    bins = np.zeros((2, counts.size * n), dtype=np.int32)  # two, so that equal neighbours do not wait for each other
    first, last = max(0, -(length - 1) * right), columns - max(0, (length - 1) * right)
    low, high = max(0, -length * right), columns - max(0, length * right)
    n_lines = rows - (length - 1) * down
    n_even = n_lines // 2 * 2 if down else 0
    for i in range(0, n_even, 2):
        line = words[i * stride + low : i * stride + high]
        for j in range(line.size):
            bins[j & 1, line[j]] += 1
        if right:
            counts[words[i * stride + (first if right < 0 else last - 1)] // n] += 1
            counts[words[(i + 1) * stride + (last - 1 if right < 0 else first)] // n] += 1
    for i in range(n_even, n_lines):
        n_pairs = 0 if down else (last - first) // 2
        line = words[i * stride + first : i * stride + last]
        for j in range(n_pairs):
            bins[j & 1, line[2 * j]] += 1
        for j in range(2 * n_pairs, line.size):
            counts[line[j] // n] += 1
    _split_words(bins[0] + bins[1], n, counts)


@register_jitable(error_model="numpy")
def _join_codes(codes: NDArray[np.uint8], step: int, n: int, length: int) -> NDArray[np.uint16]:
    """Read the length + 1 codes from each place on as the digits of one number; beyond the end, zeros follow."""
    base, square = np.uint8(n), np.uint16(n * n)
    pairs = np.zeros(codes.size + 2 * step, dtype=np.uint8)
    later = codes[step:]
    for p in range(later.size):
        pairs[p] = codes[p] * base + later[p]
    words = np.empty(codes.size, dtype=np.uint16)
    after = pairs[2 * step :]
    for p in range(words.size):
        words[p] = np.uint16(pairs[p]) * square + np.uint16(after[p])
    if length == 4:
        fifth = codes[4 * step :] if 4 * step < codes.size else codes[:0]
        single = np.uint16(n)
        for p in range(fifth.size):
            words[p] = words[p] * single + np.uint16(fifth[p])
        for p in range(fifth.size, words.size):
            words[p] *= single
    return words


@register_jitable(error_model="numpy")
def _split_words(words: NDArray[np.int32], n: int, counts: NDArray[np.int64]) -> None:
    """Add to each run's bin the words that begin and the words that end with it."""
    for digit in range(n):
        ends = words[digit * counts.size : (digit + 1) * counts.size]
        for run in range(counts.size):
            counts[run] += ends[run]
    for run in range(counts.size):
        begins = np.int32(0)
        for digit in range(n):
            begins += words[run * n + digit]
        counts[run] += begins
