"""What the isolation of decoders costs on good files.

    python tests/benchmarks/isolation.py FOLDER [--rounds N] [--families NAME,...]

Measures the files of a folder with decoding in this process and in processes of their own, in turns, and prints
seconds of each round and the ratio of the two medians: of reading alone, and of the whole measurement.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import forensic_style as fs
from forensic_style.manifest import list_inputs
from forensic_style.reading import read_image
from forensic_style.reading.isolation import IsolatedReader


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--families", default=None)
    arguments = parser.parse_args()
    families = arguments.families.split(",") if arguments.families else None
    images = list_inputs(arguments.folder)
    fs.extract(images[:4], families=families)
    print(f"{len(images)} files")
    with IsolatedReader() as reader:
        reader.read(images[0].location)
        compare(
            "reading, one thread",
            lambda: [read_image(image.location) for image in images],
            lambda: [reader.read(image.location) for image in images],
            arguments.rounds,
        )
    compare(
        "measuring, all threads",
        lambda: fs.extract(images, families=families, isolated=False),
        lambda: fs.extract(images, families=families),
        arguments.rounds,
    )


def compare(name: str, here: Callable[[], object], isolated: Callable[[], object], rounds: int) -> None:
    """Run both in turns."""
    seconds: dict[str, list[float]] = {"here": [], "isolated": []}
    for _ in range(rounds):
        for kind, work in (("here", here), ("isolated", isolated)):
            start = time.perf_counter()
            work()
            seconds[kind].append(time.perf_counter() - start)
    ratio = statistics.median(seconds["isolated"]) / statistics.median(seconds["here"])
    for kind, values in seconds.items():
        print(f"{name:24} {kind:9} " + " ".join(f"{value:7.3f}" for value in values))
    print(f"{name:24} isolated / here, medians: {ratio:.2f}")


if __name__ == "__main__":
    main()
