"""The whole way from a table to clusters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import adjusted_rand_score

import forensic_style as fs
from forensic_style.errors import ParameterError, TableError
from tests.samples import PIPELINES, RENDERINGS, measure, write_image


@pytest.mark.parametrize(("manifest", "content"), [(PIPELINES, "scene"), (RENDERINGS, "object")])
@pytest.mark.parametrize("number", ["given", "tested"])
def test_sample_technologies_are_found(manifest: Path, content: str, number: str) -> None:
    table = measure(manifest)
    truth = table.read_labels("technology")
    result = fs.cluster(table, content=content, n_clusters=len(set(truth)) if number == "given" else None)
    assert adjusted_rand_score(truth, result.labels) >= 0.95


@pytest.fixture
def identical(tmp_path: Path) -> fs.FingerprintTable:
    original = write_image(tmp_path / "0.png")
    for number in range(1, 25):
        (tmp_path / f"{number}.png").write_bytes(original.read_bytes())
    return fs.extract(tmp_path)


def test_names_and_order_do_not_change_clusters() -> None:
    table = measure(PIPELINES)
    order = np.random.default_rng(0).permutation(len(table.images))
    one, other = fs.cluster(table, content="scene"), fs.cluster(table.select_images(order), content="scene")
    np.testing.assert_array_equal(one.labels[order], other.labels)
    np.testing.assert_array_equal(one.confidences[order], other.confidences)


def test_copies_under_other_names_change_no_cluster() -> None:
    table = measure(RENDERINGS)
    doubled = table.select_images([*range(48), *range(12)])
    renamed = [replace(image, path=f"{number * 37 % 60:02}.png") for number, image in enumerate(doubled.images)]
    order = np.argsort([image.path for image in renamed])
    other = replace(doubled, images=tuple(renamed)).select_images(order)
    one, two = fs.cluster(doubled, content="object"), fs.cluster(other, content="object")
    np.testing.assert_array_equal(one.labels[order], two.labels)
    np.testing.assert_array_equal(one.confidences[order], two.confidences)


def test_content_may_be_a_column_a_sequence_or_a_mapping() -> None:
    table = measure(RENDERINGS)
    labels = table.read_labels("object")
    results = [
        fs.cluster(table, content=content, n_clusters=3)
        for content in ("object", labels, dict(zip(table.paths, labels, strict=True)))
    ]
    for result in results:
        assert result.content == tuple(labels)
        np.testing.assert_array_equal(result.coordinates, results[0].coordinates)


def test_tree_and_labels_speak_of_the_images_in_table_order() -> None:
    result = fs.cluster(measure(PIPELINES), content="scene")
    first, second = result.tree[0, :2].astype(int)
    distance = np.linalg.norm(result.coordinates[first] - result.coordinates[second])
    assert result.tree[0, 2] == pytest.approx(distance)
    assert result.labels[first] == result.labels[second]
    assert result.sizes == [12] * 6


def test_one_image_is_one_cluster(tmp_path: Path) -> None:
    result = fs.cluster(fs.extract(write_image(tmp_path / "a.png")))
    assert (result.sizes, result.tree.shape) == ([1], (0, 4))
    assert result.confidences[0] == 1.0
    assert "fewer than 10 images (1 here)" in result.warnings[0]


def test_two_images_are_one_cluster_unless_two_are_asked_for(tmp_path: Path) -> None:
    table = fs.extract([write_image(tmp_path / f"{seed}.png", seed=seed) for seed in range(2)])
    assert fs.cluster(table).sizes == [2]
    assert fs.cluster(table, n_clusters=2).sizes == [1, 1]


def test_identical_images_are_one_cluster_with_a_warning(identical: fs.FingerprintTable) -> None:
    result = fs.cluster(identical)
    assert result.sizes == [25]
    assert "24 of 25 files are identical copies of others." in result.warnings


def test_identical_images_cannot_be_split(identical: fs.FingerprintTable) -> None:
    with pytest.raises(ParameterError, match=r"2 clusters were asked for, but only 1 rows differ. Ask for fewer"):
        fs.cluster(identical, n_clusters=2)


def test_images_of_one_technology_are_one_cluster(tmp_path: Path) -> None:
    """Three parts each of the untouched photographs: enough images for the test to be made."""
    table = measure(PIPELINES)
    for image, technology in zip(table.images, table.read_labels("technology"), strict=True):
        if technology == "untouched":
            with Image.open(PIPELINES.parent / image.path) as photograph:
                for part, box in enumerate(((0, 0, 128, 128), (128, 0, 256, 128), (64, 128, 192, 256))):
                    photograph.crop(box).save(tmp_path / f"{Path(image.path).stem}-{part}.png")
    result = fs.cluster(fs.extract(tmp_path))
    assert [split.accepted for split in result.splits] == [False]
    assert result.n_clusters == 1
    assert "That is not evidence for one" in result.warnings[0]


def test_noise_gets_no_evidence() -> None:
    table = measure(PIPELINES)
    values = np.random.default_rng(0).random(table.values.shape).astype(np.float32)
    result = fs.cluster(replace(table, values=values), n_clusters=2)
    assert abs(result.evidence.between_windows) < 0.1
    assert any("carry over poorly" in warning for warning in result.warnings)
    assert fs.cluster(replace(table, values=values)).n_clusters == 1


def test_labels_of_pandas_and_blanks_of_every_kind_are_understood() -> None:
    table = measure(RENDERINGS)
    labels = dict(zip(table.paths, table.read_labels("object"), strict=True))
    blank = {path: float("nan") if number % 5 == 0 else label for number, (path, label) in enumerate(labels.items())}
    result = fs.cluster(table, content=blank, n_clusters=3)
    assert result.content is not None
    assert result.content[0] == ""
    assert any("10 images have no content label" in warning for warning in result.warnings)
    numbered = fs.cluster(table, content={path: number % 2 for number, path in enumerate(table.paths)}, n_clusters=3)
    assert set(numbered.content or ()) == {"0", "1"}


def test_results_are_shown_in_a_line() -> None:
    table = measure(RENDERINGS)
    n_columns, n_families = sum(family.dimension for family in fs.CATALOGUE), len(fs.CATALOGUE)
    assert (
        repr(table)
        == f"FingerprintTable(48 images, 192 windows, {n_columns} columns of {n_families} families, 0 skipped)"
    )
    assert repr(fs.cluster(table, n_clusters=3)) == "ClusterResult(48 images, 3 clusters of 16, 16, 16)"


def test_paths_instead_of_a_table_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"cluster takes a FingerprintTable, as extract gives it. Got str instead"):
        fs.cluster("photos/")  # type: ignore[arg-type]


def test_more_clusters_than_images_say_so() -> None:
    table = measure(RENDERINGS).select_images(range(10))
    with pytest.raises(ParameterError, match="99 clusters cannot be made of the 10 images that were measured"):
        fs.cluster(table, n_clusters=99)


def test_nothing_measured_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("text")
    with pytest.raises(TableError, match=r"None of the 1 files could be measured \(not_an_image\)"):
        fs.cluster(fs.extract(tmp_path))


def test_wrong_contents_say_what_is_right() -> None:
    table = measure(RENDERINGS)
    with pytest.raises(ParameterError, match="There are 48 images and 1 content labels"):
        fs.cluster(table, content=["boat"])
    with pytest.raises(TableError, match="The manifest has no column 'scene'"):
        fs.cluster(table, content="scene")
    with pytest.raises(ParameterError, match=r"The linkage must be one of ward, average, complete. Got 'single'"):
        fs.cluster(table, linkage="single")


def test_one_technology_per_content_is_reported() -> None:
    table = measure(RENDERINGS)
    result = fs.cluster(table, content=table.read_labels("technology"), n_clusters=3)
    assert any("cannot be told apart" in warning for warning in result.warnings)
    crossed = fs.cluster(table, content="object", n_clusters=3)
    assert not any("cannot be told apart" in warning for warning in crossed.warnings)


def test_content_that_says_nothing_is_reported() -> None:
    table = measure(RENDERINGS)
    result = fs.cluster(table, content=["thing"] * len(table.images), n_clusters=3)
    assert "All content labels are the same or blank, so no content was removed." in result.warnings


def test_format_that_follows_the_clusters_is_reported(tmp_path: Path) -> None:
    for seed in range(12):
        write_image(tmp_path / f"{seed}.png", seed=seed, sigma=2)
        with Image.open(write_image(tmp_path / f"{seed + 50}.png", seed=seed + 50)) as image:
            image.save(tmp_path / f"{seed}.jpg", quality=30)
        (tmp_path / f"{seed + 50}.png").unlink()
    result = fs.cluster(fs.extract(tmp_path), n_clusters=2)
    assert "file format" in result.audit.warnings[0]


def test_no_alarm_on_the_samples() -> None:
    assert fs.cluster(measure(PIPELINES), content="scene").warnings == ()


def test_families_that_measure_an_image_once_take_part_only_where_they_are_named() -> None:
    table = measure(RENDERINGS)
    names = [family.name for family in table.families]
    assert "optics" in names
    used = fs.cluster(table, n_clusters=3).settings["families"]
    assert used == [name for name in names if name != "optics"]
    assert fs.cluster(table, n_clusters=3, families=["optics", "noise"]).settings["families"] == ["noise", "optics"]
    alone = table.select_families(["optics"])
    assert fs.cluster(alone, n_clusters=3).settings["families"] == ["optics"]


def test_few_images_with_known_styles_need_no_number() -> None:
    few = measure(PIPELINES).select_images(np.arange(5))
    result = fs.cluster(few, known="technology")
    assert result.n_clusters == len(set(few.read_labels("technology")))
    assert "as many are assumed as are known" in " ".join(result.warnings)


def test_contents_that_occur_once_are_no_evidence_against_clusters() -> None:
    table = measure(PIPELINES)
    result = fs.cluster(table, content=list(table.paths))
    assert result.n_clusters == 1
    assert result.splits[0].p_value < result.splits[0].threshold
    assert "cannot be tested" in " ".join(result.warnings)
    assert "No evidence" not in " ".join(result.warnings)


@pytest.mark.parametrize("words", ["scene", ["a"] * 72])
def test_covariates_that_are_words_are_refused(words: str | list[str]) -> None:
    with pytest.raises(ParameterError, match=r"Covariates must be numbers, a row per image: could not convert"):
        fs.cluster(measure(PIPELINES), covariates=words)  # type: ignore[arg-type]


def test_too_many_covariates_are_refused() -> None:
    table = measure(RENDERINGS)
    with pytest.raises(fs.ForensicStyleError, match=r"There are 7 covariates\. Give at most 6"):
        fs.cluster(table, covariates=np.zeros((len(table.images), 7)))


def test_files_that_claim_what_their_pixels_do_not_support_are_warned_of() -> None:
    table = measure(PIPELINES)
    technologies = [image.labels["technology"] for image in table.images]
    models = {name: f"model {place}" for place, name in enumerate(sorted(set(technologies)))}
    claims = [{"make": "maker", "model": models[name]} for name in technologies]
    forged = technologies.index(max(technologies))
    claims[forged] = {"make": "maker", "model": models[min(technologies)]}
    images = tuple(replace(image, claims=claim) for image, claim in zip(table.images, claims, strict=True))
    result = fs.cluster(replace(table, images=images), content="scene", n_clusters=6)
    assert result.audit.claims is not None
    assert [one.image for one in result.audit.claims.contradictions] == [forged]
    assert f"1 file claims an origin that its traces do not support: {table.paths[forged]}" in " ".join(result.warnings)
