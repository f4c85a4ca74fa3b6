"""A comparison as rows of words: for the terminal, Markdown and CSV."""

from __future__ import annotations

from collections.abc import Sequence

from forensic_style.comparison import Comparison, PairTest
from forensic_style.evaluation.intervals import Interval
from forensic_style.report.words import count_things, make_visible, show_bytes, show_p

ABSENT = "-"
MOST_PAIRS = 10
CLEAR = 0.05


def list_columns(comparison: Comparison) -> list[str]:
    """Headers of the table of scores."""
    leakage = ["content AMI", "95 %", "leakage", "95 %"] if comparison.content is not None else []
    return ["", "method", "clusters", "ARI", "95 %", "AMI", "95 %", *leakage]


def list_rows(comparison: Comparison) -> list[list[str]]:
    """The scores of each entry, numbered from 1."""
    rows = []
    for number, entry in enumerate(comparison.entries, 1):
        row = [str(number), make_visible(entry.title), str(entry.n_clusters)]
        row += [show_score(entry.ari), show_interval(entry.intervals["ari"])]
        row += [show_score(entry.ami), show_interval(entry.intervals["ami"])]
        if comparison.content is not None:
            share = None if entry.leakage is None else entry.leakage.share
            row += [show_score(entry.content_ami), show_interval(entry.content_interval)]
            row += [show_score(share), show_interval(entry.leakage_interval)]
        rows.append(row)
    return rows


def list_cost_columns(comparison: Comparison) -> list[str]:
    """Headers of the table of costs."""
    told = ["content told before", "after"] if _tells_content(comparison) else []
    return ["", "method", "CPU s/image", "memory", "weights", "seconds", *told]


def list_costs(comparison: Comparison) -> list[list[str]]:
    """What each entry cost, numbered from 1; where some method says it, also how well content is told from its rows."""
    rows = []
    for number, entry in enumerate(comparison.entries, 1):
        cost, found = entry.cost, entry.found
        row = [str(number), make_visible(entry.title)]
        row += [ABSENT if cost.cpu_seconds is None else f"{cost.cpu_seconds:.3f}"]
        row += [ABSENT if size is None else show_bytes(size) for size in (cost.peak_bytes, cost.weights_bytes)]
        row += [ABSENT if found.seconds is None else f"{found.seconds:.1f}"]
        if _tells_content(comparison):
            told = (found.content_before, found.content_after)
            row += [ABSENT if each is None else show_score(each.accuracy) for each in told]
        rows.append(row)
    return rows


def _tells_content(comparison: Comparison) -> bool:
    return any(entry.found.content_after is not None for entry in comparison.entries)


def show_score(score: float | None) -> str:
    """Two digits.

    >>> show_score(0.834), show_score(-0.004), show_score(None)
    ('.83', '.00', '-')
    """
    if score is None or score != score:
        return ABSENT
    text = f"{score:.2f}".replace("0.", ".", 1) if abs(score) < 0.995 else f"{score:.2f}"
    return ".00" if text == "-.00" else text


def show_interval(ends: Interval | None) -> str:
    """Both ends.

    >>> show_interval((0.79, 1.0))
    '[.79, 1.00]'
    """
    return ABSENT if ends is None or ends[0] != ends[0] else f"[{show_score(ends[0])}, {show_score(ends[1])}]"


def list_differences(pairs: Sequence[PairTest]) -> list[list[str]]:
    """A row of words for each pair: numbers of the entries, difference, interval, p and p for all pairs together."""
    return [
        [
            f"{pair.one + 1} less {pair.other + 1}",
            show_score(pair.difference),
            show_interval((pair.low, pair.high)),
            show_p(pair.p_value),
            show_p(pair.p_adjusted),
        ]
        for pair in pairs
    ]


DIFFERENCES = ["difference", "ARI", "95 %", "p", "p of all pairs"]


def choose_pairs(comparison: Comparison) -> tuple[PairTest, ...]:
    """All pairs where they are few, or else those with the entry of the highest index, the first of equal ones."""
    if len(comparison.pairs) <= MOST_PAIRS:
        return comparison.pairs
    entries = comparison.entries
    best = max(range(len(entries)), key=lambda number: (entries[number].ari, -number))
    return tuple(pair for pair in comparison.pairs if best in (pair.one, pair.other))


def describe_images(comparison: Comparison) -> list[str]:
    """Sentences on what was scored, what was left out, and what methods were asked for."""
    technologies = count_things(len(set(comparison.technologies)), "technology", "technologies")
    sentences = [f"{count_things(len(comparison.paths), 'image')} of {technologies}, the same for all entries"]
    left_out = dict.fromkeys((entry.source, entry.n_left_out) for entry in comparison.entries if entry.n_left_out)
    for source, number in left_out:
        sentences.append(f"left out: {count_things(number, 'image')} of {make_visible(source)}")
    if comparison.n_told:
        sentences.append(f"among them {count_things(comparison.n_told, 'image')} whose technology an entry was told")
    if any(entry.method for entry in comparison.entries):
        origin = "as asked" if comparison.is_number_given else "the number of technologies, which the truth gives away"
        sentences.append(f"methods were asked for {comparison.n_clusters} clusters: {origin}")
    if comparison.beside:
        verb = "stands" if len(comparison.beside) == 1 else "stand"
        sentences.append(f"{' and '.join(comparison.beside)} {verb} beside the methods asked for, to compare with")
    return sentences


NOTES = (
    "ARI, AMI: adjusted Rand index and adjusted mutual information, 1 for the technologies, 0 by chance; an image of "
    "no cluster counts as a cluster of its own.",
    "95 %: of the score that all images of these kinds would have. Differences come from a joint bootstrap over the "
    "images; p of all pairs is corrected for their number (Holm).",
)
NOTE_ON_CONTENT = (
    "Content AMI: how far clusters go along with content; right clusters do as far as technologies, {own}. Leakage: "
    "share of the clusters that content explains beyond technology and chance; with one image of each content by each "
    "technology chance explains as much, and only the interval says something."
)
NOTE_ON_TOLD = (
    "Content told: how often content is recognised from the rows, by a discriminant of others, before and after the "
    "method changed them; {chance} by chance."
)
NOTE_ON_COST = "CPU s/image, memory, weights: of measuring, where that is known; seconds: of the method, by the clock."


def list_notes(comparison: Comparison) -> list[str]:
    """What the columns mean."""
    notes = list(NOTES)
    if comparison.content is not None:
        notes.append(NOTE_ON_CONTENT.format(own=show_score(comparison.content_of_technologies)))
    told = [entry.found.content_after for entry in comparison.entries if entry.found.content_after is not None]
    if told:
        notes.append(NOTE_ON_TOLD.format(chance=show_score(told[0].chance)))
    return [*notes, NOTE_ON_COST]
