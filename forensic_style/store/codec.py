"""Outcomes as bytes, for the journal and for other machines: a head in JSON, the picture, the values. No pickle."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from forensic_style.measuring import KnownImage, MeasuredImage, Outcome
from forensic_style.table import ImageRecord, SkippedImage
from forensic_style.windows import Window

_LENGTHS = struct.Struct("<II")  # of the head and of the picture; what follows is values
_VALUES = np.dtype("<f4")
_RECORD = [field.name for field in fields(ImageRecord)]


def encode_outcome(outcome: Outcome) -> bytes:
    """The bytes of an outcome, from which it comes back as it was."""
    picture, values = b"", b""
    if isinstance(outcome, SkippedImage):
        head: dict[str, Any] = {"skipped": asdict(outcome)}
    elif isinstance(outcome, KnownImage):
        head = {"known": asdict(outcome)}
    else:
        record = {name: getattr(outcome.record, name) for name in _RECORD}  # asdict copies everything, for a quarter ms
        picture, values = record.pop("thumbnail"), outcome.values.astype(_VALUES).tobytes()
        head = {
            "record": record,
            "windows": [
                (window.number, window.top, window.left, window.height, window.width) for window in outcome.windows
            ],
            "missing": outcome.missing.tolist(),
            "families": outcome.families,
        }
    written = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([_LENGTHS.pack(len(written), len(picture)), written, picture, values])


def decode_outcome(data: bytes) -> Outcome:
    """The outcome that :func:`encode_outcome` wrote."""
    n_head, n_picture = _LENGTHS.unpack_from(data)
    start = _LENGTHS.size
    head = json.loads(data[start : start + n_head])
    if "skipped" in head:
        return SkippedImage(**head["skipped"])
    if "known" in head:
        return KnownImage(**head["known"])
    picture = bytes(data[start + n_head : start + n_head + n_picture])
    windows = tuple(Window(*window) for window in head["windows"])
    values = np.frombuffer(data, _VALUES, offset=start + n_head + n_picture).astype(np.float32)
    record = head["record"] | {"notes": tuple(head["record"]["notes"]), "thumbnail": picture}
    return MeasuredImage(
        ImageRecord(**record),
        windows,
        values.reshape(len(windows), -1),
        np.array(head["missing"], dtype=bool),
        tuple(head["families"]),
    )
