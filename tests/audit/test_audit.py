"""The audit of a whole result."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import forensic_style as fs
from forensic_style.audit import audit_clusters
from forensic_style.clusters.joins import join_clusters
from forensic_style.table import ImageRecord
from tests.samples import PIPELINES, RENDERINGS, measure

Saving = Callable[[Image.Image, Path], None]


def draw(n_images: int = 90) -> tuple[list[ImageRecord], NDArray[np.float64], NDArray[np.intp]]:
    """Three styles far apart; the first two are JPEG files, the third PNG; brightness is anything."""
    rng = np.random.default_rng(0)
    labels = np.arange(n_images) % 3
    X = rng.normal(size=(n_images, 12))
    X[np.arange(n_images), labels] += 12
    X[labels == 2, 5] += 20
    images = [
        ImageRecord(
            path=f"{number}.x",
            sha256=f"{number:064x}",
            format="PNG" if labels[number] == 2 else "JPEG",
            rows=100,
            columns=100,
            n_bytes=1,
            brightness=float(rng.normal(100, 20)) if number % 30 else None,
        )
        for number in range(n_images)
    ]
    return images, X, labels


def test_every_split_is_audited_with_the_closest_property_first() -> None:
    images, X, labels = draw()
    found = audit_clusters(images, labels, X, join_clusters(X, labels))
    first, second = found.splits
    assert (first.join.one, first.join.other, first.n_images) == ((0, 1), (2,), 90)
    assert [one.confound for one in first.alignments] == ["file format", "brightness"]
    assert first.dies_without == ("file format",)
    assert (second.n_images, [one.confound for one in second.alignments]) == (60, ["brightness"])
    assert second.dies_without == ()
    brightness = found.alignments[1]
    assert (brightness.n_known, brightness.left, brightness.p_value > 0.05) == (87, None, True)


def test_images_of_no_cluster_have_no_part() -> None:
    images, X, labels = draw()
    odd = replace(images[0], format="TIFF")
    found = audit_clusters([odd, *images], np.array([-1, *labels]), np.vstack([X[:1], X]), join_clusters(X, labels))
    assert found == audit_clusters(images, labels, X, join_clusters(X, labels))


def test_neither_order_nor_names_change_the_audit() -> None:
    images, X, labels = draw()
    joins = join_clusters(X, labels)
    order = np.random.default_rng(3).permutation(len(images))
    renamed = [replace(images[number], path=f"{90 - number}.y") for number in order.tolist()]
    assert audit_clusters(renamed, labels[order], X[order], joins) == audit_clusters(images, labels, X, joins)


def test_an_audit_is_plain_json() -> None:
    images, X, labels = draw()
    found = asdict(audit_clusters(images, labels, X, join_clusters(X, labels), content=["a", "b"] * 45))
    assert json.loads(json.dumps(found, allow_nan=False))["warnings"] == list(found["warnings"])


def test_one_cluster_is_audited_without_splits() -> None:
    images, X, labels = draw()
    found = audit_clusters(images, np.zeros_like(labels), X, ())
    assert (found.splits, found.warnings, found.notes) == ((), (), ())
    for one in found.alignments:
        assert (one.nmi, one.ami, one.decided) == pytest.approx((0, 0, 0), abs=1e-9)
        assert (one.p_value, one.left) == (1, None)


@pytest.mark.parametrize(("manifest", "content", "n_clusters"), [(PIPELINES, "scene", 6), (RENDERINGS, "object", 3)])
def test_no_alarm_on_the_samples(manifest: Path, content: str, n_clusters: int) -> None:
    assert fs.cluster(measure(manifest), content=content, n_clusters=n_clusters).audit.warnings == ()


def save_jpeg(picture: Image.Image, path: Path) -> None:
    picture.save(path.with_suffix(".jpg"), quality=85)


def save_png(picture: Image.Image, path: Path) -> None:
    picture.save(path.with_suffix(".png"))


def save_small(picture: Image.Image, path: Path) -> None:
    save_png(picture.resize((176, 176), Image.Resampling.LANCZOS), path)


@pytest.mark.parametrize(
    ("of_a", "of_b", "cause"),
    [
        (save_jpeg, save_png, "file format"),
        (save_png, save_small, "image size"),
        (save_png, save_png, ""),
        (save_small, save_small, ""),
    ],
    ids=["format", "size", "format equalised", "size equalised"],
)
def test_a_biased_set_is_told_its_cause_and_an_equalised_one_is_not(
    of_a: Saving, of_b: Saving, cause: str, tmp_path: Path
) -> None:
    untouched = [image.path for image in measure(PIPELINES).images if image.labels["technology"] == "untouched"]
    for number, path in enumerate(untouched):
        with Image.open(PIPELINES.parent / path) as picture:
            of_a(picture, tmp_path / f"a{number}")
            of_b(picture, tmp_path / f"b{number}")
    table = fs.extract(tmp_path)
    scenes = [Path(path).stem[1:] for path in table.paths]
    result = fs.cluster(table, content=scenes, n_clusters=2)
    expected = (f"Clusters 0 and 1 may differ in {cause} alone: none occurs in both.",) if cause else ()
    assert result.audit.warnings == expected
    assert result.warnings[: len(expected)] == expected
