"""Where many images come from: a sample with all windows, and every image's mean row, block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from forensic_style.errors import TableError
from forensic_style.sampling import MOST_SEARCHED, average_images, choose_share, is_sampled
from forensic_style.table import FamilyRecord, FingerprintTable, ImageRecord, SkippedImage


class LargeSource(Protocol):
    """Measured images, too many to hold all their windows in memory.

    Every pass over it gives the same images in the same order, that of their paths.
    """

    @property
    def n_images(self) -> int:
        """Images that were measured."""

    @property
    def n_inputs(self) -> int:
        """Inputs in all, the skipped ones too."""

    @property
    def families(self) -> tuple[FamilyRecord, ...]:
        """The families measured, in the order of their columns."""

    def sample(self) -> FingerprintTable:
        """The images of the sample with all their windows and thumbnails. Its skipped images may be left out."""

    def blocks(self, n: int) -> Iterator[FingerprintTable]:
        """All images in turn, at most `n` at a time, one mean row each: see :mod:`forensic_style.sampling`."""

    def records(self) -> Iterator[ImageRecord]:
        """All images in turn, without their values; no thumbnails are needed."""

    def skipped(self) -> Iterable[SkippedImage]:
        """The inputs that were not measured, in turn."""


class TableSource:
    """A table in memory as a source.

    Parameters
    ----------
    table : fingerprints of all images
    most : images in the sample, at most
    """

    def __init__(self, table: FingerprintTable, *, most: int = MOST_SEARCHED) -> None:
        paths = table.paths
        in_order = sorted(range(len(paths)), key=paths.__getitem__)
        self.table = table if paths == sorted(paths) else table.select_images(in_order)
        self.share = choose_share(self.n_inputs, most=most)

    @property
    def n_images(self) -> int:
        """Images that were measured."""
        return len(self.table.images)

    @property
    def n_inputs(self) -> int:
        """Inputs in all, the skipped ones too."""
        return len(self.table.images) + len(self.table.skipped)

    @property
    def families(self) -> tuple[FamilyRecord, ...]:
        """The families measured."""
        return self.table.families

    def sample(self) -> FingerprintTable:
        """The images whose SHA-256 is low enough."""
        chosen = [number for number, image in enumerate(self.table.images) if is_sampled(image.sha256, self.share)]
        if not chosen:
            raise TableError(f"None of the {self.n_images} images is in the sample. Let it be larger.")
        return self.table.select_images(chosen)

    def blocks(self, n: int) -> Iterator[FingerprintTable]:
        """All images, in the order of their paths."""
        for start in range(0, self.n_images, n):
            block = self.table.select_images(np.arange(start, min(start + n, self.n_images)))
            yield average_images(block, np.ones(len(block.images), dtype=bool))

    def records(self) -> Iterator[ImageRecord]:
        """All images, in the order of their paths."""
        return iter(self.table.images)

    def skipped(self) -> Iterable[SkippedImage]:
        """The inputs that were not measured."""
        return self.table.skipped
