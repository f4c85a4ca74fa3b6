"""LinearConditionalAutoencoder: centre per content, then principal components."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from forensic_style.baselines.rows import encode_contents
from forensic_style.clusters.partition import average_parts, is_whole
from forensic_style.errors import ParameterError


class LinearConditionalAutoencoder(TransformerMixin, BaseEstimator):
    """The conditional autoencoder with a linear encoder and a linear decoder that is told the content, in closed form.

    With c the indicator of the content, min over z, W, B of sum |x - W z - B c|^2 needs no descent: whatever W z is,
    the best B c is the mean of x - W z in each content, so that z has only the deviations from the content means to
    explain, and their leading principal components do that best (Eckart and Young). Without contents it is plain
    principal components, the linear autoencoder of Baldi and Hornik.

    Parameters
    ----------
    n_components : int
        Length of the code, at most; fewer where there are fewer rows or columns.

    Attributes
    ----------
    contents_ : array of str, shape (n_contents,), the labels seen
    means_ : float64 array, shape (n_contents, n_columns), B
    mean_ : float64 array, shape (n_columns,), of all rows: stands in for the mean of contents that are unknown
    components_ : float64 array, shape (n_kept, n_columns), W transposed: orthonormal rows, those of most variance first

    Source
    ------
    Eckart and Young, "The approximation of one matrix by another of lower rank", Psychometrika 1, 1936; Baldi and
    Hornik, "Neural networks and principal component analysis", Neural Networks 2, 1989.
    """

    def __init__(self, n_components: int = 10) -> None:
        self.n_components = n_components

    def fit(self, X: ArrayLike, y: Any = None, *, content: ArrayLike | None = None) -> Self:
        """Learn the means of contents and the components.

        Parameters
        ----------
        X : array, shape (n_rows, n_columns)
        content : labels, shape (n_rows,), None or "" where unknown; None for no labels at all
        """
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64)
        if not (is_whole(self.n_components) and self.n_components >= 1):
            message = f"n_components must be a whole number of at least 1. Got {self.n_components!r} instead."
            raise ParameterError(message)
        self.contents_, codes = encode_contents(content, len(rows))
        self.mean_ = rows.mean(axis=0)
        self.means_ = average_parts(rows[codes >= 0], codes[codes >= 0])
        deviations = rows - self._predict_means(codes)
        _, _, axes = np.linalg.svd(deviations, full_matrices=False)
        axes = axes[: self.n_components]
        self.components_ = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
        return self

    def transform(self, X: ArrayLike, *, content: ArrayLike | None = None) -> NDArray[np.float64]:
        """Encode rows, shape (n_rows, n_kept). Contents that are unknown or were not seen count as the mean of all."""
        check_is_fitted(self)
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64, reset=False)
        codes = encode_contents(content, len(rows), contents=self.contents_)[1]
        return (rows - self._predict_means(codes)) @ self.components_.T

    def fit_transform(self, X: ArrayLike, y: Any = None, *, content: ArrayLike | None = None) -> NDArray[np.float64]:
        """Learn from rows and encode them."""
        return self.fit(X, y, content=content).transform(X, content=content)

    def inverse_transform(self, code: ArrayLike, *, content: ArrayLike | None = None) -> NDArray[np.float64]:
        """Decode, given the content: float64 array, shape (n_rows, n_columns)."""
        check_is_fitted(self)
        z = np.asarray(code, dtype=np.float64)
        codes = encode_contents(content, len(z), contents=self.contents_)[1]
        return z @ self.components_ + self._predict_means(codes)

    def _predict_means(self, codes: NDArray[np.intp]) -> NDArray[np.float64]:
        return np.vstack([self.means_.reshape(-1, len(self.mean_)), self.mean_])[codes]  # -1 is the last: unknown
