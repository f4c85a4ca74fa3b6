"""What is no ordinary file, and files that do not hold still."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from forensic_style.errors import ImageReadError, ImageTooLargeError
from forensic_style.reading import file as reading_file
from forensic_style.reading.file import read_file

posix = pytest.mark.skipif(os.name != "posix", reason="pipes and devices have names there")


def refuse(path: object, *, most_bytes: int = 10**6) -> tuple[str, str]:
    with pytest.raises(ImageReadError) as caught:
        read_file(str(path), most_bytes=most_bytes, name="shown")
    assert caught.value.path == "shown"
    return caught.value.reason, str(caught.value)


def test_bytes_are_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0\r\n\x1a" * 100)
    assert read_file(str(tmp_path / "a"), most_bytes=400, name="a") == b"\0\r\n\x1a" * 100


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert read_file(str(tmp_path / "b"), most_bytes=400, name="b") == b"abc"


def test_missing_file_folder_and_broken_links_are_unreadable(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "No such file" in refuse(tmp_path / "missing")[1]
    assert "No such file" in refuse(tmp_path / "dangling")[1]
    assert "symbolic links" in refuse(tmp_path / "loop")[1]
    assert refuse(tmp_path) == ("unreadable", "This is a folder, a pipe or a device, not a file. Leave it out.")
    assert refuse("a\0b")[0] == "unreadable"


@posix
def test_pipes_and_devices_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/null", "/dev/zero"):
        assert refuse(path) == ("unreadable", "This is a folder, a pipe or a device, not a file. Leave it out.")


@posix
def test_file_that_becomes_a_pipe_between_look_and_opening_does_not_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    os.mkfifo(tmp_path / "pipe")
    ordinary = os.stat(tmp_path / "file")
    monkeypatch.setattr(reading_file.os, "stat", lambda path: ordinary)
    assert "changes while it is read" in refuse(tmp_path / "pipe")[1]


def test_limit_of_bytes_holds_before_reading(tmp_path: Path) -> None:
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(10**12)
    with pytest.raises(ImageTooLargeError, match=r"1000000000000 bytes are more than the limit of 1000000") as caught:
        read_file(str(tmp_path / "sparse"), most_bytes=10**6, name="shown")
    assert (caught.value.reason, caught.value.path) == ("too_large", "shown")


@pytest.mark.parametrize(("n_changes", "is_read"), [(1, True), (2, False)])
def test_file_that_changes_while_it_is_read_is_read_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_changes: int, is_read: bool
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    whole, looks = os.fstat, []

    def look(descriptor: int) -> Any:
        looks.append(descriptor)
        if len(looks) % 2 == 0 and len(looks) <= 2 * n_changes:
            with open(path, "ab") as file:
                file.write(b"more")
        return whole(descriptor)

    monkeypatch.setattr(reading_file.os, "fstat", look)
    if is_read:
        assert read_file(str(path), most_bytes=400, name="a") == b"abcmore"
    else:
        assert refuse(path) == (
            "unreadable",
            "The file changes while it is read. Run again when nothing writes to it.",
        )
