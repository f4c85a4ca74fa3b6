"""Slow twins of the kernels in `co_occurrence`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]


def count_difference_triples(plane: Plane, threshold: int) -> NDArray[np.int64]:
    """Every run of four samples inside the plane adds one to the bin of its three truncated differences."""
    rows, columns = plane.shape
    n = 2 * threshold + 1
    counts = np.zeros((4, n, n, n), dtype=np.int64)
    for direction, (down, right) in enumerate([(0, 1), (1, 0), (1, 1), (1, -1)]):
        for i in range(rows):
            for j in range(columns):
                places = [(i + k * down, j + k * right) for k in range(4)]
                if not all(row < rows and 0 <= column < columns for row, column in places):
                    continue
                samples = [int(plane[place]) for place in places]
                steps = (samples[k] - samples[k + 1] for k in range(3))
                bins = tuple(max(-threshold, min(threshold, step)) + threshold for step in steps)
                counts[(direction, *bins)] += 1
    return counts
