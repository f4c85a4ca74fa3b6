"""Yardsticks that need no style labels: does a partition deserve to be called style?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import adjusted_rand_score

from forensic_style.partition import average_parts, measure_distances

MOST_FOLDS = 5
SHRINKAGE = 0.1
RELATIVE_FLOOR = 1e-6


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far a partition can be believed, each 0 (by chance) to 1.

    Parameters
    ----------
    across_contents : agreement (adjusted Rand index) of the partition with what a discriminant learnt on some
        contents predicts on the others; on parts of the images where there are no contents
    between_windows : agreement of the windows' nearest clusters with their images' clusters
    smallest_share : size of the smallest cluster over the size it would have if all were equal
    """

    across_contents: float
    between_windows: float
    smallest_share: float

    @property
    def score(self) -> float:
        """The product of the three, negative agreements counting as none."""
        return max(0.0, self.across_contents) * max(0.0, self.between_windows) * self.smallest_share


def weigh_partition(
    X: NDArray[np.float64],
    labels: NDArray[np.intp],
    *,
    windows: NDArray[np.float64],
    groups: NDArray[np.intp],
    content: ArrayLike | None = None,
) -> Evidence:
    """Measure the evidence for a partition of the images.

    Parameters
    ----------
    X : float64 array, shape (n_images, n_columns)
    labels : integer array, shape (n_images,), 0 to n_clusters - 1
    windows : float64 array, shape (n_windows, n_columns), of the same space as X
    groups : integer array, shape (n_windows,), the image of each window
    content : labels, shape (n_images,), or None

    Returns
    -------
    Evidence; a single cluster has 1 throughout.
    """
    counts = np.bincount(labels)
    if len(counts) < 2:
        return Evidence(1.0, 1.0, 1.0)
    nearest = measure_distances(windows, average_parts(X, labels)).argmin(axis=1)
    return Evidence(
        across_contents=predict_across_contents(X, labels, content),
        between_windows=float(adjusted_rand_score(labels[groups], nearest)),
        smallest_share=float(counts.min() / counts.mean()),
    )


def predict_across_contents(X: NDArray[np.float64], labels: NDArray[np.intp], content: ArrayLike | None) -> float:
    """Agreement of a partition with its prediction from the other contents.

    The contents are dealt into up to five folds; each fold's rows are assigned by a shrunken linear discriminant
    learnt on the others. Clusters that occur in one fold alone cannot be predicted, and count as wrong.

    Returns
    -------
    Adjusted Rand index of labels and predictions, at most 1; 0 by chance.
    """
    folds = _deal_folds(content, len(X))
    predicted = np.zeros(len(X), dtype=np.intp)
    for fold in range(int(folds.max()) + 1):
        test = folds == fold
        predicted[test] = _predict(X[~test], labels[~test], X[test])
    return float(adjusted_rand_score(labels, predicted))


def _deal_folds(content: ArrayLike | None, n_rows: int) -> NDArray[np.intp]:
    """Fold of each row: contents from the most frequent on go to the fold with the fewest rows so far."""
    codes = np.arange(n_rows)
    if content is not None:
        labels = np.array(["" if label is None else str(label) for label in np.asarray(content, dtype=object)])
        if len(np.unique(labels)) > 1:
            codes = np.unique(labels, return_inverse=True)[1]
    counts = np.bincount(codes)
    filled = np.zeros(min(MOST_FOLDS, len(counts)), dtype=np.intp)
    fold_of = np.zeros(len(counts), dtype=np.intp)
    for code in np.argsort(-counts, kind="stable"):
        fold_of[code] = filled.argmin()
        filled[fold_of[code]] += counts[code]
    return fold_of[codes]


def _predict(X: NDArray[np.float64], labels: NDArray[np.intp], new: NDArray[np.float64]) -> NDArray[np.intp]:
    """Assign new rows by a linear discriminant whose covariance is shrunk towards a multiple of the identity."""
    present, codes = np.unique(labels, return_inverse=True)
    centres = average_parts(X, codes)
    deviations = X - centres[codes]
    covariance = deviations.T @ deviations / len(X)
    level = np.trace(covariance) / len(covariance)
    total = float(X.var(axis=0).mean())
    shrunk = (1 - SHRINKAGE) * covariance + (SHRINKAGE * level + RELATIVE_FLOOR * total + 1e-300) * np.eye(
        len(covariance)
    )
    factor = np.linalg.inv(np.linalg.cholesky(shrunk)).T
    return present[measure_distances(new @ factor, centres @ factor).argmin(axis=1)]
