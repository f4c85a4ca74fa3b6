"""Properties of many images are those of all at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forensic_style.audit.alignment import align
from forensic_style.audit.properties import list_properties
from forensic_style.large import properties
from forensic_style.large.properties import PropertyReader
from forensic_style.table import ImageRecord
from tests.large.tables import draw_table


def read(images: tuple[ImageRecord, ...], content: list[str] | None) -> PropertyReader:
    reader = PropertyReader(len(images), has_content=content is not None)
    for start in range(0, len(images), 7):
        part = slice(start, start + 7)
        reader.read(images[part], None if content is None else content[part], start)
    return reader


@pytest.mark.parametrize("has_content", [True, False])
def test_alignments_are_those_of_all_at_once(has_content: bool) -> None:
    table = draw_table(60)
    images = tuple(
        replace(image, jpeg_quality=90 + place % 2 if image.format == "JPEG" else None)
        for place, image in enumerate(table.images)
    )
    content = [label if place % 5 else "" for place, label in enumerate(table.read_labels("object"))]
    content = content if has_content else None
    labels = np.array([int(name[1]) for name in table.read_labels("technology")])
    chosen = np.arange(60) % 4 > 0
    rows = np.flatnonzero(chosen)
    expected = list_properties(
        [images[row] for row in rows], None if content is None else [content[row] for row in rows]
    )
    found = read(images, content).finish(chosen)
    assert [one.name for one in found] == [one.name for one in expected]
    assert {"file format", "brightness", "JPEG quality"} <= {one.name for one in found}
    for one, other in zip(found, expected, strict=True):
        assert align(one, labels[chosen]) == align(other, labels[chosen])


def test_rare_words_count_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(properties, "MOST_VALUES", 2)
    monkeypatch.setattr(properties, "MOST_WORDS", 4)
    images = draw_table(9).images
    words = ["b", "b", "a", "a", "c", "", "d", "e", "f"]  # e and f come when four are known already
    found = {one.name: one for one in read(images, words).finish(np.ones(9, dtype=bool))}["content"]
    assert found.codes.tolist() == [1, 1, 0, 0, 2, -1, 2, 2, 2]
