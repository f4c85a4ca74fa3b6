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
    planes : red, green and blue: uint8 arrays of one shape (n_windows, rows, columns), rows and columns at least 6, C
        order
    near, diagonal : weights; the sum of their magnitudes must not exceed 15
    shift : binary logarithm of the quantization step, at least 1
    threshold : largest quantized residual told apart
    skip : count in the first two of every 2 * skip rows; 1 counts in all

    Returns
    -------
    int64 array, shape (n_windows, 2, n, n, n) with n = 2 * threshold + 1; axis 1 is the parity of row plus column, the
    last ones hold the residuals of red, green and blue + threshold. The outermost rows and columns of a window, and
    its first two rows, are left out.

    Source
    ------
    Goljan, Cogranne, Fridrich, "Rich model for steganalysis of color images", IEEE WIFS 2014, section III.B; split
    by the places of a colour filter array after Goljan, Fridrich, "CFA-aware features for steganalysis of color
    images", SPIE 9409, 2015.
    """
    n_windows, rows, columns = planes[0].shape
    n, side = columns - 2, 2 * threshold + 1
    counts = np.zeros((n_windows, 2, side * side * side), dtype=np.int64)
    bins = np.zeros((n + 63) // 64 * 64, dtype=np.int16)  # whole vectors
    residual, vertical = np.zeros(bins.size, dtype=np.int16), np.zeros(bins.size + 2, dtype=np.int16)
    red, green, blue = planes[0].reshape(-1), planes[1].reshape(-1), planes[2].reshape(-1)
    one, other, centre = np.int16(near), np.int16(diagonal), np.int16(-4 * (near + diagonal))
    limit, base = np.int16(threshold), np.int16(side)
    stride, step, two = np.uint64(columns), np.uint64(1), np.uint64(2)
    for line in range(n_windows * (rows - 3)):
        window, i = line // (rows - 3), line % (rows - 3) + 2
        if i // 2 % skip != 0:
            continue
        above = np.uint64((window * rows + i - 1) * columns)  # unsigned, or the compiler looks for places from behind
        row, below = above + stride, above + stride + stride
        left = np.uint64(red.size) - below - two
        length = min(np.uint64(bins.size), left)  # on into the next row, if there is one, so that vectors are whole
        for k in range(3):
            samples = red if k == 0 else (green if k == 1 else blue)
            for j in range(length + two):
                vertical[j] = np.int16(np.int16(samples[above + j]) + np.int16(samples[below + j]))
            for j in range(length):
                nearest = np.int16(np.int16(samples[row + j]) + np.int16(samples[row + two + j]))
                nearest = np.int16(vertical[j + step] + nearest)
                corners = np.int16(vertical[j] + vertical[j + two])
                total = np.int16(np.int16(one * nearest) + np.int16(other * corners))
                residual[j] = np.int16(total + np.int16(centre * np.int16(samples[row + step + j])))
            if k == 0:
                bins[:] = 0
            for j in range(bins.size):
                bins[j] = np.int16(np.int16(bins[j] * base) + limit)
            for level in range(threshold):
                edge = np.int16((2 * level + 1) << (shift - 1))
                opposite = np.int16(-edge)
                for j in range(bins.size):
                    over = np.int16(np.int16(residual[j] >= edge) - np.int16(residual[j] <= opposite))
                    bins[j] = np.int16(bins[j] + over)
        even, odd = counts[window, (i + 1) & 1], counts[window, i & 1]  # the first column counted is odd
        for j in range(0, n - 1, 2):
            even[np.uint16(bins[j])] += 1
            odd[np.uint16(bins[j + 1])] += 1
        if n % 2 == 1:
            even[np.uint16(bins[n - 1])] += 1
    return counts.reshape((n_windows, 2, side, side, side))
