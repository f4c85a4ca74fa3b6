"""The images to label next, as a page and as a table to fill in."""

from __future__ import annotations

import base64
import importlib.metadata
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from forensic_style.errors import TableError
from forensic_style.parquet import list_parts, read_columns
from forensic_style.places import Folder
from forensic_style.report import _set_up as set_up
from forensic_style.report.page import load_style
from forensic_style.report.palette import OUTSIDE, SHAPES, Mark
from forensic_style.suggestion import Suggestion
from forensic_style.writing import check_file, write_csv, write_text

PAGE, TABLE = "suggest.html", "suggest.csv"


@dataclass(frozen=True, slots=True)
class Card:
    """One suggestion as shown: its number from 1 on, data URIs of the two pictures or ""."""

    number: int
    suggestion: Suggestion
    mark: Mark
    neighbour: Mark
    picture: str
    other_picture: str


@dataclass(frozen=True, slots=True)
class SuggestionPage:
    """The page of the images to label next."""

    version: str
    style: Markup
    shapes: tuple[str, ...]
    ring: str
    table: str
    cards: tuple[Card, ...]


def describe_suggestions(suggestions: Sequence[Suggestion], thumbnails: Mapping[str, bytes]) -> SuggestionPage:
    """Put suggestions into the order and the words of their page; `thumbnails` are JPEG files by path."""
    return SuggestionPage(
        version=importlib.metadata.version("forensic_style"),
        style=load_style(),
        shapes=SHAPES,
        ring=OUTSIDE,
        table=TABLE,
        cards=tuple(
            Card(
                number,
                suggestion,
                Mark(suggestion.cluster),
                Mark(suggestion.neighbour),
                _to_uri(thumbnails.get(suggestion.path, b"")),
                _to_uri(thumbnails.get(suggestion.compare_with, b"")),
            )
            for number, suggestion in enumerate(suggestions, start=1)
        ),
    )


def draw_suggestions(suggestions: Sequence[Suggestion], thumbnails: Mapping[str, bytes]) -> str:
    """Draw the page, as self-contained and as careful with names as the report."""
    page = describe_suggestions(suggestions, thumbnails)
    return set_up().get_template("suggest.html.jinja").render(page=page)


def check_suggestions(folder: str | os.PathLike[str], *, force: bool = False) -> None:
    """Make sure, before any work, that the page and the table may be written into a run folder.

    Raises
    ------
    TableError
        where they cannot, or are there already and `force` is not set: somebody may have filled in the table.
    """
    for name in (TABLE, PAGE):
        if (Path(folder) / name).exists() and not force:
            what = f"The run {os.fspath(folder)!r} already holds {name}, in which there may be answers."
            raise TableError(f"{what} Give --force to replace it.")
        check_file(Path(folder) / name, force=force)


def save_suggestions(suggestions: Sequence[Suggestion], folder: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write `suggest.html` and `suggest.csv` into a run folder.

    The table has the columns path, cluster, confidence, reason and an empty `known`: fill it in, and bring the answers
    into the manifest by their paths.

    Raises
    ------
    TableError
        as :func:`check_suggestions`, and where writing fails.
    """
    check_suggestions(folder, force=force)
    page = draw_suggestions(suggestions, read_thumbnails(folder))
    rows = [[one.path, str(one.cluster), f"{one.confidence:.4f}", one.reason, ""] for one in suggestions]
    try:
        write_csv(["path", "cluster", "confidence", "reason", "known"], rows, Path(folder) / TABLE)
        write_text(page, Path(folder) / PAGE)
    except OSError as error:
        reason = error.strerror or error
        raise TableError(f"Writing into {os.fspath(folder)!r} failed: {reason}. Make room and run again.") from error


def read_thumbnails(folder: str | os.PathLike[str]) -> dict[str, bytes]:
    """Small JPEG files of a run's images by their paths; none where the run keeps none."""
    place = Folder(Path(folder) / "fingerprints")
    thumbnails: dict[str, bytes] = {}
    for name in list_parts(place):
        _, columns = read_columns(place, name, ["path", "thumbnail"])
        kept = zip(columns["path"].to_pylist(), columns["thumbnail"].to_pylist(), strict=True)
        thumbnails |= {path: thumbnail for path, thumbnail in kept if thumbnail}
    return thumbnails


def _to_uri(jpeg: bytes | None) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}" if jpeg else ""
