"""ContentAdjuster: removes what the content explains, without removing style."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from forensic_style.errors import ParameterError
from forensic_style.partition import as_labels, partition, refine_partition

_RATIOS = np.concatenate([np.exp2(np.arange(-6.0, 9.0, 0.5)), [1e9]])  # within over between; the last: no effect
_STARTS = (0.0, 0.5, 0.75, 0.9, 1.0)  # shares of the content's mean taken off before the first partition
_NO_CONTENT = -1


class ContentAdjuster(TransformerMixin, BaseEstimator):
    """Remove content effects beside an unknown style, by a crossed two-way model.

    Every row is x = mean + style[s] + content[c] + noise with the style s unknown. Content effects are random with a
    variance of their own in every column, so that a content seen on few rows is hardly believed. Plain centring per
    content is the limit of infinite variance and no style; it removes the style along with the content wherever
    the mix of styles differs between contents.

    Styles and effects are found by turns, until no row changes its style: partition the adjusted rows, then estimate
    the effects given the partition. The turns start from the rows less 0, 50, 75, 90 and 100 % of their content's
    mean, since the right share depends on how skewed the mix of styles is; the start whose end has the largest
    restricted likelihood wins.

    Parameters
    ----------
    n_styles : int
        Styles assumed while the effects are estimated.
    max_rounds : int
        Turns at most.

    Attributes
    ----------
    contents_ : array, shape (n_contents,), the labels seen
    effects_ : float64 array, shape (n_contents, n_columns), mean zero over the rows
    ratios_ : float64 array, shape (n_columns,)
        Estimated variance within over variance between contents; 1e9 where content explains nothing.
    styles_ : integer array, shape (n_rows,), the partition that the effects were estimated beside
    connected_ : bool
        False where contents and the styles found fall apart into blocks that share nothing: then style and content
        cannot be told apart between blocks. True does not prove the contrary where the styles were not given: with one
        style per content the likelihood prefers to call the style content, and finds other styles in the noise.
    n_rounds_ : int

    Source
    ------
    Henderson, "Best linear unbiased estimation and prediction under a selection model", Biometrics 31, 1975 (mixed
    model equations); Patterson and Thompson, Biometrika 58, 1971 (restricted likelihood); Harville, Biometrika 61,
    1974 (its form that is comparable between fixed effects); connectedness of two-way layouts: Searle, "Linear
    models", 1971, section 7.4. The latent style: alternation as in k-means.
    """

    def __init__(self, n_styles: int = 2, *, max_rounds: int = 20) -> None:
        self.n_styles = n_styles
        self.max_rounds = max_rounds

    def fit(
        self, X: ArrayLike, y: Any = None, *, content: ArrayLike | None = None, style: ArrayLike | None = None
    ) -> Self:
        """Estimate the content effects.

        Parameters
        ----------
        X : array, shape (n_rows, n_columns)
        content : labels, shape (n_rows,), None or "" where unknown; None for no labels at all: nothing is removed
        style : labels, shape (n_rows,), where the styles are known after all
        """
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64)
        self._check()
        self.contents_, codes = _encode(content, len(rows))
        self.effects_ = np.zeros((len(self.contents_), rows.shape[1]))
        self.ratios_ = np.full(rows.shape[1], _RATIOS[-1])
        self.n_rounds_ = 0
        if style is not None:
            self.styles_ = np.unique(np.asarray(style), return_inverse=True)[1]
            if len(self.styles_) != len(rows):
                message = f"There are {len(rows)} rows and {len(self.styles_)} style labels. Give one label per row."
                raise ParameterError(message)
        else:
            self.styles_ = np.zeros(len(rows), dtype=np.intp)
        if len(self.contents_) > 1:
            self._fit_effects(rows, codes, latent=style is None)
        self.connected_ = _is_connected(codes, self.styles_)
        return self

    def transform(self, X: ArrayLike, *, content: ArrayLike | None = None) -> NDArray[np.float64]:
        """Subtract the content effects. Rows of unknown content stay as they are.

        Returns
        -------
        float64 array of the shape of X.
        """
        check_is_fitted(self)
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64, reset=False)
        labels = [] if content is None else _as_text(content, len(rows))
        if not labels or len(self.contents_) < 2:
            return rows.copy()
        known = {label: code for code, label in enumerate(self.contents_)}
        codes = np.array([known.get(label, _NO_CONTENT) for label in labels], dtype=np.intp)
        return rows - _spread(self.effects_, codes)

    def fit_transform(
        self, X: ArrayLike, y: Any = None, *, content: ArrayLike | None = None, style: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Estimate the content effects and subtract them from the same rows."""
        return self.fit(X, y, content=content, style=style).transform(X, content=content)

    def _check(self) -> None:
        for name in ("n_styles", "max_rounds"):
            value = getattr(self, name)
            if not value >= 1:
                raise ParameterError(f"{name} of ContentAdjuster must be at least 1. Got {value!r} instead.")

    def _fit_effects(self, X: NDArray[np.float64], codes: NDArray[np.intp], *, latent: bool) -> None:
        X = X - X.mean(axis=0)  # moves no effect, and the sums of squares lose nothing to rounding
        if latent:
            n_styles = min(self.n_styles, len(np.unique(X, axis=0)))
            means = _spread(_average_contents(X, codes), codes)
            ends = [self._alternate(X, codes, partition(X - share * means, n_styles)) for share in _STARTS]
        else:
            ends = [(*_estimate_effects(X, codes, self.styles_), self.styles_, 1)]
        _, effects, ratios, styles, n_rounds = min(ends, key=lambda end: end[0])
        known = codes[codes != _NO_CONTENT]
        self.effects_ = effects - effects[known].mean(axis=0)
        self.ratios_, self.styles_, self.n_rounds_ = ratios, styles, n_rounds

    def _alternate(
        self, X: NDArray[np.float64], codes: NDArray[np.intp], styles: NDArray[np.intp]
    ) -> tuple[float, NDArray[np.float64], NDArray[np.float64], NDArray[np.intp], int]:
        n_rounds = 0
        while True:
            n_rounds += 1
            cost, effects, ratios = _estimate_effects(X, codes, styles)
            moved = refine_partition(X - _spread(effects, codes), styles)
            if n_rounds >= self.max_rounds or np.array_equal(moved, styles):
                return cost, effects, ratios, styles, n_rounds
            styles = moved


