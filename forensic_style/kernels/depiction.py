"""How a picture is drawn: flat runs, contours, how detail and colours hang together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def add_squares(plane: NDArray[np.generic]) -> NDArray[np.uint16]:
    """Add up the four samples of every 2x2 square: four times the plane at half its size.

    Parameters
    ----------
    plane : unsigned integer array, shape (rows, columns), values at most 16383, C order; a last odd row or column is
        left out

    Returns
    -------
    uint16 array, shape (rows // 2, columns // 2)
    """
    rows, columns = plane.shape[0] // 2, plane.shape[1] // 2
    sums = np.empty((rows, columns), dtype=np.uint16)
    for i in range(rows):
        above, below, found = plane[2 * i], plane[2 * i + 1], sums[i]
        for j in range(columns):
            found[j] = np.uint16(
                np.int32(above[2 * j])
                + np.int32(above[2 * j + 1])
                + np.int32(below[2 * j])
                + np.int32(below[2 * j + 1])
            )
    return sums


@kernel
def count_flat_runs(plane: NDArray[np.uint8], tolerance: int, n_lengths: int) -> NDArray[np.int64]:
    """Count the samples at which a run of 1, 2, 4, 8 ... small steps downwards ends.

    A step is the difference of a sample and the one above; it is small up to the tolerance in magnitude.

    Parameters
    ----------
    plane : uint8 array, shape (rows, columns), at most 32767 rows, C order
    tolerance : grey levels
    n_lengths : lengths 2**0 ... 2**(n_lengths - 1), at most 14

    Returns
    -------
    int64 array, shape (n_lengths,): out of (rows - length) * columns samples; 0 where no run fits.
    """
    rows, columns = plane.shape
    lengths = np.zeros(columns, dtype=np.int16)  # of the run that ends here
    counts = np.zeros((n_lengths, columns), dtype=np.int16)
    limit = np.int16(tolerance)
    for i in range(rows - 1):
        above, here = plane[i], plane[i + 1]
        for j in range(columns):
            step = abs(np.int16(above[j]) - np.int16(here[j]))
            lengths[j] = np.int16((lengths[j] + 1) * np.int16(step <= limit))
        for number in range(n_lengths):
            least, count = np.int16(1 << number), counts[number]
            for j in range(columns):
                count[j] += np.int16(lengths[j] >= least)
    totals = np.zeros(n_lengths, dtype=np.int64)
    for number in range(n_lengths):
        for j in range(columns):
            totals[number] += np.int64(counts[number, j])
    return totals


@kernel
def sum_band_products(plane: NDArray[np.uint16], softness: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Moments of the strengths of four bands of detail, for their correlations, and the sums behind their asymmetry.

    The bands are the second differences b = f[-1] - 2 f[0] + f[1] to the right, downwards, along the falling and the
    rising diagonal; their strengths are |b| / (|b| + softness).

    Parameters
    ----------
    plane : uint16 array, shape (rows, columns), both at least 7, values below 32768, C order
    softness : above 0, in units of the plane

    Returns
    -------
    moments : float64 array, shape (9, 6): n, sum x, sum y, sum x^2, sum y^2, sum x y of the pairs (strength to the
        right, the same 1, 2, 4 samples further right), (downwards, the same 1, 2, 4 samples further down), (right,
        down), (falling, rising), (right + down, falling + rising)
    asymmetry : float64 array, shape (2,): sum L |L| and sum L^2 of the Laplacian L = right + down, units of the plane
    """
    rows, columns = plane.shape[0] - 2, plane.shape[1] - 2
    maps = np.empty((4, rows, columns), dtype=np.float32)
    signed, squared = np.zeros(columns, dtype=np.float32), np.zeros(columns, dtype=np.float32)
    soft = np.float32(softness)
    for i in range(rows):
        above, here, below = plane[i], plane[i + 1], plane[i + 2]
        right, down, falling, rising = maps[0, i], maps[1, i], maps[2, i], maps[3, i]
        for j in range(columns):
            centre = np.int32(2) * np.int32(here[j + 1])
            one = np.float32(np.int32(here[j]) + np.int32(here[j + 2]) - centre)
            two = np.float32(np.int32(above[j + 1]) + np.int32(below[j + 1]) - centre)
            both = one + two
            signed[j] += both * abs(both)
            squared[j] += both * both
            right[j] = abs(one) / (abs(one) + soft)
            down[j] = abs(two) / (abs(two) + soft)
        for j in range(columns):
            centre = np.int32(2) * np.int32(here[j + 1])
            three = np.float32(abs(np.int32(above[j]) + np.int32(below[j + 2]) - centre))
            four = np.float32(abs(np.int32(above[j + 2]) + np.int32(below[j]) - centre))
            falling[j] = three / (three + soft)
            rising[j] = four / (four + soft)
    sums = np.zeros((17, columns), dtype=np.float32)  # by column: rows of additions without a chain vectorize
    for i in range(rows):
        a, b, c, d = maps[0, i], maps[1, i], maps[2, i], maps[3, i]
        for k in range(4):
            one_map, total, squares = maps[k, i], sums[k], sums[4 + k]
            for j in range(columns):
                total[j] += one_map[j]
                squares[j] += one_map[j] * one_map[j]
        straight, diagonal, crossed = sums[8], sums[9], sums[10]
        for j in range(columns):
            straight[j] += a[j] * b[j]
            diagonal[j] += c[j] * d[j]
            crossed[j] += (a[j] + b[j]) * (c[j] + d[j])
        for number in range(3):
            lag = 1 << number
            total, ahead = sums[11 + number], a[lag:]
            for j in range(columns - lag):
                total[j] += a[j] * ahead[j]
            if i + lag < rows:
                total, ahead = sums[14 + number], maps[1, i + lag]
                for j in range(columns):
                    total[j] += b[j] * ahead[j]
    whole = np.zeros(17)
    asymmetry = np.zeros(2)
    for j in range(columns):  # loops here and below: sums and products of whole arrays compile five times as long
        for k in range(17):
            whole[k] += np.float64(sums[k, j])
        asymmetry[0] += np.float64(signed[j])
        asymmetry[1] += np.float64(squared[j])
    moments = np.empty((9, 6))
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
    return moments, asymmetry


@kernel
def sum_colour_gradients(
    luma: NDArray[np.uint16],
    red: NDArray[np.uint16],
    green: NDArray[np.uint16],
    blue: NDArray[np.uint16],
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
    luma, red, green, blue : uint16 arrays of one shape (rows, columns), both at least 3, C order
    unit : grey levels per unit of the planes
    softness : above 0, in grey levels

    Returns
    -------
    moments : float64 array, shape (6,): n, sum x, sum y, sum x^2, sum y^2, sum x y of strength of brightness x and of
        colour y
    coherence : float64 array, shape (3,): sum of coherence, of coherence times E + F, of E + F

    Source
    ------
    Di Zenzo, "A note on the gradient of a multi-image", Computer Vision, Graphics, and Image Processing 33(1), 1986:
    the tensor and its coherence.
    """
    rows, columns = luma.shape[0] - 2, luma.shape[1] - 2
    sums = np.zeros((8, columns), dtype=np.float32)
    brightness, colour = np.empty(columns, dtype=np.float32), np.empty(columns, dtype=np.float32)
    half, soft, four = np.float32(unit / 2), np.float32(softness), np.float32(4.0)
    for i in range(rows):
        grey, above, below = luma[i + 1], luma[i], luma[i + 2]
        for j in range(columns):
            x = half * np.float32(np.int32(grey[j + 2]) - np.int32(grey[j]))
            y = half * np.float32(np.int32(below[j + 1]) - np.int32(above[j + 1]))
            magnitude = np.sqrt(x * x + y * y)
            brightness[j] = magnitude / (magnitude + soft)
        r, r_above, r_below = red[i + 1], red[i], red[i + 2]
        g, g_above, g_below = green[i + 1], green[i], green[i + 2]
        b, b_above, b_below = blue[i + 1], blue[i], blue[i + 2]
        for j in range(columns):
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
        for j in range(columns):
            sums[0, j] += brightness[j]
            sums[1, j] += colour[j]
            sums[2, j] += brightness[j] * brightness[j]
            sums[3, j] += colour[j] * colour[j]
            sums[4, j] += brightness[j] * colour[j]
    moments, totals = np.zeros(6), np.zeros(3)
    moments[0] = rows * columns
    for j in range(columns):
        for k in range(5):
            moments[1 + k] += np.float64(sums[k, j])
        for k in range(3):
            totals[k] += np.float64(sums[5 + k, j])
    return moments, totals
