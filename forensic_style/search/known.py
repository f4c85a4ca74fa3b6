"""What a few known styles teach: a representation that tells them apart, and clusters that respect the labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.optimize
from numpy.typing import ArrayLike, NDArray

from forensic_style.clusters.constraints import merge_within_constraints
from forensic_style.clusters.discriminants import SHRINKAGE, maximize_information, weigh_parts, whiten_within
from forensic_style.clusters.limiting import NormLimiter
from forensic_style.clusters.partition import as_labels, average_parts, measure_distances, number_by_size
from forensic_style.content.adjust import ContentAdjuster
from forensic_style.errors import ParameterError

WIDE = 100  # replicate directions that take part, at most
NARROW = 40  # where fewer are less easily misled
MOST_FOLDS = 4  # of known images, held out by turns
N_PARTS_HELD_OUT = 5  # of the images that a discriminant learns from, held out by turns
ROUNDS, MOST_ROUNDS = 8, 30
TRUSTED = 0.5  # share of the held-out images to be placed right, else the labels teach nothing to rely on
LENIENCE = 0.05  # share of the held-out images that the vote may place worse: it knew fewer labels than it will
CLEARLY = 0.99  # posterior from which traces clearly belong to another style
TOLD_APART = 0.6  # share of two styles' known images to be told right between the two


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A known image whose traces clearly belong to another known style.

    Parameters
    ----------
    image : its row
    style : as labelled
    instead : the style that its traces show
    probability : of that style, 0..1, by a discriminant that did not know this image's label
    """

    image: int
    style: str
    instead: str
    probability: float


