"""Pooling, against its definition."""

from __future__ import annotations

import numpy as np
import pytest

from forensic_style.embedding.pooling import MOST_PAIRED, count_columns, pool_activations, read_poolings
from forensic_style.errors import ParameterError


def test_pooled_values_are_those_of_the_definition() -> None:
    f = np.random.default_rng(1).normal(size=(2, 3, 4, 5)).astype(np.float32)
    for n in range(2):
        places = [[float(f[n, c, y, x]) for y in range(4) for x in range(5)] for c in range(3)]
        means = [sum(row) / 20 for row in places]
        np.testing.assert_allclose(pool_activations(f, "mean")[n], means, rtol=1e-6)
        spread = [(sum((v - m) ** 2 for v in row) / 20) ** 0.5 for row, m in zip(places, means, strict=True)]
        np.testing.assert_allclose(pool_activations(f, "deviation")[n], spread, rtol=1e-6)
        products = [
            sum(a * b for a, b in zip(places[c], places[d], strict=True)) / 20 for c in range(3) for d in range(c, 3)
        ]
        np.testing.assert_allclose(pool_activations(f, "gram")[n], products, rtol=1e-5)


def test_tokens_are_places_and_vectors_have_none() -> None:
    tokens = np.arange(12.0).reshape(1, 4, 3)
    np.testing.assert_allclose(pool_activations(tokens, "mean"), [[4.5, 5.5, 6.5]])
    np.testing.assert_allclose(pool_activations(tokens[:, 0], "mean"), [[0.0, 1.0, 2.0]])


def test_many_channels_are_combined_before_they_are_paired_and_distances_stay() -> None:
    assert count_columns(512, "gram") == MOST_PAIRED * (MOST_PAIRED + 1) // 2
    rng = np.random.default_rng(2)
    f = rng.normal(size=(6, 300, 5, 5)) * rng.uniform(0.2, 3.0, (6, 300, 1, 1))
    pooled = pool_activations(f, "gram")
    assert pooled.shape == (6, count_columns(300, "gram"))
    rows, columns = np.triu_indices(MOST_PAIRED)
    weights = np.where(rows == columns, 1.0, 2.0)  # the lower half of the matrix is not kept
    flat = f.reshape(6, 300, 25)
    whole = flat @ flat.transpose(0, 2, 1) / 25
    for one, other in ((0, 1), (2, 3), (4, 5)):
        kept = np.sqrt((weights * (pooled[one] - pooled[other]) ** 2).sum())
        assert kept == pytest.approx(np.linalg.norm(whole[one] - whole[other]), rel=0.35)
    np.testing.assert_array_equal(pooled, pool_activations(f, "gram"))


def test_unknown_poolings_are_named_with_those_there_are() -> None:
    assert read_poolings("gram+mean+mean") == ("mean", "gram")
    with pytest.raises(ParameterError, match=r"There is no pooling 'max'. Choose from mean, deviation, gram"):
        read_poolings("mean+max")
