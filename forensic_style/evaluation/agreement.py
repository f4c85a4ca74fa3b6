"""Scores of agreement between clusters and technologies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_mutual_info_score

from forensic_style.evaluation.counts import ConfusionTable

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Scores, all 1 where every cluster is one technology and every technology one cluster.

    An image of no cluster counts as a cluster of its own in the scores of pairs and of information, and as wrong in
    purity and accuracy.

    Parameters
    ----------
    ari : adjusted Rand index (Hubert, Arabie 1985): pairs of images, corrected for chance; 0 by chance
    ami : adjusted mutual information (Vinh, Epps, Bailey 2010), over the mean of the two entropies; 0 by chance
    v_measure : harmonic mean of the next two (Rosenberg, Hirschberg 2007); not corrected for chance
    homogeneity : share of the technologies' entropy that the clusters take away
    completeness : share of the clusters' entropy that the technologies take away
    purity : share of images that are of their cluster's most frequent technology
    pair_precision : share of the pairs in one cluster that are of one technology; nan where there are no such pairs
    pair_recall : share of the pairs of one technology that are in one cluster; nan where there are no such pairs
    accuracy : share of images whose cluster stands for their technology, clusters and technologies matched one to one
    """

    ari: float
    ami: float
    v_measure: float
    homogeneity: float
    completeness: float
    purity: float
    pair_precision: float
    pair_recall: float
    accuracy: float


def measure_agreement(table: ConfusionTable) -> Agreement:
    """All scores of one table of counts."""
    if table.n_images == 0:
        return Agreement(*[NAN] * 9)
    ari, precision, recall = score_pairs(*count_pairs(table.cells))
    homogeneity, completeness = _compare_entropies(table)
    both = homogeneity + completeness
    return Agreement(
        ari=float(ari),
        ami=_adjust_information(table),
        v_measure=2 * homogeneity * completeness / both if both else 0.0,
        homogeneity=homogeneity,
        completeness=completeness,
        purity=int(table.counts.max(axis=1, initial=0).sum()) / table.n_images,
        pair_precision=float(precision),
        pair_recall=float(recall),
        accuracy=table.n_right / table.n_images,
    )


def count_pairs(cells: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Pairs of images in one cluster and of one technology, in one cluster, of one technology, and all.

    Parameters
    ----------
    cells : float64 array, shape (..., n_clusters + 1, n_technologies), the last row holds the images of no cluster
    """
    placed = cells[..., :-1, :]
    return (
        _choose_two(placed).sum(axis=(-1, -2)),
        _choose_two(placed.sum(axis=-1)).sum(axis=-1),
        _choose_two(cells.sum(axis=-2)).sum(axis=-1),
        _choose_two(cells.sum(axis=(-1, -2))),
    )


def _choose_two(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return counts * (counts - 1) / 2


def score_pairs(
    both: NDArray[np.float64], clustered: NDArray[np.float64], alike: NDArray[np.float64], every: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Adjusted Rand index, precision and recall from counts of pairs, or from their probabilities.

    The index is 1 where both partitions are trivial (one part, or nothing but single images); shares of no pairs are
    nan.
    """
    expected = clustered * alike / np.where(every > 0, every, 1)
    most = (clustered + alike) / 2
    trivial = most - expected <= 1e-12 * every
    index = np.where(trivial, 1.0, (both - expected) / np.where(trivial, 1, most - expected))
    return index, _divide(both, clustered), _divide(both, alike)


def _divide(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), NAN)


def _compare_entropies(table: ConfusionTable) -> tuple[float, float]:
    """Homogeneity and completeness; 1 where there is no entropy to take away."""
    alone = np.repeat(np.eye(len(table.technologies)), table.unplaced, axis=0)
    cells = np.vstack([table.counts, alone])
    technologies, clusters = measure_entropy(cells.sum(axis=0)), measure_entropy(cells.sum(axis=1))
    shared = max(0.0, technologies + clusters - measure_entropy(cells.ravel()))
    return (shared / technologies if technologies else 1.0), (shared / clusters if clusters else 1.0)


def measure_entropy(counts: NDArray[np.float64]) -> float:
    """Entropy of the distribution that counts describe, in nats."""
    shares = counts[counts > 0] / counts.sum()
    return max(0.0, float(-(shares * np.log(shares)).sum()))


def _adjust_information(table: ConfusionTable) -> float:
    """Adjusted mutual information, from labels laid out anew."""
    rows, columns = np.indices(table.counts.shape)
    clusters = np.repeat(rows.ravel(), table.counts.ravel())
    alone = len(table.clusters) + np.arange(table.unplaced.sum())
    technologies = np.repeat(columns.ravel(), table.counts.ravel())
    unplaced = np.repeat(np.arange(len(table.technologies)), table.unplaced)
    return float(
        adjusted_mutual_info_score(np.concatenate([technologies, unplaced]), np.concatenate([clusters, alone]))
    )
