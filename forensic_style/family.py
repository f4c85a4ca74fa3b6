"""What every fingerprint family must declare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Axis = Literal["acquisition", "processing"]
Kind = Literal["histogram", "value"]
Sees = Literal["window", "file"]


@dataclass(frozen=True, slots=True)
class Citation:
    """The source of a definition, down to the equation or table."""

    authors: str
    title: str
    venue: str
    year: int

    def __str__(self) -> str:
        return f"{self.authors}, {self.title}, {self.venue}, {self.year}"


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbouring columns of a family that mean one thing.

    `kind` is "histogram" for shares (compared by their square roots) and "value" for anything else.
    `label` names the measurement in plain words. `more` and `less` say what an image looks like whose values in the
    group are high or low on average; groups of one column always do, others where that means something.
    """

    name: str
    size: int
    kind: Kind
    label: str
    more: str = ""
    less: str = ""


@dataclass(frozen=True, slots=True)
class FingerprintFamily:
    """A named set of fingerprint values, declared before any image is read.

    Parameters
    ----------
    name : first part of the column names; public interface
    title : in plain words
    axis : "acquisition" (how the image came to be) or "processing" (what has been done to the file since)
    version : raised whenever a value changes
    groups : the columns, in order
    smallest : (rows, columns) of the smallest window that can be measured
    sources : where the definition comes from
    cannot_tell : what looks the same to this family
    compute : WindowPixels, or DecodedImage where the family sees files -> float64 vector of `dimension` finite values
    sees : "window" (measured on each) or "file" (measured once, the same for every window of the image)
    needs_jpeg : whether it exists for JPEG files alone; elsewhere its columns are missing
    """

    name: str
    title: str
    axis: Axis
    version: int
    groups: tuple[Group, ...]
    smallest: tuple[int, int]
    sources: tuple[Citation, ...]
    cannot_tell: str
    compute: Callable[[Any], NDArray[np.float64]]
    sees: Sees = "window"
    needs_jpeg: bool = False

    @property
    def dimension(self) -> int:
        """Number of columns."""
        return sum(group.size for group in self.groups)

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names, `family.group.index`."""
        return tuple(f"{self.name}.{group.name}.{index}" for group in self.groups for index in range(group.size))
