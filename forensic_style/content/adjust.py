"""ContentAdjuster: removes what the content explains, without removing style."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from forensic_style.clusters.partition import as_labels, average_parts, measure_distances, partition, refine_partition
from forensic_style.content.crossed_effects import (
    RATIOS,
    UNKNOWN,
    Codes,
    Effects,
    Floats,
    count_contents,
    estimate_effects,
    spread_effects,
    sum_contents,
)
from forensic_style.errors import ParameterError

_STARTS = (0.0, 0.5, 0.75, 0.9, 1.0)  # shares of what content explains alone taken off before the first partition
_LARGEST_TREE = 2000  # rows that the tree of a start is grown from: its memory grows with their square


class ContentAdjuster(TransformerMixin, BaseEstimator):
    """Remove content effects beside an unknown style, by a crossed two-way model.

    Every row is x = mean + style[s] + content[c] + covariates @ slopes + noise with the style s unknown. Content
    effects are random with a variance of their own in every column, so that a content seen on few rows is hardly
    believed. Plain centring per content is the limit of infinite variance and no style; it removes the style along
    with the content wherever the mix of styles differs between contents. Covariates (brightness, sharpness, size)
    are content in numbers: each slope is random too, so that a covariate that explains nothing is hardly believed,
    and what goes with the style stays.

    Styles and effects are found by turns, until no row changes its style: partition the adjusted rows, then estimate
    the effects given the partition. The turns start from the rows less 0, 50, 75, 90 and 100 % of what contents and
    covariates explain without any style, since the right share depends on how skewed the mix of styles is; the start
    whose end has the largest restricted likelihood wins.

    Parameters
    ----------
    n_styles : int
        Styles assumed while the effects are estimated; more where more are known.
    max_rounds : int
        Turns at most.

    Attributes
    ----------
    contents_ : array, shape (n_contents,), the labels seen
    effects_ : float64 array, shape (n_contents, n_columns), mean zero over the rows
    ratios_ : float64 array, shape (n_columns,)
        Estimated variance within over variance between contents; 1e9 where content explains nothing.
    covariate_means_, covariate_scales_ : float64 arrays, shape (n_covariates,), of the known values
    slopes_ : float64 array, shape (n_covariates, n_columns), per standard deviation of the covariate
    slope_ratios_ : float64 array, shape (n_covariates, n_columns)
        Estimated variance within over variance of the slope; 1e9 where the covariate explains nothing.
    styles_ : integer array, shape (n_rows,), the partition that the effects were estimated beside
    connected_ : bool
        False where contents and the styles found fall apart into blocks that share nothing: then style and content
        cannot be told apart between blocks. True does not prove the contrary where the styles were not given: with one
        style per content the likelihood prefers to call the style content, and finds other styles in the noise. See
        :func:`forensic_style.content.confounding.judge_confounding`, which asks more.
    n_rounds_ : int

    The order of the rows changes no bit of any of these.

    Source
    ------
    :func:`forensic_style.content.crossed_effects.estimate_effects` for the effects; connectedness of two-way layouts:
    Searle, "Linear models", 1971, section 7.4. The latent style: alternation as in k-means. Over 2,000 rows, the
    partitions to start from are Ward's of 2,000 of them, spread evenly over the values of the first column.
    """

    def __init__(self, n_styles: int = 2, *, max_rounds: int = 20) -> None:
        self.n_styles = n_styles
        self.max_rounds = max_rounds

    def fit(
        self,
        X: ArrayLike,
        y: Any = None,
        *,
        content: ArrayLike | None = None,
        style: ArrayLike | None = None,
        covariates: ArrayLike | None = None,
    ) -> Self:
        """Estimate the content effects.

        Parameters
        ----------
        X : array, shape (n_rows, n_columns)
        content : labels, shape (n_rows,), None or "" where unknown; None for no labels at all
        style : labels, shape (n_rows,), where the styles are known after all; None, "" or a negative number for rows
            whose style is to be found. Known rows keep their style.
        covariates : array, shape (n_rows, n_covariates), numbers that describe the content, NaN where unknown

        With fewer than two contents and no covariates, nothing is removed.
        """
        rows: Floats = validate_data(self, X, dtype=np.float64)
        self._check()
        self.contents_, codes = _encode(content, len(rows))
        if len(self.contents_) < 2:
            codes = np.full(len(rows), UNKNOWN, dtype=np.intp)
        known = _encode_styles(style, len(rows))
        numbers = _as_numbers(covariates, len(rows))
        order = np.lexsort([*numbers.T[::-1], known, codes, *rows.T[::-1]])
        rows, codes, known, numbers = rows[order], codes[order], known[order], numbers[order]
        self.covariate_means_, self.covariate_scales_ = _measure_covariates(numbers)
        styles = self._fit_effects(rows - rows.mean(axis=0), codes, known, self._standardize(numbers))
        self.connected_ = _is_connected(codes, styles)
        self.styles_ = styles[np.argsort(order)]
        return self

    def transform(
        self, X: ArrayLike, *, content: ArrayLike | None = None, covariates: ArrayLike | None = None
    ) -> Floats:
        """Subtract the effects. Unknown contents and unknown covariates subtract nothing.

        Returns
        -------
        float64 array of the shape of X.
        """
        check_is_fitted(self)
        rows: Floats = validate_data(self, X, dtype=np.float64, reset=False)
        adjusted = rows.copy()
        labels = [] if content is None else _as_text(content, len(rows))
        if labels and len(self.contents_) > 1:
            known = {label: code for code, label in enumerate(self.contents_)}
            codes = np.array([known.get(label, UNKNOWN) for label in labels], dtype=np.intp)
            adjusted -= spread_effects(self.effects_, codes)
        if covariates is not None:
            adjusted -= self._standardize(_as_numbers(covariates, len(rows))) @ self.slopes_
        return adjusted

    def fit_transform(
        self,
        X: ArrayLike,
        y: Any = None,
        *,
        content: ArrayLike | None = None,
        style: ArrayLike | None = None,
        covariates: ArrayLike | None = None,
    ) -> Floats:
        """Estimate the effects and subtract them from the same rows."""
        fitted = self.fit(X, y, content=content, style=style, covariates=covariates)
        return fitted.transform(X, content=content, covariates=covariates)

    def _check(self) -> None:
        for name in ("n_styles", "max_rounds"):
            value = getattr(self, name)
            if not value >= 1:
                raise ParameterError(f"{name} of ContentAdjuster must be at least 1. Got {value!r} instead.")

    def _standardize(self, numbers: Floats) -> Floats:
        """Covariates of mean zero and variance one; zero, the mean, where unknown."""
        if numbers.shape[1] != len(self.covariate_means_):
            raise ParameterError(
                f"ContentAdjuster knows {len(self.covariate_means_)} covariates and got {numbers.shape[1]}. "
                "Give the ones that it was fitted with."
            )
        return np.nan_to_num((numbers - self.covariate_means_) / self.covariate_scales_, nan=0.0)

    def _fit_effects(self, X: Floats, codes: Codes, known: Codes, covariates: Floats) -> Codes:
        """Learn from centred rows, whose sums of squares lose nothing to rounding; return their styles."""
        n_contents, n_columns = len(self.contents_), X.shape[1]
        self.effects_, self.ratios_ = np.zeros((n_contents, n_columns)), np.full(n_columns, RATIOS[-1])
        self.slopes_ = np.zeros((covariates.shape[1], n_columns))
        self.slope_ratios_ = np.full(self.slopes_.shape, RATIOS[-1])
        styles, self.n_rounds_ = np.maximum(known, 0), 0
        if n_contents < 2 and not covariates.any():
            return styles
        if (known == UNKNOWN).any():
            explained = _explain_alone(X, codes, covariates)
            starts = [self._start(X - share * explained, known) for share in _STARTS]
            ends = [self._alternate(X, codes, covariates, start, known) for start in starts]
            effects, styles, self.n_rounds_ = min(ends, key=lambda end: end[0].cost)
        else:
            effects, self.n_rounds_ = estimate_effects(X, codes, known, covariates), 1
        if n_contents > 1:
            self.effects_ = effects.contents - effects.contents[codes[codes != UNKNOWN]].mean(axis=0)
            self.ratios_ = effects.content_ratios
        self.slopes_, self.slope_ratios_ = effects.slopes, effects.slope_ratios
        return styles

    def _start(self, X: Floats, known: Codes) -> Codes:
        """Partition sorted rows, from some of them where there are many, or about known styles where there are any."""
        n_known = int(known.max()) + 1
        sample = X[np.linspace(0, len(X) - 1, min(len(X), _LARGEST_TREE)).astype(np.intp)]
        n_styles = min(max(self.n_styles, n_known), len(np.unique(sample, axis=0)))
        styles = partition(sample, n_styles)
        if len(sample) < len(X):
            styles = measure_distances(X, average_parts(sample, styles)).argmin(axis=1)
            styles = refine_partition(X, np.unique(styles, return_inverse=True)[1])
        return styles if n_known == 0 else _start_from_known(X, styles, known)

    def _alternate(
        self, X: Floats, codes: Codes, covariates: Floats, styles: Codes, known: Codes
    ) -> tuple[Effects, Codes, int]:
        n_rounds = 0
        while True:
            n_rounds += 1
            effects = estimate_effects(X, codes, styles, covariates)
            moved = _move(X - effects.spread(codes, covariates), styles, known)
            if n_rounds >= self.max_rounds or np.array_equal(moved, styles):
                return effects, styles, n_rounds
            styles = moved


def _move(X: Floats, styles: Codes, known: Codes) -> Codes:
    """Bring rows to the nearest style, but for those whose style is known."""
    if (known == UNKNOWN).all():
        return refine_partition(X, styles)
    moved = measure_distances(X, average_parts(X, styles)).argmin(axis=1)
    return np.where(known == UNKNOWN, moved, known)


def _start_from_known(X: Floats, styles: Codes, known: Codes) -> Codes:
    """Bring rows to the nearest mean: of the known styles, and of the parts in which these do not lie."""
    labelled = known != UNKNOWN
    n_known = int(known.max()) + 1
    counts = np.zeros((n_known, max(n_known, int(styles.max()) + 1)))
    np.add.at(counts, (known[labelled], styles[labelled]), 1.0)
    others = ~np.isin(styles, linear_sum_assignment(-counts)[1])
    centres = average_parts(X[labelled], known[labelled])
    if others.any():
        centres = np.vstack([centres, average_parts(X[others], np.unique(styles[others], return_inverse=True)[1])])
    return np.where(labelled, known, measure_distances(X, centres).argmin(axis=1))


def _explain_alone(X: Floats, codes: Codes, covariates: Floats) -> Floats:
    """What content means and the slopes within contents explain of centred rows, without any style."""
    counts = count_contents(codes)[:, None]
    slopes = np.linalg.lstsq(
        covariates - _average(covariates, codes, counts), X - _average(X, codes, counts), rcond=1e-9
    )
    sloped = covariates @ slopes[0]
    return sloped + _average(X - sloped, codes, counts)


def _average(X: Floats, codes: Codes, counts: Floats) -> Floats:
    """Mean of each row's content; zero where it is unknown."""
    return spread_effects(sum_contents(X, codes) / np.maximum(counts, 1.0), codes)


