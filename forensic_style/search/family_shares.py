"""What the variation of each family goes with: style, content, properties of the file, or chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.partition import average_parts
from forensic_style.table import FamilyRecord, ImageRecord

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

ALL = "all families"
RANK = 1e-8  # relative to the largest singular value: less is rounding


@dataclass(frozen=True, slots=True)
class FamilyShares:
    """What the variance between images of one family's columns goes with, each 0..1.

    Parameters
    ----------
    family : its name
    style : with the clusters found, beyond what the content explains
    content : with the content, beyond what the clusters explain; None without content labels, or where too few images
        share one
    confounds : with size and bits per pixel of the file, beyond what the clusters explain
    chance : what the scatter of the windows of an image leaves in their mean; 0 where an image has one window, or all
        its windows agree by definition
    """

    family: str
    style: float
    content: float | None
    confounds: float
    chance: float


def measure_shares(
    standardized: Floats,
    groups: Codes,
    families: Sequence[FamilyRecord],
    labels: Codes,
    *,
    content: NDArray[np.object_] | None = None,
    confounds: Floats | None = None,
) -> tuple[FamilyShares, ...]:
    """Split the variance between images of each family's columns by what it goes with.

    Sums of squares of image means over all columns of a family, each factor after the other: what style and content
    explain alike is neither's. From each, what as many factors of chance would explain is taken off (omega squared),
    and what falls below 0 counts as 0.

    Parameters
    ----------
    standardized : float64 array, shape (n_windows, n_columns), comparable columns
    groups : integer array, shape (n_windows,), the image of each window, 0 to n_images - 1
    families : whose columns these are, in order
    labels : integer array, shape (n_images,), the clusters; images of none (-1) are left out
    content : labels, shape (n_images,), "" where unknown, which counts as one content; None for none
    confounds : float64 array, shape (n_images, n_confounds), NaN where unknown; see :func:`list_confounds`

    Returns
    -------
    One for each family, in order, and last one for all columns together, called "all families". All 0 where nothing
    varies between images, or no image is in a cluster.

    Source
    ------
    Sequential sums of squares of a two-way layout: Searle, "Linear models", 1971, section 7.2. Omega squared: Hays,
    "Statistics for psychologists", 1963.
    """
    means = average_parts(standardized, groups)
    n_windows = np.bincount(groups)[:, None]
    scatter = average_parts((standardized - means[groups]) ** 2, groups)
    noise = scatter / np.maximum(n_windows - 1, 1) * (n_windows > 1)  # variance of a mean of windows
    kept = labels >= 0
    layout = _Layout.of(
        labels[kept], None if content is None else content[kept], None if confounds is None else confounds[kept]
    )
    stops = np.cumsum([family.dimension for family in families])
    blocks = [(family.name, slice(stop - family.dimension, stop)) for stop, family in zip(stops, families, strict=True)]
    return tuple(
        layout.share(name, means[kept, block], float(noise[kept, block].sum()))
        for name, block in [*blocks, (ALL, slice(None))]
    )


def list_confounds(images: Sequence[ImageRecord]) -> Floats:
    """Logarithms to base 2 of pixels and of bits per pixel, shape (n_images, 2)."""
    pixels = np.array([max(1, image.rows * image.columns) for image in images], dtype=np.float64)
    n_bits = np.array([max(1, 8 * image.n_bytes) for image in images], dtype=np.float64)
    return np.column_stack([np.log2(pixels), np.log2(n_bits / pixels)])


@dataclass(frozen=True)
class _Layout:
    """Clusters, contents (None: no labels that could be told from chance) and centred confounds of the images."""

    labels: Codes
    contents: Codes | None
    confounds: Floats

    @classmethod
    def of(cls, labels: Codes, content: NDArray[np.object_] | None, confounds: Floats | None) -> _Layout:
        codes = np.unique(labels, return_inverse=True)[1]
        numbers = np.zeros((len(labels), 0)) if confounds is None else confounds
        known = ~np.isnan(numbers)
        centres = np.where(known, numbers, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        centred = np.where(known, numbers - centres, 0.0)
        contents = None if content is None else np.unique(content.astype(str), return_inverse=True)[1]
        if contents is not None:
            n_used = _count(contents) + _count(codes) - 1
            contents = contents if _count(contents) > 1 and n_used < len(labels) else None
        return cls(codes, contents, centred)

    def share(self, family: str, means: Floats, noise: float) -> FamilyShares:
        """Shares of one family from its image means, and the squares that chance leaves in these."""
        rows = means - means.mean(axis=0) if len(means) else means
        total = float((rows**2).sum())
        if total <= 1e-12 * max(1, rows.size):
            return FamilyShares(family, 0.0, None if self.contents is None else 0.0, 0.0, 0.0)
        outer = np.zeros(len(rows), dtype=np.intp) if self.contents is None else self.contents
        style = np.eye(_count(self.labels))[self.labels]
        return FamilyShares(
            family,
            style=_explain(rows, outer, style),
            content=None if self.contents is None else _explain_contents(rows, self.contents, self.labels, style),
            confounds=_explain(rows, self.labels, self.confounds),
            chance=min(1.0, noise / total),
        )


def _explain(rows: Floats, outer: Codes, factor: Floats) -> float:
    """Omega squared of a factor's columns within the groups `outer`."""
    gained, left, n_free = _split(rows, outer, factor)
    return _correct(rows, gained, left, n_free, _count(outer) + n_free)


def _explain_contents(rows: Floats, contents: Codes, labels: Codes, style: Floats) -> float:
    """Omega squared of the contents after the styles, without writing the contents out as columns."""
    _, left, n_free = _split(rows, contents, style)
    gained = float((_centre(rows, labels) ** 2).sum()) - left
    n_used = _count(contents) + n_free
    return _correct(rows, gained, left, n_used - _count(labels), n_used)


def _split(rows: Floats, outer: Codes, factor: Floats) -> tuple[float, float, int]:
    """Squares within groups that a factor's columns explain, those it leaves, and its degrees of freedom there."""
    within, design = _centre(rows, outer), _centre(factor, outer)
    axes, lengths, _ = np.linalg.svd(design, full_matrices=False)
    kept = axes[:, lengths > RANK * max(1.0, lengths.max(initial=0.0))]
    gained = float(((kept.T @ within) ** 2).sum())
    return gained, max(0.0, float((within**2).sum()) - gained), kept.shape[1]


def _correct(rows: Floats, gained: float, left: float, n_free: int, n_used: int) -> float:
    """Share of all squares less what is gained by chance; 0 where no degrees of freedom are left to know that."""
    n_left = len(rows) - n_used
    if n_left < 1:
        return 0.0
    error = left / n_left
    return float(np.clip((gained - n_free * error) / (float((rows**2).sum()) + error), 0.0, 1.0))


def _centre(rows: Floats, codes: Codes) -> Floats:
    return rows - average_parts(rows, codes)[codes]


def _count(codes: Codes) -> int:
    return int(codes.max(initial=-1)) + 1
