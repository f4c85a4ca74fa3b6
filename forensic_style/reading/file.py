"""The bytes of one file, whole and unchanged."""

from __future__ import annotations

import os
import stat

from forensic_style.errors import ImageReadError, ImageTooLargeError

ATTEMPTS = 2  # a file that changes while it is read is read once more


def read_file(path: str, *, most_bytes: int, name: str) -> bytes:
    """Read a regular file that holds still.

    Parameters
    ----------
    path : where the file is; links are followed
    most_bytes : limit of its size
    name : for messages

    Raises
    ------
    ImageReadError
        with the reason `unreadable`: no such file, no permission, a folder, pipe or device, or a file that changes
        while it is read.
    ImageTooLargeError
        for more bytes than the limit.
    """
    try:
        for _ in range(ATTEMPTS):
            data = _read_once(path, most_bytes, name)
            if data is not None:
                return data
    except (OSError, ValueError) as error:  # a path with a zero byte is a ValueError
        reason = getattr(error, "strerror", None) or error
        message = f"The file cannot be opened: {reason}. Check that it exists and may be read."
        raise ImageReadError(message, path=name, reason="unreadable") from error
    message = "The file changes while it is read. Run again when nothing writes to it."
    raise ImageReadError(message, path=name, reason="unreadable")


def _read_once(path: str, most_bytes: int, name: str) -> bytes | None:
    """The bytes, or None where size or time of change differ before and after."""
    without_waiting = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # a pipe would wait for its writer
    if not stat.S_ISREG(os.stat(path).st_mode):  # before opening: to open a device can do things
        message = "This is a folder, a pipe or a device, not a file. Leave it out."
        raise ImageReadError(message, path=name, reason="unreadable")
    with open(os.open(path, os.O_RDONLY | without_waiting), "rb") as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            return None
        if before.st_size > most_bytes:
            message = f"The file's {before.st_size} bytes are more than the limit of {most_bytes}. Raise the limit."
            raise ImageTooLargeError(message, path=name)
        data = file.read(before.st_size + 1)
        after = os.fstat(file.fileno())
    is_still = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return data if is_still and len(data) == before.st_size else None
