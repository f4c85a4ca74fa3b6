"""Fingerprints -> the rows that every method is given: standardized, clipped, in a few principal components."""

from __future__ import annotations

from collections.abc import Callable

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
    return learn_centres(X, content)(X, content)


def learn_centres(
    X: NDArray[np.float64], content: ArrayLike | None
) -> Callable[[NDArray[np.float64], ArrayLike | None], NDArray[np.float64]]:
    """How to subtract the content means of these rows from others; of unknown contents the mean of all."""
    contents, codes = encode_contents(content, len(X))
    known = codes >= 0
    means = np.vstack([average_parts(X[known], codes[known]).reshape(-1, X.shape[1]), X.mean(axis=0)])

    def centre(rows: NDArray[np.float64], content: ArrayLike | None) -> NDArray[np.float64]:
        centred: NDArray[np.float64] = rows - means[encode_contents(content, len(rows), contents=contents)[1]]
        return centred  # -1 is the last: unknown

    return centre


def encode_contents(
    content: ArrayLike | None, n_rows: int, *, contents: NDArray[np.str_] | None = None
) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
    """Number labels.

    Parameters
    ----------
    content : labels, shape (n_rows,), None or "" where unknown; None for no labels at all
    n_rows : that there must be
    contents : those to number by, sorted; None for those that are found

    Returns
    -------
    contents : array of str, shape (n_contents,), sorted
    codes : integer array, shape (n_rows,), number of each row's content; -1 where unknown or none of `contents`
    """
    labels = np.full(n_rows, "", dtype=str)
    if content is not None:
        labels = np.array(as_labels(np.asarray(content, dtype=object).ravel()), dtype=str)
    if len(labels) != n_rows:
        raise ParameterError(f"There are {n_rows} rows and {len(labels)} content labels. Give one label per row.")
    if contents is None:
        contents = np.unique(labels[labels != ""])
    if not len(contents):
        return contents, np.full(n_rows, -1, dtype=np.intp)
    places = np.minimum(np.searchsorted(contents, labels), len(contents) - 1)
    return contents, np.where(contents[places] == labels, places, -1)
