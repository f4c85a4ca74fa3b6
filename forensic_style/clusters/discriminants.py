"""Telling known parts of a matrix apart: a shrunken linear discriminant, and one that also learns from the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from forensic_style.clusters.partition import average_parts, measure_distances

SHRINKAGE = 0.3  # weight of a multiple of the identity in the covariance within parts
PENALTY = 0.0015  # on the squared weights of maximize_information, whose rows have mean square length 1
LABELLED = 0.5  # weight of what is known against what is not
MOST_STEPS = 200


def whiten_within(X: NDArray[np.float64], labels: NDArray[np.intp], *, shrinkage: float = SHRINKAGE) -> Any:
    """A square matrix W such that the rows of X @ W have a shrunken covariance within their parts of identity.

    Parameters
    ----------
    X : float64 array, shape (n_rows, n_columns)
    labels : integer array, shape (n_rows,), the part of each
    shrinkage : weight of a multiple of the identity, 0..1

    Returns
    -------
    float64 array, shape (n_columns, n_columns); the identity where nothing varies within parts.
    """
    deviations = X - average_parts(X, labels)[labels]
    covariance = deviations.T @ deviations / max(1, len(X) - len(np.unique(labels)))
    level = float(np.trace(covariance)) / len(covariance)
    if level <= 0:
        return np.eye(len(covariance))
    return whiten_scatter(covariance, shrinkage=shrinkage, floor=1e-9 * level)


def whiten_scatter(covariance: NDArray[np.float64], *, shrinkage: float, floor: float) -> NDArray[np.float64]:
    """A square matrix W such that rows of this covariance, shrunk, have the identity once multiplied by it.

    Parameters
    ----------
    covariance : float64 array, shape (n_columns, n_columns)
    shrinkage : weight of the multiple of the identity that has the same trace, 0..1
    floor : added to every variance, above 0 where the covariance may vanish

    Returns
    -------
    float64 array, shape (n_columns, n_columns), W W' = ((1 - shrinkage) S + (shrinkage tr S / p + floor) I)^-1.

    Source
    ------
    Friedman, "Regularized discriminant analysis", JASA 84, 1989, equation 18.
    """
    level = float(np.trace(covariance)) / len(covariance)
    shrunk = (1 - shrinkage) * covariance + (shrinkage * level + floor) * np.eye(len(covariance))
    whitening: NDArray[np.float64] = np.linalg.inv(np.linalg.cholesky(shrunk)).T
    return whitening


def weigh_parts(
    X: NDArray[np.float64], labels: NDArray[np.intp], new: NDArray[np.float64], *, n_parts: int
) -> NDArray[np.float64]:
    """Posterior of each part for new rows, by Gaussians of a common shrunken covariance, equally likely beforehand.

    Parameters
    ----------
    X, labels : rows and their parts, 0 to n_parts - 1; a part without rows has posterior 0
    new : float64 array, shape (n_new, n_columns)

    Returns
    -------
    float64 array, shape (n_new, n_parts), 0..1, rows sum to 1.

    Source
    ------
    Fisher 1936; shrinkage of the covariance: Friedman, "Regularized discriminant analysis", JASA 84, 1989.
    """
    present, codes = np.unique(labels, return_inverse=True)
    whitening = whiten_within(X, codes)
    logits = np.full((len(new), n_parts), -np.inf)
    logits[:, present] = -measure_distances(new @ whitening, average_parts(X, codes) @ whitening) / 2
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def maximize_information(
    X: NDArray[np.float64], known: NDArray[np.intp], start: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Linear boundaries that pass between the rows: few rows in doubt, parts of like size, known rows on their side.

    A multinomial logistic model p(part | row) is fitted to `start`, then to: mean entropy of p over the rows that are
    not known, less the entropy of the mean of p, less half the mean log-likelihood of the known rows, plus a penalty on
    the squared weights.

    Parameters
    ----------
    X : float64 array, shape (n_rows, n_columns); wide directions count for more, because weights cost
    known : integer array, shape (n_rows,), part of each row, -1 where not known
    start : integer array, shape (n_rows,), a partition into parts 0 to n_parts - 1

    Returns
    -------
    float64 array, shape (n_rows, n_parts), p for every row.

    Source
    ------
    Krause, Perona, Gomes, "Discriminative clustering by regularized information maximization", NIPS 2010, equation 5
    and section 5 (known rows). Differs from the paper: the start is given.
    """
    n_parts = int(start.max()) + 1
    scale = np.sqrt((X**2).sum(axis=1).mean())
    rows = np.column_stack([X / (scale if scale > 0 else 1.0), np.ones(len(X))])
    is_known, target = known >= 0, np.eye(n_parts)

    def fit_start(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logs, p = _predict(rows, weights.reshape(-1, n_parts))
        cost = -float(logs[np.arange(len(rows)), start].mean())
        return _penalize(cost, rows.T @ (p - target[start]) / len(rows), weights)

    def fit_all(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logs, p = _predict(rows, weights.reshape(-1, n_parts))
        cost, slope = _measure_doubt(logs, p, ~is_known)
        by_logit = p * (slope - (slope * p).sum(axis=1, keepdims=True))
        if is_known.any():
            wanted = known[is_known]
            cost -= LABELLED * float(logs[is_known, wanted].mean())
            by_logit[is_known] += LABELLED * (p[is_known] - target[wanted]) / is_known.sum()
        return _penalize(cost, rows.T @ by_logit, weights)

    weights: Any = np.zeros(rows.shape[1] * n_parts)
    for fit in (fit_start, fit_all):
        weights = scipy.optimize.fmin_l_bfgs_b(fit, weights, maxiter=MOST_STEPS)[0]
    return _predict(rows, weights.reshape(-1, n_parts))[1]


def _predict(
    rows: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logarithms of p, and p."""
    logits = rows @ weights
    logits -= logits.max(axis=1, keepdims=True)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return logs, np.exp(logs)


def _measure_doubt(
    logs: NDArray[np.float64], p: NDArray[np.float64], unknown: NDArray[np.bool_]
) -> tuple[float, NDArray[np.float64]]:
    """Mean entropy of the unknown rows less the entropy of the mean, and its derivative by p."""
    log_mean = np.log(p.mean(axis=0) + 1e-12)
    cost = float((p.mean(axis=0) * log_mean).sum())
    slope = np.tile((log_mean + 1) / len(p), (len(p), 1))
    if unknown.any():
        cost -= float((p[unknown] * logs[unknown]).sum() / unknown.sum())
        slope[unknown] -= (logs[unknown] + 1) / unknown.sum()
    return cost, slope


def _penalize(
    cost: float, slope: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Add the price of the weights, the constant's (the last row) left out."""
    matrix = weights.reshape(slope.shape).copy()
    matrix[-1] = 0.0
    return cost + PENALTY / 2 * float((matrix**2).sum()), (slope + PENALTY * matrix).ravel()
