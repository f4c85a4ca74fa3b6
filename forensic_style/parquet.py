"""Fingerprints as Parquet parts, for any tool that reads Parquet: one row per window, one column per value."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from forensic_style.errors import TableError
from forensic_style.family import Group
from forensic_style.places import Folder, Place
from forensic_style.table import FamilyRecord, FingerprintTable, ImageRecord, SkippedImage, note_copies

FORMAT_VERSION = 4
PART_BYTES = 1 << 22  # of values: bounds what is held in memory on the way to a part and back
PREFIX, SUFFIX = "part-", ".parquet"
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
    "thumbnail": pa.binary(),
    "bit_depth": pa.int32(),
    "claims": pa.string(),
    "jpeg_quality": pa.int32(),
    "jpeg_sampling": pa.string(),
    "brightness": pa.float64(),
    "sharpness": pa.float64(),
    "texture": pa.float64(),
}
_WINDOW_COLUMNS = ("window", "top", "left", "height", "width")


@dataclass(frozen=True)
class PartHeader:
    """What the metadata of a part say.

    Parameters
    ----------
    families : of its columns
    settings : how it was measured, as far as that is known: what must agree for a part to be gone on with
    skipped : inputs that were not measured
    number : place among the parts of a table whose images have an order of their own; None for that of their paths
    about : how the values came to be, see :class:`forensic_style.table.FingerprintTable`
    """

    families: tuple[FamilyRecord, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    skipped: tuple[SkippedImage, ...] = ()
    number: int | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


def encode_part(
    table: FingerprintTable, settings: Mapping[str, str] | None = None, *, number: int | None = None
) -> bytes:
    """A Parquet file of the table and its skipped images. Null stands for families that an image does not have."""
    records = [table.images[number] for number in table.groups]
    firsts = np.diff(table.groups, prepend=-1) != 0
    columns: dict[str, Any] = {
        "path": [record.path for record in records],
        "sha256": [record.sha256 for record in records],
        "format": [record.format for record in records],
        "image_height": [record.rows for record in records],
        "image_width": [record.columns for record in records],
        "n_bytes": [record.n_bytes for record in records],
        "notes": [list(record.notes) for record in records],
        "labels": [json.dumps(record.labels, ensure_ascii=False) for record in records],
        "thumbnail": [record.thumbnail if first else None for record, first in zip(records, firsts, strict=True)],
        "bit_depth": [record.bit_depth for record in records],
        "claims": [json.dumps(record.claims, ensure_ascii=False) for record in records],
        "jpeg_quality": [record.jpeg_quality for record in records],
        "jpeg_sampling": [record.jpeg_sampling for record in records],
        "brightness": [record.brightness for record in records],
        "sharpness": [record.sharpness for record in records],
        "texture": [record.texture for record in records],
    }
    columns = {name: pa.array(columns[name], kind) for name, kind in _IMAGE_COLUMNS.items()}
    columns |= {name: table.windows[:, place] for place, name in enumerate(_WINDOW_COLUMNS)}
    missing = table.missing_values
    values = np.asfortranarray(table.values)
    columns |= {
        name: pa.array(values[:, place], mask=None if missing is None else missing[:, place])
        for place, name in enumerate(table.columns)
    }
    header = PartHeader(table.families, settings or {}, table.skipped, number, table.about)
    described = pa.table(columns).replace_schema_metadata({_METADATA_KEY: encode_header(header)})
    buffer = io.BytesIO()
    texts = [*_IMAGE_COLUMNS, *_WINDOW_COLUMNS]
    pq.write_table(  # dictionaries and limits of values help nobody, and they and a denser code take half of the time
        described, buffer, compression="snappy", use_dictionary=texts, write_statistics=False
    )
    return buffer.getvalue()


def name_part(data: bytes) -> str:
    """The name of a part: by its content, so that parts of several machines can be copied together.

    >>> name_part(b"")
    'part-e3b0c44298fc1c14.parquet'
    """
    return f"{PREFIX}{hashlib.sha256(data).hexdigest()[:16]}{SUFFIX}"


def list_parts(place: Place) -> list[str]:
    """Names of the parts in a place."""
    return [name for name in place.list() if name.startswith(PREFIX) and name.endswith(SUFFIX)]


def write_parts(
    place: Place,
    table: FingerprintTable,
    settings: Mapping[str, str] | None = None,
    *,
    are_numbered: bool = False,
) -> list[str]:
    """Write a table as parts of up to PART_BYTES of values; the skipped images go with the first.

    Returns
    -------
    Names of the parts.
    """
    names: list[str] = []
    for numbers in _deal(table.count_windows() * table.values.shape[1] * 4):
        part = table if len(numbers) == len(table.images) else table.select_images(numbers)
        part = replace(part, skipped=() if names else table.skipped)
        data = encode_part(part, settings, number=len(names) if are_numbered else None)
        names.append(name_part(data))
        place.write(names[-1], data)
    return names


def _deal(sizes: NDArray[np.intp]) -> Iterator[range]:
    """Numbers of neighbouring images whose values fill a part each; a single empty range for none."""
    ends, filled = [0], 0
    for number, size in enumerate(sizes.tolist()):
        if filled and filled + size > PART_BYTES:
            ends.append(number)
            filled = 0
        filled += size
    for start, end in pairwise([*ends, len(sizes)]):
        yield range(start, end)


def save_table(table: FingerprintTable, folder: str | os.PathLike[str]) -> None:
    """Write a table into a folder, which is made, in place of the parts that are there."""
    place = Folder(folder)
    for stale in set(list_parts(place)) - set(write_parts(place, table, are_numbered=True)):
        place.delete(stale)


def save_table_file(table: FingerprintTable, path: str | os.PathLike[str]) -> None:
    """Write a table into one file, in place of one that is there.

    Raises
    ------
    TableError
        where it cannot be written.
    """
    try:
        Folder(os.path.dirname(os.path.abspath(path))).write(os.path.basename(path), encode_part(table, number=0))
    except OSError as error:
        reason = error.strerror or error
        raise TableError(f"The table {os.fspath(path)!r} cannot be written: {reason}. Name another file.") from error


def load_table(folder: str | os.PathLike[str]) -> FingerprintTable:
    """Read the Parquet parts of a folder, or one file: images in the order of their paths, with all that was kept.

    Raises
    ------
    TableError
        where the folder holds no parts, parts of different families, or two measurements of one image, and where the
        file is no table of fingerprints.
    """
    if os.path.isfile(folder):
        place, name = Folder(os.path.dirname(os.path.abspath(folder))), os.path.basename(folder)
        return join_tables([read_part(place, name)], are_ordered=read_header(place, name).number is not None)
    place = Folder(folder)
    names = list_parts(place)
    if not names:
        raise TableError(f"The folder {os.fspath(folder)!r} holds no Parquet parts. Name a folder of fingerprints.")
    headers = [read_header(place, name) for name in names]
    are_numbered = all(header.number is not None for header in headers)
    if are_numbered:
        names = [name for _, name in sorted((header.number, name) for header, name in zip(headers, names, strict=True))]
    tables = [read_part(place, name) for name in names]
    for name, part in zip(names, tables, strict=True):
        if part.families != tables[0].families:
            message = f"{place}: {name} holds other families or versions than {names[0]}. Extract all of them again."
            raise TableError(message)
    return join_tables(tables, are_ordered=are_numbered)


def join_tables(tables: Sequence[FingerprintTable], *, are_ordered: bool = False) -> FingerprintTable:
    """Tables of the same families in one, images in the order of their paths unless they have one, copies noted.

    Raises
    ------
    TableError
        where an image is in two of them.
    """
    starts = np.cumsum([0, *(len(table.images) for table in tables)])
    joined = FingerprintTable(
        images=tuple(image for table in tables for image in table.images),
        skipped=tuple(sorted((image for table in tables for image in table.skipped), key=lambda image: image.path)),
        families=tables[0].families,
        values=np.concatenate([table.values for table in tables]),
        groups=np.concatenate([table.groups + start for table, start in zip(tables, starts, strict=False)]),
        windows=np.concatenate([table.windows for table in tables]),
        missing=np.concatenate([table.missing for table in tables]),
        about={
            name: entry
            for name, entry in tables[0].about.items()
            if all(table.about.get(name) == entry for table in tables)
        },
    )
    paths = joined.paths
    order = sorted(range(len(paths)), key=paths.__getitem__)
    for one, other in pairwise(order):
        if paths[one] == paths[other]:
            message = f"The fingerprints hold {paths[one]!r} twice, from an interrupted extraction."
            raise TableError(f"{message} Give the command that was interrupted again.")
    if are_ordered:
        return joined
    if order != list(range(len(paths))):
        joined = joined.select_images(order)
    return replace(joined, images=note_copies(joined.images))


def is_table_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file is Parquet that this program wrote, of whatever version; a manifest may be Parquet, too."""
    try:
        return _METADATA_KEY in (pq.read_schema(path).metadata or {})
    except (OSError, pa.lib.ArrowException):
        return False


