"""The page and the table of images to label next."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from forensic_style.errors import TableError
from forensic_style.report.suggestions import draw_suggestions, save_suggestions
from forensic_style.suggestion import suggest
from tests.report import make_result

HOSTILE = '<script>alert(1)</script>"\u202e.jpg'


def test_page_shows_pictures_and_reasons() -> None:
    result = make_result([0] * 6 + [1] * 6)
    suggestions = suggest(result, 3)
    page = draw_suggestions(suggestions, {suggestions[0].path: b"JPEG"})
    assert "3 images to label next" in page
    assert page.count("data:image/jpeg;base64,SlBFRw==") == page.count('alt="to label"')
    assert "no picture kept" in page
    for one in suggestions:
        assert one.path in page
        assert one.reason in page


def test_page_is_alone_and_names_are_text() -> None:
    result = make_result([0] * 3 + [1] * 3, paths=[f"{number}{HOSTILE}" for number in range(6)])
    page = draw_suggestions(suggest(result, 6), {})
    assert "<script" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_table_waits_for_answers(tmp_path: Path) -> None:
    suggestions = suggest(make_result([0] * 6 + [1] * 6), 4)
    save_suggestions(suggestions, tmp_path)
    with open(tmp_path / "suggest.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["path", "cluster", "confidence", "reason", "known"]
    assert [row["path"] for row in rows] == [one.path for one in suggestions]
    assert {row["known"] for row in rows} == {""}
    assert (tmp_path / "suggest.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_answers_are_not_overwritten(tmp_path: Path) -> None:
    suggestions = suggest(make_result([0, 0, 1, 1]), 2)
    (tmp_path / "suggest.csv").write_text("answers")
    with pytest.raises(TableError, match=r"already holds suggest.csv, in which there may be answers. Give --force"):
        save_suggestions(suggestions, tmp_path)
    assert (tmp_path / "suggest.csv").read_text() == "answers"
    save_suggestions(suggestions, tmp_path, force=True)
    assert (tmp_path / "suggest.csv").read_text() != "answers"


def test_thumbnails_come_from_the_run(tmp_path: Path) -> None:
    result = make_result([0, 0, 1, 1])
    suggestions = suggest(result, 1)
    shown = [replace(image, thumbnail=b"JPEG") for image in result.table.images]
    replace(result.table, images=tuple(shown)).save(tmp_path / "fingerprints")
    save_suggestions(suggestions, tmp_path)
    assert "base64,SlBFRw==" in (tmp_path / "suggest.html").read_text(encoding="utf-8")
    (part,) = (tmp_path / "fingerprints").iterdir()
    part.write_bytes(b"no table")
    with pytest.raises(TableError, match=r"part-.* cannot be read"):
        save_suggestions(suggestions, tmp_path, force=True)
