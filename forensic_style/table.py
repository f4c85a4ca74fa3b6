"""FingerprintTable: one row of fingerprint values per window, and the images they come from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forensic_style.errors import ParameterError, TableError
from forensic_style.family import FingerprintFamily, Group

COPY_OF = "the same bytes as "  # begins the note of a copy


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """What is known of an image that was measured.

    Parameters
    ----------
    path : as given in the input or manifest
    sha256 : of the file, hexadecimal
    format : by content: "JPEG", "PNG", ...
    rows, columns : size in pixels
    n_bytes : size of the file
    notes : what was left out or converted while reading
    labels : the manifest's other columns
    thumbnail : a small JPEG file, or empty
    bit_depth : bits per sample of the file
    claims : make, model, software, date as the file claims them: for the audit, never a fingerprint
    jpeg_quality : of the standard table that is nearest to the file's own, 1..100; None for other formats
    jpeg_sampling : of the colours, "4:2:0" and the like; "" for other formats
    brightness, sharpness, texture : of the windows, see :class:`forensic_style.image.Looks`; None where they were not
        measured. For the audit, never a fingerprint
    """

    path: str
    sha256: str
    format: str
    rows: int
    columns: int
    n_bytes: int
    notes: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    thumbnail: bytes = b""
    bit_depth: int = 8
    claims: dict[str, str] = field(default_factory=dict)
    jpeg_quality: int | None = None
    jpeg_sampling: str = ""
    brightness: float | None = None
    sharpness: float | None = None
    texture: float | None = None


@dataclass(frozen=True, slots=True)
class SkippedImage:
    """An input that was not measured: a short fixed reason, and a sentence."""

    path: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class FamilyRecord:
    """What a table remembers of a fingerprint family: its declaration without the function."""

    name: str
    title: str
    axis: str
    version: int
    groups: tuple[Group, ...]
    sees: str = "window"
    needs_jpeg: bool = False

    @classmethod
    def of(cls, family: FingerprintFamily) -> FamilyRecord:
        """The record of a family of the catalogue."""
        return cls(
            family.name, family.title, family.axis, family.version, family.groups, family.sees, family.needs_jpeg
        )

    @property
    def dimension(self) -> int:
        """Number of columns."""
        return sum(group.size for group in self.groups)


@dataclass(frozen=True)
class FingerprintTable:
    """Fingerprints of the windows of a set of images.

    Parameters
    ----------
    images : the images measured, in the order of their paths
    skipped : the inputs not measured
    families : the families measured, in the order of their columns
    values : float32 array, shape (n_windows, n_columns), finite
    groups : integer array, shape (n_windows,), the image of each row
    windows : int32 array, shape (n_windows, 5): number, top, left, height, width in pixels. The number -1 is that of a
        mean row, which stands for all windows of an image, see :mod:`forensic_style.sampling`
    missing : boolean array, shape (n_images, n_families), where a family by its own declaration does not exist for an
        image (JPEG structure of a PNG file). Values under it are 0 and no measurement; in Parquet they are null
    about : how the values came to be, where they are no fingerprints of the catalogue: what
        :func:`forensic_style.embedding.embed` says of its network, or anything else that JSON holds
    """

    images: tuple[ImageRecord, ...]
    skipped: tuple[SkippedImage, ...]
    families: tuple[FamilyRecord, ...]
    values: NDArray[np.float32]
    groups: NDArray[np.intp]
    windows: NDArray[np.int32]
    missing: NDArray[np.bool_]
    about: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        """A line, not the values."""
        return (
            f"FingerprintTable({len(self.images)} images, {len(self.values)} windows, {len(self.columns)} columns of "
            f"{len(self.families)} families, {len(self.skipped)} skipped)"
        )

    @property
    def paths(self) -> list[str]:
        """The images' paths."""
        return [image.path for image in self.images]

    @cached_property
    def columns(self) -> list[str]:
        """Column names, `family.group.index`."""
        return [
            f"{family.name}.{group.name}.{index}"
            for family in self.families
            for group in family.groups
            for index in range(group.size)
        ]

    @cached_property
    def shares(self) -> NDArray[np.bool_]:
        """Which columns are shares of a histogram, shape (n_columns,)."""
        kinds = [(group.kind == "histogram", group.size) for family in self.families for group in family.groups]
        return np.repeat([kind for kind, _ in kinds], [size for _, size in kinds]).astype(bool)

    @cached_property
    def per_file(self) -> NDArray[np.bool_]:
        """Which columns are the same for all windows of an image, because they are measured once, (n_columns,)."""
        return self._spread([family.sees != "window" for family in self.families])

    @property
    def missing_values(self) -> NDArray[np.bool_] | None:
        """Which values are no measurements, shape (n_windows, n_columns); None where all are, which costs nothing."""
        return self._spread(self.missing[self.groups]) if self.missing.any() else None

    def read_labels(self, column: str) -> list[str]:
        """One column of the manifest, a label per image, "" where blank.

        Raises
        ------
        TableError
            where the manifest has no such column.
        """
        known = sorted({name for image in self.images for name in image.labels})
        if column not in known:
            there = f"The columns are: {', '.join(known)}." if known else "There are no label columns at all."
            raise TableError(f"The manifest has no column {column!r}. {there}")
        return [image.labels.get(column, "") for image in self.images]

    def select_families(self, names: Sequence[str] | None = None, *, axis: str = "all") -> FingerprintTable:
        """The same table with some families only."""
        kept = [
            family
            for family in self.families
            if (names is None or family.name in names) and axis in ("all", family.axis)
        ]
        missing = set(names or []) - {family.name for family in self.families}
        if missing or not kept:
            known = ", ".join(family.name for family in self.families)
            wanted = ", ".join(sorted(missing)) or f"of the axis {axis!r}"
            raise ParameterError(f"The table has no families {wanted}. It has: {known}.")
        chosen = np.array([family in kept for family in self.families])
        return replace(
            self,
            families=tuple(kept),
            values=np.ascontiguousarray(self.values[:, self._spread(chosen)]),
            missing=self.missing[:, chosen],
        )

    def select_images(self, numbers: Sequence[int] | NDArray[np.intp]) -> FingerprintTable:
        """The same table with some images only, in the order given."""
        rows_of = np.split(np.argsort(self.groups, kind="stable"), np.cumsum(self.count_windows())[:-1])
        rows = np.concatenate([rows_of[number] for number in numbers])
        return replace(
            self,
            images=tuple(self.images[number] for number in numbers),
            values=self.values[rows],
            groups=np.repeat(np.arange(len(numbers)), [len(rows_of[number]) for number in numbers]),
            windows=self.windows[rows],
            missing=self.missing[numbers],
        )

    def count_windows(self) -> NDArray[np.intp]:
        """Number of windows of each image."""
        return np.bincount(self.groups, minlength=len(self.images))

    def _spread(self, by_family: ArrayLike) -> NDArray[np.bool_]:
        """One truth per family (last axis) -> one per column."""
        return np.repeat(np.asarray(by_family, dtype=bool), [family.dimension for family in self.families], axis=-1)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write Parquet parts of a bounded size into a folder, which is made; parts that are there are replaced."""
        from forensic_style.parquet import save_table

        save_table(self, folder)

    def save_file(self, path: str | os.PathLike[str]) -> None:
        """Write all of it into one Parquet file, in place of one that is there."""
        from forensic_style.parquet import save_table_file

        save_table_file(self, path)


def note_copies(records: Sequence[ImageRecord]) -> tuple[ImageRecord, ...]:
    """The same records, with a note where an earlier one has the same bytes: a copy, or another name of the file."""
    first: dict[str, str] = {}
    noted = []
    for record in records:
        other = first.setdefault(record.sha256, record.path)
        notes = tuple(note for note in record.notes if not note.startswith(COPY_OF))
        if other != record.path:
            notes = (*notes, f"{COPY_OF}{other}")
        noted.append(record if notes == record.notes else replace(record, notes=notes))
    return tuple(noted)
