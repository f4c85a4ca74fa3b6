"""A file that single images are added to as they come: whatever ends the process, what was added whole is there."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_HEAD = struct.Struct("<II")  # length and CRC-32 of what follows
MAGIC = b"forensic_style journal 1\n"


class Journal:
    """Append records to a file; after each one it is the system's, so that a killed process loses none.

    Parameters
    ----------
    path : of the file, which must not exist
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO = open(path, "xb", buffering=0)  # noqa: SIM115
        self._write(MAGIC)
        self.n_bytes = 0
        self.n_records = 0

    def append(self, record: bytes) -> None:
        """Add a record."""
        self._write(_HEAD.pack(len(record), zlib.crc32(record)) + record)
        self.n_bytes += len(record)
        self.n_records += 1

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]

    def close(self) -> None:
        """End writing, and bring everything to the disk."""
        if not self._file.closed:
            os.fsync(self._file.fileno())
            self._file.close()


def read_journal(path: Path) -> Iterator[bytes]:
    """The records of a journal, up to the first that is not whole."""
    with open(path, "rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, checksum = _HEAD.unpack(head)
            record = file.read(length)
            if len(record) < length or zlib.crc32(record) != checksum:
                return
            yield record
