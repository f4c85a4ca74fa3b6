"""Mixed model equations: a worked example, the dense equations, the restricted likelihood of all rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from forensic_style.content.crossed_effects import (
    RATIOS,
    Effects,
    count_contents,
    estimate_effects,
    spread_effects,
    sum_contents,
)

seeds = st.integers(0, 2**32 - 1)
UNKNOWN = -1


def indicate(codes: NDArray) -> NDArray:
    """A column of 0 and 1 per code; unknown ones have none."""
    return (codes[:, None] == np.arange(codes.max() + 1)[None, :]).astype(float)


def standardize(Z: NDArray) -> NDArray:
    return (Z - Z.mean(axis=0)) / Z.std(axis=0)


def solve_densely(x, styles, codes, Z, content_ratio, slope_ratios) -> NDArray:
    """Content effects, then slopes, from the whole system."""
    A = np.hstack([indicate(styles), indicate(codes), Z])
    n_styles, n_contents = styles.max() + 1, codes.max() + 1
    penalty = np.concatenate([np.zeros(n_styles), np.full(n_contents, content_ratio), slope_ratios])
    return np.linalg.solve(A.T @ A + np.diag(penalty), A.T @ x)[n_styles:]


def weigh_densely(x, styles, codes, Z, content_ratio, slope_ratios) -> float:
    """Minus twice the restricted log-likelihood in Harville's form, from the covariance of all rows."""
    S, C = indicate(styles), indicate(codes)
    V = np.eye(len(x)) + C @ C.T / content_ratio + (Z / slope_ratios) @ Z.T
    inverse = np.linalg.inv(V)
    information = S.T @ inverse @ S
    rest = x - S @ np.linalg.solve(information, S.T @ inverse @ x)
    freedom = len(x) - S.shape[1]
    determinants = [np.linalg.slogdet(matrix)[1] for matrix in (V, information, S.T @ S)]
    return freedom * np.log(rest @ inverse @ rest / freedom) + determinants[0] + determinants[1] - determinants[2]


def draw(seed: int, n: int = 30) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    generator = np.random.default_rng(seed)
    codes = generator.permutation(np.concatenate([np.arange(4), generator.integers(-1, 4, n - 4)]))
    styles = generator.permutation(np.concatenate([np.arange(3), generator.integers(0, 3, n - 3)]))
    Z = standardize(generator.normal(size=(n, 2)))
    X = generator.normal(size=(n, 3)) + indicate(codes) @ generator.normal(0, [0.1, 1, 4], (4, 3))
    X += Z @ np.array([[0.0, 1.0, 3.0], [0.0, 0.1, -2.0]])
    X[:, 1] += 3 * styles
    return X - X.mean(axis=0), codes, styles, Z


def test_one_slope_is_worked_by_hand() -> None:
    # z'z = 4, z'x = 8, x'x = 20, one style, so 3 degrees of freedom. At a ratio a, minus twice the log-likelihood is
    # 3 log((20 - 64 / (4 + a)) / 3) + log(1 + 4 / a): 4.218 at a = 2 ** -1.5, 4.163 at 2 ** -1, 4.171 at 2 ** -.5.
    # The slope is 8 / (4 + a).
    z, x = np.array([[1.0], [1.0], [-1.0], [-1.0]]), np.array([[3.0], [1.0], [-3.0], [-1.0]])
    effects = estimate_effects(x, np.full(4, UNKNOWN), np.zeros(4, dtype=np.intp), z)
    assert effects.slope_ratios == pytest.approx(np.array([[0.5]]))
    assert effects.slopes == pytest.approx(np.array([[8 / 4.5]]))
    assert effects.cost == pytest.approx(4.163, abs=1e-3)
    assert effects.contents.shape == (0, 1)
    assert effects.spread(np.full(4, UNKNOWN), z) == pytest.approx(z * 8 / 4.5)


@settings(max_examples=20)
@given(seeds)
def test_effects_solve_the_dense_equations_at_the_likeliest_ratios(seed: int) -> None:
    X, codes, styles, Z = draw(seed)
    effects = estimate_effects(X, codes, styles, Z)
    total = 0.0
    for column in range(X.shape[1]):
        x, ratio, slope_ratios = X[:, column], effects.content_ratios[column], effects.slope_ratios[:, column]
        cost = weigh_densely(x, styles, codes, Z, ratio, slope_ratios)
        total += cost
        # no ratio alone can be bettered
        assert cost <= min(weigh_densely(x, styles, codes, Z, other, slope_ratios) for other in RATIOS) + 1e-4
        for covariate in range(2):
            for other in RATIOS:
                tried = np.where(np.arange(2) == covariate, other, slope_ratios)
                assert cost <= weigh_densely(x, styles, codes, Z, ratio, tried) + 1e-4
        solved = solve_densely(x, styles, codes, Z, ratio, slope_ratios)
        found = np.concatenate([effects.contents[:, column], effects.slopes[:, column]])
        assert found == pytest.approx(solved, abs=1e-4)
    assert effects.cost == pytest.approx(total, abs=1e-3)


@given(seeds)
def test_a_finer_partition_of_noise_costs_about_the_same(seed: int) -> None:
    # Harville's form makes partitions comparable: of noise alone, no number of styles is preferred by much
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(200, 4))
    X -= X.mean(axis=0)
    codes, nothing = np.arange(200) % 5, np.zeros((200, 0))
    one = estimate_effects(X, codes, np.zeros(200, dtype=np.intp), nothing).cost
    three = estimate_effects(X, codes, generator.integers(0, 3, 200), nothing).cost
    assert abs(one - three) < 60  # of about 200 * 4: 8 degrees of freedom cost log(200) each in other forms


def test_useless_contents_and_covariates_are_hardly_believed() -> None:
    generator = np.random.default_rng(0)
    codes, Z = np.arange(300) % 10, standardize(generator.normal(size=(300, 2)))
    X = generator.normal(size=(300, 40)) + 0.5 * Z[:, :1]
    effects = estimate_effects(X - X.mean(axis=0), codes, np.zeros(300, dtype=np.intp), Z)
    assert np.median(effects.slope_ratios[1]) > 200
    assert np.abs(effects.slopes[1]).mean() < 0.025  # unshrunk: .046
    assert effects.slopes[0] == pytest.approx(np.full(40, 0.5), abs=0.25)
    assert np.median(effects.content_ratios) > 30


def test_sums_and_counts_leave_unknown_contents_out() -> None:
    X, codes = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]), np.array([1, UNKNOWN, 0, 1])
    assert count_contents(codes).tolist() == [1.0, 2.0]
    assert sum_contents(X, codes).tolist() == [[5.0, 6.0], [8.0, 10.0]]
    assert spread_effects(np.array([[1.0, 2.0], [3.0, 4.0]]), codes).tolist() == [[3, 4], [0, 0], [1, 2], [3, 4]]
    assert sum_contents(X, np.full(4, UNKNOWN)).shape == (0, 2)


def test_effects_of_nothing_are_none() -> None:
    effects = Effects(0.0, np.zeros((0, 2)), np.zeros((0, 2)), np.ones(2), np.ones((0, 2)))
    assert not effects.spread(np.full(3, UNKNOWN), np.zeros((3, 0))).any()


def test_columns_without_variation_have_no_effects() -> None:
    X, codes, styles, Z = draw(1)
    X[:, 1] = 0.0
    effects = estimate_effects(X, codes, styles, Z)
    assert not effects.contents[:, 1].any()
    assert not effects.slopes[:, 1].any()
    assert np.isfinite(effects.cost)
