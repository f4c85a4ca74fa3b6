"""The page as a whole: well formed, self-contained, complete, and safe whatever the files are called."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from types import SimpleNamespace

import numpy as np
import pytest

from forensic_style.audit import Alignment, Audit
from forensic_style.clusters.splitting import Split
from forensic_style.clusters.stability import NumberConsidered
from forensic_style.explain import Card, Finding
from forensic_style.report import data, draw_report
from forensic_style.report.findings import cross_labels, describe_splits, reassure
from forensic_style.result import ClusterResult
from forensic_style.table import SkippedImage
from tests.report import make_result
from tests.report.markup import Page

NASTY_NAME = "evil/<img src=x onerror=alert(1)>.png"
NASTY_LABEL = '"><script>alert(1)</script>'
TWO = [0] * 7 + [1] * 5
SKIPPED = [
    SkippedImage("photos/a.txt", "not_an_image", "No image format is recognised."),
    SkippedImage("b", "empty", "-"),
]
CASES = {
    "two clusters": make_result(TWO),
    "one cluster": make_result([0] * 5, splits=()),
    "one image": make_result([0], splits=()),
    "two images": make_result([0, 1], settings={"clusters": 2}, splits=()),
    "two equal images": make_result([0, 0], tree=np.array([[0, 1, 0, 2.0]]), positions=np.zeros((2, 2))),
    "three images": make_result([0, 0, 1]),
    "content": make_result(TWO, content=("cat", "dog", "") * 4),
    "many contents": make_result([0, 1] * 30, content=tuple(f"thing {number}" for number in range(60))),
    "skipped": make_result(TWO, skipped=SKIPPED),
    "no thumbnails": make_result(TWO, thumbnail=b""),
    "warnings": make_result(TWO, warnings=("First.", "Give --clusters & more.")),
    "no alignments": make_result(TWO, alignments=()),
    "many clusters": make_result(list(range(80)) * 2),
    "some outside": make_result([0, 0, -1, 0, 1, 1, -1], content=("cat", "dog", "cat", "", "cat", "dog", "emu")),
    "one cluster and one outside": make_result([0, 0, 0, -1], splits=()),
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def result(request: pytest.FixtureRequest) -> ClusterResult:
    case: ClusterResult = request.param
    return case


@pytest.fixture
def page(result: ClusterResult) -> Page:
    return Page(draw_report(result))


def test_is_well_formed(page: Page) -> None:
    ids = [found["id"] for _, found in page.elements if "id" in found]
    assert len(ids) == len(set(ids))
    assert page.find("html", lang="en")
    targets = [found["href"] for tag, found in page.elements if tag in ("a", "use")]
    assert {str(target)[1:] for target in targets} <= set(ids)
    described = [str(found["aria-labelledby"]).split() for _, found in page.elements if "aria-labelledby" in found]
    assert {name for names in described for name in names} <= set(ids)


def test_headings_follow_each_other(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(np.diff(levels)) <= 1


def test_tables_and_images_can_be_read_aloud(page: Page) -> None:
    assert all(found.get("scope") in ("col", "row") for found in page.find("th"))
    assert all(found.get("alt") for found in page.find("img"))
    assert len(page.find("caption")) == len(page.find("table"))


def test_loads_nothing(result: ClusterResult) -> None:
    html = draw_report(result)
    page = Page(html)
    assert not re.search(r"https?://|@import|url\(|srcset|javascript:", html)
    assert not page.find("link")
    assert [found.get("type") for found in page.find("script")] == ["application/json", None]
    sources = [str(found[name]) for _, found in page.elements for name in ("src", "href") if name in found]
    assert all(source.startswith(("data:image/jpeg;base64,", "#")) for source in sources)
    assert not any(name.startswith("on") for _, found in page.elements for name in found)


def test_runs_one_script_that_makes_no_markup_of_text() -> None:
    html = draw_report(CASES["two clusters"])
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = (found["content"] for found in Page(html).find("meta") if "http-equiv" in found)
    assert policy == f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", script)


def test_names_every_cluster_and_its_size(result: ClusterResult, page: Page) -> None:
    for cluster in range(result.n_clusters):
        size = int((result.labels == cluster).sum())
        assert page.find("article", data_cluster=str(cluster), id=f"cluster-{cluster}")
        assert len(page.find("g", **{"class": f"dot k{cluster % 7}", "data-cluster": str(cluster)})) == size
        assert len([row for row in page.find("tr", data_cluster=str(cluster)) if "data-image" in row]) == size
        assert f"{size} image" in page.text


def test_shows_the_images_that_belong_to_none() -> None:
    html = draw_report(CASES["some outside"])
    page = Page(html)
    assert len(page.find("article", id="cluster-none", data_cluster="-1")) == 1
    assert "Belongs to none 2 images" in page.text
    assert html.index('id="cluster-1"') < html.index('id="cluster-none"') < html.index('id="audit"')
    assert len(page.find("g", **{"class": "dot outside", "data-cluster": "-1"})) == 2
    assert {found["href"] for found in page.find("a", **{"class": "cluster-link"})} == {
        "#cluster-0", "#cluster-1", "#cluster-none"
    }  # fmt: skip
    rows = [row for row in page.find("tr", data_cluster="-1") if "data-image" in row]
    assert [row["data-image"] for row in rows] == ["2", "6"]
    assert not page.find("text", **{"class": "middle", "data-cluster": "-1"})
    assert page.data["sizes"] == [3, 2]
    assert "cluster -1" not in page.text


def test_nobody_is_outside_unless_someone_is() -> None:
    html = draw_report(CASES["two clusters"])
    assert "cluster-none" not in html
    assert "Belongs to none" not in html
    assert "Grey rings" not in html


def test_crosses_contents_with_the_images_outside() -> None:
    crossing = cross_labels(CASES["some outside"], CASES["some outside"].content)
    assert crossing is not None
    assert [mark.name for mark in crossing.marks] == ["0", "1", "none"]
    assert crossing.rows == (("", (1, 0, 0), 1), ("cat", (1, 1, 1), 3), ("dog", (1, 1, 0), 2), ("emu", (0, 0, 1), 1))
    assert (crossing.totals, crossing.n_images) == ((3, 2, 2), 7)


def test_data_is_complete(result: ClusterResult, page: Page) -> None:
    data = page.data
    assert data["paths"] == result.table.paths
    assert data["labels"] == result.labels.tolist()
    np.testing.assert_allclose(np.reshape(data["tree"], (-1, 4)), result.tree, rtol=1e-5)
    np.testing.assert_allclose(data["positions"], result.positions, rtol=1e-5)


def test_escapes_whatever_came_from_outside() -> None:
    html = draw_report(
        make_result(
            [0, 0, 1],
            paths=[NASTY_NAME, "{{ 7 * 7 }}.png", "</script><script>alert(1)</script>'\".png"],
            content=(NASTY_LABEL, "</title></style>", ""),
            warnings=(NASTY_LABEL + " --<b>",),
            skipped=[SkippedImage(NASTY_NAME, NASTY_LABEL, NASTY_LABEL)],
            alignments=(Alignment(NASTY_LABEL, 2, 0.5, 0.5, 0.8),),
            settings={NASTY_LABEL: [NASTY_LABEL]},
        )
    )
    page = Page(html)
    assert "<img src=x" not in html
    assert "<script>alert" not in html
    assert len(page.find("script")) == 2
    assert not any("onerror" in found for _, found in page.elements)
    assert NASTY_NAME in page.text
    assert NASTY_LABEL in page.text
    assert "{{ 7 * 7 }}.png" in page.text
    assert page.data["paths"][0] == NASTY_NAME
    assert page.data["content"][0] == NASTY_LABEL


def test_shows_what_would_be_hidden() -> None:
    """A mark that turns the text around, a line feed, and a byte that is no UTF-8."""
    html = draw_report(make_result([0, 0, 0], paths=["photo\u202egpj.exe", "a\nb.png", "caf\udce9.png"]))
    assert html.encode("utf-8")
    assert all(name in Page(html).text for name in (r"photo\u202egpj.exe", r"a\u000ab.png", r"caf\udce9.png"))
    assert "\u202e" not in html


def test_warnings_come_first_in_the_summary() -> None:
    html = draw_report(CASES["warnings"])
    assert html.index('id="summary"') < html.index("First.") < html.index("Technologies found")
    assert Page(html).find("div", **{"class": "warnings"})


@pytest.mark.parametrize(
    ("format_left", "labels", "warnings", "calm"),
    [
        (None, TWO, (), True),
        (0.02, TWO, ("Clusters 0 and 1 differ in file format alone.",), False),
        (0.02, TWO, (), False),
        (None, [0] * 5, (), False),
    ],
)
def test_is_calm_only_where_nothing_was_found(
    format_left: float | None, labels: list[int], warnings: tuple[str, ...], calm: bool
) -> None:
    decided = 0.2 if format_left is None else 1.0
    followed = Alignment("file format", 2, 0.9, 0.9, 0.8, left=format_left, decided=decided)
    audit = Audit((followed, Alignment("folder", 2, 0.1, 0.0, 0.5)), warnings=warnings)
    text = Page(draw_report(make_result(labels, audit=audit))).text
    assert ("Nothing that was checked (file format and folder) explains the clusters by itself." in text) is calm
    assert ("may be all that separates them" in text) is (format_left is not None)


def test_what_the_clusters_follow_without_fault_is_not_counted_as_checked_in_vain() -> None:
    followed = Alignment("JPEG quality", 3, 1.0, 1.0, 1.0, "history", decided=1.0)
    other = Alignment("folder", 2, 0.1, 0.0, 0.5)
    said = [reassure(make_result(TWO, alignments=found)) for found in ((followed, other), (followed,), ())]
    assert said == [
        "Nothing else that was checked (folder) explains the clusters by itself.",
        "",
        "All images agree in the properties that were checked, so none of these explains the clusters.",
    ]


def test_says_how_the_number_came_about() -> None:
    for name, words in (
        ("two clusters", "was tested"),
        ("one image", "could not be tested"),
        ("two images", "was given"),
    ):
        assert f"the number {words}" in Page(draw_report(CASES[name])).text


def test_says_why_groups_were_split_or_left() -> None:
    splits = (
        Split(90, (50, 40), 0.5, 2e-3, 0.05, p_unimodal=2e-3, p_gaussian=3e-7, explained=0.1),
        Split(50, (25, 25), 0.6, 0.004, 0.02, p_unimodal=0.004, p_gaussian=0.001, explained=0.92),
        Split(40, (38, 2), 0.7, 0.001, 0.02, 5, p_unimodal=0.001, p_gaussian=0.001, explained=None),
        Split(40, (20, 20), 0.8, 0.31, 0.02, p_unimodal=0.31),
        Split(40, (20, 20), 0.4, 0.01, 0.02, p_unimodal=0.01, p_gaussian=0.001, limited=True),
    )
    tests = describe_splits(make_result(TWO, splits=splits))
    assert [test.verdict for test in tests] == [
        "split",
        "left as one: the content decides the parts",
        "left as one: a tiny part",
        "left as one",
        "split, with far images drawn in",
    ]
    assert [(test.valley, test.tightness, test.explained) for test in tests] == [
        ("0.002", "below 0.0001", "0.10"),
        ("0.004", "0.001", "0.92"),
        ("0.001", "0.001", "–"),  # noqa: RUF001
        ("0.31", "–", "–"),  # noqa: RUF001
        ("0.01", "0.001", "–"),  # noqa: RUF001
    ]
    with_contents = Page(draw_report(make_result(TWO, splits=splits, content=("cat", "dog", "") * 4))).text
    assert "Content decides" in with_contents
    assert "below 0.0001" in with_contents
    assert "Content decides" not in Page(draw_report(make_result(TWO, splits=splits))).text


def test_names_clusters_by_their_known_styles() -> None:
    html = draw_report(make_result(TWO, known=("scanner", *[""] * 11), names=("scan<b>ner", "")))
    assert html.count("</a> scan&lt;b&gt;ner</th>") == 1
    assert html.count("</span> scan&lt;b&gt;ner <span") == 1


def test_crosses_acquisition_with_processing() -> None:
    axes = SimpleNamespace(
        counts=np.array([[5, 2], [0, 5]]),
        agreement=0.31,
        acquisition=SimpleNamespace(labels=np.array([0] * 7 + [1] * 5)),
        processing=SimpleNamespace(labels=np.array([0] * 5 + [1] * 7)),
    )
    html = draw_report(make_result(TWO, axes=axes))
    assert "agree by 0.31" in Page(html).text
    table = html[html.index("Images of each cluster by acquisition") :]
    rows = [re.findall(r"<t[hd][^>]*>(\d+)<", row) for row in re.findall("<tr>(.*?)</tr>", table)[1:3]]
    assert rows == [["0", "5", "2"], ["1", "0", "5"]]
    assert "Acquisition and processing" not in draw_report(make_result(TWO))


def test_says_how_stable_clusters_are() -> None:
    html = draw_report(make_result([0] * 5 + [1] * 4 + [2] * 3 + [-1], stabilities=np.array([0.91, 0.8, 0.42])))
    text = Page(html).text
    assert "Stability 0.91 very stable" in text
    assert "Stability 0.80 stable" in text
    assert 'Stability 0.42 <b class="weak">unstable</b>' in html
    assert "0.75 or more is stable, 0.85 or more is very stable." in text
    without = Page(draw_report(make_result(TWO, stabilities=np.empty(0)))).text
    assert "Stability" not in without


def test_lists_the_numbers_considered() -> None:
    numbers = (
        NumberConsidered(1, False, 1.0, 1.0, 1.0, None, None, None),
        NumberConsidered(2, True, 0.4, 0.93, 0.87, 2e-7, 0.05, None),
        NumberConsidered(3, False, 0.35, 0.61, 0.4, 0.31, 0.02, None),
    )
    html = draw_report(make_result(TWO, numbers=numbers))
    table = html[html.index("Numbers of clusters that were considered") :]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall("<tr>(.*?)</tr>", table)[1:4]]
    assert rows == [
        ["1", "1.000", "1.00", "1.00", "–", "–", ""],  # noqa: RUF001
        ["2", "0.400", "0.93", "0.87", "below 0.0001", "0.05", "<b>taken</b>"],
        ["3", "0.350", "0.61", "0.40", "0.31", "0.02", ""],
    ]
    assert "Numbers of clusters that were considered" not in Page(draw_report(make_result(TWO, numbers=()))).text


def test_shows_the_evidence_of_clusters_and_of_splits() -> None:
    finding = Finding("noise", "level", -4.2, 0.96, "noise 0.8 against <3.1> grey levels", 0.8, 3.1, "grey levels")
    cards = [Card((one,), (), (finding,), (), ()) for one in range(3)]
    splits = [Card((0, 2), (1,), (finding,), (4, 11), (9,)), Card((0,), (2,), (), (), ())]
    html = draw_report(make_result([0] * 5 + [1] * 4 + [2] * 3, cards=(*cards, *splits)))
    assert html.count("noise 0.8 against &lt;3.1&gt; grey levels<span>very strong (4.2)") == 4
    assert "Most typical of the first side: 0004.jpg, 0011.jpg. Most doubtful: 0009.jpg." in re.sub("<[^>]*>", "", html)
    assert "again in 96 % of resamples" in Page(html).text
    assert "No single measurement stands out." in html[html.index('id="split-cards"') :]
    assert "split-cards" not in [found.get("id") for found in Page(draw_report(CASES["two clusters"])).find("div")]


def test_lists_what_was_skipped() -> None:
    text = Page(draw_report(CASES["skipped"])).text
    assert "1 not_an_image, 1 empty" in text
    assert "No image format is recognised." in text
    assert 'id="skipped"' not in draw_report(CASES["two clusters"])


def test_crosses_contents_with_clusters() -> None:
    html = draw_report(CASES["content"])
    rows = re.findall(r'<tr><th scope="row">(\w+|<em>no label</em>)</th>(.*?)</tr>', html)
    counts = {name: [int(n) for n in re.findall(r'<td class="n(?: none)?">(\d+)</td>', cells)] for name, cells in rows}
    assert counts["cat"] == [3, 1, 4]
    assert counts["dog"] == [2, 2, 4]
    assert counts["<em>no label</em>"] == [2, 2, 4]
    assert counts["All"] == [7, 5, 12]
    assert "There are 60 contents, too many for a table here." in Page(draw_report(CASES["many contents"])).text


def test_shows_a_place_for_missing_thumbnails() -> None:
    page = Page(draw_report(CASES["no thumbnails"]))
    assert not page.find("img")
    assert len(page.find("div", **{"class": "no-picture"})) == 12


def test_stays_small_and_quick() -> None:
    labels = np.random.default_rng(0).integers(0, 60, 5200).tolist()
    result = make_result(labels, thumbnail=b"\xff" * 5000, skipped=SKIPPED * 400)
    start = time.perf_counter()
    html = draw_report(result)
    assert time.perf_counter() - start < 10
    assert len(html.encode()) < 25e6
    page = Page(html)
    assert len(page.find("use")) > 5000
    assert len([row for row in page.find("tr") if "data-image" in row]) == 5000
    assert "The other 200 are in" in page.text
    assert "The first 500 are listed" in page.text


def test_leaves_out_the_data_of_very_many_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "MOST_EMBEDDED", 11)
    assert Page(draw_report(make_result(TWO))).data == {"version": 2, "n_images": 12, "n_skipped": 0, "sizes": [7, 5]}


def test_same_result_same_page() -> None:
    assert draw_report(make_result(TWO)) == draw_report(make_result(TWO))
