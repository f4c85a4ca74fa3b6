"""What a card can be made of: candidates for findings, how strong and stable they are, and which are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.explain.facts import read_facts
from forensic_style.explain.figures import Comparison, compare_values, take_medians
from forensic_style.explain.traits import SMALLEST_EFFECT, put_into_words, tell_presence
from forensic_style.family import Group
from forensic_style.table import FamilyRecord, FingerprintTable

MOST_FINDINGS = 5
MOST_PER_FAMILY = 2
STRONGEST = 10  # families: whose best is as strong as that is among the strongest in a resample
LEAST_STABLE = 0.8  # share of resamples
DIRECTED, UNDIRECTED = 0.75, 0.5  # weights of effects without figures, and without words for their direction


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that cards are dealt from, images in an order that depends on their bytes alone.

    Parameters
    ----------
    families : the facts of the files, then those of the table
    values : float64 array, shape (n_images, n_columns), on scales of about 1
    missing : boolean array, shape (n_images, n_families)
    figures : for the number of a column that is shown in figures, its values per image as they stand in the table
    """

    families: tuple[FamilyRecord, ...]
    values: NDArray[np.float64]
    missing: NDArray[np.bool_]
    figures: dict[int, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What could be said; of several with the same topic, the strongest is."""

    family: str
    axis: str
    group: str
    topic: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class _Scored:
    """A candidate, the place of its family, and its weight and direction in the images (first) and in resamples."""

    candidate: Candidate
    place: int
    effect: float
    weights: NDArray[np.float64]
    signs: NDArray[np.float64]


def gather_evidence(table: FingerprintTable, standardized: NDArray[np.float64], order: NDArray[np.intp]) -> Evidence:
    """Put the fingerprints and the facts of the files side by side, images in the given order."""
    facts, columns, missing = read_facts(table.images)
    families = (*facts, *table.families)
    spread = columns.std(axis=0)
    scaled = (columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    figures = {}
    for _, group, start in _list_groups(families):
        place = start + group.column
        if not group.quantity:
            continue
        if place < columns.shape[1]:
            figures[place] = columns[order, place]
        else:
            of_windows = table.values[:, place - columns.shape[1]].astype(np.float64)
            figures[place] = _take_one_per_image(of_windows, table, group)[order]
    return Evidence(
        families,
        np.hstack([scaled, standardized])[order],
        np.hstack([missing, table.missing])[order],
        figures,
    )


def rank_candidates(
    evidence: Evidence, effects: NDArray[np.float64], inside: NDArray[np.bool_], outside: NDArray[np.bool_]
) -> list[tuple[Candidate, float, float]]:
    """Choose what to say of two sides.

    Parameters
    ----------
    effects : float64 array, shape (1 + n_resamples, n_columns), Cohen's d in the images, then in resamples of them
    inside, outside : boolean arrays, shape (n_images,)

    Returns
    -------
    Up to five candidates with their effect and stability, strongest first: the best of each family, then second ones
    of a family while there is room; at least one of each axis that differs.
    """
    scored = _score_all(evidence, effects, inside, outside)
    best = np.zeros((len(evidence.families), len(effects)))
    for one in scored:
        best[one.place] = np.maximum(best[one.place], one.weights)
    stable = [(one, stability) for one in scored if (stability := _measure_stability(one, best)) >= LEAST_STABLE]
    stable.sort(key=lambda pair: -float(pair[0].weights[0]))
    chosen = sorted(_choose(stable), key=lambda pair: -pair[0].effect)
    return [(one.candidate, one.effect, stability) for one, stability in chosen]


def _list_groups(families: Sequence[FamilyRecord]) -> list[tuple[int, Group, int]]:
    """Place of the family, group, and number of its first column."""
    listed, start = [], 0
    for place, family in enumerate(families):
        for group in family.groups:
            listed.append((place, group, start))
            start += group.size
    return listed


def _take_one_per_image(values: NDArray[np.float64], table: FingerprintTable, group: Group) -> NDArray[np.float64]:
    """Medians over the windows of each image; their means for what has a threshold, which is one of means."""
    if group.threshold is None:
        return take_medians(values, table.groups, len(table.images))
    return np.bincount(table.groups, values, len(table.images)) / table.count_windows()


def _score_all(
    evidence: Evidence, effects: NDArray[np.float64], inside: NDArray[np.bool_], outside: NDArray[np.bool_]
) -> list[_Scored]:
    scored = []
    for place, group, start in _list_groups(evidence.families):
        absent = evidence.missing[:, place]
        here, there = inside & ~absent, outside & ~absent
        if not here.any() or not there.any():
            if group is evidence.families[place].groups[0]:  # once for the family
                scored += _score_presence(evidence.families[place], place, absent, inside, outside, len(effects))
            continue
        family, of_group = evidence.families[place], effects[:, start : start + group.size]
        scored += _score_words(family, group, place, of_group)
        column = start + group.column
        if column in evidence.figures:
            values = evidence.figures[column]
            comparison = compare_values(values[here], values[there], group)
            scored += _score_figure(family, group, place, effects[:, column], comparison)
    return scored


def _score_presence(
    family: FamilyRecord,
    place: int,
    absent: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    outside: NDArray[np.bool_],
    n_rows: int,
) -> list[_Scored]:
    """That a side lacks a family, or alone has it."""
    both = inside | outside
    trait = tell_presence(family, absent[both], inside[both])[0]
    if not family.name or trait.effect < SMALLEST_EFFECT:
        return []
    comparison = Comparison(trait.words, trait.words, None, None, "")
    candidate = Candidate(family.name, family.axis, "", "format" if family.needs_jpeg else "", comparison)
    return [_Scored(candidate, place, trait.effect, np.full(n_rows, trait.effect), np.ones(n_rows))]


def _score_words(family: FamilyRecord, group: Group, place: int, effects: NDArray[np.float64]) -> list[_Scored]:
    """What a group says in words, with a smaller weight than figures."""
    trait = put_into_words(effects[0], family, group)
    if not family.name or trait.effect < SMALLEST_EFFECT:
        return []
    size = np.sqrt((effects**2).mean(axis=1))
    weights = np.where(size >= SMALLEST_EFFECT, size, 0.0) * (DIRECTED if trait.is_directed else UNDIRECTED)
    signs = np.sign(effects.mean(axis=1)) if trait.is_directed else np.ones(len(effects))
    comparison = Comparison(trait.words, trait.words, None, None, "")
    return [
        _Scored(
            Candidate(family.name, family.axis, group.name, group.quantity or trait.words, comparison),
            place,
            trait.effect,
            weights,
            signs,
        )
    ]


def _score_figure(
    family: FamilyRecord, group: Group, place: int, effects: NDArray[np.float64], comparison: Comparison | None
) -> list[_Scored]:
    """A quantity; nothing where its figures do not differ in the direction of the effect."""
    size = np.abs(effects)
    if comparison is None or size[0] < SMALLEST_EFFECT:
        return []
    if comparison.inside is not None and comparison.outside is not None:
        direction = -1.0 if group.scale == "jpeg_step" else 1.0
        if np.sign(comparison.inside - comparison.outside) != direction * np.sign(effects[0]):
            return []
    topic = group.quantity if family.name or family.needs_jpeg else "format"
    candidate = Candidate(family.name, family.axis, group.name if family.name else "", topic, comparison)
    weights = np.where(size >= SMALLEST_EFFECT, size, 0.0)
    return [_Scored(candidate, place, float(size[0]), weights, np.sign(effects))]


def _measure_stability(one: _Scored, best: NDArray[np.float64]) -> float:
    """Share of the resamples in which it is large, has the same sign, and few families have something stronger."""
    stronger = np.delete(best, one.place, axis=0) > one.weights
    again = (one.weights > 0) & (one.signs == one.signs[0]) & (stronger.sum(axis=0) < STRONGEST)
    return float(again[1:].mean())


def _choose(stable: list[tuple[_Scored, float]]) -> list[tuple[_Scored, float]]:
    """The best of each family, then second ones; one of the other axis in place of the last."""
    chosen: list[tuple[_Scored, float]] = []
    for limit in range(1, MOST_PER_FAMILY + 1):
        for pair in stable:
            if len(chosen) < MOST_FINDINGS and _is_new(pair[0], chosen, limit):
                chosen.append(pair)
    axes = {pair[0].candidate.axis for pair in chosen}
    others = [pair for pair in stable if pair[0].candidate.axis not in axes]
    if len(chosen) == MOST_FINDINGS and others:
        chosen[-1] = others[0]
    return chosen


def _is_new(one: _Scored, chosen: list[tuple[_Scored, float]], limit: int) -> bool:
    """Whether a candidate adds something to those that are chosen."""
    of_family = [other for other, _ in chosen if other.place == one.place]
    topics = {other.candidate.topic for other, _ in chosen} - {""}
    is_told = any(other.candidate.group == one.candidate.group for other in of_family if one.candidate.family)
    return len(of_family) < limit and one.candidate.topic not in topics and not is_told
