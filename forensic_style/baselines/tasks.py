"""What a method is given and what it gives: plain matrices, labels, seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.baselines.predictability import ContentPredictability
from forensic_style.clusters.partition import is_whole
from forensic_style.errors import ParameterError

NEEDS = {
    "content": "content labels",
    "known": "known styles",
    "patches": "patches of the images",
    "deep": "PyTorch: pip install 'forensic_style[deep]'",
}
"""What a method may need, and how to say so."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Patches:
    """High-pass patches of images.

    Parameters
    ----------
    values : float32 array, shape (n_patches, rows, columns), residuals in standard deviations of the set or grey levels
    images : integer array, shape (n_patches,), number of the image of each; every image has one at least
    """

    values: NDArray[np.float32]
    images: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class MethodTask:
    """Images to be clustered, as a plain matrix.

    Parameters
    ----------
    X : float64 array, shape (n_images, n_columns), mean fingerprint of each image before any standardization
    shares : boolean array, shape (n_columns,), which columns are shares of a histogram; None for none
    missing : boolean array of the shape of X, values that were not measured; None where all were
    content : what each image shows, "" where unknown; None for no labels
    known : style of each image, "" where unknown; None for no labels
    n_clusters : how many are wanted
    random_state : seed of all that is drawn
    progress : called with the numbers of rounds done and of rounds at most; None for nobody who listens
    patches : for the methods that see pixels; None where there are none

    Raises
    ------
    ParameterError
        where the lengths differ, or more clusters are wanted than there are images.
    """

    X: NDArray[np.float64]
    shares: NDArray[np.bool_] | None = None
    missing: NDArray[np.bool_] | None = None
    content: list[str] | None = None
    known: list[str] | None = None
    n_clusters: int = 2
    random_state: int = 0
    progress: Progress | None = None
    patches: Patches | None = None

    def __post_init__(self) -> None:
        n_images = len(self.X)
        for words, labels in (("content labels", self.content), ("known styles", self.known)):
            if labels is not None and len(labels) != n_images:
                raise ParameterError(f"There are {n_images} images and {len(labels)} {words}. Give one per image.")
        if self.patches is not None and not np.array_equal(np.unique(self.patches.images), np.arange(n_images)):
            raise ParameterError(f"The patches are not those of {n_images} images. Give at least one patch per image.")
        if not (is_whole(self.n_clusters) and 1 <= self.n_clusters <= n_images):
            raise ParameterError(
                f"n_clusters must be a whole number in 1..{n_images}, the number of images. "
                f"Got {self.n_clusters!r} instead."
            )

    def list_unmet(self, needs: frozenset[str]) -> list[str]:
        """What of `needs`, in the order of NEEDS, is not here; labels that are all blank are none."""
        there = {
            "content": any(self.content or []),
            "known": any(self.known or []),
            "patches": self.patches is not None,
        }
        return [need for need in NEEDS if need in needs and not there.get(need, True)]


@dataclass(frozen=True, eq=False)
class MethodResult:
    """What a method found.

    Parameters
    ----------
    labels : integer array, shape (n_images,), 0 is the largest cluster
    seconds : that it took, by the clock
    notes : sentences about how it went
    content_before, content_after : how well the content can be told from the rows given, and from those that were
        clustered; None where there are no content labels to tell. What takes content means off is learnt anew without
        the rows held out: with these among them content is told worse than by chance, even where there was none.
        Of methods that are told the content what still is below chance is given as chance, and a note says so
    """

    labels: NDArray[np.intp]
    seconds: float
    notes: tuple[str, ...] = ()
    content_before: ContentPredictability | None = None
    content_after: ContentPredictability | None = None


@dataclass(frozen=True)
class Method:
    """A way to cluster images.

    Parameters
    ----------
    name : by which it is asked for
    title : a few words
    needs : out of NEEDS
    run : raises ParameterError where something that it needs is not there, ForensicStyleError where PyTorch is missing
    """

    name: str
    title: str
    needs: frozenset[str]
    run: Callable[[MethodTask], MethodResult]
