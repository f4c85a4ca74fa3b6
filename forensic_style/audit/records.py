"""What an audit holds: alignments of clusters and splits with other properties, claims against pixels, warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forensic_style.clusters.joins import Join

Kind = Literal["file", "history", "looks", "content", "context", "claim"]
"""Format, size, depth; JPEG settings; brightness and the like; content; folder and date; what EXIF claims."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Agreement of the clusters, or of the two sides of a split, with one property.

    Parameters
    ----------
    confound : name of the property
    n_values : different values it takes
    nmi : normalized mutual information with the clusters, 0..1; small numbers of images inflate it
    ami : the same adjusted for chance: 0 where unrelated, below where values are spread over the clusters evenly
    purity : share of images whose value is the most frequent one of their cluster, 0..1
    kind : what sort of property it is; a file's history is technology itself, so following it is no fault
    n_known : images for which it is known
    p_value : chance of an NMI as large in shuffled clusters
    left : agreement (adjusted Rand index, at least 0) of the clusters with those found after the property was removed;
        None where they do not follow it closely enough to ask. Of more than 400 images, 400 are asked, and it is
        uncertain by up to 0.05 (standard error)
    decided : share of the clusters that the value alone decides (Theil's uncertainty coefficient), corrected for
        chance: 1 where each value is in one cluster, even if a cluster holds several values; about 0 by chance, and for
        a value of its own in every image
    is_crossed : whether all the clusters compared hang together by values that they share. Where they do not, these
        images cannot tell what the property does between those that share none, and nothing between them is left
    """

    confound: str
    n_values: int
    nmi: float
    ami: float
    purity: float
    kind: Kind = "file"
    n_known: int = 0
    p_value: float = 1.0
    left: float | None = None
    decided: float = 0.0
    is_crossed: bool = True


@dataclass(frozen=True, slots=True)
class SplitAudit:
    """One split of the tree of clusters.

    Parameters
    ----------
    join : the clusters on its two sides
    n_images : on both sides together
    alignments : of the sides with properties, the closest first
    dies_without : names of the properties after whose removal it is not found again, of those that may be a fault (of
        kind file, looks or content); empty where it stands
    """

    join: Join
    n_images: int
    alignments: tuple[Alignment, ...]
    dies_without: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClaimCount:
    """How often the files of a cluster claim what: `values` the most frequent first, "" where they claim nothing."""

    cluster: int
    field: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A file whose claim its pixels do not support.

    Parameters
    ----------
    image : its number in the table
    field : "camera", "software" or another name of what is claimed
    claim : as the file says it
    cluster : where its pixels put it, -1 for none
    usual : cluster where other files with that claim are most frequent; None where there are too few to tell
    resembles : the claim of the files that it resembles, "" for none
    strength : logarithm to base 10 of how much more likely its traces are among the files that it resembles than among
        the others with its claim
    words : the evidence in a sentence
    """

    image: int
    field: str
    claim: str
    cluster: int
    usual: int | None
    resembles: str
    strength: float
    words: str


@dataclass(frozen=True, slots=True)
class ClaimsAudit:
    """Claims of all clusters, and the files that contradict theirs, strongest first."""

    counts: tuple[ClaimCount, ...]
    contradictions: tuple[Contradiction, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """What else could explain a result.

    Parameters
    ----------
    alignments : of the clusters with every property that varies
    splits : the same for every split of the tree of clusters, the one of all images first
    claims : what the files claim of their origin, against the pixels; None where they claim nothing
    warnings : sentences, the gravest first
    notes : sentences about what goes with the clusters and is no fault: a file's history, the folder, the date, claims
    """

    alignments: tuple[Alignment, ...] = ()
    splits: tuple[SplitAudit, ...] = ()
    claims: ClaimsAudit | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
