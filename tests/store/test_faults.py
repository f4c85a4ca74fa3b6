"""Real processes that are killed, disks that are full, two writers at once."""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import forensic_style as fs
from forensic_style.manifest import InputImage
from tests.store import victim
from tests.store.measured import assert_equal, measure_into, write_images

N_IMAGES = 40
N_KILLS = 20

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills processes the POSIX way")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[InputImage]:
    return write_images(tmp_path_factory.mktemp("in"), N_IMAGES)


@pytest.fixture(scope="module")
def whole(images: list[InputImage]) -> fs.FingerprintTable:
    return fs.extract(images, families=["tone", "lbp"], isolated=False)


Begin = Callable[[], multiprocessing.process.BaseProcess]


@pytest.fixture
def begin(images: list[InputImage], tmp_path: Path) -> Begin:
    """Begins a process that measures all images, and does not wait for it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.victim"])
    source, begun = Path(images[0].location).parent, tmp_path / "begun"

    def start() -> multiprocessing.process.BaseProcess:
        begun.unlink(missing_ok=True)
        process = context.Process(target=victim.run, args=(source, tmp_path / "out", begun))
        process.start()
        while not begun.exists() and process.is_alive():
            time.sleep(0.001)
        return process

    return start


def test_killed_at_any_moment_nothing_measured_is_lost(
    images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path, begin: Begin
) -> None:
    begin().join()  # the first one compiles or loads the kernels
    shutil.rmtree(tmp_path / "out")
    process, start = begin(), time.monotonic()
    process.join()
    seconds = time.monotonic() - start
    assert process.exitcode == 0
    shutil.rmtree(tmp_path / "out")
    draw, killed = random.Random(0), 0
    for _ in range(4 * N_KILLS):  # some come to their end first
        if killed == N_KILLS:
            break
        process = begin()
        time.sleep(draw.uniform(0, seconds))
        process.kill()
        process.join()
        killed += process.exitcode == -signal.SIGKILL
        if process.exitcode == 0:  # it came to its end: once more from the start
            shutil.rmtree(tmp_path / "out")
    assert killed == N_KILLS
    table, _ = measure_into(tmp_path / "out", images)
    assert_equal(table, whole)
    assert_equal(fs.load_table(tmp_path / "out"), whole)
    assert {path.name[:5] for path in (tmp_path / "out").iterdir()} == {"part-", ".lock"}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "forensic_style", *(str(argument) for argument in arguments)]


def finish(*arguments: object, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=seconds, check=False)


def wait_for_journal(out: Path) -> None:
    """Wait until something was measured."""
    end = time.monotonic() + 60
    while not any(path.stat().st_size > 10_000 for path in (out / "fingerprints").glob("journal-*")):
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_command_that_is_ended_goes_on_when_it_is_given_again(
    number: signal.Signals, code: int, images: list[InputImage], tmp_path: Path
) -> None:
    source = Path(images[0].location).parent
    options = ("--families", "tone,lbp", "--clusters", 2, "--jobs", 1)
    asked = ("cluster", source, "--out", tmp_path / "out", *options)
    process = subprocess.Popen(command(*asked), stderr=subprocess.PIPE, text=True)
    wait_for_journal(tmp_path / "out")
    process.send_signal(signal.SIGSTOP)
    second = finish("cluster", source, "--out", tmp_path / "out", *options)
    assert second.returncode == 1
    assert f"Another process ({process.pid} on " in second.stderr
    process.send_signal(number)
    process.send_signal(signal.SIGCONT)
    _, messages = process.communicate(timeout=60)
    assert process.returncode == code
    if number != signal.SIGKILL:
        assert "What was measured is kept: give the same command again to go on." in messages
    again = finish(*asked)
    assert again.returncode == 0, again.stderr
    known = int(again.stderr.split("(")[1].split(" before")[0])
    assert 1 <= known < N_IMAGES
    assert finish("cluster", source, "--out", tmp_path / "whole", *options).returncode == 0
    for name in ("clusters.csv", "skipped.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_full_disk_ends_with_a_sentence_and_everything_before_it_is_there(
    images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "none", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs the right to mount one")
    try:
        source = Path(images[0].location).parent
        asked = ("extract", source, "--families", "tone,lbp", "--out", small / "out")
        full = finish(*asked)
        assert full.returncode == 1
        assert "No space left on device. What was measured before is kept: make room" in full.stderr
        assert "Traceback" not in full.stderr
        subprocess.run(["mount", "-o", "remount,size=16m", small], check=True)
        again = finish(*asked)
        assert again.returncode == 0, again.stderr
        known = int(again.stderr.split("(")[1].split(" before")[0])
        assert 1 <= known < N_IMAGES
        assert_equal(fs.load_table(small / "out" / "fingerprints"), whole)
    finally:
        subprocess.run(["umount", small], check=False)


def test_an_output_that_cannot_be_written_is_refused_before_reading(images: list[InputImage]) -> None:
    refused = finish("extract", Path(images[0].location).parent, "--out", "/proc/out")
    assert refused.returncode == 1
    assert "The output folder '/proc/out' cannot be written" in refused.stderr
