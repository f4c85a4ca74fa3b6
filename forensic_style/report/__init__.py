"""Results -> self-contained HTML pages."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from forensic_style.errors import TableError
from forensic_style.inspection import Inspection
from forensic_style.report.inspection import describe_inspection
from forensic_style.report.page import describe_page
from forensic_style.report.words import count_things, keep_options, make_visible, shorten_name
from forensic_style.result import ClusterResult

__all__ = ["check_page", "draw_inspection", "draw_report", "save_page"]


def draw_report(result: ClusterResult) -> str:
    """Draw the report of a result.

    Every name, label and message is escaped, and characters that would not be seen are shown by their codes.

    Returns
    -------
    HTML page as text that UTF-8 can hold. It loads nothing: thumbnails are data URIs, styles and one script are
    inside. A policy in its head names the script by its hash and makes browsers refuse anything else. Without scripts
    the page is complete; with them its tree can be cut anew.
    """
    return _set_up().get_template("report.html.jinja").render(page=describe_page(result))


def draw_inspection(inspection: Inspection) -> str:
    """Draw the page of one image, as self-contained and as careful with names as :func:`draw_report`."""
    return _set_up().get_template("inspection.html.jinja").render(page=describe_inspection(inspection))


def check_page(path: str | os.PathLike[str], image: str | os.PathLike[str], *, force: bool = False) -> None:
    """Make sure, before any work, that a page about an image may be written to a file.

    Raises
    ------
    TableError
        where the folder is missing or cannot be written, or something is there that must not be replaced.
    """
    file, name = Path(path), os.fspath(path)
    is_there = os.path.lexists(file)
    if not file.parent.is_dir() or not os.access(file.parent, os.W_OK) or (is_there and not file.is_file()):
        raise TableError(f"The page {name!r} cannot be written there. Name a file in a folder that can be written.")
    if is_there and Path(image).exists() and file.samefile(image):
        raise TableError(f"The page {name!r} is the image itself. Name another file.")
    if is_there and not force:
        raise TableError(f"The file {name!r} exists. Name another, or give --force to replace a page.")


def save_page(inspection: Inspection, path: str | os.PathLike[str]) -> None:
    """Write the page of one image; whoever looks sees the old file or the whole new one.

    Raises
    ------
    TableError
        where it cannot be written.
    """
    page, file = draw_inspection(inspection), Path(path)
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".") as folder:
            unfinished = Path(folder) / "page.html"
            unfinished.write_text(page, encoding="utf-8")
            unfinished.replace(file)
    except OSError as error:
        reason = error.strerror or error
        raise TableError(f"The page {os.fspath(path)!r} cannot be written: {reason}. Name another.") from error


def _set_up() -> Environment:
    environment = Environment(
        loader=PackageLoader("forensic_style.report"),
        autoescape=True,
        finalize=make_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"count": count_things, "shorten": shorten_name, "keep_options": keep_options}
    return environment
