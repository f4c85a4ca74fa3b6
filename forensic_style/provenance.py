"""What a result was made with and of: versions of libraries, a digest of the images."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterable

LIBRARIES = ("numpy", "scipy", "scikit-learn", "numba", "opencv-python-headless", "pillow", "pyarrow", "jinja2")


def find_version(distribution: str) -> str | None:
    """Version of an installed distribution; None where it came under another name."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def digest_images(hashes: Iterable[str]) -> str:
    """SHA-256 of the SHA-256 of all images, sorted and joined: it depends on neither names nor order.

    >>> digest_images(["b", "a"]) == digest_images(["a", "b"])
    True
    """
    return hashlib.sha256("".join(sorted(hashes)).encode()).hexdigest()
