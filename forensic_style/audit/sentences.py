"""The audit in sentences: what may be all that separates clusters, and what goes along with them without fault."""

from __future__ import annotations

from collections.abc import Sequence

from forensic_style.audit.records import Alignment, Kind, SplitAudit
from forensic_style.audit.removal import dies

ALARMING: tuple[Kind, ...] = ("file", "looks")


def warn(alignments: Sequence[Alignment], splits: Sequence[SplitAudit], n_clusters: int) -> tuple[str, ...]:
    """Sentences about properties that may be all that separates clusters, the gravest first.

    Format, size and depth are warned of: they are how an image was stored, and families see them. Looks (brightness,
    sharpness, texture) are warned of where the clusters are proven to be nothing else.

    Parameters
    ----------
    alignments : of all clusters
    splits : of the tree of clusters, the one of all images first
    n_clusters : of the result
    """
    if n_clusters < 2:
        return ()
    sides = [(tuple(range(n_clusters)), "", tuple(alignments))]
    sides += [(split.join.one, _list(split.join.other), split.alignments) for split in splits]
    warnings: list[str] = []
    told: set[str] = set()
    for one, other, found in sides:
        bad = [alignment for alignment in found if _is_alarming(alignment) and alignment.confound not in told]
        bad = _drop_echoes(bad)
        whom = f"Clusters {_list(one)}" if not other else f"Clusters {_list(one)} and {other}"
        for is_crossed in (True, False):
            group = [alignment for alignment in bad if alignment.is_crossed is is_crossed]
            if group:
                warnings.append(_say(whom, group, is_crossed=is_crossed))
        if not other:
            told |= {alignment.confound for alignment in found if _is_alarming(alignment)}
    return tuple(warnings)


def note(alignments: Sequence[Alignment]) -> tuple[str, ...]:
    """Sentences about what the clusters follow without fault, or survive."""
    return ()


def _is_alarming(found: Alignment) -> bool:
    return dies(found) and found.kind in ALARMING


def _drop_echoes(found: Sequence[Alignment]) -> list[Alignment]:
    """Without megapixels where the image size says the same."""
    names = {alignment.confound for alignment in found}
    return [one for one in found if not (one.confound == "megapixels" and "image size" in names)]


def _say(whom: str, found: Sequence[Alignment], *, is_crossed: bool) -> str:
    names = _join([one.confound for one in found])
    if not is_crossed:
        return f"{whom} may differ in {names} alone: none of them has a value of another's."
    left = max(one.left or 0.0 for one in found)
    agreement = f"{left:.2f}".removeprefix("0")
    return f"{whom} differ in {names} alone: after removing it, agreement with themselves falls to {agreement}."


def _list(numbers: Sequence[int]) -> str:
    return _join([str(number) for number in numbers])


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
