"""Intervals: what they are made of, and how often they hold."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.evaluation.agreement import measure_agreement
from forensic_style.evaluation.counts import ConfusionTable, count_confusion
from forensic_style.evaluation.intervals import (
    LOWEST,
    Interval,
    estimate_intervals,
    measure_limits,
    measure_optimism,
    measure_spreads,
    measure_spreads_of_chance,
    mix_with_chance,
)


def make_table(cells: NDArray[np.int64]) -> ConfusionTable:
    """A table of counts; the last row of cells holds the images of no cluster."""
    rows, columns = np.indices(cells.shape)
    labels = np.where(rows == len(cells) - 1, -1, rows).ravel()
    technologies = np.repeat([f"t{column}" for column in columns.ravel()], cells.ravel())
    return count_confusion(np.repeat(labels, cells.ravel()), technologies.tolist())


def estimate(cells: NDArray[np.int64]) -> dict[str, Interval]:
    table = make_table(cells)
    return estimate_intervals(table, measure_agreement(table))


MIXED = np.array([[40, 5, 1], [3, 30, 0], [0, 6, 10], [2, 1, 2]])


def test_mixing_with_chance_worked_by_hand() -> None:
    # margins 1/2: chance puts 1/4 into each cell
    mixed = mix_with_chance(np.array([[0.5, 0.0], [0.0, 0.5]]), 1.0)
    assert mixed.tolist() == [[0.375, 0.125], [0.125, 0.375]]


def test_limits_are_what_scores_tend_to() -> None:
    table = make_table(MIXED * 2000)
    agreement, limits = measure_agreement(table), measure_limits(table.cells / table.n_images, table)
    for name in LOWEST:
        assert limits[name] == pytest.approx(getattr(agreement, name), abs=2e-4), name  # of 200,000 images


def test_spreads_are_those_of_leaving_out_each_image() -> None:
    table = make_table(MIXED * 20)
    spreads = measure_spreads(table.cells / table.n_images, table)
    left = []
    for row, column in np.argwhere(table.cells > 0):
        fewer = table.cells.astype(np.int64)
        fewer[row, column] -= 1
        agreement = measure_agreement(make_table(fewer))
        left.append([getattr(agreement, name) for name in LOWEST])
    weights, n_images = table.cells[table.cells > 0][:, None], table.n_images
    variance = (weights * (np.array(left) - (weights * left).sum(axis=0) / n_images) ** 2).sum(axis=0) / n_images
    jackknife = np.sqrt(variance) * (n_images - 1)
    for place, name in enumerate(LOWEST):
        assert spreads[name] == pytest.approx(jackknife[place], rel=0.02), name  # equal but for terms of 1 / n


def test_the_share_of_right_images_has_the_interval_of_a_share() -> None:
    low, high = estimate(np.array([[400, 100], [100, 400], [0, 0]]))["accuracy"]
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.8 * 0.2 / 1000), rel=0.03)
    assert (low + high) / 2 == pytest.approx(0.8, abs=1e-3)


def test_no_error_among_few_images_is_no_proof_of_none() -> None:
    few, many = (estimate(np.array([[size, 0], [0, size], [0, 0]])) for size in (20, 2000))
    for name in LOWEST:
        assert 0.6 < few[name][0] < 0.95, name
        assert 0.98 < many[name][0] < 1, name
        assert few[name][1] == many[name][1] == 1


def test_a_matching_of_unrelated_labels_is_optimistic_and_a_clear_one_is_not() -> None:
    generator = np.random.default_rng(0)
    gaps, optimisms, lows = [], [], []
    for _ in range(20):
        table = make_table(
            np.vstack([generator.multinomial(60, np.full(64, 1 / 64)).reshape(8, 8), np.zeros((1, 8), int)])
        )
        agreement = measure_agreement(table)
        gaps.append(agreement.accuracy - 1 / 8)
        optimisms.append(measure_optimism(table))
        lows.append(estimate_intervals(table, agreement)["accuracy"][0])
    assert np.mean(optimisms) == pytest.approx(np.mean(gaps), abs=0.03)
    assert np.mean(np.array(lows) <= 1 / 8) >= 0.9
    assert measure_optimism(make_table(np.array([[40, 5], [5, 40], [0, 0]]))) == 0


@pytest.mark.parametrize("size", [1, 3, 10])
def test_scores_lie_within_their_intervals(size: int) -> None:
    agreement, intervals = measure_agreement(make_table(MIXED * size)), estimate(MIXED * size)
    for name, lowest in LOWEST.items():
        low, high = intervals[name]
        assert lowest <= low <= getattr(agreement, name) <= high <= 1


def test_more_images_narrow_the_interval() -> None:
    widths = [high - low for low, high in (estimate(MIXED * size)["ari"] for size in (1, 4, 16))]
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.15)
    assert widths[1] / widths[2] == pytest.approx(2, rel=0.05)


def test_each_cluster_with_the_same_of_each_technology_is_no_proof_of_none() -> None:
    """Every scene once by every technology, clusters the scenes: no image alone moves the scores, but samples do."""
    intervals = estimate(np.vstack([np.full((6, 6), 2), np.zeros((1, 6), dtype=int)]))
    assert intervals["ari"][0] < -0.05 < 0 < 0.02 < intervals["ari"][1] < 0.1
    assert intervals["ami"][0] < -0.15 < 0 < 0.03 < intervals["ami"][1] < 0.3
    assert intervals["pair_precision"][1] - intervals["pair_precision"][0] > 0.03


def test_chance_moves_scores_as_far_as_unrelated_labels_do() -> None:
    generator = np.random.default_rng(0)
    drawn = []
    for _ in range(400):
        table = make_table(
            np.vstack([generator.multinomial(120, np.full(12, 1 / 12)).reshape(3, 4), np.zeros((1, 4), int)])
        )
        drawn.append(measure_agreement(table))
    spreads = measure_spreads_of_chance(np.vstack([np.full((3, 4), 1 / 12), np.zeros((1, 4))]), 120)
    for name in ("ari", "ami"):
        assert np.std([getattr(each, name) for each in drawn]) == pytest.approx(spreads[name], rel=0.15), name


def test_what_is_not_defined_has_no_interval() -> None:
    assert np.isnan(estimate(np.array([[0, 0], [3, 3]]))["pair_precision"]).all()
    assert np.isnan(list(estimate(np.array([[1], [0]])).values())).all()


@pytest.mark.parametrize(("right", "n_images"), [(0.9, 60), (0.98, 120)])
def test_intervals_hold_the_truth_about_95_times_in_100(right: float, n_images: int) -> None:
    generator = np.random.default_rng(0)
    population = np.vstack([np.eye(3) * right + (1 - right) / 3 * (1 - np.eye(3)), np.full(3, 0.05)]) / 3
    population /= population.sum()
    truth = measure_limits(population, make_table((population * n_images * 1000).round().astype(np.int64)))
    held = []
    for _ in range(150):
        cells = generator.multinomial(n_images, population.ravel()).reshape(population.shape)
        low, high = estimate(cells)["ari"]
        held.append(low <= truth["ari"] <= high)
    assert np.mean(held) >= 0.91  # 95 in 100, less two standard errors of 150 draws
