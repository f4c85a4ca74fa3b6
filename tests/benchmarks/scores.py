"""What `cluster` makes of a set whose technologies are known: a line of figures."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from labelled_sets import LabelledSet
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

import forensic_style as fs
from forensic_style.clusters.partition import average_parts, partition

CONFOUNDED = "cannot be told apart"  # in the warning that style and content are one


@dataclass(frozen=True)
class Score:
    """Agreement with the technologies (adjusted Rand index), and what else there is to say of a set.

    Parameters
    ----------
    name, images, true : the set, its images and technologies
    none, centred, crossed : agreement where the number of technologies is given: content not removed, each content's
        mean subtracted (in the same space, for comparison), removed as crossed effects; nan without contents, and
        `crossed` is then as `none`
    found, auto : number tested from the data, and the agreement with it
    outside_given, outside_tested : images placed in no cluster (the column `outside`)
    warned : whether it was said that style and content cannot be told apart, number tested
    seconds : for all of it, fingerprints apart
    """

    name: str
    images: int
    true: int
    none: float
    centred: float
    crossed: float
    found: int
    auto: float
    outside_given: int
    outside_tested: int
    warned: bool
    seconds: float


HEADER = (
    f"{'set':36} images true   none centred crossed  found   auto  outside warned  seconds\n"
    f"{'':36}              (number given)          (number tested)"
)


def score_set(given: LabelledSet, *, families: Sequence[str] | None = None) -> Score:
    """Cluster a set with its number of technologies and without."""
    start = time.perf_counter()
    truth, contents = given.technologies, given.contents
    n_technologies = len(set(truth))
    chosen = None if families is None else list(families)
    none = fs.cluster(given.table, n_clusters=n_technologies, families=chosen)
    crossed, centred = none, float("nan")
    if contents is not None:
        crossed = fs.cluster(given.table, content=contents, n_clusters=n_technologies, families=chosen)
        centred = adjusted_rand_score(truth, _centre(none, contents, n_technologies))
    auto = fs.cluster(given.table, content=contents, families=chosen)
    return Score(
        name=given.name,
        images=len(truth),
        true=n_technologies,
        none=adjusted_rand_score(truth, none.labels),
        centred=centred,
        crossed=adjusted_rand_score(truth, crossed.labels),
        found=auto.n_clusters,
        auto=adjusted_rand_score(truth, auto.labels),
        outside_given=int((crossed.labels < 0).sum()),
        outside_tested=int((auto.labels < 0).sum()),
        warned=is_warned(auto),
        seconds=time.perf_counter() - start,
    )


def is_warned(result: fs.ClusterResult) -> bool:
    """Whether a result says that style and content cannot be told apart."""
    return any(CONFOUNDED in warning for warning in result.warnings)


def _centre(result: fs.ClusterResult, contents: list[str], n_clusters: int) -> NDArray[np.intp]:
    """Clusters after subtracting each content's mean, in the coordinates that were clustered without content."""
    codes = np.unique(contents, return_inverse=True)[1]
    coordinates = result.coordinates
    return partition(coordinates - average_parts(coordinates, codes)[codes], n_clusters)


def format_score(score: Score) -> str:
    """A line below HEADER."""
    outside = f"{score.outside_given} / {score.outside_tested}"
    return (
        f"{score.name:36} {score.images:6} {score.true:4} {score.none:6.3f} {score.centred:7.3f} {score.crossed:7.3f} "
        f"{score.found:6} {score.auto:6.3f} {outside:>8} {'yes' if score.warned else 'no':>6} {score.seconds:8.1f}"
    )


def format_means(scores: Sequence[Score]) -> str:
    """A last line: means over the sets, and how often the number was right."""
    none, crossed, auto, seconds = (
        np.mean([getattr(score, name) for score in scores]) for name in ("none", "crossed", "auto", "seconds")
    )
    with_contents = [score.centred for score in scores if not np.isnan(score.centred)]
    centred = np.mean(with_contents) if with_contents else float("nan")
    off = np.array([abs(score.found - score.true) for score in scores])
    return (
        f"{f'mean of {len(scores)}':36} {'':11} {none:6.3f} {centred:7.3f} {crossed:7.3f} {'':6} {auto:6.3f} "
        f"{'':15} {seconds:8.1f}\n"
        f"number exact on {(off == 0).sum()}, within one on {(off <= 1).sum()} of {len(off)}; "
        f"tested at most .10 below given on {sum(s.auto >= s.crossed - 0.1 for s in scores)}; "
        f"warned on {sum(s.warned for s in scores)}"
    )


def save_scores(scores: Sequence[Score], path: Path) -> None:
    """Write the lines as CSV."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Score)])
        writer.writeheader()
        writer.writerows(asdict(score) for score in scores)
