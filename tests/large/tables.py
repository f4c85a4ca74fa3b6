"""Tables of images that nobody measured: technologies, contents and windows drawn from normal distributions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

import forensic_style as fs
from forensic_style.table import FamilyRecord, FingerprintTable, ImageRecord

FAMILIES = ("block_grid", "sharpening")
WINDOWS = 2


def draw_table(
    n_images: int, *, shares: Sequence[float] = (0.5, 0.3, 0.2), n_contents: int = 4, n_odd: int = 0, seed: int = 0
) -> FingerprintTable:
    """Images of as many technologies as there are shares, with labels `technology` and `object`; the last are odd."""
    random = np.random.default_rng(seed)
    families = tuple(FamilyRecord.of(family) for family in fs.CATALOGUE if family.name in FAMILIES)
    n_columns = sum(family.dimension for family in families)
    technology = random.choice(len(shares), n_images, p=shares)
    content = random.integers(n_contents, size=n_images)
    centres = random.normal(0, 0.05, (len(shares), n_columns))
    effects = random.normal(0, 0.02, (n_contents, n_columns))
    images = centres[technology] + effects[content] + random.normal(0, 0.01, (n_images, n_columns))
    images[n_images - n_odd :] += random.normal(0, 1.0, (n_odd, n_columns))
    roots = 1 + np.repeat(images, WINDOWS, axis=0) + random.normal(0, 0.01, (WINDOWS * n_images, n_columns))
    names = [f"{number:05d}.png" for number in range(n_images)]
    records = tuple(
        ImageRecord(
            path=name,
            sha256=hashlib.sha256(f"{seed} {name}".encode()).hexdigest(),
            format="PNG" if number % 3 else "JPEG",
            rows=64,
            columns=96,
            n_bytes=1000 + number,
            labels={"technology": f"t{technology[number]}", "object": f"c{content[number]}"},
            brightness=float(number % 17),
        )
        for number, name in enumerate(names)
    )
    windows = np.tile(np.array([[0, 0, 0, 64, 48], [1, 0, 48, 64, 48]], dtype=np.int32), (n_images, 1))
    shown = np.repeat(
        [group.kind == "histogram" for family in families for group in family.groups],
        [group.size for family in families for group in family.groups],
    )
    values = np.where(shown, roots**2, roots).astype(np.float32)
    groups = np.repeat(np.arange(n_images), WINDOWS)
    return FingerprintTable(records, (), families, values, groups, windows, np.zeros((n_images, 2), dtype=bool))
