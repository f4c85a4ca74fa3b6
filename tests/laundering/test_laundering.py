from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

import forensic_style as fs
from forensic_style.clusters.joins import Join
from forensic_style.errors import ParameterError, TableError
from forensic_style.laundering import Fragility, SplitSurvival, describe_survival
from forensic_style.laundering.measuring import TreatedImages, measure_treated
from forensic_style.laundering.sentences import warn_of_fragility
from forensic_style.laundering.survival import FamilyCentres, compare_families, measure_kept, measure_sides
from forensic_style.laundering.treatments import TREATMENTS, crop, resize
from forensic_style.laundering.trial import choose_sample
from forensic_style.reading import ReadingRules
from forensic_style.result import ClusterResult
from tests.report import make_result

SAVED, RESIZED, CROPPED, ALL = TREATMENTS
FAMILIES = ["noise", "spectrum", "block_grid", "jpeg_structure"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two technologies: smooth scenes with noise, and the same blurred strongly; the second as JPEG 60."""
    out, rng = tmp_path_factory.mktemp("two"), np.random.default_rng(0)
    for number in range(24):
        scene = cv2.GaussianBlur(rng.normal(128, 400, (96, 112, 3)), (0, 0), 7)
        picture = np.clip(scene + rng.normal(0, 9, scene.shape), 0, 255).astype(np.uint8)
        cv2.imwrite(str(out / f"noisy{number:02d}.png"), picture)
        soft = cv2.GaussianBlur(picture, (0, 0), 2.5)
        cv2.imwrite(str(out / f"soft{number:02d}.jpg"), soft, [cv2.IMWRITE_JPEG_QUALITY, 60])
    return out


@pytest.fixture(scope="module")
def result(folder: Path) -> ClusterResult:
    return fs.cluster(fs.extract(folder, families=FAMILIES), n_clusters=2)


def test_crops_the_top_row_and_the_left_column() -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert crop(pixels).tolist() == [[5, 6, 7], [9, 10, 11]]


def test_resizes_and_keeps_depth_and_flat_areas() -> None:
    pixels = np.full((100, 200, 3), 40_000, dtype=np.uint16)
    small = resize(pixels)
    assert (small.shape, small.dtype) == ((95, 190, 3), np.uint16)
    assert (small == 40_000).all()


@pytest.mark.parametrize("shape", [(40, 50), (40, 50, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_files_hold_what_was_meant(tmp_path: Path, shape: tuple[int, ...], dtype: type) -> None:
    pixels = np.random.default_rng(1).integers(0, np.iinfo(dtype).max, shape).astype(dtype)
    for treatment in TREATMENTS:
        suffix, data = treatment.write(pixels)
        file = tmp_path / f"file{suffix}"
        file.write_bytes(data)
        read = fs.read_image(file)
        assert (read.format == "JPEG") is treatment.is_saved
        assert read.pixels.shape == treatment.change(pixels).shape
        if treatment is CROPPED:
            assert np.array_equal(read.pixels, pixels[1:, 1:])


def test_saves_at_quality_85_with_colours_at_half_resolution(tmp_path: Path) -> None:
    suffix, data = SAVED.write(np.random.default_rng(1).integers(0, 255, (64, 64, 3)).astype(np.uint8))
    (tmp_path / f"file{suffix}").write_bytes(data)
    structure = fs.read_image(tmp_path / f"file{suffix}").jpeg
    assert structure is not None
    assert (structure.estimated_quality, structure.sampling) == (85, "4:2:0")


def test_sides_beyond_chance_by_hand() -> None:
    # cluster 2 against 0 and 1: of side (0, 1) one of two stays, of side (2,) both: balanced 3/4, beyond chance 1/2
    distances = np.array([[1.0, 5, 3], [5, 4, 3], [9, 9, 1], [8, 7, 6]])
    labels = np.array([0, 1, 2, 2])
    assert measure_sides(distances, labels, Join((0, 1), (2,), 1.0)) == pytest.approx(0.5)
    assert measure_sides(distances, labels, Join((0,), (1,), 1.0)) == pytest.approx(1.0)
    assert measure_sides(distances[:2], labels[:2], Join((0, 1), (2,), 1.0)) is None
    assert measure_kept(distances, labels) == pytest.approx((1 + 0 + 1) / 3)


def test_a_family_loses_what_it_told() -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat([0, 1], 50)
    means = rng.normal(size=(100, 4))
    means[:, 0] += 8 * labels  # the first family tells the clusters, the second does not
    families = [FamilyCentres.learn(means, labels, slice(0, 2)), FamilyCentres.learn(means, labels, slice(2, 4))]
    after = rng.normal(size=(100, 4))
    assert compare_families(families, means, means, labels) == [1.0, None]
    lost, silent = compare_families(families, means, after, labels)
    assert lost is not None
    assert lost < 0.3
    assert silent is None
    assert compare_families(families, means[:0], after[:0], labels[:0]) == [None, None]


def test_a_sample_is_even_and_depends_on_bytes_alone(result: ClusterResult) -> None:
    chosen = choose_sample(result.table, result.labels, most=10)
    assert np.bincount(result.labels[chosen]).tolist() == [5, 5]
    order = np.random.default_rng(0).permutation(len(result.labels))
    again = choose_sample(result.table.select_images(order), result.labels[order], most=10)
    assert [order[number] for number in again] == chosen


def test_blur_and_noise_survive_what_the_file_structure_does_not(result: ClusterResult) -> None:
    fragility = result.launder().fragility
    assert fragility is not None
    assert fragility.n_images == 48
    assert fragility.treatments == ("saved as JPEG 85", "resized by 0.95", "cropped by 1 pixel", "all three")
    assert all(share is not None and 0.5 <= share <= 1 for share in fragility.kept[2:3])
    assert len(fragility.kept) == 4
    told = {(one.family, one.treatment): one.survival for one in fragility.families}
    assert told["spectrum", CROPPED.name] > 0.9
    assert told["noise", CROPPED.name] > 0.9
    assert ("jpeg_structure", CROPPED.name) not in told  # the file is no JPEG file then: nothing was measured


def test_the_same_files_give_the_same(result: ClusterResult) -> None:
    assert result.launder(jobs=1).fragility == result.launder(jobs=2).fragility


def test_files_that_are_gone_or_changed_are_named(result: ClusterResult, folder: Path, tmp_path: Path) -> None:
    path = result.table.paths[0]
    images = result.table.images[:1]
    with pytest.raises(TableError, match="cannot be read again"):
        list(measure_treated(images, ["lbp"], locate={path: str(tmp_path / "gone.png")}))
    with pytest.raises(TableError, match="is not the file that was clustered"):
        list(measure_treated(images, ["lbp"], locate={path: str(folder / "noisy01.png")}))


def test_treated_files_are_gone_afterwards(
    result: ClusterResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("forensic_style.laundering.measuring.MOST_PIXELS", 25_000)
    parts = list(measure_treated(result.table.images[:4], ["lbp"]))
    assert sorted(number for part in parts if part.treatment == 0 for number in part.numbers.tolist()) == [0, 1, 2, 3]
    assert list(tmp_path.glob("forensic-style-*")) == []


def test_one_cluster_cannot_lose_anything() -> None:
    with pytest.raises(ParameterError, match="There is one cluster"):
        make_result([0] * 5).launder()


def test_sentences_name_what_is_lost() -> None:
    first, second = Join((0, 2), (1,), 2.0), Join((0,), (2,), 1.0)
    splits = (SplitSurvival(first, "a", 0.9), SplitSurvival(second, "a", 0.41), SplitSurvival(second, "b", 0.6))
    fragility = warn_of_fragility(Fragility(20, ("a", "b"), (0.95, None), (), splits, ("Kept.",)))
    assert fragility.warnings == (
        "Cluster 0 can no longer be told from cluster 2 in files that are a (41% left).",
        "Kept.",
    )
    assert describe_survival(fragility, 3) == (
        "Of 20 files that were changed lightly, these keep their cluster: 95% a, - b (by chance 33%)."
    )
    lost = warn_of_fragility(Fragility(20, ("a",), (0.5,), (), (SplitSurvival(first, "a", 0.0),), ()))
    assert lost.warnings == ("Clusters 0 and 2 can no longer be told from cluster 1 in files that are a (0% left).",)


def test_limits_of_originals_are_not_those_of_the_unpacked_copies(result: ClusterResult) -> None:
    most = max(image.n_bytes for image in result.table.images)
    rules = ReadingRules(most_bytes=most)
    assert most < 96 * 112 * 3
    parts = list(measure_treated(result.table.images[:2], ["lbp"], rules=rules))
    assert [len(part.numbers) for part in parts] == [2, 2, 2, 2]


def test_a_sample_of_which_none_can_be_tried_is_refused(result: ClusterResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forensic_style.laundering.trial.LEAST_SIDE", 1000)
    with pytest.raises(ParameterError, match="No image can be changed and measured again"):
        result.launder()


def test_what_could_not_be_measured_is_not_called_lost(result: ClusterResult, monkeypatch: pytest.MonkeyPatch) -> None:
    def keep_saved(*given: object, **asked: object) -> Iterator[TreatedImages]:
        return (part for part in measure_treated(*given, **asked) if part.treatment == 0)  # type: ignore[arg-type]

    monkeypatch.setattr("forensic_style.laundering.trial.measure_treated", keep_saved)
    fragility = result.launder().fragility
    assert fragility is not None
    assert fragility.kept[0] is not None
    assert fragility.kept[1:] == (None, None, None)
    assert {one.treatment for one in fragility.splits} == {one.treatment for one in fragility.families} == {SAVED.name}


def test_clusters_of_the_last_save_die_of_the_next_and_those_of_noise_live(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for number in range(24):
        scene = cv2.GaussianBlur(rng.normal(128, 400, (96, 96, 3)), (0, 0), 5)
        noisy = [np.clip(scene + rng.normal(0, sigma, scene.shape), 0, 255).astype(np.uint8) for sigma in (2, 20)]
        quality = 90 if number % 2 else 97
        for folder in ("save", "noise"):
            (tmp_path / folder).mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / "save" / f"{number}.jpg"), noisy[0], [cv2.IMWRITE_JPEG_QUALITY, quality])
        cv2.imwrite(str(tmp_path / "noise" / f"{number}.png"), noisy[number % 2])
    saves = fs.cluster(fs.extract(tmp_path / "save", families=["jpeg_coefficients"]), n_clusters=2)
    noise = fs.cluster(fs.extract(tmp_path / "noise", families=["noise", "spectrum"]), n_clusters=2)
    assert saves.sizes == noise.sizes == [12, 12]
    dead, alive = saves.launder().fragility, noise.launder().fragility
    assert dead is not None
    assert alive is not None
    assert {one.treatment: one.kept < 0.5 for one in dead.splits}[SAVED.name]
    assert any("can no longer be told from" in warning for warning in dead.warnings)
    assert all(one.kept > 0.8 for one in alive.splits)
    assert alive.warnings == ()
