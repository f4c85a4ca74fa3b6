"""Many images -> LargeResult: a sample is searched, all images are brought to its clusters, these are refined."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from forensic_style.audit.alignment import align
from forensic_style.audit.records import Alignment
from forensic_style.clusters.strangers import find_strangers
from forensic_style.labels import Labels
from forensic_style.large.confidence import ConfidenceScale, measure_margins
from forensic_style.large.gathering import Gathered, gather
from forensic_style.large.halves import MOST_IN_PART, measure_error, search_parts
from forensic_style.large.known import add_known
from forensic_style.large.labels import Asked
from forensic_style.large.partition import NONE, FlatPartition, find_nearest, refine_many
from forensic_style.large.projection import Projector
from forensic_style.large.records import LargeFigures, order_warnings
from forensic_style.large.result import LargeResult
from forensic_style.large.source import LargeSource
from forensic_style.large.trees import MOST_EXACT, TreeOfAll, grow_over_all
from forensic_style.pipeline import cluster
from forensic_style.result import ClusterResult
from forensic_style.table import FingerprintTable
from forensic_style.threads import one_thread_for_algebra


def cluster_many(
    source: LargeSource,
    *,
    content: Labels | None = None,
    known: Labels | None = None,
    covariates: Sequence[str] = (),
    n_clusters: int | None = None,
    families: list[str] | None = None,
    axis: str = "all",
    linkage: str = "ward",
    random_state: int = 0,
    most_exact: int = MOST_EXACT,
    most_in_part: int = MOST_IN_PART,
) -> LargeResult:
    """Cluster more images than can be searched at once.

    The sample is searched as :func:`forensic_style.pipeline.cluster` does it. Every image is then brought to the space
    that was found, as its mean row, and all images are clustered there into as many clusters: from the sample's
    clusters, and from the cut of a tree over all images, whichever ends tighter. Clusters keep the numbers that they
    have in the sample, where 0 is the largest. Contents that the sample does not show are taken as average. Images of
    known styles outside the sample are searched with it, up to 500 of them.

    Parameters
    ----------
    source : of the images
    content, known : a column of the manifest, or a mapping from path to label
    covariates : columns of the manifest that hold numbers
    n_clusters, families, axis, linkage, random_state : as for :func:`forensic_style.pipeline.cluster`. The tree over
        all images is Ward's, whatever the linkage in the sample
    most_exact : images up to which the tree over all is exact; more are put into micro-clusters first
    most_in_part : images of each of the two parts of the sample that are searched apart for the error, at most

    Raises
    ------
    TableError, ParameterError
        where nothing was measured, or an argument does not fit.
    """
    timings: dict[str, float] = {}
    asked = Asked.of(content, known, covariates)

    def search(table: FingerprintTable) -> ClusterResult:
        return cluster(
            table,
            content=asked.read_content(table.images),
            known=asked.read_known(table.images),
            covariates=asked.read_covariates(table),
            n_clusters=n_clusters,
            families=families,
            axis=axis,
            linkage=linkage,
            random_state=random_state,
        )

    with _timed(timings, "search the sample"):
        table = source.sample()
        asked.check(table)
        table = add_known(source, table, asked)
        found = asked.name_columns(search(table))
    with _timed(timings, "search its parts"):
        parts = search_parts(table, search, most=most_in_part)
    with _timed(timings, "bring all images to the clusters"), one_thread_for_algebra():
        gathered = _gather(source, found, parts, asked)
    with _timed(timings, "cluster all images"), one_thread_for_algebra():
        spread = found.model.spread
        every = _cluster_gathered(gathered, found, spread, most_exact=most_exact, random_state=random_state)
    with _timed(timings, "audit all images"):
        figures = _measure_figures(source, found, parts, gathered, every, random_state)
    return LargeResult(
        sample=replace(found, warnings=order_warnings(figures, found.warnings)),
        labels=every.labels,
        confidences=every.confidences,
        hashes=gathered.hashes,
        tree=every.tree,
        figures=figures,
        asked=asked,
        timings=timings,
        source=source,
    )


@dataclass(frozen=True, eq=False)
class _Clustered:
    """All images in clusters, in the order of the source."""

    labels: NDArray[np.int32]
    confidences: NDArray[np.float32]
    tree: TreeOfAll
    start: str
    ratio: float


def _gather(source: LargeSource, found: ClusterResult, parts: tuple[ClusterResult, ...], asked: Asked) -> Gathered:
    projectors = [Projector.of(result, asked.read_covariates(result.table)) for result in (found, *parts)]
    return gather(source, projectors[0], projectors[1:], asked, sample=found.table.paths, names=found.names)


def _cluster_gathered(
    gathered: Gathered, found: ClusterResult, spread: NDArray[np.float64], *, most_exact: int, random_state: int
) -> _Clustered:
    """Cluster all images in an order of their own, and bring the outcome back to that of the source."""
    order = gathered.put_in_order()
    X, named = gathered.coordinates[order], gathered.named[order]
    clustering = found.model.clustering
    centres = np.asarray(clustering.cluster_centers_ @ clustering.metric_)
    nearest = find_nearest(X, centres)
    nearest = np.where(named >= 0, named, nearest).astype(np.int32)
    odd = _find_odd(gathered.leading[order], nearest, named)
    tree = grow_over_all(X, len(centres), most_exact=most_exact, random_state=random_state)
    best, start, ratio = _choose_partition(X, np.where(odd, NONE, nearest).astype(np.int32), tree, named)
    margins = measure_margins(X, best.labels, best.centres, spread)
    place = np.argsort(order)[gathered.sampled]  # of the sample's images in the order of all
    keeps = best.labels[place] == found.labels
    scale = ConfidenceScale.learn(margins[place[keeps]], best.labels[place[keeps]], found.confidences[keeps])
    confidences = scale.read(margins, best.labels)
    confidences[place[keeps]] = found.confidences[keeps]
    back = np.argsort(order)
    in_order = replace(tree, members=tree.members[back], labels=tree.labels[back])
    return _Clustered(best.labels[back], confidences[back], in_order, start, ratio)


def _find_odd(leading: NDArray[np.float32], labels: NDArray[np.int32], named: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Images that belong to no cluster, found as among the images of a sample; none of a known style."""
    odd = find_strangers(leading.astype(np.float64), labels.astype(np.intp)) & (named < 0)
    return odd & np.isin(labels, labels[~odd])  # no cluster loses all its images


