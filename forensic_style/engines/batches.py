"""Tasks in batches by the bytes of their files: a batch is neither so small that sending it is the work, nor so large
that losing it hurts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from forensic_style.measuring import Task
from forensic_style.places import is_url

MOST_BYTES = 32_000_000  # of the files of a batch, unless a single one is larger
MOST_FILES = 64
FIRST_FILES = 4  # batches grow up to MOST_FILES, so that a small set is spread over all workers
TYPICAL_BYTES = 4_000_000  # of a file whose size is not known before it is fetched


@dataclass(frozen=True)
class Batch:
    """Tasks measured together by one thread of a worker.

    Parameters
    ----------
    tasks : at least one
    is_sure : whether files that are not on the worker are known to be missing here too
    is_alone : measured while nothing else is, because it may be what ends workers
    """

    tasks: tuple[Task, ...]
    is_sure: bool = False
    is_alone: bool = False


def form_batches(tasks: Iterable[Task], count_threads: Callable[[], int]) -> Iterator[Batch]:
    """Batches of at most MOST_BYTES and MOST_FILES, with tasks taken as they are needed.

    Parameters
    ----------
    tasks : with locations as on this machine; batches have absolute ones
    count_threads : how many threads measure now: with every two batches for each, batches double
    """
    batch, n_bytes, n_formed, most = list[Task](), 0, 0, FIRST_FILES
    for task in tasks:
        size = _measure_size(task)
        if batch and (n_bytes + size > MOST_BYTES or len(batch) >= most):
            yield Batch(tuple(batch))
            n_formed += 1
            if n_formed >= 2 * count_threads():
                n_formed, most = 0, min(MOST_FILES, 2 * most)
            batch, n_bytes = [], 0
        batch.append(_locate(task))
        n_bytes += size
    if batch:
        yield Batch(tuple(batch))


def _measure_size(task: Task) -> int:
    image = task.image
    if image.problem:
        return 0
    if image.n_bytes is not None:
        return image.n_bytes
    if is_url(image.location):
        return TYPICAL_BYTES
    try:
        return os.stat(image.location).st_size
    except (OSError, ValueError):  # that it cannot be read is an outcome
        return 0


def _locate(task: Task) -> Task:
    """The task with a location that means the same wherever a worker was started."""
    location = task.image.location
    if is_url(location) or os.path.isabs(location):
        return task
    return replace(task, image=replace(task.image, location=os.path.abspath(location)))
