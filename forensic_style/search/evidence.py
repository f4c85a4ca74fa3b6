"""Yardsticks that need no style labels: does a partition deserve to be called style?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import adjusted_rand_score

from forensic_style.clusters.discriminants import whiten_scatter
from forensic_style.clusters.partition import as_labels, average_parts, deal_folds, measure_distances

MOST_FOLDS = 5
SHRINKAGE = 0.1
RELATIVE_FLOOR = 1e-6


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far a partition can be believed, each 0 (by chance) to 1.

    Parameters
    ----------
    across_contents : agreement of the partition with what a discriminant learnt on some contents predicts on the
        others; on parts of the images where there are no contents
    between_windows : agreement (adjusted Rand index) of the windows' nearest clusters with their images' clusters
    smallest_share : size of the smallest cluster over the size it would have if all were equal

    With many columns and few images, directions can be found in which anything agrees with itself. The first two mean
    something only where what judges had no part in what is judged: see the parameters of :func:`weigh_partition`.
    """

    across_contents: float
    between_windows: float
    smallest_share: float

    @property
    def score(self) -> float:
        """The product of the three, negative agreements counting as none."""
        return max(0.0, self.across_contents) * self.score_without_contents

    @property
    def score_without_contents(self) -> float:
        """The product of the last two."""
        return max(0.0, self.between_windows) * self.smallest_share


def weigh_partition(
    X: NDArray[np.float64],
    labels: NDArray[np.intp],
    *,
    windows: NDArray[np.float64],
    groups: NDArray[np.intp],
    content: ArrayLike | None = None,
    spaces: Sequence[NDArray[np.float64]] | None = None,
    half: tuple[NDArray[np.float64], NDArray[np.intp]] | None = None,
) -> Evidence:
    """Measure the evidence for a partition of the images.

    Parameters
    ----------
    X : float64 array, shape (n_images, n_columns)
    labels : integer array, shape (n_images,), 0 to n_clusters - 1
    windows : float64 array, shape (n_windows, n_columns), the windows that judge; may be none
    groups : integer array, shape (n_windows,), the image of each
    content : labels, shape (n_images,), or None
    spaces : for each fold of :func:`fold_contents` the images in a space learnt without it; X itself where None
    half : images and partition learnt without the windows that judge, in the space of these; X and labels where None

    Returns
    -------
    Evidence; a single cluster has 1 throughout, and images without windows agree by 1.
    """
    counts = np.bincount(labels)
    if len(counts) < 2:
        return Evidence(1.0, 1.0, 1.0)
    images, known = (X, labels) if half is None else half
    nearest = measure_distances(windows, average_parts(images, known)).argmin(axis=1)
    return Evidence(
        across_contents=predict_across_contents(X, labels, content, spaces=spaces),
        between_windows=float(adjusted_rand_score(known[groups], nearest)),
        smallest_share=float(counts.min() / counts.mean()),
    )


def predict_across_contents(
    X: NDArray[np.float64],
    labels: NDArray[np.intp],
    content: ArrayLike | None,
    *,
    spaces: Sequence[NDArray[np.float64]] | None = None,
) -> float:
    """Agreement of a partition with its prediction from the other contents.

    The contents are dealt into up to five folds; each fold's rows are assigned by a shrunken linear discriminant
    learnt on the others, in the fold's own space where `spaces` are given. Clusters that occur in one fold alone
    cannot be predicted, and count as wrong.

    Returns
    -------
    The lower of the adjusted Rand index and Cohen's kappa of labels and predictions, at most 1; 0 by chance. The index
    alone would take clusters that are predicted in exchange for one another as right: with one cluster per content,
    all of them.
    """
    folds = fold_contents(content, len(X))
    predicted = np.zeros(len(X), dtype=np.intp)
    for fold in range(int(folds.max()) + 1):
        rows, test = X if spaces is None else spaces[fold], folds == fold
        predicted[test] = _predict(rows[~test], labels[~test], rows[test])
    return min(float(adjusted_rand_score(labels, predicted)), _measure_kappa(labels, predicted))


def _measure_kappa(labels: NDArray[np.intp], predicted: NDArray[np.intp]) -> float:
    """Share of rows predicted right, corrected for chance; 1 for a single cluster."""
    n_clusters = int(labels.max()) + 1
    shares = np.bincount(labels, minlength=n_clusters) / len(labels)
    chance = float(shares @ np.bincount(predicted, minlength=n_clusters)) / len(labels)
    return 1.0 if chance == 1 else (float((labels == predicted).mean()) - chance) / (1 - chance)


def fold_contents(content: ArrayLike | None, n_rows: int) -> NDArray[np.intp]:
    """Fold of each row, images of one content together; without contents each by itself."""
    codes = np.arange(n_rows)
    if content is not None:
        labels = np.array(as_labels(np.asarray(content, dtype=object)))
        if len(np.unique(labels)) > 1:
            codes = np.unique(labels, return_inverse=True)[1]
    return deal_folds(codes, MOST_FOLDS)


def _predict(X: NDArray[np.float64], labels: NDArray[np.intp], new: NDArray[np.float64]) -> NDArray[np.intp]:
    """Assign new rows by a linear discriminant whose covariance is shrunk towards a multiple of the identity."""
    present, codes = np.unique(labels, return_inverse=True)
    centres = average_parts(X, codes)
    deviations = X - centres[codes]
    covariance = deviations.T @ deviations / len(X)
    floor = RELATIVE_FLOOR * float(X.var(axis=0).mean()) + 1e-200
    factor = whiten_scatter(covariance, shrinkage=SHRINKAGE, floor=floor)
    return present[measure_distances(new @ factor, centres @ factor).argmin(axis=1)]
