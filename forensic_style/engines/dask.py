"""Workers of a Dask cluster, on one machine or many, measure batches of files; what comes out is the same.

A worker that dies costs nothing: its batches are measured by others. A batch whose workers die again and again is
taken apart, and a file that ends its workers even while nothing else is measured is skipped. A scheduler that is
restarted is waited for, and what it took with it is measured again.
"""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from forensic_style.engines.batches import Batch, form_batches
from forensic_style.errors import ClusterError, ForensicStyleError, ParameterError
from forensic_style.measuring import Outcome, Plan, Task
from forensic_style.store.codec import decode_outcome
from forensic_style.table import SkippedImage

if TYPE_CHECKING:
    from forensic_style.engines.connection import Connection

BATCHES_PER_THREAD = 2  # one is measured, one waits: bounds what a lost scheduler costs
SECONDS_OF_PATIENCE = 600.0


class DaskEngine:
    """Measure on the workers of a Dask cluster. They must see the files under the same paths, or URLs.

    Parameters
    ----------
    scheduler : its address, such as tcp://192.168.0.1:8786
    notify : is given sentences about lost connections and missing workers; warnings where None
    patience : seconds to wait for a scheduler that is gone, or for workers where there are none

    Raises
    ------
    ParameterError
        where Dask is not installed.
    """

    def __init__(
        self, scheduler: str, *, notify: Callable[[str], None] | None = None, patience: float = SECONDS_OF_PATIENCE
    ) -> None:
        if importlib.util.find_spec("distributed") is None:
            raise ParameterError("The engine 'dask' needs Dask, which is not installed. Install forensic_style[dask].")
        self.scheduler, self.patience = scheduler, patience
        self.notify = notify or _warn

    def prepare(self, plan: Plan) -> None:
        """Workers load kernels when they measure."""

    def measure(self, tasks: Iterable[Task], plan: Plan) -> Iterator[Outcome]:
        """Outcomes as batches are done, in any order.

        Raises
        ------
        ClusterError
            where the scheduler or all workers stay away, or workers have other versions or do not see the files.
        ReaderError, StorageError
            where a worker can read no file at all.
        """
        from forensic_style.engines.connection import Connection

        with Connection(self.scheduler, plan, notify=self.notify, patience=self.patience) as connection:
            yield from _Measurement(connection, tasks).run()


class _Measurement:
    """What is still to be measured, and in what order."""

    def __init__(self, connection: Connection, tasks: Iterable[Task]) -> None:
        self.connection = connection
        self.fresh = form_batches(tasks, lambda: connection.n_threads)
        self.waiting: deque[Batch] = deque()  # to be sent before fresh ones
        self.suspects: deque[Batch] = deque()  # to be measured alone, after everything else

    def run(self) -> Iterator[Outcome]:
        """Outcomes of everything."""
        while self._send() or self.connection.under_way:
            collected = self.connection.collect()
            if collected is None:
                self.waiting.extend(self.connection.take_lost())
            elif isinstance(collected[1], Exception):
                yield from self._handle(*collected)  # type: ignore[arg-type]
            elif not collected[1]:
                self.waiting.append(_make_sure(collected[0]))
            else:
                yield from map(decode_outcome, collected[1])

    def _send(self) -> bool:
        """Keep the workers busy; whether anything is left that could not be sent yet."""
        room = self.connection.n_threads * BATCHES_PER_THREAD
        while self._find_next():
            if self.connection.under_way >= room:
                return True
            self.connection.send(self.waiting.popleft())
        return bool(self.suspects)

    def _find_next(self) -> bool:
        """Bring the next batch to the front; one that may end workers is next when nothing else is under way."""
        if not self.waiting:
            self.waiting.extend(_take_one(self.fresh))
        if not self.waiting and self.suspects and not self.connection.under_way:
            self.waiting.append(self.suspects.popleft())
        return bool(self.waiting)

    def _handle(self, batch: Batch, error: Exception) -> Iterator[Outcome]:
        """What becomes of a batch that ended in an error: taken apart, put aside, skipped; or the end of the run."""
        from distributed import KilledWorker

        if not isinstance(error, KilledWorker):
            raise _explain(error)
        if len(batch.tasks) > 1:
            self.waiting.extend(replace(batch, tasks=(task,)) for task in batch.tasks)
        elif not batch.is_alone:
            self.suspects.append(replace(batch, is_alone=True))
        else:
            n_workers = error.allowed_failures + 1
            message = (
                f"It ended {n_workers} workers that measured nothing else. Leave it out, or give them more memory."
            )
            yield SkippedImage(batch.tasks[0].image.path, "crashed", message)


def _take_one(batches: Iterator[Batch]) -> list[Batch]:
    batch = next(batches, None)
    return [] if batch is None else [batch]


def _make_sure(batch: Batch) -> Batch:
    """A batch none of whose files is on its worker: to be measured all the same, if they are not here either.

    Raises
    ------
    ClusterError
        where they are here.
    """
    here = [task.image.location for task in batch.tasks if os.path.lexists(task.image.location)]
    if here:
        message = f"A worker does not see the file {here[0]!r}, which is there on this machine."
        raise ClusterError(f"{message} Mount the folder under the same path on every worker, or name inputs by URL.")
    return replace(batch, is_sure=True)


def _explain(error: Exception) -> Exception:
    """An error of a worker, as one of ours where its surroundings are to blame."""
    if isinstance(error, ForensicStyleError):
        return error
    if isinstance(error, ImportError) or "deserialization" in str(error):
        what = f"A worker or the scheduler cannot load what it needs ({str(error).strip().splitlines()[0]})."
        return ClusterError(f"{what} Install the same version of forensic_style[dask] on all of them.")
    return error


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=2)
