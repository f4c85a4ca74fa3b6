"""Results that hold one of everything, and how two of them are compared."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

import numpy as np

import forensic_style as fs
from forensic_style.audit import Alignment, Audit, ClaimCount, ClaimsAudit, Contradiction, SplitAudit
from forensic_style.explain import Card, Finding, list_sides
from forensic_style.laundering import Fragility
from forensic_style.laundering.records import FamilySurvival, SplitSurvival
from forensic_style.placement.model import StyleModel
from forensic_style.reading.rules import DAMAGED_NOTE
from forensic_style.table import COPY_OF, SkippedImage
from tests.samples import RENDERINGS, measure

FAMILIES = ["noise", "lbp", "block_grid", "tone"]
SECRET_FOLDER, SECRET_CLAIM, SECRET_LABEL = "Abendroth & Söhne", "Zorki-4K №7", "patient 0815"


@cache
def make_rich_result() -> fs.ClusterResult:
    """Renderings in three clusters, 48 images; two are of none, and every record is there."""
    table = measure(RENDERINGS).select_families(FAMILIES)
    known = ["" if number % 5 else name for number, name in enumerate(table.read_labels("technology"))]
    result = fs.cluster(table, content="object", known=known)
    labels = result.labels.copy()
    labels[[7, 11]] = -1
    split = result.joins[0]
    alignment = Alignment("folder", 3, 0.5, 0.25, 0.75, "context", 48, 0.01, 0.5)
    words = f"claims {SECRET_CLAIM} in {SECRET_FOLDER}"
    return replace(
        result,
        labels=labels,
        confidences=np.where(labels < 0, 0.0, result.confidences),
        audit=Audit(
            (alignment,),
            (SplitAudit(split, 48, (alignment,), ("folder",)),),
            ClaimsAudit(
                (ClaimCount(0, "camera", ((SECRET_CLAIM, 4), ("", 3))),),
                (Contradiction(2, "camera", SECRET_CLAIM, 1, None, "other", 2.5, words),),
            ),
            (f"Clusters 0 and 1 differ in folder alone ({SECRET_FOLDER}).",),
        ),
        cards=tuple(
            Card(one, other, (Finding("noise", "level", 2.5, 0.9, words, 3.0, 1.0, "grey levels"),), (0,), (1,))
            for one, other in list_sides(result.n_clusters, result.joins)
        ),
        warnings=(f"Clusters 0 and 1 differ in folder alone ({SECRET_FOLDER}).", *result.warnings),
        fragility=Fragility(
            4,
            ("JPEG 90",),
            (0.75,),
            (FamilySurvival("noise", "JPEG 90", 0.5),),
            (SplitSurvival(split, "JPEG 90", 1.0),),
            (),
        ),
        settings={**result.settings, "inputs": [f"{SECRET_FOLDER}/index.csv"], "reading": {"seconds": 120}},
    )


def make_secret_result() -> fs.ClusterResult:
    """The same with secrets in paths, claims, labels, notes and skipped files."""
    result = make_rich_result()
    images = [
        replace(
            image,
            path=f"/home/{SECRET_FOLDER}/{number % 2}/{number // 2:02d}.png",
            labels={**image.labels, "Besitzerin": SECRET_LABEL},
            claims={"make": f"{SECRET_CLAIM} ", "date": "1987:06:05 04:03:02"},
        )
        for number, image in enumerate(result.table.images)
    ]
    images[3] = replace(images[3], notes=(f"{COPY_OF}{images[2].path}", "alpha left out"))
    images[4] = replace(images[4], notes=(f"truncated{DAMAGED_NOTE}: no end of {images[4].path}",))
    skipped = SkippedImage(f"/home/{SECRET_FOLDER}/00.png", "unreadable", f"It lies in {SECRET_FOLDER}.")
    table = replace(result.table, images=tuple(images), skipped=(skipped,))
    told = f"Known styles that the traces contradict: {images[9].path} (labelled oil, looks like ink)."
    return replace(
        result, table=table, warnings=(*result.warnings, told, f"{SECRET_LABEL} and {SECRET_CLAIM} on 1987-06-05.")
    )


def find_difference(one: Any, other: Any, where: str = "it") -> str:
    """The first place where two values differ, or "" for none."""
    if type(one) is not type(other):
        return f"{where}: {type(one)} is not {type(other)}"
    if isinstance(one, StyleModel):
        one, other = vars(one) | one._collect(), vars(other) | other._collect()
        skipped = ("scaler", "space", "limiter", "adjuster", "clustering", "members")
        one, other = ({name: entry for name, entry in it.items() if name not in skipped} for it in (one, other))
    if isinstance(one, np.ndarray):
        return "" if one.dtype == other.dtype and np.array_equal(one, other) else where
    if is_dataclass(one):
        pairs = [(field.name, getattr(one, field.name), getattr(other, field.name)) for field in fields(one)]
    elif isinstance(one, dict):
        pairs = [(name, one[name], other.get(name)) for name in one]
        if list(one) != list(other):
            return f"{where}: {list(one)} are not {list(other)}"
    elif isinstance(one, tuple):
        if len(one) != len(other):
            return f"{where}: {len(one)} are not {len(other)}"
        pairs = [(str(place), *both) for place, both in enumerate(zip(one, other, strict=True))]
    else:
        return "" if one == other else f"{where}: {one!r} is not {other!r}"
    return next(filter(None, (find_difference(a, b, f"{where}.{name}") for name, a, b in pairs)), "")
