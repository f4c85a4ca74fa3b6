"""The table of all files in a browser: search, order, parts, and what is saved as CSV."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

import forensic_style as fs
from forensic_style.report import draw_report
from tests.report import make_result
from tests.report.browser.conftest import NASTY_LABEL, NASTY_NAME, Watched, playwright

expect = playwright.expect


def search(page: playwright.Page, words: str) -> list[str]:
    """Paths of the rows that are shown once the search is done."""
    page.locator("#files-search").fill(words)
    page.wait_for_timeout(250)
    return page.locator("#files-table tbody tr:visible th").all_text_contents()


def save(page: playwright.Page, button: str) -> tuple[str, str]:
    """Name and text of the file that a button saves."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    raw = Path(waiting.value.path()).read_bytes()
    return waiting.value.suggested_filename, raw.decode("utf-8")


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


def test_search_filters_and_counts(page: playwright.Page, result: fs.ClusterResult) -> None:
    contents = list(result.content or ())
    found = search(page, "BARN png")
    wanted = [
        path for path, content in zip(result.table.paths, contents, strict=True) if content == "barn" and "png" in path
    ]
    assert found == wanted
    expect(page.locator("#files-count")).to_have_text(f"{len(wanted)} of 72 files")
    assert page.locator("#files-count").get_attribute("role") == "status"
    assert len(search(page, "cluster 2")) == result.sizes[2]
    assert search(page, "no such thing") == []
    expect(page.locator("#files-count")).to_have_text("0 of 72 files")
    assert len(search(page, "")) == 72


def test_search_knows_the_shown_cut(page: playwright.Page) -> None:
    page.locator("#cut").fill("2")
    numbers = set(page.locator("#files-table tbody .badge").all_text_contents())
    assert len(numbers) == 2
    assert sum(len(search(page, f"Cluster {number}")) for number in numbers) == 72
    assert "cut into 2" in page.locator("#files-count").evaluate("element => element.textContent")


@pytest.mark.parametrize(
    ("column", "of"),
    [
        ("Cluster", lambda result, image: int(result.labels[image])),
        ("Confidence", lambda result, image: round(float(result.confidences[image]), 4)),
        ("Content", lambda result, image: (result.content or ())[image].lower()),
        ("Format", lambda result, image: result.table.images[image].format),
        ("Bytes", lambda result, image: result.table.images[image].n_bytes),
    ],
)
def test_columns_sort(page: playwright.Page, result: fs.ClusterResult, column: str, of: object) -> None:
    assert callable(of)
    head = page.locator("#files-table thead th", has_text=column)
    for direction in ("ascending", "descending"):
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == direction
        rows = page.locator("#files-table tbody tr:visible").evaluate_all("rows => rows.map(row => row.dataset.image)")
        keys = [of(result, int(image)) for image in rows]
        assert keys == sorted(keys, reverse=direction == "descending")
    assert page.locator("#files-table thead [aria-sort]").count() == 1


def test_saves_what_clusters_csv_holds(page: playwright.Page, run: Path, result: fs.ClusterResult) -> None:
    name, text = save(page, "Save all as CSV")
    assert name == "clusters.csv"
    assert text.startswith("\ufeffpath,cluster,confidence,content,format,width,height,bytes,sha256,")
    assert text.endswith("\r\n")
    rows = read(text)
    with open(run / "clusters.csv", newline="", encoding="utf-8") as file:
        wanted = list(csv.DictReader(file))
    assert [{key: row[key] for key in wanted[0]} for row in rows] == wanted
    assert [row["sha256"] for row in rows] == [image.sha256 for image in result.table.images]
    assert [int(row["bytes"]) for row in rows] == [image.n_bytes for image in result.table.images]
    assert {(row["width"], row["height"]) for row in rows} == {("256", "256")}


def test_saves_the_shown_cut_and_what_was_found(page: playwright.Page) -> None:
    page.locator("#cut").fill("3")
    search(page, "barn")
    name, text = save(page, "Save what was found as CSV")
    assert name == "clusters_cut_into_3_found.csv"
    rows = read(text)
    shown = page.locator("#files-table tbody tr:visible").evaluate_all(
        "rows => rows.map(row => [row.cells[0].textContent, row.dataset.cluster])"
    )
    assert [[row["path"], row["cluster"]] for row in rows] == shown
    assert {row["confidence"] for row in rows} == {""}
    assert {row["content"] for row in rows} == {"barn"}


def test_saves_texts_that_no_spreadsheet_runs(hostile_page: playwright.Page) -> None:
    rows = read(save(hostile_page, "Save all as CSV")[1])
    paths = [row["path"] for row in rows]
    assert {"'=1+1.jpg", '\'@"a", b.png', NASTY_NAME} <= set(paths)
    assert [row["cluster"] for row in rows].count("-1") == 1
    assert rows[0]["content"] == NASTY_LABEL
    assert not any(re.match(r"[=+@\t\r-]", cell) for row in rows for name, cell in row.items() if name != "cluster")


def test_many_files_are_shown_in_parts(watch: Watched, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(draw_report(make_result([0] * 250 + [1] * 200, thumbnail=b"")), encoding="utf-8")
    page = watch.page
    page.goto(path.as_uri())
    rows = page.locator("#files-table tbody tr:visible")
    assert rows.count() == 200
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    assert rows.count() == 50
    assert page.get_by_role("button", name="Next").is_disabled()
    expect(page.locator("#files-count")).to_have_text("450 of 450 files; rows 401 to 450")
    page.evaluate("document.dispatchEvent(new CustomEvent('find-file', {detail: 7}))")
    expect(page.locator("#files-table tr.sought")).to_be_visible()
    page.emulate_media(media="print")
    assert rows.count() == 450
