"""Large sets of known technology: how the clustering of many images agrees with the truth and with that of all at once.

A set is drawn from measured images: each new image is a turn of two images of one technology and one content about
their common mean, windows and all, so that scatter between and within images is that of the real ones.

    python tests/benchmarks/large_sets.py FINGERPRINTS TRUTH.csv [--images 20000] [--most 5000] [--compare]

FINGERPRINTS is a folder that `extract` or `cluster` wrote, TRUTH.csv has the columns path, technology and a third
one, what the image shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forensic_style.table import FingerprintTable, ImageRecord


@dataclass(frozen=True, eq=False)
class DrawnSet:
    """Images of known technology and content."""

    table: FingerprintTable
    technologies: list[str]
    contents: list[str]


def draw_images(
    table: FingerprintTable,
    technologies: Sequence[str],
    contents: Sequence[str],
    *,
    n_images: int,
    shares: Sequence[float] | None = None,
    seed: int = 0,
) -> DrawnSet:
    """Draw images like those of a table.

    Parameters
    ----------
    table : of measured images
    technologies, contents : of each of its images
    n_images : to draw
    shares : of the technologies, in the order of their names; None where all are as frequent as in the table
    seed : of the draws
    """
    random = np.random.default_rng(seed)
    rows_of = np.split(np.arange(len(table.groups)), np.cumsum(table.count_windows())[:-1])
    roots = np.where(table.shares, np.sqrt(np.maximum(table.values, 0)), table.values).astype(np.float32)
    cells: dict[tuple[str, str], list[int]] = {}
    for number, cell in enumerate(zip(technologies, contents, strict=True)):
        cells.setdefault(cell, []).append(number)
    names = sorted(set(technologies))
    chances = np.array([technologies.count(name) for name in technologies], dtype=np.float64) ** -1
    weight_of = dict(zip(names, shares, strict=True)) if shares else {name: technologies.count(name) for name in names}
    chances *= [weight_of[name] for name in technologies]
    firsts = random.choice(len(technologies), n_images, p=chances / chances.sum())
    centres = {
        cell: roots[np.concatenate([rows_of[n] for n in members])].mean(axis=0) for cell, members in cells.items()
    }
    values, records, counts = [], [], []
    windows = []
    for number, first in enumerate(firsts):
        cell = technologies[first], contents[first]
        second = cells[cell][random.integers(len(cells[cell]))]
        rows = rows_of[first]
        others = rows_of[second][np.arange(len(rows)) % len(rows_of[second])]
        angle = random.uniform(0, np.pi / 2) if second != first else 0.0
        centre = centres[cell]
        drawn = centre + np.cos(angle) * (roots[rows] - centre) + np.sin(angle) * (roots[others] - centre)
        values.append(np.where(table.shares, np.maximum(drawn, 0) ** 2, drawn).astype(np.float32))
        windows.append(table.windows[rows])
        counts.append(len(rows))
        records.append(_rename(table.images[first], number, seed))
    order = np.argsort([record.path for record in records])
    drawn_table = FingerprintTable(
        tuple(records),
        (),
        table.families,
        np.concatenate(values),
        np.repeat(np.arange(n_images), counts),
        np.concatenate(windows),
        table.missing[firsts],
    )
    return DrawnSet(
        drawn_table.select_images(order),
        [technologies[firsts[place]] for place in order],
        [contents[firsts[place]] for place in order],
    )


def _rename(record: ImageRecord, number: int, seed: int) -> ImageRecord:
    name = f"drawn-{number:07d}"
    return replace(record, path=name, sha256=hashlib.sha256(f"{seed} {name}".encode()).hexdigest(), thumbnail=b"")
