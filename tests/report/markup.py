"""A page's markup, parsed strictly."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """Elements and texts of a page; complains of unclosed or wrongly closed ones."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.is_data = False
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_data = tag == "script" and dict(attrs).get("type") == "application/json"
        self.elements.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs)), f"an attribute of <{tag}> is given twice"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.is_data = False

    def handle_data(self, data: str) -> None:
        if self.open and self.is_data:
            self.texts.setdefault("data", []).append(data)
        elif self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    @property
    def text(self) -> str:
        shown = {tag: text for tag, text in self.texts.items() if tag not in ("data", "script", "style")}
        return re.sub(r"\s+", " ", " ".join(part for texts in shown.values() for part in texts))

    def find(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        return [found for name, found in self.elements if name == tag and wanted.items() <= found.items()]

    @property
    def data(self) -> Any:
        return json.loads("".join(self.texts["data"]))
