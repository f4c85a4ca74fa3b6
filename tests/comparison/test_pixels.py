"""Methods that see the pixels of the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import forensic_style as fs
from forensic_style.baselines.methods import METHODS, Method, MethodResult, MethodTask
from forensic_style.comparison import compare
from forensic_style.errors import ParameterError
from tests.samples import write_image


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[MethodTask]:
    """Tasks that a method which looks at patches was given; it clusters by their strength."""
    tasks: list[MethodTask] = []

    def run(task: MethodTask) -> MethodResult:
        tasks.append(task)
        assert task.patches is not None
        strengths = np.array(
            [task.patches.values[task.patches.images == number].std() for number in range(len(task.X))]
        )
        return MethodResult((strengths > np.median(strengths)).astype(np.intp), 0.1)

    monkeypatch.setitem(METHODS, "eyes", Method("eyes", "strength of residuals", frozenset({"patches"}), run))
    return tasks


def write_images(folder: Path) -> Path:
    """Eight images of two strengths of noise, and a small one that no patch fits into."""
    rows = ["path,style"]
    for number in range(8):
        write_image(folder / f"{number}.png", seed=number, side=160, sigma=(4.0, 12.0)[number % 2])
        rows.append(f"{number}.png,{('fine', 'coarse')[number % 2]}")
    write_image(folder / "8.png", side=80)
    (folder / "truth.csv").write_text("\n".join([*rows, "8.png,fine"]) + "\n")
    return folder / "truth.csv"


def test_methods_that_see_pixels_get_patches_of_the_files(tmp_path: Path, seen: list[MethodTask]) -> None:
    truth = write_images(tmp_path)
    table = fs.extract(truth, families=["tone"])
    other = fs.extract(truth, families=["noise"])
    comparison = compare({"tone": table, "noise": other}, truth, column="style", methods=["eyes", "ward"])
    (task,) = seen
    titles = ["pixels of tone, strength of residuals", "tone, Ward's tree", "noise, Ward's tree"]
    assert [entry.title for entry in comparison.entries] == titles
    assert task.patches is not None
    assert len(task.X) == 8
    assert task.patches.values.shape[0] == 8 * 4
    entry = comparison.entries[0]
    assert entry.found.labels.tolist() == [0, 1] * 4 + [-1]
    assert entry.found.notes == ("1 image of no cluster: no patch of the files could be read.",)
    assert 0.5 < entry.ari < 1


def test_without_files_there_are_no_patches(tmp_path: Path, seen: list[MethodTask]) -> None:
    truth = write_images(tmp_path)
    table = fs.extract(truth, families=["tone"])
    labels = dict(zip(table.paths, table.read_labels("style"), strict=True))
    with pytest.raises(ParameterError, match="'eyes' needs patches of the images"):
        compare([table], labels, methods=["eyes"])
    for image in table.paths:
        (tmp_path / image).unlink()
    with pytest.raises(ParameterError, match="None of the files of the images can be read"):
        compare([table], truth, column="style", methods=["eyes"])
    assert not seen
