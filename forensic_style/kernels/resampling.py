"""Profiles of the size of differences along rows, where interpolation leaves a period."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def sum_log_differences(planes: NDArray[np.generic], band: int) -> NDArray[np.int64]:
    """Sum the logarithms of squared differences along rows, per column and band of rows.

    Second differences are d2 = x[j] - 2 x[j + 1] + x[j + 2], third ones d3 = x[j] - 3 x[j + 1] + 3 x[j + 2] - x[j + 3].
    The logarithm is the binary one of 2 d**2 + 1, linear between powers of two, in units of 1/4096 rounded down: the
    upper bits of a float32 are just that.

    Parameters
    ----------
    planes : integer array, shape (n_windows, rows, columns), C order, columns at least 4, 8 or 16 bit
    band : rows summed together; the rows left over at the end are left out

    Returns
    -------
    int64 array, shape (n_windows, rows // band, 2, columns - 3): sums for d2 and for d3. A flat plane gives zeros.

    Source
    ------
    Gallagher, "Detection of linear and cubic interpolation in JPEG compressed images", CRV 2005, equations 3 to 5.
    Differs from the paper: mean logarithm instead of mean magnitude, so that no strong edge outweighs the rest, and
    third differences beside the second: those are blind where the two phases of a doubling mirror each other.
    """
    n_windows, rows, columns = planes.shape
    n_bands, width = rows // band, columns - 3
    wide = (width + 31) // 32 * 32  # loops of whole vectors; what lies beyond the width is left out at the end
    sums = np.zeros((n_windows, n_bands, 2, width), dtype=np.int64)
    line = np.zeros(wide + 3, dtype=np.float32)
    first, right, far, last = line[:wide], line[1 : wide + 1], line[2 : wide + 2], line[3:]
    second_part, third_part = np.empty(wide, dtype=np.int32), np.empty(wide, dtype=np.int32)
    one, two, three = np.float32(1), np.float32(2), np.float32(3)
    bits_of_one, shift = np.int64(0x3F800000 >> 11), np.int32(11)
    for number in range(n_windows * n_bands):
        window, place = number // n_bands, number % n_bands
        second_total, third_total = sums[window, place, 0], sums[window, place, 1]
        for start in range(place * band, (place + 1) * band, 1024):  # 1024 rows of at most 2**20 fit an int32
            end = min(start + 1024, (place + 1) * band)
            second_part[:] = 0
            third_part[:] = 0
            for i in range(start, end):
                row = planes[window, i]
                for j in range(columns):
                    line[j] = np.float32(row[j])
                for j in range(wide):
                    a, b, c, d = first[j], right[j], far[j], last[j]
                    d2 = a - two * b + c
                    d3 = a - d + three * (c - b)
                    second_part[j] += np.float32(two * d2 * d2 + one).view(np.int32) >> shift
                    third_part[j] += np.float32(two * d3 * d3 + one).view(np.int32) >> shift
            for j in range(width):
                second_total[j] += np.int64(second_part[j]) - (end - start) * bits_of_one
                third_total[j] += np.int64(third_part[j]) - (end - start) * bits_of_one
    return sums