def _as_text(content: ArrayLike, n_rows: int) -> list[str]:
    """Labels as text, "" where unknown."""
    labels = as_labels(np.asarray(content, dtype=object).ravel())
    if len(labels) != n_rows:
        raise ParameterError(f"There are {n_rows} rows and {len(labels)} content labels. Give one label per row.")
    return labels


def _encode(content: ArrayLike | None, n_rows: int) -> tuple[NDArray[np.str_], Codes]:
    """Sorted labels, and the code of each row, -1 where unknown."""
    if content is None:
        return np.array([], dtype=str), np.full(n_rows, UNKNOWN, dtype=np.intp)
    labels = np.array(_as_text(content, n_rows), dtype=str)
    contents = np.unique(labels[labels != ""])
    codes = np.where(labels == "", UNKNOWN, np.searchsorted(contents, labels))
    return contents, codes


def _encode_styles(style: ArrayLike | None, n_rows: int) -> Codes:
    """The code of each row's style, -1 where unknown."""
    if style is None:
        return np.full(n_rows, UNKNOWN, dtype=np.intp)
    given = np.asarray(style, dtype=object).ravel()
    if len(given) != n_rows:
        raise ParameterError(f"There are {n_rows} rows and {len(given)} style labels. Give one label per row.")
    named = [None if isinstance(label, int | np.integer) and label < 0 else label for label in given]
    return _encode(np.array(named, dtype=object), n_rows)[1]


