"""From the command to its report, on the images that come with the project, with and without compiled kernels.

    python tests/benchmarks/cold_start.py [--rounds 3]

The main job of the README in processes of their own: with an empty folder for compiled kernels, once more with what
that left, and twice at once with an empty folder. Prints seconds of the clock and of the processors. On a machine that
does other things the clock says little: compare rounds.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAMPLES = Path(__file__).parent.parent.parent / "data_samples" / "pipelines" / "index.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{'':28} clock, s   processors, s   (load {os.getloadavg()[0]:.1f})")
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as folder:
            report("--help", folder, [["--help"]])
            report("cold", folder, [list_words(folder, "cold")])
            report("warm", folder, [list_words(folder, "warm")])
        with tempfile.TemporaryDirectory() as folder:
            report("cold, two at once, the later", folder, [list_words(folder, "one"), list_words(folder, "two")])


def list_words(folder: str, name: str) -> list[str]:
    """The main job, with its result in a new folder."""
    return ["cluster", str(SAMPLES), "--content", "scene", "--out", str(Path(folder) / name)]


def report(name: str, folder: str, commands: list[list[str]]) -> None:
    """Run commands at once and print what they took together."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(Path(folder) / "kernels")}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "forensic_style", *words],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in commands
    ]
    for process in running:
        _, messages = process.communicate()
        assert process.returncode == 0, messages
        assert "Traceback" not in messages
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{name:28} {seconds:8.2f} {spent:15.2f}", flush=True)


if __name__ == "__main__":
    main()
