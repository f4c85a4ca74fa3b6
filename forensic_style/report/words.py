"""Numbers and names as a reader wants them: with units, short, and nothing hidden."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from markupsafe import Markup, escape

EFFECT_WORDS = ((4.0, "very strong"), (2.0, "strong"), (0.8, "clear"))  # standard deviations, from this on
EVIDENCE_WORDS = ((0.8, "high"), (0.5, "moderate"))
STABILITY_WORDS = ((0.85, "very stable"), (0.75, "stable"))  # Hennig 2007
CONFIDENCE_WEAK = 0.7
SMALLEST_P = 0.0001
ABSENT = "–"  # noqa: RUF001  # where there is no number

# Controls, and the marks that turn the direction of text: a file name could hide its ending behind them.
_CODES = (range(0x20), range(0x7F, 0xA0), (0x061C, 0x200B, 0x200E, 0x200F, 0xFEFF), range(0x2028, 0x202F))
_UNSEEN = {code: f"\\u{code:04x}" for codes in (*_CODES, range(0x2060, 0x2070)) for code in codes}


def make_visible(value: Any) -> Any:
    r"""Show what cannot be seen or written as its code; anything but text stays as it is.

    >>> make_visible("photo\u202egpj.exe")
    'photo\\u202egpj.exe'
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return value.translate(_UNSEEN).encode("utf-8", "backslashreplace").decode("utf-8")


def count_things(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun.

    >>> count_things(1, "image"), count_things(1204, "image")
    ('1 image', '1,204 images')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def keep_options(text: str) -> Markup:
    """A sentence, escaped, whose options (`--clusters`) are not broken at the end of a line."""
    return Markup(re.sub(r"--[a-z]+", r'<span class="option">\g<0></span>', str(escape(make_visible(text)))))


def name_effect(effect: float) -> str:
    """The word for an effect in standard deviations."""
    return next((word for least, word in EFFECT_WORDS if effect >= least), "slight")


def name_evidence(value: float) -> str:
    """The word for a yardstick of evidence, 0..1."""
    return next((word for least, word in EVIDENCE_WORDS if value >= least), "low")


def name_stability(value: float) -> str:
    """The word for the share of a cluster that is found again in resampled images, 0..1."""
    return next((word for least, word in STABILITY_WORDS if value >= least), "unstable")


def show_p(p_value: float) -> str:
    """A p value with two digits that count.

    >>> show_p(0.0312), show_p(3e-9)
    ('0.031', 'below 0.0001')
    """
    return f"below {SMALLEST_P}" if p_value < SMALLEST_P else f"{p_value:.2g}"


def show_bytes(n_bytes: int) -> str:
    """A file size.

    >>> show_bytes(3_100_000), show_bytes(8_200), show_bytes(12)
    ('3.1 MB', '8 kB', '12 B')
    """
    if n_bytes >= 1_000_000:
        return f"{n_bytes / 1e6:,.1f} MB"
    return f"{n_bytes / 1e3:.0f} kB" if n_bytes >= 1000 else f"{n_bytes} B"


def shorten_name(path: str, most: int = 24) -> str:
    """The file's name, its middle left out where it is long.

    >>> shorten_name("evidence/a_photo_of_the_harbour.jpg", 16)
    'a_photo…bour.jpg'
    """
    name = posixpath.basename(path.replace("\\", "/")) or path
    if len(name) <= most:
        return name
    tail = most // 2
    return name[: most - tail - 1] + "…" + name[-tail:]


def join_words(words: list[str], last: str = "and") -> str:
    """A list in words.

    >>> join_words(["a", "b", "c"])
    'a, b and c'
    """
    return f" {last} ".join([part for part in (", ".join(words[:-1]), words[-1]) if part]) if words else ""
