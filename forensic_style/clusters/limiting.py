"""Limits of distance, so that a few rows far away do not decide where the others are parted."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data


class NormLimiter(TransformerMixin, BaseEstimator):
    """Pull rows farther from the mean than the median row back to that distance, along their own direction.

    Technologies of few tones scatter over long distances, and a sum of squares then splits one of them rather than
    tell two others apart. The direction in which a row lies is kept.

    Attributes
    ----------
    centre_ : float64 array, shape (n_columns,), the mean row
    reach_ : float, median distance from it
    """

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Learn centre and reach from X, shape (n_rows, n_columns)."""
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64)
        self.centre_ = rows.mean(axis=0)
        self.reach_ = float(np.median(np.linalg.norm(rows - self.centre_, axis=1)))
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Limit the rows. Returns a float64 array of the same shape, centred on 0."""
        check_is_fitted(self)
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64, reset=False) - self.centre_
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        factors = self.reach_ / np.maximum(lengths, 1e-300)
        return rows * np.minimum(1.0, factors)
