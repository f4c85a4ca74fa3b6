"""A finished run grows: old clusters stay, new technologies found new ones."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import forensic_style as fs
from forensic_style.errors import TableError
from forensic_style.placement.founding import FEWEST_FOUNDERS
from forensic_style.run import Run
from tests.samples import RENDERINGS, measure

LEFT_OUT = "silhouette"


def split() -> tuple[fs.FingerprintTable, fs.FingerprintTable, fs.FingerprintTable]:
    """Two thirds of two technologies, the rest of these, and the third technology."""
    table = measure(RENDERINGS)
    left_out = np.array(table.read_labels("technology")) == LEFT_OUT
    held_out = ~left_out & (np.arange(len(left_out)) % 3 == 0)
    chosen = [~left_out & ~held_out, held_out, left_out]
    old, new, unknown = (table.select_images(np.flatnonzero(mask)) for mask in chosen)
    return old, new, unknown


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("runs") / "run"
    old, _, _ = split()
    fs.cluster(old, content="object", n_clusters=2).save(folder)
    return fs.load_run(folder)


def join(*tables: fs.FingerprintTable) -> fs.FingerprintTable:
    paths = {path for table in tables for path in table.paths}
    table = measure(RENDERINGS)
    return table.select_images([number for number, path in enumerate(table.paths) if path in paths])


@pytest.fixture(scope="module")
def larger(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    _, new, unknown = split()
    folder = tmp_path_factory.mktemp("runs") / "larger"
    fs.extend_run(run, join(new, unknown), content="object").save(folder)
    return fs.load_run(folder)


def test_old_images_keep_their_clusters_and_confidences(run: Run, larger: Run) -> None:
    place = {path: number for number, path in enumerate(larger.paths)}
    kept = [place[path] for path in run.paths]
    np.testing.assert_array_equal(larger.labels[kept], run.labels)
    np.testing.assert_array_equal(larger.confidences[kept], run.confidences)
    assert larger.paths == sorted(measure(RENDERINGS).paths)
    assert larger.content == measure(RENDERINGS).read_labels("object")
    assert larger.known is None


def test_a_new_technology_founds_the_next_cluster(larger: Run) -> None:
    technologies = np.array(measure(RENDERINGS).read_labels("technology"))
    assert (larger.labels[technologies == LEFT_OUT] == 2).mean() > 0.8
    assert 2 not in larger.labels[technologies != LEFT_OUT]
    [extended] = larger.about["extended"]
    assert extended["clusters_founded"] == [2]
    assert extended["n_added"] == 29
    assert [cluster["n_images"] for cluster in larger.about["clusters"]] == np.bincount(
        larger.labels[larger.labels >= 0]
    ).tolist()


def test_the_larger_run_places_images_in_the_new_cluster_too(larger: Run) -> None:
    table = measure(RENDERINGS)
    renamed = tuple(replace(image, sha256=f"{number:064x}") for number, image in enumerate(table.images))
    found = larger.assign(replace(table, images=renamed))  # as files of their own
    assert not found.in_run.any()
    settled = larger.labels >= 0
    assert (found.clusters == larger.labels)[settled].mean() >= 0.95
    assert larger.assign(table).clusters.tolist() == larger.labels.tolist()


def test_the_folder_is_a_run(larger: Run, run: Run) -> None:
    names = sorted(path.name for path in larger.folder.iterdir())
    assert names == sorted({path.name for path in run.folder.iterdir()} - {"report.html", "tree.npz"})
    assert larger.about["input"]["n_images"] == 48
    assert json.loads((larger.folder / "audit.json").read_text("utf-8"))["alignments"]
    assert larger.table.paths == larger.paths


def test_members_of_known_technologies_found_nothing(run: Run) -> None:
    _, new, _ = split()
    extended = fs.extend_run(run, new, content="object")
    assert extended.founded == ()
    assert extended.labels.max() == 1


def test_too_few_images_found_nothing_and_stay_outside(run: Run, tmp_path: Path) -> None:
    _, _, unknown = split()
    few = unknown.select_images(range(FEWEST_FOUNDERS - 1))
    extended = fs.extend_run(run, few)
    assert extended.founded == ()
    assert set(extended.assignment.clusters.tolist()) == {-1}
    extended.save(tmp_path / "few")
    with open(tmp_path / "few" / "clusters.csv", newline="", encoding="utf-8") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    assert all(rows[path]["cluster"] == "-1" and rows[path]["content"] == "" for path in few.paths)


def test_a_run_grows_twice(run: Run, larger: Run, tmp_path: Path) -> None:
    _, new, unknown = split()
    fs.extend_run(run, new, content="object").save(tmp_path / "first")
    second = fs.extend_run(fs.load_run(tmp_path / "first"), unknown, content="object")
    assert len(second.about["extended"]) == 2
    assert second.table.paths == larger.paths


def test_order_changes_nothing(run: Run) -> None:
    _, new, unknown = split()
    both = join(new, unknown)
    turned = both.select_images(range(len(both.images))[::-1])
    one, other = fs.extend_run(run, both), fs.extend_run(run, turned)
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_allclose(one.confidences, other.confidences, rtol=1e-9)


def test_nothing_to_add_is_told(run: Run) -> None:
    with pytest.raises(TableError, match=r"All images that could be measured are in the run already"):
        fs.extend_run(run, split()[0])


def test_another_file_under_a_path_of_the_run_is_refused(run: Run) -> None:
    old, _, _ = split()
    changed = replace(old, images=(replace(old.images[0], sha256="0" * 64), *old.images[1:]))
    with pytest.raises(TableError, match=r"has another file under the path 'images/.*'. Give the new one another name"):
        fs.extend_run(run, changed)


def test_results_are_not_overwritten(run: Run, larger: Run) -> None:
    with pytest.raises(TableError, match="already holds a result"):
        fs.extend_run(run, split()[1]).save(larger.folder)
