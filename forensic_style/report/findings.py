"""The audit in words: what the clusters align with, how far they can be believed, how their number was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from forensic_style.audit.alignment import is_followed
from forensic_style.audit.removal import dies
from forensic_style.clusters.splitting import Split
from forensic_style.report.palette import Mark
from forensic_style.report.words import ABSENT, join_words, name_evidence, show_p
from forensic_style.result import ClusterResult

MOST_CROSSED = 40  # contents of a crossing table


@dataclass(frozen=True, slots=True)
class Yardstick:
    """One measure of evidence: 0 by chance, 1 at best."""

    name: str
    value: float
    word: str
    meaning: str


@dataclass(frozen=True, slots=True)
class SplitTest:
    """The test of one group of images: does it fall into two?

    `valley` and `tightness` are the two p values, a dash where one was not asked; so is `explained`, the share of the
    split that the content decides.
    """

    n_images: int
    sizes: tuple[int, int]
    index: float
    valley: str
    tightness: str
    threshold: str
    explained: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number of clusters that was considered; the step to it from one cluster fewer was tested, or a dash."""

    n_clusters: int
    is_chosen: bool
    index: float
    stability: float
    least_stability: float
    p_value: str
    threshold: str


@dataclass(frozen=True, slots=True)
class Crossing:
    """Images of each label (rows) in each cluster (columns), and last in none where there are such."""

    marks: tuple[Mark, ...]
    rows: tuple[tuple[str, tuple[int, ...], int], ...]
    totals: tuple[int, ...]
    n_images: int


@dataclass(frozen=True, slots=True)
class AxesTable:
    """Images of each cluster by acquisition (rows) in each by processing (columns), and how far these agree, to 1.

    Beside each number of images stand the clusters of the page that they are in, the largest part first.
    """

    rows: tuple[tuple[tuple[int, tuple[Mark, ...]], ...], ...]
    agreement: float


def reassure(result: ClusterResult) -> str:
    """The sentence that nothing suspicious was found; "" where something was, or where there is one cluster."""
    if result.n_clusters < 2 or result.audit.warnings:
        return ""
    if any(dies(one) for one in result.audit.alignments):
        return ""
    if not result.audit.alignments:
        return "All images agree in the properties that were checked, so none of these explains the clusters."
    checked = [one.confound for one in result.audit.alignments if not is_followed(one)]
    nothing = "Nothing" if len(checked) == len(result.audit.alignments) else "Nothing else"
    return f"{nothing} that was checked ({join_words(checked)}) explains the clusters by itself." if checked else ""


def describe_number(result: ClusterResult) -> str:
    """How the number of clusters came about, in a few words."""
    if "cut_by_hand" in result.settings:
        return "the tree was cut by hand"
    if "moved_by_hand" in result.settings:
        return "images were moved by hand"
    if result.settings.get("clusters", "auto") != "auto":
        return "the number was given"
    if not result.splits:
        return f"the number could not be tested, {'one is' if result.n_clusters == 1 else 'the known ones are'} assumed"
    return "the number was tested"


def weigh_evidence(result: ClusterResult) -> tuple[Yardstick, ...]:
    """The three yardsticks in words; none for a single cluster, which has nothing to be weighed against."""
    if result.n_clusters < 2:
        return ()
    evidence = result.evidence
    within = result.content is not None and len(set(result.content)) > 1
    contents = "contents" if within else "images"
    named = (
        (
            f"Carries over to other {contents}",
            evidence.across_contents,
            f"A rule learnt on some {contents} names the clusters of the others. 1: always rightly. 0: as by chance.",
        ),
        (
            "Parts of an image agree",
            evidence.between_windows,
            "The clusters are found again from half of each image's windows. 1: every other window lies nearest to the "
            "cluster of its image. 0: as by chance.",
        ),
        (
            "Smallest cluster",
            evidence.smallest_share,
            "Its size over the size it would have if all clusters were equal. Very small clusters are often a few odd "
            "images.",
        ),
    )
    return tuple(Yardstick(name, value, name_evidence(value), meaning) for name, value, meaning in named)


def describe_splits(result: ClusterResult) -> tuple[SplitTest, ...]:
    """The tests of the number of clusters, in the order they were made."""
    return tuple(
        SplitTest(
            n_images=split.n_rows,
            sizes=split.sizes,
            index=split.index,
            valley=_show_chance(split.p_unimodal),
            tightness=_show_chance(split.p_gaussian),
            threshold=f"{split.threshold:.2g}",
            explained=ABSENT if split.explained is None else f"{split.explained:.2f}",
            verdict=_judge_split(split),
        )
        for split in result.splits
    )


def describe_numbers(result: ClusterResult) -> tuple[Number, ...]:
    """The numbers of clusters that were considered; none where there is only one."""
    considered = result.numbers if len(result.numbers) > 1 else ()
    return tuple(
        Number(
            n_clusters=number.n_clusters,
            is_chosen=number.is_chosen,
            index=number.index,
            stability=number.stability,
            least_stability=number.least_stability,
            p_value=_show_chance(number.p_value),
            threshold=ABSENT if number.threshold is None else f"{number.threshold:.2g}",
        )
        for number in considered
    )


def cross_axes(result: ClusterResult) -> AxesTable | None:
    """Images of each cluster by acquisition in each by processing; None where one axis took part, or both have one."""
    if result.axes is None or result.axes.counts.size == 1:
        return None
    axes = result.axes
    inside: dict[tuple[int, int], Counter[int]] = {}
    pairs = zip(axes.acquisition.labels.tolist(), axes.processing.labels.tolist(), strict=True)
    for pair, cluster in zip(pairs, result.labels.tolist(), strict=True):
        inside.setdefault(pair, Counter())[cluster] += 1
    rows = tuple(
        tuple((count, _rank(inside.get((row, column), Counter()))) for column, count in enumerate(counts))
        for row, counts in enumerate(axes.counts.tolist())
    )
    return AxesTable(rows, float(axes.agreement))


def _rank(counts: Counter[int]) -> tuple[Mark, ...]:
    """Clusters from the largest count to the smallest."""
    return tuple(Mark(cluster) for cluster, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _show_chance(p_value: float | None) -> str:
    return ABSENT if p_value is None else show_p(p_value)


def _judge_split(split: Split) -> str:
    """What became of a group, and why."""
    if split.accepted:
        return "split, with far images drawn in" if split.limited else "split"
    if split.p_value < split.threshold:
        return "left as one: the content decides the parts" if split.follows_content else "left as one: a tiny part"
    return "left as one"


def cross_labels(result: ClusterResult, labels: Sequence[str] | None) -> Crossing | None:
    """Count the images of every label in every cluster; None without labels, or with more than 40 different ones."""
    if labels is None or len(set(labels)) > MOST_CROSSED:
        return None
    clusters = [*range(result.n_clusters), *([-1] if (result.labels < 0).any() else [])]
    counts = Counter(zip(labels, result.labels.tolist(), strict=True))
    rows = []
    for label in sorted(set(labels)):
        row = tuple(counts[label, cluster] for cluster in clusters)
        rows.append((label, row, sum(row)))
    totals = tuple(int((result.labels == cluster).sum()) for cluster in clusters)
    return Crossing(tuple(Mark(cluster) for cluster in clusters), tuple(rows), totals, len(result.labels))
