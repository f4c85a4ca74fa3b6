"""Tests of the report, and results to report that no image had to be read for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from scipy.cluster.hierarchy import linkage

from forensic_style.audit import Alignment, Audit
from forensic_style.clusters.joins import join_clusters
from forensic_style.clusters.splitting import Split
from forensic_style.explain import Trait
from forensic_style.family import Group
from forensic_style.placement.model import StyleModel
from forensic_style.result import ClusterResult
from forensic_style.search.evidence import Evidence
from forensic_style.table import FamilyRecord, FingerprintTable, ImageRecord, SkippedImage

FAMILY = FamilyRecord("noise", "Noise and its correlations", "acquisition", 3, (Group("level", 2, "value", "noise"),))


def make_table(
    paths: Sequence[str], *, skipped: Sequence[SkippedImage] = (), thumbnail: bytes = b"\xff\xd8 no JPEG"
) -> FingerprintTable:
    """A table of images of 640 x 480 pixels, one window each."""
    images = tuple(
        ImageRecord(path, f"{number:064x}", "JPEG", 480, 640, 123_456, ("turned",), {}, thumbnail)
        for number, path in enumerate(paths)
    )
    n_images = len(images)
    windows = np.tile(np.array([0, 0, 0, 480, 640], dtype=np.int32), (n_images, 1))
    values = np.zeros((n_images, 2), dtype=np.float32)
    missing = np.zeros((n_images, 1), dtype=bool)
    return FingerprintTable(images, tuple(skipped), (FAMILY,), values, np.arange(n_images), windows, missing)


ALIGNMENTS = (Alignment("file format", 2, 0.31, 0.25, 0.6), Alignment("content", 3, 0.04, -0.01, 0.4))


def make_result(labels: Sequence[int], **changes: Any) -> ClusterResult:
    """A result with these clusters, well apart on a line; keywords replace its parts, or name the paths."""
    parts = np.array(labels, dtype=np.intp)
    n_images, n_clusters = len(parts), int(parts.max()) + 1
    rng = np.random.default_rng(0)
    coordinates = rng.standard_normal((n_images, 3)) + parts[:, None] * [20.0, 5.0, 0.0]
    table = make_table(
        changes.pop("paths", [f"photos/{number:04d}.jpg" for number in range(n_images)]),
        skipped=changes.pop("skipped", ()),
        thumbnail=changes.pop("thumbnail", b"\xff\xd8 no JPEG"),
    )
    traits = tuple(
        (Trait("noise", "level", 2.5, f"more noise, kind {cluster}", True),) for cluster in range(n_clusters)
    )
    standard = {
        "table": table,
        "labels": parts,
        "confidences": np.linspace(0.4, 1.0, n_images),
        "tree": linkage(coordinates, "ward") if n_images > 1 else np.zeros((0, 4)),
        "coordinates": coordinates,
        "positions": coordinates[:, :2],
        "traits": traits if n_clusters > 1 else ((),),
        "joins": join_clusters(coordinates, parts),
        "cards": (),
        "audit": Audit(changes.pop("alignments", ALIGNMENTS)),
        "splits": (Split(n_images, (n_images - 1, 1), 0.512, 3e-7, 0.05), Split(n_images - 1, (1, 1), 0.9, 0.31, 0.04)),
        "evidence": Evidence(0.91, 0.62, 0.33),
        "warnings": (),
        "content": None,
        "known": None,
        "names": ("",) * n_clusters,
        "stabilities": np.empty(0),
        "numbers": (),
        "axes": None,
        "shares": (),
        "left_out": (),
        "settings": {"content": False, "clusters": "auto", "families": ["noise"], "linkage": "ward"},
        "timings": {"standardize": 0.25, "cluster": 1.5},
        "model": cast(StyleModel, None),
    }
    return ClusterResult(**{**standard, **changes})
