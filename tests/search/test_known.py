"""What a few known styles teach."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from forensic_style.clusters.partition import partition
from forensic_style.errors import ParameterError
from forensic_style.search.known import learn_styles

NAMES = np.array(["ash", "birch", "cedar", "deal"])


def draw_styles(
    n_styles: int = 3, *, n_each: int = 30, apart: float = 8.0, seed: int = 0, n_columns: int = 12
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Round clouds with centres on different axes, in mixed order."""
    generator = np.random.default_rng(seed)
    truth = generator.permutation(np.repeat(np.arange(n_styles), n_each))
    rows = generator.normal(size=(len(truth), n_columns))
    rows[np.arange(len(truth)), truth] += apart
    return rows, truth


def label(truth: NDArray[np.intp], n_per_style: int) -> NDArray[np.object_]:
    """The first images of each style by name, "" for the rest."""
    known = np.full(len(truth), "", dtype=object)
    for style in np.unique(truth):
        known[np.flatnonzero(truth == style)[:n_per_style]] = NAMES[style]
    return known


def test_one_label_only_names_a_cluster() -> None:
    images, truth = draw_styles()
    start = partition(images, 3)
    found = learn_styles(images, label(truth, 1), start, n_clusters=3)
    assert not found.learnt
    assert found.directions is None
    assert np.isnan(found.accuracy)
    assert adjusted_rand_score(found.labels, start) == 1
    assert [NAMES[truth[found.labels == cluster][0]] for cluster in range(3)] == list(found.names)


def test_two_single_labels_in_one_cluster_are_said_to_be_inseparable() -> None:
    images, truth = draw_styles()
    found = learn_styles(images, ["b", "a"] + [""] * 88, np.zeros(90, dtype=int))
    assert found.names == ("a",)
    assert found.inseparable == (("a", "b"),)
    assert "'a' and 'b'" in found.warnings[0]
    assert len(truth) == 90


def test_labels_find_what_the_partition_missed() -> None:
    generator = np.random.default_rng(1)
    truth, wrong = generator.integers(0, 2, 120), generator.integers(0, 2, 120)
    images = generator.normal(size=(120, 10))
    images[:, 0] += 9 * wrong  # what stands out is not the style
    images[:, 5] += 4 * truth
    found = learn_styles(images, label(truth, 8), wrong, n_clusters=2)
    assert found.learnt
    assert adjusted_rand_score(truth, wrong) < 0.1
    assert adjusted_rand_score(truth, found.labels) > 0.8


def test_nothing_moves_where_every_known_image_is_right_already() -> None:
    images, truth = draw_styles(apart=3.0)
    start = truth.copy()
    start[np.flatnonzero(truth == 0)[-3:]] = 1  # wrong, but no label says so
    found = learn_styles(images, label(truth, 4), start, n_clusters=3)
    assert not found.learnt
    assert adjusted_rand_score(found.labels, start) == 1
    assert found.accuracy == 1
    assert found.names[found.labels[truth == 0][0]] == "ash"


def test_directions_lead_to_the_clusters() -> None:
    images, truth = draw_styles()
    start = truth.copy()
    start[np.flatnonzero(truth == 0)[:1]] = 1
    found = learn_styles(images, label(truth, 3), start, n_clusters=3)
    assert found.directions is not None
    assert found.directions.shape == (12, 2)
    rows = images @ found.directions
    centres = np.array([rows[found.labels == cluster].mean(axis=0) for cluster in range(3)])
    nearest = ((rows[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert np.array_equal(nearest, found.labels)
    assert found.accuracy == 1
    assert found.inseparable == found.contradictions == ()


@pytest.mark.parametrize("n_clusters", [3, None])
def test_a_style_without_labels_is_a_cluster_of_its_own(n_clusters: int | None) -> None:
    images, truth = draw_styles()
    known = label(truth, 3)
    known[truth == 1] = ""
    found = learn_styles(images, known, partition(images, 3), n_clusters=n_clusters)
    assert adjusted_rand_score(truth, found.labels) == 1
    assert sorted(found.names) == ["", "ash", "cedar"]
    assert found.names[found.labels[truth == 1][0]] == ""


def test_more_styles_are_known_than_the_partition_has_clusters() -> None:
    images, truth = draw_styles()
    found = learn_styles(images, label(truth, 3), partition(images, 2))
    assert adjusted_rand_score(truth, found.labels) == 1
    assert sorted(found.names) == ["ash", "birch", "cedar"]


def test_a_wrong_label_is_reported_and_ruins_nothing() -> None:
    images, truth = draw_styles()
    known = label(truth, 5)
    wrong = int(np.flatnonzero(truth == 0)[0])
    known[wrong] = "cedar"
    found = learn_styles(images, known, partition(images, 3), n_clusters=3)
    assert [(one.image, one.style, one.instead) for one in found.contradictions] == [(wrong, "cedar", "ash")]
    assert found.contradictions[0].probability > 0.99
    assert found.names[found.labels[wrong]] == "cedar"  # a label is honoured all the same
    rest = np.arange(90) != wrong
    assert adjusted_rand_score(truth[rest], found.labels[rest]) == 1


def test_labels_without_evidence_are_said_to_be_inseparable() -> None:
    images, truth = draw_styles(2, n_each=60)
    known = label(truth, 0)
    first, second = np.flatnonzero(truth == 0), np.flatnonzero(truth == 1)
    known[first[:40]] = np.array(["ash", "birch"])[np.arange(40) % 2]
    known[second[:6]] = "cedar"
    found = learn_styles(images, known, partition(images, 3), n_clusters=3)
    assert ("ash", "birch") in found.inseparable
    assert not {("ash", "cedar"), ("birch", "cedar")} & set(found.inseparable)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("n_clusters", [4, 5])
def test_known_images_of_a_style_stay_together_and_apart_from_others(seed: int, n_clusters: int) -> None:
    images, truth = draw_styles(4, n_each=15, apart=1.0, seed=seed)
    known = label(truth, 4)
    found = learn_styles(images, known, partition(images, n_clusters), n_clusters=n_clusters)
    clusters = [set(found.labels[known == name]) for name in NAMES]
    assert [len(cluster) for cluster in clusters] == [1] * 4
    assert len(set.union(*clusters)) == 4
    sizes = np.bincount(found.labels)
    assert (np.diff(sizes) <= 0).all()


def test_names_of_styles_change_nothing() -> None:
    images, truth = draw_styles(apart=2.0)
    start = partition(images, 3)
    found = learn_styles(images, label(truth, 4), start, n_clusters=3)
    renamed = {"ash": "z", "birch": "y", "cedar": "x", "": None}
    other = learn_styles(images, [renamed[name] for name in label(truth, 4)], start, n_clusters=3)
    assert adjusted_rand_score(found.labels, other.labels) > 0.9


def test_content_is_explained_away() -> None:
    images, truth = draw_styles(2, n_each=40, apart=4.0)
    content = np.array(["sea", "sky"], dtype=object)[np.arange(80) % 2]
    images[content == "sky", 1:4] += 12.0
    start = (content == "sky").astype(int)
    found = learn_styles(images, label(truth, 6), start, content=content, n_clusters=2)
    assert adjusted_rand_score(truth, found.labels) > 0.8


def test_wrong_arguments_are_named() -> None:
    images, truth = draw_styles()
    start = partition(images, 3)
    with pytest.raises(ParameterError, match="3 styles are known, but 2 clusters were asked for"):
        learn_styles(images, label(truth, 2), start, n_clusters=2)
    with pytest.raises(ParameterError, match="90 images and 2 known styles"):
        learn_styles(images, ["a", "b"], start)
