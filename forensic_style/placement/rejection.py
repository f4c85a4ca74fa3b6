"""What a cluster's own members show: how far they lie from its centre, and so which images belong to no cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.linalg
import scipy.stats
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from forensic_style.clusters.partition import (
    as_labels,
    average_parts,
    cut_tree,
    deal_folds,
    grow_tree,
    measure_distances,
)
from forensic_style.errors import ParameterError

FLOOR = 0.3  # standard deviations: columns that hardly vary within clusters are not taken as more exact than this
MOST_FOLDS = 5
FEWEST_PARTS = 12  # of images alike, dealt into the folds
LARGEST_PART = 1 / 3  # of the images in one part that is left out at a time
MOST_ROWS = 400  # images, and as many windows, that the scatter is learnt from
MOST_IN_TREE = 1000  # images that are compared by pairs to find those that resemble each other
FEWEST_MEASURED = 3
SMALLEST_LOG_SCALE = 0.05  # a twentieth of the distance, where members happen to lie equally far


@dataclass(frozen=True)
class _Metric:
    """Centres and scatter of some images.

    (S + t I)^-1 = (I - axes' axes) / t with t = `floor`. Clusters without images have the centre 0.
    """

    centres: NDArray[np.float64]
    axes: NDArray[np.float64]
    floor: float

    @classmethod
    def learn(
        cls, images: NDArray[np.float64], labels: NDArray[np.intp], within: NDArray[np.float64], ridge: float
    ) -> _Metric:
        """From images, their clusters, and scaled deviations of windows from their image."""
        centres = average_parts(images, labels)
        n_spare = max(1, len(images) - len(np.unique(labels)))
        kept = _thin(len(images), MOST_ROWS)
        among = (images - centres[labels])[kept] * np.sqrt(len(images) / (len(kept) * n_spare))
        scatter = np.vstack([among, within / np.sqrt(max(1, len(within)))])
        floor = ridge * float((scatter**2).sum()) / images.shape[1]
        floor = max(floor, 1e-12)  # no scatter at all: any does
        gram = scatter @ scatter.T + floor * np.eye(len(scatter))
        return cls(centres, scipy.linalg.solve_triangular(np.linalg.cholesky(gram), scatter, lower=True), floor)

    def measure(self, images: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distances from the centres, shape (n_images, n_clusters)."""
        squares = [_square(images - centre, self.axes) for centre in self.centres]
        return np.stack(squares, axis=1) / self.floor


class MemberDistances(BaseEstimator):
    """Distances of images from clusters in all columns, and the share of a cluster's own members that lie as far.

    A technology that no cluster shows may differ from all of them in directions that tell the clusters nothing. So
    the distance looks in every direction: d = (x - c)' (S + t I)^-1 (x - c) with c the cluster's centre, S the
    pooled scatter of images within their clusters plus that of windows within their images, and t = `ridge` times
    the mean variance.

    Members lie nearer to a centre and within a scatter that they had a part in. So what members show is measured on
    images left out: the contents are dealt into five folds, and each fold's images are measured by what the others
    taught. Where there are no contents, images are left out together with those that resemble them beyond their
    cluster: twelve or more parts of Ward's tree are dealt into the folds. The logarithms of these distances are taken
    as normal, and a new one is compared with them by Student's t: so a rate of 1 % can be stated with fewer than 100
    images.

    Parameters
    ----------
    ridge : float above 0
        Variance that every direction has beside what was seen, in shares of the mean variance.

    Attributes
    ----------
    factors_ : float64 array, shape (n_columns,), multiply the columns: 1 over their scatter within clusters; 0 where
        they take no part
    centres_ : float64 array, shape (n_clusters, n_columns), of the multiplied columns
    axes_ : float64 array, shape (n_axes, n_columns): (S + t I)^-1 = (I - axes' axes) / t
    floor_ : float, t
    log_mean_, log_scale_ : floats, mean and standard deviation of the logarithms of distances of images left out
    n_measured_ : int, images left out that could be measured; with fewer than three every share is 1

    Source
    ------
    Hotelling's distance with a ridge (Chen, Paul, Prentice and Wang, JASA 106, 2011) in its dual form; calibration on
    images that had no part, as in cross-conformal prediction (Vovk 2015), with a parametric tail.
    """

    def __init__(self, *, ridge: float = 0.4) -> None:
        self.ridge = ridge

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        groups: ArrayLike | None = None,
        content: ArrayLike | None = None,
        measured: ArrayLike | None = None,
    ) -> Self:
        """Learn distances, and what members show.

        Parameters
        ----------
        X : array, shape (n_rows, n_columns), standardized windows
        y : whole numbers, shape (n_rows,), the cluster of each row's image, 0 to n_clusters - 1; -1 for none: these
            rows take no part. None for a single cluster
        groups : array, shape (n_rows,), the image of each row; None where each row is an image of its own
        content : labels, shape (n_rows,), "" where unknown, or None
        measured : boolean array, shape (n_columns,), columns that take part; None for all
        """
        if not self.ridge > 0:
            raise ParameterError(f"The ridge of MemberDistances must be above 0. Got {self.ridge!r} instead.")
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64)
        if groups is not None and len(np.asarray(groups)) != len(rows):
            raise ParameterError(f"There are {len(rows)} rows and {len(np.asarray(groups))} groups. Give one per row.")
        labels, contents = _read_labels(y, len(rows)), _read_contents(content, len(rows))
        members = np.flatnonzero(labels >= 0)
        if not len(members):
            raise ParameterError("No row has a cluster, so there are no members to learn from. Give some a cluster.")
        codes = members if groups is None else np.asarray(groups)[members]
        _, firsts, codes = np.unique(codes, return_index=True, return_inverse=True)
        labels, rows = labels[members][firsts], rows[members]
        images = average_parts(rows, codes)
        self.factors_ = _choose_factors(images, labels, measured)
        images = images * self.factors_
        within, of_image = self._take_within(rows, codes, images)
        folds = _deal_folds(images, labels, None if contents is None else contents[members][firsts])
        self._calibrate(images, labels, within, of_image, folds)
        metric = _Metric.learn(images, labels, within, self.ridge)
        self.centres_, self.floor_ = metric.centres, metric.floor
        self.axes_ = metric.axes.astype(np.float32).astype(np.float64)  # as they are kept in a file
        return self

    def measure(self, X: ArrayLike, *, groups: ArrayLike | None = None) -> NDArray[np.float64]:
        """Distances d of images from clusters.

        Returns
        -------
        float64 array, shape (n_images, n_clusters), 0 or more.
        """
        return _Metric(self.centres_, self.axes_, self.floor_).measure(self._average(X, groups))

    def measure_pairs(self, X: ArrayLike, *, groups: ArrayLike | None = None) -> NDArray[np.float64]:
        """Distances d between images, shape (n_images, n_images)."""
        images = self._average(X, groups)
        return _Metric(images, self.axes_, self.floor_).measure(images)

    def share_as_far(self, distances: ArrayLike) -> NDArray[np.float64]:
        """Share of a cluster's own members that lie as far, 0..1, of the shape of `distances`."""
        check_is_fitted(self)
        values = np.asarray(distances, dtype=np.float64)
        if self.n_measured_ < FEWEST_MEASURED:
            return np.ones_like(values)
        scale = self.log_scale_ * np.sqrt(1 + 1 / self.n_measured_)
        deviations = (np.log(np.maximum(values, 1e-300)) - self.log_mean_) / scale
        return np.asarray(scipy.stats.t.sf(deviations, self.n_measured_ - 1))

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Share of members that lie as far as each row, in the cluster that suits it best; shape (n_rows,)."""
        return self.share_as_far(self.measure(X)).max(axis=1)

    def _average(self, X: ArrayLike, groups: ArrayLike | None) -> NDArray[np.float64]:
        """Images in the multiplied columns."""
        check_is_fitted(self)
        rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64, reset=False)
        images = rows if groups is None else average_parts(rows, np.asarray(groups, dtype=np.intp))
        return images * self.factors_

    def _take_within(
        self, rows: NDArray[np.float64], codes: NDArray[np.intp], images: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Deviations of some windows from their image, of mean square the variance within; and their images."""
        n_spare = len(rows) - len(images)
        kept = _thin(len(rows), MOST_ROWS) if n_spare else np.empty(0, dtype=np.intp)
        deviations = rows[kept] * self.factors_ - images[codes[kept]]
        return deviations * np.sqrt(len(rows) / max(1, n_spare)), codes[kept]

    def _calibrate(
        self,
        images: NDArray[np.float64],
        labels: NDArray[np.intp],
        within: NDArray[np.float64],
        of_image: NDArray[np.intp],
        folds: NDArray[np.intp],
    ) -> None:
        """Learn how far images lie from their own cluster where they had no part in it."""
        logs = []
        for fold in range(int(folds.max()) + 1):
            train = folds != fold
            test = ~train & np.isin(labels, labels[train])
            if test.any():
                metric = _Metric.learn(images[train], labels[train], within[train[of_image]], self.ridge)
                own = metric.measure(images[test])[np.arange(test.sum()), labels[test]]
                logs.append(np.log(np.maximum(own, 1e-300)))
        values = np.sort(np.concatenate(logs)) if logs else np.zeros(0)
        self.n_measured_ = len(values)
        self.log_mean_ = float(values.mean()) if len(values) else 0.0
        scale = float(values.std(ddof=1)) if len(values) > 1 else 0.0
        self.log_scale_ = max(scale, SMALLEST_LOG_SCALE)


