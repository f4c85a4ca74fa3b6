"""Evidence: agreement across contents and between windows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import adjusted_rand_score

from forensic_style.clusters.dependence import measure_dependence
from forensic_style.search.evidence import (
    SHRINKAGE,
    Evidence,
    predict_across_contents,
    weigh_partition,
)

seeds = st.integers(0, 2**32 - 1)


def draw_images(seed: int = 0, n: int = 60, *, distance: float = 20.0) -> tuple[NDArray, NDArray, list[str]]:
    """Two balanced clusters, crossed with three contents."""
    labels, codes = np.arange(n) % 2, np.arange(n) // 2 % 3
    X = np.random.default_rng(seed).normal(size=(n, 4))
    X[:, 2] += distance * labels
    return X, labels, [f"content {code}" for code in codes]


def weigh(X: NDArray, labels: NDArray, content: list[str] | None) -> Evidence:
    """With two windows per image, at the image itself."""
    return weigh_partition(
        X, labels, windows=np.repeat(X, 2, axis=0), groups=np.repeat(np.arange(len(X)), 2), content=content
    )


@pytest.mark.parametrize("with_content", [True, False])
def test_perfect_clusters_score_one(with_content: bool) -> None:
    X, labels, content = draw_images()
    evidence = weigh(X, labels, content if with_content else None)
    assert evidence == Evidence(1, 1, 1)
    assert evidence.score == 1


def test_score_is_the_product_and_negative_agreement_counts_as_none() -> None:
    assert Evidence(0.5, 0.8, 0.25).score == pytest.approx(0.1)
    assert Evidence(-0.5, -0.8, 0.25).score == 0


def test_the_smallest_share_is_worked_by_hand() -> None:
    X, _, _ = draw_images()
    labels = np.repeat([0, 1, 2], [30, 24, 6])  # equal ones would have 20
    assert weigh(X, labels, None).smallest_share == pytest.approx(6 / 20)


def test_windows_that_contradict_their_images_are_worked_by_hand() -> None:
    # images 0, 1, 10, 11; their windows lie as they do, but one window of the image 1 lies in the other cluster
    X, labels = np.array([[0.0], [1.0], [10.0], [11.0]]), np.array([0, 0, 1, 1])
    windows, groups = np.array([[0.0], [0.0], [1.0], [10.0], [10.0], [10.0], [11.0], [11.0]]), np.repeat(range(4), 2)
    evidence = weigh_partition(X, labels, windows=windows, groups=groups)
    # pairs together: 3 in the first as found, 10 in the second, of 28; 6 + 6 as they should be; 3 + 6 in both
    expected = 13 * 12 / 28
    assert evidence.between_windows == pytest.approx((9 - expected) / ((13 + 12) / 2 - expected))


@given(seeds)
def test_labels_drawn_at_random_are_not_predicted(seed: int) -> None:
    X, _, content = draw_images(seed, 300, distance=0)
    labels = np.random.default_rng(seed + 1).integers(0, 2, 300)
    assert abs(predict_across_contents(X, labels, content)) < 0.25  # 300 coins err by .06


def test_a_cluster_of_one_content_alone_cannot_be_predicted() -> None:
    X, _, content = draw_images(distance=0)
    labels = np.array([int(label == "content 2") for label in content])
    X[:, 2] += 20 * labels  # however clear it is
    assert predict_across_contents(X, labels, None) == 1
    assert predict_across_contents(X, labels, content) == 0


def test_a_prediction_that_is_wrong_once_is_worked_by_hand() -> None:
    # cluster 1 lies at 10, but at 0 in the content b
    X = np.array([[0.0], [10.0], [0.1], [0.2], [10.1], [0.3]])
    labels, content = np.array([0, 1, 0, 1, 1, 0]), ["a", "a", "b", "b", "c", "c"]
    # learnt on a and c the clusters lie at .15 and 10.05, so b's 0.2 is taken for 0. Learnt on b and c, or a and b,
    # 1 lies at about 5 with as much spread as before: 10 and 10.1 are still nearer to it. Predicted: 0 1 0 0 1 0.
    # right: 5 of 6, chance (3 * 4 + 3 * 2) / 36 = 1 / 2: kappa 2 / 3
    # pairs together: 6 of labels, 7 of predictions, 4 of both, of 15: index (4 - 42 / 15) / (6.5 - 42 / 15) = .32
    assert predict_across_contents(X, labels, content) == pytest.approx(1.2 / 3.7)


def test_prediction_equals_the_shrunken_discriminant_of_scikit_learn() -> None:
    X, labels, content = draw_images(3, 120, distance=2)
    predicted = np.zeros(120, dtype=int)
    for name in set(content):  # three contents are three folds; both clusters are equally frequent in each
        test = np.array(content) == name
        discriminant = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE)
        predicted[test] = discriminant.fit(X[~test], labels[~test]).predict(X[test])
    expected = adjusted_rand_score(labels, predicted)
    assert 0.1 < expected < 0.9
    assert predict_across_contents(X, labels, content) == pytest.approx(expected)


@given(seeds)
def test_names_of_contents_and_their_order_in_the_table_do_not_change_a_prediction_from_three(seed: int) -> None:
    X, labels, content = draw_images(seed, distance=2)
    order = np.random.default_rng(seed).permutation(60)
    renamed = [{"content 0": None, "content 1": "b", "content 2": "a"}[content[row]] for row in order]
    one = predict_across_contents(X, labels, content)
    assert predict_across_contents(X, labels, content) == one
    assert predict_across_contents(X[order], labels[order], renamed) == pytest.approx(one)


@pytest.mark.parametrize("n_contents", [2, 3, 6, 12])
def test_clusters_that_follow_the_content_do_not_carry_over_though_their_windows_agree(n_contents: int) -> None:
    # with two, each is predicted as the other: exchanged, not right
    generator = np.random.default_rng(5)
    codes = np.repeat(np.arange(n_contents), 10)
    X = generator.normal(size=(len(codes), 3)) + generator.normal(0, 30, (n_contents, 3))[codes]
    evidence = weigh(X, codes, [str(code) for code in codes])
    assert evidence.between_windows > 0.9
    assert evidence.across_contents <= 0
    assert evidence.score == 0


def test_a_single_cluster_has_full_evidence() -> None:
    X, labels, content = draw_images()
    assert weigh(X, np.zeros_like(labels), content) == Evidence(1, 1, 1)


@pytest.mark.parametrize("content", [None, ["a", "a", "b", "b", "", None], ["a"] * 6])
def test_identical_images_in_two_clusters_are_not_predicted(content: list[str | None] | None) -> None:
    X, labels = np.ones((6, 3)), np.array([0, 0, 0, 1, 1, 1])
    assert abs(predict_across_contents(X, labels, content)) < 0.5
    assert weigh(X, labels, content).score == 0


@pytest.mark.parametrize("n", [2, 3, 7])
def test_one_image_per_cluster_is_weighed_without_harm(n: int) -> None:
    X = np.arange(float(n))[:, None] * [1, 1e5]
    evidence = weigh(X, np.arange(n), [str(row) for row in range(n)])
    assert evidence.between_windows == 1
    assert evidence.across_contents <= 0
    assert evidence.smallest_share == 1


def test_one_image_far_from_identical_others_is_weighed_without_harm() -> None:
    X = np.zeros((5, 2))
    X[4] = 1e7
    assert np.isfinite(predict_across_contents(X, np.array([0, 0, 0, 0, 1]), None))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (["a", "a", "b", "b"], 1),  # both pairs of one content in one cluster, by chance 2 of 6
        (["a", "b", "a", "b"], -0.5),  # none of them: (0 - 1 / 3) / (1 - 1 / 3)
        (["a", "a", "a", "b"], 0),  # one of three, as by chance
        (["a", "a", "", ""], np.nan),  # what is left is one cluster
        (["a", "b", "c", "d"], np.nan),
        ([""] * 4, np.nan),
    ],
)
def test_dependence_on_content_is_worked_by_hand(content: list[str], expected: float) -> None:
    assert measure_dependence(np.array([0, 0, 1, 1]), content) == pytest.approx(expected, nan_ok=True)


@given(seeds)
def test_clusters_drawn_at_random_do_not_depend_on_content(seed: int) -> None:
    generator = np.random.default_rng(seed)
    content = [f"c{code}" for code in generator.integers(0, 5, 200)]
    assert abs(measure_dependence(generator.integers(0, 3, 200), content)) < 0.1
