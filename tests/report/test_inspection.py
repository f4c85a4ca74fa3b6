"""The page of one image."""

from __future__ import annotations

import base64
import io
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import forensic_style as fs
from forensic_style.errors import TableError
from forensic_style.family import Drawing, Reading
from forensic_style.image import DecodedImage
from forensic_style.inspection import Disagreement, Finding, Inspection
from forensic_style.report import check_page, draw_inspection, save_page
from forensic_style.report.inspection import describe_inspection, list_readings, summarize_readings
from forensic_style.windows import Window
from tests.report.markup import Page

FAMILY = fs.CATALOGUE[0]
NASTY = '<script>alert("x")</script>'


def _build(path: str = "a.png", drawings: tuple[Drawing, ...] = (), estimate: float | None = 2.0) -> Inspection:
    reading = Reading("noise", f"noise {path}", "clear" if estimate else "none", "a detail", estimate)
    windows = tuple(Window(number, 0, 0, 32, 32) for number in range(4))
    return Inspection(
        image=DecodedImage(path, "ab" * 32, 1234, "PNG", np.zeros((64, 64), np.uint8), claims={"make": path}),
        windows=windows,
        findings=(Finding(FAMILY, reading, 2, 1, 1),),
        disagreements=(Disagreement(windows[3], "bottom right", (reading,)),),
        drawings=tuple((FAMILY, drawing) for drawing in drawings),
        thumbnail=b"",
    )


def test_names_and_claims_cannot_bring_markup_or_scripts() -> None:
    page = draw_inspection(_build(NASTY))
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 4
    Page(page)


def test_readings_are_lines_with_the_windows_that_agree() -> None:
    (line,) = list_readings(_build())
    assert (line.words, line.strength) == ("noise a.png", "clear")
    assert line.detail == "a detail; 2 of 4 windows agree, 1 show nothing"
    (line,) = list_readings(_build(estimate=None))
    assert (line.strength, line.detail) == ("", "a detail")


def test_the_summary_joins_what_was_not_found() -> None:
    found, missing = _build(), _build(estimate=None)
    both = replace(found, findings=(*missing.findings, *found.findings, *missing.findings))
    lines = [(line.words, line.strength, line.detail) for line in summarize_readings(both)]
    assert lines == [
        ("noise a.png", "clear", "a detail; 2 of 4 windows agree, 1 show nothing"),
        ("noise a.png; noise a.png", "", ""),
    ]


def test_windows_that_disagree_are_a_sentence_each() -> None:
    page = describe_inspection(_build())
    assert page.warnings == ("Window 3 (bottom right) disagrees with the rest: noise a.png.",)


def test_acquisition_comes_before_processing() -> None:
    both = replace(
        _build(), findings=tuple(Finding(replace(FAMILY, axis=axis), _read(axis), 0, 0, 0) for axis in _AXES)
    )
    assert [line.axis for line in list_readings(both)] == sorted(_AXES)


_AXES = ("processing", "acquisition")


def _read(axis: str) -> Reading:
    return Reading(axis, axis, "none")


def test_a_map_is_a_picture_from_dark_to_bright() -> None:
    values = np.tile(np.linspace(-3, 3, 1000), (500, 1))
    (exhibit,) = describe_inspection(_build(drawings=(Drawing("M", "map", values, "note"),))).exhibits
    picture = Image.open(io.BytesIO(base64.b64decode(exhibit.source.split(",")[1])))
    pixels = np.asarray(picture)
    assert picture.size == (640, 320)
    assert (pixels[0, 0], pixels[0, -1]) == (0, 255)
    assert abs(int(pixels[0, 320]) - 128) < 3
    flat = describe_inspection(_build(drawings=(Drawing("M", "map", np.ones((5, 7)), "note"),))).exhibits[0]
    assert Image.open(io.BytesIO(base64.b64decode(flat.source.split(",")[1]))).size == (7 * 6, 5 * 6)


def test_cells_hold_their_numbers_darker_where_they_are_larger() -> None:
    drawing = Drawing("C", "cells", np.array([[0.0, 2500.0], [1.25, 1000.0]]), "note")
    (exhibit,) = describe_inspection(_build(drawings=(drawing,))).exhibits
    assert [[cell.text for cell in row] for row in exhibit.cells] == [["0", "2,500"], ["1.25", "1,000"]]
    assert [cell.shade for cell in exhibit.cells[0]] == [0, 45]


def test_a_curve_has_its_points_in_the_frame_and_round_ticks() -> None:
    drawing = Drawing("V", "curve", np.array([[16.0, 1.0], [128.0, 2.0], [240.0, 3.0]]), "note", ("grey", "noise"))
    (exhibit,) = describe_inspection(_build(drawings=(drawing,))).exhibits
    curve = exhibit.curve
    assert curve is not None
    assert curve.dots[0] == (curve.left, pytest.approx(curve.floor - (curve.floor - 12) / 3, abs=0.1))
    assert curve.dots[-1] == (curve.right, 12)
    assert [text for _, text in curve.across] == ["50", "100", "150", "200"]
    assert [text for _, text in curve.up] == ["0", "1", "2", "3"]


def test_a_curve_of_one_point_can_be_drawn() -> None:
    drawing = Drawing("V", "curve", np.array([[128.0, 0.0]]), "note", ("grey", "noise"))
    Page(draw_inspection(_build(drawings=(drawing,))))


def test_the_page_of_a_real_file_is_sound_and_loads_nothing(tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8)).save(tmp_path / "a.jpg")
    page = draw_inspection(fs.inspect(tmp_path / "a.jpg"))
    Page(page)
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page)
    assert "certain" in page


def test_existing_files_and_the_image_itself_are_not_replaced(tmp_path: Path) -> None:
    image, page = tmp_path / "a.png", tmp_path / "a.html"
    image.write_bytes(b"image")
    check_page(page, image)
    save_page(_build(), page)
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    with pytest.raises(TableError, match=r"exists. Name another, or give --force"):
        check_page(page, image)
    check_page(page, image, force=True)
    with pytest.raises(TableError, match="is the image itself"):
        check_page(image, image, force=True)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TableError, match="cannot be written there"):
        check_page(tmp_path / "pipe", image, force=True)
    (tmp_path / "pipe").unlink()
    with pytest.raises(TableError, match="cannot be written: File name too long"):
        save_page(_build(), tmp_path / ("a" * 300))
    with pytest.raises(TableError, match="cannot be written there"):
        check_page(tmp_path / "none" / "a.html", image)
    with pytest.raises(TableError, match="cannot be written there"):
        check_page(tmp_path, image, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "a.png"]
