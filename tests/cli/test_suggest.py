"""`suggest`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import forensic_style as fs
from tests.cli import Run
from tests.samples import RENDERINGS, measure


@pytest.fixture(scope="module")
def result() -> fs.ClusterResult:
    return fs.cluster(measure(RENDERINGS).select_families(["noise", "tone"]), n_clusters=2)


@pytest.fixture
def finished(result: fs.ClusterResult, tmp_path: Path) -> Path:
    result.save(tmp_path / "run")
    return tmp_path / "run"


def test_suggestions_are_told_in_words(run: Run, finished: Path) -> None:
    code, out, err = run("suggest", finished, "-n", 3)
    assert code == 0
    header, *rows = out.splitlines()
    assert header.split() == ["image", "cluster", "confidence", "why"]
    assert len(rows) == 3
    assert "The first of cluster 0 to be labelled; stands for " in rows[0]
    assert "suggest.html" in err
    assert "suggest.csv" in err
    assert (finished / "suggest.html").exists()


def test_suggestions_as_json_replace_others_only_with_force(run: Run, finished: Path) -> None:
    assert run("suggest", finished)[0] == 0
    code, out, err = run("suggest", finished)
    assert (code, out) == (1, "")
    assert "already holds suggest.csv" in err
    code, out, _ = run("suggest", finished, "-n", 2, "--json", "--force")
    assert code == 0
    assert [one["cluster"] for one in json.loads(out)] == [0, 1]


def test_wrong_use(run: Run, finished: Path, tmp_path: Path) -> None:
    assert run("suggest", finished, "-n", 0)[0] == 2
    code, _, err = run("suggest", tmp_path / "none")
    assert code == 1
    assert "is not a finished run" in err
