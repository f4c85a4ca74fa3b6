"""FingerprintTable -> ClusterResult: standardize, replicate space, remove content, cluster, audit."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.adjust import ContentAdjuster
from forensic_style.audit import Alignment, measure_alignments, warn_of_alignments
from forensic_style.clustering import LINKAGES, Split, StyleClustering
from forensic_style.errors import ParameterError, TableError
from forensic_style.evidence import Evidence, measure_dependence, weigh_partition
from forensic_style.explain import explain_clusters
from forensic_style.model import StyleModel
from forensic_style.replicates import NormLimiter, ReplicateSpace, average_groups
from forensic_style.result import ClusterResult
from forensic_style.standardize import FingerprintScaler
from forensic_style.table import FingerprintTable

PROVISIONAL_STYLES = 2  # assumed while the content is removed before the number of clusters is tested
WEAK_EVIDENCE = 0.5
HANDICAP = 0.8  # weight of the evidence for leaving in a content whose removal was asked for
CONFOUNDED = 0.6  # dependence of clusters on content from which the two cannot be told apart
FEW_IMAGES = 20

Content = str | Sequence[str | None] | Mapping[str, str | None]


@dataclass(frozen=True)
class _Candidate:
    """One way to measure distances, and the partition that it leads to."""

    limiter: NormLimiter | None
    adjuster: ContentAdjuster
    clustering: StyleClustering
    images: NDArray[np.float64]
    windows: NDArray[np.float64]
    evidence: Evidence
    content_left_in: bool

    @property
    def score(self) -> float:
        """Evidence, less what leaving the content in has to make up for."""
        return self.evidence.score * (HANDICAP if self.content_left_in else 1.0)


def cluster(
    table: FingerprintTable,
    *,
    content: Content | None = None,
    n_clusters: int | None = None,
    families: list[str] | None = None,
    axis: str = "all",
    linkage: str = "ward",
    random_state: int = 0,
) -> ClusterResult:
    """Cluster images by the technology that made them.

    Parameters
    ----------
    table : fingerprints
    content : what each image shows, to be explained away: a column of the manifest, a sequence in the order of
        `table.paths`, or a mapping from path to label; None or "" where unknown
    n_clusters : tested from the data where None; "one" is a possible answer
    families, axis : which columns take part; all of them by default
    linkage : of the tree: "ward", "average" or "complete"
    random_state : seed of the test

    Returns
    -------
    ClusterResult. It depends on the images' bytes and labels alone, not on their order or names.

    Raises
    ------
    TableError, ParameterError
        where nothing was measured, or an argument does not fit.
    """
    timings: dict[str, float] = {}
    labels = read_content(table, content)
    chosen = table.select_families(families, axis=axis)
    _check(chosen, n_clusters, linkage)
    order = np.array(sorted(range(len(chosen.images)), key=lambda number: chosen.images[number].sha256))
    ordered = chosen.select_images(order)
    ordered_content = None if labels is None else np.array(labels, dtype=object)[order]
    with _timed(timings, "standardize"):
        scaler = FingerprintScaler(ordered.shares).fit(ordered.values)
        standardized = scaler.transform(ordered.values)
    with _timed(timings, "replicate space"):
        space = ReplicateSpace().fit(standardized, groups=ordered.groups)
        windows = space.transform(standardized)
    with _timed(timings, "cluster"):
        options = {"linkage": linkage, "random_state": random_state}
        best = _find_styles(windows, ordered.groups, ordered_content, n_clusters, options)
        dependence = _find_dependence(windows, ordered.groups, ordered_content, n_clusters, options)
    model = StyleModel(
        columns=tuple(ordered.columns),
        family_versions={family.name: family.version for family in ordered.families},
        scaler=scaler,
        space=space,
        limiter=best.limiter,
        adjuster=best.adjuster,
        clustering=best.clustering,
        spread=_measure_spread(best, ordered.groups),
    )
    settings = {
        "content": content if isinstance(content, str) else content is not None,
        "clusters": "auto" if n_clusters is None else n_clusters,
        "families": [family.name for family in chosen.families],
        "axis": axis,
        "linkage": linkage,
        "random_state": random_state,
    }
    with _timed(timings, "explain"):
        return _describe(
            chosen, standardized, ordered.groups, order, best, model, labels, dependence, settings, timings
        )


def read_content(table: FingerprintTable, content: Content | None) -> list[str] | None:
    """The content label of each image, "" where unknown, or None where there are none at all."""
    if content is None:
        return None
    if isinstance(content, str):
        return table.read_labels(content)
    if isinstance(content, Mapping):
        return [str(content.get(path) or "") for path in table.paths]
    if len(content) != len(table.images):
        raise ParameterError(
            f"There are {len(table.images)} images and {len(content)} content labels. Give one label per image, in the "
            "order of table.paths."
        )
    return ["" if label is None else str(label) for label in content]


def _check(table: FingerprintTable, n_clusters: int | None, linkage: str) -> None:
    n_images = len(table.images)
    if n_images == 0:
        reasons = ", ".join(sorted({image.reason for image in table.skipped})) or "the input is empty"
        raise TableError(f"None of the {len(table.skipped)} files could be measured ({reasons}): skipped.csv says why.")
    if n_clusters is not None and not 1 <= n_clusters <= n_images:
        raise ParameterError(
            f"{n_clusters} clusters cannot be made of the {n_images} images that were measured. "
            f"Ask for 1 to {n_images}, or for auto."
        )
    if linkage not in LINKAGES:
        raise ParameterError(f"The linkage must be one of {', '.join(LINKAGES)}. Got {linkage!r} instead.")


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[step] = round(time.perf_counter() - start, 3)


def _find_styles(
    windows: NDArray[np.float64],
    groups: NDArray[np.intp],
    content: NDArray[np.object_] | None,
    n_clusters: int | None,
    options: Mapping[str, Any],
) -> _Candidate:
    """The candidate with the best evidence: distances as they are or limited, content removed or not.

    Content removal was asked for, so leaving it out has to show clearly more evidence: that is so where contents
    and styles fall together, and removing the one removes the other.
    """
    images = average_groups(windows, groups)
    splits: list[Split] = []
    if n_clusters is None:
        adjusted = ContentAdjuster(PROVISIONAL_STYLES).fit_transform(images, content=content)
        tested = StyleClustering(**options).fit(adjusted)
        n_clusters, splits = tested.n_clusters_, tested.splits_
    candidates = [
        _make_candidate(images, windows, groups, limiter, removed, content, n_clusters, options)
        for removed in ([None] if content is None else [content, None])
        for limiter in (None, NormLimiter().fit(images))
    ]
    best = max(candidates, key=lambda candidate: candidate.score)
    best.clustering.splits_ = splits
    return best


def _make_candidate(
    images: NDArray[np.float64],
    windows: NDArray[np.float64],
    groups: NDArray[np.intp],
    limiter: NormLimiter | None,
    removed: NDArray[np.object_] | None,
    content: NDArray[np.object_] | None,
    n_clusters: int,
    options: Mapping[str, Any],
) -> _Candidate:
    if limiter is not None:
        images, windows = limiter.transform(images), limiter.transform(windows)
    adjuster = ContentAdjuster(n_clusters).fit(images, content=removed)
    images = adjuster.transform(images, content=removed)
    windows = adjuster.transform(windows, content=None if removed is None else removed[groups])
    clustering = StyleClustering(n_clusters, **options).fit(images)
    evidence = weigh_partition(images, clustering.labels_, windows=windows, groups=groups, content=content)
    left_in = content is not None and removed is None
    return _Candidate(limiter, adjuster, clustering, images, windows, evidence, left_in)


def _find_dependence(
    windows: NDArray[np.float64],
    groups: NDArray[np.intp],
    content: NDArray[np.object_] | None,
    n_clusters: int | None,
    options: Mapping[str, Any],
) -> float:
    """How far the content decides the clusters that are there before it is removed; nan where it has none to decide."""
    if content is None:
        return float("nan")
    clustering = StyleClustering(n_clusters, **options).fit(average_groups(windows, groups))
    return measure_dependence(clustering.labels_, content.tolist())


def _measure_spread(best: _Candidate, groups: NDArray[np.intp]) -> NDArray[np.float64]:
    """Variance of images within their cluster plus of windows within their image, per direction."""
    within_clusters = best.images - best.clustering.cluster_centers_[best.clustering.labels_]
    within_images = best.windows - average_groups(best.windows, groups)[groups]
    return (within_clusters**2).mean(axis=0) + (within_images**2).mean(axis=0) + 1e-9


def _describe(
    table: FingerprintTable,
    standardized: NDArray[np.float64],
    groups: NDArray[np.intp],
    order: NDArray[np.intp],
    best: _Candidate,
    model: StyleModel,
    content: list[str] | None,
    dependence: float,
    settings: dict[str, Any],
    timings: dict[str, float],
) -> ClusterResult:
    """Bring the result back to the order of the table, and put it into words."""
    back = np.argsort(order)
    labels = best.clustering.labels_
    confidences = model.weigh(best.windows, groups=groups, labels=labels)
    alignments = measure_alignments(table.images, labels[back], content)
    tree = best.clustering.tree_.copy()
    leaves = tree[:, :2] < len(order)
    tree[:, :2][leaves] = order[tree[:, :2][leaves].astype(np.intp)]
    return ClusterResult(
        table=table,
        labels=labels[back],
        confidences=confidences[back],
        tree=tree,
        coordinates=best.images[back],
        positions=_lay_out(best.images)[back],
        traits=explain_clusters(average_groups(standardized, groups), labels, table.families),
        alignments=alignments,
        splits=tuple(best.clustering.splits_),
        evidence=best.evidence,
        warnings=tuple(_warn(table, best, content, dependence, alignments, settings)),
        content=None if content is None else tuple(content),
        settings=settings,
        timings=timings,
        model=model,
    )


def _lay_out(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """The two leading principal components, shape (n_images, 2); zeros for what does not exist."""
    centred = X - X.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    positions = np.zeros((len(X), 2))
    axes = axes[:2] * np.sign(axes[:2][np.arange(len(axes[:2])), np.abs(axes[:2]).argmax(axis=1)])[:, None]
    positions[:, : len(axes)] = centred @ axes.T
    return positions


def _warn(
    table: FingerprintTable,
    best: _Candidate,
    content: list[str] | None,
    dependence: float,
    alignments: Sequence[Alignment],
    settings: Mapping[str, Any],
) -> list[str]:
    """Sentences for the user, the gravest first."""
    n_images, n_clusters = len(table.images), best.clustering.n_clusters_
    warnings = warn_of_alignments(alignments, n_clusters)
    if content is not None:
        warnings += _warn_of_content(content, dependence, best)
    if n_clusters > 1 and best.evidence.across_contents < WEAK_EVIDENCE:
        warnings.append(
            f"The clusters carry over poorly from some {'contents' if content else 'images'} to others "
            f"(agreement {best.evidence.across_contents:.2f} of 1): they may not be technologies."
        )
    if settings["clusters"] == "auto" and n_images < FEW_IMAGES:
        warnings.append(
            f"With fewer than {FEW_IMAGES} images ({n_images} here) the number of technologies cannot be tested, and "
            "one is assumed. Give --clusters to split them."
        )
    n_distinct = len({image.sha256 for image in table.images})
    if n_distinct < n_images:
        warnings.append(f"{n_images - n_distinct} of {n_images} files are identical copies of others.")
    return warnings


def _warn_of_content(content: list[str], dependence: float, best: _Candidate) -> list[str]:
    known = [label for label in content if label]
    if len(set(known)) < 2:
        return ["All content labels are the same or blank, so no content was removed."]
    if len(set(known)) == len(known):
        return ["Every content label occurs once, so no content could be removed."]
    warnings = []
    if dependence >= CONFOUNDED or not best.adjuster.connected_:
        done = "was left in" if best.content_left_in else "was removed all the same"
        warnings.append(
            "Most contents were recorded by one technology only: style and content cannot be told apart in this "
            f"collection. The content {done}. What follows separates images, not necessarily technologies; images of "
            "one content by two technologies would settle it."
        )
    if len(known) < len(content):
        warnings.append(f"{len(content) - len(known)} images have no content label: nothing was removed from them.")
    return warnings
