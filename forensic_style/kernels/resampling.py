"""Profiles of the size of differences along rows, where interpolation leaves a period."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def sum_log_differences(plane: NDArray[np.generic], band: int) -> NDArray[np.int64]:
    """Sum the logarithms of squared differences along rows, per column and band of rows.

    Second differences are d2 = x[j] - 2 x[j + 1] + x[j + 2], third ones d3 = x[j] - 3 x[j + 1] + 3 x[j + 2] - x[j + 3].
    The logarithm is the binary one of 2 d**2 + 1, linear between powers of two, in units of 1/4096 rounded down: the
    upper bits of a float32 are just that.

    Parameters
    ----------
    plane : integer array, shape (rows, columns), C order, columns at least 4, 8 or 16 bit
    band : rows summed together; the rows left over at the end are left out

    Returns
    -------
    int64 array, shape (rows // band, 2, columns - 3): sums for d2 and for d3. A flat plane gives zeros.

    Source
    ------
    Gallagher, "Detection of linear and cubic interpolation in JPEG compressed images", CRV 2005, equations 3 to 5.
    Differs from the paper: mean logarithm instead of mean magnitude, so that no strong edge outweighs the rest, and
    third differences beside the second: those are blind where the two phases of a doubling mirror each other.
    """
    rows, columns = plane.shape
    width = columns - 3
    sums = np.zeros((rows // band, 2, width), dtype=np.int64)
    second, third = np.empty(width, dtype=np.float32), np.empty(width, dtype=np.float32)
    second_bits, third_bits = second.view(np.int32), third.view(np.int32)
    second_part, third_part = np.empty(width, dtype=np.int32), np.empty(width, dtype=np.int32)
    one, two, three = np.float32(1), np.float32(2), np.float32(3)
    bits_of_one, shift = np.int64(0x3F800000 >> 11), np.int32(11)
    for number in range(rows // band):
        for start in range(number * band, (number + 1) * band, 1024):  # 1024 rows of at most 2**20 fit an int32
            end = min(start + 1024, (number + 1) * band)
            second_part[:] = 0
            third_part[:] = 0
            for i in range(start, end):
                row = plane[i]
                first, right, far, last = row[:width], row[1 : width + 1], row[2 : width + 2], row[3 : width + 3]
                for j in range(width):
                    a, b, c, d = np.float32(first[j]), np.float32(right[j]), np.float32(far[j]), np.float32(last[j])
                    d2 = a - two * b + c
                    d3 = a - d + three * (c - b)
                    second[j] = two * d2 * d2 + one
                    third[j] = two * d3 * d3 + one
                for j in range(width):
                    second_part[j] += second_bits[j] >> shift
                for j in range(width):
                    third_part[j] += third_bits[j] >> shift
            for j in range(width):
                sums[number, 0, j] += np.int64(second_part[j]) - (end - start) * bits_of_one
                sums[number, 1, j] += np.int64(third_part[j]) - (end - start) * bits_of_one
    return sums
