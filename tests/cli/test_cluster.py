"""`cluster` as users meet it."""

from __future__ import annotations

import csv
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import forensic_style as fs
import forensic_style.pipeline
from forensic_style.measuring import Outcome
from forensic_style.store import FingerprintStore
from tests.cli import Run
from tests.samples import PIPELINES, RENDERINGS, write_image


def test_main_job_on_the_samples(run: Run, tmp_path: Path) -> None:
    code, out, err = run("cluster", PIPELINES, "--content", "scene", "--out", tmp_path / "run")
    assert (code, out) == (0, "")
    assert "Measured 72, skipped 0" in err
    assert "Technologies: 6 (the number was tested)" in err
    assert str(tmp_path / "run" / "report.html") in err


def test_clusters_csv_is_the_same_whatever_the_threads_and_the_order(run: Run, tmp_path: Path) -> None:
    rows = RENDERINGS.read_text().splitlines()
    shuffled = random.Random(0).sample(rows[1:], len(rows) - 1)
    images = RENDERINGS.parent / "images"
    manifests = [tmp_path / name for name in ("one.csv", "two.csv", "shuffled.csv")]
    for manifest, lines in zip(manifests, (rows[1:], rows[1:], shuffled), strict=True):
        manifest.write_text("\n".join([rows[0], *lines]))
    (tmp_path / "images").symlink_to(images)
    results = []
    for jobs, manifest in zip((1, 2, 2), manifests, strict=True):
        out = tmp_path / manifest.stem
        assert run("cluster", manifest, "--content", "object", "--out", out, "--jobs", jobs)[0] == 0
        results.append((out / "clusters.csv").read_bytes())
    assert results[0] == results[1] == results[2]


def test_folders_can_name_the_content(run: Run, tmp_path: Path) -> None:
    for seed in range(6):
        write_image(tmp_path / "in" / ("sea" if seed % 2 else "hill") / f"{seed}.png", seed=seed)
    code, _, err = run("cluster", tmp_path / "in", "--content-from-folders", "--clusters", 2, "--out", tmp_path / "out")
    assert code == 0, err
    with open(tmp_path / "out" / "clusters.csv", newline="") as file:
        assert {row["content"] for row in csv.DictReader(file)} == {"sea", "hill"}


def test_what_is_private_is_in_no_file(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "Abendroth"
    for seed in range(6):
        write_image(folder / ("Quelle" if seed % 2 else "Zwinger") / f"{seed // 2}.png", seed=seed)
    (folder / "text.jpg").write_text("no image")
    asked = ("--content-from-folders", "--clusters", 2, "--privacy", "--out", tmp_path / "out")
    code, _, err = run("cluster", folder, *asked)
    assert code == 0, err
    for path in (tmp_path / "out").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not [word for word in (b"Abendroth", b"Quelle", b"Zwinger", b"/9j/4AAQSkZJRg") if word in content], path
    with open(tmp_path / "out" / "clusters.csv", newline="") as file:
        assert {row["content"] for row in csv.DictReader(file)} == {"content 1", "content 2"}
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "text.jpg").write_text("no image")
    assert run("cluster", tmp_path / "bad", "--privacy", "--out", tmp_path / "none")[0] == 1
    assert "bad" not in (tmp_path / "none" / "skipped.csv").read_text()


