"""What the page's scripts, or another program, need to know of a result: plain lists in the order of the images."""

from __future__ import annotations

import base64
import os
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.audit.claims import name_camera
from forensic_style.clusters.partition import average_parts
from forensic_style.report.files import count_members
from forensic_style.report.words import show_bytes
from forensic_style.result import ClusterResult
from forensic_style.table import FingerprintTable, ImageRecord

MOST_EMBEDDED = 20_000  # images whose tree and places are written into the page
MOST_VALUES = 4_000_000  # of columns, a byte each: with more images the page holds fewer columns
MOST_THUMBNAILS = 6_000_000  # bytes of thumbnails beside those on the sheets
MISSING = 255  # the byte of a value that there is none of
TAILS = (1.0, 99.0)  # percent of the images between which a column's shades are spread


def collect_data(result: ClusterResult, shown: Collection[int] = ()) -> dict[str, Any]:
    """What is needed to draw the page again with other clusters.

    Parameters
    ----------
    result : what was found
    shown : numbers of images whose thumbnails are on the page already

    Returns
    -------
    JSON values. Numbers carry six digits; the label -1 is no cluster. Of more than 20,000 images only the counts are
    given. `words` are properties of the images in words, `numbers` in numbers (None where unknown). `columns` are
    image means of fingerprints: one byte per image in base64, 0 to 254 from `low` to `high`, 255 for missing;
    `strength` is the share of its variance between images that goes with the clusters.
    """
    data: dict[str, Any] = {
        "version": 2,
        "n_images": len(result.labels),
        "n_skipped": len(result.table.skipped),
        "sizes": count_members(result),
    }
    if len(result.labels) > MOST_EMBEDDED:
        return data
    images = result.table.images
    return data | {
        "names": list(result.names),
        "paths": result.table.paths,
        "sha256": [image.sha256 for image in images],
        "bytes": [image.n_bytes for image in images],
        "labels": result.labels.tolist(),
        "confidences": [round(value, 4) for value in result.confidences.tolist()],  # as in clusters.csv
        "content": None if result.content is None else list(result.content),
        "known": None if result.known is None else list(result.known),
        "positions": [[_round(x), _round(y)] for x, y in result.positions.tolist()],
        "tree": [[int(a), int(b), _round(height), int(n)] for a, b, height, n in result.tree.tolist()],
        "words": list_words(result),
        "numbers": list_numbers(result),
        "columns": quantize_columns(result.table, result.labels),
        "thumbnails": choose_thumbnails(images, result.labels, shown),
        "axes": None
        if result.axes is None
        else {
            "acquisition": result.axes.acquisition.labels.tolist(),
            "processing": result.axes.processing.labels.tolist(),
        },
    }


def list_words(result: ClusterResult) -> dict[str, list[str]]:
    """Properties of each image in words, "" where unknown; those that no image has are left out."""
    images = result.table.images
    words = {
        "content": list(result.content or ()),
        "known style": list(result.known or ()),
        "format": [image.format for image in images],
        "size": [f"{image.columns} × {image.rows}" for image in images],  # noqa: RUF001
        "JPEG sampling": [image.jpeg_sampling for image in images],
        "claimed camera": [name_camera(image.claims) for image in images],
        "claimed software": [image.claims.get("software", "").strip() for image in images],
        "folder": [os.path.dirname(image.path) for image in images],
        "file": [show_bytes(image.n_bytes) for image in images],
        "notes": ["; ".join(image.notes) for image in images],
    }
    return {name: values for name, values in words.items() if any(values)}


def list_numbers(result: ClusterResult) -> dict[str, list[float | None]]:
    """Properties of each image in numbers, None where unknown; those that never vary are left out."""
    images = result.table.images
    numbers: dict[str, list[float | None]] = {
        "confidence": [_round(value) for value in result.confidences.tolist()],
        "megapixels": [_round(image.rows * image.columns / 1e6) for image in images],
        "bit depth": [image.bit_depth for image in images],
        "bytes per pixel": [_round(image.n_bytes / (image.rows * image.columns)) for image in images],
        "JPEG quality": [image.jpeg_quality for image in images],
        "brightness": [_round_known(image.brightness) for image in images],
        "sharpness": [_round_known(image.sharpness) for image in images],
        "texture": [_round_known(image.texture) for image in images],
    }
    return {name: values for name, values in numbers.items() if len(set(values)) > 1}


