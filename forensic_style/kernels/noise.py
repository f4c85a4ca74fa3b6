"""How strong noise is: detail in small blocks by fineness, and the histogram of a second difference."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def measure_blocks(planes: NDArray[np.uint8], step: int) -> NDArray[np.float32]:
    """Measure brightness, gradients and diagonal detail of blocks of 8 x 8 samples.

    The differences are those of a Haar transform: at scale 1 between neighbouring samples, at scale 2 between sums
    of 2 x 2, at scale 4 between sums of 4 x 4 samples. Four neighbours a b / c d of one scale give two gradients,
    a + b - c - d and a - b + c - d, and the diagonal detail a - b - c + d, which ignores slopes and edges along the
    axes. For white noise the three do not depend on each other, so blocks chosen for small gradients have the
    diagonal detail of all blocks. Along the rows the transform is taken at every sample, down the columns at every
    second (scale 1), fourth and eighth one.

    Parameters
    ----------
    planes : uint8 array, shape (n_windows, rows, columns), at least 8 rows and 16 columns, C order
    step : of the rows of blocks 0, step, 2 * step, ... that are measured

    Returns
    -------
    float32 array, shape (n_windows, 7, n), n = ceil(rows // 8 / step) * (columns // 8 - 1), for each block in order of
    rows: its mean (grey levels); the share of its samples that are 0 or 255; the mean square of its gradients at scales
    1 and 2, and of its diagonal detail at scales 1, 2 and 4, in units in which white noise of standard deviation sigma
    has sigma ** 2 in each.
    """
    n_windows, rows, columns = planes.shape
    down, across = (rows // 8 + step - 1) // step, columns // 8 - 1
    result = np.empty((n_windows, 7, down * across), dtype=np.float32)
    levels = np.zeros((4, 2, columns), dtype=np.int16)  # two rows of sums of 1, 2 x 2, 4 x 4 (and 8 x 8) samples
    sums = np.empty((8, columns), dtype=np.int32)
    halves, quarters = np.empty(4 * across, dtype=np.int32), np.empty(2 * across, dtype=np.int32)
    scales = (1 / 64, 1 / 64, 1 / (32 * 4), 1 / (16 * 16), 1 / (32 * 4), 1 / (16 * 16), 1 / (8 * 64))
    for line in range(n_windows * down):
        window, i = line // down, line % down
        plane = planes[window]
        sums[:] = 0
        for pair in range(4):
            top = 8 * step * i + 2 * pair
            above, below = plane[top], plane[top + 1]
            for j in range(columns):
                levels[0, 0, j], levels[0, 1, j] = np.int16(above[j]), np.int16(below[j])
                sums[0, j] += np.int32(above[j]) + np.int32(below[j])
                ends = np.int32(np.uint8(above[j] + 1) < 2) + np.int32(np.uint8(below[j] + 1) < 2)  # 255 + 1 is 0
                sums[1, j] += ends
            for level in range(1 + (pair & 1) + (pair == 3)):
                upper, lower, wider = levels[level, 0], levels[level, 1], levels[level + 1, (pair >> level) & 1]
                gradient, detail = sums[(2, 3, 7)[level]], sums[4 + level]
                shift = 1 << level
                upper_right, lower_right = upper[shift:], lower[shift:]
                for j in range(columns - shift):  # differences and sums stay within 16 bits, squares do not
                    a, b, c, d = upper[j], upper_right[j], lower[j], lower_right[j]
                    falling, rising = np.int32(np.int16(a - d)), np.int32(np.int16(b - c))
                    one, other = np.int16(a + d), np.int16(b + c)
                    diagonal = np.int32(np.int16(one - other))
                    gradient[j] += np.int32(falling * falling + rising * rising)  # half of both gradients' squares
                    detail[j] += np.int32(diagonal * diagonal)
                    wider[j] = np.int16(one + other)
        for value in range(7):
            eights, found = sums[value], result[window, value, i * across : (i + 1) * across]
            for k in range(4 * across):
                halves[k] = eights[2 * k] + eights[2 * k + 1]
            for k in range(2 * across):
                quarters[k] = halves[2 * k] + halves[2 * k + 1]
            for k in range(across):
                found[k] = np.float32(quarters[2 * k] + quarters[2 * k + 1]) * np.float32(scales[value])
    return result


@register_jitable
def _select(values: NDArray[np.float32], place: int) -> np.float32:
    """The value that would stand at this place if the values, which are reordered, were sorted (Hoare 1961).

    NumPy's own selection takes Numba five seconds to compile.
    """
    low, high = 0, values.shape[0] - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if place <= j:
            high = j
        elif place >= i:
            low = i
        else:
            break
    return values[place]


@kernel
def find_quiet_levels(
    blocks: NDArray[np.float32], ranges: NDArray[np.float64], share: float, fewest: int
) -> NDArray[np.float64]:
    """Take the median detail of the blocks with the smallest gradients, for each range of brightness.

    Parameters
    ----------
    blocks : as of `measure_blocks`, shape (n_windows, 7, n); blocks with samples of 0 or 255 are left out
    ranges : shape (m, 2), brightness from the first up to, not including, the second number, grey levels
    share : of the blocks in the range, rounded up, whose gradients at scales 1 and 2 add up to least
    fewest : blocks to take all the same, as far as there are so many

    Returns
    -------
    float64 array, shape (n_windows, m, 6): how many blocks lie in the range, their mean brightness, the largest
    gradient taken (mean of scales 1 and 2), and the medians of the diagonal detail at scales 1, 2 and 4 of those taken
    (blocks equal to the last one are taken too); all 0 where there is no block.

    Source
    ------
    Colom, Buades, "Analysis and extension of the Ponomarenko et al. method, estimating a noise curve from a single
    image", IPOL 3, 2013: blocks of lowest low-frequency variance, median high-frequency variance. Differs from the
    paper: a Haar transform instead of the DCT, three scales, selection by gradients.
    """
    n_windows, n_blocks, n_ranges = blocks.shape[0], blocks.shape[2], ranges.shape[0]
    result = np.zeros((n_windows, n_ranges, 6), dtype=np.float64)
    place = np.empty(n_blocks + 1, dtype=np.int32)
    gradient = np.empty(n_blocks + 1, dtype=np.float32)
    detail = np.empty(n_blocks + 1, dtype=np.float32)
    for line in range(n_windows * n_ranges):
        of_window, found = blocks[line // n_ranges], result[line // n_ranges, line % n_ranges]
        low, high = ranges[line % n_ranges, 0], ranges[line % n_ranges, 1]
        n, brightness = 0, 0.0
        for k in range(n_blocks):
            level = of_window[0, k]
            is_inside = (of_window[1, k] == 0) & (level >= low) & (level < high)
            place[n], gradient[n] = k, of_window[2, k] + of_window[3, k]
            brightness += level * is_inside
            n += is_inside
        if n > 0:
            wanted = min(max(int(np.ceil(share * n)), fewest), n)
            for k in range(n):  # to assign a whole part takes Numba two seconds to compile
                detail[k] = gradient[k]
            largest = _select(detail[:n], wanted - 1)
            found[0], found[1], found[2] = n, brightness / n, largest / 2
            for scale in range(3):
                n_taken = 0
                for k in range(n):
                    detail[n_taken] = of_window[4 + scale, place[k]]
                    n_taken += gradient[k] <= largest
                taken = detail[:n_taken]
                found[3 + scale] = (_select(taken, (n_taken - 1) // 2) + _select(taken, n_taken // 2)) / 2
    return result


@kernel
def count_residual_magnitudes(planes: NDArray[np.uint8], n_magnitudes: int, step: int) -> NDArray[np.int64]:
    """Count magnitudes of the 3x3 second difference along both axes, on every step-th row.

    The residual is the sum of the neighbourhood weighted by [1 -2 1; -2 4 -2; 1 -2 1], which ignores planes
    and straight edges along the axes: for white noise of standard deviation sigma its own is 6 sigma.

    Parameters
    ----------
    planes : uint8 array, shape (n_windows, rows, columns), rows and columns at least 3, C order
    n_magnitudes : bins, one for each whole number; larger ones fall in the last
    step : of the rows 1, 1 + step, 1 + 2 * step, ... that are counted

    Returns
    -------
    int64 array, shape (n_windows, n_magnitudes), each row summing to (columns - 2) times the number of rows counted.

    Source
    ------
    Immerkaer, "Fast noise variance estimation", Computer Vision and Image Understanding 64(2), 1996.
    """
    n_windows, rows, columns = planes.shape
    whole = np.empty((n_windows, n_magnitudes), dtype=np.int64)
    counts = np.empty((4, n_magnitudes), dtype=np.int64)
    curved = np.empty(columns, dtype=np.int16)
    bins = np.empty(columns - 2, dtype=np.int16)
    largest = np.int16(n_magnitudes - 1)
    for window in range(n_windows):
        plane = planes[window]
        counts[:] = 0
        for i in range(1, rows - 1, step):
            above, here, below = plane[i - 1], plane[i], plane[i + 1]
            for j in range(columns):
                curved[j] = np.int16(above[j]) - 2 * np.int16(here[j]) + np.int16(below[j])
            for j in range(columns - 2):
                residual = np.int16(curved[j] - 2 * curved[j + 1] + curved[j + 2])
                bins[j] = min(max(residual, np.int16(-residual)), largest)
            for j in range(columns - 2):
                counts[j & 3, bins[j]] += 1
        for k in range(n_magnitudes):
            whole[window, k] = counts[0, k] + counts[1, k] + counts[2, k] + counts[3, k]
    return whole
