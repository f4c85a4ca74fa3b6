"""How well the content can be told: certainty, chance, rare contents."""

from __future__ import annotations

import numpy as np
import pytest

from forensic_style.baselines.predictability import measure_content_predictability
from forensic_style.errors import ParameterError


def test_rows_that_know_the_content_tell_it_and_others_do_not() -> None:
    generator = np.random.default_rng(0)
    codes = np.repeat(np.arange(4), [100, 60, 30, 10])
    noise = generator.normal(size=(200, 6))
    sure = measure_content_predictability(noise + 8 * np.eye(6)[codes], codes)
    assert sure is not None
    assert (sure.accuracy, sure.beyond_chance, sure.chance, sure.n_contents, sure.n_rows) == (1.0, 1.0, 0.25, 4, 200)
    drawn = [measure_content_predictability(generator.normal(size=(200, 6)), codes) for _ in range(20)]
    assert np.mean([each.accuracy for each in drawn if each]) == pytest.approx(0.25, abs=0.03)


def test_all_contents_count_alike_whatever_their_numbers() -> None:
    # the rare content is told always; the two frequent ones are the same cloud, told by tossing a coin
    generator = np.random.default_rng(1)
    codes = np.repeat([0, 1, 2], [200, 200, 10])
    X = generator.normal(size=(410, 2)) + 20.0 * (codes == 2)[:, None]
    found = measure_content_predictability(X, codes)
    assert found is not None
    assert found.accuracy == pytest.approx((0.5 + 0.5 + 1) / 3, abs=0.05)


def test_contents_of_a_single_row_and_unknown_ones_are_left_out() -> None:
    X = np.array([[0.0], [0.1], [9.0], [9.1], [50.0], [70.0], [71.0]])
    found = measure_content_predictability(X, ["a", "a", "b", "b", "alone", "", None])
    assert found is not None
    assert (found.accuracy, found.n_contents, found.n_rows) == (1.0, 2, 4)


@pytest.mark.parametrize("content", [["a"] * 4, ["a", "b", "c", "d"], ["", "", "a", "a"], [None] * 4])
def test_fewer_than_two_contents_of_two_rows_tell_nothing(content) -> None:
    assert measure_content_predictability(np.arange(4.0)[:, None], content) is None


def test_below_chance_is_nothing_beyond_chance() -> None:
    codes = np.tile([0, 1], 20)
    X = np.random.default_rng(2).normal(size=(40, 3))
    centred = X - np.array([X[codes == code].mean(axis=0) for code in codes])
    found = measure_content_predictability(centred, codes)
    assert found is not None
    assert found.accuracy < found.chance
    assert found.beyond_chance == 0


def test_one_label_per_row() -> None:
    with pytest.raises(ParameterError, match="There are 3 rows and 2 content labels"):
        measure_content_predictability(np.zeros((3, 1)), ["a", "b"])
