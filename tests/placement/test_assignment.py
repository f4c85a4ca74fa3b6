"""New images in the clusters of a run, or in none."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import forensic_style as fs
from forensic_style.errors import ParameterError, TableError
from forensic_style.placement.assignment import (
    Assignment,
    KnownImages,
    _choose,
    _doubt_membership,
    assign,
    summarize,
)
from forensic_style.placement.matching import learn_members, name_families
from forensic_style.placement.model import StyleModel
from tests.samples import PIPELINES, RENDERINGS, measure


def leave_out(manifest: Path, technology: str, content: str | None) -> tuple[StyleModel, fs.FingerprintTable, NDArray]:
    """A model that has not seen a technology, its table, and its labels."""
    table = measure(manifest)
    kept = table.select_images(np.flatnonzero(np.array(table.read_labels("technology")) != technology))
    n_clusters = len(set(kept.read_labels("technology")))
    result = fs.cluster(kept, content=content, n_clusters=n_clusters)
    model = learn_members(result.model, kept, result.labels, content=result.content)
    return model, kept, result.labels


@pytest.mark.parametrize("content", [None, "object"])
@pytest.mark.parametrize("technology", ["edges", "silhouette", "style_transfer"])
def test_a_technology_left_out_belongs_to_none(technology: str, content: str | None) -> None:
    model, kept, labels = leave_out(RENDERINGS, technology, content)
    table = measure(RENDERINGS)
    unknown = table.select_images(np.flatnonzero(np.array(table.read_labels("technology")) == technology))
    for shown in (None, content, ["never seen"] * 16):
        found = assign(model, unknown, content=shown)
        assert (found.clusters == -1).mean() >= 0.8
        assert set(found.nearest.tolist()) <= {0, 1}
        assert (found.members_as_far[found.clusters == -1] < 0.05).all()
    settled = labels >= 0
    given_back = assign(model, kept, content=content)
    np.testing.assert_array_equal(given_back.clusters[settled], labels[settled])


def test_files_of_another_kind_belong_to_none() -> None:
    model, _, _ = leave_out(RENDERINGS, "edges", None)
    assert (assign(model, measure(PIPELINES)).clusters == -1).mean() > 0.9


def test_stricter_rates_call_fewer_images_none() -> None:
    model, _, _ = leave_out(RENDERINGS, "silhouette", None)
    none = [(assign(model, measure(RENDERINGS), false_alarms=rate).clusters == -1).sum() for rate in (1e-9, 0.01, 0.2)]
    assert none == sorted(none)
    assert none[0] < none[-1]


def test_order_and_company_change_nothing() -> None:
    model, _, _ = leave_out(RENDERINGS, "silhouette", None)
    table = measure(RENDERINGS)
    alone = [assign(model, table.select_images([number])) for number in range(4)]
    together = assign(model, table.select_images([3, 2, 1, 0]))
    for number, found in enumerate(alone):
        assert found.clusters[0] == together.clusters[3 - number]
        assert found.confidences[0] == pytest.approx(together.confidences[3 - number], rel=1e-9)
        assert found.members_as_far[0] == pytest.approx(together.members_as_far[3 - number], rel=1e-6)


def test_members_do_not_depend_on_the_order_of_the_table() -> None:
    table = measure(RENDERINGS)
    result = fs.cluster(table, n_clusters=3)
    turned = np.arange(48)[::-1]
    one = learn_members(result.model, table, result.labels).members
    other = learn_members(result.model, table.select_images(turned), result.labels[turned]).members
    assert one is not None
    for name, value in vars(one).items():
        np.testing.assert_array_equal(value, getattr(other, name))


def test_without_members_nothing_is_learnt() -> None:
    table = measure(RENDERINGS)
    model = replace(fs.cluster(table, n_clusters=3).model, members=None)
    assert learn_members(model, table, np.full(48, -1)).members is None
    assert (assign(model, table).clusters >= 0).all()


def test_images_of_which_nothing_was_measured_belong_to_none() -> None:
    model, kept, labels = leave_out(RENDERINGS, "silhouette", None)
    missing = kept.missing.copy()
    missing[:2] = True
    values = np.where(missing[kept.groups, :1], 0, kept.values)
    found = assign(model, replace(kept, missing=missing, values=values))
    assert found.clusters.tolist() == [-1, -1, *labels[2:].tolist()]
    assert found.confidences[:2].tolist() == [0, 0]


def test_confidence_in_none_is_worked_by_hand() -> None:
    # p = 1/100: 1 / (1 + e / 100 * log 100) = 1 / (1 + .0271828 * 4.60517) = 1 / 1.1251815; from p = 1 / e on even odds
    doubts = _doubt_membership(np.array([0.01, 1 / np.e, 0.9, 0.0]))
    assert doubts == pytest.approx([1 / 1.1251815, 0.5, 0.5, 1.0])


def test_a_cluster_that_is_ruled_out_leaves_its_posterior_to_the_others() -> None:
    posterior = np.array([[0.9, 0.06, 0.04]] * 4)
    possible = np.array([[1, 1, 1], [0, 1, 1], [0, 0, 0], [1, 0, 0]], dtype=bool)
    chosen, weights = _choose(np.zeros(4, dtype=np.intp), posterior, possible)
    assert chosen.tolist() == [0, 1, 0, 0]
    assert weights == pytest.approx(np.array([[0.9, 0.06, 0.04], [0, 0.6, 0.4], [0.9, 0.06, 0.04], [1, 0, 0]]))


def test_known_files_are_found_unless_their_answers_differ() -> None:
    known = KnownImages(["a", "b", "b", "c", "c"], np.array([0, 1, 1, 0, -1]), np.ones(5))
    places = known.find(["c", "b", "x", "a"])
    assert places.tolist()[0] == -1
    assert known.labels[places[1]] == 1
    assert places.tolist()[2:] == [-1, 0]


def test_known_files_get_the_answer_of_the_run() -> None:
    model, kept, labels = leave_out(RENDERINGS, "silhouette", None)
    told = labels.copy()
    told[:3] = -1  # as if the run had told so
    hashes = [image.sha256 for image in kept.images]
    found = assign(model, measure(RENDERINGS), known=KnownImages(hashes, told, np.full(32, 0.25)))
    assert found.in_run.sum() == 32
    np.testing.assert_array_equal(found.clusters[found.in_run], told)
    np.testing.assert_array_equal(found.nearest[found.in_run], labels)
    assert set(found.confidences[found.in_run].tolist()) == {0.25}


def make_assignment() -> Assignment:
    return Assignment(
        paths=["b.png", 'a,"\r".png'],
        clusters=np.array([-1, 0]),
        confidences=np.array([0.75, 1.0]),
        nearest=np.array([0, 0]),
        members_as_far=np.array([0.001234, 0.5]),
        in_run=np.array([False, True]),
        false_alarms=0.01,
    )


def test_the_table_says_everything(tmp_path: Path) -> None:
    make_assignment().save(tmp_path / "a.csv")
    with open(tmp_path / "a.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {
            "path": "b.png",
            "cluster": "-1",
            "confidence": "0.7500",
            "nearest_cluster": "0",
            "members_as_far": "0.00123",
            "none_below": "0.01",
            "in_run": "no",
        },
        {
            "path": 'a,"\r".png',
            "cluster": "0",
            "confidence": "1.0000",
            "nearest_cluster": "0",
            "members_as_far": "0.5",
            "none_below": "0.01",
            "in_run": "yes",
        },
    ]


def test_summaries_have_none_last() -> None:
    summaries = summarize(make_assignment())
    assert [(one.name, one.n_images, one.confidence) for one in summaries] == [("0", 1, 1.0), ("none", 1, 0.75)]
    assert make_assignment().describe_rate().startswith("None: fewer than 1 % of any cluster's own members")


@pytest.mark.parametrize("rate", [0, 1, -0.1, float("nan")])
def test_rates_that_are_none_are_refused(rate: float) -> None:
    model, kept, _ = leave_out(RENDERINGS, "silhouette", None)
    with pytest.raises(ParameterError, match=r"must be above 0 and below 1\. Got"):
        assign(model, kept, false_alarms=rate)


def test_contents_may_be_a_column_a_mapping_or_labels() -> None:
    model, kept, _ = leave_out(RENDERINGS, "silhouette", "object")
    labels = kept.read_labels("object")
    expected = assign(model, kept, content="object").confidences
    for content in (labels, dict(zip(kept.paths, labels, strict=True))):
        np.testing.assert_array_equal(assign(model, kept, content=content).confidences, expected)
    with pytest.raises(TableError, match="no column 'scene'"):
        assign(model, kept, content="scene")


def test_families_of_another_version_are_told_before_anything_is_read() -> None:
    model, _, _ = leave_out(RENDERINGS, "silhouette", None)
    assert set(name_families(model)) == set(model.family_versions)
    for versions, found in (({"noise": 99}, "version [0-9]+"), ({"gone": 1}, "none")):
        [(name, version)] = versions.items()
        with pytest.raises(
            TableError, match=rf"needs version {version} of the family {name}, and .* has {found}\. Run cluster again"
        ):
            name_families(replace(model, family_versions=versions))
