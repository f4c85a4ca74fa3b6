"""What files claim of their origin, cluster by cluster, and the files whose pixels say something else."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from forensic_style.audit import ClaimCount, Contradiction
from forensic_style.report.palette import Mark
from forensic_style.result import ClusterResult

MOST_VALUES = 8  # of one claim in one cluster
MOST_CONTRADICTIONS = 100
MOST_PICTURES = 40  # their thumbnails, about 0.2 MB


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """What the files of one cluster claim in one field: values with their numbers of files, the most frequent first."""

    mark: Mark
    field: str
    values: tuple[tuple[str, int], ...]
    n_more: int


@dataclass(frozen=True, slots=True)
class ContradictionRow:
    """A file against its own claim; `strength` in powers of ten, `source` the data URI of its thumbnail or ""."""

    rank: int
    image: int
    path: str
    source: str
    field: str
    claim: str
    mark: Mark
    usual: Mark | None
    resembles: str
    strength: float
    words: str


@dataclass(frozen=True, slots=True)
class ClaimsView:
    """The section on claims."""

    counts: tuple[ClaimRow, ...]
    contradictions: tuple[ContradictionRow, ...]
    n_contradictions: int
    n_files: int


def describe_claims(result: ClusterResult) -> ClaimsView | None:
    """The claims in the order of the audit; None where the files claim nothing, or it may not be shown."""
    claims = result.audit.claims
    if claims is None:
        return None
    listed = claims.contradictions[:MOST_CONTRADICTIONS]
    return ClaimsView(
        counts=tuple(_describe_count(count) for count in claims.counts),
        contradictions=tuple(_describe(result, found, rank) for rank, found in enumerate(listed, start=1)),
        n_contradictions=len(claims.contradictions),
        n_files=len({one.image for one in claims.contradictions}),
    )


def _describe_count(count: ClaimCount) -> ClaimRow:
    return ClaimRow(
        Mark(count.cluster), count.field, count.values[:MOST_VALUES], max(0, len(count.values) - MOST_VALUES)
    )


def _describe(result: ClusterResult, found: Contradiction, rank: int) -> ContradictionRow:
    image = result.table.images[found.image]
    data = base64.b64encode(image.thumbnail).decode("ascii") if rank <= MOST_PICTURES else ""
    return ContradictionRow(
        rank=rank,
        image=found.image,
        path=image.path,
        source=f"data:image/jpeg;base64,{data}" if data else "",
        field=found.field,
        claim=found.claim,
        mark=Mark(found.cluster),
        usual=None if found.usual is None else Mark(found.usual),
        resembles=found.resembles,
        strength=found.strength,
        words=found.words,
    )
