"""What a table knows of the files themselves, as further columns beside the fingerprints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Group
from forensic_style.table import FamilyRecord, ImageRecord


def read_facts(
    images: Sequence[ImageRecord],
) -> tuple[tuple[FamilyRecord, ...], NDArray[np.float64], NDArray[np.bool_]]:
    """The JPEG quality and sampling, and the format, of each file.

    Returns
    -------
    Two families without a name, the first of JPEG files alone; float64 array, shape (n_images, n_columns); boolean
    array, shape (n_images, 2), where they are missing.
    """
    samplings = sorted({image.jpeg_sampling for image in images} - {""})
    formats = sorted({image.format for image in images})
    qualities = np.array([image.jpeg_quality or 0 for image in images], dtype=np.float64)
    columns = [
        qualities,
        *(np.array([image.jpeg_sampling == sampling for image in images], dtype=np.float64) for sampling in samplings),
        *(np.array([image.format == name for image in images], dtype=np.float64) for name in formats),
    ]
    of_jpeg = (
        Group("quality", 1, "value", "JPEG quality", quantity="last JPEG quality"),
        *(_name_presence(f"JPEG colour sampling {sampling}") for sampling in samplings),
    )
    families = (
        FamilyRecord("", "File", "processing", 1, of_jpeg, "file", True),
        FamilyRecord("", "File", "processing", 1, tuple(_name_presence(f"{name} files") for name in formats), "file"),
    )
    missing = np.zeros((len(images), 2), dtype=bool)
    missing[:, 0] = qualities == 0
    return families, np.column_stack(columns), missing


def _name_presence(quantity: str) -> Group:
    return Group(quantity, 1, "value", quantity, quantity=quantity, threshold=0.5)
