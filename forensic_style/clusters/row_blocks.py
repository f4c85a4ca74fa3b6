"""Many rows, read some at a time and as often as needed, and brought to their nearest centres."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from forensic_style.clusters.nearest import ROWS_PER_BLOCK, Columns, Frame
from forensic_style.errors import ParameterError

Rows = NDArray[Any] | Iterable[NDArray[Any]]
WIDTH = 4  # centres that the screen keeps of each row: near ties seldom need another look
ROWS_PER_READ = 2048
BLOCKS_AHEAD = 6  # more would fill the memory with rows that were read and not yet looked at

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Extent:
    """How many rows there are, and how large their values."""

    n_rows: int
    n_columns: int
    largest: float

    def frame(self, centre: NDArray[np.float64]) -> Frame:
        """A frame around a row in which none of the rows is longer than 1."""
        longest = (self.largest + float(np.abs(centre).max())) * np.sqrt(self.n_columns)
        return Frame(centre, float(2.0 ** -np.ceil(np.log2(longest))) if longest else 1.0)


@dataclass(frozen=True)
class Assigned:
    """What came together at each centre.

    Parameters
    ----------
    labels : int32 array, shape (n_rows,), the nearest centre of each row, of equally near ones the first
    sums : float64 array, shape (n_centres, n_columns), of its rows
    sizes : int64 array, shape (n_centres,), their number
    squares : float64 array, shape (n_centres,), their squared distances from the centre
    """

    labels: NDArray[np.int32]
    sums: NDArray[np.float64]
    sizes: NDArray[np.int64]
    squares: NDArray[np.float64]

    def average(self, otherwise: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean of each centre's rows; where there is none, the row of another matrix."""
        means = self.sums / np.maximum(self.sizes, 1)[:, None]
        return np.where(self.sizes[:, None] > 0, means, otherwise)


def read_blocks(X: Rows) -> Iterator[tuple[int, NDArray[Any]]]:
    """Blocks of at most 2,048 rows, each with the number of its first row."""
    n_before = 0
    for part in [X] if isinstance(X, np.ndarray) else X:
        for start in range(0, len(part), ROWS_PER_READ):
            yield n_before + start, np.asarray(part[start : start + ROWS_PER_READ])
        n_before += len(part)


def measure_extent(X: Rows) -> Extent:
    """Look at all rows once.

    Raises
    ------
    ParameterError
        Where there is no row, a block is no matrix, blocks differ in their columns, a value is not finite, or the rows
        can be read only once.
    """
    if iter(X) is X:
        raise ParameterError("The rows can be read only once. Give an array or a list of arrays, not a generator.")
    n_rows, n_columns, largest = 0, 0, 0.0
    for start, block in read_blocks(X):
        n_columns = n_columns or block.shape[-1]
        if block.ndim != 2 or block.shape[1] != n_columns or n_columns == 0:
            raise ParameterError(
                "Rows are matrices that all have the same columns. "
                f"Got an array of shape {block.shape} from row {start} on."
            )
        if not np.isfinite(block).all():
            row = start + int(np.isfinite(block).all(axis=1).argmin())
            raise ParameterError(f"Row {row} has a value that is not finite. Leave the row out or fill the value in.")
        n_rows, largest = start + len(block), max(largest, float(np.abs(block).max()))
    if n_rows == 0:
        raise ParameterError("There are no rows to cluster. Give at least one.")
    return Extent(n_rows, n_columns, largest)


def take_rows(X: Rows, places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Some rows, in the order asked for."""
    order = np.argsort(places, kind="stable")
    taken: list[NDArray[np.float64]] = []
    for start, block in read_blocks(X):
        low, high = np.searchsorted(places[order], [start, start + len(block)])
        taken.append(block[places[order[low:high]] - start].astype(np.float64))
    rows = np.concatenate(taken)
    rows[order] = rows.copy()
    return rows


def assign_rows(X: Rows, extent: Extent, centres: NDArray[np.float64], pool: Executor) -> Assigned:
    """Bring every row to its nearest centre. Neither blocks nor threads change anything but the rounding of sums."""
    n, frame, ones = len(centres), extent.frame(centres[0]), np.ones(len(centres))
    columns = Columns(frame, frame.screen(centres, ones), centres, ones, np.arange(n), np.arange(n))
    found = Assigned(np.empty(extent.n_rows, np.int32), np.zeros(centres.shape), np.zeros(n, np.int64), np.zeros(n))
    for start, labels, squares, sums in map_in_order(pool, partial(_assign_block, columns), read_blocks(X)):
        found.labels[start : start + len(labels)] = labels
        parts, of_row, sizes = np.unique(labels, return_inverse=True, return_counts=True)
        found.sums[parts] += sums
        found.sizes[parts] += sizes
        found.squares[parts] += np.bincount(of_row, squares)
    return found


def map_in_order(pool: Executor, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Results in the order of the items, a few of which are in work at a time."""
    running: deque[Future[Result]] = deque()
    for item in items:
        running.append(pool.submit(function, item))
        if len(running) > BLOCKS_AHEAD:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()


def _assign_block(
    columns: Columns, item: tuple[int, NDArray[Any]]
) -> tuple[int, NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """First row, nearest centres, squared distances from them, and sums of the parts that occur."""
    first, block = item
    labels, squares = np.empty(len(block), np.int64), np.empty(len(block))
    for start in range(0, len(block), ROWS_PER_BLOCK):
        rows = block[start : start + ROWS_PER_BLOCK]
        ones, part = np.ones(len(rows)), slice(start, start + len(rows))
        found = columns.search(rows, ones, columns.frame.screen(rows, ones), width=WIDTH)
        labels[part], squares[part] = found.nearest, found.nearest_costs
    return first, labels, squares, _sum_parts(block, labels)


def _sum_parts(block: NDArray[Any], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum of the rows of each part that occurs, in the order of the rows."""
    _, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    members = (np.ones(len(labels)), np.argsort(numbers, kind="stable"), np.concatenate([[0], counts.cumsum()]))
    return scipy.sparse.csr_array(members, shape=(len(counts), len(labels))) @ block.astype(np.float64)


def sum_labelled(X: Rows, labels: NDArray[Any], n_parts: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Sum of the rows of each part, and their number."""
    sums, sizes = None, np.bincount(labels, minlength=n_parts)
    for start, block in read_blocks(X):
        of_block = labels[start : start + len(block)]
        sums = np.zeros((n_parts, block.shape[1])) if sums is None else sums
        sums[np.unique(of_block)] += _sum_parts(block, of_block)
    return np.zeros((n_parts, 0)) if sums is None else sums, sizes
