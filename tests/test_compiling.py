"""The cache of compiled kernels, where it can break."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
import pytest

from forensic_style import compiling
from forensic_style.compiling import KeptCode, kernel

PROGRAM = """
import sys, time, warnings
import numpy as np
from tests.test_compiling import add_up
from forensic_style.compiling import kernel
compiled = kernel(add_up)
time.sleep(max(0, float(sys.argv[1]) - time.time()))
for kind in ("u1", "u2", "f4", "f8")[:: int(sys.argv[2])]:
    assert compiled(np.arange(10).astype(kind)) == 45, kind
print("right")
"""


def add_up(values: np.ndarray) -> float:  # type: ignore[type-arg]
    total = 0.0
    for value in values:
        total += value
    return total


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compiling, "_SAID", set())
    return tmp_path


@pytest.fixture
def kept(tmp_path: Path) -> KeptCode:
    return KeptCode(tmp_path, "halve-7", b"version 1")


def _list_files(folder: Path, ending: str = ".kernel") -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.name.endswith(ending))


def _add_up(count: int = 10) -> tuple[int, int]:
    """Hits and misses of a new kernel that is called once."""
    compiled = kernel(add_up)
    assert compiled(np.arange(count).astype("u1")) == count * (count - 1) / 2
    stats = compiled.stats  # type: ignore[attr-defined]
    return sum(stats.cache_hits.values()), sum(stats.cache_misses.values())


def test_code_is_compiled_once_and_kept(folder: Path) -> None:
    assert _add_up() == (0, 1)
    assert _add_up() == (1, 0)
    assert len(_list_files(folder)) == 1


def test_nothing_else_is_left_behind(folder: Path) -> None:
    _add_up()
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:40],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
        lambda data: b"no code at all" * 100,
        lambda data: data[32:],
    ],
    ids=["empty", "cut early", "cut late", "longer", "one bit", "garbage", "shifted"],
)
def test_a_damaged_file_is_compiled_anew_and_replaced(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    _add_up()
    (path,) = _list_files(folder)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert _add_up() == (0, 1)
    assert _list_files(folder) == [path]
    assert _add_up() == (1, 0)


def test_code_of_another_version_of_numba_is_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba, "__version__", "0.0.1")
    _add_up()
    monkeypatch.undo()
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(folder))
    assert _add_up() == (0, 1)
    assert len(_list_files(folder)) == 1


@pytest.fixture
def _full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(Path, "write_bytes", refuse)


@pytest.mark.usefixtures("_full_disk")
def test_a_full_disk_costs_one_warning_and_no_result(folder: Path) -> None:
    with pytest.warns(UserWarning, match=r"cannot be kept in .*No space left on device.*set NUMBA_CACHE_DIR"):
        assert _add_up() == (0, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _add_up() == (0, 1)
    assert _list_files(folder, "") == [path for path in folder.rglob("*") if path.is_dir()]


def test_a_folder_that_is_gone_is_made_again(folder: Path) -> None:
    compiled = kernel(add_up)
    (inner,) = [path for path in folder.iterdir() if path.is_dir()]
    inner.rmdir()
    assert compiled(np.ones(3)) == 3.0
    assert len(_list_files(folder)) == 1


def test_processes_that_compile_at_once_do_not_harm_each_other(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[1])
    for attempt in range(2):
        place = tmp_path / str(attempt)
        environment = os.environ | {"NUMBA_CACHE_DIR": str(place), "PYTHONPATH": root}
        start = str(time.time() + 2)
        running = [
            subprocess.Popen(
                [sys.executable, "-W", "error", "-c", PROGRAM, start, order],
                env=environment,
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for order in ("1", "-1")
        ]
        assert [process.communicate() for process in running] == [("right\n", "")] * 2
        assert len(_list_files(place)) == 4
        assert _list_files(place, ".lock") == _list_files(place, ".tmp") == []


def test_a_claim_of_another_process_is_waited_for_no_longer_than_it_takes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(compiling, "SECONDS_TO_WAIT", 0.05)
    compiled = kernel(add_up)
    sig = str((numba.typeof(np.ones(3)),))
    path = compiled._cache._locate_claim(sig)  # type: ignore[attr-defined]
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert compiled(np.ones(3)) == 3.0


def test_what_is_kept_is_given_back(kept: KeptCode) -> None:
    kept.save(("u1", 1), {"code": b"abc"})
    kept.save(("u2", 1), {"code": b"def"})
    assert kept.load(("u1", 1)) == {"code": b"abc"}
    assert kept.load(("u2", 1)) == {"code": b"def"}
    assert kept.load(("u4", 1)) is None


def test_another_stamp_finds_nothing(kept: KeptCode) -> None:
    assert not kept.is_kept()
    kept.save("key", 1)
    other = KeptCode(kept.folder, kept.stem, b"version 2")
    assert kept.is_kept()
    assert not other.is_kept()
    assert other.load("key") is None


def test_all_is_forgotten(kept: KeptCode) -> None:
    kept.save("key", 1)
    kept.flush()
    assert kept.load("key") is None
    assert list(kept.folder.iterdir()) == []
