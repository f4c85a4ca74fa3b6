"""Second moments of samples and their neighbourhoods, and the linear predictions that follow from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def measure_phases(
    green: NDArray[np.uint8], blue: NDArray[np.uint8], red: NDArray[np.uint8], step: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Average products of what surrounds a sample in three channels, for each place in 2 x 2 samples.

    Thirteen quantities per sample, each zero where the channel slopes evenly. With h the sum of a sample's left and
    right neighbour, v of the upper and lower one, d of the four diagonal ones, and fh and fv of the second ones along
    and across, 0 to 4 on green: 4 x - h - v; 2 (h - v); d - h - v; 2 fh - h - v; 2 fv - h - v. 5 to 9: the same on
    blue. 10 to 12 on red: 4 x - 2 h; 4 x - 2 v; 4 x - d.

    Parameters
    ----------
    green, blue, red : uint8 arrays of one shape (rows, columns), both at least 6, C order
    step : one pair of rows in so many is measured; an odd number meets every row of a grid of 8 as often

    Returns
    -------
    float64 array, shape (4, 13, 13), symmetric: mean products in sixteenths of squared grey levels, at even rows
    and even columns, even and odd, odd and even, odd and odd.
    int64 array, shape (4,): number of samples of each.
    """
    rows, columns = green.shape
    n = (columns - 4) // 2
    padded = (n + 63) // 64 * 64  # whole vectors: zeros add nothing
    values = np.zeros((13, 2 * padded), dtype=np.int16)
    pairs = values.reshape(26 * padded).view(np.int32)
    split = np.zeros((2, 13, padded), dtype=np.int16)
    even, odd = split[0].reshape(13 * padded), split[1].reshape(13 * padded)
    along, across = np.zeros(2 * n, dtype=np.int16), np.zeros(2 * n, dtype=np.int16)
    corners, around = np.zeros(2 * n, dtype=np.int16), np.zeros(2 * n, dtype=np.int16)
    sums = np.zeros((4, 13, 13), dtype=np.int64)
    counts = np.zeros(4, dtype=np.int64)
    n_values = min(13, rows * columns)  # unknown to the compiler, which would unroll the products for minutes
    for i in range(2, rows - 2):
        if (i // 2 - 1) % step > 0:
            continue
        for channel in range(3):
            plane = green if channel == 0 else (blue if channel == 1 else red)
            up, here, down = plane[i - 1], plane[i], plane[i + 1]
            first, second, third = values[5 * channel], values[5 * channel + 1], values[5 * channel + 2]
            for j in range(2 * n):  # one result in a loop, or the compiler cannot rule out that they overlap
                along[j] = np.int16(np.int32(here[j + 1]) + np.int32(here[j + 3]))
            for j in range(2 * n):
                across[j] = np.int16(np.int32(up[j + 2]) + np.int32(down[j + 2]))
            for j in range(2 * n):
                above = np.int32(np.int32(up[j + 1]) + np.int32(up[j + 3]))
                corners[j] = np.int16(above + np.int32(np.int32(down[j + 1]) + np.int32(down[j + 3])))
            if channel < 2:
                fourth, fifth = values[5 * channel + 3], values[5 * channel + 4]
                far_up, far_down = plane[i - 2], plane[i + 2]
                for j in range(2 * n):
                    around[j] = np.int16(along[j] + across[j])
                for j in range(2 * n):
                    first[j] = np.int16(4 * np.int32(here[j + 2]) - np.int32(around[j]))
                for j in range(2 * n):
                    second[j] = np.int16(2 * (np.int32(along[j]) - np.int32(across[j])))
                for j in range(2 * n):
                    third[j] = np.int16(corners[j] - around[j])
                for j in range(2 * n):
                    fourth[j] = np.int16(2 * (np.int32(here[j]) + np.int32(here[j + 4])) - np.int32(around[j]))
                for j in range(2 * n):
                    fifth[j] = np.int16(2 * (np.int32(far_up[j + 2]) + np.int32(far_down[j + 2])) - np.int32(around[j]))
            else:
                for j in range(2 * n):
                    first[j] = np.int16(4 * np.int32(here[j + 2]) - 2 * np.int32(along[j]))
                for j in range(2 * n):
                    second[j] = np.int16(4 * np.int32(here[j + 2]) - 2 * np.int32(across[j]))
                for j in range(2 * n):
                    third[j] = np.int16(4 * np.int32(here[j + 2]) - np.int32(corners[j]))
        for k in range(13 * padded):  # two samples at once: no strides
            even[k] = np.int16(pairs[k] & np.int32(65535))
            odd[k] = np.int16(pairs[k] >> np.int32(16))
        for parity in range(2):
            phase = 2 * (i % 2) + parity
            counts[phase] += n
            for start in range(0, padded, 1024):  # 1024 products of at most 1020 ** 2 fit into int32
                part = split[parity, :, start : min(start + 1024, padded)]
                for p in range(n_values):
                    for q in range(p, n_values):
                        a, b = part[p], part[q]
                        total = np.int32(0)
                        for k in range(a.shape[0]):
                            total = np.int32(total + np.int32(np.int32(a[k]) * np.int32(b[k])))
                        sums[phase, p, q] += total
    moments = np.zeros((4, 13, 13), dtype=np.float64)
    for phase in range(4):
        for p in range(13):
            for q in range(p, 13):
                moments[phase, p, q] = sums[phase, p, q] / max(counts[phase], 1)
                moments[phase, q, p] = moments[phase, p, q]
    return moments, counts


@kernel
def measure_surroundings(plane: NDArray[np.uint8], step: int) -> NDArray[np.float64]:
    """Average products of a Laplacian residual's sample and the samples around it.

    The residual is r = left + right + up + down - 4 x. Quantity 0 is r itself; 1 to 8 are the sums of r at the two or
    four places that mirroring turns into each other, (down, right) = (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0),
    (2, 1), (2, 2).

    Parameters
    ----------
    plane : uint8 array, shape (rows, columns), both at least 7, C order
    step : one row in so many is measured; an odd number meets every row of a grid of 8 as often

    Returns
    -------
    float64 array, shape (9, 9), symmetric: mean products in squared grey levels.
    """
    rows, columns = plane.shape
    n = columns - 6
    padded = (n + 63) // 64 * 64  # whole vectors: zeros add nothing
    residual = np.zeros((rows - 2, columns - 2), dtype=np.int16)
    horizontal = np.zeros(columns - 2, dtype=np.int16)
    near, far = np.zeros(columns - 2, dtype=np.int16), np.zeros(columns - 2, dtype=np.int16)
    values = np.zeros((9, padded), dtype=np.int16)
    sums = np.zeros((9, 9), dtype=np.int64)
    for i in range(rows - 2):
        up, here, down, line = plane[i], plane[i + 1], plane[i + 2], residual[i]
        for j in range(columns - 2):
            horizontal[j] = np.int16(np.int32(here[j]) + np.int32(here[j + 2]) - 4 * np.int32(here[j + 1]))
        for j in range(columns - 2):
            line[j] = np.int16(np.int32(horizontal[j]) + np.int32(up[j + 1]) + np.int32(down[j + 1]))
    n_lines = 0
    n_values = min(9, rows * columns)  # unknown to the compiler, which would unroll the products
    for i in range(2, rows - 4, step):
        n_lines += 1
        middle = residual[i]
        up, down, far_up, far_down = residual[i - 1], residual[i + 1], residual[i - 2], residual[i + 2]
        for j in range(columns - 2):
            near[j] = np.int16(up[j] + down[j])
        for j in range(columns - 2):
            far[j] = np.int16(far_up[j] + far_down[j])
        for group in range(3):
            line = middle if group == 0 else (near if group == 1 else far)
            first, second, third = values[3 * group], values[3 * group + 1], values[3 * group + 2]
            for j in range(n):
                first[j] = line[j + 2]
            for j in range(n):
                second[j] = np.int16(line[j + 1] + line[j + 3])
            for j in range(n):
                third[j] = np.int16(line[j] + line[j + 4])
        for start in range(0, padded, 128):  # 128 products of at most 4080 ** 2 fit into int32
            part = values[:, start : min(start + 128, padded)]
            for p in range(n_values):
                for q in range(p, n_values):
                    a, b = part[p], part[q]
                    total = np.int32(0)
                    for k in range(a.shape[0]):
                        total = np.int32(total + np.int32(np.int32(a[k]) * np.int32(b[k])))
                    sums[p, q] += total
    moments = np.zeros((9, 9), dtype=np.float64)
    for p in range(9):
        for q in range(p, 9):
            moments[p, q] = sums[p, q] / (n_lines * n)
            moments[q, p] = moments[p, q]
    return moments


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
