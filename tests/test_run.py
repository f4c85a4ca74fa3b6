"""The run folder."""

from __future__ import annotations

import csv
import errno
import json
from pathlib import Path

import numpy as np
import pytest

import forensic_style as fs
from forensic_style.errors import TableError
from forensic_style.placement.assignment import assign
from forensic_style.run import check_folder
from tests.samples import RENDERINGS, measure


@pytest.fixture(scope="module")
def result() -> fs.ClusterResult:
    return fs.cluster(measure(RENDERINGS), content="object", n_clusters=3)


@pytest.fixture(scope="module")
def run(result: fs.ClusterResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    result.save(folder)
    return folder


def test_the_folder_holds_what_the_contract_names(run: Path) -> None:
    assert sorted(path.name for path in run.iterdir()) == [
        "audit.json",
        "clusters.csv",
        "fingerprints",
        "model",
        "report.html",
        "run.json",
        "skipped.csv",
        "tree.npz",
    ]
    assert sorted(path.name for path in (run / "model").iterdir()) == ["model.json", "model.npz"]


def test_clusters_csv_has_one_row_per_image_read(run: Path, result: fs.ClusterResult) -> None:
    with open(run / "clusters.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["path", "cluster", "confidence", "content"]
    assert [row["path"] for row in rows] == result.table.paths
    assert [int(row["cluster"]) for row in rows] == result.labels.tolist()
    assert all(0 <= float(row["confidence"]) <= 1 for row in rows)


def test_run_json_says_how_it_was_made(run: Path) -> None:
    about = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert about["settings"]["content"] == "object"
    taking_part = [family for family in fs.CATALOGUE if family.sees != "image"]
    assert about["families"] == {family.name: family.version for family in taking_part}
    assert about["input"]["n_images"] == 48
    assert [cluster["n_images"] for cluster in about["clusters"]] == [16, 16, 16]
    assert about["libraries"]["numpy"] == np.__version__


def test_a_loaded_run_gives_training_images_their_cluster_back(run: Path, result: fs.ClusterResult) -> None:
    table = measure(RENDERINGS)
    assignment = fs.load_run(run).assign(table, content=table.read_labels("object"))
    np.testing.assert_array_equal(assignment.clusters, result.labels)
    np.testing.assert_allclose(assignment.confidences, result.confidences, atol=5e-5)  # four digits in clusters.csv
    assert assignment.in_run.all()
    as_strangers = assign(fs.load_run(run).model, table, content="object")
    settled = result.labels >= 0
    np.testing.assert_array_equal(as_strangers.clusters[settled], result.labels[settled])


def test_new_images_find_the_cluster_of_their_technology(tmp_path: Path) -> None:
    table = measure(RENDERINGS)
    half = np.arange(len(table.images)) % 2 == 0
    old, new = table.select_images(np.flatnonzero(half)), table.select_images(np.flatnonzero(~half))
    trained = fs.cluster(old, n_clusters=3)
    trained.save(tmp_path / "run")
    assignment = fs.load_run(tmp_path / "run").assign(new)
    pairs = zip(old.read_labels("technology"), trained.labels.tolist(), strict=True)
    named = {technology: label for technology, label in pairs if label >= 0}
    expected = np.array([named[technology] for technology in new.read_labels("technology")])
    placed = assignment.clusters >= 0
    assert placed.mean() >= 0.8
    np.testing.assert_array_equal(assignment.clusters[placed], expected[placed])


def test_a_loaded_run_has_what_clusters_csv_holds(run: Path, result: fs.ClusterResult) -> None:
    loaded = fs.load_run(run)
    assert loaded.paths == result.table.paths
    assert loaded.labels.tolist() == result.labels.tolist()
    np.testing.assert_allclose(loaded.confidences, result.confidences, atol=5e-5)
    assert loaded.content == result.table.read_labels("object")
    assert loaded.known is None
    np.testing.assert_array_equal(loaded.table.values, result.table.values)


def test_odd_paths_none_and_known_labels_are_read(run: Path, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes((run / "run.json").read_bytes())
    text = 'path,cluster,confidence,known,other\n"a, ""b""\r\nc",0,1.0000,oil,x\nd,-1,0.2500,,y\n'
    (tmp_path / "clusters.csv").write_bytes(text.encode())
    loaded = fs.load_run(tmp_path)
    assert loaded.paths == ['a, "b"\r\nc', "d"]
    assert loaded.labels.tolist() == [0, -1]
    assert loaded.confidences.tolist() == [1, 0.25]
    assert (loaded.content, loaded.known) == (None, ["oil", ""])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "it has no rows"),
        ("path,cluster,confidence\n", "it has no rows"),
        ("path,confidence\na,1\n", "no column 'cluster'"),
        ("path,cluster,confidence\na,b,1\n", "row 2 has the cluster 'b', and clusters must be whole numbers from -1"),
        ("path,cluster,confidence\na,-2,1\n", "row 2 has the cluster '-2'"),
        ("path,cluster,confidence\na,1.5,1\n", "row 2 has the cluster '1.5'"),
        ("path,cluster,confidence\na,1,nan\n", "row 2 has the confidence 'nan', and .* within 0..1"),
        ("path,cluster,confidence\na,1,high\n", "row 2 has the confidence 'high'"),
        ("path,cluster,confidence\na,1\n", "row 2 has 2 fields, the header 3"),
        ("path,cluster,confidence\na,1,1\nb,1\n", "row 3 has 2 fields, the header 3"),
        ("path,cluster,confidence\na,1,1\na,0,1\n", "the path 'a' is there twice"),
        ('path,cluster,confidence\n"a,1,1\n', "unexpected end of data"),
    ],
)
def test_damaged_clusters_are_told(run: Path, tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "run.json").write_bytes((run / "run.json").read_bytes())
    (tmp_path / "clusters.csv").write_text(text)
    with pytest.raises(
        TableError, match=rf"clusters.csv' cannot be read: .*{what}.*\. Correct it, or run cluster again\.$"
    ):
        fs.load_run(tmp_path)