def test_one_bad_file_is_skipped_and_accounted_for(run: Run, tmp_path: Path) -> None:
    for seed in range(3):
        write_image(tmp_path / "in" / f"{seed}.png", seed=seed)
    (tmp_path / "in" / "text.jpg").write_text("no image")
    Image.new("L", (1, 1)).save(tmp_path / "in" / "dot.png")
    code, _, err = run("cluster", tmp_path / "in", "--out", tmp_path / "out")
    assert code == 0
    assert "Measured 3, skipped 2 (1 not_an_image, 1 too_small: see" in err
    with open(tmp_path / "out" / "skipped.csv", newline="") as file:
        assert [(Path(row["path"]).name, row["reason"]) for row in csv.DictReader(file)] == [
            ("dot.png", "too_small"),
            ("text.jpg", "not_an_image"),
        ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "There is no file or folder"),
        (["empty"], "holds no files"),
        (["nameless.csv"], "has no column 'path', only: file."),
        (["ten.csv", "--content", "colour"], "There is no column 'colour' in the input. It has: scene."),
        (["ten", "--content", "scene"], "There is no column 'scene' in the input. Labels need a manifest"),
        (["ten", "--clusters", "99"], "99 clusters cannot be made of 10 files. Ask for fewer, or for auto."),
        (["bad"], "None of the 1 files could be measured (not_an_image): skipped.csv says why."),
    ],
)
def test_errors_are_one_line_that_says_what_to_do(
    run: Run, ten: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(ten)
    code, out, err = run("cluster", *arguments, "--out", "out")
    assert (code, out) == (1, "")
    assert message in err
    assert err.count("\n") == 1
    assert err.startswith("forensic-style: ")


def test_files_that_all_fail_are_accounted_for_and_do_not_block_the_next_try(run: Run, ten: Path) -> None:
    assert run("cluster", ten / "bad", "--out", ten / "out")[0] == 1
    assert "not_an_image" in (ten / "out" / "skipped.csv").read_text()
    assert run("cluster", ten / "ten", "--out", ten / "out")[0] == 0


def test_errors_before_reading_leave_nothing_behind(run: Run, ten: Path) -> None:
    assert run("cluster", ten / "nameless.csv", "--out", ten / "out")[0] == 1
    assert not (ten / "out").exists()


def test_odd_names_and_things_that_are_no_files_are_accounted_for(run: Run, tmp_path: Path) -> None:
    for number, name in enumerate((b"caf\xe9.png", b"a,b.png", b"new\nline.png", b"cr\rx.png", b"<img src=x>.png")):
        write_image(tmp_path / "in" / "x.png", seed=number).rename(tmp_path / "in" / os.fsdecode(name))
    os.mkfifo(tmp_path / "in" / "pipe.png")
    (tmp_path / "in" / "broken.png").symlink_to(tmp_path / "nowhere")
    code, _, err = run("cluster", tmp_path / "in", "--out", tmp_path / "in" / "out")
    assert code == 0, err
    with open(tmp_path / "in" / "out" / "clusters.csv", newline="", encoding="utf-8") as file:
        names = [os.path.basename(row["path"]) for row in csv.DictReader(file)]
    assert sorted(names) == ["<img src=x>.png", "a,b.png", r"caf\xe9.png", "cr\rx.png", "new\nline.png"]
    with open(tmp_path / "in" / "out" / "skipped.csv", newline="", encoding="utf-8") as file:
        assert [row["reason"] for row in csv.DictReader(file)] == ["unreadable", "unreadable"]
    code, _, err = run("cluster", tmp_path / "in", "--out", tmp_path / "in" / "out", "--force")
    assert "Measured 5 (5 before), skipped 2" in err


def test_folders_whose_names_are_not_utf8_can_name_the_content(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    for seed in range(3):
        write_image(folder / f"{seed}.png", seed=seed)
    out = tmp_path / os.fsdecode(b"out\xe9")
    code, _, err = run("cluster", folder, "--content-from-folders", "--out", out)
    assert code == 0, err
    with open(out / "clusters.csv", newline="", encoding="utf-8") as file:
        assert {row["content"] for row in csv.DictReader(file)} == {r"caf\xe9"}


def test_run_json_records_what_was_asked_for(run: Run, ten: Path) -> None:
    arguments = ("--axis", "processing", "--content-from-folders", "--clusters", 2, "--windows", "all")
    assert run("cluster", ten / "ten", "--out", ten / "out", *arguments)[0] == 0
    settings = json.loads((ten / "out" / "run.json").read_text())["settings"]
    assert settings["axis"] == "processing"
    assert settings["windows"] == "all"
    assert settings["families"] == [family.name for family in fs.CATALOGUE if family.axis == "processing"]
    assert settings["content"] == "names of folders"
    assert settings["inputs"] == [str(ten / "ten")]


def test_ctrl_c_while_reading_ends_with_a_sentence(run: Run, ten: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add = FingerprintStore.add

    def interrupt(store: FingerprintStore, outcome: Outcome) -> None:
        if store.n_measured == 2:
            raise KeyboardInterrupt
        add(store, outcome)

    monkeypatch.setattr(FingerprintStore, "add", interrupt)
    code, _, err = run("cluster", ten / "ten", "--out", ten / "out", "--families", "tone")
    assert code == 130
    assert "Interrupted after 2 of 10 files. What was measured is kept: give the same command again to go on." in err
    assert sorted(path.name for path in (ten / "out").iterdir()) == ["fingerprints", "log.jsonl"]
    monkeypatch.undo()
    code, _, err = run("cluster", ten / "ten", "--out", ten / "out", "--families", "tone")
    assert code == 0, err
    assert "Measured 10 (2 before), skipped 0" in err
    events = [json.loads(line)["event"] for line in (ten / "out" / "log.jsonl").read_text().splitlines()]
    assert events == ["start", "interrupted", "part", "start", "part", "measured", "end"]


def test_ctrl_c_while_clustering_keeps_what_was_measured(run: Run, ten: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("forensic_style.pipeline.cluster", interrupt)
    asked = ("cluster", ten / "ten", "--out", ten / "out", "--families", "tone", "--privacy")
    code, _, err = run(*asked)
    assert code == 130
    assert "Interrupted after 10 of 10 files. What was measured is kept: give the same command again to go on." in err
    assert "Until the command has come to its end" in err
    monkeypatch.undo()
    code, _, err = run(*asked)
    assert code == 0, err
    assert "Measured 10 (10 before), skipped 0" in err
    assert "Until the command" not in err


def test_outputs_that_exist_or_cannot_be_written_are_refused_before_reading(run: Run, ten: Path) -> None:
    assert run("cluster", ten / "ten", "--out", ten / "out")[0] == 0
    code, _, err = run("cluster", ten / "ten", "--out", ten / "out")
    assert (code, "already holds a result" in err) == (1, True)
    assert run("cluster", ten / "ten", "--out", ten / "out", "--force")[0] == 0
    code, _, err = run("cluster", ten / "ten", "--out", ten / "ten.csv")
    assert (code, "cannot be written" in err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument"),
        (["ten"], "Missing option"),
        (["ten", "--out", "out", "--clusters", "many"], "--clusters takes a whole number from 1 on, or auto"),
        (["ten", "--out", "out", "--clusters", "0"], "--clusters takes a whole number from 1 on, or auto"),
        (["ten", "--out", "out", "--families", "wavelets"], "There is no family 'wavelets'"),
        (["ten", "--out", "out", "--axis", "time"], "The axis must be all, acquisition or processing"),
        (["ten", "--out", "out", "--windows", "most"], "--windows takes auto or all. Got 'most' instead."),
        (["ten", "--out", "out", "--jobs", "0"], "--jobs"),
        (["ten", "--out", "out", "--content", "a", "--content-from-folders"], "exclude each other"),
        (["ten", "--out", "out", "--damaged", "repair"], "--damaged takes skip or measure. Got 'repair' instead."),
        (["ten", "--out", "out", "--max-megapixels", "0"], "--max-megapixels takes a number above 0. Got 0.0 instead."),
        (["ten", "--out", "out", "--max-megabytes", "inf"], "--max-megabytes takes a number above 0"),
        (["ten", "--out", "out", "--timeout", "-1"], "--timeout takes a number above 0"),
    ],
)
def test_wrong_usage_ends_with_2(
    run: Run, ten: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(ten)
    code, _, err = run("cluster", *arguments)
    assert code == 2
    assert message in " ".join(err.split())


def test_launder_says_what_survives_and_that_one_cluster_has_nothing_to_lose(run: Run, tmp_path: Path) -> None:
    for number in range(8):
        write_image(tmp_path / "in" / f"{number}.png", seed=number, side=96, sigma=2.0 if number % 2 else 30.0)
    for clusters, said in (
        (2, "files that were changed lightly, these keep their cluster"),
        (1, "there is one cluster"),
    ):
        out = tmp_path / str(clusters)
        asked = ("--clusters", clusters, "--launder", "--families", "noise,spectrum", "--out", out)
        code, _, err = run("cluster", tmp_path / "in", *asked)
        assert code == 0, err
        assert said in err
        fragility = json.loads((out / "run.json").read_text("utf-8"))["fragility"]
        assert (fragility is None) is (clusters == 1)


def test_a_file_that_is_gone_before_launder_costs_no_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        write_image(tmp_path / "in" / f"{number}.png", seed=number, side=96, sigma=2.0 if number % 2 else 30.0)
    find = fs.pipeline.cluster

    def find_and_lose(*given: Any, **asked: Any) -> Any:
        (tmp_path / "in" / "0.png").unlink()
        return find(*given, **asked)

    monkeypatch.setattr("forensic_style.pipeline.cluster", find_and_lose)
    asked = ("--clusters", 2, "--launder", "--families", "noise,spectrum", "--out", tmp_path / "out")
    code, _, err = run("cluster", tmp_path / "in", *asked)
    assert code == 0, err
    assert "! Light changes were not tried: " in err
    assert "0.png' cannot be read again" in err
    assert (tmp_path / "out" / "report.html").is_file()


def test_the_cause_stands_in_the_first_three_lines(run: Run, tmp_path: Path) -> None:
    for number in range(24):
        path = write_image(tmp_path / "in" / f"{number}.png", seed=number, side=96)
        if number % 2:
            Image.open(path).save(path.with_suffix(".jpg"), quality=60)
            path.unlink()
    (tmp_path / "in" / "broken.jpg").write_bytes(b"no image")
    code, _, err = run("cluster", tmp_path / "in", "--out", tmp_path / "out")
    assert code == 0, err
    assert "may differ in file format" in "\n".join(err.splitlines()[:3])
