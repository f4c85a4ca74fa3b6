"""A process that loads the kernels once, and copies of it that measure, each with an interpreter of its own.

    python -m forensic_style.engines.nursery SOCKET

Threads of one process wait for each other wherever Python runs, which is half of the time for small images. A copy
(fork) costs milliseconds, and shares its memory with the others as long as nobody writes to it.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, Self

from forensic_style.errors import ReaderError
from forensic_style.reading import isolation

if TYPE_CHECKING:
    from types import TracebackType

    from forensic_style.family import FingerprintFamily
    from forensic_style.measuring import Outcome, Plan, Task

CAN_COPY = hasattr(os, "fork") and sys.platform.startswith("linux")  # elsewhere libraries do not bear it
FEW = 64  # images that are measured here before the process would be ready
ATTEMPTS = 2
SECONDS_TO_END = 5.0


class Nursery:
    """Starts the process, which can take its time until :meth:`load` says what is to be measured.

    Use it as a context manager.
    """

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._n_loading = 0
        self._plan: Plan | None = None
        self._has_copies = False
        ours, theirs = socket.socketpair()
        self._control = Connection(ours.detach())
        with theirs:
            self._process = self._start(theirs.fileno())

    def load(self, plan: Plan) -> None:
        """Let the kernels of a plan be loaded. Copies measure what the last plan before them says."""
        self._plan = plan
        self._n_loading += 1
        with suppress(OSError):  # whoever asks for a copy is told
            self._control.send((plan, isolation.WORKER_MODULES))

    def __enter__(self) -> Self:
        """It has been started."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.close()

    def close(self) -> None:
        """End the process, after its copies, which end when their connection is closed. Again does nothing."""
        self._control.close()
        if not self._has_copies:
            self._process.terminate()  # it may be compiling for nobody
        self._end()

    def open_measurer(self) -> Measurer:
        """Measures for one thread what :meth:`load` said, in a copy as soon as the kernels are there."""
        if self._plan is None:
            raise RuntimeError("Nothing is loaded yet.")
        return Measurer(self, self._plan)

    def copy(self) -> Connection:
        """The connection to a new copy.

        Raises
        ------
        ReaderError
            where there is no process any more, or the system allows no further one.
        """
        ours, theirs = socket.socketpair()
        try:
            with self._asking, theirs:
                while self._n_loading:
                    self._control.recv()
                    self._n_loading -= 1
                self._has_copies = True
                self._control.send(None)
                reduction.send_handle(self._control, theirs.fileno(), self._process.pid)
                refused = self._control.recv()
        except (EOFError, OSError) as error:
            ours.close()
            message = f"The process that loads the kernels with {sys.executable!r} ended (exit code {self._end()})."
            raise ReaderError(f"{message} Check that this Python can start processes.") from error
        if refused:
            ours.close()
            raise ReaderError(f"No further process for measuring can be started: {refused}. Give fewer --jobs.")
        return Connection(ours.detach())

    def _end(self) -> int:
        """The exit code, after some time to end by itself."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(SECONDS_TO_END)
        self._process.kill()
        return self._process.wait()

    def _start(self, descriptor: int) -> subprocess.Popen[bytes]:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
        environment |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        environment |= _find_cache()
        try:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "forensic_style.engines.nursery", str(descriptor)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(descriptor,),
            )
        except OSError as error:
            self._control.close()
            message = f"No process for measuring can be started with {sys.executable!r}: {error}."
            raise ReaderError(f"{message} Check that this Python can start processes.") from error


class Measurer:
    """Measures one task at a time in a copy, which is replaced when it dies."""

    def __init__(self, nursery: Nursery, plan: Plan) -> None:
        self._nursery = nursery
        self._plan = plan
        self._connection: Connection | None = None

    def measure(self, task: Task) -> Outcome:
        """As :func:`forensic_style.measuring.measure`, and with its errors; who kills two copies is skipped."""
        from forensic_style.measuring import find_known
        from forensic_style.table import SkippedImage

        if (known := find_known(task, self._plan)) is not None:  # for this no copy is waited for
            return known
        for _ in range(ATTEMPTS):
            if self._connection is None:
                self._connection = self._nursery.copy()
            try:
                self._connection.send(task)
                outcome: Outcome | BaseException = self._connection.recv()
            except (EOFError, OSError):
                self.close()
                continue
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome
        words = f"The process that measures ended on it {ATTEMPTS} times, perhaps for want of memory. Leave it out."
        return SkippedImage(task.image.path, "crashed", words)

    def close(self) -> None:
        """The copy ends when it has nobody to answer to."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _find_cache() -> dict[str, str]:
    """Where this process keeps compiled kernels, if it was told: Numba reads the environment when it is loaded."""
    numba: Any = sys.modules.get("numba")
    return {"NUMBA_CACHE_DIR": numba.config.CACHE_DIR} if numba is not None and numba.config.CACHE_DIR else {}


