"""Counts of grey levels, colours and steps between neighbours.

Rows are visited from the first one in steps of `hop`: a histogram of every second row is as good as a whole one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def count_levels(planes: NDArray[np.generic], n_levels: int, hop: int = 1) -> NDArray[np.int64]:
    """Count how often every grey level occurs in each window.

    Parameters
    ----------
    planes : unsigned integer array, shape (n_windows, rows, columns), values below n_levels, C order
    hop : distance of the rows that are counted

    Returns
    -------
    int64 array, shape (n_windows, n_levels), summing to the number of samples visited.
    """
    n_windows, rows, columns = planes.shape
    counts = np.empty((n_windows, n_levels), dtype=np.int64)
    parts = np.zeros((4, n_levels), dtype=np.int32)
    one, two, three, four = parts[0], parts[1], parts[2], parts[3]
    for window in range(n_windows):
        parts[:] = 0
        for i in range(0, rows, hop):
            row = planes[window, i]
            for j in range(0, columns - 3, 4):
                one[row[j]] += 1
                two[row[j + 1]] += 1
                three[row[j + 2]] += 1
                four[row[j + 3]] += 1
            for j in range(columns - columns % 4, columns):
                one[row[j]] += 1
        for level in range(n_levels):
            counts[window, level] = one[level] + two[level] + three[level] + four[level]
    return counts


@kernel
def count_gradient_magnitudes(planes: NDArray[np.uint8], hop: int) -> NDArray[np.int64]:
    """Count the steps between neighbours of each window, |right - here| + |below - here|, by size.

    Parameters
    ----------
    planes : uint8 array, shape (n_windows, rows, columns), both at least 2, C order
    hop : distance of the rows that are counted; the last row has none below it and is left out

    Returns
    -------
    int64 array, shape (n_windows, 511): steps of 0 to 510. A flat plane fills bin 0 alone.
    """
    n_windows, rows, columns = planes.shape
    width = columns - 1
    counts = np.empty((n_windows, 511), dtype=np.int64)
    parts = np.zeros((4, 512), dtype=np.int32)
    zero, one, two, three = parts[0], parts[1], parts[2], parts[3]
    steps = np.empty(width, dtype=np.uint16)
    for window in range(n_windows):
        plane = planes[window]
        parts[:] = 0
        for i in range(0, rows - 1, hop):
            row, right, below = plane[i, :width], plane[i, 1:columns], plane[i + 1, :width]
            for j in range(width):
                across = max(row[j], right[j]) - min(row[j], right[j])
                down = max(row[j], below[j]) - min(row[j], below[j])
                steps[j] = np.uint16(across) + np.uint16(down)
            for j in range(0, width - 3, 4):
                zero[steps[j]] += 1
                one[steps[j + 1]] += 1
                two[steps[j + 2]] += 1
                three[steps[j + 3]] += 1
            for j in range(width - width % 4, width):
                zero[steps[j]] += 1
        for size in range(511):
            counts[window, size] = zero[size] + one[size] + two[size] + three[size]
    return counts


@kernel
def count_colours(
    red: NDArray[np.uint8], green: NDArray[np.uint8], blue: NDArray[np.uint8], n_parts: int, weakest: int, hop: int
) -> NDArray[np.int64]:
    """Count the saturations of each window, and the hues of the samples that have one.

    Saturation is max - min of the three channels, in grey levels. The hue is the angle on the hexagon of HSV, in
    twelfths of a turn from red over yellow and green: the order of the channels gives the sixth, and whether the
    middle one has passed the mean of the others its half, so that nothing is divided.

    Parameters
    ----------
    red, green, blue : uint8 arrays of one shape (n_windows, rows, columns), C order
    n_parts : number of equal parts of the scale of saturations, at most 16: part k begins at 256 k / n_parts levels
    weakest : samples of a lower saturation have no hue; at least 1
    hop : distance of the rows that are counted

    Returns
    -------
    int64 array, shape (n_windows, 2, 16): saturations by their part, summing to the number of samples visited; hues 0
    to 11; zeros behind both.

    Source
    ------
    Smith, "Color gamut transform pairs", SIGGRAPH 1978.
    """
    n_windows, rows, columns = red.shape
    counts = np.zeros((n_windows, 2, 16), dtype=np.int64)
    joint = np.zeros((4, 256), dtype=np.int32)  # place 16 * part + hue
    zero, one, two, three = joint[0], joint[1], joint[2], joint[3]
    places = np.empty(columns, dtype=np.uint8)
    limit, nothing, factor = np.int16(weakest), np.int16(12), np.int16(n_parts)
    for window in range(n_windows):
        joint[:] = 0
        for i in range(0, rows, hop):
            red_row, green_row, blue_row = red[window, i], green[window, i], blue[window, i]
            for j in range(columns):
                r, g, b = np.int16(red_row[j]), np.int16(green_row[j]), np.int16(blue_row[j])
                high, low = max(r, max(g, b)), min(r, min(g, b))
                middle = np.int16(max(min(r, g), min(max(r, g), b)))
                saturation = np.int16(high - low)
                if (r > g) & (g >= b):
                    sixth = np.int16(0)
                elif (g >= r) & (r > b):
                    sixth = np.int16(1)
                elif (g > b) & (b >= r):
                    sixth = np.int16(2)
                elif (b >= g) & (g > r):
                    sixth = np.int16(3)
                else:
                    sixth = np.int16(4) if (b > r) & (r >= g) else np.int16(5)
                balance = np.int16(2 * middle - high - low)  # rises from red to yellow, falls from yellow to green, ...
                late = balance <= 0 if sixth & np.int16(1) else balance >= 0
                hue = np.int16(2 * sixth) + np.int16(late)
                part = np.uint16(saturation * factor) >> np.uint16(8)
                places[j] = np.uint8(part * np.uint16(16) + np.uint16(hue if saturation >= limit else nothing))
            for j in range(0, columns - 3, 4):
                zero[places[j]] += 1
                one[places[j + 1]] += 1
                two[places[j + 2]] += 1
                three[places[j + 3]] += 1
            for j in range(columns - columns % 4, columns):
                zero[places[j]] += 1
        for place in range(256):
            number = zero[place] + one[place] + two[place] + three[place]
            counts[window, 0, place // 16] += number
            if place % 16 < 12:
                counts[window, 1, place % 16] += number
    return counts


@kernel
def count_repeats(
    red: NDArray[np.uint8], green: NDArray[np.uint8], blue: NDArray[np.uint8], hop: int
) -> NDArray[np.int64]:
    """Count the samples of each window whose colour is exactly that of the right and of the lower neighbour.

    Parameters
    ----------
    red, green, blue : uint8 arrays of one shape (n_windows, rows, columns), both at least 2, C order
    hop : distance of the rows that are counted; the last row and column are left out

    Returns
    -------
    int64 array, shape (n_windows, 3): equal to the right one, equal to the lower one, samples visited.
    """
    n_windows, rows, columns = red.shape
    width = columns - 1
    counts = np.zeros((n_windows, 3), dtype=np.int64)
    for window in range(n_windows):
        for i in range(0, rows - 1, hop):
            across, down = np.int32(0), np.int32(0)
            r, r_below = red[window, i], red[window, i + 1]
            g, g_below = green[window, i], green[window, i + 1]
            b, b_below = blue[window, i], blue[window, i + 1]
            for j in range(width):
                across += np.int32(((r[j] ^ r[j + 1]) | (g[j] ^ g[j + 1]) | (b[j] ^ b[j + 1])) == 0)
                down += np.int32(((r[j] ^ r_below[j]) | (g[j] ^ g_below[j]) | (b[j] ^ b_below[j])) == 0)
            counts[window, 0] += across
            counts[window, 1] += down
            counts[window, 2] += width
    return counts


@kernel
def count_alike_pairs(
    red: NDArray[np.uint8], green: NDArray[np.uint8], blue: NDArray[np.uint8], hop: int
) -> NDArray[np.int64]:
    """Count the pairs of samples of each window, wherever they lie, that agree in the upper four bits of each channel.

    Parameters
    ----------
    red, green, blue : uint8 arrays of one shape (n_windows, rows, columns), C order
    hop : distance of the rows and of the columns that are counted

    Returns
    -------
    int64 array, shape (n_windows, 2): ordered pairs of two different samples that agree; all ordered pairs. Their
    ratio does not depend on the number of samples, as the number of distinct colours does.
    """
    n_windows, rows, columns = red.shape
    pairs = np.empty((n_windows, 2), dtype=np.int64)
    counts = np.empty(4096, dtype=np.uint32)
    for window in range(n_windows):
        counts[:] = 0
        alike, total = np.int64(0), np.int64(0)
        for i in range(0, rows, hop):
            red_row, green_row, blue_row = red[window, i], green[window, i], blue[window, i]
            for j in range(0, columns, hop):
                upper = (np.uint32(red_row[j]) & np.uint32(240)) << np.uint32(4) | np.uint32(green_row[j]) & np.uint32(
                    240
                )
                place = upper | np.uint32(blue_row[j]) >> np.uint32(4)
                alike += counts[place]  # so many before it are the same
                counts[place] += 1
                total += 1
        pairs[window, 0], pairs[window, 1] = 2 * alike, total * (total - 1)
    return pairs


@kernel
def measure_comb(counts: NDArray[np.int64], fewest: int) -> NDArray[np.float64]:
    """Measure how much neighbouring bins of each window's histograms differ, beyond what counting noise does.

    With d = 2 h[i] - h[i - 1] - h[i + 1] and s = 2 h[i] + h[i - 1] + h[i + 1], the mean of (d**2 - v) / s**2 over the
    levels between the lowest and the highest one in use with s >= fewest. Here v = 4 h[i] + h[i - 1] + h[i + 1] is the
    variance that d has by counting alone: 1 where every other level is empty, 0 for a smooth histogram, whatever its
    shape and the number of samples.

    Parameters
    ----------
    counts : int64 array, shape (n_windows, n_channels, 256): samples of each grey level
    fewest : samples around a level for it to be looked at, at least 1

    Returns
    -------
    float64 array, shape (n_windows, 3): the measure for levels 1 to 127 and for 128 to 254, all channels together;
    share among those looked at of empty levels with at least a quarter of `fewest` on either side. 0 where none is.

    Source
    ------
    Stamm and Liu, "Forensic detection of image manipulation using statistical intrinsic fingerprints", IEEE TIFS
    5(3), 2010, section III (gaps and peaks of contrast enhancement). Differs from the paper: relative to the bins
    around each level instead of a Fourier transform of the histogram.
    """
    n_windows, n_channels, _ = counts.shape
    measures = np.empty((n_windows, 3), dtype=np.float64)
    total, seen = np.empty(2, dtype=np.float64), np.empty(2, dtype=np.int64)
    for window in range(n_windows):
        total[:], seen[:] = 0.0, 0
        empty = 0
        for channel in range(n_channels):
            histogram = counts[window, channel]
            first, last = 0, 255
            while first < 255 and histogram[first] == 0:
                first += 1
            while last > 0 and histogram[last] == 0:
                last -= 1
            for level in range(first + 1, last):
                before, here, after = histogram[level - 1], histogram[level], histogram[level + 1]
                around = before + after
                scale = around + 2 * here
                if scale >= fewest:
                    difference = np.float64(2 * here - around)
                    noise = np.float64(4 * here + around)
                    half = level // 128
                    total[half] += (difference * difference - noise) / (np.float64(scale) * np.float64(scale))
                    seen[half] += 1
                    empty += (here == 0) & (4 * min(before, after) >= fewest)
        for half in range(2):
            measures[window, half] = total[half] / max(seen[half], 1)
        measures[window, 2] = empty / max(seen[0] + seen[1], 1)
    return measures