def _as_numbers(covariates: ArrayLike | None, n_rows: int) -> Floats:
    """Covariates as an array of shape (n_rows, n_covariates), NaN where unknown."""
    if covariates is None:
        return np.zeros((n_rows, 0))
    try:
        numbers = np.asarray(covariates, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"The covariates are not numbers: {error}. Give numbers, NaN where unknown.") from error
    if numbers.ndim != 2 or len(numbers) != n_rows:
        raise ParameterError(
            f"There are {n_rows} rows and the covariates have shape {numbers.shape}. Give an array of one row per row "
            "and one column per covariate."
        )
    if np.isinf(numbers).any():
        raise ParameterError("The covariates hold infinite values. Give finite numbers, NaN where unknown.")
    return numbers


def _measure_covariates(numbers: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the known values of each column; 0 and 1 where none is known."""
    known = ~np.isnan(numbers)
    counts = np.maximum(known.sum(axis=0), 1)
    means = np.where(known, numbers, 0.0).sum(axis=0) / counts
    scales = np.sqrt((np.where(known, numbers - means, 0.0) ** 2).sum(axis=0) / counts)
    return means, np.where(scales > 1e-12 * np.abs(means), scales, 1.0)


def _is_connected(codes: Codes, styles: Codes) -> bool:
    """Whether styles and contents, joined where they occur together, hang together."""
    known = codes != UNKNOWN
    if len(np.unique(codes[known])) < 2 or len(np.unique(styles)) < 2:
        return True
    contents, style_codes = codes[known], styles[known] + codes.max() + 1
    n_nodes = int(style_codes.max()) + 1
    graph = coo_array((np.ones(len(contents)), (contents, style_codes)), shape=(n_nodes, n_nodes))
    _, blocks = connected_components(graph, directed=False)
    return len(np.unique(blocks[style_codes])) == 1
