"""Alignment of the clusters with what is not technology."""

from __future__ import annotations

import numpy as np
import pytest

from forensic_style.audit import measure_alignments
from forensic_style.table import ImageRecord

CLUSTERS = np.arange(40) // 20


def describe(
    formats: list[str] | None = None, *, sizes: list[int] | None = None, folders: list[str] | None = None
) -> list[ImageRecord]:
    """Forty images that differ in what is given only."""
    return [
        ImageRecord(
            path=f"{folders[number] if folders else 'photos'}/{number}.x",
            sha256=f"{number:064x}",
            format=formats[number] if formats else "JPEG",
            rows=100,
            columns=sizes[number] if sizes else 200,
            n_bytes=1,
        )
        for number in range(40)
    ]


def test_clusters_that_are_file_formats_are_warned_of() -> None:
    alignments = measure_alignments(describe(["JPEG"] * 20 + ["PNG"] * 20), CLUSTERS, None)
    assert [(found.confound, found.n_values) for found in alignments] == [("file format", 2)]
    assert alignments[0].nmi == pytest.approx(1)
    assert alignments[0].ami == pytest.approx(1)
    assert alignments[0].purity == 1


def test_formats_crossed_with_the_clusters_are_not_warned_of() -> None:
    (found,) = measure_alignments(describe(["JPEG", "PNG"] * 20), CLUSTERS, None)
    assert found.nmi == pytest.approx(0, abs=1e-12)
    assert found.ami == pytest.approx(0, abs=0.05)


def test_half_aligned_content_is_worked_by_hand() -> None:
    # the first cluster is all "a", the second half "a", half "b": entropies ln 2 and .75 ln(4/3) + .25 ln 4
    content = ["a"] * 30 + ["b"] * 10
    (found,) = measure_alignments(describe(), CLUSTERS, content)
    of_content = 0.75 * np.log(4 / 3) + 0.25 * np.log(4)
    mutual = of_content - 0.5 * np.log(2)  # content is certain in the first cluster, a coin in the second
    assert found.confound == "content"
    assert found.nmi == pytest.approx(mutual / ((np.log(2) + of_content) / 2))


def test_size_folder_and_content_are_compared_and_constant_properties_left_out() -> None:
    images = describe(sizes=[200, 300] * 20, folders=["one"] * 20 + ["two"] * 20)
    found = {found.confound: found for found in measure_alignments(images, CLUSTERS, ["a", "b", "c", ""] * 10)}
    assert list(found) == ["image size", "megapixels", "content", "folder"]
    assert (found["content"].n_values, found["content"].n_known) == (3, 30)
    assert found["folder"].ami == pytest.approx(1)
    assert [found[name].ami < 0.1 for name in found] == [True, True, True, False]
    assert measure_alignments(describe(), CLUSTERS, ["same"] * 40) == ()


def test_a_size_of_its_own_for_every_image_is_no_alignment() -> None:
    found, _ = measure_alignments(describe(sizes=list(range(1, 41))), CLUSTERS, None)
    assert found.confound == "image size"
    assert found.nmi > 0.2  # inflated
    assert found.ami == pytest.approx(0, abs=1e-9)
    assert (found.p_value, found.decided) == (1, 0)


def test_content_that_decides_the_clusters_is_measured_and_left_to_others_to_warn_of() -> None:
    alignments = measure_alignments(describe(), CLUSTERS, ["cat"] * 20 + ["dog"] * 20)
    assert alignments[0].ami == pytest.approx(1)
    assert alignments[0].purity == 1


def test_a_single_cluster_follows_nothing() -> None:
    alignments = measure_alignments(describe(["JPEG", "PNG"] * 20), np.zeros(40, dtype=int), None)
    assert alignments[0].ami == pytest.approx(0, abs=1e-9)


def test_the_chance_of_an_alignment_is_that_of_shuffled_clusters() -> None:
    rng = np.random.default_rng(0)
    formats = rng.choice(["JPEG", "PNG"], 40, p=[0.7, 0.3]).tolist()
    (found,) = measure_alignments(describe(formats), CLUSTERS, None)
    drawn = [measure_alignments(describe(formats), rng.permutation(CLUSTERS), None)[0].nmi for _ in range(300)]
    assert found.p_value == pytest.approx(np.mean(np.array(drawn) >= found.nmi - 1e-9), abs=0.1)
    (certain,) = measure_alignments(describe(["JPEG"] * 20 + ["PNG"] * 20), CLUSTERS, None)
    assert certain.p_value == pytest.approx(1 / 500)


def test_several_values_in_one_cluster_decide_it_all_the_same() -> None:
    found = measure_alignments(describe(["JPEG", "TIFF"] * 10 + ["PNG", "WebP"] * 10), CLUSTERS, None)[0]
    assert found.ami < 0.7
    assert found.decided == pytest.approx(1)


def test_shuffles_know_neither_order_nor_names() -> None:
    rng = np.random.default_rng(1)
    formats = rng.choice(["A", "B", "C"], 40).tolist()
    order = rng.permutation(40)
    renamed = [{"A": "z", "B": "y", "C": "x"}[formats[number]] for number in order]
    (one,) = measure_alignments(describe(formats), CLUSTERS, None)
    (other,) = measure_alignments(describe(renamed), 7 - CLUSTERS[order], None)
    assert (other.p_value, other.decided) == (one.p_value, pytest.approx(one.decided, abs=1e-12))
