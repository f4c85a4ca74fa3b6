"""The structure of JPEG files, read without decoding them: markers, tables, scans, metadata, and what is wrong."""

from forensic_style.jpeg.parsing import parse_jpeg, read_jpeg_structure
from forensic_style.jpeg.quality import (
    ANNEX_K_CHROMA,
    ANNEX_K_LUMA,
    NearestStandard,
    find_nearest_standard,
    scale_annex_k,
)
from forensic_style.jpeg.structure import (
    ApplicationSegment,
    Component,
    Conditioning,
    HuffmanTable,
    JpegStructure,
    Marker,
    Problem,
    QuantizationTable,
    Scan,
)

__all__ = [
    "ANNEX_K_CHROMA",
    "ANNEX_K_LUMA",
    "ApplicationSegment",
    "Component",
    "Conditioning",
    "HuffmanTable",
    "JpegStructure",
    "Marker",
    "NearestStandard",
    "Problem",
    "QuantizationTable",
    "Scan",
    "find_nearest_standard",
    "parse_jpeg",
    "read_jpeg_structure",
    "scale_annex_k",
]