def _square(X: NDArray[np.float64], axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared lengths of the rows, less those of their projections to the axes."""
    return np.maximum((X**2).sum(axis=1) - ((X @ axes.T) ** 2).sum(axis=1), 0.0)


def _thin(n_rows: int, most: int) -> NDArray[np.intp]:
    """Numbers of at most so many rows, evenly spread."""
    return np.unique(np.linspace(0, n_rows - 1, min(n_rows, most)).round().astype(np.intp))


def _choose_factors(
    images: NDArray[np.float64], labels: NDArray[np.intp], measured: ArrayLike | None
) -> NDArray[np.float64]:
    residuals = images - average_parts(images, labels)[labels]
    n_spare = max(1, len(images) - len(np.unique(labels)))
    factors = 1 / np.sqrt((residuals**2).sum(axis=0) / n_spare + FLOOR**2)
    if measured is None:
        return factors
    part = np.asarray(measured, dtype=bool)
    if part.shape != factors.shape:
        raise ParameterError(
            f"There are {len(factors)} columns and {part.size} truths. Say of each if it was measured."
        )
    return np.where(part, factors, 0.0)


def _deal_folds(
    images: NDArray[np.float64], labels: NDArray[np.intp], contents: NDArray[np.str_] | None
) -> NDArray[np.intp]:
    """Fold of each image: images of one content together, or where there is none those that are alike."""
    if contents is not None and len(np.unique(contents[contents != ""])) > 1:
        parts = np.unique(contents, return_inverse=True)[1]
    else:
        parts = _find_alike(images - average_parts(images, labels)[labels])
    return deal_folds(parts, MOST_FOLDS)


def _find_alike(residuals: NDArray[np.float64]) -> NDArray[np.intp]:
    """Parts of images that resemble each other beyond their cluster: at least twelve, none with over a third of all."""
    kept = _thin(len(residuals), MOST_IN_TREE)
    tree = grow_tree(residuals[kept])
    for n_parts in range(min(FEWEST_PARTS, len(kept)), len(kept) + 1):
        parts = cut_tree(tree, n_parts)
        if np.bincount(parts).max() <= LARGEST_PART * len(kept):
            break
    if len(kept) == len(residuals):
        return parts
    return measure_distances(residuals, average_parts(residuals[kept], parts)).argmin(axis=1)


def _read_labels(y: ArrayLike | None, n_rows: int) -> NDArray[np.intp]:
    if y is None:
        return np.zeros(n_rows, dtype=np.intp)
    given = np.asarray(y)
    if given.shape != (n_rows,):
        raise ParameterError(f"There are {n_rows} rows and labels of shape {given.shape}. Give one label per row.")
    labels = given.astype(np.intp)
    if (labels != given).any() or labels.min() < -1:
        raise ParameterError("Clusters of MemberDistances must be whole numbers from -1 on.")
    return labels


def _read_contents(content: ArrayLike | None, n_rows: int) -> NDArray[np.str_] | None:
    if content is None:
        return None
    labels = np.array(as_labels(np.asarray(content, dtype=object).ravel()), dtype=str)
    if len(labels) != n_rows:
        raise ParameterError(f"There are {n_rows} rows and {len(labels)} content labels. Give one label per row.")
    return labels
