"""Slow twins of the kernels in `nearest`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SHUFFLE = 0x9E3779B97F4A7C15


def keep_cheapest(
    products: NDArray[np.float32],
    norms: NDArray[np.float32],
    shares: NDArray[np.float32],
    column_norms: NDArray[np.float32],
    column_shares: NDArray[np.float32],
    first_column: int,
    costs: NDArray[np.float32],
    columns: NDArray[np.int32],
) -> None:
    """All costs sorted, those kept before in front of equal ones."""
    for i in range(len(products)):
        squares = norms[i] + column_norms - np.float32(2) * products[i]
        found = squares * np.float32(2) / (shares[i] + column_shares)
        everything = np.concatenate([costs[i], found])
        entries = np.concatenate([columns[i], first_column + np.arange(len(found))])
        order = np.argsort(everything, kind="stable")[: costs.shape[1]]
        costs[i], columns[i] = everything[order], entries[order]


def measure_costs(
    rows: NDArray[Any],
    sizes: NDArray[np.float64],
    others: NDArray[np.float64],
    other_sizes: NDArray[np.float64],
    firsts: NDArray[np.int64],
    seconds: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Twice what two clusters' sum of squares around their common mean is above those around their own."""
    costs = []
    for i, j in zip(firsts.tolist(), seconds.tolist(), strict=True):
        if j < 0:
            costs.append(np.inf)
            continue
        x, y, a, b = rows[i].astype(np.float64), others[j], sizes[i], other_sizes[j]
        mean = (a * x + b * y) / (a + b)
        costs.append(2 * float(a * ((x - mean) ** 2).sum() + b * ((y - mean) ** 2).sum()))
    return np.array(costs)


def merge_rounds(forest: Any, n_merged: int, smallest: float) -> int:
    """The same rounds with everybody looked up among all clusters, until a list would not have told who is nearest."""
    n = len(forest.sizes)
    while (forest.numbers >= 0).sum() > 1:
        alive = [int(place) for place in np.flatnonzero(forest.numbers >= 0)]
        near = {place: int(forest.places[forest.nearest[place]]) for place in alive}
        pairs = [(a, b) for a, b in near.items() if near[b] == a and forest.numbers[a] < forest.numbers[b]]
        merged = {}
        for a, b in pairs:
            merged[a] = b
            _merge(forest, n_merged, a, b, smallest)
            n_merged += 1
        alive = [place for place in alive if forest.numbers[place] >= 0]
        for place in alive:
            if place in merged or forest.numbers[near[place]] != forest.nearest[place]:
                _renew_list(forest, place, merged.get(place, -1), alive)
        if any(forest.nearest[place] < 0 for place in alive):
            break
    assert n_merged < n
    return n_merged


def _merge(forest: Any, step: int, a: int, b: int, smallest: float) -> None:
    number, cost = len(forest.sizes) + step, forest.nearest_costs[a]
    forest.merges[step], forest.heights[step] = (forest.numbers[a], forest.numbers[b]), cost
    weights, radii = forest.sizes[[a, b]], forest.radii[[a, b]]
    forest.centres[a] = (weights[0] * forest.centres[a] + weights[1] * forest.centres[b]) / weights.sum()
    beyond = (weights @ radii + smallest * (radii.sum() - cost)) / (weights.sum() + smallest)
    forest.radii[a], forest.sizes[a] = beyond * (1 - 1e-10), weights.sum()
    forest.heirs[forest.numbers[[a, b]]] = number
    forest.heirs[number], forest.places[number] = number, a
    forest.nearest[[a, b]] = -1
    forest.numbers[[a, b]] = number, -1


def _renew_list(forest: Any, place: int, partner: int, alive: list[int]) -> None:
    width = forest.lists.shape[1]
    known = set(forest.lists[place].tolist()) | (set(forest.lists[partner].tolist()) if partner >= 0 else set())
    heirs = set()
    for number in known - {-1}:
        while forest.heirs[number] != number:
            number = int(forest.heirs[number])
        heirs.add(number)
    own = int(forest.numbers[place])
    costs = {number: _cost(forest, place, int(forest.places[number])) for number in sorted(heirs - {own})}
    ranked = sorted(costs, key=lambda number: costs[number])
    radius = min([forest.radii[place]] + [costs[number] for number in ranked[width : width + 1]])
    kept = [number for number in ranked if costs[number] < radius]
    forest.radii[place] = radius
    forest.lists[place], forest.costs[place] = -1, np.inf
    forest.lists[place, : len(kept)] = kept
    forest.costs[place, : len(kept)] = [costs[number] for number in kept]
    forest.nearest[place], forest.nearest_costs[place] = -1, np.inf
    if kept:
        tied = [number for number in kept if costs[number] == costs[kept[0]]]
        forest.nearest[place] = min(tied, key=lambda number: _rank(own, number))
        forest.nearest_costs[place] = costs[kept[0]]


def _cost(forest: Any, a: int, b: int) -> float:
    size, other, gaps = forest.sizes[a], forest.sizes[b], forest.centres[a] - forest.centres[b]
    return float(2 * size * other / (size + other) * (gaps**2).sum())


def _rank(number: int, other: int) -> int:
    """The product as a number of 64 bits with a sign."""
    product = ((number ^ other) * _SHUFFLE) % 2**64
    return product - 2**64 if product >= 2**63 else product
