"""Images alike found new clusters."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.placement.founding import GAP, _average_pairs, _find_alike, _keep_large, _let_join
from forensic_style.placement.rejection import MemberDistances


def draw(n_images: int, centre: float, *, spread: float = 1.0, seed: int = 0) -> NDArray[np.float64]:
    """Images about a point on the first of 20 axes."""
    noise = np.random.default_rng(seed).normal(size=(n_images, 20)) * spread
    noise[:, 0] += centre
    return noise


def learn() -> MemberDistances:
    return MemberDistances().fit(np.vstack([draw(40, 0), draw(40, 20, seed=1)]), np.repeat([0, 1], 40))


def test_two_new_technologies_found_two_clusters_the_larger_first() -> None:
    images = np.vstack([draw(8, 60, seed=2), draw(12, -40, seed=3)])
    parts = _find_alike(learn(), images, 0.05)
    assert set(parts[:8].tolist()) <= {1, -1}
    assert set(parts[8:].tolist()) <= {0, -1}
    assert (parts >= 0).sum() >= 16


@pytest.mark.parametrize("spread", [1.0, 1.5])
def test_a_wider_technology_founds_one_cluster(spread: float) -> None:
    parts = _find_alike(learn(), draw(40, 80, spread=spread, seed=2), 0.05)
    assert set(parts.tolist()) <= {0, -1}
    assert (parts == 0).mean() > 0.7


def test_odd_images_of_known_technologies_found_nothing() -> None:
    images = draw(200, 0, seed=5)
    members = learn()
    odd = images[members.share_as_far(members.measure(images)).max(axis=1) < 0.2]
    assert len(odd) >= 5
    assert (_find_alike(members, odd, 0.2) == -1).all()


def test_images_that_lie_each_on_its_own_found_nothing() -> None:
    assert (_find_alike(learn(), 100 * np.eye(20), 0.05) == -1).all()


def test_large_parts_are_kept_and_numbered_by_size() -> None:
    assert (
        _keep_large(np.array([3] * 5 + [1] * 4 + [2] * 6 + [-1] * 7)).tolist()
        == [1] * 5 + [-1] * 4 + [0] * 6 + [-1] * 7
    )
    assert _keep_large(np.array([0, 1])).tolist() == [-1, -1]


def test_mean_distances_are_worked_by_hand() -> None:
    # points 0, 2 | 10, 14: squares 4 within the first, 16 within the second, 100, 196, 64, 144 between
    points = np.array([0.0, 2.0, 10.0, 14.0])
    distances = (points[:, None] - points) ** 2
    between, within = _average_pairs(distances, np.array([0, 0, 1, 1]))
    assert within.tolist() == [4, 16]
    assert between[0, 1] == 126
    # a fifth point at 5: (25 + 9) / 2 / 4 = 4.25 from the first, (25 + 81) / 2 / 16 = 3.3 from the second: a gap
    points = np.append(points, [5.0, 11.0])
    distances = (points[:, None] - points) ** 2
    joined = _let_join(distances, np.array([0, 0, 1, 1, -1, -1]))
    assert GAP == 2
    assert joined.tolist() == [0, 0, 1, 1, -1, 1]
