"""Who measures: threads of this machine, or the workers of a Dask cluster. What comes out is the same."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from forensic_style.errors import ParameterError

if TYPE_CHECKING:  # a Dask scheduler imports this package, and needs no kernels
    from forensic_style.engines.nursery import Nursery
    from forensic_style.measuring import Outcome, Plan, Task

ENGINES = ("threads", "dask")


class Engine(Protocol):
    """Something that measures."""

    def prepare(self, plan: Plan) -> None:
        """Something like this plan will be measured: get ready, if that helps."""

    def measure(self, tasks: Iterable[Task], plan: Plan) -> Iterator[Outcome]:
        """Outcomes in any order. Tasks are taken when there is room for them, so that memory is bounded."""


def choose_engine(
    name: str = "threads", *, jobs: int | None = None, scheduler: str | None = None, nursery: Nursery | None = None
) -> Engine:
    """The engine of a name.

    Parameters
    ----------
    name : out of ENGINES
    jobs : threads, for "threads"; as many as there are processors where None
    scheduler : address of a Dask scheduler, for "dask"
    nursery : for "threads", one that has been started already

    Raises
    ------
    ParameterError
        for a name that is none, and arguments that do not belong to it.
    """
    if name not in ENGINES:
        raise ParameterError(f"engine must be one of {', '.join(ENGINES)}. Got {name!r} instead.")
    if (scheduler is not None) != (name == "dask"):
        what = "needs the address of a scheduler (--scheduler tcp://...)" if name == "dask" else "takes no scheduler"
        raise ParameterError(f"The engine {name!r} {what}.")
    if name == "dask":
        from forensic_style.engines.dask import DaskEngine

        return DaskEngine(str(scheduler))
    from forensic_style.engines.threads import ThreadEngine

    return ThreadEngine(count_processors() if jobs is None else jobs, nursery=nursery)


def count_processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
