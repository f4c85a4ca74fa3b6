"""Mutated JPEG files against the promises of the parser: no exception, bounded time and memory, sound structures.

    python tests/benchmarks/fuzz_jpeg_parser.py --seconds 600 --corpus CORPUS
    python tests/benchmarks/fuzz_jpeg_parser.py --merge tests/files/jpeg_corpus.zip --corpus CORPUS

With atheris (`pip install atheris`) mutations are guided by coverage, and inputs that reach new code are kept in the
folder CORPUS; without it they are random, with a seed. The first inputs are the JPEG files of data_samples and
tests/files. --merge writes a small part of CORPUS that reaches as much into a zip file, with or without atheris. An
input that breaks a promise ends the run with its traceback and, with atheris, is kept as crash-*.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

TOP = Path(__file__).parents[2]
sys.path.insert(0, str(TOP))

try:
    import atheris
except ImportError:
    atheris = None

if atheris is not None:
    with atheris.instrument_imports(include=["forensic_style"]):
        from tests.jpeg.promises import check_promises
else:
    from tests.jpeg.promises import check_promises

MOST_SECONDS = 0.5
MOST_MEGABYTES = 1024  # grown by 1 KB an input under atheris, whose tracing keeps it, and not at all without
LONGEST_INPUT = 1 << 16
TOKENS = (
    *(b"\xff" + bytes([code]) for code in (0x01, *range(0xC0, 0xE3), 0xEB, 0xEE, 0xFE)),
    *(b"JFIF\0", b"JFXX\0", b"Exif\0\0", b"MPF\0", b"MM\0*", b"II*\0", b"MM\0+", b"Adobe", b"JP", b"jumb"),
    *(b"\x02\x01", b"\x02\x02", b"\x87\x69", b"\x01\x4a", b"\xb0\x02", b"\xff\xd8\xff"),
)


def check_input(data: bytes) -> None:
    start = time.process_time()
    check_promises(data)
    seconds = time.process_time() - start
    if seconds > 2 * MOST_SECONDS:  # it parses twice
        raise AssertionError(f"{seconds:.2f} s for {len(data)} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path, help="folder of inputs, grows; by default a temporary one")
    parser.add_argument("--merge", type=Path, help="zip file to write the smallest equivalent corpus into")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.merge:
        merge(arguments.corpus, arguments.merge)
    elif atheris is None:
        mutate(arguments.seconds, arguments.seed)
    else:
        explore(arguments.seconds, arguments.corpus, arguments.seed)


def list_seeds() -> list[Path]:
    return sorted([*(TOP / "data_samples").glob("*/images/*.jpg"), *(TOP / "tests" / "files").glob("*.jpg")])


def mutate(seconds: float, seed: int) -> None:
    """Random mutations: bytes, tokens, pieces doubled, moved and removed."""
    draw = random.Random(seed)
    seeds = [path.read_bytes()[:LONGEST_INPUT] for path in list_seeds()]
    end, n_inputs = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data = bytearray(draw.choice(seeds))
        for _ in range(draw.randint(1, 12)):
            place = draw.randrange(2, min(len(data), draw.choice((32, 700, len(data)))) + 1)
            piece = data[place : place + draw.choice((1, 2, 20, 300))]
            new = draw.choice((draw.randbytes(1), draw.choice(TOKENS), bytes(piece), bytes(2), b"\xff" * 40))
            data[place : place + draw.choice((0, len(new), len(piece)))] = new
        check_input(bytes(data))
        n_inputs += 1
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{n_inputs} inputs, every promise kept, {megabytes} MB at most (seed {seed})")
    assert megabytes < MOST_MEGABYTES


def explore(seconds: int, corpus: Path | None, seed: int) -> None:
    """Mutations guided by coverage; libFuzzer ends the process."""
    folder = Path(tempfile.mkdtemp())
    seeds, dictionary = folder / "seeds", folder / "dictionary"
    seeds.mkdir()
    for path in list_seeds():
        (seeds / f"{path.parts[-3]}-{path.name}").write_bytes(path.read_bytes()[:LONGEST_INPUT])
    lines = ('"' + "".join(f"\\x{byte:02x}" for byte in token) + '"\n' for token in TOKENS)
    dictionary.write_text("".join(lines), encoding="ascii")
    grown = corpus or folder / "corpus"
    grown.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST_INPUT}",
        f"-rss_limit_mb={4 * MOST_MEGABYTES}",
        "-len_control=0",
    ]
    options += [f"-dict={dictionary}", f"-seed={seed}", "-timeout=10", "-print_final_stats=1", str(grown), str(seeds)]
    atheris.Setup([sys.argv[0], *options], check_input)
    atheris.Fuzz()


def merge(corpus: Path, archive: Path) -> None:
    """Inputs, from the shortest on, that reach lines from other lines, or more often, than those before them.

    (libFuzzer's own -merge=1 starts Python scripts anew in a way that ends in nothing.) The zip file has no dates.
    """
    inputs = sorted((path.read_bytes() for path in corpus.iterdir()), key=lambda data: (len(data), data))
    reached: set[Any] = set()
    kept = []
    for data in inputs:
        features = trace(data)
        if features - reached:
            reached |= features
            kept.append(data)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for number, data in enumerate(kept):
            file.writestr(zipfile.ZipInfo(f"{number:04}.jpg"), data, zipfile.ZIP_DEFLATED)
    print(f"{len(kept)} of {len(inputs)} inputs, {archive.stat().st_size} bytes")


def trace(data: bytes) -> set[tuple[str, int, int, int]]:
    """Steps from line to line of the parser, with how often each is taken: once, twice, up to 4, 8, ..."""
    steps: Counter[tuple[str, int, int]] = Counter()

    def follow(frame: FrameType, event: str, _: object) -> Any:
        name = frame.f_code.co_filename
        if "forensic_style" not in name:
            return None
        last = frame.f_lineno

        def step(frame: FrameType, event: str, _: object) -> Any:
            nonlocal last
            steps[name, last, frame.f_lineno] += 1
            last = frame.f_lineno
            return step

        return step

    sys.settrace(follow)
    try:
        check_promises(data)
    finally:
        sys.settrace(None)
    return {(*step, min(count - 1, 64).bit_length()) for step, count in steps.items()}


if __name__ == "__main__":
    main()
