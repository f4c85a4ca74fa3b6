"""How well the content can be told from rows: what a code should carry less of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forensic_style.clusters.discriminants import whiten_within
from forensic_style.clusters.partition import as_labels, average_parts, measure_distances
from forensic_style.errors import ParameterError

MOST_FOLDS = 5
TIE = 1e-9  # of the squared length of the row: nearer to each other than that, means are equally near to it

Rows = NDArray[np.float64]
Transform = Callable[[Rows, list[str]], Rows]
"""Rows and their contents -> what represents them."""
Learn = Callable[[Rows, list[str]], Transform]
"""Rows and their contents -> how to represent these and others."""


@dataclass(frozen=True, slots=True)
class ContentPredictability:
    """How well contents are told apart in rows that the discriminant has not seen.

    Parameters
    ----------
    accuracy : balanced: the share of rows recognised, averaged over the contents, 0..1. Far below chance where the
        mean of each content was taken off with the rows held out among them: those then lie on the far side, unless
        it is learnt anew without them (`learn`)
    chance : one over the number of contents. Where styles and contents go together, rows that hold the style alone
        stay above it
    n_contents : contents with at least two rows; a content of a single row cannot be held out
    n_rows : rows of these contents
    """

    accuracy: float
    chance: float
    n_contents: int
    n_rows: int

    @property
    def beyond_chance(self) -> float:
        """How much of the way from chance to certainty, 0..1."""
        return max(0.0, (self.accuracy - self.chance) / (1 - self.chance))


def measure_content_predictability(
    rows: ArrayLike, content: ArrayLike, *, learn: Learn | None = None, random_state: int = 0
) -> ContentPredictability | None:
    """Tell the content of rows held out by a shrunken linear discriminant of the others.

    The rows of each content are dealt to five folds by chance; all contents count alike, whatever their numbers.

    Parameters
    ----------
    rows : array, shape (n_rows, n_columns)
    content : labels, shape (n_rows,), None or "" where unknown: left out
    learn : how to represent the rows, learnt in each round from those that are not held out, of their contents; None
        where they are to be taken as they are. Where it takes the contents' means off, no linear discriminant is left
        with anything: that is chance then, not less
    random_state : seed of the folds

    Returns
    -------
    ContentPredictability; None where fewer than two contents have two rows or more.

    Raises
    ------
    ParameterError
        where there is not one label per row.

    Source
    ------
    Friedman, "Regularized discriminant analysis", JASA 84, 1989, with equal priors; balanced accuracy: Brodersen et
    al., "The balanced accuracy and its posterior distribution", ICPR 2010.
    """
    X = np.asarray(rows, dtype=np.float64)
    labels = np.array(as_labels(np.asarray(content, dtype=object).ravel()), dtype=str)
    if len(labels) != len(X):
        raise ParameterError(f"There are {len(X)} rows and {len(labels)} content labels. Give one label per row.")
    names, counts = np.unique(labels, return_counts=True)
    kept = np.isin(labels, names[(names != "") & (counts > 1)])
    contents, codes = np.unique(labels[kept], return_inverse=True)
    if len(contents) < 2:
        return None
    told = _tell_held_out(X[kept], codes, _deal_rows(codes, random_state), labels[kept], learn)
    recalls = np.bincount(codes, told) / np.bincount(codes)
    return ContentPredictability(float(recalls.mean()), 1 / len(contents), len(contents), len(codes))


def _deal_rows(codes: NDArray[np.intp], random_state: int) -> NDArray[np.intp]:
    """Fold of each row: those of a content go round the folds, in an order drawn."""
    order = np.random.default_rng(random_state).permutation(len(codes))
    order = order[np.argsort(codes[order], kind="stable")]
    starts = np.searchsorted(codes[order], codes[order])
    folds = np.empty(len(codes), dtype=np.intp)
    folds[order] = (np.arange(len(codes)) - starts) % MOST_FOLDS
    return folds


def _tell_held_out(
    X: Rows, codes: NDArray[np.intp], folds: NDArray[np.intp], labels: NDArray[np.str_], learn: Learn | None
) -> NDArray[np.float64]:
    """How far each row is told right by the nearest mean in the metric of the others: 1 over those that tie, or 0."""
    told = np.empty(len(codes))
    for fold in np.unique(folds):
        held_out = folds == fold
        seen, hidden = X[~held_out], X[held_out]
        if learn is not None:
            transform = learn(seen, labels[~held_out].tolist())
            seen, hidden = (
                transform(each, labels[where].tolist()) for each, where in ((seen, ~held_out), (hidden, held_out))
            )
        metric = whiten_within(seen, codes[~held_out])
        places = hidden @ metric
        distances = measure_distances(places, average_parts(seen, codes[~held_out]) @ metric)
        slack = TIE * (places**2).sum(axis=1, keepdims=True)
        nearest = distances <= distances.min(axis=1, keepdims=True) + slack
        told[held_out] = nearest[np.arange(len(hidden)), codes[held_out]] / nearest.sum(axis=1)
    return told
