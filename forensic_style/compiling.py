"""How kernels are compiled, and where their machine code is kept between runs.

Numba's own cache ends the program where a file of it is damaged or cannot be written, and may mix up code where two
processes write at once. Here one file holds the code for one kernel and its types of arguments, with a check sum; what
cannot be read is compiled, what cannot be written is used all the same.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import pickle
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite  # type: ignore[import-untyped]
import numba
from numba.core import caching, serialize

try:
    import fcntl
except ImportError:  # Windows: two processes may compile the same kernel, and both are right
    fcntl = None  # type: ignore[assignment]

DIGEST = 32  # bytes
SECONDS_TO_WAIT = 60.0  # for another process that compiles the same kernel
SECONDS_BETWEEN_LOOKS = 0.01
NO_PLACE = (
    "Neither the folder of the program nor your home folder can be written, so the kernels are compiled anew by every "
    "run. Set NUMBA_CACHE_DIR to a folder that can be written."
)

Function = TypeVar("Function", bound=Callable[..., Any])
_dumps: Callable[[object], bytes] = serialize.dumps
_FunctionCache: Any = caching.FunctionCache
_njit: Any = numba.njit


def kernel(function: Function) -> Function:
    """Compile a function of arrays when it is first called, and keep the code for later runs.

    It releases the lock of the interpreter, divides by zero as NumPy does, and is compiled once for all types of
    arguments it is called with.
    """
    compiled = _njit(nogil=True, error_model="numpy", no_cfunc_wrapper=True)(function)
    if compiled is not function:  # as where NUMBA_DISABLE_JIT is set
        compiled._cache = _open_cache(function)
    return cast(Function, compiled)


def _open_cache(function: Callable[..., Any]) -> Any:
    """The place for a kernel's code: with the program, at home, or in a folder that ends with this process."""
    with suppress(RuntimeError, OSError):  # Numba: no locator available
        return KernelCache(function)
    with suppress(RuntimeError, OSError):
        _make_temporary_place()
        return KernelCache(function)
    return caching.NullCache()


_TEMPORARY: list[tempfile.TemporaryDirectory[str]] = []


def _make_temporary_place() -> None:
    """Let Numba keep compiled kernels in a temporary folder until the program ends, and say so once."""
    if not _TEMPORARY:
        warnings.warn(NO_PLACE, stacklevel=5)
        _TEMPORARY.append(tempfile.TemporaryDirectory(prefix="forensic_style-"))
    numba.config.CACHE_DIR = _TEMPORARY[0].name  # type: ignore[attr-defined]


class KernelCache(_FunctionCache):
    """Numba's cache of one function, with files that fail one at a time.

    A process that is about to compile claims the kernel for these types; others wait for its code.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp = (numba.__version__, llvmlite.__version__, self._impl.locator.get_source_stamp())
        self.kept = self._cache_file = KeptCode(Path(self.cache_path), self._impl.filename_base, _dumps(stamp))
        self._claims: dict[str, int] = {}

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled function, or None where this process is to compile it."""
        found = super().load_overload(sig, target_context)
        if found is None and self._claim(str(sig)):
            found = super().load_overload(sig, target_context)
            if found is not None:
                self._give_up(str(sig))
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep compiled code; a folder that cannot be written costs the next run its time, not this one its result."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _warn_once(
                f"Compiled kernels cannot be kept in {self.cache_path}: {error.strerror or error}. "
                "The next run compiles them anew. Make room there, or set NUMBA_CACHE_DIR to another folder."
            )
        finally:
            self._give_up(str(sig))

    def _claim(self, sig: str) -> bool:
        """Claim the compilation, after waiting for a process that has; False where that is not possible."""
        if fcntl is None or sig in self._claims:
            return False
        try:
            descriptor = os.open(self._locate_claim(sig), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        self._claims[sig] = descriptor
        until = time.monotonic() + SECONDS_TO_WAIT
        while time.monotonic() < until:
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(SECONDS_BETWEEN_LOOKS)
        return True

    def _give_up(self, sig: str) -> None:
        descriptor = self._claims.pop(sig, None)
        if descriptor is not None:
            with suppress(OSError):
                self._locate_claim(sig).unlink()
            os.close(descriptor)

    def _locate_claim(self, sig: str) -> Path:
        return self.kept.folder / f"{self.kept.stem}.{_shorten(sig)}.lock"


class KeptCode:
    """Files of one kernel, one for each key: digest of the versions, digest of both, pickled code.

    Parameters
    ----------
    folder, stem : where, and how names begin
    stamp : versions of Numba and of the source; code of others does not count, and is replaced
    """

    def __init__(self, folder: Path, stem: str, stamp: bytes) -> None:
        self.folder, self.stem = folder, stem
        self.stamp = hashlib.sha256(stamp).digest()

    def load(self, key: object) -> Any:
        """What was saved, or None where there is nothing, it is damaged, or of another version."""
        try:
            data = self._locate(key).read_bytes()
        except OSError:
            return None
        stamp, digest, body = data[:DIGEST], data[DIGEST : 2 * DIGEST], data[2 * DIGEST :]
        is_whole = stamp == self.stamp and digest == hashlib.sha256(stamp + body).digest()
        return pickle.loads(body) if is_whole else None

    def save(self, key: object, data: object) -> None:
        """Write beside and rename, so that whoever reads sees all or nothing."""
        path, body = self._locate(key), _dumps(data)
        beside = path.with_name(f"{path.name}.{uuid.uuid4().hex[:16]}.tmp")
        try:
            beside.write_bytes(self.stamp + hashlib.sha256(self.stamp + body).digest() + body)
            os.replace(beside, path)
        finally:
            with suppress(OSError):
                beside.unlink()

    def flush(self) -> None:
        """Forget all of it."""
        for path in self.folder.glob(f"{self.stem}.*.kernel"):
            path.unlink(missing_ok=True)

    def is_kept(self) -> bool:
        """Whether there is a file of this version."""
        for path in itertools.islice(self.folder.glob(f"{self.stem}.*.kernel"), 8):
            with suppress(OSError), path.open("rb") as file:
                if file.read(DIGEST) == self.stamp:
                    return True
        return False

    def _locate(self, key: object) -> Path:
        return self.folder / f"{self.stem}.{_shorten(repr(key))}.kernel"


def _shorten(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


_SAID: set[str] = set()


def _warn_once(message: str) -> None:
    """Say it for the first kernel alone."""
    if not _SAID:
        _SAID.add(message)
        warnings.warn(message, stacklevel=2)
