"""High-pass residuals, and how their samples hang together: neighbours and channels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def subtract_local_mean(planes: NDArray[np.uint8], step: int) -> NDArray[np.int16]:
    """Subtract from nine times every interior sample the sum of its 3x3 neighbourhood.

    That is nine times the deviation from the local mean, kept whole so that all that follows is exact. The
    filter is mild enough to keep fixed patterns of rows and columns, which a second difference along both
    axes would remove.

    Parameters
    ----------
    planes : uint8 array, shape (n_windows, rows, columns), rows and columns at least 3, C order
    step : of the rows 1, 1 + step, 1 + 2 * step, ... that are measured

    Returns
    -------
    int16 array, shape (n_windows, ceil((rows - 2) / step), columns - 2), ninths of a grey level, -2040..2040; all zero
    for a flat plane.
    """
    n_windows, rows, columns = planes.shape
    n_rows = (rows - 3) // step + 1
    residual = np.empty((n_windows, n_rows, columns - 2), dtype=np.int16)
    vertical = np.empty(columns, dtype=np.int16)
    for line in range(n_windows * n_rows):
        plane, i = planes[line // n_rows], line % n_rows
        above, here, below = plane[step * i], plane[step * i + 1], plane[step * i + 2]
        found = residual[line // n_rows, i]
        for j in range(columns):
            vertical[j] = np.int16(above[j]) + np.int16(here[j]) + np.int16(below[j])
        for j in range(columns - 2):
            found[j] = np.int16(9) * np.int16(here[j + 1]) - (vertical[j] + vertical[j + 1] + vertical[j + 2])
    return residual


@kernel
def correlate_lags(residuals: NDArray[np.int16], lags: NDArray[np.int64], step: int) -> NDArray[np.float64]:
    """Correlate each residual with itself at given lags, starting from every step-th row.

    Parameters
    ----------
    residuals : int16 array, shape (n_windows, rows, columns), rows and columns more than the largest lag, values
        -2896..2896
    lags : shape (n, 2), samples down (at least 0) and right (negative: left)
    step : of the rows 0, step, 2 * step, ... in which the first sample of a pair lies

    Returns
    -------
    float64 array, shape (n_windows, n): the mean product of samples that far apart over the mean square of the same
    rows, so -1..1 up to border effects; zero for a residual of zero.
    """
    n_windows, rows, columns = residuals.shape
    n_lags, reach = lags.shape[0], 0
    for k in range(n_lags):
        reach = max(reach, abs(lags[k, 1]))
    result = np.zeros((n_windows, n_lags), dtype=np.float64)
    wide = (columns + 127) // 128 * 128
    padded = np.zeros((rows, wide + 2 * reach), dtype=np.int16)  # zeros add nothing: all loops have one length
    for window in range(n_windows):
        for i in range(rows):
            row, inner = residuals[window, i], padded[i, reach : reach + columns]
            for j in range(columns):
                inner[j] = row[j]
        mean_square = 0.0
        for k in range(-1, n_lags):
            down, right = (lags[k, 0], lags[k, 1]) if k >= 0 else (0, 0)
            total = np.int64(0)
            for i in range(0, rows - down, step):
                first, second = padded[i, reach:], padded[i + down, reach + right :]
                for start in range(0, wide, 128):  # 128 squares of 2896 stay below 2 ** 31
                    here, there = first[start : start + 128], second[start : start + 128]
                    part = np.int32(0)
                    for j in range(128):
                        part = np.int32(part + np.int32(here[j]) * np.int32(there[j]))
                    total += np.int64(part)
            n = ((rows - down - 1) // step + 1) * (columns - abs(right))
            if k < 0:
                mean_square = total / n
                if total == 0:
                    break
            else:
                result[window, k] = total / n / mean_square
    return result


@kernel
def multiply_channels(red: NDArray[np.int16], green: NDArray[np.int16], blue: NDArray[np.int16]) -> NDArray[np.float64]:
    """Mean products of the residuals of three channels.

    Parameters
    ----------
    red, green, blue : int16 arrays of one shape (n_windows, rows, columns), at least 3 columns, C order, values
        -2040..2040

    Returns
    -------
    float64 array, shape (n_windows, 10), squares of the unit of the residuals: the mean squares of red, green and blue;
    red times green, blue times green, red times blue; for red - green, then for blue - green, the product with the
    sample one and two places to the right (without the last two of every 128 samples).
    """
    n_windows, rows, columns = green.shape
    result = np.empty((n_windows, 10), dtype=np.float64)
    first, second = np.empty(columns, dtype=np.int16), np.empty(columns, dtype=np.int16)
    sums = np.empty(10, dtype=np.int64)
    for window in range(n_windows):
        sums[:] = 0
        n = n_pairs = 0
        for i in range(rows):
            r, g, b = red[window, i], green[window, i], blue[window, i]
            for j in range(columns):
                first[j], second[j] = r[j] - g[j], b[j] - g[j]
            for start in range(0, columns, 128):  # 128 squares of 4080 stay below 2 ** 31
                stop = min(start + 128, columns)
                u, v, w = r[start:stop], g[start:stop], b[start:stop]
                rr = gg = bb = rg = bg = rb = np.int32(0)
                for j in range(stop - start):
                    x, y, z = np.int32(u[j]), np.int32(v[j]), np.int32(w[j])
                    rr, gg, bb = np.int32(rr + x * x), np.int32(gg + y * y), np.int32(bb + z * z)
                    rg, bg, rb = np.int32(rg + x * y), np.int32(bg + z * y), np.int32(rb + x * z)
                n, n_pairs = n + stop - start, n_pairs + max(stop - start - 2, 0)
                here, there = first[start:stop], second[start:stop]
                one_first = two_first = one_second = two_second = np.int32(0)
                for j in range(stop - start - 2):
                    x, y = np.int32(here[j]), np.int32(there[j])
                    one_first = np.int32(one_first + x * np.int32(here[j + 1]))
                    two_first = np.int32(two_first + x * np.int32(here[j + 2]))
                    one_second = np.int32(one_second + y * np.int32(there[j + 1]))
                    two_second = np.int32(two_second + y * np.int32(there[j + 2]))
                parts = (rr, gg, bb, rg, bg, rb, one_first, two_first, one_second, two_second)
                for k in range(10):
                    sums[k] += np.int64(parts[k])
        for k in range(10):
            result[window, k] = sums[k] / (n if k < 6 else n_pairs)
    return result
