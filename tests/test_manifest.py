"""Inputs as users name them."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import forensic_style as fs
from forensic_style import manifest
from forensic_style.errors import TableError
from forensic_style.manifest import InputImage, list_inputs, name_folders
from tests.samples import write_image


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_folders_are_searched_recursively_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.png", "a/c.jpg", "a/.hidden.jpg", ".cache/d.jpg"):
        write(tmp_path / name)
    found = [Path(image.path).relative_to(tmp_path).as_posix() for image in list_inputs(tmp_path)]
    assert found == ["a/c.jpg", "b.png"]


def test_order_and_repetition_of_inputs_change_nothing(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one.png"), write(tmp_path / "two.png")
    assert list_inputs([two, one, two]) == list_inputs([one, two])


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_manifest_paths_are_relative_to_its_folder_and_other_columns_are_labels(tmp_path: Path, suffix: str) -> None:
    manifest = tmp_path / f"list{suffix}"
    if suffix == ".csv":
        write(manifest, "\ufeffpath,scene\nb.png,sea\na.png,\n")
    else:
        pq.write_table(pa.table({"path": ["b.png", "a.png"], "scene": ["sea", None]}), manifest)
    assert list_inputs(manifest) == [
        InputImage("a.png", str(tmp_path / "a.png"), {"scene": ""}),
        InputImage("b.png", str(tmp_path / "b.png"), {"scene": "sea"}),
    ]


def test_the_folder_of_an_image_can_name_its_content(tmp_path: Path) -> None:
    write(tmp_path / "sea" / "a.png")
    write(tmp_path / "hill" / "b.png")
    assert name_folders(list_inputs(tmp_path)) == ["hill", "sea"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"has no rows. Add one row per image"),
        ("path\n", r"has no rows. Add one row per image"),
        ("file,scene\na.png,sea\n", r"has no column 'path', only: file, scene. Rename or add it"),
        ("path,scene\n,sea\n", r"Line 2 of the manifest .* has no path"),
        ("path,scene\na.png,sea,more\n", r"Line 2 of the manifest .* has more fields than the header"),
        ("path,scene\na.png,sea\na.png,hill\n", r"'a.png' is listed twice with different labels"),
        ("path,path\na.png,b.png\n", r"Two columns of the manifest .* have the same name"),
        ('path,scene\n"a.png,sea\n', r"cannot be read: .* Save it as CSV in UTF-8"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_why(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        list_inputs(write(tmp_path / "list.csv", text))


def test_a_manifest_that_is_not_text_says_why(tmp_path: Path) -> None:
    manifest = tmp_path / "list.csv"
    manifest.write_bytes(b"path\n\xff\xfe\n")
    with pytest.raises(TableError, match="cannot be read"):
        list_inputs(manifest)


def test_a_damaged_parquet_manifest_says_why(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="Write the Parquet file again"):
        list_inputs(write(tmp_path / "list.parquet", "not parquet"))


def test_missing_inputs_say_which(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"There is no file or folder '.*nowhere'. Check the spelling"):
        list_inputs(tmp_path / "nowhere")


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    write(tmp_path / ".hidden")
    with pytest.raises(TableError, match=r"holds no files \(hidden ones are left out\)"):
        list_inputs(tmp_path)


def test_no_input_at_all_says_so() -> None:
    with pytest.raises(TableError, match="No input was given"):
        list_inputs([])


def test_a_manifest_stands_alone(tmp_path: Path) -> None:
    manifest, image = write(tmp_path / "list.csv", "path\na.png\n"), write(tmp_path / "a.png")
    with pytest.raises(TableError, match="a manifest stands alone"):
        list_inputs([manifest, image])


def test_the_folder_of_the_results_is_not_searched(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    write(tmp_path / "out" / "report.html")
    assert [Path(image.path).name for image in list_inputs(tmp_path, leave_out=tmp_path / "out")] == ["a.png"]


def test_names_that_are_not_utf8_are_shown_by_their_bytes(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.png")).write_bytes(b"x")
    (image,) = list_inputs(tmp_path)
    assert image.path == str(tmp_path / r"caf\xe9.png")
    assert os.path.exists(image.location)


# --- links, loops, folders that cannot be searched -----------------------------------------------------


def _list_relative(folder: Path) -> dict[str, str]:
    """Path below the folder -> problem."""
    return {os.path.relpath(image.location, folder): image.problem for image in list_inputs(folder)}


def test_link_to_a_folder_outside_is_followed(tmp_path: Path) -> None:
    write_image(tmp_path / "elsewhere" / "a.png")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "link").symlink_to(tmp_path / "elsewhere")
    assert _list_relative(tmp_path / "here") == {"link/a.png": ""}


def test_folder_is_searched_under_its_own_name_once(tmp_path: Path) -> None:
    write_image(tmp_path / "z" / "a.png")
    (tmp_path / "a").symlink_to(tmp_path / "z")
    found = _list_relative(tmp_path)
    assert found == {"a": "This link leads to a folder that is searched anyway. Nothing is missed.", "z/a.png": ""}


def test_loops_of_links_end_and_are_accounted_for(tmp_path: Path) -> None:
    write_image(tmp_path / "a" / "a.png")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self").symlink_to(tmp_path / "a" / "self")
    (tmp_path / "a" / "dangling").symlink_to(tmp_path / "nowhere")
    found = _list_relative(tmp_path)
    assert sorted(found) == ["a/a.png", "a/dangling", "a/self", "a/up"]
    assert "searched anyway" in found["a/up"]
    table = fs.extract(tmp_path, families=["tone"])
    assert [image.reason for image in table.skipped] == ["unreadable"] * 3
    assert len(table.images) == 1


def test_many_links_to_each_other_take_no_longer_than_there_are_folders(tmp_path: Path) -> None:
    for number in range(12):
        write_image(tmp_path / f"{number}" / "a.png")
        for other in range(12):
            (tmp_path / f"{number}" / f"to{other}").symlink_to(tmp_path / f"{other}")
    found = _list_relative(tmp_path)
    assert sum(not problem for problem in found.values()) == 12
    assert len(found) == 12 + 144


def test_folder_that_cannot_be_searched_is_accounted_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_image(tmp_path / "open" / "a.png")
    (tmp_path / "closed").mkdir()
    scan = os.scandir

    def refuse(folder: str) -> Any:
        if os.path.basename(folder) == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", folder)
        return scan(folder)

    monkeypatch.setattr(manifest.os, "scandir", refuse)
    table = fs.extract(tmp_path, families=["tone"])
    assert len(table.images) == 1
    (skipped,) = table.skipped
    assert (os.path.basename(skipped.path), skipped.reason) == ("closed", "unreadable")
    assert skipped.message == "This folder cannot be searched: Permission denied. Check that it may be read."


@pytest.mark.skipif(os.name != "posix", reason="names are bytes there")
def test_names_with_newlines_and_commas_and_two_that_look_alike(tmp_path: Path) -> None:
    write_image(tmp_path / "a,b\nc.png")
    write_image(tmp_path / "caf\\xe9.png", seed=1)
    plain = write_image(tmp_path / "plain.png", seed=2)
    os.rename(plain, os.fsencode(tmp_path) + b"/caf\xe9.png")
    table = fs.extract(tmp_path, families=["tone"])
    assert [os.path.basename(path) for path in table.paths] == ["a,b\nc.png", "caf\\xe9.png", "caf\\xe9.png"]
    assert len({image.sha256 for image in table.images}) == 3
