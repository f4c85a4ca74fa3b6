"""Nearest neighbours under Ward's costs: a fast screen, exact costs, and rounds of merging."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from forensic_style.compiling import kernel

_CHUNK = 64  # columns looked at together
_ROUNDING = 1 - 1e-10  # what rounding may take from a bound
_SHUFFLE = -7046029254386353131  # odd: products with it, of 64 bits, are a permutation of all numbers


class Forest(NamedTuple):
    """Clusters on their way to one tree; the arrays are changed in place, for copies would be as large as the data.

    A cluster has a number for good (rows 0 to n - 1, the merged ones from n on) and a place, that of its part with
    the lower number. Of a cluster are listed all others that cost less than its radius to merge with, by the numbers
    they had: where they were merged since, their heir stands in their place.
    """

    centres: NDArray[np.float64]  # (n, d), by place, as all down to nearest_costs
    sizes: NDArray[np.float64]  # (n,)
    numbers: NDArray[np.int64]  # (n,), -1 where the cluster has gone into another
    lists: NDArray[np.int32]  # (n, width), numbers, -1 for no entry
    costs: NDArray[np.float64]  # (n, width)
    radii: NDArray[np.float64]  # (n,)
    nearest: NDArray[np.int64]  # (n,) numbers, -1 where it is to be searched
    nearest_costs: NDArray[np.float64]  # (n,)
    places: NDArray[np.int64]  # (2 n - 1,), by number
    heirs: NDArray[np.int64]  # (2 n - 1,), by number: itself, or a cluster that it has gone into
    merges: NDArray[np.int64]  # (n - 1, 2), numbers, the lower one first
    heights: NDArray[np.float64]  # (n - 1,), costs of the merges


@kernel
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
    """Keep, of a block of columns and those kept before, the ones that cost each row least to merge with.

    The cost of row i and column j is 2 (norms[i] + column_norms[j] - 2 products[i, j]) / (shares[i] +
    column_shares[j]), which is 2 a b / (a + b) |x - y|^2 for shares 1 / a and 1 / b.

    Parameters
    ----------
    products : float32 array, shape (n_rows, n_columns), scalar products, C order
    norms, shares : float32 arrays, shape (n_rows,): squared lengths, and one over the sizes
    column_norms, column_shares : the same of the columns
    first_column : number of the block's first column
    costs, columns : float32 and int32 arrays, shape (n_rows, width), costs ascending, inf for no column; changed in
        place. Of equal costs those kept before stay in front.
    """
    n_rows, n_columns = products.shape
    last = costs.shape[1] - 1
    half, two = np.float32(0.5), np.float32(2)
    for i in range(n_rows):
        limit = costs[i, last] * half
        bound = limit * shares[i] - norms[i]
        for low in range(0, n_columns, _CHUNK):
            chunk, other_norms = products[i, low : low + _CHUNK], column_norms[low : low + _CHUNK]
            other_shares = column_shares[low : low + _CHUNK]
            any_below = np.int32(0)
            for j in range(len(chunk)):  # without a branch, that it becomes vectors
                any_below |= np.int32(other_norms[j] - limit * other_shares[j] - two * chunk[j] < bound)
            if any_below == 0:
                continue
            for j in range(len(chunk)):
                if other_norms[j] - limit * other_shares[j] - two * chunk[j] < bound:
                    cost = (norms[i] + other_norms[j] - two * chunk[j]) * two / (shares[i] + other_shares[j])
                    _insert(costs[i], columns[i], cost, first_column + low + j)
                    limit = costs[i, last] * half
                    bound = limit * shares[i] - norms[i]


@register_jitable
def _insert(costs: NDArray[Any], entries: NDArray[Any], cost: float, entry: int) -> None:
    """Put an entry in its place by cost, behind equal ones; the last one is dropped."""
    k = len(costs) - 1
    if not cost < costs[k]:
        return
    while k > 0 and costs[k - 1] > cost:
        costs[k], entries[k] = costs[k - 1], entries[k - 1]
        k -= 1
    costs[k], entries[k] = cost, entry


@kernel
def measure_costs(
    rows: NDArray[Any],
    sizes: NDArray[np.float64],
    others: NDArray[np.float64],
    other_sizes: NDArray[np.float64],
    firsts: NDArray[np.int64],
    seconds: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Ward's cost of pairs of clusters: 2 a b / (a + b) times their squared distance.

    Parameters
    ----------
    rows, others : float32 or float64 and float64 arrays, shape (n, d) and (m, d): means
    sizes, other_sizes : float64 arrays, shape (n,) and (m,): numbers of members, a and b
    firsts, seconds : int64 arrays, shape (n_pairs,): a row and another; another of -1 is none

    Returns
    -------
    float64 array, shape (n_pairs,); inf where there is none. Summed in one fixed order, so that it is the same on
    every machine.

    Source
    ------
    Ward, "Hierarchical grouping to optimize an objective function", Journal of the American Statistical Association
    58, 1963. Twice the growth of the sum of squares: the square of the height that SciPy gives.
    """
    costs = np.full(len(firsts), np.inf)
    for pair in range(len(firsts)):
        i, j = firsts[pair], seconds[pair]
        if j >= 0:
            costs[pair] = _measure_cost(rows[i], sizes[i], others[j], other_sizes[j])
    return costs


