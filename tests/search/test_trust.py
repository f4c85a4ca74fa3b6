"""Images of none, and what else says how far clusters can be trusted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from forensic_style.family import Group
from forensic_style.search.styles import find_styles
from forensic_style.search.trust import set_strangers_apart, weigh_clusters
from forensic_style.search.views import Nuisances
from forensic_style.table import FamilyRecord

FAMILIES = tuple(
    FamilyRecord(name, name, axis, 1, (Group("all", 3, "scalar", "values"),))
    for name, axis in (("noise", "acquisition"), ("tone", "processing"))
)


def draw_windows(n_odd: int = 0) -> tuple[NDArray, NDArray, NDArray]:
    """Four windows each of 80 images of two styles and some that lie far from both, in another direction each."""
    generator = np.random.default_rng(0)
    styles = np.concatenate([np.arange(80) % 2, np.full(n_odd, 2)])
    images = generator.normal(size=(len(styles), 6))
    images[:, 0] += 9 * (styles == 1)
    for odd in range(n_odd):
        images[80 + odd, 1 + odd] += 200
    groups = np.repeat(np.arange(len(styles)), 4)
    return images[groups] + generator.normal(0, 0.3, (len(groups), 6)), groups, styles


def test_odd_images_belong_to_none_and_take_no_cluster_for_themselves() -> None:
    windows, groups, styles = draw_windows(n_odd=2)
    found = find_styles(windows, groups, n_clusters=2)
    assert found.best.clustering.labels_.min() == 0  # so far they are in one
    better, labels = set_strangers_apart(found, Nuisances())
    assert np.flatnonzero(labels < 0).tolist() == [80, 81]
    assert adjusted_rand_score(styles[:80], labels[:80]) == 1
    assert better.best.clustering.n_clusters_ == 2
    assert len(better.best.clustering.tree_) == len(styles) - 1  # the tree holds all images


def test_images_of_a_known_style_are_never_odd() -> None:
    windows, groups, _ = draw_windows(n_odd=2)
    known = np.array([""] * 80 + ["a", ""], dtype=object)
    _, labels = set_strangers_apart(find_styles(windows, groups, n_clusters=2), Nuisances(), known=known)
    assert labels[80] >= 0


def test_without_odd_images_nothing_changes() -> None:
    windows, groups, _ = draw_windows()
    found = find_styles(windows, groups, n_clusters=2)
    same, labels = set_strangers_apart(found, Nuisances())
    assert same.best.clustering is found.best.clustering
    assert np.array_equal(labels, found.best.clustering.labels_)


def test_clear_clusters_are_trusted() -> None:
    windows, groups, _ = draw_windows()
    found, labels = set_strangers_apart(find_styles(windows, groups), Nuisances())
    trust = weigh_clusters(found, labels, windows, groups, FAMILIES, shown=Nuisances())
    assert trust.stabilities.tolist() == [1.0, 1.0]
    assert [number.n_clusters for number in trust.numbers if number.is_chosen] == [2]
    assert trust.axes is not None
    assert (trust.axes.acquisition.n_clusters, trust.axes.processing.n_clusters) == (2, 1)
    assert trust.agreement.min() == 1.0  # of two families, three quarters are both


def test_names_of_clusters_stay_with_their_clusters_where_odd_images_are_set_apart() -> None:
    windows, groups, styles = draw_windows(n_odd=2)
    found = find_styles(windows, groups, n_clusters=2)
    smaller = found.best.clustering.labels_ == 1
    known = np.full(len(styles), "", dtype=object)
    known[np.flatnonzero(smaller & (styles < 2))[0]] = "rare"  # one label only names its cluster
    named = find_styles(windows, groups, known=known, n_clusters=2)
    assert named.known is not None
    assert named.known.directions is None
    better, labels = set_strangers_apart(named, Nuisances(), known=known)
    assert np.flatnonzero(labels < 0).tolist() == [80, 81]
    cluster = labels[np.flatnonzero(known == "rare")[0]]
    assert better.known is not None
    assert better.known.names[cluster] == "rare"
