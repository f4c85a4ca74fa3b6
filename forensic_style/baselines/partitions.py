"""Clusterers that know nothing of content: k-means, nearest neighbours, Ward's tree as it is cut."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.sparse
import scipy.sparse.linalg
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import KMeans
from sklearn.neighbors import kneighbors_graph

from forensic_style.clusters.partition import cut_tree, grow_tree, is_whole, number_by_size
from forensic_style.errors import ParameterError

N_STARTS = 10
N_NEIGHBOURS = 10
MOST_DENSE = 1500  # rows up to which all eigenvalues are solved for exactly


def cluster_kmeans(X: ArrayLike, n_clusters: int, *, random_state: int = 0) -> NDArray[np.intp]:
    """Cluster rows by k-means: the best of ten starts.

    Parameters
    ----------
    X : array, shape (n_rows, n_columns)
    n_clusters : in 1..the number of rows that differ
    random_state : seed of the starts

    Returns
    -------
    integer array, shape (n_rows,); 0 is the largest cluster.

    Source
    ------
    Lloyd, "Least squares quantization in PCM", IEEE Trans. Information Theory 28, 1982; starts: Arthur and
    Vassilvitskii, "k-means++", SODA 2007; scikit-learn's implementation.
    """
    rows = _check(X, n_clusters)
    found = KMeans(n_clusters, n_init=N_STARTS, random_state=random_state).fit_predict(rows)
    return number_by_size(found.astype(np.intp))


def cluster_ward(X: ArrayLike, n_clusters: int) -> NDArray[np.intp]:
    """Cluster rows by Ward's tree, cut and not refined.

    Returns
    -------
    integer array, shape (n_rows,); 0 is the largest cluster.

    Source
    ------
    Ward, "Hierarchical grouping to optimize an objective function", JASA 58, 1963.
    """
    return number_by_size(cut_tree(grow_tree(_check(X, n_clusters)), n_clusters))


def cluster_nearest(
    X: ArrayLike, n_clusters: int, *, n_neighbours: int | None = None, random_state: int = 0
) -> NDArray[np.intp]:
    """Cluster rows by the graph of their nearest neighbours, cut where fewest edges are lost.

    Two rows are joined where either is among the nearest of the other. Parts of this graph cannot be asked for by
    number, and cutting its longest edges (single linkage) splits off single rows; the normalized cut can, and does
    not. Neighbours are doubled until the graph falls into no more parts than clusters are asked for.

    Parameters
    ----------
    X : array, shape (n_rows, n_columns)
    n_clusters : in 1..the number of rows that differ
    n_neighbours : of each row, at least 1; None for ten, but at most half the mean size of a cluster, since a graph in
        which most rows are neighbours shows nothing
    random_state : seed of the k-means that reads the clusters off the eigenvectors

    Returns
    -------
    integer array, shape (n_rows,); 0 is the largest cluster.

    Source
    ------
    Ng, Jordan and Weiss, "On spectral clustering", NIPS 2001; the graph: von Luxburg, "A tutorial on spectral
    clustering", Statistics and Computing 17, 2007, section 2.2.
    """
    rows = _check(X, n_clusters)
    if n_neighbours is None:
        n_neighbours = max(1, min(N_NEIGHBOURS, len(rows) // (2 * n_clusters)))
    if not (is_whole(n_neighbours) and n_neighbours >= 1):
        raise ParameterError(f"n_neighbours must be a whole number of at least 1. Got {n_neighbours!r} instead.")
    if n_clusters == 1:
        return np.zeros(len(rows), dtype=np.intp)
    graph = _join_neighbours(rows, n_clusters, n_neighbours)
    scale = scipy.sparse.diags_array(1 / np.sqrt(np.asarray(graph.sum(axis=1), dtype=np.float64).ravel()))
    vectors = _find_leading(scipy.sparse.csr_array(scale @ graph @ scale), n_clusters, random_state)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    places = np.round(vectors / np.maximum(lengths, 1e-12), 9)
    n_places = len(np.unique(places, axis=0))
    found = KMeans(min(n_clusters, n_places), n_init=N_STARTS, random_state=random_state).fit_predict(places)
    return number_by_size(found.astype(np.intp))


def _check(X: ArrayLike, n_clusters: int) -> NDArray[np.float64]:
    rows = np.asarray(X, dtype=np.float64)
    if not (is_whole(n_clusters) and n_clusters >= 1):
        raise ParameterError(f"n_clusters must be a whole number of at least 1. Got {n_clusters!r} instead.")
    n_distinct = len(np.unique(rows, axis=0))
    if n_clusters > n_distinct:
        message = f"{n_clusters} clusters were asked for, but only {n_distinct} rows differ. Ask for fewer."
        raise ParameterError(message)
    return rows


def _join_neighbours(X: NDArray[np.float64], most_parts: int, n_neighbours: int) -> scipy.sparse.csr_array:
    """Adjacency of nearest neighbours, ones and zeros, of at most so many connected parts."""
    while True:
        n_joined = min(n_neighbours, len(X) - 1)
        directed = scipy.sparse.csr_array(kneighbors_graph(X, n_joined))
        graph = scipy.sparse.csr_array(directed.maximum(directed.T))
        if n_joined == len(X) - 1 or connected_components(graph, directed=False)[0] <= most_parts:
            return graph
        n_neighbours *= 2


def _find_leading(graph: scipy.sparse.csr_array, count: int, random_state: int) -> NDArray[np.float64]:
    """Eigenvectors of the largest eigenvalues, shape (n_rows, count)."""
    n = graph.shape[0]
    if n <= max(MOST_DENSE, count + 1):
        return scipy.linalg.eigh(graph.toarray(), subset_by_index=(n - count, n - 1))[1]
    start = np.random.default_rng(random_state).random(n)
    vectors: NDArray[np.float64] = scipy.sparse.linalg.eigsh(graph, count, which="LA", v0=start)[1]
    return vectors
