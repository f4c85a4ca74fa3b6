"""One pass over all images: what is kept of each."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.errors import TableError
from forensic_style.large.labels import Asked
from forensic_style.large.projection import Projector
from forensic_style.large.properties import PropertyReader
from forensic_style.large.source import LargeSource
from forensic_style.table import FingerprintTable

IMAGES_PER_BLOCK = 2048
UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class Gathered:
    """All images in the order of the source.

    Parameters
    ----------
    coordinates : float32 array, shape (n_images, n_dimensions), in the metric of the clusters
    leading : float32 array, shape (n_images, n_leading), in the leading directions without any limit
    hashes : uint64 array, shape (n_images,), the first eight bytes of the SHA-256 of each file
    contents : uint32 array, shape (n_images,), a check sum of each content label
    named : int32 array, shape (n_images,), the cluster that has the name of the image's known style; -1 for none
    others : for each further model the nearest of its clusters, int32 arrays of shape (n_images,)
    sampled : integer array, shape (n_sample,), the place of each image of the sample
    properties : for the audit
    n_unseen_contents, n_unnamed : images with contents, and with known styles, that the sample does not have
    """

    coordinates: NDArray[np.float32]
    leading: NDArray[np.float32]
    hashes: NDArray[np.uint64]
    contents: NDArray[np.uint32]
    named: NDArray[np.int32]
    others: tuple[NDArray[np.int32], ...]
    sampled: NDArray[np.intp]
    properties: PropertyReader
    n_unseen_contents: int
    n_unnamed: int

    def put_in_order(self) -> NDArray[np.intp]:
        """An order of the images that depends on neither names nor their own order."""
        return np.lexsort((self.contents, self.hashes))


class _Gatherer:
    def __init__(self, n_images: int, projector: Projector, others: Sequence[Projector], asked: Asked) -> None:
        self.projector, self.asked, self.further = projector, asked, others
        self.coordinates = np.empty((n_images, projector.centres.shape[1]), dtype=np.float32)
        self.leading = np.empty((n_images, projector.n_leading), dtype=np.float32)
        self.hashes = np.empty(n_images, dtype=np.uint64)
        self.contents = np.zeros(n_images, dtype=np.uint32)
        self.named = np.full(n_images, UNKNOWN, dtype=np.int32)
        self.others = tuple(np.empty(n_images, dtype=np.int32) for _ in others)
        self.properties = PropertyReader(n_images, has_content=asked.content is not None)
        self.seen = projector.list_contents()
        self.n_unseen = self.n_unnamed = 0

    def read(self, block: FingerprintTable, start: int, named: Mapping[str, int]) -> None:
        part = slice(start, start + len(block.images))
        content, covariates = self.asked.read_content(block.images), self.asked.read_covariates(block)
        self.coordinates[part], leading = self.projector.place(block, content, covariates)
        self.leading[part, : leading.shape[1]] = leading
        for nearest, projector in zip(self.others, self.further, strict=True):
            nearest[part] = projector.find_nearest(block, content, covariates)
        self.hashes[part] = [int(image.sha256[:16], 16) for image in block.images]
        if content is not None:
            self.contents[part] = [zlib.crc32(label.encode("utf-8", "surrogatepass")) for label in content]
            self.n_unseen += sum(bool(label) and label not in self.seen for label in content) if self.seen else 0
        known = self.asked.read_known(block.images)
        if known is not None:
            self.named[part] = [named.get(style, UNKNOWN) if style else UNKNOWN for style in known]
            self.n_unnamed += sum(bool(style) and style not in named for style in known)
        self.properties.read(block.images, content, start)


def gather(
    source: LargeSource,
    projector: Projector,
    others: Sequence[Projector],
    asked: Asked,
    *,
    sample: Sequence[str],
    names: Sequence[str],
) -> Gathered:
    """Read all images once.

    Parameters
    ----------
    source : of the images
    projector : brings them to the clusters of the sample
    others : bring them to clusters found otherwise
    asked : what is known of them
    sample : paths of the sample's images
    names : of the sample's clusters, "" for none

    Raises
    ------
    TableError
        where the source holds another number of images than it says, or not those of its sample.
    """
    found = _Gatherer(source.n_images, projector, others, asked)
    named = {name: number for number, name in enumerate(names) if name}
    place_of, start = dict.fromkeys(sample, UNKNOWN), 0
    for block in source.blocks(IMAGES_PER_BLOCK):
        if start + len(block.images) <= source.n_images:
            found.read(block, start, named)
        place_of |= {path: place for place, path in enumerate(block.paths, start) if path in place_of}
        start += len(block.images)
    if start != source.n_images or UNKNOWN in place_of.values():
        raise TableError(
            f"The fingerprints hold {start:,} images, and not the {source.n_images:,} that were counted, or not those "
            "of the sample. They were changed meanwhile: run again."
        )
    return Gathered(
        coordinates=found.coordinates,
        leading=found.leading,
        hashes=found.hashes,
        contents=found.contents,
        named=found.named,
        others=found.others,
        sampled=np.array([place_of[path] for path in sample], dtype=np.intp),
        properties=found.properties,
        n_unseen_contents=found.n_unseen,
        n_unnamed=found.n_unnamed,
    )
