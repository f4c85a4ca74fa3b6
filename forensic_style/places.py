"""Places that hold files: a folder here, or one on object storage."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

UNFINISHED = ".unfinished"


class Place(Protocol):
    """A flat collection of named files, each of which is there whole or not at all."""

    def list(self) -> list[str]:
        """Names of the files, sorted; hidden and unfinished ones are left out."""

    def open(self, name: str) -> BinaryIO:
        """A file to read from, at any position."""

    def write(self, name: str, data: bytes) -> None:
        """Write a file, in place of one that is there."""

    def delete(self, name: str) -> None:
        """Remove a file; nothing happens where it is not there."""


class Folder:
    """A folder on this machine, made when something is written.

    Parameters
    ----------
    path : of the folder
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def __str__(self) -> str:
        return os.fspath(self.path)

    def list(self) -> list[str]:
        """Names of the files in it, sorted; hidden and unfinished ones are left out."""
        if not self.path.is_dir():
            return []
        names = (entry.name for entry in os.scandir(self.path) if entry.is_file())
        return sorted(name for name in names if not name.startswith(".") and not name.endswith(UNFINISHED))

    def open(self, name: str) -> BinaryIO:
        """A file to read from."""
        return open(self.path / name, "rb")

    def write(self, name: str, data: bytes) -> None:
        """Write a file beside its place, bring it to the disk, then put it there."""
        self.path.mkdir(parents=True, exist_ok=True)
        temporary = self.path / (name + UNFINISHED)
        try:
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path / name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def delete(self, name: str) -> None:
        """Remove a file; nothing happens where it is not there."""
        (self.path / name).unlink(missing_ok=True)

    def rename(self, name: str, other: str) -> None:
        """Give a file another name."""
        (self.path / name).rename(self.path / other)

    def clear_unfinished(self) -> None:
        """Remove what a process that was killed left of a file."""
        for path in self.path.glob(f"*{UNFINISHED}"):
            path.unlink(missing_ok=True)


def is_url(location: str | os.PathLike[str]) -> bool:
    """Whether a location is on object storage or another machine.

    >>> is_url("s3://bucket/a.png"), is_url("photos/a.png")
    (True, False)
    """
    return "://" in os.fspath(location)


def open_place(location: str | os.PathLike[str]) -> Place:
    """The place at a location: a folder here, or a prefix on object storage, which takes the extra "s3".

    Raises
    ------
    ParameterError
        for a URL that is not known here, or needs a package that is not installed.
    """
    if not is_url(location):
        return Folder(location)
    from forensic_style.object_storage.folder import ObjectFolder

    return ObjectFolder(os.fspath(location))


@contextmanager
def fetch(location: str, *, most_bytes: int) -> Iterator[str]:
    """A file's path on this machine, for as long as it is needed.

    Parameters
    ----------
    location : path or URL
    most_bytes : larger files are refused before they are fetched

    Raises
    ------
    ImageError
        where an object is missing, may not be read, or is too large. A file on this machine is not looked at.
    StorageError
        where a server fails for long, or refuses the credentials.
    """
    if not is_url(location):
        yield location
        return
    from forensic_style.object_storage.files import fetch_url

    with fetch_url(location, most_bytes=most_bytes) as copy:
        yield copy
