"""How a result was made, the command that makes it again, and how to check that it did."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forensic_style.families import CATALOGUE
from forensic_style.manifest import FOLDERS
from forensic_style.privacy import HIDDEN as REDACTED
from forensic_style.provenance import LIBRARIES, digest_images, find_version
from forensic_style.reading.rules import ReadingRules
from forensic_style.report.words import ABSENT
from forensic_style.result import ClusterResult

_READING = (  # field of ReadingRules, option, and its unit
    ("most_pixels", "max-megapixels", 1e6),
    ("most_bytes", "max-megabytes", 1e6),
    ("seconds", "timeout", 1.0),
    ("damaged", "damaged", None),
)
HIDDEN = (
    "thumbnails of the images",
    "what files claim in EXIF (make, model, software, date), and the audit of it",
    "folders: files are named without them",
    "the names of the inputs, and columns of the manifest other than content and known technologies",
)


@dataclass(frozen=True, slots=True)
class Making:
    """What the section says. `command` is "" where settings do not tell it; `hidden` is empty without --privacy."""

    settings: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    digest: str
    command: str
    hidden: tuple[str, ...]
    n_windows: int


def describe_making(result: ClusterResult) -> Making:
    """Settings, versions and digests of a result, and how to make it again."""
    settings = result.settings
    return Making(
        settings=tuple((name.replace("_", " "), show_setting(value)) for name, value in settings.items()),
        versions=(
            ("forensic_style", find_version("forensic_style") or ABSENT),
            ("Python", platform.python_version()),
            *((name, find_version(name) or ABSENT) for name in LIBRARIES),
        ),
        digest=digest_images(image.sha256 for image in result.table.images),
        command=write_command(settings),
        hidden=HIDDEN if settings.get("privacy") else (),
        n_windows=len(result.table.values),
    )


def write_command(settings: Mapping[str, Any]) -> str:
    """The command that makes a result again; "" for a result that no command made.

    >>> write_command({"inputs": ["my photos"], "content": "scene", "clusters": 3, "axis": "all"})
    "forensic-style cluster 'my photos' --content scene --clusters 3 --out again"
    """
    if not settings.get("inputs"):
        return ""
    content, covariates = settings.get("content"), settings.get("covariates")
    inputs = dict.fromkeys("INPUT" if name == REDACTED else str(name) for name in settings["inputs"])
    words = ["forensic-style", "cluster", *inputs]
    if content == FOLDERS:
        words.append("--content-from-folders")
    elif isinstance(content, str):
        words += ["--content", content]
    for option in ("known", "covariates"):
        value = covariates if option == "covariates" else settings.get(option)
        words += [f"--{option}", value] if isinstance(value, str) and value else []
    if settings.get("clusters", "auto") != "auto":
        words += ["--clusters", str(settings["clusters"])]
    words += _write_choices(settings)
    cut = settings.get("cut_by_hand")
    return shlex.join([*words, "--out", "again"]) + (f" && forensic-style report again --clusters {cut}" if cut else "")


def _write_choices(settings: Mapping[str, Any]) -> list[str]:
    """Options that are not at their defaults."""
    words: list[str] = []
    axis, windows, reading = settings.get("axis", "all"), settings.get("windows", "auto"), settings.get("reading", {})
    usual = [family.name for family in CATALOGUE if family.sees != "image" and axis in ("all", family.axis)]
    families = settings.get("families", usual)
    words += ["--families", ",".join(families)] if set(families) != set(usual) else []
    words += ["--axis", str(axis)] if axis != "all" else []
    words += ["--windows", str(windows)] if windows != "auto" else []
    for name, option, unit in _READING:
        value, usual_value = reading.get(name), getattr(ReadingRules(), name)
        if value is not None and value != usual_value:
            words += [f"--{option}", f"{value / unit:g}" if unit else str(value)]
    words += ["--launder"] if settings.get("launder") else []
    return [*words, "--privacy"] if settings.get("privacy") else words


def show_setting(value: Any) -> str:
    """A value as a reader wants it.

    >>> show_setting(True), show_setting(["noise", "spam"]), show_setting({"seconds": 120})
    ('yes', 'noise, spam', 'seconds 120')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{str(name).replace('_', ' ')} {show_setting(entry)}" for name, entry in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(entry) for entry in value)
    return str(value)
