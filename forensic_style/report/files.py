"""Every file, and the same once more for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forensic_style.report.palette import Mark
from forensic_style.report.words import show_bytes
from forensic_style.result import ClusterResult

MOST_FILES = 2000
MOST_SKIPPED = 500
MOST_EMBEDDED = 20_000  # images whose tree and places are written into the page


@dataclass(frozen=True, slots=True)
class FileRow:
    """A measured file."""

    image: int
    path: str
    mark: Mark
    confidence: float
    content: str
    format: str
    size: str
    notes: str


def list_files(result: ClusterResult) -> tuple[FileRow, ...]:
    """The first 2,000 files in the order of their paths."""
    content = result.content or ("",) * len(result.labels)
    return tuple(
        FileRow(
            image=number,
            path=image.path,
            mark=Mark(int(result.labels[number])),
            confidence=float(result.confidences[number]),
            content=content[number],
            format=image.format,
            size=f"{image.columns} × {image.rows} px, {show_bytes(image.n_bytes)}",  # noqa: RUF001
            notes="; ".join(image.notes),
        )
        for number, image in enumerate(result.table.images[:MOST_FILES])
    )


def count_members(result: ClusterResult) -> list[int]:
    """Images of each cluster; those that belong to none are in no count."""
    inside = result.labels[result.labels >= 0]
    return [int(count) for count in np.bincount(inside, minlength=result.n_clusters)]


def collect_data(result: ClusterResult) -> dict[str, Any]:
    """What a program, or a later version of this page, needs to draw it: lists in the order of the images.

    Numbers carry six digits; the label -1 is no cluster. Of more than 20,000 images only the counts are given.
    """
    data: dict[str, Any] = {
        "version": 1,
        "n_images": len(result.labels),
        "n_skipped": len(result.table.skipped),
        "sizes": count_members(result),
    }
    if len(result.labels) > MOST_EMBEDDED:
        return data
    return data | {
        "paths": result.table.paths,
        "labels": result.labels.tolist(),
        "confidences": [_round(value) for value in result.confidences.tolist()],
        "content": None if result.content is None else list(result.content),
        "positions": [[_round(x), _round(y)] for x, y in result.positions.tolist()],
        "tree": [[int(a), int(b), _round(height), int(n)] for a, b, height, n in result.tree.tolist()],
    }


def _round(value: float) -> float:
    return float(f"{value:.6g}")
