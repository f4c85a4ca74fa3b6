"""The inputs in a store as a source of many images: see :class:`forensic_style.large.LargeSource`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from forensic_style.errors import TableError
from forensic_style.manifest import InputImage
from forensic_style.measuring import join_measured
from forensic_style.sampling import is_sampled
from forensic_style.store.folder import FingerprintStore
from forensic_style.table import FamilyRecord, FingerprintTable, ImageRecord, SkippedImage


class StoreSource:
    """Read many images from a store, a few at a time.

    Parameters
    ----------
    store : finished, still open
    images : inputs, in the order of their paths
    """

    def __init__(self, store: FingerprintStore, images: Sequence[InputImage]) -> None:
        self.store = store
        self.images = images

    @property
    def n_images(self) -> int:
        """Images that were measured."""
        return self.store.n_measured

    @property
    def n_inputs(self) -> int:
        """Inputs in all."""
        return len(self.images)

    @property
    def families(self) -> tuple[FamilyRecord, ...]:
        """The families asked for, in the order of their columns."""
        return tuple(family for family in self.store.families if family.name in self.store.asked)

    def sample(self) -> FingerprintTable:
        """The images of the sample with all their windows and thumbnails."""
        chosen = [image for image in self.images if self._is_sampled(image)]
        if not chosen:
            raise TableError(
                f"None of the {self.n_images:,} images is in the sample. Give a larger one (--sample N), or more files."
            )
        return replace(self.store.load(chosen), skipped=())

    def blocks(self, n: int) -> Iterator[FingerprintTable]:
        """All images in the order of their paths, at most `n` at a time, one mean row each."""
        images = self.store.read_images(self.images, means=True)
        while measured := list(islice(images, n)):
            yield join_measured(measured, (), self.store.families).select_families(self.store.asked)

    def records(self) -> Iterator[ImageRecord]:
        """All images in the order of their paths, without their values and thumbnails."""
        return self.store.read_records(self.images)

    def skipped(self) -> Iterable[SkippedImage]:
        """The inputs that were not measured, in the order of their paths."""
        return (self.store.skipped[path] for path in sorted(self.store.skipped))

    def _is_sampled(self, image: InputImage) -> bool:
        sha256 = self.store.find_hash(image.path)
        return sha256 is not None and is_sampled(sha256, self.store.plan.share)
