"""What the page says of alignments and splits, of claims, of light changes, and of how a result was made."""

from __future__ import annotations

import shlex

import pytest

from forensic_style.audit import Alignment, Audit, ClaimCount, ClaimsAudit, Contradiction, SplitAudit
from forensic_style.clusters.joins import Join
from forensic_style.laundering import Fragility
from forensic_style.laundering.records import FamilySurvival, SplitSurvival
from forensic_style.provenance import LIBRARIES
from forensic_style.report import draw_report
from forensic_style.report.alignments import describe_alignments, describe_split_audits
from forensic_style.report.making import describe_making, write_command
from forensic_style.run.description import describe_table
from tests.report import make_result
from tests.report.markup import Page

TWO = [0] * 7 + [1] * 5
JOIN = Join((0,), (1,), 3.0)


def read(**changes: object) -> tuple[bool, str, str]:
    """Whether an alignment is grave, what is left and what it says."""
    standard = {"confound": "file format", "n_values": 2, "nmi": 0.9, "ami": 0.9, "purity": 0.9}
    found = Alignment(**{**standard, **changes})  # type: ignore[arg-type]
    (row,) = describe_alignments(make_result(TWO, alignments=(found,)))
    return row.is_grave, row.left, row.reading


@pytest.mark.parametrize(
    ("changes", "grave", "left", "words"),
    [
        ({"decided": 0.2}, False, "–", "decides 0.20 of them: does not explain them alone"),  # noqa: RUF001
        ({"decided": 1.0}, False, "–", "decides 1.00 of them: too few images to ask"),  # noqa: RUF001
        ({"decided": 0.95, "left": 0.08}, True, "0.08", "may be all that separates them"),
        ({"decided": 0.5, "left": 0.28, "is_crossed": False}, False, "0.28", "part of what separates them"),
        ({"decided": 1.0, "left": 0.02, "kind": "content"}, True, "0.02", "may be all that separates them"),
        ({"left": 0.93}, False, "0.93", "found again without it"),
        ({"decided": 1.0, "left": 0.0, "is_crossed": False}, True, "cannot tell", "these images cannot tell"),
        ({"left": 0.0, "kind": "history"}, False, "0.00", "technology itself"),
        ({"decided": -0.3}, False, "–", "decides 0.00 of them: does"),  # noqa: RUF001
        ({"decided": 0.9, "kind": "history"}, False, "–", "technology itself"),  # noqa: RUF001
        ({"kind": "claim", "left": 0.0}, False, "0.00", "a hint"),
    ],
)
def test_reads_alignments(changes: dict[str, object], grave: bool, left: str, words: str) -> None:
    found = read(**changes)
    assert found[:2] == (grave, left)
    assert words in found[2]


def test_a_single_cluster_aligns_with_nothing() -> None:
    assert describe_alignments(make_result([0] * 5)) == ()


@pytest.mark.parametrize(
    ("alignment", "dies_without", "verdict", "classes"),
    [
        (Alignment("size", 2, 1, 1, 1, left=0.1, decided=1.0), ("size",), "dies without size", "grave dead"),
        (
            Alignment("size", 2, 1, 1, 1, left=0.0, decided=1.0, is_crossed=False),
            ("size",),
            "may be size alone: its sides share no value of it, so these images cannot tell",
            "grave",
        ),
        (
            Alignment("JPEG quality", 2, 1, 1, 1, "history", left=0.0, decided=1.0),
            (),
            "stands: it goes with JPEG quality, but a file's past is technology itself",
            None,
        ),
        (Alignment("size", 2, 0.1, 0, 1, decided=0.1), (), "stands: nothing that was checked takes it away", None),
    ],
)
def test_says_what_a_split_dies_of(
    alignment: Alignment, dies_without: tuple[str, ...], verdict: str, classes: str | None
) -> None:
    audit = Audit((), (SplitAudit(JOIN, 12, (alignment,), dies_without),))
    result = make_result(TWO, audit=audit)
    assert [row.verdict for row in describe_split_audits(result)] == [verdict]
    html = draw_report(result)
    assert verdict.replace("'", "&#39;") in html
    rows = [found.get("class") for found in Page(html).find("tr") if str(found.get("class")).startswith("grave")]
    assert rows == ([classes] if classes else [])


