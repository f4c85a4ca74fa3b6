"""Second moments of samples and their neighbourhoods, and the linear predictions that follow from them."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def measure_phases(
    greens: NDArray[np.uint8], blues: NDArray[np.uint8], reds: NDArray[np.uint8], step: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Average products of bends around a sample in three channels, for each place in 2 x 2 samples.

    Thirteen bends per sample, each zero where the channel slopes evenly. With h the sum of a sample's left and right
    neighbour, v of the upper and lower one, d of the four diagonal ones, and fh and fv of the second ones along and
    across, 0 to 4 on green: 4 x - 2 h; 4 x - 2 v; 4 x - d; 4 x - 2 fh; 4 x - 2 fv. 5 to 9: the same on blue. 10 to 12:
    the first three on red.

    Parameters
    ----------
    greens, blues, reds : uint8 arrays of one shape (n_windows, rows, columns), rows and columns at least 6, C order
    step : one pair of rows in so many is measured; an odd number meets every row of a grid of 8 as often

    Returns
    -------
    float64 array, shape (n_windows, 4, 13, 13), symmetric: mean products in sixteenths of squared grey levels, at even
    rows and even columns, even and odd, odd and even, odd and odd.
    int64 array, shape (4,): number of samples of each in one window.
    """
    n_windows, rows, columns = greens.shape
    n, width = (columns - 4) // 2, columns // 2
    shape = (rows // 2 + 1, width)
    most = max(512 // width, 1) if step == 1 else 1  # rows at once: to add up a vector costs as much as 300 products
    samples = np.zeros(12 * shape[0] * width, dtype=np.uint8)
    values = np.zeros((13, (most * width + 63) // 64 * 64), dtype=np.int16)
    sums = np.zeros((13, 13), dtype=np.int64)
    moments = np.zeros((n_windows, 4, 13, 13), dtype=np.float64)
    counts = np.zeros(4, dtype=np.int64)
    for window in range(n_windows):
        _part_places((greens[window], blues[window], reds[window]), shape, samples)
        for phase in range(4):
            below, parity = phase // 2, phase % 2
            n_lines, end = 0, (rows - 1 - below) // 2
            sums[:] = 0
            for top in range(1, end, most * step):
                together = min(most, end - top)
                n_lines += together
                _bend(samples, shape, (2 * top + below, parity), together * width, values)
                _clear_ends(values, (together, width), (1, 1 + n))
                _add_products(values, (together * width + 63) // 64 * 64, 1024, sums)  # of at most 1020 ** 2
            counts[phase] = n_lines * n
            for p in range(13):
                for q in range(13):
                    moments[window, phase, p, q] = sums[min(p, q), max(p, q)] / max(counts[phase], 1)
    return moments, counts


@register_jitable(error_model="numpy")
def _part_places(
    planes: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]],
    shape: tuple[int, int],
    samples: NDArray[np.uint8],
) -> None:
    """Copy each plane's even rows' even and odd columns, then its odd rows' ones, each to a part of `shape`."""
    rows = planes[0].shape[0]
    for channel in range(3):
        plane = planes[channel]
        for line in range(2 * rows):
            i, parity = line // 2, np.uint64(line % 2)
            start = np.uint64(_locate(channel, i, line % 2, shape))  # unsigned: see :func:`_bend`
            for k in range(np.uint64(shape[1])):
                samples[start + k] = plane[i, k + k + parity]


@register_jitable(error_model="numpy")
def _locate(channel: int, row: int, column: int, shape: tuple[int, int]) -> int:
    """Where :func:`_part_places` puts a sample."""
    part = 4 * channel + 2 * (row % 2) + column % 2
    return (part * shape[0] + row // 2) * shape[1] + column // 2


@register_jitable(error_model="numpy")
def _bend(
    samples: NDArray[np.uint8], shape: tuple[int, int], first: tuple[int, int], size: int, values: NDArray[np.int16]
) -> None:
    """Fill in the thirteen bends of every second sample from the row and column of the first on, row after row."""
    for number in range(13):
        channel, (row, column) = number // 5, first
        down, right = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0))[number % 5]
        other = -right if number % 5 == 2 else right  # along the second diagonal, or twice the same
        x = np.uint64(_locate(channel, row, column, shape))  # unsigned, or the compiler looks for places from behind
        a = np.uint64(_locate(channel, row - down, column - right, shape))
        b = np.uint64(_locate(channel, row + down, column + right, shape))
        c = np.uint64(_locate(channel, row - down, column - other, shape))
        d = np.uint64(_locate(channel, row + down, column + other, shape))
        for k in range(np.uint64(size)):
            around = np.int32(np.int32(samples[a + k]) + np.int32(samples[b + k]))
            around = np.int32(around + np.int32(np.int32(samples[c + k]) + np.int32(samples[d + k])))
            values[number, k] = np.int16(4 * np.int32(samples[x + k]) - around)


@kernel
def measure_surroundings(planes: NDArray[np.uint8], step: int) -> NDArray[np.float64]:
    """Average products of a Laplacian residual's sample and the samples around it.

    The residual is r = left + right + up + down - 4 x. Quantity 0 is r itself; 1 to 8 are the sums of r at the two or
    four places that mirroring turns into each other, (down, right) = (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0),
    (2, 1), (2, 2).

    Parameters
    ----------
    planes : uint8 array, shape (n_windows, rows, columns), rows and columns at least 7, C order
    step : one row in so many is measured; an odd number meets every row of a grid of 8 as often

    Returns
    -------
    float64 array, shape (n_windows, 9, 9), symmetric: mean products in squared grey levels.
    """
    n_windows, rows, columns = planes.shape
    most = max(512 // columns, 1) if step == 1 else 1  # rows at once: to add up a vector costs as much as 300 products
    residual = np.zeros(rows * columns, dtype=np.int16)
    values = np.zeros((9, (most * columns + 63) // 64 * 64), dtype=np.int16)
    sums = np.zeros((9, 9), dtype=np.int64)
    moments = np.zeros((n_windows, 9, 9), dtype=np.float64)
    for window in range(n_windows):
        largest = max(_subtract_sample(planes[window].reshape(-1), columns, residual), 1)
        fitting = (2**31 - 1) // (16 * largest * largest) // 64 * 64  # squares of four residuals, into 32 bits
        n_lines = 0
        sums[:] = 0
        for top in range(3, rows - 3, most * step):
            together = min(most, rows - 3 - top)
            n_lines += together
            _add_mirrored(residual, columns, top * columns, together * columns, values)
            _clear_ends(values, (together, columns), (3, columns - 3))
            _add_products(values, (together * columns + 63) // 64 * 64, fitting, sums)
        for p in range(9):
            for q in range(9):
                moments[window, p, q] = sums[min(p, q), max(p, q)] / (n_lines * (columns - 6))
    return moments


@register_jitable(error_model="numpy")
def _subtract_sample(samples: NDArray[np.uint8], columns: int, residual: NDArray[np.int16]) -> int:
    """Fill in the Laplacian residual from the second to the last row but one, and return its largest magnitude."""
    stride = np.uint64(columns)
    one = np.uint64(1)
    for p in range(stride, np.uint64(samples.size) - stride):
        around = np.int32(np.int32(samples[p - one]) + np.int32(samples[p + one]))
        around = np.int32(around + np.int32(np.int32(samples[p - stride]) + np.int32(samples[p + stride])))
        residual[p] = np.int16(around - 4 * np.int32(samples[p]))
    largest = np.int16(0)
    for p in range(residual.size):
        largest = max(largest, abs(residual[p]))
    return int(largest)


@register_jitable(error_model="numpy")
def _add_mirrored(residual: NDArray[np.int16], columns: int, start: int, size: int, values: NDArray[np.int16]) -> None:
    """Fill in the nine quantities from one place in the residual on."""
    for number in range(9):
        down, right = number // 3 * columns, number % 3
        a, b = np.uint64(start - down - right), np.uint64(start + down - right)
        c, d = np.uint64(start - down + right), np.uint64(start + down + right)
        if down > 0 and right > 0:
            for k in range(np.uint64(size)):
                left = np.int16(residual[a + k] + residual[b + k])
                values[number, k] = np.int16(left + np.int16(residual[c + k] + residual[d + k]))
        elif number > 0:
            for k in range(np.uint64(size)):
                values[number, k] = np.int16(residual[a + k] + residual[d + k])
        else:
            for k in range(np.uint64(size)):
                values[number, k] = residual[a + k]


@register_jitable(error_model="numpy")
def _clear_ends(values: NDArray[np.int16], shape: tuple[int, int], inside: tuple[int, int]) -> None:
    """Set to zero what is outside of some columns of so many rows and columns, and up to a whole vector behind them."""
    (rows, columns), (first, end) = shape, inside
    size = rows * columns
    for number in range(values.shape[0]):
        for line in range(rows):
            for k in range(line * columns, line * columns + first):
                values[number, k] = 0
            for k in range(line * columns + end, (line + 1) * columns):
                values[number, k] = 0
        for k in range(size, (size + 63) // 64 * 64):
            values[number, k] = 0


@register_jitable(error_model="numpy")
def _add_products(values: NDArray[np.int16], size: int, fitting: int, sums: NDArray[np.int64]) -> None:
    """Add the sums of products of each pair of rows of values; so many products as are fitting add up to 32 bits."""
    n = min(values.shape[0], size)  # unknown to the compiler, which would unroll the products for minutes
    for begin in range(0, size, fitting):
        end = min(begin + fitting, size)
        for p in range(n):
            for q in range(p, n):
                total = np.int32(0)
                for k in range(np.uint64(begin), np.uint64(end)):
                    total = np.int32(total + np.int32(np.int32(values[p, k]) * np.int32(values[q, k])))
                sums[p, q] += total


@kernel
def predict_first(moments: NDArray[np.float64], ridge: float, floor: float) -> NDArray[np.float64]:
    """Predict the first of several quantities from the others by least squares.

    The weights w minimize E(x_0 - sum w_k x_k)^2 + (ridge * E x_0^2 + floor) * sum w_k^2; by Cholesky decomposition.

    Parameters
    ----------
    moments : float64 array, shape (n_sets, n, n), symmetric: mean products of the quantities
    ridge : share of the first quantity's mean square that keeps the weights of dependent quantities small
    floor : the same for a first quantity of zero, in the unit of the moments; above 0

    Returns
    -------
    float64 array, shape (n_sets, n + 1): the n - 1 weights, then the binary logarithms of the root mean square of
    what remains, over that of the first quantity, and by itself; both mean squares plus the floor. Moments of zero
    give weights and ratio 0.
    """
    n_sets, n = moments.shape[0], moments.shape[1]
    result = np.zeros((n_sets, n + 1), dtype=np.float64)
    lower = np.zeros((n, n), dtype=np.float64)
    solution = np.zeros(n, dtype=np.float64)
    for number in range(n_sets):
        moment, weights = moments[number], result[number]
        for p in range(1, n):
            for q in range(1, p + 1):
                value = moment[p, q] + (ridge * moment[0, 0] + floor if p == q else 0.0)
                for k in range(1, q):
                    value -= lower[p, k] * lower[q, k]
                lower[p, q] = np.sqrt(max(value, 0.5 * floor)) if p == q else value / lower[q, q]
        for p in range(1, n):
            value = moment[p, 0]
            for k in range(1, p):
                value -= lower[p, k] * solution[k]
            solution[p] = value / lower[p, p]
        for p in range(n - 1, 0, -1):
            value = solution[p]
            for k in range(p + 1, n):
                value -= lower[k, p] * weights[k - 1]
            weights[p - 1] = value / lower[p, p]
        error = moment[0, 0]
        for p in range(1, n):
            error -= 2.0 * weights[p - 1] * moment[p, 0]
            for q in range(1, n):
                error += weights[p - 1] * weights[q - 1] * moment[p, q]
        error = max(error, 0.0) + floor
        weights[n - 1] = 0.5 * np.log2(error / (moment[0, 0] + floor))
        weights[n] = 0.5 * np.log2(error)
    return result
