"""Gradients of colours, and how they scatter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.kernels.colours import count_colour_clouds, sum_colour_gradients
from tests.conftest import draw_sums
from tests.naive import colours as naive

SHAPES = [(7, 7), (7, 16), (15, 8), (24, 33)]


def test_gradients_of_one_slope_of_red_worked_by_hand() -> None:
    red = np.tile(np.arange(6, dtype=np.uint16) * 4, (1, 5, 1))
    still = np.full((1, 5, 6), 9, dtype=np.uint16)
    (moments,), (coherence,) = sum_colour_gradients(still, red, still, still, 0.5, 2.0)
    # red rises by 2 grey levels a sample: E = 4, F = H = 0; colour's gradient is 2, its strength 1/2
    np.testing.assert_allclose(moments, [12, 0, 6, 0, 3, 0], rtol=1e-6)
    np.testing.assert_allclose(coherence, [12 * 16 / 20, 12 * 4 * 16 / 20, 48], rtol=1e-6)


def test_channels_that_change_across_each_other_are_not_coherent() -> None:
    slope = np.tile(np.arange(9, dtype=np.uint16) * 4, (1, 9, 1))
    turned, still = np.ascontiguousarray(slope.swapaxes(1, 2)), np.zeros((1, 9, 9), dtype=np.uint16)
    apart, together = (sum_colour_gradients(still, slope, green, still, 1.0, 4.0)[1] for green in (turned, slope))
    assert apart[0, 0] == 0.0
    assert together[0, 0] == pytest.approx(49 * 1024 / 1028, rel=1e-5)


@pytest.mark.parametrize("shape", [(3, 3), *SHAPES])
def test_gradients_equal_twin(shape: tuple[int, int]) -> None:
    for seed, top in enumerate((4, 1020, 4080)):
        planes = [draw_sums(shape, 10 * seed + k, top) for k in range(4)]
        found = sum_colour_gradients(*planes, 0.25, 4.0)
        expected = naive.sum_colour_gradients(*planes, 0.25, 4.0)
        for one, other in zip(found, expected, strict=True):  # sums of float32
            np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-5)


def _count_clouds(*planes: NDArray[Any], traces: tuple[float, ...], ratios: tuple[float, ...]) -> NDArray[np.int64]:
    return count_colour_clouds(*planes, 1.0, np.array(traces), np.array(ratios))


def test_colour_clouds_worked_by_hand() -> None:
    ramp = np.repeat(np.array([0, 4, 0, 4], dtype=np.uint16), 4).reshape(1, 4, 4)  # variance 4, with the floor 5
    flat = np.zeros_like(ramp)
    one = {"traces": (6.9, 7.1), "ratios": (1.4, 1.6)}  # trace 5 + 1 + 1, minors 5 + 5 + 1: 49 / 33 = 1.48
    assert _count_clouds(ramp, flat, flat, **one).tolist() == [[[0, 0, 0], [0, 1, 0], [0, 0, 0]]]
    three = {"traces": (14.9, 15.1), "ratios": (8.3, 8.4)}  # trace 15, minors 3 (25 - 16): 225 / 81 = 2.78, below both
    assert _count_clouds(ramp, ramp, ramp, **three).tolist() == [[[0, 0, 0], [1, 0, 0], [0, 0, 0]]]
    turned = ramp.transpose(0, 2, 1).copy()  # uncorrelated with the ramp: trace 5 + 5 + 1, minors 25 + 5 + 5
    two = {"traces": (10.9, 11.1), "ratios": (1.1, 1.2)}  # 121 / 105 = 1.15
    assert _count_clouds(ramp, turned, flat, **two).tolist() == [[[0, 0, 0], [0, 1, 0], [0, 0, 0]]]


@pytest.mark.parametrize("shape", [(3, 9), (4, 4), (5, 7), (8, 6), (15, 18)])
def test_colour_clouds_equal_twin(shape: tuple[int, int]) -> None:
    planes = [draw_sums(shape, seed) // 2**seed for seed in range(3)]
    planes[1] += planes[0] // 2
    traces, ratios = np.array([2e4, 6e4, 1e5]), np.array([1.05, 1.3, 1.9])
    expected = naive.count_colour_clouds(*planes, 9.6, traces, ratios)
    np.testing.assert_array_equal(count_colour_clouds(*planes, 9.6, traces, ratios), expected)
    n_boxes = max(0, (shape[0] - 2) // 2) * max(0, (shape[1] - 2) // 2)
    assert expected.sum(axis=(1, 2)).tolist() == [n_boxes] * 2


def test_brightest_colours_are_counted_without_overflow() -> None:
    checks = (np.indices((1, 8, 8)).sum(axis=0) % 2 * 4080).astype(np.uint16)
    far, line = (4080.0**2 * 0.7, 4080.0**2 * 0.8), (1e6, 1e9)  # three variances of 2040^2 along one line
    assert _count_clouds(checks, checks, checks, traces=far, ratios=line)[0, 1].sum() == 9
