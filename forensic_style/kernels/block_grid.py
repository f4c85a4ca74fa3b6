"""Traces of the grid of an encoder: votes for its origin, and block borders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.compiling import kernel


@kernel
def vote_for_origins(zeros: NDArray[np.int8]) -> NDArray[np.int8]:
    """Let each sample vote for the grid origin of the one block around it with the most zeros.

    Parameters
    ----------
    zeros : int8 array, shape (rows - 7, columns - 7), as of :func:`count_zeros`

    Returns
    -------
    int8 array, shape (rows, columns): 8 * (row of the block modulo 8) + (its column modulo 8), or -1 where two
    blocks have equally many or none counts.

    Source
    ------
    Nikoukhah et al., "ZERO", IPOL 11, 2021, algorithm 1.
    """
    n_rows, n_columns = zeros.shape[0], zeros.shape[1]
    rows, columns = n_rows + 7, n_columns + 7
    best, place = np.empty((n_rows, columns), dtype=np.int8), np.empty((n_rows, columns), dtype=np.int8)
    padded = np.full(columns + 7, -1, dtype=np.int8)
    for i in range(n_rows):
        padded[7 : 7 + n_columns] = zeros[i]
        row_best, row_place = best[i], place[i]
        row_best[:], row_place[:] = -1, -1
        for back in range(8):
            shifted = padded[7 - back : 7 - back + columns]
            for j in range(columns):
                value, least = shifted[j], row_best[j]
                kept = np.int8(-1) if value == least else row_place[j]
                row_place[j] = np.int8(back) if value > least else kept
                row_best[j] = max(value, least)
    votes = np.empty((rows, columns), dtype=np.int8)
    most = np.empty(columns, dtype=np.int8)
    for i in range(rows):
        row_votes = votes[i]
        row_votes[:], most[:] = -1, -1
        for back in range(max(0, i - n_rows + 1), min(8, i + 1)):
            row_best, row_place, upper = best[i - back], place[i - back], np.int32((i - back) % 8 * 8)
            for j in range(columns):
                value, least, across = row_best[j], most[j], np.int32(row_place[j])
                kept = np.int8(-1) if value == least else row_votes[j]
                vote = np.int8(-1) if across < 0 else np.int8(upper + ((np.int32(j) - across) & 7))
                row_votes[j] = vote if value > least else kept
                most[j] = max(value, least)
    return votes


@kernel
def sum_crossings(
    first: NDArray[np.generic], second: NDArray[np.generic], weight: int, period: int, limit: int
) -> NDArray[np.int64]:
    """Sum the 2x2 cross-differences of first - weight * second of each window apart for each phase of a grid.

    The cross-difference of the samples A B over C D is |A - B - C + D|, at most `limit`; it is large where four
    blocks of an encoder meet.

    Parameters
    ----------
    first, second : integer arrays of one shape (n_windows, rows, columns) of samples up to 255, C order
    weight : small whole number; 0 for `first` alone
    period : of the grid, samples
    limit : largest cross-difference told apart, so that edges do not outweigh grids

    Returns
    -------
    int64 array, shape (n_windows, 2, period, period): sums, then numbers of samples; entry (i, j) is for crossings
    whose A lies at row i, column j modulo the period.

    Source
    ------
    Fan and de Queiroz, "Identification of bitmap compression history", IEEE TIP 12(2), 2003, section II; Minami and
    Zakhor, "An optimization approach for removing blocking effects in transform coding", IEEE TCSVT 5(2), 1995.
    Differs from the papers: the limit.
    """
    n_windows, rows, columns = first.shape
    result = np.zeros((n_windows, 2, period, period), dtype=np.int64)
    by_column = np.empty((period, columns), dtype=np.int32)
    steps_above = np.zeros(columns - 1, dtype=np.int16)
    samples = np.zeros(columns, dtype=np.int16)
    left, right = samples[:-1], samples[1:]
    factor, most = np.int16(weight), np.int16(limit)
    for window in range(n_windows):
        by_column[:] = 0
        for i in range(rows):
            one, other = first[window, i], second[window, i]
            for j in range(columns):
                samples[j] = np.int16(np.int16(one[j]) - np.int16(factor * np.int16(other[j])))
            sums = by_column[(i + period - 1) % period]
            used = np.int16(most if i > 0 else 0)
            for j in range(columns - 1):
                step = np.int16(left[j] - right[j])
                sums[j] += np.int32(min(np.int16(abs(np.int16(steps_above[j] - step))), used))
                steps_above[j] = step
        for i in range(period):
            n_rows = (rows - 1 - i + period - 1) // period
            for phase in range(period):
                total = np.int64(0)
                for j in range(phase, columns - 1, period):
                    total += by_column[i, j]
                result[window, 0, i, phase] = total
                result[window, 1, i, phase] = n_rows * ((columns - 1 - phase + period - 1) // period)
    return result


@kernel
def share_repeats(plane: NDArray[np.generic], distance: int, fewest: int) -> float:
    """Share of rows that equal the row some rows above, among rows that vary.

    Parameters
    ----------
    plane : integer array, shape (rows, columns), C order
    distance : rows, at least 1
    fewest : number of samples unequal to the one before from which a row varies

    Returns
    -------
    0 to 1; fewer than eight rows that vary count as eight.
    """
    rows, columns = plane.shape
    n_varied = n_equal = 0
    for i in range(distance, rows):
        row, above = plane[i], plane[i - distance]
        n_changes = n_unequal = np.int32(0)
        for j in range(columns - 1):
            n_changes += np.int32(row[j] != row[j + 1])
        for j in range(columns):
            n_unequal += np.int32(row[j] != above[j])
        if n_changes >= fewest:
            n_varied += 1
            n_equal += int(n_unequal == 0)
    return n_equal / max(n_varied, 8)
