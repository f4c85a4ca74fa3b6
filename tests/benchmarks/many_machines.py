"""A cluster that is treated badly, for longer than CI has time: the same bytes as with threads, and what it costs.

    python tests/benchmarks/many_machines.py [--images 1000] [--workers 2]

Copies of the sample images are measured by threads and by a Dask cluster of workers of one thread on this machine:
undisturbed, with a worker killed every few seconds, with the scheduler restarted, and with a file that ends whoever
measures it. Then the peak of memory of the process that asks, for a tenth of the images and for all of them.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from forensic_style.engines.dask import DaskEngine
from forensic_style.engines.threads import ThreadEngine
from forensic_style.families import choose_families
from forensic_style.manifest import list_inputs
from forensic_style.measuring import Outcome, Plan, Task
from forensic_style.store.codec import decode_outcome, encode_outcome
from forensic_style.table import SkippedImage
from tests.engines.cluster import Cluster

SAMPLES = Path(__file__).parent.parent.parent / "data_samples"
FAMILIES = ["noise", "tone", "jpeg_structure"]
KILLER = "killer.png"
PRELOAD = f"""
import os
from forensic_style import measuring
measure = getattr(measuring, "harmless", measuring.measure)  # this is run more than once
measuring.harmless = measure
def measure_or_die(task, plan, reader):
    if task.image.path.endswith({KILLER!r}):
        os._exit(9)
    return measure(task, plan, reader)
measuring.measure = measure_or_die
"""


def make_images(folder: Path, n: int) -> list[Task]:
    """Copies of the samples under other names."""
    sources = sorted(path for path in SAMPLES.rglob("*") if path.suffix in (".jpg", ".png"))
    for number, source in zip(range(n), itertools.cycle(sources), strict=False):
        shutil.copy(source, folder / f"{number:06d}{source.suffix}")
    return [Task(image) for image in list_inputs(folder)]


def run(outcomes: Iterator[Outcome], disturb: Callable[[int], None] = lambda done: None) -> tuple[list[bytes], float]:
    """Encoded outcomes, sorted, and seconds."""
    start, encoded = time.perf_counter(), list[bytes]()
    for done, outcome in enumerate(outcomes):
        encoded.append(encode_outcome(outcome))
        disturb(done)
    return sorted(encoded), time.perf_counter() - start


class Reaper:
    """Kills a worker, behind the back of its nanny, every few seconds."""

    def __init__(self, cluster: Cluster, seconds: float) -> None:
        self.cluster, self.seconds, self.n_killed = cluster, seconds, 0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._reap)

    def _reap(self) -> None:
        turns = itertools.cycle(self.cluster.workers)
        while not self.is_over.wait(self.seconds):
            for child in psutil.Process(next(turns).pid).children():
                if "multiprocessing.spawn" in " ".join(child.cmdline()):
                    child.send_signal(signal.SIGKILL)
                    self.n_killed += 1

    def __enter__(self) -> Reaper:
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.is_over.set()
        self.thread.join()


def compare(name: str, got: tuple[list[bytes], float], expected: list[bytes], more: str = "") -> None:
    assert got[0] == expected, f"{name}: the outcomes differ"
    print(f"{name:32} {got[1]:7.1f} s  {len(expected) / got[1]:6.1f} images/s  the same bytes  {more}", flush=True)


def measure_memory(address: str, folder: Path, n: int) -> float:
    """Peak of memory in MB of a process that asks for n images and keeps nothing."""
    command = [sys.executable, __file__, "--ask", address, str(folder), "--images", str(n)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def ask(address: str, folder: Path, n: int) -> None:
    tasks = [Task(image) for image in list_inputs(folder)][:n]
    assert sum(1 for _ in DaskEngine(address).measure(tasks, Plan(choose_families(FAMILIES)))) == n
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ask", nargs=2)
    arguments = parser.parse_args()
    if arguments.ask:
        ask(arguments.ask[0], Path(arguments.ask[1]), arguments.images)
        return
    with tempfile.TemporaryDirectory() as place:
        folder, n_workers = Path(place) / "images", arguments.workers
        folder.mkdir()
        (Path(place) / "preload.py").write_text(PRELOAD)
        cluster = Cluster(Path(place))
        try:
            benchmark(cluster, folder, arguments.images, n_workers)
        finally:
            cluster.stop()


def benchmark(cluster: Cluster, folder: Path, n: int, n_workers: int) -> None:
    def start_workers() -> None:
        for _ in range(n_workers):
            cluster.start_worker("--preload", str(cluster.folder / "preload.py"))

    start_workers()
    tasks, plan = make_images(folder, n), Plan(choose_families(FAMILIES))
    engine = DaskEngine(cluster.address, notify=lambda message: print("   ", message, flush=True))
    run(ThreadEngine(n_workers).measure(tasks[:20], plan))
    run(engine.measure(tasks[:100], plan))  # kernels are loaded
    expected, seconds = run(ThreadEngine(n_workers).measure(tasks, plan))
    compare(f"{n_workers} threads", (expected, seconds), expected)
    compare(f"{n_workers} workers", run(engine.measure(tasks, plan)), expected)
    with Reaper(cluster, 8.0) as reaper:
        got = run(engine.measure(tasks, plan))
    compare("one killed every 8 s", got, expected, f"{reaper.n_killed} killed")

    def restart(done: int) -> None:
        if done == n // 3:
            cluster.restart(n_workers=0)
            start_workers()

    compare("scheduler restarted", run(engine.measure(tasks, plan), restart), expected)
    for n_asked in (n // 10, n):
        print(
            f"{'memory of the one who asks':32} {measure_memory(cluster.address, folder, n_asked):7.0f} MB  {n_asked}"
        )
    shutil.copy(folder / tasks[0].image.location, folder / KILLER)
    (killer,) = (Task(image) for image in list_inputs(folder / KILLER))
    got = run(engine.measure([*tasks[:60], killer, *tasks[60:120]], plan))
    skipped = [outcome for outcome in map(decode_outcome, got[0]) if isinstance(outcome, SkippedImage)]
    print(
        f"{'a file that ends its workers':32} {got[1]:7.1f} s  skipped: {[(one.path, one.message) for one in skipped]}"
    )
    assert [one.reason for one in skipped] == ["crashed"]


if __name__ == "__main__":
    main()
