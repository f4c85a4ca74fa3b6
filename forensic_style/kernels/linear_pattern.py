"""What the rows, the columns and the places of a lattice have in common in a residual."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def subtract_colours(red: NDArray[np.uint8], green: NDArray[np.uint8], blue: NDArray[np.uint8]) -> NDArray[np.int16]:
    """2 green - red - blue of uint8 arrays, shape (n_windows, rows, columns): int16, 0 where there is no colour."""
    n_windows, rows, columns = green.shape
    result = np.empty((n_windows, rows, columns), dtype=np.int16)
    for line in range(n_windows * rows):
        window, i = line // rows, line % rows
        r, g, b, found = red[window, i], green[window, i], blue[window, i], result[window, i]
        for j in range(columns):
            found[j] = 2 * np.int16(g[j]) - np.int16(r[j]) - np.int16(b[j])
    return result


@kernel
def sum_residual_lines(
    planes: NDArray[np.generic], limit: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Add up a residual along columns, along rows and over the places of a lattice of 16 x 16.

    The residual is nine times a sample less the sum of its 3x3 neighbourhood (samples beyond the border repeat
    those at the border), truncated to -limit..limit, so that edges count no more than a strong pattern does.

    Parameters
    ----------
    planes : uint8 or int16 array, values -1020..1020, shape (n_windows, rows, columns), rows and columns at least 16,
        C order; those beyond the last multiple of 16 only serve as neighbours
    limit : ninths of a grey level, at most 181

    Returns
    -------
    columns : int32, shape (n_windows, bands, width), sums over the 16 rows of each band, for every column
    rows : int32, shape (n_windows, tiles, height), sums over the 16 columns of each tile, for every row
    energy : int32, shape (n_windows, bands, tiles), sums of squares over tiles of 16 x 16
    lattice : int32, shape (n_windows, 2, 16, 16), sums over all samples whose row and column leave these remainders
        when divided by 16, apart for the tiles whose band and number add up to an even (0) and to an odd (1) number
    """
    n_windows, n_rows, n_columns = planes.shape
    n_bands, n_tiles = n_rows // 16, n_columns // 16
    width = 16 * n_tiles
    columns = np.zeros((n_windows, n_bands, width), dtype=np.int32)
    rows = np.empty((n_windows, n_tiles, 16 * n_bands), dtype=np.int32)
    energy = np.zeros((n_windows, n_bands, n_tiles), dtype=np.int32)
    lattice = np.zeros((n_windows, 2, 16, 16), dtype=np.int32)
    places = np.empty((2, 16, width), dtype=np.int32)
    vertical = np.empty(width + 2, dtype=np.int16)
    residual = np.empty(width, dtype=np.int16)
    low, high = np.int16(-limit), np.int16(limit)
    beyond = min(width, n_columns - 1)
    for window in range(n_windows):
        plane = planes[window]
        places[:] = 0
        for i in range(16 * n_bands):
            above, here, below = plane[max(i - 1, 0)], plane[i], plane[min(i + 1, n_rows - 1)]
            band = columns[window, i // 16]
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
                rows[window, k, i] = total
                energy[window, i // 16, k] += square
        for half in range(2):
            for i in range(16):
                for k in range(n_tiles):
                    for j in range(16):
                        lattice[window, (half + k) & 1, i, j] += places[half, i, 16 * k + j]
    return columns, rows, energy, lattice


@kernel
def correlate_lines(
    sums: NDArray[np.int32], energy: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """How much of a residual's energy is common to the samples of a line, near each other and far apart.

    Parameters
    ----------
    sums : shape (n_windows, bands, width), sums over the 16 samples of each column in each band, as of
        `sum_residual_lines`
    energy : shape (n_windows, bands, width // 16), sums of squares over tiles of 16 x 16

    Returns
    -------
    near : shape (n_windows,), mean product of two samples of one column in one band, over the mean square of all
        samples: -1/15..1
    far : the same of two samples of one column in different bands; 0 where there is one band
    tiles : near, for each tile by itself, shape (n_windows, bands * width // 16)

    All are 0 where there is no energy. Neither depends on the number of bands and columns, but for its spread.

    Source
    ------
    After Khanna, Chiu, Allebach, Delp, "Forensic techniques for classifying scanner, computer generated and digital
    camera images", ICASSP 2008. Differs from the paper: the mean product of pairs of rows instead of the correlation
    of each row with the mean of all, which grows with their number.
    """
    n_windows, n_bands, n_tiles = energy.shape
    near, far = np.zeros(n_windows, dtype=np.float64), np.zeros(n_windows, dtype=np.float64)
    tiles = np.zeros((n_windows, n_bands * n_tiles), dtype=np.float64)
    for window in range(n_windows):
        of_window, squares = sums[window], energy[window]
        inside = between = total = 0.0
        for k in range(n_tiles):
            for b in range(n_bands):
                square = np.int64(0)
                for j in range(16 * k, 16 * k + 16):
                    square += np.int64(of_window[b, j]) * np.int64(of_window[b, j])
                inside += square - squares[b, k]
                between -= square
                total += squares[b, k]
                tiles[window, b * n_tiles + k] = (square - squares[b, k]) / (15.0 * max(squares[b, k], 1))
            for j in range(16 * k, 16 * k + 16):
                whole = np.int64(0)
                for b in range(n_bands):
                    whole += np.int64(of_window[b, j])
                between += whole * whole
        if total > 0:
            near[window], far[window] = inside / (15.0 * total), between / (16.0 * max(n_bands - 1, 1) * total)
    return near, far, tiles
