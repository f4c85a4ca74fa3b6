"""What is left of clusters once a property of the files is removed from what was clustered: crossed effects again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.metrics import adjusted_rand_score

from forensic_style.audit.alignment import count_together, is_strong
from forensic_style.audit.properties import Property
from forensic_style.audit.records import Alignment, Kind
from forensic_style.clusters.discriminants import whiten_within
from forensic_style.clusters.partition import cut_tree, grow_tree, refine_partition, sum_squares_within
from forensic_style.content.adjust import ContentAdjuster

FAULTS: tuple[Kind, ...] = ("file", "looks", "content")
MOST_IMAGES = 400  # of which the removal is asked
DIES = 0.5  # agreement below which clusters are not found again; of halves, 17 images in 20 stay on their side at 0.5
RARE = 0.03  # share of a cluster's or a value's images that may be where they are by mistake
FEW = 10  # images of a value or a cluster from which on a single one proves nothing either


def ask_removal(
    found: Alignment,
    of: Property,
    X: NDArray[np.float64],
    labels: NDArray[np.intp],
    *,
    parts: NDArray[np.intp] | None = None,
    is_asked: bool = False,
    random_state: int = 0,
) -> Alignment:
    """The same alignment with what is left of the clusters without the property, where they follow it closely.

    Where no value of the property occurs in two clusters, nothing is left by definition. Not so of looks: within
    clusters, brightness and the like vary, and what they explain there is taken off between clusters as well.

    Parameters
    ----------
    found : alignment of the clusters with the property
    of : the property of the same images
    X : float64 array, shape (n_images, n_columns), what was clustered
    labels : integer array, shape (n_images,), clusters, 0 to n_clusters - 1, or the two sides of a split
    parts : integer array, shape (n_images,), clusters within the sides; None where the labels are clusters
    is_asked : ask even where the clusters do not follow it closely
    random_state : seed of the choice of images where there are many
    """
    if not (is_asked or is_strong(found, len(labels))) or len(np.unique(labels)) < 2:
        return found
    rows = _choose_rows(X, labels, of.known, random_state)
    if len(np.unique(labels[rows])) < 2:
        return found
    asked, clusters = of.select(rows), np.unique(labels[rows], return_inverse=True)[1]
    blocks = np.zeros_like(clusters) if of.kind == "looks" else find_blocks(asked.codes, clusters)
    n_blocks = len(np.unique(blocks))
    if n_blocks == len(np.unique(clusters)):
        return replace(found, left=0.0, is_crossed=False)
    within = np.unique((labels if parts is None else parts)[rows], return_inverse=True)[1]
    left = measure_left(X[rows], clusters, asked, blocks=blocks, parts=within)
    return replace(found, left=left, is_crossed=n_blocks == 1)


def measure_left(
    X: NDArray[np.float64],
    labels: NDArray[np.intp],
    of: Property,
    *,
    blocks: NDArray[np.intp],
    parts: NDArray[np.intp],
) -> float:
    """Agreement of clusters with those found in the same way without the property: 1 the same, 0 not found again.

    Both are found in a metric that makes the scatter within `parts` the identity, from the given parts and from Ward's
    tree, whichever ends tighter; of a split with several parts on a side, the side of each part found is that of most
    of its images. Blocks of values and clusters that share nothing are centred, because nothing
    tells the one from the other there; within blocks the property is content, in words or in numbers, of a crossed
    two-way model.

    Parameters
    ----------
    X : float64 array, shape (n_images, n_columns), what was clustered
    labels : integer array, shape (n_images,), clusters, or the sides of a split
    of : the property of the same images
    blocks : integer array, shape (n_images,), of :func:`find_blocks`
    parts : integer array, shape (n_images,), clusters within the sides; the labels where these are clusters

    Source
    ------
    Ours: the crossed model of :mod:`forensic_style.content.adjust`, with the property in the place of content.
    """
    rows = X @ whiten_within(X, parts)
    rows = rows - rows.mean(axis=0)
    before = _find_again(rows, parts)
    means = np.zeros((int(blocks.max()) + 1, rows.shape[1]))
    np.add.at(means, blocks, rows)
    centred = rows - (means / np.bincount(blocks)[:, None])[blocks]
    adjuster = ContentAdjuster(int(parts.max()) + 1)
    if of.numbers is None:
        rest = adjuster.fit_transform(centred, content=of.codes.astype(str).astype(object))
    else:
        rest = adjuster.fit_transform(centred, covariates=of.numbers[:, None])
    after = _find_again(rest, parts)
    if len(np.unique(labels)) < len(np.unique(parts)):
        before, after = _bring_to_sides(before, labels), _bring_to_sides(after, labels)
    return max(0.0, float(adjusted_rand_score(before, after)))


def _bring_to_sides(found: NDArray[np.intp], sides: NDArray[np.intp]) -> NDArray[np.intp]:
    """The side on which most images of each cluster found lie."""
    return count_together(found, sides).argmax(axis=1)[np.unique(found, return_inverse=True)[1]]


def find_blocks(codes: NDArray[np.intp], labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Block of each image, shape (n_images,): clusters hang together that share values.

    A value is shared by a cluster unless its images are rare in the cluster or the cluster's are rare among its own.
    `codes` and `labels` are integer arrays, shape (n_images,). Connectedness of a two-way layout: Searle, "Linear
    models", 1971, section 7.4; that rare images do not connect is ours.
    """
    counts = count_together(codes, labels)
    of_clusters, of_values = counts.sum(axis=0), counts.sum(axis=1, keepdims=True)
    shared = (counts > _count_rare(of_clusters)) & (counts > _count_rare(of_values))
    values, clusters = np.nonzero(shared)
    n_nodes = sum(counts.shape)
    graph = coo_array((np.ones(len(values)), (values, clusters + len(counts))), shape=(n_nodes, n_nodes))
    block_of = connected_components(graph, directed=False)[1][len(counts) :]
    return np.unique(block_of, return_inverse=True)[1][np.unique(labels, return_inverse=True)[1]]


def _count_rare(totals: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.maximum(RARE * totals, totals >= FEW)


def _find_again(rows: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """As many clusters as given, from the given ones or from Ward's tree, whichever end tighter."""
    starts = labels, cut_tree(grow_tree(rows), int(labels.max()) + 1)
    return min((refine_partition(rows, start) for start in starts), key=lambda end: sum_squares_within(rows, end))


def _choose_rows(
    X: NDArray[np.float64], labels: NDArray[np.intp], known: NDArray[np.bool_], random_state: int
) -> NDArray[np.intp]:
    """Images of which the property is known, at most 400, whatever their order."""
    rows = np.flatnonzero(known)
    rows = rows[np.lexsort([*X[rows].T[::-1], labels[rows]])]
    if len(rows) <= MOST_IMAGES:
        return rows
    chosen = np.random.default_rng(random_state).choice(len(rows), MOST_IMAGES, replace=False)
    return rows[np.sort(chosen)]


def dies(found: Alignment) -> bool:
    """Whether clusters are not found again without a property that may be a fault.

    A file's history is technology itself; its folder, its date and its claims are not in its pixels.
    """
    return found.kind in FAULTS and found.left is not None and found.left < DIES
