"""Tables that a user gives in place of images: what `embed` wrote, or a folder of fingerprints."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from forensic_style.errors import TableError
from forensic_style.parquet import is_table_file, list_parts, load_table
from forensic_style.places import Folder, is_url
from forensic_style.run.tables import read_skipped
from forensic_style.table import FingerprintTable

FINGERPRINTS, SKIPPED = "fingerprints", "skipped.csv"


def find_given(inputs: Sequence[str | os.PathLike[str]]) -> str | None:
    """The table that inputs name; None where they name images.

    A table is a Parquet file that this program wrote (a manifest may be Parquet, too), or a folder that `extract`,
    `cluster` or :meth:`forensic_style.table.FingerprintTable.save` filled, here and not on object storage.

    Raises
    ------
    TableError
        where it is named among other inputs.
    """
    names = [os.fspath(name) for name in inputs]
    given = next((name for name in names if not is_url(name) and _find_parts(name) is not None), None)
    if given is not None and len(names) > 1:
        raise TableError(
            f"{given!r} is a table of fingerprints, and a table stands alone. Give it without other inputs."
        )
    return given


def load_given(location: str | os.PathLike[str]) -> FingerprintTable:
    """The table at a location, with the inputs that were skipped.

    Raises
    ------
    TableError
        where there is none, or it cannot be read.
    """
    name = os.fspath(location)
    found = _find_parts(name)
    if found is None:
        raise TableError(f"{name!r} is no table of fingerprints. Name what embed wrote, or a folder of extract.")
    table, skipped = load_table(found), Path(name) / SKIPPED
    if not skipped.is_file():
        return table
    left_out = tuple(read_skipped(skipped))
    away = {image.path for image in left_out}  # they were measured once, and could not be read when last asked for
    kept = [number for number, path in enumerate(table.paths) if path not in away]
    return replace(table if len(kept) == len(table.images) else table.select_images(kept), skipped=left_out)


def _find_parts(name: str) -> Path | None:
    """The file of a table, or the folder that its parts lie in; None where it is none."""
    path = Path(name)
    if path.is_file():
        return path if path.suffix.lower() == ".parquet" and is_table_file(path) else None
    for folder in (path / FINGERPRINTS, path):
        parts = list_parts(Folder(folder))
        if parts and is_table_file(folder / parts[0]):
            return folder
    return None