def test_shows_claims_with_their_evidence() -> None:
    claims = ClaimsAudit(
        (ClaimCount(0, "camera", tuple((f"Camera {number}", 20 - number) for number in range(11))),),
        tuple(Contradiction(number % 12, "camera", "<b>", -1, 0, "", 3.25, "Noise <i>.") for number in range(120)),
    )
    page = Page(html := draw_report(make_result(TWO, audit=Audit(claims=claims))))
    assert html.index('id="audit"') < html.index('id="claims"') < html.index('id="files"')
    assert "12 files claim what the pixels do not support" in page.text
    assert "The first 100 are listed" in page.text
    assert "and 3 values more" in page.text
    assert len([found for found in page.find("li") if "data-image" in found]) == 100
    assert len(page.find("a", href="#claims")) == 1
    assert "<i>" not in html
    assert 'id="claims"' not in draw_report(make_result(TWO))


def test_shows_what_survives() -> None:
    fragility = Fragility(
        9,
        ("JPEG 90", "cut"),
        (0.9, 0.45),
        (FamilySurvival("noise", "JPEG 90", 0.6),),
        (SplitSurvival(JOIN, "cut", 0.2),),
        ("Clusters 0 and 1 do not survive.",),
    )
    html = draw_report(make_result(TWO, fragility=fragility))
    text = Page(html).text
    table = html[html.index('class="survival"') :]
    table = table[: table.index("</table>")]
    assert table.count("<b>lost</b>") == 2
    assert table.count("<b>weaker</b>") == 1
    assert table.count("not measured") == 2
    assert "Clusters 0 and 1 do not survive." in text
    assert 'id="fragility"' not in draw_report(make_result(TWO))


def test_known_technologies_are_crossed_and_listed() -> None:
    html = draw_report(make_result(TWO, known=("scanner", "", *["phone"] * 10)))
    table = html[html.index('id="crossing-known"') :]
    assert "phone" in table[: table.index("</table>")]
    assert '<th scope="col">Known</th>' in html
    assert not Page(draw_report(make_result(TWO))).find("table", id="crossing-known")


def test_the_command_makes_the_run_again() -> None:
    settings = {
        "inputs": ["my photos/index.csv"],
        "content": "scene; rm -rf .",
        "covariates": "size, age",
        "known": "style",
        "clusters": 4,
        "families": ["noise"],
        "axis": "acquisition",
        "windows": "all",
        "reading": {"most_pixels": 20_000_000, "most_bytes": 4_000_000_000, "seconds": 60.0, "damaged": "measure"},
        "privacy": True,
    }
    words = ["forensic-style", "cluster", "my photos/index.csv", "--content", "scene; rm -rf .", "--known", "style"]
    words += ["--covariates", "size, age", "--clusters", "4", "--families", "noise", "--axis", "acquisition"]
    words += ["--windows", "all", "--max-megapixels", "20", "--timeout", "60", "--damaged", "measure", "--privacy"]
    assert shlex.split(write_command(settings)) == [*words, "--out", "again"]


def test_the_command_leaves_out_what_is_usual() -> None:
    settings = {"inputs": ["a"], "content": "names of folders", "covariates": 0, "known": False, "clusters": "auto"}
    assert write_command(settings) == "forensic-style cluster a --content-from-folders --out again"
    assert write_command({"clusters": "auto"}) == ""
    hidden = {"inputs": ["[hidden]", "[hidden]"], "content": None, "privacy": True}
    assert write_command(hidden) == "forensic-style cluster INPUT --privacy --out again"


def test_names_the_same_digest_and_libraries_as_the_run() -> None:
    result = make_result(TWO)
    making, described = describe_making(result), describe_table(result.table)
    assert making.digest == described["input"]["sha256_of_images"]
    assert {name for name, _ in making.versions} == {"forensic_style", "Python", *LIBRARIES}
    assert making.digest in Page(draw_report(result)).text


def test_says_what_is_hidden() -> None:
    assert "Left out for sharing" in draw_report(make_result(TWO, settings={"privacy": True}))
    assert "Left out for sharing" not in draw_report(make_result(TWO))
