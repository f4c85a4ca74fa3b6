"""A real Dask cluster on this machine: a scheduler and workers, each a process that can be ended."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from distributed import Client

SECONDS_TO_START = 60.0


class Cluster:
    """Processes of a cluster.

    Parameters
    ----------
    folder : for their files and logs
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = ""
        self.workers: list[subprocess.Popen[bytes]] = []
        self.start_scheduler()

    def start_scheduler(self, *more: str) -> None:
        """Start a scheduler, where there was one at the same address."""
        file = self.folder / "scheduler.json"
        file.unlink(missing_ok=True)
        port = self.address.rsplit(":", 1)[-1] or "0"
        self.scheduler = self._start("scheduler", "--port", port, "--scheduler-file", str(file), *more)
        deadline = time.monotonic() + SECONDS_TO_START
        while not file.exists() or not file.read_text():
            assert self.scheduler.poll() is None, (self.folder / "scheduler.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        self.address = json.loads(file.read_text())["address"]

    def start_worker(self, *more: str, n_threads: int = 1) -> subprocess.Popen[bytes]:
        """Start a worker, which is there a second or two later."""
        more = ("--nthreads", str(n_threads), "--local-directory", str(self.folder), *(more or ("--no-nanny",)))
        self.workers.append(self._start("worker", self.address, *more))
        return self.workers[-1]

    def wait(self, *, n_workers: int) -> None:
        """Wait until so many workers are there."""
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(n_workers, timeout=SECONDS_TO_START)

    def restart(self, *, n_workers: int) -> None:
        """End the scheduler, with which all workers go, and start anew."""
        self.scheduler.kill()
        self.scheduler.wait()
        self.start_scheduler()
        for _ in range(n_workers):
            self.start_worker()

    def stop(self) -> None:
        """End everything."""
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()

    def _start(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--host", "127.0.0.1", "--no-dashboard"]
        with open(self.folder / f"{what}.log", "ab") as log:
            return subprocess.Popen([*command, *arguments], stdout=log, stderr=log)


@contextmanager
def run_cluster(folder: Path, *, n_workers: int) -> Iterator[Cluster]:
    """A scheduler and workers of one thread each."""
    cluster = Cluster(folder)
    try:
        for _ in range(n_workers):
            cluster.start_worker()
        cluster.wait(n_workers=n_workers)
        yield cluster
    finally:
        cluster.stop()
