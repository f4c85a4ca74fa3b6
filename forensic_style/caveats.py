"""What a user must know before believing a result, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from forensic_style.clusters.clustering import SMALLEST_NODE
from forensic_style.search.known import KnownStyles
from forensic_style.search.styles import StylesFound
from forensic_style.table import ImageRecord

WEAK_EVIDENCE = 0.5
MOST_NAMED = 5


def list_caveats(
    images: Sequence[ImageRecord],
    found: StylesFound,
    content: Sequence[str] | None,
    *,
    is_tested: bool,
) -> tuple[str, ...]:
    """Sentences about everything that speaks against the result, the gravest first.

    Parameters
    ----------
    images : all that were clustered
    found : what was found in them
    content : label of each image, "" where unknown, or None
    is_tested : whether the number of clusters was tested rather than given
    """
    n_clusters = found.best.clustering.n_clusters_
    caveats: list[str] = []
    if content is not None:
        caveats += _doubt_content(content, found, is_tested=is_tested)
    agreement = found.best.evidence.across_contents
    if n_clusters > 1 and agreement < WEAK_EVIDENCE and not found.is_confounded:
        whom = "contents" if content is not None and len({*content} - {""}) > 1 else "images"
        caveats.append(
            f"The clusters carry over poorly from some {whom} to others (agreement {agreement:.2f} of 1): they may not "
            "be technologies."
        )
    if is_tested and len(images) < SMALLEST_NODE:
        assumed = "one is assumed" if n_clusters == 1 else "as many are assumed as are known"
        caveats.append(
            f"With fewer than {SMALLEST_NODE} images ({len(images)} here) the number of technologies cannot be tested, "
            f"and {assumed}. Give --clusters to split them."
        )
    if n_clusters == 1 and found.splits and found.splits[0].p_value >= found.splits[0].threshold:
        caveats.append(
            f"No evidence for more than one technology (p = {found.splits[0].p_value:.2f}). That is not evidence for "
            "one: several similar technologies can look like this. Give --clusters to split them all the same."
        )
    n_copies = len(images) - len({image.sha256 for image in images})
    if n_copies:
        caveats.append(f"{n_copies} of {len(images)} files are identical copies of others.")
    return tuple(caveats)


def describe_known(learnt: KnownStyles | None, paths: Sequence[str], order: Sequence[int]) -> tuple[str, ...]:
    """Sentences about known styles that do not fit what was measured.

    Parameters
    ----------
    learnt : what the known styles taught, or None
    paths : of the images, in the order of the table
    order : place in the table of each image in the order of the search
    """
    if learnt is None:
        return ()
    named = [
        f"{paths[order[one.image]]} (labelled {one.style}, looks like {one.instead})"
        for one in learnt.contradictions[:MOST_NAMED]
    ]
    more = len(learnt.contradictions) - len(named)
    caveats = list(learnt.warnings[:MOST_NAMED])
    if len(learnt.warnings) > MOST_NAMED:
        caveats.append(f"{len(learnt.warnings) - MOST_NAMED} more pairs of known styles are not told apart.")
    if named:
        others = f", and {more} more" if more else ""
        caveats.append(f"Known styles that the traces contradict: {', '.join(named)}{others}.")
    return tuple(caveats)


def _doubt_content(content: Sequence[str], found: StylesFound, *, is_tested: bool) -> list[str]:
    known = [label for label in content if label]
    if len(set(known)) < 2:
        return ["All content labels are the same or blank, so no content was removed."]
    if len(set(known)) == len(known):
        doubt = "Every content label occurs once, so no content could be removed"
        if not is_tested:
            return [f"{doubt}."]
        return [
            f"{doubt}, and every difference between images may be one of content: the number of technologies cannot be "
            "tested. Leave the labels out, or give --clusters."
        ]
    caveats = []
    if found.is_confounded:
        done = "was left in" if found.best.content_left_in else "was removed all the same"
        because = "" if found.confounding is None else f" {found.confounding.reason}"
        caveats.append(
            f"Style and content cannot be told apart in this collection.{because} The content {done}. What follows "
            "separates images, not necessarily technologies; images of one content by two technologies would settle it."
        )
    elif found.best.content_left_in:
        caveats.append("Removing the content left less evidence for the clusters, so it was left in.")
    if len(known) < len(content):
        caveats.append(f"{len(content) - len(known)} images have no content label: nothing was removed from them.")
    return caveats
