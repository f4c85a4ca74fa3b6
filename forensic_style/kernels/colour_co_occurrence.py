"""Joint histograms of the residuals of red, green and blue at one sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def count_colour_triples(
    planes: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]],
    near: int,
    diagonal: int,
    shift: int,
    threshold: int,
    skip: int,
) -> NDArray[np.int64]:
    """Count triples of quantized residuals of the three colours at one sample, apart for the two kinds of diagonals.

    The residual is `near` times the sum of the four nearest samples plus `diagonal` times the sum of the four
    diagonal ones, minus the sample times the sum of these weights. It is divided by 2 ** shift, rounded half away
    from zero and truncated to -threshold..threshold (T in the paper).

    Parameters
    ----------
    planes : red, green and blue: uint8 arrays of one shape (rows, columns), both at least 6, C order
    near, diagonal : weights; the sum of their magnitudes must not exceed 15
    shift : binary logarithm of the quantization step, at least 1
    threshold : largest quantized residual told apart
    skip : count in the first two of every 2 * skip rows; 1 counts in all

    Returns
    -------
    int64 array, shape (2, n, n, n) with n = 2 * threshold + 1; axis 0 is the parity of row plus column, the others
    hold the residuals of red, green and blue + threshold. The outermost rows and columns of the image, and the first
    two rows, are left out.

    Source
    ------
    Goljan, Cogranne, Fridrich, "Rich model for steganalysis of color images", IEEE WIFS 2014, section III.B; split
    by the places of a colour filter array after Goljan, Fridrich, "CFA-aware features for steganalysis of color
    images", SPIE 9409, 2015.
    """
    rows, columns = planes[0].shape
    n, side = columns - 2, 2 * threshold + 1
    counts = np.zeros((2, side * side * side), dtype=np.int64)
    wide = (n + 127) // 128 * 128  # whole vectors
    bins = np.zeros(wide, dtype=np.int16)
    residual = np.zeros(wide, dtype=np.int16)
    vertical = np.zeros(columns, dtype=np.int16)
    one, other, centre = np.int16(near), np.int16(diagonal), np.int16(-4 * (near + diagonal))
    limit, base = np.int16(threshold), np.int16(side)
    for i in range(2, rows - 1):
        if i // 2 % skip != 0:
            continue
        bins[:] = 0
        for k in range(3):
            above, below, row = planes[k][i - 1], planes[k][i + 1], planes[k][i]
            for j in range(columns):
                vertical[j] = np.int16(np.int16(above[j]) + np.int16(below[j]))
            a, b, c = vertical[0:n], vertical[1 : 1 + n], vertical[2 : 2 + n]
            d, e, f = row[0:n], row[1 : 1 + n], row[2 : 2 + n]
            for j in range(n):
                nearest = np.int16(b[j] + np.int16(np.int16(d[j]) + np.int16(f[j])))
                corners = np.int16(a[j] + c[j])
                total = np.int16(np.int16(one * nearest) + np.int16(other * corners))
                residual[j] = np.int16(total + np.int16(centre * np.int16(e[j])))
            for j in range(wide):
                bins[j] = np.int16(np.int16(bins[j] * base) + limit)
            for level in range(threshold):
                edge = np.int16((2 * level + 1) << (shift - 1))
                opposite = np.int16(-edge)
                for j in range(wide):
                    step = np.int16(np.int16(residual[j] >= edge) - np.int16(residual[j] <= opposite))
                    bins[j] = np.int16(bins[j] + step)
        even, odd = counts[(i + 1) & 1], counts[i & 1]  # the first column counted is odd
        for j in range(0, n - 1, 2):
            even[np.uint16(bins[j])] += 1
            odd[np.uint16(bins[j + 1])] += 1
        if n % 2 == 1:
            even[np.uint16(bins[n - 1])] += 1
    return counts.reshape((2, side, side, side))
