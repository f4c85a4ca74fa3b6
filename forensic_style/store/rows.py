"""Rows of parts: one image taken out, families joined, parts without the rows that others replace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forensic_style.measuring import MeasuredImage
from forensic_style.parquet import PART_BYTES, join_tables, read_part, write_parts
from forensic_style.places import Place
from forensic_style.store.index import Index
from forensic_style.table import FamilyRecord, FingerprintTable
from forensic_style.windows import Window


def take_image(table: FingerprintTable, number: int, families: Sequence[FamilyRecord]) -> MeasuredImage:
    """One image of a table, in those of some families that the table has in the same version."""
    rows = slice(*np.searchsorted(table.groups, [number, number + 1]))
    there = [family in families for family in table.families]
    columns = np.repeat(there, [family.dimension for family in table.families])
    return MeasuredImage(
        table.images[number],
        tuple(Window(*window) for window in table.windows[rows].tolist()),
        np.ascontiguousarray(table.values[rows][:, columns]),
        table.missing[number][there],
        tuple(family.name for family, is_there in zip(table.families, there, strict=True) if is_there),
    )


def join_families(before: MeasuredImage, after: MeasuredImage, families: Sequence[FamilyRecord]) -> MeasuredImage:
    """One image's values of two measurements of the same windows, in the order of the families."""
    values: dict[str, NDArray[np.float32]] = {}
    missing: dict[str, bool] = {}
    size_of = {family.name: family.dimension for family in families}
    for measured in (before, after):
        ends = np.cumsum([size_of[name] for name in measured.families])
        blocks = np.split(measured.values, ends[:-1], axis=1)
        values |= dict(zip(measured.families, blocks, strict=True))
        missing |= dict(zip(measured.families, measured.missing.tolist(), strict=True))
    names = tuple(family.name for family in families if family.name in values)
    return replace(
        after,
        values=np.hstack([values[name] for name in names]),
        missing=np.array([missing[name] for name in names], dtype=np.bool_),
        families=names,
    )


def tidy_parts(
    place: Place,
    index: Index,
    kept: Mapping[str, set[str]],
    labels: Mapping[str, dict[str, str]],
    settings: Mapping[str, str],
) -> None:
    """Write parts anew without rows that are not kept, small parts together. Whatever stops it, no row is lost.

    Parameters
    ----------
    place, index : the parts
    kept : paths of the images that stay, of every part
    labels : those of images whose labels have changed
    settings : how they were measured
    """
    stale = [name for name, (n_images, _) in index.sizes.items() if len(kept[name]) < n_images]
    stale += [name for name in index.sizes if not kept[name].isdisjoint(labels)]
    small = [name for name in index.sizes if _count_bytes(index, name) < PART_BYTES // 2]
    renewed = sorted({*stale, *(small if len(small) > 1 else ())})
    written: set[str] = set()
    by_families: dict[tuple[FamilyRecord, ...], list[str]] = {}
    for name in renewed:
        by_families.setdefault(index.headers[name].families, []).append(name)
    for names in by_families.values():
        waiting: list[FingerprintTable] = []
        for name in names:
            table = read_part(place, name)
            numbers = [number for number, path in enumerate(table.paths) if path in kept[name]]
            if numbers:
                waiting.append(_label(table.select_images(numbers), labels))
            if sum(table.values.nbytes for table in waiting) > PART_BYTES:
                written |= _write(place, waiting, settings)
                waiting = []
        written |= _write(place, waiting, settings)
    for name in set(renewed) - written:
        place.delete(name)


def _count_bytes(index: Index, name: str) -> int:
    return index.sizes[name][1] * sum(family.dimension for family in index.headers[name].families) * 4


def _label(table: FingerprintTable, labels: Mapping[str, dict[str, str]]) -> FingerprintTable:
    """The same table with the labels that have changed."""
    images = tuple(replace(image, labels=labels.get(image.path, image.labels)) for image in table.images)
    return replace(table, images=images)


def _write(place: Place, tables: Sequence[FingerprintTable], settings: Mapping[str, str]) -> set[str]:
    return set(write_parts(place, join_tables(tables), settings)) if tables else set()
