"""From paths to the table: every input accounted for, the same numbers whatever the threads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import forensic_style as fs
from forensic_style import extraction
from forensic_style.errors import ParameterError
from tests.samples import RENDERINGS, measure, write_image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three good images and five bad files."""
    for seed in range(3):
        write_image(tmp_path / f"good{seed}.png", seed=seed)
    whole = tmp_path / "whole.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(whole)
    (tmp_path / "cut.jpg").write_bytes(whole.read_bytes()[:-400])
    whole.unlink()
    (tmp_path / "text.jpg").write_text("this is not an image")
    (tmp_path / "empty.png").write_bytes(b"")
    Image.new("L", (1, 1)).save(tmp_path / "dot.png")
    Image.new("L", (500, 20)).save(tmp_path / "strip.png")
    return tmp_path


def test_every_input_is_measured_or_skipped_with_a_reason(folder: Path) -> None:
    table = fs.extract(folder)
    assert [Path(path).name for path in table.paths] == ["good0.png", "good1.png", "good2.png"]
    reasons = {Path(image.path).name: image.reason for image in table.skipped}
    assert reasons == {
        "cut.jpg": "truncated",
        "dot.png": "too_small",
        "empty.png": "not_an_image",
        "strip.png": "too_small",
        "text.jpg": "not_an_image",
    }


def test_bad_files_do_not_change_the_values_of_good_ones(folder: Path) -> None:
    good = [folder / f"good{number}.png" for number in range(3)]
    np.testing.assert_array_equal(fs.extract(folder).values, fs.extract(good).values)


def test_a_file_that_is_gone_is_skipped(tmp_path: Path) -> None:
    write_image(tmp_path / "here.png")
    (tmp_path / "list.csv").write_text("path\nhere.png\ngone.png\n")
    table = fs.extract(tmp_path / "list.csv")
    assert table.paths == ["here.png"]
    assert [(image.path, image.reason) for image in table.skipped] == [("gone.png", "unreadable")]
    assert "No such file" in table.skipped[0].message


@pytest.mark.parametrize("jobs", [1, 3])
def test_threads_do_not_change_the_table(jobs: int) -> None:
    again, table = fs.extract(RENDERINGS, jobs=jobs), measure(RENDERINGS)
    assert again.images == table.images
    np.testing.assert_array_equal(again.values, table.values)


def test_every_image_reports_progress(folder: Path) -> None:
    seen: list[tuple[int, int, int]] = []
    fs.extract(folder, progress=lambda *counts: seen.append(counts))
    assert [done for done, _, _ in seen] == list(range(1, 9))
    assert seen[-1] == (8, 8, 5)


def test_chosen_families_alone_are_measured(folder: Path) -> None:
    table = fs.extract(folder, families=["tone"])
    assert {name.split(".")[0] for name in table.columns} == {"tone"}


def test_a_family_that_breaks_its_promise_costs_the_image_and_names_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(fs.CATALOGUE[0], compute=lambda pixels: np.full(fs.CATALOGUE[0].dimension, np.nan))
    monkeypatch.setattr(extraction, "choose_families", lambda names, axis: (broken,))
    table = fs.extract(folder / "good0.png")
    assert table.skipped[0].reason == "not_measured"
    assert "noise did not give 53 finite values for window 0" in table.skipped[0].message


def test_wrong_arguments_say_what_is_right(folder: Path) -> None:
    with pytest.raises(ParameterError, match=r"jobs must be at least 1. Got 0 instead"):
        fs.extract(folder, jobs=0)
    with pytest.raises(ParameterError, match=r"There is no family 'wavelets'. Choose from: noise, spam"):
        fs.extract(folder, families=["wavelets"])
    with pytest.raises(ParameterError, match=r"The axis must be all, acquisition or processing. Got 'time' instead"):
        fs.extract(folder, axis="time")
    with pytest.raises(ParameterError, match="None of the families tone belongs to the axis 'acquisition'"):
        fs.extract(folder, families=["tone"], axis="acquisition")


def test_thumbnails_are_small_jpeg_files(tmp_path: Path) -> None:
    deep = np.random.default_rng(0).integers(0, 65535, (300, 200), dtype=np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    thumbnail = fs.extract(tmp_path / "deep.png").images[0].thumbnail
    (tmp_path / "thumbnail.jpg").write_bytes(thumbnail)
    with Image.open(tmp_path / "thumbnail.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (75, 112))
