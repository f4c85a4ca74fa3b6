"""The verdict whether style and content can be told apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from forensic_style.content.confounding import BEYOND_DOUBT, CARRIED_OVER, DECIDED, Confounding, judge_confounding
from forensic_style.errors import ParameterError

Drawn = tuple[NDArray[np.float64], list[str]]


def draw_images(
    seed: int, *, skew: float, n_styles: int = 2, n_contents: int = 8, per_content: int = 15, content: float = 0.7
) -> Drawn:
    """Images of styles 8 deviations apart, and what they show.

    Every content has a home style: `skew` is the share of its images that have it, on top of the equal shares.
    """
    generator = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_contents), per_content)
    styles = generator.integers(0, n_styles, len(codes))
    at_home = generator.random(len(codes)) < skew
    styles[at_home] = codes[at_home] % n_styles
    X = generator.normal(size=(len(codes), 6)) + generator.normal(0, content, (n_contents, 6))[codes]
    X[:, :n_styles] += 8 * np.eye(n_styles)[styles] / np.sqrt(2)
    return X, [f"content {code}" for code in codes]


def draw_nested(seed: int) -> Drawn:
    """Contents that decide between two far clusters, each of which has two parts of its own in every content."""
    generator = np.random.default_rng(seed)
    codes, parts = np.repeat(np.arange(6), 20), np.arange(120) % 2
    X = generator.normal(size=(120, 6))
    X[:, 0] += 40 * (codes < 3)
    X[codes < 3, 1] += 16 * parts[codes < 3]
    X[codes >= 3, 2] += 16 * parts[codes >= 3]
    return X, [str(code) for code in codes]


def test_clusters_of_one_content_each_are_confounded() -> None:
    generator = np.random.default_rng(0)
    X = np.repeat([0.0, 50.0], 15)[:, None] + generator.normal(size=(30, 2))
    judged = judge_confounding(X, ["sea"] * 15 + ["town"] * 15, n_clusters=2)
    assert judged.dependence == pytest.approx(1.0)
    assert judged.n_clusters == 2
    assert judged.chance == pytest.approx(1 / 200)  # none of 199
    assert judged.is_decided
    assert judged.is_confounded
    assert judged.reason.startswith("With the content left in, it decides the cluster by 1.00 of 1 (2 clusters), and ")


@pytest.mark.parametrize("n_clusters", [2, None])
@pytest.mark.parametrize("seed", range(4))
def test_the_warning_follows_the_dependence(seed: int, n_clusters: int | None) -> None:
    for skew in (0.0, 0.35):  # normalized mutual information 0 and about .05
        assert not judge_confounding(*draw_images(seed, skew=skew), n_clusters=n_clusters).is_confounded
    assert judge_confounding(*draw_images(seed, skew=1.0), n_clusters=n_clusters).is_confounded


@pytest.mark.parametrize(("n_styles", "n_contents"), [(2, 2), (3, 3), (3, 12), (4, 30)])
def test_few_and_many_contents_per_style(n_styles: int, n_contents: int) -> None:
    sizes = {"n_styles": n_styles, "n_contents": n_contents, "per_content": 120 // n_contents}
    crossed = judge_confounding(*draw_images(1, skew=0.0, **sizes), n_clusters=n_styles)
    assert abs(crossed.dependence) < 0.3
    assert not crossed.is_confounded
    assert crossed.reason.endswith(f"({crossed.n_clusters} clusters): clusters cross the contents.")
    decided = judge_confounding(*draw_images(1, skew=1.0, **sizes), n_clusters=n_styles)
    assert decided.dependence > 0.95
    assert decided.is_confounded


def test_one_content_of_one_style_beside_crossed_ones_is_fine() -> None:
    X, content = draw_images(2, skew=0.0, n_contents=6)
    X[:15, :2] = np.random.default_rng(0).normal(size=(15, 2)) + np.array([8 / np.sqrt(2), 0])
    judged = judge_confounding(X, content, n_clusters=2)
    assert judged.dependence < 0.4
    assert not judged.is_confounded


@pytest.mark.parametrize("n_clusters", [2, None])
def test_contents_that_differ_more_than_styles_are_not_taken_for_them(n_clusters: int | None) -> None:
    X, content = draw_images(3, skew=0.0, n_contents=6, per_content=30, content=0.3)
    far = np.array([label in {"content 0", "content 1", "content 2"} for label in content])
    X[:, 3] += 30 * far
    judged = judge_confounding(X, content, n_clusters=n_clusters)
    assert judged.dependence == pytest.approx(1.0)
    assert judged.carried_over > CARRIED_OVER
    assert judged.is_decided
    assert not judged.is_confounded
    assert "but without it clusters are left that are the same ones among other contents" in judged.reason


@pytest.mark.parametrize("n_clusters", [2, None])
def test_parts_of_each_technology_do_not_pass_for_technologies(n_clusters: int | None) -> None:
    judged = judge_confounding(*draw_nested(0), n_clusters=n_clusters)
    assert judged.dependence == pytest.approx(1.0)
    assert judged.carried_over < 0.5
    assert judged.is_confounded
    assert "what is left without it is not the same among other contents" in judged.reason


def test_clusters_inside_the_technologies_do_not_hide_that_content_decides_these() -> None:
    X, content = draw_nested(1)
    four = judge_confounding(X, content, n_clusters=4)
    assert four.n_clusters == 2
    assert four.dependence == pytest.approx(1.0)


def test_noise_of_many_contents_is_one_cluster() -> None:
    generator = np.random.default_rng(0)
    judged = judge_confounding(generator.normal(size=(80, 5)), [str(row % 8) for row in range(80)])
    assert math.isnan(judged.dependence)
    assert not judged.is_confounded
    assert judged.reason == "The images are one cluster, whatever their content."


def test_contents_seen_once_say_nothing() -> None:
    X, _ = draw_images(0, skew=0.0)
    judged = judge_confounding(X, [str(row) for row in range(len(X))], n_clusters=2)
    assert not judged.is_confounded
    assert judged.reason == "No content has two images, so clusters within contents cannot be seen."


def test_what_may_be_chance_is_no_verdict() -> None:
    # three contents of two images, clusters of four and two: one in five by chance
    X = np.array([[0.0], [0.1], [0.2], [0.3], [9.0], [9.1]])
    judged = judge_confounding(X, ["a", "a", "b", "b", "c", "c"], n_clusters=2)
    assert judged.dependence == pytest.approx(1.0)
    assert judged.chance == pytest.approx(0.2, abs=0.08)
    assert not judged.is_confounded
    assert judged.reason.endswith(f"but so few images may do so by chance (p = {judged.chance:.2f}).")


def test_few_images_are_judged_though_their_number_of_clusters_is_not_tested() -> None:
    X, content = draw_images(0, skew=1.0, n_contents=4, per_content=4)
    assert judge_confounding(X, content).is_confounded
    X, content = draw_images(0, skew=0.0, n_contents=4, per_content=4)
    assert not judge_confounding(X, content).is_confounded


def test_images_without_a_label_do_not_count() -> None:
    X, content = draw_images(5, skew=1.0)
    some: list[str | None] = [None if row % 5 == 0 else label for row, label in enumerate(content)]
    judged = judge_confounding(X, some, n_clusters=2)
    assert judged.dependence == pytest.approx(1.0)
    assert judged.is_confounded


@settings(max_examples=6)
@given(st.integers(0, 1000))
def test_the_order_of_the_images_does_not_matter(seed: int) -> None:
    X, content = draw_images(seed, skew=0.9)
    order = np.random.default_rng(seed).permutation(len(X))
    one = judge_confounding(X, content, n_clusters=2)
    other = judge_confounding(X[order], [content[row] for row in order], n_clusters=2)
    assert other.dependence == pytest.approx(one.dependence)
    assert other.chance == pytest.approx(one.chance, nan_ok=True)
    assert other.is_confounded == one.is_confounded


def test_known_clusters_are_taken_as_they_are() -> None:
    X, content = draw_images(0, skew=0.0)
    decided = np.array([int(label[-1]) % 2 for label in content])
    assert judge_confounding(X, content, n_clusters=2, before=decided).dependence == pytest.approx(1.0)


def test_identical_images_are_one_cluster() -> None:
    assert not judge_confounding(np.ones((8, 3)), ["a", "b"] * 4).is_confounded
    assert not judge_confounding(np.ones((2, 3)), ["a", "b"]).is_confounded


@pytest.mark.parametrize(
    ("dependence", "chance", "left_over", "carried_over", "confounded"),
    [
        (DECIDED, 0.05, 0.5, math.nan, True),
        (DECIDED - 0.01, math.nan, math.nan, math.nan, False),
        (1.0, 0.06, 0.5, math.nan, False),
        (1.0, 0.005, BEYOND_DOUBT, CARRIED_OVER, False),
        (1.0, 0.005, BEYOND_DOUBT, CARRIED_OVER - 0.01, True),
        (1.0, 0.005, 2 * BEYOND_DOUBT, math.nan, True),
        (math.nan, math.nan, math.nan, math.nan, False),
    ],
)
def test_the_rule(dependence: float, chance: float, left_over: float, carried_over: float, confounded: bool) -> None:
    assert Confounding(2, dependence, chance, left_over, carried_over).is_confounded is confounded


def test_weak_styles_that_go_with_the_content_are_looked_at_though_no_test_finds_them() -> None:
    generator = np.random.default_rng(1)
    codes = np.repeat(np.arange(6), 12)
    X = generator.normal(size=(72, 3)) + generator.normal(0, 0.3, (6, 3))[codes]
    X[:, 0] += 4.5 * (codes % 2)
    content = [str(code) for code in codes]
    assert judge_confounding(X, content, before=np.zeros(72, dtype=np.intp)).is_confounded
    generator.shuffle(content)
    assert not judge_confounding(X, content, before=np.zeros(72, dtype=np.intp)).is_confounded


def test_labels_of_another_length_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"There are 3 images and 2 content labels. Give one label per image."):
        judge_confounding(np.ones((3, 2)), ["a", "b"])
