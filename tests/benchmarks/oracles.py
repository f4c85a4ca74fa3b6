"""Kernels and families against independent implementations of the same definitions.

    python tests/benchmarks/oracles.py [IMAGE ...]

Compared on noise, on soft shapes and on the images given (their luma), in full and at odd sizes:

* local binary patterns with scikit-image: `local_binary_pattern` interpolates the diagonal neighbours on the circle of
  radius 1, so bits of the axes come from radius 1 and bits of the diagonals from radius sqrt(2), where its circle
  passes through the pixels themselves; the classes are those of its `nri_uniform`;
* the 8x8 cosine transform with SciPy's `dctn`, and differences folded by 8 with every eighth of SciPy's `fft2`;
* co-occurrences with sealwatch, if it is installed: SPAM-686 and the submodel s3_spam14hv_q1 of its rich model.

sealwatch is no dependency. The parts used here need neither its networks nor the packages that those need:

    python -m pip install --no-deps --target FOLDER sealwatch
    PYTHONPATH=FOLDER python tests/benchmarks/oracles.py

Its conventions: it rounds half away from zero; it takes the shares of each direction and averages them (SPAM in
Python; in Rust it pools the counts of rows and columns) or adds them (rich models, whose values sum to 2 per 169); its
classes begin with the run of zeros and follow in the order of their first member; third differences are taken inside a
border of two samples, and upwards where ours go down.

One line per oracle with the largest difference. The exit code is 1 where one is above its tolerance.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from skimage.feature import local_binary_pattern

from forensic_style import read_image
from forensic_style.families import local_binary_patterns as lbp
from forensic_style.families import spam, third_order
from forensic_style.image import WindowPixels
from forensic_style.kernels.block_modes import transform_grid
from forensic_style.kernels.co_occurrence import count_difference_triples, count_third_difference_runs
from forensic_style.kernels.local_binary_patterns import count_ring_patterns
from forensic_style.kernels.spectrum import fold_cross_differences

Plane = NDArray[np.uint8]
AXES, DIAGONALS = 0b01010101, 0b10101010  # the bits of the ring that lie on the axes and on the diagonals


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="*", help="images to compare on besides the synthetic ones")
    planes = list(draw_planes(parser.parse_args().images))
    oracles: list[tuple[str, float, Callable[[Plane], float]]] = [
        ("scikit-image local_binary_pattern, 256 patterns", 0.0, compare_patterns),
        ("scikit-image local_binary_pattern, nri_uniform", 1e-12, compare_uniform_patterns),
        ("SciPy dctn, 8x8 blocks (grey levels)", 1e-3, compare_blocks),
        ("SciPy dctn, 8x8 blocks of the grid at (3, 5)", 1e-3, compare_shifted_blocks),
        ("SciPy fft2, multiples of 1/8 (relative)", 1e-9, compare_folds),
    ]
    if importlib.util.find_spec("sealwatch") is None:
        print("sealwatch is not installed: co-occurrences are not compared (see --help)")
    else:
        oracles.append(("sealwatch spam in Python, SPAM-686", 1e-12, compare_spam))
        oracles.append(("sealwatch spam in Rust, by class", 1e-12, compare_fast_spam))
        oracles.append(("sealwatch srm, s3_spam14hv_q1", 1e-6, compare_third_order))  # it returns float32
    n_disagreements = 0
    for name, tolerance, compare in oracles:
        largest = max(compare(plane) for plane in planes)
        n_disagreements += not largest <= tolerance
        print(f"{name:50} largest difference {largest:9.2e}  {'ok' if largest <= tolerance else 'DISAGREES'}")
    return min(n_disagreements, 1)


def draw_planes(images: list[str]) -> Iterator[Plane]:
    """Noise, soft shapes with noise, and the middles of images, of even and odd sizes."""
    generator = np.random.default_rng(0)
    y, x = np.mgrid[:160, :203]
    yield generator.integers(0, 256, (97, 130), dtype=np.uint8)
    yield (128 + 60 * np.sin(x / 23) + 40 * np.cos(y / 17) + generator.normal(0, 1.5, x.shape)).astype(np.uint8)
    for path in images:
        luma = read_image(path).luma
        yield np.ascontiguousarray(luma[:301, :402] if luma.dtype == np.uint8 else luma[:301, :402] // 257).astype(
            np.uint8
        )


def code_rings(plane: Plane) -> NDArray[np.int_]:
    """scikit-image's patterns with the diagonal pixels themselves, at the interior samples."""
    axes, diagonals = (local_binary_pattern(plane, 8, radius, "default").astype(int) for radius in (1, np.sqrt(2)))
    return ((axes & AXES) | (diagonals & DIAGONALS))[1:-1, 1:-1]


def compare_patterns(plane: Plane) -> float:
    expected = np.bincount(code_rings(plane).ravel(), minlength=256)
    return float(np.abs(count_ring_patterns(plane[None])[0] - expected).max())


