"""Confidence of images of which only the mean row is known, learnt from those that have windows too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from sklearn.isotonic import IsotonicRegression

from forensic_style.clusters.partition import measure_distances
from forensic_style.large.partition import ROWS

FEWEST_OF_CLUSTER = 50  # images from which on a cluster is learnt by itself
MOST_MARGIN = 700.0  # larger ones say no more: exp(-700) is next to nothing


def measure_margins(
    X: NDArray[np.float32], labels: NDArray[np.int32], centres: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Log-odds of each row's own cluster against all others, clusters taken as Gaussians of a common variance.

    Parameters
    ----------
    X : float32 array, shape (n_rows, n_columns)
    labels : integer array, shape (n_rows,); rows of -1 get 0
    centres : float64 array, shape (n_clusters, n_columns)
    spread : float64 array, shape (n_columns,), variances

    Returns
    -------
    float32 array, shape (n_rows,), within -700..700; 700 where there is one cluster.
    """
    margins = np.empty(len(X), dtype=np.float32)
    scales = np.sqrt(spread)
    for start in range(0, len(X), ROWS):
        part = slice(start, start + ROWS)
        logits = -measure_distances(X[part] / scales, centres / scales) / 2
        rows, own = np.arange(len(logits)), labels[part]
        mine = logits[rows, own]
        logits[rows, own] = -np.inf
        others = logsumexp(logits, axis=1) if logits.shape[1] > 1 else np.full(len(logits), -np.inf)
        margins[part] = np.where(own < 0, 0.0, np.clip(mine - others, -MOST_MARGIN, MOST_MARGIN))
    return margins


@dataclass(frozen=True, eq=False)
class ConfidenceScale:
    """What confidence images of a margin have: a rising function for each cluster.

    Confidence is the posterior averaged over an image's windows, times the share of draws in which it keeps its
    cluster. Of a mean row neither is known. But both rise with its margin, and images with windows show how: the mean
    confidence of those whose mean row says as much.

    Source
    ------
    Calibration by isotonic regression: Zadrozny and Elkan, "Transforming classifier scores into accurate multiclass
    probability estimates", KDD 2002.
    """

    of_clusters: Mapping[int, Any]
    of_all: Any

    @classmethod
    def learn(
        cls, margins: NDArray[np.float32], labels: NDArray[np.int32], confidences: NDArray[np.float64]
    ) -> ConfidenceScale:
        """Learn from images whose confidence is known; those of no cluster (-1) take no part."""
        inside = labels >= 0
        if not inside.any():
            return cls({}, None)
        numbers, counts = np.unique(labels[inside], return_counts=True)
        own = {
            int(number): _fit(margins[labels == number], confidences[labels == number])
            for number, count in zip(numbers, counts, strict=True)
            if count >= FEWEST_OF_CLUSTER
        }
        return cls(own, _fit(margins[inside], confidences[inside]))

    def read(self, margins: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.float32]:
        """Confidence of each image, float32, 0..1; 0 for images of no cluster."""
        found = np.zeros(len(margins), dtype=np.float32)
        for number in np.unique(labels[labels >= 0]).tolist():
            chosen = labels == number
            scale = self.of_clusters.get(number, self.of_all)
            found[chosen] = 0.0 if scale is None else scale.predict(margins[chosen])
        return found


def _fit(margins: NDArray[np.float32], confidences: NDArray[np.float64]) -> Any:
    return IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(margins, confidences)
