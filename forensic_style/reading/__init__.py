"""Files -> DecodedImage: bytes, format, completeness, pixels; or an error with a reason."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace

import numpy as np

from forensic_style.errors import ImageReadError, ImageTooLargeError
from forensic_style.image import DecodedImage, freeze
from forensic_style.jpeg import parse_jpeg
from forensic_style.reading.completeness import CHECKS, Problem, check_jpeg
from forensic_style.reading.extras import decode_heic, decode_raw
from forensic_style.reading.file import read_file
from forensic_style.reading.formats import recognize_format
from forensic_style.reading.jpeg_pixels import decode_jpeg
from forensic_style.reading.pillow_pixels import PILLOW_NAMES, decode_with_pillow
from forensic_style.reading.rules import DAMAGED_NOTE, ReadingRules
from forensic_style.reading.task import Allocate, Decoder, Picture, ReadingTask
from forensic_style.tiff import clean_claim, read_claims, read_directories

__all__ = ["DECODERS", "ReadingRules", "read_image"]

DECODERS: dict[str, Decoder] = {
    "JPEG": decode_jpeg,
    **dict.fromkeys(PILLOW_NAMES, decode_with_pillow),
    "HEIC": decode_heic,
    "camera RAW": decode_raw,
}


def read_image(
    path: str | os.PathLike[str],
    *,
    shown_as: str | None = None,
    rules: ReadingRules | None = None,
    allocate: Allocate = np.empty,
) -> DecodedImage:
    """Decode a file by its content, in this process.

    Parameters
    ----------
    path : where the file is
    shown_as : name for messages and tables; the path itself where None
    rules : limits, and what to do with damaged files. The limit of time is enforced by
        :class:`forensic_style.reading.isolation.IsolatedReader` only.
    allocate : memory for the pixels

    Raises
    ------
    ImageReadError
        with a reason out of :data:`forensic_style.errors.REASONS`. A file that is truncated, or damaged in a way that
        its structure, its check sums or its decoder show, is not measured in part unless the rules say so. (A bit
        that flips inside the compressed data of a JPEG can leave a file that is as valid as before.)
    ImageTooSmallError, ImageTooLargeError
        for images without room for one window of 32 x 32, or over the limits.
    """
    name, rules = shown_as or os.fspath(path), rules or ReadingRules()
    data = read_file(os.fspath(path), most_bytes=rules.most_bytes, name=name)
    task = _recognize(data, name, rules, allocate)
    problem = _find_problem(task)
    if problem is not None and rules.damaged == "skip":
        task.report_damage(problem[1], reason=problem[0])
    try:
        picture = DECODERS[task.format](task)
    except MemoryError as error:
        raise ImageTooLargeError("Decoding takes more memory than there is. Leave it out.", path=name) from error
    except ImageReadError as error:
        if problem is None or error.reason != "damaged":
            raise
        raise ImageReadError(str(error), path=name, reason=problem[0]) from error
    return _describe(task, picture, problem)


def _find_problem(task: ReadingTask) -> Problem | None:
    """What the structure of the file says of its being whole."""
    if task.jpeg is not None:
        return check_jpeg(task.jpeg)
    return CHECKS[task.format](task.data) if task.format in CHECKS else None


def _recognize(data: bytes, name: str, rules: ReadingRules, allocate: Allocate) -> ReadingTask:
    """The task of a file of a supported format."""
    format_name = recognize_format(data)
    task = ReadingTask(name, data, format_name or "unknown", rules, allocate)
    if not data:
        task.refuse("The file is empty. Get a complete copy, or leave it out.", reason="not_an_image")
    if format_name is None:
        message = f"No image format is recognised in the file's {len(data)} bytes. Leave it out, or convert it."
        task.refuse(message, reason="not_an_image")
    if format_name not in DECODERS:
        task.refuse(f"{format_name} files are not supported. Convert to PNG or TIFF.")
    return replace(task, jpeg=parse_jpeg(data)) if format_name == "JPEG" else task


def _describe(task: ReadingTask, picture: Picture, problem: Problem | None) -> DecodedImage:
    exif = task.jpeg.exif if task.jpeg is not None else picture.exif
    is_own_block = task.format in ("TIFF", "camera RAW")
    claims = read_claims(read_directories(task.data if is_own_block else exif))
    if picture.software:
        claims.setdefault("software", clean_claim(picture.software))
    notes = picture.notes
    if problem is not None:
        notes = (f"{problem[0]}{DAMAGED_NOTE}: {problem[1]}", *notes)
    return DecodedImage(
        path=task.name,
        sha256=hashlib.sha256(task.data).hexdigest(),
        n_bytes=len(task.data),
        format=task.format,
        pixels=freeze(picture.pixels),
        notes=notes,
        bit_depth=picture.bit_depth,
        luma_source=picture.luma_source,
        jpeg=task.jpeg,
        claims=claims,
    )
