"""The whole way from a source of many images to their clusters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

import forensic_style as fs
from forensic_style.errors import TableError
from forensic_style.large import LargeResult, TableSource, cluster_many
from forensic_style.large.known import add_known
from forensic_style.large.labels import Asked
from forensic_style.sampling import MEAN_ROW
from forensic_style.table import FingerprintTable
from tests.large.tables import draw_table

N_IMAGES, N_ODD, MOST = 240, 3, 110


@pytest.fixture(scope="module")
def table() -> FingerprintTable:
    return draw_table(N_IMAGES, n_odd=N_ODD)


@pytest.fixture(scope="module")
def result(table: FingerprintTable) -> LargeResult:
    return cluster_many(TableSource(table, most=MOST), content="object")


def test_all_images_find_their_technology(result: LargeResult, table: FingerprintTable) -> None:
    assert len(result.sample.labels) < MOST
    ordinary = np.arange(N_IMAGES) < N_IMAGES - N_ODD
    truth = np.array(table.read_labels("technology"))
    assert adjusted_rand_score(truth[ordinary], result.labels[ordinary]) >= 0.98
    assert result.sizes == np.bincount(result.labels[ordinary]).tolist()
    assert result.warnings[0].startswith(f"This page shows a sample of {len(result.sample.labels)} of 240 images")
    assert repr(result) == f"LargeResult(240 images, 3 clusters of {', '.join(map(str, result.sizes))})"


def test_odd_images_outside_the_sample_belong_to_none(result: LargeResult) -> None:
    assert result.labels[-N_ODD:].tolist() == [-1] * N_ODD
    assert result.confidences[-N_ODD:].tolist() == [0.0] * N_ODD
    assert result.figures.n_of_none == N_ODD


def test_images_of_the_sample_keep_their_cluster_and_confidence(result: LargeResult, table: FingerprintTable) -> None:
    place = {path: number for number, path in enumerate(table.paths)}
    sampled = [place[path] for path in result.sample.table.paths]
    assert result.figures.kept == (result.labels[sampled] == result.sample.labels).mean() >= 0.98
    same = result.labels[sampled] == result.sample.labels
    np.testing.assert_allclose(result.confidences[sampled][same], result.sample.confidences[same], atol=1e-6)


def test_the_error_is_stated(result: LargeResult) -> None:
    error = result.figures.error
    assert error is not None
    assert sum(error.n_images) == len(result.sample.labels)
    assert (error.n_clusters, error.n_found, error.is_steady) == ((3, 3), 3, True)
    assert result.warnings[1] == error.describe()
    assert "both found 3 technologies and agree on 100 % of all images" in result.warnings[1]


def test_the_audit_is_of_all_images(result: LargeResult) -> None:
    by_name = {one.confound: one for one in result.figures.alignments}
    assert by_name["file format"].n_known == N_IMAGES - N_ODD
    assert by_name["content"].nmi < 0.1


def test_the_tree_is_over_all_images(result: LargeResult) -> None:
    tree = result.tree
    assert (result.figures.tree, tree.is_exact, tree.tree.shape) == ("exact", True, (N_IMAGES - 1, 4))
    one, other = np.searchsorted(np.sort(tree.members), tree.tree[0, :2])
    assert sorted(tree.members.tolist()) == list(range(N_IMAGES))
    first = [int(np.flatnonzero(tree.members == leaf)[0]) for leaf in (one, other)]
    assert result.labels[first[0]] == result.labels[first[1]]


def test_a_tree_over_micro_clusters_leads_to_the_same_clusters(result: LargeResult, table: FingerprintTable) -> None:
    other = cluster_many(
        TableSource(table, most=MOST), content="object", n_clusters=3, most_exact=N_IMAGES - 1, most_in_part=1
    )
    figures = other.figures
    assert (figures.tree, figures.n_leaves) == ("micro-clusters", len(np.unique(other.tree.members)))
    assert figures.n_leaves < N_IMAGES
    assert 0 < figures.loss < 1
    np.testing.assert_array_equal(other.labels, result.labels)


def test_neither_names_nor_their_order_change_anything(table: FingerprintTable) -> None:
    random = np.random.default_rng(1)
    order = random.permutation(N_IMAGES)
    names = [f"{number:03}.png" for number in random.permutation(N_IMAGES)]
    renamed = replace(
        table.select_images(order),
        images=tuple(replace(table.images[old], path=name) for old, name in zip(order, names, strict=True)),
    )
    one, other = (
        cluster_many(TableSource(given, most=MOST), content="object", n_clusters=3, most_in_part=1)
        for given in (table, renamed)
    )
    back = np.argsort([int(name[:3]) for name in names])  # images of the second source, as numbers of the renamed table
    np.testing.assert_array_equal(other.labels, one.labels[order[back]])
    np.testing.assert_array_equal(other.confidences, one.confidences[order[back]])
    assert other.figures == replace(one.figures, alignments=other.figures.alignments)
    assert one.figures.error is None
    assert "too small to be searched in two parts" in one.warnings[1]


def test_known_styles_outside_the_sample_name_clusters_of_all(table: FingerprintTable) -> None:
    source = TableSource(table, most=MOST)
    sampled = set(source.sample().paths)
    truth = dict(zip(table.paths, table.read_labels("technology"), strict=True))
    outside = [path for path in table.paths[:-N_ODD] if path not in sampled][:30]
    stray = next(path for path in reversed(table.paths[:-N_ODD]) if path not in sampled and truth[path] != "t0")
    known = {path: truth[path] for path in outside} | {stray: "t0"}
    result = cluster_many(source, content="object", known=known, most_in_part=1)
    assert len(result.sample.labels) == len(sampled) + len(known)
    assert sorted(result.sample.names) == ["t0", "t1", "t2"]
    named = np.array([result.sample.names[label] for label in result.labels[:-N_ODD]])
    assert (named == np.array(table.read_labels("technology"))[:-N_ODD]).mean() >= 0.98
    assert result.sample.names[result.labels[table.paths.index(stray)]] == "t0"  # as it was said, whatever it shows


def test_few_of_many_known_images_are_searched(table: FingerprintTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forensic_style.large.known.MOST_KNOWN", 6)
    source = TableSource(table, most=MOST)
    sample = source.sample()
    joined = add_known(source, sample, Asked.of(None, "technology", ()))
    added = joined.select_images([n for n, path in enumerate(joined.paths) if path not in set(sample.paths)])
    assert sorted(added.read_labels("technology")) == ["t0", "t0", "t1", "t1", "t2", "t2"]
    assert added.windows[:, 0].tolist() == [MEAN_ROW] * 6
    assert joined.paths == sorted(joined.paths)
    assert add_known(source, sample, Asked()) is sample


def test_contents_that_the_sample_lacks_are_told(table: FingerprintTable) -> None:
    source = TableSource(table, most=MOST)
    sampled = set(source.sample().paths)
    contents = dict(zip(table.paths, table.read_labels("object"), strict=True))
    new = [path for path in table.paths if path not in sampled][:2]
    result = cluster_many(source, content=contents | dict.fromkeys(new, "new"), n_clusters=3, most_in_part=1)
    assert result.figures.n_unseen_contents == 2
    assert any("2 images of all show contents that the sample does not" in one for one in result.warnings)


class Shrunken(TableSource):
    """A source that loses images between two passes."""

    def blocks(self, n: int) -> Iterator[FingerprintTable]:
        yield from list(super().blocks(n))[:-1]


def test_a_source_that_changes_meanwhile_is_told(table: FingerprintTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forensic_style.large.gathering.IMAGES_PER_BLOCK", 100)
    with pytest.raises(TableError, match=r"hold 200 images, and not the 240 that were counted"):
        cluster_many(Shrunken(table, most=MOST), n_clusters=3, most_in_part=1)


def test_small_and_large_agree(result: LargeResult, table: FingerprintTable) -> None:
    small = fs.cluster(table, content="object", n_clusters=3)
    inside = (small.labels >= 0) & (result.labels >= 0)
    assert adjusted_rand_score(small.labels[inside], result.labels[inside]) >= 0.98
    np.testing.assert_array_equal(small.labels < 0, result.labels < 0)


def test_a_result_saves_itself(result: LargeResult, tmp_path: Path) -> None:
    result.save(tmp_path / "run")
    assert (tmp_path / "run" / "clusters.csv").is_file()
