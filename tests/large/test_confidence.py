"""Confidence of images of which only the mean row is known."""

from __future__ import annotations

import numpy as np
import pytest

from forensic_style.large.confidence import MOST_MARGIN, ConfidenceScale, measure_margins

CENTRES = np.array([[0.0], [4.0]])


def measure(values: list[float], labels: list[int], centres: np.ndarray = CENTRES, spread: float = 2.0) -> list[float]:
    X = np.array(values, dtype=np.float32)[:, None]
    return measure_margins(X, np.array(labels, dtype=np.int32), centres, np.array([spread])).tolist()


def test_margins_by_hand() -> None:
    # halves of squared distances over the variance: at 1 those are 1/4 and 9/4
    assert measure([1, 2, 1, 1], [0, 0, 1, -1]) == pytest.approx([2, 0, -2, 0])


def test_the_margin_against_two_others_is_against_their_sum() -> None:
    centres = np.array([[0.0], [4.0], [-4.0]])
    assert measure([0], [0], centres) == pytest.approx([4 - np.log(2)])


def test_margins_have_an_end() -> None:
    assert measure([0], [0], spread=1e-9) == [MOST_MARGIN]
    assert measure([7], [0], np.zeros((1, 1))) == [MOST_MARGIN]  # there is no other cluster


def test_confidence_is_that_of_images_as_clear() -> None:
    margins = np.array([1, 2, 3, 4], dtype=np.float32)
    labels = np.array([0, 0, 0, -1], dtype=np.int32)
    scale = ConfidenceScale.learn(margins, labels, np.array([0.4, 0.2, 0.9, 0.0]))
    asked = np.array([0, 1, 2, 3, 9, 9], dtype=np.float32)
    found = scale.read(asked, np.array([0, 0, 1, 0, 0, -1], dtype=np.int32))
    assert found.tolist() == pytest.approx([0.3, 0.3, 0.3, 0.9, 0.9, 0.0])  # 0.4 and 0.2 fall: they are pooled


def test_a_large_cluster_has_a_scale_of_its_own() -> None:
    labels = np.repeat([0, 1], [60, 60]).astype(np.int32)
    confidences = np.repeat([1.0, 0.5], [60, 60])
    scale = ConfidenceScale.learn(np.ones(120, dtype=np.float32), labels, confidences)
    found = scale.read(np.ones(3, dtype=np.float32), np.array([0, 1, 2], dtype=np.int32))
    assert found.tolist() == pytest.approx([1.0, 0.5, 0.75])


def test_nothing_to_learn_from() -> None:
    none = np.full(2, -1, dtype=np.int32)
    scale = ConfidenceScale.learn(np.zeros(2, dtype=np.float32), none, np.zeros(2))
    assert scale.read(np.zeros(1, dtype=np.float32), np.zeros(1, dtype=np.int32)).tolist() == [0.0]
