"""What is written of a comparison."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import pytest

from forensic_style.comparison import Comparison, compare
from forensic_style.comparison.picture import ROW, draw_comparison
from forensic_style.comparison.words import choose_pairs, describe_images, list_differences, list_rows
from forensic_style.errors import TableError
from tests.comparison import make_table, read_truth_of

SVG = "{http://www.w3.org/2000/svg}"
ODD = "a|b <i>*c*</i> & \x1b[1m"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    tables = {"clear": make_table(), ODD: make_table(style=1.0, seed=1)}
    truth, scenes = (read_truth_of(tables["clear"], column) for column in ("style", "scene"))
    return compare(tables, truth, content=scenes, methods=["kmeans", "ward", "kmeans-centred"])


def test_the_folder_holds_everything(comparison: Comparison, tmp_path: Path) -> None:
    comparison.save(tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    clusters = [name for name in names if name.startswith("clusters-")]
    assert sorted(set(names) - set(clusters)) == [
        "comparison.csv",
        "comparison.json",
        "comparison.md",
        "comparison.svg",
        "differences.csv",
    ]
    written = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert sorted(written["files"]) == clusters
    for name, entry in zip(written["files"], comparison.entries, strict=True):
        with open(tmp_path / "out" / name, newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["path"] for row in rows] == entry.paths
        assert [int(row["cluster"]) for row in rows] == entry.found.labels.tolist()


def test_numbers_are_the_same_in_all_files(comparison: Comparison, tmp_path: Path) -> None:
    comparison.save(tmp_path / "out")
    with open(tmp_path / "out" / "comparison.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    written = json.loads((tmp_path / "out" / "comparison.json").read_text())["entries"]
    markdown = (tmp_path / "out" / "comparison.md").read_text()
    for row, entry in zip(rows, written, strict=True):
        assert float(row["ari"]) == pytest.approx(entry["ari"], abs=1e-5)
        assert [float(row["ari_low"]), float(row["ari_high"])] == pytest.approx(entry["intervals"]["ari"], abs=1e-5)
        assert [float(row["leakage_low"]), float(row["leakage_high"])] == pytest.approx(
            entry["leakage_interval"], abs=1e-5
        )
        assert row["cpu_seconds_per_image"] == row["peak_bytes"] == ""
    for cells in [*list_rows(comparison), *list_differences(comparison.pairs)]:
        assert cells[3] in markdown
    with open(tmp_path / "out" / "differences.csv", newline="") as file:
        differences = list(csv.DictReader(file))
    assert [float(row["difference"]) for row in differences] == pytest.approx(
        [pair.difference for pair in comparison.pairs], abs=1e-5
    )
    assert (differences[0]["one"], differences[0]["other"]) == ("1", "2")


def test_markdown_takes_no_name_for_markup(comparison: Comparison, tmp_path: Path) -> None:
    comparison.save(tmp_path / "out")
    lines = (tmp_path / "out" / "comparison.md").read_text().splitlines()
    tables = [line for line in lines if line.startswith("| ")]
    widths = {line.replace("\\|", "").count("|") for line in tables}
    assert widths == {12, 9, 6}  # scores, costs, differences
    assert any("a\\|b \\<i\\>\\*c\\*\\</i\\> & \\\\u001b[1m, k-means" in line for line in tables)
    assert "\x1b" not in "".join(lines)


def test_the_picture_is_a_drawing_with_a_row_for_each_entry(comparison: Comparison) -> None:
    root = ElementTree.fromstring(draw_comparison(comparison))
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert any("a|b <i>*c*</i> & \\u001b[1m" in text for text in texts)
    dots = [(float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in root.iter(f"{SVG}circle")]
    assert len(dots) == 2 * len(comparison.entries)
    scores = dots[: len(comparison.entries)]
    assert [b[1] - a[1] for a, b in pairwise(scores)] == [ROW] * (len(scores) - 1)
    by_place = sorted(range(len(scores)), key=lambda number: scores[number][0])
    assert [comparison.entries[number].ari for number in by_place] == sorted(entry.ari for entry in comparison.entries)
    assert texts.count("1") == 2  # both axes end at 1


def test_many_pairs_are_shown_with_the_best_alone(comparison: Comparison) -> None:
    assert len(comparison.pairs) == 15
    shown = choose_pairs(comparison)
    best = max(comparison.entries, key=lambda entry: entry.ari)
    number = comparison.entries.index(best)
    assert len(shown) == 5
    assert all(number in (pair.one, pair.other) for pair in shown)


def test_images_are_described(comparison: Comparison) -> None:
    assert describe_images(comparison) == [
        "36 images of 3 technologies, the same for all entries",
        "methods were asked for 3 clusters: the number of technologies, which the truth gives away",
    ]


def test_nothing_is_overwritten_without_force(comparison: Comparison, tmp_path: Path) -> None:
    comparison.save(tmp_path / "out")
    with pytest.raises(TableError, match="already holds a comparison"):
        comparison.save(tmp_path / "out")
    (tmp_path / "out" / "clusters-9-old.csv").write_text("path,cluster\n")
    comparison.save(tmp_path / "out", force=True)
    assert not (tmp_path / "out" / "clusters-9-old.csv").exists()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(TableError, match=r"holds other files \(notes.txt\)"):
        comparison.save(tmp_path / "out", force=True)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(TableError, match="is a file"):
        comparison.save(tmp_path / "file", force=True)
