"""StyleModel on disk, and new images assigned to its clusters."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.clusters.clustering import StyleClustering
from forensic_style.clusters.limiting import NormLimiter
from forensic_style.clusters.partition import average_parts
from forensic_style.content.adjust import ContentAdjuster
from forensic_style.errors import ParameterError, TableError
from forensic_style.family import Group
from forensic_style.placement.assignment import assign
from forensic_style.placement.model import StyleModel, load_model
from forensic_style.placement.rejection import MemberDistances
from forensic_style.search.replicates import ReplicateSpace
from forensic_style.standardize import FingerprintScaler
from forensic_style.table import FamilyRecord, FingerprintTable, ImageRecord

NOISE = FamilyRecord("noise", "Noise", "acquisition", 3, (Group("level", 2, "value", "the noise level"),))
TONE = FamilyRecord("tone", "Tone", "processing", 1, (Group("histogram", 3, "histogram", "the tones"),))
STYLES = np.arange(40) % 2
CONTENTS = ["cat", "dog", "Ä"]  # each beside both styles


def make_table(
    n_images: int = 40, seed: int = 0, families: tuple[FamilyRecord, ...] = (NOISE, TONE)
) -> FingerprintTable:
    """Images of 4 windows; odd ones have more noise."""
    generator = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n_images), 4)
    values = {
        "noise": generator.normal(size=(len(groups), 2)) + 10 * (groups % 2)[:, None],
        "tone": generator.dirichlet([3, 3, 3], len(groups)),
    }
    images = [ImageRecord(f"{number}.png", f"{number:064x}", "PNG", 64, 64, 1) for number in range(n_images)]
    return FingerprintTable(
        images=tuple(images),
        skipped=(),
        families=families,
        values=np.hstack([values[family.name] for family in families] or [np.empty((0, 0))]).astype(np.float32),
        groups=groups,
        windows=np.zeros((len(groups), 5), dtype=np.int32),
        missing=np.zeros((n_images, len(families)), dtype=bool),
    )


def fit_model(
    *, limited: bool = False, content: list[str] | None = None, roots: bool = True, with_members: bool = False
) -> StyleModel:
    table = make_table()
    scaler = FingerprintScaler(table.shares if roots else None, clip=3.5).fit(table.values)
    space = ReplicateSpace(3)
    windows = space.fit_transform(scaler.transform(table.values), groups=table.groups)
    images = average_parts(windows, table.groups)
    limiter = NormLimiter().fit(images) if limited else None
    images = images if limiter is None else limiter.transform(images)
    adjuster = ContentAdjuster()
    images = adjuster.fit_transform(images, content=content)
    versions = {family.name: family.version for family in table.families}
    clustering = StyleClustering(2).fit(images)
    spread = np.array([1.0, 2.0, 0.5])
    model = StyleModel(tuple(table.columns), versions, scaler, space, limiter, adjuster, clustering, spread)
    if not with_members:
        return model
    standardized, labels = scaler.transform(table.values), clustering.labels_[table.groups]
    return replace(model, members=MemberDistances().fit(standardized, labels, groups=table.groups))


def name_contents(n_images: int) -> list[str]:
    return [CONTENTS[number // 2 % 3] for number in range(n_images)]


def project_and_weigh(model: StyleModel, content: list[str] | None) -> list[NDArray]:
    table = make_table(20, seed=1)
    images, windows = model.project(table.values, groups=table.groups, content=content)
    labels = model.clustering.predict(images)
    shares = model.measure_members(table.values, groups=table.groups)
    return [images, windows, labels, shares, model.weigh(windows, groups=table.groups, labels=labels)]


@pytest.mark.parametrize("roots", [True, False])
@pytest.mark.parametrize("content", [None, name_contents(40)])
@pytest.mark.parametrize("limited", [False, True])
def test_a_model_read_back_does_exactly_the_same(
    tmp_path: Path, limited: bool, content: list[str] | None, roots: bool
) -> None:
    model = fit_model(limited=limited, content=content, roots=roots, with_members=limited)
    model.save(tmp_path / "new" / "folder")
    loaded = load_model(tmp_path / "new" / "folder")
    assert (loaded.columns, loaded.family_versions) == (model.columns, model.family_versions)
    assert (loaded.limiter is None) == (not limited)
    for new_content in (None, name_contents(20), ["unknown"] * 20):
        before, after = project_and_weigh(model, new_content), project_and_weigh(loaded, new_content)
        assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_a_model_saved_twice_is_the_same_and_needs_no_pickle(tmp_path: Path) -> None:
    fit_model(limited=True, content=name_contents(40), with_members=True).save(tmp_path / "one")
    load_model(tmp_path / "one").save(tmp_path / "other")
    texts = [(tmp_path / name / "model.json").read_text(encoding="utf-8") for name in ("one", "other")]
    assert texts[0] == texts[1]
    assert (tmp_path / "one" / "model.npz").read_bytes() == (tmp_path / "other" / "model.npz").read_bytes()
    assert json.loads(texts[0])["contents"] == sorted(CONTENTS)
    with np.load(tmp_path / "one" / "model.npz") as one, np.load(tmp_path / "other" / "model.npz") as other:
        assert set(one) == set(other)
        for name in one:  # np.load refuses pickled arrays by default
            assert one[name].dtype != object
            assert np.array_equal(one[name], other[name])


def test_projection_is_each_step_after_the_other() -> None:
    model = fit_model(limited=True, content=name_contents(40))
    table = make_table(20, seed=1)
    content = np.array(name_contents(20))
    windows = model.space.transform(model.scaler.transform(table.values))
    expected = model.limiter.transform(
        np.array([windows[4 * image : 4 * image + 4].mean(axis=0) for image in range(20)])
    )
    expected = expected - model.adjuster.effects_[np.searchsorted(sorted(CONTENTS), content)]
    images, projected = model.project(table.values, groups=table.groups, content=content)
    assert images == pytest.approx(expected)
    assert average_parts(projected, table.groups) == pytest.approx(
        average_parts(model.limiter.transform(windows), table.groups)
        - model.adjuster.effects_[np.searchsorted(sorted(CONTENTS), content)]
    )
    assert model.clustering.predict(images).tolist() == model.clustering.labels_[:20].tolist()


def test_confidence_is_worked_by_hand() -> None:
    # one direction, centres 0 and 4, variance 4: windows at 0, 2 and 1 have squared distances 0 | 4, 1 | 1, .25 | 2.25
    # deviations, so posteriors 1 / (1 + e^-2), 1 / 2 and 1 / (1 + e^-1) of the first
    model = fit_model()
    clustering = StyleClustering(2).fit([[0.0], [4.0]])
    assert clustering.cluster_centers_.ravel().tolist() == [0, 4]
    model = replace(model, clustering=clustering, spread=np.array([4.0]))
    weights = model.weigh(np.array([[0.0], [2.0], [1.0]]), groups=np.array([0, 0, 1]), labels=np.array([0, 1]))
    first = 1 / (1 + np.exp(-2))
    assert weights == pytest.approx([(first + 0.5) / 2, 1 - 1 / (1 + np.exp(-1))])


def test_images_of_no_cluster_have_no_confidence_in_one() -> None:
    weights = fit_model().weigh(np.zeros((2, 3)), groups=np.array([0, 1]), labels=np.array([-1, 0]))
    assert weights[0] == 0
    assert weights[1] > 0


def test_posteriors_add_up() -> None:
    posterior = fit_model().compare_clusters(np.eye(3), groups=np.array([0, 0, 1]))
    assert posterior.shape == (2, 2)
    assert posterior.sum(axis=1) == pytest.approx(1)


def test_members_show_what_is_far_and_a_model_that_learnt_nothing_of_them_says_so() -> None:
    table = make_table(20, seed=1)
    model = fit_model(with_members=True)
    own = model.clustering.labels_[:20]
    shares = model.measure_members(table.values, groups=table.groups)
    assert (shares[np.arange(20), own] > 0.05).mean() > 0.8
    assert (shares[np.arange(20), 1 - own] < 0.01).all()
    nothing = fit_model().measure_members(table.values, groups=table.groups)
    np.testing.assert_array_equal(nothing, np.ones((20, 2)))


def test_windows_far_from_every_centre_have_a_finite_confidence() -> None:
    model = fit_model()
    weights = model.weigh(np.full((1, 3), 1e6), groups=np.array([0]), labels=np.array([0]))
    assert 0 <= weights[0] <= 1


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])


def flip_bits(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 255
    file.write_bytes(bytes(content))


def drop_array(file: Path) -> None:
    with np.load(file) as arrays:
        kept = {name: arrays[name] for name in arrays if name != "directions"}
    np.savez(file, **kept)


def edit(change: Callable[[dict[str, object]], dict[str, object]]) -> Callable[[Path], object]:
    return lambda file: file.write_text(json.dumps(change(json.loads(file.read_text("utf-8")))), "utf-8")


def change_array(name: str, array: NDArray) -> Callable[[Path], object]:
    def change(file: Path) -> None:
        with np.load(file) as arrays:
            np.savez(file.with_suffix(""), **(dict(arrays) | {name: array}))

    return change


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("model.json", Path.unlink),
        ("model.json", cut_short),
        ("model.json", lambda file: file.write_bytes(b"\xff\xfe")),
        ("model.json", lambda file: file.write_text('{"version": 2}', encoding="utf-8")),
        ("model.json", lambda file: file.write_text("[" * 100_000, encoding="utf-8")),
        ("model.json", edit(lambda about: about | {"code": "import os"})),
        ("model.json", edit(lambda about: about | {"columns": about["columns"][:-1]})),
        ("model.json", edit(lambda about: about | {"columns": [0, 1, 2, 3, 4]})),
        ("model.json", edit(lambda about: about | {"clip": float("nan")})),
        ("model.json", edit(lambda about: about | {"contents": ["b", "a"]})),
        ("model.json", edit(lambda about: about | {"contents": ["a"]})),
        ("model.json", edit(lambda about: about | {"limited": 1})),
        ("model.json", edit(lambda about: about | {"members_measured": -1})),
        ("model.json", edit(lambda about: about | {"members_measured": None})),
        ("model.json", edit(lambda about: about | {"family_versions": {"noise": "3"}})),
        ("model.npz", Path.unlink),
        ("model.npz", change_array("scale", np.zeros(5))),
        ("model.npz", change_array("mean", np.full(5, np.inf))),
        ("model.npz", change_array("centres", np.zeros((2, 4)))),
        ("model.npz", change_array("member_centres", np.zeros((3, 5)))),
        ("model.npz", change_array("spread", np.array([None] * 3))),
        ("model.npz", cut_short),
        ("model.npz", flip_bits),
        ("model.npz", drop_array),
        ("model.npz", lambda file: file.write_bytes(b"")),
        ("model.npz", lambda file: file.write_bytes(b"not an archive")),
    ],
)
def test_missing_and_damaged_files_are_told(tmp_path: Path, name: str, damage: Callable[[Path], object]) -> None:
    fit_model(with_members=True).save(tmp_path)
    damage(tmp_path / name)
    with pytest.raises(TableError, match=r"The model in '.*' cannot be read: (.|\n)*\. Run cluster again\.$"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('{"version": 1}', "1"),
        ("{}", "None"),
        ("[1]", "None"),
        ('{"version": "2"}', "'2'"),
        ('{"version": true}', "True"),
    ],
)
def test_other_versions_are_refused(tmp_path: Path, text: str, version: str) -> None:
    fit_model().save(tmp_path)
    (tmp_path / "model.json").write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=rf"The model in '.*' has version {version}, not 2\. Run cluster again"):
        load_model(tmp_path)


def test_new_images_are_assigned_to_the_cluster_of_their_style() -> None:
    model = fit_model(content=name_contents(40))
    for content in (None, name_contents(20), ["never seen"] * 20):
        found = assign(model, make_table(20, seed=1), content=content)
        assert found.paths == [f"{number}.png" for number in range(20)]
        assert found.clusters.tolist() == model.clustering.labels_[:20].tolist()
        assert (found.confidences > 0.9).all()


def test_missing_values_count_as_the_mean_that_was_learnt() -> None:
    model = fit_model()
    table = make_table(20, seed=1)
    missing = np.zeros((20, 2), dtype=bool)
    missing[::3, 1] = True
    gappy = replace(table, missing=missing, values=np.where((missing[table.groups] @ [0, 1])[:, None], 7, table.values))
    values = gappy.values.astype(np.float64)
    values[np.ix_(missing[table.groups, 1], [2, 3, 4])] = model.scaler.mean_[2:] ** 2  # shares: learnt as roots
    values[np.ix_(missing[table.groups, 1], [0, 1])] = 7
    images, windows = model.project(values, groups=table.groups)
    clusters = model.clustering.predict(images)
    found = assign(model, gappy)
    np.testing.assert_array_equal(found.clusters, clusters)
    assert found.confidences == pytest.approx(model.weigh(windows, groups=table.groups, labels=clusters))


def test_families_of_the_table_may_be_more_and_in_any_order() -> None:
    model = fit_model()
    grain = replace(TONE, name="grain", axis="acquisition")
    table = make_table(20, seed=1, families=(TONE, NOISE))
    more = replace(
        table,
        families=(TONE, grain, NOISE),
        values=np.hstack([table.values[:, :3], table.values]),
        missing=np.zeros((20, 3), dtype=bool),
    )
    expected = assign(model, make_table(20, seed=1))
    for other in (table, more):
        found = assign(model, other)
        assert np.array_equal(found.clusters, expected.clusters)
        assert found.confidences == pytest.approx(expected.confidences)


@pytest.mark.parametrize(
    ("families", "found"),
    [((replace(NOISE, version=4), TONE), "4"), ((TONE,), "none"), ((replace(NOISE, version=2),), "2")],
)
def test_other_versions_of_a_family_are_refused(families: tuple[FamilyRecord, ...], found: str) -> None:
    message = rf"The run needs version 3 of the family noise, the table has {found}. Extract it again."
    with pytest.raises(TableError, match=message):
        assign(fit_model(), make_table(families=families))


def test_other_columns_of_the_same_version_are_refused() -> None:
    renamed = replace(NOISE, groups=(Group("strength", 2, "value", "the noise level"),))
    with pytest.raises(TableError, match=r"The columns of the table are not those of the run.*Extract it again\."):
        assign(fit_model(), make_table(families=(renamed, TONE)))


def test_a_table_without_images_is_refused() -> None:
    with pytest.raises(TableError, match=r"None of the images could be measured, so there is nothing to assign."):
        assign(fit_model(), make_table(0))


@pytest.mark.parametrize("learnt", [None, name_contents(40)])
def test_content_labels_of_another_length_are_refused(learnt: list[str] | None) -> None:
    with pytest.raises(ParameterError, match=r"There are 20 images and 3 content labels. Give one label per image."):
        assign(fit_model(content=learnt), make_table(20), content=["cat"] * 3)
