"""Costs of the families against the photo's own decoding, and of the kernels against other packages.

    python tests/benchmarks/speed.py PHOTO.jpg ... [--peers FOLDER]

The yardstick is the decoding of each photo to RGB by libjpeg-turbo in one thread, measured in the same run. Of every
photo the windows are measured that a run would measure. `--peers` names a folder that sealwatch is installed into (it
is no dependency); without it only scikit-image and SciPy are timed. Only ratios count: the best of several tries each,
taken in turns.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import scipy.fft
import simplejpeg
from numpy.typing import NDArray
from skimage.feature import local_binary_pattern

from forensic_style.families import CATALOGUE
from forensic_style.families.local_binary_patterns import _BINS
from forensic_style.families.spam import unfold
from forensic_style.family import FingerprintFamily
from forensic_style.image import DecodedImage, WindowStack
from forensic_style.kernels.block_modes import transform_grid
from forensic_style.kernels.co_occurrence import count_difference_triples
from forensic_style.kernels.local_binary_patterns import count_ring_patterns
from forensic_style.reading import read_image
from forensic_style.windows import choose_windows

TRIES = 7
BAND = 64  # rows transformed at once
SMALLEST_PHOTO = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+", help="JPEG files, or folders of them")
    parser.add_argument("--most-megapixels", type=float, default=4.2, help="leave out larger photos")
    parser.add_argument("--most", type=int, default=12, help="photos used")
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="where sealwatch is, or is to be installed")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    images = _list_photos(arguments.photos, arguments.most_megapixels * 1e6)[: arguments.most]
    _time_families(images)
    _time_kernels(images[0][1], arguments.peers)


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
    print(f"{'family':24} {'median':>7} {'largest':>8}   declared cost")
    for family, ratios in zip(CATALOGUE, table.T, strict=False):
        print(f"{family.name:24} {np.median(ratios):7.2f} {ratios.max():8.2f}   {family.cost:.2f}")
    for name, ratios in (("cutting windows out", table[:, -1]), ("all together", table.sum(axis=1))):
        print(f"{name:24} {np.median(ratios):7.2f} {ratios.max():8.2f}")


def _compare_with_decoding(data: bytes, image: DecodedImage) -> list[float]:
    """Each family's time, then that of cutting the windows, over the decoding's."""
    tasks = [_prepare(family, image) for family in CATALOGUE]
    decoding, *times = _best([lambda: simplejpeg.decode_jpeg(data, "RGB"), *tasks, lambda: _cut(image)])
    return [seconds / decoding for seconds in times]


def _cut(image: DecodedImage) -> WindowStack:
    """The windows with all their planes made."""
    stack = image.stack(choose_windows(*image.pixels.shape[:2]))
    _ = stack.luma_8bit, stack.channels_8bit, stack.coded_luma_8bit
    return stack


def _prepare(family: FingerprintFamily, image: DecodedImage) -> Callable[[], object]:
    stack = _cut(image)
    return lambda: family.measure(stack if family.sees == "window" else image)


def _time_kernels(image: DecodedImage, peers: Path | None) -> None:
    plane = np.ascontiguousarray(image.luma[: image.luma.shape[0] // 8 * 8, : image.luma.shape[1] // 8 * 8])
    print(f"\nOne plane of {plane.size / 1e6:.1f} megapixels, one thread; how many times faster than the peer:\n")
    _compare(
        "LBP (8, 1), 59 bins, against scikit-image",
        lambda: np.bincount(_BINS, count_ring_patterns(plane[None])[0], 59),
        lambda: np.bincount(local_binary_pattern(plane, 8, 1, "nri_uniform").astype(np.intp).ravel(), minlength=59),
    )
    for name, part in (("8x8 cosine transform, 256 x 256, against SciPy", plane[:256, :256]), ("... the plane", plane)):
        _compare_transforms(name, np.ascontiguousarray(part))
    spam = _find_sealwatch(peers)
    if spam is None:
        print("SPAM against sealwatch: not installed, see --peers")
    else:
        _compare(
            "SPAM-686 against sealwatch in Rust",
            lambda: unfold(count_difference_triples(plane[None], 3)[0]),
            lambda: spam.extract(x1=plane, T=3, rounded=False),
        )


def _compare_transforms(name: str, plane: NDArray[np.uint8]) -> None:
    blocks = plane.reshape(plane.shape[0] // 8, 8, -1, 8).swapaxes(1, 2).astype(np.float32)
    root = np.where(np.arange(8) == 0, np.sqrt(1 / 8), 0.25 / np.cos(np.pi * np.arange(8) / 16))
    scale = np.outer(root, root).ravel().astype(np.float32)
    rows = range(0, plane.shape[0], BAND)
    _compare(
        name,
        lambda: [transform_grid(plane[None, row : row + BAND], scale, 0, 0) for row in rows],
        lambda: scipy.fft.dctn(blocks, axes=(-2, -1), norm="ortho"),
    )


def _compare(name: str, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    mine, other = _best([ours, theirs])
    print(f"{name:50} {other / mine:7.1f}   {1e3 * other:.1f} ms against {1e3 * mine:.2f} ms")


def _find_sealwatch(folder: Path | None) -> Any:
    """Its compiled SPAM, without the rest of the package, which needs PyTorch; None where it is not installed."""
    if folder is not None:
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), "sealwatch"]
        if not folder.exists():
            subprocess.run(install, check=True)
        sys.path.append(str(folder))
    found = importlib.util.find_spec("sealwatch")
    if found is None or not found.submodule_search_locations:
        return None
    package = types.ModuleType("sealwatch")
    package.__path__ = list(found.submodule_search_locations)
    sys.modules["sealwatch"] = package
    return importlib.import_module("sealwatch._sealwatch").spam


if __name__ == "__main__":
    main()
