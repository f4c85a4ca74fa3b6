"""The other ways by name: all on the same standardized rows, so that differences come from what they do with them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from forensic_style.baselines.autoencoder import ConditionalAutoencoder
from forensic_style.baselines.deep import Training, describe_training, import_torch
from forensic_style.baselines.linear import LinearConditionalAutoencoder
from forensic_style.baselines.partitions import cluster_kmeans, cluster_nearest, cluster_ward
from forensic_style.baselines.patch_network import PatchNetwork
from forensic_style.baselines.predictability import Learn, Transform, measure_content_predictability
from forensic_style.baselines.rows import learn_centres, prepare_rows
from forensic_style.baselines.supervised import SupervisedRepresentation
from forensic_style.baselines.tasks import NEEDS, Method, MethodResult, MethodTask, Patches
from forensic_style.clusters.partition import average_parts
from forensic_style.content.adjust import ContentAdjuster
from forensic_style.errors import ParameterError

__all__ = ["METHODS", "NEEDS", "REMOVALS", "Method", "MethodResult", "MethodTask", "Patches"]

CODE = 10  # length of the code of the linear case

BELOW_CHANCE = (
    "Content was told worse than by chance, as happens where its means are learnt from the images; given as chance."
)

Rows = NDArray[np.float64]
Represent = Callable[[Rows, MethodTask], tuple[Rows, tuple[str, ...]]]
Learner = Callable[[MethodTask], Learn]
Cluster = Callable[[Rows, MethodTask], NDArray[np.intp]]


def _by_kmeans(rows: Rows, task: MethodTask) -> NDArray[np.intp]:
    return cluster_kmeans(rows, task.n_clusters, random_state=task.random_state)


def _by_ward(rows: Rows, task: MethodTask) -> NDArray[np.intp]:
    return cluster_ward(rows, task.n_clusters)


def _by_neighbours(rows: Rows, task: MethodTask) -> NDArray[np.intp]:
    return cluster_nearest(rows, task.n_clusters, random_state=task.random_state)


def _keep(rows: Rows, task: MethodTask) -> tuple[Rows, tuple[str, ...]]:
    return rows, ()


def _learn_centres(task: MethodTask) -> Learn:
    return learn_centres


def _learn_crossed(task: MethodTask) -> Learn:
    def learn(rows: Rows, content: list[str]) -> Transform:
        adjuster = ContentAdjuster(n_styles=min(task.n_clusters, len(rows))).fit(rows, content=content)
        return lambda others, shown: adjuster.transform(others, content=shown)

    return learn


def _learn_linear(task: MethodTask) -> Learn:
    def learn(rows: Rows, content: list[str]) -> Transform:
        coder = LinearConditionalAutoencoder(CODE).fit(rows, content=content)
        return lambda others, shown: coder.transform(others, content=shown)

    return learn


def _apply(rows: Rows, task: MethodTask, *, learner: Learner) -> tuple[Rows, tuple[str, ...]]:
    content = task.content or [""] * len(rows)
    return learner(task)(rows, content)(rows, content), ()


def _learn_styles(rows: Rows, task: MethodTask) -> tuple[Rows, tuple[str, ...]]:
    known = task.known or []
    layer = SupervisedRepresentation(random_state=task.random_state).fit(rows, known).transform(rows)
    return layer, (_count_labels(known),)


def _learn_patches(rows: Rows, task: MethodTask) -> tuple[Rows, tuple[str, ...]]:
    known, patches = task.known or [], _take_patches(task)
    network = PatchNetwork(random_state=task.random_state).fit(patches, known, progress=task.progress)
    return network.transform(patches), (_count_labels(known), _count_patches(patches))


def _code_linearly(rows: Rows, task: MethodTask) -> tuple[Rows, tuple[str, ...]]:
    return LinearConditionalAutoencoder(CODE).fit_transform(rows), ()


def _code(rows: Rows, task: MethodTask, *, conditional: bool) -> tuple[Rows, tuple[str, ...]]:
    coder = ConditionalAutoencoder(conditional=conditional, random_state=task.random_state)
    coder.fit(rows, content=task.content, progress=task.progress)
    return coder.transform(rows), (describe_training(coder.history_),)


def _code_patches(rows: Rows, task: MethodTask, *, conditional: bool) -> tuple[Rows, tuple[str, ...]]:
    patches = _take_patches(task)
    content = [task.content[image] for image in patches.images] if task.content and conditional else None
    coder = ConditionalAutoencoder(
        conditional=conditional,
        kind="patches",
        random_state=task.random_state,
        training=Training(most_epochs=40, patience=8, random_state=task.random_state),
    )
    coder.fit(patches.values, content=content, groups=patches.images, progress=task.progress)
    code = average_parts(coder.transform(patches.values), patches.images)
    return code, (describe_training(coder.history_), _count_patches(patches))


def _take_patches(task: MethodTask) -> Patches:
    if task.patches is None:
        raise ParameterError(f"This method needs {NEEDS['patches']}. Give them as well.")
    return task.patches


def _count_labels(known: list[str]) -> str:
    labels = [label for label in known if label]
    return f"Learnt from {len(labels)} labels of {len(set(labels))} styles."


def _count_patches(patches: Patches) -> str:
    return f"Saw {len(patches.values):,} patches of {patches.values.shape[1]} x {patches.values.shape[2]} pixels."


REMOVALS: dict[str, Learner | None] = {"none": None, "centred": _learn_centres, "crossed": _learn_crossed}
"""How the content is removed: not at all, by centring per content, by crossed effects beside the styles."""

_CLUSTERERS: dict[str, tuple[str, Cluster]] = {
    "ward": ("Ward's tree", _by_ward),
    "kmeans": ("k-means", _by_kmeans),
    "nearest": ("nearest neighbours", _by_neighbours),
}
_REMOVED = {"none": "", "centred": ", centred per content", "crossed": ", crossed effects removed"}


def _run(
    task: MethodTask, *, needs: frozenset[str], represent: Represent, cluster: Cluster, learner: Learner | None
) -> MethodResult:
    unmet = task.list_unmet(needs)
    if unmet:
        raise ParameterError(f"This method needs {' and '.join(NEEDS[need] for need in unmet)}. Give them as well.")
    if "deep" in needs:
        import_torch()
    start = time.perf_counter()
    rows = prepare_rows(task.X, shares=task.shares, missing=task.missing)
    represented, notes = represent(rows, task)
    labels = cluster(represented, task)
    seconds = time.perf_counter() - start
    if task.content is None:
        return MethodResult(labels, seconds, notes)
    before = measure_content_predictability(rows, task.content)
    learn = None if learner is None else learner(task)
    after = measure_content_predictability(represented if learn is None else rows, task.content, learn=learn)
    if after is not None and "content" in needs and after.accuracy < after.chance:
        after, notes = replace(after, accuracy=after.chance), (*notes, BELOW_CHANCE)
    return MethodResult(labels, seconds, notes, before, after)


def _declare(
    name: str,
    title: str,
    represent: Represent,
    *,
    needs: tuple[str, ...] = (),
    cluster: Cluster = _by_kmeans,
    learner: Learner | None = None,
) -> Method:
    """A method; with a learner of what represents the rows where that can be learnt anew without some of them."""
    needed = frozenset(needs)
    run = partial(_run, needs=needed, represent=represent, cluster=cluster, learner=learner)
    return Method(name, title, needed, run)


def _list_plain() -> list[Method]:
    return [
        _declare(
            name if removal == "none" else f"{name}-{removal}",
            title + _REMOVED[removal],
            partial(_apply, learner=learner) if learner else _keep,
            needs=("content",) if learner else (),
            cluster=cluster,
            learner=learner,
        )
        for name, (title, cluster) in _CLUSTERERS.items()
        for removal, learner in REMOVALS.items()
    ]


def _list_pairs(
    name: str, title: str, represent: Callable[..., tuple[Rows, tuple[str, ...]]], needs: tuple[str, ...]
) -> list[Method]:
    """A way that is told the content, and beside it always the one that is not."""
    told = _declare(name, title, partial(represent, conditional=True), needs=("content", *needs))
    untold = f"{title}, not told the content"
    return [told, _declare(f"{name}-unconditional", untold, partial(represent, conditional=False), needs=needs)]


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        *_list_plain(),
        _declare("network", "classifier without its head", _learn_styles, needs=("known",)),
        _declare(
            "network-ward",
            "classifier without its head, Ward's tree",
            _learn_styles,
            needs=("known",),
            cluster=_by_ward,
        ),
        _declare(
            "network-patches",
            "classifier of patches without its head",
            _learn_patches,
            needs=("known", "patches", "deep"),
        ),
        _declare(
            "linear",
            "linear conditional autoencoder",
            partial(_apply, learner=_learn_linear),
            needs=("content",),
            learner=_learn_linear,
        ),
        _declare("linear-unconditional", "linear conditional autoencoder, not told the content", _code_linearly),
        *_list_pairs("autoencoder", "conditional autoencoder", _code, ("deep",)),
        *_list_pairs("autoencoder-patches", "conditional autoencoder of patches", _code_patches, ("patches", "deep")),
    )
}
"""All methods by name, simple ones first. All but the first nine and `network-ward` are clustered by k-means."""
