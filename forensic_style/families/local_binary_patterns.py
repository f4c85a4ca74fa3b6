"""Local binary patterns of the image and of its prediction error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group
from forensic_style.image import WindowPixels
from forensic_style.kernels.local_binary_patterns import count_ring_patterns, median_edge_prediction_error

N_BINS = 59


def _number_uniform_patterns() -> NDArray[np.intp]:
    """Give each of the 58 patterns with at most two changes around the ring its own bin, the rest bin 58."""
    patterns = np.arange(256)
    turned = (patterns << 1 & 255) | patterns >> 7
    changes = np.array([int(value).bit_count() for value in patterns ^ turned])
    bins = np.full(256, N_BINS - 1)
    bins[changes <= 2] = np.arange(N_BINS - 1)
    return bins


_BINS = _number_uniform_patterns()


def _share_of_patterns(plane: NDArray[np.generic]) -> NDArray[np.float64]:
    counts = np.bincount(_BINS, count_ring_patterns(plane), N_BINS)
    return counts / counts.sum()


def compute(pixels: WindowPixels) -> NDArray[np.float64]:
    """Share of each uniform local binary pattern on the luma, then on its median edge prediction error.

    The 58 patterns whose ring changes at most twice between "at least the centre" and "below it" come in the
    order of their code, all others share the last bin.

    Returns
    -------
    float64 array, shape (118,), each half summing to 1. A flat window: bin 57 (all ones) is 1 in each half.

    Cost: three passes without branches.

    Source: Ojala, Pietikainen, Maenpaa 2002, equations 9 and 10; Xu and Shi 2012, section 2, of whose three images
    the wavelet band is left out and whose colour channels are replaced by the luma.
    """
    error = median_edge_prediction_error(pixels.luma)
    return np.concatenate([_share_of_patterns(pixels.luma), _share_of_patterns(error)])


FAMILY = FingerprintFamily(
    name="lbp",
    title="Local binary patterns",
    axis="acquisition",
    version=1,
    groups=(
        Group("image", N_BINS, "histogram", "fine texture"),
        Group("residual", N_BINS, "histogram", "fine texture (prediction error)"),
    ),
    smallest=(32, 32),
    sources=(
        Citation(
            "Ojala, Pietikainen, Maenpaa",
            "Multiresolution gray-scale and rotation invariant texture classification with local binary patterns",
            "IEEE TPAMI 24(7)",
            2002,
        ),
        Citation(
            "Xu, Shi",
            "Camera model identification using local binary patterns",
            "IEEE ICME",
            2012,
        ),
    ),
    cannot_tell="Images that differ in brightness or contrast alone.",
    compute=compute,
)
