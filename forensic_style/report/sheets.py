"""The clusters one by one: what sets each apart, its most typical and its most doubtful images."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.explain.members import choose_images
from forensic_style.report.cards import Line, describe_findings, find_card
from forensic_style.report.palette import Mark
from forensic_style.report.words import CONFIDENCE_WEAK, name_effect, name_stability
from forensic_style.result import ClusterResult

MOST_TYPICAL, MOST_DOUBTFUL, LEAST_SHOWN = 24, 6, 6
MOST_THUMBNAILS = 1500  # in the whole page, about 9 MB
MOST_CONTENTS = 12


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as shown: its number in the table, confidence 0..1, data URI of its thumbnail or ""."""

    image: int
    path: str
    confidence: float
    source: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One cluster, or the images that belong to none.

    `name` is the known style that it holds, or ""; `stability` is how far it is found again in resampled images, 0..1,
    None where that was not measured, and `steadiness` its word, or "". `traits` are what sets it apart, from its card
    of evidence where one was dealt, `words` the same in short.
    """

    mark: Mark
    name: str
    n_images: int
    confidence: float
    weak: bool
    stability: float | None
    steadiness: str
    words: str
    traits: tuple[Line, ...]
    contents: tuple[tuple[str, int], ...]
    n_more_contents: int
    typical: tuple[Picture, ...]
    doubtful: tuple[Picture, ...]


def describe_clusters(result: ClusterResult) -> tuple[Sheet, ...]:
    """A sheet for each cluster; with many clusters each shows fewer images, so that the page stays small."""
    n_typical = int(np.clip(MOST_THUMBNAILS // max(1, result.n_clusters) - MOST_DOUBTFUL, LEAST_SHOWN, MOST_TYPICAL))
    return tuple(_describe_cluster(result, cluster, n_typical) for cluster in range(result.n_clusters))


def describe_outside(result: ClusterResult) -> Sheet | None:
    """The sheet of the images that belong to no cluster, the first of them by path; None where there are none."""
    members = np.flatnonzero(result.labels < 0)
    if not len(members):
        return None
    contents, n_more_contents = _count_contents(result, members)
    return Sheet(
        mark=Mark(-1),
        name="",
        n_images=len(members),
        confidence=float(result.confidences[members].mean()),
        weak=False,
        stability=None,
        steadiness="",
        words="",
        traits=(),
        contents=contents,
        n_more_contents=n_more_contents,
        typical=tuple(_show(result, int(member)) for member in members[:MOST_TYPICAL]),
        doubtful=(),
    )


def list_shown(sheets: Iterable[Sheet]) -> set[int]:
    """Numbers of the images whose thumbnails are on sheets."""
    return {shown.image for sheet in sheets for shown in (*sheet.typical, *sheet.doubtful) if shown.source}


def _describe_cluster(result: ClusterResult, cluster: int, n_typical: int) -> Sheet:
    members = np.flatnonzero(result.labels == cluster)
    confidences = result.confidences[members]
    typical, doubtful = choose_images(
        result.coordinates[members], confidences, n_typical=n_typical, n_doubtful=MOST_DOUBTFUL
    )
    contents, n_more_contents = _count_contents(result, members)
    mean = float(confidences.mean()) if len(members) else 0.0
    stability = float(result.stabilities[cluster]) if cluster < len(result.stabilities) else None
    return Sheet(
        mark=Mark(cluster),
        name=result.names[cluster] if cluster < len(result.names) else "",
        n_images=len(members),
        confidence=mean,
        weak=mean < CONFIDENCE_WEAK,
        stability=stability,
        steadiness="" if stability is None else name_stability(stability),
        words="; ".join(trait.words for trait in result.traits[cluster]),
        traits=_list_traits(result, cluster),
        contents=contents,
        n_more_contents=n_more_contents,
        typical=tuple(_show(result, int(members[number])) for number in typical),
        doubtful=tuple(_show(result, int(members[number])) for number in doubtful),
    )


def _list_traits(result: ClusterResult, cluster: int) -> tuple[Line, ...]:
    """What sets a cluster apart: its card, or where none was dealt its traits."""
    card = find_card(result, cluster)
    if card is not None:
        return describe_findings(result, card.findings)
    titles = {family.name: family.title for family in result.table.families}
    return tuple(
        Line(trait.words, titles.get(trait.family, trait.family), trait.effect, name_effect(trait.effect), "")
        for trait in result.traits[cluster]
    )


def _count_contents(result: ClusterResult, members: NDArray[np.intp]) -> tuple[tuple[tuple[str, int], ...], int]:
    """What most of some images show, and how many contents more there are among them."""
    if result.content is None:
        return (), 0
    counts = Counter(result.content[member] for member in members)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(ranked[:MOST_CONTENTS]), max(0, len(ranked) - MOST_CONTENTS)


def _show(result: ClusterResult, image: int) -> Picture:
    record = result.table.images[image]
    data = base64.b64encode(record.thumbnail).decode("ascii")
    source = f"data:image/jpeg;base64,{data}" if data else ""
    return Picture(image, record.path, float(result.confidences[image]), source)
