"""What the workers of a cluster do: measure one batch of files after the other.

Functions here are called by name from another machine, with bytes: a scheduler passes them on without opening them.
"""

from __future__ import annotations

import atexit
import os
import pickle
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from forensic_style.errors import ClusterError, ReaderError, StorageError
from forensic_style.places import is_url
from forensic_style.provenance import LIBRARIES, find_version

if TYPE_CHECKING:  # a scheduler imports this module, and needs no kernels
    from forensic_style.measuring import Plan, Reader, Task
    from forensic_style.reading import ReadingRules

PACKAGE = "forensic_style"

_LOCK = threading.Lock()


def list_versions(families: Sequence[str]) -> dict[str, str]:
    """Versions of the package, of families, and of the libraries that values can depend on; "" for what is not here.

    Parameters
    ----------
    families : their names
    """
    from forensic_style.families import CATALOGUE

    here = {family.name: str(family.version) for family in CATALOGUE}
    versions = {PACKAGE: find_version(PACKAGE) or ""}
    versions |= {f"the family {name}": here.get(name, "") for name in families}
    return versions | {library: find_version(library) or "" for library in LIBRARIES}


def find_mismatch(theirs: Mapping[str, str], ours: Mapping[str, str]) -> str:
    """The first thing whose version must be the same in both and is not, in words; "" where all is well."""
    must = [name for name in ours if name not in LIBRARIES and theirs.get(name) != ours[name]]
    if not must:
        return ""
    return f"it has {must[0]} {theirs.get(must[0]) or 'in no version'}, and this machine {ours[must[0]] or 'in none'}"


def measure_packed(tasks: bytes, plan: bytes, versions: Mapping[str, str], is_sure: bool) -> list[bytes]:
    """Encoded outcomes of a batch, in its order; none at all where not one of its files is on this machine.

    Parameters
    ----------
    tasks, plan : pickled
    versions : of the machine that asks, see :func:`list_versions`
    is_sure : whether the files are known to be missing there too, so that their being missing is an outcome

    Raises
    ------
    ClusterError
        where this worker has other versions.
    ReaderError, StorageError
        where it can read no file at all.
    """
    from distributed import get_worker

    name = get_worker().address
    mismatch = find_mismatch(_list_versions(tuple(_name_families(versions))), versions)
    if mismatch:
        raise ClusterError(f"The worker {name} does not fit: {mismatch}.")
    opened: list[Task] = pickle.loads(tasks)
    if not is_sure and _are_missing(opened):
        return []
    try:
        return measure_batch(opened, _open_plan(plan))
    except (ReaderError, StorageError) as error:
        raise type(error)(f"{error} (So says the worker {name}.)") from error
    except Exception:  # whatever it is, it reaches the machine that asks: not every error can be sent
        fault = traceback.format_exc(limit=-10)
    raise RuntimeError(f"A fault of ours on the worker {name}, please report it:\n{fault}")


def measure_batch(tasks: Sequence[Task], plan: Plan) -> list[bytes]:
    """Encoded outcomes of a batch of tasks, in its order, measured in the thread that calls."""
    from forensic_style.measuring import measure
    from forensic_style.store.codec import encode_outcome

    with _lend_reader(plan) as reader, _one_thread_for_each_image():
        return [encode_outcome(measure(task, plan, reader)) for task in tasks]


def close_readers() -> None:
    """End the processes that decode: those that wait now, the others when their batch is done."""
    with _LOCK:
        _READERS.age += 1
        idle = [reader for readers in _READERS.idle.values() for reader in readers]
        _READERS.idle.clear()
    for reader in idle:
        reader.close()


class _Readers:
    """Readers that wait for the next batch, by what they were opened for."""

    def __init__(self) -> None:
        self.idle: dict[tuple[ReadingRules, bool], list[Reader]] = {}
        self.age = 0  # readers of an earlier age are closed


_READERS = _Readers()
atexit.register(close_readers)


@contextmanager
def _lend_reader(plan: Plan) -> Iterator[Reader]:
    """A reader that waited, or a new one: there are never more than threads."""
    from forensic_style.measuring import open_reader

    kind = (plan.rules, plan.isolated)
    with _LOCK:
        idle, age = _READERS.idle.get(kind), _READERS.age
        kept = idle.pop() if idle else None
    reader = kept or open_reader(plan)
    try:
        yield reader
    finally:
        with _LOCK:
            is_current = age == _READERS.age
            if is_current:
                _READERS.idle.setdefault(kind, []).append(reader)
        if not is_current:
            reader.close()


class _Batches:
    """How many batches this process measures now, and what was set for them."""

    def __init__(self) -> None:
        self.n_running = 0
        self.settings = ExitStack()


_BATCHES = _Batches()


@contextmanager
def _one_thread_for_each_image() -> Iterator[None]:
    """The settings of :mod:`forensic_style.threads`, which hold for the process, while any of its threads measures."""
    from forensic_style.threads import one_thread_for_each_image

    with _LOCK:
        if _BATCHES.n_running == 0:
            _BATCHES.settings.enter_context(one_thread_for_each_image())
        _BATCHES.n_running += 1
    try:
        yield
    finally:
        with _LOCK:
            _BATCHES.n_running -= 1
            if _BATCHES.n_running == 0:
                _BATCHES.settings.close()


def _are_missing(tasks: Sequence[Task]) -> bool:
    """Whether there are files of this machine among the tasks, and none of them is here."""
    places = [task.image.location for task in tasks if not task.image.problem and not is_url(task.image.location)]
    return bool(places) and not any(os.path.lexists(place) for place in places)


def _name_families(versions: Mapping[str, str]) -> list[str]:
    return [name.removeprefix("the family ") for name in versions if name.startswith("the family ")]


@lru_cache(maxsize=4)
def _list_versions(families: tuple[str, ...]) -> dict[str, str]:
    return list_versions(families)


@lru_cache(maxsize=2)
def _open_plan(plan: bytes) -> Plan:
    opened: Plan = pickle.loads(plan)
    return opened
