"""Comparisons: what is scored, by whom, and what is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import forensic_style as fs
from forensic_style.baselines.methods import METHODS, Method, MethodResult, MethodTask
from forensic_style.comparison import Comparison, compare
from forensic_style.comparison.methods import BESIDE, check_methods, list_beside, list_titles
from forensic_style.comparison.words import describe_images
from forensic_style.errors import ForensicStyleError, ParameterError, TableError
from forensic_style.evaluation import evaluate
from tests.comparison import STYLES, make_table, read_truth_of, rename_images, write_manifest

TABLE = make_table()
TRUTH, SCENES = read_truth_of(TABLE), read_truth_of(TABLE, "scene")


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compare") / "run"
    fs.cluster(TABLE, content="scene", n_clusters=3).save(folder)
    return folder


def compare_simply(*tables: fs.FingerprintTable, **asked: object) -> Comparison:
    return compare(list(tables), TRUTH, **{"methods": ["kmeans"], **asked})  # type: ignore[arg-type]


def test_tables_are_clustered_by_kmeans_and_the_search_by_default() -> None:
    comparison = compare({"grain": TABLE}, TRUTH, content=SCENES)
    assert [entry.title for entry in comparison.entries] == ["grain, k-means", "grain, style search"]
    assert [entry.n_clusters for entry in comparison.entries] == [3, 3]
    assert all(entry.ari > 0.9 for entry in comparison.entries)
    assert len(comparison.pairs) == 1
    assert (comparison.n_clusters, comparison.is_number_given, len(comparison.paths)) == (3, False, 36)


def test_scores_are_those_of_evaluate() -> None:
    comparison = compare_simply(make_table(style=0.4, scene=0.2), content=SCENES)
    (entry,) = comparison.entries
    evaluation = evaluate(entry.found.labels, list(TRUTH.values()), content=list(SCENES.values()))
    assert 0 < entry.ari < 1
    assert (entry.ari, entry.ami) == (evaluation.agreement.ari, evaluation.agreement.ami)
    assert entry.intervals["ari"] == evaluation.intervals["ari"]
    assert entry.leakage == evaluation.leakage
    assert entry.leakage is not None
    assert entry.leakage_interval is not None
    of_content = evaluate(entry.found.labels, list(SCENES.values()))
    assert (entry.content_ami, entry.content_interval) == (of_content.agreement.ami, of_content.intervals["ami"])
    assert comparison.content_of_technologies is not None
    assert abs(comparison.content_of_technologies) < 0.1  # every scene by every style
    assert entry.leakage_interval[0] <= entry.leakage.share <= entry.leakage_interval[1]


def test_a_run_stands_for_its_own_clusters_and_methods_for_theirs(run_folder: Path) -> None:
    own = compare([run_folder], TRUTH)
    assert [entry.method for entry in own.entries] == [""]
    assert own.entries[0].found.seconds is None
    assert np.array_equal(own.entries[0].labels, fs.load_run(run_folder).labels)
    both = compare([fs.load_run(run_folder)], TRUTH, methods=["kmeans", "ward", "kmeans"])
    assert [entry.method for entry in both.entries] == ["", "kmeans", "ward"]
    assert [(pair.one, pair.other) for pair in both.pairs] == [(0, 1), (0, 2), (1, 2)]


def test_results_and_folders_and_files_are_entries(run_folder: Path, tmp_path: Path) -> None:
    TABLE.save(tmp_path / "extracted" / "fingerprints")
    make_table(seed=1).save(tmp_path / "parts")
    entries = [fs.load_run(run_folder).result, tmp_path / "extracted", str(tmp_path / "parts")]
    comparison = compare(entries, TRUTH, methods=["ward"])
    assert [entry.source for entry in comparison.entries] == ["ClusterResult 1"] * 2 + ["extracted", "parts"]


def test_all_entries_are_scored_on_the_images_that_all_have() -> None:
    few = make_table(seed=1).select_images(range(3, 36))
    truth = {path: style for path, style in TRUTH.items() if path != "images/035.png"}
    comparison = compare({"all": TABLE, "few": few}, truth, methods=["kmeans"])
    assert comparison.paths == [f"images/{number:03d}.png" for number in range(3, 35)]
    assert [entry.n_left_out for entry in comparison.entries] == [4, 1]
    assert [entry.found.labels.shape for entry in comparison.entries] == [(32,), (32,)]
    assert [entry.paths for entry in comparison.entries] == [comparison.paths] * 2


def test_methods_cluster_the_same_images_of_every_entry(run_folder: Path) -> None:
    """Whole technologies that one table lacks, or that are told, change neither what is clustered nor into how many."""
    two = [row for row, style in enumerate(TRUTH.values()) if style != STYLES[2]]
    fewer = make_table(seed=1).select_images(two)
    beside = compare({"all": TABLE, "few": fewer}, TRUTH, methods=["kmeans", "style"])
    assert (beside.n_clusters, beside.n_told) == (2, 0)
    alone = compare({"all": TABLE.select_images(two)}, TRUTH, methods=["kmeans", "style"])
    for one, other in zip(beside.entries, alone.entries, strict=False):
        assert (one.labels.tolist(), one.ari) == (other.labels.tolist(), other.ari)
    known = {path: style for path, style in TRUTH.items() if style == STYLES[0]}
    told = compare([run_folder], TRUTH, known=known, methods=["kmeans"])
    assert (told.n_clusters, told.n_told, len(told.paths)) == (3, 12, 24)
    assert [len(entry.found.labels) for entry in told.entries] == [36, 36]
    assert all(entry.ari == 1 for entry in told.entries)
    only_told = {path: style for path, style in TRUTH.items() if path not in known}
    assert compare([TABLE], only_told, known=known, methods=["kmeans"]).n_clusters == 3


def test_order_and_names_of_images_change_no_score() -> None:
    order = np.random.default_rng(0).permutation(36)
    there = make_table(style=0.4, scene=0.2)
    shuffled = there.select_images(order)
    one, other = compare_simply(there, methods=["ward"]), compare_simply(shuffled, methods=["ward"])
    assert 0 < one.entries[0].ari == other.entries[0].ari < 1
    assert one.paths == other.paths


def test_a_manifest_finds_images_by_path_place_and_bytes(tmp_path: Path) -> None:
    manifest = write_manifest(TABLE, tmp_path)
    asked = {"column": "style", "content": "scene", "methods": ["kmeans"]}
    by_path = compare([TABLE], manifest, **asked)  # type: ignore[arg-type]
    by_place = compare([rename_images(TABLE, f"{tmp_path}/")], manifest, **asked)  # type: ignore[arg-type]
    assert by_path.paths == by_place.paths == TABLE.paths
    assert by_path.entries[0].ari == by_place.entries[0].ari
    elsewhere = rename_images(TABLE, "other/")
    with pytest.raises(TableError, match=r"None of the 36 images in '.*truth.csv' is one of 'FingerprintTable 1'"):
        compare([elsewhere], manifest, **asked)  # type: ignore[arg-type]
    (tmp_path / "images").mkdir()
    records = []
    for image in elsewhere.images:
        (tmp_path / image.path.removeprefix("other/")).write_bytes(image.path.encode())
        records.append(replace(image, sha256=hashlib.sha256(image.path.encode()).hexdigest()))
    by_bytes = compare([replace(elsewhere, images=tuple(records))], manifest, **asked)  # type: ignore[arg-type]
    assert by_bytes.paths == by_path.paths


def test_images_whose_technology_was_told_are_not_scored(run_folder: Path, tmp_path: Path) -> None:
    known = {path: style for path, style in TRUTH.items() if path.endswith("0.png")}
    comparison = compare({"grain": TABLE}, TRUTH, known=known, methods=["style", "kmeans"])
    assert comparison.n_told == 4
    assert not set(known) & set(comparison.paths)
    told = fs.cluster(TABLE, known=known, n_clusters=3)
    of_run = compare({"told": told, "grain": TABLE}, TRUTH, methods=["kmeans"])
    assert of_run.paths == comparison.paths
    untold = compare([run_folder], TRUTH, known=known)  # no method is told anything
    assert untold.n_told == 0
    with pytest.raises(ParameterError, match="All entries have 0 images of 0, 36 more having been told"):
        compare({"grain": TABLE}, TRUTH, known=TRUTH, methods=["style"])


def test_methods_get_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[MethodTask] = []

    def run(task: MethodTask) -> MethodResult:
        seen.append(task)
        assert task.progress is not None
        task.progress(3, 7)
        return MethodResult(np.arange(len(task.X)) % task.n_clusters, 1.5, ("it went well",))

    monkeypatch.setitem(METHODS, "odd", Method("odd", "an odd way", frozenset({"content", "known"}), run))
    told: list[tuple[str, int, int]] = []
    known = {path: style for path, style in TRUTH.items() if path.endswith("0.png")}
    comparison = compare(
        {"grain": TABLE},
        TRUTH,
        content=SCENES,
        known=known,
        methods=["odd"],
        n_clusters=5,
        progress=lambda *done: told.append(done),
    )
    (task,) = seen
    np.testing.assert_allclose(task.X, TABLE.values.reshape(36, 4, 12).mean(axis=1), atol=1e-5)
    assert task.content == list(SCENES.values())
    assert task.known == [known.get(path, "") for path in TABLE.paths]
    assert task.n_clusters == 5
    assert comparison.is_number_given
    assert ("grain, an odd way", 3, 7) in told
    assert comparison.entries[0].found.notes == ("it went well",)
    assert comparison.entries[0].found.seconds == 1.5


def test_what_belongs_beside_an_autoencoder_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("autoencoder", "autoencoder-unconditional"):
        monkeypatch.setitem(METHODS, name, replace(METHODS["kmeans"], name=name, title=name))
    comparison = compare_simply(TABLE, content=SCENES, methods=["autoencoder", "kmeans"])
    methods = ["autoencoder", "kmeans", "autoencoder-unconditional", "linear"]
    assert [entry.method for entry in comparison.entries] == methods
    assert comparison.to_dict()["methods_beside"] == methods[2:]
    note = "autoencoder-unconditional and linear stand beside the methods asked for, to compare with"
    assert describe_images(comparison)[-1] == note
    comparison = compare_simply(TABLE, content=SCENES, methods=methods)
    assert (len(comparison.entries), comparison.beside) == (4, ())
    assert list_beside(["autoencoder-patches"]) == ["autoencoder-patches-unconditional"]
    assert all(one in list_titles() for both in BESIDE.items() for one in (both[0], *both[1]))


def test_families_that_see_images_take_no_part_unless_alone() -> None:
    once = replace(TABLE.families[0], name="optics", sees="image")
    wide = replace(
        TABLE,
        families=(*TABLE.families, once),
        values=np.hstack([TABLE.values, 100 * TABLE.values[:, ::-1]]),
        missing=np.zeros((36, 2), dtype=bool),
    )
    one, both = compare_simply(TABLE), compare_simply(wide)
    assert np.array_equal(one.entries[0].labels, both.entries[0].labels)
    alone = compare_simply(replace(TABLE, families=(once,)))
    assert np.array_equal(one.entries[0].labels, alone.entries[0].labels)


def test_values_that_were_not_measured_are_marked() -> None:
    missing = np.zeros((36, 1), dtype=bool)
    missing[:6] = True
    values = np.where(np.repeat(missing, 4, axis=0), 0, TABLE.values).astype(np.float32)
    comparison = compare_simply(replace(TABLE, missing=missing, values=values))
    assert comparison.entries[0].ari > 0.3


def test_everything_can_be_written_as_json(run_folder: Path) -> None:
    comparison = compare([run_folder], TRUTH, content=SCENES, methods=["kmeans-crossed"])
    written = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert written["n_images"] == 36
    own, crossed = written["entries"]
    assert (own["method"], crossed["method"]) == (None, "kmeans-crossed")
    assert crossed["content_told_after"]["n_contents"] == 4
    assert written["differences"][0]["one"] == 0
    assert repr(comparison).startswith("Comparison of 2 on 36 images\n  run, its own clusters: ARI ")


def test_costs_come_from_the_table_or_the_log(run_folder: Path, tmp_path: Path) -> None:
    about = {"cpu_seconds_per_image": 0.5, "peak_memory_bytes": 7_000_000, "weights_bytes": 55_000}
    cost = compare_simply(replace(TABLE, about=about)).entries[0].cost
    assert (cost.cpu_seconds, cost.peak_bytes, cost.weights_bytes) == (0.5, 7_000_000, 55_000)
    assert compare_simply(TABLE).entries[0].cost.cpu_seconds is None
    TABLE.save(tmp_path / "out" / "fingerprints")
    events = [
        {"event": "start"},
        {"event": "measured", "measured": 30, "known_before": 0, "cpu_seconds": 3.0, "peak_memory_bytes": 5},
        {"event": "measured", "measured": 36, "known_before": 30, "cpu_seconds": 1.5, "peak_memory_bytes": 9},
        {"event": "measured", "measured": 36, "known_before": 36, "cpu_seconds": 8.0, "peak_memory_bytes": 99},
    ]
    lines = [json.dumps(event) for event in events]
    (tmp_path / "out" / "log.jsonl").write_text("\n".join([*lines, "no event", "[]"]))
    cost = compare([tmp_path / "out"], TRUTH, methods=["kmeans"]).entries[0].cost
    assert (cost.cpu_seconds, cost.peak_bytes, cost.weights_bytes) == (4.5 / 36, 9, None)


def test_names_are_told_apart(tmp_path: Path) -> None:
    for seed, folder in enumerate(("a", "b")):
        make_table(seed=seed).save(tmp_path / folder / "grain")
    comparison = compare([tmp_path / "a" / "grain", tmp_path / "b" / "grain"], TRUTH, methods=["kmeans"])
    assert [entry.source for entry in comparison.entries] == [f"{tmp_path}/a/grain", f"{tmp_path}/b/grain"]


def test_what_is_given_twice_is_refused(run_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="run' is given twice"):
        compare([run_folder, f"{run_folder}/../run"], TRUTH)
    with pytest.raises(ParameterError, match="'the same object' is given twice"):
        compare([TABLE, TABLE], TRUTH)
    TABLE.save(tmp_path / "copy")
    with pytest.raises(ParameterError, match="'copy' and 'FingerprintTable 1' hold the same values"):
        compare([TABLE, tmp_path / "copy"], TRUTH)
    with pytest.raises(ParameterError, match="nothing to compare"):
        compare([], TRUTH)


def test_entries_without_common_images_are_refused() -> None:
    halves = [make_table(seed=seed).select_images(rows) for seed, rows in enumerate((range(18), range(18, 36)))]
    with pytest.raises(ParameterError, match="'FingerprintTable 2' has none of the images that all entries before it"):
        compare_simply(*halves)
    with pytest.raises(TableError, match="None of the images of 'FingerprintTable 1' has a known technology"):
        compare_simply(rename_images(TABLE, "other/"))
    one_style = dict.fromkeys(TRUTH, STYLES[0])
    with pytest.raises(ParameterError, match="All entries have 36 images of 1"):
        compare([TABLE], one_style, methods=["kmeans"])


def test_what_a_method_needs_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParameterError, match=r"no method 'magic'. There are: style, ward, .*kmeans"):
        compare_simply(TABLE, methods=["magic"])
    with pytest.raises(ParameterError, match="'kmeans-centred' needs content labels"):
        compare_simply(TABLE, methods=["kmeans-centred"])
    monkeypatch.setitem(METHODS, "few", Method("few", "few labels", frozenset({"known", "content"}), lambda task: None))  # type: ignore[arg-type,return-value]
    with pytest.raises(ParameterError, match="'few' needs content labels and known styles"):
        compare_simply(TABLE, methods=["few"])
    monkeypatch.setitem(METHODS, "deep", Method("deep", "deep", frozenset({"deep"}), lambda task: None))  # type: ignore[arg-type,return-value]
    monkeypatch.setattr("forensic_style.comparison.methods.find_spec", lambda name: None)
    with pytest.raises(ForensicStyleError, match=r"Run: pip install 'forensic_style\[deep\]'"):
        compare_simply(TABLE, methods=["deep"])
    assert check_methods(["style"], given=frozenset()) == ["style"]
    assert next(iter(list_titles())) == "style"


def test_a_method_that_fails_says_on_what() -> None:
    with pytest.raises(ParameterError, match="FingerprintTable 1, k-means: n_clusters must be"):
        compare_simply(TABLE, n_clusters=99)


def test_places_that_hold_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="There is no run and no table"):
        compare([tmp_path / "none"], TRUTH)
    with pytest.raises(TableError, match="holds neither a finished run nor fingerprints"):
        compare([tmp_path], TRUTH)
    (tmp_path / "text.parquet").write_text("no table")
    with pytest.raises(TableError, match=r"text\.parquet"):
        compare([tmp_path / "text.parquet"], TRUTH)
    with pytest.raises(ParameterError, match="compare takes runs, tables"):
        compare([3], TRUTH)  # type: ignore[list-item]


def test_different_files_of_one_name_are_refused(run_folder: Path) -> None:
    other = make_table(seed=1)
    images = [replace(image, sha256=f"{number:062x}ff") for number, image in enumerate(other.images[30:])]
    other = replace(other, images=(*other.images[:30], *images))
    wanted = "call different files by the same name: 6 images, the first 'images/030.png', by their SHA-256. Compare"
    with pytest.raises(TableError, match=f"'FingerprintTable 1' and 'FingerprintTable 2' {wanted}"):
        compare_simply(TABLE, other)
    with pytest.raises(TableError, match=wanted):
        compare([run_folder, other], TRUTH)
    few = {path: style for path, style in TRUTH.items() if path < "images/030"}
    assert len(compare([TABLE, other], few, methods=["kmeans"]).entries) == 2  # the others are not compared


def test_files_of_other_sizes_are_counted(run_folder: Path, tmp_path: Path) -> None:
    manifest = write_manifest(TABLE, tmp_path)
    (tmp_path / "images").mkdir()
    for number, image in enumerate(TABLE.images[:9]):
        (tmp_path / image.path).write_bytes(bytes(image.n_bytes + (number < 4)))
    asked = {"column": "style", "methods": ["kmeans"]}
    for entries in ([TABLE], [run_folder], [TABLE, run_folder]):
        comparison = compare(entries, manifest, **asked)  # type: ignore[arg-type]
        assert comparison.n_other_files == comparison.to_dict()["n_other_files"] == 4
    assert compare([TABLE], TRUTH, methods=["kmeans"]).n_other_files == 0


def test_columns_and_mappings_are_not_mixed(tmp_path: Path) -> None:
    manifest = write_manifest(TABLE, tmp_path)
    with pytest.raises(ParameterError, match="Give mappings only"):
        compare([TABLE], TRUTH, content="scene")
    with pytest.raises(ParameterError, match="A manifest needs the names of its columns"):
        compare([TABLE], manifest)
    with pytest.raises(TableError, match=r"has no column 'kind'\. It has: style, scene"):
        compare([TABLE], manifest, column="kind")


def test_a_run_without_fingerprints_has_its_own_clusters_only(run_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(run_folder, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "fingerprints")
    assert compare([tmp_path / "run"], TRUTH).entries[0].ari > 0.5
    with pytest.raises(ParameterError, match="'run' has no fingerprints that methods could cluster"):
        compare([tmp_path / "run"], TRUTH, methods=["kmeans"])
