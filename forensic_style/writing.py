"""Where results are written: folders and files made ready, nothing overwritten, every file whole or not there."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from forensic_style.errors import TableError

FINISHED = "run.json"  # written last: a folder without it holds no finished result
LOG = "log.jsonl"  # grows while inputs are measured
_PROBE = ".writable"
_OURS = re.compile(
    r"(sample/)?((clusters|skipped|suggest)\.csv|(audit|run)\.json|(report|suggest)\.html|tree\.npz"
    r"|log\.jsonl|model/model\.(json|npz)|fingerprints/(part-[0-9a-f]+\.parquet|journal-[0-9a-f]+(\.unreadable)?))(\.unfinished)?"
)


def check_folder(folder: str | os.PathLike[str], *, force: bool = False) -> Path:
    """Make sure, before any work, that results can be written into a folder; nothing is left behind.

    Raises
    ------
    TableError
        where the folder cannot be written, holds a finished result and `force` is not set, or holds anything else.
    """
    path, name = Path(folder), os.fspath(folder)
    is_new = not path.exists()
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / _PROBE).write_bytes(b"")
        (path / _PROBE).unlink()
        entries = _list_entries(path)
        if is_new:
            path.rmdir()
    except OSError as error:
        reason = error.strerror or error
        raise TableError(f"The output folder {name!r} cannot be written: {reason}. Name another.") from error
    foreign = sorted(entry for entry in entries if not _OURS.fullmatch(entry))
    if foreign:
        raise TableError(f"The output folder {name!r} holds other files ({foreign[0]}). Name a new folder.")
    if FINISHED in entries and not force:
        message = f"The output folder {name!r} already holds a result. Name another, or give --force to replace it"
        raise TableError(f"{message} (force=True in Python).")
    return path


def is_ours(entry: str) -> bool:
    """Whether a file of a result's folder, by its name below it, is one that this program writes."""
    return _OURS.fullmatch(entry) is not None


def _list_entries(path: Path) -> list[str]:
    """Names of all files below a folder, hidden ones left out."""
    files = (file.relative_to(path) for file in path.rglob("*") if not file.is_dir())
    return [file.as_posix() for file in files if not any(part.startswith(".") for part in file.parts)]


def _clear_folder(path: Path, keep: str | None) -> None:
    """Remove what an earlier run left, and nothing else; what lies below a folder to keep, and the log, stays."""
    for entry in _list_entries(path):
        is_kept = entry == LOG or (keep is not None and entry.startswith(f"{keep}/"))
        if _OURS.fullmatch(entry) and not is_kept:
            (path / entry).unlink()


def check_file(name: str | os.PathLike[str], *, force: bool = False) -> Path:
    """Make sure, before any work, that a result can be written to a file; nothing is left behind.

    Raises
    ------
    TableError
        where its folder is missing or cannot be written, or the file is there and `force` is not set.
    """
    path, shown = Path(name), os.fspath(name)
    if path.is_dir():
        raise TableError(f"The output {shown!r} is a folder. Name a file.")
    if path.exists() and not force:
        raise TableError(f"The output {shown!r} already exists. Name another, or give --force to replace it.")
    probe = path.with_name(_PROBE)
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        reason = error.strerror or error
        raise TableError(f"The output {shown!r} cannot be written: {reason}. Name another.") from error
    return path


@contextmanager
def fill_folder(folder: str | os.PathLike[str], *, force: bool, keep: str | None = None) -> Iterator[Path]:
    """A folder made ready for results, but for a folder in it to keep; a full disk and the like become a sentence."""
    path = check_folder(folder, force=force)
    try:
        path.mkdir(parents=True, exist_ok=True)
        _clear_folder(path, keep)
        yield path
    except OSError as error:
        reason = error.strerror or error
        message = f"Writing into {os.fspath(path)!r} failed: {reason}. Make room or name another folder, and run again."
        raise TableError(message) from error


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]], path: Path) -> None:
    """Write a table of texts row by row; fields that hold a line's end come back as they were."""
    temporary = path.with_suffix(path.suffix + ".unfinished")
    with open(temporary, "w", encoding="utf-8", newline="") as file:
        _write_rows(header, rows, file)
    temporary.replace(path)


def format_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The text that :func:`write_csv` writes."""
    buffer = io.StringIO(newline="")
    _write_rows(header, rows, buffer)
    return buffer.getvalue()


def _write_rows(header: Sequence[str], rows: Iterable[Sequence[str]], file: TextIO) -> None:
    plain = csv.writer(file, lineterminator="\n")
    quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(header)
    for row in rows:
        (quoted if any("\r" in field for field in row) else plain).writerow(row)  # csv leaves a lone \r bare


def write_json(content: Any, path: Path) -> None:
    """Write what JSON can hold."""
    write_text(format_json(content), path)


def format_json(content: Any) -> str:
    """The text that :func:`write_json` writes."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def write_text(text: str, path: Path) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_suffix(path.suffix + ".unfinished")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
