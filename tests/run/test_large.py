"""The run folder of many images."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import forensic_style as fs
from forensic_style.errors import TableError
from forensic_style.evaluation.truth import read_truth
from forensic_style.extension import extend_run
from forensic_style.large import LargeResult, TableSource, cluster_many
from forensic_style.placement.assignment import assign
from forensic_style.run import load_run, redraw_report
from forensic_style.run.large import LargeRun, save_large
from forensic_style.table import FingerprintTable, ImageRecord, SkippedImage
from tests.large.tables import draw_table
from tests.run.rich import find_difference

N_IMAGES, MOST = 120, 70
SKIPPED = SkippedImage("zz.png", "damaged", "It is cut off.")


@pytest.fixture(scope="module")
def table() -> FingerprintTable:
    return replace(draw_table(N_IMAGES, n_odd=1), skipped=(SKIPPED,))


@pytest.fixture(scope="module")
def result(table: FingerprintTable) -> LargeResult:
    known = dict.fromkeys(table.paths, "") | {table.paths[0]: "first, of its kind"}
    source = TableSource(table, most=MOST)
    return cluster_many(source, content="object", known=known, n_clusters=3, most_in_part=1)


@pytest.fixture(scope="module")
def saved(result: LargeResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large") / "run"
    save_large(result, folder)
    return folder


@pytest.fixture
def run(saved: Path) -> LargeRun:
    run = load_run(saved)
    assert isinstance(run, LargeRun)
    return run


def test_the_folder_holds_all_images_and_a_run_of_the_sample(saved: Path, result: LargeResult) -> None:
    names = {
        "audit.json",
        "clusters.csv",
        "fingerprints",
        "model",
        "report.html",
        "run.json",
        "skipped.csv",
        "tree.npz",
    }
    assert {path.name for path in saved.iterdir()} == names | {"sample"}
    assert {path.name for path in (saved / "sample").iterdir()} == names
    with open(saved / "clusters.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["path", "cluster", "confidence", "content", "known"]
    assert [int(row["cluster"]) for row in rows] == result.labels.tolist()
    assert rows[0]["known"] == "first, of its kind"
    assert (saved / "skipped.csv").read_text("utf-8").splitlines()[1:] == ["zz.png,damaged,It is cut off."]


def test_run_json_and_audit_json_speak_of_both(saved: Path, result: LargeResult) -> None:
    about = json.loads((saved / "run.json").read_text("utf-8"))
    large = about["large"]
    assert about["input"]["n_images"] == large["n_sample"] == len(result.sample.labels) < MOST
    assert (large["n_images"], large["n_inputs"]) == (N_IMAGES, N_IMAGES + 1)
    assert large["sizes"] == result.sizes
    assert set(large["timings"]) == set(result.timings)
    audit = json.loads((saved / "audit.json").read_text("utf-8"))
    assert audit["alignments_of_all"] == large["alignments"]
    assert audit["warnings"][0] == result.warnings[0]
    assert result.figures.describe().split(" images")[0] in (saved / "report.html").read_text("utf-8")


def test_a_loaded_run_has_the_labels_of_all_and_the_result_of_the_sample(run: LargeRun, result: LargeResult) -> None:
    assert run.paths == [image.path for image in result.source.records()]
    np.testing.assert_array_equal(run.labels, result.labels)
    np.testing.assert_allclose(run.confidences, result.confidences, atol=5e-5)
    assert run.content == result.asked.read_content(tuple(result.source.records()))
    assert not find_difference(run.result.cards, result.sample.cards)
    np.testing.assert_array_equal(run.result.labels, result.sample.labels)
    np.testing.assert_array_equal(run.tree.tree, result.tree.tree)
    np.testing.assert_array_equal(run.tree.members, result.tree.members)


def test_files_of_the_run_get_what_it_says_and_others_are_placed(run: LargeRun, table: FingerprintTable) -> None:
    found = run.assign(table, content="object")
    assert found.in_run.all()
    np.testing.assert_array_equal(found.clusters, run.labels)
    placed = run.labels >= 0
    as_strangers = assign(run.model, table, content="object", false_alarms=1e-6)
    np.testing.assert_array_equal(as_strangers.clusters[placed], run.labels[placed])


def test_a_large_run_is_evaluated_whole(run: LargeRun, table: FingerprintTable, tmp_path: Path) -> None:
    manifest = tmp_path / "truth.csv"
    truth = table.read_labels("technology")
    manifest.write_text("path,technology\n" + "".join(f"{p},{t}\n" for p, t in zip(table.paths, truth, strict=True)))
    known = read_truth(run, manifest, "technology")
    evaluation = fs.evaluate(run, known.technologies)
    assert evaluation.agreement.ari >= 0.95
    assert evaluation.confusion.n_images == N_IMAGES
    assert (evaluation.confounds, evaluation.parts) == ((), ())


def test_suggestions_are_images_of_the_sample(run: LargeRun) -> None:
    assert {one.path for one in fs.suggest(run, 3)} <= set(run.sampled.paths)


def test_its_report_is_drawn_again_as_that_of_the_sample(saved: Path, tmp_path: Path) -> None:
    run = load_run(shutil.copytree(saved, tmp_path / "run"))
    before = (run.folder / "report.html").read_text("utf-8")
    redraw_report(run)
    assert (run.folder / "report.html").read_text("utf-8") == before


def test_no_images_are_added_to_a_large_run(run: LargeRun) -> None:
    new = draw_table(3, seed=9)
    with pytest.raises(TableError, match=r"was made by a sample of its images, so none can be added here"):
        extend_run(run, replace(new, images=tuple(replace(image, path=f"new/{image.path}") for image in new.images)))


def test_a_result_is_replaced_when_asked_for_and_fingerprints_may_stay(
    saved: Path, result: LargeResult, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(saved, tmp_path / "run"))
    with pytest.raises(TableError, match="already holds a result"):
        save_large(result, folder)
    (part,) = (folder / "fingerprints").iterdir()
    time = part.stat().st_mtime_ns
    (folder / "clusters.csv").write_text("")
    save_large(result, folder, force=True, are_measured_there=True)
    assert part.stat().st_mtime_ns == time
    assert (folder / "clusters.csv").read_text("utf-8") == (saved / "clusters.csv").read_text("utf-8")


class Failing(TableSource):
    """A source that cannot be read a second time."""

    def records(self) -> Iterator[ImageRecord]:
        yield self.table.images[0]
        raise OSError(5, "Input/output error")


def test_a_folder_that_was_not_finished_holds_no_result(result: LargeResult, tmp_path: Path) -> None:
    broken = replace(result, source=Failing(result.source.table, most=MOST))  # type: ignore[attr-defined]
    with pytest.raises(TableError, match=r"Writing into .* failed: Input/output error"):
        save_large(broken, tmp_path / "run")
    assert not (tmp_path / "run" / "clusters.csv").exists()
    with pytest.raises(TableError, match="not a finished run"):
        load_run(tmp_path / "run")


def test_a_damaged_tree_is_told(saved: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(saved, tmp_path / "run"))
    (folder / "tree.npz").write_bytes(b"PK")
    run = load_run(folder)
    assert isinstance(run, LargeRun)
    with pytest.raises(TableError, match=r"The tree of the run .* cannot be read"):
        _ = run.tree
