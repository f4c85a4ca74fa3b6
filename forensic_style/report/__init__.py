"""ClusterResult -> one self-contained HTML page."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from forensic_style.report.page import describe_page
from forensic_style.report.words import count_things, keep_options, make_visible, shorten_name
from forensic_style.result import ClusterResult


def draw_report(result: ClusterResult) -> str:
    """Draw the report of a result.

    Every name, label and message is escaped, and characters that would not be seen are shown by their codes.

    Returns
    -------
    HTML page as text that UTF-8 can hold. It loads nothing: thumbnails are data URIs, styles are inside, there is no
    script. A policy in its head makes browsers refuse anything else.
    """
    environment = Environment(
        loader=PackageLoader("forensic_style.report"),
        autoescape=True,
        finalize=make_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"count": count_things, "shorten": shorten_name, "keep_options": keep_options}
    return environment.get_template("report.html.jinja").render(page=describe_page(result))
