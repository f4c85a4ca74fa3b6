"""Properties of files that could explain clusters: words or numbers, one per image, unknown for some."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from forensic_style.audit.claims import name_camera
from forensic_style.audit.records import Kind
from forensic_style.table import ImageRecord

CONTENT = "content"
UNKNOWN = -1
MOST_BINS = 8
ROWS_PER_BIN = 8

Words: TypeAlias = Callable[[ImageRecord], str]
Number: TypeAlias = Callable[[ImageRecord], float | None]
_DAY = re.compile(r"\s*(\d{4})\D(\d{1,2})\D(\d{1,2})(?!\d)")


@dataclass(frozen=True)
class Property:
    """One property of a set of images.

    Parameters
    ----------
    name : as people read it
    kind : what sort of property it is
    codes : integer array, shape (n_images,), value or bin of each image, 0 to n - 1; -1 where unknown
    numbers : float64 array, shape (n_images,), NaN where unknown; None for words
    """

    name: str
    kind: Kind
    codes: NDArray[np.intp]
    numbers: NDArray[np.float64] | None = None

    @property
    def known(self) -> NDArray[np.bool_]:
        """Images of which it is known, shape (n_images,)."""
        return self.codes != UNKNOWN

    @property
    def n_values(self) -> int:
        """Different values, or bins of a number, among the images."""
        return len(np.unique(self.codes[self.known]))

    def select(self, rows: NDArray[np.intp]) -> Property:
        """The same of some images; the bins of a number are made anew."""
        if self.numbers is None:
            return Property(self.name, self.kind, self.codes[rows])
        return Property(self.name, self.kind, bin_numbers(self.numbers[rows]), self.numbers[rows])


def list_properties(images: Sequence[ImageRecord], content: Sequence[str] | None = None) -> tuple[Property, ...]:
    """Everything that the clusters of images could be instead of technology, or beside it.

    Parameters
    ----------
    images : any number
    content : label of each image, "" where unknown, or None

    Returns
    -------
    Properties that take at least two values, in a fixed order.
    """
    found = [_read_words(images, name, kind, read) for name, kind, read in WORDS]
    if content is not None:
        found.append(Property(CONTENT, "content", encode_words(content)))
    found += [_read_numbers(images, name, kind, read) for name, kind, read in NUMBERS]
    order = {name: place for place, name in enumerate(ORDER)}
    return tuple(sorted((one for one in found if one.n_values > 1), key=lambda one: order[one.name]))


def encode_words(words: Sequence[str]) -> NDArray[np.intp]:
    """Number of each word among the sorted ones; -1 for "".

    >>> encode_words(["PNG", "", "JPEG", "PNG"]).tolist()
    [1, -1, 0, 1]
    """
    place = {word: number for number, word in enumerate(sorted(set(words) - {""}))}
    return np.array([place.get(word, UNKNOWN) for word in words], dtype=np.intp)


def bin_numbers(numbers: NDArray[np.float64]) -> NDArray[np.intp]:
    """Bins of about equally many images each; -1 where the number is NaN.

    Up to eight different numbers are bins of their own. More are put into one bin per eight images, at least two and
    at most eight; equal numbers stay together.

    >>> bin_numbers(np.array([5.0, 1.0, np.nan, 5.0])).tolist()
    [1, 0, -1, 1]
    """
    known = ~np.isnan(numbers)
    values, codes = np.unique(numbers[known], return_inverse=True)
    if len(values) > MOST_BINS:
        n_bins = min(max(len(codes) // ROWS_PER_BIN, 2), MOST_BINS)
        edges = np.quantile(numbers[known], np.arange(1, n_bins) / n_bins, method="lower")
        codes = np.searchsorted(np.unique(edges), numbers[known])
        codes = np.unique(codes, return_inverse=True)[1]
    bins = np.full(len(numbers), UNKNOWN, dtype=np.intp)
    bins[known] = codes
    return bins


def _read_words(images: Sequence[ImageRecord], name: str, kind: Kind, read: Words) -> Property:
    return Property(name, kind, encode_words([read(image) for image in images]))


def _read_numbers(images: Sequence[ImageRecord], name: str, kind: Kind, read: Number) -> Property:
    values = [read(image) for image in images]
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return Property(name, kind, bin_numbers(numbers), numbers)


def _describe_size(image: ImageRecord) -> str:
    """Long by short side: an image and the same on its side are of one size."""
    return f"{max(image.rows, image.columns)} x {min(image.rows, image.columns)}"


def _read_day(image: ImageRecord) -> str:
    """Day of the claimed date, as year-month-day; "" where there is none."""
    found = _DAY.match(image.claims.get("date", ""))
    return "" if found is None else "-".join(part.zfill(2) for part in found.groups())


WORDS: tuple[tuple[str, Kind, Words], ...] = (
    ("file format", "file", lambda image: image.format),
    ("image size", "file", _describe_size),
    ("bit depth", "file", lambda image: str(image.bit_depth)),
    ("JPEG sampling", "history", lambda image: image.jpeg_sampling),
    ("folder", "context", lambda image: os.path.dirname(image.path) or "."),
    ("capture date", "context", _read_day),
    ("claimed camera", "claim", lambda image: name_camera(image.claims)),
    ("claimed software", "claim", lambda image: image.claims.get("software", "").strip()),
)
NUMBERS: tuple[tuple[str, Kind, Number], ...] = (
    ("megapixels", "file", lambda image: float(np.log2(max(1, image.rows * image.columns)))),
    ("JPEG quality", "history", lambda image: image.jpeg_quality),
    ("brightness", "looks", lambda image: image.brightness),
    ("sharpness", "looks", lambda image: image.sharpness),
    ("texture", "looks", lambda image: image.texture),
)
ORDER = (
    "file format",
    "image size",
    "megapixels",
    "bit depth",
    "JPEG quality",
    "JPEG sampling",
    "brightness",
    "sharpness",
    "texture",
    CONTENT,
    "folder",
    "capture date",
    "claimed camera",
    "claimed software",
)
