"""Costs of the families against the photo's own decoding, and of the kernels against other packages.

    python tests/benchmarks/speed.py PHOTO.jpg ... [--install-peers FOLDER]

The yardstick is the decoding of each photo to RGB by libjpeg-turbo in one thread, measured in the same run. Of every
photo the windows are measured that a run would measure. `--install-peers` makes a virtual environment in a new folder
and installs sealwatch there; without it only installed peers (scikit-image, SciPy) are timed. Only ratios count: the
best of several tries each, taken in turns.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import scipy.fft
import simplejpeg
from numpy.typing import NDArray
from skimage.feature import local_binary_pattern

from forensic_style.families import CATALOGUE
from forensic_style.family import FingerprintFamily
from forensic_style.image import DecodedImage, WindowPixels
from forensic_style.kernels.block_transform import transform_blocks
from forensic_style.kernels.co_occurrence import count_difference_triples
from forensic_style.kernels.local_binary_patterns import count_ring_patterns
from forensic_style.reading import read_image
from forensic_style.windows import choose_windows

TRIES = 7
SMALLEST_PHOTO = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+", help="JPEG files, or folders of them")
    parser.add_argument("--most-megapixels", type=float, default=4.2, help="leave out larger photos")
    parser.add_argument("--most", type=int, default=12, help="photos used")
    parser.add_argument("--install-peers", type=Path, metavar="FOLDER", help="new virtual environment for the peers")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    images = _list_photos(arguments.photos, arguments.most_megapixels * 1e6)[: arguments.most]
    _time_families(images)
    _time_kernels(images[0][1], arguments.install_peers)


def _list_photos(paths: list[Path], most_pixels: float) -> list[tuple[bytes, DecodedImage]]:
    files = [file for path in paths for file in (sorted(path.rglob("*.[jJ][pP]*[gG]")) if path.is_dir() else [path])]
    read = ((file.read_bytes(), read_image(str(file))) for file in files)
    return [
        (data, image)
        for data, image in read
        if not image.is_grey and SMALLEST_PHOTO <= image.luma.size <= most_pixels and image.jpeg is not None
    ]


def _best(tasks: list[Callable[[], object]], tries: int = TRIES) -> list[float]:
    """Best seconds of each task, tried in turns."""
    best = [float("inf")] * len(tasks)
    for _ in range(tries):
        for number, task in enumerate(tasks):
            start = time.perf_counter()
            task()
            best[number] = min(best[number], time.perf_counter() - start)
    return best


def _time_families(images: list[tuple[bytes, DecodedImage]]) -> None:
    table = np.array([_compare_with_decoding(data, image) for data, image in images])
    print(f"{len(images)} photos of {SMALLEST_PHOTO / 1e6:g} megapixels and more; cost of their own decoding = 1\n")
    print(f"{'family':24} {'median':>7} {'largest':>8}   declared cost (whole image over its decoding)")
    for family, ratios in zip(CATALOGUE, table.T, strict=False):
        print(f"{family.name:24} {np.median(ratios):7.2f} {ratios.max():8.2f}   {family.cost:.2f}")
    for name, ratios in (("cutting windows out", table[:, -1]), ("all together", table.sum(axis=1))):
        print(f"{name:24} {np.median(ratios):7.2f} {ratios.max():8.2f}")


def _compare_with_decoding(data: bytes, image: DecodedImage) -> list[float]:
    """Each family's time, then that of cutting the windows, over the decoding's."""
    tasks = [_prepare(family, image) for family in CATALOGUE]
    decoding, *times = _best([lambda: simplejpeg.decode_jpeg(data, "RGB"), *tasks, lambda: _cut(image)])
    return [seconds / decoding for seconds in times]


def _cut(image: DecodedImage) -> list[WindowPixels]:
    """The windows with all their planes made."""
    windows = [image.cut(window) for window in choose_windows(*image.pixels.shape[:2])]
    for pixels in windows:
        _ = pixels.luma_8bit, pixels.channels_8bit, pixels.coded_luma_8bit
    return windows


def _prepare(family: FingerprintFamily, image: DecodedImage) -> Callable[[], object]:
    if family.sees == "file":
        return lambda: family.compute(image)
    windows = _cut(image)
    return lambda: [family.compute(pixels) for pixels in windows]


def _time_kernels(image: DecodedImage, folder: Path | None) -> None:
    plane = np.ascontiguousarray(image.luma[: image.luma.shape[0] // 8 * 8, : image.luma.shape[1] // 8 * 8])
    blocks = plane.reshape(plane.shape[0] // 8, 8, -1, 8).swapaxes(1, 2).astype(np.float32)
    basis = scipy.fft.dct(np.eye(8), norm="ortho", axis=0).astype(np.float32)
    ours = _best(
        [
            lambda: count_ring_patterns(plane),
            lambda: transform_blocks(plane, basis),
            lambda: count_difference_triples(plane, 3),
        ]
    )
    scikit_image, scipy_time = _best(
        [
            lambda: np.bincount(
                local_binary_pattern(plane, 8, 1, "nri_uniform").astype(np.uint8).ravel(), minlength=59
            ),
            lambda: scipy.fft.dctn(blocks, axes=(-2, -1), norm="ortho"),
        ],
        tries=3,
    )
    print(f"\nOne plane of {plane.size / 1e6:.1f} megapixels, one thread; how many times faster than the peer:\n")
    print(f"LBP (8, 1), 59 bins       {scikit_image / ours[0]:7.1f}   scikit-image {scikit_image:.3f} s")
    print(f"8x8 cosine transform      {scipy_time / ours[1]:7.1f}   SciPy dctn {scipy_time:.3f} s")
    if folder is not None:
        seconds = _time_sealwatch(plane, folder)
        print(f"SPAM                      {seconds / ours[2]:7.1f}   sealwatch {seconds:.3f} s")


_SEALWATCH = """
import json, sys, time
import numpy as np, sealwatch as sw
plane = np.load(sys.argv[1])
best = float("inf")
for _ in range(4):
    start = time.perf_counter()
    sw.spam.extract(plane)
    best = min(best, time.perf_counter() - start)
print(json.dumps(best))
"""


def _time_sealwatch(plane: NDArray[np.generic], folder: Path) -> float:
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "sealwatch"], check=True)
    file = folder / "plane.npy"
    np.save(file, plane)
    answer = subprocess.run([str(python), "-c", _SEALWATCH, str(file)], capture_output=True, text=True, check=True)
    return float(json.loads(answer.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
