"""Power of tapered tiles, and the 8x8 phases of differences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def cut_tapered_tiles(planes: NDArray[np.generic], taper: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """Cut square tiles out of planes, spread evenly, less their mean, weighted towards their middle.

    Along each axis there are as many tiles as fit half overlapping, but at most `most`, and at equal distances that
    reach as far as possible. The distance is odd, so that the tiles stand at different phases of a grid of 8.

    Parameters
    ----------
    planes : integer array, shape (n_windows, rows, columns), rows and columns at least the tile's side, C order
    taper : float32 array, shape (side,); a tile's weight is taper[i] * taper[j]
    most : largest number of tiles along an axis

    Returns
    -------
    float32 array, shape (n_windows, n_tiles, side, side), row by row from the top left. A flat plane gives zeros.
    """
    side = taper.shape[0]
    n_windows, rows, columns = planes.shape
    down = min(most, (rows - side) // max(side // 2, 1) + 1)
    across = min(most, (columns - side) // max(side // 2, 1) + 1)
    step_down = ((rows - side) // max(down - 1, 1) - 1) | 1
    step_across = ((columns - side) // max(across - 1, 1) - 1) | 1
    tiles = np.empty((n_windows, down * across, side, side), dtype=np.float32)
    weights = np.empty((side, side), dtype=np.float32)
    for i in range(side):
        for j in range(side):
            weights[i, j] = taper[i] * taper[j]
    sums = np.empty(columns, dtype=np.int32)
    for line in range(n_windows * down):
        window, first = line // down, line % down * across
        top = line % down * step_down
        strip = planes[window, top : top + side]
        sums[:] = 0
        for i in range(side):
            row = strip[i]
            for j in range(columns):
                sums[j] += np.int32(row[j])
        for place in range(across):
            left = place * step_across
            total = np.int64(0)
            for j in range(left, left + side):
                total += np.int64(sums[j])
            mean = np.float32(total / (side * side))
            tile = tiles[window, first + place]
            for i in range(side):
                row, weight, tapered = strip[i, left : left + side], weights[i], tile[i]
                for j in range(side):
                    tapered[j] = (np.float32(row[j]) - mean) * weight[j]
    return tiles


@kernel
def average_log_power(spectra: NDArray[np.complex64], scale: float, floor: float) -> NDArray[np.float64]:
    """Average the logarithm of the power of several spectra.

    Parameters
    ----------
    spectra : complex64 array, shape (n_windows, n_tiles, rows, columns), C order, at least one tile
    scale : factor that turns squared magnitudes into the power wanted
    floor : power added before logarithms are taken, above 1e-6

    Returns
    -------
    float64 array, shape (n_windows, rows, columns): mean over the tiles of log2(power + floor). Powers up to 1e20 are
    safe.
    """
    n_windows, n_tiles, rows, columns = spectra.shape
    size = rows * columns
    flat = spectra.reshape((n_windows, n_tiles, size))
    result = np.empty((n_windows, size), dtype=np.float64)
    product, exponents = np.empty(size, dtype=np.float64), np.empty(size, dtype=np.int64)
    bits = product.view(np.int64)
    for window in range(n_windows):
        product[:] = 1.0
        exponents[:] = 0
        for number in range(n_tiles):
            spectrum = flat[window, number]
            for k in range(size):
                real, imaginary = np.float64(spectrum[k].real), np.float64(spectrum[k].imag)
                product[k] *= (real * real + imaginary * imaginary) * scale + floor
            if number % 12 == 11:  # before it overflows: its power of two is counted apart, so one logarithm is enough
                for k in range(size):
                    exponents[k] += (bits[k] >> 52) - 1023
                    bits[k] = (bits[k] & 0xFFFFFFFFFFFFF) | (1023 << 52)
        for k in range(size):
            result[window, k] = (np.log2(product[k]) + np.float64(exponents[k])) / n_tiles
    return result.reshape((n_windows, rows, columns))


@kernel
def fold_cross_differences(planes: NDArray[np.generic]) -> NDArray[np.float64]:
    """Average the magnitude of the cross-difference by place in a grid of 8.

    |plane[i, j] + plane[i + 1, j + 1] - plane[i, j + 1] - plane[i + 1, j]| belongs to the place (i % 8, j % 8). Only
    whole periods count, so that every place has as many differences.

    Parameters
    ----------
    planes : uint8 or uint16 array, shape (n_windows, rows, columns), rows 9 to 65536, columns at least 9, C order

    Returns
    -------
    float64 array, shape (n_windows, 8, 8), in units of the planes.

    Source: Bammey 2023 (Synthbuster), section III: the discrete Fourier transform of the result holds the
    multiples of 1/8 of the transform of the whole.
    """
    n_windows, rows, columns = planes.shape
    rows, columns = (rows - 1) // 8 * 8, (columns - 1) // 8 * 8
    wide = (columns + 31) // 32 * 32  # what lies beyond the columns is left out at the end
    result = np.zeros((n_windows, 8, 8), dtype=np.float64)
    total, steps = np.zeros(wide, dtype=np.int32), np.zeros(wide + 1, dtype=np.int32)
    here, right = steps[:wide], steps[1:]
    for line in range(n_windows * 8):
        plane, phase = planes[line // 8], line % 8
        total[:] = 0
        for i in range(phase, rows, 8):
            above, below = plane[i], plane[i + 1]
            for j in range(columns + 1):
                steps[j] = np.int32(above[j]) - np.int32(below[j])
            for j in range(wide):
                total[j] += np.int32(abs(here[j] - right[j]))
        folded = result[line // 8, phase]
        for j in range(columns):
            folded[j % 8] += np.float64(total[j])
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
