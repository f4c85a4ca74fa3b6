"""StyleModel: what a finished run keeps to place new images, without pickle."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forensic_style.clusters.clustering import StyleClustering
from forensic_style.clusters.limiting import NormLimiter
from forensic_style.clusters.partition import average_parts, measure_distances
from forensic_style.content.adjust import ContentAdjuster
from forensic_style.errors import TableError
from forensic_style.placement.archive import ArraySpec, load_arrays, save_arrays
from forensic_style.placement.rejection import MemberDistances
from forensic_style.search.replicates import ReplicateSpace
from forensic_style.search.views import Nuisances
from forensic_style.standardize import FingerprintScaler

FORMAT_VERSION = 2
LARGEST_TEXT = 1 << 26  # bytes of model.json: a million contents, and no more
_STEPS = {
    "shares": ArraySpec("bool", ("columns",)),
    "mean": ArraySpec("float64", ("columns",)),
    "scale": ArraySpec("float64", ("columns",), positive=True),
    "space_mean": ArraySpec("float64", ("columns",)),
    "directions": ArraySpec("float64", ("columns", "directions")),
    "effects": ArraySpec("float64", ("contents", "directions")),
    "covariate_means": ArraySpec("float64", ("covariates",)),
    "covariate_scales": ArraySpec("float64", ("covariates",), positive=True),
    "slopes": ArraySpec("float64", ("covariates", "directions")),
    "centres": ArraySpec("float64", ("clusters", "directions")),
    "metric": ArraySpec("float64", ("directions", "axes_of_metric")),
    "spread": ArraySpec("float64", ("axes_of_metric",), positive=True),
}
_LIMITER = {
    "limiter_centre": ArraySpec("float64", ("directions",)),
    "limiter_reach": ArraySpec("float64", ()),
}
_MEMBERS = {
    "member_factors": ArraySpec("float64", ("columns",)),
    "member_centres": ArraySpec("float64", ("clusters", "columns")),
    "member_axes": ArraySpec("float32", ("axes", "columns")),
    "member_floor": ArraySpec("float64", (), positive=True),
    "member_log_mean": ArraySpec("float64", ()),
    "member_log_scale": ArraySpec("float64", (), positive=True),
}


@dataclass(frozen=True)
class StyleModel:
    """The fitted steps from fingerprints to clusters.

    Parameters
    ----------
    columns : names of the fingerprint columns
    family_versions : version of each family
    scaler, space, limiter, adjuster, clustering : fitted; the limiter may be None
    spread : float64 array, one per column of the clustering's metric: variance in it of images within their cluster
        plus of windows within their image, which is what a window's distance from its cluster's centre is measured in
    members : knows what the clusters' own members show, in the standardized columns; None where that was not learnt
    """

    columns: tuple[str, ...]
    family_versions: dict[str, int]
    scaler: FingerprintScaler
    space: ReplicateSpace
    limiter: NormLimiter | None
    adjuster: ContentAdjuster
    clustering: StyleClustering
    spread: NDArray[np.float64]
    members: MemberDistances | None = None

    def project(
        self,
        values: ArrayLike,
        *,
        groups: NDArray[np.intp],
        content: ArrayLike | None = None,
        covariates: NDArray[np.float64] | None = None,
        missing: ArrayLike | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bring windows to the space of the clusters.

        Parameters
        ----------
        values : array, shape (n_windows, n_columns), fingerprints
        groups : integer array, shape (n_windows,), the image of each window, 0 to n_images - 1
        content : labels of the images, or None where unknown
        covariates : float64 array, shape (n_images, n_covariates), NaN where unknown, or None
        missing : boolean array of the shape of `values`, those that are no measurements; None for none

        Returns
        -------
        float64 arrays of shapes (n_images, n_directions) and (n_windows, n_directions)
        """
        windows = self.space.transform(self.scaler.transform(values, missing=missing))
        images = average_parts(windows, groups)
        if self.limiter is not None:
            images, windows = self.limiter.transform(images), self.limiter.transform(windows)
        shown = Nuisances(None if content is None else np.asarray(content, dtype=object), covariates)
        of_windows = shown.take(groups)
        return (
            self.adjuster.transform(images, content=shown.content, covariates=shown.covariates),
            self.adjuster.transform(windows, content=of_windows.content, covariates=of_windows.covariates),
        )

    def measure_members(
        self, values: ArrayLike, *, groups: NDArray[np.intp], missing: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Share of each cluster's own members that lie as far from its centre as each image.

        Takes fingerprints as :meth:`project` does. All shares are 1 where nothing was learnt of members.

        Returns
        -------
        float64 array, shape (n_images, n_clusters), 0..1
        """
        if self.members is None:
            return np.ones((int(groups.max()) + 1, len(self.clustering.cluster_centers_)))
        standardized = self.scaler.transform(values, missing=missing)
        return self.members.share_as_far(self.members.measure(standardized, groups=groups))

    def compare_clusters(self, windows: NDArray[np.float64], *, groups: NDArray[np.intp]) -> NDArray[np.float64]:
        """Posterior of each cluster, averaged over the windows of each image.

        Clusters are taken as equally likely Gaussians of the common variances `spread`.

        Returns
        -------
        float64 array, shape (n_images, n_clusters), rows sum to 1
        """
        turn = self.clustering.metric_ / np.sqrt(self.spread)
        distances = measure_distances(windows @ turn, self.clustering.cluster_centers_ @ turn)
        logits = -(distances - distances.min(axis=1, keepdims=True)) / 2
        posterior = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return average_parts(posterior, groups)

    def weigh(
        self, windows: NDArray[np.float64], *, groups: NDArray[np.intp], labels: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Confidence of each image in its cluster: the posterior; 0 for images that belong to none (-1).

        Returns
        -------
        float64 array, shape (n_images,), 0..1
        """
        posterior = self.compare_clusters(windows, groups=groups)
        return np.where(labels < 0, 0.0, posterior[np.arange(len(labels)), labels])

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
            "members_measured": None if self.members is None else self.members.n_measured_,
        }
        (Path(folder) / "model.json").write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")
        specs = _list_arrays(about)
        arrays = {name: np.asarray(value, dtype=specs[name].dtype) for name, value in self._collect().items()}
        save_arrays(Path(folder) / "model.npz", arrays)

    def _collect(self) -> dict[str, Any]:
        shares = np.zeros(len(self.columns)) if self.scaler.shares is None else self.scaler.shares
        arrays = {
            "shares": shares,
            "mean": self.scaler.mean_,
            "scale": self.scaler.scale_,
            "space_mean": self.space.mean_,
            "directions": self.space.directions_,
            "effects": self.adjuster.effects_,
            "covariate_means": self.adjuster.covariate_means_,
            "covariate_scales": self.adjuster.covariate_scales_,
            "slopes": self.adjuster.slopes_,
            "centres": self.clustering.cluster_centers_,
            "metric": self.clustering.metric_,
            "spread": self.spread,
        }
        if self.limiter is not None:
            arrays |= {"limiter_centre": self.limiter.centre_, "limiter_reach": self.limiter.reach_}
        if self.members is not None:
            arrays |= {name: getattr(self.members, name.removeprefix("member_") + "_") for name in _MEMBERS}
        return arrays


