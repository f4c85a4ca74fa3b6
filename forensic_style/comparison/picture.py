"""A comparison as a picture: a dot and its interval for each entry, as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import escape

from forensic_style.comparison import Comparison
from forensic_style.comparison.words import show_score
from forensic_style.evaluation.intervals import Interval
from forensic_style.report.words import make_visible

ROW, TOP, BOTTOM, MARGIN = 26, 54, 34, 14
PANEL, GAP, VALUE = 300, 40, 44
LETTER = 7.0  # width of a letter, about
MOST_LETTERS = 60
INK, FAINT, MARK = "#1b1f23", "#d5d9dd", "#0b5cad"


@dataclass(frozen=True)
class _Panel:
    """A score of all entries."""

    title: str
    scores: Sequence[float | None]
    intervals: Sequence[Interval | None]

    @property
    def low(self) -> float:
        """Where the axis begins, which runs to 1."""
        lowest = min([ends[0] for ends in self.intervals if ends is not None and ends[0] == ends[0]], default=0.0)
        return 0.0 if lowest >= 0 else max(-1.0, -0.2 * (1 + int(-lowest / 0.2)))


def draw_comparison(comparison: Comparison) -> str:
    """Draw the agreement of each entry with the technologies, and with the content where that is known.

    Returns
    -------
    An SVG document, a row for each entry in the order of the table, with the value as text beside the dot.
    """
    names = [_shorten(f"{number}  {make_visible(entry.title)}") for number, entry in enumerate(comparison.entries, 1)]
    left = MARGIN + LETTER * max(map(len, names)) + GAP / 2
    panels = list(_list_panels(comparison))
    width = left + len(panels) * (PANEL + VALUE) + (len(panels) - 1) * GAP + MARGIN
    height = TOP + ROW * len(names) + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
        f'viewBox="0 0 {width:.0f} {height}" font-family="sans-serif" font-size="13" fill="{INK}" role="img">',
        f"<title>{escape(_title(comparison))}</title>",
        '<rect width="100%" height="100%" fill="white"/>',
        *(f'<text x="{MARGIN}" y="{_place(row) + 4.5}">{escape(name)}</text>' for row, name in enumerate(names)),
    ]
    for number, panel in enumerate(panels):
        parts += _draw_panel(panel, left + number * (PANEL + VALUE + GAP), len(names))
    return "\n".join([*parts, "</svg>", ""])


def _shorten(name: str) -> str:
    return name if len(name) <= MOST_LETTERS else name[: MOST_LETTERS - 1] + "\u2026"


def _title(comparison: Comparison) -> str:
    scores = "; ".join(f"{make_visible(entry.title)} {show_score(entry.ari)}" for entry in comparison.entries)
    return f"Adjusted Rand index on {len(comparison.paths)} images: {scores}"


def _list_panels(comparison: Comparison) -> Iterator[_Panel]:
    entries = comparison.entries
    intervals = [entry.intervals["ari"] for entry in entries]
    yield _Panel("adjusted Rand index, 95 %", [entry.ari for entry in entries], intervals)
    if any(entry.content_ami is not None for entry in entries):
        shown = [entry.content_interval for entry in entries]
        yield _Panel("agreement with content (AMI), 95 %", [entry.content_ami for entry in entries], shown)


def _place(row: int) -> float:
    """Height of a row's middle."""
    return TOP + ROW * (row + 0.5)


def _draw_panel(panel: _Panel, left: float, n_rows: int) -> Iterator[str]:
    def across(score: float) -> float:
        return left + PANEL * (min(1.0, max(panel.low, score)) - panel.low) / (1 - panel.low)

    bottom = TOP + ROW * n_rows
    yield f'<text x="{left}" y="22" font-weight="bold">{panel.title}</text>'
    for step in range(round((1 - panel.low) / 0.2) + 1):
        tick = panel.low + 0.2 * step
        x = across(tick)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{bottom}" stroke="{FAINT}"/>'
        text = f'<text x="{x:.1f}" y="{bottom + 18}" font-size="11" text-anchor="middle">'
        yield f"{text}{'0' if abs(tick) < 0.01 else '1' if tick > 0.99 else f'{tick:.1f}'}</text>"
    for row, (score, ends) in enumerate(zip(panel.scores, panel.intervals, strict=True)):
        y = _place(row)
        if score is None or score != score:
            yield f'<text x="{left + 4}" y="{y + 4.5}">not known</text>'
            continue
        if ends is not None and ends[0] == ends[0]:
            start, end = across(ends[0]), across(ends[1])
            yield f'<line x1="{start:.1f}" x2="{end:.1f}" y1="{y}" y2="{y}" stroke="{MARK}" stroke-width="2"/>'
            for x in (start, end):
                yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 4}" y2="{y + 4}" stroke="{MARK}" stroke-width="2"/>'
        yield f'<circle cx="{across(score):.1f}" cy="{y}" r="5" fill="{MARK}" stroke="white"/>'
        yield f'<text x="{left + PANEL + 12}" y="{y + 4.5}">{show_score(score)}</text>'
