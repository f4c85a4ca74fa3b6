"""Replicate space: directions in which images differ far more than their own windows do."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from forensic_style.clusters.partition import average_parts
from forensic_style.errors import ParameterError

MOST_WEIGHED = 10  # leading directions whose separation tells how clear columns without replicates should be
SMALL = 1 / 3  # rows over columns from which Cholesky's factor is faster
FLOOR = 0.01  # added to every variance within images: a column that never varies within one must not decide alone


class ReplicateSpace(TransformerMixin, BaseEstimator):
    """Project rows to the leading directions of scatter between images against scatter within images.

    The windows of one image share their technology and differ in what they show, so what scatters within images is
    content and chance. With S_w the mean covariance within images, shrunk towards its diagonal, and S_b the
    covariance of the image means, the directions solve S_b v = lambda S_w v, scaled so that v' S_w v = 1. (The
    diagonal of S_w gets 0.01 more: a column that never varies within an image must not decide alone.)

    Columns without replicates (`unreplicated`: they describe the file, and are the same in all its windows) say
    nothing about their own scatter within images. They get one common variance within, such that the widest of their
    principal components is as clear as the median of the other columns' directions, or as the clearest of these
    (`leading`). So they count no more for being many and redundant, and rare ones among them stay small.

    Parameters
    ----------
    n_directions : int
        Directions kept, at most; fewer where there are fewer images or columns.
    shrinkage : float, 0..1
        Weight of the diagonal of S_w.
    unreplicated : boolean array, shape (n_columns,), or None
        Columns that cannot vary within an image. None for none.
    leading : bool
        Whether these weigh as much as the clearest direction of the others rather than the median one.

    Attributes
    ----------
    mean_ : float64 array, shape (n_columns,)
    directions_ : float64 array, shape (n_columns, n_kept); the sign makes the largest entry positive
    separation_ : float64 array, shape (n_kept,)
        lambda, decreasing: about 1 / m where images of m windows differ no more than their own windows do, because
        the mean of m windows has that share of their variance. Far larger by chance where there are more columns
        than windows: then it proves nothing by itself.

    Source
    ------
    Fisher's discriminant with images as classes (Fisher 1936); the use of replicates to know the nuisance follows
    Hotelling's canonical variates. Where no image has two rows, S_w is the diagonal of the total covariance and the
    directions are principal components of the standardized columns. Blocks of columns weighed by their first
    eigenvalue: multiple factor analysis (Escofier and Pages 1994).
    """

    def __init__(
        self,
        n_directions: int = 10,
        *,
        shrinkage: float = 0.2,
        unreplicated: ArrayLike | None = None,
        leading: bool = False,
    ) -> None:
        self.n_directions = n_directions
        self.shrinkage = shrinkage
        self.unreplicated = unreplicated
        self.leading = leading

    def fit(self, X: ArrayLike, y: Any = None, *, groups: ArrayLike | None = None) -> Self:
        """Learn the directions.

        Parameters
        ----------
        X : array, shape (n_rows, n_columns), standardized columns
        groups : array, shape (n_rows,), or None
            The image of each row; None where each row is an image of its own.
        """
        self._check()
        means, deviations = _split_scatter(validate_data(self, X, dtype=np.float64), groups)
        self.mean_ = means.mean(axis=0)
        centred = means - self.mean_
        mask = self._read_mask(len(self.mean_))
        whitening = _Whitening(np.where(mask, 0.0, deviations), self.shrinkage)
        if mask.any() and len(means) > 1:
            separation = self._choose_separation(centred[:, ~mask], whitening.apply(centred)[:, ~mask])
            variance = _measure_widest(centred[:, mask]) / separation or 1.0  # still columns: any variance does
            whitening.scale_apart(mask, variance)
        elif mask.any():
            whitening.scale_apart(mask, 1.0)
        _, lengths, axes = np.linalg.svd(whitening.apply(centred), full_matrices=False)
        n_kept = max(1, min(self.n_directions, len(means) - 1, len(lengths)))
        self.separation_ = lengths[:n_kept] ** 2 / max(1, len(means) - 1)
        directions = whitening.pull_back(axes[:n_kept])
        self.directions_ = directions * _choose_signs(directions)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Project rows. Returns a float64 array, shape (n_rows, n_kept), in standard deviations within images."""
        check_is_fitted(self)
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64, reset=False)
        return (rows - self.mean_) @ self.directions_

    def fit_transform(self, X: ArrayLike, y: Any = None, *, groups: ArrayLike | None = None) -> NDArray[np.float64]:
        """Learn the directions and project the same rows."""
        return self.fit(X, y, groups=groups).transform(X)

    def _read_mask(self, n_columns: int) -> NDArray[np.bool_]:
        if self.unreplicated is None:
            return np.zeros(n_columns, dtype=bool)
        mask = np.asarray(self.unreplicated, dtype=bool)
        if mask.shape != (n_columns,):
            message = f"ReplicateSpace knows {mask.size} columns and got {n_columns}. Use the same columns."
            raise ParameterError(message)
        return mask

    def _choose_separation(self, centred: NDArray[np.float64], whitened: NDArray[np.float64]) -> float:
        """Median or largest lambda of the leading directions of the columns with replicates; 1 where there are none."""
        if not centred.any():
            return 1.0
        lengths = scipy.linalg.svdvals(whitened)
        kept = lengths[: min(MOST_WEIGHED, len(centred) - 1)] ** 2
        return float(kept.max() if self.leading else np.median(kept)) / (len(centred) - 1)

    def _check(self) -> None:
        if self.n_directions < 1:
            message = f"n_directions of ReplicateSpace must be at least 1. Got {self.n_directions!r} instead."
            raise ParameterError(message)
        if not 0 <= self.shrinkage <= 1:
            message = f"The shrinkage of ReplicateSpace must be in 0..1. Got {self.shrinkage!r} instead."
            raise ParameterError(message)


