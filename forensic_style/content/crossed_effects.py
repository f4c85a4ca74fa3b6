"""Mixed model equations of styles crossed with contents and covariates, on plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

RATIOS = np.concatenate([np.exp2(np.arange(-6.0, 14.5, 0.5)), [1e9]])  # within over between; the last: no effect
UNKNOWN = -1  # the code of a row without label
MOST_SWEEPS = 10
SMALLEST_REST = 1e-12  # of a column's squares: less is rounding


@dataclass(frozen=True)
class Effects:
    """Effects of contents and covariates beside given styles.

    Parameters
    ----------
    cost : minus twice the restricted log-likelihood in Harville's form, which is comparable between partitions, up to
        a constant, summed over columns
    contents : float64 array, shape (n_contents, n_columns)
    slopes : float64 array, shape (n_covariates, n_columns)
    content_ratios : float64 array, shape (n_columns,), variance within over variance between contents
    slope_ratios : float64 array, shape (n_covariates, n_columns), variance within over variance of the slope
    """

    cost: float
    contents: Floats
    slopes: Floats
    content_ratios: Floats
    slope_ratios: Floats

    def spread(self, codes: Codes, covariates: Floats) -> Floats:
        """What the effects add to each row, shape (n_rows, n_columns); nothing where the content is unknown."""
        return spread_effects(self.contents, codes) + covariates @ self.slopes


@dataclass(frozen=True)
class _Absorbed:
    """The equations with contents and styles eliminated, for each content ratio of :data:`RATIOS`.

    Parameters
    ----------
    system : float64 array, shape (n_ratios, n_covariates, n_covariates)
    right : float64 array, shape (n_ratios, n_covariates, n_columns)
    rest : float64 array, shape (n_ratios, n_columns), squares left
    determinants : float64 array, shape (n_ratios,)
    freedom : rows less styles
    floor : float64 array, shape (n_columns,), squares that count as none
    """

    system: Floats
    right: Floats
    rest: Floats
    determinants: Floats
    freedom: int
    floor: Floats

    def weigh(self, places: Codes, ratios: Floats) -> Floats:
        """Cost of each column at a content ratio (its place in the grid) and ratios of the slopes.

        Parameters
        ----------
        places : integer array, shape (..., n_columns)
        ratios : float64 array, shape (..., n_columns, n_covariates)
        """
        columns = np.arange(self.rest.shape[1])
        rest, determinants = self.rest[places, columns], self.determinants[places]
        if ratios.shape[-1]:
            system = self.system[places] + ratios[..., None] * np.eye(ratios.shape[-1])
            right = self.right[places, :, columns]
            rest = rest - (np.linalg.solve(system, right[..., None])[..., 0] * right).sum(axis=-1)
            determinants = determinants + np.linalg.slogdet(system)[1] - np.log(ratios).sum(axis=-1)
        return self.freedom * np.log(np.maximum(rest, self.floor) / self.freedom) + determinants


def estimate_effects(X: Floats, codes: Codes, styles: Codes, covariates: Floats) -> Effects:
    """Best linear predictions of the effects given the styles, at the best variance ratios of each column.

    Every row is x = style[s] + content[c] + covariates @ slopes + noise. Styles are fixed effects, contents random
    ones of one variance per column, and each slope is random with a variance of its own per column. Henderson's
    equations with the contents eliminated first: what is left to solve has n_styles + n_covariates unknowns.

    Parameters
    ----------
    X : float64 array, shape (n_rows, n_columns), columns of mean zero
    codes : integer array, shape (n_rows,), the content of each row, -1 where unknown
    styles : integer array, shape (n_rows,), 0 to n_styles - 1
    covariates : float64 array, shape (n_rows, n_covariates), columns of mean zero and variance one; may be none

    Source
    ------
    Henderson, "Best linear unbiased estimation and prediction under a selection model", Biometrics 31, 1975 (mixed
    model equations); Patterson and Thompson, Biometrika 58, 1971 (restricted likelihood); Harville, Biometrika 61,
    1974 (its form that is comparable between fixed effects). A variance per slope: "automatic relevance
    determination", MacKay, 1994. The ratios are searched on a grid, one at a time until none changes.
    """
    n_styles = int(styles.max()) + 1
    fixed = np.hstack([np.eye(n_styles)[styles], covariates])
    joint, content_sums = sum_contents(fixed, codes), sum_contents(X, codes)
    counts = count_contents(codes)
    whole, right = fixed.T @ fixed, fixed.T @ X
    whole[np.arange(n_styles), np.arange(n_styles)] += 1e-8 * len(X)
    absorbed = _absorb(X, counts, joint, content_sums, whole, right, n_styles)
    places, ratios, cost = _search_ratios(absorbed, X.shape[1], covariates.shape[1])
    effects = np.zeros((len(counts), X.shape[1]))
    slopes = np.zeros((covariates.shape[1], X.shape[1]))
    for column, (place, penalty) in enumerate(zip(places, ratios, strict=True)):
        weights = 1.0 / (counts + RATIOS[place])
        system = whole - (joint.T * weights) @ joint + np.diag(np.concatenate([np.zeros(n_styles), penalty]))
        solution = np.linalg.solve(system, right[:, column] - (joint.T * weights) @ content_sums[:, column])
        effects[:, column] = weights * (content_sums[:, column] - joint @ solution)
        slopes[:, column] = solution[n_styles:]
    return Effects(float(cost.sum()), effects, slopes, RATIOS[places], ratios.T)


def _absorb(
    X: Floats, counts: Floats, joint: Floats, content_sums: Floats, whole: Floats, right: Floats, n_styles: int
) -> _Absorbed:
    n, n_columns, n_covariates = *X.shape, len(whole) - n_styles
    squares = (X**2).sum(axis=0)
    sizes_determinant = np.log(np.maximum(whole.diagonal()[:n_styles], 1.0)).sum()  # makes partitions comparable
    systems, rights = (
        np.empty((len(RATIOS), n_covariates, n_covariates)),
        np.empty((len(RATIOS), n_covariates, n_columns)),
    )
    rests, determinants = np.empty((len(RATIOS), n_columns)), np.empty(len(RATIOS))
    for place, ratio in enumerate(RATIOS):
        weights = 1.0 / (counts + ratio)
        system, sums = whole - (joint.T * weights) @ joint, right - (joint.T * weights) @ content_sums
        of_styles, across = system[:n_styles, :n_styles], system[:n_styles, n_styles:]
        means = np.linalg.solve(of_styles, np.hstack([sums[:n_styles], across]))
        rests[place] = squares - weights @ content_sums**2 - (means[:, :n_columns] * sums[:n_styles]).sum(axis=0)
        rights[place] = sums[n_styles:] - across.T @ means[:, :n_columns]
        systems[place] = system[n_styles:, n_styles:] - across.T @ means[:, n_columns:]
        determinants[place] = np.log1p(counts / ratio).sum() + np.linalg.slogdet(of_styles)[1] - sizes_determinant
    return _Absorbed(systems, rights, rests, determinants, max(1, n - n_styles), SMALLEST_REST * (squares + 1e-280))


def _search_ratios(absorbed: _Absorbed, n_columns: int, n_covariates: int) -> tuple[Codes, Floats, Floats]:
    """Place of the content's ratio in the grid, ratios of the slopes, and cost, of each column."""
    grid = np.arange(len(RATIOS))[:, None]
    places = np.full(n_columns, len(RATIOS) - 1)
    ratios = np.full((n_columns, n_covariates), RATIOS[-1])
    cost = np.full(n_columns, np.inf)
    for _ in range(MOST_SWEEPS):
        costs = absorbed.weigh(np.broadcast_to(grid, (len(RATIOS), n_columns)), ratios[None])
        places = costs.argmin(axis=0)
        for covariate in range(n_covariates):
            tried = np.repeat(ratios[None], len(RATIOS), axis=0)
            tried[:, :, covariate] = RATIOS[:, None]
            costs = absorbed.weigh(np.broadcast_to(places, (len(RATIOS), n_columns)), tried)
            ratios[:, covariate] = RATIOS[costs.argmin(axis=0)]
        best = costs.min(axis=0)
        if n_covariates == 0 or not (best < cost - 1e-9 * np.abs(best)).any():
            return places, ratios, best
        cost = best
    return places, ratios, cost


def count_contents(codes: Codes) -> Floats:
    """Rows of each content, shape (n_contents,)."""
    return np.bincount(codes[codes != UNKNOWN]).astype(np.float64)


def sum_contents(X: Floats, codes: Codes) -> Floats:
    """Sum of the rows of each content, shape (n_contents, n_columns). Rows of unknown content count nowhere."""
    known = np.flatnonzero(codes != UNKNOWN)
    n_contents = int(codes.max(initial=UNKNOWN)) + 1
    member = csr_array((np.ones(len(known)), (codes[known], known)), shape=(n_contents, len(X)))
    return np.asarray(member @ X)


def spread_effects(effects: Floats, codes: Codes) -> Floats:
    """The effect of each row's content, zero where it is unknown."""
    known = codes != UNKNOWN
    spread = np.zeros((len(codes), effects.shape[1]))
    spread[known] = effects[codes[known]]
    return spread
