"""Results on object storage: written into a folder here first, then brought there, run.json last."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forensic_style.errors import TableError
from forensic_style.places import is_url, open_place
from forensic_style.writing import FINISHED, check_folder, is_ours


def check_output(location: str, *, force: bool) -> None:
    """Make sure that a result can be written to a folder, here or on object storage.

    Raises
    ------
    TableError
        as :func:`forensic_style.writing.check_folder`.
    StorageError
        where the storage cannot be reached.
    """
    if not is_url(location):
        check_folder(location, force=force)
    elif FINISHED in open_place(location).list() and not force:
        raise TableError(f"{location!r} already holds a result. Name another place, or give --force to replace it.")


@contextmanager
def write_locally(location: str) -> Iterator[Path]:
    """The folder itself, or one here whose files are brought to object storage at the end."""
    if not is_url(location):
        yield Path(location)
        return
    with tempfile.TemporaryDirectory(prefix="forensic_style-") as folder:
        yield Path(folder)
        publish_folder(Path(folder), location)


def publish_folder(folder: Path, location: str) -> None:
    """Copy all files of a folder to a place, the one that says that the result is finished last."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    _remove_stale(location, {path.relative_to(folder).as_posix() for path in files})
    for path in sorted(files, key=lambda path: path.relative_to(folder).as_posix() == FINISHED):
        below = path.relative_to(folder).parent.as_posix()
        place = open_place(location if below == "." else f"{location.rstrip('/')}/{below}")
        place.write(path.name, path.read_bytes())


def _remove_stale(location: str, written: set[str]) -> None:
    """Remove what an earlier result left at a place, `run.json` first; fingerprints stay where none are written."""
    for below in ("", "model", "sample", "sample/model", "sample/fingerprints", "fingerprints"):
        if below == "fingerprints" and not any(name.startswith("fingerprints/") for name in written):
            continue
        place = open_place(f"{location.rstrip('/')}/{below}".rstrip("/"))
        for name in sorted(place.list(), key=lambda name: name != FINISHED):
            entry = f"{below}/{name}".lstrip("/")
            if is_ours(entry) and (entry not in written or entry == FINISHED):
                place.delete(name)
