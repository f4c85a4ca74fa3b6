"""One writer per folder."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from forensic_style.errors import TableError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Keep other processes from writing into a folder; the system unlocks it when this one ends, however it ends.

    Raises
    ------
    TableError
        where another process writes into it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / LOCK, "a+", encoding="utf-8") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise TableError(
                    f"Another process ({file.read().strip() or 'unknown'}) is writing into {os.fspath(folder)!r}. "
                    "Wait until it ends, or name another folder."
                ) from None
            except OSError:  # a file system without locks
                pass
            with suppress(OSError):  # a full disk
                file.truncate(0)
                file.write(f"{os.getpid()} on {socket.gethostname()}\n")
                file.flush()
        yield
