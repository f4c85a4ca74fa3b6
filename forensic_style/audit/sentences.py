"""The audit in sentences: what may be all that separates clusters, and what goes along with them without fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forensic_style.audit.alignment import STRONG, is_strong
from forensic_style.audit.records import Alignment, Kind, SplitAudit
from forensic_style.audit.removal import dies
from forensic_style.clusters.joins import name_clusters

ALARMING: tuple[Kind, ...] = ("file", "looks")
WHOLLY = 0.9  # share of the clusters that a property decides, or that a split separates, which may be all of them
_HARMLESS: dict[Kind, str] = {
    "history": "That is part of a file's history, which is technology, and no fault.",
    "context": "It is not in the pixels, but what was made apart may differ in other ways.",
    "claim": "Claims have no part in the fingerprints: the pixels agree with most of them.",
}


def warn(alignments: Sequence[Alignment], splits: Sequence[SplitAudit]) -> tuple[str, ...]:
    """Sentences about properties that may be all that separates clusters: of all clusters first, then split by split.

    Format, size and depth are how an image was stored, and families see them. So they are warned of where clusters are
    not found again without them, and where no value of theirs occurs in two clusters, so that nobody can tell.
    Brightness, sharpness and texture are warned of where the clusters are not found again without them. A split whose
    sides share no value is warned of where most of the clusters are not found again either, or the split is nine tenths
    of what separates them; otherwise other things separate images as well, and a note says enough. What is said of all
    clusters is not said again of a split. Content has sentences of its own elsewhere.

    Parameters
    ----------
    alignments : of all clusters
    splits : of the tree of clusters, the one of all images first
    """
    if not splits:
        return ()
    numbers = sorted(splits[0].join.one + splits[0].join.other)
    bad = [one for one in alignments if decides_all(one)]
    warnings = _proven(name_clusters(numbers).capitalize(), bad) + _doubt_all(numbers, bad, alignments)
    told = {one.confound for one in bad}
    whole = sum(split.join.height for split in splits)  # between all clusters, up to the last split that is audited
    fatal = {one.confound for one in alignments if dies(one)}
    for split in splits:
        found = [one for one in split.alignments if _is_alarming(one) and one.confound not in told]
        sides = name_clusters(split.join.one), name_clusters(split.join.other)
        warnings += _proven(" and ".join(sides).capitalize(), found)
        grave = found if split.join.height >= WHOLLY * whole else [one for one in found if one.confound in fatal]
        warnings += _doubt_split(sides, grave, "all or part")
    return tuple(warnings)


def note(alignments: Sequence[Alignment], splits: Sequence[SplitAudit]) -> tuple[str, ...]:
    """Sentences about what clusters follow without fault, can do without, or cannot be asked about.

    Parameters
    ----------
    alignments : of all clusters
    splits : of the tree of clusters, the one of all images first
    """
    if not splits:
        return ()
    strong = [one for one in alignments if is_strong(one, splits[0].n_images)]
    notes = [
        f"The clusters follow the {_join([one.confound for one in strong if one.kind == kind])}. {why}"
        for kind, why in _HARMLESS.items()
        if any(one.kind == kind for one in strong)
    ]
    survived = [
        one for one in strong if one.kind in ALARMING and one.left is not None and one.is_crossed and not dies(one)
    ]
    if any(one.confound == "image size" and dies(one) for one in alignments):
        survived = [one for one in survived if one.confound != "megapixels"]
    if survived:
        left = _round(min(one.left for one in survived if one.left is not None))
        named = _join([_name(one) for one in survived])
        notes.append(f"The clusters go with {named} too, but are found again without ({left} of 1).")
    harmless = {one.confound for one in alignments if not dies(one)}
    whole = sum(split.join.height for split in splits)
    for split in splits:
        if split.join.height >= WHOLLY * whole:  # warned of
            continue
        found = [one for one in split.alignments if _is_alarming(one) and one.confound in harmless]
        notes += _doubt_split((name_clusters(split.join.one), name_clusters(split.join.other)), found, "part")
    return tuple(notes)


def decides_all(found: Alignment) -> bool:
    """Whether all clusters may be nothing but this property."""
    return _is_alarming(found) and (found.decided >= WHOLLY if not found.is_crossed else found.decided >= STRONG)


def _doubt_all(numbers: Sequence[int], bad: Iterable[Alignment], alignments: Iterable[Alignment]) -> list[str]:
    """That clusters which share no value may be nothing else, or not, where other things tell them apart as well."""
    names = _name_coinciding(bad)
    if not names:
        return []
    others = [one.confound for one in alignments if one.kind in ("history", "claim") and one.left == 0.0]
    shared = "none occurs in both" if len(numbers) == 2 else "none occurs in two of them"
    if others:
        words = _join(others)
        verb = "tell" if len(others) > 1 else "tells"
        return [
            f"{names[0].upper()}{names[1:]} may be part of what separates {name_clusters(numbers)}: {shared}. "
            f"{words[0].upper()}{words[1:]} {verb} them apart as well."
        ]
    return [f"{name_clusters(numbers).capitalize()} may differ in {names} alone: {shared}."]


def _doubt_split(sides: tuple[str, str], found: Iterable[Alignment], share: str) -> list[str]:
    """That a split whose sides share no value may come of it."""
    names = _name_coinciding(found)
    if not names:
        return []
    separated = f"what separates {sides[0]} from {sides[1]}"
    return [f"{names[0].upper()}{names[1:]} may be {share} of {separated}: none occurs on both sides."]


def _is_alarming(found: Alignment) -> bool:
    return dies(found) and found.kind in ALARMING


def _proven(whom: str, bad: Iterable[Alignment]) -> list[str]:
    """That some clusters differ in nothing else, for each property that occurs in several of them."""
    return [
        f"{whom} differ in {_name(one)} alone: after removing it, agreement with themselves falls to "
        f"{_round(one.left or 0.0)}."
        for one in _drop_echoes(one for one in bad if one.is_crossed)
    ]


def _name_coinciding(bad: Iterable[Alignment]) -> str:
    """The properties of which no value occurs in two clusters, in one phrase; "" for none."""
    names = [_name(one) for one in _drop_echoes(one for one in bad if not one.is_crossed)]
    return _join(names) if names else ""


def _drop_echoes(found: Iterable[Alignment]) -> list[Alignment]:
    """Without megapixels where the image size says the same."""
    kept = list(found)
    if any(one.confound == "image size" for one in kept):
        kept = [one for one in kept if one.confound != "megapixels"]
    return kept


def _name(found: Alignment) -> str:
    return "size in megapixels" if found.confound == "megapixels" else found.confound


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _round(share: float) -> str:
    """Two digits, .08 for 0.08."""
    return f"{share:.2f}".removeprefix("0")
