"""forensic_style: cluster images by the technology that made them, whatever they show.

    import forensic_style as fs

    table = fs.extract("photos/")
    result = fs.cluster(table, content=labels, n_clusters=None)
    result.save("run/")
    fs.load_run("run/").assign(fs.extract("new/"))

Names are loaded on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forensic_style.clusters.clustering import StyleClustering as StyleClustering
    from forensic_style.comparison import Comparison as Comparison
    from forensic_style.comparison import compare as compare
    from forensic_style.content.adjust import ContentAdjuster as ContentAdjuster
    from forensic_style.errors import ForensicStyleError as ForensicStyleError
    from forensic_style.evaluation import Evaluation as Evaluation
    from forensic_style.evaluation import evaluate as evaluate
    from forensic_style.extension import extend_run as extend_run
    from forensic_style.extraction import extract as extract
    from forensic_style.families import CATALOGUE as CATALOGUE
    from forensic_style.inspection import Inspection as Inspection
    from forensic_style.inspection import inspect as inspect
    from forensic_style.jpeg import JpegStructure as JpegStructure
    from forensic_style.jpeg import read_jpeg_structure as read_jpeg_structure
    from forensic_style.large import LargeResult as LargeResult
    from forensic_style.large import TableSource as TableSource
    from forensic_style.large import cluster_many as cluster_many
    from forensic_style.parquet import load_table as load_table
    from forensic_style.pipeline import cluster as cluster
    from forensic_style.placement.rejection import MemberDistances as MemberDistances
    from forensic_style.reading import ReadingRules as ReadingRules
    from forensic_style.reading import read_image as read_image
    from forensic_style.result import ClusterResult as ClusterResult
    from forensic_style.run import load_run as load_run
    from forensic_style.search.replicates import ReplicateSpace as ReplicateSpace
    from forensic_style.standardize import FingerprintScaler as FingerprintScaler
    from forensic_style.suggestion import Suggestion as Suggestion
    from forensic_style.suggestion import suggest as suggest
    from forensic_style.table import FingerprintTable as FingerprintTable

_HOMES = {
    "CATALOGUE": "families",
    "ClusterResult": "result",
    "Comparison": "comparison",
    "ContentAdjuster": "content.adjust",
    "Evaluation": "evaluation",
    "FingerprintScaler": "standardize",
    "FingerprintTable": "table",
    "ForensicStyleError": "errors",
    "Inspection": "inspection",
    "JpegStructure": "jpeg",
    "LargeResult": "large",
    "MemberDistances": "placement.rejection",
    "ReadingRules": "reading",
    "ReplicateSpace": "search.replicates",
    "StyleClustering": "clusters.clustering",
    "Suggestion": "suggestion",
    "TableSource": "large",
    "cluster": "pipeline",
    "cluster_many": "large",
    "compare": "comparison",
    "evaluate": "evaluation",
    "extend_run": "extension",
    "extract": "extraction",
    "inspect": "inspection",
    "load_run": "run",
    "load_table": "parquet",
    "read_image": "reading",
    "read_jpeg_structure": "jpeg",
    "suggest": "suggestion",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
