"""A result whose clusters somebody changed by hand: what depends on them is computed anew from the fingerprints."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.audit import audit_clusters, warn_of_claims
from forensic_style.clusters.joins import join_clusters
from forensic_style.clusters.partition import average_parts, cut_tree, number_by_size
from forensic_style.clusters.stability import measure_stabilities
from forensic_style.errors import ParameterError, TableError
from forensic_style.explain import deal_cards, shorten_cards
from forensic_style.placement.matching import learn_members, read_values
from forensic_style.placement.model import StyleModel
from forensic_style.report.words import count_things, join_words
from forensic_style.result import ClusterResult
from forensic_style.search.axes import compare_again
from forensic_style.search.evidence import weigh_partition
from forensic_style.search.family_shares import list_confounds, measure_shares
from forensic_style.threads import one_thread_for_algebra

FRAGILITY_LOST = "What light changes of the files do was measured for the clusters of the run, and is left out here."
AS_IT_WAS = (
    "The tree, the tests of the number of clusters and what was removed as content are those of the run as it was; "
    "evidence is measured in the space of the run, and so an upper bound."
)


@dataclass(frozen=True, eq=False)
class Edits:
    """What somebody changed in clusters.csv.

    Parameters
    ----------
    labels : integer array, shape (n_images,), the clusters as they are there now
    confidences : float64 array, shape (n_images,), 0..1; those of moved images are measured anew
    relabelled : whether content labels or known styles were changed; the result has them already
    """

    labels: NDArray[np.intp]
    confidences: NDArray[np.float64]
    relabelled: bool


def apply_edits(result: ClusterResult, edits: Edits) -> ClusterResult:
    """The result of clusters.csv as it was edited.

    Clusters keep their names and numbers. The confidence of an image that was moved is the posterior of its new
    cluster, whose centre is the mean of its images now.

    Raises
    ------
    TableError
        where a number of a cluster is left out, or no image is in any.
    """
    _check_clusters(edits.labels)
    moved = np.flatnonzero(edits.labels != result.labels)
    by_hand = {
        "moved_by_hand": count_things(len(moved), "image") if len(moved) else "",
        "relabelled_by_hand": "content labels or known styles" if edits.relabelled else "",
    }
    by_hand = {name: what for name, what in by_hand.items() if what}
    told = [f"{what} {name.split('_')[0]}" for name, what in by_hand.items()]
    said = join_words(told) or "other confidences"
    n_clusters = int(edits.labels.max()) + 1
    changed = replace(
        result,
        names=(result.names + ("",) * n_clusters)[:n_clusters],
        settings={**result.settings, **by_hand},
        warnings=(f"clusters.csv was changed by hand: {said}. {AS_IT_WAS}", *_keep_warnings(result)),
    )
    return _describe_anew(changed, edits.labels, edits.confidences, moved)


def cut_by_hand(result: ClusterResult, n_clusters: int) -> ClusterResult:
    """The result with the tree cut into another number of clusters; images of none stay in none.

    Clusters are numbered by size, the largest 0, and named by the one known style that they hold, if any.

    Raises
    ------
    ParameterError
        where there are fewer images than clusters.
    """
    placed = result.labels >= 0
    if not 1 <= n_clusters <= placed.sum():
        raise ParameterError(
            f"The tree of {placed.sum()} images cannot be cut into {n_clusters} clusters. Ask for 1 to {placed.sum()}."
        )
    labels = np.full(len(placed), -1, dtype=np.intp)
    labels[placed] = number_by_size(_cut(result.tree, placed, n_clusters))
    said = count_things(n_clusters, "cluster")
    changed = replace(
        result,
        names=_name_clusters(result, labels),
        settings={**result.settings, "cut_by_hand": n_clusters},
        warnings=(
            f"The tree is cut into {said} by hand; the run has {result.n_clusters}. {AS_IT_WAS}",
            *_keep_warnings(result),
        ),
    )
    return _describe_anew(changed, labels, result.confidences, np.arange(len(labels)))


def _cut(tree: NDArray[np.float64], placed: NDArray[np.bool_], n_clusters: int) -> NDArray[np.intp]:
    """The fewest branches among which `n_clusters` hold a placed image; numbers of these images' branches."""
    for n_branches in range(n_clusters, len(placed) + 1):
        branches = cut_tree(tree, n_branches)[placed]
        if len(np.unique(branches)) == n_clusters:
            break
    return branches


