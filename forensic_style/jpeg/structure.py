"""What the bytes of a JPEG file say of themselves, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.jpeg.sampling import name_sampling

Steps = NDArray[np.uint16]
"""Quantization steps, shape (8, 8), in natural order: row = vertical frequency, column = horizontal frequency."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: `code` is "not_a_jpeg", "truncated" or "damaged", `offset` the byte where it shows."""

    code: str
    offset: int
    message: str


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker and its segment. Restart markers are counted by scan instead.

    Parameters
    ----------
    code : second byte of the marker: 0xC0 for SOF0
    name : as in Table B.1 of ITU-T T.81: "SOF0", "DQT", "APP1", ...
    offset : of the byte FF before the code; further fill bytes FF before it do not count
    length : bytes of marker, length field and contents, as far as the file has them; without entropy-coded data
    """

    code: int
    name: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Component:
    """One component of the frame: identifier, sampling factors, number of its quantization table."""

    identifier: int
    horizontal: int
    vertical: int
    table: int


@dataclass(frozen=True, slots=True, eq=False)
class QuantizationTable:
    """One definition of a quantization table.

    Parameters
    ----------
    number : 0 to 3
    precision : 8 or 16 bits per step in the file
    steps : read-only uint16 array, shape (8, 8), natural order
    offset : of the definition's first byte, which holds precision and number
    """

    number: int
    precision: int
    steps: Steps
    offset: int

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, QuantizationTable):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[int, int, int, bytes]:
        return self.number, self.precision, self.offset, self.steps.tobytes()


@dataclass(frozen=True, slots=True)
class HuffmanTable:
    """One definition of a Huffman table.

    Parameters
    ----------
    kind : "dc" or "ac"
    number : 0 to 3
    counts : number of codes of 1 to 16 bits
    symbols : in the order of their codes
    is_standard : whether it is one of the two tables of its kind in Annex K (K.3 to K.6)
    offset : of the definition's first byte
    """

    kind: str
    number: int
    counts: bytes
    symbols: bytes
    is_standard: bool
    offset: int


@dataclass(frozen=True, slots=True)
class Conditioning:
    """Conditioning of the arithmetic decoder (DAC): kind "dc" or "ac", number of the table, value."""

    kind: str
    number: int
    value: int


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan.

    Parameters
    ----------
    components : their identifiers
    tables : for each component the numbers of its entropy coding tables for DC and AC
    spectral_start, spectral_end : first and last coefficient in zigzag order; the predictor and 0 in a lossless scan
    approximation_high, approximation_low : bit positions of successive approximation
    n_restarts : restart markers among the entropy-coded data
    offset : of the first byte of entropy-coded data
    n_bytes : of entropy-coded data, up to the next marker that is no restart
    """

    components: tuple[int, ...]
    tables: tuple[tuple[int, int], ...]
    spectral_start: int
    spectral_end: int
    approximation_high: int
    approximation_low: int
    n_restarts: int
    offset: int
    n_bytes: int


@dataclass(frozen=True, slots=True)
class ApplicationSegment:
    """An application's segment: n of APPn, what it is by its first bytes ("unknown" if new), place and whole length."""

    number: int
    identity: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class JpegStructure:
    """The structure of one JPEG file: of the first picture in it, and how much follows.

    Parameters
    ----------
    markers : in the order of the file
    process : "baseline", "extended", "progressive", "lossless" or "hierarchical"; "unknown" without a frame
    is_arithmetic : arithmetic instead of Huffman coding
    precision : bits per sample, 0 without a frame
    rows, columns : size; rows from the DNL segment where the frame leaves them open
    components : of the frame
    quantization_tables : every definition, in the order of the file
    tables_in_force : for each component the index of its definition in `quantization_tables` when its first scan
        begins, None where there is none
    huffman_tables, conditioning : every definition, in the order of the file
    restart_interval : the last one defined, in MCUs; 0 for none
    scans, applications : in the order of the file
    adobe_transform : colour transform of Adobe's marker: 0 none, 1 YCbCr, 2 YCCK; None without the marker
    exif : the TIFF block of the first Exif segment, without its signature; empty if there is none
    thumbnail : offset and length in the file of the first thumbnail out of JFIF, JFXX and Exif
    n_comments : segments of comments
    n_trailing : bytes behind the first picture's end
    n_further_pictures : pictures that the multi-picture index points at, or without such an index starts of pictures
        among the trailing bytes; at most 255
    estimated_quality, quality_distance : as :func:`find_nearest_standard` says; None without quantization tables
    problems : in the order in which they were found, at most 64
    """

    markers: tuple[Marker, ...]
    process: str
    is_arithmetic: bool
    precision: int
    rows: int
    columns: int
    components: tuple[Component, ...]
    quantization_tables: tuple[QuantizationTable, ...]
    tables_in_force: tuple[int | None, ...]
    huffman_tables: tuple[HuffmanTable, ...]
    conditioning: tuple[Conditioning, ...]
    restart_interval: int
    scans: tuple[Scan, ...]
    applications: tuple[ApplicationSegment, ...]
    adobe_transform: int | None
    exif: bytes
    thumbnail: tuple[int, int] | None
    n_comments: int
    n_trailing: int
    n_further_pictures: int
    estimated_quality: int | None
    quality_distance: float | None
    problems: tuple[Problem, ...]

    @property
    def is_progressive(self) -> bool:
        """Whether the coefficients come in several scans of bands and bits."""
        return self.process == "progressive"

    @property
    def luma_table(self) -> Steps | None:
        """Steps of the first component at its first scan: read-only, shape (8, 8), natural order."""
        return self._find_table(0)

    @property
    def chroma_table(self) -> Steps | None:
        """Steps of the second component at its first scan, None for a grey image; read-only, natural order."""
        return self._find_table(1)

    def _find_table(self, position: int) -> Steps | None:
        index = self.tables_in_force[position] if position < len(self.tables_in_force) else None
        if index is None:
            return None
        steps = self.quantization_tables[index].steps.view()
        steps.flags.writeable = False  # pickling loses it
        return steps

    @property
    def has_standard_huffman(self) -> bool:
        """Whether there are Huffman tables and all are those of Annex K: not optimized for the image."""
        return bool(self.huffman_tables) and all(table.is_standard for table in self.huffman_tables)

    @property
    def n_restarts(self) -> int:
        """Restart markers of all scans."""
        return sum(scan.n_restarts for scan in self.scans)

    @property
    def has_thumbnail(self) -> bool:
        """Whether a thumbnail lies in the JFIF, JFXX or Exif segment."""
        return self.thumbnail is not None

    @property
    def sampling(self) -> str:
        """Chroma sampling: "4:2:0" and the like, "grey", or every component's factors as in "2x2,1x2,1x1"."""
        return name_sampling([(component.horizontal, component.vertical) for component in self.components])

    @property
    def is_truncated(self) -> bool:
        """Whether the bytes end before the first picture does."""
        return any(problem.code == "truncated" for problem in self.problems)

    @property
    def is_damaged(self) -> bool:
        """Whether the bytes contradict the format or themselves."""
        return any(problem.code == "damaged" for problem in self.problems)
