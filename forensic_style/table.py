"""FingerprintTable: one row of fingerprint values per window, and the images they come from."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import ArrayLike, NDArray

from forensic_style.errors import ParameterError, TableError
from forensic_style.family import FingerprintFamily, Group

FORMAT_VERSION = 3
IMAGES_PER_PART = 1000
_METADATA_KEY = b"forensic_style"
_IMAGE_COLUMNS = {
    "path": pa.string(),
    "sha256": pa.string(),
    "format": pa.string(),
    "image_height": pa.int32(),
    "image_width": pa.int32(),
    "n_bytes": pa.int64(),
    "notes": pa.list_(pa.string()),
    "labels": pa.string(),
    "bit_depth": pa.int32(),
    "claims": pa.string(),
    "jpeg_quality": pa.int32(),
    "jpeg_sampling": pa.string(),
    "brightness": pa.float64(),
    "sharpness": pa.float64(),
    "texture": pa.float64(),
}
_WINDOW_COLUMNS = ("window", "top", "left", "height", "width")


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
    windows : int32 array, shape (n_windows, 5): number, top, left, height, width in pixels
    missing : boolean array, shape (n_images, n_families), where a family by its own declaration does not exist for an
        image (JPEG structure of a PNG file). Values under it are 0 and no measurement; in Parquet they are null
    """

    images: tuple[ImageRecord, ...]
    skipped: tuple[SkippedImage, ...]
    families: tuple[FamilyRecord, ...]
    values: NDArray[np.float32]
    groups: NDArray[np.intp]
    windows: NDArray[np.int32]
    missing: NDArray[np.bool_]

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
        """Write the measured windows as Parquet parts of up to 1,000 images into a folder, which is made."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        for stale in Path(folder).glob("part-*.parquet"):
            stale.unlink()
        for start in range(0, max(1, len(self.images)), IMAGES_PER_PART):
            rows = (self.groups >= start) & (self.groups < start + IMAGES_PER_PART)
            part = Path(folder) / f"part-{start // IMAGES_PER_PART:05d}.parquet"
            temporary = part.with_suffix(".unfinished")
            with open(temporary, "wb") as file:  # opened here: pyarrow takes no path that is not UTF-8
                pq.write_table(self._to_arrow(rows), file, compression="zstd")
            temporary.replace(part)

    def _to_arrow(self, rows: NDArray[np.bool_]) -> pa.Table:
        records = [self.images[number] for number in self.groups[rows]]
        columns: dict[str, Any] = {
            "path": [record.path for record in records],
            "sha256": [record.sha256 for record in records],
            "format": [record.format for record in records],
            "image_height": [record.rows for record in records],
            "image_width": [record.columns for record in records],
            "n_bytes": [record.n_bytes for record in records],
            "notes": [list(record.notes) for record in records],
            "labels": [json.dumps(record.labels, ensure_ascii=False) for record in records],
            "bit_depth": [record.bit_depth for record in records],
            "claims": [json.dumps(record.claims, ensure_ascii=False) for record in records],
            "jpeg_quality": [record.jpeg_quality for record in records],
            "jpeg_sampling": [record.jpeg_sampling for record in records],
            "brightness": [record.brightness for record in records],
            "sharpness": [record.sharpness for record in records],
            "texture": [record.texture for record in records],
        }
        columns = {name: pa.array(columns[name], kind) for name, kind in _IMAGE_COLUMNS.items()}
        columns |= {name: self.windows[rows, place] for place, name in enumerate(_WINDOW_COLUMNS)}
        missing = self._spread(self.missing[self.groups[rows]])
        columns |= {
            name: pa.array(self.values[rows, place], mask=missing[:, place]) for place, name in enumerate(self.columns)
        }
        metadata = {"version": FORMAT_VERSION, "families": [asdict(family) for family in self.families]}
        return pa.table(columns).replace_schema_metadata({_METADATA_KEY: json.dumps(metadata).encode()})


def load_table(folder: str | os.PathLike[str]) -> FingerprintTable:
    """Read the Parquet parts of a folder. Skipped images and thumbnails are kept elsewhere.

    Raises
    ------
    TableError
        where the folder holds no parts, or parts of different families.
    """
    parts = sorted(Path(folder).glob("*.parquet"))
    if not parts:
        raise TableError(f"The folder {os.fspath(folder)!r} holds no Parquet parts. Name a folder of fingerprints.")
    tables = [_read_part(part) for part in parts]
    families = [_read_families(table, part) for table, part in zip(tables, parts, strict=True)]
    for part, others in zip(parts, families, strict=True):
        if others != families[0]:
            raise TableError(f"{part} holds other families or versions than {parts[0]}. Extract them again.")
    return _from_arrow(pa.concat_tables(tables), families[0])


def _read_part(part: Path) -> pa.Table:
    try:
        with open(part, "rb") as file:
            return pq.read_table(file)
    except (OSError, pa.lib.ArrowException) as error:
        raise TableError(f"{part} cannot be read: {error}. Delete it and extract again.") from error


def _read_families(table: pa.Table, part: Path) -> tuple[FamilyRecord, ...]:
    metadata = json.loads((table.schema.metadata or {}).get(_METADATA_KEY, b"{}"))
    if metadata.get("version") != FORMAT_VERSION:
        raise TableError(f"{part} is not a fingerprint table of version {FORMAT_VERSION}. Extract it again.")
    return tuple(
        FamilyRecord(**family | {"groups": tuple(Group(**group) for group in family["groups"])})
        for family in metadata["families"]
    )


def _from_arrow(table: pa.Table, families: tuple[FamilyRecord, ...]) -> FingerprintTable:
    paths = table["path"].to_pylist()
    starts = [row for row in range(len(paths)) if row == 0 or paths[row] != paths[row - 1]]
    images = tuple(
        ImageRecord(
            path=row["path"],
            sha256=row["sha256"],
            format=row["format"],
            rows=row["image_height"],
            columns=row["image_width"],
            n_bytes=row["n_bytes"],
            notes=tuple(row["notes"]),
            labels=json.loads(row["labels"]),
            bit_depth=row["bit_depth"],
            claims=json.loads(row["claims"]),
            jpeg_quality=row["jpeg_quality"],
            jpeg_sampling=row["jpeg_sampling"],
            brightness=row["brightness"],
            sharpness=row["sharpness"],
            texture=row["texture"],
        )
        for row in table.select(list(_IMAGE_COLUMNS)).take(pa.array(starts, pa.int64())).to_pylist()
    )
    names = table.column_names[len(_IMAGE_COLUMNS) + len(_WINDOW_COLUMNS) :]
    values, nulls = np.empty((len(paths), len(names)), np.float32), np.empty((len(paths), len(names)), np.bool_)
    for place, name in enumerate(names):
        values[:, place] = table[name].fill_null(0.0).to_numpy()
        nulls[:, place] = table[name].is_null().to_numpy()
    windows = np.column_stack([table[name].to_numpy() for name in _WINDOW_COLUMNS]).astype(np.int32)
    groups = np.cumsum(np.isin(np.arange(len(paths)), starts)) - 1
    firsts = np.cumsum([0] + [family.dimension for family in families])[: len(families)]
    missing = nulls[starts][:, firsts]
    read = FingerprintTable(images, (), families, values, groups, windows, missing)
    if not np.array_equal(nulls, np.zeros_like(nulls) if read.missing_values is None else read.missing_values):
        raise TableError("The fingerprints have gaps: a family is there or missing as a whole. Extract them again.")
    return read
