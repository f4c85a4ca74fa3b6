"""Bayer phase and interpolation of colours, on images demosaiced here."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.families.demosaicing import BLOCK, FAMILY, PHASES, map_phases, read
from tests import phantoms
from tests.conftest import measure_group, show_window

Pixels = NDArray[np.uint8]


@cache
def _draw_light() -> NDArray[np.float64]:
    return phantoms.draw_scene(3, 288, 288)


@cache
def _take_photo(method: str, phase: str = "GRBG") -> Pixels:
    light = phantoms.add_sensor_noise(_draw_light(), 0, gain=2e-4, floor=2e-3)
    return phantoms.develop(phantoms.demosaic(phantoms.sample_bayer(np.clip(light, 0, 1), phase), phase, method))


def _draw_clean() -> Pixels:
    return phantoms.develop(phantoms.add_sensor_noise(_draw_light(), 0, gain=2e-4, floor=2e-3))


def test_phases_are_those_of_the_phantoms() -> None:
    assert phantoms.PHASES == PHASES


def test_dimension_is_22() -> None:
    assert FAMILY.dimension == 22


@pytest.mark.parametrize("method", phantoms.DEMOSAICING)
@pytest.mark.parametrize("phase", PHASES)
def test_phase_is_read(method: str, phase: str) -> None:
    (reading,) = read(show_window(_take_photo(method, phase)))
    assert (reading.estimate, reading.words) == (phase, f"colour filter array {phase}")
    assert reading.strength in ("clear", "certain")


@pytest.mark.parametrize("method", phantoms.DEMOSAICING)
def test_phase_survives_jpeg_of_quality_95(method: str) -> None:
    assert read(show_window(phantoms.compress(_take_photo(method), 95)))[0].estimate == "GRBG"


@pytest.mark.parametrize(("top", "left", "phase"), [(0, 1, "RGGB"), (1, 0, "BGGR"), (1, 1, "GBRG")])
def test_phase_follows_a_crop(top: int, left: int, phase: str) -> None:
    photo = _take_photo("malvar")
    assert read(show_window(np.ascontiguousarray(photo[top:, left:])))[0].estimate == phase


@pytest.mark.parametrize(
    "step", ["scene", "linear", "cubic", "nearest", "kept", "1.5", "jpeg", "grey", "flat", "noise"]
)
def test_nothing_is_read_where_nothing_was_interpolated_from_a_lattice(step: str) -> None:
    clean = _draw_clean()
    half = np.arange(2 * 144 - 1, dtype=np.float32) / 2
    images = {
        "linear": phantoms.resize(clean[:144, :144], 2.0, method="linear"),
        "cubic": phantoms.resize(clean[:144, :144], 2.0),
        "nearest": clean[:144, :144].repeat(2, axis=0).repeat(2, axis=1),
        "kept": cv2.remap(clean, *np.meshgrid(half, half), cv2.INTER_CUBIC),
        "1.5": phantoms.resize(clean, 1.5),
        "jpeg": phantoms.compress(clean, 90, sampling="4:2:0"),
        "grey": _take_photo("bilinear")[:, :, 1],
        "flat": np.full_like(clean, 77),
        "noise": np.random.default_rng(0).integers(0, 256, clean.shape).astype(np.uint8),
    }
    (reading,) = read(show_window(np.ascontiguousarray(images.get(step, clean))))
    assert (reading.estimate, reading.words) == (None, "no colour filter array")
    assert reading.strength == "none"


def test_green_alone_is_told_but_not_claimed() -> None:
    photo = np.repeat(_take_photo("bilinear")[:, :, 1:2], 3, axis=2)
    assert "GRBG or GBRG" in read(show_window(photo))[0].detail


def test_few_blocks_decide_nothing() -> None:
    assert read(show_window(_take_photo("bilinear")[:32, :48]))[0].strength == "none"


def test_map_shows_where_the_lattice_was_painted_over() -> None:
    photo = _take_photo("bilinear").copy()
    photo[96:192, 96:192] = _draw_clean()[96:192, 96:192]
    evidence = map_phases(show_window(photo))
    n = 288 // BLOCK
    assert evidence.shape == (n, n)
    inside = np.zeros((n, n), dtype=bool)
    inside[7:11, 7:11] = True
    outside = np.ones((n, n), dtype=bool)
    outside[5:13, 5:13] = False
    assert abs(evidence[inside].mean()) < 0.1 * evidence[outside].mean()


def test_map_of_a_flat_image_is_zero() -> None:
    assert not map_phases(show_window(np.full((64, 48, 3), 9, dtype=np.uint8))).any()


def test_flat_window_has_the_stated_values() -> None:
    fingerprint = FAMILY.compute(show_window(np.full((64, 48, 3), 9, dtype=np.uint8)))
    assert np.flatnonzero(fingerprint).tolist() == [14, 17, 19, 21]
    assert (fingerprint[[14, 17, 19, 21]] == 1.0).all()


def test_grey_window_decides_nothing_about_red_and_blue() -> None:
    fingerprint = FAMILY.compute(show_window(_draw_clean()[:, :, 1].copy()))
    assert fingerprint[10] == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(fingerprint[18:], [1, 0, 1, 0], atol=0.05)


def test_interpolated_samples_are_smoother_and_intermediate_after_bilinear_interpolation() -> None:
    photo = _take_photo("bilinear")
    own, opposite, *_, green = measure_group(FAMILY, "lattice", photo)
    assert own > 0.3
    assert opposite < own - 1
    assert green < -1
    between = measure_group(FAMILY, "intermediate", photo)
    assert between[0] < 0 < between[2]


# green along edges, own detail in green; red and blue from green detail: on a line, across
@pytest.mark.parametrize(
    ("method", "weights"),
    [("bilinear", [0, 0, 0, 0]), ("malvar", [0, 0.5, 0.8, 1.0]), ("edge_aware", [0.85, 0, 0, 0])],
)
def test_weights_are_those_of_the_method(method: str, weights: list[float]) -> None:
    found = measure_group(FAMILY, "interpolation", _take_photo(method))[[0, 1, 6, 8]]
    np.testing.assert_allclose(found, weights, atol=0.2)


@pytest.mark.parametrize("method", phantoms.DEMOSAICING)
def test_lattice_shows_as_agreement(method: str) -> None:
    agreement = measure_group(FAMILY, "phase", _take_photo(method))
    assert agreement > 2 * measure_group(FAMILY, "phase", _draw_clean())


@pytest.mark.parametrize("method", phantoms.DEMOSAICING)
@pytest.mark.parametrize(("top", "left"), [(0, 1), (1, 0), (1, 1)])
def test_crop_by_one_sample_changes_little(method: str, top: int, left: int) -> None:
    photo = _take_photo(method)
    one, other = photo[:256, :256], photo[top : top + 256, left : left + 256]
    values = [FAMILY.compute(show_window(np.ascontiguousarray(part))) for part in (one, other)]
    # the sampled rows and the blocks are others, the phase as well
    np.testing.assert_allclose(*values, rtol=0.1, atol=0.3)


def test_sixteen_bit_copy_is_the_same() -> None:
    photo = _take_photo("malvar")
    wide = photo.astype(np.uint16) * 257
    np.testing.assert_array_equal(FAMILY.compute(show_window(wide)), FAMILY.compute(show_window(photo)))
    assert read(show_window(wide)) == read(show_window(photo))
