"""Pure Numba functions on arrays, one theme per file.

Every file stands alone (Numba's cache does not notice edits in other files), takes C-contiguous planes and
returns new arrays. No kernel validates, allocates per pixel, prints or raises: the families hand them only
planes of at least their smallest shape.
"""

from __future__ import annotations

import tempfile
import warnings

import numba


def _probe() -> None:
    """Stands for the kernels of this folder when Numba looks for a place to keep compiled code."""


def _find_cache() -> tempfile.TemporaryDirectory[str] | None:
    """Let Numba keep compiled kernels in a temporary folder, until the program ends, where it finds no other place."""
    try:
        numba.njit(cache=True)(_probe)  # looks for a place, compiles nothing
    except RuntimeError:
        warnings.warn(
            "Neither the folder of the program nor your home folder can be written, so the kernels are compiled anew "
            "by every run. Set NUMBA_CACHE_DIR to a folder that can be written.",
            stacklevel=2,
        )
        folder = tempfile.TemporaryDirectory(prefix="forensic_style-")
        numba.config.CACHE_DIR = folder.name  # type: ignore[attr-defined]
        return folder
    return None


_CACHE = _find_cache()
