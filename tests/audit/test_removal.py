"""What is left of clusters without a property: sets whose answer is known by construction."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.audit.alignment import align
from forensic_style.audit.properties import Property, bin_numbers
from forensic_style.audit.records import Alignment
from forensic_style.audit.removal import MOST_IMAGES, ask_removal, dies, find_blocks
from forensic_style.clusters.partition import partition

N_IMAGES = 120


def ask(of: Property, X: NDArray[np.float64], labels: NDArray[np.intp]) -> Alignment:
    return ask_removal(align(of, labels), of, X, labels)


def draw(*, style: float, size: float, seed: int = 0, n_images: int = N_IMAGES) -> tuple[NDArray[np.float64], Property]:
    """Images of two styles, nine in ten of which go with one of two sizes, both shifting a column of their own."""
    rng = np.random.default_rng(seed)
    styles = np.arange(n_images) % 2
    sizes = np.where(rng.random(n_images) < 0.1, 1 - styles, styles)
    X = rng.normal(size=(n_images, 20))
    X[:, 0] += style * styles
    X[:, 1] += size * sizes
    return X, Property("image size", "file", sizes)


@pytest.mark.parametrize("seed", range(3))
def test_clusters_that_only_go_with_a_property_survive_its_removal(seed: int) -> None:
    X, size = draw(style=6, size=1, seed=seed, n_images=400)
    found = ask_removal(align(size, np.arange(400) % 2), size, X, np.arange(400) % 2, is_asked=True)
    assert found.left is not None
    assert found.left > 0.9
    assert found.is_crossed
    assert not dies(found)


@pytest.mark.parametrize("seed", range(3))
def test_clusters_that_are_a_property_die_without_it(seed: int) -> None:
    X, size = draw(style=0, size=3, seed=seed)
    found = ask(size, X, partition(X, 2))
    assert found.decided > 0.5
    assert found.is_crossed  # at the border of the two clouds
    assert found.left is not None
    assert found.left < 0.5
    assert dies(found)


def test_nothing_is_left_where_property_and_clusters_coincide() -> None:
    X, size = draw(style=8, size=0)
    labels = np.arange(N_IMAGES) % 2
    coinciding = Property("image size", "file", labels.copy())
    assert not align(size, labels).decided > 0.9
    found = ask(coinciding, X, labels)
    assert (found.left, found.is_crossed, dies(found)) == (0.0, False, True)


def test_a_history_that_coincides_is_no_fault() -> None:
    X, _ = draw(style=8, size=0)
    labels = np.arange(N_IMAGES) % 2
    found = ask(Property("JPEG sampling", "history", labels.copy()), X, labels)
    assert (found.left, dies(found)) == (0.0, False)


def test_what_the_clusters_do_not_follow_is_not_asked() -> None:
    X, _ = draw(style=6, size=0)
    found = ask(Property("file format", "file", np.arange(N_IMAGES) // 2 % 2), X, np.arange(N_IMAGES) % 2)
    assert found.left is None


def test_brightness_that_explains_what_varies_within_clusters_is_taken_off_between() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(N_IMAGES) % 2
    brightness = 10.0 * labels + rng.normal(0, 2, N_IMAGES)
    bright = Property("brightness", "looks", bin_numbers(brightness), brightness)
    follows = rng.normal(size=(N_IMAGES, 10))
    follows[:, 0] += brightness
    stands = rng.normal(size=(N_IMAGES, 10))
    stands[:, 0] += 10.0 * labels
    dying, standing = ask(bright, follows, labels), ask(bright, stands, labels)
    assert dying.left is not None
    assert standing.left is not None
    assert (dying.left < 0.2, standing.left > 0.9) == (True, True)


def test_blocks_hang_together_by_values_that_are_not_rare() -> None:
    labels = np.repeat([0, 1, 2], 40)
    codes = np.repeat([0, 1, 1], 40)
    assert find_blocks(codes, labels).tolist() == [0] * 40 + [1] * 80
    codes[0] = 1  # one image of forty proves nothing
    assert find_blocks(codes, labels).tolist() == [0] * 40 + [1] * 80
    codes[:5] = 1
    assert find_blocks(codes, labels).tolist() == [0] * 120


def test_many_images_are_sampled_in_any_order_alike() -> None:
    X, size = draw(style=0, size=3, n_images=3 * MOST_IMAGES)
    labels = partition(X, 2)
    order = np.random.default_rng(1).permutation(len(X))
    one = ask(size, X, labels)
    other = ask(size.select(order), X[order], labels[order])
    assert one == other
