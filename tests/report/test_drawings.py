"""Dendrogram, map and choice of images, on examples small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from forensic_style.report.dendrogram import draw_dendrogram, fold_tree
from forensic_style.report.map import draw_map
from forensic_style.report.palette import N_COLOURS, SHAPES, Mark
from forensic_style.report.sheets import choose_images
from forensic_style.report.words import (
    join_words,
    make_visible,
    name_effect,
    name_evidence,
    name_stability,
    shorten_name,
    show_bytes,
    show_p,
)

# Images 0 and 1 join at 1, images 2 and 3 at 2, both pairs at 4.
TREE = np.array([[0, 1, 1.0, 2], [2, 3, 2.0, 2], [4, 5, 4.0, 4]])
LABELS = np.array([1, 1, 0, 0])


def test_dendrogram_of_four_images() -> None:
    """Height 4 stands at x = 12, height 0 at 440: 107 units each; rows of 15 from 15.5 on, cluster 0 on top."""
    drawn = draw_dendrogram(TREE, LABELS)
    assert drawn is not None
    assert {leaf.node: leaf.y for leaf in drawn.leaves} == {2: 15.5, 3: 30.5, 0: 45.5, 1: 60.5}
    assert {branch.node: branch.line for branch in drawn.branches} == {
        0: "M440.0 45.5H333.0V53.0",
        1: "M440.0 60.5H333.0V53.0",
        2: "M440.0 15.5H226.0V23.0",
        3: "M440.0 30.5H226.0V23.0",
        4: "M333.0 53.0H12.0V38.0",
        5: "M226.0 23.0H12.0V38.0",
    }
    assert {branch.node: branch.mark for branch in drawn.branches}[4] == Mark(1)
    assert [(tick.x, tick.words) for tick in drawn.ticks] == [
        (440, "0"), (333, "1"), (226, "2"), (119, "3"), (12, "4")
    ]  # fmt: skip
    assert drawn.height == 8 + 4 * 15 + 44


def test_folded_dendrogram() -> None:
    """With two leaves both pairs are folded; a triangle of two images is 2 (1.5 + 1.6 log10 2) = 3.96 wide."""
    drawn = draw_dendrogram(TREE, np.array([1, 1, 0, 1]), most_leaves=2)
    assert drawn is not None
    by_node = {leaf.node: leaf for leaf in drawn.leaves}
    assert by_node[5].outline == "M226.0 15.5L440.0 13.5V17.5Z"
    assert by_node[4].outline == "M333.0 30.5L440.0 28.5V32.5Z"
    assert [(leaf.n_images, leaf.n_of_cluster, leaf.mark.cluster) for leaf in drawn.leaves] == [(2, 2, 1), (2, 1, 0)]


def test_mixed_branches_have_no_cluster() -> None:
    drawn = draw_dendrogram(TREE, np.array([0, 1, 0, 0]))
    assert drawn is not None
    marks = {branch.node: branch.mark for branch in drawn.branches}
    assert marks[4] is None
    assert marks[5] == Mark(0)


def test_images_of_no_cluster_stand_last_and_in_grey() -> None:
    drawn = draw_dendrogram(TREE, np.array([-1, -1, 0, -1]))
    assert drawn is not None
    assert [leaf.mark.name for leaf in sorted(drawn.leaves, key=lambda leaf: leaf.y)] == ["0", "none", "none", "none"]
    assert {branch.node: branch.mark for branch in drawn.branches}[4] == Mark(-1)
    assert Mark(-1).colour == "outside"
    folded = draw_dendrogram(TREE, np.array([0, 0, 0, -1]), most_leaves=2)  # one of two: the cluster wins
    assert folded is not None
    assert [(leaf.mark.cluster, leaf.n_of_cluster) for leaf in folded.leaves] == [(0, 2), (0, 1)]


def test_fold_tree() -> None:
    assert fold_tree(TREE, 4, 6).tolist() == [4, 4, 5, 5]
    assert fold_tree(TREE, 4, 5).tolist() == [4, 4, 2, 3]
    assert fold_tree(TREE, 4, 7).tolist() == [6, 6, 6, 6]


@pytest.mark.parametrize("n_images", [2, 3, 49, 500])
def test_every_image_is_in_one_leaf(n_images: int) -> None:
    rows = range(n_images - 1)
    tree = np.array([[n_images + row - 1 if row else 0, row + 1, row + 1, row + 2] for row in rows], dtype=float)
    drawn = draw_dendrogram(tree, np.zeros(n_images, dtype=np.intp))
    assert drawn is not None
    assert sum(leaf.n_images for leaf in drawn.leaves) == n_images
    assert len(drawn.leaves) == min(n_images, 48)
    assert len({leaf.y for leaf in drawn.leaves}) == len(drawn.leaves)


def test_no_tree() -> None:
    assert draw_dendrogram(np.zeros((0, 4)), np.array([0])) is None
    drawn = draw_dendrogram(np.array([[0, 1, 0, 2.0]]), np.array([0, 0]))  # equal images: both join at height 0
    assert drawn is not None
    assert [branch.line[:8] for branch in drawn.branches] == ["M440.0 1", "M440.0 3"]


def test_map_keeps_distances() -> None:
    """4 wide, 3 high: 476 of 520 units for 4 gives 119 per unit, the first axis to the right, the second up."""
    drawn = draw_map(np.array([[0, 0], [4, 0], [0, 3.0]]), np.array([0, 0, 1]))
    assert [(dot.x, dot.y) for dot in drawn.dots] == [(22, 379), (498, 379), (22, 22)]
    assert drawn.height == 3 * 119 + 44
    assert [(dot.x, dot.y, dot.mark.cluster) for dot in drawn.middles] == [(260, 365, 0), (22, 8, 1)]


def test_map_numbers_clusters_only() -> None:
    drawn = draw_map(np.array([[0, 0], [4, 0], [0, 3.0]]), np.array([-1, 0, -1]))
    assert [(dot.mark.cluster, dot.mark.shape) for dot in drawn.dots] == [
        (-1, "shape-outside"), (0, "shape-0"), (-1, "shape-outside")
    ]  # fmt: skip
    assert [dot.mark.name for dot in drawn.middles] == ["0"]


def test_map_of_equal_images_and_of_many() -> None:
    drawn = draw_map(np.zeros((2, 2)), np.array([0, 1]))
    assert {(dot.x, dot.y) for dot in drawn.dots} == {(260, 120)}
    assert [dot.y for dot in drawn.middles] == [106, 124]
    many = draw_map(np.random.default_rng(0).standard_normal((100, 2)), np.zeros(100, dtype=np.intp), most_dots=10)
    assert [dot.image for dot in many.dots] == [0, 11, 22, 33, 44, 55, 66, 77, 88, 99]


def test_choose_images() -> None:
    coordinates = np.array([[0.0], [1.0], [2.0], [3.0], [9.0]])  # mean 3
    confidences = np.array([0.5, 0.96, 0.9, 1.0, 0.2])
    assert choose_images(coordinates, confidences, n_typical=2, n_doubtful=6) == ([3, 2], [4, 0])
    assert choose_images(coordinates, np.ones(5), n_typical=9, n_doubtful=6) == ([3, 2, 1, 0, 4], [])
    assert choose_images(coordinates[:1], confidences[:1], n_typical=9, n_doubtful=6) == ([0], [])


def test_marks_differ() -> None:
    signs = {(Mark(cluster).colour, Mark(cluster).shape) for cluster in range(200)}
    assert len(signs) == N_COLOURS * len(SHAPES) == 56


def test_words() -> None:
    assert [name_effect(value) for value in (0.5, 0.8, 1.99, 2, 4)] == [
        "slight", "clear", "clear", "strong", "very strong"
    ]  # fmt: skip
    assert [name_evidence(value) for value in (-0.2, 0.5, 0.8)] == ["low", "moderate", "high"]
    assert [name_stability(value) for value in (0.74, 0.75, 0.85)] == ["unstable", "stable", "very stable"]
    assert [show_p(value) for value in (0.0, 0.0001, 0.0456, 1.0)] == ["below 0.0001", "0.0001", "0.046", "1"]
    assert [show_bytes(value) for value in (0, 999, 1000, 25_300_000)] == ["0 B", "999 B", "1 kB", "25.3 MB"]
    assert [join_words(words) for words in ([], ["a"], ["a", "b"])] == ["", "a", "a and b"]
    assert shorten_name("c:\\photos\\short.png") == "short.png"
    assert len(shorten_name("x" * 90 + ".png")) == 24
    assert make_visible(3) == 3
