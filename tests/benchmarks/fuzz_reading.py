"""Hostile files in masses: every sample cut at every 1/64 and with seeded flips, through the isolated readers.

    python tests/benchmarks/fuzz_reading.py [--files N] [--jobs N] [--samples FOLDER]

Each round writes a folder of hostile files and measures it with `fs.extract`, one cheap family. Checked are: no
exception, every input in exactly one of the two tables, only reasons of the closed list, no process that lasts, and
memory that does not grow from the first rounds to the last. Ends with exit code 1 where one of these does not hold.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

import forensic_style as fs
from forensic_style.errors import REASONS
from forensic_style.reading import ReadingRules
from tests.reading.samples import make_samples

FILES_PER_ROUND = 2000
GROWTH = 1.10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--jobs", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    hostile = make_hostile_files(arguments.seed)
    reasons: Counter[str] = Counter()
    memory: list[int] = []
    start = time.monotonic()
    while sum(reasons.values()) < arguments.files:
        reasons += run_round(hostile, arguments.jobs)
        memory.append(read_memory())
        print(
            f"{sum(reasons.values()):7} files  {memory[-1] / 1e6:6.0f} MB  {time.monotonic() - start:6.0f} s",
            flush=True,
        )
    print("  ".join(f"{reason} {count}" for reason, count in reasons.most_common()))
    early, late = max(memory[: (len(memory) + 1) // 2]), max(memory[len(memory) // 2 :])
    print(f"Memory of this process: {early / 1e6:.0f} MB in the first half, {late / 1e6:.0f} MB in the second.")
    if late > GROWTH * early:
        sys.exit("Memory grew.")


def make_hostile_files(seed: int) -> Iterator[bytes]:
    """Cuts of every sample, then flips, splices and lies about lengths without end."""
    samples = list(make_samples().values())
    for data in samples:
        for part in range(64):
            yield data[: len(data) * part // 64]
    generator = np.random.default_rng(seed)
    while True:
        for data in samples:
            yield mutate(bytearray(data), generator)


def mutate(data: bytearray, generator: np.random.Generator) -> bytes:
    """One of: a few flipped bits, a run of random bytes, a large number in the header, a part taken out or doubled."""
    place = int(generator.integers(0, len(data)))
    near = int(generator.integers(0, min(len(data), 128)))
    kind = int(generator.integers(0, 5))
    if kind == 0:
        for where in generator.integers(0, len(data), int(generator.integers(1, 9))):
            data[where] ^= 1 << int(generator.integers(0, 8))
    elif kind == 1:
        data[place : place + 16] = generator.bytes(16)
    elif kind == 2:
        data[near : near + 4] = [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\0\0"][place % 4]
    elif kind == 3:
        del data[near : near + place % 32 + 1]
    else:
        data[place:place] = data[near : near + 512]
    return bytes(data)


def run_round(hostile: Iterator[bytes], jobs: int | None) -> Counter[str]:
    """Measure one folder of hostile files; reasons and "measured"."""
    with tempfile.TemporaryDirectory() as folder:
        names = [f"{number:06}.jpg" for number in range(FILES_PER_ROUND)]
        for name in names:
            Path(folder, name).write_bytes(next(hostile))
        table = fs.extract(folder, families=["tone"], jobs=jobs, rules=ReadingRules(most_pixels=10**7, seconds=20))
    found = [os.path.basename(path) for path in [*table.paths, *(image.path for image in table.skipped)]]
    if sorted(found) != names:
        sys.exit("Not every input is in exactly one of the two tables.")
    unknown = {image.reason for image in table.skipped} - set(REASONS)
    if unknown or not np.isfinite(table.values).all():
        sys.exit(f"Reasons that are not in the list: {unknown}, or values that are not finite.")
    for image in table.skipped:
        if image.reason in ("crashed", "timeout", "not_measured"):
            print(f"  {image.reason}: {image.message}", flush=True)
    return Counter(image.reason for image in table.skipped) + Counter(measured=len(table.images))


def read_memory() -> int:
    """Resident bytes of this process now; the largest so far where the system does not tell."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