def read_part(place: Place, name: str) -> FingerprintTable:
    """One part as a table.

    Raises
    ------
    TableError
        where it cannot be read, is none, or is of another version.
    """
    header, table = _read(place, name)
    return _from_arrow(table, header, f"{place}: {name}")


def read_header(place: Place, name: str) -> PartHeader:
    """What a part says of itself, without its rows."""
    with _complain(place, name), place.open(name) as file:
        return _parse_header(pq.read_schema(file), f"{place}: {name}")


def read_columns(place: Place, name: str, columns: Sequence[str]) -> tuple[PartHeader, pa.Table]:
    """Some columns of a part, one row per window, and what it says of itself."""
    return _read(place, name, columns)


def _read(place: Place, name: str, columns: Sequence[str] | None = None) -> tuple[PartHeader, pa.Table]:
    with _complain(place, name), place.open(name) as file:
        table = _read_file(file, columns)
    return _parse_header(table.schema, f"{place}: {name}"), table


def _read_file(file: BinaryIO, columns: Sequence[str] | None) -> pa.Table:
    return pq.ParquetFile(file).read(columns=columns, use_threads=False)


class _complain:  # noqa: N801  (reads as a statement)
    """Turn what goes wrong while a part is read into a sentence."""

    def __init__(self, place: Place, name: str) -> None:
        self.where = f"{place}: {name}"

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, OSError | pa.lib.ArrowException | KeyError):
            raise TableError(f"{self.where} cannot be read: {error}. Delete it and extract again.") from error