def load_model(folder: str | os.PathLike[str]) -> StyleModel:
    """Read a model that :meth:`StyleModel.save` wrote. Nothing in it is trusted, and nothing is executed.

    Raises
    ------
    TableError
        where a file is missing, damaged, of another version, or holds anything that is not known.
    """
    try:
        about = _read_about(Path(folder) / "model.json")
        if about.get("version") != FORMAT_VERSION or isinstance(about.get("version"), bool):
            raise TableError(
                f"The model in {os.fspath(folder)!r} has version {about.get('version')!r}, not {FORMAT_VERSION}. "
                "Run cluster again with this version of forensic_style."
            )
        _check_about(about)
        lengths = {"columns": len(about["columns"]), "contents": len(about["contents"])}
        return _rebuild(about, load_arrays(Path(folder) / "model.npz", _list_arrays(about), lengths=lengths))
    except (OSError, ValueError, EOFError, OverflowError, RuntimeError, zipfile.BadZipFile) as error:
        raise TableError(f"The model in {os.fspath(folder)!r} cannot be read: {error}. Run cluster again.") from error


def _read_about(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ValueError(f"there is no file {path.name}")
    if path.stat().st_size > LARGEST_TEXT:
        raise ValueError(f"{path.name} is far larger than any that is written")
    about = json.loads(path.read_text(encoding="utf-8"))
    return about if isinstance(about, dict) else {}


def _check_about(about: Mapping[str, Any]) -> None:
    """Make sure that model.json holds what is written, and nothing else."""
    rules: dict[str, Callable[[Any], bool]] = {
        "version": lambda _: True,
        "columns": lambda value: _are_texts(value) and len(value) > 0 and len(set(value)) == len(value),
        "family_versions": lambda value: isinstance(value, dict) and all(map(_is_count, value.values())),
        "clip": lambda value: isinstance(value, int | float) and 0 < value < float("inf"),
        "limited": lambda value: isinstance(value, bool),
        "contents": lambda value: _are_texts(value) and value == sorted(set(value)),
        "members_measured": lambda value: value is None or _is_count(value),
    }
    if set(about) != set(rules):
        raise ValueError(f"model.json has the keys {', '.join(sorted(about))}, not {', '.join(sorted(rules))}")
    for name, rule in rules.items():
        if not rule(about[name]):
            raise ValueError(f"{name} in model.json is not what is written there")


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53


def _list_arrays(about: Mapping[str, Any]) -> dict[str, ArraySpec]:
    limiter = _LIMITER if about["limited"] else {}
    members = {} if about["members_measured"] is None else _MEMBERS
    return _STEPS | limiter | members


def _gather_effects(contents: list[str], arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    kept = {f"{name}_": arrays[name] for name in ("effects", "covariate_means", "covariate_scales", "slopes")}
    return kept | {"contents_": np.array(contents, dtype=str)}


def _rebuild(about: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> StyleModel:
    n_columns, n_directions = arrays["directions"].shape
    scaler = FingerprintScaler(arrays["shares"], clip=about["clip"])
    space, adjuster = ReplicateSpace(max(1, n_directions)), ContentAdjuster(len(arrays["centres"]))
    clustering = StyleClustering(len(arrays["centres"]))
    limiter = NormLimiter() if about["limited"] else None
    fitted: list[tuple[Any, int, dict[str, Any]]] = [
        (scaler, n_columns, {"mean_": arrays["mean"], "scale_": arrays["scale"]}),
        (space, n_columns, {"mean_": arrays["space_mean"], "directions_": arrays["directions"]}),
        (adjuster, n_directions, _gather_effects(about["contents"], arrays)),
        (clustering, n_directions, {"cluster_centers_": arrays["centres"], "metric_": arrays["metric"]}),
    ]
    if limiter is not None:
        learnt = {"centre_": arrays["limiter_centre"], "reach_": float(arrays["limiter_reach"])}
        fitted.append((limiter, n_directions, learnt))
    members = None if about["members_measured"] is None else MemberDistances()
    if members is not None:
        kept = {name.removeprefix("member_") + "_": arrays[name].astype(np.float64) for name in _MEMBERS}
        scalars = {name: float(value) for name, value in kept.items() if value.ndim == 0}
        fitted.append((members, n_columns, kept | scalars | {"n_measured_": about["members_measured"]}))
    for estimator, n_features, attributes in fitted:
        vars(estimator).update(attributes, n_features_in_=n_features)
    return StyleModel(
        columns=tuple(about["columns"]),
        family_versions=about["family_versions"],
        scaler=scaler,
        space=space,
        limiter=limiter,
        adjuster=adjuster,
        clustering=clustering,
        spread=arrays["spread"],
        members=members,
    )
