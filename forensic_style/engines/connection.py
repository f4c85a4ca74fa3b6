"""The workers of a Dask scheduler, held on to while workers come and go and the scheduler is restarted."""

from __future__ import annotations

import logging
import pickle
import queue
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from forensic_style.engines.batches import Batch
from forensic_style.engines.worker import PACKAGE, close_readers, find_mismatch, list_versions, measure_packed
from forensic_style.errors import ClusterError
from forensic_style.measuring import Plan
from forensic_style.provenance import LIBRARIES, find_version

SECONDS_TO_ANSWER = 10.0
SECONDS_BETWEEN_LOOKS = 2.0  # at the workers there are
SECONDS_TO_COLLECT = 5.0  # twice as many each time: a worker that hangs should not hold up what others have done
LARGEST_SENT_EACH_TIME = 100_000  # bytes of a plan: a worker that must ask another for it depends on that one
KEPT = "What was measured is kept: run the same command again to go on."

Result = list[bytes] | Exception


class Connection:
    """Sends batches to the workers of a scheduler and collects what comes of them. Use it as a context manager.

    Parameters
    ----------
    address : of the scheduler
    plan : what is measured
    notify : is given sentences about the cluster
    patience : seconds to wait for a scheduler that is gone, or for workers where there are none

    Attributes
    ----------
    n_threads : of all workers, as of the last look
    under_way : number of batches that were sent and not collected
    """

    def __init__(self, address: str, plan: Plan, *, notify: Callable[[str], None], patience: float) -> None:
        self.address, self.notify, self.patience = address, notify, patience
        self.versions = list_versions([family.name for family in plan.families])
        self.n_threads = 0
        self._muted: list[logging.Logger] = []
        self._packed_plan = pickle.dumps(plan)
        self._client: Any = None
        self._plan: Any = None  # the same, or what stands for it on the cluster
        self._sent: dict[str, tuple[Any, Batch]] = {}
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._seconds: dict[str, float] = {}  # to wait for what did not come in time
        self._lost: list[Batch] = []
        self._checked: set[str] = set()
        self._last_look = 0.0
        self._is_told = False  # that there are no workers
        self._lonely_since, self._lost_since = 0.0, 0.0  # 0: neither without workers nor without a scheduler

    def __enter__(self) -> Self:
        """Connect, and compare versions with the workers there are.

        Raises
        ------
        ClusterError
            where no scheduler answers, or a worker does not fit.
        """
        self._muted = _mute_loggers()
        try:
            self._connect(SECONDS_TO_ANSWER)
            self.look()
            return self
        except (OSError, ValueError) as error:
            self._leave()
            what = f"No Dask scheduler answers at {self.address!r} ({_shorten(error)})."
            raise ClusterError(f"{what} Check the address, and that `dask scheduler` runs there.") from error
        except BaseException:
            self._leave()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take back what is under way, end the processes that decode, and disconnect."""
        with suppress(Exception):  # a scheduler that is gone needs no goodbye
            self._client.cancel([future for future, _ in self._sent.values()])
            self._client.run(close_readers, on_error="ignore")
        self._leave()

    @property
    def under_way(self) -> int:
        """Number of batches that were sent and not collected."""
        return len(self._sent)

    def send(self, batch: Batch) -> None:
        """Have a batch measured by any worker."""
        key = f"{PACKAGE}-{uuid.uuid4().hex}"
        arguments = (pickle.dumps(batch.tasks), self._plan, self.versions, batch.is_sure)
        try:
            future = self._client.submit(measure_packed, *arguments, key=key, pure=False)
            self._sent[key] = future, batch
            future.add_done_callback(self._done.put)
        except Exception:  # Dask's, of a client that has just been disconnected
            self._lost.append(batch)
            self._reconnect()

    def collect(self) -> tuple[Batch, Result] | None:
        """A batch that is done, with its encoded outcomes or the error it ended in; None where none is for a while."""
        if time.monotonic() - self._last_look > SECONDS_BETWEEN_LOOKS:
            self.look()
        try:
            future = self._done.get(timeout=SECONDS_BETWEEN_LOOKS)
        except queue.Empty:
            return None
        if future.key not in self._sent:  # sent before the connection was lost
            return None
        result = self._fetch(future)
        if result is None:
            return None
        self._lost_since = 0.0
        return self._sent.pop(future.key)[1], result

    def take_lost(self) -> list[Batch]:
        """Batches that a lost scheduler took with it, to be sent again."""
        lost, self._lost = self._lost, []
        return lost

    def look(self) -> None:
        """Count the threads of the workers there are, and compare versions with those that are new.

        Raises
        ------
        ClusterError
            where a worker does not fit, or the scheduler or all workers have been gone for too long.
        """
        self._last_look = time.monotonic()
        try:
            if self._client.status != "running":
                raise OSError("the connection is lost")
            threads = self._client.nthreads()
            self._check(sorted(set(threads) - self._checked))
        except (OSError, TimeoutError):
            self._reconnect()
            return
        self.n_threads = sum(threads.values())
        self._wait_for_workers()

    def _fetch(self, future: Any) -> Result | None:
        """What came of a batch; None where that is lost, or is to be waited for once more."""
        seconds = self._seconds.pop(future.key, SECONDS_TO_COLLECT)
        try:
            if future.status == "error":
                error: Exception = future.exception(timeout=seconds)
                return error
            result: list[bytes] = future.result(timeout=seconds)
            return result
        except Exception as error:  # Dask's: the batch was cancelled or lost, or its worker died before it gave it
            if self._client.status == "running" and isinstance(error, TimeoutError):
                self._seconds[future.key] = 2 * seconds
                future.add_done_callback(self._done.put)
            elif future.status == "error":
                return error
            else:
                self._reconnect()
            return None

    def _connect(self, seconds: float) -> None:
        from distributed import Client

        self._client = Client(  # type: ignore[no-untyped-call]
            self.address, timeout=seconds, set_as_default=False, name=PACKAGE
        )
        self._checked.clear()
        self._check_scheduler()
        self._plan = self._packed_plan
        if len(self._packed_plan) > LARGEST_SENT_EACH_TIME:
            self._leave_plan()

    def _leave_plan(self) -> None:
        """Keep a large plan, one with many orphans, on the cluster: batches refer to it."""
        import dask

        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "10 GB"}):
            self._plan = self._client.submit(bytes, self._packed_plan, key=f"plan-{uuid.uuid4().hex}", pure=False)

    def _drop(self) -> None:
        client, self._client, self._plan = self._client, None, None
        if client is not None:
            with suppress(Exception):  # it may be half connected
                client.close(timeout=SECONDS_TO_ANSWER)
        self._sent.clear()

    def _leave(self) -> None:
        self._drop()
        for logger in self._muted:
            logger.disabled = False

    def _reconnect(self) -> None:
        """Connect to the scheduler again, as long as patience lasts; what was under way is lost."""
        self._lost += [batch for _, batch in self._sent.values()]
        self._sent.clear()
        self._seconds.clear()
        self._done = queue.SimpleQueue()
        self._lost_since = self._lost_since or time.monotonic()
        self.notify(
            f"The connection to the scheduler {self.address} is lost: trying again for {self.patience:.0f} s. "
            f"Batches to be measured again: {len(self._lost)}."
        )
        while True:
            self._drop()
            left = self._lost_since + self.patience - time.monotonic()
            if left <= 0:
                message = f"The scheduler {self.address} has been gone for {self.patience:.0f} s. {KEPT}"
                raise ClusterError(message)
            with suppress(OSError, TimeoutError):
                self._connect(min(left, SECONDS_TO_ANSWER))
                break
            time.sleep(min(1.0, left))
        self.notify(f"The scheduler {self.address} answers again.")
        self._last_look = 0.0

    def _wait_for_workers(self) -> None:
        now = time.monotonic()
        if self.n_threads:
            self._lonely_since, self._is_told = 0.0, False
            return
        self._lonely_since = self._lonely_since or now
        if now - self._lonely_since > SECONDS_TO_ANSWER and not self._is_told:
            self._is_told = True
            self.notify(f"The scheduler {self.address} has no workers: waiting for {self.patience:.0f} s.")
        if now - self._lonely_since > self.patience:
            what = f"The scheduler {self.address} has had no workers for {self.patience:.0f} s."
            raise ClusterError(f"{what} Start some (`dask worker {self.address}`). {KEPT}")

    def _check_scheduler(self) -> None:
        """The scheduler passes on what it could open, so it needs the package too."""
        try:
            theirs = self._client.run_on_scheduler(find_version, PACKAGE)
        except ImportError as error:
            raise _say_not_installed(f"The scheduler {self.address}", error) from error
        ours = find_version(PACKAGE)
        if theirs != ours:
            message = f"The scheduler {self.address} has {PACKAGE} {theirs}, and this machine {ours}."
            raise ClusterError(f"{message} Install the same version on both.")

    def _check(self, workers: list[str]) -> None:
        """Compare versions with workers: package and families must be the same, libraries should."""
        if not workers:
            return
        names = [name.removeprefix("the family ") for name in self.versions if name.startswith("the family ")]
        answers = self._client.run(list_versions, names, workers=workers, on_error="return")
        for worker, theirs in answers.items():
            if isinstance(theirs, ImportError | AttributeError):
                raise _say_not_installed(f"The worker {worker}", theirs)
            if isinstance(theirs, Exception):  # it has just left
                continue
            mismatch = find_mismatch(theirs, self.versions)
            if mismatch:
                raise ClusterError(f"The worker {worker} does not fit: {mismatch}. Install the same version on both.")
            self._checked.add(worker)
            self._compare_libraries(worker, theirs)

    def _compare_libraries(self, worker: str, theirs: Mapping[str, str]) -> None:
        other = [name for name in LIBRARIES if theirs.get(name, "") != self.versions[name]]
        if other:
            name = other[0]
            self.notify(
                f"The worker {worker} has {name} {theirs.get(name)}, and this machine {self.versions[name]}: "
                "values may differ from those measured here in their last digits."
            )


def _mute_loggers() -> list[logging.Logger]:
    """Keep Dask from telling of lost connections in its way: they are told of in ours. The loggers muted."""
    import distributed  # noqa: F401  it sets its loggers up

    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    muted = [logger for logger in loggers if not logger.disabled]
    for logger in muted:
        logger.disabled = True
    return muted


def _say_not_installed(who: str, error: BaseException) -> ClusterError:
    version = find_version(PACKAGE)
    what = f"{who} cannot load {PACKAGE} ({_shorten(error)})."
    return ClusterError(f"{what} Install {PACKAGE}[dask] {version} on the scheduler and on every worker.")


def _shorten(error: BaseException) -> str:
    """The first line of an error, without the full stop."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")
