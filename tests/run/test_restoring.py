"""A run folder gives back the result that was saved, or that of its edited tables."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import forensic_style as fs
from forensic_style.errors import ParameterError, TableError
from forensic_style.report import draw_report
from forensic_style.run import check_report, load_result, load_run, redraw_report
from forensic_style.run.relabelling import cut_by_hand
from tests.run.rich import FAMILIES, find_difference, make_rich_result
from tests.samples import RENDERINGS, measure

Edit = Callable[[list[dict[str, str]]], Any]


@pytest.fixture(scope="module")
def result() -> fs.ClusterResult:
    return make_rich_result()


@pytest.fixture(scope="module")
def saved(result: fs.ClusterResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("restoring") / "run"
    result.save(folder)
    return folder


@pytest.fixture
def run(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "run"))


def edit_clusters(run: Path, edit: Edit) -> list[dict[str, str]]:
    with open(run / "clusters.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    edit(rows)
    with open(run / "clusters.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return rows


def edit_about(run: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    about = json.loads((run / "run.json").read_text("utf-8"))
    edit(about)
    (run / "run.json").write_text(json.dumps(about), "utf-8")


def test_every_field_comes_back(result: fs.ClusterResult, saved: Path) -> None:
    loaded = load_result(saved)
    assert find_difference(loaded, result) == ""
    assert load_run(saved).result.n_clusters == result.n_clusters
    assert any(image.thumbnail for image in loaded.table.images)


def test_the_comparison_of_results_can_fail(result: fs.ClusterResult) -> None:
    assert find_difference(result, replace(result, confidences=result.confidences * 0.5)) == "it.confidences"
    assert find_difference(result, replace(result, audit=replace(result.audit, claims=None))).startswith("it.audit.cl")
    model = replace(result.model, spread=result.model.spread * 2)
    assert find_difference(result, replace(result, model=model)) == "it.model.spread"


def test_the_report_of_an_untouched_run_is_the_same_bytes(result: fs.ClusterResult, run: Path) -> None:
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    redraw_report(load_run(run))
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    assert before[run / "report.html"].decode() == draw_report(result)


def test_a_single_image_and_a_single_cluster_come_back(tmp_path: Path) -> None:
    table = measure(RENDERINGS).select_families(FAMILIES)
    for name, numbers in (("one", [0]), ("few", [0, 1, 2, 3])):
        result = fs.cluster(table.select_images(numbers), n_clusters=1)
        result.save(tmp_path / name)
        assert find_difference(load_result(tmp_path / name), result) == ""


def test_rows_in_another_order_and_a_spreadsheets_marks_change_nothing(result: fs.ClusterResult, run: Path) -> None:
    edit_clusters(run, lambda rows: rows.reverse())
    text = (run / "clusters.csv").read_text("utf-8")
    (run / "clusters.csv").write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\r\n\r\n")
    loaded = load_run(run)
    assert find_difference(loaded.result, result) == ""
    assert loaded.paths == result.table.paths[::-1]
    assert loaded.table.paths == loaded.paths
    assert loaded.hashes == [image.sha256 for image in loaded.table.images]


def test_images_moved_by_hand_change_what_depends_on_clusters(result: fs.ClusterResult, run: Path) -> None:
    moved = [int(np.flatnonzero(result.labels == 0)[0]), int(np.flatnonzero(result.labels == 0)[1])]

    def move(rows: list[dict[str, str]]) -> None:
        for number in moved:
            rows[number]["cluster"] = "1"

    edit_clusters(run, move)
    changed = load_result(run)
    sizes = result.sizes
    assert changed.sizes == [sizes[0] - 2, sizes[1] + 2, *sizes[2:]]
    others = np.setdiff1d(np.arange(48), moved)
    np.testing.assert_array_equal(changed.confidences[others], result.confidences[others])
    assert (changed.confidences[moved] < 0.5).all()  # posterior of a cluster that is not theirs
    assert changed.traits != result.traits
    assert changed.joins != result.joins
    assert changed.audit.claims != result.audit.claims
    assert changed.audit.alignments != result.audit.alignments
    assert changed.fragility is None
    assert changed.warnings[-1].startswith(
        "What light changes of the files do was measured for the clusters of the run"
    )
    assert changed.evidence.across_contents < 1
    assert changed.names == result.names
    assert "changed by hand: 2 images moved. The" in changed.warnings[len(changed.audit.warnings)]
    assert changed.settings["moved_by_hand"] == "2 images"
    assert "relabelled_by_hand" not in changed.settings
    assert not set(result.audit.warnings) & set(changed.warnings) - set(changed.audit.warnings)
    np.testing.assert_array_equal(changed.tree, result.tree)


def test_what_is_computed_anew_is_what_cluster_computes() -> None:
    """The same labels by hand: all is as it was but evidence, which only the search can measure without bias."""
    from forensic_style.run.relabelling import Edits, apply_edits

    table = measure(RENDERINGS).select_families(FAMILIES)
    result = fs.cluster(table, content="object", n_clusters=3)
    again = apply_edits(result, Edits(result.labels, result.confidences, relabelled=False))
    same = {name: getattr(result, name) for name in ("settings", "warnings", "evidence")}
    assert again.axes is not None
    assert result.axes is not None
    np.testing.assert_allclose(again.axes.acquisition.told_apart, result.axes.acquisition.told_apart, atol=1e-9)
    assert again.axes.pairs == result.axes.pairs
    assert [[trait.words for trait in traits] for traits in again.traits] == [
        [trait.words for trait in traits] for traits in result.traits
    ]
    np.testing.assert_allclose([join.height for join in again.joins], [join.height for join in result.joins])
    np.testing.assert_allclose(again.stabilities, result.stabilities)
    for one, other in zip(again.shares, result.shares, strict=True):
        np.testing.assert_allclose([one.style, one.chance], [other.style, other.chance], atol=1e-9)
    rough = replace(again, axes=None, traits=(), joins=(), cards=(), stabilities=np.empty(0), shares=(), **same)
    exact = replace(result, axes=None, traits=(), joins=(), cards=(), stabilities=np.empty(0), shares=())
    loose = {"model": result.model, "audit": result.audit}
    assert find_difference(replace(rough, **loose), replace(exact, **loose)) == ""


def test_a_new_cluster_an_image_of_none_and_names_are_taken(result: fs.ClusterResult, run: Path) -> None:
    def move(rows: list[dict[str, str]]) -> None:
        for row in rows[:6]:
            row["cluster"] = str(result.n_clusters)
        rows[6]["cluster"] = "-1"

    edit_clusters(run, move)
    edit_about(run, lambda about: about["clusters"][0].update(name="pencil"))
    changed = load_result(run)
    assert changed.n_clusters == result.n_clusters + 1
    assert changed.names == ("pencil", *result.names[1:], "")
    assert changed.sizes[-1] == 6
    assert changed.confidences[6] == 0
    page = draw_report(changed)
    assert "pencil" in page
    assert len(changed.stabilities) == len(changed.traits) == changed.n_clusters


def test_other_content_labels_and_confidences_are_taken(result: fs.ClusterResult, run: Path) -> None:
    def relabel(rows: list[dict[str, str]]) -> None:
        for row in rows[::2]:
            row["content"] = "something else"
        rows[1]["confidence"] = "0.1234"

    edit_clusters(run, relabel)
    changed = load_result(run)
    assert changed.content is not None
    assert changed.content[0] == "something else"
    assert changed.content[1] == result.content[1]  # type: ignore[index]
    assert changed.confidences[1] == 0.1234
    np.testing.assert_array_equal(changed.labels, result.labels)
    assert changed.settings["relabelled_by_hand"] == "content labels or known styles"
    assert "moved_by_hand" not in changed.settings
    assert changed.fragility == result.fragility  # no cluster changed
    assert "something else" in draw_report(changed)


def test_the_audit_follows_the_labels_and_comes_back_with_them(saved: Path, run: Path) -> None:
    before = (saved / "audit.json").read_bytes()
    original = (run / "clusters.csv").read_bytes()
    edit_clusters(run, lambda rows: rows[0].update(cluster="-1"))
    redraw_report(load_run(run))
    followed = json.loads((run / "audit.json").read_text("utf-8"))
    assert followed["warnings"] == list(load_result(run).warnings)
    assert json.loads(before)["claims"]["contradictions"][0]["path"] == load_result(run).table.paths[2]
    (run / "clusters.csv").write_bytes(original)
    redraw_report(load_run(run))
    assert (run / "audit.json").read_bytes() == before
    assert (run / "report.html").read_bytes() == (saved / "report.html").read_bytes()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda rows: rows[0].update(path="none.png"),
            r"names 'none.png', which is no image of it \(1 rows too many, 1",
        ),
        (
            lambda rows: rows.pop(),
            r"has no row for 'images/.*' \(0 rows too many, 1 missing\). Change clusters and lab",
        ),
        (lambda rows: [row.update(cluster="4") for row in rows[:2]], "no image in cluster 3, but some in cluster 4"),
        (lambda rows: [row.update(cluster="-1") for row in rows], "has every image in no cluster"),
        (lambda rows: rows[0].update(cluster="x"), "row 2 has the cluster 'x'"),
        (lambda rows: rows[0].update(path=rows[1]["path"]), "is there twice"),
    ],
)
def test_tables_that_do_not_fit_are_told(run: Path, edit: Edit, message: str) -> None:
    edit_clusters(run, edit)
    with pytest.raises(TableError, match=message):
        load_result(run)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda about: about["cards"][0]["typical"].append(48), "an image is named that is not there"),
        (lambda about: about["joins"][0]["one"].append(9), "a cluster is named that is not there"),
        (lambda about: about["joins"][0].update(depth=1), r"joins\[0\] has the unknown entry 'depth'"),
        (lambda about: about["clusters"][0].update(name=3), "names of clusters are no list of texts"),
        (lambda about: about["clusters"].pop(), "labels are not those of 2 clusters|should be 2"),
        (lambda about: about.pop("evidence"), "no entry 'evidence'"),
        (lambda about: about.update(settings=[]), "settings are no dictionary"),
        (lambda about: about.pop("sha256_of_labels"), "no entry 'sha256_of_labels'"),
        (lambda about: about["settings"].update(inputs=5), "settings.inputs is 5"),
        (lambda about: about["settings"].update(reading=5), "settings.reading is no record"),
        (lambda about: about["settings"].update(random_state="x"), "settings.random_state is 'x'"),
        (lambda about: about["timings"].update(cluster="x"), "timings.cluster is 'x'"),
        (lambda about: about["evidence"].update(across_contents=10**400), "too large"),
        (lambda about: about["cards"].pop(0), "its cards are not those of its clusters and splits"),
        (lambda about: about["axes"].update(crossed=[[1]]), "axes.crossed is not of as many rows"),
        (lambda about: about["audit"]["claims"]["contradictions"][0].update(image=-1), "an image is named"),
    ],
)
def test_a_damaged_description_is_told(run: Path, edit: Callable[[dict[str, Any]], Any], message: str) -> None:
    edit_about(run, edit)
    with pytest.raises(TableError, match=rf"cannot be read: .*({message}).*\. Run cluster again\.$"):
        load_result(run)


def test_a_damaged_tree_is_told(run: Path) -> None:
    (run / "tree.npz").write_bytes((run / "tree.npz").read_bytes()[:-100])
    with pytest.raises(TableError, match=r"cannot be read: .*\. Run cluster again\."):
        load_result(run)


def test_runs_without_a_tree_say_why(run: Path) -> None:
    (run / "tree.npz").unlink()
    with pytest.raises(TableError, match=r"no tree to draw: an older version of forensic_style wrote it. Run cluster"):
        load_result(run)
    edit_about(run, lambda about: about.update(extended=[]))
    with pytest.raises(TableError, match=r"no tree to draw: `assign` added images to it. Run cluster again"):
        load_result(run)


def test_the_tree_cut_by_hand(result: fs.ClusterResult) -> None:
    cut = cut_by_hand(result, 5)
    assert cut.n_clusters == 5
    assert cut.sizes == sorted(cut.sizes, reverse=True)
    assert sum(cut.sizes) == 46
    np.testing.assert_array_equal(cut.labels < 0, result.labels < 0)
    for cluster in range(5):  # each is a part of one cluster of a coarser cut
        assert len(set(cut_by_hand(result, 2).labels[cut.labels == cluster])) == 1
    assert cut.warnings[len(cut.audit.warnings)].startswith("The tree is cut into 5 clusters by hand; the run has 3.")
    assert len(cut.joins) == 4
    assert ((cut.confidences >= 0) & (cut.confidences <= 1)).all()
    assert cut.settings["cut_by_hand"] == 5
    assert "by hand" in draw_report(cut)
    assert cut.assign(result.table).clusters.tolist() == cut.labels.tolist()


def test_clusters_of_a_cut_have_the_one_style_that_they_hold(result: fs.ClusterResult) -> None:
    cut = cut_by_hand(result, 3)
    known = np.array(result.known)
    for cluster, name in enumerate(cut.names):
        assert {name} == set(known[(cut.labels == cluster) & (known != "")])
    assert cut_by_hand(result, 1).names == ("",)


@pytest.mark.parametrize("n_clusters", [0, 47, 1000])
def test_cuts_that_there_are_not_are_refused(result: fs.ClusterResult, n_clusters: int) -> None:
    with pytest.raises(ParameterError, match=rf"cannot be cut into {n_clusters} clusters. Ask for 1 to 46"):
        cut_by_hand(result, n_clusters)


def test_every_image_can_be_a_cluster(result: fs.ClusterResult) -> None:
    assert cut_by_hand(result, 46).sizes == [1] * 46


def test_other_files_are_not_replaced(run: Path, tmp_path: Path) -> None:
    finished = load_run(run)
    assert check_report(finished) == run / "report.html"
    (tmp_path / "page.html").write_text("a page of mine")
    with pytest.raises(TableError, match=r"already exists. Name another, or give --force"):
        check_report(finished, tmp_path / "page.html")
    with pytest.raises(ParameterError, match=r"needs a name that ends in .html"):
        check_report(finished, run / "clusters.csv", force=True)
    (run / "report.html").write_text("a page of mine")
    with pytest.raises(TableError, match="already exists"):
        redraw_report(finished)
    redraw_report(finished, force=True)
    redraw_report(finished, run / "report.html")
    (run / "report.html").unlink()
    redraw_report(finished)
    assert (run / "report.html").is_file()