@register_jitable
def _measure_cost(row: NDArray[Any], size: float, other: NDArray[Any], other_size: float) -> float:
    """Ward's cost of two clusters; four sums side by side are faster than one, and as fixed."""
    sums = (0.0, 0.0, 0.0, 0.0)
    whole = len(row) - len(row) % 4
    for k in range(0, whole, 4):
        w, x = np.float64(row[k]) - other[k], np.float64(row[k + 1]) - other[k + 1]
        y, z = np.float64(row[k + 2]) - other[k + 2], np.float64(row[k + 3]) - other[k + 3]
        sums = (sums[0] + w * w, sums[1] + x * x, sums[2] + y * y, sums[3] + z * z)
    total = (sums[0] + sums[1]) + (sums[2] + sums[3])
    for k in range(whole, len(row)):
        w = np.float64(row[k]) - other[k]
        total += w * w
    return 2.0 * size * other_size / (size + other_size) * total


@kernel
def merge_rounds(forest: Forest, n_merged: int, smallest: float) -> int:
    """Merge, round by round, all clusters that are nearest to each other, until one is to be searched for.

    Ward's cost is reducible: no cluster comes nearer to a third by merging with another. So who is nearest to a
    cluster stays it until one of the two is merged, and whoever lay beyond the radius of a cluster's list stays
    beyond. A nearest one that was merged is looked up in the list, and the list of a merged cluster is made of
    those of its parts; only who has nobody left within the radius is to be searched, and gets -1 in `nearest`.

    Of equal costs the one is nearer whose number, taken bit by bit for what differs from the cluster's own and
    multiplied by a fixed odd number, is lower. It is a rule for pairs, so that in a mass of ties many are nearest to
    each other; by the lower number all would be nearest to the first. Where no pair is, which rounding and ties with
    clusters that came later can bring about, the cheapest one is merged.

    Parameters
    ----------
    forest : all clusters with their nearest ones; changed in place
    n_merged : merges made before
    smallest : no cluster has a smaller size

    Returns
    -------
    merges made, n - 1 at the end.
    """
    alive = np.flatnonzero(forest.numbers >= 0)
    partners = np.full(len(forest.sizes), -1, np.int64)
    while len(alive) > 1:
        firsts = alive[_find_pairs(forest, alive)]
        if len(firsts) == 0:
            firsts = _force_pair(forest, alive)
        for first in firsts:
            partners[first] = forest.places[forest.nearest[first]]
            _merge(forest, n_merged, first, partners[first], smallest)
            n_merged += 1
        alive = alive[forest.numbers[alive] >= 0]
        n_missing = 0
        for place in alive:
            near = forest.nearest[place]
            if near < 0 or forest.heirs[near] != near:
                _look_up(forest, int(place), int(partners[place]))
                n_missing += forest.nearest[place] < 0
        partners[firsts] = -1
        if n_missing:
            break
    return n_merged


