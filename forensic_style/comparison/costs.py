"""What it cost to come to a table: as far as the table or the log of its folder says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forensic_style.writing import LOG


@dataclass(frozen=True, slots=True)
class Cost:
    """Of measuring, not of clustering; None where that is not known.

    Parameters
    ----------
    cpu_seconds : of processor time for each image
    peak_bytes : of memory, of the largest process at any time
    weights_bytes : of the network
    """

    cpu_seconds: float | None = None
    peak_bytes: int | None = None
    weights_bytes: int | None = None


def read_cost(about: Mapping[str, Any], folder: Path | None) -> Cost:
    """What a table says of its making, or else the log beside it.

    Parameters
    ----------
    about : of the table
    folder : of the run or the extraction; None for none
    """
    logged = Cost() if folder is None else _read_log(folder / LOG)
    cpu_seconds = _read_number(about.get("cpu_seconds_per_image"))
    peak_bytes, weights_bytes = _read_number(about.get("peak_memory_bytes")), _read_number(about.get("weights_bytes"))
    return Cost(
        cpu_seconds=logged.cpu_seconds if cpu_seconds is None else cpu_seconds,
        peak_bytes=logged.peak_bytes if peak_bytes is None else int(peak_bytes),
        weights_bytes=None if weights_bytes is None else int(weights_bytes),
    )


def _read_log(path: Path) -> Cost:
    """Sums over all commands that measured into the folder; lines that are no events are passed over."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return Cost()
    seconds, n_images, peak = 0.0, 0, 0
    for event in map(_parse, lines):
        if event.get("event") != "measured":
            continue
        spent, highest = _read_number(event.get("cpu_seconds")), _read_number(event.get("peak_memory_bytes"))
        measured, before = _read_number(event.get("measured")), _read_number(event.get("known_before"))
        if spent is None or measured is None or before is None or measured <= before:
            continue  # on other machines, or nothing new
        seconds, n_images, peak = seconds + spent, n_images + int(measured - before), max(peak, int(highest or 0))
    return Cost(seconds / n_images, peak or None) if n_images else Cost()


def _parse(line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _read_number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
    return float(value) if is_number else None
