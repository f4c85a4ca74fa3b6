"""What the rows, the columns and the places of a lattice have in common in a residual."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def subtract_colours(red: NDArray[np.uint8], green: NDArray[np.uint8], blue: NDArray[np.uint8]) -> NDArray[np.int16]:
    """2 green - red - blue of uint8 arrays of one shape (rows, columns): int16, 0 where there is no colour."""
    rows, columns = green.shape
    result = np.empty((rows, columns), dtype=np.int16)
    for i in range(rows):
        r, g, b, found = red[i], green[i], blue[i], result[i]
        for j in range(columns):
            found[j] = 2 * np.int16(g[j]) - np.int16(r[j]) - np.int16(b[j])
    return result


@kernel
def sum_residual_lines(
    plane: NDArray[np.generic], limit: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Add up a residual along columns, along rows and over the places of a lattice of 16 x 16.

    The residual is nine times a sample less the sum of its 3x3 neighbourhood (samples beyond the border repeat
    those at the border), truncated to -limit..limit, so that edges count no more than a strong pattern does.

    Parameters
    ----------
    plane : uint8 or int16 array, values -1020..1020, shape (rows, columns), both at least 16, C order; rows and columns
        beyond the last multiple of 16 only serve as neighbours
    limit : ninths of a grey level, at most 181

    Returns
    -------
    columns : int32, shape (bands, width), sums over the 16 rows of each band, for every column
    rows : int32, shape (height, tiles), sums over the 16 columns of each tile, for every row
    energy : int32, shape (bands, tiles), sums of squares over tiles of 16 x 16
    lattice : int32, shape (2, 16, 16), sums over all samples whose row and column leave these remainders when divided
        by 16, apart for the tiles whose band and number add up to an even (0) and to an odd (1) number
    """
    n_bands, n_tiles = plane.shape[0] // 16, plane.shape[1] // 16
    width = 16 * n_tiles
    columns = np.zeros((n_bands, width), dtype=np.int32)
    rows = np.zeros((16 * n_bands, n_tiles), dtype=np.int32)
    energy = np.zeros((n_bands, n_tiles), dtype=np.int32)
    places = np.zeros((2, 16, width), dtype=np.int32)
    vertical = np.empty(width + 2, dtype=np.int16)
    residual = np.empty(width, dtype=np.int16)
    low, high = np.int16(-limit), np.int16(limit)
    beyond = min(width, plane.shape[1] - 1)
    for i in range(16 * n_bands):
        above, here, below = plane[max(i - 1, 0)], plane[i], plane[min(i + 1, plane.shape[0] - 1)]
        band = columns[i // 16]
        place = places[(i // 16) & 1, i & 15]
        for j in range(width):
            vertical[j + 1] = np.int16(above[j]) + np.int16(here[j]) + np.int16(below[j])
        vertical[0] = vertical[1]
        vertical[width + 1] = np.int16(above[beyond]) + np.int16(here[beyond]) + np.int16(below[beyond])
        for j in range(width):
            deviation = np.int16(9) * np.int16(here[j]) - (vertical[j] + vertical[j + 1] + vertical[j + 2])
            residual[j] = min(max(np.int16(deviation), low), high)
        for j in range(width):
            value = np.int32(residual[j])
            band[j] += value
            place[j] += value
        for k in range(n_tiles):
            part, total, square = residual[16 * k : 16 * k + 16], np.int32(0), np.int32(0)
            for j in range(16):
                total = np.int32(total + np.int32(part[j]))
                square = np.int32(square + np.int32(part[j]) * np.int32(part[j]))
            rows[i, k] = total
            energy[i // 16, k] += square
    lattice = np.zeros((2, 16, 16), dtype=np.int32)
    for half in range(2):
        for i in range(16):
            for k in range(n_tiles):
                for j in range(16):
                    lattice[(half + k) & 1, i, j] += places[half, i, 16 * k + j]
    return columns, rows, energy, lattice


@kernel
def correlate_lines(sums: NDArray[np.int32], energy: NDArray[np.int32]) -> tuple[float, float, NDArray[np.float64]]:
    """How much of a residual's energy is common to the samples of a line, near each other and far apart.

    Parameters
    ----------
    sums : shape (bands, width), sums over the 16 samples of each column in each band, as of `sum_residual_lines`
    energy : shape (bands, width // 16), sums of squares over tiles of 16 x 16

    Returns
    -------
    near : mean product of two samples of one column in one band, over the mean square of all samples: -1/15..1
    far : the same of two samples of one column in different bands; 0 where there is one band
    tiles : near, for each tile by itself, shape (bands * width // 16,)

    All are 0 where there is no energy. Neither depends on the number of bands and columns, but for its spread.

    Source
    ------
    After Khanna, Chiu, Allebach, Delp, "Forensic techniques for classifying scanner, computer generated and digital
    camera images", ICASSP 2008. Differs from the paper: the mean product of pairs of rows instead of the correlation
    of each row with the mean of all, which grows with their number.
    """
    n_bands, n_tiles = energy.shape
    tiles = np.zeros(n_bands * n_tiles, dtype=np.float64)
    near = far = total = 0.0
    for k in range(n_tiles):
        for b in range(n_bands):
            square = np.int64(0)
            for j in range(16 * k, 16 * k + 16):
                square += np.int64(sums[b, j]) * np.int64(sums[b, j])
            near += square - energy[b, k]
            far -= square
            total += energy[b, k]
            tiles[b * n_tiles + k] = (square - energy[b, k]) / (15.0 * max(energy[b, k], 1))
        for j in range(16 * k, 16 * k + 16):
            whole = np.int64(0)
            for b in range(n_bands):
                whole += np.int64(sums[b, j])
            far += whole * whole
    if total == 0:
        return 0.0, 0.0, tiles
    return near / (15.0 * total), far / (16.0 * max(n_bands - 1, 1) * total), tiles
