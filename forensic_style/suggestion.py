"""Which images to label next: those whose answer says most about the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.discriminants import whiten_within
from forensic_style.clusters.partition import average_parts, is_whole, measure_distances
from forensic_style.errors import ParameterError
from forensic_style.placement.matching import read_values
from forensic_style.placement.model import StyleModel
from forensic_style.table import FingerprintTable
from forensic_style.threads import one_thread_for_algebra

BETWEEN = 0.7  # confidence below which an image is said to lie between two clusters
MOST_COMPARED = 3000  # images among which suggestions are chosen


class Clustered(Protocol):
    """A ClusterResult or a Run: images in clusters."""

    @property
    def table(self) -> FingerprintTable: ...  # noqa: D102
    @property
    def labels(self) -> NDArray[np.intp]: ...  # noqa: D102
    @property
    def confidences(self) -> NDArray[np.float64]: ...  # noqa: D102
    @property
    def content(self) -> Sequence[str] | None: ...  # noqa: D102
    @property
    def model(self) -> StyleModel: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An image worth a label.

    Parameters
    ----------
    image : its row
    path : as in the run
    cluster : where it is now, -1 for no cluster
    confidence : of that, 0..1
    n_images : how many images without a label it is nearer to than any other suggestion or labelled image, itself too
    neighbour : the cluster that is nearest after its own, -1 where there is no other
    compare_with : path of the most typical image of that cluster: are the two of one style? "" where there is none
    reason : why this image, in a sentence
    """

    image: int
    path: str
    cluster: int
    confidence: float
    n_images: int
    neighbour: int
    compare_with: str
    reason: str


def suggest(result: Clustered, n: int = 10) -> tuple[Suggestion, ...]:
    """Name the images whose style label would help most, the most helpful first.

    Images are chosen one by one so that, together with those that have a label already, every image has a labelled one
    as near as possible: dense places are served before odd images, and far ones before near ones. Distances are
    taken in the space of the clusters, in standard deviations within clusters. Every cluster without a label gets a
    suggestion where there are enough.

    Parameters
    ----------
    result : a ClusterResult, or a Run as `load_run` gives it; of a run of many images the sample's are named
    n : suggestions wanted; fewer where fewer images have no label

    Returns
    -------
    Suggestions. They depend on what was measured alone, not on the order of the images.

    Raises
    ------
    ParameterError
        where n is no whole number from 1 on, or every image has a label.

    Source
    ------
    The greedy choice for the k-median problem: Cornuejols, Fisher, Nemhauser, "Location of bank accounts to optimize
    float", Management Science 23, 1977, which is at most 37 per cent from the best gain.
    """
    if not is_whole(n) or n < 1:
        raise ParameterError(f"The number of suggestions must be a whole number from 1 on. Got {n!r} instead.")
    result = getattr(result, "sampled", result)
    known = getattr(result, "known", None) or [""] * len(result.labels)
    is_known = np.array([bool(label) for label in known], dtype=bool)
    if is_known.all():
        raise ParameterError("Every image has a label already, so there is nothing to suggest.")
    with one_thread_for_algebra():
        rows = _locate(result)
        members = result.labels >= 0
        whitened = rows @ whiten_within(rows[members], result.labels[members]) if members.any() else rows
        chosen = choose_representatives(whitened, result.labels, is_known, n=n)
        return _describe(result, whitened, is_known, chosen)


def _locate(result: Clustered) -> NDArray[np.float64]:
    """The images in the space of the clusters."""
    coordinates = getattr(result, "coordinates", None)
    if coordinates is not None:
        return np.asarray(coordinates, dtype=np.float64)
    values, missing = read_values(result.model, result.table)
    return result.model.project(values, groups=result.table.groups, content=result.content, missing=missing)[0]


