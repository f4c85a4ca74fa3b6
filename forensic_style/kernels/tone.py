"""Counts of grey levels, colours and steps between neighbours.

Rows are visited from the first one in steps of `hop`: a histogram of every second row is as good as a whole one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def count_levels(plane: NDArray[np.generic], n_levels: int, hop: int = 1) -> NDArray[np.int64]:
    """Count how often every grey level occurs.

    Parameters
    ----------
    plane : unsigned integer array, shape (rows, columns), values below n_levels, C order
    hop : distance of the rows that are counted

    Returns
    -------
    int64 array, shape (n_levels,), summing to the number of samples visited.
    """
    rows, columns = plane.shape
    counts = np.zeros((4, n_levels), dtype=np.int64)
    one, two, three, four = counts[0], counts[1], counts[2], counts[3]
    for i in range(0, rows, hop):
        row = plane[i]
        for j in range(0, columns - 3, 4):
            one[row[j]] += 1
            two[row[j + 1]] += 1
            three[row[j + 2]] += 1
            four[row[j + 3]] += 1
        for j in range(columns - columns % 4, columns):
            one[row[j]] += 1
    for level in range(n_levels):
        one[level] += two[level] + three[level] + four[level]
    return one.copy()


@kernel
def count_gradient_magnitudes(plane: NDArray[np.uint8], hop: int) -> NDArray[np.int64]:
    """Count the steps between neighbours, |right - here| + |below - here|, by size.

    Parameters
    ----------
    plane : uint8 array, shape (rows, columns), both at least 2, C order
    hop : distance of the rows that are counted; the last row has none below it and is left out

    Returns
    -------
    int64 array, shape (511,): steps of 0 to 510. A flat plane fills bin 0 alone.
    """
    rows, columns = plane.shape
    width = columns - 1
    counts = np.zeros((4, 512), dtype=np.int64)
    zero, one, two, three = counts[0], counts[1], counts[2], counts[3]
    steps = np.empty(width, dtype=np.uint16)
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
    whole = np.empty(511, dtype=np.int64)
    for size in range(511):
        whole[size] = zero[size] + one[size] + two[size] + three[size]
    return whole


@kernel
def count_colours(
    red: NDArray[np.uint8], green: NDArray[np.uint8], blue: NDArray[np.uint8], weakest: int, hop: int
) -> NDArray[np.int64]:
    """Count saturations, and the hues of the samples that have one.

    Saturation is max - min of the three channels, in grey levels. The hue is the angle on the hexagon of HSV, in
    twelfths of a turn from red over yellow and green: the order of the channels gives the sixth, and whether the
    middle one has passed the mean of the others its half, so that nothing is divided.

    Parameters
    ----------
    red, green, blue : uint8 arrays of one shape (rows, columns), C order
    weakest : samples of a lower saturation have no hue; at least 1
    hop : distance of the rows that are counted

    Returns
    -------
    int64 array, shape (2, 256): saturations 0 to 255, summing to the number of samples visited; hues 0 to 11, then
    zeros.

    Source
    ------
    Smith, "Color gamut transform pairs", SIGGRAPH 1978.
    """
    rows, columns = red.shape
    joint = np.zeros((2, 256 * 16), dtype=np.int64)
    even, odd = joint[0], joint[1]
    places = np.empty(columns, dtype=np.uint16)
    limit, nothing = np.int16(weakest), np.int16(12)
    for i in range(0, rows, hop):
        red_row, green_row, blue_row = red[i], green[i], blue[i]
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
            places[j] = np.int16(saturation * np.int16(16)) + (hue if saturation >= limit else nothing)
        for j in range(0, columns - 1, 2):
            even[places[j]] += 1
            odd[places[j + 1]] += 1
        if columns % 2:
            even[places[columns - 1]] += 1
    counts = np.zeros((2, 256), dtype=np.int64)
    for place in range(256 * 16):
        number = even[place] + odd[place]
        counts[0, place // 16] += number
        if place % 16 < 12:
            counts[1, place % 16] += number
    return counts


@kernel
def count_repeats(
    red: NDArray[np.uint8], green: NDArray[np.uint8], blue: NDArray[np.uint8], hop: int
) -> NDArray[np.int64]:
    """Count the samples whose colour is exactly that of the right and of the lower neighbour.

    Parameters
    ----------
    red, green, blue : uint8 arrays of one shape (rows, columns), both at least 2, C order
    hop : distance of the rows that are counted; the last row and column are left out

    Returns
    -------
    int64 array, shape (3,): equal to the right one, equal to the lower one, samples visited.
    """
    rows, columns = red.shape
    width = columns - 1
    counts = np.zeros(3, dtype=np.int64)
    for i in range(0, rows - 1, hop):
        across, down = np.int32(0), np.int32(0)
        r, r_right, r_below = red[i, :width], red[i, 1:columns], red[i + 1, :width]
        g, g_right, g_below = green[i, :width], green[i, 1:columns], green[i + 1, :width]
        b, b_right, b_below = blue[i, :width], blue[i, 1:columns], blue[i + 1, :width]
        for j in range(width):
            across += np.int32(((r[j] ^ r_right[j]) | (g[j] ^ g_right[j]) | (b[j] ^ b_right[j])) == 0)
            down += np.int32(((r[j] ^ r_below[j]) | (g[j] ^ g_below[j]) | (b[j] ^ b_below[j])) == 0)
        counts[0] += across
        counts[1] += down
        counts[2] += width
    return counts


@kernel
def count_alike_pairs(
    red: NDArray[np.uint8], green: NDArray[np.uint8], blue: NDArray[np.uint8], hop: int
) -> NDArray[np.int64]:
    """Count the pairs of samples, wherever they lie, whose colours agree in the upper four bits of each channel.

    Parameters
    ----------
    red, green, blue : uint8 arrays of one shape (rows, columns), C order
    hop : distance of the rows and of the columns that are counted

    Returns
    -------
    int64 array, shape (2,): ordered pairs of two different samples that agree; all ordered pairs. Their ratio does
    not depend on the number of samples, as the number of distinct colours does.
    """
    rows, columns = red.shape
    counts = np.zeros(4096, dtype=np.int64)
    total = np.int64(0)
    for i in range(0, rows, hop):
        for j in range(0, columns, hop):
            place = (np.int32(red[i, j]) >> 4 << 8) + (np.int32(green[i, j]) >> 4 << 4) + (np.int32(blue[i, j]) >> 4)
            counts[place] += 1
            total += 1
    alike = np.int64(0)
    for count in counts:
        alike += count * (count - 1)
    return np.array([alike, total * (total - 1)])


@kernel
def measure_comb(counts: NDArray[np.int64], fewest: int) -> NDArray[np.float64]:
    """Measure how much neighbouring bins of histograms of 256 grey levels differ, beyond what counting noise does.

    With d = 2 h[i] - h[i - 1] - h[i + 1] and s = 2 h[i] + h[i - 1] + h[i + 1], the mean of (d**2 - v) / s**2 over the
    levels between the lowest and the highest one in use with s >= fewest. Here v = 4 h[i] + h[i - 1] + h[i + 1] is the
    variance that d has by counting alone: 1 where every other level is empty, 0 for a smooth histogram, whatever its
    shape and the number of samples.

    Parameters
    ----------
    counts : int64 array, shape (n_channels, 256)
    fewest : samples around a level for it to be looked at, at least 1

    Returns
    -------
    float64 array, shape (3,): the measure for levels 1 to 127 and for 128 to 254, all channels together; share among
    those looked at of empty levels with at least a quarter of `fewest` on either side. 0 where none is.

    Source
    ------
    Stamm and Liu, "Forensic detection of image manipulation using statistical intrinsic fingerprints", IEEE TIFS
    5(3), 2010, section III (gaps and peaks of contrast enhancement). Differs from the paper: relative to the bins
    around each level instead of a Fourier transform of the histogram.
    """
    total, seen = np.zeros(2, dtype=np.float64), np.zeros(2, dtype=np.int64)
    empty = 0
    for channel in range(counts.shape[0]):
        histogram = counts[channel]
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
        total[half] /= max(seen[half], 1)
    return np.array([total[0], total[1], empty / max(seen[0] + seen[1], 1)])
