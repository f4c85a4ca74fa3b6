"""SupervisedRepresentation: a small classifier of the labels there are, without its head."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from forensic_style.clusters.partition import as_labels
from forensic_style.errors import ParameterError

MOST_STEPS = 200


class SupervisedRepresentation(TransformerMixin, BaseEstimator):
    """Represent rows as the last hidden layer of a network that was taught the few labels there are.

    A perceptron with rectified units learns to tell the labelled rows apart; the layer that names the classes is then
    dropped. With two to twenty labels per style none can be held out to tell when to stop, so that the weights are
    kept small instead (`penalty`). Several networks from different starts stand side by side: one alone depends on its
    start.

    Parameters
    ----------
    hidden : tuple of int
        Units of each layer; the last is the representation.
    penalty : float
        On the squared weights, against the cross entropy.
    n_networks : int
        Networks taught from different starts; their layers stand side by side.
    random_state : int
        Seed of the starts.

    Attributes
    ----------
    styles_ : array of str, the labels learnt
    networks_ : list of scikit-learn's MLPClassifier
    mean_, scale_ : of the columns, of all rows; labelled or not

    Source
    ------
    The representation of a classifier without its head: Razavian et al., "CNN features off-the-shelf", CVPR workshops
    2014; the penalty: Krogh and Hertz, "A simple weight decay can improve generalization", NIPS 1991.
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (128, 32),
        *,
        penalty: float = 0.1,
        n_networks: int = 5,
        random_state: int = 0,
    ) -> None:
        self.hidden = hidden
        self.penalty = penalty
        self.n_networks = n_networks
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from the labelled rows.

        Parameters
        ----------
        X : array, shape (n_rows, n_columns)
        y : labels, shape (n_rows,), None or "" where unknown

        Raises
        ------
        ParameterError
            with labels of fewer than two styles, or not one per row.
        """
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64)
        self._check()
        labels = np.array(as_labels(np.asarray(y, dtype=object).ravel()), dtype=str)
        if len(labels) != len(rows):
            raise ParameterError(f"There are {len(rows)} rows and {len(labels)} labels. Give one label per row.")
        labelled = labels != ""
        self.styles_ = np.unique(labels[labelled])
        if len(self.styles_) < 2:
            raise ParameterError(
                f"A classifier needs labels of two styles at least. Got {len(self.styles_)}. Label more images."
            )
        self.mean_ = rows.mean(axis=0)
        self.scale_ = float(np.sqrt(rows.var(axis=0).max())) or 1.0  # one for all: components keep their weight
        scaled = (rows[labelled] - self.mean_) / self.scale_
        self.networks_ = [self._teach(scaled, labels[labelled], start) for start in range(self.n_networks)]
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """The last hidden layer, float64 array, shape (n_rows, n_networks * hidden[-1])."""
        check_is_fitted(self)
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64, reset=False)
        layers = []
        for network in self.networks_:
            layer = (rows - self.mean_) / self.scale_
            for weights, offsets in zip(network.coefs_[:-1], network.intercepts_[:-1], strict=True):
                layer = np.maximum(layer @ weights + offsets, 0.0)
            layers.append(layer)
        return np.hstack(layers)

    def _teach(self, X: NDArray[np.float64], labels: NDArray[np.str_], start: int) -> Any:
        network = MLPClassifier(
            tuple(self.hidden),
            solver="lbfgs",
            alpha=self.penalty,
            max_iter=MOST_STEPS,
            random_state=self.random_state + start,
        )
        with warnings.catch_warnings(), threadpool_limits(1):  # small products gain nothing from threads
            warnings.simplefilter("ignore", ConvergenceWarning)  # near enough after so many steps
            return network.fit(X, labels)

    def _check(self) -> None:
        if not (len(self.hidden) >= 1 and min(self.hidden) >= 1):
            raise ParameterError(f"hidden must name one layer at least, of one unit or more. Got {self.hidden!r}.")
        if not (self.penalty > 0 and self.n_networks >= 1):
            raise ParameterError(
                f"The penalty must be above 0 and n_networks at least 1. Got {self.penalty!r} and {self.n_networks!r}."
            )
