"""Joint histograms of what neighbouring samples hold: of truncated differences (SPAM), of quantized residuals (SRM)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def count_difference_triples(planes: NDArray[np.unsignedinteger[Any]], threshold: int) -> NDArray[np.int64]:
    """Count triples of consecutive truncated differences along four directions.

    Along a direction s the difference is D[p] = plane[p] - plane[p + s], truncated to -threshold..threshold
    (T in the paper). Every run of four samples p, p + s, p + 2s, p + 3s adds one to the bin
    (D[p], D[p + s], D[p + 2s]).

    Parameters
    ----------
    planes : uint8 or uint16 array, shape (n_windows, rows, columns), C order
    threshold : largest difference told apart, in grey levels, 1 to 7

    Returns
    -------
    int64 array, shape (n_windows, 4, n, n, n) with n = 2 * threshold + 1; axis 1 is right, down, down-right, down-left;
    the last axes hold difference + threshold. All zero where no run of four samples fits.

    Source
    ------
    Pevny, Bas, Fridrich, "Steganalysis by subtractive pixel adjacency matrix", IEEE TIFS 5(2), 2010,
    equations 1 to 6. Differs from the paper: joint counts instead of transition probabilities. The opposite
    directions are the same counts re-indexed: (u, v, w) becomes (-w, -v, -u).
    """
    n_windows, rows, columns = planes.shape
    n = 2 * threshold + 1
    cast, middle = planes.dtype.type, np.uint8(threshold)
    most = cast(threshold)
    counts = np.zeros((n_windows, 4, n * n * n), dtype=np.int64)
    bins = np.zeros((2, n * n * n * n), dtype=np.int32)
    codes, words = _make_room(rows, columns)
    for task in range(4 * n_windows):
        samples, direction = planes[task // 4].reshape(-1), task % 4
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
        _count_runs(inside, columns, shape, (down, right), (n, 3), words, bins)
        _split_words(bins, n, counts[task // 4, direction])
        _count_ends(inside, columns, shape, (down, right), (n, 3), counts[task // 4, direction])
    return counts.reshape((n_windows, 4, n, n, n))


@kernel
def count_third_difference_runs(planes: NDArray[np.uint8], step: int) -> NDArray[np.int64]:
    """Count runs of four quantized third differences, each along rows and along columns.

    Along a direction s the residual is r[p] = plane[p - s] - 3 plane[p] + 3 plane[p + s] - plane[p + 2s]: what the
    parabola through three neighbours leaves of the next sample. Its code is r / step, rounded half away from zero and
    truncated to -2..2 (T = 2 in the paper). Every run of four neighbouring codes adds one to its bin.

    Parameters
    ----------
    planes : uint8 array, shape (n_windows, rows, columns), C order
    step : grey levels of the residual, at least 1 (c q in the paper)

    Returns
    -------
    int64 array, shape (n_windows, 4, 5, 5, 5, 5); axis 1 is residual and run along rows; residual along rows, run along
    columns; residual along columns, run along rows; both along columns. The last axes hold code + 2, in the order of
    the run. All zero where no run fits.

    Source
    ------
    Fridrich, Kodovsky, "Rich models for steganalysis of digital images", IEEE TIFS 7(3), 2012, equations 2 and 3,
    table II ("3rd").
    """
    n_windows, rows, columns = planes.shape
    counts = np.zeros((n_windows, 4, 5 * 5 * 5 * 5), dtype=np.int64)
    bins = np.zeros((2, 5 * 5 * 5 * 5 * 5), dtype=np.int32)
    codes, words = _make_room(rows, columns)
    small, large = np.int16((step + 1) // 2), np.int16((3 * step + 1) // 2)  # the smallest that round to 1 and to 2
    minus_small, minus_large = np.int16(-small), np.int16(-large)
    for task in range(4 * n_windows):
        down, run_down = task // 2 % 2, task % 2
        height, width = rows - 3 * down, columns - 3 * (1 - down)
        if height < 1 or width < 1 or (height if run_down else width) < 4:
            continue
        samples = planes[task // 4].reshape(-1)
        lag = columns if down else 1
        first, second, third, fourth = samples, samples[lag:], samples[2 * lag :], samples[3 * lag :]
        for p in range(fourth.size if run_down == 0 or width < 4 else 0):  # row ends are not used
            residual = np.int16(first[p]) - np.int16(fourth[p]) + 3 * (np.int16(third[p]) - np.int16(second[p]))
            narrow = np.int16(residual)
            above = np.uint8(narrow >= small) + np.uint8(narrow >= large)
            codes[p] = np.uint8(above + np.uint8(narrow > minus_small) + np.uint8(narrow > minus_large))
        direction = (run_down, 1 - run_down)
        _count_runs(codes, columns, (height, width), direction, (5, 4), words, bins)
        _split_words(bins, 5, counts[task // 4, task % 4])
        _count_ends(codes, columns, (height, width), direction, (5, 4), counts[task // 4, task % 4])
    return counts.reshape((n_windows, 4, 5, 5, 5, 5))


@register_jitable(error_model="numpy")
def _make_room(rows: int, columns: int) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Room for the codes of a plane and for the words of a row, with so much behind that whole vectors fit in."""
    wide = (columns + 63) // 64 * 64
    return np.zeros((rows + 5) * columns + wide + 5, dtype=np.uint8), np.zeros(wide, dtype=np.uint16)


