"""`report`."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

import forensic_style as fs
from tests.cli import Run
from tests.run.rich import FAMILIES, SECRET_CLAIM, SECRET_FOLDER, SECRET_LABEL, make_secret_result
from tests.samples import RENDERINGS, measure, write_image


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "run"
    fs.cluster(measure(RENDERINGS).select_families(FAMILIES), content="object", n_clusters=3).save(folder)
    return folder


@pytest.fixture
def finished(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "run"))


def list_bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_untouched_run_gets_the_same_report(run: Run, saved: Path, finished: Path) -> None:
    (finished / "report.html").unlink()
    code, out, err = run("report", finished)
    assert (code, out) == (0, "")
    assert err == f"Report  {finished / 'report.html'}\n"
    assert list_bytes(finished) == list_bytes(saved)


def test_images_that_were_moved_are_where_they_are_now(run: Run, saved: Path, finished: Path) -> None:
    with open(finished / "clusters.csv", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows[1:9]:
        row[1] = "3"
        row[3] = "moon"
    with open(finished / "clusters.csv", "w", newline="") as file:
        csv.writer(file).writerows(rows)
    edited = (finished / "clusters.csv").read_bytes()
    code, _, err = run("report", finished)
    assert code == 0
    assert "! clusters.csv was changed by hand: 8 images moved and content labels or known styles relabelled." in err
    before, after = list_bytes(saved), list_bytes(finished)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"clusters.csv", "report.html", "audit.json"}
    assert after["clusters.csv"] == edited
    page = after["report.html"].decode()
    assert "4 technologies" in page
    assert "moon" in page
    assert "images were moved by hand" in page
    assert "moved by hand" in page.split("Settings of this run")[1]
    alignments = {one["confound"]: one for one in json.loads(after["audit.json"])["alignments"]}
    assert alignments["content"]["n_values"] == 9


def test_another_cut_is_shown_and_said_and_changes_no_table(run: Run, saved: Path, finished: Path) -> None:
    code, _, err = run("report", finished, "--clusters", 2)
    assert code == 0
    assert "! The tree is cut into 2 clusters by hand; the run has 3." in err
    before, after = list_bytes(saved), list_bytes(finished)
    assert {name for name in before if before[name] != after[name]} == {"report.html"}
    assert "2 technologies" in after["report.html"].decode()
    page = after["report.html"].decode()
    assert "2 clusters by hand; the run has 3" in page
    assert "the tree was cut by hand" in page
    assert "cut by hand" in page.split("Settings of this run")[1]


def test_another_file_leaves_the_run_as_it_is(run: Run, saved: Path, finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    code, _, err = run("report", finished, "--out", out)
    assert (code, err) == (0, f"Report  {out}\n")
    assert out.read_bytes() == (saved / "report.html").read_bytes()
    code, _, err = run("report", finished, "--out", out)
    assert (code, "already exists. Name another, or give --force" in err) == (1, True)
    assert run("report", finished, "--clusters", 4, "--out", out, "--force")[0] == 0
    assert list_bytes(finished) == list_bytes(saved)


def test_a_page_for_sharing_holds_no_secret(run: Run, tmp_path: Path) -> None:
    make_secret_result().save(tmp_path / "run")
    code, _, err = run("report", tmp_path / "run", "--privacy", "--out", tmp_path / "page.html")
    assert code == 0
    assert f"! The page can be shared. The folder {tmp_path / 'run'} cannot" in err
    page = (tmp_path / "page.html").read_text("utf-8")
    for secret in (
        SECRET_FOLDER,
        SECRET_FOLDER.replace("&", "&amp;"),
        SECRET_CLAIM,
        SECRET_LABEL,
        "/home",
        "/9j/4AAQSkZJRg",
    ):
        assert secret not in page


def test_what_cannot_be_drawn_is_one_line(run: Run, finished: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    unfinished = Path(shutil.copytree(finished, tmp_path / "unfinished"))
    (unfinished / "run.json").unlink()
    write_image(tmp_path / "photos" / "1.png")
    assert run("extract", tmp_path / "photos", "--out", tmp_path / "fingerprints", "--families", "noise")[0] == 0
    older = Path(shutil.copytree(finished, tmp_path / "older"))
    (older / "tree.npz").unlink()
    for arguments, message in (
        ([tmp_path / "none"], "is not a finished run"),
        ([tmp_path / "empty"], "is not a finished run"),
        ([unfinished], "is not a finished run"),
        ([tmp_path / "fingerprints"], "is not a run of cluster"),
        ([older], "an older version of forensic_style wrote it. Run cluster again."),
        ([finished, "--clusters", 49], "The tree of 48 images cannot be cut into 49 clusters. Ask for 1 to 48."),
        ([finished, "--out", finished / "run.json", "--force"], "needs a name that ends in .html"),
        ([finished, "--out", tmp_path / "no" / "page.html"], "cannot be written"),
    ):
        code, out, err = run("report", *arguments)
        assert (code, out, err.count("\n")) == (1, "", 1), arguments
        assert message in err


def test_wrong_usage_is_told(run: Run, finished: Path) -> None:
    assert run("report", finished, "--clusters", 0)[0] == 2
    assert run("report", finished, "--clusters", "many")[0] == 2
    assert run("report")[0] == 2
