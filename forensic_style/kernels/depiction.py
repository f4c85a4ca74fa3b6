"""How a picture is drawn: flat runs, contours, how detail hangs together."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def add_squares(planes: NDArray[np.generic]) -> NDArray[np.uint16]:
    """Add up the four samples of every 2x2 square: four times the planes at half their size.

    Parameters
    ----------
    planes : unsigned integer array, shape (n_windows, rows, columns), values at most 16383, C order; a last odd row or
        column is left out

    Returns
    -------
    uint16 array, shape (n_windows, rows // 2, columns // 2)
    """
    n_windows, rows, columns = planes.shape[0], planes.shape[1] // 2, planes.shape[2] // 2
    sums = np.empty((n_windows, rows, columns), dtype=np.uint16)
    for number in range(n_windows * rows):
        window, i = number // rows, number % rows
        above, below, found = planes[window, 2 * i], planes[window, 2 * i + 1], sums[window, i]
        for j in range(columns):
            found[j] = np.uint16(
                np.int32(above[2 * j])
                + np.int32(above[2 * j + 1])
                + np.int32(below[2 * j])
                + np.int32(below[2 * j + 1])
            )
    return sums


@kernel
def count_flat_runs(planes: NDArray[np.uint8], tolerance: int, n_lengths: int) -> NDArray[np.int64]:
    """Count the samples at which a run of 1, 2, 4, 8 ... small steps ends, downwards and to the right.

    A step is the difference of a sample and the one above, or to the left; it is small up to the tolerance in
    magnitude.

    Parameters
    ----------
    planes : uint8 array, shape (n_windows, rows, columns), C order
    tolerance : grey levels, 0 to 255
    n_lengths : lengths 2**0 ... 2**(n_lengths - 1), at most 14

    Returns
    -------
    int64 array, shape (n_windows, 2, n_lengths): downwards out of (rows - length) * columns samples, to the right out
    of rows * (columns - length); 0 where no run fits.
    """
    n_windows, rows, columns = planes.shape
    counts = np.zeros((n_windows, 2, n_lengths), dtype=np.int64)
    limit = np.uint8(tolerance)
    flat = np.zeros((2, (rows * columns + 7) // 8 * 8), dtype=np.uint8)  # 1 where a run of this, twice this length ends
    for task in range(2 * n_windows):
        samples, found = planes[task // 2].reshape(-1), counts[task // 2, task % 2]
        lag = 1 if task % 2 else columns
        first, rest, here = samples[: samples.size - lag], samples[lag:], flat[0, lag:]
        for p in range(rest.size):
            here[p] = np.uint8(np.uint8(max(first[p], rest[p]) - min(first[p], rest[p])) <= limit)
        for p in range(0, samples.size, columns if task % 2 else samples.size):  # no step leads to the first column
            flat[0, p] = 0
        for p in range(min(lag, samples.size)):
            flat[0, p] = 0
        for number in range(n_lengths):
            runs, twice = flat[number % 2], flat[1 - number % 2]
            found[number] = _count_ones(runs.view(np.uint64))
            shift = min(lag << number, runs.size)
            earlier, later, both = runs[: runs.size - shift], runs[shift:], twice[shift:]
            for p in range(both.size):
                both[p] = earlier[p] & later[p]
            for p in range(shift):
                twice[p] = 0
    return counts


@register_jitable(error_model="numpy")
def _count_ones(words: NDArray[np.uint64]) -> np.int64:
    """Number of bytes of 1 among bytes of 0: eight at once, as long as none of their sums exceeds 255."""
    count = np.int64(0)
    byte, pair, pairs = np.uint64(8), np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0001000100010001)
    for begin in range(0, words.size, 255):
        part = words[begin : begin + 255]
        total = np.uint64(0)
        for p in range(part.size):
            total += part[p]
        total = (total & pair) + (total >> byte & pair)
        count += np.int64(total * pairs >> np.uint64(48))
    return count


@kernel
def sum_band_products(planes: NDArray[np.uint16], softness: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Moments of the strengths of four bands of detail, for their correlations, and the sums behind their asymmetry.

    The bands are the second differences b = f[-1] - 2 f[0] + f[1] to the right, downwards, along the falling and the
    rising diagonal; their strengths are |b| / (|b| + softness).

    Parameters
    ----------
    planes : uint16 array, shape (n_windows, rows, columns), rows and columns at least 7, values below 32768, C order
    softness : above 0, in units of the planes

    Returns
    -------
    moments : float64 array, shape (n_windows, 9, 6): n, sum x, sum y, sum x^2, sum y^2, sum x y of the pairs (strength
        to the right, the same 1, 2, 4 samples further right), (downwards, the same 1, 2, 4 samples further down),
        (right, down), (falling, rising), (right + down, falling + rising)
    asymmetry : float64 array, shape (n_windows, 2): sum L |L| and sum L^2 of the Laplacian L = right + down, units of
        the planes
    """
    n_windows, rows, columns = planes.shape[0], planes.shape[1] - 2, planes.shape[2] - 2
    width = (columns + 15) // 16 * 16  # whole vectors
    maps = np.zeros((4, rows + 4, width + 4), dtype=np.float32)  # zero below and on the right
    sums = np.zeros((19, width), dtype=np.float32)  # by column: rows of additions without a chain vectorize
    moments, asymmetry = np.empty((n_windows, 9, 6)), np.zeros((n_windows, 2))
    for window in range(n_windows):
        sums[:] = 0
        _map_strengths(planes, window, np.float32(softness), maps, sums[17:])
        _sum_maps(maps, rows, sums)
        _add_columns(maps, (rows, columns), sums, moments[window], asymmetry[window])
    return moments, asymmetry


@register_jitable(error_model="numpy")
def _map_strengths(
    planes: NDArray[np.uint16],
    window: int,
    soft: np.float32,
    maps: NDArray[np.float32],
    asymmetry: NDArray[np.float32],
) -> None:
    """Fill in the strengths of the four bands of a window, and add up L |L| and L^2 by column."""
    rows, columns = planes.shape[1] - 2, planes.shape[2] - 2
    samples, (signed, squared) = planes.reshape(-1), (asymmetry[0], asymmetry[1])
    for i in range(rows):
        start = (window * (rows + 2) + i) * (columns + 2)
        above, here, below = samples[start:], samples[start + columns + 2 :], samples[start + 2 * columns + 4 :]
        right, down, falling, rising = maps[0, i], maps[1, i], maps[2, i], maps[3, i]
        n = min(signed.size, below.size - 2)  # on into the next row, if there is one, so that vectors are whole
        for j in range(n):
            centre = np.int32(2) * np.int32(here[j + 1])
            one = np.float32(np.int32(here[j]) + np.int32(here[j + 2]) - centre)
            two = np.float32(np.int32(above[j + 1]) + np.int32(below[j + 1]) - centre)
            both = one + two
            signed[j] += both * abs(both)
            squared[j] += both * both
            right[j] = abs(one) / (abs(one) + soft)
            down[j] = abs(two) / (abs(two) + soft)
        for j in range(n):
            centre = np.int32(2) * np.int32(here[j + 1])
            three = np.float32(abs(np.int32(above[j]) + np.int32(below[j + 2]) - centre))
            four = np.float32(abs(np.int32(above[j + 2]) + np.int32(below[j]) - centre))
            falling[j] = three / (three + soft)
            rising[j] = four / (four + soft)
        for k in range(4):
            for j in range(columns, n):
                maps[k, i, j] = 0


@register_jitable(error_model="numpy")
def _sum_maps(maps: NDArray[np.float32], rows: int, sums: NDArray[np.float32]) -> None:
    """Add up by column: the four strengths, their squares, three products at one place, six of shifted strengths."""
    width = sums.shape[1]
    for i in range(rows):
        a, b, c, d = maps[0, i], maps[1, i], maps[2, i], maps[3, i]
        for k in range(4):
            one_map, total, squares = maps[k, i], sums[k], sums[4 + k]
            for j in range(width):
                total[j] += one_map[j]
                squares[j] += one_map[j] * one_map[j]
        straight, diagonal, crossed = sums[8], sums[9], sums[10]
        for j in range(width):
            straight[j] += a[j] * b[j]
            diagonal[j] += c[j] * d[j]
            crossed[j] += (a[j] + b[j]) * (c[j] + d[j])
        for number in range(3):
            lag = 1 << number
            beside, ahead = sums[11 + number], a[lag:]
            for j in range(width):
                beside[j] += a[j] * ahead[j]
            under, ahead = sums[14 + number], maps[1, i + lag]
            for j in range(width):
                under[j] += b[j] * ahead[j]


@register_jitable(error_model="numpy")
def _add_columns(
    maps: NDArray[np.float32],
    shape: tuple[int, int],
    sums: NDArray[np.float32],
    moments: NDArray[np.float64],
    asymmetry: NDArray[np.float64],
) -> None:
    """Fill in the moments of all pairs and the asymmetry, from the sums by column."""
    rows, columns = shape
    whole = np.zeros(17)
    for j in range(columns):  # loops here and below: sums and products of whole arrays compile five times as long
        for k in range(17):
            whole[k] += np.float64(sums[k, j])
        asymmetry[0] += np.float64(sums[17, j])
        asymmetry[1] += np.float64(sums[18, j])
    for number in range(3):
        lag = 1 << number
        row = moments[number]
        row[0] = rows * (columns - lag)
        for moment in range(2):
            line, left, right_end = sums[4 * moment], np.float32(0), np.float32(0)
            for j in range(lag):
                left += line[j]
                right_end += line[columns - lag + j]
            row[1 + 2 * moment], row[2 + 2 * moment] = whole[4 * moment] - right_end, whole[4 * moment] - left
        row[5] = whole[11 + number]
        row = moments[3 + number]
        row[0] = (rows - lag) * columns
        first = last = first_squares = last_squares = 0.0
        for i in range(lag):
            top, bottom = maps[1, i], maps[1, rows - lag + i]
            for j in range(columns):
                first += np.float64(top[j])
                last += np.float64(bottom[j])
                first_squares += np.float64(top[j]) * np.float64(top[j])
                last_squares += np.float64(bottom[j]) * np.float64(bottom[j])
        row[1], row[2], row[3], row[4] = (
            whole[1] - last,
            whole[1] - first,
            whole[5] - last_squares,
            whole[5] - first_squares,
        )
        row[5] = whole[14 + number]
    for pair in range(3):
        row = moments[6 + pair]
        row[0] = rows * columns
        if pair < 2:
            row[1], row[2], row[3], row[4] = (
                whole[2 * pair],
                whole[2 * pair + 1],
                whole[4 + 2 * pair],
                whole[5 + 2 * pair],
            )
        else:
            row[1], row[2] = whole[0] + whole[1], whole[2] + whole[3]
            row[3], row[4] = whole[4] + whole[5] + 2 * whole[8], whole[6] + whole[7] + 2 * whole[9]
        row[5] = whole[8 + pair]
