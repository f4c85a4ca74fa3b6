"""The same clusters.csv whoever measured, in how many pieces, and wherever it lies."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from forensic_style.parquet import load_table
from tests.cli import Run
from tests.engines.cluster import Cluster, run_cluster
from tests.object_server import ObjectServer, serve_objects
from tests.samples import RENDERINGS

ASKED = ("--content", "object", "--families", "tone,lbp,spam,depiction")
IMAGES = RENDERINGS.parent / "images"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with run_cluster(tmp_path_factory.mktemp("cluster"), n_workers=2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def server() -> Iterator[ObjectServer]:
    with serve_objects() as server:
        yield server


def cluster_here(run: Run, out: Path, *more: object) -> bytes:
    code, _, err = run("cluster", RENDERINGS, *ASKED, "--out", out, *more)
    assert code == 0, err
    return (out / "clusters.csv").read_bytes()


@pytest.mark.parametrize("sample", [(), ("--sample", 30)], ids=["all searched", "a sample searched"])
def test_threads_workers_and_merged_halves_give_the_same(
    sample: tuple[object, ...], run: Run, cluster: Cluster, tmp_path: Path
) -> None:
    expected = cluster_here(run, tmp_path / "threads", "--jobs", 2, *sample)
    workers = ("--engine", "dask", "--scheduler", cluster.address)
    assert cluster_here(run, tmp_path / "dask", *workers, *sample) == expected
    header, *rows = RENDERINGS.read_text().splitlines()
    (tmp_path / "merged" / "fingerprints").mkdir(parents=True)
    for number in range(2):
        half, out = tmp_path / f"half{number}.csv", tmp_path / f"out{number}"
        half.write_text("\n".join([header, *rows[number::2]]))
        (tmp_path / "images").exists() or (tmp_path / "images").symlink_to(IMAGES)
        assert run("extract", half, "--families", ASKED[-1], "--out", out)[0] == 0
        for part in (out / "fingerprints").glob("part-*"):
            shutil.copy(part, tmp_path / "merged" / "fingerprints")
    code, _, err = run("cluster", RENDERINGS, *ASKED, "--out", tmp_path / "merged", *sample)
    assert code == 0, err
    assert f"Measured {len(rows)} ({len(rows)} before), skipped 0" in err
    assert (tmp_path / "merged" / "clusters.csv").read_bytes() == expected


def test_inputs_and_outputs_on_object_storage(run: Run, server: ObjectServer, tmp_path: Path) -> None:
    expected = cluster_here(run, tmp_path / "here")
    server.put("set/index.csv", RENDERINGS.read_bytes())
    for path in IMAGES.iterdir():
        server.put(f"set/images/{path.name}", path.read_bytes())
    server.answers = [(500, "InternalError")] * 3
    asked = ("cluster", "s3://photos/set/index.csv", *ASKED, "--out", "s3://photos/run")
    code, _, err = run(*asked)
    assert code == 0, err
    assert "Report  s3://photos/run/report.html" in err
    files = fsspec.filesystem("s3")
    assert files.cat_file("photos/run/clusters.csv") == expected
    names = sorted(name.removeprefix("photos/run/") for name in files.find("photos/run"))
    assert {name for name in names if not name.startswith("fingerprints/part-")} == {
        "audit.json",
        "clusters.csv",
        "model/model.json",
        "model/model.npz",
        "report.html",
        "run.json",
        "skipped.csv",
        "tree.npz",
    }
    code, _, err = run(*asked)
    assert (code, "already holds a result" in err) == (1, True)
    code, _, err = run(*asked, "--force")
    assert "Measured 48 (48 before)" in err, err
    code, _, err = run("extract", "s3://photos/set", "--families", "tone", "--out", "s3://photos/measured")
    assert code == 0, err
    rows = list(csv.DictReader(files.cat_file("photos/measured/skipped.csv").decode().splitlines()))
    assert [(row["path"], row["reason"]) for row in rows] == [("s3://photos/set/index.csv", "not_an_image")]


def test_a_private_result_on_other_storage_holds_nothing_that_is_hidden(run: Run, tmp_path: Path) -> None:
    out, asked = tmp_path / "out", ("cluster", RENDERINGS, *ASKED, "--out", f"file://{tmp_path}/out")
    assert run(*asked)[0] == 0
    assert b"images/0001.png" in (out / "clusters.csv").read_bytes()
    code, _, err = run(*asked, "--privacy", "--force")
    assert code == 0, err
    (part,) = (out / "fingerprints").glob("part-*")
    table = load_table(part.parent)
    assert not [image for image in table.images if image.thumbnail or "/" in image.path or image.labels]
    assert b"images/" not in (out / "clusters.csv").read_bytes()
