"""The search for the partition with the most evidence, over ways to measure distances."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from forensic_style.clusters.clustering import StyleClustering
from forensic_style.clusters.partition import average_parts
from forensic_style.clusters.splitting import Split
from forensic_style.content.adjust import ContentAdjuster
from forensic_style.content.confounding import Confounding, judge_confounding
from forensic_style.search.candidates import Candidate, Recipe, apply_steps, try_recipe
from forensic_style.search.evidence import predict_across_contents
from forensic_style.search.known import WIDE, KnownStyles, learn_styles
from forensic_style.search.views import Nuisances, Replicates, take_views

N_TESTED = 20  # leading directions in which the number of clusters is tested
PROVISIONAL_STYLES = 2  # assumed while the content is removed before the number of clusters is tested
CARRIED_OVER = 0.8  # agreement of clusters with their prediction from other contents, if the content is still there
CONFIRMED = 0.8  # share of the best evidence in the pixels that clusters need which the files had a part in


@dataclass(frozen=True)
class StylesFound:
    """The outcome of a search.

    Parameters
    ----------
    best : the candidate with the most evidence
    recipe : how the best was found, known styles left aside
    splits : tests of the number of clusters; empty where it was given
    confounding : whether style and content can be told apart; None without content labels
    known : what known styles taught; None where there are none
    """

    best: Candidate
    recipe: Recipe
    splits: tuple[Split, ...]
    confounding: Confounding | None
    known: KnownStyles | None = None

    @property
    def is_confounded(self) -> bool:
        """Whether style and content cannot be told apart."""
        return self.confounding is not None and self.confounding.is_confounded


def find_styles(
    standardized: NDArray[np.float64],
    groups: NDArray[np.intp],
    *,
    content: NDArray[np.object_] | None = None,
    covariates: NDArray[np.float64] | None = None,
    known: NDArray[np.object_] | None = None,
    n_clusters: int | None = None,
    linkage: str = "ward",
    random_state: int = 0,
    unreplicated: NDArray[np.bool_] | None = None,
) -> StylesFound:
    """Cluster images by several ways to measure distances, and keep the one with the most evidence.

    Distances are taken as they are or limited, and where there are content labels, with the content removed or left
    in. Removal was asked for, so leaving it out has to show clearly more evidence: that is so where contents and
    styles fall together, and removing the one removes the other.

    Columns without replicates are put beside the others, or lead them. In them windows agree by definition: so what
    has the most evidence only holds where the other columns alone confirm it nearly as well as what they confirm best.
    Measured with the structure of JPEG files: without that doubt, headers that have nothing to do with the technology
    ruin what the pixels know; without the lead, qualities of JPEG that the pixels show faintly are not all told apart.

    Parameters
    ----------
    standardized : float64 array, shape (n_windows, n_columns), comparable columns
    groups : integer array, shape (n_windows,), the image of each window, 0 to n_images - 1
    content : labels of the images, "" where unknown, or None
    covariates : float64 array, shape (n_images, n_covariates), NaN where unknown, or None
    known : styles of a few images, "" where unknown, or None. The search leaves them aside; then they improve what it
        found, see :func:`forensic_style.search.known.learn_styles`. They do not change the evidence.
    n_clusters : tested where None
    linkage, random_state : as for StyleClustering
    unreplicated : boolean array, shape (n_columns,), columns that are the same for all windows of an image, or None
    """
    shown = Nuisances(content, covariates)
    views, judge = take_views(standardized, groups, content, unreplicated)
    rows = views[0].rows
    images = rows.images[:, :N_TESTED]
    confounding = None
    if content is not None:
        confounding = judge_confounding(images, content, n_clusters=n_clusters, random_state=random_state)
    splits: tuple[Split, ...] = ()
    is_given = n_clusters is not None
    if n_clusters is None:
        tested = find_number(images, shown, linkage=linkage, random_state=random_state)
        n_clusters, splits = tested.n_clusters_, tuple(tested.splits_)
    recipes = [
        (Recipe(n_clusters, linkage, limited, left_in), view)
        for view in views
        for left_in in ([False] if content is None else [False, True])
        for limited in (False, True)
    ]
    candidates = [try_recipe(recipe, view, judge, shown) for recipe, view in recipes]
    place = _choose(candidates, dependent=confounding is not None and confounding.is_decided)
    found = StylesFound(candidates[place], recipes[place][0], splits, confounding)
    if known is None or not (known != "").any():
        return found
    return _follow_known(found, standardized, groups, shown=shown, known=known, is_given=is_given)


def _follow_known(
    found: StylesFound,
    standardized: NDArray[np.float64],
    groups: NDArray[np.intp],
    *,
    shown: Nuisances,
    known: NDArray[np.object_],
    is_given: bool,
) -> StylesFound:
    """The same search, its clusters improved by a few known styles."""
    best = found.best
    space = clone(best.space).set_params(n_directions=WIDE).fit(standardized, groups=groups)
    windows = space.transform(standardized)
    rows = Replicates(windows, groups, average_parts(windows, groups))
    removed = shown.leave_content() if found.recipe.left_in else shown
    n_styles = len(np.unique(known[known != ""].astype(str)))
    learnt = learn_styles(
        rows.images,
        known,
        best.clustering.labels_,
        content=removed.content,
        n_clusters=found.recipe.n_clusters if is_given else max(found.recipe.n_clusters, n_styles),
    )
    if learnt.directions is None:
        return replace(found, known=learnt)
    adjuster = ContentAdjuster(int(learnt.labels.max()) + 1)
    adjuster.fit(rows.images, content=removed.content, covariates=removed.covariates, style=learnt.labels)
    adjusted = apply_steps(rows, removed, None, adjuster)
    clustering = StyleClustering(linkage=found.recipe.linkage)
    clustering.adopt(adjusted.images, learnt.labels, metric=learnt.directions)
    better = replace(best, space=space, limiter=None, adjuster=adjuster, clustering=clustering, rows=adjusted)
    return replace(found, best=better, known=learnt)


def find_number(images: NDArray[np.float64], shown: Nuisances, *, linkage: str, random_state: int) -> StyleClustering:
    """Clusters of a tested number.

    The content is removed beside two provisional clusters: that removes technologies as well where contents were
    recorded in different mixes of more than two. So the images are also tested as they are, where the content itself
    says which splits are its own. Where there are more, and they are the same ones among other contents, these count:
    mixtures of contents and technologies are not.
    """
    clustering = StyleClustering(linkage=linkage, random_state=random_state)
    if shown.is_empty:
        return clustering.fit(images)
    adjusted = ContentAdjuster(PROVISIONAL_STYLES).fit_transform(
        images, content=shown.content, covariates=shown.covariates
    )
    removed = clone(clustering).fit(adjusted, content=shown.content, unadjusted=images)
    if shown.content is None:
        return removed
    left_in = clone(clustering).fit(images, content=shown.content)
    if left_in.n_clusters_ <= removed.n_clusters_:
        return removed
    carried_over = predict_across_contents(images, left_in.labels_, shown.content)
    return left_in if carried_over >= CARRIED_OVER else removed


def _choose(candidates: list[Candidate], *, dependent: bool) -> int:
    """Place of the one with the most evidence among those that the columns with replicates confirm."""
    confirmed = [candidate.score(candidate.evidence, dependent=dependent) for candidate in candidates]
    doubted = [score < CONFIRMED * max(confirmed) for score in confirmed]
    scores = [candidate.score(candidate.own_evidence, dependent=dependent) for candidate in candidates]
    return min(range(len(candidates)), key=lambda place: (doubted[place], -scores[place]))
