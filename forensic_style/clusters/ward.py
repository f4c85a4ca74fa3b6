"""Ward's tree of many rows: exact, in memory that grows with the rows and not with their pairs."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.nearest import ROWS_PER_BLOCK, Columns, Frame, split_rows, start_threads

if TYPE_CHECKING:
    from forensic_style.kernels.nearest import Forest

WIDTH = 17  # neighbours listed for each cluster, one of which is the cluster itself
SPARSEST = 0.8  # the screen is packed where a smaller share of it is left


def grow_ward_tree(X: NDArray[Any], weights: NDArray[Any] | None = None) -> NDArray[np.float64]:
    """Merge the rows of X two by two where it adds least to the sum of squares within (Ward).

    In rounds all pairs that are nearest to each other are merged. Ward's cost is reducible, so that only clusters
    whose nearest one was merged need another, and most find it among the neighbours listed for them before; the
    others are searched for by products of matrices. That the rounds give the tree that merging one pair after the
    other gives is due to Bruynooghe; where costs tie several trees are right, and this is always the same of them.

    Parameters
    ----------
    X : float32 or float64 array, shape (n, d), finite
    weights : how many members each row stands for, shape (n,), positive; 1 each where not given

    Returns
    -------
    float64 array, shape (n - 1, 4), SciPy's linkage format: heights sqrt(2 a b / (a + b)) times the distance of the
    means of clusters with a and b members; the last column counts rows. Shape (0, 4) for a single row. Memory is
    about 13 d + 300 bytes for each row beside X.

    Source
    ------
    Bruynooghe, "Methodes nouvelles en classification automatique de donnees taxinomiques nombreuses", Statistique
    et analyse des donnees 2(3), 1977 (reducible neighbourhoods). Murtagh, "A survey of recent advances in
    hierarchical clustering algorithms", The Computer Journal 26(4), 1983.
    """
    sizes = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=np.float64)
    twins, firsts, of_row = _pair_twins(X)
    totals = np.asarray(np.bincount(of_row, sizes, len(firsts)), dtype=np.float64)
    merges, heights = _merge_all(X[firsts].astype(np.float64, copy=False), totals)
    numbers = _number_nodes(len(X), twins, firsts, of_row, len(merges))
    return _write_tree(np.vstack([twins, numbers[merges]]), np.concatenate([np.zeros(len(twins)), heights]))


def _pair_twins(X: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Merges of equal rows, one after the other, the first row of each kind, and the kind of each row.

    Equal rows would all be nearest to the first, and only one pair be merged in a round. Kinds are in the order of
    their first rows.
    """
    codes = code_rows(X)
    order = np.argsort(codes, kind="stable")
    same = np.zeros(len(X), dtype=bool)  # as the row before in this order
    alike = np.flatnonzero(codes[order[1:]] == codes[order[:-1]]) + 1
    same[alike] = [np.array_equal(X[order[k]], X[order[k - 1]]) for k in alike]
    ends = np.flatnonzero(same)
    before = np.where(same[ends - 1], len(X) + np.arange(len(ends)) - 1, order[ends - 1])
    kinds = np.empty(len(X), dtype=np.int64)
    kinds[order] = order[np.maximum.accumulate(np.where(same, 0, np.arange(len(X))))]
    firsts, of_row = np.unique(kinds, return_inverse=True)
    return np.column_stack([before, order[ends]]), firsts, of_row


def code_rows(X: NDArray[Any], seed: int = 0) -> NDArray[np.uint64]:
    """A number for each row, the same for equal rows and as good as random for others."""
    factors = np.random.default_rng(seed).integers(2**63, size=X.shape[1], dtype=np.uint64) * 2 + 1
    codes = np.empty(len(X), dtype=np.uint64)
    for start, block in split_rows(X):
        bits = (block.astype(np.float64) + 0.0).view(np.uint64)  # -0 becomes 0
        bits ^= bits >> np.uint64(32)
        codes[start : start + len(block)] = (bits * factors).sum(axis=1)
    for _ in range(2):
        codes ^= codes >> np.uint64(33)
        codes *= np.uint64(0xFF51AFD7ED558CCD)
    return codes ^ (codes >> np.uint64(33))


def _number_nodes(
    n_rows: int, twins: NDArray[np.int64], firsts: NDArray[np.int64], of_row: NDArray[np.int64], n_merges: int
) -> NDArray[np.int64]:
    """Number in the whole tree of each kind of rows, and of each merge of kinds."""
    kinds = firsts.copy()
    kinds[of_row[twins[:, 1]]] = n_rows + np.arange(len(twins))  # the last merge of a kind counts
    return np.concatenate([kinds, n_rows + len(twins) + np.arange(n_merges)])


