"""SPAM: how differences between neighbouring pixels follow each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group
from forensic_style.image import WindowStack
from forensic_style.kernels.co_occurrence import count_difference_triples

THRESHOLD = 3


def _find_orbits(threshold: int) -> NDArray[np.intp]:
    """Number the classes of triples (u, v, w) that negation or reversal turns into each other.

    Negation (the inverted image) gives (-u, -v, -w), the opposite direction (-w, -v, -u). For a threshold of 3
    there are (343 + 1 + 49 + 7) / 4 = 100 classes.
    """
    n = 2 * threshold + 1
    index = np.arange(n**3).reshape(n, n, n)
    inverted = index[::-1, ::-1, ::-1]
    smallest = np.minimum(np.minimum(index, inverted), np.minimum(index, inverted).transpose(2, 1, 0))
    return np.unique(smallest, return_inverse=True)[1].ravel()


_ORBITS = _find_orbits(THRESHOLD)
_N_ORBITS = int(_ORBITS.max()) + 1
_ORDER = np.argsort(_ORBITS, kind="stable")  # the members of the first class first
_STARTS = np.searchsorted(_ORBITS[_ORDER], np.arange(_N_ORBITS))


def measure(windows: WindowStack) -> NDArray[np.float64]:
    """Share of each class of difference triples on the luma, straight directions first, then diagonal ones.

    With D the difference of neighbouring samples truncated to -3..3, the share of triples
    (D[p], D[p + s], D[p + 2s]) over both horizontal and both vertical directions s, then over the four diagonal
    ones, summed over the classes of :func:`_find_orbits` in the order of their smallest member.

    Returns
    -------
    float64 array, shape (n_windows, 200), each half summing to 1. A flat window: one share is 1 in each half.

    Cost: two histogram increments per pixel, half as many as there are triples. 16-bit images are rounded to 8 bit
    first.

    Source: Pevny, Bas, Fridrich 2010, equations 1 to 6 and section III.B; joint shares instead of transition
    probabilities, and merged with the inverted image (the paper keeps 343 + 343 values).
    """
    counts = count_difference_triples(windows.luma_8bit, THRESHOLD)
    counts = counts.reshape(len(counts), 4, -1)
    straight, diagonal = counts[:, 0] + counts[:, 1], counts[:, 2] + counts[:, 3]
    return np.concatenate([_share(straight), _share(diagonal)], axis=1)


def _share(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of each class, shape (n_windows, _N_ORBITS), from counts of triples."""
    return np.add.reduceat(counts[:, _ORDER], _STARTS, axis=1) / counts.sum(axis=1, keepdims=True)


def unfold(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The features of the paper's reference implementation (SPAM-686), from the counts of the four directions.

    Each direction and its opposite, which is the same counts re-indexed from (u, v, w) to (-w, -v, -u), give their
    shares; the mean over the straight directions comes first, then the mean over the diagonal ones.

    Parameters
    ----------
    counts : int64 array, shape (4, 7, 7, 7), one window of :func:`count_difference_triples`

    Returns
    -------
    float64 array, shape (686,), each half summing to 1; in each, differences in the order of the run, -3 to 3.

    Examples
    --------
    >>> flat = count_difference_triples(np.zeros((1, 8, 8), np.uint8), 3)[0]
    >>> np.flatnonzero(unfold(flat)).tolist()
    [171, 514]
    """
    shares = counts / counts.sum(axis=(1, 2, 3), keepdims=True)
    shares = (shares + shares[:, ::-1, ::-1, ::-1].transpose(0, 3, 2, 1)) / 2
    return np.concatenate([(shares[0] + shares[1]).ravel(), (shares[2] + shares[3]).ravel()]) / 2


FAMILY = FingerprintFamily(
    name="spam",
    title="Neighbouring differences (SPAM)",
    axis="acquisition",
    version=1,
    groups=(
        Group("straight", _N_ORBITS, "histogram", "grain (steps from pixel to pixel)"),
        Group("diagonal", _N_ORBITS, "histogram", "grain along the diagonals"),
    ),
    smallest=(32, 32),
    sources=(
        Citation(
            "Pevny, Bas, Fridrich",
            "Steganalysis by subtractive pixel adjacency matrix",
            "IEEE TIFS 5(2)",
            2010,
        ),
    ),
    cannot_tell="An image from its negative, mirror image or quarter turn; strong noise from fine texture.",
    measure=measure,
    cost=0.05,
)