@register_jitable
def _find_pairs(forest: Forest, alive: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which clusters are the nearest of their nearest one, of a pair the one with the lower number."""
    found = np.zeros(len(alive), np.bool_)
    for k, place in enumerate(alive):
        number, near = forest.numbers[place], forest.nearest[place]
        found[k] = number < near and forest.nearest[forest.places[near]] == number
    return found


@register_jitable
def _force_pair(forest: Forest, alive: NDArray[np.int64]) -> NDArray[np.int64]:
    """Make the cheapest pair one of nearest neighbours; of equal ones that of the lowest place."""
    place = alive[np.argmin(forest.nearest_costs[alive])]
    other = forest.places[forest.nearest[place]]
    forest.nearest[other], forest.nearest_costs[other] = forest.numbers[place], forest.nearest_costs[place]
    return np.array([place if forest.numbers[place] < forest.numbers[other] else other])


@register_jitable
def _merge(forest: Forest, step: int, first: int, second: int, smallest: float) -> None:
    """One cluster of two, in the place of the first; nearest to it is nobody so far."""
    number = len(forest.sizes) + step
    size, other_size, cost = forest.sizes[first], forest.sizes[second], forest.nearest_costs[first]
    whole = size + other_size
    forest.merges[step, 0], forest.merges[step, 1] = forest.numbers[first], forest.numbers[second]
    forest.heights[step] = cost
    for k in range(forest.centres.shape[1]):
        weighted = size * forest.centres[first, k] + other_size * forest.centres[second, k]
        forest.centres[first, k] = weighted / whole
    radius, other_radius = forest.radii[first], forest.radii[second]
    # whoever was beyond both radii is beyond this one, by the formula of Lance and Williams
    beyond = size * radius + other_size * other_radius + smallest * (radius + other_radius - cost)
    forest.radii[first] = beyond / (whole + smallest) * _ROUNDING
    forest.sizes[first] = whole
    for place in (first, second):
        forest.heirs[forest.numbers[place]] = number
        forest.numbers[place] = forest.nearest[place] = -1
    forest.numbers[first], forest.heirs[number], forest.places[number] = number, number, first


@register_jitable
def _look_up(forest: Forest, place: int, partner: int) -> None:
    """Renew a cluster's list, with that of the one it was merged with (or -1), and find its nearest one there."""
    width = forest.lists.shape[1]
    numbers, costs = np.full(2 * width + 1, -1, np.int64), np.full(2 * width + 1, np.inf)
    n_found = 0
    for source in (place, partner):
        for k in range(width if source >= 0 else 0):
            entry = forest.lists[source, k]
            heir = _find_heir(forest.heirs, entry)
            if entry < 0 or heir == forest.numbers[place] or np.any(numbers[:n_found] == heir):
                continue
            cost = forest.costs[source, k]
            if partner >= 0 or heir != entry:
                other = forest.places[heir]
                cost = _measure_cost(
                    forest.centres[place], forest.sizes[place], forest.centres[other], forest.sizes[other]
                )
            _insert(costs[: n_found + 1], numbers[: n_found + 1], cost, heir)
            n_found += 1
    radius = min(forest.radii[place], costs[width])  # the list ends where it is full
    forest.radii[place] = radius
    nearest, rank = np.int64(-1), np.int64(0)
    for k in range(width):
        kept = costs[k] < radius
        forest.lists[place, k], forest.costs[place, k] = (numbers[k], costs[k]) if kept else (-1, np.inf)
        own_rank = (numbers[k] ^ forest.numbers[place]) * np.int64(_SHUFFLE)
        if kept and (nearest < 0 or (costs[k] == costs[0] and own_rank < rank)):
            nearest, rank = numbers[k], own_rank
    forest.nearest[place], forest.nearest_costs[place] = nearest, costs[0] if nearest >= 0 else np.inf


@register_jitable
def _find_heir(heirs: NDArray[np.int64], number: int) -> int:
    """The cluster that a number is part of now; -1 stays. Ways are shortened on the way."""
    while number >= 0 and heirs[number] != number:
        heirs[number] = heirs[heirs[number]]
        number = heirs[number]
    return number
