"""From paths to the table: every input accounted for, the same numbers whatever the threads."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import forensic_style as fs
from forensic_style import extraction
from forensic_style.engines import threads
from forensic_style.errors import ParameterError
from forensic_style.measuring import Outcome, Plan, Reader, Task
from forensic_style.measuring import measure as measure_image
from forensic_style.reading import ReadingRules
from forensic_style.sampling import average_images, choose_share
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


def test_everything_can_be_measured_instead_of_chosen_windows(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (256, 1024), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    some, every = (fs.extract(tmp_path, families=["tone"], windows=windows) for windows in ("auto", "all"))
    assert [len(table.values) for table in (some, every)] == [2 * 3, 2 * 8]
    assert sorted(set(every.windows[:, 2].tolist())) == list(range(0, 1024, 128))


def test_a_family_that_breaks_its_promise_costs_the_image_and_names_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(
        fs.CATALOGUE[0], measure=lambda windows: np.full((len(windows), fs.CATALOGUE[0].dimension), np.nan)
    )
    monkeypatch.setattr(extraction, "choose_families", lambda names, axis: (broken,))
    table = fs.extract(folder / "good0.png")
    assert table.skipped[0].reason == "not_measured"
    assert f"noise did not give {fs.CATALOGUE[0].dimension} finite values for window 0" in table.skipped[0].message


def test_wrong_arguments_say_what_is_right(folder: Path) -> None:
    with pytest.raises(ParameterError, match=r"jobs must be at least 1. Got 0 instead"):
        fs.extract(folder, jobs=0)
    with pytest.raises(ParameterError, match=r"windows must be auto or all. Got 'most' instead"):
        fs.extract(folder, windows="most")
    with pytest.raises(ParameterError, match=r"There is no family 'wavelets'. Choose from: noise, linear_pattern"):
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


def test_file_and_its_turned_twin_have_the_same_fingerprints(tmp_path: Path) -> None:
    pixels = Image.open(sorted((RENDERINGS.parent / "images").iterdir())[0]).convert("RGB")
    for orientation in (1, 6):
        exif = Image.Exif()
        exif[274], exif[271] = orientation, "A maker"
        pixels.save(tmp_path / f"{orientation}.jpg", exif=exif, quality=90)
    table = fs.extract(tmp_path)
    one, other = np.split(table.values, 2)
    np.testing.assert_array_equal(one, other)
    assert [image.claims for image in table.images] == [{"make": "A maker"}] * 2


def test_claims_do_not_enter_the_fingerprints(tmp_path: Path) -> None:
    pixels = Image.open(sorted((RENDERINGS.parent / "images").iterdir())[0]).convert("RGB")
    for number, (make, date) in enumerate(
        [("A maker", "2001:01:01 00:00:00"), ("Another, longer", "2026:11:24 10:00:00")]
    ):
        exif = Image.Exif()
        exif[271], exif[306] = make, date
        pixels.save(tmp_path / f"{number}.jpg", exif=exif, quality=90)
    one, other = np.split(fs.extract(tmp_path).values, 2)
    np.testing.assert_array_equal(one, other)


def test_copies_and_other_names_of_a_file_are_all_reported_and_noted(tmp_path: Path) -> None:
    first = write_image(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(first.read_bytes())
    os.link(first, tmp_path / "c.png")
    (tmp_path / "d.png").symlink_to(first)
    write_image(tmp_path / "e.png", seed=1)
    table = fs.extract(tmp_path, families=["tone"])
    note = f"the same bytes as {first}"
    assert [image.notes for image in table.images] == [(), (note,), (note,), (note,), ()]


def test_facts_about_the_file_stand_beside_its_fingerprints(tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 65535, (64, 64), np.uint16)).save(tmp_path / "deep.png")
    Image.new("RGB", (64, 64)).save(tmp_path / "a.jpg", quality=80)
    jpeg, deep = fs.extract(tmp_path, families=["tone"]).images
    assert (jpeg.jpeg_quality, jpeg.jpeg_sampling, jpeg.bit_depth) == (80, "4:2:0", 8)
    assert (deep.jpeg_quality, deep.jpeg_sampling, deep.bit_depth) == (None, "", 16)
    assert (jpeg.brightness, jpeg.sharpness, jpeg.texture) == (0, 0, 0)
    assert (deep.brightness, deep.sharpness) == (pytest.approx(127.5, abs=3), pytest.approx(1, abs=0.05))


def test_families_of_jpeg_files_are_missing_elsewhere(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png")
    Image.new("RGB", (64, 64)).save(tmp_path / "b.jpg")
    table = fs.extract(tmp_path, families=["tone", "jpeg_structure"])
    names = [family.name for family in table.families]
    assert table.missing[:, names.index("jpeg_structure")].tolist() == [True, False]
    assert not table.missing[:, names.index("tone")].any()
    assert np.isfinite(table.values).all()


def test_reading_here_gives_the_same_table_as_in_processes(folder: Path) -> None:
    isolated, here = fs.extract(folder), fs.extract(folder, isolated=False)
    assert (isolated.images, isolated.skipped) == (here.images, here.skipped)
    np.testing.assert_array_equal(isolated.values, here.values)


def test_rules_reach_the_readers(folder: Path) -> None:
    table = fs.extract(folder, families=["tone"], rules=ReadingRules(most_pixels=64 * 64 - 1))
    assert {image.reason for image in table.skipped} == {"too_large", "too_small", "not_an_image", "truncated"}
    measured = fs.extract(folder / "cut.jpg", families=["tone"], rules=ReadingRules(damaged="measure"))
    assert measured.images[0].notes[0].startswith("truncated, measured all the same")


@pytest.mark.parametrize("name", ["most_pixels", "most_bytes", "seconds"])
def test_rules_that_limit_nothing_are_refused(name: str) -> None:
    for value in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match=f"{name} of ReadingRules must be above 0 and finite"):
            ReadingRules(**{name: value})
    with pytest.raises(ParameterError, match="damaged must be skip or measure"):
        ReadingRules(damaged="repair")  # type: ignore[arg-type]


def test_who_stops_waits_for_no_image_that_has_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        write_image(tmp_path / f"{number:02}.png", seed=number)
    begun: list[str] = []

    def count(task: Task, plan: Plan, reader: Reader) -> Outcome:
        begun.append(task.image.path)
        return measure_image(task, plan, reader)

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(threads, "measure", count)
    with pytest.raises(KeyboardInterrupt):
        fs.extract(tmp_path, jobs=1, progress=stop)
    assert 1 <= len(begun) <= 4


def test_with_many_images_a_sample_keeps_its_windows_and_the_others_their_mean(tmp_path: Path) -> None:
    for number in range(12):
        write_image(tmp_path / f"{number:02}.png", seed=number)
    whole, many = fs.extract(tmp_path), fs.extract(tmp_path, most_searched=6)
    assert choose_share(12, most=6) == 0.5
    chosen = np.array([int(image.sha256[0], 16) < 8 for image in whole.images])
    assert 0 < chosen.sum() < 12
    assert many.count_windows().tolist() == np.where(chosen, whole.count_windows(), 1).tolist()
    assert [bool(image.thumbnail) for image in many.images] == chosen.tolist()
    means = average_images(whole, ~chosen)
    np.testing.assert_array_equal(many.values, means.values)
    np.testing.assert_array_equal(many.windows, means.windows)


def test_damaged_files_are_measured_alike_by_many_threads_in_one_process(tmp_path: Path) -> None:
    data = write_image(tmp_path / "whole.png", side=256).read_bytes()
    for number in range(40):
        (tmp_path / f"{number:02}.png").write_bytes(data[: len(data) * 3 // 4])
    rules = ReadingRules(damaged="measure")
    table = fs.extract(tmp_path, families=["tone"], rules=rules, isolated=False, jobs=4)
    assert (len(table.images), table.skipped) == (41, ())
