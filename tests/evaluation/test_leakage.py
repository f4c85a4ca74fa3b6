"""Content left in the clusters, with and without what technology explains."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score

from forensic_style.evaluation.leakage import Leakage, describe_leakage, measure_leakage


def measure(labels: list[int], technologies: str, content: str) -> Leakage:
    leakage = measure_leakage(np.array(labels), list(technologies), list(content))
    assert leakage is not None
    return leakage


def test_clusters_that_are_content_tell_all_of_it() -> None:
    leakage = measure([0, 1] * 20, "a" * 20 + "b" * 20, "xy" * 20)
    assert leakage.nmi == pytest.approx(1)
    assert leakage.beyond == pytest.approx(1)
    assert leakage.p_value == leakage.p_beyond == 1 / 1000
    assert leakage.share == pytest.approx(1 - leakage.beyond_by_chance)
    assert leakage.beyond_by_chance < 0.1
    assert describe_leakage(leakage) == (
        f"Content explains {leakage.share:.1%} of the clusters beyond technology and chance (p = 0.001)."
    )


def test_clusters_that_are_technology_do_not_leak_whatever_the_mix() -> None:
    # content x was recorded by a mostly, y by b: clusters that are right go along with content
    technologies, content = "a" * 20 + "b" * 20, "x" * 16 + "y" * 4 + "x" * 4 + "y" * 16
    leakage = measure([0] * 20 + [1] * 20, technologies, content)
    assert leakage.nmi == pytest.approx(normalized_mutual_info_score(list(technologies), list(content)))
    assert leakage.nmi > 0.2
    assert leakage.p_value < 0.01
    assert (leakage.beyond, leakage.p_beyond) == (0, 1)
    assert "no more of the clusters than technology and chance do (p = 1)" in describe_leakage(leakage)


def test_information_beyond_technology_worked_by_hand() -> None:
    # within a, content decides the cluster: ln 2 for half the images; within b, there is one cluster. The clusters
    # are as 1 to 3: entropy ln 4 - 3/4 ln 3
    leakage = measure([1, 1, 0, 0, 0, 0, 0, 0], "aaaabbbb", "xxyyxxyy")
    assert leakage.beyond == pytest.approx(np.log(2) / 2 / (np.log(4) - 0.75 * np.log(3)))
    # of the 6 ways to deal xxyy to the four images of a, 2 reach it
    assert leakage.p_beyond == pytest.approx(1 / 3, abs=0.05)


def test_p_values_are_even_where_nothing_leaks() -> None:
    generator = np.random.default_rng(1)
    technologies = np.repeat([0, 1, 2], 20)
    p_values = []
    for _ in range(60):
        labels = np.where(generator.random(60) < 0.7, technologies, generator.integers(0, 3, 60))
        content = np.where(generator.random(60) < 0.6, technologies, generator.integers(0, 4, 60))  # goes along
        leakage = measure_leakage(labels, technologies.astype(str).tolist(), content.astype(str).tolist())
        assert leakage is not None
        p_values.append(leakage.p_beyond)
    assert np.mean(p_values) == pytest.approx(0.5, abs=0.12)  # three standard errors of 60 draws
    assert np.mean(np.array(p_values) < 0.2) < 0.4


def test_whether_an_image_is_placed_may_leak_too() -> None:
    leakage = measure([0] * 10 + [-1] * 10 + [1] * 10 + [-1] * 10, "a" * 20 + "b" * 20, ("x" * 10 + "y" * 10) * 2)
    assert leakage.p_beyond == 1 / 1000


def test_unknown_content_is_left_out() -> None:
    leakage = measure_leakage(np.array([0, 0, 1, 1, 0]), list("aabbb"), ["x", "y", "x", "y", ""])
    assert leakage is not None
    assert (leakage.n_images, leakage.n_contents) == (4, 2)
    assert measure_leakage(np.array([0, 1]), list("ab"), ["x", ""]) is None


def test_one_content_for_each_technology_tells_nothing_beyond_it() -> None:
    leakage = measure([0, 0, 1, 1], "aabb", "xxyy")
    assert leakage.n_mixed == 0
    assert describe_leakage(leakage).startswith("Each technology was used for one content only")


def test_order_changes_nothing_and_many_contents_are_dealt_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(2)
    labels, technologies = generator.integers(0, 2, 80), generator.integers(0, 2, 80).astype(str).tolist()
    content = generator.integers(0, 30, 80).astype(str).tolist()
    one = measure_leakage(labels, technologies, content)
    order = generator.permutation(80)
    other = measure_leakage(labels[order], [technologies[row] for row in order], [content[row] for row in order])
    assert one == other
    monkeypatch.setattr("forensic_style.evaluation.leakage.MOST_CELLS", 700)
    batched = measure_leakage(labels, technologies, content)
    assert one is not None
    assert batched is not None
    assert batched.p_beyond == pytest.approx(one.p_beyond, abs=0.05)
