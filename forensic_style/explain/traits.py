"""What a difference in a group of columns, or in a whole family, says in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.explain.effects import LARGEST_EFFECT
from forensic_style.family import Group
from forensic_style.table import FamilyRecord

MOST_TRAITS = 3
SMALLEST_EFFECT = 0.8  # standard deviations: "large" in Cohen's sense


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


def tell_presence(family: FamilyRecord, absent: NDArray[np.bool_], inside: NDArray[np.bool_]) -> list[Trait]:
    """That a cluster lacks a family's values, or alone has them; nothing where no image has any."""
    if absent[inside].all():
        words = f"no {family.title}" + (" (not JPEG files)" if family.needs_jpeg else "")
    else:
        words = f"{family.title}" + (" (JPEG files)" if family.needs_jpeg else "") + ", which no others have"
    return [Trait(family.name, "", _measure_presence(absent, inside), words, True)]


def put_into_words(effects: NDArray[np.float64], family: FamilyRecord, group: Group) -> Trait:
    """What the effects of a group's columns say, and how strongly."""
    size, mean = float(np.sqrt(np.mean(effects**2))), float(effects.mean())
    words = group.more if mean > 0 else group.less
    is_directed = bool(words) and abs(mean) >= size / 2
    return Trait(family.name, group.name, size, words if is_directed else f"differs in {group.label}", is_directed)


def _measure_presence(absent: NDArray[np.bool_], inside: NDArray[np.bool_]) -> float:
    """Cohen's d between the shares in which a family is there on both sides, limited to 10."""
    one, other = absent[inside].mean(), absent[~inside].mean()
    variance = (one * (1 - one) * inside.sum() + other * (1 - other) * (~inside).sum()) / len(inside)
    return float(min(LARGEST_EFFECT, abs(one - other) / np.sqrt(max(variance, 1e-12))))
