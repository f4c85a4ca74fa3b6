"""Results for sharing: without pictures, claims, folders and the manifest's other columns."""

from __future__ import annotations

import copy
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np

from forensic_style.audit import warn_of_claims
from forensic_style.errors import REASONS
from forensic_style.manifest import FOLDERS
from forensic_style.placement.model import StyleModel
from forensic_style.reading.rules import DAMAGED_NOTE
from forensic_style.result import ClusterResult
from forensic_style.table import COPY_OF, FingerprintTable, ImageRecord, SkippedImage

HIDDEN = "[hidden]"
_SHORTEST = 2  # characters of a secret that is looked for in sentences
_DIGITS = 8  # of the SHA-256 that tell two files of one name apart

# Folders called so are no secret in a sentence, because these words are in ours anyway.
_PLAIN = frozenset(
    {"all", "camera", "cluster", "clusters", "content", "date", "file", "files", "folder", "format", "image"}
)
_PLAIN |= {"images", "jpeg", "noise", "none", "one", "photo", "photos", "picture", "pictures", "png", "quality", "size"}
_PLAIN |= {"software", "style", "technology", "two", "window", "windows"}
# Fields of records that hold names out of this package: of families, units, properties, treatments.
_OURS = {"family", "group", "unit", "kind", "confound", "dies_without", "treatment", "treatments"}

Text = Callable[[str], str]
Findings = TypeVar("Findings")


def hide_private(result: ClusterResult) -> ClusterResult:
    """The same result without what may tell where the images come from or whose they are.

    Left out are thumbnails, folders (names of files stay), everything that files claim in EXIF, the manifest's columns
    other than content and known styles, the names of inputs, and the audit of claims. Content labels that are names of
    folders become "content 1", "content 2" and so on. Fingerprints and the SHA-256 of files stay: whoever has a file
    can find it in the result, and compare.

    Parameters
    ----------
    result : as `cluster` gives it, or a run's

    Returns
    -------
    ClusterResult in the same order. Two files of one name get a part of their SHA-256, or a number, into it.
    """
    names, contents = _name_files(result.table), _name_contents(result)
    told: list[str] = []

    def note(sentence: str) -> str:
        told.append(sentence)
        return sentence

    _censor(result, note)
    censored = _censor(result, _Censor(result, names, told).hide)
    return replace(
        censored,
        table=_hide_table(result.table, names),
        content=None if result.content is None else tuple(contents.get(label, label) for label in result.content),
        settings=_hide_settings(result.settings),
        model=_rename_contents(result.model, contents),
    )


def _censor(result: ClusterResult, hide: Text) -> ClusterResult:
    """The result with every sentence in it passed through `hide`, and none on claims."""
    of_claims = warn_of_claims(result.audit.claims, result.table.paths)
    return replace(
        result,
        traits=_hide_sentences(result.traits, hide),
        cards=_hide_sentences(result.cards, hide),
        audit=_hide_sentences(replace(result.audit, claims=None), hide),
        fragility=_hide_sentences(result.fragility, hide),
        warnings=tuple(hide(warning) for warning in result.warnings if warning not in of_claims),
    )


def hide_table(table: FingerprintTable) -> FingerprintTable:
    """A table without thumbnails, folders, claims and columns of the manifest."""
    return _hide_table(table, _name_files(table))


def _hide_table(table: FingerprintTable, names: Sequence[str]) -> FingerprintTable:
    n_images = len(table.images)
    name_of = dict(zip(_list_paths(table), names, strict=True))
    return replace(
        table,
        images=tuple(
            _hide_image(image, name, name_of) for image, name in zip(table.images, names[:n_images], strict=True)
        ),
        skipped=tuple(
            SkippedImage(name, skipped.reason, _say_reason(skipped.reason))
            for skipped, name in zip(table.skipped, names[n_images:], strict=True)
        ),
    )


def _hide_image(image: ImageRecord, name: str, name_of: dict[str, str]) -> ImageRecord:
    notes = tuple(_hide_note(note, name_of) for note in image.notes)
    return replace(image, path=name, notes=notes, labels={}, claims={}, thumbnail=b"")


def _hide_note(note: str, name_of: dict[str, str]) -> str:
    """Of the notes two kinds hold more than words of ours: that on a copy, and that on a damaged file."""
    if note.startswith(COPY_OF):
        return COPY_OF + name_of.get(note.removeprefix(COPY_OF), HIDDEN)
    before, damaged, _ = note.partition(DAMAGED_NOTE)
    return before + damaged


def _say_reason(reason: str) -> str:
    """What a reason code means, in place of a message that may name folders."""
    meaning = REASONS.get(reason, HIDDEN)
    return f"{meaning[:1].upper()}{meaning[1:]}."


def _list_paths(table: FingerprintTable) -> list[str]:
    return [*table.paths, *(skipped.path for skipped in table.skipped)]


