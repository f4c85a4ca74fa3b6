from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensic_style.audit.claims import audit_claims, list_claims, name_camera, warn_of_claims
from forensic_style.audit.records import ClaimsAudit, Contradiction
from forensic_style.table import ImageRecord

PHONES = ["LG LG-D605", "SAMSUNG GT-I9300", "samsung SM-J330F"]


def describe(models: list[str], **more: str) -> list[ImageRecord]:
    return [
        ImageRecord(f"{number}.jpg", "", "JPEG", 64, 64, 100, claims={"model": model} | more if model else {})
        for number, model in enumerate(models)
    ]


def draw(clusters: list[int], *, seed: int = 0, apart: float = 12.0) -> np.ndarray:
    """Clusters well apart in six directions."""
    centres = np.eye(max(clusters) + 1, 6) * apart
    return centres[clusters] + np.random.default_rng(seed).normal(size=(len(clusters), 6))


CLUSTERS = [0] * 10 + [1] * 10 + [2] * 10
MODELS = [PHONES[cluster] for cluster in CLUSTERS]
LABELS, X = np.array(CLUSTERS), draw(CLUSTERS)


def test_two_forged_files_are_listed_and_nobody_else() -> None:
    models = [*MODELS]
    models[3], models[25] = PHONES[2], PHONES[0]
    found = audit_claims(describe(models), LABELS, X)
    assert found is not None
    assert sorted(one.image for one in found.contradictions) == [3, 25]
    forged = next(one for one in found.contradictions if one.image == 3)
    assert (forged.field, forged.claim, forged.cluster, forged.usual) == ("camera", PHONES[2], 0, 2)
    assert forged.resembles == PHONES[0]
    assert forged.words == (
        "Other files that claim this camera are most frequent in cluster 2. Its traces (cluster 0) are over a million "
        "times likelier among files that claim LG LG-D605."
    )


def test_true_claims_are_not_listed() -> None:
    found = audit_claims(describe(MODELS), LABELS, X)
    assert found is not None
    assert found.contradictions == ()


def test_counts_what_each_cluster_claims() -> None:
    models = ["A ", "a", "a", "", "B", "B"]
    found = audit_claims(describe(models), np.array([0, 0, 0, 0, 1, -1]), draw([0, 0, 0, 0, 1, 1]))
    assert found is not None
    assert [(count.cluster, count.field, count.values) for count in found.counts] == [
        (-1, "camera", (("B", 1),)),
        (0, "camera", (("a", 3), ("", 1))),
        (1, "camera", (("B", 1),)),
    ]


def test_one_camera_in_two_clusters_and_two_in_one_are_no_contradiction() -> None:
    one_in_two = audit_claims(describe(["A"] * 20 + ["B"] * 10), LABELS, X)
    two_in_one = audit_claims(describe(["A", "B"] * 5 + ["C"] * 20), LABELS, X)
    assert one_in_two is not None
    assert two_in_one is not None
    assert one_in_two.contradictions == two_in_one.contradictions == ()


def test_a_file_like_none_of_the_others_contradicts_its_claim() -> None:
    rows = np.vstack([X, np.full((1, 6), 20.0)])
    found = audit_claims(describe([*MODELS, PHONES[1]]), np.append(LABELS, -1), rows)
    assert found is not None
    (one,) = found.contradictions
    assert (one.image, one.cluster, one.usual, one.resembles) == (30, -1, 1, "")
    assert "(no cluster)" in one.words
    assert one.words.endswith("likelier for an image from anywhere in the collection.")


def test_a_claim_of_two_files_is_not_judged() -> None:
    """Two files are one comparison each, and that is too few."""
    models = [*MODELS]
    models[3] = models[25] = "X"
    found = audit_claims(describe(models), LABELS, X)
    assert found is not None
    assert found.contradictions == ()


def test_software_is_a_claim_of_its_own() -> None:
    images = [
        ImageRecord(f"{number}", "", "JPEG", 64, 64, 1, claims={"software": "editor" if cluster else "camera 1.0"})
        for number, cluster in enumerate(CLUSTERS)
    ]
    images[4] = replace(images[4], claims={"software": "Editor"})
    found = audit_claims(images, LABELS, X)
    assert found is not None
    (one,) = found.contradictions
    assert (one.image, one.field, one.claim, one.resembles) == (4, "software", "Editor", "camera 1.0")


def test_files_that_claim_nothing() -> None:
    assert audit_claims(describe([""] * 30), LABELS, X) is None
    models = [*MODELS]
    models[:8] = [""] * 8
    found = audit_claims(describe(models), LABELS, X)
    assert found is not None
    assert found.contradictions == ()


def test_equal_rows_divide_by_nothing() -> None:
    found = audit_claims(describe(MODELS), LABELS, np.zeros((30, 6)))
    assert found is not None
    assert found.contradictions == ()


def test_in_parts_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    models = [*MODELS]
    models[3], models[25] = PHONES[2], PHONES[0]
    at_once = audit_claims(describe(models), LABELS, X)
    monkeypatch.setattr("forensic_style.audit.claims.MOST_AT_ONCE", 1)
    assert audit_claims(describe(models), LABELS, X) == at_once


@given(st.integers(0, 2**32 - 1))
def test_the_order_of_images_changes_nothing(seed: int) -> None:
    models = [*MODELS]
    models[3], models[25] = PHONES[2], PHONES[0]
    order = np.random.default_rng(seed).permutation(30)
    found = audit_claims(describe([models[place] for place in order]), LABELS[order], X[order])
    assert found is not None
    assert {order[one.image] for one in found.contradictions} == {3, 25}


def test_reads_claims_whatever_they_hold() -> None:
    images = describe(["x"])
    images[0] = replace(images[0], claims={"make": "SONY\0\0", "model": " sony  DSC-P12\0", "software": "\0"})
    assert list_claims(images) == {"camera": ["sony DSC-P12"], "software": [""]}
    assert name_camera({}) == ""


def test_a_sentence_names_at_most_three_files() -> None:
    one = Contradiction(0, "camera", "A", 0, 1, "", 3.0, "")
    assert warn_of_claims(None, []) == ()
    assert warn_of_claims(ClaimsAudit((), (one, replace(one, field="software"))), ["a.jpg"]) == (
        "1 file claims an origin that its traces do not support: a.jpg; see the report's section on claims.",
    )
    many = ClaimsAudit((), tuple(replace(one, image=number) for number in range(4)))
    assert warn_of_claims(many, ["a", "b", "c", "d"]) == (
        "4 files claim an origin that their traces do not support: a, b, c, ...; see the report's section on claims.",
    )
