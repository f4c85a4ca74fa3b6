"""The whole page as somebody uses it: cut, map, keyboard, phone, print, and no harm from names."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

import forensic_style as fs
from tests.report.browser.conftest import MARKUP, NASTY_LABEL, NASTY_NAME, Watched, playwright

expect = playwright.expect


def set_cut(page: playwright.Page, n: int) -> None:
    page.locator("#cut").fill(str(n))


def count_rows(page: playwright.Page) -> dict[str, int]:
    """Rows of the table of files by cluster, those that are shown."""
    clusters = page.locator("#files-table tbody tr:visible td:nth-child(2)").all_text_contents()
    return {name.strip(): clusters.count(name) for name in clusters}


def test_loads_nothing_and_complains_of_nothing(page: playwright.Page) -> None:
    """The fixture fails on any message, error, dialog or request."""
    expect(page.locator("h1")).to_be_visible()


def test_could_not_load_anything_if_it_wanted(watch: Watched, page: playwright.Page) -> None:
    assert page.evaluate("fetch('https://example.org/').then(() => 'loaded', () => 'refused')") == "refused"
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    assert page.evaluate("window.ran") is None
    assert len(watch.faults) >= 2
    assert [fault for fault in watch.faults if "content security policy" not in fault.lower()] == []
    watch.faults.clear()


def test_the_cut_changes_clusters_and_counts_everywhere(page: playwright.Page, result: fs.ClusterResult) -> None:
    assert count_rows(page) == {str(cluster): size for cluster, size in enumerate(result.sizes)}
    set_cut(page, 3)
    clusters = count_rows(page)
    assert len(clusters) == 3
    assert sum(clusters.values()) == len(result.labels)
    assert clusters != {str(cluster): size for cluster, size in enumerate(result.sizes)}
    shown = page.locator("svg.map .dot").evaluate_all("dots => dots.map(dot => dot.dataset.cluster)")
    assert {name: shown.count(name) for name in clusters} == clusters
    leaves = page.locator("svg.tree .leaf").evaluate_all("leaves => leaves.map(leaf => leaf.dataset.cluster)")
    assert set(leaves) == set(clusters)
    assert page.locator("#crossing-content thead .badge").all_text_contents() == sorted(clusters)
    totals = page.locator("#crossing-content tfoot td").all_text_contents()
    assert totals == [*(str(clusters[name]) for name in sorted(clusters)), str(len(result.labels))]
    inside = page.locator("#crossing-axes .inside .badge").all_text_contents()
    assert set(inside) == set(clusters)
    sheets = page.locator("article.cluster:visible .count").all_text_contents()
    assert sorted(int(words.split()[0]) for words in sheets) == sorted(clusters.values())
    set_cut(page, result.n_clusters)
    assert count_rows(page) == {str(cluster): size for cluster, size in enumerate(result.sizes)}


def test_the_cut_is_that_of_the_tree(page: playwright.Page, result: fs.ClusterResult) -> None:
    set_cut(page, 4)
    shown = page.locator("#files-table tbody tr").evaluate_all(
        "rows => rows.map(row => [Number(row.dataset.image), Number(row.dataset.cluster)])"
    )
    labels = np.array([cluster for _, cluster in sorted(shown)])
    from forensic_style.clusters.partition import cut_tree, number_by_appearance

    np.testing.assert_array_equal(number_by_appearance(labels), cut_tree(result.tree, 4))


def test_a_dot_shows_its_thumbnail_and_leads_to_its_row(page: playwright.Page, result: fs.ClusterResult) -> None:
    dot = page.locator("svg.map .dot").nth(10)
    image = int(dot.get_attribute("data-image") or -1)
    dot.locator("use").hover(force=True)
    tip = page.locator(".tip")
    expect(tip).to_be_visible()
    shown = int(tip.evaluate("() => Number(document.querySelector('.dot.current').dataset.image)"))
    assert result.table.paths[shown] in tip.evaluate("element => element.textContent")
    assert str(tip.locator("img").get_attribute("src")).startswith("data:image/jpeg;base64,")
    assert tip.locator("img").evaluate("img => img.naturalWidth") > 0
    page.evaluate("image => document.dispatchEvent(new CustomEvent('find-file', {detail: image}))", image)
    row = page.locator("#files-table tr.sought")
    expect(row).to_be_in_viewport()
    assert row.get_attribute("data-image") == str(image)


def test_the_keyboard_reaches_cut_map_and_table(page: playwright.Page) -> None:
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                """() => {
                  const element = document.activeElement;
                  if (element.id === "cut" || element.id === "files-search") return element.id;
                  return element.querySelector("svg.map") && element.tabIndex === 0 ? "map" : "";
                }"""
            )
        )
        if "files-search" in reached:
            break
    if "files-search" not in reached:  # many links stand between: go on from the last of them
        page.locator("#files-search").focus()
    assert {"cut", "map"} <= reached
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Save what was found as CSV"
    page.locator("#cut").focus()
    before = page.locator("#cut-words").evaluate("element => element.textContent")
    page.keyboard.press("ArrowLeft")
    assert page.locator("#cut-words").evaluate("element => element.textContent") != before
    page.locator(".drawing:has(svg.map)").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_be_visible()
    page.locator("#files-table thead button").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator("#files-table thead th").nth(1).get_attribute("aria-sort") == "ascending"


def test_a_phone_needs_no_sideways_scrolling(hostile_page: playwright.Page) -> None:
    hostile_page.set_viewport_size({"width": 390, "height": 844})
    assert hostile_page.evaluate("document.documentElement.scrollWidth") <= 390


def test_print_shows_everything(page: playwright.Page, result: fs.ClusterResult) -> None:
    page.locator("#files-search").fill("nothing is called so")
    expect(page.locator("#files-count")).to_have_text(re.compile("^0 of"))
    page.emulate_media(media="print")
    assert page.locator("#files-table tbody tr:visible").count() == len(result.labels)
    paths = page.locator("#files-table tbody th").all_text_contents()
    assert paths == result.table.paths
    for name in ("summary", "figures", "clusters", "audit", "crossing", "files", "making"):
        expect(page.locator(f"#{name}")).to_be_visible()
    expect(page.locator("#files-tools")).to_be_hidden()
    assert page.pdf(format="A4")[:5] == b"%PDF-"


@pytest.mark.parametrize(("scheme", "rules"), [("light", {}), ("dark", {"runOnly": ["color-contrast"]})])
def test_axe_finds_nothing_serious(hostile_page: playwright.Page, scheme: str, rules: dict[str, list[str]]) -> None:
    hostile_page.emulate_media(color_scheme=scheme)
    set_cut(hostile_page, 4)
    # Of things of one kind a few will do: axe takes long.
    hostile_page.evaluate(
        "document.querySelectorAll('.picture:nth-child(n + 3), .dot:nth-of-type(n + 9)').forEach(e => e.remove())"
    )
    hostile_page.evaluate("document.querySelectorAll('#files-table tr:nth-child(n + 5)').forEach(row => row.remove())")
    found = Axe().run(hostile_page, options={"resultTypes": ["violations"], **rules}).response["violations"]
    grave = [
        (rule["id"], rule["nodes"][0]["target"], rule["nodes"][0].get("failureSummary"))
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]
    assert grave == []


def test_names_and_labels_stay_text(hostile_page: playwright.Page, hostile: Path) -> None:
    for n in (2, 5, 6):
        set_cut(hostile_page, n)
    hostile_page.locator("#files-search").fill("<img")
    expect(hostile_page.locator("#files-count")).to_have_text(re.compile("^1 of"))
    hostile_page.locator("svg.map .dot[data-image='0']").dispatch_event("pointerover")
    expect(hostile_page.locator(".tip")).to_contain_text(NASTY_NAME)
    assert hostile_page.locator("img[src='x'], [onerror], [onload]").count() == 0
    assert hostile_page.locator("script").count() == 2
    text = hostile_page.evaluate("document.body.textContent")
    assert all(words in text for words in (NASTY_NAME, NASTY_LABEL, MARKUP))
    raw = hostile.read_text(encoding="utf-8")
    assert MARKUP not in raw
    assert "<script>alert" not in raw
    assert b"alert" in (hostile.parent / "=1+1.jpg").read_bytes()


def test_works_without_scripts(browser: playwright.Browser, run: Path, result: fs.ClusterResult) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((run / "report.html").as_uri())
    assert page.locator("#files-table tbody tr:visible").count() == len(result.labels)
    expect(page.locator("#files-tools")).to_be_hidden()
    context.close()
