"""Acquisition and processing clustered apart, then crossed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from forensic_style.family import Group
from forensic_style.search.axes import (
    AxisClusters,
    CrossedAxes,
    PairOfClusters,
    cross_axes,
    describe_axes,
    list_axes,
    measure_variation,
)
from forensic_style.search.evidence import Evidence
from forensic_style.table import FamilyRecord

N_IMAGES = 120
GROUPS = np.repeat(np.arange(N_IMAGES), 4)
ACQUISITION = np.arange(N_IMAGES) % 2
PROCESSING = np.arange(N_IMAGES) // 2 % 2
RUN = 2 * ACQUISITION + PROCESSING


def declare(name: str, axis: str, size: int, *, sees: str = "window") -> FamilyRecord:
    return FamilyRecord(name, name, axis, 1, (Group("values", size, "value", "values"),), sees)


FAMILIES = (declare("noise", "acquisition", 3), declare("tone", "processing", 3), declare("spam", "acquisition", 2))


def draw(*, acquisition: float = 6.0, processing: float = 6.0, seed: int = 0) -> NDArray[np.float64]:
    """Windows of 120 images: columns 0 to 2 and 6 to 7 shift with the acquisition, 3 to 5 with the processing."""
    generator = np.random.default_rng(seed)
    images = generator.normal(size=(N_IMAGES, 8))
    images[:, [0, 6]] += acquisition * ACQUISITION[:, None]
    images[:, [3, 4]] += processing * PROCESSING[:, None]
    return images[GROUPS] + generator.normal(0, 0.7, (len(GROUPS), 8))


def cross(windows: NDArray[np.float64], run: NDArray[np.intp] = RUN, **asked: object) -> CrossedAxes:
    crossed = cross_axes(windows, GROUPS, FAMILIES, run, **asked)  # type: ignore[arg-type]
    assert crossed is not None
    return crossed


@pytest.mark.parametrize("limited", [False, True])
def test_axes_that_are_crossed_come_apart(limited: bool) -> None:
    crossed = cross(draw(), limited=limited)
    assert adjusted_rand_score(ACQUISITION, crossed.acquisition.labels) > 0.95
    assert adjusted_rand_score(PROCESSING, crossed.processing.labels) > 0.95
    assert crossed.counts.shape == (2, 2)
    assert crossed.counts.sum() == N_IMAGES
    assert crossed.counts.min() >= 28
    assert abs(crossed.agreement) < 0.05
    differs = {pair.clusters: pair.differs for pair in crossed.pairs}
    assert differs == {
        (0, 1): "processing",
        (2, 3): "processing",
        (0, 2): "acquisition",
        (1, 3): "acquisition",
        (0, 3): "",
        (1, 2): "",
    }
    assert describe_axes(crossed) == (
        "Acquisition alone: 2 clusters; processing alone: 2 clusters.",
        "Of these pairs of clusters (0 and 2; 1 and 3) the two differ in acquisition, not in processing.",
        "Of these pairs of clusters (0 and 1; 2 and 3) the two differ in processing, not in acquisition.",
    )


def test_an_axis_of_one_cluster_leads_to_no_sentence() -> None:
    crossed = cross(draw(acquisition=0.0), PROCESSING)
    assert crossed.acquisition.n_clusters == 1
    assert not crossed.acquisition.is_believed
    assert crossed.pairs[0].differs == ""
    assert describe_axes(crossed) == ("Acquisition alone: one cluster; processing alone: 2 clusters.",)


def test_clusters_that_windows_tell_apart_are_not_alike() -> None:
    """Acquisition has two clear clusters, and within each a faint difference that follows the processing."""
    windows = draw()
    windows[:, 1] += 2.2 * PROCESSING[GROUPS]
    crossed = cross(windows)
    assert crossed.acquisition.told_apart[0, 1] > 0.5
    assert crossed.acquisition.n_clusters == 2
    assert crossed.pairs[0].acquisition < 0.1
    assert crossed.pairs[0].differs == ""


def test_axes_of_the_same_clusters_cannot_tell_which_differs() -> None:
    windows = draw(processing=0.0)
    windows[:, 3] += 6 * ACQUISITION[GROUPS]
    crossed = cross(windows, ACQUISITION)
    assert crossed.pairs[0].differs == ""
    assert crossed.agreement > 0.9
    assert describe_axes(crossed) == (
        "Acquisition alone: 2 clusters; processing alone: 2 clusters. Both tell the same images apart, so which of the "
        "two differs cannot be told.",
    )


def test_content_is_removed_from_each_axis() -> None:
    content = np.array([f"c{code}" for code in np.arange(N_IMAGES) // 4 % 3], dtype=object)
    windows = draw()
    windows[:, 0] += np.array([0.0, 9.0, 18.0])[np.arange(N_IMAGES) // 4 % 3][GROUPS]
    crossed = cross(windows, content=content)
    assert adjusted_rand_score(ACQUISITION, crossed.acquisition.labels) > 0.9


def test_images_of_no_cluster_are_in_no_pair() -> None:
    run = np.where(RUN == 3, -1, RUN)
    assert [pair.clusters for pair in cross(draw(), run).pairs] == [(0, 1), (0, 2), (1, 2)]


def test_columns_of_files_do_not_judge() -> None:
    """Columns that are the same in all windows of an image tell nothing apart, though they cluster."""
    families = (FAMILIES[0], declare("structure", "processing", 2, sees="file"), declare("tone", "processing", 3))
    windows = draw(processing=0.0)
    windows[:, 3:5] = 6.0 * PROCESSING[GROUPS][:, None]
    unreplicated = np.array([False] * 3 + [True] * 2 + [False] * 3)
    windows[:, 6] = np.random.default_rng(1).normal(size=len(GROUPS))
    crossed = cross_axes(windows, GROUPS, families, RUN, unreplicated=unreplicated)
    assert crossed is not None
    assert crossed.processing.told_apart.max() < 0.6
    assert np.isfinite(crossed.processing.evidence.score)


def test_axis_of_files_alone_is_clustered() -> None:
    families = (declare("noise", "acquisition", 3), declare("structure", "processing", 3, sees="file"))
    windows = draw()[:, :6]
    windows[:, 3:] = windows[::4, 3:][GROUPS]
    unreplicated = np.array([False] * 3 + [True] * 3)
    crossed = cross_axes(windows, GROUPS, families, RUN, unreplicated=unreplicated)
    assert crossed is not None
    assert adjusted_rand_score(PROCESSING, crossed.processing.labels) > 0.9


def test_one_axis_cannot_be_crossed() -> None:
    only = (declare("noise", "acquisition", 8),)
    assert cross_axes(draw(), GROUPS, only, RUN) is None
    still = draw()
    still[:, 3:6] = 0.0
    assert cross_axes(still, GROUPS, FAMILIES, RUN) is None


def test_few_images_of_one_window_are_one_cluster_each() -> None:
    windows = draw()[::4][:6]
    crossed = cross_axes(windows, np.arange(6), FAMILIES, np.array([0, 0, 0, 1, 1, 1]))
    assert crossed is not None
    assert (crossed.acquisition.n_clusters, crossed.processing.n_clusters) == (1, 1)
    assert crossed.counts.tolist() == [[6]]


def test_result_is_the_same_again() -> None:
    one, two = (cross(draw(seed=3), random_state=1) for _ in range(2))
    np.testing.assert_array_equal(one.acquisition.labels, two.acquisition.labels)
    np.testing.assert_array_equal(one.processing.told_apart, two.processing.told_apart)


def test_variation_of_hand_worked_shares() -> None:
    """Shares (3/4, 1/4, 0) and (0, 1/2, 1/2): half of 3/4 + 1/4 + 1/2."""
    labels = np.array([0, 0, 0, 1, 1, 2])
    one, two = np.arange(6) < 4, np.arange(6) >= 4
    assert measure_variation(labels, one, two) == 0.75
    assert measure_variation(labels, one, one) == 0.0


def make_axis(axis: str, *, score: float = 1.0, n_clusters: int = 2) -> AxisClusters:
    return AxisClusters(axis, np.arange(4) % n_clusters, Evidence(score, 1.0, 1.0), np.zeros((4, 4)))


def word(differs: list[tuple[int, int]], axis: str = "processing") -> str:
    pairs = tuple(PairOfClusters(pair, 0.0, 1.0, axis) for pair in differs)
    axes = make_axis("acquisition"), make_axis("processing")
    return describe_axes(CrossedAxes(*axes, np.zeros((2, 2), dtype=np.intp), 0.0, pairs))[1]


def test_sentences_about_one_pair_a_whole_set_and_many_pairs() -> None:
    assert word([(0, 3)]) == "Clusters 0 and 3 differ in processing, not in acquisition."
    assert word([(0, 1), (0, 3), (1, 3)]) == (
        "Clusters 0, 1 and 3 all differ from one another in processing, not in acquisition."
    )
    assert word([(0, other) for other in range(1, 8)], "acquisition") == (
        "Of these pairs of clusters (0 and 1; 0 and 2; 0 and 3; 0 and 4; 3 more pairs) the two differ in acquisition, "
        "not in processing."
    )


def test_weak_evidence_is_called_what_it_is() -> None:
    weak = make_axis("acquisition", score=0.3)
    assert not weak.is_believed
    crossed = CrossedAxes(weak, make_axis("processing"), np.zeros((2, 2), dtype=np.intp), 0.0, ())
    assert describe_axes(crossed) == (
        "Acquisition alone: cannot tell (evidence 0.30 of 1); processing alone: 2 clusters.",
    )


def test_plain_numbers_can_be_written_as_json() -> None:
    pair = PairOfClusters((0, 1), 0.0, 1.0, "processing")
    axes = make_axis("acquisition", score=0.25), make_axis("processing")
    crossed = CrossedAxes(*axes, np.array([[1, 2], [3, 4]]), 0.5, (pair,))
    written = json.loads(json.dumps(list_axes(crossed)))
    assert written["acquisition"]["evidence"]["score"] == 0.25
    assert (written["acquisition"]["believed"], written["processing"]["believed"]) == (False, True)
    assert written["crossed"] == [[1, 2], [3, 4]]
    assert written["pairs"] == [{"clusters": [0, 1], "acquisition": 0.0, "processing": 1.0, "differs": "processing"}]
