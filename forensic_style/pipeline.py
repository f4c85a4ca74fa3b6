"""FingerprintTable -> ClusterResult: standardize, replicate space, remove content, cluster, audit."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forensic_style.arguments import check_arguments, check_measured, read_covariates
from forensic_style.audit import audit_clusters, warn_of_claims
from forensic_style.caveats import describe_known, list_caveats
from forensic_style.clusters.clustering import StyleClustering
from forensic_style.clusters.joins import join_clusters
from forensic_style.clusters.partition import average_parts
from forensic_style.explain import deal_cards, shorten_cards
from forensic_style.labels import Labels, read_labels
from forensic_style.placement.matching import learn_members
from forensic_style.placement.model import StyleModel
from forensic_style.result import ClusterResult
from forensic_style.sampling import MEAN_ROW
from forensic_style.search.axes import CrossedAxes
from forensic_style.search.family_shares import FamilyShares, list_confounds, measure_shares
from forensic_style.search.styles import StylesFound
from forensic_style.search.suspects import find_sound_styles, warn_of_suspects
from forensic_style.search.trust import Trust, set_strangers_apart, weigh_clusters
from forensic_style.search.views import Nuisances, Replicates
from forensic_style.standardize import FingerprintScaler
from forensic_style.table import FingerprintTable
from forensic_style.threads import one_thread_for_algebra


def cluster(
    table: FingerprintTable,
    *,
    content: Labels | None = None,
    covariates: ArrayLike | None = None,
    known: Labels | None = None,
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
    check_arguments(table, n_clusters, linkage)
    labels, styles = read_labels(table, content), read_labels(table, known, what="known styles")
    numbers = read_covariates(table, covariates)
    chosen = table.select_families(families or _name_families(table), axis=axis)
    check_measured(chosen)
    order = _order_by_content_of_files(chosen, labels, styles)
    with _timed(timings, "standardize"):
        ready = _Ready.of(chosen, order)
    shown = Nuisances(_as_objects(labels, order), None if numbers is None else numbers[order])
    with _timed(timings, "cluster"), one_thread_for_algebra():
        sound = find_sound_styles(
            ready.standardized,
            ready.table.groups,
            ready.table.families,
            confounds=list_confounds(ready.table.images),
            content=shown.content,
            covariates=shown.covariates,
            known=_as_objects(styles, order),
            n_clusters=n_clusters,
            linkage=linkage,
            random_state=random_state,
            unreplicated=ready.unreplicated,
        )
    if sound.left_out:
        chosen = chosen.select_families(sound.name_kept(chosen.families))
        ready = _Ready.of(chosen, order)
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
    with _timed(timings, "weigh"), one_thread_for_algebra():
        found, trust = _weigh(ready, sound.found, shown, _as_objects(styles, order), random_state)
        return _describe(
            chosen, order, ready, shown, found, trust, Given(labels, styles, settings, sound.left_out), timings
        )


@dataclass(frozen=True)
class _Ready:
    """Fingerprints in the order of the search, and made comparable."""

    table: FingerprintTable
    scaler: FingerprintScaler
    standardized: NDArray[np.float64]

    @classmethod
    def of(cls, table: FingerprintTable, order: NDArray[np.intp]) -> _Ready:
        """Put the images of a table into an order, and learn the scale of its columns."""
        ordered = table.select_images(order)
        scaler = FingerprintScaler(ordered.shares)
        return cls(ordered, scaler, scaler.fit_transform(ordered.values, missing=ordered.missing_values))

    @property
    def unreplicated(self) -> NDArray[np.bool_] | None:
        """Columns that are the same for all windows of an image, or None."""
        return self.table.per_file if self.table.per_file.any() else None


@dataclass(frozen=True)
class Given:
    """What the user said: content labels and known styles in the order of the table, or None, and the parameters.

    `left_out` are families that the search does without.
    """

    content: list[str] | None
    known: list[str] | None
    settings: Mapping[str, Any]
    left_out: tuple[FamilyShares, ...]


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


def _weigh(
    ready: _Ready, found: StylesFound, shown: Nuisances, known: NDArray[np.object_] | None, random_state: int
) -> tuple[StylesFound, Trust]:
    """The search without its odd images, and how far its clusters can be trusted."""
    found, labels = set_strangers_apart(found, shown, known=known)
    trust = weigh_clusters(
        found,
        labels,
        ready.standardized,
        ready.table.groups,
        ready.table.families,
        shown=shown,
        unreplicated=ready.unreplicated,
        random_state=random_state,
    )
    return found, trust


def _describe(
    table: FingerprintTable,
    order: NDArray[np.intp],
    ready: _Ready,
    shown: Nuisances,
    found: StylesFound,
    trust: Trust,
    given: Given,
    timings: Mapping[str, float],
) -> ClusterResult:
    """Bring what was found back to the order of the table, and put it into words."""
    rows, labels = found.best.rows, trust.labels
    back = np.argsort(order)
    means = average_parts(ready.standardized, ready.table.groups)
    model = learn_members(_keep_steps(ready, found, labels), table, labels[back], content=given.content)
    confidences = trust.agreement * model.weigh(rows.windows, groups=rows.groups, labels=labels)
    joins = join_clusters(rows.images, labels)
    seed = given.settings["random_state"]
    audit = audit_clusters(
        table.images, labels[back], rows.images[back], joins, content=given.content, random_state=seed
    )
    cards = deal_cards(
        table,
        means[back],
        labels[back],
        joins,
        coordinates=rows.images[back],
        confidences=confidences[back],
        random_state=seed,
    )
    is_tested = given.settings["clusters"] == "auto"
    caveats = list_caveats(table.images, found, given.content, is_tested=is_tested)
    return ClusterResult(
        table=table,
        labels=labels[back],
        confidences=confidences[back],
        tree=_rename_leaves(found.best.clustering.tree_, order),
        coordinates=rows.images[back],
        positions=_lay_out(rows.images)[back],
        traits=shorten_cards(cards, int(labels.max()) + 1),
        joins=joins,
        cards=cards,
        audit=audit,
        splits=found.splits,
        evidence=found.best.evidence,
        warnings=(
            *audit.warnings,
            *caveats,
            *warn_of_claims(audit.claims, table.paths),
            *describe_known(found.known, table.paths, order.tolist()),
            *_count_clusters(given.settings["clusters"], labels),
            *warn_of_suspects(given.left_out),
            *_doubt_columns(table),
        ),
        content=None if given.content is None else tuple(given.content),
        known=None if given.known is None else tuple(given.known),
        names=("",) * found.best.clustering.n_clusters_ if found.known is None else found.known.names,
        stabilities=trust.stabilities,
        numbers=trust.numbers,
        axes=_reorder_axes(trust.axes, back),
        shares=measure_shares(
            ready.standardized,
            ready.table.groups,
            ready.table.families,
            labels,
            content=shown.content,
            confounds=list_confounds(ready.table.images),
        ),
        left_out=given.left_out,
        settings=given.settings,
        timings=timings,
        model=model,
    )


def _reorder_axes(axes: CrossedAxes | None, back: NDArray[np.intp]) -> CrossedAxes | None:
    if axes is None:
        return None
    apart = {axis.axis: replace(axis, labels=axis.labels[back]) for axis in (axes.acquisition, axes.processing)}
    return replace(axes, acquisition=apart["acquisition"], processing=apart["processing"])


def _count_clusters(asked: int | str, labels: NDArray[np.intp]) -> tuple[str, ...]:
    """A sentence where there are fewer clusters than were asked for."""
    n_found = int(labels.max()) + 1
    if asked == "auto" or n_found >= int(asked):
        return ()
    return (f"{asked} clusters were asked for, and {n_found} found: the known styles leave no more.",)


def _doubt_columns(table: FingerprintTable) -> tuple[str, ...]:
    """Sentences about what the chosen families cannot judge."""
    caveats = []
    n_blank = int(table.missing.all(axis=1).sum())
    if n_blank:
        names = ", ".join(family.name for family in table.families)
        caveats.append(f"{n_blank} images have none of the families {names}: their cluster says nothing about them.")
    n_means = int((table.windows[:, 0] == MEAN_ROW).sum())
    if n_means > len(table.images) / 2:
        caveats.append(
            f"{n_means:,} images have their mean row alone, as large sets keep it: their windows tell nothing."
        )
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


def _keep_steps(ready: _Ready, found: StylesFound, labels: NDArray[np.intp]) -> StyleModel:
    """The fitted steps, for new images."""
    best, table = found.best, ready.table
    return StyleModel(
        columns=tuple(table.columns),
        family_versions={family.name: family.version for family in table.families},
        scaler=ready.scaler,
        space=best.space,
        limiter=best.limiter,
        adjuster=best.adjuster,
        clustering=best.clustering,
        spread=best.inflation * _measure_spread(best.rows, best.clustering, labels),
    )


def _measure_spread(rows: Replicates, clustering: StyleClustering, labels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Variance of images about the nearest centre plus of windows about their image, per column of the metric.

    Images of no cluster have no part in it.
    """
    inside = labels >= 0
    centres = clustering.cluster_centers_[clustering.predict(rows.images[inside])]
    kept = inside[rows.groups]
    within_images = rows.windows[kept] - average_parts(rows.windows, rows.groups)[rows.groups[kept]]
    among, within = (rows.images[inside] - centres) @ clustering.metric_, within_images @ clustering.metric_
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
