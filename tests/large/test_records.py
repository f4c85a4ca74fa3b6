"""The figures of a clustering of many images, in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forensic_style.large.records import LargeFigures, SamplingError, order_warnings, show_share

ERROR = SamplingError(4, (2656, 2656), (4, 4), 0.987, 0.968, ((0.5, 0.506), (0.5, 0.494)), 0.006, (0.97, 0.98))
FIGURES = LargeFigures(
    n_inputs=1_000_100,
    n_images=1_000_000,
    n_sample=5312,
    share=0.005312,
    sizes=(600_000, 399_988),
    n_of_none=12,
    tree="micro-clusters",
    n_leaves=10_000,
    loss=0.01,
    start="sample",
    sum_squares=0.99,
    kept=0.999,
    error=ERROR,
)


def test_the_page_says_what_it_shows() -> None:
    assert order_warnings(FIGURES, ["Doubt."]) == (
        "This page shows a sample of 5,312 of 1,000,000 images; the table clusters.csv holds all. Of all images there "
        "are 600,000 in cluster 0 and 399,988 in cluster 1, 12 in none. 100 files could not be measured: skipped.csv "
        "says why.",
        "Two parts of the sample (2,656 images each) both found 4 technologies and agree on 98.7 % of all images "
        "(adjusted Rand index 0.97); the share of a cluster differs by up to 0.6 percentage points.",
        "Doubt.",
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"n_clusters": (3, 4)}, "found 3 and 4 technologies, where the whole sample shows 4, and agree"),
        ({"n_clusters": (3, 3)}, "both found 3 technologies, where the whole sample shows 4, and agree"),
        ({"n_clusters": (1, 1)}, "both found one technology, where the whole sample shows 4, and agree"),
        ({"ari": 0.5}, "(adjusted Rand index 0.50)"),
        ({"ari_with_result": (0.9, 0.5)}, "agree on 98.7 %"),
        ({"n_images": (2656, 2655)}, "(2,656 and 2,655 images)"),
    ],
)
def test_outcomes_that_differ_are_warned_of(changed: dict[str, object], words: str) -> None:
    error = replace(ERROR, **changed)
    assert words in error.describe()
    warnings = replace(FIGURES, error=error).warn()
    assert error.is_steady == (not warnings)
    assert error.is_steady == ("n_images" in changed)
    assert all(warning.startswith("The clusters depend on the images in the sample. ") for warning in warnings)


def test_images_that_change_their_cluster_are_warned_of() -> None:
    (warning,) = replace(FIGURES, kept=0.85).warn()
    assert warning.startswith("Only 85 % of the sample's images have the same cluster on this page and in clusters.csv")


@pytest.mark.parametrize(("share", "shown"), [(0.0, "0 %"), (0.1234, "12.3 %"), (0.99999, "99.9 %"), (1.0, "100 %")])
def test_shares_are_not_rounded_up_to_all(share: float, shown: str) -> None:
    assert show_share(share) == shown
