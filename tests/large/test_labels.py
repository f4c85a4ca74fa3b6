"""Labels of many images, read a few at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forensic_style.errors import ParameterError, TableError
from forensic_style.large.labels import Asked
from tests.large.tables import draw_table


def test_columns_and_mappings_give_the_same() -> None:
    table = draw_table(6)
    labels = table.read_labels("object")
    by_path = dict(zip(table.paths, labels, strict=True))
    for given in ("object", by_path):
        asked = Asked.of(given, given, ())
        assert asked.read_content(table.images) == labels
        assert asked.read_known(table.images[2:4]) == labels[2:4]
    assert Asked.of({table.paths[0]: "sea"}, None, ()).read_content(table.images[:2]) == ["sea", ""]
    assert Asked().read_content(table.images) is None


def test_an_image_may_lack_a_column_that_the_sample_has() -> None:
    table = draw_table(3)
    blank = replace(table.images[1], labels={})
    images = (table.images[0], blank, replace(table.images[2], labels={"iso": "100", "object": "sea"}))
    mixed = replace(table, images=images)
    asked = Asked.of("object", None, ["iso"])
    assert asked.read_content(mixed.images) == [table.images[0].labels["object"], "", "sea"]
    np.testing.assert_array_equal(asked.read_covariates(mixed), [[np.nan], [np.nan], [100]])


def test_what_cannot_be_read_is_told() -> None:
    with pytest.raises(ParameterError, match=r"content of many images must be a column .* Got list instead"):
        Asked.of(["sea", "sky"], None, ())
    with pytest.raises(TableError, match="no column 'scene'"):
        Asked.of("scene", None, ()).check(draw_table(2))
