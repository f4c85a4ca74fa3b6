"""`inspect`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.cli import Run
from tests.samples import write_image


def test_inspect_says_what_is_read_and_writes_a_page(run: Run, tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (96, 128, 3), np.uint8)).save(tmp_path / "a.jpg")
    code, out, err = run("inspect", tmp_path / "a.jpg", "--out", tmp_path / "a.html")
    assert code == 0, err
    assert "128 x 96, 8 bit, JPEG sequential 4:2:0" in " ".join(out.split())
    assert "saved with standard quantization tables of quality 75" in out
    assert "processing" in out
    assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    code, _, err = run("inspect", tmp_path / "a.jpg", "--out", tmp_path / "a.html")
    assert (code, "exists. Name another, or give --force" in err) == (1, True)
    assert run("inspect", tmp_path / "a.jpg", "--out", tmp_path / "a.html", "--force")[0] == 0


def test_inspect_says_so_where_families_have_nothing_to_say(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("inspect", write_image(tmp_path / "a:smile:.png"), "--families", "spam")
    assert code == 0
    assert "These families read nothing in a single image of this kind." in out
    assert "a:smile:.png" in out


def test_inspect_refuses_what_is_no_image(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("this is not an image")
    code, out, err = run("inspect", tmp_path / "a.jpg")
    assert (code, out) == (1, "")
    assert "No image format is recognised" in err
    assert run("inspect", tmp_path / "none.jpg")[0] == 1
