"""Families that go with the content or the size of the files, and the search without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.search.family_shares import Codes, FamilyShares, Floats, measure_shares
from forensic_style.search.styles import StylesFound, find_styles
from forensic_style.table import FamilyRecord

SUSPECT = 0.9  # share that content or confounds alone explain, whatever the style, from which a family is doubted
FEWEST_IMAGES = 20  # below which no family is doubted
GAIN = 0.02  # evidence that leaving families out has to add
SMALLEST_SPREAD = 1e-6  # of a confound, in doublings: less is none


@dataclass(frozen=True)
class SoundStyles:
    """The outcome of a search that may have left families out.

    Parameters
    ----------
    found : the search
    left_out : shares of the families left out; their columns have no part in what was found
    """

    found: StylesFound
    left_out: tuple[FamilyShares, ...]

    def name_kept(self, families: Sequence[FamilyRecord]) -> list[str]:
        """Names of the families that were not left out."""
        gone = {share.family for share in self.left_out}
        return [family.name for family in families if family.name not in gone]


def find_sound_styles(
    standardized: Floats,
    groups: Codes,
    families: Sequence[FamilyRecord],
    *,
    confounds: Floats | None = None,
    content: NDArray[np.object_] | None = None,
    unreplicated: NDArray[np.bool_] | None = None,
    **asked: Any,
) -> SoundStyles:
    """Search for styles, and once more without the suspects, if there are any; keep what has more evidence.

    Parameters
    ----------
    standardized, groups, content, unreplicated : as for :func:`forensic_style.search.styles.find_styles`
    families : whose columns these are, in order
    confounds : as for :func:`suspect_families`
    asked : the other parameters of the search

    Returns
    -------
    SoundStyles. The first search stands where it or the second finds a single cluster, which has nothing to be weighed
    against.
    """
    found = find_styles(standardized, groups, content=content, unreplicated=unreplicated, **asked)
    most = found.best.evidence.score + GAIN
    if found.best.clustering.n_clusters_ < 2 or most > 1:
        return SoundStyles(found, ())
    suspects = suspect_families(standardized, groups, families, content=content, confounds=confounds)
    gone = {share.family for share in suspects}
    kept = np.repeat([family.name not in gone for family in families], [family.dimension for family in families])
    if not suspects or not standardized[:, kept].any():
        return SoundStyles(found, ())
    of_files = None if unreplicated is None or not unreplicated[kept].any() else unreplicated[kept]
    again = find_styles(standardized[:, kept], groups, content=content, unreplicated=of_files, **asked)
    if again.best.clustering.n_clusters_ < 2 or again.best.evidence.score < most:
        return SoundStyles(found, ())
    return SoundStyles(again, suspects)


def suspect_families(
    standardized: Floats,
    groups: Codes,
    families: Sequence[FamilyRecord],
    *,
    content: NDArray[np.object_] | None = None,
    confounds: Floats | None = None,
) -> tuple[FamilyShares, ...]:
    """The families that go with the content, or with the size of the files, before any style is known.

    A family that is nearly a function of either can lead the search astray: the clusters it makes are as clear as a
    style's. Whether it is one is for the search to say: see :func:`find_sound_styles`. Where styles and sizes fall
    together, the evidence does not grow without them, and they stay.

    Measured: twenty columns that are a function of the size, put beside the fingerprints of six collections, take the
    agreement with the true styles (adjusted Rand index) from 0.75-1.00 down to 0.16-0.79, and leaving them out brings
    it back. In 50 collections and parts of them as they are, a family is suspected in nine; where it is left out, in
    one, the agreement is the same.

    Parameters
    ----------
    standardized, groups, families, content, confounds : as for :func:`measure_shares`. Cubic functions of the confounds
        are compared

    Returns
    -------
    Their shares; none where these are more than half of the families, since then there is no other evidence to go by,
    or where there are fewer than 20 images.
    """
    n_images = int(groups.max()) + 1
    if n_images < FEWEST_IMAGES:
        return ()
    powers = None if confounds is None else _raise(confounds)
    one = np.zeros(n_images, dtype=np.intp)
    shares = measure_shares(standardized, groups, families, one, content=content, confounds=powers)[:-1]
    suspects = tuple(share for share in shares if max(share.content or 0.0, share.confounds) >= SUSPECT)
    return suspects if 2 * len(suspects) <= len(families) else ()


def warn_of_suspects(suspects: Sequence[FamilyShares]) -> tuple[str, ...]:
    """A sentence for each family that was left out."""
    return tuple(
        f"The family {share.family} was left out: {_name_cause(share)} of what differs in it between images, and "
        "without it there is more evidence for the clusters."
        for share in suspects
    )


def _name_cause(share: FamilyShares) -> str:
    if (share.content or 0.0) >= share.confounds:
        return f"the content alone explains {share.content:.0%}"
    return f"the size and bits per pixel of the files alone explain {share.confounds:.0%}"


def _raise(confounds: Floats) -> Floats:
    """First to third powers of standardized columns, shape (n_images, 3 n_confounds)."""
    known = ~np.isnan(confounds)
    counts = np.maximum(known.sum(axis=0), 1)
    centred = confounds - np.where(known, confounds, 0.0).sum(axis=0) / counts
    scales = np.sqrt((np.where(known, centred, 0.0) ** 2).sum(axis=0) / counts)
    scaled = centred / np.where(scales > SMALLEST_SPREAD, scales, np.inf)
    return np.hstack([scaled, scaled**2, scaled**3])
