"""How far the clusters found can be trusted: images of none, what is found again, other numbers, each axis alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forensic_style.clusters.stability import NumberConsidered, consider_numbers, measure_stabilities
from forensic_style.clusters.strangers import find_strangers
from forensic_style.content.adjust import ContentAdjuster
from forensic_style.search.axes import CrossedAxes, cross_axes
from forensic_style.search.consensus import draw_consensus
from forensic_style.search.styles import StylesFound
from forensic_style.search.views import Nuisances
from forensic_style.table import FamilyRecord

NONE = -1
MOST_DIRECTIONS = 10  # in which an image can be odd


@dataclass(frozen=True)
class Trust:
    """What speaks for and against clusters.

    Parameters
    ----------
    labels : integer array, shape (n_images,), the clusters, -1 for images that belong to none
    agreement : float64 array, shape (n_images,), share of the draws of images and families in which an image keeps
        its cluster, 0..1
    stabilities : float64 array, shape (n_clusters,), mean Jaccard index of each cluster in resampled images, 0..1
    numbers : the numbers of clusters considered
    axes : clusters by acquisition and by processing alone, crossed; None where the families are all of one axis
    """

    labels: NDArray[np.intp]
    agreement: NDArray[np.float64]
    stabilities: NDArray[np.float64]
    numbers: tuple[NumberConsidered, ...]
    axes: CrossedAxes | None


def set_strangers_apart(
    found: StylesFound, shown: Nuisances, *, known: NDArray[np.object_] | None = None
) -> tuple[StylesFound, NDArray[np.intp]]:
    """Find images that belong to no cluster, and cluster the others without them.

    A few odd images can take a whole cluster for themselves where the number of clusters is given. Images of a known
    style are never odd.

    Returns
    -------
    The same search with its clusters found without the odd images, and the labels: -1 for these, 0 the largest cluster.
    """
    best, labels = found.best, found.best.clustering.labels_
    odd = find_strangers(_remove_content(found, shown), labels)
    if known is not None:
        odd &= known == ""
    kept = best.rows.images[~odd]
    is_named = found.known is not None  # then the clusters keep their numbers, since names belong to them
    if not odd.any() or is_named or len(np.unique(kept, axis=0)) < found.recipe.n_clusters:
        odd &= np.isin(labels, labels[~odd])  # no cluster loses all its images
        return found, np.where(odd, NONE, labels)
    clustering = found.recipe.cluster(kept)
    clustering.tree_, clustering.splits_ = best.clustering.tree_, best.clustering.splits_
    labels = np.full(len(odd), NONE)
    labels[~odd] = clustering.labels_
    return replace(found, best=replace(best, clustering=clustering)), labels


def _remove_content(found: StylesFound, shown: Nuisances) -> NDArray[np.float64]:
    """Images in the leading directions, their distances not limited: a limit would hide the odd ones."""
    images = found.best.unlimited[:, : _count_directions(len(found.best.unlimited))]
    removed = shown.leave_content() if found.recipe.left_in else shown
    if removed.is_empty:
        return images
    return ContentAdjuster().fit_transform(
        images, content=removed.content, covariates=removed.covariates, style=found.best.clustering.labels_
    )


def _count_directions(n_images: int) -> int:
    """As many of the leading ones as can be learnt from so many images: in more, whatever taught nothing is far."""
    return max(2, min(MOST_DIRECTIONS, n_images // 10))


def weigh_clusters(
    found: StylesFound,
    labels: NDArray[np.intp],
    standardized: NDArray[np.float64],
    groups: NDArray[np.intp],
    families: Sequence[FamilyRecord],
    *,
    shown: Nuisances,
    unreplicated: NDArray[np.bool_] | None = None,
    random_state: int = 0,
) -> Trust:
    """Measure what speaks for and against clusters.

    Parameters
    ----------
    found : the search
    labels : integer array, shape (n_images,), as :func:`set_strangers_apart` gives them
    standardized : float64 array, shape (n_windows, n_columns)
    groups : integer array, shape (n_windows,), the image of each window
    families : whose columns these are, in order
    shown : contents and covariates of the images
    unreplicated : as for :func:`forensic_style.search.styles.find_styles`
    random_state : seed of all draws
    """
    rows = found.best.rows.images @ found.best.clustering.metric_
    recipe = replace(found.recipe, n_clusters=int(labels.max()) + 1)
    agreement = draw_consensus(
        standardized,
        groups,
        labels,
        recipe,
        family_of=np.repeat(np.arange(len(families)), [family.dimension for family in families]),
        unreplicated=unreplicated,
        leading=found.best.space.leading,
        shown=shown,
        random_state=random_state,
    )
    return Trust(
        labels=labels,
        agreement=agreement,
        stabilities=measure_stabilities(rows, labels, random_state=random_state),
        numbers=consider_numbers(rows, labels, found.splits, random_state=random_state),
        axes=cross_axes(
            standardized,
            groups,
            families,
            labels,
            content=shown.content,
            covariates=shown.covariates,
            unreplicated=unreplicated,
            linkage=recipe.linkage,
            random_state=random_state,
            limited=recipe.limited,
            left_in=recipe.left_in,
        ),
    )
