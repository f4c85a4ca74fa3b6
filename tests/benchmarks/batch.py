"""A batch: memory that does not grow with the number of files, what a second thread gains, what going on costs.

    python tests/benchmarks/batch.py [FOLDER] [--images 1000]

The images below FOLDER (those of `data_samples` where none is named) are repeated under other names with one pixel
changed each; JPEG files are written at quality 90. Memory is that of the command and of all its processes, shared
pages divided among those that share them, sampled ten times a second.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from PIL import Image

SAMPLES = Path(__file__).parent.parent.parent / "data_samples"
SUFFIXES = (".jpg", ".jpeg", ".png")


def write_copies(sources: list[Path], folder: Path, n: int) -> None:
    """Images that differ in one pixel."""
    folder.mkdir()
    for number, source in zip(range(n), itertools.cycle(sources), strict=False):
        with Image.open(source) as opened:
            image = opened.convert("RGB")
        image.putpixel((number % image.width, number // image.width), (number % 256, 0, 0))
        image.save(folder / f"{number:06d}{source.suffix}", **({} if source.suffix == ".png" else {"quality": 90}))


def run(folder: Path, out: Path, *more: str) -> tuple[float, float]:
    """Seconds and peak megabytes of one extraction."""
    command = [sys.executable, "-m", "forensic_style", "extract", str(folder), "--out", str(out), *more]
    start, peak = time.perf_counter(), 0
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        peak = max(peak, measure_memory(process.pid))
        time.sleep(0.1)
    assert process.returncode == 0
    return time.perf_counter() - start, peak / 1e6


def measure_memory(pid: int) -> int:
    """Bytes of a process and its children, shared pages divided among them."""
    total = 0
    try:
        for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            total += process.memory_full_info().pss
    except psutil.NoSuchProcess:
        pass
    return total


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=SAMPLES)
    parser.add_argument("--images", type=int, default=1000)
    arguments = parser.parse_args()
    sources = sorted(path for path in arguments.folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        for n in (arguments.images // 10, arguments.images):
            write_copies(sources, top / str(n), n)
        few, many = top / str(arguments.images // 10), top / str(arguments.images)
        run(few, top / "warm")
        print("files  threads  seconds  files/s  peak MB", flush=True)
        peaks, seconds = {}, {}
        for folder, jobs in ((few, 2), (many, 2), (few, 1), (many, 1)):
            n = int(folder.name)
            took, peaks[n, jobs] = run(folder, top / f"{n}-{jobs}", "--jobs", str(jobs))
            seconds[n, jobs] = took
            print(f"{n:5d}  {jobs:7d}  {took:7.1f}  {n / took:7.1f}  {peaks[n, jobs]:7.0f}", flush=True)
        again, _ = run(many, top / f"{arguments.images}-2")
        n, tenth = arguments.images, arguments.images // 10
        print(f"memory, {n} against {tenth} files: {peaks[n, 2] / peaks[tenth, 2]:.3f}")
        gained = (seconds[n, 1] - seconds[tenth, 1]) / (seconds[n, 2] - seconds[tenth, 2])
        print(f"two threads against one: {gained:.2f} times as fast, {peaks[n, 2] / peaks[n, 1]:.2f} times the memory")
        print(f"the same command given again: {again:.1f} s, {100 * again / seconds[n, 2]:.0f} % of the first time")


if __name__ == "__main__":
    main()
