"""The 8x8 cosine transform, many blocks side by side: on a grid, or at every origin; histograms of its coefficients."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forensic_style.compiling import kernel

Samples = np.float32


@njit(nogil=True, error_model="numpy", inline="always")
def transform_eight(
    x0: Samples, x1: Samples, x2: Samples, x3: Samples, x4: Samples, x5: Samples, x6: Samples, x7: Samples
) -> tuple[Samples, Samples, Samples, Samples, Samples, Samples, Samples, Samples]:
    """Transform eight samples by the cosine transform, without its last multiplication.

    Returns
    -------
    Eight float32: number 0 is the sum, number k > 0 is sum(x[n] cos(pi k (2n + 1) / 16)) * 2 cos(pi k / 16).
    Exactly 0 for all but number 0 where all eight are equal. Five multiplications and 29 additions.

    Source
    ------
    Arai, Agui, Nakajima, "A fast DCT-SQ scheme for images", Transactions of the IEICE E71(11), 1988.
    """
    sum07, sum16, sum25, sum34 = x0 + x7, x1 + x6, x2 + x5, x3 + x4
    even0, even1, even2, even3 = sum07 + sum34, sum16 + sum25, sum16 - sum25, sum07 - sum34
    turned = (even2 + even3) * np.float32(0.7071067811865476)  # cos(pi / 4)
    difference07, difference16, difference25, difference34 = x0 - x7, x1 - x6, x2 - x5, x3 - x4
    odd0, odd1, odd2 = difference34 + difference25, difference25 + difference16, difference16 + difference07
    middle = odd1 * np.float32(0.7071067811865476)
    common = (odd0 - odd2) * np.float32(0.3826834323650898)  # cos(3 pi / 8)
    low = odd0 * np.float32(0.541196100146197) + common  # cos(pi / 8) - cos(3 pi / 8)
    high = odd2 * np.float32(1.3065629648763766) + common  # cos(pi / 8) + cos(3 pi / 8)
    plus, minus = difference07 + middle, difference07 - middle
    return (
        even0 + even1,
        plus + high,
        even3 + turned,
        minus - low,
        even0 - even1,
        minus + low,
        even3 - turned,
        plus - high,
    )


@kernel
def transform_grid(planes: NDArray[np.generic], scale: NDArray[np.float32], top: int, left: int) -> NDArray[np.float32]:
    """Transform every whole 8x8 block of a grid by the orthonormal two-dimensional cosine transform.

    Parameters
    ----------
    planes : integer array, shape (n_windows, rows, columns), C order
    scale : float32 array, shape (64,): scale[8 k + l] = s(k) s(l), s(0) = sqrt(1/8), else 1 / (4 cos(pi k / 16)): the
        multiplication that :func:`transform_eight` leaves out
    top, left : where the first block begins

    Returns
    -------
    float32 array, shape (n_windows, 64, n_blocks), blocks row by row, grey levels; mode 8 k + l has vertical frequency
    k and horizontal frequency l. A flat plane has only mode 0. Empty where no block fits.

    32 blocks at a time lie side by side in a buffer, mode by mode, so that one instruction works on many blocks.

    Source
    ------
    ITU-T T.81, A.3.3 (definition).
    """
    down, across = max(planes.shape[1] - top, 0) // 8, max(planes.shape[2] - left, 0) // 8
    n_blocks = down * across
    coefficients = np.empty((planes.shape[0], 64, n_blocks), dtype=np.float32)
    work = np.zeros(2048, dtype=np.float32)  # 8 rows x 8 columns x 32 blocks; distances are literal: they vectorize
    for window in range(planes.shape[0]):
        plane = planes[window]
        for first in range(0, n_blocks, 32):
            last = min(first + 32, n_blocks)
            block = first
            while block < last:  # as many as lie side by side in the plane
                i, j = block // across, block % across
                n = min(across - j, last - block)
                for m in range(8):
                    row = plane[top + 8 * i + m, left + 8 * j : left + 8 * (j + n)]
                    part = work[m * 256 + block - first :]
                    for b in range(n):
                        part[b] = np.float32(row[8 * b])
                        part[b + 32] = np.float32(row[8 * b + 1])
                        part[b + 64] = np.float32(row[8 * b + 2])
                        part[b + 96] = np.float32(row[8 * b + 3])
                        part[b + 128] = np.float32(row[8 * b + 4])
                        part[b + 160] = np.float32(row[8 * b + 5])
                        part[b + 192] = np.float32(row[8 * b + 6])
                        part[b + 224] = np.float32(row[8 * b + 7])
                block += n
            for m in range(8):
                for b in range(32):
                    at = m * 256 + b
                    (
                        work[at],
                        work[at + 32],
                        work[at + 64],
                        work[at + 96],
                        work[at + 128],
                        work[at + 160],
                        work[at + 192],
                        work[at + 224],
                    ) = transform_eight(
                        work[at],
                        work[at + 32],
                        work[at + 64],
                        work[at + 96],
                        work[at + 128],
                        work[at + 160],
                        work[at + 192],
                        work[at + 224],
                    )
            for b in range(256):
                (
                    work[b],
                    work[b + 256],
                    work[b + 512],
                    work[b + 768],
                    work[b + 1024],
                    work[b + 1280],
                    work[b + 1536],
                    work[b + 1792],
                ) = transform_eight(
                    work[b],
                    work[b + 256],
                    work[b + 512],
                    work[b + 768],
                    work[b + 1024],
                    work[b + 1280],
                    work[b + 1536],
                    work[b + 1792],
                )
            for mode in range(64):
                target, source, factor = coefficients[window, mode, first:last], work[32 * mode :], scale[mode]
                for b in range(last - first):
                    target[b] = source[b] * factor
    return coefficients


@kernel
def count_magnitudes(
    coefficients: NDArray[np.float32], modes: NDArray[np.int64], bins_per_level: float, n_bins: int
) -> NDArray[np.int32]:
    """Count the magnitudes of some modes over all blocks of each window.

    Parameters
    ----------
    coefficients : float32 array, shape (n_windows, 64, n_blocks), as of :func:`transform_grid`
    modes : int64 array, shape (n_modes,), each below 64
    bins_per_level : number of bins per grey level
    n_bins : at least 2

    Returns
    -------
    int32 array, shape (n_windows, n_modes, n_bins): bin b holds magnitudes from (b - 1/2) / bins_per_level to
    (b + 1/2) / bins_per_level, the last bin also all above.
    """
    n_windows, _, n_blocks = coefficients.shape
    n_modes = modes.shape[0]
    counts = np.zeros((n_windows, n_modes, n_bins), dtype=np.int32)
    odd = np.zeros(n_bins, dtype=np.int32)
    bins = np.empty(n_blocks, dtype=np.uint32)
    factor, last = np.float32(bins_per_level), np.float32(n_bins - 1)
    for window in range(n_windows):
        for number in range(n_modes):
            row, even = coefficients[window, modes[number]], counts[window, number]
            for j in range(n_blocks):
                bins[j] = np.uint32(np.int32(min(abs(row[j]) * factor + np.float32(0.5), last)))
            for j in range(0, n_blocks - 1, 2):
                even[bins[j]] += 1
                odd[bins[j + 1]] += 1
            if n_blocks % 2:
                even[bins[n_blocks - 1]] += 1
            for b in range(n_bins):
                even[b] += odd[b]
                odd[b] = 0
    return counts


@kernel
def count_multiples(
    counts: NDArray[np.int32], steps: NDArray[np.int64], bins_per_level: int, n_multiples: int
) -> NDArray[np.float64]:
    """Count the magnitudes nearest to each multiple of a step, for each mode of each window.

    Parameters
    ----------
    counts : int32 array, shape (n_windows, n_modes, n_bins), as of :func:`count_magnitudes`; the last bin is left out
    steps : int64 array, shape (n_windows, n_modes), grey levels, at least 1
    bins_per_level : of the counts
    n_multiples : number of multiples, from 0 on

    Returns
    -------
    float64 array, shape (n_windows, n_modes, n_multiples). A magnitude halfway belongs to the larger multiple.
    """
    n_windows, n_modes, n_bins = counts.shape
    multiples = np.zeros((n_windows, n_modes, n_multiples), dtype=np.float64)
    for window in range(n_windows):
        for mode in range(n_modes):
            histogram = counts[window, mode]
            width = steps[window, mode] * bins_per_level
            for multiple in range(n_multiples):
                first = max((2 * multiple - 1) * width + 1, 0) // 2
                total = np.int64(0)
                for number in range(first, min(((2 * multiple + 1) * width + 1) // 2, n_bins - 1)):
                    total += histogram[number]
                multiples[window, mode, multiple] = total
    return multiples


@kernel
def share_small(coefficients: NDArray[np.float32], limit: float) -> NDArray[np.float64]:
    """Share of magnitudes below a limit, for each mode over all blocks of each window.

    Parameters
    ----------
    coefficients : float32 array, shape (n_windows, 64, n_blocks), as of :func:`transform_grid`, with at least one
        block
    limit : grey levels

    Returns
    -------
    float64 array, shape (n_windows, 64), each 0 to 1.
    """
    n_windows, n_modes, n_blocks = coefficients.shape
    shares = np.empty((n_windows, n_modes), dtype=np.float64)
    bound = np.float32(limit)
    for window in range(n_windows):
        for mode in range(n_modes):
            row = coefficients[window, mode]
            small = np.int32(0)
            for j in range(n_blocks):
                small += np.int32(abs(row[j]) < bound)
            shares[window, mode] = small / n_blocks
    return shares


@kernel
def count_zeros(plane: NDArray[np.generic], limits: NDArray[np.float32]) -> NDArray[np.int8]:
    """Count the cosine modes that are nearly zero in the 8x8 block at every origin.

    Parameters
    ----------
    plane : integer array, shape (rows, columns), C order
    limits : float32 array, shape (64,): magnitudes of :func:`transform_eight`, taken along both axes, below
        which mode 8 k + l counts; 0 for modes that never count

    Returns
    -------
    int8 array, shape (rows - 7, columns - 7) or empty: entry (i, j) is for the block whose first sample is (i, j), and
    -1 where all rows or all columns of the block are equal.

    Source
    ------
    Nikoukhah et al., "ZERO: a local JPEG grid origin detector based on the number of DCT zeros and its applications
    in image forensics", IPOL 11, 2021, algorithm 1.
    """
    n_rows, n_columns = max(plane.shape[0] - 7, 0), max(plane.shape[1] - 7, 0)
    zeros = np.empty((n_rows, n_columns), dtype=np.int8)
    work = np.zeros(2112, dtype=np.float32)  # 8 rows of 256 + 8 samples; distances are literal: they vectorize
    number = np.zeros(256, dtype=np.int32)
    across, down = np.zeros(264, dtype=np.uint8), np.zeros(264, dtype=np.uint8)
    for first in range(0, n_columns, 256):
        n = min(256, n_columns - first)
        for i in range(n_rows):
            across[:] = 0
            down[:] = 0
            for m in range(8):
                row, buffer = plane[i + m, first : first + n + 7], work[m * 264 : m * 264 + n + 7]
                for j in range(n + 7):
                    buffer[j] = np.float32(row[j])
                for j in range(n + 6):
                    across[j] |= np.uint8(row[j] != row[j + 1])
                if m > 0:
                    above = plane[i + m - 1, first : first + n + 7]
                    for j in range(n + 7):
                        down[j] |= np.uint8(row[j] != above[j])
            for j in range(264):
                (
                    work[j],
                    work[j + 264],
                    work[j + 528],
                    work[j + 792],
                    work[j + 1056],
                    work[j + 1320],
                    work[j + 1584],
                    work[j + 1848],
                ) = transform_eight(
                    work[j],
                    work[j + 264],
                    work[j + 528],
                    work[j + 792],
                    work[j + 1056],
                    work[j + 1320],
                    work[j + 1584],
                    work[j + 1848],
                )
            number[:] = 0
            for k in range(8):
                buffer = work[k * 264 : k * 264 + 264]
                limit0, limit1, limit2, limit3 = limits[8 * k], limits[8 * k + 1], limits[8 * k + 2], limits[8 * k + 3]
                limit4, limit5, limit6, limit7 = (
                    limits[8 * k + 4],
                    limits[8 * k + 5],
                    limits[8 * k + 6],
                    limits[8 * k + 7],
                )
                for j in range(256):
                    y0, y1, y2, y3, y4, y5, y6, y7 = transform_eight(
                        buffer[j],
                        buffer[j + 1],
                        buffer[j + 2],
                        buffer[j + 3],
                        buffer[j + 4],
                        buffer[j + 5],
                        buffer[j + 6],
                        buffer[j + 7],
                    )
                    few = np.int32(abs(y0) < limit0) + np.int32(abs(y1) < limit1) + np.int32(abs(y2) < limit2)
                    more = np.int32(abs(y3) < limit3) + np.int32(abs(y4) < limit4) + np.int32(abs(y5) < limit5)
                    number[j] += few + more + np.int32(abs(y6) < limit6) + np.int32(abs(y7) < limit7)
            target = zeros[i, first : first + n]
            for j in range(n):
                changes_across = across[j] | across[j + 1] | across[j + 2] | across[j + 3] | across[j + 4]
                changes_across |= across[j + 5] | across[j + 6]
                changes_down = down[j] | down[j + 1] | down[j + 2] | down[j + 3] | down[j + 4] | down[j + 5]
                changes_down |= down[j + 6] | down[j + 7]
                changes = np.int32(changes_across) & np.int32(changes_down)
                target[j] = np.int8(number[j] * changes - (1 - changes))
    return zeros
