"""Whether the contents decide a split."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from forensic_style.clusters.projection import project_across
from forensic_style.clusters.witnesses import gather_witnesses
from tests.clusters import count_clusters, draw_clouds, draw_tails, grow

seeds = st.integers(0, 2**32 - 1)


def test_a_content_in_one_part_testifies_against_the_split() -> None:
    X, clouds = draw_clouds(0, (40, 60))
    nested = np.where(clouds == 0, "sea", "town").tolist()
    _, (first, *_) = grow().split(X, gather_witnesses(nested, X))
    assert first.explained == 1.0
    assert count_clusters(X, content=nested, rows=X) == 1
    crossed = [("sea", "town")[row % 2] for row in range(100)]
    _, (first, *_) = grow().split(X, gather_witnesses(crossed, X))
    assert first.explained < 0.1
    assert count_clusters(X, content=crossed, rows=X) == 2


def draw_pairs(seed: int, *, mirrored: bool) -> tuple[NDArray, NDArray, list[str]]:
    """Forty pairs of one content by two technologies, each with two groups: of content (the same), or of its own."""
    generator = np.random.default_rng(seed)
    group = generator.permutation(np.repeat([0, 1], 20))
    other = group if mirrored else generator.permutation(group)
    X = generator.normal(size=(80, 4))
    X[:, 0] += np.repeat([0.0, 60.0], 40)
    X[:40, 1] += 12.0 * group
    X[40:, 2] += 12.0 * other
    return X, group, [f"slice {number}" for number in range(40)] * 2


def test_partners_outside_the_node_testify() -> None:
    X, group, content = draw_pairs(0, mirrored=True)
    witnesses = gather_witnesses(content, X)
    assert witnesses.explain(np.arange(40), group) == 1.0  # each content once inside: the other technology knows it
    assert count_clusters(X, content=content, rows=X) == 2
    X, group, content = draw_pairs(0, mirrored=False)
    assert gather_witnesses(content, X).explain(np.arange(40), group) < 0.75
    assert count_clusters(X, content=content, rows=X) == 4


@given(seeds)
def test_partners_tell_as_much_as_the_area_under_the_curve(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(60, 2))
    parts = generator.permutation(np.repeat([0, 1], 15))
    X[30:, 0] += parts
    witnesses = gather_witnesses([f"{number}" for number in range(30)] * 2, X)
    order = np.argsort([f"{number}" for number in range(30)])  # as the contents are numbered
    folds = np.random.default_rng(0).permutation(30) % 5
    told = project_across(X[30:][order], parts[order], folds)
    expected = max(0.0, 2 * roc_auc_score(parts[order], told) - 1)
    assert witnesses.explain(np.arange(30), parts) == pytest.approx(expected)


def test_where_no_content_recurs_any_split_may_be_content() -> None:
    X, _ = draw_clouds(0, (40, 60))
    assert count_clusters(X, content=[f"{row}" for row in range(100)], rows=X) == 1
    some = [f"{row}" if row < 40 else "" for row in range(100)]  # most are unknown: they say nothing
    assert count_clusters(X, content=some, rows=X) == 2


def test_too_few_witnesses_say_nothing() -> None:
    X, clouds = draw_clouds(0, (40, 60))
    content = ["sea"] * 3 + ["town"] * 2 + [""] * 95  # 3 + 1 pairs
    assert gather_witnesses(content, X).explain(np.arange(100), clouds) is None
    assert gather_witnesses(None, X) is None
    assert gather_witnesses(["sea", "sea", ""], X[:3]) is None


def test_where_the_content_is_still_in_the_rows_it_must_testify() -> None:
    rows = np.zeros((8, 1))
    content = ["a", "b", "c", "d", "e", "f", "a", ""]  # hardly any occurs twice: nothing can be told of the parts
    node, parts = np.arange(8), np.arange(8) % 2
    lenient, strict = (gather_witnesses(content, rows, must_testify=must) for must in (False, True))
    assert lenient is not None
    assert strict is not None
    assert lenient.explain(node, parts) is None
    assert strict.explain(node, parts) == 1.0


def test_where_the_content_decides_a_limited_cut_that_is_told() -> None:
    X, clouds = draw_tails(1, distance=7.0)
    _, (split,) = grow().split(X, gather_witnesses(np.array(["a", "b"])[clouds].tolist(), X))
    assert split.limited
    assert split.follows_content
    assert split.p_value < split.threshold
