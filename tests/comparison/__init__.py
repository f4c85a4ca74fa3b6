"""Tests of comparisons, and tables to compare."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

import forensic_style as fs
from forensic_style.family import Group
from forensic_style.table import FamilyRecord, ImageRecord

N_WINDOWS = 4
STYLES, SCENES = ("phone", "scan", "web"), ("sea", "hill", "town", "wood")


def make_table(
    *, style: float = 4.0, scene: float = 1.0, seed: int = 0, each: int = 3, columns: int = 12, name: str = "grain"
) -> fs.FingerprintTable:
    """Three styles by four scenes, some images of each, four windows per image, columns of unit noise.

    `style` and `scene` are the spreads of what styles and scenes add.
    """
    generator = np.random.default_rng(seed)
    made = list(itertools.product(STYLES, SCENES, range(each)))
    of_style = {one: generator.normal(0, style, columns) for one in STYLES}
    of_scene = {one: generator.normal(0, scene, columns) for one in SCENES}
    rows = np.concatenate(
        [of_style[a] + of_scene[b] + generator.normal(0, 1, (N_WINDOWS, columns)) for a, b, _ in made]
    )
    windows = [(number, 0, 32 * number, 32, 32) for _ in made for number in range(N_WINDOWS)]
    images = tuple(
        ImageRecord(
            path=f"images/{number:03d}.png",
            sha256=f"{number:064x}",
            format="PNG",
            rows=64,
            columns=128,
            n_bytes=1000 + number,
            labels={"style": a, "scene": b},
        )
        for number, (a, b, _) in enumerate(made)
    )
    family = FamilyRecord(name, "drawn by chance", "acquisition", 1, (Group("values", columns, "value", "drawn"),))
    return fs.FingerprintTable(
        images=images,
        skipped=(),
        families=(family,),
        values=rows.astype(np.float32),
        groups=np.repeat(np.arange(len(made)), N_WINDOWS),
        windows=np.array(windows, dtype=np.int32),
        missing=np.zeros((len(made), 1), dtype=bool),
    )


def read_truth_of(table: fs.FingerprintTable, column: str = "style") -> dict[str, str]:
    return dict(zip(table.paths, table.read_labels(column), strict=True))


def write_manifest(table: fs.FingerprintTable, folder: object, *, prefix: str = "") -> str:
    rows = [f"{prefix}{image.path},{image.labels['style']},{image.labels['scene']}" for image in table.images]
    path = f"{folder}/truth.csv"
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(["path,style,scene", *rows]) + "\n")
    return path


def spoil(labels: list[str], *, every: int, shift: int = 0) -> NDArray[np.intp]:
    """Clusters that are the labels but for one image in `every`, which goes to the next."""
    names = sorted(set(labels))
    codes = np.array([names.index(label) for label in labels], dtype=np.intp)
    wrong = np.arange(len(codes)) % every == shift
    return np.where(wrong, (codes + 1) % len(names), codes).astype(np.intp)


def rename_images(table: fs.FingerprintTable, prefix: str) -> fs.FingerprintTable:
    return replace(table, images=tuple(replace(image, path=f"{prefix}{image.path}") for image in table.images))