def _write_tree(merges: NDArray[np.int64], heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Order merges by height and number them anew, as SciPy does."""
    n = len(merges) + 1
    for step, (left, right) in enumerate(merges.tolist()):  # rounding may leave a parent a trifle too low
        heights[step] = max([heights[step], *(heights[child - n] for child in (left, right) if child >= n)])
    order = np.argsort(heights, kind="stable")
    numbers = np.arange(2 * n - 1)
    numbers[n + order] = n + np.arange(n - 1)
    tree = np.empty((n - 1, 4))
    tree[:, :2] = np.sort(numbers[merges[order]], axis=1)
    tree[:, 2] = heights[order]
    counts = [1.0] * n
    for left, right in tree[:, :2].astype(int).tolist():
        counts.append(counts[left] + counts[right])
    tree[:, 3] = counts[n:]
    return tree


def _merge_all(
    centres: NDArray[np.float64], sizes: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Merges of different rows, and their heights, parts before wholes; both arrays are used up."""
    from forensic_style.kernels.nearest import merge_rounds

    scale = _shift_and_scale(centres)
    frame, forest, n_merged = Frame.of(centres), _plant(centres, sizes), 0
    screen = frame.screen(centres, sizes)
    columns = Columns(frame, screen, centres, sizes, np.arange(len(sizes)), forest.numbers)
    with start_threads() as pool:
        while n_merged < len(sizes) - 1:
            places = np.flatnonzero((forest.numbers >= 0) & (forest.nearest < 0))
            blocks = [places[start : start + ROWS_PER_BLOCK] for start in range(0, len(places), ROWS_PER_BLOCK)]
            deque((pool.map if len(blocks) > 1 else map)(partial(_search, forest, columns), blocks), maxlen=0)
            n_before, n_merged = n_merged, merge_rounds(forest, n_merged, sizes[forest.numbers >= 0].min())
            columns = _renew(columns, forest, len(sizes) + np.arange(n_before, n_merged))
    return forest.merges, np.sqrt(forest.heights) / scale


def _shift_and_scale(rows: NDArray[np.float64]) -> float:
    """Bring rows near to 0 and to lengths near 1, in place, without rounding. Returns the scale.

    A column is shifted where all its values are within a factor of two of one of them, so that differences are exact
    (Sterbenz): means of values far from 0 would lose digits. Squares of very short or long rows would vanish or
    overflow.
    """
    middle, low, high = rows[len(rows) // 2].copy(), rows.min(axis=0), rows.max(axis=0)
    nearer, farther = np.minimum(abs(low), abs(high)), np.maximum(abs(low), abs(high))
    far = (low * high > 0) & (nearer >= abs(middle) / 2) & (farther <= 2 * abs(middle))
    rows -= np.where(far, middle, 0.0)
    scale = Frame.of(rows).scale
    rows *= scale
    return scale


def _plant(centres: NDArray[np.float64], sizes: NDArray[np.float64]) -> Forest:
    """Every row a cluster of its own, nothing known of its neighbours."""
    from forensic_style.kernels.nearest import Forest

    n = len(sizes)
    return Forest(
        centres=centres,
        sizes=sizes,
        numbers=np.arange(n),
        lists=np.full((n, WIDTH), -1, dtype=np.int32),
        costs=np.full((n, WIDTH), np.inf),
        radii=np.zeros(n),
        nearest=np.full(n, -1),
        nearest_costs=np.full(n, np.inf),
        places=np.arange(2 * n - 1),
        heirs=np.arange(2 * n - 1),
        merges=np.zeros((n - 1, 2), dtype=np.int64),
        heights=np.zeros(n - 1),
    )


def _search(forest: Forest, columns: Columns, places: NDArray[np.int64]) -> None:
    """Find the nearest of some clusters among all, and list their neighbours."""
    screen = columns.screen[np.searchsorted(columns.places, places)]
    found = columns.search(forest.centres[places], forest.sizes[places], screen, width=WIDTH, own=places)
    forest.lists[places] = np.where(found.columns >= 0, forest.numbers[found.columns], -1)
    forest.costs[places], forest.radii[places] = found.costs, found.radii
    forest.nearest[places], forest.nearest_costs[places] = forest.numbers[found.nearest], found.nearest_costs


def _renew(columns: Columns, forest: Forest, numbers: NDArray[np.int64]) -> Columns:
    """The screen after merges that made these clusters."""
    alive = forest.numbers[columns.places] >= 0
    columns.screen.norms[~alive] = np.inf
    if alive.mean() < SPARSEST:
        columns = replace(columns, screen=columns.screen[alive], places=columns.places[alive])
    fresh = forest.places[numbers]
    fresh = fresh[forest.numbers[fresh] == numbers]
    renewed = columns.frame.screen(forest.centres[fresh], forest.sizes[fresh])
    columns.screen[np.searchsorted(columns.places, fresh)] = renewed
    return columns
