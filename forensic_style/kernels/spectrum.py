"""Power of tapered tiles, linear summaries of it, and the 8x8 phases of differences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def cut_tapered_tiles(plane: NDArray[np.generic], taper: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """Cut square tiles out of a plane, spread evenly, less their mean, weighted towards their middle.

    Along each axis there are as many tiles as fit half overlapping, but at most `most`, and at equal distances that
    reach as far as possible. The distance is odd, so that the tiles stand at different phases of a grid of 8.

    Parameters
    ----------
    plane : integer array, shape (rows, columns), both at least the tile's side, C order
    taper : float32 array, shape (side,); a tile's weight is taper[i] * taper[j]
    most : largest number of tiles along an axis

    Returns
    -------
    float32 array, shape (n_tiles, side, side), row by row from the top left. A flat plane gives zeros.
    """
    side = taper.shape[0]
    rows, columns = plane.shape
    down = min(most, (rows - side) // max(side // 2, 1) + 1)
    across = min(most, (columns - side) // max(side // 2, 1) + 1)
    step_down = ((rows - side) // max(down - 1, 1) - 1) | 1
    step_across = ((columns - side) // max(across - 1, 1) - 1) | 1
    tiles = np.empty((down * across, side, side), dtype=np.float32)
    for number in range(down * across):
        top, left = (number // across) * step_down, (number % across) * step_across
        total = np.int64(0)
        for i in range(side):
            row = plane[top + i, left : left + side]
            part = np.int32(0)
            for j in range(side):
                part += np.int32(row[j])
            total += part
        mean = np.float32(total / (side * side))
        for i in range(side):
            row = plane[top + i, left : left + side]
            for j in range(side):
                tiles[number, i, j] = (np.float32(row[j]) - mean) * (taper[i] * taper[j])
    return tiles


@kernel
def average_log_power(spectra: NDArray[np.complex64], scale: float, floor: float) -> NDArray[np.float64]:
    """Average the logarithm of the power of several spectra.

    Parameters
    ----------
    spectra : complex64 array, shape (n_tiles, rows, columns), C order, at least one
    scale : factor that turns squared magnitudes into the power wanted
    floor : power added before logarithms are taken, above 1e-6

    Returns
    -------
    float64 array, shape (rows, columns): mean over the tiles of log2(power + floor). Powers up to 1e20 are safe.
    """
    n_tiles, rows, columns = spectra.shape
    size = rows * columns
    flat = spectra.reshape((n_tiles, size))
    result = np.zeros(size, dtype=np.float64)
    product = np.ones(size, dtype=np.float64)
    for number in range(n_tiles):
        spectrum = flat[number]
        for k in range(size):
            real, imaginary = np.float64(spectrum[k].real), np.float64(spectrum[k].imag)
            product[k] *= (real * real + imaginary * imaginary) * scale + floor
        if number % 12 == 11 or number == n_tiles - 1:  # one logarithm for up to twelve factors
            for k in range(size):
                result[k] += np.log2(product[k])
                product[k] = 1.0
    return (result / n_tiles).reshape((rows, columns))


@kernel
def weigh_bins(bins: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum the bins of a spectrum with several sets of weights.

    Parameters
    ----------
    bins : float64 array, shape (rows, columns), C order
    weights : float64 array, shape (rows * columns, n_sums), C order

    Returns
    -------
    float64 array, shape (n_sums,). (A matrix product of this size costs less than the threads that a library starts.)
    """
    flat = bins.ravel()
    n_sums = weights.shape[1]
    result = np.zeros(n_sums, dtype=np.float64)
    for k in range(flat.shape[0]):
        value, row = flat[k], weights[k]
        for m in range(n_sums):
            result[m] += value * row[m]
    return result


@kernel
def fold_cross_differences(plane: NDArray[np.generic]) -> NDArray[np.float64]:
    """Average the magnitude of the cross-difference by place in a grid of 8.

    |plane[i, j] + plane[i + 1, j + 1] - plane[i, j + 1] - plane[i + 1, j]| belongs to the place (i % 8, j % 8). Only
    whole periods count, so that every place has as many differences.

    Parameters
    ----------
    plane : uint8 or uint16 array, shape (rows, columns), both at least 9, C order

    Returns
    -------
    float64 array, shape (8, 8), in units of the plane.

    Source: Bammey 2023 (Synthbuster), section III: the discrete Fourier transform of the result holds the
    multiples of 1/8 of the transform of the whole.
    """
    rows, columns = (plane.shape[0] - 1) // 8 * 8, (plane.shape[1] - 1) // 8 * 8
    total = np.zeros((8, columns), dtype=np.int64)
    for i in range(rows):
        here, below = plane[i, :columns], plane[i + 1, :columns]
        here_right, below_right = plane[i, 1 : columns + 1], plane[i + 1, 1 : columns + 1]
        line = total[i % 8]
        for j in range(columns):
            straight = np.int32(here[j]) + np.int32(below_right[j])
            line[j] += np.int64(abs(straight - np.int32(here_right[j]) - np.int32(below[j])))
    result = np.zeros((8, 8), dtype=np.float64)
    for i in range(8):
        for j in range(columns):
            result[i, j % 8] += np.float64(total[i, j])
    return result / (rows * columns / 64)


@kernel
def fold_columns(plane: NDArray[np.generic], side: int, limit: float) -> NDArray[np.float64]:
    """Average differences along the rows by column in a grid of 8, block by block.

    Rows are summed in pairs, s = plane[2i] + plane[2i + 1], which halves what independent noise adds. Column j then
    gets |s[j - 1] - 3 s[j] + 3 s[j + 1] - s[j + 2]|, whose middle lies between the columns j and j + 1, and
    2 s[j] - s[j - 1] - s[j + 1], both limited to 2 * limit.

    Parameters
    ----------
    plane : uint8 or uint16 array, shape (rows, columns), C order
    side : of the square blocks, samples, a multiple of 8; columns of an incomplete last block are left out
    limit : in units of the plane

    Returns
    -------
    float64 array, shape (n_blocks, 2, 8): mean third and second difference by j % 8, row by row of blocks, in units
    of the plane; no blocks where none fits.
    """
    rows, columns = plane.shape
    down, across = rows // side, columns // side
    result = np.zeros((down * across, 2, 8), dtype=np.float64)
    line = np.zeros(columns, dtype=np.int32)
    third, second = np.zeros(columns, dtype=np.int64), np.zeros(columns, dtype=np.int64)
    top, two, three = np.int32(min(2 * limit, 2.0**30)), np.int32(2), np.int32(3)
    for block in range(down):
        third[:] = 0
        second[:] = 0
        for i in range(block * side, (block + 1) * side, 2):
            for j in range(columns):
                line[j] = np.int32(plane[i, j]) + np.int32(plane[i + 1, j])
            left, here, right, next_right = line[:-3], line[1:-2], line[2:-1], line[3:]
            for j in range(columns - 3):
                third[j + 1] += np.int64(min(abs(left[j] - next_right[j] + three * (right[j] - here[j])), top))
                second[j + 1] += np.int64(max(min(two * here[j] - left[j] - right[j], top), -top))
        for place in range(across):
            for phase in range(8):
                first = place * side + phase
                n = 0
                for j in range(max(first, 8 * (first == 0)), min((place + 1) * side, columns - 2), 8):
                    result[block * across + place, 0, phase] += third[j]
                    result[block * across + place, 1, phase] += second[j]
                    n += 1
                for kind in range(2):
                    result[block * across + place, kind, phase] /= max(n, 1) * side
    return result
