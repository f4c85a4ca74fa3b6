"""Every JPEG, PNG and TIFF of a folder, our reader against other builds of the decoders, sample by sample.

    python tests/benchmarks/pixels_against_decoders.py DATA

JPEG: pixels against Pillow's build of libjpeg-turbo, and the luma that JPEG families see against the grey that libjpeg
gives when asked for it (the Y plane). PNG: against OpenCV's build of libpng. TIFF: against tifffile where it can read
them. Ends with exit code 1 on any difference.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from forensic_style.errors import ImageError
from forensic_style.image import DecodedImage
from forensic_style.reading import read_image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    counts: Counter[str] = Counter()
    differ = []
    for path in sorted(parser.parse_args().data.rglob("*")):
        try:
            image = read_image(path) if path.is_file() and path.suffix not in (".csv", ".md") else None
        except ImageError as error:
            counts[f"refused: {error.reason}"] += 1
            print(f"{path.name}: {error}")
            continue
        if image is None or image.format not in ("JPEG", "PNG", "TIFF"):
            continue
        agrees = _compare(image, path)
        counts[image.format if agrees else f"{image.format} that differ"] += 1
        differ += [] if agrees else [path]
    print(", ".join(f"{kind}: {count}" for kind, count in sorted(counts.items())))
    sys.exit(f"Differ: {differ}" if differ else 0)


def _compare(image: DecodedImage, path: Path) -> bool:
    if image.format == "JPEG":
        return _equal(image.pixels, _read_with_pillow(path)) and _equal(_find_luma(image), _read_luma(path))
    if image.format == "TIFF":
        return _equal(image.pixels, tifffile.imread(path))
    decoded = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if decoded.ndim == 3:
        decoded = decoded[:, :, 2::-1]
    return _equal(image.pixels, decoded)


def _equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return bool(np.array_equal(one, other))


def _find_luma(image: DecodedImage) -> NDArray[Any]:
    return image.luma if image.coded_luma is None else image.coded_luma


def _read_with_pillow(path: Path) -> NDArray[Any]:
    with Image.open(path) as opened:
        return np.asarray(opened)


def _read_luma(path: Path) -> NDArray[Any]:
    with Image.open(path) as opened:
        opened.draft("L", None)
        return np.asarray(opened if opened.mode == "L" else opened.convert("L"))


if __name__ == "__main__":
    main()
