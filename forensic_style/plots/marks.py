"""The report's colours and shapes for matplotlib."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from matplotlib.path import Path
from matplotlib.text import Text

from forensic_style.report.page import load_style
from forensic_style.report.palette import N_COLOURS, SHAPES
from forensic_style.report.words import make_visible

TEXT, MIXED = "#1b1f23", "#535b63"
_CURVED = re.compile("[aAcCqQsStT]")


@cache
def read_colours() -> tuple[str, ...]:
    """The colours of clusters on the light page, out of its stylesheet."""
    found = dict(re.findall(r"--k(\d+): *(#[0-9a-fA-F]{6})", load_style().split("@media", 1)[0]))
    return tuple(found[str(number)] for number in range(N_COLOURS))


def choose_colour(cluster: int) -> str:
    """Colour of a cluster; grey for none (-1)."""
    return read_colours()[cluster % N_COLOURS] if cluster >= 0 else MIXED


@cache
def choose_shape(cluster: int) -> Path:
    """Shape of a cluster; a ring for none (-1)."""
    if cluster < 0:
        inner = Path.unit_circle()
        hole = Path(np.asarray(inner.vertices)[::-1] * 0.55, inner.codes)
        return Path.make_compound_path(Path.unit_circle(), hole)
    outline = SHAPES[cluster % len(SHAPES)]
    return Path.unit_circle() if _CURVED.search(outline) else read_outline(outline)


def read_outline(outline: str) -> Path:
    """An SVG path of straight lines (absolute M, L, H, V and Z) with y upwards.

    >>> read_outline("M-4-4H4V4Z").vertices.tolist()
    [[-4.0, 4.0], [4.0, 4.0], [4.0, -4.0], [-4.0, 4.0]]
    """
    points: list[tuple[float, float]] = []
    for letter, rest in re.findall(r"([A-Za-z])([^A-Za-z]*)", outline):
        numbers = [float(number) for number in re.findall(r"-?\d*\.?\d+", rest)]
        if letter in "ML":
            points += zip(numbers[::2], numbers[1::2], strict=True)
        elif letter == "H":
            points += [(x, points[-1][1]) for x in numbers]
        elif letter == "V":
            points += [(points[-1][0], y) for y in numbers]
    vertices = np.array([*points, points[0]]) * [1, -1]
    return Path(vertices, closed=True)


def keep_as_written(text: Text) -> Text:
    """The same text, in which no dollar sign begins a formula and nothing is hidden."""
    text.set_parse_math(False)
    text.set_text(make_visible(text.get_text()))
    return text
