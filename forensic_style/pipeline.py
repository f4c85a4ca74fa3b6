"""FingerprintTable -> ClusterResult: standardize, replicate space, remove content, cluster, audit."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.audit import measure_alignments
from forensic_style.caveats import list_caveats
from forensic_style.clustering import LINKAGES
from forensic_style.errors import ParameterError, TableError
from forensic_style.explain import explain_clusters
from forensic_style.model import StyleModel
from forensic_style.partition import as_labels, average_parts, is_whole
from forensic_style.result import ClusterResult
from forensic_style.search import StylesFound, find_styles
from forensic_style.standardize import FingerprintScaler
from forensic_style.table import FingerprintTable
from forensic_style.threads import one_thread_for_algebra
from forensic_style.views import Replicates

Content = str | Sequence[str | None] | Mapping[str, str | None]


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
    families, axis : which columns take part. By default all that have windows to tell their own scatter by, or
        describe the file; families that measure an image once must be named, unless there are no others.
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
    _check(table, n_clusters, linkage)
    labels = read_content(table, content)
    chosen = table.select_families(families or _name_families(table), axis=axis)
    _check_measured(chosen)
    order = _order_by_content_of_files(chosen, labels)
    ordered = chosen.select_images(order)
    with _timed(timings, "standardize"):
        scaler = FingerprintScaler(ordered.shares)
        standardized = scaler.fit_transform(ordered.values, missing=ordered.missing_values)
    with _timed(timings, "cluster"), one_thread_for_algebra():
        found = find_styles(
            standardized,
            ordered.groups,
            content=None if labels is None else np.array(labels, dtype=object)[order],
            n_clusters=n_clusters,
            linkage=linkage,
            random_state=random_state,
            unreplicated=ordered.per_file if ordered.per_file.any() else None,
        )
    settings = {
        "content": content if isinstance(content, str) else content is not None,
        "clusters": "auto" if n_clusters is None else n_clusters,
        "families": [family.name for family in chosen.families],
        "axis": axis,
        "linkage": linkage,
        "random_state": random_state,
    }
    means = average_parts(standardized, ordered.groups)
    with one_thread_for_algebra():
        return _describe(chosen, order, means, _keep_steps(ordered, scaler, found), found, labels, settings, timings)


def _name_families(table: FingerprintTable) -> list[str] | None:
    """Those that take part unless others are named."""
    return [family.name for family in table.families if family.sees != "image"] or None


def _order_by_content_of_files(table: FingerprintTable, labels: list[str] | None) -> NDArray[np.intp]:
    """An order of the images that depends on neither names nor the order of the input."""
    content = labels or [""] * len(table.images)
    return np.array(sorted(range(len(content)), key=lambda number: (table.images[number].sha256, content[number])))


def _describe(
    table: FingerprintTable,
    order: NDArray[np.intp],
    means: NDArray[np.float64],
    model: StyleModel,
    found: StylesFound,
    content: list[str] | None,
    settings: Mapping[str, Any],
    timings: Mapping[str, float],
) -> ClusterResult:
    """Bring what was found back to the order of the table, and put it into words."""
    rows, labels = found.best.rows, found.best.clustering.labels_
    back = np.argsort(order)
    alignments = measure_alignments(table.images, labels[back], content)
    is_tested = settings["clusters"] == "auto"
    return ClusterResult(
        table=table,
        labels=labels[back],
        confidences=model.weigh(rows.windows, groups=rows.groups, labels=labels)[back],
        tree=_rename_leaves(found.best.clustering.tree_, order),
        coordinates=rows.images[back],
        positions=_lay_out(rows.images)[back],
        traits=explain_clusters(means, labels, table.families, missing=table.missing[order]),
        alignments=alignments,
        splits=found.splits,
        evidence=found.best.evidence,
        warnings=list_caveats(table.images, found, alignments, content, is_tested=is_tested) + _doubt_columns(table),
        content=None if content is None else tuple(content),
        settings=settings,
        timings=timings,
        model=model,
    )


def read_content(table: FingerprintTable, content: Any) -> list[str] | None:
    """The content label of each image, "" where unknown, or None where there are none at all."""
    if content is None:
        return None
    if isinstance(content, str):
        return table.read_labels(content)
    if hasattr(content, "to_dict") and set(table.paths) & set(content.index):  # a pandas Series indexed by paths
        content = content.to_dict()
    if isinstance(content, Mapping):
        return as_labels([content.get(path) for path in table.paths])
    if len(content) != len(table.images):
        raise ParameterError(
            f"There are {len(table.images)} images and {len(content)} content labels. Give one label per image, in the "
            "order of table.paths."
        )
    return as_labels(content)


def _check(table: FingerprintTable, n_clusters: int | None, linkage: str) -> None:
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


def _check_measured(table: FingerprintTable) -> None:
    if table.missing.all():
        names = ", ".join(family.name for family in table.families)
        what = "they exist for JPEG files only, and there are none. " if table.families[0].needs_jpeg else ""
        raise TableError(f"None of the images has the families {names}: {what}Choose others.")


def _doubt_columns(table: FingerprintTable) -> tuple[str, ...]:
    """Sentences about what the chosen families cannot judge."""
    caveats = []
    n_blank = int(table.missing.all(axis=1).sum())
    if n_blank:
        names = ", ".join(family.name for family in table.families)
        caveats.append(f"{n_blank} images have none of the families {names}: their cluster says nothing about them.")
    if table.per_file.all():
        caveats.append(
            "Only what is measured once for a whole image or file was compared, in which all windows of an image agree "
            "by definition: their agreement is no evidence."
        )
    return tuple(caveats)


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[step] = round(time.perf_counter() - start, 3)


def _keep_steps(table: FingerprintTable, scaler: FingerprintScaler, found: StylesFound) -> StyleModel:
    """The fitted steps, for new images."""
    best = found.best
    return StyleModel(
        columns=tuple(table.columns),
        family_versions={family.name: family.version for family in table.families},
        scaler=scaler,
        space=best.space,
        limiter=best.limiter,
        adjuster=best.adjuster,
        clustering=best.clustering,
        spread=best.inflation * _measure_spread(best.rows, best.clustering.cluster_centers_[best.clustering.labels_]),
    )


def _measure_spread(rows: Replicates, centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Variance of images about their cluster's centre plus of windows about their image, per direction."""
    within_images = rows.windows - average_parts(rows.windows, rows.groups)[rows.groups]
    return ((rows.images - centres) ** 2).mean(axis=0) + (within_images**2).mean(axis=0) + 1e-9


def _rename_leaves(tree: NDArray[np.float64], order: NDArray[np.intp]) -> NDArray[np.float64]:
    """The same tree with each leaf called by its number in the table."""
    renamed = tree.copy()
    leaves = renamed[:, :2] < len(order)
    renamed[:, :2][leaves] = order[renamed[:, :2][leaves].astype(np.intp)]
    return renamed


def _lay_out(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """The two leading principal components, shape (n_images, 2); zeros for what does not exist."""
    centred = X - X.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    positions = np.zeros((len(X), 2))
    axes = axes[:2] * np.sign(axes[:2][np.arange(len(axes[:2])), np.abs(axes[:2]).argmax(axis=1)])[:, None]
    positions[:, : len(axes)] = centred @ axes.T
    return positions
