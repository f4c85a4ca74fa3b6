"""Compiling ahead: while one process measures the first images, others compile the kernels that come last.

    python -m forensic_style.warming FAMILY...

measures a made-up image with these families, one after the other, until its standard input is closed. Numba compiles
one kernel at a time in a process, so threads do not help. Who finds a kernel being compiled elsewhere waits for it:
see :mod:`forensic_style.compiling`.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import CodeType, FunctionType

import numba
import numpy as np

from forensic_style.compiling import KernelCache
from forensic_style.families import choose_families
from forensic_style.family import FingerprintFamily
from forensic_style.image import DecodedImage
from forensic_style.windows import Window

MOST_HELPERS = 3
SIDE = 128  # of the window of the made-up image


@contextmanager
def compile_ahead(families: Sequence[FingerprintFamily], *, processors: int) -> Iterator[None]:
    """Let other processes compile, from the last family backwards, as long as the block runs.

    Nothing is started where the code of the families is kept from an earlier run, or there is one processor.
    """
    names = [family.name for family in reversed(families) if not is_compiled(family)]
    n_helpers = min(processors - 1, MOST_HELPERS, len(names))
    helpers = [helper for first in range(n_helpers) if (helper := _start(names[first::n_helpers])) is not None]
    try:
        yield
    finally:
        for helper in helpers:
            helper.kill()
        for helper in helpers:
            helper.communicate()


def is_compiled(family: FingerprintFamily) -> bool:
    """Whether code is kept for any kernel that a family computes with, or it needs none."""
    caches = _find_caches(family.measure)
    return not caches or any(cache.kept.is_kept() for cache in caches)


def _find_caches(measure: object) -> list[KernelCache]:
    """The kernels that a function names, and those of the functions of its module that it names."""
    found, seen, waiting = [], set(), [measure]
    while waiting:
        function = waiting.pop()
        cache = getattr(function, "_cache", None)
        if isinstance(cache, KernelCache):
            found.append(cache)
        elif isinstance(function, FunctionType) and function not in seen:
            seen.add(function)
            names = sorted(_list_names(function.__code__))
            waiting += [function.__globals__[name] for name in names if name in function.__globals__]
    return found


def _list_names(code: CodeType) -> set[str]:
    inner = [_list_names(part) for part in code.co_consts if isinstance(part, CodeType)]
    return set(code.co_names).union(*inner)


def _start(names: Sequence[str]) -> subprocess.Popen[bytes] | None:
    """A process that compiles for these families; None where none can be started, which costs nothing but time."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
    if numba.config.CACHE_DIR:  # type: ignore[attr-defined]
        environment["NUMBA_CACHE_DIR"] = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    with suppress(OSError):
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "forensic_style.warming", *names],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return None


def make_image() -> DecodedImage:
    """Noise over slopes, 8 bit, in colour, of one window: what most images are to the compiler."""
    random = np.random.default_rng(0)
    slopes = np.add.outer(np.arange(SIDE), np.arange(SIDE))[..., None] * np.array([0.5, 0.4, 0.3])
    pixels = (slopes + random.integers(0, 100, (SIDE, SIDE, 3))).astype(np.uint8)
    pixels.flags.writeable = False
    return DecodedImage(path="", sha256="", n_bytes=0, format="PNG", pixels=pixels)


def compile_families(names: Sequence[str]) -> None:
    """Measure the made-up image with families, in the order given."""
    families = {family.name: family for family in choose_families(list(names))}
    for name in names:
        measure_made_up_image(families[name])


def measure_made_up_image(family: FingerprintFamily) -> None:
    """Have all kernels of a family in memory, those that see most images at least."""
    image = make_image()
    if family.sees != "file":
        family.measure(image.stack([Window(0, 0, 0, SIDE, SIDE)]) if family.sees == "window" else image)


def _end_with_the_other() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Compile until it is done or nobody waits for it any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that measures; it ends this one
    threading.Thread(target=_end_with_the_other, daemon=True).start()
    gc.disable()  # a seventh of the time; the process is short
    compile_families(sys.argv[1:])


if __name__ == "__main__":
    main()
