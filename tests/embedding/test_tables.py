"""Tables in place of images: through `cluster` and what follows it. No network is needed for that."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import forensic_style as fs
from forensic_style.cli import main
from forensic_style.errors import TableError
from forensic_style.run.given import find_given, load_given
from forensic_style.table import FingerprintTable, SkippedImage
from tests.embedding.networks import make_table
from tests.samples import write_image

N = 40


@pytest.fixture
def made() -> FingerprintTable:
    """Two styles that ten features tell, and four contents that ten others tell more loudly."""
    rng = np.random.default_rng(3)
    styles, contents = np.arange(N) % 2, np.arange(N) // 2 % 4
    values = rng.normal(size=(N, 20))
    values[:, :10] += 4.0 * styles[:, None]
    values[:, 10:] += 12.0 * rng.normal(size=(4, 10))[contents]
    labels = [{"style": f"s{s}", "scene": f"c{c}"} for s, c in zip(styles, contents, strict=True)]
    return make_table(values, labels=labels, paths=[f"c{c}/{n:02d}.png" for n, c in enumerate(contents)])


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["forensic-style", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


@pytest.mark.parametrize("content", [["--content", "scene"], ["--content-from-folders"]])
def test_a_table_is_clustered_like_images(
    made: FingerprintTable,
    content: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made.save_file(tmp_path / "toy.parquet")
    run = tmp_path / "run"
    assert call(monkeypatch, "cluster", tmp_path / "toy.parquet", *content, "--clusters", 2, "--out", run) == 0
    assert "Measured 40, skipped 1 (1 truncated: see" in capsys.readouterr().err
    rows = list(csv.DictReader((run / "clusters.csv").read_text().splitlines()))
    assert [row["path"] for row in rows] == made.paths
    sides = {(row["cluster"], label["style"]) for row, label in zip(rows, [i.labels for i in made.images], strict=True)}
    assert len(sides) == 2  # content removed, the loud contents notwithstanding
    assert {row["content"] for row in rows} == {"c0", "c1", "c2", "c3"}
    assert [row["path"] for row in csv.DictReader((run / "skipped.csv").read_text().splitlines())] == ["bad.png"]
    about = json.loads((run / "run.json").read_text())
    assert about["about"] == made.about
    assert about["settings"]["inputs"] == [str(tmp_path / "toy.parquet")]
    assert fs.load_run(run).table.about == made.about
    assert "toy_relu_mean" in (run / "report.html").read_text()
    for command in (["report", run], ["suggest", run, "-n", 2]):
        assert call(monkeypatch, *command) == 0
    capsys.readouterr()
    image = write_image(tmp_path / "new.png")
    assert call(monkeypatch, "assign", run, image, "--out", tmp_path / "new.csv") == 1
    said = capsys.readouterr().err
    assert "of the family toy_relu_mean, and this forensic_style has none" in said
    assert fs.load_run(run).assign(made).in_run.all()


def test_the_command_that_the_report_names_makes_the_run_again(
    made: FingerprintTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.save_file(tmp_path / "toy.parquet")
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "cluster", "toy.parquet", "--content", "scene", "--out", "run") == 0
    command = "cluster toy.parquet --content scene --families toy_relu_mean --out again"
    assert f"forensic-style {command}" in Path("run/report.html").read_text()
    assert call(monkeypatch, *command.split()) == 0
    assert Path("again/clusters.csv").read_bytes() == Path("run/clusters.csv").read_bytes()


def test_a_large_table_is_clustered_by_a_sample(
    made: FingerprintTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.save_file(tmp_path / "toy.parquet")
    asked = ["--content", "scene", "--clusters", 2, "--sample", 30]
    assert call(monkeypatch, "cluster", tmp_path / "toy.parquet", *asked, "--out", tmp_path / "run") == 0
    assert len((tmp_path / "run" / "clusters.csv").read_text().splitlines()) == N + 1
    assert "large" in json.loads((tmp_path / "run" / "run.json").read_text())


def test_the_folder_of_extract_gives_what_its_images_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(8):
        write_image(tmp_path / "in" / f"{seed}.png", seed=seed, sigma=5.0 if seed % 2 else 30.0)
    (tmp_path / "in" / "no.png").write_text("no image")
    asked = ["--families", "tone,lbp", "--clusters", 2]
    assert call(monkeypatch, "extract", tmp_path / "in", "--families", "tone,lbp", "--out", tmp_path / "ext") == 0
    assert call(monkeypatch, "cluster", tmp_path / "ext", "--clusters", 2, "--out", tmp_path / "one") == 0
    assert call(monkeypatch, "cluster", tmp_path / "in", *asked, "--out", tmp_path / "other") == 0
    for name in ("clusters.csv", "skipped.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    assert [image.path for image in load_given(tmp_path / "ext").skipped] == [str(tmp_path / "in" / "no.png")]


def test_tables_are_told_from_manifests_and_folders_of_images(made: FingerprintTable, tmp_path: Path) -> None:
    made.save_file(tmp_path / "toy.parquet")
    made.save(tmp_path / "parts")
    pq.write_table(pa.table({"path": ["a.png"]}), tmp_path / "manifest.parquet")
    (tmp_path / "empty.parquet").write_bytes(b"")
    (tmp_path / "photos").mkdir()
    pq.write_table(pa.table({"path": ["a.png"]}), tmp_path / "photos" / "part-0.parquet")
    for name in ("toy.parquet", "parts"):
        assert find_given([tmp_path / name]) == str(tmp_path / name)
        assert load_given(tmp_path / name).paths == made.paths
    others = [tmp_path / name for name in ("manifest.parquet", "empty.parquet", "photos", "nowhere")]
    assert [find_given([name]) for name in others] == [None] * 4
    with pytest.raises(TableError, match="a table stands alone"):
        find_given([tmp_path / "photos", tmp_path / "toy.parquet"])
    with pytest.raises(TableError, match="is no table of fingerprints"):
        load_given(tmp_path / "photos")


def test_what_does_not_go_with_a_table_is_refused(
    made: FingerprintTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table, out = tmp_path / "toy.parquet", ["--out", tmp_path / "run"]
    made.save_file(table)
    for option in (["--launder"], ["--windows", "all"], ["--engine", "dask", "--scheduler", "tcp://nowhere:1"]):
        assert call(monkeypatch, "cluster", table, *option, *out) == 2
        assert "the input is a table" in " ".join(capsys.readouterr().err.split())
    assert call(monkeypatch, "cluster", table, "--families", "noise", *out) == 1
    assert "The table has no families noise. It has: toy_relu_mean" in capsys.readouterr().err
    assert call(monkeypatch, "cluster", table, "--content", "colour", *out) == 1
    assert "no column 'colour'. The columns are: scene, style" in capsys.readouterr().err
    nothing = {name: getattr(made, name)[:0] for name in ("values", "groups", "windows", "missing")}
    skipped = (SkippedImage("bad.png", "truncated", "The file ends."),)
    from dataclasses import replace

    replace(made, images=(), skipped=skipped, **nothing).save_file(table)
    assert call(monkeypatch, "cluster", table, *out) == 1
    assert "None of the 1 files could be measured (truncated)" in capsys.readouterr().err
    assert "bad.png" in (tmp_path / "run" / "skipped.csv").read_text()


def test_a_shared_run_of_a_table_names_no_folders(
    made: FingerprintTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.save_file(tmp_path / "toy.parquet")
    asked = ["--content", "scene", "--privacy", "--out", tmp_path / "run"]
    assert call(monkeypatch, "cluster", tmp_path / "toy.parquet", *asked) == 0
    written = b"".join(path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file())
    assert b"c0/00.png" not in written
    assert str(tmp_path).encode() not in written
