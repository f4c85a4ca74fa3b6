"""Measures a folder of images into a store, and shows the moment it begins: for tests that kill it."""

from __future__ import annotations

from pathlib import Path

from forensic_style import parquet
from forensic_style.store import rows, writer
from tests.store.measured import list_images, measure_into, plan_for

IMAGES_PER_PART = 5


def set_small_parts() -> None:
    """Parts of a few images, so that there are many moments between them."""
    size = IMAGES_PER_PART * 4 * 4 * sum(family.dimension for family in plan_for().families)
    for module in (parquet, writer, rows):
        module.PART_BYTES = size  # type: ignore[attr-defined]


def run(source: Path, out: Path, begun: Path) -> None:
    """Measure everything."""
    set_small_parts()
    begun.touch()
    measure_into(out, list_images(source))
