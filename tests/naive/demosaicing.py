"""Slow twins of the kernels in `demosaicing`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Planes = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]

_NEAR = [(-1, 0), (0, -1), (0, 1), (1, 0)]
_CORNERS = [(-1, -1), (-1, 1), (1, -1), (1, 1)]
_FAR = [(-2, 0), (0, -2), (0, 2), (2, 0)]


def _surround(plane: NDArray[Any], i: int, j: int, places: list[tuple[int, int]]) -> list[int]:
    return [int(plane[i + down, j + right]) for down, right in places]


def measure_lattice(planes: Planes, pairs: NDArray[np.int64], block: int, skip: int) -> NDArray[np.float64]:
    """Collect halved, rounded magnitudes and marks of every sample by block and place, then average each list."""
    return np.stack([_measure_lattice_of_one(of_window, pairs, block, skip) for of_window in zip(*planes, strict=True)])


def _measure_lattice_of_one(planes: Planes, pairs: NDArray[np.int64], block: int, skip: int) -> NDArray[np.float64]:
    red, green, blue = planes
    rows, columns = green.shape
    kinds = [(plane, places) for plane in (red, blue) for places in (_NEAR, _CORNERS, _FAR)] + [(green, _NEAR)]
    shape = (rows // block, columns // block, len(pairs) + 3, 2, 2)
    found: dict[tuple[int, ...], list[int]] = {place: [] for place in np.ndindex(*shape)}
    for i in range(2, min(rows - 2, shape[0] * block)):
        if (i // 2) % skip:
            continue
        for j in range(2, min(columns - 2, shape[1] * block)):
            rings = [4 * int(plane[i, j]) - sum(_surround(plane, i, j, places)) for plane, places in kinds]
            values = [abs(a * rings[one] + b * rings[other]) // 2 for one, other, a, b in pairs.tolist()]
            for plane in (red, blue, green):
                around = _surround(plane, i, j, _NEAR)
                values.append(int(min(around) < plane[i, j] < max(around)))
            for k, value in enumerate(values):
                found[i // block, j // block, k, i % 2, j % 2].append(value)
    means = np.zeros(shape)
    for place, values in found.items():
        means[place] = np.mean(values)
    return means


def average_interpolation_products(planes: Planes, phases: NDArray[np.int64], skip: int) -> NDArray[np.float64]:
    """Collect the products sample by sample and average each list."""
    each = zip(*planes, phases.tolist(), strict=True)
    return np.stack([_average_products_of_one((red, green, blue), *first, skip) for red, green, blue, first in each])


def _average_products_of_one(planes: Planes, top: int, left: int, skip: int) -> NDArray[np.float64]:
    red, green, blue = planes
    rows, columns = green.shape
    row, column = [(0, -1), (0, 1)], [(-1, 0), (1, 0)]
    sums = np.zeros((2, 12))
    n_rows = 0
    for i in range(2, rows - 2):
        if (i // 2) % skip:
            continue
        n_rows += 1
        own, other = (red, blue) if i % 2 == top else (blue, red)
        for j in range(2, columns - 2):

            def detail(plane: NDArray[Any], places: list[tuple[int, int]], i: int = i, j: int = j) -> float:
                return int(plane[i, j]) - float(np.mean(_surround(plane, i, j, places)))

            up, down = _surround(green, i, j, column)
            before, after = _surround(green, i, j, row)
            gr, gc, gd = detail(green, row), detail(green, column), detail(green, _CORNERS)
            r, c, d = detail(own, row), detail(other, column), detail(other, _CORNERS)
            y, f = detail(green, _NEAR), detail(own, _FAR)
            s = np.sign(abs(up - down) - abs(before - after)) * (gc - gr) / 2
            is_own = (j % 2 == left) == (i % 2 == top)
            products = [s * s, s * f, f * f, y * s, y * f, y * y, r * gr + c * gc, gr * gr + gc * gc, r * r + c * c]
            sums[0 if is_own else 1] += [*products, d * gd, gd * gd, d * d]
    return sums / (n_rows * (columns - 4) / 2)


def fit_interpolation(products: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """Solve the normal equations of each regression, the floor added to their diagonal."""
    return np.stack([_fit_one(of_window, floor) for of_window in products])


def _fit_one(products: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    own, green = products
    systems = []
    for m in (own, green):
        systems.append(np.array([[m[5], m[3], m[4]], [m[3], m[0], m[1]], [m[4], m[1], m[2]]]))
    systems += [np.array([[m[2], m[0]], [m[0], m[1]]]) for m in (green[6:9], own[9:12])]
    result: list[float] = []
    for system in systems:
        system = system + floor * np.eye(len(system))
        weights = np.linalg.solve(system[1:, 1:], system[1:, 0])
        result += [*weights, (system[0, 0] - weights @ system[1:, 0]) / system[0, 0]]
    return np.array(result)


def summarize_columns(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """NumPy's own."""
    return np.stack([values.mean(axis=1), values.var(axis=1)], axis=1)
