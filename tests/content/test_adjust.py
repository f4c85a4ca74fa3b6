"""ContentAdjuster: known truths, Henderson's equations solved densely, degenerate contents."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from forensic_style.clusters.partition import partition
from forensic_style.content.adjust import ContentAdjuster
from forensic_style.errors import ParameterError

GRID = [2 ** (power / 2) for power in range(-12, 29)] + [1e9]

seeds = st.integers(0, 2**32 - 1)


@pytest.mark.filterwarnings(r"ignore:.*SCIPY_ARRAY_API:sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([ContentAdjuster()])
def test_adjuster_is_a_transformer(estimator: BaseEstimator, check) -> None:
    check(estimator)


def draw_rows(
    seed: int, *, skew: float = 0.5, n_contents: int = 4, per_content: int = 60, content: float = 2.0
) -> tuple[NDArray, NDArray, NDArray]:
    """Rows of two styles 6 deviations apart; the share of the first is skew in even contents, 1 - skew in odd ones."""
    generator = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_contents), per_content)
    styles = (generator.random(len(codes)) < np.where(codes % 2 == 0, skew, 1 - skew)).astype(int)
    X = generator.normal(size=(len(codes), 5)) + generator.normal(0, content, (n_contents, 5))[codes]
    X[:, 0] += 6 * styles
    return X, codes, styles


def indicate(labels: NDArray) -> NDArray:
    """A column of 0 and 1 per label; blanks have none."""
    return (labels[:, None] == np.unique(labels[labels != ""])[None, :]).astype(float)


def centre(X: NDArray, codes: NDArray) -> NDArray:
    return X - np.array([X[codes == code].mean(axis=0) for code in codes])


def solve_henderson(x: NDArray, styles: NDArray, contents: NDArray, ratio: float) -> NDArray:
    """Content effects from the whole system of mixed model equations."""
    A = np.hstack([indicate(styles), indicate(contents)])
    n_styles = len(np.unique(styles))
    penalty = np.diag([0.0] * n_styles + [ratio] * (A.shape[1] - n_styles))
    return np.linalg.solve(A.T @ A + penalty, A.T @ x)[n_styles:]


def weigh_ratio(x: NDArray, styles: NDArray, contents: NDArray, ratio: float) -> float:
    """Minus twice the restricted log-likelihood, from the covariance of all rows."""
    S, Z = indicate(styles), indicate(contents)
    V = np.eye(len(x)) + Z @ Z.T / ratio
    inverse = np.linalg.inv(V)
    information = S.T @ inverse @ S
    rest = x - S @ np.linalg.solve(information, S.T @ inverse @ x)
    freedom = len(x) - S.shape[1]
    variance = rest @ inverse @ rest / freedom
    return freedom * np.log(variance) + np.linalg.slogdet(V)[1] + np.linalg.slogdet(information)[1]


def test_balanced_two_by_two_is_worked_by_hand() -> None:
    # style +-10, content +-4, noise +-1, two rows per cell. Content means 4 and -4 (4 rows each), squares 128 between
    # contents and 8 left. With r within over between, minus twice the log-likelihood is, up to a constant,
    # 6 log(8 + 128 / (1 + 4 / r)) + log(1 + 4 / r): 18.04 at r = 2 ** -5, 17.96 at 2 ** -4.5, 17.97 at 2 ** -4.
    # The effect is 4 rows * 4 / (4 + r).
    X = [[15.0], [13.0], [7.0], [5.0], [-5.0], [-7.0], [-13.0], [-15.0]]
    content, style = ["a", "a", "b", "b"] * 2, [0] * 4 + [1] * 4
    adjuster = ContentAdjuster().fit(X, content=content, style=style)
    effect = 16 / (4 + 2**-4.5)
    assert adjuster.contents_.tolist() == ["a", "b"]
    assert adjuster.ratios_ == pytest.approx([2**-4.5])
    assert adjuster.effects_ == pytest.approx(np.array([[effect], [-effect]]), rel=1e-6)
    assert adjuster.styles_.tolist() == style
    assert adjuster.connected_
    assert adjuster.n_rounds_ == 1
    expected = [15 - effect, 13 - effect, 7 + effect, 5 + effect]
    assert adjuster.transform(X, content=content)[:4].ravel() == pytest.approx(expected)


@given(seeds)
def test_effects_solve_the_dense_equations_at_the_ratio_of_lowest_restricted_likelihood(seed: int) -> None:
    generator = np.random.default_rng(seed)
    n = 40
    contents = generator.choice(["", "a", "b", "c", "d"], n)
    styles = generator.integers(0, 3, n)
    X = generator.normal(size=(n, 3)) + indicate(contents) @ generator.normal(0, [0.1, 1, 5], (4, 3))
    X[:, 1] += 3 * styles
    adjuster = ContentAdjuster().fit(X, content=contents, style=styles)
    for column, ratio in enumerate(adjuster.ratios_):
        x = X[:, column]
        costs = [weigh_ratio(x, styles, contents, other) for other in GRID]
        assert weigh_ratio(x, styles, contents, ratio) == pytest.approx(min(costs), abs=1e-4)
        expected = solve_henderson(x, styles, contents, ratio)
        expected -= (indicate(contents)[contents != ""] @ expected).mean()
        assert adjuster.effects_[:, column] == pytest.approx(expected, abs=1e-4)


@given(seeds)
def test_effects_do_not_depend_on_where_zero_is(seed: int) -> None:
    X, codes, styles = draw_rows(seed, per_content=10)
    one = ContentAdjuster().fit(X, content=codes, style=styles)
    other = ContentAdjuster().fit(X + 1e5, content=codes, style=styles)
    assert other.ratios_ == pytest.approx(one.ratios_)
    assert other.effects_ == pytest.approx(one.effects_, abs=1e-4)


def test_without_a_content_effect_nearly_nothing_is_removed() -> None:
    X, codes, styles = draw_rows(0, content=0.0)
    adjuster = ContentAdjuster().fit(X, content=codes, style=styles)
    assert np.median(adjuster.ratios_) > 30
    assert np.abs(adjuster.effects_).max() < 0.25  # the mean of 60 rows errs by .13, and is shrunk
    assert adjusted_rand_score(ContentAdjuster().fit(X, content=codes).styles_, styles) > 0.95


def test_planted_effects_are_recovered_in_a_balanced_design() -> None:
    generator = np.random.default_rng(1)
    codes, styles = np.divmod(np.arange(400) % 10, 2)
    effects = generator.normal(0, 3, (5, 4))
    X = generator.normal(size=(400, 4)) + effects[codes]
    X[:, 0] += 8 * styles
    adjuster = ContentAdjuster().fit(X, content=codes)
    assert adjusted_rand_score(adjuster.styles_, styles) > 0.99
    # a mean of 80 rows errs by .11; little is lost to shrinkage
    assert np.abs(adjuster.effects_ - (effects - effects.mean(axis=0))).max() < 0.4
    assert (np.abs(np.log2(adjuster.ratios_ * effects.var(axis=0, ddof=1))) < 1).all()  # the variance within is 1


@pytest.mark.parametrize("seed", range(5))
def test_a_skewed_mix_keeps_its_style_where_centring_destroys_it(seed: int) -> None:
    X, codes, styles = draw_rows(seed, skew=0.88, content=1.0)
    adjusted = ContentAdjuster().fit_transform(X, content=codes)
    assert adjusted_rand_score(styles, partition(centre(X, codes), 2)) < 0.5
    assert adjusted_rand_score(styles, partition(adjusted, 2)) > 0.9


def test_content_that_hides_the_style_is_removed_from_a_balanced_mix() -> None:
    X, codes, styles = draw_rows(0, content=4.0)
    assert adjusted_rand_score(styles, partition(X, 2)) < 0.5
    assert adjusted_rand_score(styles, partition(ContentAdjuster().fit_transform(X, content=codes), 2)) > 0.9


def test_rows_without_a_label_are_neither_changed_nor_believed() -> None:
    X, codes, styles = draw_rows(2)
    content: list[str | None] = [str(code) for code in codes]
    content[:30] = [None, ""] * 15
    adjuster = ContentAdjuster()
    adjusted = adjuster.fit_transform(X, content=content)
    assert np.array_equal(adjusted[:30], X[:30])
    assert not np.isclose(adjusted[30:], X[30:]).any()
    assert adjuster.contents_.tolist() == ["0", "1", "2", "3"]
    known = np.array([label or "" for label in content]) != ""
    assert (adjuster.effects_[codes[known]]).mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert adjusted_rand_score(adjuster.styles_, styles) > 0.9


def test_new_rows_of_known_contents_are_adjusted_and_others_stay() -> None:
    X, codes, _ = draw_rows(3)
    adjuster = ContentAdjuster().fit(X, content=codes)
    new = np.ones((4, 5))
    adjusted = adjuster.transform(new, content=["2", "never seen", None, 2])  # labels are compared as text
    assert adjusted == pytest.approx(new - [adjuster.effects_[2], np.zeros(5), np.zeros(5), adjuster.effects_[2]])
    assert np.array_equal(adjuster.transform(new), new)


@pytest.mark.parametrize("content", [None, ["a"] * 240, [""] * 240, [None] * 240, [None, "a"] * 120])
def test_with_fewer_than_two_contents_nothing_is_removed(content: list[str | None] | None) -> None:
    X, _, _ = draw_rows(4)
    adjuster = ContentAdjuster()
    adjusted = adjuster.fit_transform(X, content=content)
    assert np.array_equal(adjusted, X)
    assert adjusted is not X
    assert adjuster.connected_
    assert (adjuster.ratios_ == 1e9).all()


def test_a_content_of_one_row_is_hardly_believed() -> None:
    X, codes, styles = draw_rows(5, n_contents=20, per_content=12, content=0.5)
    far = X[styles == 0].mean(axis=0) + 3
    X, codes, styles = np.vstack([X, far]), np.append(codes, 99), np.append(styles, 0)
    adjuster = ContentAdjuster().fit(X, content=codes, style=styles)
    # variance 1 within and about .3 between (far adds to it): about 1 / (1 + 3) of the 3 is believed
    assert (adjuster.effects_[20] > 0.3).all()
    assert (adjuster.effects_[20] < 1.5).all()


def test_thousands_of_contents_of_two_rows_take_no_more_than_seconds() -> None:
    generator = np.random.default_rng(6)
    codes, styles = np.repeat(np.arange(2500), 2), generator.integers(0, 2, 5000)
    X = generator.normal(size=(5000, 10)) + generator.normal(0, 1.5, (2500, 10))[codes]
    X[:, 0] += 9 * styles
    start = time.perf_counter()
    adjuster = ContentAdjuster().fit(X, content=codes)
    assert time.perf_counter() - start < 15
    assert adjuster.effects_.shape == (2500, 10)
    assert adjusted_rand_score(adjuster.styles_, styles) > 0.9
    assert adjuster.connected_


@given(seeds)
def test_fitting_and_transforming_at_once_is_the_same_as_one_after_the_other(seed: int) -> None:
    X, codes, _ = draw_rows(seed, per_content=8)
    at_once = ContentAdjuster().fit_transform(X, content=codes)
    assert np.array_equal(at_once, ContentAdjuster().fit(X, content=codes).transform(X, content=codes))


@given(seeds)
def test_order_of_rows_and_names_of_contents_do_not_matter(seed: int) -> None:
    X, codes, _ = draw_rows(seed, per_content=15)
    order = np.random.default_rng(seed).permutation(len(X))
    one = ContentAdjuster().fit_transform(X, content=codes)
    np.testing.assert_array_equal(ContentAdjuster().fit_transform(X[order], content=codes[order]), one[order])
    names = np.array(["y", "b", "z", "a"])
    assert ContentAdjuster().fit_transform(X, content=names[codes]) == pytest.approx(one, abs=1e-6)


def test_blocks_that_share_no_style_are_not_connected() -> None:
    X, codes, styles = draw_rows(7)
    assert ContentAdjuster().fit(X, content=codes, style=styles).connected_
    assert not ContentAdjuster().fit(X, content=codes, style=codes).connected_
    assert not ContentAdjuster().fit(X, content=codes, style=codes // 2).connected_  # blocks 0, 1 and 2, 3
    assert ContentAdjuster().fit(X, content=codes, style=np.maximum(codes - 1, 0) * styles).connected_


def test_one_bridge_connects_two_blocks_and_a_row_without_content_does_not() -> None:
    X = np.random.default_rng(8).normal(size=(6, 2))
    style = [0, 0, 0, 1, 1, 1]
    assert not ContentAdjuster().fit(X, content=["a", "a", "a", "b", "b", "b"], style=style).connected_
    assert not ContentAdjuster().fit(X, content=["a", "a", None, "b", "b", ""], style=style).connected_
    assert ContentAdjuster().fit(X, content=["a", "a", "a", "b", "b", "a"], style=style).connected_


def test_identical_rows_are_left_as_they_are() -> None:
    X = np.ones((8, 2))
    assert np.array_equal(ContentAdjuster().fit_transform(X, content=["a", "b"] * 4), X)


def test_more_styles_than_rows_are_not_too_many() -> None:
    X = np.random.default_rng(9).normal(size=(5, 2))
    adjuster = ContentAdjuster(9).fit(X, content=["a", "b", "a", "b", "a"])
    assert np.isfinite(adjuster.effects_).all()


def test_wrong_arguments_are_refused() -> None:
    X = [[1.0], [2.0], [3.0]]
    few = r"There are 3 rows and 2 content labels. Give one label per row."
    with pytest.raises(ParameterError, match=few):
        ContentAdjuster().fit(X, content=["a", "b"])
    with pytest.raises(ParameterError, match=few):
        ContentAdjuster().fit(X, content=["a", "b", "a"]).transform(X, content=["a", "b"])
    with pytest.raises(ParameterError, match=few):
        ContentAdjuster().fit(X).transform(X, content=["a", "b"])
    with pytest.raises(ParameterError, match=r"There are 3 rows and 2 style labels. Give one label per row."):
        ContentAdjuster().fit(X, content=["a", "b", "a"], style=[0, 1])
    with pytest.raises(ParameterError, match=r"There are 3 rows and the covariates have shape \(3,\)."):
        ContentAdjuster().fit(X, covariates=[1.0, 2.0, 3.0])
    with pytest.raises(ParameterError, match=r"There are 3 rows and the covariates have shape \(2, 1\)."):
        ContentAdjuster().fit(X, covariates=[[1.0], [2.0]])
    with pytest.raises(ParameterError, match=r"The covariates are not numbers: .* Give numbers, NaN where unknown."):
        ContentAdjuster().fit(X, covariates=[["dark"], ["light"], ["light"]])
    with pytest.raises(ParameterError, match=r"The covariates hold infinite values. Give finite numbers"):
        ContentAdjuster().fit(X, covariates=[[1.0], [np.inf], [2.0]])
    with pytest.raises(ParameterError, match=r"ContentAdjuster knows 0 covariates and got 1. Give the ones that"):
        ContentAdjuster().fit(X).transform(X, covariates=[[1.0], [2.0], [3.0]])
    with pytest.raises(ParameterError, match=r"n_styles of ContentAdjuster must be at least 1. Got 0 instead."):
        ContentAdjuster(0).fit(X, content=["a", "b", "a"])
    with pytest.raises(ParameterError, match=r"max_rounds of ContentAdjuster must be at least 1. Got 0 instead."):
        ContentAdjuster(max_rounds=0).fit(X, content=["a", "b", "a"])


def draw_lit_rows(seed: int, *, skew: float = 0.8, n: int = 200) -> tuple[NDArray, NDArray, NDArray]:
    """Rows of two styles 6 deviations apart, and their brightness: 2 higher in the second style, and it shifts all."""
    generator = np.random.default_rng(seed)
    styles = (generator.random(n) < 0.5).astype(int)
    brightness = generator.normal(0, 1, n) + 2 * skew * styles
    X = generator.normal(size=(n, 4)) + np.outer(brightness, [3.0, 2.0, -2.0, 0.0])
    X[:, 0] += 6 * styles
    return X, styles, brightness[:, None]


@pytest.mark.parametrize("seed", range(3))
def test_brightness_is_removed_and_the_style_that_goes_with_it_stays(seed: int) -> None:
    X, styles, brightness = draw_lit_rows(seed)
    known = ContentAdjuster().fit(X, covariates=brightness, style=styles)
    per_unit = known.slopes_ / known.covariate_scales_
    assert per_unit == pytest.approx(np.array([[3.0, 2.0, -2.0, 0.0]]), abs=0.25)
    found = ContentAdjuster().fit_transform(X, covariates=brightness)
    slopes, *_ = np.linalg.lstsq(brightness - brightness.mean(), X - X.mean(axis=0))
    regressed = X - brightness @ slopes
    assert adjusted_rand_score(styles, partition(found, 2)) > 0.9
    assert adjusted_rand_score(styles, partition(found, 2)) > adjusted_rand_score(styles, partition(X, 2)) + 0.1
    assert np.abs(np.diff([found[styles == style, 0].mean() for style in (0, 1)])) > 5.5
    assert np.abs(np.diff([regressed[styles == style, 0].mean() for style in (0, 1)])) < 5


def test_covariates_and_contents_are_removed_beside_one_another() -> None:
    X, codes, styles = draw_rows(0, n_contents=6, per_content=40)
    generator = np.random.default_rng(1)
    Z = generator.normal(size=(240, 2)) + generator.normal(0, 1, (6, 2))[codes]
    adjuster = ContentAdjuster().fit(X + 3 * Z[:, :1], content=codes, covariates=Z)
    assert adjuster.slopes_[0] / adjuster.covariate_scales_[0] == pytest.approx(np.full(5, 3.0), abs=0.3)
    assert np.abs(adjuster.slopes_[1]).max() < 0.3
    assert adjusted_rand_score(adjuster.styles_, styles) > 0.95
    assert (np.abs(np.log2(adjuster.ratios_ * 4)) < 2).all()  # the variance between is 4


def test_a_covariate_that_explains_nothing_removes_nearly_nothing() -> None:
    X, _, styles = draw_rows(0, content=0.0)
    Z = np.random.default_rng(3).normal(size=(240, 8))
    adjuster = ContentAdjuster()
    adjusted = adjuster.fit_transform(X, covariates=Z, style=styles)
    assert ((adjusted - X) ** 2).mean() < 0.5 * 8 / 240  # half of what least squares would remove
    assert np.median(adjuster.slope_ratios_) > 240


def test_unknown_and_constant_covariates_remove_nothing() -> None:
    X, _, brightness = draw_lit_rows(4)
    Z = np.hstack([brightness, np.ones((200, 1)), np.full((200, 1), np.nan)])
    Z[:20, 0] = np.nan
    adjuster = ContentAdjuster()
    adjusted = adjuster.fit_transform(X, covariates=Z)
    assert np.array_equal(adjusted[:20], X[:20])
    assert not np.isclose(adjusted[20:, :3], X[20:, :3]).all(axis=1).any()
    assert adjuster.covariate_means_ == pytest.approx([brightness[20:].mean(), 1.0, 0.0])
    assert adjuster.covariate_scales_ == pytest.approx([brightness[20:].std(), 1.0, 1.0])
    assert not adjuster.slopes_[1:].any()


@pytest.mark.parametrize("content", [None, ["a"] * 200])
def test_constant_covariates_without_contents_change_nothing(content: list[str] | None) -> None:
    X, _, _ = draw_lit_rows(5)
    adjuster = ContentAdjuster()
    assert np.array_equal(adjuster.fit_transform(X, content=content, covariates=np.ones((200, 1))), X)
    assert adjuster.n_rounds_ == 0


def test_new_rows_lose_the_effects_of_what_is_known_of_them() -> None:
    X, codes, _ = draw_rows(3)
    Z = np.random.default_rng(0).normal(5, 2, size=(240, 1))
    adjuster = ContentAdjuster().fit(X + 2 * Z, content=codes, covariates=Z)
    new, light = np.ones((2, 5)), [[7.0], [np.nan]]
    of_light = np.outer([(7 - Z.mean()) / Z.std(), 0.0], adjuster.slopes_[0])
    of_content = [adjuster.effects_[1], np.zeros(5)]
    assert adjuster.transform(new, covariates=light) == pytest.approx(new - of_light)
    assert adjuster.transform(new, content=["1", ""]) == pytest.approx(new - of_content)
    assert adjuster.transform(new, content=["1", ""], covariates=light) == pytest.approx(new - of_light - of_content)
    assert np.array_equal(adjuster.transform(new), new)


@given(seeds)
def test_unit_and_zero_of_a_covariate_do_not_matter(seed: int) -> None:
    X, styles, brightness = draw_lit_rows(seed, n=60)
    one = ContentAdjuster().fit_transform(X, covariates=brightness, style=styles)
    other = ContentAdjuster().fit_transform(X, covariates=255 * brightness - 40, style=styles)
    assert other == pytest.approx(one, abs=1e-6)


@given(seeds)
def test_order_of_rows_changes_no_bit_of_slopes_and_styles(seed: int) -> None:
    X, styles, brightness = draw_lit_rows(seed, n=60)
    known = np.where(np.arange(60) < 8, styles, -1)
    order = np.random.default_rng(seed).permutation(60)
    one = ContentAdjuster().fit(X, covariates=brightness, style=known)
    other = ContentAdjuster().fit(X[order], covariates=brightness[order], style=known[order])
    np.testing.assert_array_equal(other.slopes_, one.slopes_)
    np.testing.assert_array_equal(other.styles_, one.styles_[order])


@pytest.mark.parametrize("blank", ["", None, -1])
def test_a_few_known_styles_guide_the_others(blank: str | int | None) -> None:
    # the second column parts the rows as well, but nine known styles say that the first one matters
    generator = np.random.default_rng(2)
    codes, styles, others = generator.integers(0, 4, 240), np.arange(240) % 2, generator.integers(0, 2, 240)
    X = generator.normal(size=(240, 2)) + generator.normal(0, 1, (4, 2))[codes]
    X += 6.0 * np.column_stack([styles, others])
    style = [blank] * 240
    few = [*range(0, 5), *range(101, 105)]
    for row in few:
        style[row] = int(styles[row]) if blank == -1 else "ab"[styles[row]]
    adjuster = ContentAdjuster().fit(X, content=codes, style=np.array(style, dtype=object))
    assert adjusted_rand_score(adjuster.styles_, styles) > 0.9
    assert (adjuster.styles_[few] == styles[few]).all()


def test_known_styles_stay_and_others_may_appear_beside_them() -> None:
    X, codes, styles = draw_rows(6, content=0.5)
    X[::4, 1] += 20  # a third style that nobody knows
    known = np.where(np.arange(240) % 8 == 1, styles, -1)
    found = ContentAdjuster(3).fit(X, content=codes, style=known).styles_
    assert (found[known >= 0] == known[known >= 0]).all()
    assert (found[::4] == 2).all()
    assert adjusted_rand_score(found, np.where(np.arange(240) % 4 == 0, 2, styles)) > 0.9
    one = ContentAdjuster(1).fit(X, content=codes, style=known).styles_  # known styles are never too many
    assert (one[known >= 0] == known[known >= 0]).all()


def test_no_known_style_is_the_same_as_none_given() -> None:
    X, codes, _ = draw_rows(7)
    one = ContentAdjuster().fit(X, content=codes, style=[""] * 240)
    np.testing.assert_array_equal(one.effects_, ContentAdjuster().fit(X, content=codes).effects_)


@pytest.mark.parametrize("skew", [0.5, 0.7, 0.9])
@pytest.mark.parametrize(("n_styles", "n_contents"), [(2, 2), (2, 60), (4, 8)])
def test_crossed_effects_are_near_the_better_of_none_and_centring(skew: float, n_styles: int, n_contents: int) -> None:
    scores = []
    for seed in range(3):
        generator = np.random.default_rng(seed)
        codes = np.arange(240) % n_contents
        favourite = codes % n_styles == np.arange(n_styles)[:, None]
        shares = np.where(favourite, skew, (1 - skew) / (n_styles - 1)) if skew > 0.5 else favourite * 0 + 1 / n_styles
        styles = (generator.random(240) > np.cumsum(shares, axis=0)).sum(axis=0)
        X = generator.normal(size=(240, 6)) + generator.normal(0, 1.5, (n_contents, 6))[codes]
        X[:, :n_styles] += 6 * np.eye(n_styles)[styles]
        ways = (X, centre(X, codes), ContentAdjuster(n_styles).fit_transform(X, content=codes))
        scores.append([adjusted_rand_score(styles, partition(rows, n_styles)) for rows in ways])
    none, centred, crossed = np.mean(scores, axis=0)
    assert crossed > max(none, centred) - 0.05
