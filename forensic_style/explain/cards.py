"""Evidence cards: for each cluster and each split the measurements that differ most, with figures and images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.joins import Join
from forensic_style.table import FingerprintTable


@dataclass(frozen=True, slots=True)
class Finding:
    """One measurement in which two sides differ.

    Parameters
    ----------
    family, group : where the columns are found in the table; no group where the whole family is missing, no family
        where it is read from the file itself
    effect : difference in standard deviations within the sides
    stability : share of resamples of the images in which it is again among the strongest, 0..1
    words : the difference in plain words, with figures and units where there are any
    inside, outside : typical values of the two sides in `unit`; None where a number means nothing to a reader
    unit : of these, "" for none
    """

    family: str
    group: str
    effect: float
    stability: float
    words: str
    inside: float | None = None
    outside: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """The evidence for one cluster against the rest, or for one split.

    Parameters
    ----------
    one, other : numbers of the clusters on each side
    findings : strongest first
    typical, doubtful : numbers of images of `one`, the most typical first, the least sure first
    """

    one: tuple[int, ...]
    other: tuple[int, ...]
    findings: tuple[Finding, ...]
    typical: tuple[int, ...]
    doubtful: tuple[int, ...]


def deal_cards(
    table: FingerprintTable,
    standardized: NDArray[np.float64],
    labels: NDArray[np.intp],
    joins: Sequence[Join],
    *,
    coordinates: NDArray[np.float64],
    confidences: NDArray[np.float64],
    random_state: int = 0,
) -> tuple[Card, ...]:
    """Find the evidence for every cluster against the rest, then for every split of the tree of clusters.

    Parameters
    ----------
    table : the fingerprints
    standardized : float64 array, shape (n_images, n_columns), means of each image's standardized windows
    labels : integer array, shape (n_images,), clusters; images of none (-1) are left out
    joins : splits of the tree of clusters
    coordinates : float64 array, shape (n_images, n_directions), what was clustered
    confidences : float64 array, shape (n_images,), 0..1
    random_state : seed of the resamples

    Returns
    -------
    n_clusters cards of clusters, in order, then one per join; none for a single cluster.
    """
    return ()
