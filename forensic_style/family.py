"""What every fingerprint family must declare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from forensic_style.image import DecodedImage, WindowPixels

Axis = Literal["acquisition", "processing"]
Kind = Literal["histogram", "value"]
Sees = Literal["window", "image", "file"]
Strength = Literal["none", "weak", "likely", "clear", "certain"]
Scale = Literal["linear", "log2", "square", "jpeg_step"]

_CHANCES: tuple[tuple[float, Strength], ...] = ((1e-6, "certain"), (1e-4, "clear"), (1e-2, "likely"), (1e-1, "weak"))
_ERRORS: tuple[tuple[float, Strength], ...] = ((0.02, "certain"), (0.1, "clear"), (0.3, "likely"), (1.0, "weak"))


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

    Where one of the columns is a quantity with a unit, the rest says how to show it; none of this changes a value, and
    groups that differ in it alone are equal.

    Parameters
    ----------
    quantity : its name, in words that a number can follow ("noise"); "" where numbers mean nothing to a reader
    unit : of the number, "" for none
    column : the one that is shown, counted within the group
    scale : how a value x becomes the quantity: "linear" x, "log2" 2^x, "square" x^2, "jpeg_step" the JPEG quality of
        which x is the binary logarithm of the mean quantization step
    factor, offset : by which that is multiplied, and what is added afterwards
    threshold : value x above which what `quantity` names counts as present in an image; then the share of images is
        shown, and no number. None where there is no such value
    """

    name: str
    size: int
    kind: Kind
    label: str
    more: str = ""
    less: str = ""
    quantity: str = field(default="", compare=False)
    unit: str = field(default="", compare=False)
    column: int = field(default=0, compare=False)
    scale: Scale = field(default="linear", compare=False)
    factor: float = field(default=1.0, compare=False)
    offset: float = field(default=0.0, compare=False)
    threshold: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a family reads in one image or window, in words.

    Parameters
    ----------
    subject : what was looked for, always the same words ("colour filter array")
    words : what was found ("colour filter array GRBG"), or that nothing was ("no colour filter array")
    strength : how sure that is: see :func:`grade_chance` and :func:`grade_error`; "none" where nothing was found
    detail : the numbers behind it, with units
    estimate : the same for programs: a word, a number, or a pair of numbers; None where nothing was found
    tolerance : windows disagree whose estimates differ by more than this share of the larger one; 0 for estimates
        that are equal or not
    is_local : whether places of one image differ in it without any meaning, so that windows never disagree
    """

    subject: str
    words: str
    strength: Strength
    detail: str = ""
    estimate: str | float | tuple[int, int] | None = None
    tolerance: float = 0.0
    is_local: bool = False


def grade_chance(chance: float) -> Strength:
    """Strength of a trace, by the share of images without it that would show it as clearly.

    Examples
    --------
    >>> [grade_chance(chance) for chance in (1e-9, 1e-5, 0.005, 0.05, 0.5)]
    ['certain', 'clear', 'likely', 'weak', 'none']
    """
    return next((strength for limit, strength in _CHANCES if chance <= limit), "none")


def grade_error(error: float) -> Strength:
    """Strength of a measured quantity, by its relative standard error.

    Examples
    --------
    >>> [grade_error(error) for error in (0.01, 0.05, 0.2, 0.5, 3.0)]
    ['certain', 'clear', 'likely', 'weak', 'none']
    """
    return next((strength for limit, strength in _ERRORS if error <= limit), "none")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Something of one image to look at.

    Parameters
    ----------
    title : in plain words
    kind : "map" (values as shades, low is dark), "cells" (a small table of numbers) or "curve" (points)
    values : float64 array, shape (rows, columns); for a curve (n_points, 2), across and up
    note : how to read it
    axes : names and units of the two directions of a curve
    """

    title: str
    kind: Literal["map", "cells", "curve"]
    values: NDArray[np.float64]
    note: str
    axes: tuple[str, str] = ("", "")


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
    measure : WindowStack -> finite float64 values, shape (n_windows, `dimension`), each row that of its window
        whatever the others are; where the family does not see windows, DecodedImage -> shape (`dimension`,).
    sees : "window" (measured on each), "image" (measured once, on all of its pixels) or "file" (once, on what the file
        says of itself). Without windows there is nothing to tell a measurement's own scatter by, so families that
        see images take no part in clusters unless they are named.
    needs_jpeg : whether it exists for JPEG files alone; elsewhere its columns are missing
    needs_coded_luma : whether it looks at the Y plane of JPEG files, which is decoded for it alone
    cost : time of `measure` on the windows of a photo over that of decoding the photo from JPEG, the median that
        `tests/benchmarks/speed.py` prints for photos of 1 to 4 megapixels
    read : WindowPixels (a window, or all of an image), or DecodedImage where the family does not see windows -> what
        stands in it, in words; None for families whose values say nothing about an image by itself
    draw : the same -> what can be shown of it
    """

    name: str
    title: str
    axis: Axis
    version: int
    groups: tuple[Group, ...]
    smallest: tuple[int, int]
    sources: tuple[Citation, ...]
    cannot_tell: str
    measure: Callable[[Any], NDArray[np.float64]]
    sees: Sees = "window"
    needs_jpeg: bool = False
    needs_coded_luma: bool = False
    cost: float = 0.0
    read: Callable[[Any], tuple[Reading, ...]] | None = None
    draw: Callable[[Any], tuple[Drawing, ...]] | None = None

    def compute(self, pixels: WindowPixels | DecodedImage) -> NDArray[np.float64]:
        """The vector of one window, or of an image where the family does not see windows: shape (`dimension`,)."""
        return self.measure(pixels.stack())[0] if isinstance(pixels, WindowPixels) else self.measure(pixels)

    @property
    def dimension(self) -> int:
        """Number of columns."""
        return sum(group.size for group in self.groups)

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names, `family.group.index`."""
        return tuple(f"{self.name}.{group.name}.{index}" for group in self.groups for index in range(group.size))
