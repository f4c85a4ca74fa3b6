"""Fingerprint values -> comparable columns."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from forensic_style.errors import ParameterError

SMALLEST_SCALE = 1e-7  # relative to the column's largest value: below is rounding of float32, not variation


class FingerprintScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Square roots of shares, then columns of mean 0 and variance 1, clipped.

    The Euclidean distance of square roots of shares is Hellinger's, which does not let full bins drown the others.

    Parameters
    ----------
    shares : boolean array, shape (n_columns,), or None
        Columns that are shares of a histogram; negative values in them count as 0. None for none.
    clip : float
        Largest magnitude after scaling, standard deviations.

    Attributes
    ----------
    mean_, scale_ : float64 arrays, shape (n_columns,)
        After the square root. A column without variation has scale 1, so it becomes 0.
    """

    def __init__(self, shares: ArrayLike | None = None, *, clip: float = 4.0) -> None:
        self.shares = shares
        self.clip = clip

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Learn mean and scale of each column of X, shape (n_rows, n_columns)."""
        if not self.clip > 0:
            raise ParameterError(f"The clip of FingerprintScaler must be above 0. Got {self.clip!r} instead.")
        rows = self._take_roots(validate_data(self, X, dtype=np.float64))
        self.mean_ = rows.mean(axis=0)
        scale = rows.std(axis=0)
        still = scale <= SMALLEST_SCALE * np.maximum(np.abs(rows).max(axis=0), 1e-300)
        self.scale_ = np.where(still, 1.0, scale)
        self.mean_ = np.where(still, rows[0], self.mean_)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Scale the rows of X. Returns a float64 array of the same shape, -clip..clip."""
        check_is_fitted(self)
        rows = self._take_roots(validate_data(self, X, dtype=np.float64, reset=False))
        return np.clip((rows - self.mean_) / self.scale_, -self.clip, self.clip)

    def _take_roots(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.shares is None:
            return X
        shares = np.asarray(self.shares, dtype=bool)
        if shares.shape != (X.shape[1],):
            message = f"FingerprintScaler knows {shares.size} columns and got {X.shape[1]}. Use the same columns."
            raise ParameterError(message)
        return np.where(shares, np.sqrt(np.maximum(X, 0.0)), X)
