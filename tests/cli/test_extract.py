"""`extract`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from PIL import Image

from tests.cli import Run
from tests.samples import write_image


def test_extract_writes_fingerprints_alone(run: Run, tmp_path: Path) -> None:
    write_image(tmp_path / "a.png")
    code, _, err = run("extract", tmp_path / "a.png", "--families", "tone,lbp", "--out", tmp_path / "out")
    assert code == 0, err
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["fingerprints", "log.jsonl", "run.json", "skipped.csv"]


def test_limits_and_damaged_files_as_asked_for(run: Run, ten: Path) -> None:
    cut = ten / "ten" / "cut.png"
    cut.write_bytes(write_image(ten / "whole.png", seed=99).read_bytes()[:-200])
    Image.new("L", (300, 300)).save(ten / "ten" / "large.png")
    limits = ["--max-megapixels", 0.05, "--max-megabytes", 1, "--timeout", 60]
    assert run("extract", ten / "ten", "--out", ten / "skip", *limits)[0] == 0
    rows = list(csv.DictReader((ten / "skip" / "skipped.csv").read_text().splitlines()))
    assert {Path(row["path"]).name: row["reason"] for row in rows} == {"cut.png": "truncated", "large.png": "too_large"}
    assert run("extract", ten / "ten", "--out", ten / "all", "--damaged", "measure")[0] == 0
    assert list(csv.DictReader((ten / "all" / "skipped.csv").read_text().splitlines())) == []
    assert run("cluster", ten / "ten", "--out", ten / "run", "--timeout", 60, "--damaged", "measure")[0] == 0
    asked = json.loads((ten / "run" / "run.json").read_text())["settings"]["reading"]
    assert (asked["seconds"], asked["damaged"], asked["most_pixels"]) == (60, "measure", 500_000_000)
