"""A classifier without its head: what it was taught, what it does with the unlabelled, its layer recomputed."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score

from forensic_style.baselines.partitions import cluster_kmeans
from forensic_style.baselines.supervised import SupervisedRepresentation
from forensic_style.errors import ParameterError


def draw_rows(seed: int = 0) -> tuple[NDArray, NDArray]:
    """Three styles in two weak columns beside a strong one of content; the style is the label."""
    generator = np.random.default_rng(seed)
    styles = np.arange(150) % 3
    X = generator.normal(size=(150, 10))
    X[:, :3] += 4 * np.eye(3)[styles]
    X[:, 5] += 15.0 * (generator.random(150) < 0.5)
    return X, styles


def label(styles: NDArray, per_style: int) -> list[str]:
    return [f"s{style}" if row < 3 * per_style else "" for row, style in enumerate(styles)]


def test_a_few_labels_bring_out_the_style_that_content_hides() -> None:
    X, styles = draw_rows()
    layer = SupervisedRepresentation().fit(X, label(styles, 10)).transform(X)
    unseen = slice(30, None)
    assert adjusted_rand_score(styles[unseen], cluster_kmeans(layer, 3)[unseen]) > 0.7
    assert adjusted_rand_score(styles[unseen], cluster_kmeans(X, 3)[unseen]) < 0.4


def test_the_representation_is_the_last_hidden_layer() -> None:
    X, styles = draw_rows()
    representation = SupervisedRepresentation((6, 4), n_networks=2).fit(X, label(styles, 5))
    layer = representation.transform(X)
    assert layer.shape == (150, 8)
    scaled = (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0).max())
    for number, network in enumerate(representation.networks_):  # the head on our layer gives the network's own answer
        scores = layer[:, 4 * number : 4 * number + 4] @ network.coefs_[-1] + network.intercepts_[-1]
        assert network.predict(scaled).tolist() == network.classes_[scores.argmax(axis=1)].tolist()


def test_unlabelled_rows_change_the_scale_alone_and_the_seed_decides() -> None:
    X, styles = draw_rows()
    known = label(styles, 4)
    first, again = (SupervisedRepresentation(random_state=3).fit(X, known).transform(X) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, SupervisedRepresentation(random_state=4).fit(X, known).transform(X))


@pytest.mark.parametrize(
    ("settings", "known", "message"),
    [
        ({}, ["a"] * 150, r"two styles at least. Got 1. Label more images."),
        ({}, [""] * 150, r"two styles at least. Got 0"),
        ({}, ["a", "b"], "There are 150 rows and 2 labels"),
        ({"hidden": ()}, ["a", "b"] * 75, "hidden must name one layer at least"),
        ({"penalty": 0.0}, ["a", "b"] * 75, "The penalty must be above 0"),
    ],
)
def test_wrong_arguments_are_named(settings, known, message) -> None:
    with pytest.raises(ParameterError, match=message):
        SupervisedRepresentation(**settings).fit(draw_rows()[0], known)


def test_nothing_is_represented_before_it_is_taught() -> None:
    with pytest.raises(NotFittedError):
        SupervisedRepresentation().transform(draw_rows()[0])
