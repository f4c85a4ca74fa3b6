"""Files of real encoders: what the parser says equals what Pillow, or the maker of the file, says."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from forensic_style.jpeg import JpegStructure, parse_jpeg, read_jpeg_structure

TOP = Path(__file__).parents[2]
FILES = TOP / "tests" / "files"
SAMPLES = sorted((TOP / "data_samples").glob("*/images/*.jpg"))
PIXELS = np.random.default_rng(0).integers(0, 256, (40, 56, 4), dtype=np.uint8)


def draw(mode: str) -> Image.Image:
    n_channels = len(Image.new(mode, (1, 1)).getbands())
    return Image.fromarray(PIXELS[:, :, 0] if n_channels == 1 else PIXELS[:, :, :n_channels].copy(), mode)


def save(mode: str = "RGB", **options: Any) -> bytes:
    file = io.BytesIO()
    draw(mode).save(file, "JPEG", **options)
    return file.getvalue()


def compare(data: bytes) -> JpegStructure:
    """Parse; size, frame, tables and metadata are Pillow's."""
    structure = parse_jpeg(data)
    assert structure.problems == ()
    with Image.open(io.BytesIO(data)) as image:
        assert (structure.columns, structure.rows) == image.size
        assert structure.is_progressive == bool(image.info.get("progressive"))
        layers = [(part.identifier, part.horizontal, part.vertical, part.table) for part in structure.components]
        assert layers == image.layer
        assert structure.adobe_transform == image.info.get("adobe_transform")
        assert image.info.get("exif", b"").removeprefix(b"Exif\0\0") == structure.exif
        last = {table.number: table.steps.ravel().tolist() for table in structure.quantization_tables}
        assert last == image.quantization
    return structure


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_sample(path: Path) -> None:
    structure = compare(path.read_bytes())
    assert structure.estimated_quality is not None


def test_there_are_samples() -> None:
    assert len(SAMPLES) >= 36


@pytest.mark.parametrize(("subsampling", "sampling"), [(0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")])
@pytest.mark.parametrize("is_progressive", [False, True])
def test_sampling_and_scans(subsampling: int, sampling: str, *, is_progressive: bool) -> None:
    structure = compare(save(subsampling=subsampling, progressive=is_progressive))
    assert structure.sampling == sampling
    assert structure.process == ("progressive" if is_progressive else "baseline")
    assert len(structure.scans) == (10 if is_progressive else 1)
    assert structure.has_standard_huffman == (not is_progressive)


def test_optimized_huffman_tables_are_not_standard() -> None:
    structure = compare(save(optimize=True))
    assert not structure.has_standard_huffman
    standard = compare(save())
    assert [table.is_standard for table in standard.huffman_tables] == 4 * [True]
    assert {(table.kind, table.number) for table in standard.huffman_tables} == {
        ("dc", 0),
        ("ac", 0),
        ("dc", 1),
        ("ac", 1),
    }


@pytest.mark.parametrize(("interval", "n_restarts"), [(1, 11), (4, 2), (5, 2), (12, 0)])
def test_restarts(interval: int, n_restarts: int) -> None:
    structure = compare(save(restart_marker_blocks=interval))  # 4 x 3 units of 16 x 16 samples
    assert (structure.restart_interval, structure.n_restarts) == (interval, n_restarts)


def test_tables_of_ones_own() -> None:
    tables = [list(range(1, 65)), list(range(64, 0, -1)), [7] * 64]
    structure = compare(save(qtables=tables))
    assert structure.luma_table is not None
    assert structure.chroma_table is not None
    assert structure.luma_table.ravel().tolist() == tables[0]
    assert structure.chroma_table.ravel().tolist() == tables[1]
    assert (structure.quality_distance or 0) > 0.5


def test_grey_and_ink() -> None:
    assert compare(save("L")).sampling == "grey"
    ink = compare(save("CMYK"))
    assert (ink.sampling, len(ink.components), ink.adobe_transform) == ("4:4:4", 4, 0)


def test_red_green_and_blue_kept() -> None:
    structure = compare(save(keep_rgb=True))
    assert (structure.adobe_transform, structure.sampling) == (0, "4:4:4")


def test_metadata() -> None:
    exif = Image.Exif()
    exif[271] = "maker"
    data = save(exif=exif, comment=b"words", icc_profile=bytes(70000), xmp=b"<x/>", dpi=(72, 72))
    structure = compare(data)
    identities = [segment.identity for segment in structure.applications]
    assert sorted(identities) == ["Exif", "ICC", "ICC", "JFIF", "XMP"]
    assert (structure.n_comments, structure.has_thumbnail) == (1, False)
    for segment in structure.applications:
        assert data[segment.offset : segment.offset + 2] == bytes([0xFF, 0xE0 + segment.number])


def test_several_pictures_in_one_file() -> None:
    file = io.BytesIO()
    draw("RGB").save(file, "MPO", save_all=True, append_images=[draw("RGB"), draw("RGB")])
    structure = compare(file.getvalue())
    assert structure.n_further_pictures == 2
    assert "MPF" in {segment.identity for segment in structure.applications}
    end = len(file.getvalue()) - structure.n_trailing
    assert compare(file.getvalue()[:end]).n_further_pictures == 0


ODD_FILES = {
    "arithmetic": ("extended", True, 8, "4:2:0", 75),
    "progressive_arithmetic": ("progressive", True, 8, "4:2:0", 75),
    "restart": ("baseline", False, 8, "4:2:0", 75),
    "tables_of_16_bit": ("extended", False, 8, "4:2:0", 1),
    "rgb": ("baseline", False, 8, "4:4:4", 75),
    "twelve_bit": ("extended", False, 12, "grey", 75),
    "lossless": ("lossless", False, 8, "grey", None),
}


@pytest.mark.parametrize("name", ODD_FILES)
def test_odd_file(name: str) -> None:
    structure = read_jpeg_structure(FILES / f"{name}.jpg")
    found = (structure.process, structure.is_arithmetic, structure.precision, structure.sampling)
    assert (*found, structure.estimated_quality) == ODD_FILES[name]
    assert structure.quality_distance in (0, None)
    assert (structure.rows, structure.columns, structure.problems, structure.n_trailing) == (48, 48, (), 0)
    assert bool(structure.conditioning) == structure.is_arithmetic
    assert structure.n_restarts == (4 if name == "restart" else 0)  # 3 x 3 units of 16 x 16, an interval of two


def test_every_odd_file_is_tested_and_told_of() -> None:
    words = (FILES / "README.md").read_text(encoding="utf-8")
    for path in FILES.glob("*.jpg"):
        assert path.stem in ODD_FILES
        assert f"`{path.name}`" in words
