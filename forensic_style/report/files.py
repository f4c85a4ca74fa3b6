"""Every file, a row each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forensic_style.report.palette import Mark
from forensic_style.result import ClusterResult

MOST_FILES = 5000
MOST_SKIPPED = 500


@dataclass(frozen=True, slots=True)
class FileRow:
    """A measured file; `known` is "" where its technology was not given."""

    image: int
    path: str
    mark: Mark
    confidence: float
    content: str
    known: str
    format: str
    pixels: str
    n_bytes: int
    notes: str


def list_files(result: ClusterResult) -> tuple[FileRow, ...]:
    """The first 5,000 files in the order of their paths."""
    content, known = (labels or ("",) * len(result.labels) for labels in (result.content, result.known))
    return tuple(
        FileRow(
            image=number,
            path=image.path,
            mark=Mark(int(result.labels[number])),
            confidence=float(result.confidences[number]),
            content=content[number],
            known=known[number],
            format=image.format,
            pixels=f"{image.columns} × {image.rows}",  # noqa: RUF001
            n_bytes=image.n_bytes,
            notes="; ".join(image.notes),
        )
        for number, image in enumerate(result.table.images[:MOST_FILES])
    )


def count_members(result: ClusterResult) -> list[int]:
    """Images of each cluster; those that belong to none are in no count."""
    inside = result.labels[result.labels >= 0]
    return [int(count) for count in np.bincount(inside, minlength=result.n_clusters)]
