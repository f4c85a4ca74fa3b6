"""Clustering of more images than can be searched at once: a sample is searched, and what it shows is carried to all."""

from forensic_style.large.clustering import cluster_many
from forensic_style.large.records import LargeFigures, SamplingError
from forensic_style.large.result import LargeResult
from forensic_style.large.source import LargeSource, TableSource

__all__ = ["LargeFigures", "LargeResult", "LargeSource", "SamplingError", "TableSource", "cluster_many"]
