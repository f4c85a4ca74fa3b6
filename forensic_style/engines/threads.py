"""Threads of this process, which measure here, or each in a process of its own where there is much to do."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain, islice
from typing import Protocol

from forensic_style.engines import count_processors
from forensic_style.engines.nursery import CAN_COPY, FEW, Nursery
from forensic_style.errors import ParameterError
from forensic_style.measuring import Outcome, Plan, Task, measure, open_reader
from forensic_style.threads import one_thread_for_each_image
from forensic_style.warming import compile_ahead

WAITING = 8  # tasks per thread that are under way or wait for it: enough while a part is written, and few to lose


class Measurer(Protocol):
    """Measures for one thread."""

    def measure(self, task: Task) -> Outcome:
        """As :func:`forensic_style.measuring.measure`."""

    def close(self) -> None:
        """Nothing is asked any more."""


class MeasurerHere:
    """Measures in this process."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._reader = open_reader(plan)

    def measure(self, task: Task) -> Outcome:
        """Measure one input."""
        return measure(task, self._plan, self._reader)

    def close(self) -> None:
        """End the process that reads."""
        self._reader.close()


class ThreadEngine:
    """Measure in threads. Each has a process that decodes, and where there are more tasks than FEW, one that measures.

    Parameters
    ----------
    jobs : number of threads, and of processors in use
    nursery : one that was started before; it ends with measuring
    """

    def __init__(self, jobs: int, *, nursery: Nursery | None = None) -> None:
        if jobs < 1:
            raise ParameterError(f"jobs must be at least 1. Got {jobs!r} instead.")
        self.jobs = jobs
        self._nursery = nursery

    def prepare(self, plan: Plan) -> None:
        """Let kernels be loaded before the tasks are known, where a process is there to do it."""
        if self._nursery is not None and plan.isolated:
            self._nursery.load(plan)

    def measure(self, tasks: Iterable[Task], plan: Plan) -> Iterator[Outcome]:
        """Outcomes as they come; who stops waits for what is under way alone."""
        waiting = iter(tasks)
        first = list(islice(waiting, max(FEW + 1, self.jobs)))
        waiting = chain(first, waiting)
        n_threads = max(1, min(self.jobs, len(first)))
        finished: queue.SimpleQueue[Future[Outcome]] = queue.SimpleQueue()
        idle: queue.SimpleQueue[Measurer] = queue.SimpleQueue()

        def begin(task: Task) -> None:
            pool.submit(_measure, task, idle).add_done_callback(finished.put)

        with one_thread_for_each_image(), ExitStack() as stack:
            open_measurer = self._prepare(plan, stack, is_much=len(first) > FEW)
            for _ in range(n_threads):
                measurer = open_measurer()
                stack.callback(measurer.close)
                idle.put(measurer)
            pool = ThreadPoolExecutor(n_threads)
            stack.callback(pool.shutdown, cancel_futures=True)
            n_under_way = 0
            for task in islice(waiting, n_threads * WAITING):
                begin(task)
                n_under_way += 1
            while n_under_way:
                outcome = finished.get().result()
                following = next(waiting, None)
                if following is None:
                    n_under_way -= 1
                else:
                    begin(following)
                yield outcome

    def _prepare(self, plan: Plan, stack: ExitStack, *, is_much: bool) -> Callable[[], Measurer]:
        """How measurers are opened."""
        nursery, self._nursery = self._nursery, None
        if is_much and plan.isolated and CAN_COPY:
            nursery = stack.enter_context(nursery or Nursery())  # it ends with measuring, also where it was lent
            nursery.load(plan)
            return nursery.open_measurer
        if nursery is not None:
            nursery.close()
        stack.enter_context(compile_ahead(plan.families, processors=count_processors()))
        return lambda: MeasurerHere(plan)


def _measure(task: Task, idle: queue.SimpleQueue[Measurer]) -> Outcome:
    measurer = idle.get()
    try:
        return measurer.measure(task)
    finally:
        idle.put(measurer)
