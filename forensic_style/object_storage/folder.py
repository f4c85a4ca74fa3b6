"""A prefix on object storage as a place for files."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, cast

from forensic_style.errors import StorageError
from forensic_style.object_storage.requests import describe, open_system, persist

FEWEST_READ = 1_000_000  # bytes fetched at once of a file of which parts are wanted


class ObjectFolder:
    """A prefix on object storage, as a place for files; each is written in one request, so it is whole or not there.

    Parameters
    ----------
    url : of the prefix
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._path = open_system(url)[1]

    def __str__(self) -> str:
        return self.url

    def list(self) -> list[str]:
        """Names of the files directly in it, sorted; hidden ones are left out."""
        with suppress(FileNotFoundError):
            entries = self._ask(lambda system: system.ls(self._path, detail=True))
            names = [entry["name"].rsplit("/", 1)[1] for entry in entries if entry["type"] == "file"]
            return sorted(name for name in names if name and not name.startswith("."))
        return []

    def open(self, name: str) -> BinaryIO:
        """A file to read from, at any position; only what is read is fetched."""
        size = self._ask(lambda system: system.info(f"{self._path}/{name}"))["size"]
        return cast(BinaryIO, io.BufferedReader(_RangedFile(self, name, size), FEWEST_READ))

    def read(self, name: str, start: int, end: int) -> bytes:
        """Bytes of a file from one position up to another."""
        return self._ask(lambda system: system.cat_file(f"{self._path}/{name}", start=start, end=end))

    def write(self, name: str, data: bytes) -> None:
        """Write a file, in place of one that is there."""
        self._ask(lambda system: system.pipe_file(f"{self._path}/{name}", data))

    def delete(self, name: str) -> None:
        """Remove a file; nothing happens where it is not there."""
        with suppress(FileNotFoundError):
            self._ask(lambda system: system.rm_file(f"{self._path}/{name}"))

    def _ask(self, request: Callable[[Any], Any]) -> Any:
        try:
            return persist(lambda: request(open_system(self.url)[0]), self.url)
        except FileNotFoundError:
            raise
        except OSError as error:
            message = f"The folder {self.url!r} cannot be used: {describe(error)}. Check what may be done there."
            raise StorageError(message) from error


class _RangedFile(io.RawIOBase):
    """A file of an ObjectFolder, fetched range by range."""

    def __init__(self, folder: ObjectFolder, name: str, size: int) -> None:
        super().__init__()
        self._folder, self._name, self._size, self._position = folder, name, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        data = self._take(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self._take(self._size)

    def _take(self, most: int) -> bytes:
        end = min(self._position + most, self._size)
        data = self._folder.read(self._name, self._position, end) if end > self._position else b""
        self._position += len(data)
        return data
