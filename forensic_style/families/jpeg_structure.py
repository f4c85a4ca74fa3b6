"""How a JPEG file is written: tables, sampling, order of segments. The picture in it does not matter."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from forensic_style.errors import FamilyError
from forensic_style.family import Citation, Drawing, FingerprintFamily, Group, Reading
from forensic_style.image import DecodedImage
from forensic_style.jpeg import JpegStructure, find_nearest_standard

N_STEPS = 64
METADATA = ("JFIF", "Exif", "XMP", "ICC", "MPF", "Adobe", "JUMBF", "other")
TABLES = ("DQT", "SOF", "DHT", "DRI", "COM")
_SAME_KIND = {"XMP extension": "XMP"}  # whether an encoder needs one depends on what it has to say
_ORDERED = METADATA[:6]  # JUMBF and unknown segments stand anywhere


def _measure_tables(structure: JpegStructure) -> list[NDArray[np.float64] | list[float]]:
    """Logarithms of the steps (64 + 64) and of their ratio to standard ones (64 + 64), quality (1), distance (1)."""
    nearest = find_nearest_standard(structure)
    if nearest is None or structure.luma_table is None:  # lossless: as if all steps were 1, the tables of quality 100
        return [np.zeros(4 * N_STEPS), [100.0, 0.0]]
    luma = _take_logarithms(structure.luma_table)
    luma_ratio = luma - _take_logarithms(nearest.luma)
    chroma, chroma_ratio = luma, luma_ratio
    if structure.chroma_table is not None and nearest.chroma is not None:
        chroma = _take_logarithms(structure.chroma_table)
        chroma_ratio = chroma - _take_logarithms(nearest.chroma)
    return [luma, chroma, luma_ratio, chroma_ratio, [float(nearest.quality), nearest.distance]]


def _take_logarithms(steps: NDArray[np.uint16]) -> NDArray[np.float64]:
    return np.log2(np.maximum(steps, 1).astype(np.float64)).ravel()


def _measure_sampling(structure: JpegStructure) -> list[float]:
    """Binary logarithm of samples of luma per sample of chroma, horizontally and vertically; 0 for a grey image."""
    if len(structure.components) < 2:
        return [0.0, 0.0]
    luma, chroma = structure.components[:2]
    ratios = (luma.horizontal / max(1, chroma.horizontal), luma.vertical / max(1, chroma.vertical))
    return [float(np.log2(max(ratio, 1 / 16))) for ratio in ratios]


def _list_kinds(structure: JpegStructure) -> list[str]:
    """Kinds of the segments before the first scan, in order."""
    identities = {application.offset: application.identity for application in structure.applications}
    kinds = []
    for marker in structure.markers:
        if marker.name == "SOS":
            break
        identity = identities.get(marker.offset)
        if identity is not None:
            kind = _SAME_KIND.get(identity, identity)
            kinds.append(kind if kind in METADATA else "other")
        else:
            kinds.append("SOF" if marker.name.startswith("SOF") else marker.name)
    return kinds


def _measure_order(kinds: list[str], pairs: list[tuple[str, str]]) -> list[float]:
    """1 where the first of the one comes before the first of the other, -1 behind it, 0 where one is not there."""
    first = {kind: place for place, kind in reversed(list(enumerate(kinds)))}
    return [
        0.0 if one not in first or other not in first else (1.0 if first[one] < first[other] else -1.0)
        for one, other in pairs
    ]


_PAIRS = [*combinations(_ORDERED, 2), *combinations(TABLES, 2)]


def compute(image: DecodedImage) -> NDArray[np.float64]:
    """Measure the structure of a JPEG file.

    `luma`, `chroma`: binary logarithm of the quantization steps of the first two components, rows of vertical
    frequency; `luma_ratio`, `chroma_ratio`: the same less that of the nearest scaled standard table; where there is no
    chroma table of its own (grey images; one table for all) the values of luma stand in. `quality`, `distance`: of
    that standard table. `sampling`: binary logarithm of luma's resolution over chroma's, horizontally and
    vertically. `components`: their number. `progressive`, `arithmetic`, `huffman` (all tables are those of the
    standard), `thumbnail`, `trailing`, `further`: 1 where so, otherwise 0. `restart`: log2(1 + interval).
    `segments`: log2(1 + number) of DQT, SOF, DHT, DRI and COM; `metadata`: which kinds of application segments are
    there; `order`: which comes first, for each pair of six of these kinds and of the tables; `applications`:
    log2(1 + number of different ones). Segments count up to the first scan.

    Neither the values of Exif take part nor anything that depends on what the picture shows or how large it is
    (only where an encoder sets restarts by rows, their interval follows the width).

    Returns
    -------
    float64 array, shape (307,). A lossless file without tables: all steps 1, quality 100, distance 0.

    Cost: below 1 ms per file, which has been parsed by then.

    Source: Kee, Johnson and Farid 2011, section II (tables, sampling, Huffman codes, thumbnail, Exif as far as it
    is there); ITU-T T.81, Annex B (markers) and K (standard tables). Differs from the paper: the logarithms of the
    steps instead of their identity, so that similar encoders lie near each other; no image dimensions; Exif only
    as a segment, not its directories.

    Raises
    ------
    FamilyError
        where the image is no JPEG file: then the family is missing, and nobody should ask.
    """
    structure = image.jpeg
    if structure is None:
        message = f"{image.path} has no JPEG structure. Ask for it only where there is one."
        raise FamilyError(message, family="jpeg_structure", path=image.path)
    kinds = _list_kinds(structure)
    flags = [
        structure.is_progressive,
        structure.is_arithmetic,
        structure.has_standard_huffman,
        structure.has_thumbnail,
        structure.n_trailing > 0,
        structure.n_further_pictures > 0,
    ]
    parts = [
        *_measure_tables(structure),
        _measure_sampling(structure),
        [float(len(structure.components))],
        np.array(flags, dtype=np.float64),
        [np.log2(1 + structure.restart_interval)],
        np.log2([1.0 + kinds.count(kind) for kind in TABLES]),
        [float(kind in kinds) for kind in METADATA],
        _measure_order(kinds, _PAIRS),
        [np.log2(1 + len({(one.number, one.identity) for one in structure.applications}))],
    ]
    return np.concatenate(parts)


def read(image: DecodedImage) -> tuple[Reading, ...]:
    """Say with which tables the file was written, how, and what else it holds. All of it stands in the file."""
    structure = image.jpeg
    if structure is None:
        return ()
    nearest = find_nearest_standard(structure)
    tables = Reading("quantization tables", "no quantization tables (lossless)", "none")
    if nearest is not None:
        words = f"saved with standard quantization tables of quality {nearest.quality}"
        detail = ""
        if nearest.distance > 0:
            words = f"saved with quantization tables of its own, near quality {nearest.quality}"
            detail = f"{nearest.distance:.2f} octaves from the standard's"
        tables = Reading("quantization tables", words, "certain", detail, float(nearest.quality))
    return tables, Reading("JPEG structure", ", ".join(_list_traits(structure)), "certain")


def _list_traits(structure: JpegStructure) -> list[str]:
    """What sets a file apart from the plainest JPEG file."""
    present = [
        ("Huffman tables of the standard", structure.has_standard_huffman),
        ("Huffman tables made for the image", not (structure.has_standard_huffman or structure.is_arithmetic)),
        ("arithmetic coding", structure.is_arithmetic),
        ("restart markers", structure.restart_interval > 0),
        ("a thumbnail", structure.has_thumbnail),
        (f"{structure.n_further_pictures} more pictures", structure.n_further_pictures > 0),
        (f"{structure.n_trailing:,} bytes behind the picture", structure.n_trailing > 0),
    ]
    kinds = dict.fromkeys(application.identity for application in structure.applications)
    metadata = [f"segments {', '.join(kinds)}"] if kinds else ["no metadata segments"]
    return [words for words, is_there in present if is_there] + metadata


def draw(image: DecodedImage) -> tuple[Drawing, ...]:
    """The quantization tables."""
    structure = image.jpeg
    if structure is None:
        return ()
    tables = [("luma", structure.luma_table), ("colour", structure.chroma_table)]
    note = "Step of each cosine mode: finest detail to the right and at the bottom."
    return tuple(
        Drawing(f"Quantization table of {name}", "cells", table.astype(np.float64), note)
        for name, table in tables
        if table is not None
    )


FAMILY = FingerprintFamily(
    name="jpeg_structure",
    title="JPEG file structure",
    axis="processing",
    version=1,
    groups=(
        Group("luma", N_STEPS, "value", "quantization of luma", "coarse quantization", "fine quantization"),
        Group(
            "chroma",
            N_STEPS,
            "value",
            "quantization of colour",
            "coarse quantization of colour",
            "fine quantization of colour",
        ),
        Group("luma_ratio", N_STEPS, "value", "the encoder's own table for luma"),
        Group("chroma_ratio", N_STEPS, "value", "the encoder's own table for colour"),
        Group(
            "quality",
            1,
            "value",
            "JPEG quality",
            "high JPEG quality",
            "low JPEG quality",
            quantity="last JPEG quality",
        ),
        Group(
            "distance",
            1,
            "value",
            "distance from standard quantization tables",
            "quantization tables of its own",
            "standard quantization tables",
        ),
        Group(
            "sampling",
            2,
            "value",
            "resolution of colour in the file",
            "colour stored at lower resolution",
            "colour stored at full resolution",
        ),
        Group("components", 1, "value", "components of the file", "stored in colour", "stored as grey"),
        Group(
            "progressive",
            1,
            "value",
            "progressive coding",
            "progressive JPEG",
            "sequential JPEG",
            quantity="progressive JPEG",
            threshold=0.5,
        ),
        Group(
            "arithmetic",
            1,
            "value",
            "arithmetic coding",
            "arithmetic coding",
            "Huffman coding",
            quantity="arithmetic coding",
            threshold=0.5,
        ),
        Group(
            "huffman",
            1,
            "value",
            "standard Huffman tables",
            "standard Huffman tables",
            "Huffman tables made for the image",
            quantity="standard Huffman tables",
            threshold=0.5,
        ),
        Group(
            "thumbnail",
            1,
            "value",
            "thumbnail in the file",
            "a thumbnail in the file",
            "no thumbnail in the file",
            quantity="thumbnail in the file",
            threshold=0.5,
        ),
        Group(
            "trailing",
            1,
            "value",
            "bytes behind the picture",
            "bytes behind the picture",
            "nothing behind the picture",
            quantity="bytes behind the picture",
            threshold=0.5,
        ),
        Group(
            "further",
            1,
            "value",
            "further pictures in the file",
            "further pictures in the file",
            "one picture in the file",
            quantity="further pictures in the file",
            threshold=0.5,
        ),
        Group("restart", 1, "value", "restart markers", "restart markers", "no restart markers"),
        Group(
            "segments",
            len(TABLES),
            "value",
            "grouping of tables into segments",
            "tables in many segments",
            "tables in few segments",
        ),
        Group(
            "metadata", len(METADATA), "value", "kinds of metadata", "many kinds of metadata", "few kinds of metadata"
        ),
        Group("order", len(_PAIRS), "value", "order of segments"),
        Group(
            "applications",
            1,
            "value",
            "applications that left a segment",
            "segments of many applications",
            "segments of few applications",
        ),
    ),
    smallest=(32, 32),
    sources=(
        Citation("Kee, Johnson, Farid", "Digital image authentication from JPEG headers", "IEEE TIFS 6(3)", 2011),
        Citation("ITU-T", "Recommendation T.81: digital compression of still images", "Annexes B and K", 1992),
    ),
    cannot_tell=(
        "Files re-saved by one program whatever their origin; cameras that share an encoder; anything once the file "
        "has been converted or its metadata stripped."
    ),
    measure=compute,
    sees="file",
    needs_jpeg=True,
    cost=0.02,
    read=read,
    draw=draw,
)
