"""Threads of this process, each with a process of its own that decodes."""

from __future__ import annotations

import queue
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice

from forensic_style.engines import count_processors
from forensic_style.errors import ParameterError
from forensic_style.measuring import Outcome, Plan, Reader, Task, measure, open_reader
from forensic_style.threads import one_thread_for_each_image
from forensic_style.warming import compile_ahead

WAITING = 2  # tasks per thread that are under way or wait for it: bounds what a sudden end costs


class ThreadEngine:
    """Measure in threads: kernels and decoders run beside each other, and nothing is copied.

    Parameters
    ----------
    jobs : number of threads
    """

    def __init__(self, jobs: int) -> None:
        if jobs < 1:
            raise ParameterError(f"jobs must be at least 1. Got {jobs!r} instead.")
        self.jobs = jobs

    def measure(self, tasks: Iterable[Task], plan: Plan) -> Iterator[Outcome]:
        """Outcomes as they come; who stops waits for what is under way alone."""
        waiting = iter(tasks)
        first = list(islice(waiting, self.jobs * WAITING))
        finished: queue.SimpleQueue[Future[Outcome]] = queue.SimpleQueue()
        idle: queue.SimpleQueue[Reader] = queue.SimpleQueue()

        def begin(task: Task) -> None:
            pool.submit(_measure, task, plan, idle).add_done_callback(finished.put)

        with one_thread_for_each_image(), ExitStack() as stack:
            n_threads = max(1, min(self.jobs, len(first)))
            stack.enter_context(compile_ahead(plan.families, processors=count_processors()))
            for _ in range(n_threads):
                reader = open_reader(plan)
                stack.callback(reader.close)
                idle.put(reader)
            pool = ThreadPoolExecutor(n_threads)
            stack.callback(pool.shutdown, cancel_futures=True)
            for task in first:
                begin(task)
            n_under_way = len(first)
            while n_under_way:
                outcome = finished.get().result()
                following = next(waiting, None)
                if following is None:
                    n_under_way -= 1
                else:
                    begin(following)
                yield outcome


def _measure(task: Task, plan: Plan, idle: queue.SimpleQueue[Reader]) -> Outcome:
    reader = idle.get()
    try:
        return measure(task, plan, reader)
    finally:
        idle.put(reader)