def quantize_columns(table: FingerprintTable, labels: NDArray[np.intp]) -> list[dict[str, Any]]:
    """The columns that vary, in the order of the table; with many images those that go most with the clusters."""
    means = average_parts(table.values.astype(np.float64), table.groups)
    missing = np.repeat(table.missing, [family.dimension for family in table.families], axis=1)
    strengths = _measure_strengths(means, missing, labels)
    varying = np.flatnonzero(strengths >= 0)
    kept = varying[np.argsort(-strengths[varying], kind="stable")][: MOST_VALUES // max(1, len(means))]
    names = [
        (family.name, group.label, place if group.size > 1 else None)
        for family in table.families
        for group in family.groups
        for place in range(group.size)
    ]
    return [
        _quantize(means[:, column], missing[:, column]) | _name(table, names, column, float(strengths[column]))
        for column in np.sort(kept).tolist()
    ]


def _name(
    table: FingerprintTable, names: Sequence[tuple[str, str, int | None]], column: int, strength: float
) -> dict[str, Any]:
    family, label, place = names[column]
    words = label if place is None else f"{label}, {place + 1}"
    return {"name": table.columns[column], "family": family, "label": words, "strength": round(strength, 3)}


def _measure_strengths(
    means: NDArray[np.float64], missing: NDArray[np.bool_], labels: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Share of each column's variance between clusters, 0..1; -1 for columns that do not vary."""
    inside = labels >= 0
    codes, known = labels[inside], ~missing[inside]
    values = np.where(known, means[inside], 0.0)
    n_known = np.maximum(known.sum(axis=0), 1)
    values = np.where(known, values - values.sum(axis=0) / n_known, 0.0)
    total = (values**2).sum(axis=0)
    members = np.eye(int(labels.max()) + 1)[codes]
    sizes = np.maximum(members.T @ known, 1.0)
    between = ((members.T @ values) ** 2 / sizes).sum(axis=0)
    return np.where(total > 1e-12 * n_known, between / np.maximum(total, 1e-300), -1.0)


def _quantize(values: NDArray[np.float64], missing: NDArray[np.bool_]) -> dict[str, Any]:
    known = values[~missing]
    low, high = np.percentile(known, TAILS) if len(known) else (0.0, 0.0)
    low, high = (low, high) if high > low else (float(known.min()), float(known.max()))
    steps = np.clip(np.rint((values - low) / max(high - low, 1e-300) * (MISSING - 1)), 0, MISSING - 1)
    codes = np.where(missing, MISSING, steps).astype(np.uint8)
    return {"low": _round(low), "high": _round(high), "codes": base64.b64encode(codes.tobytes()).decode("ascii")}


def choose_thumbnails(
    images: Sequence[ImageRecord], labels: NDArray[np.intp], shown: Collection[int]
) -> dict[int, str]:
    """Thumbnails in base64 of images that are not on the page yet, evenly over the clusters, up to 6 MB of them."""
    on_page = set(shown)
    rank = np.zeros(len(labels), dtype=np.intp)
    for cluster in np.unique(labels):
        members = np.flatnonzero(labels == cluster)
        rank[members] = np.arange(len(members))
    chosen: dict[int, str] = {}
    room = MOST_THUMBNAILS
    for number in np.argsort(rank, kind="stable").tolist():
        room -= 0 if number in on_page else len(images[number].thumbnail) * 4 // 3
        if room < 0:
            break
        if number not in on_page and images[number].thumbnail:
            chosen[number] = base64.b64encode(images[number].thumbnail).decode("ascii")
    return dict(sorted(chosen.items()))


def _round_known(value: float | None) -> float | None:
    return None if value is None else _round(value)


def _round(value: float) -> float:
    return float(f"{value:.6g}")
