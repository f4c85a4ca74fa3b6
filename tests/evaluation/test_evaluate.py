"""`fs.evaluate`, and the truth that a manifest knows."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import forensic_style as fs
from forensic_style.errors import ParameterError, TableError
from forensic_style.evaluation.truth import read_truth
from forensic_style.run import Run
from tests.samples import RENDERINGS, measure

FAMILIES = ["noise", "tone", "jpeg_structure"]


@pytest.fixture(scope="module")
def result() -> fs.ClusterResult:
    return fs.cluster(measure(RENDERINGS).select_families(FAMILIES), content="object", n_clusters=3)


@pytest.fixture(scope="module")
def run(result: fs.ClusterResult, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("runs") / "run"
    result.save(folder)
    return fs.load_run(folder)


def test_labels_alone() -> None:
    evaluation = fs.evaluate([0, 0, 1, 1, 1, -1], ["a", "a", "b", "b", None, "a"])
    assert evaluation.n_unknown == 1
    assert evaluation.agreement.accuracy == 4 / 5
    assert evaluation.agreement_of_placed.accuracy == 1
    assert (evaluation.leakage, evaluation.confounds, evaluation.parts) == (None, (), ())


def test_a_result_and_its_run_are_evaluated_alike(result: fs.ClusterResult, run: Run) -> None:
    truth = dict(zip(result.table.paths, result.table.read_labels("technology"), strict=True))
    one, other = fs.evaluate(result, "technology"), fs.evaluate(run, truth)
    assert one.to_dict() == other.to_dict()
    assert one.leakage is not None
    assert one.leakage.n_contents == 8
    assert "48 images, 3 technologies" in repr(one)


def test_content_given_takes_the_place_of_that_of_the_run(result: fs.ClusterResult) -> None:
    leakage = fs.evaluate(result, "technology", content=["x", "y"] * 24).leakage
    assert leakage is not None
    assert leakage.n_contents == 2


def test_the_order_of_images_changes_nothing() -> None:
    generator = np.random.default_rng(0)
    labels, order = generator.integers(-1, 3, 40), generator.permutation(40)
    truth, content = generator.choice(list("abc"), 40), generator.choice(list("xyz"), 40)
    one = fs.evaluate(labels, truth.tolist(), content=content.tolist())
    other = fs.evaluate(labels[order], truth[order].tolist(), content=content[order].tolist())
    assert one.to_dict() == other.to_dict()


def test_everything_can_be_written_as_json() -> None:
    evaluation = fs.evaluate([-1, -1, -1], ["a", "a", "b"], content=["x", "y", "y"])
    written = json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))
    assert written["agreement"]["pair_precision"] is None
    assert written["intervals"]["pair_precision"] == [None, None]
    assert written["placed"] == {"n_images": 0, "share": 0.0, "agreement": dict.fromkeys(written["agreement"])}
    assert written["confusion"]["unplaced"] == [2, 1]


def test_confounds_are_compared_with_clusters_and_technologies(result: fs.ClusterResult) -> None:
    images = tuple(
        replace(image, format="JPEG" if number % 2 else "PNG") for number, image in enumerate(result.table.images)
    )
    altered = replace(result, table=replace(result.table, images=images), labels=np.arange(48) % 2)
    confounds = fs.evaluate(altered, result.table.read_labels("technology")).confounds
    assert [confound.name for confound in confounds] == ["file format", "brightness", "sharpness", "texture"]
    assert confounds[0].clusters == pytest.approx(1)
    assert confounds[0].technologies < 0.5


def test_axes_and_families_alone(run: Run, result: fs.ClusterResult) -> None:
    truth = result.table.read_labels("technology")
    parts = fs.evaluate(run, truth, by_axis=True, by_family=True).parts
    named = [(part.kind, part.name) for part in parts]
    assert named == [("axis", "acquisition"), ("axis", "processing"), *[("family", name) for name in FAMILIES]]
    noise, structure = parts[2], parts[4]
    assert noise.agreement is not None
    assert noise.n_columns == 48
    assert noise.intervals["ari"][0] <= noise.agreement.ari <= noise.intervals["ari"][1]
    labels = fs.cluster(result.table, families=["noise"], content="object", n_clusters=3).labels
    assert noise.agreement == fs.evaluate(labels, truth).agreement
    assert structure.agreement is None  # there are no JPEG files
    assert "exist for JPEG files only" in structure.problem
    json.dumps(fs.evaluate(run, truth, by_axis=True).to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 0], ["a", "a"]), "at least two technologies, but of 2 images all known ones are 'a'"),
        (([0, 0], ["", None]), "of 2 images none is known"),
        (([0, 1], ["a"]), "There are 2 images and 1 labels for the truth. Give one label per image"),
        (([0.5, 1.0], ["a", "b"]), "whole numbers, one for each image"),
        (([], []), "whole numbers, one for each image"),
        (([0, 1], "technology"), "The truth is the column 'technology' of a manifest, but no manifest is known here"),
        (([0, 1], {"x": "a"}), "The truth names paths, but only labels were given"),
    ],
)
def test_what_does_not_fit_is_said(arguments: tuple[object, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        fs.evaluate(*arguments)  # type: ignore[arg-type]


def test_parts_need_fingerprints(result: fs.ClusterResult) -> None:
    with pytest.raises(ParameterError, match="only where the fingerprints are there"):
        fs.evaluate([0, 1], ["a", "b"], by_family=True)
    with pytest.raises(ParameterError, match=r"'other.png' there, 'images/0001.png' here"):
        fs.evaluate(result, {"other.png": "a"})


def write_manifest(folder: Path, rows: list[str]) -> Path:
    manifest = folder / "truth.csv"
    manifest.write_text("\n".join(["path,technology,scene", *rows]))
    return manifest


def test_truth_is_looked_up_by_path(run: Run, tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path, [f"{run.paths[2]},a,x", f"{run.paths[0]},b,", "elsewhere.png,c,y"])
    truth = read_truth(run, manifest, "technology", content="scene")
    assert truth.technologies[:4] == ["b", "", "a", ""]
    assert truth.content is not None
    assert truth.content[:4] == ["", "", "x", ""]
    assert (truth.n_only_in_run, truth.n_only_in_truth, truth.n_other_files) == (46, 1, 0)


def test_truth_of_a_run_made_from_folders_is_looked_up_by_place(
    result: fs.ClusterResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(RENDERINGS.parent.parent)
    images = tuple(replace(image, path=f"renderings/{image.path}") for image in result.table.images)
    replace(result, table=replace(result.table, images=images)).save(tmp_path / "run")
    truth = read_truth(fs.load_run(tmp_path / "run"), "renderings/index.csv", "technology")
    assert truth.technologies == result.table.read_labels("technology")
    assert (truth.n_only_in_run, truth.n_only_in_truth, truth.n_other_files) == (0, 0, 0)


def test_truth_that_does_not_fit_is_refused(run: Run, tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path, ["pictures/1.png,a,x"])
    with pytest.raises(
        TableError, match=r"None of the 1 paths .* 'pictures/1.png' there, 'images/0001.png' in clusters"
    ):
        read_truth(run, manifest, "technology")
    with pytest.raises(TableError, match=r"has no column 'style'\. It has: technology, scene."):
        read_truth(run, manifest, "style")
    with pytest.raises(TableError, match="is not a manifest"):
        read_truth(run, tmp_path, "technology")
    with pytest.raises(TableError, match="There is no file or folder"):
        read_truth(run, tmp_path / "nothing.csv", "technology")


def test_files_of_the_same_name_that_are_others_are_counted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    shutil.copy(RENDERINGS.parent / run.paths[0], tmp_path / run.paths[0])
    (tmp_path / run.paths[1]).write_bytes(b"another")
    manifest = write_manifest(tmp_path, [f"{path},a,x" for path in run.paths])
    assert read_truth(run, manifest, "technology").n_other_files == 1
