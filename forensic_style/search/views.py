"""Ways to see a set of images: spaces, and spaces learnt without the windows or contents that judge what is found."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from forensic_style.clusters.partition import average_parts
from forensic_style.search.evidence import fold_contents
from forensic_style.search.replicates import ReplicateSpace

N_DIRECTIONS = 40


@dataclass(frozen=True)
class Nuisances:
    """What each image shows, to be explained away.

    Parameters
    ----------
    content : labels, shape (n_images,), "" where unknown, or None
    covariates : float64 array, shape (n_images, n_covariates), NaN where unknown, or None
    """

    content: NDArray[np.object_] | None = None
    covariates: NDArray[np.float64] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to explain away."""
        return self.content is None and self.covariates is None

    def take(self, images: NDArray[np.intp]) -> Nuisances:
        """Those of some images, which may be named more than once."""
        return Nuisances(
            None if self.content is None else self.content[images],
            None if self.covariates is None else self.covariates[images],
        )

    def leave_content(self) -> Nuisances:
        """The same without the content labels."""
        return replace(self, content=None)


@dataclass(frozen=True)
class Replicates:
    """Windows of images in one space.

    Parameters
    ----------
    windows : float64 array, shape (n_windows, n_columns)
    groups : integer array, shape (n_windows,), the image of each window, 0 to n_images - 1
    images : float64 array, shape (n_images, n_columns), one row per image
    """

    windows: NDArray[np.float64]
    groups: NDArray[np.intp]
    images: NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """Images in one space, and in spaces learnt without what is to judge them.

    Parameters
    ----------
    space : fitted
    rows : all windows
    half : some windows of every image, in a space learnt from them alone
    other : the other windows in that space; may be none
    folds : for each fold of :func:`forensic_style.search.evidence.fold_contents` the images in a space learnt without
    fold_of : integer array, shape (n_images,), the fold of each image
    """

    space: ReplicateSpace
    rows: Replicates
    half: Replicates
    other: Replicates
    folds: tuple[NDArray[np.float64], ...]
    fold_of: NDArray[np.intp]


def take_views(
    standardized: NDArray[np.float64],
    groups: NDArray[np.intp],
    content: NDArray[np.object_] | None,
    unreplicated: NDArray[np.bool_] | None,
) -> tuple[list[View], View]:
    """The ways to see the images, and the one that judges what the others show.

    Columns without replicates stand beside the others in one view and lead them in another; the others alone judge.
    """
    varying = standardized.any(axis=0)
    of_files = np.zeros_like(varying) if unreplicated is None else varying & unreplicated
    if not of_files.any() or not (varying & ~of_files).any():
        view = take_view(ReplicateSpace(N_DIRECTIONS, unreplicated=of_files), standardized, groups, content)
        return [view], view
    views = [
        take_view(ReplicateSpace(N_DIRECTIONS, unreplicated=of_files, leading=leading), standardized, groups, content)
        for leading in (False, True)
    ]
    return views, take_view(ReplicateSpace(N_DIRECTIONS), standardized[:, ~of_files], groups, content)


def take_view(
    space: ReplicateSpace,
    standardized: NDArray[np.float64],
    groups: NDArray[np.intp],
    content: NDArray[np.object_] | None,
) -> View:
    """Learn the space, one from half of the windows (of four quadrants: two across the corner), and without folds."""
    space.fit(standardized, groups=groups)
    place = np.arange(len(groups)) - np.searchsorted(groups, groups)  # of a window within its image
    first = np.isin(place % 4, (0, 3))
    of_half = clone(space).fit(standardized[first], groups=groups[first])
    half = _project(of_half, standardized[first], groups[first])
    other = Replicates(_transform(of_half, standardized[~first]), groups[~first], half.images)
    fold_of = fold_contents(content, int(groups.max()) + 1)
    folds = []
    for fold in range(int(fold_of.max()) + 1):
        train = fold_of[groups] != fold
        learnt = clone(space).fit(standardized[train], groups=groups[train]) if train.any() else space
        folds.append(average_parts(learnt.transform(standardized), groups))
    return View(space, _project(space, standardized, groups), half, other, tuple(folds), fold_of)


def _project(space: ReplicateSpace, standardized: NDArray[np.float64], groups: NDArray[np.intp]) -> Replicates:
    windows = space.transform(standardized)
    return Replicates(windows, groups, average_parts(windows, groups))


def _transform(space: ReplicateSpace, standardized: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows in the space; there may be none."""
    return space.transform(standardized) if len(standardized) else np.empty((0, space.directions_.shape[1]))