def _parse_header(schema: pa.Schema, where: str) -> PartHeader:
    try:
        return decode_header((schema.metadata or {}).get(_METADATA_KEY, b"{}"))
    except (ValueError, KeyError, TypeError) as error:
        raise TableError(
            f"{where} is not a fingerprint table of version {FORMAT_VERSION}. Delete it, or measure it again (--force)."
        ) from error


def encode_header(header: PartHeader) -> bytes:
    """A header as JSON."""
    fields = {
        "version": FORMAT_VERSION,
        "families": [asdict(family) for family in header.families],
        "settings": dict(header.settings),
        "skipped": [asdict(image) for image in header.skipped],
        "number": header.number,
    }
    return json.dumps(fields | ({"about": dict(header.about)} if header.about else {})).encode()


def decode_header(data: bytes) -> PartHeader:
    """The header that :func:`encode_header` wrote; ValueError, KeyError or TypeError for any other."""
    fields = json.loads(data)
    if not isinstance(fields, dict) or fields.get("version") != FORMAT_VERSION:
        raise ValueError("it is of another version, or none")
    families = tuple(
        FamilyRecord(**family | {"groups": tuple(Group(**group) for group in family["groups"])})
        for family in fields["families"]
    )
    skipped = tuple(SkippedImage(**image) for image in fields["skipped"])
    return PartHeader(families, fields["settings"], skipped, fields["number"], fields.get("about", {}))


def _from_arrow(table: pa.Table, header: PartHeader, where: str) -> FingerprintTable:
    paths = table["path"].to_pylist()
    starts = [row for row in range(len(paths)) if row == 0 or paths[row] != paths[row - 1]]
    names = table.column_names[len(_IMAGE_COLUMNS) + len(_WINDOW_COLUMNS) :]
    values, nulls = np.empty((len(paths), len(names)), np.float32), np.zeros((len(paths), len(names)), np.bool_)
    for place, name in enumerate(names):
        column = table[name]
        if column.null_count:
            nulls[:, place] = column.is_null().to_numpy()
            column = column.fill_null(0.0)
        values[:, place] = column.to_numpy()
    windows = np.column_stack([table[name].to_numpy() for name in _WINDOW_COLUMNS]).astype(np.int32)
    groups = np.cumsum(np.isin(np.arange(len(paths)), starts)) - 1
    firsts = np.cumsum([0] + [family.dimension for family in header.families])[: len(header.families)]
    missing = nulls[starts][:, firsts]
    images = read_records(table, starts)
    read = FingerprintTable(images, header.skipped, header.families, values, groups, windows, missing, header.about)
    if not np.array_equal(nulls, np.zeros_like(nulls) if read.missing_values is None else read.missing_values):
        raise TableError(
            f"{where}: The fingerprints have gaps: a family is there or missing as a whole. Extract them again."
        )
    return read


def read_image_records(place: Place, name: str) -> tuple[ImageRecord, ...]:
    """What is known of the images of a part, without their values and pictures."""
    wanted = [column for column in _IMAGE_COLUMNS if column != "thumbnail"]
    _, table = read_columns(place, name, wanted)
    paths = table["path"].to_pylist()
    starts = [row for row in range(len(paths)) if row == 0 or paths[row] != paths[row - 1]]
    table = table.add_column(len(wanted), "thumbnail", pa.nulls(len(paths), pa.binary()))
    return read_records(table, starts)


def read_records(table: pa.Table, rows: Sequence[int]) -> tuple[ImageRecord, ...]:
    """What is known of the images that begin in some rows of a part."""
    return tuple(
        ImageRecord(
            path=row["path"],
            sha256=row["sha256"],
            format=row["format"],
            rows=row["image_height"],
            columns=row["image_width"],
            n_bytes=row["n_bytes"],
            notes=tuple(row["notes"]),
            labels=json.loads(row["labels"]),
            thumbnail=row["thumbnail"] or b"",
            bit_depth=row["bit_depth"],
            claims=json.loads(row["claims"]),
            jpeg_quality=row["jpeg_quality"],
            jpeg_sampling=row["jpeg_sampling"],
            brightness=row["brightness"],
            sharpness=row["sharpness"],
            texture=row["texture"],
        )
        for row in table.select(list(_IMAGE_COLUMNS)).take(pa.array(rows, pa.int64())).to_pylist()
    )