def _check_clusters(labels: NDArray[np.intp]) -> None:
    used = np.unique(labels[labels >= 0])
    if not len(used):
        raise TableError("clusters.csv has every image in no cluster (-1). Leave one in cluster 0 at least.")
    gaps = np.setdiff1d(np.arange(len(used)), used)
    if len(gaps):
        what = f"clusters.csv has no image in cluster {gaps[0]}, but some in cluster {used[-1]}"
        raise TableError(f"{what}. Number the clusters 0, 1, ... without a gap.")


def _keep_warnings(result: ClusterResult) -> tuple[str, ...]:
    """All but those of the audit, which is made anew."""
    stale = {*result.audit.warnings, *warn_of_claims(result.audit.claims, result.table.paths)}
    return tuple(warning for warning in result.warnings if warning not in stale)


def _name_clusters(result: ClusterResult, labels: NDArray[np.intp]) -> tuple[str, ...]:
    """For each cluster the known style that all its labelled images have; "" for none, or for several."""
    known = result.known or ("",) * len(labels)
    styles = [
        {known[image] for image in np.flatnonzero(labels == cluster)} - {""} for cluster in range(int(labels.max()) + 1)
    ]
    return tuple(min(style) if len(style) == 1 else "" for style in styles)


def _describe_anew(
    result: ClusterResult, labels: NDArray[np.intp], confidences: NDArray[np.float64], moved: NDArray[np.intp]
) -> ClusterResult:
    """The same result with other clusters. `moved` are the images whose confidence is measured anew."""
    table = result.table
    values, missing = read_values(result.model, table)
    standardized = result.model.scaler.transform(values, missing=missing)
    means = average_parts(standardized, table.groups)
    placed, X = labels >= 0, result.coordinates
    seed = int(result.settings.get("random_state", 0))
    content = None if result.content is None else np.array(result.content, dtype=object)
    _, windows = result.model.project(values, groups=table.groups, content=content, missing=missing)
    model = _move_centres(result.model, X[placed], labels[placed])
    confidences = confidences.copy()
    confidences[moved] = model.weigh(windows, groups=table.groups, labels=labels)[moved]
    joins = join_clusters(X, labels)
    is_moved = not np.array_equal(labels, result.labels)
    lost = (FRAGILITY_LOST,) if is_moved and result.fragility is not None else ()
    with one_thread_for_algebra():
        audit = audit_clusters(table.images, labels, X, joins, content=result.content, random_state=seed)
        cards = deal_cards(table, means, labels, joins, coordinates=X, confidences=confidences, random_state=seed)
        measured = _measure_anew(result, standardized, windows, labels, content, seed)
    return replace(
        result,
        labels=labels,
        confidences=confidences,
        traits=shorten_cards(cards, int(labels.max()) + 1),
        joins=joins,
        cards=cards,
        audit=audit,
        warnings=(*audit.warnings, *warn_of_claims(audit.claims, table.paths), *result.warnings, *lost),
        model=learn_members(model, table, labels, content=result.content),
        fragility=None if is_moved else result.fragility,
        **measured,
    )


def _measure_anew(
    result: ClusterResult,
    standardized: NDArray[np.float64],
    windows: NDArray[np.float64],
    labels: NDArray[np.intp],
    content: NDArray[np.object_] | None,
    seed: int,
) -> Mapping[str, Any]:
    """Evidence, stabilities, shares of families and the crossing of both axes for other clusters."""
    table, placed = result.table, np.flatnonzero(labels >= 0)
    kept = np.isin(table.groups, placed)
    per_file = table.per_file if table.per_file.any() else None
    return {
        "evidence": weigh_partition(
            result.coordinates[placed],
            labels[placed],
            windows=windows[kept],
            groups=np.searchsorted(placed, table.groups[kept]),
            content=None if content is None else content[placed],
        ),
        "stabilities": measure_stabilities(
            result.coordinates @ result.model.clustering.metric_, labels, random_state=seed
        ),
        "shares": measure_shares(
            standardized,
            table.groups,
            table.families,
            labels,
            content=content,
            confounds=list_confounds(table.images),
        ),
        "axes": None
        if result.axes is None
        else compare_again(result.axes, standardized, table.groups, table.families, labels, unreplicated=per_file),
    }


def _move_centres(model: StyleModel, X: NDArray[np.float64], labels: NDArray[np.intp]) -> StyleModel:
    """The same model with the clusters' centres at the means of these images."""
    clustering = copy.copy(model.clustering)
    clustering.cluster_centers_ = average_parts(X, labels)
    return replace(model, clustering=clustering, members=None)
