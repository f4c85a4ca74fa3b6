"""What the benchmarks draw and simulate: dependences that are reached, and files that are made alike twice."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import normalized_mutual_info_score

from tests.benchmarks.labelled_sets import measure_mutual, plan_counts, round_shares
from tests.benchmarks.pipelines import CHAINS, PATCH, SIDE, bend_tones, demosaic, sample_bayer


def list_labels(counts: np.ndarray) -> tuple[list[int], list[int]]:
    pairs = [pair for pair, n in np.ndenumerate(counts) for _ in range(n)]
    return [row for row, _ in pairs], [column for _, column in pairs]


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (6, 6), (6, 7), (3, 8), (4, 2)])
@pytest.mark.parametrize("dependence", [0.0, 0.1, 0.3, 0.6, 1.0])
def test_reaches_the_wanted_dependence(shape: tuple[int, int], dependence: float) -> None:
    counts = plan_counts(np.full(shape, 80), 144, dependence)
    assert counts.sum() == 144
    assert counts.max() <= 80
    assert measure_mutual(counts) == pytest.approx(dependence, abs=0.02)
    named = normalized_mutual_info_score(*list_labels(counts), average_method="min")
    assert measure_mutual(counts) == pytest.approx(named, abs=1e-9)


def test_dependence_by_hand() -> None:
    assert measure_mutual(np.array([[3, 3], [3, 3]])) == 0
    assert measure_mutual(np.array([[5, 0], [0, 5]])) == pytest.approx(1)
    assert measure_mutual(np.array([[5, 0], [0, 5], [0, 5]])) == pytest.approx(1)
    assert measure_mutual(np.array([[5, 5]])) == 0
    # rows and columns of 1/2; the joint shares 3/8, 1/8: 1 - (2 * 3/8 * log2(8/3) + 2 * 1/8 * 3) + 1 bits of 1
    assert measure_mutual(np.array([[3, 1], [1, 3]])) == pytest.approx(2 - (0.75 * np.log2(8 / 3) + 0.75))


def test_draws_no_more_than_there_are() -> None:
    room = np.array([[10, 2], [10, 10]])
    assert plan_counts(room, 100, 0.0).tolist() == [[2, 2], [2, 2]]
    assert plan_counts(room, 100, 1.0).tolist() == [[10, 0], [0, 10]]


def test_rounds_to_the_sum() -> None:
    assert round_shares(np.array([[0.5, 0.25], [0.25, 0.0]]), 5).tolist() == [[3, 1], [1, 0]]
    assert round_shares(np.full((3, 3), 1 / 9), 10).sum() == 10


@pytest.mark.parametrize("name", CHAINS)
def test_chains_save_one_size_and_repeat(name: str) -> None:
    patch = np.random.default_rng(3).integers(0, 256, (PATCH, PATCH, 3), dtype=np.uint8)
    first, again = (CHAINS[name](patch, np.random.default_rng(4)) for _ in range(2))
    assert first == again
    with Image.open(io.BytesIO(first)) as picture:
        assert (picture.size, picture.mode, picture.format) == ((SIDE, SIDE), "RGB", "JPEG")


def test_demosaicing_keeps_samples_and_flat_colours() -> None:
    flat = np.broadcast_to([0.2, 0.5, 0.8], (12, 12, 3))
    np.testing.assert_allclose(demosaic(sample_bayer(flat)), flat)
    grey = np.broadcast_to(np.random.default_rng(5).random((12, 12, 1)), (12, 12, 3))
    raw = sample_bayer(grey)
    full = demosaic(raw)
    np.testing.assert_array_equal(full[::2, ::2, 0], raw[::2, ::2])
    np.testing.assert_array_equal(full[::2, 1::2, 1], raw[::2, 1::2])
    np.testing.assert_array_equal(full[1::2, 1::2, 2], raw[1::2, 1::2])


def test_tone_curve_keeps_black_middle_and_white() -> None:
    np.testing.assert_allclose(bend_tones(np.array([0, 0.5, 1]), 0.15), [0, 0.5, 1], atol=1e-12)
    assert bend_tones(np.array([0.25]), 0.15)[0] < 0.25 < 0.75 < bend_tones(np.array([0.75]), 0.15)[0]
