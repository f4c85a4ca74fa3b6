"""What a large photo costs from file to fingerprints, against its own decoding by libjpeg-turbo in one thread.

    python tests/benchmarks/photo.py PHOTO.jpg ... [--rows 3000 --columns 4000] [--tries 9]

Photos of another size are mirrored over their borders to fill the size asked for, and saved with quality 90. All is
measured in a process that has compiled its kernels: the decoding alone, the reading in the process of its own, each
part of it, and all that a run does with one image. The best of several tries, taken in turns; only ratios count.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from forensic_style.extraction import make_plan
from forensic_style.image import DecodedImage, encode_thumbnail, measure_looks
from forensic_style.jpeg import parse_jpeg
from forensic_style.manifest import list_inputs
from forensic_style.measuring import THUMBNAIL_SIDE, Task, measure, open_reader
from forensic_style.reading import read_image
from forensic_style.reading.completeness import check_jpeg
from forensic_style.windows import choose_windows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--columns", type=int, default=4000)
    parser.add_argument("--tries", type=int, default=9)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        tables = []
        for number, photo in enumerate(arguments.photos):
            path = Path(folder) / f"{number}.jpg"
            write_photo(photo, path, (arguments.rows, arguments.columns))
            tables.append(time_photo(path, arguments.tries))
    print(f"{len(tables)} photos of {arguments.rows * arguments.columns / 1e6:g} megapixels\n")
    print(f"{'part':52} {'median':>7} {'largest':>8}   times the decoding")
    for name in tables[0]:
        ratios = [table[name] / table["decoding"] for table in tables]
        print(f"{name:52} {statistics.median(ratios):7.2f} {max(ratios):8.2f}")


def write_photo(source: Path, path: Path, shape: tuple[int, int]) -> None:
    """The photo itself where it has the size, otherwise mirrored to fill it."""
    pixels = cv2.imread(str(source), cv2.IMREAD_COLOR)
    assert pixels is not None, source
    if pixels.shape[:2] == shape:
        path.write_bytes(source.read_bytes())
        return
    rows, columns = (mirror(length, wanted) for length, wanted in zip(pixels.shape[:2], shape, strict=True))
    cv2.imwrite(str(path), pixels[rows][:, columns], [cv2.IMWRITE_JPEG_QUALITY, 90])


def mirror(length: int, wanted: int) -> NDArray[np.intp]:
    """Places 0 ... length - 1, then backwards, and so on."""
    return np.pad(np.arange(length), (0, max(0, wanted - length)), mode="symmetric")[:wanted]


def time_photo(path: Path, tries: int) -> dict[str, float]:
    """Best seconds of each part."""
    data, plan = path.read_bytes(), make_plan()
    (image,) = list_inputs([path])
    decoded = read_image(path)
    windows = choose_windows(*decoded.pixels.shape[:2])
    reader = open_reader(plan)
    tasks: dict[str, Callable[[], object]] = {
        "decoding": lambda: simplejpeg.decode_jpeg(data, "RGB"),
        "reading, in this process": lambda: read_image(path),
        "reading, in a process of its own": lambda: reader.read(str(path)),
        "  structure": lambda: check_jpeg(parse_jpeg(data)),
        "  SHA-256": lambda: hashlib.sha256(data).hexdigest(),
        "luma of the file, in the reading process meanwhile": lambda: simplejpeg.decode_jpeg(data, "GRAY"),
        "families of windows and file, with cutting": lambda: compute(decoded, whole=False),
        "families of the whole image": lambda: compute(decoded, whole=True),
        "thumbnail": lambda: encode_thumbnail(decoded, THUMBNAIL_SIDE),
        "looks": lambda: measure_looks(decoded, windows),
        "end to end": lambda: measure(Task(image), plan, reader),
    }
    best = dict.fromkeys(tasks, float("inf"))
    for _ in range(tries + 1):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            best[name] = min(best[name], time.perf_counter() - start)
    reader.close()
    return best


def compute(decoded: DecodedImage, *, whole: bool) -> None:
    """All families that see the whole image, or all others."""
    families = [family for family in make_plan().families if (family.sees == "image") == whole]
    if whole:
        for family in families:
            family.compute(decoded)
        return
    stack = decoded.stack(choose_windows(*decoded.pixels.shape[:2]))
    for family in families:
        if family.sees == "window":
            family.measure(stack)


if __name__ == "__main__":
    main()
