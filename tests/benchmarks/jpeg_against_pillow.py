"""The structure of every JPEG file of a folder against what Pillow, and ImageMagick, say of it.

    python tests/benchmarks/jpeg_against_pillow.py DATA
    python tests/benchmarks/jpeg_against_pillow.py DATA --identify

Compared are size, mode of coding, components, sampling factors and quantization tables (those in force at the end,
which is what Pillow keeps); with --identify the estimated quality, where the tables are standard ones and no third
table is defined (ImageMagick adds it up even if no component uses it). Also printed: files with problems, kinds of
segments, and the time of parsing. The exit code is 1 where anything disagrees.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from forensic_style.jpeg import JpegStructure, parse_jpeg


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder, searched with all folders below it")
    parser.add_argument("--identify", action="store_true", help="also compare the quality with ImageMagick's")
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    seconds: list[tuple[float, int]] = []
    n_disagreements = 0
    for path in sorted(path for path in arguments.data.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg")):
        data = path.read_bytes()
        start = time.perf_counter()
        structure = parse_jpeg(data)
        seconds.append((time.perf_counter() - start, len(data)))
        differences = list_differences(path, structure)
        if arguments.identify and structure.quality_distance == 0 and len(structure.quantization_tables) <= 2:
            differences += compare_quality(path, structure)
        n_disagreements += bool(differences)
        for difference in [*differences, *(f"problem {problem}" for problem in structure.problems)]:
            print(f"{path}: {difference}")
        counts.update(_describe(structure))
    _print_figures(counts, seconds)
    print(f"{n_disagreements} of {len(seconds)} files disagree")
    return int(n_disagreements > 0)


def list_differences(path: Path, structure: JpegStructure) -> list[str]:
    """In words, what Pillow says differently."""
    with Image.open(path) as image:
        progressive = bool(image.info.get("progressive"))
        layers = [(identifier, wide, high, table) for identifier, wide, high, table in image.layer]
        theirs = (image.size, progressive, layers)
        tables = {number: np.array(steps).reshape(8, 8) for number, steps in image.quantization.items()}
        exif = image.info.get("exif", b"").removeprefix(b"Exif\0\0")
    components = [(part.identifier, part.horizontal, part.vertical, part.table) for part in structure.components]
    ours = ((structure.columns, structure.rows), structure.is_progressive, components)
    differences = [] if ours == theirs else [f"{ours} instead of {theirs}"]
    if not exif.startswith(structure.exif):
        differences.append("another Exif block")
    last = {table.number: table.steps for table in structure.quantization_tables}
    if last.keys() != tables.keys() or any((last[number] != tables[number]).any() for number in tables):
        differences.append("other quantization tables")
    return differences


def compare_quality(path: Path, structure: JpegStructure) -> list[str]:
    answer = subprocess.run(["identify", "-format", "%Q\n", path], capture_output=True, text=True, check=True)
    theirs = int(answer.stdout.split()[0])
    ours = structure.estimated_quality or 0
    return [] if abs(ours - theirs) <= 1 else [f"quality {ours} instead of ImageMagick's {theirs}"]


def _describe(structure: JpegStructure) -> list[str]:
    kinds = {f"APP{segment.number} {segment.identity}" for segment in structure.applications}
    huffman = "standard Huffman tables" if structure.has_standard_huffman else "other Huffman tables"
    quality = "standard tables" if structure.quality_distance == 0 else "other tables"
    facts = [structure.process, f"sampling {structure.sampling}", huffman, f"quantization by {quality}"]
    flags = {
        "problems": bool(structure.problems),
        "thumbnail": structure.has_thumbnail,
        "trailing bytes": structure.n_trailing > 0,
        "further pictures": structure.n_further_pictures > 0,
        "restarts": structure.n_restarts > 0,
        "comments": structure.n_comments > 0,
    }
    return [*facts, *sorted(kinds), *(name for name, is_set in flags.items() if is_set)]


def _print_figures(counts: Counter[str], seconds: list[tuple[float, int]]) -> None:
    for name, count in sorted(counts.items()):
        print(f"{count:6} {name}")
    if seconds:
        slowest, size = max(seconds)
        total = sum(second for second, _ in seconds)
        print(f"{len(seconds)} files, {1e3 * total / len(seconds):.2f} ms each")
        print(f"slowest {1e3 * slowest:.1f} ms ({size} bytes)")


if __name__ == "__main__":
    sys.exit(main())
