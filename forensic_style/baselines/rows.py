"""Fingerprints -> the rows that every method is given: standardized, clipped, in a few principal components."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forensic_style.clusters.partition import as_labels, average_parts
from forensic_style.errors import ParameterError
from forensic_style.standardize import FingerprintScaler

N_COMPONENTS = 30


def prepare_rows(
    X: ArrayLike, *, shares: ArrayLike | None = None, missing: ArrayLike | None = None, n_components: int = N_COMPONENTS
) -> NDArray[np.float64]:
    """Standardize and clip columns, then keep the leading principal components.

    Parameters
    ----------
    X : array, shape (n_rows, n_columns)
    shares, missing : as for :class:`forensic_style.standardize.FingerprintScaler`
    n_components : kept at most

    Returns
    -------
    float64 array, shape (n_rows, n_kept), of mean zero; one column of zeros where all rows are equal.
    """
    scaled = FingerprintScaler(shares).fit_transform(X, missing=missing)
    centred = scaled - scaled.mean(axis=0)
    _, lengths, axes = np.linalg.svd(centred, full_matrices=False)
    n_kept = max(1, min(n_components, int((lengths > 1e-9 * lengths[0]).sum()))) if len(lengths) else 1
    kept = axes[:n_kept]
    signs = np.sign(kept[np.arange(len(kept)), np.abs(kept).argmax(axis=1)])
    rows: NDArray[np.float64] = centred @ (kept * signs[:, None]).T
    return rows


def centre_contents(X: NDArray[np.float64], content: ArrayLike | None) -> NDArray[np.float64]:
    """Subtract from each row the mean of its content; from rows of unknown content the mean of all.

    Returns
    -------
    float64 array of the shape of X. A content of a single row becomes zero: nothing of it is left to cluster.
    """
    if content is None:
        return X - X.mean(axis=0)
    labels = np.array(as_labels(np.asarray(content, dtype=object).ravel()), dtype=str)
    if len(labels) != len(X):
        raise ParameterError(f"There are {len(X)} rows and {len(labels)} content labels. Give one label per row.")
    codes = np.unique(labels, return_inverse=True)[1]
    means = average_parts(X, codes)[codes]
    return X - np.where((labels == "")[:, None], X.mean(axis=0), means)
