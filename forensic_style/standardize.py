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
        After the square root, of the values that were measured. A column without variation has scale 1, so it
        becomes 0; one that was never measured has mean 0 and scale 1.
    """

    def __init__(self, shares: ArrayLike | None = None, *, clip: float = 4.0) -> None:
        self.shares = shares
        self.clip = clip

    def fit(self, X: ArrayLike, y: Any = None, *, missing: ArrayLike | None = None) -> Self:
        """Learn mean and scale of each column.

        Parameters
        ----------
        X : array, shape (n_rows, n_columns)
        missing : boolean array of the same shape, values that were not measured and teach nothing; None for none
        """
        if not self.clip > 0:
            raise ParameterError(f"The clip of FingerprintScaler must be above 0. Got {self.clip!r} instead.")
        rows = self._take_roots(validate_data(self, X, dtype=np.float64))
        measured: NDArray[np.bool_] = np.array(True)
        if missing is not None:
            absent = _as_mask(missing, rows)
            rows[absent] = 0.0
            measured = ~absent | absent.all(axis=0)  # a column that was never measured: all zeros
        self.mean_ = rows.mean(axis=0, where=measured)
        scale = rows.std(axis=0, where=measured)
        still = scale <= SMALLEST_SCALE * np.maximum(np.abs(rows).max(axis=0), 1e-300)
        first = np.broadcast_to(measured, rows.shape).argmax(axis=0)
        self.scale_ = np.where(still, 1.0, scale)
        self.mean_ = np.where(still, rows[first, np.arange(rows.shape[1])], self.mean_)
        return self

    def transform(self, X: ArrayLike, *, missing: ArrayLike | None = None) -> NDArray[np.float64]:
        """Scale the rows of X, shape (n_rows, n_columns).

        Returns
        -------
        float64 array of the same shape, -clip..clip; 0, the mean, for missing values: they say nothing.
        """
        check_is_fitted(self)
        rows = self._take_roots(validate_data(self, X, dtype=np.float64, reset=False))
        scaled: NDArray[np.float64] = np.clip((rows - self.mean_) / self.scale_, -self.clip, self.clip)
        if missing is not None:
            scaled[_as_mask(missing, scaled)] = 0.0
        return scaled

    def fit_transform(self, X: ArrayLike, y: Any = None, *, missing: ArrayLike | None = None) -> NDArray[np.float64]:
        """Learn mean and scale of each column, and scale the same rows."""
        return self.fit(X, y, missing=missing).transform(X, missing=missing)

    def _take_roots(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.shares is None:
            return X.copy()
        shares = np.asarray(self.shares, dtype=bool)
        if shares.shape != (X.shape[1],):
            message = f"FingerprintScaler knows {shares.size} columns and got {X.shape[1]}. Use the same columns."
            raise ParameterError(message)
        return np.where(shares, np.sqrt(np.maximum(X, 0.0)), X)


def _as_mask(missing: ArrayLike, X: NDArray[np.float64]) -> NDArray[np.bool_]:
    mask = np.asarray(missing, dtype=bool)
    if mask.shape != X.shape:
        raise ParameterError(f"The missing values have shape {mask.shape} and the rows {X.shape}. Give one per value.")
    return mask
