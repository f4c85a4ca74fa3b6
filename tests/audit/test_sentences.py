"""What the audit says, word by word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forensic_style.audit.records import Alignment, SplitAudit
from forensic_style.audit.sentences import note, warn
from forensic_style.clusters.joins import Join

STRONG = Alignment("file format", 2, 1.0, 1.0, 1.0, n_known=40, p_value=0.002, left=0.0, decided=1.0, is_crossed=False)
PROVEN = replace(STRONG, left=0.08, decided=0.8, is_crossed=True)
WEAK = replace(STRONG, left=None, decided=0.1, is_crossed=True)


def split(*found: Alignment, one: tuple[int, ...] = (0,), other: tuple[int, ...] = (1,)) -> SplitAudit:
    return SplitAudit(Join(one, other, 1.0), 40, found, ())


def test_what_is_proven_is_said_with_what_is_left() -> None:
    assert warn([PROVEN], [split(PROVEN)]) == (
        "Clusters 0 and 1 differ in file format alone: after removing it, agreement with themselves falls to .08.",
    )


def test_what_coincides_may_be_all() -> None:
    size = replace(STRONG, confound="image size")
    megapixels = replace(STRONG, confound="megapixels")
    found = [STRONG, size, megapixels]
    assert warn(found, [split(*found)]) == (
        "Clusters 0 and 1 may differ in file format and image size alone: none occurs in both.",
    )


def test_another_difference_makes_it_a_part() -> None:
    megapixels = replace(STRONG, confound="megapixels")
    camera = replace(STRONG, confound="claimed camera", kind="claim")
    assert warn([megapixels, camera], [split(megapixels, camera)]) == (
        "Size in megapixels may be part of what separates clusters 0 and 1: none occurs in both. Claimed camera tells "
        "them apart as well.",
    )


def test_a_split_is_warned_of_where_most_clusters_die_with_it() -> None:
    of_all = replace(STRONG, decided=0.4, left=0.3)
    splits = [split(STRONG, one=(0, 2), other=(1,)), split(WEAK, other=(2,))]
    assert warn([of_all], splits) == (
        "File format may be all or part of what separates clusters 0 and 2 from cluster 1: none occurs on both sides.",
    )
    assert note([of_all], splits) == ()


def test_a_split_is_noted_where_most_clusters_survive() -> None:
    of_all = replace(STRONG, decided=0.4, left=0.9)
    splits = [split(STRONG, one=(0, 2), other=(1,)), split(WEAK, other=(2,))]
    assert warn([of_all], splits) == ()
    assert note([of_all], splits) == (
        "File format may be part of what separates clusters 0 and 2 from cluster 1: none occurs on both sides.",
    )


def test_a_split_that_is_proven_to_be_nothing_else_is_always_warned_of() -> None:
    of_all = replace(PROVEN, decided=0.3, left=0.9)
    splits = [split(WEAK, one=(0, 2), other=(1,)), split(PROVEN, other=(2,))]
    assert warn([of_all], splits) == (
        "Cluster 0 and cluster 2 differ in file format alone: after removing it, agreement with themselves falls to "
        ".08.",
    )


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        ("JPEG quality", "history", "That is part of a file's history, which is technology, and no fault."),
        ("folder", "context", "It is not in the pixels, but what was made apart may differ in other ways."),
        ("claimed camera", "claim", "Claims have no part in the fingerprints: the pixels agree with most of them."),
    ],
)
def test_what_is_no_fault_is_noted(name: str, kind: str, sentence: str) -> None:
    found = replace(STRONG, confound=name, kind=kind)  # type: ignore[arg-type]
    assert warn([found], [split(found)]) == ()
    assert note([found], [split(found)]) == (f"The clusters follow the {name}. {sentence}",)


def test_what_clusters_can_do_without_is_noted() -> None:
    found = replace(PROVEN, confound="brightness", kind="looks", left=0.97)
    assert warn([found], [split(found)]) == ()
    assert note([found], [split(found)]) == (
        "The clusters go with brightness too, but are found again without (.97 of 1).",
    )


def test_content_is_left_to_others() -> None:
    found = replace(STRONG, confound="content", kind="content")
    assert warn([found], [split(found)]) == note([found], [split(found)]) == ()


def test_one_cluster_follows_nothing() -> None:
    assert warn([STRONG], []) == note([STRONG], []) == ()


def test_a_split_that_is_nearly_all_that_separates_clusters_is_warned_of_whatever_else_is_left() -> None:
    of_all = replace(STRONG, decided=0.6, left=0.9)
    top = SplitAudit(Join((0, 2), (1,), 9.5), 40, (STRONG,), ())
    below = SplitAudit(Join((0,), (2,), 0.5), 40, (WEAK,), ())
    assert warn([of_all], [top, below]) == (
        "File format may be all or part of what separates clusters 0 and 2 from cluster 1: none occurs on both sides.",
    )
    assert note([of_all], [top, below]) == ()
