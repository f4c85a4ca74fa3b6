"""What the user names -> the list of images: files, folders, or one manifest."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.lib
import pyarrow.parquet

from forensic_style.errors import TableError

MANIFEST_SUFFIXES = (".csv", ".parquet")
PATH_COLUMN = "path"


@dataclass(frozen=True, slots=True)
class InputImage:
    """One image to read.

    Parameters
    ----------
    path : as given in the input or manifest; what every output calls the image
    location : where the file is
    labels : the manifest's other columns, "" where blank
    problem : why it cannot be read, where that is known before opening it
    """

    path: str
    location: str
    labels: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def list_inputs(
    inputs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    leave_out: str | os.PathLike[str] | None = None,
) -> list[InputImage]:
    """List the images that the inputs name, in the order of their paths, each once.

    Parameters
    ----------
    inputs : image files and folders (searched recursively, hidden files left out; links to folders are followed, each
        folder is searched once), or one manifest (.csv or .parquet with a column `path`, relative to the manifest's
        own folder)
    leave_out : a folder not searched: that of the results, where it lies among the inputs

    Raises
    ------
    TableError
        where an input is missing, a folder holds nothing, or a manifest cannot be used.
    """
    names = [os.fspath(inputs)] if isinstance(inputs, str | os.PathLike) else [os.fspath(name) for name in inputs]
    if not names:
        raise TableError("No input was given. Name image files, folders or one manifest.")
    for name in names:
        if not os.path.exists(name):
            raise TableError(f"There is no file or folder {name!r}. Check the spelling.")
    manifests = [name for name in names if name.lower().endswith(MANIFEST_SUFFIXES) and os.path.isfile(name)]
    if manifests and len(names) > 1:
        raise TableError(f"{manifests[0]!r} is a manifest, and a manifest stands alone. Give it without other inputs.")
    found = (
        _read_manifest(manifests[0]) if manifests else [image for name in names for image in _search(name, leave_out)]
    )
    return _keep_each_once(found)


def name_folders(images: Sequence[InputImage]) -> list[str]:
    """The name of the folder that each image lies in."""
    return [show_name(os.path.basename(os.path.dirname(os.path.abspath(image.location)))) for image in images]


def show_name(name: str) -> str:
    r"""A file name that can be written anywhere: bytes that are not UTF-8 become \xNN.

    >>> show_name("caf\udce9.png")
    'caf\\xe9.png'
    """
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")


def _search(name: str, leave_out: str | os.PathLike[str] | None) -> list[InputImage]:
    """The files below a folder; what cannot be searched is listed with its problem."""
    if not os.path.isdir(name):
        return [InputImage(show_name(name), name)]
    left_out = None if leave_out is None else os.path.realpath(leave_out)
    found: list[InputImage] = []
    searched: set[tuple[int, int]] = set()
    waiting, links = [name], list[str]()
    while waiting or links:
        is_link = not waiting
        folder = waiting.pop() if waiting else links.pop(0)  # links last: a folder is searched under its own name
        try:
            place = os.stat(folder)
            if (place.st_dev, place.st_ino) in searched:
                message = "This link leads to a folder that is searched anyway. Nothing is missed."
                found.append(InputImage(show_name(folder), folder, problem=message))
                continue
            searched.add((place.st_dev, place.st_ino))
            files, folders, linked = _list_folder(folder, left_out)
        except OSError as error:
            what = "This link" if is_link else "This folder"
            message = f"{what} cannot be searched: {error.strerror or error}. Check that it may be read."
            found.append(InputImage(show_name(folder), folder, problem=message))
            continue
        found += [InputImage(show_name(path), path) for path in files]
        waiting += folders
        links = sorted(links + linked)
    if not found:
        raise TableError(f"The folder {name!r} holds no files (hidden ones are left out). Name another folder.")
    return found


def _list_folder(folder: str, left_out: str | None) -> tuple[list[str], list[str], list[str]]:
    """Paths of the files, folders and links to folders directly in a folder; hidden ones are left out."""
    files, folders, links = list[str](), list[str](), list[str]()
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if not _is_folder(entry):
                files.append(entry.path)
            elif left_out is None or os.path.realpath(entry.path) != left_out:
                (links if entry.is_symlink() else folders).append(entry.path)
    return files, folders, links


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, or into a folder that may not be searched
        return False


def _read_manifest(name: str) -> list[InputImage]:
    rows = _read_parquet(name) if name.lower().endswith(".parquet") else _read_csv(name)
    if not rows:
        raise TableError(f"The manifest {name!r} has no rows. Add one row per image.")
    if PATH_COLUMN not in rows[0]:
        columns = ", ".join(rows[0])
        raise TableError(
            f"The manifest {name!r} has no column 'path', only: {columns}. Rename or add it; commas separate columns."
        )
    blank = [number for number, row in enumerate(rows, start=2) if not row[PATH_COLUMN]]
    if blank:
        raise TableError(f"Line {blank[0]} of the manifest {name!r} has no path. Fill it in or delete the row.")
    folder = Path(name).parent
    return [
        InputImage(
            row[PATH_COLUMN],
            str(folder / row[PATH_COLUMN]),
            {key: value for key, value in row.items() if key != PATH_COLUMN},
        )
        for row in rows
    ]


def _read_csv(name: str) -> list[dict[str, str]]:
    try:
        with open(name, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(reader)
            columns = [column.strip() for column in reader.fieldnames or []]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"The manifest {name!r} cannot be read: {error}. Save it as CSV in UTF-8.") from error
    if len(set(columns)) < len(columns):
        raise TableError(f"Two columns of the manifest {name!r} have the same name. Rename one of them.")
    for number, row in enumerate(rows, start=2):
        if None in row:
            message = f"Line {number} of the manifest {name!r} has more fields than the header."
            raise TableError(f"{message} Put fields with commas into quotes.")
    return [{key.strip(): (value or "").strip() for key, value in row.items()} for row in rows]


def _read_parquet(name: str) -> list[dict[str, str]]:
    try:
        with open(name, "rb") as file:
            table = pyarrow.parquet.read_table(file)
    except (OSError, pyarrow.lib.ArrowException) as error:
        raise TableError(f"The manifest {name!r} cannot be read: {error}. Write the Parquet file again.") from error
    rows = table.to_pylist()
    return [{key: "" if value is None else str(value) for key, value in row.items()} for row in rows]


def _keep_each_once(images: Iterable[InputImage]) -> list[InputImage]:
    kept: dict[tuple[str, str], InputImage] = {}
    for image in images:
        other = kept.setdefault((image.path, image.location), image)  # two locations can look alike when shown
        if other.labels != image.labels:
            raise TableError(f"{image.path!r} is listed twice with different labels. Delete one of the two rows.")
    return [kept[key] for key in sorted(kept)]
