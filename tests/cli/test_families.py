"""`families`."""

from __future__ import annotations

import forensic_style as fs
from tests.cli import Run


def test_families_lists_the_catalogue(run: Run) -> None:
    code, out, _ = run("families")
    assert code == 0
    rows = [line.split() for line in out.splitlines()[1:] if line[:1].strip() and not line.startswith("Cost")]
    assert [row[0] for row in rows] == [family.name for family in fs.CATALOGUE]
    assert [row[2] for row in rows] == [str(family.dimension) for family in fs.CATALOGUE]


def test_families_tells_all_about_those_named(run: Run) -> None:
    code, out, _ = run("families", "spam", "noise")
    assert code == 0
    assert [line.split(":")[0] for line in out.splitlines() if line[:1].isalpha() and ":" in line] == ["noise", "spam"]
    assert "Cannot tell: An image from its negative" in out
    assert "Pevny, Bas, Fridrich" in out
    assert "straight 100 histogram grain" in " ".join(out.split())
    code, _, err = run("families", "wavelets")
    assert (code, "There is no family 'wavelets'" in " ".join(err.split())) == (2, True)
