"""Decoding in a process of its own: a decoder that hangs or crashes costs one file, not the run.

Pixels come back in memory that both processes map, so that nothing is copied on the way.
"""

from __future__ import annotations

import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

import numpy as np

from forensic_style.errors import ImageError, ImageReadError, ReaderError
from forensic_style.image import DecodedImage, Plane
from forensic_style.reading.rules import ReadingRules

SECONDS_TO_START = 120.0
LARGEST_KEPT = 1 << 28  # bytes: a process that decoded a larger image is replaced, to give the memory back
ATTEMPTS = 2  # a crash may be the late effect of the file before
WORKER_MODULES: tuple[str, ...] = ()
"""Modules that reading processes import first; tests put decoders there that hang and crash."""

_STARTING = threading.Lock()


class IsolatedReader:
    """Reads files, one at a time, in a process of its own that is replaced when it dies or is late.

    Use it as a context manager. The planes of an image that :meth:`read` gives hold until the next call.

    Parameters
    ----------
    rules : limits, of which that of time is enforced here
    """

    def __init__(self, rules: ReadingRules | None = None) -> None:
        self.rules = rules or ReadingRules()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._descriptor = -1
        self._mapped: mmap.mmap | None = None
        self._owes_luma = False
        self._number = 0  # of the file that was read last

    def __enter__(self) -> Self:
        """Nothing is started before the first file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.close()

    def read(self, path: str, *, shown_as: str | None = None) -> DecodedImage:
        """Decode a file as :func:`forensic_style.reading.read_image` does.

        Raises
        ------
        ImageError
            as `read_image`; besides ImageReadError with the reasons `timeout` and `crashed`.
        ReaderError
            where no process can be started.
        """
        name = shown_as or path
        self._forget_luma()
        self._number += 1
        for attempt in range(ATTEMPTS):
            if self._process is None:
                self._start()
            answer = self._receive(name) if self._ask((path, name, self.rules)) else None
            if answer is not None:
                return self._complete(answer, name)
            words = self._describe_end()
            self.close()
            if attempt == ATTEMPTS - 1:
                message = f"The decoder crashed on it {ATTEMPTS} times ({words}). Leave the file out, or convert it."
                raise ImageReadError(message, path=name, reason="crashed")
        raise AssertionError("unreachable")

    def begin_luma(self) -> None:
        """Let the process decode the Y plane of the file it has read last."""
        self._owes_luma = self._ask(None)

    def decode_luma(self, name: str) -> Plane:
        """What was begun. ImageReadError as for :meth:`read`; what has decoded once hardly ever crashes."""
        answer = self._receive(name) if self._owes_luma else None
        self._owes_luma = False
        if answer is None:
            words = self._describe_end()
            self.close()
            message = f"The decoder crashed on it ({words}). Leave the file out, or convert it."
            raise ImageReadError(message, path=name, reason="crashed")
        return self._map(*_raise(answer))

    def _forget_luma(self) -> None:
        """Take what nobody has asked for."""
        if self._owes_luma:
            self._owes_luma = False
            with suppress(ImageError):
                self._receive("")

    def close(self) -> None:
        """End the process and give its memory back. Planes that were read stay."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._process, self._connection, self._mapped, self._descriptor = None, None, None, -1
        self._owes_luma = False
        self._number += 1  # whoever asks for the Y plane of an image comes too late

    def _start(self) -> None:
        """Start the process and wait until it answers."""
        try:
            ours, theirs = socket.socketpair()
            with theirs:
                self._connection = Connection(ours.detach())
                self._descriptor = _open_memory()
                self._process = self._launch(theirs.fileno())
            if not self._connection.poll(SECONDS_TO_START) or self._connection.recv() != "ready":
                raise EOFError("it does not answer")
        except (OSError, EOFError) as error:
            words = str(error) or self._describe_end()
            self.close()
            message = f"No process for reading files can be started with {sys.executable!r}: {words}."
            raise ReaderError(f"{message} Check that this Python can start processes.") from error

    def _launch(self, descriptor: int) -> subprocess.Popen[bytes]:
        # -P: the folder of the evidence is no place to import from
        command = [sys.executable, "-P", "-m", "forensic_style.reading.worker"]
        command += [str(descriptor), str(self._descriptor), str(self.rules.most_pixels), *WORKER_MODULES]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
        with _STARTING:
            return subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(descriptor, self._descriptor),
            )

    def _ask(self, request: object) -> bool:
        """Whether the process is there to take it."""
        if self._connection is None:
            return False
        try:
            self._connection.send(request)
        except OSError:
            return False
        return True

    def _receive(self, name: str) -> Any:
        """The answer of the process, or None where it died."""
        if self._connection is None:
            return None
        try:
            if not self._connection.poll(self.rules.seconds):
                self.close()
                message = f"Reading it took longer than {self.rules.seconds:g} s. Leave the file out, or allow more."
                raise ImageReadError(message, path=name, reason="timeout")
            return self._connection.recv()
        except (EOFError, ConnectionError):
            return None

    def _complete(self, answer: Any, name: str) -> DecodedImage:
        """The image with its planes."""
        image, pixels, has_luma = _raise(answer)
        source = _LumaElsewhere(self, self._number, name) if has_luma else None
        return replace(image, pixels=self._map(*pixels), luma_source=source)

    def _map(self, offset: int, shape: tuple[int, ...], kind: str) -> Plane:
        """A read-only plane of the shared memory."""
        dtype = np.dtype(kind)
        count = int(np.prod(shape))
        if self._mapped is None or offset + count * dtype.itemsize > len(self._mapped):
            self._mapped = mmap.mmap(self._descriptor, 0, prot=mmap.PROT_READ)
        return np.frombuffer(self._mapped, dtype, count, offset).reshape(shape)

    def release(self) -> None:
        """Replace a process that holds much memory. Call when nothing uses the last image any more."""
        if self._mapped is not None and len(self._mapped) > LARGEST_KEPT:
            self.close()

    def _describe_end(self) -> str:
        """How the process ended, in words."""
        if self._process is None:
            return "it was not started"
        code = self._process.wait()
        if code >= 0:
            return f"exit code {code}"
        return signal.strsignal(-code) or f"signal {-code}"


class _LumaElsewhere:
    """The Y plane of the file that a process has read last."""

    def __init__(self, reader: IsolatedReader, number: int, name: str) -> None:
        self._reader = reader
        self._number = number
        self._name = name
        self._is_begun = False

    def begin(self) -> None:
        """Let the process decode it."""
        if self._number != self._reader._number:
            raise RuntimeError(f"{self._name!r} is not the file that was read last: its Y plane is gone.")
        if not self._is_begun:
            self._is_begun = True
            self._reader.begin_luma()

    def decode(self) -> Plane:
        """Wait for it."""
        self.begin()
        self._is_begun = False
        return self._reader.decode_luma(self._name)


def _raise(answer: Any) -> Any:
    """The answer, where it is no error."""
    if isinstance(answer, ImageError):
        raise answer
    return answer


def _open_memory() -> int:
    """Descriptor of a file without a name: in memory where the system has such, otherwise temporary."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("forensic_style", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
