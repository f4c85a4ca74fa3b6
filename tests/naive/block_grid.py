"""Slow twins of the kernels in `block_grid`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def vote_for_origins(zeros: NDArray[np.int8]) -> NDArray[np.int8]:
    """Each sample looks at all blocks around it, and votes if one alone has the most zeros."""
    rows, columns = zeros.shape[0] + 7, zeros.shape[1] + 7
    votes = np.full((rows, columns), -1, dtype=np.int8)
    for y in range(rows):
        for x in range(columns):
            blocks = [
                (int(zeros[i, j]), i, j)
                for i in range(max(0, y - 7), min(y + 1, zeros.shape[0]))
                for j in range(max(0, x - 7), min(x + 1, zeros.shape[1]))
            ]
            most = max((block[0] for block in blocks), default=-1)
            winners = [block for block in blocks if block[0] == most]
            if most >= 0 and len(winners) == 1:
                votes[y, x] = 8 * (winners[0][1] % 8) + winners[0][2] % 8
    return votes


def sum_crossings(first: Plane, second: Plane, weight: int, period: int, limit: int) -> NDArray[np.int64]:
    """|A - B - C + D| of every 2x2 square, at most the limit, added up by the place of A modulo the period."""
    wide = first.astype(np.int64) - weight * second.astype(np.int64)
    crossing = np.abs(wide[:, :-1, :-1] - wide[:, :-1, 1:] - wide[:, 1:, :-1] + wide[:, 1:, 1:]).clip(max=limit)
    result = np.zeros((len(wide), 2, period, period), dtype=np.int64)
    for i in range(period):
        for j in range(period):
            of_phase = crossing[:, i::period, j::period]
            result[:, 0, i, j] = of_phase.sum(axis=(1, 2))
            result[:, 1, i, j] = of_phase[0].size
    return result


def share_repeats(plane: Plane, distance: int, fewest: int) -> float:
    """Rows equal to the row `distance` above, over rows with enough changes, of which there are at least eight."""
    varied = [i for i in range(distance, len(plane)) if (plane[i, 1:] != plane[i, :-1]).sum() >= fewest]
    return sum(plane[i].tolist() == plane[i - distance].tolist() for i in varied) / max(len(varied), 8)