def serve(connection: Connection, plan: Plan) -> None:
    """Answer tasks until the other side closes."""
    from forensic_style.measuring import measure, open_reader

    reader = open_reader(plan)
    with suppress(EOFError, OSError):
        while True:
            task = connection.recv()
            try:
                answer: Outcome | BaseException = measure(task, plan, reader)
            except Exception as error:  # raised again by the one who asked
                answer = _prepare_error(error)
            connection.send(answer)
    reader.close()


def _prepare_error(error: Exception) -> Exception:
    """The error with where it came from, as it can be sent."""
    words = "".join(traceback.format_exception(error))
    error.add_note(words)
    with suppress(Exception):  # whatever pickling and its contrary raise
        pickle.loads(pickle.dumps(error))
        return error
    return RuntimeError(f"A fault of ours in the process that measures:\n{words}")


def _load(families: Sequence[FingerprintFamily], measure: Callable[[FingerprintFamily], None]) -> None:
    """Have the kernels of families in memory, compiled with the help of others where they were not kept."""
    from forensic_style.engines import count_processors
    from forensic_style.warming import compile_ahead

    with compile_ahead(families, processors=count_processors()):
        for family in families:
            with suppress(Exception):  # what is wrong with a family is said where an image is measured
                measure(family)


def _take_ended(*_: object) -> None:
    """Let copies that have ended go, and what they cost count as this process's."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _copy(control: Connection, plan: Plan) -> None:
    """Become two: the new one serves a connection that comes along."""
    descriptor = -1
    try:
        descriptor = reduction.recv_handle(control)
        number = os.fork()
    except OSError as error:  # no memory, processes or descriptors: said by the one who asked
        if descriptor >= 0:
            os.close(descriptor)
        control.send(error.strerror or str(error))
        return
    if number:
        os.close(descriptor)
        control.send("")
        return
    try:
        control.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        serve(Connection(descriptor), plan)
    finally:
        os._exit(0)


def main() -> None:
    """Load, then copy as often as asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asked; it closes the connection
    control = Connection(int(sys.argv[1]))
    from forensic_style.threads import one_thread_for_each_image
    from forensic_style.warming import measure_made_up_image  # and with it most of what a plan takes

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # temporary folders go
    plan: Plan | None = None
    with suppress(EOFError, OSError), one_thread_for_each_image():
        while True:
            request = control.recv()
            if request is not None:
                known = () if plan is None else plan.families
                plan, isolation.WORKER_MODULES = request
                _load([family for family in plan.families if family not in known], measure_made_up_image)
                gc.collect()
                gc.freeze()  # the collector would write to pages that copies share
                control.send("loaded")
            elif plan is not None:
                signal.signal(signal.SIGCHLD, _take_ended)
                _copy(control, plan)
    control.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with suppress(ChildProcessError):
        while True:
            os.wait()


if __name__ == "__main__":
    main()
