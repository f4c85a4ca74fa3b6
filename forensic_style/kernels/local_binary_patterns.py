"""Local binary patterns on the 3x3 ring, and the residuals they are also counted on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def count_ring_patterns(planes: NDArray[np.generic]) -> NDArray[np.int64]:
    """Count the 256 local binary patterns of the 3x3 ring around every interior sample.

    Bit ``b`` of a pattern is set where the ring's sample ``b`` is at least the centre. The ring starts at the
    right-hand neighbour and goes counter-clockwise: E, NE, N, NW, W, SW, S, SE are bits 0 to 7.

    Parameters
    ----------
    planes : integer array, shape (n_windows, rows, columns), rows and columns at least 3, C order

    Returns
    -------
    int64 array, shape (n_windows, 256), each row summing to (rows - 2) * (columns - 2). A flat plane fills bin 255
    alone.

    Source
    ------
    Ojala, Pietikainen, Maenpaa, "Multiresolution gray-scale and rotation invariant texture classification with
    local binary patterns", IEEE TPAMI 24(7), 2002, equations 1 to 9. Differs from the paper: the diagonal
    neighbours are the pixels themselves, not interpolated on the circle, so every comparison is exact.
    """
    n_windows, rows, columns = planes.shape
    whole = np.zeros((n_windows, 256), dtype=np.int64)
    counts = np.zeros((4, 256), dtype=np.int32)  # four histograms: equal neighbours do not wait for each other
    first, second, third, fourth = counts[0], counts[1], counts[2], counts[3]
    patterns = np.zeros(rows * columns, dtype=np.uint8)
    n = (rows - 2) * columns - 2  # from the first centre to the last one; row ends are not used
    for window in range(n_windows):
        above = planes[window].reshape(-1)
        centre, below = above[columns:], above[2 * columns :]
        for p in range(n):  # in the plane's own type, which a vector holds most of
            here = centre[p + 1]
            patterns[p] = (
                np.uint8(centre[p + 2] >= here)
                | np.uint8(above[p + 2] >= here) << 1
                | np.uint8(above[p + 1] >= here) << 2
                | np.uint8(above[p] >= here) << 3
                | np.uint8(centre[p] >= here) << 4
                | np.uint8(below[p] >= here) << 5
                | np.uint8(below[p + 1] >= here) << 6
                | np.uint8(below[p + 2] >= here) << 7
            )
        counts[:] = 0
        for i in range(rows - 2):
            line = patterns[i * columns : (i + 1) * columns - 2]
            n_fours = line.size // 4
            for k in range(n_fours):
                first[line[4 * k]] += 1
                second[line[4 * k + 1]] += 1
                third[line[4 * k + 2]] += 1
                fourth[line[4 * k + 3]] += 1
            for j in range(4 * n_fours, line.size):
                first[line[j]] += 1
        for pattern in range(256):
            whole[window, pattern] = first[pattern] + second[pattern] + third[pattern] + fourth[pattern]
    return whole


@kernel
def median_edge_prediction_error(planes: NDArray[np.generic]) -> NDArray[np.int16]:
    """Subtract from every sample what the median edge predictor (MED) expects from its causal neighbours.

    With west ``a``, north ``b`` and north-west ``c`` the prediction is min(a, b) where c >= max(a, b),
    max(a, b) where c <= min(a, b), and a + b - c elsewhere.

    Parameters
    ----------
    planes : uint8 array, or int16 array of values from -255 to 255, shape (n_windows, rows, columns), rows and columns
        at least 2, C order

    Returns
    -------
    int16 array, shape (n_windows, rows - 1, columns - 1), grey levels, -510 to 510; all zero for a flat plane.

    Source
    ------
    Weinberger, Seroussi, Sapiro, "The LOCO-I lossless image compression algorithm", IEEE TIP 9(8), 2000,
    equation 1; as a camera fingerprint in Xu and Shi, "Camera model identification using local binary
    patterns", ICME 2012.
    """
    n_windows, rows, columns = planes.shape
    error = np.empty((n_windows, rows - 1, columns - 1), dtype=np.int16)
    samples, out = planes.reshape(-1), error.reshape(-1)
    stride, one = np.uint64(columns), np.uint64(1)  # unsigned, or the compiler looks for places from behind
    for number in range(n_windows * (rows - 1)):
        start = np.uint64((number + number // (rows - 1)) * columns)
        place = np.uint64(number * (columns - 1))
        # one too many, so that whole vectors fit more often: the next row writes over it
        for j in range(min(stride, np.uint64(out.size) - place)):
            corner, north = np.int16(samples[start + j]), np.int16(samples[start + j + one])
            west, here = np.int16(samples[start + stride + j]), np.int16(samples[start + stride + j + one])
            low, high = min(west, north), max(west, north)
            out[place + j] = here - min(max(np.int16(west + north - corner), low), high)
    return error


@kernel
def transform_diagonal_haar(planes: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Diagonal detail band (HH) of one level of the Haar wavelet, times two.

    Of each 2x2 block, top left - top right - bottom left + bottom right.

    Parameters
    ----------
    planes : uint8 array, shape (n_windows, rows, columns), C order; an odd last row or column is left out

    Returns
    -------
    int16 array, shape (n_windows, rows // 2, columns // 2), -510 to 510; all zero for a flat plane.

    Source
    ------
    Mallat, "A theory for multiresolution signal decomposition: the wavelet representation", IEEE TPAMI 11(7), 1989,
    section III, with the Haar filters (1, 1) and (1, -1).
    """
    n_windows, rows, columns = planes.shape[0], planes.shape[1] // 2, planes.shape[2] // 2
    band = np.empty((n_windows, rows, columns), dtype=np.int16)
    for number in range(n_windows * rows):
        window, i = number // rows, number % rows
        upper, lower, out = planes[window, 2 * i], planes[window, 2 * i + 1], band[window, i]
        for j in range(columns):
            top = np.int16(upper[2 * j]) - np.int16(upper[2 * j + 1])
            out[j] = top - (np.int16(lower[2 * j]) - np.int16(lower[2 * j + 1]))
    return band