def _as_text(content: ArrayLike, n_rows: int) -> list[str]:
    """Labels as text, "" where unknown."""
    labels = as_labels(np.asarray(content, dtype=object).ravel())
    if len(labels) != n_rows:
        raise ParameterError(f"There are {n_rows} rows and {len(labels)} content labels. Give one label per row.")
    return labels


def _encode(content: ArrayLike | None, n_rows: int) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
    """Sorted labels, and the code of each row, -1 where unknown."""
    if content is None:
        return np.array([], dtype=str), np.full(n_rows, _NO_CONTENT, dtype=np.intp)
    labels = np.array(_as_text(content, n_rows), dtype=str)
    contents = np.unique(labels[labels != ""])
    codes = np.where(labels == "", _NO_CONTENT, np.searchsorted(contents, labels))
    return contents, codes


def _spread(effects: NDArray[np.float64], codes: NDArray[np.intp]) -> NDArray[np.float64]:
    """The effect of each row's content, zero where it is unknown."""
    return np.where((codes == _NO_CONTENT)[:, None], 0.0, effects[codes])


def _sum_contents(X: NDArray[np.float64], codes: NDArray[np.intp], n_contents: int) -> NDArray[np.float64]:
    sums = np.zeros((n_contents, X.shape[1]))
    known = codes != _NO_CONTENT
    np.add.at(sums, codes[known], X[known])
    return sums


def _average_contents(X: NDArray[np.float64], codes: NDArray[np.intp]) -> NDArray[np.float64]:
    counts = np.bincount(codes[codes != _NO_CONTENT])
    return _sum_contents(X, codes, len(counts)) / counts[:, None]


def _estimate_effects(
    X: NDArray[np.float64], codes: NDArray[np.intp], styles: NDArray[np.intp]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Best linear predictions of the content effects given the styles, at the best variance ratio of each column.

    Henderson's equations with the contents eliminated: only a system of n_styles unknowns is solved per ratio.

    Returns
    -------
    cost : minus twice the restricted log-likelihood in Harville's form, which is comparable between partitions, up to
        a constant, summed over columns
    effects : float64 array, shape (n_contents, n_columns)
    ratios : float64 array, shape (n_columns,)
    """
    n, n_columns = X.shape
    n_contents, n_styles = int(codes.max()) + 1, int(styles.max()) + 1
    member = np.eye(n_styles)[styles]
    counts = np.bincount(codes[codes != _NO_CONTENT], minlength=n_contents).astype(np.float64)
    style_sums, content_sums = member.T @ X, _sum_contents(X, codes, n_contents)
    joint = _sum_contents(member, codes, n_contents).T
    squares = (X**2).sum(axis=0)
    sizes_determinant = np.log(np.maximum(member.sum(axis=0), 1.0)).sum()  # makes partitions comparable (Harville)
    costs = np.full(n_columns, np.inf)
    effects, ratios = np.zeros((n_contents, n_columns)), np.zeros(n_columns)
    for ratio in _RATIOS:
        weights = 1.0 / (counts + ratio)
        system = np.diag(member.sum(axis=0) + 1e-8 * n) - (joint * weights) @ joint.T
        means = np.linalg.solve(system, style_sums - (joint * weights) @ content_sums)
        predicted = weights[:, None] * (content_sums - joint.T @ means)
        rest = squares - (means * style_sums).sum(axis=0) - (predicted * content_sums).sum(axis=0)
        variance = np.maximum(rest, 1e-12 * (squares + 1e-300)) / max(1, n - n_styles)
        determinants = np.log1p(counts / ratio).sum() + np.linalg.slogdet(system)[1] - sizes_determinant
        cost = (n - n_styles) * np.log(variance + 1e-300) + determinants
        better = cost < costs
        costs[better], ratios[better], effects[:, better] = cost[better], ratio, predicted[:, better]
    return float(costs.sum()), effects, ratios


def _is_connected(codes: NDArray[np.intp], styles: NDArray[np.intp]) -> bool:
    """Whether styles and contents, joined where they occur together, hang together."""
    known = codes != _NO_CONTENT
    if len(np.unique(codes[known])) < 2 or len(np.unique(styles)) < 2:
        return True
    contents, style_codes = codes[known], styles[known] + codes.max() + 1
    n_nodes = int(style_codes.max()) + 1
    graph = coo_array((np.ones(len(contents)), (contents, style_codes)), shape=(n_nodes, n_nodes))
    _, blocks = connected_components(graph, directed=False)
    return len(np.unique(blocks[style_codes])) == 1
