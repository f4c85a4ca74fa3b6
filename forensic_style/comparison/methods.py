"""Methods on a table: this program's own, and the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from forensic_style.baselines.methods import METHODS, NEEDS, Method, MethodTask
from forensic_style.baselines.predictability import ContentPredictability
from forensic_style.clusters.partition import average_parts
from forensic_style.errors import ForensicStyleError, ParameterError
from forensic_style.evaluation.counts import UNPLACED
from forensic_style.manifest import InputImage
from forensic_style.pipeline import cluster
from forensic_style.report.words import count_things
from forensic_style.table import FingerprintTable
from forensic_style.threads import one_thread_for_algebra

STYLE = "style"
DEFAULT = ("kmeans", STYLE)
BESIDE = {
    "autoencoder": ("autoencoder-unconditional", "linear"),
    "autoencoder-patches": ("autoencoder-patches-unconditional",),
}
"""What belongs beside a method: the one that is not told the content, and the linear case in closed form."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Found:
    """What a method found in a table.

    Parameters
    ----------
    labels : integer array, shape (n_images,), -1 where an image belongs to no cluster
    seconds : that it took, by the clock; None for a run, which was made before
    notes : sentences about how it went
    content_before, content_after : how well content is told from the rows, before and after the method changed them
    """

    labels: NDArray[np.intp]
    seconds: float | None = None
    notes: tuple[str, ...] = ()
    content_before: ContentPredictability | None = None
    content_after: ContentPredictability | None = None


@dataclass(frozen=True, eq=False)
class Asked:
    """What all methods are given, in the order of the images: labels, "" where unknown, and files, None where unknown.

    There may be no files at all: then methods that see pixels cannot be run.
    """

    content: list[str] | None
    known: list[str] | None
    n_clusters: int
    random_state: int = 0
    progress: Progress | None = None
    files: tuple[InputImage | None, ...] = ()


def list_titles() -> dict[str, str]:
    """Names of all methods and a few words on each; this program's own is the first."""
    return {STYLE: "style search"} | {name: method.title for name, method in METHODS.items()}


def sees_pixels(name: str) -> bool:
    """Whether a method looks at the files and not at the table."""
    return name in METHODS and "patches" in METHODS[name].needs


def check_methods(names: Sequence[str], *, given: frozenset[str]) -> list[str]:
    """The names, each once, in the order given.

    Parameters
    ----------
    names : of methods
    given : what there is to be given, out of NEEDS

    Raises
    ------
    ParameterError
        where there is no such method, or it needs what is not given.
    ForensicStyleError
        where it needs the extra that is not installed.
    """
    titles = list_titles()
    for name in names:
        if name not in titles:
            raise ParameterError(f"There is no method {name!r}. There are: {', '.join(titles)}.")
        needs = METHODS[name].needs if name in METHODS else frozenset[str]()
        unmet = [NEEDS[need] for need in NEEDS if need in needs - given - {"deep"}]
        if unmet:
            raise ParameterError(f"The method {name!r} needs {' and '.join(unmet)}. Give them, or leave it out.")
        if "deep" in needs and find_spec("torch") is None:
            message = f"The method {name!r} needs PyTorch, which is not installed"
            raise ForensicStyleError(f"{message}. Run: pip install 'forensic_style[deep]'")
    return list(dict.fromkeys(names))


def list_beside(names: Sequence[str]) -> list[str]:
    """Methods that belong beside those named, as far as these are not named themselves.

    >>> list_beside(["kmeans", "autoencoder", "linear"])
    ['autoencoder-unconditional']
    """
    return [name for one in dict.fromkeys(names) for name in BESIDE.get(one, ()) if name not in names]


def run_method(name: str, table: FingerprintTable, asked: Asked) -> Found:
    """Cluster the images of a table.

    Raises
    ------
    ForensicStyleError
        where the method cannot be run on it.
    """
    if name == STYLE:
        return _search(table, asked)
    return _run(METHODS[name], table, asked)


def _search(table: FingerprintTable, asked: Asked) -> Found:
    start = time.perf_counter()
    result = cluster(
        table,
        content=asked.content,
        known=asked.known,
        n_clusters=asked.n_clusters,
        random_state=asked.random_state,
    )
    return Found(result.labels, time.perf_counter() - start, tuple(result.warnings))


def _run(method: Method, table: FingerprintTable, asked: Asked) -> Found:
    matrix = average_images(table)
    task = MethodTask(
        X=matrix.values,
        shares=matrix.shares,
        missing=matrix.missing,
        content=asked.content,
        known=asked.known,
        n_clusters=asked.n_clusters,
        random_state=asked.random_state,
        progress=asked.progress,
    )
    if "patches" in method.needs:
        return _run_on_pixels(method, task, asked)
    with one_thread_for_algebra():
        result = method.run(task)
    return Found(result.labels, result.seconds, result.notes, result.content_before, result.content_after)


def _run_on_pixels(method: Method, task: MethodTask, asked: Asked) -> Found:
    """Let a method see patches of the files; images without them are put in no cluster."""
    from forensic_style.embedding.patches import read_patches

    there = [(number, file) for number, file in enumerate(asked.files) if file is not None]
    patches, read, _ = read_patches([file for _, file in there], progress=asked.progress)
    rows = [there[place][0] for place in read]
    if not rows:
        raise ParameterError("None of the files of the images can be read. Name the manifest that lies beside them.")
    result = method.run(
        replace(
            task,
            X=task.X[rows],
            missing=None if task.missing is None else task.missing[rows],
            content=None if task.content is None else [task.content[row] for row in rows],
            known=None if task.known is None else [task.known[row] for row in rows],
            patches=patches,
        )
    )
    labels = np.full(len(task.X), UNPLACED, dtype=np.intp)
    labels[rows] = result.labels
    n_left = len(task.X) - len(rows)
    notes = (f"{count_things(n_left, 'image')} of no cluster: no patch of the files could be read.",) if n_left else ()
    return Found(labels, result.seconds, result.notes + notes, result.content_before, result.content_after)


@dataclass(frozen=True, eq=False)
class ImageMatrix:
    """One row for each image: values, shares and missing as a MethodTask wants them."""

    values: NDArray[np.float64]
    shares: NDArray[np.bool_]
    missing: NDArray[np.bool_] | None


def average_images(table: FingerprintTable) -> ImageMatrix:
    """The mean of the windows of each image, in the families that this program's search takes by itself."""
    names = [family.name for family in table.families if family.sees != "image"]
    chosen = table.select_families(names or None)
    missing = None
    if chosen.missing.any():
        missing = np.repeat(chosen.missing, [family.dimension for family in chosen.families], axis=1)
    return ImageMatrix(average_parts(chosen.values.astype(np.float64), chosen.groups), chosen.shares, missing)
