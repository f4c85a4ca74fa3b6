"""Scores of agreement, and the table of counts that they come from."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, homogeneity_completeness_v_measure

from forensic_style.evaluation.agreement import measure_agreement
from forensic_style.evaluation.counts import count_confusion, match_rows

LABELS = st.lists(st.tuples(st.integers(-1, 3), st.sampled_from("abc")), min_size=1, max_size=25)


def measure(labels: list[int], technologies: list[str]) -> dict[str, float]:
    agreement = measure_agreement(count_confusion(np.array(labels), technologies))
    return {name: getattr(agreement, name) for name in agreement.__slots__}


def set_alone(labels: list[int]) -> list[int]:
    """Each -1 as a cluster of its own."""
    return [label if label >= 0 else 100 + place for place, label in enumerate(labels)]


def test_worked_by_hand() -> None:
    # pairs: 15 in all, 3 + 3 in one cluster, 1 + 6 of one technology, 1 + 3 both; by chance 6 * 7 / 15 = 2.8
    scores = measure([0, 0, 0, 1, 1, 1], list("aabbbb"))
    assert scores["ari"] == pytest.approx((4 - 2.8) / (6.5 - 2.8))
    assert scores["pair_precision"] == pytest.approx(4 / 6)
    assert scores["pair_recall"] == pytest.approx(4 / 7)
    assert scores["purity"] == scores["accuracy"] == pytest.approx(5 / 6)
    # entropies: of technologies ln 3 - 2/3 ln 2; of clusters ln 2; shared: what is left is 1/2 (ln 3 - 2/3 ln 2)
    entropy = np.log(3) - 2 / 3 * np.log(2)
    assert scores["homogeneity"] == pytest.approx(1 / 2)
    assert scores["completeness"] == pytest.approx(entropy / 2 / np.log(2))


def test_an_image_of_no_cluster_is_a_cluster_of_its_own_and_wrong() -> None:
    scores = measure([0, 0, 1, 1, -1, -1], list("aabbbb"))
    assert scores["pair_precision"] == 1
    assert scores["pair_recall"] == pytest.approx(2 / 7)
    assert scores["homogeneity"] == 1
    assert scores["purity"] == scores["accuracy"] == pytest.approx(4 / 6)


def test_perfect_clusters_score_1_throughout() -> None:
    assert set(measure([5, 5, 2, 2], list("aabb")).values()) == {1.0}


def test_without_pairs_their_shares_are_not_defined() -> None:
    scores = measure([-1, -1, -1], list("aab"))
    assert np.isnan(scores["pair_precision"])
    assert scores["ari"] == scores["pair_recall"] == scores["accuracy"] == 0
    assert np.isnan(measure([0, 0, 1], list("abc"))["pair_recall"])


@given(LABELS)
def test_scores_are_those_of_scikit_learn(images: list[tuple[int, str]]) -> None:
    labels, technologies = [label for label, _ in images], [technology for _, technology in images]
    scores, alone = measure(labels, technologies), set_alone(labels)
    assert scores["ari"] == pytest.approx(adjusted_rand_score(technologies, alone))
    assert scores["ami"] == pytest.approx(adjusted_mutual_info_score(technologies, alone))
    three = [scores[name] for name in ("homogeneity", "completeness", "v_measure")]
    assert three == pytest.approx(homogeneity_completeness_v_measure(technologies, alone))


@given(LABELS)
def test_pairs_are_those_counted_one_by_one(images: list[tuple[int, str]]) -> None:
    both = clustered = alike = 0
    for (one, technology), (other, another) in itertools.combinations(images, 2):
        clustered += one == other >= 0
        alike += technology == another
        both += one == other >= 0 and technology == another
    scores = measure(*map(list, zip(*images, strict=True)))  # type: ignore[arg-type]
    assert scores["pair_precision"] == pytest.approx(both / clustered if clustered else np.nan, nan_ok=True)
    assert scores["pair_recall"] == pytest.approx(both / alike if alike else np.nan, nan_ok=True)


@given(LABELS, st.permutations(range(4)), st.randoms(use_true_random=False))
def test_names_and_order_change_nothing(images: list[tuple[int, str]], names: list[int], random: object) -> None:
    shuffled = list(images)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    renamed = [(names[label] if label >= 0 else -1, technology) for label, technology in shuffled]
    one, other = (measure([label for label, _ in of], [name for _, name in of]) for of in (images, renamed))
    assert one == pytest.approx(other, nan_ok=True)


def test_clusters_are_matched_one_to_one_for_the_most_images() -> None:
    # greedy would take 10 first and be left with 0; the best is 9 + 8
    counts = np.array([[10, 9], [8, 0]])
    assert match_rows(counts) == [1, 0]
    assert match_rows(np.array([[3, 0], [2, 0]])) == [0, None]


def test_the_table_names_matched_technologies_first() -> None:
    labels = [0] * 3 + [1] * 2 + [4] + [-1]
    table = count_confusion(np.array(labels), ["b", "b", "a", "c", "c", "a", "a"])
    assert table.clusters == (0, 1, 4)
    assert table.technologies == ("b", "c", "a")
    assert table.counts.tolist() == [[2, 0, 1], [0, 2, 0], [0, 0, 1]]
    assert table.unplaced.tolist() == [0, 0, 1]
    assert table.matches == (0, 1, 2)
    assert (table.n_images, table.n_placed, table.n_right) == (7, 6, 5)
