"""FingerprintTable -> ClusterResult: standardize, replicate space, remove content, cluster, audit."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forensic_style.audit import measure_alignments
from forensic_style.axes import CrossedAxes
from forensic_style.caveats import describe_known, list_caveats
from forensic_style.clustering import LINKAGES, StyleClustering
from forensic_style.errors import ParameterError, TableError
from forensic_style.explain import explain_clusters
from forensic_style.model import StyleModel
from forensic_style.partition import as_labels, average_parts, is_whole
from forensic_style.result import ClusterResult
from forensic_style.search import StylesFound, find_styles
from forensic_style.standardize import FingerprintScaler
from forensic_style.table import FingerprintTable
from forensic_style.threads import one_thread_for_algebra
from forensic_style.trust import Trust, set_strangers_apart, weigh_clusters
from forensic_style.views import Nuisances, Replicates

Content = str | Sequence[str | None] | Mapping[str, str | None]


def cluster(
    table: FingerprintTable,
    *,
    content: Content | None = None,
    covariates: ArrayLike | None = None,
    known: Content | None = None,
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
    covariates : numbers to be explained away as well (brightness, size), shape (n_images, n_covariates), in the order
        of `table.paths`, NaN where unknown; new images are taken as average in them
    known : style labels of a few images, given like `content`. Images of one style stay together, images of two
        never do; clusters that hold no known image are styles that nobody named
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
    labels, styles = read_content(table, content), read_content(table, known)
    numbers = _read_covariates(table, covariates)
    chosen = table.select_families(families or _name_families(table), axis=axis)
    _check_measured(chosen)
    order = _order_by_content_of_files(chosen, labels, styles)
    ordered = chosen.select_images(order)
    with _timed(timings, "standardize"):
        scaler = FingerprintScaler(ordered.shares)
        standardized = scaler.fit_transform(ordered.values, missing=ordered.missing_values)
    unreplicated = ordered.per_file if ordered.per_file.any() else None
    shown = Nuisances(_as_objects(labels, order), None if numbers is None else numbers[order])
    with _timed(timings, "cluster"), one_thread_for_algebra():
        found = find_styles(
            standardized,
            ordered.groups,
            content=shown.content,
            covariates=shown.covariates,
            known=_as_objects(styles, order),
            n_clusters=n_clusters,
            linkage=linkage,
            random_state=random_state,
            unreplicated=unreplicated,
        )
    settings = {
        "content": content if isinstance(content, str) else content is not None,
        "covariates": 0 if numbers is None else numbers.shape[1],
        "known": known if isinstance(known, str) else known is not None,
        "clusters": "auto" if n_clusters is None else n_clusters,
        "families": [family.name for family in chosen.families],
        "axis": axis,
        "linkage": linkage,
        "random_state": random_state,
    }
    with one_thread_for_algebra():
        with _timed(timings, "weigh"):
            found, clusters = set_strangers_apart(found, _as_objects(styles, order))
            trust = weigh_clusters(
                found,
                clusters,
                standardized,
                ordered.groups,
                chosen.families,
                shown=shown,
                unreplicated=unreplicated,
                random_state=random_state,
            )
        steps = _keep_steps(ordered, scaler, found)
        means = average_parts(standardized, ordered.groups)
        given = Given(labels, styles, settings)
        return _describe(chosen, order, means, steps, found, trust, given, timings)


@dataclass(frozen=True)
class Given:
    """What the user said: content labels and known styles in the order of the table, or None, and the parameters."""

    content: list[str] | None
    known: list[str] | None
    settings: Mapping[str, Any]


def _name_families(table: FingerprintTable) -> list[str] | None:
    """Those that take part unless others are named."""
    return [family.name for family in table.families if family.sees != "image"] or None


def _order_by_content_of_files(
    table: FingerprintTable, content: list[str] | None, known: list[str] | None
) -> NDArray[np.intp]:
    """An order of the images that depends on neither names nor the order of the input."""
    blank = [""] * len(table.images)
    keys = list(zip([image.sha256 for image in table.images], content or blank, known or blank, strict=True))
    return np.array(sorted(range(len(keys)), key=lambda number: keys[number]))


def _as_objects(labels: list[str] | None, order: NDArray[np.intp]) -> NDArray[np.object_] | None:
    return None if labels is None else np.array(labels, dtype=object)[order]


def _describe(
    table: FingerprintTable,
    order: NDArray[np.intp],
    means: NDArray[np.float64],
    model: StyleModel,
    found: StylesFound,
    trust: Trust,
    given: Given,
    timings: Mapping[str, float],
) -> ClusterResult:
    """Bring what was found back to the order of the table, and put it into words."""
    rows, labels = found.best.rows, trust.labels
    back = np.argsort(order)
    placed = np.flatnonzero(labels[back] >= 0)
    alignments = measure_alignments(
        [table.images[number] for number in placed],
        labels[back][placed],
        None if given.content is None else [given.content[number] for number in placed],
    )
    is_tested = given.settings["clusters"] == "auto"
    caveats = list_caveats(table.images, found, alignments, given.content, is_tested=is_tested)
    return ClusterResult(
        table=table,
        labels=labels[back],
        confidences=(trust.agreement * model.weigh(rows.windows, groups=rows.groups, labels=labels))[back],
        tree=_rename_leaves(found.best.clustering.tree_, order),
        coordinates=rows.images[back],
        positions=_lay_out(rows.images)[back],
        traits=explain_clusters(
            means[labels >= 0], labels[labels >= 0], table.families, missing=table.missing[order][labels >= 0]
        ),
        alignments=alignments,
        splits=found.splits,
        evidence=found.best.evidence,
        warnings=caveats + describe_known(found.known, table.paths, order.tolist()) + _doubt_columns(table),
        content=None if given.content is None else tuple(given.content),
        known=None if given.known is None else tuple(given.known),
        names=("",) * found.best.clustering.n_clusters_ if found.known is None else found.known.names,
        stabilities=trust.stabilities,
        numbers=trust.numbers,
        axes=_reorder_axes(trust.axes, back),
        settings=given.settings,
        timings=timings,
        model=model,
    )


def _reorder_axes(axes: CrossedAxes | None, back: NDArray[np.intp]) -> CrossedAxes | None:
    if axes is None:
        return None
    apart = {axis.axis: replace(axis, labels=axis.labels[back]) for axis in (axes.acquisition, axes.processing)}
    return replace(axes, acquisition=apart["acquisition"], processing=apart["processing"])


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


def _read_covariates(table: FingerprintTable, covariates: ArrayLike | None) -> NDArray[np.float64] | None:
    if covariates is None:
        return None
    numbers = np.asarray(covariates, dtype=np.float64)
    numbers = numbers[:, None] if numbers.ndim == 1 else numbers
    if numbers.ndim != 2 or len(numbers) != len(table.images) or np.isinf(numbers).any():
        raise ParameterError(
            f"There are {len(table.images)} images and covariates of shape {numbers.shape}. Give a row per image, in "
            "the order of table.paths, of finite numbers or NaN."
        )
    return numbers


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
        spread=best.inflation * _measure_spread(best.rows, best.clustering),
    )


def _measure_spread(rows: Replicates, clustering: StyleClustering) -> NDArray[np.float64]:
    """Variance of images about the nearest centre plus of windows about their image, per column of the metric."""
    centres = clustering.cluster_centers_[clustering.predict(rows.images)]
    within_images = rows.windows - average_parts(rows.windows, rows.groups)[rows.groups]
    among, within = (rows.images - centres) @ clustering.metric_, within_images @ clustering.metric_
    return (among**2).mean(axis=0) + (within**2).mean(axis=0) + 1e-9


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
