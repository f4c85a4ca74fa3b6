"""Small stores for the tests: images on disk, measured into a folder in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import forensic_style as fs
from forensic_style.engines.threads import ThreadEngine
from forensic_style.extraction import extract_to, list_images, make_plan
from forensic_style.manifest import InputImage
from forensic_style.measuring import Plan
from forensic_style.sampling import MOST_SEARCHED
from forensic_style.store import FingerprintStore
from tests.samples import write_image

FAMILIES = ["tone", "lbp"]


def write_images(folder: Path, n_images: int, *, side: int = 64) -> list[InputImage]:
    """Images that differ, as inputs."""
    for number in range(n_images):
        write_image(folder / f"{number:03}.png", seed=number, side=side)
    return list_images(folder)


def plan_for(families: Sequence[str] = FAMILIES, *, windows: str = "auto") -> Plan:
    """A plan that decodes in this process."""
    return make_plan(list(families), windows=windows, isolated=False)


def measure_into(
    folder: Path,
    images: list[InputImage],
    *,
    plan: Plan | None = None,
    most: int = MOST_SEARCHED,
    keep_others: bool = False,
    after: Callable[[int], None] | None = None,
    renew: bool = False,
) -> tuple[fs.FingerprintTable, int]:
    """Measure what a folder does not have; the table, and how many images were known before."""

    def count(done: int, *_: int) -> None:
        if after is not None:
            after(done)

    with FingerprintStore(folder, plan or plan_for(), renew=renew) as store:
        extract_to(store, images, engine=ThreadEngine(1), most_searched=most, progress=count, keep_others=keep_others)
        return store.load(images), store.n_known


def assert_equal(one: fs.FingerprintTable, other: fs.FingerprintTable) -> None:
    """Two tables are the same, to the last bit."""
    assert one.images == other.images
    assert one.skipped == other.skipped
    assert one.families == other.families
    for name in ("values", "groups", "windows", "missing"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def relabel(images: Sequence[InputImage], **labels: str) -> list[InputImage]:
    """The same inputs with other labels."""
    return [replace(image, labels=labels) for image in images]
