"""Entries of a comparison: what a source and a method found, scored."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.comparison.costs import Cost
from forensic_style.comparison.leftover import estimate_leakage
from forensic_style.comparison.methods import Found
from forensic_style.evaluation.agreement import measure_agreement
from forensic_style.evaluation.counts import count_confusion
from forensic_style.evaluation.intervals import Interval, estimate_intervals
from forensic_style.evaluation.leakage import Leakage, measure_leakage

SCORES = ("ari", "ami")


@dataclass(frozen=True, eq=False)
class EntryScore:
    """A clustering of the images that all entries have.

    Parameters
    ----------
    source, method, title : name of the run or table, name of the method ("" for a run's own clusters), both in words
    n_clusters : with at least one of the images scored
    n_left_out : images of the source that are not scored
    labels : integer array, shape (n_images,), in the order of the comparison's paths
    ari, ami : agreement with the technologies, as `evaluate` measures it
    intervals : of these scores, 95 %
    leakage, leakage_interval : content left in the clusters beyond technology, and the interval of its share; None
        where fewer than two contents are known
    content_ami, content_interval : adjusted mutual information of clusters and content, as for technologies; None
        likewise
    cost : of measuring
    found : the labels of the images clustered, seconds, notes, and what content is told from the rows
    paths : of the images clustered: all of a run that stands for itself, those that all entries have for methods
    """

    source: str
    method: str
    title: str
    n_clusters: int
    n_left_out: int
    labels: NDArray[np.intp]
    ari: float
    ami: float
    intervals: dict[str, Interval]
    leakage: Leakage | None
    leakage_interval: Interval | None
    content_ami: float | None
    content_interval: Interval | None
    cost: Cost
    found: Found
    paths: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without the labels."""
        leakage = None if self.leakage is None else asdict(self.leakage) | {"share": self.leakage.share}
        before, after = self.found.content_before, self.found.content_after
        return {
            "title": self.title,
            "source": self.source,
            "method": self.method or None,
            "n_clusters": self.n_clusters,
            "n_left_out": self.n_left_out,
            "ari": self.ari,
            "ami": self.ami,
            "intervals": {name: list(ends) for name, ends in self.intervals.items()},
            "leakage": leakage,
            "leakage_interval": None if self.leakage_interval is None else list(self.leakage_interval),
            "content_ami": self.content_ami,
            "content_interval": None if self.content_interval is None else list(self.content_interval),
            "content_told_before": None if before is None else asdict(before),
            "content_told_after": None if after is None else asdict(after),
            "cost": asdict(self.cost),
            "seconds_of_method": self.found.seconds,
            "notes": list(self.found.notes),
        }


def score_entry(
    found: Found,
    rows: list[int],
    technologies: list[str],
    content: list[str] | None,
    *,
    about: dict[str, Any],
    random_state: int,
) -> EntryScore:
    """Score what was found.

    Parameters
    ----------
    found : labels of the images clustered
    rows : of the images to score, in the order of `technologies` and `content`
    about : source, method, title, cost, paths and n_left_out of the entry
    """
    labels = found.labels[rows]
    confusion = count_confusion(labels, technologies)
    agreement = measure_agreement(confusion)
    intervals = estimate_intervals(confusion, agreement)
    leakage = None if content is None else measure_leakage(labels, technologies, content, random_state=random_state)
    has_leakage = content is not None and leakage is not None
    content_ami, content_interval = measure_content(labels, content) if content and has_leakage else (None, None)
    return EntryScore(
        n_clusters=len(confusion.clusters),
        labels=labels,
        ari=agreement.ari,
        ami=agreement.ami,
        intervals={name: intervals[name] for name in SCORES},
        leakage=leakage,
        leakage_interval=estimate_leakage(labels, technologies, content, leakage)  # type: ignore[arg-type]
        if has_leakage
        else None,
        content_ami=content_ami,
        content_interval=content_interval,
        found=found,
        **about,
    )


def measure_content(labels: NDArray[np.intp], content: list[str]) -> tuple[float, Interval]:
    """How far labels go along with content, as adjusted mutual information with its interval.

    Images of unknown content are left out.
    """
    known = [number for number, label in enumerate(content) if label]
    confusion = count_confusion(labels[known], [content[number] for number in known])
    agreement = measure_agreement(confusion)
    return agreement.ami, estimate_intervals(confusion, agreement)["ami"]
