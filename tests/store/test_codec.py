"""Outcomes as bytes and back."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from forensic_style.measuring import KnownImage, MeasuredImage, Outcome
from forensic_style.store import decode_outcome, encode_outcome
from forensic_style.table import ImageRecord, SkippedImage
from forensic_style.windows import Window

RECORD = ImageRecord(
    "a ü\n.jpg",
    "ab" * 32,
    "JPEG",
    30,
    40,
    1234,
    notes=("one", "two"),
    labels={"scene": "sea"},
    thumbnail=b"\x00\xff",
    bit_depth=16,
    claims={"make": "Müller"},
    jpeg_quality=90,
    jpeg_sampling="4:2:0",
    brightness=1 / 3,
    sharpness=1e-300,
    texture=None,
)
VALUES = np.array([[0.1, -1e-38, 3], [np.float32(1) / 3, 5, 3e38]], dtype=np.float32)
MEASURED = MeasuredImage(
    RECORD, (Window(0, 0, 16, 32, 32), Window(1, 16, 0, 32, 32)), VALUES, np.array([True, False]), ("tone", "spam")
)


def test_an_image_comes_back_to_the_last_bit() -> None:
    back = decode_outcome(encode_outcome(MEASURED))
    assert isinstance(back, MeasuredImage)
    assert (back.record, back.windows, back.families) == (MEASURED.record, MEASURED.windows, MEASURED.families)
    assert back.values.dtype == np.float32
    np.testing.assert_array_equal(back.values, MEASURED.values)
    np.testing.assert_array_equal(back.missing, MEASURED.missing)
    assert len(fields(MeasuredImage)) == 5  # a new one belongs in the comparison above


def test_an_image_without_columns_comes_back() -> None:
    empty = replace(MEASURED, values=np.empty((2, 0), np.float32), missing=np.empty(0, bool), families=())
    back = decode_outcome(encode_outcome(empty))
    assert isinstance(back, MeasuredImage)
    assert back.values.shape == (2, 0)


@pytest.mark.parametrize(
    "outcome",
    [SkippedImage("a", "damaged", "words"), KnownImage("a", "00", {"scene": "sea"}), KnownImage("b", "")],
)
def test_other_outcomes_come_back(outcome: Outcome) -> None:
    assert decode_outcome(encode_outcome(outcome)) == outcome


def test_equal_outcomes_have_equal_bytes() -> None:
    assert encode_outcome(MEASURED) == encode_outcome(replace(MEASURED, values=np.asfortranarray(MEASURED.values)))
