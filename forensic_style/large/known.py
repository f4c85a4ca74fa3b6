"""Images of a known style outside the sample: the search sees the mean rows of some of them."""

from __future__ import annotations

import numpy as np

from forensic_style.large.gathering import IMAGES_PER_BLOCK
from forensic_style.large.labels import Asked
from forensic_style.large.source import LargeSource
from forensic_style.parquet import join_tables
from forensic_style.table import FingerprintTable

MOST_KNOWN = 500  # images that join the sample


def add_known(source: LargeSource, sample: FingerprintTable, asked: Asked) -> FingerprintTable:
    """The sample with images of known styles from outside it, the same number of each style as far as there are.

    A few labelled images among a million are hardly ever in a sample of thousands. Their mean rows, which have no part
    in the scatter within images, are all that a search needs to learn styles from them.
    """
    chosen = _choose(source, {*sample.paths}, asked)
    if not chosen:
        return sample
    found = []
    for block in source.blocks(IMAGES_PER_BLOCK):
        numbers = [number for number, path in enumerate(block.paths) if path in chosen]
        if numbers:
            found.append(block.select_images(np.array(numbers, dtype=np.intp)))
    return join_tables([sample, *found])


def _choose(source: LargeSource, sampled: set[str], asked: Asked) -> set[str]:
    """Paths of the images to add; their SHA-256 decides, not their names."""
    if asked.known is None:
        return set()
    of_style: dict[str, list[tuple[str, str]]] = {}
    for image in source.records():
        (style,) = asked.read_known([image]) or [""]
        if style and image.path not in sampled:
            of_style.setdefault(style, []).append((image.sha256, image.path))
    n_each = max(1, MOST_KNOWN // max(1, len(of_style)))
    return {path for images in of_style.values() for _, path in sorted(images)[:n_each]}
