"""Files at URLs: listed, read, fetched."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from forensic_style.errors import ImageReadError, ImageTooLargeError, StorageError
from forensic_style.object_storage.requests import describe, find_code, open_system, persist

CHUNK = 32_000_000  # bytes asked for at once


def list_files(url: str) -> Iterator[tuple[str, int | None]]:
    """URL and size in bytes of the files at or below a URL, in no order, without fetching any; hidden ones left out.

    Raises
    ------
    FileNotFoundError, PermissionError
        where nothing is there, or it may not be listed.
    """
    path = open_system(url)[1]
    if not url.endswith("/"):
        entry = persist(lambda: open_system(url)[0].info(path), url)
        if entry["type"] == "file":
            yield url, entry["size"]
            return
    for name, size in _list_below(url, path):
        below = name[len(path) :].strip("/")
        if not name.endswith("/") and not any(part.startswith(".") for part in below.split("/")):
            yield f"{url.rstrip('/')}/{below}", size


def _list_below(url: str, path: str) -> Iterator[tuple[str, int | None]]:
    """Path and size of everything below a path."""
    system = open_system(url)[0]
    if hasattr(system, "call_s3"):
        yield from _list_pages(url, *path.partition("/")[::2])
    else:
        found = persist(lambda: system.find(path, detail=True), url)
        yield from ((name, entry["size"]) for name, entry in found.items())


def _list_pages(url: str, bucket: str, key: str) -> Iterator[tuple[str, int | None]]:
    """The same from S3, page by page: all entries at once of a million objects would be a gigabyte."""
    settings = {"Bucket": bucket, "Prefix": f"{key}/" if key else ""}
    is_last = False
    while not is_last:
        page = persist(lambda: open_system(url)[0].call_s3("list_objects_v2", **settings), url)
        yield from ((f"{bucket}/{entry['Key']}", entry["Size"]) for entry in page.get("Contents", []))
        is_last = not page.get("IsTruncated")
        settings["ContinuationToken"] = page.get("NextContinuationToken")


def read_url(url: str) -> bytes:
    """A whole file.

    Raises
    ------
    OSError
        where it is missing or may not be read.
    """
    path = open_system(url)[1]
    return persist(lambda: open_system(url)[0].cat_file(path), url)


@contextmanager
def fetch_url(url: str, *, most_bytes: int) -> Iterator[str]:
    """Path of a temporary copy on this machine.

    Raises
    ------
    ImageReadError, ImageTooLargeError
        where the object is missing, may not be read, or is larger than `most_bytes`.
    StorageError
        where the server fails for :data:`SECONDS_OF_PATIENCE`, or there is no room here.
    """
    descriptor, copy = _make_file(url)
    try:
        with open(descriptor, "wb", buffering=0) as file:
            for data in _download(url, most_bytes):
                _write(data, file, url)
        yield copy
    finally:
        os.unlink(copy)


def _download(url: str, most_bytes: int) -> Iterator[bytes]:
    """The bytes in chunks. Most images are one chunk, and one request."""
    path = open_system(url)[1]

    def take(start: int) -> bytes:
        return persist(lambda: open_system(url)[0].cat_file(path, start=start, end=start + CHUNK), url)

    try:
        data = take(0)
        n_bytes = len(data)
        if n_bytes == CHUNK or n_bytes > most_bytes:
            n_bytes = persist(lambda: open_system(url)[0].info(path), url)["size"] or n_bytes
        if n_bytes > most_bytes:
            message = f"The file's {n_bytes} bytes are more than the limit of {most_bytes}. Raise the limit."
            raise ImageTooLargeError(message, path=url)
        yield data
        for start in range(CHUNK, n_bytes, CHUNK):
            yield take(start)
    except OSError as error:
        if find_code(error) in ("InvalidRange", "416"):  # an empty object has no range
            return
        message = f"The object cannot be read: {describe(error)}. Check that it exists and may be read."
        raise ImageReadError(message, path=url, reason="unreadable") from error


def _make_file(url: str) -> tuple[int, str]:
    try:
        return tempfile.mkstemp(prefix="forensic-style-")
    except OSError as error:
        raise _say_no_room(error, url) from error


def _write(data: bytes, file: io.RawIOBase, url: str) -> None:
    left = memoryview(data)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError as error:
        raise _say_no_room(error, url) from error


def _say_no_room(error: OSError, url: str) -> StorageError:
    what = f"The temporary copy of {url!r} cannot be written to {tempfile.gettempdir()!r}: {error.strerror or error}."
    return StorageError(f"{what} Make room, or set TMPDIR to another folder, and run the same command again.")
