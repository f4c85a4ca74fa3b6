"""What sets each cluster apart, in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Group
from forensic_style.table import FamilyRecord

MOST_TRAITS = 3
SMALLEST_EFFECT = 0.8  # standard deviations: "large" in Cohen's sense
LARGEST_EFFECT = 10.0
UNDIRECTED = 0.5  # weight, within a family, of a difference that has no words for its direction


@dataclass(frozen=True, slots=True)
class Trait:
    """One measurement in which a cluster's images differ from all others.

    Parameters
    ----------
    family, group : where the columns are found in the table; no group where the whole family is missing
    effect : root mean square over the group's columns of the difference of means in standard deviations within
    words : the difference in plain words
    is_directed : whether the words say more or less of something, rather than only that it differs
    """

    family: str
    group: str
    effect: float
    words: str
    is_directed: bool


def explain_clusters(
    X: NDArray[np.float64],
    labels: NDArray[np.intp],
    families: Sequence[FamilyRecord],
    *,
    missing: NDArray[np.bool_] | None = None,
) -> tuple[tuple[Trait, ...], ...]:
    """Find the strongest differences of every cluster against the rest, at most one per family.

    Images in which a family is missing have no part in its comparison. Where it is missing in a whole cluster, or in
    all the others, that is what there is to say.

    Parameters
    ----------
    X : float64 array, shape (n_images, n_columns), standardized image means
    labels : integer array, shape (n_images,), 0 to n_clusters - 1
    families : whose groups the columns are
    missing : boolean array, shape (n_images, n_families), or None for none

    Returns
    -------
    For each cluster up to three traits, strongest first; none for a single cluster.
    """
    n_clusters = int(labels.max()) + 1
    if n_clusters < 2:
        return ((),) * n_clusters
    absent = np.zeros((len(X), len(families)), dtype=bool) if missing is None else missing
    blocks = np.split(X, np.cumsum([family.dimension for family in families])[:-1], axis=1)
    return tuple(_explain(blocks, absent, labels == cluster, families) for cluster in range(n_clusters))


def _compare(X: NDArray[np.float64], inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Cohen's d of every column, limited to +-10."""
    one, other = X[inside], X[~inside]
    variance = (one.var(axis=0) * len(one) + other.var(axis=0) * len(other)) / len(X)
    difference = one.mean(axis=0) - other.mean(axis=0)
    effect = difference / np.sqrt(np.maximum(variance, 1e-12))
    return np.clip(np.where(np.abs(difference) < 1e-9, 0.0, effect), -LARGEST_EFFECT, LARGEST_EFFECT)


def _explain(
    blocks: Sequence[NDArray[np.float64]],
    missing: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    families: Sequence[FamilyRecord],
) -> tuple[Trait, ...]:
    strongest: list[Trait] = []
    for family, block, absent in zip(families, blocks, missing.T, strict=True):
        if absent[inside].all() or absent[~inside].all():
            traits = tell_presence(family, absent, inside)
        else:
            traits = _tell_differences(family, _compare(block[~absent], inside[~absent]))
        clear = [trait for trait in traits if trait.effect >= SMALLEST_EFFECT]
        strongest += sorted(clear, key=lambda trait: -trait.effect * (1.0 if trait.is_directed else UNDIRECTED))[:1]
    return tuple(sorted(strongest, key=lambda trait: -trait.effect)[:MOST_TRAITS])


def _tell_differences(family: FamilyRecord, effects: NDArray[np.float64]) -> list[Trait]:
    """One trait per group."""
    traits, start = [], 0
    for group in family.groups:
        traits.append(put_into_words(effects[start : start + group.size], family, group))
        start += group.size
    return traits


def tell_presence(family: FamilyRecord, absent: NDArray[np.bool_], inside: NDArray[np.bool_]) -> list[Trait]:
    """That a cluster lacks a family's values, or alone has them; nothing where no image has any."""
    effect = float(_compare(absent[:, None].astype(np.float64), inside)[0])
    if absent[inside].all():
        words = f"no {family.title}" + (" (not JPEG files)" if family.needs_jpeg else "")
    else:
        words = f"{family.title}" + (" (JPEG files)" if family.needs_jpeg else "") + ", which no others have"
    return [Trait(family.name, "", abs(effect), words, True)]


def put_into_words(effects: NDArray[np.float64], family: FamilyRecord, group: Group) -> Trait:
    """What the effects of a group's columns say, and how strongly."""
    size, mean = float(np.sqrt(np.mean(effects**2))), float(effects.mean())
    words = group.more if mean > 0 else group.less
    is_directed = bool(words) and abs(mean) >= size / 2
    return Trait(family.name, group.name, size, words if is_directed else f"differs in {group.label}", is_directed)