def test_fingerprints_of_another_run_are_refused(run: Path, result: fs.ClusterResult, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes((run / "run.json").read_bytes())
    (tmp_path / "clusters.csv").write_bytes((run / "clusters.csv").read_bytes())
    result.table.select_images([0, 1]).save(tmp_path / "fingerprints")
    with pytest.raises(TableError, match=r"parts of several runs \(2 fingerprinted, 48 in clusters.csv\)"):
        _ = fs.load_run(tmp_path).table


def test_results_are_not_overwritten_without_force(run: Path, result: fs.ClusterResult) -> None:
    with pytest.raises(TableError, match=r"already holds a result. Name another, or give --force to replace it"):
        result.save(run)
    before = (run / "clusters.csv").read_bytes()
    result.save(run, force=True)
    assert (run / "clusters.csv").read_bytes() == before


def test_folders_with_other_files_are_left_alone_even_with_force(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    thesis = tmp_path / "model" / "thesis.txt"
    thesis.write_text("years of work")
    with pytest.raises(TableError, match=r"holds other files \(model/thesis.txt\). Name a new folder"):
        check_folder(tmp_path, force=True)
    assert thesis.exists()


def test_what_an_interrupted_run_left_is_replaced(result: fs.ClusterResult, tmp_path: Path) -> None:
    (tmp_path / "fingerprints").mkdir()
    for name in ("clusters.csv.unfinished", "fingerprints/part-00007.parquet", ".DS_Store"):
        (tmp_path / name).write_text("")
    result.save(tmp_path)
    assert not (tmp_path / "clusters.csv.unfinished").exists()
    (part,) = (tmp_path / "fingerprints").iterdir()
    assert part.stat().st_size


def test_a_full_disk_is_a_sentence(result: fs.ClusterResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fs.FingerprintTable, "save", fill)
    with pytest.raises(TableError, match=r"failed: No space left on device. Make room or name another folder"):
        result.save(tmp_path / "run")


def test_folders_that_cannot_be_written_say_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TableError, match=r"cannot be written: Not a directory. Name another"):
        check_folder(tmp_path / "file" / "run")


def test_folders_that_are_no_run_say_so(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is not a finished run"):
        fs.load_run(tmp_path)
    (tmp_path / "run.json").write_text("[]")
    with pytest.raises(TableError, match="is not a run of cluster"):
        fs.load_run(tmp_path)
    (tmp_path / "run.json").write_text('{"version": 99, "clusters": []}')
    with pytest.raises(TableError, match="has version 99, not 1"):
        fs.load_run(tmp_path)
