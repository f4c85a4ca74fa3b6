"""`evaluate`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import forensic_style as fs
from forensic_style.privacy import hide_private
from tests.cli import Run
from tests.samples import RENDERINGS, measure


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two clusters for three technologies."""
    folder = tmp_path_factory.mktemp("evaluate") / "run"
    fs.cluster(measure(RENDERINGS).select_families(["noise", "tone"]), n_clusters=2).save(folder)
    return folder


def write_truth(folder: Path, rows: list[str], header: str = "path,technology,object") -> Path:
    (folder / "truth.csv").write_text("\n".join([header, *rows]))
    return folder / "truth.csv"


def test_a_private_run_is_compared_by_the_content_of_files(run: Run, finished: Path, tmp_path: Path) -> None:
    hide_private(fs.load_run(finished).result).save(tmp_path / "run")
    rows = [row.replace("images/", f"{RENDERINGS.parent}/images/") for row in ROWS]
    asked = ["--truth", write_truth(tmp_path, rows), "--column", "technology", "--json"]
    code, out, err = run("evaluate", tmp_path / "run", *asked)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["n_images"], told["n_only_in_run"], told["n_only_in_truth"]) == (48, 0, 0)
    asked[1] = RENDERINGS
    assert told["agreement"] == json.loads(run("evaluate", finished, *asked)[1])["agreement"]
    code, _, err = run("evaluate", tmp_path / "run", "--truth", write_truth(tmp_path, ROWS), "--column", "technology")
    assert (code, "None of the 48 paths" in err) == (1, True)


ROWS = RENDERINGS.read_text().splitlines()[1:]


def test_everything_is_told_in_words(run: Run, finished: Path) -> None:
    code, out, err = run("evaluate", finished, "--truth", RENDERINGS, "--column", "technology", "--content", "object")
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "48 images, 3 technologies against 2 clusters"
    assert any(line.startswith("adjusted Rand index 0.") and "[0." in line for line in lines)
    assert any(line.startswith("No cluster stands for: ") for line in lines)
    assert any(line.startswith("Content explains") for line in lines)
    assert "with the 8 contents" in out


def test_what_is_left_out_is_counted(run: Run, finished: Path, tmp_path: Path) -> None:
    rows = [ROWS[0].replace(",silhouette,", ",,"), *ROWS[1:40], "images/none.png,edges,sun"]
    code, out, _ = run("evaluate", finished, "--truth", write_truth(tmp_path, rows), "--column", "technology")
    assert code == 0
    assert out.startswith("39 images, 3 technologies")
    assert f"left out: 8 images of the run not in {tmp_path / 'truth.csv'}" in out
    assert "left out: 1 image without a technology" in out
    assert f"left out: 1 image of {tmp_path / 'truth.csv'} not in the run" in out
    assert "Content: not known" in out


def test_images_of_no_cluster_have_a_row_and_a_column_without_them(run: Run, finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "run")
    header, *rows = (finished / "clusters.csv").read_text().splitlines()
    rows[::6] = [",".join([row.split(",")[0], "-1", *row.split(",")[2:]]) for row in rows[::6]]
    (tmp_path / "run" / "clusters.csv").write_text("\n".join([header, *rows]) + "\n")
    code, out, _ = run("evaluate", tmp_path / "run", "--truth", RENDERINGS, "--column", "technology")
    assert code == 0
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[2] == "agreement score 95 % of the 40 placed (83%)"
    assert any(line.startswith("none 8 - 0 ") for line in lines)
    assert "counts as a cluster of its own" in out


def test_json_holds_everything(run: Run, finished: Path) -> None:
    truth = ["--truth", RENDERINGS, "--column", "technology", "--content", "object"]
    code, out, err = run("evaluate", finished, *truth, "--by-axis", "--by-family", "--json")
    assert (code, err) == (0, "")
    written = json.loads(out)
    assert (written["n_images"], written["n_only_in_run"], written["n_only_in_truth"]) == (48, 0, 0)
    assert [part["name"] for part in written["parts"]] == ["acquisition", "processing", "noise", "tone"]
    assert written["leakage"]["n_contents"] == 8
    assert 0 < written["agreement"]["ari"] < 1


def test_families_alone_have_a_row_each(run: Run, finished: Path) -> None:
    code, out, _ = run("evaluate", finished, "--truth", RENDERINGS, "--column", "technology", "--by-family")
    assert code == 0
    assert [line.split()[1] for line in out.splitlines() if line.startswith("family ")] == ["noise", "tone"]


def test_names_with_brackets_and_controls_are_printed_as_text(run: Run, finished: Path, tmp_path: Path) -> None:
    rows = [row.replace(",silhouette,", ",[bold]x\x1b[31m,") for row in ROWS]
    code, out, _ = run("evaluate", finished, "--truth", write_truth(tmp_path, rows), "--column", "technology")
    assert code == 0
    assert r"[bold]x\u001b[31m" in out


def test_another_manifest_with_the_same_names_is_doubted(run: Run, finished: Path, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for row in ROWS:
        (tmp_path / row.split(",")[0]).write_bytes(b"another")
    code, _, err = run("evaluate", finished, "--truth", write_truth(tmp_path, ROWS), "--column", "technology")
    assert code == 0
    assert err.startswith("! 48 files that ")
    assert "Is it the manifest of these images?" in err


@pytest.mark.parametrize(
    ("rows", "column", "message"),
    [
        (ROWS, "style", "has no column 'style'. It has: technology, object."),
        ([row.replace("images/", "pictures/") for row in ROWS], "technology", "None of the 48 paths in "),
        (["images/0001.png,a,b", "images/0002.png,a,c"], "technology", "of 48 images all known ones are 'a'"),
        (["images/0001.png,,b"], "technology", "of 48 images none is known"),
    ],
)
def test_errors_are_one_line(
    run: Run, finished: Path, tmp_path: Path, rows: list[str], column: str, message: str
) -> None:
    code, out, err = run("evaluate", finished, "--truth", write_truth(tmp_path, rows), "--column", column)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert message in err


def test_what_is_missing_is_said(run: Run, finished: Path, tmp_path: Path) -> None:
    asked = ["--truth", tmp_path / "none.csv", "--column", "technology"]
    code, _, err = run("evaluate", finished, *asked)
    assert (code, "There is no file or folder" in err) == (1, True)
    code, _, err = run("evaluate", tmp_path, *asked)
    assert (code, "is not a finished run" in err) == (1, True)
    assert run("evaluate", finished, "--column", "technology")[0] == 2
