"""Edges along rows: how far they overshoot and how wide they are; differences at several distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def measure_edges(
    planes: NDArray[np.uint8], hop: int, smallest: int, n_bins: int, n_widths: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the overshoots and widths of clear edges along rows.

    An edge is a place with |x[j + 1] - x[j - 1]| of at least half of `smallest`, not below that of the place before
    and above that of the place after. Its plateaus are the means of x[j - 7], x[j - 6], x[j - 5] and of x[j + 5],
    x[j + 6], x[j + 7]; its height their difference, in the direction of the slope. It is clear if the height is at
    least `smallest` and the samples of each plateau differ by at most an eighth of it. The overshoot on the light side
    is the largest of x[j] and the four samples next to it on that side less the plateau, on the dark side the plateau
    less the smallest of five, both over the height; a side without room for a quarter of the height is left out. The
    width is the number of samples from j - 4 to j + 4 between 1/8 and 7/8 of the way from plateau to plateau.

    Parameters
    ----------
    planes : uint8 array, shape (n_windows, rows, columns), C order
    hop : distance of the rows that are looked at
    smallest : height of the lowest edge that counts, grey levels, 8 to 255
    n_bins : bins of 2 % of the height for overshoots, the first from -20 % on; others fall into the outer ones
    n_widths : bins for widths of 0, 1, ...; larger ones fall into the last

    Returns
    -------
    two int64 arrays: shape (n_windows, 2, n_bins), overshoots on the dark and on the light side; shape (n_windows,
    n_widths), widths. All zero where there is no clear edge.
    """
    n_windows, rows, columns = planes.shape
    overshoots = np.zeros((n_windows, 2, n_bins), dtype=np.int64)
    widths = np.zeros((n_windows, n_widths), dtype=np.int64)
    if columns < 16:
        return overshoots, widths
    wide = (columns + 31) // 32 * 32  # loops of whole vectors
    samples, slopes = np.zeros(wide + 2, dtype=np.uint8), np.zeros(wide + 2, dtype=np.uint8)
    left, right, middle = samples[:wide], samples[2:], slopes[1 : wide + 1]
    before, here, after = slopes[:wide], middle, slopes[2:]
    found = np.zeros(wide + 8, dtype=np.uint8)
    eights, inside = found.view(np.uint64), found[1 : wide + 1]  # edges are rare: eight places are looked at together
    limit = np.uint8(smallest // 2)
    n_rows = (rows + hop - 1) // hop
    for line in range(n_windows * n_rows):
        window = line // n_rows
        row = planes[window, line % n_rows * hop]
        for j in range(columns):
            samples[j] = row[j]
        for j in range(wide):
            middle[j] = max(left[j], right[j]) - min(left[j], right[j])
        for j in range(wide):
            inside[j] = np.uint8((here[j] >= limit) & (here[j] >= before[j]) & (here[j] > after[j]))
        for number in range(eights.shape[0]):
            if eights[number] == 0:
                continue
            for j in range(8 * number, 8 * number + 8):
                if found[j] == 0 or j < 7 or j >= columns - 7:
                    continue
                rising = row[j + 1] > row[j - 1]
                sign = np.int64(1) if rising else np.int64(-1)
                start = np.int64(row[j - 7]) + np.int64(row[j - 6]) + np.int64(row[j - 5])
                end = np.int64(row[j + 5]) + np.int64(row[j + 6]) + np.int64(row[j + 7])
                height = sign * (end - start)  # like all below in thirds of a grey level
                low, high = min(start, end), max(start, end)
                one, other, third = np.int64(row[j - 7]), np.int64(row[j - 6]), np.int64(row[j - 5])
                uneven = max(one, max(other, third)) - min(one, min(other, third))
                one, other, third = np.int64(row[j + 7]), np.int64(row[j + 6]), np.int64(row[j + 5])
                uneven = max(uneven, max(one, max(other, third)) - min(one, min(other, third)))
                if height < 3 * smallest or 24 * uneven > height:
                    continue
                smallest_dark, largest_light, width = np.int64(765), np.int64(0), 0
                for k in range(-4, 5):
                    sample = 3 * np.int64(row[j + k])
                    if k == 0 or (k > 0) == rising:
                        largest_light = max(largest_light, sample)
                    if k == 0 or (k < 0) == rising:
                        smallest_dark = min(smallest_dark, sample)
                    width += int((8 * (sample - low) >= height) & (8 * (sample - low) <= 7 * height))
                widths[window, min(width, n_widths - 1)] += 1
                if 4 * low >= height:
                    bin_of_dark = int((50 * (low - smallest_dark) + 10 * height) // height)
                    overshoots[window, 0, min(max(bin_of_dark, 0), n_bins - 1)] += 1
                if 4 * (765 - high) >= height:
                    bin_of_light = int((50 * (largest_light - high) + 10 * height) // height)
                    overshoots[window, 1, min(max(bin_of_light, 0), n_bins - 1)] += 1
    return overshoots, widths


@kernel
def sum_differences(planes: NDArray[np.uint8], hop: int) -> NDArray[np.int64]:
    """Sum the sizes of differences along rows.

    Parameters
    ----------
    planes : uint8 array, shape (n_windows, rows, columns), columns at least 5, C order
    hop : distance of the rows that are looked at

    Returns
    -------
    int64 array, shape (n_windows, 6): number of places; sums of |x[j] - x[j + 1]|, of |x[j] - x[j + 2]|, of
    |x[j] - x[j + 4]|, of |x[j] - 2 x[j + 1] + x[j + 2]| and of (x[j] - x[j + 1])**2 over the places
    0 <= j < columns - 4.
    """
    n_windows, rows, columns = planes.shape
    width, n_rows = columns - 4, (rows + hop - 1) // hop
    sums = np.zeros((n_windows, 6), dtype=np.int64)
    for line in range(n_windows * n_rows):
        row, total = planes[line // n_rows, line % n_rows * hop], sums[line // n_rows]
        here, one, two, four = row[:width], row[1 : width + 1], row[2 : width + 2], row[4 : width + 4]
        near, far, farther, curved, squares = np.int32(0), np.int32(0), np.int32(0), np.int32(0), np.int32(0)
        for j in range(width):
            a, b, c, e = np.int32(here[j]), np.int32(one[j]), np.int32(two[j]), np.int32(four[j])
            near += np.int32(abs(a - b))
            far += np.int32(abs(a - c))
            farther += np.int32(abs(a - e))
            curved += np.int32(abs(a - b - b + c))
            squares += np.int32((a - b) * (a - b))
        total[0] += width
        total[1] += near
        total[2] += far
        total[3] += farther
        total[4] += curved
        total[5] += squares
    return sums
