"""Shares of triples of residuals of the three colours."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.colour_co_occurrence import _NARROW, _WIDE, FAMILY
from tests import phantoms
from tests.conftest import measure_group, show_window

NOISE = np.random.default_rng(0).normal(128, 3, (96, 128, 3)).astype(np.uint8)


def _find_class(red: int, green: int, blue: int, threshold: int) -> int:
    n = 2 * threshold + 1
    number = ((red + threshold) * n + green + threshold) * n + blue + threshold
    return int((_WIDE if threshold == 2 else _NARROW)[number])


def _take_photo(method: str) -> NDArray[np.uint8]:
    light = phantoms.add_sensor_noise(phantoms.draw_scene(5, 130, 130), 0, gain=2e-4, floor=4e-3)
    return phantoms.develop(phantoms.demosaic(phantoms.sample_bayer(np.clip(light, 0, 1), "GBRG"), "GBRG", method))


def test_dimension_is_91_and_each_part_sums_to_one() -> None:
    parts = np.split(FAMILY.compute(show_window(NOISE)), [63, 77])
    assert [len(part) for part in parts] == [(125 + 1) // 2, (27 + 1) // 2, (27 + 1) // 2]
    np.testing.assert_allclose([part.sum() for part in parts], 1.0, rtol=1e-12)


def test_classes_merge_a_triple_with_its_negation_alone() -> None:
    assert _find_class(1, -2, 0, 2) == _find_class(-1, 2, 0, 2)
    assert len({_find_class(1, -2, 0, 2), _find_class(0, -2, 1, 2), _find_class(1, 2, 0, 2)}) == 3
    assert sorted(set(np.bincount(_WIDE))) == [1, 2]


def test_flat_window_fills_the_classes_of_no_residual_alone() -> None:
    fingerprint = FAMILY.compute(show_window(np.full((40, 48, 3), 9, dtype=np.uint8)))
    zero = _find_class(0, 0, 0, 1)
    assert np.flatnonzero(fingerprint).tolist() == [_find_class(0, 0, 0, 2), 63 + zero, 77 + zero]


def test_grey_window_fills_the_classes_of_equal_residuals_alone() -> None:
    fingerprint = FAMILY.compute(show_window(NOISE[:, :, 0].copy()))
    wide = {_find_class(k, k, k, 2) for k in range(3)}
    narrow = {_find_class(k, k, k, 1) for k in range(2)}
    expected = wide | {63 + place for place in narrow} | {77 + place for place in narrow}
    assert set(np.flatnonzero(fingerprint).tolist()) == expected


@pytest.mark.parametrize("turned", [255 - NOISE, NOISE[:, ::-1]], ids=["negative", "mirrored"])
def test_negative_and_mirror_image_are_the_same(turned: NDArray[np.uint8]) -> None:
    one, other = (FAMILY.compute(show_window(np.ascontiguousarray(pixels))) for pixels in (NOISE, turned))
    np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize(("top", "left"), [(0, 1), (1, 0), (1, 1)])
def test_crop_by_one_sample_does_not_exchange_the_diagonals(top: int, left: int) -> None:
    photo = _take_photo("bilinear")
    one, other = photo[:128, :128], photo[top : top + 128, left : left + 128]
    parts = [FAMILY.compute(show_window(np.ascontiguousarray(part)))[63:].reshape(2, 14) for part in (one, other)]
    assert abs(parts[0] - parts[1]).max() < 0.03  # other rows are sampled
    assert abs(parts[0][0] - parts[1][1]).max() > 0.1


def test_lattice_parts_the_diagonals_and_its_absence_does_not() -> None:
    clean = phantoms.develop(phantoms.add_sensor_noise(phantoms.draw_scene(5, 130, 130), 0, gain=2e-4, floor=4e-3))
    gaps = []
    for pixels in (_take_photo("bilinear"), clean):
        rougher, smoother = (measure_group(FAMILY, name, pixels) for name in ("rougher", "smoother"))
        gaps.append(abs(rougher - smoother).max())
    assert gaps[0] > 0.1
    assert gaps[1] < 0.02


def test_colours_that_share_their_grain_fill_other_classes_than_independent_ones() -> None:
    shared = np.repeat(NOISE[:, :, :1], 3, axis=2)
    place = _find_class(2, 2, 2, 2)
    assert FAMILY.compute(show_window(shared))[place] > 2 * FAMILY.compute(show_window(NOISE))[place]
