"""What the page shows, from top to bottom, as the template wants it."""

from __future__ import annotations

import importlib.metadata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from forensic_style.explain.members import DOUBTFUL
from forensic_style.laundering.sentences import LOST
from forensic_style.report.alignments import (
    DIES,
    AlignmentRow,
    SplitRow,
    describe_alignments,
    describe_split_audits,
)
from forensic_style.report.cards import SplitCard, describe_split_cards
from forensic_style.report.claims import ClaimsView, describe_claims
from forensic_style.report.data import collect_data
from forensic_style.report.dendrogram import Dendrogram, draw_dendrogram
from forensic_style.report.files import MOST_SKIPPED, FileRow, list_files
from forensic_style.report.findings import (
    AxesTable,
    Crossing,
    Number,
    SplitTest,
    Yardstick,
    cross_axes,
    cross_labels,
    describe_number,
    describe_numbers,
    describe_splits,
    reassure,
    weigh_evidence,
)
from forensic_style.report.making import Making, describe_making
from forensic_style.report.map import StyleMap, draw_map
from forensic_style.report.palette import OUTSIDE, SHAPES
from forensic_style.report.scripting import load_script, write_policy
from forensic_style.report.sheets import Sheet, describe_clusters, describe_outside, list_shown
from forensic_style.report.survival import HURT, SurvivalView, describe_fragility
from forensic_style.report.words import CONFIDENCE_WEAK, EFFECT_WORDS, EVIDENCE_WORDS, STABILITY_WORDS
from forensic_style.result import ClusterResult
from forensic_style.table import FamilyRecord, ImageRecord, SkippedImage


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page.

    `reasons` counts the skipped files by reason; `n_contents` is 0 where no content was given; `limits` are the
    thresholds that the page names; `style` is the stylesheet, `script` the scripts, and `policy` what a browser may run
    and load; `shapes` and `ring` are the signs of clusters and of none.
    """

    version: str
    style: Markup
    script: Markup
    policy: Markup
    shapes: tuple[str, ...]
    ring: str
    n_images: int
    n_clusters: int
    number: str
    warnings: tuple[str, ...]
    reassurance: str
    reasons: tuple[tuple[str, int], ...]
    dendrogram: Dendrogram | None
    map: StyleMap
    clusters: tuple[Sheet, ...]
    outside: Sheet | None
    split_cards: tuple[SplitCard, ...]
    has_stability: bool
    alignments: tuple[AlignmentRow, ...]
    split_audits: tuple[SplitRow, ...]
    audit_warnings: tuple[str, ...]
    audit_notes: tuple[str, ...]
    claims: ClaimsView | None
    fragility: SurvivalView | None
    evidence: tuple[Yardstick, ...]
    splits: tuple[SplitTest, ...]
    numbers: tuple[Number, ...]
    has_content: bool
    n_contents: int
    crossing: Crossing | None
    has_known: bool
    n_known: int
    known_crossing: Crossing | None
    axes: AxesTable | None
    images: tuple[ImageRecord, ...]
    files: tuple[FileRow, ...]
    skipped: tuple[SkippedImage, ...]
    n_skipped: int
    making: Making
    families: tuple[FamilyRecord, ...]
    timings: Mapping[str, float]
    limits: Mapping[str, Any]
    data: Mapping[str, Any]


def describe_page(result: ClusterResult) -> Page:
    """Put a result into the order and the words of the page."""
    table, script = result.table, load_script()
    sheets, outside = describe_clusters(result), describe_outside(result)
    return Page(
        version=importlib.metadata.version("forensic_style"),
        style=load_style(),
        script=script,
        policy=write_policy(script),
        shapes=SHAPES,
        ring=OUTSIDE,
        n_images=len(table.images),
        n_clusters=result.n_clusters,
        number=describe_number(result),
        warnings=result.warnings,
        reassurance=reassure(result),
        reasons=tuple(Counter(skipped.reason for skipped in table.skipped).most_common()),
        dendrogram=draw_dendrogram(result.tree, result.labels),
        map=draw_map(result.positions, result.labels),
        clusters=sheets,
        outside=outside,
        split_cards=describe_split_cards(result),
        has_stability=len(result.stabilities) == result.n_clusters > 1,
        alignments=describe_alignments(result),
        split_audits=describe_split_audits(result),
        audit_warnings=result.audit.warnings,
        audit_notes=result.audit.notes,
        claims=describe_claims(result),
        fragility=describe_fragility(result),
        evidence=weigh_evidence(result),
        splits=describe_splits(result),
        numbers=describe_numbers(result),
        has_content=result.content is not None,
        n_contents=len(set(result.content or ())),
        crossing=cross_labels(result, result.content),
        has_known=result.known is not None,
        n_known=len(set(result.known or ())),
        known_crossing=cross_labels(result, result.known),
        axes=cross_axes(result),
        images=table.images,
        files=list_files(result),
        skipped=table.skipped[:MOST_SKIPPED],
        n_skipped=len(table.skipped),
        making=describe_making(result),
        families=table.families,
        timings=result.timings,
        limits={
            "dies": DIES,
            "hurt": HURT,
            "lost": LOST,
            "doubtful": DOUBTFUL,
            "weak": CONFIDENCE_WEAK,
            "effects": EFFECT_WORDS,
            "evidence": EVIDENCE_WORDS,
            "stability": STABILITY_WORDS,
        },
        data=collect_data(result, list_shown([*sheets, *([outside] if outside else [])])),
    )


def load_style() -> Markup:
    """The stylesheets, which go into the page as they are."""
    folder = files("forensic_style.report").joinpath("templates")
    return Markup("".join(folder.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "tables.css")))
