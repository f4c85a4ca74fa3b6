"""Third-order residuals: how what a parabola leaves of the next sample goes on along rows and columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group
from forensic_style.image import WindowStack
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
_ORDER = np.argsort(_ORBITS, kind="stable")  # the members of the first class first
_STARTS = np.searchsorted(_ORBITS[_ORDER], np.arange(_N_ORBITS))


def measure(windows: WindowStack) -> NDArray[np.float64]:
    """Share of each class of runs of four residual codes on the luma: runs along the residual, then across it.

    The residual plane[p - s] - 3 plane[p] + 3 plane[p + s] - plane[p + 2s] is divided by 3, rounded half away from
    zero and truncated to -2..2. Of the residuals along rows the runs along rows, of those along columns the runs
    along columns, are counted together ("along"), and so are the other two ("across"); each is summed over the
    classes of :func:`_find_orbits`.

    Returns
    -------
    float64 array, shape (n_windows, 338), each half summing to 1. A flat window: the class of four zeros is 1 in each
    half.

    Cost: two histogram increments per pixel, half as many as there are runs. 16-bit images are rounded to 8 bit first.

    Source: Fridrich, Kodovsky 2012, sections II.A to II.C, table II (submodels spam14h and spam14v of "3rd", q = 1,
    as S3 SPAM14hv); as a camera fingerprint in Marra, Poggi, Sansone, Verdoliva 2015, section 3. Differs from the
    paper: shares of the counts of rows and columns together instead of the sum of the shares of each; no border is
    left out; the classes come in the order of their smallest member.
    """
    counts = count_third_difference_runs(windows.luma_8bit, STEP)
    counts = counts.reshape(len(counts), 4, -1)
    along, across = counts[:, 0] + counts[:, 3], counts[:, 1] + counts[:, 2]
    return np.concatenate([_share(along), _share(across)], axis=1)


def _share(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of each class, shape (n_windows, _N_ORBITS), from counts of runs."""
    return np.add.reduceat(counts[:, _ORDER], _STARTS, axis=1) / counts.sum(axis=1, keepdims=True)


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
    measure=measure,
    cost=0.06,
)
