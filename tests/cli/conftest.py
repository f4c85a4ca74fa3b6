"""The command as tests call it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from forensic_style.cli import main
from tests.cli import Outcome, Run
from tests.samples import write_image


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call the command; gives exit code, stdout, stderr."""

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["forensic-style", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def ten(tmp_path: Path) -> Path:
    for seed in range(10):
        write_image(tmp_path / "ten" / f"{seed}.png", seed=seed)
    (tmp_path / "ten.csv").write_text("path,scene\n" + "".join(f"ten/{seed}.png,sea\n" for seed in range(10)))
    (tmp_path / "nameless.csv").write_text("file\nten/0.png\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "text.jpg").write_text("no image")
    return tmp_path
