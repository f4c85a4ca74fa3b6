"""Local binary patterns on the 3x3 ring, and the residuals they are also counted on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def count_ring_patterns(plane: NDArray[np.generic]) -> NDArray[np.int64]:
    """Count the 256 local binary patterns of the 3x3 ring around every interior sample.

    Bit ``b`` of a pattern is set where the ring's sample ``b`` is at least the centre. The ring starts at the
    right-hand neighbour and goes counter-clockwise: E, NE, N, NW, W, SW, S, SE are bits 0 to 7.

    Parameters
    ----------
    plane : integer array, shape (rows, columns), both at least 3, C order

    Returns
    -------
    int64 array, shape (256,), summing to (rows - 2) * (columns - 2). A flat plane fills bin 255 alone.

    Source
    ------
    Ojala, Pietikainen, Maenpaa, "Multiresolution gray-scale and rotation invariant texture classification with
    local binary patterns", IEEE TPAMI 24(7), 2002, equations 1 to 9. Differs from the paper: the diagonal
    neighbours are the pixels themselves, not interpolated on the circle, so every comparison is exact.
    """
    rows, columns = plane.shape
    samples = plane.reshape(-1)
    n = (rows - 2) * columns - 2  # from the first centre to the last one; row ends are not used
    patterns = np.empty(rows * columns, dtype=np.uint8)
    above, centre, below = samples, samples[columns:], samples[2 * columns :]
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
    counts = np.zeros((4, 256), dtype=np.int32)  # four histograms: equal neighbours do not wait for each other
    for i in range(rows - 2):
        line = patterns[i * columns : (i + 1) * columns - 2]
        for j in range(line.size):
            counts[j & 3, line[j]] += 1
    whole = np.zeros(256, dtype=np.int64)
    for pattern in range(256):
        for number in range(4):
            whole[pattern] += np.int64(counts[number, pattern])
    return whole


@kernel
def median_edge_prediction_error(plane: NDArray[np.generic]) -> NDArray[np.int16]:
    """Subtract from every sample what the median edge predictor (MED) expects from its causal neighbours.

    With west ``a``, north ``b`` and north-west ``c`` the prediction is min(a, b) where c >= max(a, b),
    max(a, b) where c <= min(a, b), and a + b - c elsewhere.

    Parameters
    ----------
    plane : uint8 array, or int16 array of values from -255 to 255, shape (rows, columns), both at least 2, C order

    Returns
    -------
    int16 array, shape (rows - 1, columns - 1), grey levels, -510 to 510; all zero for a flat plane.

    Source
    ------
    Weinberger, Seroussi, Sapiro, "The LOCO-I lossless image compression algorithm", IEEE TIP 9(8), 2000,
    equation 1; as a camera fingerprint in Xu and Shi, "Camera model identification using local binary
    patterns", ICME 2012.
    """
    rows, columns = plane.shape
    error = np.empty((rows - 1, columns - 1), dtype=np.int16)
    for i in range(rows - 1):
        above, line, out = plane[i], plane[i + 1], error[i]
        for j in range(out.size):
            west, north, corner = np.int16(line[j]), np.int16(above[j + 1]), np.int16(above[j])
            low, high = min(west, north), max(west, north)
            prediction = min(max(np.int16(west + north - corner), low), high)
            out[j] = np.int16(line[j + 1]) - prediction
    return error


@kernel
def transform_diagonal_haar(plane: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Diagonal detail band (HH) of one level of the Haar wavelet, times two.

    Of each 2x2 block, top left - top right - bottom left + bottom right.

    Parameters
    ----------
    plane : uint8 array, shape (rows, columns), C order; an odd last row or column is left out

    Returns
    -------
    int16 array, shape (rows // 2, columns // 2), -510 to 510; all zero for a flat plane.

    Source
    ------
    Mallat, "A theory for multiresolution signal decomposition: the wavelet representation", IEEE TPAMI 11(7), 1989,
    section III, with the Haar filters (1, 1) and (1, -1).
    """
    rows, columns = plane.shape[0] // 2, plane.shape[1] // 2
    band = np.empty((rows, columns), dtype=np.int16)
    for i in range(rows):
        upper, lower = plane[2 * i], plane[2 * i + 1]
        for j in range(columns):
            top = np.int16(upper[2 * j]) - np.int16(upper[2 * j + 1])
            band[i, j] = top - (np.int16(lower[2 * j]) - np.int16(lower[2 * j + 1]))
    return band
