"""JPEG files -> pixels, by libjpeg-turbo, with none of its warnings passed over."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from forensic_style.image import Plane
from forensic_style.jpeg import JpegStructure
from forensic_style.reading.task import Picture, ReadingTask

INK = "CMYK converted by (255 - ink) (255 - black) / 255"
_COLOUR_SPACES = {1: "GRAY", 3: "RGB", 4: "CMYK"}
_RED_GREEN_BLUE = (ord("R"), ord("G"), ord("B"))


@dataclass(frozen=True)
class JpegLuma:
    """The Y plane of a file whose pixels have been decoded."""

    task: ReadingTask
    structure: JpegStructure

    def begin(self) -> None:
        """There is nobody else to do it."""

    def decode(self) -> Plane:
        """Decode the file once more, without its colours."""
        return _decode(self.task, self.structure, "GRAY")[:, :, 0]


def decode_jpeg(task: ReadingTask) -> Picture:
    """Decode a JPEG file of 8 bit: grey, colour, or CMYK and YCCK.

    A warning of the decoder ("premature end", "extraneous bytes", "bad Huffman code") is damage, unless the rules say
    to measure damaged files. Where a channel is clipped on its way to RGB, the luma of the pixels is not the Y plane
    of the file any more (everywhere else it is, exactly): who needs it has it decoded.
    """
    structure = task.jpeg
    assert structure is not None
    if not structure.components:
        task.report_damage("there is no header of a frame")
    task.check_size(structure.rows, structure.columns)
    if structure.precision != 8:
        task.refuse(f"JPEG of {structure.precision} bits per sample is not supported. Convert it to PNG or TIFF.")
    if len(structure.components) not in _COLOUR_SPACES:
        task.refuse(f"JPEG of {len(structure.components)} components is not supported. Convert it to PNG or TIFF.")
    colour_space = _COLOUR_SPACES[len(structure.components)]
    pixels = _decode(task, structure, colour_space)
    if colour_space == "GRAY":
        return Picture(pixels[:, :, 0])
    if colour_space == "CMYK":
        inverted = structure.adobe_transform is not None
        return Picture(convert_ink(pixels, task, is_inverted=inverted), notes=(INK,))
    return Picture(pixels, luma_source=JpegLuma(task, structure) if _has_luma(structure) else None)


def convert_ink(ink: NDArray[np.uint8], task: ReadingTask, *, is_inverted: bool) -> NDArray[np.uint8]:
    """Cyan, magenta, yellow, black -> red, green, blue by (255 - ink) (255 - black) / 255.

    `is_inverted` says that samples hold 255 - ink, as in JPEG files with Adobe's marker.
    """
    light = ink if is_inverted else cv2.bitwise_not(ink)
    channels = cv2.split(light)
    pixels = task.allocate((*ink.shape[:2], 3), np.uint8)
    cv2.merge([cv2.multiply(channel, channels[3], scale=1 / 255) for channel in channels[:3]], pixels)
    return pixels


def _decode(task: ReadingTask, structure: JpegStructure, colour_space: str) -> NDArray[np.uint8]:
    depth = {"GRAY": 1, "RGB": 3, "CMYK": 4}[colour_space]
    shape = (structure.rows, structure.columns, depth)
    buffer = np.empty(shape, np.uint8) if colour_space == "CMYK" else task.allocate(shape, np.uint8)
    try:
        strict = task.rules.damaged == "skip"
        return simplejpeg.decode_jpeg(task.data, colour_space, buffer=buffer, strict=strict)
    except ValueError as error:
        words = str(error).strip().rstrip(".")
        if "nsupported" in words or "not supported" in words or "not implemented" in words:
            task.refuse(f"{words}. Convert the file to PNG or TIFF.", cause=error)
        task.report_damage(words, reason="truncated" if "premature end" in words.lower() else "damaged", cause=error)


def _has_luma(structure: JpegStructure) -> bool:
    """Whether three components are Y, Cb, Cr: as libjpeg decides it."""
    identities = tuple(component.identifier for component in structure.components)
    if any(application.identity == "JFIF" for application in structure.applications):
        return True
    if structure.adobe_transform is not None:
        return structure.adobe_transform != 0
    return identities != _RED_GREEN_BLUE
