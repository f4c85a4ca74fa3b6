"""Readings of one image, and the windows that disagree with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import forensic_style as fs
from forensic_style import inspection
from forensic_style.errors import ImageReadError, ParameterError
from forensic_style.family import Drawing, FingerprintFamily, Reading, Strength
from forensic_style.image import DecodedImage, WindowPixels
from forensic_style.inspection import find_middle, name_place
from forensic_style.windows import Window
from tests.phantoms import compress, develop, draw_scene
from tests.samples import write_image

ODD = 200  # grey level of the window that disagrees


def _read_level(pixels: WindowPixels) -> tuple[Reading, ...]:
    """The 60th percentile of the levels, not below 10; sure of itself from 100 on."""
    level = float(np.percentile(pixels.luma, 60))
    if level < 10:
        return (Reading("level", "too dark", "none"),)
    strength: Strength = "certain" if level >= 200 else "clear" if level >= 100 else "likely"
    return (Reading("level", f"level {level:.0f}", strength, "", level, tolerance=0.2),)


def _draw_level(pixels: WindowPixels) -> tuple[Drawing, ...]:
    return (Drawing("Level", "map", pixels.luma.astype(np.float64), "Bright is bright."),)


LEVEL = replace(fs.CATALOGUE[0], name="level", title="Level", read=_read_level, draw=_draw_level)


@pytest.fixture
def level(monkeypatch: pytest.MonkeyPatch) -> FingerprintFamily:
    monkeypatch.setattr(inspection, "choose_families", lambda names, axis: (LEVEL,))
    return LEVEL


def _write(path: Path, quarters: list[int]) -> Path:
    """An image of four levels, one in each of its windows, left to right and top to bottom."""
    levels = np.array(quarters, dtype=np.uint8).reshape(2, 2)
    Image.fromarray(np.kron(levels, np.ones((64, 64), np.uint8))).save(path)
    return path


@pytest.mark.usefixtures("level")
def test_a_window_that_is_sure_of_something_else_disagrees(tmp_path: Path) -> None:
    found = fs.inspect(_write(tmp_path / "a.png", [110, 112, 111, ODD]))
    assert [one.reading.words for one in found.findings] == ["level 112"]
    assert [(one.n_agreeing, one.n_silent, one.n_disagreeing) for one in found.findings] == [(3, 0, 1)]
    assert [(one.window.number, one.place) for one in found.disagreements] == [(3, "bottom right")]
    assert [reading.words for reading in found.disagreements[0].readings] == [f"level {ODD}"]


@pytest.mark.usefixtures("level")
def test_windows_within_the_tolerance_agree_and_unsure_ones_do_not_disagree(tmp_path: Path) -> None:
    found = fs.inspect(_write(tmp_path / "a.png", [110, 120, 5, 40]))
    assert [(one.n_agreeing, one.n_silent, one.n_disagreeing) for one in found.findings] == [(3, 1, 0)]
    assert found.disagreements == ()


@pytest.mark.usefixtures("level")
def test_a_sure_window_disagrees_with_an_image_that_shows_nothing(tmp_path: Path) -> None:
    found = fs.inspect(_write(tmp_path / "a.png", [5, 5, 5, ODD]))
    assert found.findings[0].reading.words == "too dark"
    assert [one.window.number for one in found.disagreements] == [3]
    assert fs.inspect(_write(tmp_path / "b.png", [5, 5, 5, 150])).disagreements == ()


def test_what_differs_from_place_to_place_is_no_disagreement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local = replace(LEVEL, read=lambda pixels: tuple(replace(one, is_local=True) for one in _read_level(pixels)))
    monkeypatch.setattr(inspection, "choose_families", lambda names, axis: (local,))
    assert fs.inspect(_write(tmp_path / "a.png", [110, 112, 111, ODD])).disagreements == ()


@pytest.mark.usefixtures("level")
def test_drawings_only_where_they_are_wanted(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.png", [5, 5, 5, ODD])
    assert [(family.name, drawing.title) for family, drawing in fs.inspect(path).drawings] == [("level", "Level")]
    assert fs.inspect(path, drawings=False).drawings == ()


def test_a_part_with_another_history_is_named(tmp_path: Path) -> None:
    scene = develop(draw_scene(3, 512, 520))
    whole = compress(scene, 60)[:, :512].copy()
    whole[256:, 256:] = compress(scene, 85)[3:259, 5:261]
    Image.fromarray(whole).save(tmp_path / "a.png")
    found = fs.inspect(tmp_path / "a.png", drawings=False)
    by_subject = {one.reading.subject: one for one in found.findings}
    assert by_subject["block grid"].reading.estimate == (0, 0)
    assert by_subject["block grid"].n_disagreeing == 1
    assert by_subject["last JPEG quality"].reading.estimate == pytest.approx(60, abs=3)
    assert [(one.window.number, one.place) for one in found.disagreements] == [(3, "bottom right")]
    words = {reading.subject: reading.estimate for reading in found.disagreements[0].readings}
    assert words["block grid"] == (5, 3)
    assert words["last JPEG quality"] == pytest.approx(85, abs=3)


def test_families_of_files_read_the_file_and_are_silent_elsewhere(tmp_path: Path) -> None:
    Image.fromarray(np.full((64, 64), 9, np.uint8)).save(tmp_path / "a.jpg", quality=83)
    found = fs.inspect(tmp_path / "a.jpg", families=["jpeg_structure"])
    tables = found.findings[0].reading
    assert (tables.estimate, tables.strength) == (83, "certain")
    assert found.findings[0].n_agreeing == 0
    assert [drawing.title for _, drawing in found.drawings] == ["Quantization table of luma"]
    assert fs.inspect(write_image(tmp_path / "a.png"), families=["jpeg_structure"]).findings == ()


def test_every_subject_is_read_once_and_every_reading_is_worded(tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (96, 96, 3), np.uint8)).save(tmp_path / "a.jpg")
    findings = fs.inspect(tmp_path / "a.jpg").findings
    subjects = [one.reading.subject for one in findings]
    assert len(set(subjects)) == len(subjects)
    for one in findings:
        assert one.reading.words
        assert (one.reading.estimate is None) or one.reading.strength != "none"


def test_what_cannot_be_read_or_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("this is not an image")
    with pytest.raises(ImageReadError, match="No image format is recognised"):
        fs.inspect(tmp_path / "text.jpg")
    with pytest.raises(ParameterError, match="There is no family 'wavelets'"):
        fs.inspect(write_image(tmp_path / "a.png"), families=["wavelets"])


@pytest.mark.usefixtures("level")
def test_a_very_large_image_is_noted_to_be_read_in_its_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _write(tmp_path / "a.png", [110, 110, 110, 110])
    assert fs.inspect(path).image.notes == ()
    monkeypatch.setattr(inspection, "MOST_SAMPLES", 5000)
    assert "read of its middle" in fs.inspect(path).image.notes[-1]


def test_of_a_very_large_image_the_middle_is_read() -> None:
    assert find_middle(4000, 6000) == Window(0, 0, 0, 4000, 6000)
    narrow = find_middle(32, 1_600_000)
    assert (narrow.height, narrow.width) == (32, 1_600_000 * (24 / 51.2) ** 0.5 // 1)
    middle = find_middle(12_000, 8_000)
    assert (middle.height, middle.width) == (6000, 4000)
    assert (middle.top, middle.left) == (3000 // 16 * 16, 2000)


@pytest.mark.parametrize(
    ("top", "left", "place"),
    [(0, 0, "top left"), (448, 448, "middle"), (448, 896, "right"), (896, 448, "bottom"), (896, 0, "bottom left")],
)
def test_places_are_named_by_thirds(top: int, left: int, place: str) -> None:
    assert name_place(Window(0, top, left, 128, 128), 1024, 1024) == place


def test_readings_leave_the_image_alone(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.png", seed=3)
    found = fs.inspect(path)
    np.testing.assert_array_equal(found.image.pixels, np.asarray(Image.open(path)))
    assert isinstance(found.image, DecodedImage)
