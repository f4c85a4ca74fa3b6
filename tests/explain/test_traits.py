"""What sets clusters apart, in words."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.explain import explain_clusters
from forensic_style.family import Group
from forensic_style.table import FamilyRecord

NOISE = FamilyRecord(
    "noise",
    "Noise",
    "acquisition",
    1,
    (
        Group("level", 1, "value", "the noise level", more="noisier", less="cleaner"),
        Group("colour", 2, "value", "the noise's colour"),
    ),
)
TONE = FamilyRecord("tone", "Tone", "processing", 1, (Group("histogram", 3, "histogram", "the tones"),))
BLOCKS = FamilyRecord("blocks", "Blocks", "processing", 1, (Group("grid", 1, "value", "the grid", more="blockier"),))
GRAIN = FamilyRecord("grain", "Grain", "acquisition", 1, (Group("size", 1, "value", "the grain", less="finer"),))
FAMILIES = (NOISE, TONE, BLOCKS, GRAIN)  # columns 0 | 1 2, 3 4 5, 6, 7


def draw_images() -> tuple[NDArray, NDArray]:
    labels = np.arange(400) % 2
    return np.random.default_rng(0).normal(size=(400, 8)), labels


def test_effects_are_worked_by_hand() -> None:
    # means 1 and 5, variances 1 and 1: the first is 4 deviations lower; the second column is constant
    families = (FamilyRecord("noise", "Noise", "acquisition", 1, NOISE.groups[:1]), GRAIN)
    X = np.array([[0.0, 7.0], [2.0, 7.0], [4.0, 7.0], [6.0, 7.0]])
    lower, higher = explain_clusters(X, np.array([0, 0, 1, 1]), families)
    assert [(trait.family, trait.group, trait.words) for trait in lower] == [("noise", "level", "cleaner")]
    assert [(trait.family, trait.group, trait.words) for trait in higher] == [("noise", "level", "noisier")]
    assert lower[0].effect == higher[0].effect == pytest.approx(4)


def test_a_planted_shift_is_named_first_by_its_direction() -> None:
    X, labels = draw_images()
    X[labels == 1, 0] += 3
    less, more = explain_clusters(X, labels, FAMILIES)
    assert [trait.words for trait in less] == ["cleaner"]
    assert [trait.words for trait in more] == ["noisier"]
    assert more[0].effect == pytest.approx(3, abs=0.5)


def test_groups_without_words_are_named_by_their_label() -> None:
    X, labels = draw_images()
    X[labels == 0, 3:6] += [4, -2, 0]
    X[labels == 1, 6] -= 4  # only `more` has words
    first, second = explain_clusters(X, labels, FAMILIES)
    assert [trait.words for trait in first] == ["blockier", "differs in the tones"]
    assert [trait.words for trait in second] == ["differs in the grid", "differs in the tones"]
    assert first[1].effect == pytest.approx(np.sqrt(20 / 3), abs=0.3)  # the root mean square of 4, -2 and 0


def test_a_difference_with_a_direction_goes_before_one_up_to_twice_as_large_without() -> None:
    X, labels = draw_images()
    X[labels == 0, :3] += [3, 5, 5]
    traits, _ = explain_clusters(X, labels, FAMILIES)
    assert [(trait.words, trait.is_directed) for trait in traits] == [("noisier", True)]
    X[labels == 0, 1:3] += 3
    traits, _ = explain_clusters(X, labels, FAMILIES)
    assert [(trait.words, trait.is_directed) for trait in traits] == [("differs in the noise's colour", False)]


def test_at_most_one_trait_per_family_and_three_in_all_strongest_first() -> None:
    X, labels = draw_images()
    X[labels == 0] += [2, 6, 6, 3, 3, 3, 4, 5]
    traits, _ = explain_clusters(X, labels, FAMILIES)
    assert [(trait.family, trait.group) for trait in traits] == [
        ("noise", "colour"),
        ("grain", "size"),
        ("blocks", "grid"),
    ]


def test_small_differences_are_not_told() -> None:
    X, labels = draw_images()
    assert explain_clusters(X, labels, FAMILIES) == ((), ())


def test_a_single_cluster_has_no_traits() -> None:
    X, labels = draw_images()
    assert explain_clusters(X, np.zeros_like(labels), FAMILIES) == ((),)


def test_constant_columns_have_no_effect_and_exact_differences_a_limited_one() -> None:
    labels = np.arange(6) % 2
    X = np.full((6, 8), 0.1)
    assert explain_clusters(X, labels, FAMILIES) == ((), ())
    X[labels == 1, 6] = 0.2
    assert explain_clusters(X, labels, FAMILIES)[1][0].effect == 10


def test_missing_images_have_no_part_in_the_comparison() -> None:
    X, labels = draw_images()
    X[labels == 1, 6] += 5
    missing = np.zeros((400, 4), dtype=bool)
    missing[::7, 2] = True
    X[missing[:, 2], 6] = 1e6
    expected = explain_clusters(X[~missing[:, 2]], labels[~missing[:, 2]], FAMILIES)
    found = explain_clusters(X, labels, FAMILIES, missing=missing)
    assert found == expected
    assert found[1][0].words == "blockier"


def test_a_family_missing_in_a_whole_cluster_is_what_there_is_to_say() -> None:
    X, labels = draw_images()
    header = FamilyRecord("header", "Header", "processing", 1, BLOCKS.groups, "file", True)
    families = (NOISE, TONE, header, GRAIN)
    missing = np.zeros((400, 4), dtype=bool)
    missing[labels == 0, 2] = True
    without, having = explain_clusters(X, labels, families, missing=missing)
    assert [(trait.family, trait.group, trait.words) for trait in without] == [
        ("header", "", "no Header (not JPEG files)")
    ]
    assert [trait.words for trait in having] == ["Header (JPEG files), which no others have"]
    assert without[0].effect == 10
    missing[labels == 1, 3] = True  # a family that is missing for another reason
    assert explain_clusters(X, labels, families, missing=missing)[1][1].words == "no Grain"
    missing[:, 2:] = True
    assert explain_clusters(X, labels, families, missing=missing) == ((), ())


def test_each_of_three_clusters_is_compared_with_the_rest() -> None:
    X, _ = draw_images()
    labels = np.arange(400) % 3
    X[labels == 2, 7] -= 5
    words = [[trait.words for trait in traits] for traits in explain_clusters(X, labels, FAMILIES)]
    assert words[2] == ["finer"]
    assert words[0] == words[1] == ["differs in the grain"]  # higher than the average of the others