class _Whitening:
    """A square matrix K with K K' = S^-1 for S = (1 - shrinkage) D'D + shrinkage diag(D'D) + FLOOR.

    D holds the scaled deviations of rows from their image. With far fewer rows than columns, K = G^-1/2 (I + E'E)^-1/2,
    where G is the diagonal part of S and E = D G^-1/2 but for its weight, needs only the small matrix E E'. Otherwise
    Cholesky's factor of S is inverted, which is faster from a third as many rows as columns on.
    """

    def __init__(self, deviations: NDArray[np.float64], shrinkage: float) -> None:
        variances = (deviations**2).sum(axis=0)
        self._scale = 1.0 / np.sqrt(shrinkage * variances + FLOOR)
        self._rest = deviations * (np.sqrt(1 - shrinkage) * self._scale)
        self._factor: NDArray[np.float64] | None = None
        if len(deviations) < SMALL * deviations.shape[1]:
            squares, self._axes = np.linalg.eigh(self._rest @ self._rest.T)
            squares = np.maximum(squares, 0.0)
            self._weights = 1.0 / (np.sqrt(1 + squares) * (1 + np.sqrt(1 + squares)))  # (1 - (1 + s)^-1/2) / s
        else:
            self._factor = scipy.linalg.cholesky(np.eye(len(variances)) + self._rest.T @ self._rest, lower=True)

    def apply(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows times K."""
        scaled = rows * self._scale
        if self._factor is not None:
            return scipy.linalg.solve_triangular(self._factor, scaled.T, lower=True).T
        return scaled - self._shorten(scaled)

    def pull_back(self, axes: NDArray[np.float64]) -> NDArray[np.float64]:
        """K times the axes, which are the rows; shape (n_columns, n_axes)."""
        if self._factor is not None:
            turned = scipy.linalg.solve_triangular(self._factor.T, axes.T, lower=False).T
        else:
            turned = axes - self._shorten(axes)
        return (turned * self._scale).T

    def scale_apart(self, mask: NDArray[np.bool_], variance: float) -> None:
        """Give the columns in the mask, whose deviations are 0, this variance."""
        self._scale = np.where(mask, 1.0 / np.sqrt(variance), self._scale)

    def _shorten(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        return ((scaled @ self._rest.T @ self._axes) * self._weights @ self._axes.T) @ self._rest


def _split_scatter(X: NDArray[np.float64], groups: ArrayLike | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means of the images, and deviations D from them, scaled so that D'D is the mean covariance within."""
    codes = np.arange(len(X)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if len(codes) != len(X):
        raise ParameterError(f"There are {len(X)} rows and {len(codes)} groups. Give one group per row.")
    means = average_parts(X, codes)
    n_spare = len(X) - len(means)
    if n_spare == 0:
        return means, np.diag(X.std(axis=0))
    return means, (X - means[codes]) / np.sqrt(n_spare)


def _measure_widest(centred: NDArray[np.float64]) -> float:
    """Variance of the rows along their first principal component."""
    return float(np.linalg.norm(centred, 2) ** 2) / (len(centred) - 1)


def _choose_signs(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    largest = np.abs(directions).argmax(axis=0)
    return np.where(directions[largest, np.arange(directions.shape[1])] < 0, -1.0, 1.0)
