"""`embed` where the extra is not installed, or nothing else is right either: sentences, not traces."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from forensic_style.cli import main
from forensic_style.embedding import embed, list_layers
from forensic_style.errors import ParameterError
from tests.samples import write_image


@pytest.fixture
def no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("onnx", "onnxruntime"):
        monkeypatch.setitem(sys.modules, name, None)


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["forensic-style", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


@pytest.mark.usefixtures("no_extra")
def test_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    image = write_image(tmp_path / "a.png")
    with pytest.raises(ParameterError, match=r"Run: pip install 'forensic_style\[deep\]'"):
        embed(image, tmp_path / "net.onnx")
    with pytest.raises(ParameterError, match=r"Run: pip install 'forensic_style\[deep\]'"):
        list_layers(tmp_path / "net.onnx")
    out = tmp_path / "a.parquet"
    assert call(monkeypatch, "embed", image, "--onnx", tmp_path / "net.onnx", "--out", out) == 1
    assert "pip install 'forensic_style[deep]'" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "Name the images (INPUT...) and the table (--out FILE.parquet), or --list-layers"),
        (["a.png", "--out", "a.csv"], "--out takes a name that ends in .parquet. Got 'a.csv' instead"),
        (["a.png", "--out", "a.parquet", "--size", "1.5"], "--size takes a whole number of pixels from 1 on"),
        (["a.png", "--out", "a.parquet", "--size", "1,2,3"], "--size takes a number of pixels, or rows and columns"),
        (["a.png", "--out", "a.parquet", "--mean", "a,b"], "--mean takes numbers, separated by commas. Got 'a,b'"),
        (["a.png", "--out", "a.parquet", "--scale", "0"], "mean and scale must be finite, no scale 0"),
        (["a.png", "--out", "a.parquet", "--crops", "corner"], "crops must be one of centre, windows"),
    ],
)
def test_wrong_options_are_usage_errors(
    given: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    assert call(monkeypatch, "embed", "--onnx", "net.onnx", *given) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_other_words_that_are_wrong_are_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    image = write_image(tmp_path / "a.png")
    (tmp_path / "there.parquet").write_bytes(b"something")
    asked = ["embed", image, "--onnx", "net.onnx", "--out"]
    assert call(monkeypatch, *asked, tmp_path / "a.parquet", "--pool", "max") == 1
    assert "There is no pooling 'max'" in capsys.readouterr().err
    assert call(monkeypatch, *asked, tmp_path / "there.parquet") == 1
    assert "already exists. Name another, or give --force" in capsys.readouterr().err
    with pytest.raises(ParameterError, match=r"jobs must be at least 1. Got 0 instead"):
        embed(image, "net.onnx", jobs=0)