def _name_files(table: FingerprintTable) -> list[str]:
    """For each image, then each file that was skipped, its name without folders, made unique."""
    files = [(image.path, image.sha256[:_DIGITS]) for image in table.images]
    files += [(skipped.path, "") for skipped in table.skipped]
    bare = [_drop_folders(path) for path, _ in files]
    counts, taken, names = Counter(bare), set(bare), list[str]()
    for name, (_, digits) in zip(bare, files, strict=True):
        unique = name if counts[name] == 1 else _find_free(name, digits, taken)
        taken.add(unique)
        names.append(unique)
    return names


def _drop_folders(path: str) -> str:
    """The name of a file, whichever way its folders are written."""
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1] or "file"


def _find_free(name: str, digits: str, taken: set[str]) -> str:
    stem, suffix = os.path.splitext(name)
    free, number = f"{stem} ({digits}){suffix}" if digits else f"{stem} (1){suffix}", 1
    while free in taken:
        number += 1
        free = f"{stem} ({digits}, {number}){suffix}" if digits else f"{stem} ({number}){suffix}"
    return free


def _name_contents(result: ClusterResult) -> dict[str, str]:
    """New names of content labels that are names of folders, in the same order; none for a column of a manifest."""
    labels = sorted({*(result.content or ())} - {""})
    if result.settings.get("content") != FOLDERS:
        return {}
    width = len(str(len(labels)))
    return {label: f"content {number:0{width}d}" for number, label in enumerate(labels, start=1)}


def _rename_contents(model: StyleModel, contents: dict[str, str]) -> StyleModel:
    """The same model, its contents called by their new names; those are in the order of the old ones."""
    if not contents:
        return model
    adjuster = copy.copy(model.adjuster)
    adjuster.contents_ = np.array([contents.get(str(label), HIDDEN) for label in model.adjuster.contents_], dtype=str)
    return replace(model, adjuster=adjuster)


class _Censor:
    """Takes paths and secrets out of sentences; `sentences` are all those that will be asked for."""

    def __init__(self, result: ClusterResult, names: Sequence[str], sentences: Iterable[str]) -> None:
        paths = _list_paths(result.table)
        spared = {*(result.content or ()), *(result.known or ()), *names}
        if result.settings.get("content") == FOLDERS:
            spared -= {*(result.content or ())}
        self.names = {path: name for path, name in zip(paths, names, strict=True) if path != name}
        secrets = {*_list_folders(paths), *_list_values(result.table.images)} - spared
        told = "\n".join(sentences)
        self.pattern = _join([text for text in (*self.names, *filter(_is_telling, secrets)) if text in told])

    def hide(self, sentence: str) -> str:
        """The sentence with files called by their names alone, and secrets not at all."""
        if self.pattern is None:
            return sentence
        return self.pattern.sub(lambda found: self.names.get(found[0], HIDDEN), sentence)


def _is_telling(secret: str) -> bool:
    """Whether a word says more than the sentences of ours do anyway."""
    return len(secret) >= _SHORTEST and not secret.isdigit() and secret.casefold() not in _PLAIN


def _list_folders(paths: Iterable[str]) -> set[str]:
    """Every folder on the way to a file, alone and with those above it."""
    folders = set[str]()
    for path in paths:
        parts = re.split(r"[/\\]", path)[:-1]
        folders |= {*parts, *("/".join(parts[: place + 1]) for place in range(len(parts)))}
    return folders - {"", ".", ".."}


def _list_values(images: Iterable[ImageRecord]) -> set[str]:
    """Everything that files claim, dates also as days with hyphens, and all labels."""
    values = {value.strip() for image in images for value in (*image.claims.values(), *image.labels.values())}
    days = {image.claims["date"].strip()[:10] for image in images if "date" in image.claims}
    return (values | days | {day.replace(":", "-") for day in days}) - {""}


def _join(texts: Sequence[str]) -> re.Pattern[str] | None:
    """A pattern of whole words, the longest first."""
    ordered = sorted(set(texts), key=lambda text: (-len(text), text))
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, ordered)) + r")(?!\w)") if ordered else None


def _hide_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without the names of inputs and of columns of numbers."""
    hidden = dict(settings)
    if "inputs" in hidden:
        hidden["inputs"] = [HIDDEN] * len(hidden["inputs"])
    if isinstance(hidden.get("covariates"), str):
        hidden["covariates"] = hidden["covariates"].count(",") + 1
    return hidden | {"privacy": True}


def _hide_sentences(findings: Findings, hide: Text) -> Findings:
    """The same records with every text in them censored that is no name of ours."""
    if isinstance(findings, str):
        return hide(findings)  # type: ignore[return-value]
    if isinstance(findings, tuple):
        return tuple(_hide_sentences(entry, hide) for entry in findings)  # type: ignore[return-value]
    if not is_dataclass(findings) or isinstance(findings, type):
        return findings
    kept = {field.name: getattr(findings, field.name) for field in fields(findings) if field.name not in _OURS}
    return replace(findings, **{name: _hide_sentences(value, hide) for name, value in kept.items()})
