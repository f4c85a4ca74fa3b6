"""What clusters and splits go with, and what of them is left without it, in words."""

from __future__ import annotations

from dataclasses import dataclass

from forensic_style.audit import Alignment, SplitAudit
from forensic_style.audit.alignment import is_followed
from forensic_style.audit.removal import DIES, dies
from forensic_style.audit.sentences import decides_all
from forensic_style.report.palette import Mark
from forensic_style.report.words import ABSENT, join_words, show_p
from forensic_style.result import ClusterResult

MOST_CLOSEST = 3  # properties named beside a split
KINDS = {
    "file": "how the file is stored",
    "history": "JPEG history: part of the technology",
    "looks": "how the image looks",
    "content": "what it shows",
    "context": "where and when it was kept",
    "claim": "what the file claims",
}


@dataclass(frozen=True, slots=True)
class AlignmentRow:
    """One property against the clusters; `is_grave` where it may be all that separates them."""

    name: str
    kind: str
    n_known: int
    n_values: int
    nmi: float
    p_value: str
    ami: float
    purity: float
    left: str
    is_grave: bool
    reading: str


@dataclass(frozen=True, slots=True)
class SplitRow:
    """One split: the clusters on its sides, what goes with it closest, and what it does not survive.

    `is_dead` where it is not found again without a property; `is_doubtful` also where the images cannot tell.
    """

    one: tuple[Mark, ...]
    other: tuple[Mark, ...]
    n_images: int
    height: float
    closest: tuple[tuple[str, str], ...]
    is_dead: bool
    is_doubtful: bool
    verdict: str


def describe_alignments(result: ClusterResult) -> tuple[AlignmentRow, ...]:
    """The properties of the files against the clusters, in the order of the audit; none for a single cluster."""
    return tuple(_describe(alignment) for alignment in result.audit.alignments) if result.n_clusters > 1 else ()


def describe_split_audits(result: ClusterResult) -> tuple[SplitRow, ...]:
    """The splits of the tree of clusters, the one of all images first."""
    return tuple(_describe_split(split) for split in result.audit.splits)


def _describe(found: Alignment) -> AlignmentRow:
    is_grave, reading = _read(found)
    return AlignmentRow(
        name=found.confound,
        kind=KINDS[found.kind],
        n_known=found.n_known,
        n_values=found.n_values,
        nmi=found.nmi,
        p_value=show_p(found.p_value),
        ami=found.ami,
        purity=found.purity,
        left=_show_left(found),
        is_grave=is_grave,
        reading=reading,
    )


def _read(found: Alignment) -> tuple[bool, str]:
    """Whether an alignment may be the whole cause, and what it says."""
    share = f"decides {max(0.0, found.decided):.2f} of them"
    if not is_followed(found):
        return False, f"{share}: does not explain them alone"
    if found.kind == "history":
        return False, "goes with them: a file's past is technology itself"
    if found.kind in ("context", "claim"):
        return False, "goes with them: no cause, but a hint"
    if found.left is None:
        return False, f"{share}: too few images to ask what is left without it"
    if decides_all(found) or (found.kind == "content" and dies(found)):
        why = "" if found.is_crossed else ": clusters share no value of it, so these images cannot tell"
        return True, f"may be all that separates them{why}"
    if dies(found):
        return False, "may be part of what separates them: see the splits"
    return False, "goes with them, but they are found again without it"


def _show_left(found: Alignment) -> str:
    """What is left without a property; where no two clusters share a value of it, nothing is by definition."""
    if found.left is None:
        return ABSENT
    return "cannot tell" if found.left == 0 and not found.is_crossed else f"{found.left:.2f}"


def _describe_split(split: SplitAudit) -> SplitRow:
    closest = [one for one in split.alignments if one.decided > 0][:MOST_CLOSEST]
    crossed = {one.confound for one in split.alignments if one.is_crossed}
    proven = [name for name in split.dies_without if name in crossed]
    return SplitRow(
        one=tuple(Mark(cluster) for cluster in split.join.one),
        other=tuple(Mark(cluster) for cluster in split.join.other),
        n_images=split.n_images,
        height=split.join.height,
        closest=tuple((one.confound, _show_closeness(one)) for one in closest),
        is_dead=bool(proven),
        is_doubtful=bool(split.dies_without),
        verdict=_judge(split, proven),
    )


def _judge(split: SplitAudit, proven: list[str]) -> str:
    """Whether a split stands, and what may be all of it; `proven` are the properties without which it dies."""
    if proven:
        return f"dies without {join_words(proven)}"
    if split.dies_without:
        names = join_words(list(split.dies_without), "or")
        return f"may be {names} alone: its sides share no value of it, so these images cannot tell"
    history = [one.confound for one in split.alignments if one.kind == "history" and one.left is not None]
    if history:
        return f"stands: it goes with {join_words(history)}, but a file's past is technology itself"
    return "stands: nothing that was checked takes it away"


def _show_closeness(found: Alignment) -> str:
    """How far a property decides a split, and what is left of the split without it."""
    left = "" if found.left is None else f", left without it {_show_left(found)}"
    return f"decides {found.decided:.2f}, p {show_p(found.p_value)}{left}"


__all__ = ["DIES", "KINDS", "AlignmentRow", "SplitRow", "describe_alignments", "describe_split_audits"]
