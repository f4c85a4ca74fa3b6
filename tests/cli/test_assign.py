"""`assign`."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli import Run
from tests.samples import write_image


def read_rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def finished(run: Run, ten: Path) -> Path:
    """A run of ten images of noise, in one cluster."""
    code, _, err = run("cluster", ten / "ten", "--families", "noise,tone", "--clusters", 1, "--out", ten / "run")
    assert code == 0, err
    for seed in range(20, 23):
        write_image(ten / "new" / f"{seed}.png", seed=seed)
    for seed in range(30, 36):
        write_image(ten / "smooth" / f"{seed}.png", seed=seed, sigma=0.5)
    return ten


def test_new_images_are_assigned_or_told_to_be_of_none(run: Run, finished: Path) -> None:
    out = finished / "a.csv"
    code, stdout, err = run("assign", finished / "run", finished / "new", finished / "smooth", "--out", out)
    assert (code, stdout) == (0, ""), err
    rows = read_rows(out)
    assert [Path(row["path"]).name for row in rows] == [f"{seed}.png" for seed in (20, 21, 22, *range(30, 36))]
    assert [row["cluster"] for row in rows] == ["0"] * 3 + ["-1"] * 6
    assert {row["nearest_cluster"] for row in rows} == {"0"}
    assert {row["none_below"] for row in rows} == {"0.05"}
    assert "Measured 9, skipped 0" in err
    assert "fewer than 5 % of any cluster's own members" in err
    assert not (finished / "a.skipped.csv").exists()


def test_images_of_the_run_get_its_answer(run: Run, finished: Path) -> None:
    out = finished / "a.csv"
    assert run("assign", finished / "run", finished / "ten", "--out", out)[0] == 0
    assert {(row["cluster"], row["in_run"]) for row in read_rows(out)} == {("0", "yes")}


def test_every_input_is_accounted_for(run: Run, finished: Path) -> None:
    out = finished / "a.csv"
    code, _, err = run("assign", finished / "run", finished / "new", finished / "bad", "--out", out)
    assert code == 0
    [skipped] = read_rows(finished / "a.skipped.csv")
    assert (Path(skipped["path"]).name, skipped["reason"]) == ("text.jpg", "not_an_image")
    assert len(read_rows(out)) == 3
    assert "Measured 3, skipped 1 (see" in err
    assert run("assign", finished / "run", finished / "new", "--out", out, "--force")[0] == 0
    assert not (finished / "a.skipped.csv").exists()


def test_where_nothing_can_be_read_the_reasons_are_left(run: Run, finished: Path) -> None:
    code, _, err = run("assign", finished / "run", finished / "bad", "--out", finished / "a.csv")
    assert code == 1
    assert "None of the images could be measured" in err
    assert len(read_rows(finished / "a.skipped.csv")) == 1
    assert not (finished / "a.csv").exists()


def test_a_run_grows(run: Run, finished: Path) -> None:
    arguments = [finished / "new", finished / "smooth", "--out", finished / "a.csv", "--extend", finished / "larger"]
    code, _, err = run("assign", finished / "run", *arguments)
    assert code == 0, err
    assert "(19 images, 1 new cluster)" in err
    clusters = {Path(row["path"]).name: row["cluster"] for row in read_rows(finished / "larger" / "clusters.csv")}
    assert [clusters[f"{seed}.png"] for seed in (0, 9, 20, 22, 30, 35)] == ["0", "0", "0", "0", "1", "1"]
    assert {row["cluster"] for row in read_rows(finished / "a.csv")} == {"0", "1"}
    code, _, err = run("assign", finished / "larger", finished / "smooth", "--out", finished / "b.csv")
    assert code == 0, err
    assert {row["cluster"] for row in read_rows(finished / "b.csv")} == {"1"}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--false-alarms", 0], 2, "takes a rate above 0 and below 1"),
        (["--content", "scene", "--content-from-folders"], 2, "exclude each other"),
        (["--content", "scene"], 1, "no column 'scene'"),
        (["--extend", "RUN"], 1, "already holds a result"),
    ],
)
def test_what_cannot_be_is_told(run: Run, finished: Path, arguments: list[object], code: int, message: str) -> None:
    given = [finished / "run" if argument == "RUN" else argument for argument in arguments]
    outcome = run("assign", finished / "run", finished / "new", "--out", finished / "a.csv", *given)
    assert outcome[0] == code
    assert message in " ".join(outcome[2].replace("│", " ").split())
    assert not (finished / "a.csv").exists()


def test_existing_tables_are_kept_without_force(run: Run, finished: Path) -> None:
    for name in ("a.csv", "a.skipped.csv"):
        (finished / name).write_text("years of work")
        code, _, err = run("assign", finished / "run", finished / "new", "--out", finished / "a.csv")
        assert code == 1
        assert "already exists. Name another, or give --force to replace it" in err
        assert (finished / name).read_text() == "years of work"
        (finished / name).unlink()
    code, _, err = run("assign", finished / "run", finished / "new", "--out", finished / "none" / "a.csv")
    assert code == 1
    assert "cannot be written: No such file or directory" in err


def test_folders_that_are_no_run_are_told(run: Run, ten: Path) -> None:
    code, _, err = run("assign", ten / "empty", ten / "ten", "--out", ten / "a.csv")
    assert code == 1
    assert "is not a finished run" in err


def test_contents_from_a_manifest_and_from_folders(run: Run, finished: Path) -> None:
    assert (
        run("assign", finished / "run", finished / "ten.csv", "--content", "scene", "--out", finished / "a.csv")[0] == 0
    )
    from_folders = [finished / "ten", "--content-from-folders", "--out", finished / "b.csv"]
    assert run("assign", finished / "run", *from_folders)[0] == 0
    assert len(read_rows(finished / "a.csv")) == len(read_rows(finished / "b.csv")) == 10
