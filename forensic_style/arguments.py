"""What a user may give to the pipeline: labels, numbers and limits, read and checked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forensic_style.clusters.clustering import LINKAGES
from forensic_style.clusters.partition import is_whole
from forensic_style.errors import ParameterError, TableError
from forensic_style.table import FingerprintTable

MOST_COVARIATES = 6  # each is estimated beside all others: the time grows fast


def read_numbers(table: FingerprintTable, columns: Sequence[str]) -> NDArray[np.float64] | None:
    """Columns of numbers of the manifest, shape (n_images, n_columns), NaN where blank; None for no columns.

    Raises
    ------
    TableError
        where a column is missing, or holds anything else.
    """
    if not columns:
        return None
    numbers = np.full((len(table.images), len(columns)), np.nan)
    for place, column in enumerate(columns):
        for row, (path, text) in enumerate(zip(table.paths, table.read_labels(column), strict=True)):
            if text:
                numbers[row, place] = _read_number(text, column, path)
    return numbers


def _read_number(text: str, column: str, path: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = np.inf
    if np.isinf(number):
        raise TableError(f"{text!r} in the column {column!r} is no number ({path}). Correct it, or leave it blank.")
    return number


def read_covariates(table: FingerprintTable, covariates: ArrayLike | None) -> NDArray[np.float64] | None:
    """Numbers to be explained away, shape (n_images, n_covariates), NaN where unknown; None for none."""
    if covariates is None:
        return None
    try:
        numbers = np.asarray(covariates, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"Covariates must be numbers, a row per image: {error}.") from error
    numbers = numbers[:, None] if numbers.ndim == 1 else numbers
    if numbers.ndim != 2 or len(numbers) != len(table.images) or np.isinf(numbers).any():
        raise ParameterError(
            f"There are {len(table.images)} images and covariates of shape {numbers.shape}. Give a row per image, in "
            "the order of table.paths, of finite numbers or NaN."
        )
    if numbers.shape[1] > MOST_COVARIATES:
        raise ParameterError(
            f"There are {numbers.shape[1]} covariates. Give at most {MOST_COVARIATES}, those that matter most."
        )
    return numbers


def check_arguments(table: FingerprintTable, n_clusters: int | None, linkage: str) -> None:
    """Make sure that there is something to cluster, and that it can be clustered so.

    Raises
    ------
    TableError, ParameterError
        where it cannot.
    """
    if not isinstance(table, FingerprintTable):
        raise ParameterError(
            f"cluster takes a FingerprintTable, as extract gives it. Got {type(table).__name__} instead."
        )
    n_images = len(table.images)
    if n_images == 0:
        reasons = ", ".join(sorted({image.reason for image in table.skipped})) or "the input is empty"
        raise TableError(f"None of the {len(table.skipped)} files could be measured ({reasons}): skipped.csv says why.")
    if n_clusters is not None and not is_whole(n_clusters):
        raise ParameterError(f"n_clusters must be a whole number, or None to test for it. Got {n_clusters!r} instead.")
    if n_clusters is not None and not 1 <= n_clusters <= n_images:
        raise ParameterError(
            f"{n_clusters} clusters cannot be made of the {n_images} images that were measured. "
            f"Ask for 1 to {n_images}, or for auto."
        )
    if linkage not in LINKAGES:
        raise ParameterError(f"The linkage must be one of {', '.join(LINKAGES)}. Got {linkage!r} instead.")


def check_measured(table: FingerprintTable) -> None:
    """Make sure that some image has some of the chosen families."""
    if table.missing.all():
        names = ", ".join(family.name for family in table.families)
        what = "they exist for JPEG files only, and there are none. " if table.families[0].needs_jpeg else ""
        raise TableError(f"None of the images has the families {names}: {what}Choose others.")
