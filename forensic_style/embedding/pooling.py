"""Activations of a layer -> one vector for each image or window."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.errors import ParameterError

POOLINGS = ("mean", "deviation", "gram")
MOST_PAIRED = 128  # channels of a Gram matrix; more are projected onto as many first
_SEED = 19  # of the projection: its values are part of what the columns mean


def read_poolings(asked: str | Sequence[str]) -> tuple[str, ...]:
    """The poolings named, each once, in the order of POOLINGS.

    >>> read_poolings("mean+deviation"), read_poolings("all"), read_poolings(["gram"])
    (('mean', 'deviation'), ('mean', 'deviation', 'gram'), ('gram',))
    """
    names = [part for name in ([asked] if isinstance(asked, str) else asked) for part in name.split("+")]
    unknown = [name for name in names if name not in (*POOLINGS, "all")]
    if unknown or not names:
        raise ParameterError(
            f"There is no pooling {'+'.join(unknown)!r}. Choose from {', '.join(POOLINGS)}, joined by +, or all."
        )
    return tuple(name for name in POOLINGS if name in names or "all" in names)


def count_columns(n_channels: int, pooling: str) -> int:
    """Number of values that a pooling gives."""
    paired = min(n_channels, MOST_PAIRED)
    return paired * (paired + 1) // 2 if pooling == "gram" else n_channels


def pool_activations(activations: NDArray[np.floating[Any]], pooling: str) -> NDArray[np.float64]:
    """Vectors of what a layer gives.

    With f[c, p] the activation of channel c at place p, and P places: "mean" m[c] = sum_p f[c, p] / P; "deviation" the
    standard deviation of channel c over the places, with the divisor P; "gram" G[c, d] = sum_p f[c, p] f[d, p] / P for
    c <= d, row by row. Of more than 128 channels, 128 fixed random combinations take the place of f in the Gram
    matrix: distances stay about as they are.

    Parameters
    ----------
    activations : array, shape (n, n_channels, rows, columns) of a convolution, (n, n_tokens, n_channels) of a
        transformer, whose tokens are its places, or (n, n_channels) of what has no places
    pooling : out of POOLINGS; what has no places has its mean alone

    Returns
    -------
    float64 array, shape (n, n_columns), see :func:`count_columns`

    Source
    ------
    Gatys, Ecker and Bethge, "Image style transfer using convolutional neural networks", CVPR 2016, equation 3, here
    divided by the number of places; mean and deviation: Huang and Belongie, "Arbitrary style transfer in real-time with
    adaptive instance normalization", ICCV 2017, equations 5 and 6. Projection: Johnson and Lindenstrauss 1984.

    >>> f = np.array([[[[1.0, 3.0]], [[0.0, 2.0]]]])
    >>> [pool_activations(f, pooling).tolist() for pooling in POOLINGS]
    [[[2.0, 1.0]], [[1.0, 1.0]], [[5.0, 3.0, 2.0]]]
    """
    places = arrange_places(activations).astype(np.float64)
    if pooling == "mean":
        return places.mean(axis=2)
    if pooling == "deviation":
        return places.std(axis=2)
    n_channels, n_places = places.shape[1:]
    if n_channels > MOST_PAIRED:
        places = _draw_combinations(n_channels) @ places
        n_channels = MOST_PAIRED
    gram = places @ places.transpose(0, 2, 1) / n_places
    return gram[:, *np.triu_indices(n_channels)]


def arrange_places(activations: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """The same values as (n, n_channels, n_places)."""
    if activations.ndim == 2:
        return activations[:, :, None]
    if activations.ndim == 3:
        return activations.transpose(0, 2, 1)
    return activations.reshape(*activations.shape[:2], -1)


@cache
def _draw_combinations(n_channels: int) -> NDArray[np.float64]:
    """Shape (MOST_PAIRED, n_channels); NumPy's old generator, whose numbers never change."""
    drawn = np.random.RandomState(_SEED).standard_normal((MOST_PAIRED, n_channels))
    return drawn / np.sqrt(MOST_PAIRED)
