"""Which images of a large set keep their windows, and what the others keep instead: one mean row.

A million images cannot keep every window, and need not: how far windows of one image scatter is learnt from a sample.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forensic_style.errors import ParameterError
from forensic_style.table import FingerprintTable

MOST_SEARCHED = 6000  # images: up to here every image keeps its windows, and the search sees all of them
MEAN_ROW = -1  # the window number of a mean row


def choose_share(n_inputs: int, *, most: int = MOST_SEARCHED) -> float:
    """The share of images whose windows are kept: the largest power of 1/2 that gives at most `most` of the inputs.

    Samples are nested: with more inputs images leave the sample, and none joins it, so nothing is measured again.

    >>> choose_share(6000), choose_share(6001), choose_share(1_000_000)
    (1.0, 0.5, 0.00390625)
    """
    if most < 1:
        raise ParameterError(f"The sample must be of at least 1 image. Got {most!r} instead.")
    share = 1.0
    while n_inputs * share > most:
        share /= 2
    return share


def is_sampled(sha256: str, share: float) -> bool:
    """Whether an image belongs to the sample: its SHA-256 says so, whatever its name and its neighbours."""
    return int(sha256[:8], 16) < share * 2**32


def average_windows(values: ArrayLike, shares: ArrayLike) -> NDArray[np.float32]:
    """The mean row of an image: standardized, it is the mean of its standardized windows (but for their clip).

    Parameters
    ----------
    values : array, shape (n_windows, n_columns)
    shares : boolean array, shape (n_columns,), columns that are shares of a histogram. Their roots are what is
        compared, so the mean is the square of the mean root

    Returns
    -------
    float32 array, shape (n_columns,)

    >>> average_windows([[0.04, 1.0], [0.36, 2.0]], [True, False]).round(4).tolist()
    [0.1599999964237213, 1.5]
    """
    rows = np.asarray(values, dtype=np.float64)
    mask = np.asarray(shares, dtype=bool)
    roots = np.where(mask, np.sqrt(np.maximum(rows, 0.0)), rows).mean(axis=0)
    return np.where(mask, roots**2, roots).astype(np.float32)


def average_images(table: FingerprintTable, chosen: NDArray[np.bool_]) -> FingerprintTable:
    """The same table with one mean row in place of the windows of the chosen images, shape (n_images,)."""
    if not chosen.any():
        return table
    ends = np.cumsum(table.count_windows())
    values, windows, counts = [], [], []
    for image, start, end, is_chosen in zip(table.images, [0, *ends[:-1]], ends, chosen, strict=True):
        if is_chosen and table.windows[start, 0] != MEAN_ROW:
            values.append(average_windows(table.values[start:end], table.shares)[None])
            windows.append(np.array([[MEAN_ROW, 0, 0, image.rows, image.columns]], dtype=np.int32))
        else:
            values.append(table.values[start:end])
            windows.append(table.windows[start:end])
        counts.append(len(values[-1]))
    groups = np.repeat(np.arange(len(counts)), counts)
    return replace(table, values=np.concatenate(values), windows=np.concatenate(windows), groups=groups)
