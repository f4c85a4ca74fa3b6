"""Much is measured in copies of a process: as fast as there are processors, and as safely as here."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

import forensic_style as fs
from forensic_style.engines import nursery, threads
from forensic_style.engines.nursery import Nursery
from forensic_style.errors import ReaderError
from forensic_style.extraction import make_plan
from forensic_style.manifest import InputImage, list_inputs
from forensic_style.measuring import Expected, KnownImage, MeasuredImage, Plan, Task
from forensic_style.table import SkippedImage

pytestmark = pytest.mark.skipif(not nursery.CAN_COPY, reason="processes are not copied here")
FAMILIES = ["tone", "jpeg_structure"]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[InputImage]:
    folder = tmp_path_factory.mktemp("images")
    for number in range(12):
        pixels = np.random.default_rng(number).integers(0, 256, (64, 64, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02d}.{'jpg' if number % 2 else 'png'}")
    (folder / "07.jpg").write_bytes((folder / "07.jpg").read_bytes()[:300])
    return list_inputs([folder])


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(FAMILIES)


@pytest.fixture(scope="module")
def one(plan: Plan) -> Iterator[Nursery]:
    with Nursery() as started:
        started.load(plan)
        yield started


def find_copies(started: Nursery) -> set[psutil.Process]:
    return set(psutil.Process(started._process.pid).children())


def test_more_than_few_images_come_out_of_copies_as_out_of_threads(
    images: list[InputImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    begin = nursery.Nursery._start

    def note(self: Nursery, descriptor: int) -> Any:
        started.append(self)
        return begin(self, descriptor)

    monkeypatch.setattr(nursery.Nursery, "_start", note)
    here = fs.extract(images, families=FAMILIES)
    assert started == []
    monkeypatch.setattr(threads, "FEW", len(images) - 1)
    copies = fs.extract(images, families=FAMILIES, jobs=3)
    assert len(started) == 1
    assert started[0]._process.poll() is not None
    np.testing.assert_array_equal(copies.values, here.values)
    assert copies.images == here.images
    assert copies.skipped == here.skipped
    assert [image.reason for image in here.skipped] == ["truncated"]


def test_for_a_file_that_is_known_no_copy_is_asked(images: list[InputImage], one: Nursery) -> None:
    before = find_copies(one)
    measurer = one.open_measurer()
    sha256 = hashlib.sha256(Path(images[0].location).read_bytes()).hexdigest()
    known = measurer.measure(Task(images[0], Expected(sha256)))
    assert known == KnownImage(images[0].path, sha256, images[0].labels)
    assert find_copies(one) <= before
    assert isinstance(measurer.measure(Task(images[0], Expected("0" * 64))), MeasuredImage)
    assert len(find_copies(one) - before) == 1
    measurer.close()


def test_a_copy_that_is_killed_costs_nothing(images: list[InputImage], one: Nursery) -> None:
    before = find_copies(one)
    measurer = one.open_measurer()
    first = measurer.measure(Task(images[0]))
    for copy in find_copies(one) - before:
        copy.kill()
    second = measurer.measure(Task(images[0]))
    measurer.close()
    assert isinstance(first, MeasuredImage)
    assert isinstance(second, MeasuredImage)
    np.testing.assert_array_equal(first.values, second.values)


def _end(windows: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL if len(windows) > 1 else 0)  # the made-up image has one
    return np.zeros((len(windows), make_plan(["tone"]).families[0].dimension))


def test_an_image_that_ends_two_copies_is_skipped(images: list[InputImage], plan: Plan) -> None:
    """Say, because the system kills what takes too much memory."""
    deadly = replace(plan.families[0], measure=_end)
    with Nursery() as started:
        started.load(replace(plan, families=(deadly,)))
        measurer = started.open_measurer()
        outcome = measurer.measure(Task(images[0]))
        measurer.close()
    assert isinstance(outcome, SkippedImage)
    assert (outcome.path, outcome.reason) == (images[0].path, "crashed")
    assert "ended on it 2 times" in outcome.message


def test_copies_end_when_nobody_asks_any_more(images: list[InputImage], one: Nursery) -> None:
    before = find_copies(one)
    measurers = [one.open_measurer() for _ in range(2)]
    for measurer in measurers:
        measurer.measure(Task(images[0]))
    copies = find_copies(one) - before
    assert len(copies) == 2
    readers = [reader for copy in copies for reader in copy.children()]
    assert len(readers) == 2
    for measurer in measurers:
        measurer.close()
    assert psutil.wait_procs([*copies, *readers], timeout=20)[1] == []


def test_errors_that_end_the_run_come_out_of_a_copy(images: list[InputImage], plan: Plan, tmp_path: Path) -> None:
    faulty = replace(plan.families[0], measure=_divide)
    with Nursery() as started:
        started.load(replace(plan, families=(faulty,)))
        measurer = started.open_measurer()
        with pytest.raises(ZeroDivisionError) as caught:
            measurer.measure(Task(images[0]))
        measurer.close()
    assert "_divide" in "".join(caught.value.__notes__)


def _divide(windows: Any) -> Any:
    return len(windows) / 0


def test_a_process_that_cannot_be_started_or_ends_is_said(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Nursery() as started:
        started.load(plan)
        started._process.kill()
        with pytest.raises(ReaderError, match=r"that loads the kernels with .* ended"):
            started.copy()
    monkeypatch.setattr(nursery.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(ReaderError, match="No process for measuring can be started"):
        Nursery()


def test_a_system_that_allows_no_further_process_is_said(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another copy lives, and waits for tasks."""
    lines = [
        "import os",
        "whole, left = os.fork, [1]",
        "def fork():",
        "    if not left: raise BlockingIOError(11, 'no')",
    ]
    (tmp_path / "sitecustomize.py").write_text(
        "\n".join([*lines, "    left.pop()", "    return whole()", "os.fork = fork"])
    )
    monkeypatch.syspath_prepend(tmp_path)
    with Nursery() as started:
        started.load(plan)
        first = started.copy()
        with pytest.raises(ReaderError, match=r"No further process for measuring can be started: no\. Give fewer"):
            started.copy()
        first.close()


def test_an_error_that_cannot_be_sent_is_told_in_words(images: list[InputImage], plan: Plan) -> None:
    faulty = replace(plan.families[0], measure=_raise_unsendable)
    with Nursery() as started:
        started.load(replace(plan, families=(faulty,)))
        measurer = started.open_measurer()
        with pytest.raises(RuntimeError, match=r"(?s)A fault of ours in the process that measures.*_raise_unsendable"):
            measurer.measure(Task(images[0]))
        measurer.close()


class _UnsendableError(Exception):
    def __init__(self, *, number: int) -> None:
        super().__init__("number")


def _raise_unsendable(windows: Any) -> Any:
    raise _UnsendableError(number=len(windows))


def test_copies_are_asked_for_by_many_threads(one: Nursery) -> None:
    found, before = [], find_copies(one)
    asking = [threading.Thread(target=lambda: found.append(one.copy())) for _ in range(6)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(find_copies(one) - before) == len(found) == 6
    for connection in found:
        connection.close()
