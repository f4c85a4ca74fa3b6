"""A tree over many rows: exact up to a number of them, and over micro-clusters beyond."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.micro_clusters import grow_large_tree
from forensic_style.clusters.partition import cut_tree, grow_tree

MOST_EXACT = 20_000  # rows of an exact tree


@dataclass(frozen=True, eq=False)
class TreeOfAll:
    """Ward's tree.

    Parameters
    ----------
    tree : float64 array, shape (n_leaves - 1, 4), SciPy's linkage format, the last column counts rows
    members : int32 array, shape (n_rows,), the leaf of each row
    is_exact : whether every row is a leaf
    loss : share of the sum of squares that lies within micro-clusters, which the tree does not see; 0 where it is exact
    labels : int32 array, shape (n_rows,), its cut into the number of clusters asked for
    """

    tree: NDArray[np.float64]
    members: NDArray[np.int32]
    is_exact: bool
    loss: float
    labels: NDArray[np.int32]

    @property
    def n_leaves(self) -> int:
        """Leaves of the tree."""
        return len(self.tree) + 1


def grow_over_all(
    X: NDArray[np.float32], n_clusters: int, *, most_exact: int = MOST_EXACT, random_state: int = 0
) -> TreeOfAll:
    """Ward's tree over all rows, and its cut.

    Parameters
    ----------
    X : float32 array, shape (n_rows, n_columns)
    n_clusters : parts of the cut; fewer where there are fewer rows
    most_exact : rows up to which the tree is exact
    random_state : seed of the micro-clusters
    """
    if len(X) <= most_exact:
        tree = grow_tree(X.astype(np.float64))
        members = np.arange(len(X), dtype=np.int32)
        labels = cut_tree(tree, min(n_clusters, len(X)))
        return TreeOfAll(tree, members, True, 0.0, labels.astype(np.int32))
    grown = grow_large_tree(X, random_state=random_state)
    labels = grown.cut(min(n_clusters, len(grown.sizes)))
    return TreeOfAll(grown.tree, grown.members.astype(np.int32), False, float(grown.loss), labels.astype(np.int32))
