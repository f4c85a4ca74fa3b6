"""How the residuals of red, green and blue go together at one sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group
from forensic_style.image import WindowStack
from forensic_style.kernels.colour_co_occurrence import count_colour_triples

_SKIP = 3  # a period of 6 rows, so that no row of a JPEG block is preferred


def _find_orbits(threshold: int) -> NDArray[np.intp]:
    """Number the classes of triples (red, green, blue) that negation, the inverted image, turns into each other."""
    n = 2 * threshold + 1
    index = np.arange(n**3)
    return np.unique(np.minimum(index, index[::-1]), return_inverse=True)[1].ravel()


_WIDE, _NARROW = _find_orbits(2), _find_orbits(1)
_N_WIDE, _N_NARROW = int(_WIDE.max()) + 1, int(_NARROW.max()) + 1
_TO_WIDE, _TO_NARROW = np.eye(_N_WIDE)[_WIDE], np.eye(_N_NARROW)[_NARROW]  # add up the members of each class


def measure(windows: WindowStack) -> NDArray[np.float64]:
    """Share of each class of triples of residuals, over all samples, then apart for the two kinds of diagonals.

    First the square residual of 3x3 samples, (2 near - corners - 4 sample) / 4 with the sums of the nearest and of
    the diagonal neighbours, truncated to -2..2. Then the residual (4 sample - near) / 8, truncated to -1..1, at the
    samples where row plus column has the parity at which green is rougher (has fewer residuals of 0), and at the
    others; in a Bayer lattice one of them is the places of green. Each share counts a triple and its negation; the
    classes come in the order of their smallest member.

    Returns
    -------
    float64 array, shape (n_windows, 91): 63, 14 and 14 shares, each summing to 1. A flat window: the class of no
    residual is 1 in each part. A grey window: only the classes of three equal residuals are filled.

    Cost: two passes over a third of the rows, one histogram increment per sample each. 16-bit images are rounded to
    8 bit first.

    Source: Goljan, Cogranne, Fridrich 2014, section III.B; Goljan, Fridrich 2015. Differs from the papers: two
    residuals instead of all of the rich model, truncation at 2 and 1, and two places of the lattice instead of four,
    ordered by the image itself, so that a crop does not exchange them.
    """
    planes = windows.channels_8bit
    square = count_colour_triples(planes, 2, -1, 2, 2, _SKIP).sum(axis=1)
    cross = count_colour_triples(planes, -1, 0, 3, 1, _SKIP)
    smooth = cross[:, :, :, 1].sum(axis=(2, 3)) / cross.sum(axis=(2, 3, 4))
    cross = cross.reshape(len(cross), 2, -1)
    rougher = np.where(smooth[:, :1] > smooth[:, 1:], cross[:, 1], cross[:, 0])
    smoother = cross.sum(axis=1) - rougher
    parts = [square.reshape(len(square), -1) @ _TO_WIDE, rougher @ _TO_NARROW, smoother @ _TO_NARROW]
    return np.concatenate([part / part.sum(axis=1, keepdims=True) for part in parts], axis=1)


FAMILY = FingerprintFamily(
    name="colour_co_occurrence",
    title="Residuals of the three colours together",
    axis="acquisition",
    version=1,
    groups=(
        Group("square", _N_WIDE, "histogram", "how grain goes together in red, green and blue"),
        Group("rougher", _N_NARROW, "histogram", "the same on the diagonals where green is rougher"),
        Group("smoother", _N_NARROW, "histogram", "the same on the diagonals where green is smoother"),
    ),
    smallest=(32, 32),
    sources=(
        Citation("Goljan, Cogranne, Fridrich", "Rich model for steganalysis of color images", "IEEE WIFS", 2014),
        Citation("Goljan, Fridrich", "CFA-aware features for steganalysis of color images", "SPIE 9409", 2015),
    ),
    cannot_tell="An image from its negative, mirror image or quarter turn; which of red and blue comes first in the "
    "colour filter array; grey images by colour.",
    measure=measure,
    cost=0.04,
)
