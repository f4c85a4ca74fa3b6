"""Cheapest clusters to merge with, found by products of matrices in float32 and settled in float64.

The products only screen. What they may be wrong by is bounded, and whoever could be the nearest is measured exactly,
so that neither the library of matrix products, nor the size of the blocks, nor the number of threads changes a result.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

ROWS_PER_BLOCK = 256
COLUMNS_PER_BLOCK = 1024  # with so many rows the products stay in the second cache
_UNIT = 2.0**-24  # of rounding in float32
_FAINTEST = 2.0**-120  # products smaller than this may vanish
_SHUFFLE = np.int64(-7046029254386353131)  # as in the kernel that merges


@dataclass(frozen=True)
class Screen:
    """Clusters as the screen sees them: shifted, scaled to lengths of at most 1, in float32."""

    points: NDArray[np.float32]  # (n, d)
    norms: NDArray[np.float32]  # (n,) squared lengths, lowered so that no cost is taken too high
    shares: NDArray[np.float32]  # (n,) one over the size

    def __getitem__(self, rows: Any) -> Screen:
        return Screen(self.points[rows], self.norms[rows], self.shares[rows])

    def __setitem__(self, rows: Any, other: Screen) -> None:
        self.points[rows], self.norms[rows], self.shares[rows] = other.points, other.norms, other.shares

    def __len__(self) -> int:
        return len(self.norms)


@dataclass(frozen=True)
class Found:
    """What was found for some rows."""

    columns: NDArray[np.int64]  # (n, width), -1 for none, unordered
    costs: NDArray[np.float64]  # (n, width), exact
    radii: NDArray[np.float64]  # (n,): all columns that cost less are listed
    nearest: NDArray[np.int64]  # (n,) column, -1 where there is no other
    nearest_costs: NDArray[np.float64]  # (n,)


@dataclass(frozen=True)
class Frame:
    """Where the screen's origin lies and how its lengths are scaled."""

    centre: NDArray[np.float64]
    scale: float  # a power of two: scaling rounds nothing

    @classmethod
    def of(cls, rows: NDArray[Any]) -> Frame:
        """A frame in which no row, nor any mean of rows, is longer than 1.

        The origin is the median of rows spread over all: rows far from all others do not move it.
        """
        drawn = rows[:: max(1, len(rows) // 1000)]
        centre = np.sort(drawn, axis=0)[len(drawn) // 2].astype(np.float64)
        longest = max(float(np.abs(block - centre).max(initial=0)) for _, block in split_rows(rows))
        return cls(centre, 2.0 ** -np.ceil(np.log2(longest * np.sqrt(rows.shape[1]))) if longest else 1.0)

    def screen(self, rows: NDArray[Any], sizes: NDArray[np.float64]) -> Screen:
        """Rows for the screen.

        Norms are lowered by what the rounding of the coordinates, of the product's d terms, and of the comparisons
        can add: (d + 32) units for each norm (d for the product in whatever order; 3 for the coordinates and norms;
        at most 25 for the comparisons and the shares).
        """
        points = np.empty(rows.shape, dtype=np.float32)
        norms = np.empty(len(rows))
        for start, block in split_rows(rows):
            shifted = (block - self.centre) * self.scale
            points[start : start + len(block)] = shifted
            norms[start : start + len(block)] = np.einsum("ij,ij->i", shifted, shifted)
        lowered = norms * (1 - 1.05 * (rows.shape[1] + 32) * _UNIT) - _FAINTEST
        return Screen(points, lowered.astype(np.float32), (1 / sizes).astype(np.float32))

    def unscale(self, costs: NDArray[np.float32]) -> NDArray[np.float64]:
        """Costs as the screen sees them in the unit of the rows; scaled twice, for the square may be too large."""
        return costs.astype(np.float64) / self.scale / self.scale


def split_rows(rows: NDArray[Any], size: int = 4096) -> Iterator[tuple[int, NDArray[Any]]]:
    """Blocks of rows, each with the number of its first row."""
    for start in range(0, len(rows), size):
        yield start, rows[start : start + size]


@contextmanager
def start_threads() -> Iterator[ThreadPoolExecutor]:
    """One thread for each processor; the matrix products start none of their own, which would wait for each other."""
    n_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(n_threads) as pool:
        yield pool


@dataclass(frozen=True)
class Columns:
    """Clusters that others may be nearest to."""

    frame: Frame
    screen: Screen
    centres: NDArray[np.float64]  # (m, d), by place
    sizes: NDArray[np.float64]  # (m,), by place
    places: NDArray[np.int64]  # (len(screen),) place of each column of the screen
    numbers: NDArray[np.int64]  # by place: what decides between equal costs

    def search(
        self,
        rows: NDArray[Any],
        sizes: NDArray[np.float64],
        screen: Screen,
        *,
        width: int,
        own: NDArray[np.int64] | None = None,
    ) -> Found:
        """The cheapest columns of each row, and the nearest, exactly.

        Parameters
        ----------
        rows, sizes, screen : the rows, their sizes, and both as the screen sees them
        width : columns that are kept of each row
        own : int64 array, shape (n,): place of the row itself, which is none of its neighbours; None where rows are
            no columns. Of equal costs the one is nearer that `merge_rounds` says, without own places the first one.
        """
        from forensic_style.kernels.nearest import measure_costs

        kept, radii = self._keep_cheapest(screen, width)
        columns = np.where(kept >= 0, self.places[kept], -1)
        if own is not None:
            columns[columns == own[:, None]] = -1
        firsts = np.repeat(np.arange(len(rows)), width)
        costs = measure_costs(rows, sizes, self.centres, self.sizes, firsts, columns.ravel()).reshape(columns.shape)
        nearest, nearest_costs = self._choose(columns, costs, own)
        tied = np.flatnonzero(~(nearest_costs < radii) & (radii < np.inf))
        if len(tied):
            nearest[tied], nearest_costs[tied] = self._settle(
                rows[tied], sizes[tied], screen[tied], columns[tied], costs[tied], None if own is None else own[tied]
            )
            radii[tied] = nearest_costs[tied]
        costs[~(costs < radii[:, None])] = np.inf
        columns[costs == np.inf] = -1
        return Found(columns, costs, radii, nearest, nearest_costs)

    def _keep_cheapest(self, screen: Screen, width: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """The columns that the screen keeps of each row, and what all others cost at least."""
        from forensic_style.kernels.nearest import keep_cheapest

        costs = np.full((len(screen), width), np.inf, dtype=np.float32)
        kept = np.full((len(screen), width), -1, dtype=np.int32)
        buffer = np.empty(len(screen) * COLUMNS_PER_BLOCK, dtype=np.float32)
        for start in range(0, len(self.screen), COLUMNS_PER_BLOCK):
            block = self.screen[start : start + COLUMNS_PER_BLOCK]
            products = buffer[: len(screen) * len(block)].reshape(len(screen), len(block))
            np.matmul(screen.points, block.points.T, out=products)
            keep_cheapest(products, screen.norms, screen.shares, block.norms, block.shares, start, costs, kept)
        return kept, self.frame.unscale(costs[:, -1])

    def _choose(
        self, columns: NDArray[np.int64], costs: NDArray[np.float64], own: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The nearest of the columns measured."""
        least = costs.min(axis=1)
        ranks = columns if own is None else (self.numbers[columns] ^ self.numbers[own][:, None]) * _SHUFFLE
        ranks = np.where((costs == least[:, None]) & (columns >= 0), ranks, np.iinfo(np.int64).max)
        return columns[np.arange(len(columns)), ranks.argmin(axis=1)], least

    def _settle(
        self,
        rows: NDArray[Any],
        sizes: NDArray[np.float64],
        screen: Screen,
        columns: NDArray[np.int64],
        costs: NDArray[np.float64],
        own: NDArray[np.int64] | None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Where more columns tie than are kept: all that the screen cannot rule out are measured."""
        from forensic_style.kernels.nearest import measure_costs

        for start in range(0, len(self.screen), COLUMNS_PER_BLOCK):
            block = self.screen[start : start + COLUMNS_PER_BLOCK]
            products = screen.points @ block.points.T
            low = (screen.norms[:, None] + block.norms - 2 * products) * 2 / (screen.shares[:, None] + block.shares)
            firsts, seconds = np.nonzero(self.frame.unscale(low) <= costs.min(axis=1, keepdims=True))
            places = self.places[start + seconds]
            if own is not None:
                places[places == own[firsts]] = -1
            wider, wider_costs = np.full(low.shape, -1), np.full(low.shape, np.inf)
            wider[firsts, seconds] = places
            wider_costs[firsts, seconds] = measure_costs(rows, sizes, self.centres, self.sizes, firsts, places)
            columns, costs = np.column_stack([columns, wider]), np.column_stack([costs, wider_costs])
            nearest, least = self._choose(columns, costs, own)
            columns, costs = nearest[:, None], least[:, None]
        return columns[:, 0], costs[:, 0]
