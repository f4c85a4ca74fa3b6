"""What the page of one image shows, and the lines that the terminal shows of it."""

from __future__ import annotations

import base64
import importlib.metadata
from dataclasses import dataclass

import cv2
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from forensic_style.family import Drawing
from forensic_style.image import DecodedImage
from forensic_style.inspection import Finding, Inspection
from forensic_style.report.page import load_style
from forensic_style.report.words import count_things, join_words, show_bytes

LONGEST_SIDE = 640  # pixels of a map
SMALLEST_CELL = 6  # pixels, where a map has few
SHADE = 45  # per cent of the strongest cell's background
WIDTH, HEIGHT, LEFT, BOTTOM, MARGIN = 480.0, 260.0, 52.0, 40.0, 12.0
N_TICKS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One reading: where it belongs, what was read, how sure that is, and the numbers behind it."""

    axis: str
    family: str
    words: str
    strength: str
    detail: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Points and ticks of a curve, in units of the SVG."""

    points: str
    dots: tuple[tuple[float, float], ...]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]
    axes: tuple[str, str]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    floor: float = HEIGHT - BOTTOM
    right: float = WIDTH - MARGIN


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a small table, and how dark it is drawn, in per cent."""

    text: str
    shade: int


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A drawing as the template wants it: exactly one of `source`, `cells` and `curve` is there."""

    title: str
    family: str
    note: str
    source: str = ""
    cells: tuple[tuple[Cell, ...], ...] = ()
    curve: Curve | None = None


@dataclass(frozen=True, slots=True)
class InspectionPage:
    """The page of one image."""

    version: str
    style: Markup
    path: str
    facts: str
    sha256: str
    notes: tuple[str, ...]
    claims: tuple[tuple[str, str], ...]
    picture: str
    lines: tuple[Line, ...]
    warnings: tuple[str, ...]
    exhibits: tuple[Exhibit, ...]
    n_windows: int


def describe_inspection(inspection: Inspection) -> InspectionPage:
    """Put an inspection into the order and the words of its page."""
    image = inspection.image
    return InspectionPage(
        version=importlib.metadata.version("forensic_style"),
        style=load_style(),
        path=image.path,
        facts=describe_file(image),
        sha256=image.sha256,
        notes=image.notes,
        claims=tuple(sorted(image.claims.items())),
        picture=_to_uri("jpeg", inspection.thumbnail),
        lines=list_readings(inspection),
        warnings=describe_disagreements(inspection),
        exhibits=tuple(_draw(family.title, drawing) for family, drawing in inspection.drawings),
        n_windows=len(inspection.windows),
    )


def describe_file(image: DecodedImage) -> str:
    """Size, depth, format and bytes of a file.

    Examples
    --------
    >>> describe_file(DecodedImage("a.png", "", 3_100_000, "PNG", np.zeros((3024, 4032), np.uint8)))
    '4032 x 3024, grey, 8 bit, PNG, 3.1 MB'
    """
    rows, columns = image.pixels.shape[:2]
    format_words = image.format
    if image.jpeg is not None:
        coding = "progressive" if image.jpeg.is_progressive else "sequential"
        format_words = f"JPEG {coding} {image.jpeg.sampling}".rstrip()
    kind = "grey, " if image.is_grey else ""
    return f"{columns} x {rows}, {kind}{image.bit_depth} bit, {format_words}, {show_bytes(image.n_bytes)}"


def list_readings(inspection: Inspection) -> tuple[Line, ...]:
    """The readings of the image, acquisition first, then processing; the catalogue's order within each."""
    findings = sorted(inspection.findings, key=lambda finding: finding.family.axis)
    return tuple(
        Line(
            finding.family.axis,
            finding.family.name,
            finding.reading.words,
            "" if finding.reading.strength == "none" else finding.reading.strength,
            "; ".join(part for part in (finding.reading.detail, _describe_windows(finding)) if part),
        )
        for finding in findings
    )


