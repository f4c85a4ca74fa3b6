"""Third-order residuals: how what a parabola leaves of the next sample goes on along rows and columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group, OneByOne
from forensic_style.image import WindowPixels
from forensic_style.kernels.co_occurrence import count_third_difference_runs

STEP = 3  # grey levels; q = 1 and c = 3 in the paper
N_CODES = 5


def _find_orbits(n: int) -> NDArray[np.intp]:
    """Number the classes of runs of four codes that negation or reversal turns into each other.

    The codes -2..2 have (625 + 1 + 25 + 25) / 4 = 169 classes, numbered in the order of their smallest member.
    """
    index = np.arange(n**4).reshape(n, n, n, n)
    smallest = np.minimum(index, index[::-1, ::-1, ::-1, ::-1])
    smallest = np.minimum(smallest, smallest.transpose(3, 2, 1, 0))
    return np.unique(smallest, return_inverse=True)[1].ravel()


_ORBITS = _find_orbits(N_CODES)
_N_ORBITS = int(_ORBITS.max()) + 1
_COLUMNS = np.concatenate([_ORBITS, _ORBITS + _N_ORBITS, _ORBITS + _N_ORBITS, _ORBITS])  # along, across, across, along


def compute(pixels: WindowPixels) -> NDArray[np.float64]:
    """Share of each class of runs of four residual codes on the luma: runs along the residual, then across it.

    The residual plane[p - s] - 3 plane[p] + 3 plane[p + s] - plane[p + 2s] is divided by 3, rounded half away from
    zero and truncated to -2..2. Of the residuals along rows the runs along rows, of those along columns the runs
    along columns, are counted together ("along"), and so are the other two ("across"); each is summed over the
    classes of :func:`_find_orbits`.

    Returns
    -------
    float64 array, shape (338,), each half summing to 1. A flat window: the class of four zeros is 1 in each half.

    Cost: two histogram increments per pixel, half as many as there are runs. 16-bit images are rounded to 8 bit first.

    Source: Fridrich, Kodovsky 2012, sections II.A to II.C, table II (submodels spam14h and spam14v of "3rd", q = 1,
    as S3 SPAM14hv); as a camera fingerprint in Marra, Poggi, Sansone, Verdoliva 2015, section 3. Differs from the
    paper: shares of the counts of rows and columns together instead of the sum of the shares of each; no border is
    left out; the classes come in the order of their smallest member.
    """
    counts = count_third_difference_runs(pixels.luma_8bit, STEP)
    halves = np.bincount(_COLUMNS, counts.ravel(), 2 * _N_ORBITS).reshape(2, _N_ORBITS)
    return (halves / halves.sum(axis=1, keepdims=True)).ravel()


FAMILY = FingerprintFamily(
    name="third_order",
    title="Third-order residuals (S3 SPAM)",
    axis="acquisition",
    version=1,
    groups=(
        Group("along", _N_ORBITS, "histogram", "finest grain (what goes on behind smooth tones)"),
        Group("across", _N_ORBITS, "histogram", "finest grain from row to row and column to column"),
    ),
    smallest=(32, 32),
    sources=(
        Citation("Fridrich, Kodovsky", "Rich models for steganalysis of digital images", "IEEE TIFS 7(3)", 2012),
        Citation(
            "Marra, Poggi, Sansone, Verdoliva",
            "Evaluation of residual-based local features for camera model identification",
            "ICIAP 2015 Workshops, LNCS 9281",
            2015,
        ),
    ),
    cannot_tell="An image from its negative, mirror image or quarter turn; strong noise from fine texture.",
    measure=OneByOne(compute),
    cost=0.07,
)
