"""PatchNetwork: a small convolutional classifier of high-pass patches, without its head."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from forensic_style.baselines.deep import Training, import_torch, on_one_thread, seeded, train_network
from forensic_style.baselines.layers import build_patch_encoder
from forensic_style.baselines.tasks import Patches
from forensic_style.clusters.partition import as_labels, average_parts
from forensic_style.errors import ParameterError

PATCHES_AT_ONCE = 512


class PatchNetwork(BaseEstimator):
    """Represent images as the last layer of a convolutional network that was taught the few labels there are.

    It learns to name the style of single patches, each also mirrored and turned over; then the layer that names them
    is dropped, and an image is the mean of its patches. Nothing can be held out of so few labels: it is trained for a
    fixed number of epochs, with decay of the weights.

    Needs PyTorch, on the processor alone, one thread of it: the sums of several would depend on their number.

    Parameters
    ----------
    n_units : int
        Length of the representation.
    n_epochs : int
        Each shows every patch in all four ways.
    random_state : int
        Seed of weights and of the order of the patches.

    Attributes
    ----------
    styles_ : array of str, the labels learnt
    scale_ : float, standard deviation of all patches
    encoder_ : torch module
    history_ : float64 array, shape (n_epochs, 2), cross entropy, twice the same

    Source
    ------
    A network on residuals whose features are averaged over the patch: Xu, Wu and Shi, "Structural design of
    convolutional neural networks for steganalysis", IEEE Signal Processing Letters 23(5), 2016; much smaller here.
    """

    def __init__(self, n_units: int = 32, *, n_epochs: int = 40, random_state: int = 0) -> None:
        self.n_units = n_units
        self.n_epochs = n_epochs
        self.random_state = random_state

    def fit(self, patches: Patches, y: ArrayLike, *, progress: Callable[[int, int], None] | None = None) -> Self:
        """Learn from the patches of labelled images.

        Parameters
        ----------
        patches : of all images
        y : label of each image, None or "" where unknown
        progress : called with epochs done and of all

        Raises
        ------
        ParameterError, ForensicStyleError
            with labels of fewer than two styles, or not one per image; without PyTorch.
        """
        if min(self.n_units, self.n_epochs) < 1:
            raise ParameterError(f"n_units and n_epochs must be at least 1: {self.n_units!r}, {self.n_epochs!r}.")
        labels = np.array(as_labels(np.asarray(y, dtype=object).ravel()), dtype=str)
        if len(labels) != int(patches.images.max()) + 1:
            raise ParameterError(
                f"There are {patches.images.max() + 1} images and {len(labels)} labels. Give one each."
            )
        self.styles_ = np.unique(labels[labels != ""])
        if len(self.styles_) < 2:
            raise ParameterError(
                f"A classifier needs labels of two styles at least. Got {len(self.styles_)}. Label more images."
            )
        torch = import_torch()
        chosen = np.flatnonzero(labels[patches.images] != "")
        self.scale_ = float(patches.values.std()) or 1.0
        targets = torch.from_numpy(np.searchsorted(self.styles_, labels[patches.images[chosen]]))
        values = torch.from_numpy(patches.values[chosen] / np.float32(self.scale_))
        with seeded(self.random_state):
            self.encoder_ = build_patch_encoder(self.n_units)
            head = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(self.n_units, len(self.styles_)))
        network = torch.nn.Sequential(self.encoder_, head)

        def measure_loss(rows: NDArray[np.intp]) -> Any:
            numbers, way = rows // 4, torch.from_numpy(rows % 4)[:, None, None]
            seen = values[numbers]
            seen = torch.where(way % 2 == 1, seen.flip(1), seen)
            seen = torch.where(way >= 2, seen.flip(2), seen)
            return torch.nn.functional.cross_entropy(network(seen), targets[numbers])

        training = Training(
            rate=3e-3,
            decay=1e-2,
            most_epochs=self.n_epochs,
            patience=self.n_epochs,
            random_state=self.random_state,
        )
        rows = np.arange(4 * len(chosen))
        with on_one_thread():
            self.history_ = train_network(network, measure_loss, rows, rows[:0], training, progress=progress)
        return self

    def transform(self, patches: Patches) -> NDArray[np.float64]:
        """The last layer, rectified, averaged over the patches of each image: float64, shape (n_images, n_units)."""
        check_is_fitted(self)
        torch = import_torch()
        parts = []
        with torch.no_grad(), on_one_thread():
            for start in range(0, len(patches.values), PATCHES_AT_ONCE):
                seen = torch.from_numpy(patches.values[start : start + PATCHES_AT_ONCE] / np.float32(self.scale_))
                parts.append(torch.relu(self.encoder_(seen)).numpy())
        return average_parts(np.concatenate(parts).astype(np.float64), patches.images)