@dataclass(frozen=True)
class KnownStyles:
    """What was learnt from a few known styles.

    Parameters
    ----------
    labels : integer array, shape (n_images,), 0 the largest cluster; known images are with their own style always
    names : style of each cluster, "" for one that no label names
    directions : float64 array, shape (n_columns, n_kept), or None where the labels only name clusters
        Bring rows of the images' space to one in which the styles lie apart, in standard deviations within styles.
    contradictions : known images that look like another style: they keep their cluster, and taught nothing
    inseparable : pairs of styles whose known images no evidence tells apart
    accuracy : share of the known images that were placed right while their label was held out; nan where none could be
    learnt : whether the labels moved images, rather than only named clusters
    """

    labels: NDArray[np.intp]
    names: tuple[str, ...]
    directions: NDArray[np.float64] | None
    contradictions: tuple[Contradiction, ...]
    inseparable: tuple[tuple[str, str], ...]
    accuracy: float
    learnt: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about pairs of styles that are not told apart. Images are for the caller to name."""
        return tuple(
            f"Nothing measured tells the known styles {first!r} and {second!r} apart: images placed in one of them may "
            "belong to the other."
            for first, second in self.inseparable
        )


def learn_styles(
    images: NDArray[np.float64],
    known: ArrayLike,
    start: NDArray[np.intp],
    *,
    content: ArrayLike | None = None,
    n_clusters: int | None = None,
) -> KnownStyles:
    """Improve a partition by a few known styles.

    With fewer than two known images in each style, labels name clusters and move nothing else. So they do where the
    partition has every known image right already: then nothing shows what could be better. Else, five
    ways to join what the labels and the partition say vote on each image: the partition carried on in a metric learnt
    from it; a discriminant learnt, in few and in many directions, where partition and known styles agree; and the first
    and the last of these sharpened by :func:`forensic_style.clusters.discriminants.maximize_information`. Known images
    are held out by turns: where the vote places fewer than half of them right, or clearly fewer than the partition did,
    the partition stays.

    Images of one known style stay together, images of two never do. Clusters that hold no known image are styles that
    nobody named.

    Parameters
    ----------
    images : float64 array, shape (n_images, n_columns), in a replicate space of 40 to 100 directions, widest first. The
        order of the images decides which are held out together: let it depend on their files alone.
    known : labels, shape (n_images,), None or "" where unknown
    start : integer array, shape (n_images,), a partition found without labels
    content : labels, shape (n_images,), explained away beside the style; None for none
    n_clusters : as many as there are known styles, or more; None for the known styles and what else `start` found

    Raises
    ------
    ParameterError
        where labels do not fit the images, or fewer clusters are wanted than styles are known.
    """
    styles, codes = _encode(known, len(images))
    if n_clusters is not None and n_clusters < len(styles):
        raise ParameterError(
            f"{len(styles)} styles are known, but {n_clusters} clusters were asked for. Ask for at least "
            f"{len(styles)}, or for auto."
        )
    if not np.any(np.bincount(codes[codes >= 0], minlength=1) > 1) or len(styles) + len(np.unique(start)) < 3:
        return _name_only(styles, codes, start)
    if n_clusters in (None, len(np.unique(start))) and _is_confirmed(codes, start):
        return replace(_name_only(styles, codes, start), accuracy=1.0)
    rows = NormLimiter().fit_transform(images[:, :WIDE])
    parts = _begin(rows, codes, start, n_styles=len(styles), n_clusters=n_clusters, content=content)
    is_better, held_out = _hold_out(rows, codes, parts, content)
    voted = _vote(rows, codes, parts, content) if is_better else np.where(codes >= 0, codes, parts)
    doubted = _find_contradictions(rows, codes, voted, content, styles, held_out)
    if doubted and is_better:
        trusted = codes.copy()
        trusted[[one.image for one in doubted]] = -1
        if len(np.unique(trusted[trusted >= 0])) == len(styles):
            voted = _vote(rows, trusted, parts, content)
    return _finish(images, styles, codes, voted, content, doubted, held_out, learnt=is_better)


def _encode(known: ArrayLike, n_images: int) -> tuple[list[str], NDArray[np.intp]]:
    """Sorted styles, and the code of each image, -1 where unknown."""
    labels = as_labels(np.asarray(known, dtype=object).ravel())
    if len(labels) != n_images:
        raise ParameterError(f"There are {n_images} images and {len(labels)} known styles. Give one per image.")
    styles = sorted({label for label in labels if label})
    place = {style: code for code, style in enumerate(styles)}
    return styles, np.array([place.get(label, -1) for label in labels], dtype=np.intp)


def _name_only(styles: list[str], codes: NDArray[np.intp], start: NDArray[np.intp]) -> KnownStyles:
    """The partition as it is; where two styles lie in one cluster, the first in the alphabet names it."""
    labels = number_by_size(start)
    names = [""] * (int(labels.max()) + 1)
    together = []
    for code, style in enumerate(styles):
        cluster = int(np.bincount(labels[codes == code]).argmax())
        if names[cluster]:
            together.append((names[cluster], style))
        names[cluster] = names[cluster] or style
    return KnownStyles(labels, tuple(names), None, (), tuple(together), float("nan"), learnt=False)


def _is_confirmed(codes: NDArray[np.intp], start: NDArray[np.intp]) -> bool:
    """Whether each style lies in one cluster, and each cluster holds one style at most."""
    pairs = {(style, cluster) for style, cluster in zip(codes.tolist(), start.tolist(), strict=True) if style >= 0}
    return len(pairs) == len({style for style, _ in pairs}) == len({cluster for _, cluster in pairs})


def _begin(
    rows: NDArray[np.float64],
    codes: NDArray[np.intp],
    start: NDArray[np.intp],
    *,
    n_styles: int,
    n_clusters: int | None,
    content: ArrayLike | None,
) -> NDArray[np.intp]:
    """The partition with its clusters called by the styles: 0 to n_styles - 1 known, the others new."""
    start = np.unique(start, return_inverse=True)[1]
    counts = np.zeros((int(start.max()) + 1, n_styles))
    np.add.at(counts, (start[codes >= 0], codes[codes >= 0]), 1)
    if n_clusters is None:
        n_clusters = n_styles + int((counts.sum(axis=1) == 0).sum())
    if n_clusters == n_styles == len(counts):
        clusters, matched = scipy.optimize.linear_sum_assignment(-counts)
        return matched[np.argsort(clusters)][start]
    adjusted = _remove_content(rows, content, start)
    return merge_within_constraints(
        adjusted @ whiten_within(adjusted, start), codes, start, n_clusters=n_clusters, n_styles=n_styles
    )


def _remove_content(
    rows: NDArray[np.float64], content: ArrayLike | None, style: NDArray[np.intp]
) -> NDArray[np.float64]:
    return rows if content is None else ContentAdjuster().fit_transform(rows, content=content, style=style)


def _vote(
    rows: NDArray[np.float64], codes: NDArray[np.intp], start: NDArray[np.intp], content: ArrayLike | None
) -> NDArray[np.intp]:
    """The part that most of five ways choose for each image; among equals the first."""
    narrow = rows[:, :NARROW]
    carried = _carry_on(narrow, codes, start, content)
    agreed = _learn_where_agreed(rows, codes, start, content)
    ways = [carried, agreed, _learn_where_agreed(narrow, codes, start, content)]
    for labels in (carried, agreed):
        sharpened = maximize_information(_remove_content(rows, content, labels), codes, labels)
        ways.append(_keep_known(sharpened.argmax(axis=1), codes))
    counts = np.zeros((len(rows), int(start.max()) + 1))
    for way in ways:
        counts[np.arange(len(rows)), way] += 1
    return _keep_known(counts.argmax(axis=1), codes)


def _keep_known(labels: NDArray[np.intp], codes: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.where(codes >= 0, codes, labels)


def _carry_on(
    rows: NDArray[np.float64], codes: NDArray[np.intp], start: NDArray[np.intp], content: ArrayLike | None
) -> NDArray[np.intp]:
    """Move images to the nearest centre in the metric of the parts, until none moves."""
    labels = _keep_known(start, codes)
    n_parts = int(start.max()) + 1
    for _ in range(MOST_ROUNDS):
        adjusted = _remove_content(rows, content, labels)
        moved = _keep_known(weigh_parts(adjusted, labels, adjusted, n_parts=n_parts).argmax(axis=1), codes)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return labels


def _learn_where_agreed(
    rows: NDArray[np.float64], codes: NDArray[np.intp], start: NDArray[np.intp], content: ArrayLike | None
) -> NDArray[np.intp]:
    """Learn from images of which partition and known styles say the same, then from ever more.

    Whoever takes part is judged by the others, else a discriminant in many directions only confirms what it was told.
    """
    n_parts = int(start.max()) + 1
    labels = _keep_known(start, codes)
    adjusted = _remove_content(rows, content, labels)
    seeds = (codes >= 0) | (start > codes.max())  # parts that nobody named teach with all their images
    whitening = whiten_within(adjusted, start)
    centres = average_parts(adjusted[seeds] @ whitening, labels[seeds])
    teaching = (codes >= 0) | (measure_distances(adjusted @ whitening, centres).argmin(axis=1) == start)
    for turn in range(ROUNDS):
        adjusted = _remove_content(rows, content, labels)
        posterior = _judge_by_others(adjusted, labels, teaching, codes, n_parts)
        moved = _keep_known(posterior.argmax(axis=1), codes)
        if turn > 5 and np.array_equal(moved, labels):
            break
        sure = posterior.max(axis=1)
        bar = np.quantile(sure[codes < 0], max(0.0, 0.5 - 0.1 * turn)) if (codes < 0).any() else 0.0
        labels, teaching = moved, (codes >= 0) | (sure >= bar)
    return labels


def _judge_by_others(
    rows: NDArray[np.float64],
    labels: NDArray[np.intp],
    teaching: NDArray[np.bool_],
    codes: NDArray[np.intp],
    n_parts: int,
) -> NDArray[np.float64]:
    """Posterior of each part, every image judged by a discriminant that did not learn from it; 0 for known images."""
    posterior = np.zeros((len(rows), n_parts))
    turn = np.where(teaching, np.arange(len(rows)) % N_PARTS_HELD_OUT, N_PARTS_HELD_OUT)
    for part in range(N_PARTS_HELD_OUT + 1):
        judged = (turn == part) & (codes < 0)
        if judged.any():
            learning = teaching & (~judged)
            posterior[judged] = weigh_parts(rows[learning], labels[learning], rows[judged], n_parts=n_parts)
    return posterior


def _hold_out(
    rows: NDArray[np.float64], codes: NDArray[np.intp], start: NDArray[np.intp], content: ArrayLike | None
) -> tuple[bool, NDArray[np.intp]]:
    """Whether the vote does about as well as the partition on known images or better, and where it places them.

    That is -1 for images not held out. One image at least of each style is kept.
    """
    order = np.zeros(len(codes), dtype=np.intp)  # of a known image within its style
    for code in range(int(codes.max()) + 1):
        order[codes == code] = np.arange((codes == code).sum())
    n_folds = min(MOST_FOLDS, int(order[codes >= 0].max()) + 1)
    placed = np.full(len(codes), -1)
    single = np.bincount(codes[codes >= 0])[codes] < 2
    for fold in range(n_folds):
        out = (codes >= 0) & ~single & (order % n_folds == fold)
        placed[out] = _vote(rows, np.where(out, -1, codes), start, content)[out]
    judged = placed >= 0
    by_vote, by_start = (int((labels[judged] == codes[judged]).sum()) for labels in (placed, start))
    n_judged = int(judged.sum())
    return by_vote >= max(by_start - round(LENIENCE * n_judged), TRUSTED * n_judged), placed


def _find_contradictions(
    rows: NDArray[np.float64],
    codes: NDArray[np.intp],
    labels: NDArray[np.intp],
    content: ArrayLike | None,
    styles: list[str],
    held_out: NDArray[np.intp],
) -> tuple[Contradiction, ...]:
    """Known images that the vote, and a discriminant learnt without them, give to another known style."""
    adjusted = _remove_content(rows, content, labels)
    found = []
    for image in np.flatnonzero((codes >= 0) & (held_out >= 0) & (held_out != codes)):
        others = np.arange(len(rows)) != image
        posterior = weigh_parts(
            adjusted[others], labels[others], adjusted[image : image + 1], n_parts=int(labels.max()) + 1
        )[0, : len(styles)]
        best = int(posterior.argmax())
        if best != codes[image] and best == held_out[image] and posterior[best] >= CLEARLY:
            found.append(Contradiction(int(image), styles[codes[image]], styles[best], float(posterior[best])))
    return tuple(found)


def _finish(
    images: NDArray[np.float64],
    styles: list[str],
    codes: NDArray[np.intp],
    voted: NDArray[np.intp],
    content: ArrayLike | None,
    doubted: tuple[Contradiction, ...],
    held_out: NDArray[np.intp],
    *,
    learnt: bool,
) -> KnownStyles:
    """The space in which the parts lie apart, and each unknown image in the part whose centre is nearest there."""
    wide = images[:, :WIDE]
    adjusted = _remove_content(wide, content, voted)
    whitening = whiten_within(adjusted, voted, shrinkage=SHRINKAGE)
    centres = average_parts(adjusted @ whitening, voted)
    _, _, axes = np.linalg.svd(centres - centres.mean(axis=0), full_matrices=False)
    directions = whitening @ axes[: max(1, len(centres) - 1)].T
    directions *= _choose_signs(directions)
    nearest = measure_distances(adjusted @ directions, average_parts(adjusted @ directions, voted)).argmin(axis=1)
    labels = number_by_size(_keep_known(nearest, codes))
    names = ["" for _ in range(int(labels.max()) + 1)]
    for code, style in enumerate(styles):
        names[labels[np.flatnonzero(codes == code)[0]]] = style
    padded = np.zeros((images.shape[1], directions.shape[1]))
    padded[: wide.shape[1]] = directions
    judged = held_out >= 0
    accuracy = float((held_out == codes)[judged].mean()) if judged.any() else float("nan")
    pairs = _find_inseparable(styles, codes, held_out)
    return KnownStyles(labels, tuple(names), padded, doubted, pairs, accuracy, learnt=learnt)


def _choose_signs(directions: NDArray[np.float64]) -> Any:
    largest = np.abs(directions).argmax(axis=0)
    return np.where(directions[largest, np.arange(directions.shape[1])] < 0, -1.0, 1.0)


def _find_inseparable(
    styles: list[str], codes: NDArray[np.intp], held_out: NDArray[np.intp]
) -> tuple[tuple[str, str], ...]:
    """Pairs whose known images, held out, are placed right hardly more often than by chance among the two."""
    pairs = []
    for first in range(len(styles)):
        for second in range(first + 1, len(styles)):
            pair = np.array([first, second])
            judged = np.isin(codes, pair) & np.isin(held_out, pair)
            if judged.sum() >= 4 and (held_out == codes)[judged].mean() < TOLD_APART:
                pairs.append((styles[first], styles[second]))
    return tuple(pairs)
