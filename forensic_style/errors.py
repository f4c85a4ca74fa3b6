"""Everything the package raises on purpose.

A message says what (with the given value), where, and what to do.
"""

from __future__ import annotations

import functools
from typing import Any

REASONS = {
    "not_an_image": "no image format is recognised in the bytes, or the file is empty",
    "unsupported_format": "a format, or a kind of it, that is not read",
    "truncated": "the file ends before the image does",
    "damaged": "the bytes contradict the format, a checksum, or themselves",
    "too_small": "less than one window of 32 x 32 pixels",
    "too_large": "over the limit of pixels, bytes or memory",
    "unreadable": "cannot be opened, is not a file, or changed while it was read",
    "timeout": "reading took longer than the limit",
    "crashed": "the decoder crashed on it, twice",
    "not_measured": "a fault of ours: please report it",
}
"""Why an input was not measured: the closed list of codes in skipped.csv, and what they mean."""


class ForensicStyleError(Exception):
    """The root: catch this to catch everything the package raises on purpose."""


class ImageError(ForensicStyleError):
    """One image cannot be measured.

    Parameters
    ----------
    message : what is wrong and what to do
    path : the image, as given in the input
    """

    reason = "unreadable"

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled with its keyword."""
        return functools.partial(type(self), path=self.path), self.args


class ImageReadError(ImageError):
    """The file cannot be decoded whole; `reason` is the short code, out of REASONS, that skipped.csv shows."""

    def __init__(self, message: str, *, path: str, reason: str) -> None:
        super().__init__(message, path=path)
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled with its keywords: it crosses from the process that reads to the one that measures."""
        return functools.partial(ImageReadError, path=self.path, reason=self.reason), self.args


class ImageTooSmallError(ImageError):
    """The image is smaller than the smallest window a family can measure."""

    reason = "too_small"


class ImageTooLargeError(ImageError):
    """The image is over the limit of pixels, bytes or memory."""

    reason = "too_large"


class ReaderError(ForensicStyleError):
    """The separate processes that read files cannot be started."""


class FamilyError(ForensicStyleError):
    """A fingerprint family broke its promise: wrong length, wrong type or a value that is not finite."""

    def __init__(self, message: str, *, family: str, path: str) -> None:
        super().__init__(message)
        self.family = family
        self.path = path


class StorageError(ForensicStyleError):
    """Storage failed, not one file of it: what was measured is kept, and the same command goes on later."""


class ClusterError(ForensicStyleError):
    """The machines that measure cannot be reached or do not fit: what was measured is kept."""


class TableError(ForensicStyleError):
    """Tables, manifests or runs that do not fit together."""


class ParameterError(ForensicStyleError, ValueError):
    """A wrong argument."""
