"""Quality whose standard tables come nearest."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from forensic_style.jpeg import (
    ANNEX_K_CHROMA,
    ANNEX_K_LUMA,
    JpegStructure,
    find_nearest_standard,
    parse_jpeg,
    scale_annex_k,
)
from forensic_style.jpeg.segments import NATURAL_OF_ZIGZAG
from forensic_style.jpeg.structure import Steps
from tests.jpeg.build import EOI, SOI, frame, huffman, quantization, scan

COMPONENTS = ((1, 0x11, 0), (2, 0x11, 1))


def parse_tables(luma: Steps, chroma: Steps | None = None, *, bits: int = 8) -> JpegStructure:
    components = COMPONENTS[: 1 if chroma is None else 2]
    tables = [table for table in (luma, chroma) if table is not None]
    written = [
        quantization(number, table.ravel()[NATURAL_OF_ZIGZAG].tolist(), bits=bits)
        for number, table in enumerate(tables)
    ]
    scans = scan(components=[(number, 0) for number, _, _ in components])
    header = frame(0xC1, components=components)
    return parse_jpeg(b"".join((SOI, *written, huffman(0), huffman(1), header, scans, EOI)))


def test_scaled_steps_worked_by_hand() -> None:
    # quality 75: 50 %, (50 * 16 + 50) // 100 = 8, (50 * 11 + 50) // 100 = 6, (50 * 99 + 50) // 100 = 50
    assert scale_annex_k(ANNEX_K_LUMA, 75)[0, :2].tolist() == [8, 6]
    assert scale_annex_k(ANNEX_K_CHROMA, 75)[7, 7] == 50
    # quality 30: 5000 // 30 = 166 %, (166 * 16 + 50) // 100 = 27
    assert scale_annex_k(ANNEX_K_LUMA, 30)[0, 0] == 27
    assert np.unique(scale_annex_k(ANNEX_K_LUMA, 100)).tolist() == [1]
    assert np.unique(scale_annex_k(ANNEX_K_LUMA, 1)).tolist() == [255]
    assert scale_annex_k(ANNEX_K_LUMA, 1, largest=32767)[0, 0] == 800


def test_distance_worked_by_hand() -> None:
    luma = ANNEX_K_LUMA.copy()
    assert parse_tables(luma).quality_distance == 0
    luma[0, 0], luma[1, 1] = 32, 6  # from 16 and 12: two of 64 steps, one octave each, up and down
    structure = parse_tables(luma)
    assert structure.estimated_quality == 50
    assert structure.quality_distance == pytest.approx(math.sqrt(2 / 64), rel=1e-12)
    structure = parse_tables(luma, ANNEX_K_CHROMA)  # two of 128 steps
    assert structure.quality_distance == pytest.approx(math.sqrt(2 / 128), rel=1e-12)


def test_nearest_standard_tables_come_along() -> None:
    nearest = find_nearest_standard(parse_tables(ANNEX_K_LUMA + np.uint16(1), ANNEX_K_CHROMA))
    assert nearest is not None
    assert nearest.chroma is not None
    np.testing.assert_array_equal(nearest.luma, scale_annex_k(ANNEX_K_LUMA, nearest.quality))
    np.testing.assert_array_equal(nearest.chroma, scale_annex_k(ANNEX_K_CHROMA, nearest.quality))
    assert nearest.distance > 0


def test_no_two_qualities_have_the_same_luma_table() -> None:
    assert len({scale_annex_k(ANNEX_K_LUMA, quality).tobytes() for quality in range(1, 101)}) == 100


def test_one_table_for_both_is_compared_with_luma_alone() -> None:
    table = quantization(0, scale_annex_k(ANNEX_K_LUMA, 90).ravel()[NATURAL_OF_ZIGZAG].tolist())
    components = ((1, 0x11, 0), (2, 0x11, 0), (3, 0x11, 0))
    parts = (SOI, table, huffman(0), huffman(1), frame(components=components), scan(components=((1, 0), (2, 0))), EOI)
    nearest = find_nearest_standard(parse_jpeg(b"".join(parts)))
    assert nearest is not None
    assert (nearest.quality, nearest.distance, nearest.chroma) == (90, 0, None)


@pytest.mark.parametrize("quality", range(1, 25))
def test_wide_tables_are_compared_with_wide_ones(quality: int) -> None:
    tables = [scale_annex_k(table, quality, largest=32767) for table in (ANNEX_K_LUMA, ANNEX_K_CHROMA)]
    structure = parse_tables(*tables, bits=16)
    assert (structure.estimated_quality, structure.quality_distance) == (quality, 0)


def test_without_tables_there_is_no_quality_and_zero_steps_count_as_one() -> None:
    structure = parse_jpeg(SOI + frame(0xC3) + scan() + EOI)
    assert (structure.estimated_quality, structure.quality_distance) == (None, None)
    assert find_nearest_standard(structure) is None
    assert parse_tables(np.zeros((8, 8), np.uint16)).estimated_quality == 100


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_every_quality_of_pillow_is_found_exactly(mode: str) -> None:
    image = Image.new(mode, (16, 16), 99 if mode == "L" else (9, 99, 200))
    for quality in range(1, 101):
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        structure = parse_jpeg(file.getvalue())
        assert (structure.estimated_quality, structure.quality_distance) == (quality, 0)
