"""Compiling ahead by other processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numba
import pytest

from forensic_style import warming
from forensic_style.families import CATALOGUE, choose_families
from forensic_style.family import FingerprintFamily
from forensic_style.warming import compile_ahead, is_compiled, make_image

(TONE,) = choose_families(["tone"])


def test_kernels_of_a_family_are_found_through_its_functions() -> None:
    from forensic_style.kernels.tone import count_colours, measure_comb

    caches = warming._find_caches(TONE.measure)
    assert count_colours._cache in caches  # type: ignore[attr-defined]
    assert measure_comb._cache in caches  # type: ignore[attr-defined]


@pytest.mark.parametrize("family", [f for f in CATALOGUE if f.sees != "file"], ids=lambda family: family.name)
def test_every_family_that_sees_pixels_has_kernels(family: FingerprintFamily) -> None:
    assert warming._find_caches(family.measure)


def test_a_family_without_kernels_needs_none() -> None:
    (family,) = choose_families(["jpeg_structure"])
    assert is_compiled(family)


def test_the_made_up_image_is_what_most_images_are() -> None:
    image = make_image()
    assert image.pixels.shape == (128, 128, 3)
    assert image.pixels.dtype == "uint8"
    assert not image.pixels.flags.writeable


class _Started(list[list[str]]):
    def __call__(self, names: list[str]) -> None:
        self.append(list(names))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> _Started:
    started = _Started()
    monkeypatch.setattr(warming, "_start", started)
    monkeypatch.setattr(warming, "is_compiled", lambda family: family.name == "spam")
    return started


def test_what_comes_last_is_compiled_first(started: _Started) -> None:
    with compile_ahead(choose_families(["noise", "spam", "tone"]), processors=2):
        assert started == [["tone", "noise"]]


def test_families_are_dealt_to_several_processes(started: _Started) -> None:
    with compile_ahead(choose_families(["noise", "spam", "tone", "lbp"]), processors=3):
        assert started == [["tone", "noise"], ["lbp"]]


def test_one_processor_compiles_by_itself(started: _Started) -> None:
    with compile_ahead(CATALOGUE, processors=1):
        assert started == []


def test_nothing_is_started_for_what_is_compiled(started: _Started) -> None:
    with compile_ahead(choose_families(["spam"]), processors=2):
        assert started == []


def test_another_process_compiles_what_this_one_then_finds(tmp_path: Path) -> None:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-P", "-m", "forensic_style.warming", "third_order"]
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdin=subprocess.PIPE):
        until = time.monotonic() + 60
        while not list(tmp_path.rglob("*count_third_difference_runs*.kernel")) and time.monotonic() < until:
            time.sleep(0.05)
    assert [path.name.split("-")[0] for path in tmp_path.rglob("*.kernel")] == [
        "co_occurrence.count_third_difference_runs"
    ]


def test_helpers_end_with_the_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(warming, "is_compiled", lambda family: False)
    helpers = []
    begin = warming._start

    def start(names: list[str]) -> subprocess.Popen[bytes] | None:
        helpers.append(begin(names))
        return helpers[-1]

    monkeypatch.setattr(warming, "_start", start)
    with compile_ahead([TONE], processors=2):
        assert helpers[0] is not None
        assert helpers[0].poll() is None
    assert helpers[0].poll() is not None
