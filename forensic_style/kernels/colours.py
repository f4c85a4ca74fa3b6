"""How neighbouring colours go together: along one gradient, along one line."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def sum_colour_gradients(
    lumas: NDArray[np.uint16],
    reds: NDArray[np.uint16],
    greens: NDArray[np.uint16],
    blues: NDArray[np.uint16],
    unit: float,
    softness: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums that tell how the channels' gradients agree, and how those of brightness and colour coincide.

    Gradients g are central differences, in grey levels (unit times half the difference). With the tensor
    E = sum gx^2, F = sum gy^2, H = sum gx gy over the three channels, the coherence is
    ((E - F)^2 + 4 H^2) / ((E + F)^2 + 4): 1 where all channels change along one direction, 0 where they change along
    different ones or not at all. The strength of brightness is m / (m + softness) of luma's gradient magnitude m,
    that of colour the same of the gradients of red - green and blue - green together.

    Parameters
    ----------
    lumas, reds, greens, blues : uint16 arrays of one shape (n_windows, rows, columns), rows and columns at least 3, C
        order
    unit : grey levels per unit of the planes
    softness : above 0, in grey levels

    Returns
    -------
    moments : float64 array, shape (n_windows, 6): n, sum x, sum y, sum x^2, sum y^2, sum x y of strength of brightness
        x and of colour y
    coherence : float64 array, shape (n_windows, 3): sum of coherence, of coherence times E + F, of E + F

    Source
    ------
    Di Zenzo, "A note on the gradient of a multi-image", Computer Vision, Graphics, and Image Processing 33(1), 1986:
    the tensor and its coherence.
    """
    n_windows, rows, columns = lumas.shape[0], lumas.shape[1] - 2, lumas.shape[2] - 2
    moments, totals = np.zeros((n_windows, 6)), np.zeros((n_windows, 3))
    width = (columns + 15) // 16 * 16  # whole vectors
    sums = np.zeros((8, width), dtype=np.float32)
    brightness, colour = np.zeros(width, dtype=np.float32), np.zeros(width, dtype=np.float32)
    half, soft, four = np.float32(unit / 2), np.float32(softness), np.float32(4.0)
    grey, red, green, blue = lumas.reshape(-1), reds.reshape(-1), greens.reshape(-1), blues.reshape(-1)
    for number in range(n_windows * rows):
        window, i = number // rows, number % rows
        start = (window * (rows + 2) + i) * (columns + 2)
        middle, last = start + columns + 2, start + 2 * columns + 4
        n = min(width, grey.size - last - 2)  # on into the next row, if there is one, so that vectors are whole
        here, above, below = grey[middle:], grey[start:], grey[last:]
        for j in range(n):
            x = half * np.float32(np.int32(here[j + 2]) - np.int32(here[j]))
            y = half * np.float32(np.int32(below[j + 1]) - np.int32(above[j + 1]))
            magnitude = np.sqrt(x * x + y * y)
            brightness[j] = magnitude / (magnitude + soft)
        r, r_above, r_below = red[middle:], red[start:], red[last:]
        g, g_above, g_below = green[middle:], green[start:], green[last:]
        b, b_above, b_below = blue[middle:], blue[start:], blue[last:]
        for j in range(n):
            rx = half * np.float32(np.int32(r[j + 2]) - np.int32(r[j]))
            gx = half * np.float32(np.int32(g[j + 2]) - np.int32(g[j]))
            bx = half * np.float32(np.int32(b[j + 2]) - np.int32(b[j]))
            ry = half * np.float32(np.int32(r_below[j + 1]) - np.int32(r_above[j + 1]))
            gy = half * np.float32(np.int32(g_below[j + 1]) - np.int32(g_above[j + 1]))
            by = half * np.float32(np.int32(b_below[j + 1]) - np.int32(b_above[j + 1]))
            e, f, h = rx * rx + gx * gx + bx * bx, ry * ry + gy * gy + by * by, rx * ry + gx * gy + bx * by
            energy = e + f
            coherence = ((e - f) * (e - f) + four * h * h) / (energy * energy + four)
            sums[5, j] += coherence
            sums[6, j] += coherence * energy
            sums[7, j] += energy
            rx, ry, bx, by = rx - gx, ry - gy, bx - gx, by - gy
            magnitude = np.sqrt(rx * rx + ry * ry + bx * bx + by * by)
            colour[j] = magnitude / (magnitude + soft)
        for j in range(n):
            sums[0, j] += brightness[j]
            sums[1, j] += colour[j]
            sums[2, j] += brightness[j] * brightness[j]
            sums[3, j] += colour[j] * colour[j]
            sums[4, j] += brightness[j] * colour[j]
        if i == rows - 1:
            moments[window, 0] = rows * columns
            for j in range(columns):
                for k in range(5):
                    moments[window, 1 + k] += np.float64(sums[k, j])
                for k in range(3):
                    totals[window, k] += np.float64(sums[5 + k, j])
            sums[:] = 0
    return moments, totals


