"""Agreement with known technologies: scores and their intervals, content left in the clusters, confounds, parts."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from forensic_style.errors import ParameterError
from forensic_style.evaluation.agreement import Agreement, measure_agreement
from forensic_style.evaluation.confounds import Confound, compare_confounds
from forensic_style.evaluation.counts import UNPLACED, ConfusionTable, count_confusion
from forensic_style.evaluation.inputs import Clustered, KnownLabels, read_clustered
from forensic_style.evaluation.intervals import LEVEL, Interval, estimate_intervals
from forensic_style.evaluation.leakage import Leakage, measure_leakage
from forensic_style.evaluation.parts import PartScore, check_parts, score_parts


@dataclass(frozen=True)
class Evaluation:
    """How clusters agree with known technologies.

    Parameters
    ----------
    n_unknown : images left out of everything below, because their technology is not known
    agreement : scores of all other images; one of no cluster counts as a cluster of its own, and as wrong
    intervals : for some scores the interval that holds, 95 times in 100, what all images of these kinds would have
    agreement_of_placed : scores of the images in a cluster alone
    confusion : clusters against technologies
    leakage : what content tells about the clusters; None where fewer than two contents are known
    confounds : what else goes along with the clusters; empty where nothing is known of the files
    parts : what each axis and family finds alone, where asked for
    """

    n_unknown: int
    agreement: Agreement
    intervals: dict[str, Interval]
    agreement_of_placed: Agreement
    confusion: ConfusionTable
    leakage: Leakage | None
    confounds: tuple[Confound, ...]
    parts: tuple[PartScore, ...]

    def __repr__(self) -> str:
        """A line, not the values."""
        low, high = self.intervals["ari"]
        size = f"{self.confusion.n_images} images, {len(self.confusion.technologies)} technologies"
        return f"Evaluation({size}, ARI {self.agreement.ari:.3f} [{low:.3f}, {high:.3f}])"

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain numbers, text, lists and dictionaries for JSON; what is not defined is None."""
        confusion = self.confusion
        content = {
            "n_images": confusion.n_images,
            "n_unknown": self.n_unknown,
            "n_clusters": len(confusion.clusters),
            "n_technologies": len(confusion.technologies),
            "agreement": asdict(self.agreement),
            "intervals": {"level": LEVEL} | self.intervals,
            "placed": {
                "n_images": confusion.n_placed,
                "share": confusion.n_placed / confusion.n_images,
                "agreement": asdict(self.agreement_of_placed),
            },
            "confusion": {
                "clusters": confusion.clusters,
                "technologies": confusion.technologies,
                "counts": confusion.counts.tolist(),
                "unplaced": confusion.unplaced.tolist(),
                "matches": [None if match is None else confusion.technologies[match] for match in confusion.matches],
            },
            "leakage": None if self.leakage is None else asdict(self.leakage) | {"share": self.leakage.share},
            "confounds": [asdict(confound) for confound in self.confounds],
            "parts": [asdict(part) for part in self.parts],
        }
        return {key: _make_plain(value) for key, value in content.items()}


def evaluate(
    result: Any,
    truth: KnownLabels,
    *,
    content: KnownLabels | None = None,
    by_axis: bool = False,
    by_family: bool = False,
    random_state: int = 0,
) -> Evaluation:
    """Score clusters against known technologies.

    Parameters
    ----------
    result : a ClusterResult, a run as `load_run` gives it, or an integer for each image, -1 where it is in no cluster
    truth : the technology of each image, None or "" where unknown: a column of the manifest that was clustered, a
        sequence in the order of the images, or a mapping from path to technology
    content : what each image shows, given likewise; that of the run where None
    by_axis, by_family : also cluster by each axis and each family alone, the number of technologies given. Takes
        seconds for each
    random_state : seed of the permutations

    Returns
    -------
    Evaluation. It does not depend on the order of the images.

    Raises
    ------
    ParameterError, TableError
        where labels do not fit the images, fewer than two technologies are known, or parts are asked of labels alone.

    Examples
    --------
    >>> evaluate([0, 0, 1, 1, -1], ["scan", "scan", "phone", "phone", "phone"]).agreement.pair_recall
    0.5
    """
    clustered = read_clustered(result)
    technologies = clustered.read_labels(truth, "truth")
    shown = clustered.content if content is None else clustered.read_labels(content, "content")
    known = np.array([bool(technology) for technology in technologies], dtype=bool)
    _check_known(technologies)
    table = check_parts(clustered.table) if by_axis or by_family else None
    rows = np.flatnonzero(known).tolist()
    labels, names = clustered.labels[rows], [technologies[row] for row in rows]
    confusion = count_confusion(labels, names)
    agreement = measure_agreement(confusion)
    placed = labels != UNPLACED
    names_of_placed = [name for name, is_placed in zip(names, placed, strict=True) if is_placed]
    return Evaluation(
        n_unknown=len(technologies) - len(rows),
        agreement=agreement,
        intervals=estimate_intervals(confusion, agreement),
        agreement_of_placed=measure_agreement(count_confusion(labels[placed], names_of_placed)),
        confusion=confusion,
        leakage=None
        if shown is None
        else measure_leakage(labels, names, [shown[row] for row in rows], random_state=random_state),
        confounds=_compare(clustered, rows, names),
        parts=() if table is None else score_parts(table, technologies, shown, by_axis=by_axis, by_family=by_family),
    )


def _check_known(technologies: list[str]) -> None:
    names = sorted({name for name in technologies if name})
    if len(names) < 2:
        there = f"all known ones are {names[0]!r}" if names else "none is known"
        raise ParameterError(
            f"Agreement needs images of at least two technologies, but of {len(technologies)} images {there}. "
            "Check the column of the technologies."
        )


def _compare(clustered: Clustered, rows: list[int], names: list[str]) -> tuple[Confound, ...]:
    if clustered.table is None:
        return ()
    return compare_confounds([clustered.table.images[row] for row in rows], clustered.labels[rows], names)


def _make_plain(value: Any) -> Any:
    """NaN -> None, tuples -> lists, at any depth."""
    if isinstance(value, dict):
        return {key: _make_plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_make_plain(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value
