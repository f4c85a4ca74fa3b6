"""A folder on this machine as a place: files whole or not at all. Object storage is tested beside its server."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from forensic_style import places
from forensic_style.places import UNFINISHED, Folder, fetch, open_place


def test_a_folder_keeps_files_and_is_made_when_something_is_written(tmp_path: Path) -> None:
    place = open_place(tmp_path / "new" / "store")
    assert (place.list(), os.listdir(tmp_path)) == ([], [])
    for name, data in (("b", b"1"), ("a", b"2"), ("a", b"345"), (".hidden", b"")):
        place.write(name, data)
    (tmp_path / "new" / "store" / "folder").mkdir()
    (tmp_path / "new" / "store" / f"c{UNFINISHED}").write_bytes(b"half of")
    assert place.list() == ["a", "b"]
    with place.open("a") as file:
        assert (file.seek(1), file.read()) == (1, b"45")
    place.delete("b")
    place.delete("b")
    assert place.list() == ["a"]


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Folder(tmp_path)
    place.write("a", b"before")

    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(places.os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        place.write("a", b"after")
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"before"


def test_a_file_that_is_here_is_not_copied() -> None:
    with fetch("photos/a.png", most_bytes=1) as path:
        assert path == "photos/a.png"
