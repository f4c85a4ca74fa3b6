"""StyleModel: what a finished run keeps to place new images, without pickle."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forensic_style.adjust import ContentAdjuster
from forensic_style.clustering import StyleClustering
from forensic_style.errors import TableError
from forensic_style.partition import average_parts, measure_distances
from forensic_style.replicates import NormLimiter, ReplicateSpace
from forensic_style.standardize import FingerprintScaler

FORMAT_VERSION = 1


@dataclass(frozen=True)
class StyleModel:
    """The fitted steps from fingerprints to clusters.

    Parameters
    ----------
    columns : names of the fingerprint columns
    family_versions : version of each family
    scaler, space, limiter, adjuster, clustering : fitted; the limiter may be None
    spread : float64 array, shape (n_directions,), variance of images within their cluster plus of windows within
        their image: what a window's distance from its cluster's centre is measured in
    """

    columns: tuple[str, ...]
    family_versions: dict[str, int]
    scaler: FingerprintScaler
    space: ReplicateSpace
    limiter: NormLimiter | None
    adjuster: ContentAdjuster
    clustering: StyleClustering
    spread: NDArray[np.float64]

    def project(
        self,
        values: ArrayLike,
        *,
        groups: NDArray[np.intp],
        content: ArrayLike | None = None,
        missing: ArrayLike | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bring windows to the space of the clusters.

        Parameters
        ----------
        values : array, shape (n_windows, n_columns), fingerprints
        groups : integer array, shape (n_windows,), the image of each window, 0 to n_images - 1
        content : labels of the images, or None where unknown
        missing : boolean array of the shape of `values`, those that are no measurements; None for none

        Returns
        -------
        float64 arrays of shapes (n_images, n_directions) and (n_windows, n_directions)
        """
        windows = self.space.transform(self.scaler.transform(values, missing=missing))
        images = average_parts(windows, groups)
        if self.limiter is not None:
            images, windows = self.limiter.transform(images), self.limiter.transform(windows)
        if content is None:
            return images, windows
        labels = np.asarray(content, dtype=object)
        return (
            self.adjuster.transform(images, content=labels),
            self.adjuster.transform(windows, content=labels[groups]),
        )

    def weigh(
        self, windows: NDArray[np.float64], *, groups: NDArray[np.intp], labels: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Confidence of each image in its cluster: posterior of the cluster, averaged over the image's windows.

        Clusters are taken as equally likely Gaussians of the common variances `spread`.

        Returns
        -------
        float64 array, shape (n_images,), 0..1
        """
        scale = np.sqrt(self.spread)
        distances = measure_distances(windows / scale, self.clustering.cluster_centers_ / scale)
        logits = -(distances - distances.min(axis=1, keepdims=True)) / 2
        posterior = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return average_parts(posterior, groups)[np.arange(len(labels)), labels]

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write `model.json` and `model.npz` into a folder, which is made."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        about = {
            "version": FORMAT_VERSION,
            "columns": self.columns,
            "family_versions": self.family_versions,
            "clip": self.scaler.clip,
            "limited": self.limiter is not None,
            "contents": [str(label) for label in self.adjuster.contents_],
        }
        (Path(folder) / "model.json").write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")
        np.savez(Path(folder) / "model.npz", allow_pickle=False, **self._collect())

    def _collect(self) -> dict[str, Any]:
        shares = np.zeros(len(self.columns)) if self.scaler.shares is None else self.scaler.shares
        arrays = {
            "shares": np.asarray(shares, dtype=bool),
            "mean": self.scaler.mean_,
            "scale": self.scaler.scale_,
            "space_mean": self.space.mean_,
            "directions": self.space.directions_,
            "effects": self.adjuster.effects_,
            "centres": self.clustering.cluster_centers_,
            "spread": self.spread,
        }
        if self.limiter is not None:
            arrays |= {"limiter_centre": self.limiter.centre_, "limiter_reach": np.array(self.limiter.reach_)}
        return arrays


def load_model(folder: str | os.PathLike[str]) -> StyleModel:
    """Read a model that :meth:`StyleModel.save` wrote.

    Raises
    ------
    TableError
        where a file is missing, damaged or of another version.
    """
    try:
        about = json.loads((Path(folder) / "model.json").read_text(encoding="utf-8"))
        version = about.get("version") if isinstance(about, dict) else None
        if version != FORMAT_VERSION:
            raise TableError(f"The model in {os.fspath(folder)!r} has version {version!r}, not {FORMAT_VERSION}.")
        with (Path(folder) / "model.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return _rebuild(about, dict(arrays))
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise TableError(f"The model in {os.fspath(folder)!r} cannot be read: {error}. Run cluster again.") from error


def _rebuild(about: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> StyleModel:
    n_columns, n_directions = arrays["directions"].shape
    scaler = FingerprintScaler(arrays["shares"], clip=about["clip"])
    space, adjuster = ReplicateSpace(n_directions), ContentAdjuster(len(arrays["centres"]))
    clustering = StyleClustering(len(arrays["centres"]))
    limiter = NormLimiter() if about["limited"] else None
    fitted: list[tuple[Any, int, dict[str, Any]]] = [
        (scaler, n_columns, {"mean_": arrays["mean"], "scale_": arrays["scale"]}),
        (space, n_columns, {"mean_": arrays["space_mean"], "directions_": arrays["directions"]}),
        (adjuster, n_directions, {"contents_": np.array(about["contents"]), "effects_": arrays["effects"]}),
        (clustering, n_directions, {"cluster_centers_": arrays["centres"]}),
    ]
    if limiter is not None:
        learnt = {"centre_": arrays["limiter_centre"], "reach_": float(arrays["limiter_reach"])}
        fitted.append((limiter, n_directions, learnt))
    for estimator, n_features, attributes in fitted:
        vars(estimator).update(attributes, n_features_in_=n_features)
    versions = about["family_versions"]
    return StyleModel(tuple(about["columns"]), versions, scaler, space, limiter, adjuster, clustering, arrays["spread"])