def _choose_partition(
    X: NDArray[np.float32], carried: NDArray[np.int32], tree: TreeOfAll, named: NDArray[np.int32]
) -> tuple[FlatPartition, str, float]:
    """The tighter of two partitions of all images, where it comes from, and its sum of squares over the other's."""
    n_clusters = int(carried.max()) + 1
    of_sample = refine_many(X, carried, n_clusters, fixed=named)
    cut = np.where(carried < 0, NONE, tree.labels).astype(np.int32)
    if (named >= 0).any() or len(np.unique(cut[cut >= 0])) < n_clusters:
        return of_sample, "sample", 1.0  # the tree knows no styles
    of_tree = refine_many(X, cut, n_clusters)
    of_tree = replace(of_tree, labels=of_tree.labels)
    ratio = of_tree.sum_squares / of_sample.sum_squares if of_sample.sum_squares > 0 else 1.0
    if ratio >= 1.0:
        return of_sample, "sample", 1 / ratio
    return _rename_as(of_tree, of_sample.labels), "tree", ratio


def _rename_as(found: FlatPartition, labels: NDArray[np.int32]) -> FlatPartition:
    """The same partition, its parts numbered so that most rows have the given label."""
    n_parts = len(found.centres)
    inside = labels >= 0
    counts = np.bincount(found.labels[inside] * n_parts + labels[inside], minlength=n_parts**2)
    _, new = scipy.optimize.linear_sum_assignment(-counts.reshape(n_parts, n_parts))
    renamed = np.where(found.labels >= 0, new[found.labels], NONE).astype(np.int32)
    return FlatPartition(renamed, found.centres[np.argsort(new)], found.sum_squares)


def _measure_figures(
    source: LargeSource,
    found: ClusterResult,
    parts: tuple[ClusterResult, ...],
    gathered: Gathered,
    every: _Clustered,
    random_state: int,
) -> LargeFigures:
    labels = every.labels
    sizes = np.bincount(labels[labels >= 0], minlength=found.n_clusters)
    return LargeFigures(
        n_inputs=source.n_inputs,
        n_images=len(labels),
        n_sample=len(found.labels),
        share=len(found.labels) / len(labels),
        sizes=tuple(sizes.tolist()),
        n_of_none=int((labels < 0).sum()),
        tree="exact" if every.tree.is_exact else "micro-clusters",
        n_leaves=every.tree.n_leaves,
        loss=every.tree.loss,
        start=every.start,
        sum_squares=every.ratio,
        kept=float((labels[gathered.sampled] == found.labels).mean()),
        n_unseen_contents=gathered.n_unseen_contents,
        n_unnamed=gathered.n_unnamed,
        error=measure_error(labels, parts, gathered.others),
        alignments=_align(gathered, labels, random_state),
    )


def _align(gathered: Gathered, labels: NDArray[np.int32], random_state: int) -> tuple[Alignment, ...]:
    """Agreement of the clusters of all images with properties of the files."""
    inside = labels >= 0
    clusters = labels[inside].astype(np.intp)
    return tuple(align(one, clusters, random_state) for one in gathered.properties.finish(inside))


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[step] = round(time.perf_counter() - start, 3)
