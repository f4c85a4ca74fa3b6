"""`compare`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import forensic_style as fs
from tests.cli import Run
from tests.samples import RENDERINGS, measure

TRUTH = ("--truth", RENDERINGS, "--column", "technology")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run and a table."""
    folder = tmp_path_factory.mktemp("compare")
    table = measure(RENDERINGS)
    fs.cluster(table.select_families(["noise", "tone"]), n_clusters=2).save(folder / "run")
    table.select_families(["tone"]).save(folder / "tone")
    return folder


def test_everything_is_told_in_words_and_written(run: Run, made: Path, tmp_path: Path) -> None:
    asked = [*TRUTH, "--content", "object", "--methods", "kmeans,ward-centred"]
    code, out, err = run("compare", made / "run", made / "tone", *asked, "--out", tmp_path / "out")
    assert code == 0
    assert err == f"Comparison  {tmp_path / 'out' / 'comparison.md'}\n"
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "48 images of 3 technologies, the same for all entries"
    assert lines[1].startswith("methods were asked for 3 clusters: the number of technologies")
    assert lines[3] == "method clusters ARI 95 % AMI 95 % content AMI 95 % leakage 95 %"
    assert lines[4].startswith("1 run, its own clusters 2 .")
    assert lines[8].startswith("5 tone, Ward's tree, centred per content 3 1.00 [.")
    assert sum(" less " in line for line in lines) == 10
    assert (tmp_path / "out" / "comparison.svg").exists()
    code, _, err = run("compare", made / "run", *asked, "--out", tmp_path / "out")
    assert (code, "already holds a comparison" in err) == (1, True)


def test_runs_alone_are_compared_by_their_clusters(run: Run, made: Path) -> None:
    code, out, err = run("compare", made / "run", *TRUTH, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    (entry,) = told["entries"]
    assert (entry["method"], entry["n_clusters"], told["differences"]) == (None, 2, [])
    assert entry["ari"] == json.loads(run("evaluate", made / "run", *TRUTH, "--json")[1])["agreement"]["ari"]
    out = run("compare", made / "run", *TRUTH)[1]
    assert "methods were asked" not in out
    assert "content" not in out


def test_number_of_clusters_is_that_asked_for(run: Run, made: Path) -> None:
    asked = ["--methods", "kmeans", "--clusters", "5"]
    code, out, _ = run("compare", made / "tone", *TRUTH, *asked)
    assert code == 0
    assert "methods were asked for 5 clusters: as asked" in out


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["--methods", "magic"], "There is no method 'magic'. There are: style, "),
        (["--methods", "ward-centred"], "needs content labels"),
        (["--content", "scene"], "has no column 'scene'. It has: technology, object."),
        (["--clusters", "50", "--methods", "kmeans"], "tone, k-means: n_clusters must be"),
    ],
)
def test_errors_are_one_line(run: Run, made: Path, asked: list[str], message: str) -> None:
    code, out, err = run("compare", made / "tone", *TRUTH, *asked)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert message in err


def test_a_manifest_of_other_files_is_said(run: Run, made: Path, tmp_path: Path) -> None:
    lines = RENDERINGS.read_text().splitlines()
    (tmp_path / "index.csv").write_text("\n".join(lines) + "\n")
    for line in lines[1:4]:
        path = tmp_path / line.split(",")[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"another")
    code, _, err = run("compare", made / "run", "--truth", tmp_path / "index.csv", "--column", "technology")
    assert code == 0
    assert err.startswith("! 3 files that ")
    assert err.endswith("are not those compared: their sizes differ. Is it the manifest of these images?\n")


def test_what_is_given_twice_or_is_nothing_is_refused(run: Run, made: Path, tmp_path: Path) -> None:
    code, _, err = run("compare", made / "run", made / "run", *TRUTH)
    assert (code, "is given twice" in err) == (1, True)
    code, _, err = run("compare", tmp_path, *TRUTH)
    assert (code, "holds neither a finished run nor fingerprints" in err) == (1, True)
    assert run("compare", made / "run", "--column", "technology")[0] == 2
