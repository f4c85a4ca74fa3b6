"""The structure of JPEG files as a fingerprint: how they are written, whatever they show and claim."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import forensic_style as fs
from forensic_style.errors import FamilyError, TableError
from forensic_style.families.jpeg_structure import FAMILY, METADATA, TABLES
from forensic_style.image import DecodedImage
from forensic_style.jpeg import parse_jpeg
from tests.families import show_file
from tests.jpeg.build import EOI, SOI, frame, huffman, picture, quantization, scan, segment

ORIENTATION, MAKE, MODEL = 274, 271, 272


def draw_picture(seed: int = 0, side: int = 64) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def encode(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def compute(data: bytes) -> NDArray[np.float64]:
    return FAMILY.compute(show_file(data))


def measure(group: str, data: bytes) -> NDArray[np.float64]:
    return compute(data)[[column.split(".")[1] == group for column in FAMILY.columns]]


def claim(**values: object) -> bytes:
    """A file whose Exif says so."""
    exif = Image.Exif()
    exif.update({{"orientation": ORIENTATION, "make": MAKE, "model": MODEL}[name]: v for name, v in values.items()})
    return encode(draw_picture(), exif=exif)


def test_dimension_is_307() -> None:
    assert compute(encode(draw_picture())).shape == (307,) == (FAMILY.dimension,)


def test_it_sees_files_and_needs_jpeg() -> None:
    assert (FAMILY.sees, FAMILY.needs_jpeg) == ("file", True)
    with pytest.raises(FamilyError, match=r"synthetic\.png has no JPEG structure"):
        FAMILY.compute(DecodedImage("synthetic.png", "", 0, "PNG", np.zeros((32, 32), dtype=np.uint8)))


def test_exif_orientation_does_not_matter() -> None:
    np.testing.assert_array_equal(compute(claim(orientation=1)), compute(claim(orientation=6)))


def test_make_and_model_do_not_matter() -> None:
    one, other = claim(make="A", model="B"), claim(make="A maker of a long name", model="C" * 200)
    assert one != other
    np.testing.assert_array_equal(compute(one), compute(other))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0, "quality": 93}])
def test_the_picture_and_its_size_do_not_matter(options: dict[str, object]) -> None:
    one, other = encode(draw_picture(0, 64), **options), encode(draw_picture(1, 120), **options)
    np.testing.assert_array_equal(compute(one), compute(other))


def test_a_picture_without_tables_is_as_quality_100() -> None:
    data = SOI + frame() + scan() + EOI
    for group in ("luma", "chroma", "luma_ratio", "chroma_ratio", "distance"):
        assert not measure(group, data).any()
    assert measure("quality", data).tolist() == [100]


def test_steps_are_logarithms_by_frequency() -> None:
    steps = [1] * 64
    steps[1], steps[2], steps[63] = 2, 32, 128  # in zigzag order: horizontal 1, vertical 1, the last
    data = SOI + quantization(0, steps) + huffman(0) + huffman(1) + frame() + scan() + EOI
    luma = measure("luma", data).reshape(8, 8)
    assert (luma[0, 1], luma[1, 0], luma[7, 7], luma.sum()) == (1, 5, 7, 13)
    np.testing.assert_array_equal(measure("chroma", data), luma.ravel())  # grey: luma stands in


@pytest.mark.parametrize("quality", [40, 75, 90])
def test_standard_tables_are_at_their_own_quality_and_no_distance(quality: int) -> None:
    data = encode(draw_picture(), quality=quality)
    assert measure("quality", data).tolist() == [quality]
    for group in ("distance", "luma_ratio", "chroma_ratio"):
        assert not measure(group, data).any()


def test_tables_of_its_own_have_a_distance_and_a_shape() -> None:
    doubled = [[16 + 8 * (number % 5) for number in range(64)]] * 2
    data = encode(draw_picture(), qtables=doubled)
    assert measure("distance", data)[0] > 0.3
    assert np.abs(measure("luma_ratio", data)).max() > 0.5


@pytest.mark.parametrize(("name", "expected"), [("4:4:4", [0, 0]), ("4:2:2", [1, 0]), ("4:2:0", [1, 1])])
def test_sampling_is_the_logarithm_of_luma_over_chroma(name: str, expected: list[float]) -> None:
    assert measure("sampling", encode(draw_picture(), subsampling=name)).tolist() == expected


def test_grey_files_have_one_component_and_no_lower_resolution_of_colour() -> None:
    data = encode(draw_picture().convert("L"))
    assert measure("components", data).tolist() == [1]
    assert measure("sampling", data).tolist() == [0, 0]


def test_coding_is_told() -> None:
    plain, optimized = encode(draw_picture()), encode(draw_picture(), optimize=True)
    progressive = encode(draw_picture(), progressive=True)
    arithmetic = (Path(__file__).parent.parent / "files" / "arithmetic.jpg").read_bytes()
    assert [measure("progressive", data)[0] for data in (plain, progressive)] == [0, 1]
    assert [measure("huffman", data)[0] for data in (plain, optimized, progressive)] == [1, 0, 0]
    assert [measure("arithmetic", data)[0] for data in (plain, arithmetic)] == [0, 1]


def test_restart_interval_is_a_logarithm() -> None:
    assert measure("restart", picture()).tolist() == [0]
    assert measure("restart", picture(segment(0xDD, b"\0\x07"))).tolist() == [3]


def test_what_lies_behind_and_beside_the_picture_is_told() -> None:
    data = encode(draw_picture())
    jfif = b"JFIF\0\x01\x02\0\0\x01\0\x01"
    assert measure("thumbnail", picture(segment(0xE0, jfif + b"\x01\x01abc"))).tolist() == [1]
    assert measure("thumbnail", picture(segment(0xE0, jfif + b"\0\0"))).tolist() == [0]
    behind = [data, data + b"text", data + data]
    assert [(measure("trailing", one)[0], measure("further", one)[0]) for one in behind] == [(0, 0), (1, 0), (1, 1)]


def test_grouping_of_tables_is_the_logarithm_of_segments() -> None:
    # Pillow: two DQT, one SOF, four DHT; the tables in one segment each where they are joined by hand
    assert dict(zip(TABLES, measure("segments", encode(draw_picture())), strict=True)) == pytest.approx(
        {"DQT": np.log2(3), "SOF": 1, "DHT": np.log2(5), "DRI": 0, "COM": 0}
    )
    joined = segment(0xDB, quantization(0)[4:] + quantization(1)[4:])
    data = SOI + joined + huffman(0) + huffman(1) + frame() + scan() + EOI
    assert measure("segments", data)[TABLES.index("DQT")] == 1


def test_kinds_of_metadata_and_applications_are_counted_once() -> None:
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")
    extension = segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0")
    maker = [segment(0xE5, b"maker"), segment(0xE6, b"maker")]
    data = picture(segment(0xE1, b"Exif\0\0"), xmp, extension, extension, *maker, segment(0xEE, b"Adobe"))
    present = [kind for kind, there in zip(METADATA, measure("metadata", data), strict=True) if there]
    assert present == ["Exif", "XMP", "Adobe", "other"]
    assert measure("applications", data) == pytest.approx(np.log2(1 + 6))  # Exif, XMP, its extension, two, Adobe
    assert measure("applications", picture()).tolist() == [0]


def test_order_of_segments_is_a_sign_per_pair() -> None:
    jfif, exif = segment(0xE0, b"JFIF\0"), segment(0xE1, b"Exif\0\0")
    one, other = measure("order", picture(jfif, exif)), measure("order", picture(exif, jfif))
    assert (one[0], other[0]) == (1, -1)
    np.testing.assert_array_equal(one[1:], other[1:])
    first, last = (
        SOI + before + frame() + after + huffman(0) + huffman(1) + scan() + EOI
        for before, after in ((quantization(), b""), (b"", quantization()))
    )
    changed = np.flatnonzero(measure("order", first) != measure("order", last))
    assert (measure("order", first)[changed].tolist(), measure("order", last)[changed].tolist()) == ([1], [-1])


def test_segments_behind_the_first_scan_do_not_count() -> None:
    data = picture()
    assert data.endswith(EOI)
    late = data[:-2] + segment(0xFE, b"late") + scan() + EOI
    np.testing.assert_array_equal(measure("segments", late), measure("segments", data))


@pytest.fixture
def mixed(tmp_path: Path) -> fs.FingerprintTable:
    """Twelve JPEG files of two qualities and four lossless files."""
    for seed in range(12):
        (tmp_path / f"{seed:02}.jpg").write_bytes(encode(draw_picture(seed), quality=60 if seed % 2 else 90))
    for seed in range(12, 16):
        draw_picture(seed).save(tmp_path / f"{seed}.png")
    return fs.extract(tmp_path)


def test_values_are_the_same_for_every_window_and_missing_where_there_is_no_jpeg(mixed: fs.FingerprintTable) -> None:
    table = mixed.select_families(["jpeg_structure"])
    assert table.missing[:, 0].tolist() == [not path.endswith("jpg") for path in table.paths]
    assert table.per_file.all()
    for image in range(16):
        rows = table.values[table.groups == image]
        np.testing.assert_array_equal(rows, np.broadcast_to(rows[0], rows.shape))
    assert parse_jpeg(encode(draw_picture(0), quality=90)).estimated_quality == table.images[0].jpeg_quality == 90


def test_the_family_alone_finds_encoders(mixed: fs.FingerprintTable) -> None:
    table = mixed.select_images(range(12))
    result = fs.cluster(table, families=["jpeg_structure"], n_clusters=2)
    assert {tuple(result.labels[::2]), tuple(result.labels[1::2])} == {(0,) * 6, (1,) * 6}
    assert result.confidences == pytest.approx(1)
    qualities = {"last JPEG quality 90", "last JPEG quality 60"}
    words = {group.more for group in FAMILY.groups} | {group.less for group in FAMILY.groups} | qualities
    assert qualities <= {trait.words for traits in result.traits for trait in traits} <= words
    assert any("agree by definition" in warning for warning in result.warnings)
    again = result.assign(table.select_families(["jpeg_structure"]))
    np.testing.assert_array_equal(again.clusters, result.labels)


def test_images_without_it_are_told_of(mixed: fs.FingerprintTable) -> None:
    result = fs.cluster(mixed, families=["jpeg_structure"], n_clusters=2)
    assert any(warning.startswith("4 images have none of the families jpeg_structure") for warning in result.warnings)
    with pytest.raises(TableError, match="None of the images has the families jpeg_structure: they exist for JPEG"):
        fs.cluster(mixed.select_images(range(12, 16)), families=["jpeg_structure"])


def test_lossless_files_join_a_run_of_jpeg_files(mixed: fs.FingerprintTable) -> None:
    result = fs.cluster(mixed, n_clusters=3)
    again = result.assign(mixed)
    np.testing.assert_array_equal(again.clusters, result.labels)
    assert np.isfinite(again.confidences).all()
