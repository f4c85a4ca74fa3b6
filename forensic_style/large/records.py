"""What is reported of the way from a sample to all images, and its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forensic_style.audit.records import Alignment
from forensic_style.report.words import count_things, join_words

STEADY = 0.8  # agreement (adjusted Rand index) of the outcomes of parts, below which is warned of
KEPT = 0.9  # share of the sample's images that keep their cluster, below which is warned of


@dataclass(frozen=True, slots=True)
class SamplingError:
    """How far the outcome depends on the images that happened to be in the sample.

    Parts of the sample were searched apart, and what each found was carried to all images. A part is smaller than the
    sample, so the outcomes of two samples would differ less.

    Parameters
    ----------
    n_found : clusters of the result
    n_images : of each part
    n_clusters : found in each part
    agreement : share of all images on which both outcomes agree, clusters matched one to one, 0..1
    ari : adjusted Rand index of both outcomes, among all images
    shares : for each cluster of the result its share among all images in each outcome; 0 where an outcome lacks it
    spread : largest difference between the two shares of a cluster
    ari_with_result : adjusted Rand index of each outcome with the result
    """

    n_found: int
    n_images: tuple[int, int]
    n_clusters: tuple[int, int]
    agreement: float
    ari: float
    shares: tuple[tuple[float, float], ...]
    spread: float
    ari_with_result: tuple[float, float]

    @property
    def is_steady(self) -> bool:
        """Whether both parts found as many clusters as the sample, and about the same ones."""
        return {*self.n_clusters} == {self.n_found} and min(self.ari, *self.ari_with_result) >= STEADY

    def describe(self) -> str:
        """The error in a sentence."""
        one, other = self.n_clusters
        sizes = " and ".join(f"{n:,}" for n in dict.fromkeys(self.n_images))
        each = " each" if self.n_images[0] == self.n_images[1] else ""
        found = f"both found {_name_number(one)}" if one == other else f"found {one} and {other} technologies"
        whole = "" if {one, other} == {self.n_found} else f", where the whole sample shows {self.n_found},"
        return (
            f"Two parts of the sample ({sizes} images{each}) {found}{whole} and agree on "
            f"{show_share(self.agreement)} of all images (adjusted Rand index {self.ari:.2f}); the share of a cluster "
            f"differs by up to {100 * self.spread:.1f} percentage points."
        )


@dataclass(frozen=True, slots=True)
class LargeFigures:
    """Figures of a clustering of many images.

    Parameters
    ----------
    n_inputs, n_images : inputs, and those that were measured
    n_sample : images that were searched with all their windows
    share : of the images that are in the sample
    sizes : images in each cluster, among all
    n_of_none : images that belong to no cluster
    tree : "exact" for Ward's tree of all images, "micro-clusters" for one of parts of them
    n_leaves : of the tree: images or micro-clusters
    loss : share of the sum of squares that lies within micro-clusters, which the tree does not see; 0 where it is exact
    start : which partition was refined: the "sample"'s, carried to all images, or the cut of the "tree"
    sum_squares : within the clusters, over that of the other start
    kept : share of the sample's images that have the same cluster among all
    n_unseen_contents : images whose content the sample does not show, so that it was not removed
    n_unnamed : images of known styles that no cluster is named by
    error : how far the sample decides; None where it is too small to be parted
    alignments : of the clusters of all images with properties of the files
    """

    n_inputs: int
    n_images: int
    n_sample: int
    share: float
    sizes: tuple[int, ...]
    n_of_none: int
    tree: str
    n_leaves: int
    loss: float
    start: str
    sum_squares: float
    kept: float
    n_unseen_contents: int = 0
    n_unnamed: int = 0
    error: SamplingError | None = None
    alignments: tuple[Alignment, ...] = ()

    def describe(self) -> str:
        """What the page shows, and what there is, in sentences."""
        sizes = join_words([f"{size:,} in cluster {number}" for number, size in enumerate(self.sizes)])
        none = f", {self.n_of_none:,} in none" if self.n_of_none else ""
        n_skipped = self.n_inputs - self.n_images
        skipped = (
            f" {count_things(n_skipped, 'file')} could not be measured: skipped.csv says why." if n_skipped else ""
        )
        return (
            f"This page shows a sample of {self.n_sample:,} of {self.n_images:,} images; the table clusters.csv holds "
            f"all. Of all images there are {sizes}{none}.{skipped}"
        )

    def warn(self) -> tuple[str, ...]:
        """Sentences about what speaks against the clusters of all images, then the error."""
        doubts = []
        if self.error is None:
            doubts.append(
                f"The sample of {count_things(self.n_sample, 'image')} is too small to be searched in two parts: how "
                "far the clusters depend on it is not known."
            )
        elif not self.error.is_steady:
            doubts.append(f"The clusters depend on the images in the sample. {self.error.describe()}")
        if self.kept < KEPT:
            doubts.append(
                f"Only {show_share(self.kept)} of the sample's images have the same cluster on this page and in "
                "clusters.csv: the clusters of all images are others than those of the sample."
            )
        if self.n_unseen_contents:
            doubts.append(
                f"{count_things(self.n_unseen_contents, 'image')} of all show contents that the sample does not: "
                "nothing was removed from them."
            )
        if self.n_unnamed:
            doubts.append(
                f"{count_things(self.n_unnamed, 'image')} of all have a known style that no cluster is named by: it "
                "was not used for them."
            )
        return tuple(doubts)


def show_share(share: float) -> str:
    """A share in percent, never rounded up to all.

    >>> show_share(0.9874), show_share(0.9999), show_share(1.0)
    ('98.7 %', '99.9 %', '100 %')
    """
    return "100 %" if share == 1 else f"{min(round(100 * share, 1), 99.9):g} %"


def _name_number(n: int) -> str:
    return "one technology" if n == 1 else f"{n} technologies"


def order_warnings(figures: LargeFigures, others: Sequence[str]) -> tuple[str, ...]:
    """What is said of the sample's page: that it is one, doubts, and what is said of the sample itself."""
    doubts = figures.warn()
    error = figures.error
    steady = (error.describe(),) if error is not None and error.is_steady else ()
    return (figures.describe(), *doubts, *steady, *others)
