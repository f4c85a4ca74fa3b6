"""Folders of fingerprints alone, as `extract` leaves them: here or on object storage."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from forensic_style.errors import TableError
from forensic_style.places import Place, is_url, open_place
from forensic_style.run.description import describe_fingerprints
from forensic_style.store import FingerprintStore
from forensic_style.table import SkippedImage
from forensic_style.writing import FINISHED, check_folder, format_csv, format_json

SKIPPED = "skipped.csv"


def check_extraction(location: str) -> None:
    """Make sure that fingerprints can be measured into a folder: a new one, or one that holds fingerprints alone.

    Raises
    ------
    TableError
        where it holds the result of `cluster`, or anything else.
    """
    if not is_url(location):
        check_folder(location, force=True)
    if not _is_extraction(open_place(location)):
        raise TableError(f"{location!r} already holds a result of cluster, with its fingerprints. Name another folder.")


def _is_extraction(place: Place) -> bool:
    if FINISHED not in place.list():
        return True
    try:
        with place.open(FINISHED) as file:
            return "clusters" not in json.load(file)
    except ValueError:
        return False


def save_extraction(store: FingerprintStore, location: str) -> None:
    """Write what was skipped, also by earlier commands, and `run.json` last, beside finished fingerprints.

    Raises
    ------
    TableError
        where writing fails.
    """
    place = open_place(location)
    try:
        known = set(store.list_paths())
        skipped = {image.path: image for image in _read_skipped(place) if image.path not in known} | store.skipped
        rows = [[image.path, image.reason, image.message] for _, image in sorted(skipped.items())]
        about = describe_fingerprints(
            store.families, store.list_hashes(), n_skipped=len(skipped), n_windows=store.n_rows
        )
        place.write(SKIPPED, format_csv(["path", "reason", "message"], rows).encode())
        place.write(FINISHED, format_json(about).encode())
    except OSError as error:
        reason = error.strerror or error
        raise TableError(f"Writing into {location!r} failed: {reason}. Make room and run again.") from error


def _read_skipped(place: Place) -> list[SkippedImage]:
    """What earlier commands skipped; none where there is no such table, or none that can be read."""
    if SKIPPED not in place.list():
        return []
    with place.open(SKIPPED) as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(file.read().decode("utf-8", "replace"))))
    return [
        SkippedImage(row["path"], row["reason"], row["message"])
        for row in rows
        if {"path", "reason", "message"} <= set(row)
    ]