def compare_uniform_patterns(plane: Plane) -> float:
    """The family's 59 shares on the luma, its bins found in scikit-image's classes by the patterns that they hold."""
    noise = np.random.default_rng(1).integers(0, 256, (200, 200), dtype=np.uint8)
    codes, classes = (local_binary_pattern(noise, 8, 1, how).astype(int) for how in ("default", "nri_uniform"))
    class_of = np.full(256, -1)
    class_of[codes.ravel()] = classes.ravel()
    expected = np.bincount(class_of[code_rings(plane)].ravel(), minlength=59) / code_rings(plane).size
    found = lbp.FAMILY.compute(WindowPixels((plane, plane, plane), plane))[:59]
    order = np.zeros(59, dtype=int)
    order[lbp._BINS] = class_of
    return float(np.abs(found - expected[order]).max())


def compare_blocks(plane: Plane) -> float:
    return _compare_grid(plane, 0, 0)


def compare_shifted_blocks(plane: Plane) -> float:
    return _compare_grid(plane, 3, 5)


def _compare_grid(plane: Plane, top: int, left: int) -> float:
    root = np.where(np.arange(8) == 0, np.sqrt(1 / 8), 0.25 / np.cos(np.pi * np.arange(8) / 16))
    found = transform_grid(plane[None], np.outer(root, root).ravel().astype(np.float32), top, left)
    return float(np.abs(found[0].T - transform_exactly(plane[top:, left:])).max())


def transform_exactly(plane: Plane) -> NDArray[np.float64]:
    """SciPy's transform of every whole block, shape (blocks, 64)."""
    down, across = plane.shape[0] // 8, plane.shape[1] // 8
    blocks = plane[: 8 * down, : 8 * across].astype(float).reshape(down, 8, across, 8).swapaxes(1, 2)
    transformed: NDArray[np.float64] = scipy.fft.dctn(blocks, axes=(2, 3), norm="ortho")
    return transformed.reshape(-1, 64)


def compare_folds(plane: Plane) -> float:
    """The transform of the 8x8 fold holds every eighth of the transform of all differences."""
    samples = plane.astype(float)
    crossed = np.abs(samples[:-1, :-1] + samples[1:, 1:] - samples[:-1, 1:] - samples[1:, :-1])
    rows, columns = crossed.shape[0] // 8, crossed.shape[1] // 8
    whole = scipy.fft.fft2(crossed[: 8 * rows, : 8 * columns])[::rows, ::columns]
    return float(
        np.abs(scipy.fft.fft2(fold_cross_differences(plane[None])[0]) * rows * columns - whole).max() / whole[0, 0].real
    )


def load_sealwatch(part: str) -> Any:
    """A module of sealwatch without the package's own imports, which want its networks."""
    found = importlib.util.find_spec("sealwatch")
    if "sealwatch" not in sys.modules and found is not None and found.submodule_search_locations is not None:
        for name, folder in (("sealwatch", ""), ("sealwatch.tools", "/tools")):
            package = types.ModuleType(name)
            package.__path__ = [found.submodule_search_locations[0] + folder]
            package.__spec__ = found
            sys.modules[name] = package
    return importlib.import_module(f"sealwatch.{part}")


def compare_spam(plane: Plane) -> float:
    features = load_sealwatch("spam.spam").extract(plane, T=3)
    expected = np.concatenate([features["straight"], features["diagonal"]])
    return float(np.abs(spam.unfold(count_difference_triples(plane[None], 3)[0]) - expected).max())


def compare_fast_spam(plane: Plane) -> float:
    """The family's shares, from sealwatch's 2 x 343 by their classes: both pool the counts of rows and columns."""
    features = load_sealwatch("_sealwatch").spam.extract(x1=plane, T=3, rounded=False)
    halves = [np.bincount(spam._ORBITS, features[name]) for name in ("straight", "diagonal")]
    return float(np.abs(spam.FAMILY.compute(WindowPixels((plane,) * 3, plane)) - np.concatenate(halves)).max())


def compare_third_order(plane: Plane) -> float:
    """Half of sealwatch's values, from the same residuals: ours of its part of the plane, upside down."""
    runs = load_sealwatch("srm.cooccurrence").all3rd(plane.astype(float), 3)
    chosen = {name: runs[name] for name in ("spam14h", "spam14v")}
    expected = load_sealwatch("srm.symm").post_process(chosen, "f3", 1)["s3_spam14hv_q1"] / 2
    rightward = count_third_difference_runs(np.ascontiguousarray(plane[None, 2:-2, 1:]), third_order.STEP)[0, :2]
    upward = count_third_difference_runs(np.ascontiguousarray(plane[None, -2::-1, 2:-2]), third_order.STEP)[0, 2:]
    shares = [part.ravel() / part.sum() for part in (*rightward, *upward)]
    columns = np.concatenate([third_order._ORBITS + half * 169 for half in (0, 1, 1, 0)])
    found = np.bincount(columns, np.concatenate(shares) / 2, 338).reshape(2, 169)
    zeros = third_order._ORBITS[312]  # sealwatch puts the run of zeros first
    order = [zeros, *(number for number in range(169) if number != zeros)]
    return float(np.abs(found[:, order].ravel() - expected).max())


if __name__ == "__main__":
    sys.exit(main())