def choose_representatives(
    X: NDArray[np.float64], labels: NDArray[np.intp], known: NDArray[np.bool_], *, n: int
) -> list[int]:
    """Rows that, with the known ones, bring a labelled row as near as possible to every row.

    Parameters
    ----------
    X : float64 array, shape (n_rows, n_columns)
    labels : integer array, shape (n_rows,), cluster of each row, -1 for none
    known : boolean array, shape (n_rows,), rows that are labelled already
    n : rows wanted

    Returns
    -------
    Up to n row numbers, none of them known, by what each takes off the sum of distances after those before it. Where as
    many are still to come as clusters without any labelled or chosen row, they are taken from those.
    """
    compared = _thin_out(X, known)
    distances = np.sqrt(measure_distances(X[compared], X[compared]))
    nearest = np.full(len(compared), float(distances.max()))
    if known.any():
        nearest = np.minimum(nearest, np.sqrt(measure_distances(X[compared], X[known])).min(axis=1))
    waiting = set(labels[compared].tolist()) - {-1} - set(labels[known].tolist())
    free = ~known[compared]
    chosen: list[int] = []
    while len(chosen) < n and free.any():
        allowed = free.copy()
        if waiting and len(waiting) >= n - len(chosen):
            allowed &= np.isin(labels[compared], list(waiting))
        gains = np.maximum(nearest[:, None] - distances, 0.0).sum(axis=0)
        gains[~allowed] = -1.0
        best = _break_tie(gains, X[compared])
        chosen.append(int(compared[best]))
        waiting.discard(int(labels[compared[best]]))
        free[best] = False
        nearest = np.minimum(nearest, distances[best])
    return chosen


def _thin_out(X: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """All rows, or 3,000 spread evenly over the values of the first column."""
    rows = np.flatnonzero(~known) if len(X) > MOST_COMPARED else np.arange(len(X))
    if len(rows) <= MOST_COMPARED:
        return rows
    order = rows[np.lexsort(X[rows].T[::-1])]
    return np.sort(order[np.linspace(0, len(order) - 1, MOST_COMPARED).astype(np.intp)])


def _break_tie(gains: NDArray[np.float64], X: NDArray[np.float64]) -> int:
    """The largest gain; among equal ones the row with the smallest values, whatever the order of the rows."""
    tied = np.flatnonzero(gains >= gains.max() - 1e-9 * max(1.0, abs(float(gains.max()))))
    return int(tied[np.lexsort(X[tied].T[::-1])[0]])


def _describe(
    result: Clustered, X: NDArray[np.float64], known: NDArray[np.bool_], chosen: list[int]
) -> tuple[Suggestion, ...]:
    labels, paths = result.labels, result.table.paths
    served = np.concatenate([chosen, np.flatnonzero(known)]).astype(np.intp)
    server = measure_distances(X, X[served]).argmin(axis=1)
    counts = np.bincount(server[~known], minlength=len(served))
    n_clusters = int(labels.max()) + 1
    centres = average_parts(X[labels >= 0], labels[labels >= 0])
    typical = [
        int(np.flatnonzero(labels == cluster)[_find_nearest(X, labels, cluster)]) for cluster in range(n_clusters)
    ]
    labelled = set(labels[known].tolist())
    suggestions = []
    for place, image in enumerate(chosen):
        others = [cluster for cluster in range(n_clusters) if cluster != labels[image]]
        to_others = measure_distances(X[[image]], centres[others])[0] if others else np.empty(0)
        neighbour = others[int(to_others.argmin())] if others else -1
        reason = _explain(
            int(labels[image]), float(result.confidences[image]), int(counts[place]), neighbour, labelled=labelled
        )
        suggestions.append(
            Suggestion(
                image=image,
                path=paths[image],
                cluster=int(labels[image]),
                confidence=float(result.confidences[image]),
                n_images=int(counts[place]),
                neighbour=neighbour,
                compare_with=paths[typical[neighbour]] if others else "",
                reason=reason,
            )
        )
        labelled.add(int(labels[image]))
    return tuple(suggestions)


def _find_nearest(X: NDArray[np.float64], labels: NDArray[np.intp], cluster: int) -> int:
    """Which member of a cluster lies nearest to its mean."""
    members = X[labels == cluster]
    return int(((members - members.mean(axis=0)) ** 2).sum(axis=1).argmin())


def _explain(cluster: int, confidence: float, n_images: int, neighbour: int, *, labelled: set[int]) -> str:
    stands = f"stands for {n_images:,} images" if n_images > 1 else "stands for itself alone"
    if cluster < 0:
        return f"Belongs to no cluster; {stands}."
    if cluster not in labelled:
        return f"The first of cluster {cluster} to be labelled; {stands}."
    if confidence < BETWEEN and neighbour >= 0:
        return f"Lies between clusters {cluster} and {neighbour}; {stands}."
    return f"Lies in a part of cluster {cluster} where no image is labelled; {stands}."
