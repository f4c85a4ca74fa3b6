"""Traces of a colour filter array: residuals by place in the 2x2 lattice, and weights of interpolation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def measure_lattice(
    planes: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]],
    pairs: NDArray[np.int64],
    block: int,
    skip: int,
) -> NDArray[np.float64]:
    """Average residuals and intermediate values over the four places of the 2x2 lattice, block by block.

    A ring is four times the sample minus the sum of the four nearest (kind 0), of the four diagonal ones (kind 1),
    or of the four at distance 2 along rows and columns (kind 2). Rings 0 to 2 are these kinds in red, 3 to 5 in
    blue, 6 is kind 0 in green. A residual is the magnitude of one weight times one ring plus another weight times
    another ring. A sample is intermediate if it lies strictly between the smallest and the largest of its four
    nearest.

    Parameters
    ----------
    planes : red, green and blue: uint8 arrays of one shape (n_windows, rows, columns), rows and columns at least
        `block`, C order
    pairs : int64 array, shape (n, 4): first ring, second ring, and their weights; the sum of 1020 times each
        weight's magnitude must not exceed 8160
    block : side of a block, samples; even, at least 2 * skip + 4, at most 32
    skip : measure the first two of every 2 * skip rows; 1 measures all

    Returns
    -------
    float64 array, shape (n_windows, rows // block, columns // block, n + 3, 2, 2): means over the samples of each whole
    block whose row and column are even or odd (last two axes), of half of each of the n residuals, rounded down, then
    the shares of intermediate values in red, blue and green. The two outermost rows and columns of a window are
    left out. All zero for flat planes.

    Source
    ------
    Choi, Choi, Lee, "CFA pattern identification of digital cameras using intermediate value counting", Forensic
    Science International 212, 2011. Differs from the paper: samples equal to their smallest or largest neighbour,
    such as those of flat areas, are not intermediate.
    """
    n_windows, rows, columns = planes[0].shape
    n, n_pairs = columns - 4, pairs.shape[0]
    down, across = rows // block, columns // block
    means = np.zeros((n_windows, down, across, n_pairs + 3, 2, 2), dtype=np.float64)
    wide = (n + 127) // 128 * 128  # all loops over samples have 128 turns: what is beyond column n counts nowhere
    totals = np.zeros((2, n_pairs + 3, wide), dtype=np.uint16)
    rings = np.zeros((7, wide), dtype=np.int16)
    nearby = np.zeros((3, 5, wide + 4), dtype=np.uint8)  # rows i - 2 to i + 2 of red, blue and green
    reach, middle, start = (1, 1, 2), (0, 1, 0), ((2, 1, 3, 2), (1, 1, 3, 3), (2, 0, 4, 2))
    for line in range(n_windows * down):
        window, number = line // down, line % down
        totals[:] = 0
        n_rows = np.zeros(2, dtype=np.int64)
        for i in range(max(number * block, 2), min((number + 1) * block, rows - 2)):
            if i // 2 % skip != 0:
                continue
            n_rows[i & 1] += 1
            for colour in range(3):
                plane = (planes[0], planes[2], planes[1])[colour][window]
                for k in range(5):
                    row, copy = plane[i + k - 2], nearby[colour, k]
                    for j in range(columns):
                        copy[j] = row[j]
            for k in range(7):
                around, kind = nearby[k // 3], k % 3
                up, mid, left = reach[kind], middle[kind], start[kind]
                for at in range(0, wide, 128):
                    centre, ring = around[2, at + 2 : at + 130], rings[k, at : at + 128]
                    a = around[2 - up, at + left[0] : at + left[0] + 128]
                    b = around[2 + mid, at + left[1] : at + left[1] + 128]
                    c = around[2 - mid, at + left[2] : at + left[2] + 128]
                    d = around[2 + up, at + left[3] : at + left[3] + 128]
                    for j in range(128):
                        total = np.int16(np.int16(a[j]) + np.int16(b[j]))
                        total = np.int16(total + np.int16(np.int16(c[j]) + np.int16(d[j])))
                        ring[j] = np.int16(np.int16(np.int16(4) * np.int16(centre[j])) - total)
                    if kind == 0:
                        marks = totals[i & 1, n_pairs + k // 3, at : at + 128]
                        for j in range(128):
                            lowest = min(min(a[j], b[j]), min(c[j], d[j]))
                            highest = max(max(a[j], b[j]), max(c[j], d[j]))
                            marks[j] = np.uint16(marks[j] + np.uint16((lowest < centre[j]) & (centre[j] < highest)))
            for k in range(n_pairs):
                weight, other_weight = np.int16(pairs[k, 2]), np.int16(pairs[k, 3])
                for at in range(0, wide, 128):
                    one, other = rings[pairs[k, 0], at : at + 128], rings[pairs[k, 1], at : at + 128]
                    found = totals[i & 1, k, at : at + 128]
                    for j in range(128):
                        value = np.int16(np.int16(weight * one[j]) + np.int16(other_weight * other[j]))
                        found[j] = np.uint16(found[j] + (np.uint16(max(value, np.int16(-value))) >> 1))
        for place in range(across):
            first, last = max(place * block - 2, 0), min((place + 1) * block - 2, n)
            for parity in range(2):
                for k in range(n_pairs + 3):
                    part = totals[parity, k, first:last]
                    both = odd = np.int32(0)
                    for j in range(last - first):
                        both = np.int32(both + np.int32(part[j]))
                        odd = np.int32(odd + np.int32(np.int32(part[j]) * np.int32(j & 1)))
                    even = both - odd
                    means[window, number, place, k, parity, 0] = even / (n_rows[parity] * ((last - first + 1) // 2))
                    means[window, number, place, k, parity, 1] = odd / (n_rows[parity] * ((last - first) // 2))
    return means


@kernel
def average_interpolation_products(
    planes: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]], phases: NDArray[np.int64], skip: int
) -> NDArray[np.float64]:
    """Average the products of a sample's details in the three colours, given the places of the first red samples.

    A detail is a sample minus the mean of some neighbours. In rows that hold red samples "own" is red and "other" is
    blue, in the other rows they are exchanged. The details are

    y : of green, its 4 nearest
    s : half the difference of the mean of green's two nearest along the line (row or column) on which these differ
        less, minus that across it; 0 if they differ alike
    f : of own, the 4 samples at distance 2 along rows and columns
    gr, gc, gd : of green, the 2 nearest in the row, the 2 in the column, the 4 diagonal ones
    r, c, d : of own, in the row; of other, in the column; of other, on the diagonals

    Parameters
    ----------
    planes : red, green and blue: uint8 arrays of one shape (n_windows, rows, columns), rows and columns at least 8,
        C order
    phases : shape (n_windows, 2), row and column of the first red sample of each window, 0 or 1 each
    skip : measure the first two of every 2 * skip rows; 1 measures all

    Returns
    -------
    float64 array, shape (n_windows, 2, 12), squared grey levels: means at own samples, then at green samples, of s s,
    s f, f f, y s, y f, y y, r gr + c gc, gr gr + gc gc, r r + c c, d gd, gd gd, d d. The two outermost rows and columns
    are left out. All zero for flat planes.
    """
    n_windows, rows, columns = planes[0].shape
    n = columns - 4
    wide = (n + 127) // 128 * 128  # all loops over samples have 128 turns: what is beyond column n counts nowhere
    sums = np.zeros((2, 12, wide), dtype=np.float32)
    x = np.zeros((9, wide), dtype=np.float32)
    nearby = np.zeros((3, 5, wide + 4), dtype=np.uint8)  # rows i - 2 to i + 2 of green, own and other
    means = np.zeros((n_windows, 2, 12), dtype=np.float64)
    up, middle = (0, 1, 1, 2), (0, 1, 1, 0)  # of the details along a row, a column, the diagonals, and far
    start = ((1, 1, 3, 3), (2, 2, 2, 2), (1, 1, 3, 3), (2, 0, 4, 2))
    target = (0, 1, 2, 3, 4, 5, 6, 6, 7, 7, 8, 8, 9, 10, 11)
    first, second = (1, 1, 2, 0, 0, 0, 6, 7, 3, 4, 6, 7, 8, 5, 8), (1, 2, 2, 1, 2, 0, 3, 4, 3, 4, 6, 7, 5, 5, 8)
    quarter, half = np.float32(0.25), np.float32(0.5)
    for window in range(n_windows):
        top, left = phases[window, 0], phases[window, 1]
        sums[:] = 0
        n_rows = 0
        for i in range(2, rows - 2):
            if i // 2 % skip != 0:
                continue
            n_rows += 1
            parity = (i + top) & 1
            for colour in range(3):
                plane = (planes[1], planes[2 * parity], planes[2 - 2 * parity])[colour][window]
                for k in range(5):
                    row, copy = plane[i + k - 2], nearby[colour, k]
                    for j in range(columns):
                        copy[j] = row[j]
            for k in range(2, 9):  # own far, green in row, column, diagonals, own in row, other in column, diagonals
                around, kind = nearby[(1, 0, 0, 0, 1, 2, 2)[k - 2]], (3, 0, 1, 2, 0, 1, 2)[k - 2]
                left_of, high, mid = start[kind], up[kind], middle[kind]
                for at in range(0, wide, 128):
                    centre, out = around[2, at + 2 : at + 130], x[k, at : at + 128]
                    a = around[2 - high, at + left_of[0] : at + left_of[0] + 128]
                    b = around[2 + mid, at + left_of[1] : at + left_of[1] + 128]
                    c = around[2 - mid, at + left_of[2] : at + left_of[2] + 128]
                    d = around[2 + high, at + left_of[3] : at + left_of[3] + 128]
                    for j in range(128):
                        total = np.int16(np.int16(a[j]) + np.int16(b[j]))
                        total = np.int16(total + np.int16(np.int16(c[j]) + np.int16(d[j])))
                        out[j] = quarter * np.float32(np.int16(np.int16(np.int16(4) * np.int16(centre[j])) - total))
            for at in range(0, wide, 128):
                a, b = nearby[0, 1, at + 2 : at + 130], nearby[0, 3, at + 2 : at + 130]
                c, d = nearby[0, 2, at + 1 : at + 129], nearby[0, 2, at + 3 : at + 131]
                along_row, along_column = x[3, at : at + 128], x[4, at : at + 128]
                mean, step = x[0, at : at + 128], x[1, at : at + 128]
                for j in range(128):
                    mean[j] = half * (along_row[j] + along_column[j])
                for j in range(128):
                    vertical = abs(np.int16(np.int16(a[j]) - np.int16(b[j])))
                    horizontal = abs(np.int16(np.int16(c[j]) - np.int16(d[j])))
                    sign = np.float32(np.int32(horizontal < vertical) - np.int32(vertical < horizontal))
                    step[j] = sign * half * (along_column[j] - along_row[j])
            for k in range(15):
                for at in range(0, wide, 128):
                    one, two = x[first[k], at : at + 128], x[second[k], at : at + 128]
                    found = sums[parity, target[k], at : at + 128]
                    for j in range(128):
                        found[j] += one[j] * two[j]
        for parity in range(2):
            for k in range(12):
                even = odd = 0.0
                for j in range(0, n - 1, 2):
                    even += np.float64(sums[parity, k, j])
                    odd += np.float64(sums[parity, k, j + 1])
                if n % 2 == 1:
                    even += np.float64(sums[parity, k, n - 1])
                means[window, (left + parity) & 1, k] += even
                means[window, (left + parity + 1) & 1, k] += odd
        for place in range(2):
            for k in range(12):
                means[window, place, k] /= n_rows * n / 2
    return means


@kernel
def fit_interpolation(products: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """Fit how missing colours follow from their neighbours, by four regressions of least squares.

    In the notation of :func:`average_interpolation_products`: 0: y from s and f, at own samples; 1: the same at green
    samples; 2: r from gr and c from gc with one weight, at green samples; 3: d from gd, at own samples.

    Parameters
    ----------
    products : float64 array, shape (n_windows, 2, 12), of :func:`average_interpolation_products`
    floor : variance that every detail is taken to have beside its own, squared grey levels; greater than 0

    Returns
    -------
    float64 array, shape (n_windows, 10): both weights and the unexplained share of the variance (0..1) of regressions 0
    and 1, then the weight and the unexplained share of 2 and 3. The first weight is 1 where green is interpolated along
    edges and 0 where from all sides alike; the others are 1 where the detail of one colour is taken over by another.
    Flat planes: weights 0, shares 1.

    Source
    ------
    Swaminathan, Wu, Liu, "Nonintrusive component forensics of visual sensors using output images", IEEE TIFS 2(1),
    2007, section III. Differs from the paper: a few variables instead of all samples of the neighbourhood, and the
    class of the gradient enters through the choice of the line.
    """
    result = np.empty((products.shape[0], 10), dtype=np.float64)
    for window in range(products.shape[0]):
        found = result[window]
        for place in range(2):
            m = products[window, place]
            one, both, two = m[0] + floor, m[1], m[2] + floor
            determinant = one * two - both * both
            first, second = (two * m[3] - both * m[4]) / determinant, (one * m[4] - both * m[3]) / determinant
            found[3 * place], found[3 * place + 1] = first, second
            found[3 * place + 2] = (m[5] - first * m[3] - second * m[4] + floor) / (m[5] + floor)
        for k in range(2):
            m = products[window, 1 - k, 6 + 3 * k : 9 + 3 * k]
            weight = m[0] / (m[1] + floor)
            found[6 + 2 * k], found[7 + 2 * k] = weight, (m[2] - weight * m[0] + floor) / (m[2] + floor)
    return result


@kernel
def summarize_columns(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean and variance of every column of each table.

    Parameters
    ----------
    values : float64 array, shape (n_windows, n, k), n at least 1, C order

    Returns
    -------
    float64 array, shape (n_windows, 2, k): means, then mean squares of the deviations from them.
    """
    n_windows, n, k = values.shape
    summary = np.zeros((n_windows, 2, k), dtype=np.float64)
    for window in range(n_windows):
        table, mean, variance = values[window], summary[window, 0], summary[window, 1]
        for i in range(n):
            for j in range(k):
                mean[j] += table[i, j]
        for j in range(k):
            mean[j] /= n
        for i in range(n):
            for j in range(k):
                deviation = table[i, j] - mean[j]
                variance[j] += deviation * deviation
        for j in range(k):
            variance[j] /= n
    return summary
