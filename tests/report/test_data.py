"""What the page holds for its scripts: values worked out by hand, and budgets that hold."""

from __future__ import annotations

import base64
import dataclasses
import json
from importlib.resources import files

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.family import Group
from forensic_style.report import data, draw_report
from forensic_style.report.scripting import SCRIPTS, load_script, write_policy
from forensic_style.result import ClusterResult
from forensic_style.table import FamilyRecord
from tests.report import make_result
from tests.report.markup import Page

FAMILY = FamilyRecord(
    "noise", "Noise", "acquisition", 3, (Group("level", 2, "value", "noise"), Group("one", 1, "value", "one"))
)


def measure(
    labels: list[int], values: NDArray[np.float32], missing: NDArray[np.bool_] | None = None, **changes: object
) -> ClusterResult:
    """A result whose table holds these values, one window per image."""
    result = make_result(labels, **changes)
    if missing is None:
        missing = np.zeros((len(labels), 1), dtype=bool)
    table = dataclasses.replace(result.table, families=(FAMILY,), values=values, missing=missing)
    return dataclasses.replace(result, table=table)


def decode(column: dict[str, object]) -> list[int]:
    return list(base64.b64decode(str(column["codes"])))


def test_columns_become_bytes_from_their_low_to_their_high() -> None:
    values = np.array([[0, 5, 1], [127, 5, 3], [254, 5, 2]], dtype=np.float32)
    columns = data.collect_data(measure([0, 0, 1], values))["columns"]
    assert [column["name"] for column in columns] == ["noise.level.0", "noise.one.0"]  # one that never varies is left
    assert [column["label"] for column in columns] == ["noise, 1", "one"]
    low, high = np.percentile([0, 127, 254], [1, 99])
    assert (columns[0]["low"], columns[0]["high"]) == pytest.approx((low, high))
    assert decode(columns[0]) == [0, 127, 254]
    assert decode(columns[1]) == [0, 254, 127]


def test_missing_values_have_a_byte_of_their_own() -> None:
    values = np.array([[0, 0, 0], [1, 1, 1], [9, 9, 9]], dtype=np.float32)
    (column, *_) = data.collect_data(measure([0, 1, 0], values, np.array([[False], [False], [True]])))["columns"]
    assert decode(column) == [0, 254, 255]
    assert (column["low"], column["high"]) == pytest.approx((0.01, 0.99))


def test_strength_is_the_share_of_variance_between_clusters() -> None:
    values = np.array([[0, 0, 0], [0, 2, 1], [4, 2, 3], [4, 4, 4]], dtype=np.float32)
    columns = data.collect_data(measure([0, 0, 1, 1], values))["columns"]
    # By hand, second: mean 2, total 4 + 0 + 0 + 4, between 2 (1 - 2)^2 + 2 (3 - 2)^2; third: mean 2, 10 and 9.
    assert [column["strength"] for column in columns] == [1, 0.5, 0.9]


def test_many_images_keep_the_columns_that_go_most_with_the_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "MOST_VALUES", 8)
    values = np.array([[0, 0, 0], [0, 2, 1], [4, 2, 3], [4, 4, 4]], dtype=np.float32)
    columns = data.collect_data(measure([0, 0, 1, 1], values))["columns"]
    assert [column["name"] for column in columns] == ["noise.level.0", "noise.one.0"]


def test_windows_of_an_image_are_averaged() -> None:
    result = measure([0, 1], np.zeros((2, 3), dtype=np.float32))
    table = dataclasses.replace(
        result.table,
        values=np.array([[0, 0, 0], [2, 0, 0], [3, 0, 0], [3, 0, 0]], dtype=np.float32),
        groups=np.array([0, 0, 1, 1]),
        windows=np.tile(result.table.windows[:1], (4, 1)),
    )
    (column,) = data.quantize_columns(table, np.array([0, 1]))
    assert (column["low"], column["high"]) == pytest.approx((1.02, 2.98))


def test_thumbnails_are_held_once_and_evenly_over_the_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.array([0, 0, 0, 0, 1, 1, -1])
    images = make_result(labels.tolist(), thumbnail=b"x" * 30).table.images
    assert list(data.choose_thumbnails(images, labels, {0, 4})) == [1, 2, 3, 5, 6]
    monkeypatch.setattr(data, "MOST_THUMBNAILS", 120)  # 40 bytes each in base64
    assert list(data.choose_thumbnails(images, labels, {0})) == [1, 4, 6]
    assert list(data.choose_thumbnails(images, labels, {0, 4, 6})) == [1, 2, 5]


def test_the_page_holds_no_thumbnail_twice() -> None:
    html = draw_report(make_result([0] * 40 + [1] * 30, thumbnail=b"\xff\xd8 no JPEG"))
    page = Page(html)
    on_sheets = {found["data-image"] for found in page.find("figure", **{"class": "picture"})}
    assert on_sheets
    assert not on_sheets & set(page.data["thumbnails"])


def test_claims_are_words_of_the_images() -> None:
    result = make_result([0, 0, 1])
    images = (dataclasses.replace(result.table.images[0], claims={"software": " GIMP "}), *result.table.images[1:])
    result = dataclasses.replace(result, table=dataclasses.replace(result.table, images=images))
    words = data.list_words(result)
    assert words["claimed software"] == ["GIMP", "", ""]
    assert "claimed camera" not in words


def test_data_cannot_end_its_element() -> None:
    nasty = "</script><script>alert(1)</script><!--.png"
    html = draw_report(make_result([0, 0, 1], paths=[nasty, "b\udc80", "c\u202e"], content=(nasty, "&", "'")))
    assert html.count("</script>") == 2
    assert Page(html).data["paths"] == [nasty, "b\udc80", "c\u202e"]
    assert json.dumps(nasty) not in html


def test_every_script_of_the_folder_is_in_the_page_once() -> None:
    folder = files("forensic_style.report").joinpath("scripts")
    assert sorted(SCRIPTS) == sorted(file.name.removesuffix(".js") for file in folder.iterdir())
    assert SCRIPTS[0] == "state"
    assert SCRIPTS[-1] == "start"
    assert all(folder.joinpath(f"{name}.js").read_text(encoding="utf-8") in load_script() for name in SCRIPTS)


def test_policy_names_the_script_by_its_hash() -> None:
    empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="  # SHA-256 of nothing, as everywhere
    assert f"script-src 'sha256-{empty}'" in write_policy("")
    assert "default-src 'none'" in write_policy("")
