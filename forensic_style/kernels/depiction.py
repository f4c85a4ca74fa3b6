"""How a picture is drawn: flat runs, contours, how detail and colours hang together, lines of colour."""

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


@kernel
def sum_colour_gradients(
    lumas: NDArray[np.uint16],
    reds: NDArray[np.uint16],
    greens: NDArray[np.uint16],
    blues: NDArray[np.uint16],
    unit: float,
    softness: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums that tell how the channels' gradients agree, and how those of brightness and colour coincide.

    Gradients g are central differences, in grey levels (unit times half the difference). With the tensor
    E = sum gx^2, F = sum gy^2, H = sum gx gy over the three channels, the coherence is
    ((E - F)^2 + 4 H^2) / ((E + F)^2 + 4): 1 where all channels change along one direction, 0 where they change along
    different ones or not at all. The strength of brightness is m / (m + softness) of luma's gradient magnitude m,
    that of colour the same of the gradients of red - green and blue - green together.

    Parameters
    ----------
    lumas, reds, greens, blues : uint16 arrays of one shape (n_windows, rows, columns), rows and columns at least 3, C
        order
    unit : grey levels per unit of the planes
    softness : above 0, in grey levels

    Returns
    -------
    moments : float64 array, shape (n_windows, 6): n, sum x, sum y, sum x^2, sum y^2, sum x y of strength of brightness
        x and of colour y
    coherence : float64 array, shape (n_windows, 3): sum of coherence, of coherence times E + F, of E + F

    Source
    ------
    Di Zenzo, "A note on the gradient of a multi-image", Computer Vision, Graphics, and Image Processing 33(1), 1986:
    the tensor and its coherence.
    """
    n_windows, rows, columns = lumas.shape[0], lumas.shape[1] - 2, lumas.shape[2] - 2
    moments, totals = np.zeros((n_windows, 6)), np.zeros((n_windows, 3))
    width = (columns + 15) // 16 * 16  # whole vectors
    sums = np.zeros((8, width), dtype=np.float32)
    brightness, colour = np.zeros(width, dtype=np.float32), np.zeros(width, dtype=np.float32)
    half, soft, four = np.float32(unit / 2), np.float32(softness), np.float32(4.0)
    grey, red, green, blue = lumas.reshape(-1), reds.reshape(-1), greens.reshape(-1), blues.reshape(-1)
    for number in range(n_windows * rows):
        window, i = number // rows, number % rows
        start = (window * (rows + 2) + i) * (columns + 2)
        middle, last = start + columns + 2, start + 2 * columns + 4
        n = min(width, grey.size - last - 2)  # on into the next row, if there is one, so that vectors are whole
        here, above, below = grey[middle:], grey[start:], grey[last:]
        for j in range(n):
            x = half * np.float32(np.int32(here[j + 2]) - np.int32(here[j]))
            y = half * np.float32(np.int32(below[j + 1]) - np.int32(above[j + 1]))
            magnitude = np.sqrt(x * x + y * y)
            brightness[j] = magnitude / (magnitude + soft)
        r, r_above, r_below = red[middle:], red[start:], red[last:]
        g, g_above, g_below = green[middle:], green[start:], green[last:]
        b, b_above, b_below = blue[middle:], blue[start:], blue[last:]
        for j in range(n):
            rx = half * np.float32(np.int32(r[j + 2]) - np.int32(r[j]))
            gx = half * np.float32(np.int32(g[j + 2]) - np.int32(g[j]))
            bx = half * np.float32(np.int32(b[j + 2]) - np.int32(b[j]))
            ry = half * np.float32(np.int32(r_below[j + 1]) - np.int32(r_above[j + 1]))
            gy = half * np.float32(np.int32(g_below[j + 1]) - np.int32(g_above[j + 1]))
            by = half * np.float32(np.int32(b_below[j + 1]) - np.int32(b_above[j + 1]))
            e, f, h = rx * rx + gx * gx + bx * bx, ry * ry + gy * gy + by * by, rx * ry + gx * gy + bx * by
            energy = e + f
            coherence = ((e - f) * (e - f) + four * h * h) / (energy * energy + four)
            sums[5, j] += coherence
            sums[6, j] += coherence * energy
            sums[7, j] += energy
            rx, ry, bx, by = rx - gx, ry - gy, bx - gx, by - gy
            magnitude = np.sqrt(rx * rx + ry * ry + bx * bx + by * by)
            colour[j] = magnitude / (magnitude + soft)
        for j in range(n):
            sums[0, j] += brightness[j]
            sums[1, j] += colour[j]
            sums[2, j] += brightness[j] * brightness[j]
            sums[3, j] += colour[j] * colour[j]
            sums[4, j] += brightness[j] * colour[j]
        if i == rows - 1:
            moments[window, 0] = rows * columns
            for j in range(columns):
                for k in range(5):
                    moments[window, 1 + k] += np.float64(sums[k, j])
                for k in range(3):
                    totals[window, k] += np.float64(sums[5 + k, j])
            sums[:] = 0
    return moments, totals


@kernel
def count_colour_clouds(
    reds: NDArray[np.uint16],
    greens: NDArray[np.uint16],
    blues: NDArray[np.uint16],
    floor: float,
    traces: NDArray[np.float64],
    ratios: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Count the boxes of 4x4 samples, 2 apart, by how far their colours scatter and how much along one line.

    With C the covariance of the three channels in a box plus the floor on its diagonal, and m the sum of its three
    principal 2x2 minors, the scatter is tr C and the ratio tr(C)^2 / (3 m): 1 where colours scatter alike in all
    directions, without bound where they lie on a line.

    Parameters
    ----------
    reds, greens, blues : uint16 arrays of one shape (n_windows, rows, columns), values at most 4080, C order
    floor : above 0, in squared units of the planes
    traces, ratios : increasing bounds; each starts the next class

    Returns
    -------
    int64 array, shape (n_windows, len(traces) + 1, len(ratios) + 1); zeros where no box fits.

    Source
    ------
    Omer and Werman, "Color lines: image specific color representation", CVPR 2004: colours of one surface lie on a
    line. Differs from it: squares of invariants of the covariance in place of the lines themselves.
    """
    n_windows, n_pairs, n_boxes = reds.shape[0], reds.shape[1] // 2, reds.shape[2] // 2
    counts = np.zeros((n_windows, (traces.size + 1) * (ratios.size + 1)), dtype=np.int64)
    columns = np.zeros((9, 2 * n_boxes), dtype=np.int32)  # sums of two rows
    squares = np.zeros((2, 9, n_boxes), dtype=np.int32)  # sums of 2x2 samples: of these two rows and the two before
    trace, minors = np.zeros(n_boxes), np.zeros(n_boxes)
    classes = np.zeros(n_boxes, dtype=np.int32)
    n_fitting = max(0, n_boxes - 1)
    for task in range(n_windows * n_pairs):
        window, pair = task // n_pairs, task % n_pairs
        _add_two_rows(reds[window], greens[window], blues[window], 2 * pair, columns)
        this, before = squares[pair % 2], squares[1 - pair % 2]
        for k in range(9):
            for j in range(n_boxes):
                this[k, j] = columns[k, 2 * j] + columns[k, 2 * j + 1]
        if pair == 0:
            continue
        _measure_clouds(this, before, 256.0 * floor, trace, minors)
        classes[:] = 0
        for bound in traces:
            for j in range(n_fitting):
                classes[j] += (ratios.size + 1) * (trace[j] >= 256.0 * bound)
        for bound in ratios:
            for j in range(n_fitting):
                classes[j] += trace[j] * trace[j] >= 3.0 * bound * minors[j]
        for j in range(n_fitting):
            counts[window, classes[j]] += 1
    return counts.reshape(n_windows, traces.size + 1, ratios.size + 1)


@register_jitable(error_model="numpy")
def _add_two_rows(
    red: NDArray[np.uint16], green: NDArray[np.uint16], blue: NDArray[np.uint16], top: int, sums: NDArray[np.int32]
) -> None:
    """By column: the sums of the three channels over two rows, of their squares, and of red x green, r x b, g x b."""
    for j in range(sums.shape[1]):
        r, g, b = np.int32(red[top, j]), np.int32(green[top, j]), np.int32(blue[top, j])
        s, h, c = np.int32(red[top + 1, j]), np.int32(green[top + 1, j]), np.int32(blue[top + 1, j])
        sums[0, j], sums[1, j], sums[2, j] = r + s, g + h, b + c
        sums[3, j], sums[4, j], sums[5, j] = r * r + s * s, g * g + h * h, b * b + c * c
        sums[6, j], sums[7, j], sums[8, j] = r * g + s * h, r * b + s * c, g * b + h * c


@register_jitable(error_model="numpy")
def _measure_clouds(
    this: NDArray[np.int32],
    before: NDArray[np.int32],
    level: float,
    trace: NDArray[np.float64],
    minors: NDArray[np.float64],
) -> None:
    """Trace and minors of 256 times the covariance of each box plus a level, without rounding of the former."""
    for j in range(trace.size - 1):
        r = np.float64(this[0, j] + this[0, j + 1] + before[0, j] + before[0, j + 1])
        g = np.float64(this[1, j] + this[1, j + 1] + before[1, j] + before[1, j + 1])
        b = np.float64(this[2, j] + this[2, j + 1] + before[2, j] + before[2, j + 1])
        rr = 16.0 * np.float64(this[3, j] + this[3, j + 1] + before[3, j] + before[3, j + 1]) - r * r + level
        gg = 16.0 * np.float64(this[4, j] + this[4, j + 1] + before[4, j] + before[4, j + 1]) - g * g + level
        bb = 16.0 * np.float64(this[5, j] + this[5, j + 1] + before[5, j] + before[5, j + 1]) - b * b + level
        rg = 16.0 * np.float64(this[6, j] + this[6, j + 1] + before[6, j] + before[6, j + 1]) - r * g
        rb = 16.0 * np.float64(this[7, j] + this[7, j + 1] + before[7, j] + before[7, j + 1]) - r * b
        gb = 16.0 * np.float64(this[8, j] + this[8, j + 1] + before[8, j] + before[8, j + 1]) - g * b
        trace[j] = rr + gg + bb
        minors[j] = rr * gg - rg * rg + rr * bb - rb * rb + gg * bb - gb * gb
