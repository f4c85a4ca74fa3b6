"""Everything the package raises on purpose.

A message says what (with the given value), where, and what to do.
"""

from __future__ import annotations


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


class ImageReadError(ImageError):
    """The file cannot be decoded whole; `reason` is the short code that skipped.csv shows."""

    def __init__(self, message: str, *, path: str, reason: str) -> None:
        super().__init__(message, path=path)
        self.reason = reason


class ImageTooSmallError(ImageError):
    """The image is smaller than the smallest window a family can measure."""

    reason = "too_small"


class ImageTooLargeError(ImageError):
    """The image has more pixels than the limit."""

    reason = "too_large"


class FamilyError(ForensicStyleError):
    """A fingerprint family broke its promise: wrong length, wrong type or a value that is not finite."""

    def __init__(self, message: str, *, family: str, path: str) -> None:
        super().__init__(message)
        self.family = family
        self.path = path


class TableError(ForensicStyleError):
    """Tables, manifests or runs that do not fit together."""


class ParameterError(ForensicStyleError, ValueError):
    """A wrong argument."""
