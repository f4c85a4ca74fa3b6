"""Clusters against technologies, as a table of counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

UNPLACED = -1


@dataclass(frozen=True, eq=False)
class ConfusionTable:
    """How many images of each technology each cluster holds, and which cluster stands for which technology.

    Parameters
    ----------
    clusters : numbers of the clusters, rising; -1, for images of no cluster, is not among them
    technologies : their names, those matched to the first clusters first, unmatched ones last
    counts : int64 array, shape (n_clusters, n_technologies)
    unplaced : int64 array, shape (n_technologies,), images that belong to no cluster
    matches : for each cluster the place of its technology among `technologies`, or None

    Clusters and technologies are matched one to one so that as many images as possible are right (linear sum
    assignment, Kuhn 1955).
    """

    clusters: tuple[int, ...]
    technologies: tuple[str, ...]
    counts: NDArray[np.int64]
    unplaced: NDArray[np.int64]
    matches: tuple[int | None, ...]

    @property
    def n_images(self) -> int:
        """All images, those of no cluster included."""
        return int(self.counts.sum() + self.unplaced.sum())

    @property
    def n_placed(self) -> int:
        """Images that are in a cluster."""
        return int(self.counts.sum())

    @property
    def n_right(self) -> int:
        """Images whose cluster stands for their technology."""
        return sum(int(self.counts[row, match]) for row, match in enumerate(self.matches) if match is not None)

    @cached_property
    def cells(self) -> NDArray[np.float64]:
        """All counts, shape (n_clusters + 1, n_technologies): the last row holds the images of no cluster."""
        return np.vstack([self.counts, self.unplaced]).astype(np.float64)


def count_confusion(labels: NDArray[np.intp], technologies: list[str]) -> ConfusionTable:
    """Count clusters against technologies, and match them.

    Parameters
    ----------
    labels : integer array, shape (n_images,), -1 where an image belongs to no cluster
    technologies : of each image

    Examples
    --------
    >>> table = count_confusion(np.array([0, 0, 0, 1, -1]), ["scan", "scan", "phone", "phone", "phone"])
    >>> table.technologies, table.counts.tolist(), table.unplaced.tolist(), table.n_right
    (('scan', 'phone'), [[2, 1], [0, 1]], [0, 1], 3)
    """
    names, columns = np.unique(np.array(technologies, dtype=str), return_inverse=True)
    clusters = np.unique(labels[labels != UNPLACED])
    placed = labels != UNPLACED
    counts = np.zeros((len(clusters), len(names)), dtype=np.int64)
    np.add.at(counts, (np.searchsorted(clusters, labels[placed]), columns[placed]), 1)
    matches = match_rows(counts)
    matched = [match for match in matches if match is not None]
    order = matched + [column for column in range(len(names)) if column not in matched]
    return ConfusionTable(
        clusters=tuple(int(cluster) for cluster in clusters),
        technologies=tuple(str(names[column]) for column in order),
        counts=counts[:, order],
        unplaced=np.bincount(columns[~placed], minlength=len(names))[order].astype(np.int64),
        matches=tuple(None if match is None else order.index(match) for match in matches),
    )


def match_rows(counts: NDArray[np.int64]) -> list[int | None]:
    """For each row the column that stands for it, one to one, with the largest sum; None for rows left over.

    A row that shares no image with the column it would be given is left over too.
    """
    rows, columns = scipy.optimize.linear_sum_assignment(counts, maximize=True)
    given = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    return [given[row] if row in given and counts[row, given[row]] else None for row in range(len(counts))]
