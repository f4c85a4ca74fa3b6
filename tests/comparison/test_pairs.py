"""Differences: what they are made of, how often their intervals hold, how often nothing is taken for something."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from forensic_style.comparison.pairs import _Clustering, adjust_holm, compare_pairs, draw_deviations
from forensic_style.evaluation.intervals import N_GHOSTS

Array = NDArray[np.float64]


def test_difference_is_that_of_the_scores() -> None:
    styles = ["a", "b", "a", "b", "a", "b", "a", "a"]
    one, other = np.array([0, 1, 0, 1, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 0, 1, 0, 1])
    (pair,) = compare_pairs([one, other], styles)
    assert (pair.one, pair.other) == (0, 1)
    assert pair.difference == pytest.approx(adjusted_rand_score(styles, one) - adjusted_rand_score(styles, other))
    assert (pair.low + pair.high) / 2 == pytest.approx(pair.difference)
    assert pair.p_adjusted == pair.p_value


def test_swapping_two_clusterings_turns_the_difference_round() -> None:
    generator = np.random.default_rng(0)
    styles = generator.choice(["a", "b", "c"], 90).tolist()
    one, other = generator.integers(3, size=90), np.array([ord(style) % 3 for style in styles])
    (there,) = compare_pairs([one, other], styles)
    (back,) = compare_pairs([other, one], styles)
    assert there.difference == -back.difference
    assert there.low == pytest.approx(-back.high, abs=0.02)
    assert there.p_value == pytest.approx(back.p_value, abs=0.01)


def test_equal_clusterings_differ_by_nothing_and_few_images_prove_little() -> None:
    widths = []
    for size in (10, 100):
        labels = np.repeat([0, 1], size)
        (pair,) = compare_pairs([labels, 1 - labels], ["a"] * size + ["b"] * size)
        assert (pair.difference, pair.p_value) == (0, 1)
        widths.append(pair.high)
    assert 0.05 < widths[0] < 0.5
    assert 0.001 < widths[1] < 0.2 * widths[0]


def test_what_is_hard_for_both_is_no_difference() -> None:
    """Two clusterings with the same errors are told apart from a third one better than with errors of their own."""
    styles = ["a", "b"] * 60
    codes = np.arange(120) % 2
    first = np.where(np.arange(120) < 24, 1 - codes, codes)
    alike = first.copy()
    alike[110:] = 1 - alike[110:]
    apart = np.where((np.arange(120) >= 60) & (np.arange(120) < 94), 1 - codes, codes)
    (paired,), (unpaired,) = compare_pairs([first, alike], styles), compare_pairs([first, apart], styles)
    assert paired.difference == pytest.approx(unpaired.difference)
    assert paired.p_value < 0.02 < 0.1 < unpaired.p_value
    assert paired.high - paired.low < 0.7 * (unpaired.high - unpaired.low)


def test_images_of_no_cluster_are_clusters_of_their_own() -> None:
    styles = ["a"] * 20 + ["b"] * 20
    placed = np.repeat([0, 1], 20)
    some = np.where(np.arange(40) % 4 == 0, -1, placed)
    alone = np.where(some == -1, 100 + np.arange(40), some)
    (pair,) = compare_pairs([placed, some], styles)
    assert pair.difference == pytest.approx(1 - adjusted_rand_score(styles, alone))
    assert pair.p_value < 0.01


def test_draws_have_the_spread_of_new_samples() -> None:
    """Deviations of draws from a sample spread like the scores of samples from a population do."""
    generator = np.random.default_rng(0)
    shares = np.array([[0.28, 0.03, 0.02], [0.03, 0.27, 0.03], [0.02, 0.03, 0.29]])
    scores, spreads, centres = [], [], []
    for _ in range(40):
        clusters, styles = np.unravel_index(generator.choice(9, size=150, p=shares.ravel()), (3, 3))
        scores.append(adjusted_rand_score(styles, clusters))
        deviations = draw_deviations([clusters], styles.astype(str).tolist(), n_draws=300)
        spreads.append(deviations.std())
        centres.append(deviations.mean())
    assert np.mean(spreads) == pytest.approx(np.std(scores), rel=0.25)
    assert abs(np.mean(centres)) < 0.01


def test_limit_is_that_of_very_many_images() -> None:
    styles, clusters = np.repeat([0, 1], [60, 40]), np.repeat([0, 1, 0, 1], [50, 10, 5, 35])
    limit = _Clustering.of(clusters, styles).measure_limit(100)
    mixed = np.array([[50, 5], [10, 35]]) / 100
    mixed = (mixed + N_GHOSTS / 100 * np.outer([0.55, 0.45], [0.6, 0.4])) / (1 + N_GHOSTS / 100)
    many = np.rint(mixed * 1e5).astype(int).ravel()
    score = adjusted_rand_score(np.repeat([0, 1, 0, 1], many), np.repeat([0, 0, 1, 1], many))
    assert limit == pytest.approx(score, abs=1e-4)


def test_holm_worked_by_hand() -> None:
    assert adjust_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert adjust_holm([0.9, 0.6]) == [1, 1]
    assert adjust_holm([]) == []


def test_all_pairs_in_order_and_none_of_one() -> None:
    labels = [np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([0, 0, 0, 1])]
    pairs = compare_pairs(labels, ["a", "a", "b", "b"])
    assert [(pair.one, pair.other) for pair in pairs] == [(0, 1), (0, 2), (1, 2)]
    assert compare_pairs(labels[:1], ["a", "a", "b", "b"]) == ()


def list_kinds(generator: np.random.Generator) -> list[tuple[Array, Array, Array, float]]:
    """Clusters given styles for two methods, shares of styles, and how far the errors of the two go together."""
    kinds = []
    for n_styles, right, skew, shared in itertools.product((2, 3, 6), (0.4, 0.8, 0.95, 1.0), (0, 1), (0.0, 0.7)):
        shares = 1 / np.arange(1, n_styles + 1) ** skew
        other = min(1.0, right + float(generator.choice([-0.2, 0.0, 0.1])))
        tables = [
            np.eye(n_styles) * share + (1 - share) * np.roll(np.eye(n_styles), step, axis=0)
            for share, step in ((right, 1), (other, n_styles - 1))
        ]
        kinds.append((*tables, shares / shares.sum(), shared))
    return kinds


def draw_two(
    kind: tuple[Array, Array, Array, float], n_images: int, generator: np.random.Generator
) -> list[NDArray[np.intp]]:
    one, other, shares, shared = kind
    styles = generator.choice(len(shares), size=n_images, p=shares)
    luck = generator.random(n_images)
    lucks = luck, np.where(generator.random(n_images) < shared, luck, generator.random(n_images))
    drawn = [
        np.where(chance < table[styles, styles], styles, table.argsort(axis=0)[-2:][:, styles].sum(axis=0) - styles)
        for table, chance in zip((one, other), lucks, strict=True)
    ]
    return [*drawn, styles]


def measure_index(table: Array, shares: Array) -> float:
    """The adjusted Rand index of very many images."""
    cells = table * shares
    both, rows, columns = (float((part**2).sum()) for part in (cells, cells.sum(axis=1), cells.sum(axis=0)))
    return (both - rows * columns) / ((rows + columns) / 2 - rows * columns)


def test_intervals_hold_the_true_difference_and_nothing_is_rarely_taken_for_something() -> None:
    generator = np.random.default_rng(0)
    held, alarms = [], []
    for kind, n_images in itertools.product(list_kinds(generator), (40, 120, 400)):
        truth = measure_index(kind[0], kind[2]) - measure_index(kind[1], kind[2])
        for _ in range(4):
            one, other, styles = draw_two(kind, n_images, generator)
            (pair,) = compare_pairs([one, other], styles.astype(str).tolist(), n_draws=299)
            held.append(pair.low - 1e-9 <= truth <= pair.high + 1e-9)
            if abs(truth) < 1e-9:
                alarms.append(pair.p_value <= 0.05)
    assert len(held) > 500
    assert len(alarms) > 150
    assert np.mean(held) >= 0.93
    assert np.mean(alarms) <= 0.06
