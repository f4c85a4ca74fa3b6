"""New images -> clusters of a finished run, or none of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forensic_style.errors import ParameterError
from forensic_style.labels import Labels, read_labels
from forensic_style.placement.matching import find_blank, read_values
from forensic_style.placement.model import StyleModel
from forensic_style.table import FingerprintTable
from forensic_style.threads import one_thread_for_algebra
from forensic_style.writing import write_csv

FALSE_ALARMS = 0.05  # share of images of known technologies that may be told to belong to none
NONE = -1


@dataclass(frozen=True)
class KnownImages:
    """Images that a run has an answer for.

    Parameters
    ----------
    hashes : SHA-256 of the files
    labels : integer array, shape (n_images,), -1 for none
    confidences : float64 array, shape (n_images,)
    """

    hashes: Sequence[str]
    labels: NDArray[np.intp]
    confidences: NDArray[np.float64]

    def find(self, hashes: Sequence[str]) -> NDArray[np.intp]:
        """Place of each file among the known ones, -1 where it is none, or there twice with different answers."""
        answers: dict[str, set[int]] = {}
        for known, label in zip(self.hashes, self.labels.tolist(), strict=True):
            answers.setdefault(known, set()).add(label)
        places = {known: place for place, known in enumerate(self.hashes) if len(answers[known]) == 1}
        return np.array([places.get(known, -1) for known in hashes], dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Assignment:
    """Clusters of new images.

    Parameters
    ----------
    paths : of the images
    clusters : integer array, shape (n_images,); -1 where an image belongs to none
    confidences : float64 array, shape (n_images,), 0..1, in that answer: the posterior of the cluster among those that
        are not ruled out; for -1 the most that the share of members as far can say for it
    nearest : integer array, shape (n_images,), the likeliest cluster, also where the answer is none
    members_as_far : float64 array, shape (n_images,), share of that cluster's own members that would lie as far from
        its centre, 0..1
    in_run : boolean array, shape (n_images,), whether the file is part of the run: then the answer is the run's
    false_alarms : the share of images of the clusters' technologies that may be told to belong to none
    """

    paths: list[str]
    clusters: NDArray[np.intp]
    confidences: NDArray[np.float64]
    nearest: NDArray[np.intp]
    members_as_far: NDArray[np.float64]
    in_run: NDArray[np.bool_]
    false_alarms: float

    def describe_rate(self) -> str:
        """What none means, in words."""
        return (
            f"None: fewer than {100 * self.false_alarms:g} % of any cluster's own members would lie as far from it. Up "
            "to that share of new images of the run's technologies may be told so by mistake, if they are like those "
            "of the run."
        )

    def save(self, path: Path) -> None:
        """Write a table, one row per image."""
        header = ["path", "cluster", "confidence", "nearest_cluster", "members_as_far", "none_below", "in_run"]
        rows = (
            [
                name,
                str(self.clusters[place]),
                f"{self.confidences[place]:.4f}",
                str(self.nearest[place]),
                f"{self.members_as_far[place]:.3g}",
                f"{self.false_alarms:g}",
                "yes" if self.in_run[place] else "no",
            ]
            for place, name in enumerate(self.paths)
        )
        write_csv(header, rows, path)


@dataclass(frozen=True, slots=True)
class ClusterSummary:
    """Images assigned to one cluster, or to none, and their mean confidence."""

    name: str
    n_images: int
    confidence: float


def assign(
    model: StyleModel,
    table: FingerprintTable,
    *,
    content: Labels | None = None,
    false_alarms: float = FALSE_ALARMS,
    known: KnownImages | None = None,
) -> Assignment:
    """Place new images in the clusters of a model, or in none.

    An image belongs to none where for every cluster fewer than `false_alarms` of its members would lie as far from
    the centre. What members show was measured on images left out, contents and all. Among the other clusters the
    nearest centre decides, in the space of the clusters; where that one is ruled out, the posterior does. An image for
    which none of the model's families exists belongs to none, with confidence 0: nothing is known of it.

    Parameters
    ----------
    table : fingerprints of at least the families of the model, in the same versions
    content : a column of the manifest, a sequence in the order of `table.paths`, or a mapping from path to label;
        contents that the model has not seen, blanks and None are taken as average
    false_alarms : above 0 and below 1
    known : images with an answer already: files with the same bytes get it again

    Raises
    ------
    TableError, ParameterError
        where families or versions differ, nothing was measured, or an argument does not fit.
    """
    if not 0 < false_alarms < 1:
        raise ParameterError(f"The rate of false alarms must be above 0 and below 1. Got {false_alarms!r} instead.")
    values, missing = read_values(model, table)
    labels = read_labels(table, content)
    with one_thread_for_algebra():
        images, windows = model.project(values, groups=table.groups, content=labels, missing=missing)
        shares = model.measure_members(values, groups=table.groups, missing=missing)
        posterior = model.compare_clusters(windows, groups=table.groups)
    blank = find_blank(model, table)
    shares[blank] = 0.0
    nearest, posterior = _choose(model.clustering.predict(images), posterior, shares >= false_alarms)
    rows = np.arange(len(nearest))
    as_far = shares[rows, nearest]
    is_none = as_far < false_alarms
    found = Assignment(
        paths=table.paths,
        clusters=np.where(is_none, NONE, nearest),
        confidences=np.where(is_none, np.where(blank, 0.0, _doubt_membership(as_far)), posterior[rows, nearest]),
        nearest=nearest,
        members_as_far=as_far,
        in_run=np.zeros(len(nearest), dtype=bool),
        false_alarms=false_alarms,
    )
    return found if known is None else _repeat(found, known, [image.sha256 for image in table.images])


def _choose(
    nearest: NDArray[np.intp], posterior: NDArray[np.float64], possible: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The nearest cluster that is possible, wherever one is, and the posterior among those that are."""
    any_left = np.any(possible, axis=1)[:, None]
    weights = np.where(possible | ~any_left, np.maximum(posterior, 1e-300), 0.0)
    rows = np.arange(len(nearest))
    chosen = np.where(possible[rows, nearest] | ~any_left[:, 0], nearest, weights.argmax(axis=1))
    return chosen, weights / weights.sum(axis=1, keepdims=True)


def summarize(found: Assignment) -> list[ClusterSummary]:
    """Each cluster that has images, from 0 on, and none last."""
    numbers = sorted(set(found.clusters.tolist()), key=lambda number: (number < 0, number))
    return [
        ClusterSummary(
            name="none" if number < 0 else str(number),
            n_images=int((found.clusters == number).sum()),
            confidence=float(found.confidences[found.clusters == number].mean()),
        )
        for number in numbers
    ]


def _doubt_membership(as_far: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability that an image is no member, at most, from the share of members as far.

    With even odds before, 1 / (1 - e p log p): no alternative speaks more strongly against membership.

    Source
    ------
    Sellke, Bayarri and Berger, "Calibration of p values for testing precise null hypotheses", The American
    Statistician 55, 2001, equation 3. It holds for p below 1 / e; above, even odds are left.
    """
    p = np.clip(as_far, 1e-300, 1 / math.e)
    return 1 / (1 - math.e * p * np.log(p))


def _repeat(found: Assignment, known: KnownImages, hashes: Sequence[str]) -> Assignment:
    """What is known of files takes the place of what was found."""
    places = known.find(hashes)
    in_run = places >= 0
    labels = np.where(in_run, known.labels[places], found.clusters)
    return replace(
        found,
        clusters=labels,
        confidences=np.where(in_run, known.confidences[places], found.confidences),
        nearest=np.where(in_run & (labels >= 0), labels, found.nearest),
        in_run=in_run,
    )