@kernel
def count_colour_clouds(
    reds: NDArray[np.uint16],
    greens: NDArray[np.uint16],
    blues: NDArray[np.uint16],
    floor: float,
    traces: NDArray[np.float64],
    ratios: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Count the boxes of 4x4 samples, 2 apart, by how far their colours scatter and how much along one line.

    With C the covariance of the three channels in a box plus the floor on its diagonal, and m the sum of its three
    principal 2x2 minors, the scatter is tr C and the ratio tr(C)^2 / (3 m): 1 where colours scatter alike in all
    directions, without bound where they lie on a line.

    Parameters
    ----------
    reds, greens, blues : uint16 arrays of one shape (n_windows, rows, columns), values at most 4080, C order
    floor : above 0, in squared units of the planes
    traces, ratios : increasing bounds; each starts the next class

    Returns
    -------
    int64 array, shape (n_windows, len(traces) + 1, len(ratios) + 1); zeros where no box fits.

    Source
    ------
    Omer and Werman, "Color lines: image specific color representation", CVPR 2004: colours of one surface lie on a
    line. Differs from it: invariants of the covariance in place of the lines themselves.
    """
    n_windows, n_pairs, n_boxes = reds.shape[0], reds.shape[1] // 2, reds.shape[2] // 2
    counts = np.zeros((n_windows, (traces.size + 1) * (ratios.size + 1)), dtype=np.int64)
    columns = np.zeros((9, 2 * n_boxes), dtype=np.int32)  # sums of two rows
    squares = np.zeros((2, 9, n_boxes), dtype=np.int32)  # sums of 2x2 samples: of these two rows and the two before
    trace, minors = np.zeros(n_boxes), np.zeros(n_boxes)
    classes = np.zeros(n_boxes, dtype=np.int32)
    n_fitting = max(0, n_boxes - 1)
    for task in range(n_windows * n_pairs):
        window, pair = task // n_pairs, task % n_pairs
        _add_two_rows(reds[window], greens[window], blues[window], 2 * pair, columns)
        this, before = squares[pair % 2], squares[1 - pair % 2]
        for k in range(9):
            for j in range(n_boxes):
                this[k, j] = columns[k, 2 * j] + columns[k, 2 * j + 1]
        if pair == 0:
            continue
        _measure_clouds(this, before, 256.0 * floor, trace, minors)
        classes[:] = 0
        for bound in traces:
            for j in range(n_fitting):
                classes[j] += (ratios.size + 1) * (trace[j] >= 256.0 * bound)
        for bound in ratios:
            for j in range(n_fitting):
                classes[j] += trace[j] * trace[j] >= 3.0 * bound * minors[j]
        for j in range(n_fitting):
            counts[window, classes[j]] += 1
    return counts.reshape(n_windows, traces.size + 1, ratios.size + 1)


@register_jitable(error_model="numpy")
def _add_two_rows(
    red: NDArray[np.uint16], green: NDArray[np.uint16], blue: NDArray[np.uint16], top: int, sums: NDArray[np.int32]
) -> None:
    """By column: the sums of the three channels over two rows, of their squares, and of red x green, r x b, g x b."""
    for j in range(sums.shape[1]):
        r, g, b = np.int32(red[top, j]), np.int32(green[top, j]), np.int32(blue[top, j])
        s, h, c = np.int32(red[top + 1, j]), np.int32(green[top + 1, j]), np.int32(blue[top + 1, j])
        sums[0, j], sums[1, j], sums[2, j] = r + s, g + h, b + c
        sums[3, j], sums[4, j], sums[5, j] = r * r + s * s, g * g + h * h, b * b + c * c
        sums[6, j], sums[7, j], sums[8, j] = r * g + s * h, r * b + s * c, g * b + h * c


@register_jitable(error_model="numpy")
def _measure_clouds(
    this: NDArray[np.int32],
    before: NDArray[np.int32],
    level: float,
    trace: NDArray[np.float64],
    minors: NDArray[np.float64],
) -> None:
    """Trace and minors of 256 times the covariance of each box plus a level, without rounding of the former."""
    for j in range(trace.size - 1):
        r = np.float64(this[0, j] + this[0, j + 1] + before[0, j] + before[0, j + 1])
        g = np.float64(this[1, j] + this[1, j + 1] + before[1, j] + before[1, j + 1])
        b = np.float64(this[2, j] + this[2, j + 1] + before[2, j] + before[2, j + 1])
        rr = 16.0 * np.float64(this[3, j] + this[3, j + 1] + before[3, j] + before[3, j + 1]) - r * r + level
        gg = 16.0 * np.float64(this[4, j] + this[4, j + 1] + before[4, j] + before[4, j + 1]) - g * g + level
        bb = 16.0 * np.float64(this[5, j] + this[5, j + 1] + before[5, j] + before[5, j + 1]) - b * b + level
        rg = 16.0 * np.float64(this[6, j] + this[6, j + 1] + before[6, j] + before[6, j + 1]) - r * g
        rb = 16.0 * np.float64(this[7, j] + this[7, j + 1] + before[7, j] + before[7, j + 1]) - r * b
        gb = 16.0 * np.float64(this[8, j] + this[8, j + 1] + before[8, j] + before[8, j + 1]) - g * b
        trace[j] = rr + gg + bb
        minors[j] = rr * gg - rg * rg + rr * bb - rb * rb + gg * bb - gb * gb
