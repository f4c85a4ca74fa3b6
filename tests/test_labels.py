"""Labels in every form that a user may give."""

from __future__ import annotations

import pytest

import forensic_style as fs
from forensic_style.labels import read_labels
from tests.samples import RENDERINGS, measure


class Series:
    """As pandas has it, as far as it is read: positions for numbers, paths in the index."""

    def __init__(self, values: dict[str, str | None]) -> None:
        self.index, self._values = list(values), values

    def to_dict(self) -> dict[str, str | None]:
        return self._values

    def __len__(self) -> int:
        return len(self._values)


def test_all_forms_say_the_same() -> None:
    table = measure(RENDERINGS)
    expected = table.read_labels("object")
    by_path = dict(reversed(list(zip(table.paths, expected, strict=True))))
    assert read_labels(table, "object") == expected
    assert read_labels(table, expected) == expected
    assert read_labels(table, by_path) == expected
    assert read_labels(table, Series(by_path)) == expected
    assert read_labels(table, None) is None


def test_unknown_labels_are_blank() -> None:
    table = measure(RENDERINGS)
    assert read_labels(table, {table.paths[1]: "boat", "other.png": "car"})[:3] == ["", "boat", ""]  # type: ignore[index]


def test_a_wrong_number_says_of_what() -> None:
    with pytest.raises(fs.ForensicStyleError, match=r"There are 48 images and 2 known styles\. Give one"):
        fs.cluster(measure(RENDERINGS), known=["a", "b"])
