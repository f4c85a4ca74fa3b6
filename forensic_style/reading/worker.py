"""The process that decodes: reads files on request and leaves their pixels in memory shared with the one that asked.

    python -m forensic_style.reading.worker SOCKET MEMORY MODULE...

SOCKET and MEMORY are open file descriptors, MODULEs are imported first. It imports no kernels, so it starts at once.
"""

from __future__ import annotations

import importlib
import math
import mmap
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import DTypeLike, NDArray

from forensic_style.errors import ImageError, ImageReadError
from forensic_style.image import DecodedImage, LumaSource, Plane
from forensic_style.reading import read_image

BYTES_PER_PIXEL = 16  # address space for pixels on their way from the decoder's memory to the shared one
SPARE_MEMORY = 2_000_000_000
SPARE_SECONDS = 5.0
FIRST_SIZE = 1 << 24

Place = tuple[int, tuple[int, ...], str]
"""Offset in the shared memory, shape, type of a plane."""

Image = tuple[DecodedImage, Place, bool]
"""An image without its planes, where its pixels lie, and whether the file has a Y plane to ask for."""


@dataclass
class SharedMemory:
    """An arena in a file that another process maps too: planes one after the other, from the start for every file."""

    descriptor: int
    used: int = 0
    mapped: list[mmap.mmap] = field(default_factory=list)
    places: dict[int, Place] = field(default_factory=dict)

    def allocate(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An uninitialised plane."""
        kind = np.dtype(dtype)
        size = math.prod(shape) * kind.itemsize
        if self.used + size > os.fstat(self.descriptor).st_size:
            os.ftruncate(self.descriptor, self.used + size)
        if not self.mapped or self.used + size > len(self.mapped[-1]):
            self.mapped.append(mmap.mmap(self.descriptor, os.fstat(self.descriptor).st_size))
        plane: NDArray[Any] = np.frombuffer(self.mapped[-1], kind, math.prod(shape), self.used).reshape(shape)
        self.places[plane.__array_interface__["data"][0]] = (self.used, shape, kind.str)
        self.used += (size + 63) // 64 * 64
        return plane

    def find(self, plane: Plane) -> Place:
        """Where a plane lies, also as a copy where a decoder has put it elsewhere."""
        offset, _, kind = self.places.get(plane.__array_interface__["data"][0], (-1, (), ""))
        if offset < 0 or np.dtype(kind) != plane.dtype or not plane.flags.c_contiguous:
            copy = self.allocate(plane.shape, plane.dtype)
            np.copyto(copy, plane)
            return self.find(copy)
        return offset, plane.shape, kind

    def clear(self) -> None:
        """Start anew for the next file; only the largest mapping is kept."""
        self.used = 0
        self.places.clear()
        del self.mapped[:-1]


def serve(connection: Connection, memory: SharedMemory) -> None:
    """Answer requests until the other side closes: (path, shown_as, rules), or None for the Y plane of that file."""
    connection.send("ready")
    source: LumaSource | None = None
    while True:
        try:
            request = connection.recv()
        except (EOFError, OSError):
            return
        if request is not None:
            path, shown_as, rules = request
            memory.clear()
        _arm(rules.seconds + SPARE_SECONDS)
        answer: Image | Place | ImageError
        try:
            if request is None:
                assert source is not None
                answer = memory.find(source.decode())
            else:
                source = None  # its bytes are not needed any more
                image = read_image(path, shown_as=shown_as, rules=rules, allocate=memory.allocate)
                answer, source = _describe(image, memory), image.luma_source
        except ImageError as error:
            answer = error
        except Exception as error:  # isolation boundary around one file's decode: a fault of ours costs this file alone
            message = f"Reading failed in a way that was not foreseen ({type(error).__name__}: {error})."
            answer = ImageReadError(f"{message} Please report it.", path=shown_as, reason="not_measured")
        _arm(0)
        connection.send(answer)


def _describe(image: DecodedImage, memory: SharedMemory) -> Image:
    bare = replace(image, pixels=np.empty(0, np.uint8), luma_source=None)
    return bare, memory.find(image.pixels), image.luma_source is not None


def _arm(seconds: float) -> None:
    """End this process, even inside a decoder and with nobody left to end it, after some time (0: do not)."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _limit_memory(most_pixels: int) -> None:
    """Let a file that takes more memory than its pixels can need fail here, and this process go first."""
    import resource

    with suppress(OSError, ValueError):  # what a system does not let a process set, it goes without
        taken = int(Path("/proc/self/statm").read_bytes().split()[0]) * mmap.PAGESIZE
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = taken + SPARE_MEMORY + BYTES_PER_PIXEL * most_pixels
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def main() -> None:
    """Set limits and serve."""
    socket, memory, most_pixels, *modules = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asked; it closes the connection
    cv2.setNumThreads(1)
    for module in modules:
        importlib.import_module(module)
    _limit_memory(int(most_pixels))
    os.ftruncate(int(memory), FIRST_SIZE)
    serve(Connection(int(socket)), SharedMemory(int(memory)))


if __name__ == "__main__":
    main()
