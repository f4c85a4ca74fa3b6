"""Evidence cards: what is found, in which figures, how stably, whatever the order of the images."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.clusters.joins import Join
from forensic_style.explain import Card, deal_cards, shorten_cards
from forensic_style.explain.effects import sum_clusters
from forensic_style.explain.figures import compare_values, show_values, take_medians
from forensic_style.families import noise
from forensic_style.family import Group
from forensic_style.image import WindowPixels
from forensic_style.jpeg.quality import ANNEX_K_LUMA, scale_annex_k
from forensic_style.table import FamilyRecord, FingerprintTable, ImageRecord
from tests.phantoms import develop, draw_scene

NOISE = Group("level", 1, "value", "noise level", "more noise", "less noise", "noise", "grey levels", scale="log2")
PATTERN = Group("phase", 1, "value", "pattern", "a pattern", "no pattern", "Bayer pattern", threshold=0.4)
STEP = Group("quality", 1, "value", "JPEG quality", quantity="last JPEG quality", scale="jpeg_step")
FAMILIES = (
    FamilyRecord("noise", "Noise", "acquisition", 1, (NOISE, Group("rest", 2, "value", "the rest"))),
    FamilyRecord("mosaic", "Mosaic", "acquisition", 1, (PATTERN,)),
    FamilyRecord("steps", "Steps", "processing", 1, (STEP,)),
)
N = 80
JOINS = (Join((0,), (1,), 1.0),)


def draw_table() -> tuple[FingerprintTable, NDArray[np.intp]]:
    """Two clusters: noise of 3.1 and 0.8 grey levels, a pattern in all but one, and in none, quality 75 and none."""
    labels = np.arange(N) % 2
    generator = np.random.default_rng(0)
    values = generator.normal(0, 0.05, (N, 5))
    values[:, 0] += np.log2(np.where(labels == 0, 3.1, 0.8))
    values[:, 3] += np.where(labels == 0, 1.0, 0.0)
    values[0, 3] = 0.0
    step = np.log2(scale_annex_k(ANNEX_K_LUMA, 75).mean())
    values[:, 4] = np.where(labels == 0, step, 0.0)
    images = tuple(ImageRecord(f"{n}.png", f"{n:064x}", "PNG", 64, 64, 999) for n in range(N))
    windows = np.zeros((N, 5), dtype=np.int32)
    missing = np.zeros((N, 3), dtype=bool)
    return FingerprintTable(images, (), FAMILIES, values.astype(np.float32), np.arange(N), windows, missing), labels


def deal(table: FingerprintTable, labels: NDArray[np.intp]) -> tuple[Card, ...]:
    X = table.values.astype(np.float64)
    confidences = np.linspace(0.5, 1.0, N)[[int(image.sha256, 16) for image in table.images]]
    return deal_cards(table, X, labels, JOINS, coordinates=X, confidences=confidences)


def test_a_card_says_what_was_planted_in_figures() -> None:
    first, second, split = deal(*draw_table())
    words = {finding.family: finding.words for finding in first.findings}
    assert words["noise"] == "noise 3.1 against 0.8 grey levels"
    assert words["mosaic"] == "Bayer pattern in 98 % against 0 %"
    assert words["steps"] == "last JPEG quality about 75 against none"
    assert {finding.short for finding in second.findings} >= {"noise 0.8 grey levels", "no Bayer pattern"}
    assert (split.one, split.other, split.findings) == ((0,), (1,), first.findings)
    assert all(finding.stability == 1.0 and finding.effect <= 10 for finding in first.findings)


def test_neither_order_nor_names_change_a_card() -> None:
    table, labels = draw_table()
    order = np.random.default_rng(1).permutation(N)
    shuffled = table.select_images(order)
    shuffled = replace(shuffled, images=tuple(replace(one, path=f"x{n}") for n, one in enumerate(shuffled.images)))
    for one, other in zip(deal(table, labels), deal(shuffled, labels[order]), strict=True):
        assert one.findings == other.findings
        assert one.typical == tuple(int(order[n]) for n in other.typical)
        assert one.doubtful == tuple(int(order[n]) for n in other.doubtful)


def test_noise_alone_makes_no_finding() -> None:
    table, labels = draw_table()
    values = np.random.default_rng(2).normal(size=table.values.shape).astype(np.float32)
    assert all(not card.findings for card in deal(replace(table, values=values), labels))


def test_what_hangs_on_one_image_is_dropped() -> None:
    # four images of a cluster, one of them far out: a large effect, which resamples without it do not have
    table, _ = draw_table()
    labels = np.where(np.arange(N) < 4, 0, 1)
    values = np.random.default_rng(3).normal(size=table.values.shape).astype(np.float32)
    values[0, 1] += 12
    inside, others = values[:4, 1], values[4:, 1]
    within = (inside.var() * 4 + others.var() * (N - 4)) / N
    assert (inside.mean() - others.mean()) / np.sqrt(within) > 0.8
    assert "rest" not in {finding.group for finding in deal(replace(table, values=values), labels)[0].findings}


def test_one_cluster_has_no_card() -> None:
    table, labels = draw_table()
    assert deal(table, np.zeros_like(labels)) == ()


def test_formats_and_qualities_come_from_the_files() -> None:
    table, labels = draw_table()
    table = replace(table, values=np.zeros_like(table.values))
    jpeg = [replace(image, format="JPEG", jpeg_quality=75, jpeg_sampling="4:2:0") for image in table.images]
    mixed = [one if label == 0 else image for one, image, label in zip(jpeg, table.images, labels, strict=True)]
    card = deal(replace(table, images=tuple(mixed)), labels)[0]
    assert [finding.words for finding in card.findings] == ["JPEG files in 100 % against 0 %"]
    better = [replace(one, jpeg_quality=95) if label else one for one, label in zip(jpeg, labels, strict=True)]
    card = deal(replace(table, images=tuple(better)), labels)[0]
    assert [finding.words for finding in card.findings] == ["last JPEG quality 75 against 95"]
    assert (card.findings[0].inside, card.findings[0].outside) == (75.0, 95.0)


def test_effects_are_those_of_cohen() -> None:
    table, labels = draw_table()
    X = table.values.astype(np.float64)
    sums = sum_clusters(X, labels, FAMILIES, missing=table.missing, n_resamples=3, random_state=0)
    effects = sums.compare((0,), (1,))[0]
    one, other = X[labels == 0, :4], X[labels == 1, :4]
    expected = (one.mean(axis=0) - other.mean(axis=0)) / np.sqrt((one.var(axis=0) + other.var(axis=0)) / 2)
    assert effects[:4] == pytest.approx(np.clip(expected, -10, 10), rel=1e-9)
    assert effects[4] == 10


@pytest.mark.parametrize("quality", [10, 50, 75, 90, 95, 99])
def test_mean_steps_give_back_their_quality(quality: int) -> None:
    step = np.log2(scale_annex_k(ANNEX_K_LUMA, quality).mean())
    assert show_values(np.array([step, 0.0]), STEP)[0] == quality
    assert np.isnan(show_values(np.array([step, 0.0]), STEP)[1])


def test_medians_and_equal_figures() -> None:
    assert take_medians(np.array([4.0, 1.0, 2.0]), np.array([0, 1, 1]), 2).tolist() == [4.0, 1.5]
    assert compare_values(np.array([1.0]), np.array([1.01]), NOISE) is None


@pytest.mark.parametrize("sigma", [1.5, 3.0, 6.0])
def test_noise_of_brightness_is_that_of_a_drawn_image(sigma: float) -> None:
    light = np.asarray(cv2.GaussianBlur(draw_scene(5, 256, 256), (0, 0), 4), dtype=np.float64)
    grain = np.random.default_rng(6).normal(0, sigma, (256, 256))
    plane = np.clip(develop(light)[:, :, 1] + grain + 0.5, 0, 255).astype(np.uint8)
    shown = show_values(noise.FAMILY.compute(WindowPixels((plane, plane, plane), plane))[:1], noise.FAMILY.groups[0])
    assert shown[0] == pytest.approx(sigma, rel=0.2)


def test_short_cards_tell_one_side_alone() -> None:
    first, second = shorten_cards(deal(*draw_table()), 2)
    assert "noise 3.1 grey levels" in {trait.words for trait in first}
    assert {trait.words for trait in second} == {"noise 0.8 grey levels", "no Bayer pattern", "no trace of JPEG"}
    assert shorten_cards((), 1) == ((),)