@register_jitable(error_model="numpy")
def _count_runs(
    codes: NDArray[np.uint8],
    stride: int,
    shape: tuple[int, int],
    direction: tuple[int, int],
    kind: tuple[int, int],
    words: NDArray[np.uint16],
    bins: NDArray[np.int32],
) -> None:
    """Count words of length + 1 codes along a direction, at every second place.

    Histogram increments are what this costs: so each word stands for the two runs of `length` codes that it holds, see
    :func:`_split_words`. Runs left between words and the border are for :func:`_count_ends`.

    Parameters
    ----------
    codes : flat, values below n, from :func:`_make_room`
    stride : distance between rows in `codes`
    shape : rows and columns of the codes within which runs lie
    direction : (down, right): (0, 1), (1, 0), (1, 1) or (1, -1)
    kind : (n, length), length 3 or 4
    words : room for those of a row
    bins : the n ** (length + 1) bins, twice, so that equal neighbours do not wait for each other
    """
    (rows, columns), (down, right), (n, length) = shape, direction, kind
    first, second = bins[0], bins[1]
    low, high = max(0, -length * right), columns - max(0, length * right)
    n_words = max(high - low, 0) if down else (columns - length + 1) // 2
    n_lines = rows - (length - 1) * down
    for i in range(0, n_lines - down, 1 + down):
        _join_codes(codes, i * stride + low, down * stride + right, n, length, words)
        if down:
            for k in range(n_words // 2):
                first[words[2 * k]] += 1
                second[words[2 * k + 1]] += 1
            if n_words % 2:
                first[words[n_words - 1]] += 1
        else:
            for k in range(n_words // 2):
                first[words[4 * k]] += 1
                second[words[4 * k + 2]] += 1
            if n_words % 2:
                first[words[2 * n_words - 2]] += 1


@register_jitable(error_model="numpy")
def _join_codes(
    codes: NDArray[np.uint8], start: int, step: int, n: int, length: int, words: NDArray[np.uint16]
) -> None:
    """Read the length + 1 codes from each place of a row on as the digits of one number, the last one first."""
    base, lag = np.uint16(n), np.uint64(step)
    a = np.uint64(start)  # unsigned, or the compiler looks for places from behind
    b, c, d = a + lag, a + lag + lag, a + lag + lag + lag
    e = d + lag
    if length == 3:
        for j in range(np.uint64(words.size)):
            one = np.uint16(np.uint16(np.uint16(codes[d + j]) * base) + np.uint16(codes[a + j]))
            two = np.uint16(np.uint16(one * base) + np.uint16(codes[b + j]))
            words[j] = np.uint16(np.uint16(two * base) + np.uint16(codes[c + j]))
    else:
        for j in range(np.uint64(words.size)):
            one = np.uint16(np.uint16(np.uint16(codes[e + j]) * base) + np.uint16(codes[a + j]))
            two = np.uint16(np.uint16(one * base) + np.uint16(codes[b + j]))
            three = np.uint16(np.uint16(two * base) + np.uint16(codes[c + j]))
            words[j] = np.uint16(np.uint16(three * base) + np.uint16(codes[d + j]))


@register_jitable(error_model="numpy")
def _count_ends(
    codes: NDArray[np.uint8],
    stride: int,
    shape: tuple[int, int],
    direction: tuple[int, int],
    kind: tuple[int, int],
    counts: NDArray[np.int64],
) -> None:
    """Add one to the bin of every run that :func:`_count_runs` leaves between words and the border."""
    (rows, columns), (down, right), (n, length) = shape, direction, kind
    first, last = max(0, -(length - 1) * right), columns - max(0, (length - 1) * right)
    n_lines = rows - (length - 1) * down
    n_even = n_lines // 2 * 2 if down else 0
    for i in range(n_lines):
        left, end = first, last
        if i < n_even:
            if right == 0:
                continue
            at_left = (right < 0) == (i % 2 == 0)
            left, end = (first, first + 1) if at_left else (last - 1, last)
        elif down == 0:
            left = first + (last - first) // 2 * 2
        for j in range(left, end):
            place, run = i * stride + j, 0
            for k in range(length):
                run = run * n + codes[place + k * (down * stride + right)]
            counts[run] += 1


@register_jitable(error_model="numpy")
def _split_words(bins: NDArray[np.int32], n: int, counts: NDArray[np.int64]) -> None:
    """Add to each run's bin the words that begin and the words that end with it, and set those to zero."""
    first, second = bins[0], bins[1]
    for word in range(first.size):
        first[word] += second[word]
    for word in range(second.size):
        second[word] = 0
    ends = second[: counts.size // n]
    for last in range(n):
        words = first[last * counts.size : (last + 1) * counts.size]
        for run in range(counts.size):
            counts[run] += words[run]
        for begin in range(0, words.size, ends.size):
            part = words[begin : begin + ends.size]
            for rest in range(ends.size):
                ends[rest] += part[rest]
        for rest in range(ends.size):
            counts[rest * n + last] += ends[rest]
            ends[rest] = 0
    for word in range(first.size):
        first[word] = 0
