"""What the user names -> the list of images: files, folders or one manifest, here or on object storage."""

from __future__ import annotations

import csv
import io
import os
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.lib
import pyarrow.parquet

from forensic_style.errors import TableError
from forensic_style.places import is_url

FOLDERS = "names of folders"  # what settings say of content labels that are no column of a manifest
MANIFEST_SUFFIXES = (".csv", ".parquet")
PATH_COLUMN = "path"
_NOT_THERE = "There is no file or folder {!r}. Check the spelling."


@dataclass(frozen=True, slots=True)
class InputImage:
    """One image to read.

    Parameters
    ----------
    path : as given in the input or manifest; what every output calls the image
    location : where the file is: a path on this machine or a URL
    labels : the manifest's other columns, "" where blank
    problem : why it cannot be read, where that is known before opening it
    n_bytes : size of the file, where listing it told that
    """

    path: str
    location: str
    labels: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    n_bytes: int | None = field(default=None, compare=False)


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
        own folder). Each may be a URL, such as s3://bucket/folder/, and so may the paths in a manifest
    leave_out : a folder not searched: that of the results, where it lies among the inputs

    Raises
    ------
    TableError
        where an input is missing, a folder holds nothing, or a manifest cannot be used.
    ParameterError
        for a URL that cannot be read here, or needs a package that is not installed.
    StorageError
        where the server of a URL fails, or refuses the credentials.
    """
    names = [os.fspath(inputs)] if isinstance(inputs, str | os.PathLike) else [os.fspath(name) for name in inputs]
    if not names:
        raise TableError("No input was given. Name image files, folders or one manifest.")
    for name in names:
        if not is_url(name) and not os.path.exists(name):
            raise TableError(_NOT_THERE.format(name))
    manifests = [name for name in names if _is_manifest(name)]
    if manifests and len(names) > 1:
        raise TableError(f"{manifests[0]!r} is a manifest, and a manifest stands alone. Give it without other inputs.")
    if manifests:
        return _keep_each_once(_read_manifest(manifests[0]))
    return _keep_each_once(image for name in names for image in _search(name, leave_out))


def list_images(
    inputs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | Sequence[InputImage],
) -> list[InputImage]:
    """The images that inputs name, or those of a list, in the order of their paths; as :func:`list_inputs`."""
    if isinstance(inputs, list | tuple) and inputs and all(isinstance(image, InputImage) for image in inputs):
        return sorted(inputs, key=lambda image: image.path)
    return list_inputs(inputs)  # type: ignore[arg-type]


def name_folders(images: Sequence[InputImage]) -> list[str]:
    """The name of the folder, or of the bucket, that each image lies in."""
    return [show_name(posixpath.basename(_name_folder(image.location))) for image in images]


def show_name(name: str) -> str:
    r"""A file name that can be written anywhere: bytes that are not UTF-8 become \xNN.

    >>> show_name("caf\udce9.png")
    'caf\\xe9.png'
    """
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")


def _name_folder(location: str) -> str:
    return posixpath.dirname(location) if is_url(location) else Path(os.path.abspath(location)).parent.as_posix()


def _is_manifest(name: str) -> bool:
    return name.lower().endswith(MANIFEST_SUFFIXES) and (is_url(name) or os.path.isfile(name))


def _search(name: str, leave_out: str | os.PathLike[str] | None) -> list[InputImage]:
    """The files below a folder; what cannot be searched is listed with its problem."""
    if is_url(name):
        return _search_storage(name, leave_out)
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


def _search_storage(url: str, leave_out: str | os.PathLike[str] | None) -> list[InputImage]:
    """The files at or below a URL."""
    from forensic_style.object_storage.files import list_files

    left_out = None if leave_out is None else os.fspath(leave_out).rstrip("/") + "/"
    try:
        found = [
            InputImage(show_name(location), location, n_bytes=size)
            for location, size in list_files(url)
            if left_out is None or not location.startswith(left_out)
        ]
    except FileNotFoundError as error:
        raise TableError(_NOT_THERE.format(url)) from error
    except OSError as error:
        message = f"{url!r} cannot be listed: {error.strerror or error}. Check that it may be read."
        raise TableError(message) from error
    if not found:
        raise TableError(f"The folder {url!r} holds no files (hidden ones are left out). Name another folder.")
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


def _read_manifest(name: str) -> Iterator[InputImage]:
    """The rows as images, one after the other: of a million only the images are in memory, not the rows besides."""
    rows = _read_parquet(name) if name.lower().endswith(".parquet") else _read_csv(name)
    number = 1
    for number, row in enumerate(rows, start=2):
        if PATH_COLUMN not in row:
            message = f"The manifest {name!r} has no column 'path', only: {', '.join(row)}."
            raise TableError(f"{message} Rename or add it; commas separate columns.")
        path = row.pop(PATH_COLUMN)
        if not path:
            message = f"Line {number} of the manifest {name!r} has no path. Fill it in or delete the row."
            raise TableError(message)
        yield InputImage(path, _locate(path, name), row)
    if number == 1:
        raise TableError(f"The manifest {name!r} has no rows. Add one row per image.")


def _locate(path: str, manifest: str) -> str:
    """Where the file is that a manifest names."""
    if is_url(path) or os.path.isabs(path):
        return path
    if not is_url(manifest):
        return str(Path(manifest).parent / path)
    protocol, _, rest = manifest.partition("://")
    return f"{protocol}://{posixpath.normpath(posixpath.join(posixpath.dirname(rest), path))}"


def _read_csv(name: str) -> Iterator[dict[str, str]]:
    try:
        with _open_manifest(name) as data, io.TextIOWrapper(data, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = [column.strip() for column in reader.fieldnames or []]
            if len(set(columns)) < len(columns):
                raise TableError(f"Two columns of the manifest {name!r} have the same name. Rename one of them.")
            for number, row in enumerate(reader, start=2):
                if None in row:
                    message = f"Line {number} of the manifest {name!r} has more fields than the header."
                    raise TableError(f"{message} Put fields with commas into quotes.")
                yield {key.strip(): (value or "").strip() for key, value in row.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"The manifest {name!r} cannot be read: {error}. Save it as CSV in UTF-8.") from error


def _read_parquet(name: str) -> Iterator[dict[str, str]]:
    try:
        with _open_manifest(name) as file:
            for batch in pyarrow.parquet.ParquetFile(file).iter_batches():
                for row in batch.to_pylist():
                    yield {key: "" if value is None else str(value) for key, value in row.items()}
    except (OSError, pyarrow.lib.ArrowException) as error:
        raise TableError(f"The manifest {name!r} cannot be read: {error}. Write the Parquet file again.") from error


def _open_manifest(name: str) -> Any:
    """The file to read from, at any position."""
    if not is_url(name):
        return open(name, "rb")
    from forensic_style.object_storage.files import read_url

    try:
        return io.BytesIO(read_url(name))
    except FileNotFoundError as error:
        raise TableError(_NOT_THERE.format(name)) from error


def _keep_each_once(images: Iterable[InputImage]) -> list[InputImage]:
    kept: dict[tuple[str, str], InputImage] = {}
    for image in images:
        other = kept.setdefault((image.path, image.location), image)  # two locations can look alike when shown
        if other.labels != image.labels:
            raise TableError(f"{image.path!r} is listed twice with different labels. Delete one of the two rows.")
    return [kept[key] for key in sorted(kept)]
