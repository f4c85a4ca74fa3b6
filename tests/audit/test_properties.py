"""Properties of files in words and numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forensic_style.audit.properties import bin_numbers, list_properties
from forensic_style.table import ImageRecord

PLAIN = ImageRecord(path="one/a.jpg", sha256="0" * 64, format="JPEG", rows=100, columns=200, n_bytes=1)


def test_every_property_is_listed_in_a_fixed_order() -> None:
    other = ImageRecord(
        path="two/b.png",
        sha256="1" * 64,
        format="PNG",
        rows=100,
        columns=300,
        n_bytes=1,
        bit_depth=16,
        claims={"make": "B", "date": "2021:03:04 05:06:07", "software": "edit"},
        jpeg_quality=80,
        jpeg_sampling="4:2:0",
        brightness=2.0,
        sharpness=0.5,
        texture=3.0,
    )
    one = replace(
        PLAIN,
        claims={"make": "A", "model": "1", "date": "2020-01-01", "software": "firmware"},
        jpeg_quality=90,
        jpeg_sampling="4:4:4",
        brightness=1.0,
        sharpness=0.25,
        texture=1.0,
    )
    found = list_properties([one, other], ["cat", "dog"])
    assert [(each.name, each.kind) for each in found] == [
        ("file format", "file"),
        ("image size", "file"),
        ("megapixels", "file"),
        ("bit depth", "file"),
        ("JPEG quality", "history"),
        ("JPEG sampling", "history"),
        ("brightness", "looks"),
        ("sharpness", "looks"),
        ("texture", "looks"),
        ("content", "content"),
        ("folder", "context"),
        ("capture date", "context"),
        ("claimed camera", "claim"),
        ("claimed software", "claim"),
    ]
    assert all(each.n_values == 2 for each in found)


def test_what_does_not_vary_or_is_unknown_is_left_out() -> None:
    assert list_properties([PLAIN, PLAIN], ["", "cat"]) == ()
    assert list_properties([]) == ()


def test_an_image_on_its_side_has_the_same_size() -> None:
    assert list_properties([PLAIN, replace(PLAIN, rows=200, columns=100)]) == ()


@pytest.mark.parametrize(
    ("date", "is_known"),
    [("2020:01:02 03:04:05", True), ("2020-1-2", True), ("0000:00:00", True), ("yesterday", False), ("", False)],
)
def test_days_are_read_whatever_stands_between(date: str, *, is_known: bool) -> None:
    images = [replace(PLAIN, claims={"date": text}) for text in ("1999:12:31", "1998:12:31", date)]
    (found,) = list_properties(images)
    assert found.known.tolist() == [True, True, is_known]


def test_days_are_compared_without_their_hours() -> None:
    images = [replace(PLAIN, claims={"date": f"2020:01:02 {hour:02d}:00:00"}) for hour in range(5)]
    assert list_properties(images) == ()


def test_bins_hold_about_equally_many_and_equal_numbers_stay_together() -> None:
    assert np.bincount(bin_numbers(np.arange(64.0))).tolist() == [8] * 8
    assert np.bincount(bin_numbers(np.arange(20.0))).tolist() == [10, 10]
    tied = np.array([5.0] * 50 + list(range(14)))
    assert len(set(bin_numbers(tied)[tied == 5].tolist())) == 1
    assert bin_numbers(np.array([np.nan, 3.0])).tolist() == [-1, 0]


def test_selection_bins_numbers_anew() -> None:
    images = [replace(PLAIN, brightness=float(number)) for number in range(64)]
    (found,) = list_properties(images)
    assert found.n_values == 8
    assert found.select(np.arange(8)).codes.tolist() == list(range(8))
