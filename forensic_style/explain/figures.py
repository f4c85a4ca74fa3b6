"""Figures with units: what the columns of a table say in quantities that a reader knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Group
from forensic_style.jpeg.quality import ANNEX_K_LUMA, scale_annex_k

NO_TRACE = 0.05  # binary logarithm of the mean step: smaller ones are those of quality 100, or of no JPEG
LEAST_SHARES_APART = 0.2  # of the images of both sides, for a presence to be told

_MEAN_STEPS = np.array([np.log2(scale_annex_k(ANNEX_K_LUMA, quality).mean()) for quality in range(1, 101)])


@dataclass(frozen=True, slots=True)
class Comparison:
    """One quantity on two sides.

    Parameters
    ----------
    words : of both sides
    short : of the first alone
    inside, outside : typical values in `unit`; None for a side that has none
    """

    words: str
    short: str
    inside: float | None
    outside: float | None
    unit: str


def take_medians(values: NDArray[np.float64], groups: NDArray[np.intp], n_images: int) -> NDArray[np.float64]:
    """Median over the windows of each image, shape (n_images,).

    >>> take_medians(np.array([5.0, 1.0, 2.0, 9.0, 7.0]), np.array([0, 0, 0, 1, 1]), 2)
    array([2., 8.])
    """
    ordered = values[np.lexsort((values, groups))]
    counts = np.bincount(groups, minlength=n_images)
    starts = np.cumsum(counts) - counts
    return (ordered[starts + (counts - 1) // 2] + ordered[starts + counts // 2]) / 2


def show_values(values: NDArray[np.float64], group: Group) -> NDArray[np.float64]:
    """Turn a column into the quantity that its group names.

    Parameters
    ----------
    values : float64 array, any shape, as they stand in the table

    Returns
    -------
    float64 array of the same shape, in the group's unit; shares and counts never fall below 0. NaN where a JPEG
    quality has left no trace.
    """
    if group.scale == "jpeg_step":
        qualities = 1.0 + np.abs(values[..., None] - _MEAN_STEPS).argmin(axis=-1)
        return np.where(values < NO_TRACE, np.nan, qualities)
    turned = np.exp2(values) if group.scale == "log2" else np.square(values) if group.scale == "square" else values
    shown = np.asarray(turned * group.factor + group.offset, dtype=np.float64)
    return shown if group.scale == "linear" and group.factor == 1.0 else np.maximum(shown, 0.0)


def compare_values(inside: NDArray[np.float64], outside: NDArray[np.float64], group: Group) -> Comparison | None:
    """Put a column of the table into figures on both sides.

    Parameters
    ----------
    inside, outside : float64 arrays, one value per image, as they stand in the table

    Returns
    -------
    Medians over the images, or shares of images above the group's threshold; None where both sides are the same to the
    digits shown, or where there is nothing to show.
    """
    if not len(inside) or not len(outside) or not group.quantity:
        return None
    if group.threshold is not None:
        return _compare_presence(inside > group.threshold, outside > group.threshold, group.quantity)
    sides = [show_values(side, group) for side in (inside, outside)]
    typical = [_take_typical(side) for side in sides]
    one, other = _write_numbers(typical)
    if one == other:
        return None
    about = [_say_about(side, group) if value is not None else "" for side, value in zip(sides, typical, strict=True)]
    unit = f" {group.unit}" if group.unit else ""
    is_percent = group.unit.startswith("%")  # 97 % against 2 %, but 3.1 against 0.8 grey levels
    first = f"{group.quantity} {about[0]}{one}"
    words = f"{first}{' %' if is_percent else ''} against {about[1]}{other}{unit}"
    short = f"{first}{unit}" if typical[0] is not None else "no trace of JPEG"
    return Comparison(words, short, typical[0], typical[1], group.unit)


def _take_typical(values: NDArray[np.float64]) -> float | None:
    """Median of the values that there are; None where most are missing."""
    there = values[~np.isnan(values)]
    return float(np.median(there)) if 2 * len(there) > len(values) else None


def _say_about(values: NDArray[np.float64], group: Group) -> str:
    """Estimates of a JPEG quality, and numbers without a unit that are not the same in all images, are about right."""
    there = values[~np.isnan(values)]
    return "about " if group.scale == "jpeg_step" or (not group.unit and np.ptp(there) > 0) else ""


def _write_numbers(values: list[float | None]) -> list[str]:
    """Numbers with as many digits as the larger of them deserves, "none" for what is not there.

    >>> _write_numbers([3.14, 0.812]), _write_numbers([74.9, None]), _write_numbers([0.123, 0.2])
    (['3.1', '0.8'], ['75', 'none'], ['0.12', '0.20'])
    """
    largest = max((abs(value) for value in values if value is not None), default=0.0)
    digits = 0 if largest >= 9.95 else 1 if largest >= 0.95 else 2
    return ["none" if value is None else f"{value:.{digits}f}".replace("-0.00", "0.00") for value in values]


def _compare_presence(inside: NDArray[np.bool_], outside: NDArray[np.bool_], quantity: str) -> Comparison | None:
    """Shares of the images that have something."""
    one, other = 100 * float(inside.mean()), 100 * float(outside.mean())
    if abs(one - other) < 100 * LEAST_SHARES_APART:
        return None
    words = f"{quantity} in {_write_share(one)} % against {_write_share(other)} %"
    short = f"{quantity} ({_write_share(one)} %)" if one >= 50 else f"{quantity} in {_write_share(one)} % only"
    return Comparison(words, short if one >= 0.5 else f"no {quantity}", one, other, "%")


def _write_share(percent: float) -> str:
    """Whole percent, but neither 0 nor 100 where some differ.

    >>> [_write_share(percent) for percent in (0.0, 0.2, 42.4, 99.8, 100.0)]
    ['0', 'below 1', '42', 'over 99', '100']
    """
    if 0 < percent < 1:
        return "below 1"
    return "over 99" if 99 < percent < 100 else f"{percent:.0f}"
