"""What the README says is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

import forensic_style as fs
from forensic_style.cli import app
from forensic_style.errors import REASONS

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def read_table(header: str) -> list[list[str]]:
    lines = README.split(header, 1)[1].splitlines()[2:]
    end = next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[:end]]


def test_commands_are_those_of_the_program() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert sorted(row[0] for row in read_table("| command | does |")) == sorted(commands)


def test_family_table_is_the_catalogue() -> None:
    rows = read_table("| family | axis | columns | cost | measures |")
    assert rows == [
        [family.name, family.axis, str(family.dimension), f"{family.cost:.2f}", family.title] for family in fs.CATALOGUE
    ]


def test_reasons_of_skipped_images_are_the_closed_list() -> None:
    assert {row[0]: row[1] for row in read_table("| reason in `skipped.csv` | means |")} == REASONS
    sources = "".join(path.read_text() for path in Path(fs.__file__).parent.rglob("*.py"))
    used = set(re.findall(r'reason="(\w+)"', sources)) | set(re.findall(r'    reason = "(\w+)"', sources))
    assert {"not_an_image", "truncated", "too_small", "timeout", "crashed"} <= used <= set(REASONS)


def test_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data_samples").symlink_to(Path(__file__).parent.parent / "data_samples")
    monkeypatch.chdir(tmp_path)
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example is not None
    exec(compile(example[1], "README.md", "exec"), {})
    assert (tmp_path / "run-from-python" / "report.html").exists()


def test_python_example_has_five_lines() -> None:
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example is not None
    assert len([line for line in example[1].splitlines() if line]) == 5
