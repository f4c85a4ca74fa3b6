"""What the variation of each family goes with."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.family import Group
from forensic_style.search.family_shares import (
    FamilyShares,
    list_confounds,
    measure_shares,
)
from forensic_style.table import FamilyRecord, ImageRecord

Floats = NDArray[np.float64]


def declare(name: str, size: int) -> FamilyRecord:
    return FamilyRecord(name, name, "acquisition", 1, (Group("values", size, "value", "values"),))


def share(columns: Floats, labels: list[int], **asked: object) -> FamilyShares:
    """Shares of one family of images with a window each."""
    groups = np.arange(len(columns))
    (one, together) = measure_shares(columns, groups, [declare("one", columns.shape[1])], np.array(labels), **asked)  # type: ignore[arg-type]
    assert (one.style, one.content, one.confounds, one.chance) == (
        together.style,
        together.content,
        together.confounds,
        together.chance,
    )
    return one


def as_content(labels: list[str]) -> NDArray[np.object_]:
    return np.array(labels, dtype=object)


def test_hand_worked_shares_of_one_column() -> None:
    """Values 0, 2, 10, 12: squares of 104 in all, 100 between the clusters, 4 within with 2 degrees of freedom.

    Omega squared: (100 - 1 x 2) / (104 + 2).
    """
    one = share(np.array([[0.0], [2.0], [10.0], [12.0]]), [0, 0, 1, 1])
    assert one.style == pytest.approx(98 / 106)
    assert one.content is None
    assert one.confounds == 0.0
    assert one.chance == 0.0


def test_hand_worked_shares_of_crossed_style_and_content() -> None:
    """Style adds 0 or 4, content 0 or 2, and one corner 1 more: effects of 4.5 and 2.5, and 0.25 left.

    With 4 images: squares of 20.25 and 6.25 of 26.75, the rest 0.25 with 1 degree of freedom.
    """
    column = np.array([[0.0], [2.0], [4.0], [7.0]])
    one = share(column, [0, 0, 1, 1], content=as_content(["a", "b", "a", "b"]))
    assert one.style == pytest.approx((20.25 - 0.25) / 27)
    assert one.content == pytest.approx((6.25 - 0.25) / 27)


def test_what_style_and_content_explain_alike_is_neithers() -> None:
    column = np.repeat([0.0, 5.0], 6)[:, None] + np.tile([0.0, 0.1, 0.3], 4)[:, None]
    one = share(column, [0] * 6 + [1] * 6, content=as_content(["a"] * 6 + ["b"] * 6))
    assert (one.style, one.content) == (0.0, 0.0)


def test_equals_least_squares_on_written_out_columns() -> None:
    generator = np.random.default_rng(0)
    labels, codes = generator.integers(0, 3, 60), generator.integers(0, 5, 60)
    columns = generator.normal(size=(60, 4)) + 2 * np.eye(3)[labels] @ generator.normal(size=(3, 4)) + codes[:, None]
    sizes = generator.normal(size=(60, 2)) + codes[:, None]
    style, content = np.eye(3)[labels], np.eye(5)[codes]

    def leave(*blocks: Floats) -> tuple[float, int]:
        design = np.hstack([np.ones((60, 1)), *blocks])
        fitted = design @ np.linalg.pinv(design) @ columns
        return float(((columns - fitted) ** 2).sum()), int(np.linalg.matrix_rank(design))

    def correct(without: tuple[float, int], full: tuple[float, int]) -> float:
        error = full[0] / (60 - full[1])
        return (without[0] - full[0] - (full[1] - without[1]) * error) / (leave()[0] + error)

    one = share(columns, labels.tolist(), content=as_content([str(code) for code in codes]), confounds=sizes)
    assert one.style == pytest.approx(correct(leave(content), leave(content, style)))
    assert one.content == pytest.approx(correct(leave(style), leave(content, style)))
    assert one.confounds == pytest.approx(correct(leave(style), leave(style, sizes)))


def test_chance_explains_nothing_on_average() -> None:
    """Forty families of noise, many contents of two images each: neither factor gets more than a little of any."""
    generator = np.random.default_rng(1)
    labels, content = generator.integers(0, 4, 100), as_content([f"c{number // 2}" for number in range(100)])
    families = [declare(f"f{number}", 20) for number in range(40)]
    shares = measure_shares(generator.normal(size=(100, 800)), np.arange(100), families, labels, content=content)
    assert np.mean([one.style for one in shares]) < 0.01
    assert np.mean([one.content or 0.0 for one in shares]) < 0.05


def test_chance_is_what_windows_leave_in_their_mean() -> None:
    """Windows -1, 1 about 0 and about 10: means 0 and 10, squares of 50; variance 2 within, halved by two windows."""
    windows = np.array([[-1.0], [1.0], [9.0], [11.0]])
    one, _ = measure_shares(windows, np.array([0, 0, 1, 1]), [declare("one", 1)], np.array([0, 0]))
    assert one.chance == pytest.approx((1 + 1) / 50)


def test_family_that_never_varies_and_images_of_no_cluster() -> None:
    assert share(np.ones((4, 2)), [0, 0, 1, 1]) == FamilyShares("one", 0.0, None, 0.0, 0.0)
    assert share(np.arange(4.0)[:, None], [-1] * 4) == FamilyShares("one", 0.0, None, 0.0, 0.0)
    with_odd = share(np.array([[0.0], [2.0], [10.0], [12.0], [999.0]]), [0, 0, 1, 1, -1])
    assert with_odd.style == pytest.approx(98 / 106)


def test_contents_that_occur_once_say_nothing() -> None:
    column = np.array([[0.0], [2.0], [10.0], [12.0]])
    one = share(column, [0, 0, 1, 1], content=as_content(["a", "b", "c", "d"]))
    assert one.content is None
    assert one.style == pytest.approx(98 / 106)


def test_order_of_images_changes_nothing() -> None:
    generator = np.random.default_rng(2)
    columns, labels, codes = generator.normal(size=(30, 3)), generator.integers(0, 3, 30), generator.integers(0, 4, 30)
    sizes = generator.normal(size=(30, 2))
    sizes[3, 1] = np.nan
    order = generator.permutation(30)
    one, two = (
        share(
            columns[rows],
            labels[rows].tolist(),
            content=as_content([str(code) for code in codes[rows]]),
            confounds=sizes[rows],
        )
        for rows in (np.arange(30), order)
    )
    assert (one.style, one.content, one.confounds) == pytest.approx((two.style, two.content, two.confounds))


def test_confounds_of_images() -> None:
    """A picture of 4 x 8 pixels in 16 bytes: 2^5 pixels, 4 bits for each."""
    assert list_confounds([ImageRecord("a.png", "", "PNG", 4, 8, 16)]).tolist() == [[5.0, 2.0]]
