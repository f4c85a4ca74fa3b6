"""Placing rows between two parts by what others teach."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.partition import average_parts, partition

N_FOLDS = 5
SHRINKAGE = 0.3  # of the discriminant's covariance towards a multiple of the identity
RELATIVE_FLOOR = 1e-6


def project_across(
    X: NDArray[np.float64],
    parts: NDArray[np.intp],
    folds: NDArray[np.intp],
    *,
    cut: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Place every row between two parts by a discriminant learnt on the other folds.

    Parameters
    ----------
    X : float64 array, shape (n_rows, n_columns)
    parts : integer array of 0 and 1, shape (n_rows,)
    folds : integer array, shape (n_rows,)
    cut : float64 array, shape (n_rows, any), of which the other folds are cut in two anew; None to take their parts as
        they are

    Returns
    -------
    float64 array, shape (n_rows,): -1 at the centre of part 0, 1 at that of part 1, 0 halfway.
    """
    places = np.zeros(len(X))
    for fold in range(int(folds.max()) + 1):
        train, test = folds != fold, folds == fold
        known = parts[train] if cut is None else partition(cut[train], 2)
        if cut is not None and (known == parts[train]).mean() < 0.5:
            known = 1 - known
        if test.any() and 0 < known.sum() < len(known):
            places[test] = _discriminate(X[train], known, X[test])
    return places


def deal_rows(n_rows: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Fold of each row, 0 to 4, at random."""
    return rng.permutation(n_rows) % N_FOLDS


def _discriminate(X: NDArray[np.float64], parts: NDArray[np.intp], new: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear discriminant with a shrunken covariance, scaled to -1 and 1 at the centres."""
    centres = average_parts(X, parts)
    deviations = X - centres[parts]
    covariance = deviations.T @ deviations / len(X)
    level = SHRINKAGE * np.trace(covariance) / len(covariance) + RELATIVE_FLOOR * X.var(axis=0).mean() + 1e-200
    direction = np.linalg.solve((1 - SHRINKAGE) * covariance + level * np.eye(len(covariance)), centres[1] - centres[0])
    middle = centres.mean(axis=0)
    return (new - middle) @ direction / max(float((centres[1] - middle) @ direction), 1e-300)
