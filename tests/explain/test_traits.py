"""Differences in words."""

from __future__ import annotations

import numpy as np
import pytest

from forensic_style.explain.traits import put_into_words, tell_presence
from forensic_style.family import Group
from forensic_style.table import FamilyRecord

LEVEL = Group("level", 1, "value", "the noise level", more="noisier", less="cleaner")
GRID = Group("grid", 1, "value", "the grid", more="blockier")
TONES = Group("histogram", 3, "histogram", "the tones", more="brighter", less="darker")
NOISE = FamilyRecord("noise", "Noise", "acquisition", 1, (LEVEL, GRID, TONES))
HEADER = FamilyRecord("header", "Header", "processing", 1, (GRID,), "file", True)


@pytest.mark.parametrize(
    ("effects", "group", "words", "size"),
    [
        ([3.0], LEVEL, "noisier", 3.0),
        ([-3.0], LEVEL, "cleaner", 3.0),
        ([-3.0], GRID, "differs in the grid", 3.0),  # only `more` has words
        ([4.0, -2.0, 0.0], TONES, "differs in the tones", np.sqrt(20 / 3)),  # a mean below half of the size
        ([4.0, 2.0, 3.0], TONES, "brighter", np.sqrt(29 / 3)),
    ],
)
def test_words_follow_the_direction_where_there_is_one(
    effects: list[float], group: Group, words: str, size: float
) -> None:
    trait = put_into_words(np.array(effects), NOISE, group)
    assert (trait.family, trait.group, trait.words) == ("noise", group.name, words)
    assert trait.effect == pytest.approx(size)
    assert trait.is_directed is not words.startswith("differs")


def test_a_family_missing_in_a_whole_side_is_what_there_is_to_say() -> None:
    inside = np.arange(40) < 20
    (without,) = tell_presence(HEADER, inside, inside)
    assert (without.words, without.group, without.effect) == ("no Header (not JPEG files)", "", 10.0)
    (having,) = tell_presence(HEADER, ~inside, inside)
    assert (having.words, having.effect) == ("Header (JPEG files), which no others have", 10.0)
    assert tell_presence(NOISE, inside, inside)[0].words == "no Noise"


def test_the_effect_of_presence_by_hand() -> None:
    # missing in all 10 of one side and in 5 of 10 of the other: (1 - .5) / sqrt(.25 / 2)
    inside = np.arange(20) < 10
    absent = np.arange(20) < 15
    assert tell_presence(HEADER, absent, inside)[0].effect == pytest.approx(0.5 / np.sqrt(0.125))
    assert tell_presence(HEADER, np.ones(20, dtype=bool), inside)[0].effect == 0