def summarize_readings(inspection: Inspection) -> tuple[Line, ...]:
    """The readings of what was found, and below them, for each axis, one line of what was not."""
    lines = list_readings(inspection)
    short = []
    for axis in dict.fromkeys(line.axis for line in lines):
        short += [line for line in lines if line.axis == axis and line.strength]
        missing = [line.words for line in lines if line.axis == axis and not line.strength]
        short += [Line(axis, "", "; ".join(missing), "", "")] if missing else []
    return tuple(short)


def _describe_windows(finding: Finding) -> str:
    """How many windows read the same: said only where something was found and not all agree."""
    n_windows = finding.n_agreeing + finding.n_silent + finding.n_disagreeing
    if finding.reading.estimate is None or n_windows in (0, finding.n_agreeing):
        return ""
    counts = [f"{finding.n_agreeing} of {count_things(n_windows, 'window')} agree"]
    if finding.n_silent:
        counts.append(f"{finding.n_silent} show nothing")
    return ", ".join(counts)


def describe_disagreements(inspection: Inspection) -> tuple[str, ...]:
    """A sentence for each window that is sure of something else than the image."""
    return tuple(
        f"Window {one.window.number} ({one.place}) disagrees with the rest: "
        f"{join_words([reading.words for reading in one.readings])}."
        for one in inspection.disagreements
    )


def _draw(family: str, drawing: Drawing) -> Exhibit:
    if drawing.kind == "map":
        return Exhibit(drawing.title, family, drawing.note, source=_to_uri("png", _shade(drawing.values)))
    if drawing.kind == "cells":
        return Exhibit(drawing.title, family, drawing.note, cells=_tabulate(drawing.values))
    return Exhibit(drawing.title, family, drawing.note, curve=_plot(drawing))


def _to_uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _shade(values: NDArray[np.float64]) -> bytes:
    """A PNG file: black at the lowest per cent of the values, white at the highest."""
    scale = LONGEST_SIDE / max(values.shape)
    if scale < 1:
        size = (max(1, round(values.shape[1] * scale)), max(1, round(values.shape[0] * scale)))
        values = np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), dtype=np.float64)
    low, high = np.percentile(values, [1, 99])
    shades = np.clip((values - low) / (high - low if high > low else 1.0), 0, 1) * 255
    repeat = max(1, min(SMALLEST_CELL, int(scale)))
    pixels = np.kron(np.round(shades).astype(np.uint8), np.ones((repeat, repeat), np.uint8))
    return cv2.imencode(".png", pixels)[1].tobytes()


def _tabulate(values: NDArray[np.float64]) -> tuple[tuple[Cell, ...], ...]:
    low, high = float(values.min()), float(values.max())
    span = high - low or 1.0
    return tuple(
        tuple(Cell(_show_number(value), round(SHADE * (value - low) / span)) for value in row)
        for row in values.tolist()
    )


def _show_number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _plot(drawing: Drawing) -> Curve:
    across, up = drawing.values.T
    x = _Scale(float(across.min()), float(across.max()), LEFT, WIDTH - MARGIN)
    y = _Scale(min(0.0, float(up.min())), float(up.max()), HEIGHT - BOTTOM, MARGIN)
    dots = tuple((x.place(a), y.place(b)) for a, b in drawing.values.tolist())
    return Curve(
        points=" ".join(f"{a},{b}" for a, b in dots),
        dots=dots,
        across=tuple((x.place(tick), f"{tick:g}") for tick in x.choose_ticks()),
        up=tuple((y.place(tick), f"{tick:g}") for tick in y.choose_ticks()),
        axes=drawing.axes,
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """From values low..high to places start..end of the SVG."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(self.start + share * (self.end - self.start), 1)

    def choose_ticks(self) -> list[float]:
        """A few multiples of 1, 2 or 5 times a power of ten inside the range."""
        span = self.high - self.low
        if span <= 0:
            return [self.low]
        power = 10.0 ** np.floor(np.log10(span / N_TICKS))
        step = float(next(factor * power for factor in (1, 2, 5, 10) if span / (factor * power) <= N_TICKS + 1))
        first = int(np.ceil(self.low / step - 1e-9))
        last = int(np.floor(self.high / step + 1e-9))
        return [round(number * step, 10) for number in range(first, last + 1)]
