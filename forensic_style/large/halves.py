"""Two parts of a sample searched apart: how far what is found depends on the images in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.optimize
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from forensic_style.errors import ParameterError
from forensic_style.large.records import SamplingError
from forensic_style.result import ClusterResult
from forensic_style.table import FingerprintTable

MOST_IN_PART = 2000  # images
FEWEST_IN_PART = 20  # with fewer the number of clusters is not tested


def deal_parts(table: FingerprintTable, *, most: int = MOST_IN_PART) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Numbers of the images of two parts of at most `most` images each; equal files are in one part.

    SHA-256 decides, so neither names nor the order of the images do.
    """
    hashes = [image.sha256 for image in table.images]
    place = {sha256: number for number, sha256 in enumerate(sorted(set(hashes)))}
    numbers = np.array([place[sha256] for sha256 in hashes], dtype=np.intp)
    chosen = numbers < 2 * most
    one, other = (np.flatnonzero(chosen & (numbers % 2 == part)) for part in (0, 1))
    return one[:most], other[:most]


def search_parts(
    table: FingerprintTable, search: Callable[[FingerprintTable], ClusterResult], *, most: int = MOST_IN_PART
) -> tuple[ClusterResult, ...]:
    """What is found in two parts of a sample; nothing where they are too small."""
    parts = deal_parts(table, most=most)
    if min(map(len, parts)) < FEWEST_IN_PART:
        return ()
    try:
        return tuple(search(table.select_images(part)) for part in parts)
    except ParameterError:  # too few different images for the clusters that were asked for
        return ()


def measure_error(
    labels: NDArray[np.int32], parts: tuple[ClusterResult, ...], carried: tuple[NDArray[np.int32], ...]
) -> SamplingError | None:
    """Compare what two parts of a sample found, among all images; None where they were not searched.

    Parameters
    ----------
    labels : integer array, shape (n_images,), the result; images of none (-1) take no part
    parts : what was found
    carried : for each part the cluster of each image
    """
    inside = labels >= 0
    if not parts or not inside.any():
        return None
    one, other = (found[inside] for found in carried)
    clusters = labels[inside]
    n_clusters = int(clusters.max()) + 1
    shares = [_share_clusters(clusters, found, n_clusters) for found in (one, other)]
    return SamplingError(
        n_found=n_clusters,
        n_images=(len(parts[0].table.images), len(parts[1].table.images)),
        n_clusters=(parts[0].n_clusters, parts[1].n_clusters),
        agreement=float(_match(one, other)[0]),
        ari=float(adjusted_rand_score(one, other)),
        shares=tuple(zip(*shares, strict=True)),
        spread=max(abs(left - right) for left, right in zip(*shares, strict=True)),
        ari_with_result=(float(adjusted_rand_score(clusters, one)), float(adjusted_rand_score(clusters, other))),
    )


def _match(one: NDArray[np.int32], other: NDArray[np.int32]) -> tuple[float, dict[int, int]]:
    """Share of rows on which two partitions agree, their parts matched one to one; and the parts of the other."""
    counts = np.zeros((int(one.max()) + 1, int(other.max()) + 1))
    np.add.at(counts, (one, other), 1.0)
    rows, columns = scipy.optimize.linear_sum_assignment(-counts)
    pairs = {int(row): int(column) for row, column in zip(rows, columns, strict=True) if counts[row, column]}
    return counts[rows, columns].sum() / len(one), pairs


def _share_clusters(labels: NDArray[np.int32], found: NDArray[np.int32], n_clusters: int) -> list[float]:
    """Share of rows in the part that matches each cluster; 0 for a cluster that none matches."""
    _, pairs = _match(labels, found)
    counts = np.bincount(found, minlength=int(found.max()) + 1)
    return [
        round(float(counts[pairs[number]]) / len(found), 6) if number in pairs else 0.0 for number in range(n_clusters)
    ]
