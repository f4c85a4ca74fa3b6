"""The other ways by name: all on the same standardized rows, so that differences come from what they do with them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from forensic_style.baselines.partitions import cluster_kmeans, cluster_nearest, cluster_ward
from forensic_style.baselines.predictability import measure_content_predictability
from forensic_style.baselines.rows import centre_contents, prepare_rows
from forensic_style.baselines.tasks import NEEDS, Method, MethodResult, MethodTask, Patches
from forensic_style.content.adjust import ContentAdjuster
from forensic_style.errors import ParameterError

__all__ = ["METHODS", "NEEDS", "REMOVALS", "Method", "MethodResult", "MethodTask", "Patches"]

Rows = NDArray[np.float64]
Represent = Callable[[Rows, MethodTask], tuple[Rows, tuple[str, ...]]]
Cluster = Callable[[Rows, MethodTask], NDArray[np.intp]]


def _by_kmeans(rows: Rows, task: MethodTask) -> NDArray[np.intp]:
    return cluster_kmeans(rows, task.n_clusters, random_state=task.random_state)


def _by_ward(rows: Rows, task: MethodTask) -> NDArray[np.intp]:
    return cluster_ward(rows, task.n_clusters)


def _by_neighbours(rows: Rows, task: MethodTask) -> NDArray[np.intp]:
    return cluster_nearest(rows, task.n_clusters, random_state=task.random_state)


def _keep(rows: Rows, task: MethodTask) -> tuple[Rows, tuple[str, ...]]:
    return rows, ()


def _centre(rows: Rows, task: MethodTask) -> tuple[Rows, tuple[str, ...]]:
    return centre_contents(rows, task.content), ()


def _cross(rows: Rows, task: MethodTask) -> tuple[Rows, tuple[str, ...]]:
    adjuster = ContentAdjuster(n_styles=task.n_clusters)
    return adjuster.fit_transform(rows, content=task.content), ()


REMOVALS: dict[str, Represent] = {"none": _keep, "centred": _centre, "crossed": _cross}
"""How the content is removed: not at all, by centring per content, by crossed effects beside the styles."""

_CLUSTERERS: dict[str, tuple[str, Cluster]] = {
    "ward": ("Ward's tree", _by_ward),
    "kmeans": ("k-means", _by_kmeans),
    "nearest": ("nearest neighbours", _by_neighbours),
}
_REMOVED = {"none": "", "centred": ", centred per content", "crossed": ", crossed effects removed"}


def _run(task: MethodTask, *, needs: frozenset[str], represent: Represent, cluster: Cluster) -> MethodResult:
    unmet = task.list_unmet(needs)
    if unmet:
        raise ParameterError(f"This method needs {' and '.join(NEEDS[need] for need in unmet)}. Give them as well.")
    start = time.perf_counter()
    rows = prepare_rows(task.X, shares=task.shares, missing=task.missing)
    represented, notes = represent(rows, task)
    labels = cluster(represented, task)
    seconds = time.perf_counter() - start
    told = [
        None if task.content is None else measure_content_predictability(each, task.content)
        for each in (rows, represented)
    ]
    return MethodResult(labels, seconds, notes, *told)


def _declare(name: str, title: str, needs: set[str], represent: Represent, cluster: Cluster) -> Method:
    needed = frozenset(needs)
    return Method(name, title, needed, partial(_run, needs=needed, represent=represent, cluster=cluster))


def _list_methods() -> list[Method]:
    return [
        _declare(
            name if removal == "none" else f"{name}-{removal}",
            title + _REMOVED[removal],
            set() if removal == "none" else {"content"},
            represent,
            cluster,
        )
        for name, (title, cluster) in _CLUSTERERS.items()
        for removal, represent in REMOVALS.items()
    ]


METHODS: dict[str, Method] = {method.name: method for method in _list_methods()}
"""All methods by name, simple ones first."""
